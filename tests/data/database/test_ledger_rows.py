"""The ledger's tables: chained, written once, never changed, and brought over from before."""

from datetime import UTC, date, datetime

import crowd
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import exc, inspect, text

from leadline.data.database import Database, alerts, consents, engine, ledger, migrations, record
from leadline.data.database.ledger import Draft, Place, Registered, chained

DAY = date(2026, 1, 6)


def draft(says="{}", claim="a/S1", day=DAY, corrects=None, about=""):
    return Draft(Place(claim, day, "state", about), says, corrects)


def append(db, *drafts):
    with db.begin("ledger") as connection:
        heads = ledger.heads(connection, {each.place.claim for each in drafts})
        return ledger.append(connection, drafts, heads)


def entries(db, *claims, **more):
    with db.connect() as connection:
        return ledger.entries(connection, claims or None, **more)


def test_each_row_holds_the_hash_of_the_one_before_about_its_claim(db):
    append(db, draft("one"), draft("two", "a/S2"))
    heads = append(db, draft("three", day=date(2026, 1, 7)))
    first, other, second = entries(db)
    assert (first.previous, other.previous) == ("", "")
    assert second.previous == first.sha256 == chained("", "one")
    assert second.sha256 == chained(first.sha256, "three") == heads["a/S1"]
    assert entries(db, "a/S2") == (other,)
    assert entries(db, "a/S1", day=DAY) == (first,)
    assert ledger.in_force(entries(db)).keys() == {each.place for each in entries(db)}


def test_a_place_is_written_first_once_and_corrected_once(db):
    append(db, draft("one"))
    (first,) = entries(db)
    with pytest.raises(exc.IntegrityError):
        append(db, draft("again"))
    append(db, draft("right", corrects=first.id))
    with pytest.raises(exc.IntegrityError):
        append(db, draft("also right", corrects=first.id))
    assert ledger.in_force(entries(db))[first.place].text == "right"
    append(db, draft("beside it", about="bitcoin/13"))


def test_a_chain_has_no_branches(db):
    append(db, draft("one"))
    with pytest.raises(exc.IntegrityError), db.begin() as connection:
        ledger.append(connection, [draft("two", day=date(2026, 1, 7))], {})


def test_a_registration_is_kept_once(db):
    mine = Registered("0" * 64, "a/S1", "{}")
    with db.begin() as connection:
        assert ledger.keep(connection, [mine, mine]) == (mine,)
        assert ledger.keep(connection, [mine]) == ()
        assert ledger.registrations(connection, ["a/S1"]) == (mine,)
        assert ledger.registrations(connection, ["a/S2"]) == ()


@pytest.mark.parametrize("table", ["ledger", "registrations", "alerts", "deliveries"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET claim = 'x'", "DELETE FROM {}"])
def test_no_row_is_changed_or_taken_away(db, table, deed):
    append(db, draft())
    with db.begin() as connection:
        ledger.keep(connection, [Registered("0" * 64, "a/S1", "{}")])
        alerts.record(connection, [alerts.Draft("k", "a", "a/S1", DAY, "state", "{}")], ["here"])
    deed = deed.format(table).replace("claim", "channel" if table == "deliveries" else "claim")
    with pytest.raises(exc.DBAPIError, match=f"{table} only grow"), db.begin() as connection:
        connection.execute(text(deed))


@pytest.fixture
def of_before(store_url, monkeypatch):
    """Make a store as it was before the ledger was a chain, with something in every table."""

    def upgrade(db):
        with db.begin() as connection:
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", migrations.__path__[0])
            config.set_main_option("path_separator", "os")
            command.upgrade(config, "0001")

    with monkeypatch.context() as patch:
        patch.setattr(engine.migrations, "bring_up_to_date", upgrade)
        with Database.open(store_url) as db:
            record(db, *crowd.answer(0))
            consents.give(db, "yahoo", "terms")
            with db.begin() as connection:
                for row in (
                    "INSERT INTO registrations VALUES ('0', 'a/S1', '{}', 0)",
                    "INSERT INTO ledger VALUES (1, 'a/S1', 20000, 'state', 'one', NULL, 86400)",
                    "INSERT INTO ledger VALUES (2, 'a/S2', 20000, 'state', 'two', NULL, 86400)",
                    "INSERT INTO ledger VALUES (5, 'a/S1', 20000, 'state', 'right', 1, 86400)",
                    "INSERT INTO alerts VALUES (1, 'k', 'a/S1', 'state', '{}', 86400)",
                ):
                    connection.execute(text(row))
    return store_url


def test_a_store_of_before_keeps_what_is_in_it(of_before):
    with Database.open(of_before) as db:
        one, two, right = entries(db)
        assert [each.id for each in (one, two, right)] == [1, 2, 5]
        assert right.previous == one.sha256 == chained("", "one")
        assert (right.corrects, two.previous, one.place.about) == (1, "", "")
        assert one.recorded_at == datetime(1970, 1, 2, tzinfo=UTC)
        (alert,) = alerts.newest(db, "a", 9)
        assert (alert.key, alert.claim, alert.day, alert.alone) == (
            "k", "a/S1", date(1970, 1, 2), True,
        )  # fmt: skip
        assert consents.given(db, "yahoo")
        with db.connect() as connection:
            held = connection.execute(text("SELECT count(*) FROM observations")).scalar()
            assert ledger.registrations(connection)[0].claim == "a/S1"
        assert held == crowd.PERIODS.size
        append(db, draft("three"))
        assert entries(db)[-1].id == 6


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_eight_processes_may_bring_a_store_of_before_up_to_date_at_once(of_before):
    crowd.at_once(8, crowd.agree, of_before)
    with Database.open(of_before) as db:
        assert len(consents.history(db)) == 9
        assert len(entries(db)) == 3
        with db.connect() as connection:
            assert "deliveries" in inspect(connection).get_table_names()
