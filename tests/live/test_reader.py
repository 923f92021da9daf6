"""A reader gives what reading all anew would give, whoever has been writing meanwhile."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live import sample
from live.test_ledger import ROW, anew, changed, force, right

from leadline.data.database import Database, tables
from leadline.data.database import ledger as kept
from leadline.errors import AlteredError
from leadline.live import ledger
from leadline.live.book import Book
from leadline.live.reader import Reader

OTHER = sample.article().model_copy(update={"id": "other", "claims": ()})


@pytest.fixture
def db(store_url):
    with Database.open(store_url) as opened:
        yield opened


def other(n_days):
    """Give what another writer has to say about another article."""
    rows = (row for row in right(n_days).rows if row.subject == "made-up")
    moved = tuple(row.model_copy(update={"subject": "other"}) for row in rows)
    return Book(OTHER, {}, moved)


def same(reader, db):
    found, anew = reader.book(), ledger.read(db, reader.article)
    assert found.rows == anew.rows
    assert found.registrations == anew.registrations


WRITES = {
    "goes on": right,
    "is corrected": lambda n: changed(right(n), lambda day: day == sample.day(max(1, n - 3)),
                                      moved=0.5),
    "is registered anew": lambda n: anew(right(n)),
    "another writes": other,
    "late claim": lambda n: Book(
        sample.article(),
        sample.registrations(),
        tuple(row for row in right(n).rows if row.subject != "made-up/A1"),
    ),
}  # fmt: skip


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(WRITES)), st.integers(1, 20)), max_size=6))
def test_a_reader_always_gives_what_reading_anew_gives(tmp_path, steps):
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
    with Database.open(path) as db:
        mine, others = Reader(db, sample.article()), Reader(db, OTHER)
        same(mine, db)
        for what, n_days in steps:
            ledger.write(db, WRITES[what](n_days))
            same(mine, db)
            same(others, db)


def test_two_writers_and_a_reader(db):
    reader = Reader(db, sample.article())
    for n_days in range(1, 12):
        with Database.open(db.engine.url.render_as_string(hide_password=False)) as second:
            ledger.write(second, right(n_days))
            ledger.write(second, other(n_days))
        same(reader, db)
        assert len(reader.book().rows) == len(right(n_days).rows)


def test_only_what_came_since_is_read(db, monkeypatch):
    ledger.write(db, right(20))
    reader = Reader(db, sample.article())
    reader.book()
    read = []
    entries = kept.entries

    def counted(*args, **more):
        found = entries(*args, **more)
        read.append(len(found))
        return found

    monkeypatch.setattr(kept, "entries", counted)
    reader.book()
    ledger.write(db, right(21))
    read.clear()
    reader.book()
    assert read == [len(right(21).rows) - len(right(20).rows)]


def test_a_chain_that_does_not_go_on_is_read_anew(db):
    ledger.write(db, right(12))
    reader = Reader(db, sample.article())
    reader.book()
    # As after a copy of the store was put back: the numbers go on, the chain is another.
    force(db, tables.ledger.delete().where(tables.ledger.c.day > tables.days(sample.day(9))))
    filled = tables.ledger.insert().values(
        id=10_000, claim="other", day=1, kind="x", about="", text="x", sha256="x", previous="x",
        recorded_at=0,
    )  # fmt: skip
    force(db, filled)
    ledger.write(db, changed(right(14), lambda day: day > sample.day(9), moved=0.25))
    same(reader, db)


def test_a_row_that_cannot_be_read_is_said_each_time(db):
    ledger.write(db, right(12))
    reader = Reader(db, sample.article())
    force(db, ROW.values(text="{}"))
    for _ in range(2):
        with pytest.raises(AlteredError, match=r"made-up/A2 2026-01-14: row .* cannot be read"):
            reader.book()


def test_a_registration_that_is_gone_is_said(db):
    ledger.write(db, right(12))
    force(db, tables.registrations.delete())
    with pytest.raises(AlteredError, match=r"the registration .* is gone\. Run leadline watch"):
        ledger.read(db, sample.article())


def test_a_reader_says_what_it_holds(db):
    ledger.write(db, right(3))
    reader = Reader(db, sample.article())
    assert repr(reader) == "Reader(made-up, 0 rows held)"
    reader.book()
    assert repr(reader) == f"Reader(made-up, {len(right(3).rows)} rows held)"
