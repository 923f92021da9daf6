"""The ledger is the same however it came to be written, and nothing in it changes unseen."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import crowd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live import sample
from sqlalchemy import func, text

from leadline.data.database import Database, alerts, tables
from leadline.data.database import ledger as kept
from leadline.errors import AlteredError
from leadline.live import ledger
from leadline.live.book import Book, Phase, Row

A_DAY = sample.day(9)
A_PLACE = (A_DAY, "made-up/A2", "state", "")
PHASE = Phase(label="fear", since=sample.PUBLISHED, probabilities={"fear": 1.0})

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


@pytest.fixture
def db(store_url):
    with Database.open(store_url) as opened:
        yield opened


@cache
def whole():
    """Give the rows in force of the sample, none of them a correction, as following gives them."""
    book = sample.book()
    rows = (row for each in sorted({row.day for row in book.rows}) for row in book.on(each))
    return tuple(row.model_copy(update={"corrects": None}) for row in rows)


def right(n_days=sample.N_DAYS):
    """Give the book as it would be followed up to a day."""
    rows = tuple(row for row in whole() if row.day <= sample.day(n_days))
    return Book(sample.article(), sample.registrations(), rows)


def changed(book, when, **update):
    """Give a book in which the states of the days that ``when`` picks are others."""
    rows = tuple(
        row.model_copy(update={"body": row.body.model_copy(update=update)})
        if row.subject == "made-up/A2" and when(row.day)
        else row
        for row in book.rows
    )
    return Book(book.article, book.registrations, rows)


def entries(db):
    with db.connect() as connection:
        return kept.entries(connection)


def hashes(db):
    return [(each.place, each.sha256) for each in sorted(entries(db), key=lambda e: e.place)]


def told(db):
    with db.connect() as connection:
        return alerts.told(connection)


def keys(db):
    return sorted(alert.key for alert in told(db) if alert.kind != "digest")


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory):
    """Give what the ledger holds where the whole book is written at once."""
    with Database.open(tmp_path_factory.mktemp("one") / "store.db") as db:
        written = ledger.write(db, right())
        assert written.new == len(right().rows)
        assert written.corrections == 0
        return hashes(db), keys(db)


def test_what_is_written_is_read_again(db):
    ledger.write(db, right())
    found = ledger.read(db, sample.article())
    assert found.rows == right().rows
    assert found.registrations == right().registrations
    assert ledger.verify(db) == ()


def test_a_ledger_of_nothing_is_an_empty_book(db):
    assert ledger.read(db, sample.article()).rows == ()
    assert ledger.write(db, Book(sample.article(), {}, ())) == ledger.Written()
    assert ledger.verify(db) == ()


def test_day_by_day_and_in_one_go_give_the_same_ledger_and_the_same_alerts(db, in_one_go):
    for n_days in range(1, sample.N_DAYS + 1):
        ledger.write(db, right(n_days))
    assert (hashes(db), keys(db)) == in_one_go
    assert ledger.verify(db) == ()


def test_writing_again_writes_nothing(db):
    ledger.write(db, right(), channels=["here"])
    before, n_alerts = entries(db), len(told(db))
    assert ledger.write(db, right(), channels=["here"]) == ledger.Written()
    assert ledger.write(db, right(10), channels=["here"]) == ledger.Written()
    assert (entries(db), len(told(db))) == (before, n_alerts)


def _write(url, started):
    with Database.open(url) as db:
        started.send(None)
        ledger.write(db, right(), channels=["here"])


def check_after_kills(url, n_kills, in_one_go):
    rng = np.random.default_rng(n_kills)
    n_killed, n_rows = 0, 0
    for _ in range(n_kills):
        n_killed += crowd.is_killed(rng.uniform(0.005, 0.05), _write, url)
        with Database.open(url) as db:
            found = [each for each, _ in hashes(db)]
            assert len(found) >= n_rows
            n_rows = len(found)
            # Days are there whole, and none is left out.
            expected = [place for place, _ in in_one_go[0] if place.day <= max_day(found)]
            assert sorted(found) == sorted(expected)
            assert ledger.verify(db) == ()
    with Database.open(url) as db:
        ledger.write(db, right(), channels=["here"])
        assert (hashes(db), keys(db)) == in_one_go
        # Whatever happened before, all of it has been told, and by one digest or by itself.
        with db.connect() as connection:
            assert alerts.untold(connection, "made-up") == ()
    return n_killed


def max_day(places):
    return max((place.day for place in places), default=date.min)


def test_killed_writers_leave_whole_days_and_the_next_one_goes_on(store_url, in_one_go):
    n_kills = 20 if store_url.startswith("sqlite") else 5
    assert check_after_kills(store_url, n_kills, in_one_go) >= n_kills // 4


@pytest.mark.slow
def test_many_killed_writers_leave_whole_days(store_url, in_one_go, tmp_path):
    for number in range(10):
        sqlite = store_url.startswith("sqlite")
        url = f"sqlite:///{tmp_path / f'{number}.db'}" if sqlite else store_url
        check_after_kills(url, 20, in_one_go)


def _write_at_once(url, start, faults):
    def work():
        start.wait()
        for n_days in range(5, sample.N_DAYS, 10):
            with Database.open(url) as db:
                ledger.write(db, right(n_days), channels=["here"])
        with Database.open(url) as db:
            ledger.write(db, right(), channels=["here"])

    crowd.telling(faults, work)


def test_of_processes_that_write_at_once_each_row_is_written_by_one(store_url, in_one_go):
    Database.open(store_url).close()
    crowd.at_once(3, _write_at_once, store_url)
    with Database.open(store_url) as db:
        assert (hashes(db), keys(db)) == in_one_go
        assert ledger.verify(db) == ()


def test_whoever_finds_others_writing_looks_at_every_day_again(db, in_one_go, monkeypatch):
    settle = ledger._planned

    def overtaken(mine, book):
        plan = settle(mine, book)
        monkeypatch.setattr(ledger, "_planned", settle)
        ledger.write(db, right(10))
        return plan

    ledger.write(db, right(5))
    monkeypatch.setattr(ledger, "_planned", overtaken)
    written = ledger.write(db, right())
    assert written.new == len(right().rows) - len(right(10).rows)
    assert (hashes(db), keys(db)) == in_one_go
    assert ledger.verify(db) == ()


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 25), min_size=1, max_size=5))
def test_no_row_changes_when_later_days_come(tmp_path, in_one_go, cuts):
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
    expected = dict(in_one_go[0])
    with Database.open(path) as db:
        for n_days in cuts:
            before = {each.id: each for each in entries(db)}
            ledger.write(db, right(n_days))
            after = {each.id: each for each in entries(db)}
            assert {number: after[number] for number in before} == before
        assert {place: expected[place] for place, _ in hashes(db)} == dict(hashes(db))


def test_no_row_is_of_a_day_that_is_not_decided(db):
    decided = datetime(sample.LAST.year, sample.LAST.month, sample.LAST.day, 0, 10, tzinfo=UTC)
    decided += timedelta(days=1)
    with pytest.raises(ValueError, match="made-up: 2026-03-10 is not decided yet; the last day "):
        ledger.write(db, right(), now=decided - timedelta(seconds=1))
    assert entries(db) == ()
    assert ledger.write(db, right(), now=decided).new == len(right().rows)


def test_a_row_that_differs_is_corrected_and_stays(db):
    ledger.write(db, right(20), channels=["here"])
    before = entries(db)
    other = changed(right(20), lambda day: day == A_DAY, moved=0.5, state="on_course")
    written = ledger.write(db, other, channels=["here"])
    assert (written.new, written.corrections) == (0, 1)
    *stood, correction = entries(db)
    assert tuple(stood) == before
    found = ledger.read(db, sample.article())
    first, second = (row for row in found.rows if row.place == A_PLACE)
    assert (first.corrects, second.corrects) == (None, first.sha256)
    assert second.body.moved == 0.5
    assert second in found.on(A_DAY)
    (change,) = written.changes
    assert (change.what, change.subject, change.day) == ("correction", "made-up", A_DAY)
    assert change.sentence == (
        "made-up: 1 of the rows of 2026-01-14 put right, for what is known of that time is not "
        "what it was; made-up/A2 on 2026-01-14: not_so_far -> on_course."
    )
    assert ledger.verify(db) == ()
    # And the correction may be corrected, which brings back what was there first.
    again = ledger.write(db, right(20), channels=["here"])
    assert (again.new, again.corrections) == (0, 1)
    assert again.changes[0].key != change.key
    assert entries(db)[-1].corrects == correction.id
    (in_force,) = (
        row for row in ledger.read(db, sample.article()).on(A_DAY) if row.place == A_PLACE
    )
    assert in_force.body == first.body
    assert ledger.verify(db) == ()


def test_corrections_of_many_days_are_told_once(db):
    ledger.write(db, right(20))
    other = changed(right(25), lambda day: day > sample.day(5), moved=0.25)
    written = ledger.write(db, other)
    assert (written.new, written.corrections) == (len(right(25).rows) - len(right(20).rows), 15)
    assert [each.what for each in written.changes].count("correction") == 1
    assert "15 of the rows of 2026-01-11 to 2026-01-25" in written.changes[0].sentence


def test_the_last_digits_of_another_machine_are_no_correction(db):
    ledger.write(db, right(20))
    (stood,) = (row.body.moved for row in right(20).rows if row.place == A_PLACE)
    other = changed(right(20), lambda day: day == A_DAY, moved=stood * (1 + 1e-10))
    assert other.rows != right(20).rows
    assert ledger.write(db, other) == ledger.Written()


def anew(book):
    """Give the book of a claim that is registered anew."""
    first = book.registrations["made-up/A2"]
    second = first.model_copy(update={"known": first.known - timedelta(days=1)})
    other = changed(book, lambda _: True, registration=second.sha256, state="on_course")
    return Book(book.article, book.registrations | {"made-up/A2": second}, other.rows)


def test_a_registration_anew_is_said_and_leaves_earlier_rows_alone(db):
    ledger.write(db, right(20))
    before = entries(db)
    assert ledger.write(db, anew(right(20))).corrections == 0
    assert entries(db) == before
    written = ledger.write(db, anew(right(22)))
    assert (written.corrections, written.renewed) == (0, ("made-up/A2",))
    (said,) = (each for each in written.changes if each.what == "registration")
    assert said.sentence == (
        "made-up: what was fixed at publication came out otherwise for made-up/A2; from "
        "2026-01-26 on the new registration is followed, and earlier rows stay under the old one."
    )
    assert entries(db)[: len(before)] == before
    # That it stands elsewhere under the new one is a change as well.
    assert [(e.subject, e.old, e.new) for e in written.changes if e.what == "state"] == [
        ("made-up/A2", "not_so_far", "on_course")
    ]
    found = ledger.read(db, sample.article())
    assert found.registrations == anew(right()).registrations
    with db.connect() as connection:
        assert len(kept.registrations(connection, ["made-up/A2"])) == 2
    assert ledger.write(db, anew(right(23))).renewed == ()
    assert ledger.verify(db) == ()


def test_a_claim_that_could_be_followed_later_only_has_its_own_chain(db):
    late = right(20)
    rows = tuple(row for row in late.rows if row.subject != "made-up/A1")
    ledger.write(db, Book(late.article, late.registrations, rows))
    assert ledger.write(db, late).new == 20
    assert ledger.read(db, sample.article()).rows == late.rows
    assert ledger.verify(db) == ()


def force(db, deed):
    """Do what the triggers forbid, as somebody could who has the file or the server."""
    with db.begin() as connection:
        if connection.dialect.name == "sqlite":
            names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for name in connection.execute(text(names)).scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(deed)


LEDGER, REGISTRATIONS = tables.ledger, tables.registrations
FIRST, NUMBER = tables.days(sample.day(1)), tables.days(A_DAY)
OF_A2, OF_ALL = LEDGER.c.claim == "made-up/A2", LEDGER.c.claim == "made-up"
ROW = LEDGER.update().where(OF_A2, LEDGER.c.day == NUMBER)


@pytest.mark.parametrize(
    ("deed", "says"),
    [
        (ROW.values(text=func.replace(LEDGER.c.text, "not_so_far", "on_course")),
         "was altered: its text does not bring out its hash"),
        (LEDGER.delete().where(OF_A2, LEDGER.c.day == NUMBER),
         "does not follow the row before it: rows are gone or were added"),
        (ROW.values(day=NUMBER - 1, about="x"), "is filed under another day or claim than it says"),
        (ROW.values(recorded_at=86_400 * NUMBER), "was written before its day was decided"),
        (ROW.values(corrects=1), "is no correction of the row that stood there"),
        (ROW.values(text="x"), "cannot be read"),
        (REGISTRATIONS.update().values(text="{}"), "was altered"),
        (REGISTRATIONS.delete(), "was written under a registration that is gone"),
        (LEDGER.delete().where(OF_ALL, LEDGER.c.day > FIRST), "that an alert told of is gone"),
        (LEDGER.delete().where(OF_A2, LEDGER.c.day.in_([NUMBER - 1, NUMBER])),
         "made-up/A2 2026-01-12: the next row is of 2026-01-15; those between are missing"),
    ],
)  # fmt: skip
def test_whatever_is_done_to_the_ledger_is_found(db, deed, says):
    ledger.write(db, right(20))
    other = Row(subject="made-up", day=sample.day(10), body=PHASE, about="")
    rows = tuple(other if row.place == other.place else row for row in right(20).rows)
    ledger.write(db, Book(right().article, right().registrations, rows))
    assert ledger.verify(db) == ()
    force(db, deed)
    found = [str(problem) for problem in ledger.verify(db)]
    assert any(says in problem for problem in found), found


def test_a_correction_that_names_another_row_is_found(db):
    ledger.write(db, right(20))
    ledger.write(db, changed(right(20), lambda day: day == A_DAY, moved=0.5))
    (stood,) = (row.sha256 for row in right(20).rows if row.place == A_PLACE)
    force(db, ROW.values(text=func.replace(LEDGER.c.text, stood, "0" * 64)))
    found = [str(problem) for problem in ledger.verify(db)]
    assert any("names another row to correct" in problem for problem in found), found


def test_what_cannot_be_read_is_said_where_it_is(db):
    ledger.write(db, right(20))
    force(db, ROW.values(text="{}"))
    with pytest.raises(AlteredError, match=r"made-up/A2 2026-01-14: row .* cannot be read"):
        ledger.read(db, sample.article())
    with pytest.raises(AlteredError, match=r"made-up/A2 2026-01-14: row .* cannot be read"):
        ledger.write(db, right(20))
    force(db, LEDGER.delete())
    force(db, REGISTRATIONS.update().values(text="{}"))
    with pytest.raises(AlteredError, match=r"made-up/A.: the registration .* cannot be read"):
        ledger.read(db, sample.article())
