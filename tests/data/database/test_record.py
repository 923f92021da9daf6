"""Recording: only what is new or changed, stamped so that the past stays what it was."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from leadline.data.database import (
    Database,
    DatabaseStore,
    Fetched,
    Stamped,
    body,
    breakers,
    consents,
    fetches_of,
    held,
    last_fetch,
    record,
    record_all,
    tables,
)
from leadline.data.provider import Rows
from leadline.errors import DataError

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fetched(at=NOON, provider="fred", series="dgs10", **more):
    return Fetched(
        provider=provider,
        series=series,
        url="https://example.org/x",
        fetched_at=at,
        outcome="ok",
        **more,
    )


def stamped(values, *, first="2026-01-05", known=None, basis="rule"):
    """Stamp consecutive days; by default each is known when it has ended."""
    period = np.datetime64(first) + np.arange(len(values))
    ended = period.astype("datetime64[s]") + np.timedelta64(24, "h")
    known = ended if known is None else np.full(period.size, np.datetime64(known, "s"))
    return Stamped(Rows(period, np.array(values, dtype=float)), known, basis)


def vintage(values, known, **more):
    return stamped(values, known=known, basis="vintage", **more)


def counts(stored):
    return stored.new, stored.changed, stored.unchanged, stored.vanished


def rows_of(db, series="dgs10"):
    table = tables.observations.c
    query = select(table.period, table.value, table.known_at, table.basis).where(
        table.series == series
    )
    with db.connect() as connection:
        found = connection.execute(query.order_by(table.id)).all()
    return [(str(tables.day(p)), v, f"{tables.moment(k):%m-%d %H:%M}", b) for p, v, k, b in found]


def test_an_answer_is_stored_with_its_bytes_and_its_rows(db):
    stored = record(db, fetched(body=b"date,x", status=200, headers={"etag": '"1"'}), stamped([1]))
    assert counts(stored) == (1, 0, 0, 0)
    assert stored.outcome == "ok"
    assert rows_of(db) == [("2026-01-05", 1.0, "01-06 00:00", "rule")]
    kept = last_fetch(db, "fred", "https://example.org/x")
    assert (kept.id, kept.status, kept.headers) == (stored.fetch_id, 200, {"etag": '"1"'})
    assert (kept.fetched_at, kept.series) == (NOON, "dgs10")
    assert body(db, kept.sha256) == b"date,x"


def test_the_same_answer_again_stores_the_fetch_and_nothing_else(db):
    record(db, fetched(body=b"x"), stamped([1, np.nan, 3]))
    again = record(db, fetched(NOON + timedelta(days=1), body=b"x"), stamped([1, np.nan, 3]))
    assert counts(again) == (0, 0, 3, 0)
    assert again.outcome == "unchanged"
    assert len(rows_of(db)) == 3
    first, second = fetches_of(db, "dgs10")
    assert first.sha256 == second.sha256
    with db.connect() as connection:
        bodies = connection.execute(select(tables.fetches.c.body)).scalars().all()
    assert [each is None for each in bodies] == [False, True]


def test_a_changed_value_is_a_new_row_known_when_it_was_seen(db):
    record(db, fetched(), stamped([1, 2, np.nan]))
    later = NOON + timedelta(days=1)
    assert counts(record(db, fetched(later), stamped([1, 5, 3]))) == (0, 2, 1, 0)
    assert rows_of(db)[3:] == [
        ("2026-01-06", 5.0, "03-03 12:00", "first_seen"),
        ("2026-01-07", 3.0, "03-03 12:00", "first_seen"),
    ]
    assert len(DatabaseStore(db).series("dgs10")) == 4


def test_a_period_that_was_asked_for_and_not_there_is_known_when_it_came(db):
    whole, days = {"covers": date.min}, timedelta(days=1)
    with_a_hole = stamped([1, 2, 3, 4])
    keep = np.array([True, False, True, True])
    rows = Rows(with_a_hole.rows.period[keep], with_a_hole.rows.value[keep])
    record(db, fetched(**whole), Stamped(rows, with_a_hole.known_at[keep], "rule"))
    # Three come late: one inside, and two at the end, which were due before the first fetch.
    record(db, fetched(NOON + days, **whole), stamped([1, 2, 3, 4, 5, 6]))
    assert rows_of(db)[3:] == [
        ("2026-01-06", 2.0, "03-03 12:00", "first_seen"),
        ("2026-01-09", 5.0, "03-03 12:00", "first_seen"),
        ("2026-01-10", 6.0, "03-03 12:00", "first_seen"),
    ]


def test_history_before_the_first_period_and_what_nobody_asked_for_are_not_late(db):
    days = timedelta(days=1)
    record(db, fetched(covers=date(2026, 1, 5)), stamped([5, 6]))
    record(db, fetched(NOON + days, covers=date(2026, 2, 1)), stamped([9], first="2026-02-01"))
    # January was asked for on the first day only: its tenth was due then, and is late.
    everything = stamped([0, *range(5, 14)], first="2026-01-04")
    record(db, fetched(NOON + 2 * days, covers=date.min), everything)
    found = {row[0]: row[3] for row in rows_of(db)}
    assert found["2026-01-04"] == "rule"
    assert found["2026-01-10"] == "first_seen"
    # Answers whose plan was not told to its end, and imports, say nothing of what is absent.
    record(db, fetched(series="vix"), stamped([1, 2]))
    record(db, fetched(NOON + days, series="vix", covers=date.min), stamped([1, 2, 3]))
    assert [row[3] for row in rows_of(db, "vix")] == ["rule"] * 3


def test_a_clock_that_went_back_cannot_put_a_change_before_what_it_changes(db):
    record(db, fetched(), stamped([1]))
    record(db, fetched(), stamped([2]))
    record(db, fetched(NOON - timedelta(days=9)), stamped([3]))
    assert [row[1:3] for row in rows_of(db)][1:] == [(2.0, "03-02 12:00"), (3.0, "03-02 12:00")]
    assert DatabaseStore(db).series("dgs10").value.tolist() == [1, 2, 3]


def test_a_row_told_twice_is_stored_once_and_two_values_at_once_are_refused(db):
    twice = np.array([0, 0, 1])
    period = np.datetime64("2026-01-05") + twice
    known = np.full(3, np.datetime64("2026-02-01T12:00", "s"))
    rows = Stamped(Rows(period, np.array([7.0, 7.0, 8.0])), known, "vintage")
    assert counts(record(db, fetched(), rows)) == (2, 0, 0, 0)
    torn = Stamped(Rows(period, np.array([7.0, 9.0, 8.0])), known, "vintage")
    with pytest.raises(DataError, match="two values of 2026-01-05 are known at 2026-02-01 12:00"):
        record(db, fetched(), torn)
    assert len(rows_of(db)) == 2


def test_what_is_no_longer_sent_is_counted_and_stays(db):
    record(db, fetched(), stamped([1, 2, 3, 4]))
    fewer = stamped([1, 2, 3])
    keep = np.array([True, False, True])
    fewer = Stamped(
        Rows(fewer.rows.period[keep], fewer.rows.value[keep]), fewer.known_at[keep], "rule"
    )
    assert counts(record(db, fetched(), fewer)) == (0, 0, 2, 1)
    assert len(rows_of(db)) == 4


def test_a_vintage_stores_what_it_changes(db):
    record(db, fetched(vintage=date(2026, 1, 20)), vintage([1, 2], "2026-01-20"))
    second = record(db, fetched(vintage=date(2026, 2, 20)), vintage([1, 5, 3], "2026-02-20"))
    assert counts(second) == (1, 1, 1, 0)
    assert rows_of(db)[2:] == [
        ("2026-01-06", 5.0, "02-20 00:00", "vintage"),
        ("2026-01-07", 3.0, "02-20 00:00", "vintage"),
    ]
    same = record(db, fetched(vintage=date(2026, 3, 1)), vintage([1, 5, 3], "2026-03-01"))
    assert same.outcome == "unchanged"
    assert held(db, "dgs10", "fred").newest_vintage == date(2026, 3, 1)


def test_a_vintage_between_those_held_is_refused_for_the_later_would_have_to_be_compared_again(db):
    record(db, fetched(), vintage([1, 2], "2026-01-20"))
    # It brings no row, and still says that nothing had changed by then.
    record(db, fetched(), vintage([1, 2], "2026-03-20"))
    with pytest.raises(DataError) as caught:
        record(db, fetched(), vintage([1, 9], "2026-02-20"))
    assert str(caught.value) == (
        "fred: 'dgs10': the vintage known at 2026-02-20 00:00 UTC says other values than those "
        "held, and vintages up to 2026-03-20 00:00 UTC are held already. Only later ones, or ones "
        "before the first, can be added."
    )
    assert len(fetches_of(db, "dgs10")) == 2


def test_a_vintage_that_says_something_else_the_second_time_is_refused(db):
    record(db, fetched(), vintage([1, 2], "2026-01-20"))
    assert record(db, fetched(), vintage([1, 2], "2026-01-20")).outcome == "unchanged"
    with pytest.raises(DataError, match="says other values"):
        record(db, fetched(), vintage([1, 3], "2026-01-20"))


def test_a_vintage_before_the_first_may_be_added(db):
    record(db, fetched(), vintage([1, 2], "2026-02-20"))
    assert counts(record(db, fetched(), vintage([7, 2], "2026-01-20"))) == (2, 0, 0, 0)
    series = DatabaseStore(db).series("dgs10")
    assert series.value.tolist() == [7, 2, 1, 2]


def test_a_failure_is_kept_without_rows(db):
    refused = Fetched(
        provider="fred",
        series="dgs10",
        url="https://example.org/x",
        fetched_at=NOON,
        outcome="rejected",
        body=b"<html>",
        message="fred: not CSV.",
    )
    stored = record(db, refused)
    assert counts(stored) == (0, 0, 0, 0)
    assert stored.outcome == "rejected"
    assert fetches_of(db, "dgs10")[0].message == "fred: not CSV."
    assert last_fetch(db, "fred", "https://example.org/x") is None
    assert held(db, "dgs10", "fred").fetched_at is None


def test_answers_of_one_plan_are_stored_together_or_not_at_all(db):
    pages = [(fetched(), vintage([1], "2026-01-20")), (fetched(), vintage([2], "2026-01-20"))]
    with pytest.raises(DataError):
        record_all(db, pages)
    assert rows_of(db) == []
    assert fetches_of(db, "dgs10") == ()


def test_many_who_record_one_answer_store_it_once(store_url):
    def work(_):
        with Database.open(store_url) as db:
            return record(db, fetched(body=b"x"), stamped(np.arange(100.0)))

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(work, range(8)))
    assert sum(each.new for each in stored) == 100
    assert sum(each.outcome == "unchanged" for each in stored) == 7


def test_held_says_what_there_is(db):
    assert held(db, "dgs10", "fred").n == 0
    assert held(db, "dgs10", "fred").first is None
    record(db, fetched(), stamped([1, 2, 3]))
    record(db, fetched(NOON + timedelta(hours=1)), stamped([1, 2, 4]))
    found = held(db, "dgs10", "fred")
    assert (found.n, found.first, found.last) == (4, date(2026, 1, 5), date(2026, 1, 7))
    assert found.newest_vintage is None
    assert found.fetched_at == NOON + timedelta(hours=1)
    assert held(db, "dgs10", "treasury").n == 0


def test_rows_without_a_stamp_and_moments_without_a_zone_are_mistakes(db):
    rows = Rows(np.array(["2026-01-05"], dtype="datetime64[D]"), np.array([1.0]))
    with pytest.raises(ValueError, match="each row needs an instant"):
        Stamped(rows, np.array(["NaT"], dtype="datetime64[s]"), "rule")
    with pytest.raises(ValueError, match="has no time zone"):
        record(db, fetched(datetime(2026, 1, 1)), Stamped(rows, rows.period, "rule"))  # noqa: DTZ001
    assert fetches_of(db, "dgs10") == ()


def test_bytes_that_are_not_there_or_damaged_are_said_to_be(db):
    with pytest.raises(DataError, match="no answer with the hash"):
        body(db, "0" * 64)
    record(db, fetched(body=b"x"))
    (kept,) = fetches_of(db, "dgs10")
    row = dict.fromkeys(tables.fetches.c.keys())
    row |= {
        "id": 99,
        "provider": "fred",
        "series": "x",
        "url": "",
        "headers": "{}",
        "sha256": "1" * 64,
        "body": b"no zstd",
        "fetched_at": 0,
        "recorded_at": 0,
        "outcome": "ok",
        "message": "",
        "version": "",
    }
    with db.begin() as connection:
        connection.execute(tables.fetches.insert(), row)
    with pytest.raises(DataError, match="is damaged"):
        body(db, "1" * 64)
    assert body(db, kept.sha256) == b"x"


answers = st.lists(
    st.dictionaries(st.integers(0, 5), st.sampled_from([1.0, 2.0, np.nan]), min_size=1),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=answers, as_vintages=st.booleans())
def test_the_last_row_of_each_period_is_what_was_said_last(tmp_path, answers, as_vintages):
    told, seen = {}, []
    name = f"{len(list(tmp_path.iterdir()))}.db"
    with Database.open(tmp_path / name) as db:
        for number, answer in enumerate(answers):
            period = np.datetime64("2026-01-01") + np.array(list(answer))
            at = NOON + timedelta(days=number)
            moment = np.datetime64(at.replace(tzinfo=None), "s")
            rows = Rows(period, np.array(list(answer.values())))
            known = np.full(period.size, moment)
            basis = "vintage" if as_vintages else "first_seen"
            stored = record(db, fetched(at), Stamped(rows, known, basis))
            new = set(answer) - set(told)
            same = {p for p in set(answer) - new if repr(told[p]) == repr(answer[p])}
            assert stored.new == len(new)
            assert stored.unchanged == len(same)
            between = {p for p in told if min(answer) <= p <= max(answer)}
            assert stored.vanished == len(between - set(answer))
            told |= answer
            seen.append((moment, dict(told)))
        table = tables.observations.c
        with db.connect() as connection:
            rows = connection.execute(
                select(table.period, table.known_at, table.value).order_by(table.known_at)
            ).all()
    for moment, then in seen:
        found = {p: v for p, k, v in rows if np.datetime64(k, "s") <= moment}
        day = np.datetime64("2026-01-01").astype(int)
        assert {p - day for p in found} == set(then)
        for p, value in found.items():
            assert repr(np.nan if value is None else value) == repr(then[p - day])


def test_a_consent_is_given_withdrawn_and_never_forgotten(db):
    assert not consents.given(db, "yahoo")
    consents.give(db, "yahoo", "personal use only")
    consents.give(db, "lbma", "terms")
    assert consents.given(db, "yahoo")
    assert list(consents.listed(db)) == ["lbma", "yahoo"]
    assert consents.listed(db)["yahoo"].text == "personal use only"
    consents.withdraw(db, "yahoo")
    assert not consents.given(db, "yahoo")
    assert list(consents.listed(db)) == ["lbma"]
    told = [(each.provider, each.given) for each in consents.history(db)]
    assert told == [("yahoo", True), ("lbma", True), ("yahoo", False)]


def test_a_breaker_opens_after_failures_in_a_row_and_closes_after_an_answer(db):
    assert breakers.state(db, "fred") == breakers.Breaker()
    for _ in range(2):
        assert not breakers.failed(db, "fred", now=NOON, status=500).is_open(NOON)
    opened = breakers.failed(db, "fred", now=NOON, status=429, pause=timedelta(minutes=15))
    assert opened == breakers.Breaker(3, NOON + timedelta(minutes=15), 429)
    assert breakers.state(db, "fred") == opened
    assert opened.is_open(NOON + timedelta(minutes=14))
    assert not opened.is_open(NOON + timedelta(minutes=15))
    assert breakers.state(db, "lbma") == breakers.Breaker()
    breakers.succeeded(db, "fred")
    assert breakers.state(db, "fred") == breakers.Breaker()


def test_failures_counted_by_many_are_all_counted(store_url):
    with Database.open(store_url) as db, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: breakers.failed(db, "fred", now=NOON), range(12)))
        assert breakers.state(db, "fred").failures == 12
