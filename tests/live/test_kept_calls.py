"""The scoreboard of calls is kept as it was settled, and read back or refused."""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from live.test_ledger import force
from sqlalchemy import func, select

from leadline import archive
from leadline.data.database import Database, documents, tables
from leadline.errors import AlteredError, ArchiveError
from leadline.live.calls import Row, Scoreboard, Totals
from leadline.live.kept_calls import KIND, keep_calls, kept_calls

GOLDEN = Path(__file__).parents[1] / "golden"
DAY = date(2026, 3, 1)
AT = datetime(2026, 3, 2, 0, 15, tzinfo=UTC)


@pytest.fixture
def db(store_url):
    with Database.open(store_url) as opened:
        yield opened


def board(as_of=DAY, best=104.5):
    row = Row(
        claim="made-up/A1",
        publisher="Example Gazette",
        said=date(2026, 1, 5),
        paraphrase="Bitcoin rises – a tenth.",
        call="bitcoin rises 10% by 16 Mar 2026",
        state="open",
        sentence="15 days left.",
        series="bitcoin",
        due=date(2026, 3, 16),
        best=best,
    )
    totals = Totals(n=1, repeated=0, hits=0, misses=0, open=1, vague=0, lacking=0, n_eff=0.0)
    return Scoreboard(as_of=as_of, rows=(row,), totals=totals)


def counted(db):
    with db.connect() as connection:
        query = select(func.count()).select_from(tables.documents)
        return connection.execute(query.where(tables.documents.c.kind == KIND)).scalar()


def test_what_is_kept_is_read_again(db):
    assert kept_calls(db) is None
    seal = keep_calls(db, board(), now=AT)
    assert len(seal) == 64
    assert kept_calls(db) == board()


def test_the_same_calls_of_a_day_are_kept_once(db):
    assert keep_calls(db, board(), now=AT) == keep_calls(db, board(), now=AT)
    assert counted(db) == 1
    assert keep_calls(db, board(best=105.0), now=AT) != keep_calls(db, board(), now=AT)
    assert counted(db) == 2


def test_the_latest_day_is_read_and_of_one_day_what_was_kept_last(db):
    keep_calls(db, board(), now=AT)
    keep_calls(db, board(date(2026, 2, 1)), now=AT.replace(hour=1))
    assert kept_calls(db).as_of == DAY
    keep_calls(db, board(best=106.0), now=AT.replace(hour=2))
    assert kept_calls(db).rows[0].best == 106.0


def test_a_day_that_is_not_decided_is_not_kept(db):
    keep_calls(db, board(), now=AT.replace(minute=10))
    with pytest.raises(ValueError, match="2026-03-01 is not decided yet; the last day decided"):
        keep_calls(db, board(), now=AT.replace(minute=9))


def test_a_kept_scoreboard_is_no_verdict(db):
    seal = keep_calls(db, board(), now=AT)
    assert documents.starting_with(db, seal) == ()
    with pytest.raises(ArchiveError, match="No verdict with seal"):
        archive.load(seal, db)


TABLE = tables.documents


@pytest.mark.parametrize(
    ("deed", "error", "says"),
    [
        ({"text": func.replace(TABLE.c.text, "open", "hit")}, AlteredError, "Altered"),
        ({"text": "{}", "seal": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
         ArchiveError, "Damaged at as_of"),
        ({"schema": 2}, ArchiveError, "Written in schema 2; .* Upgrade Leadline"),
    ],
)  # fmt: skip
def test_what_was_altered_is_refused(db, deed, error, says):
    keep_calls(db, board(), now=AT)
    force(db, TABLE.update().values(**deed))
    with pytest.raises(error, match=says):
        kept_calls(db)


def test_keys_of_a_later_version_are_ignored(db):
    text = '{"as_of":"2026-03-01","later":1,"rows":[],"schema":1,"totals":{"hits":0,"lacking":0,'
    text += '"misses":0,"n":0,"n_eff":0.0,"open":0,"repeated":0,"vague":0,"x":1}}'

    seal = hashlib.sha256(text.encode()).hexdigest()
    later = documents.Document(seal, KIND, 1, "", None, DAY, AT.isoformat(), text)
    documents.keep(db, later)
    assert kept_calls(db).rows == ()


def test_what_the_first_schema_wrote_is_read_for_ever(db):
    text = (GOLDEN / "scoreboard-1.json").read_text(encoding="utf-8").strip()
    seal = hashlib.sha256(text.encode()).hexdigest()
    documents.keep(db, documents.Document(seal, KIND, 1, "", None, DAY, AT.isoformat(), text))
    assert kept_calls(db) == board()
