"""Fetching from providers that are good, bad, slow, forgetful and contradicting themselves."""

import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import zstandard
from replay.cases import altered, on_day
from replay.core import Reply
from sqlalchemy import select

from leadline.data import fetching, providers
from leadline.data.database import Database, DatabaseStore, consents, held, tables
from leadline.data.fetching import fetch
from leadline.data.gather import snapshot
from leadline.data.provider import Feed, NotMeasuredError, Request, Rows, Terms, stamped
from leadline.data.turns import Turns
from leadline.errors import DataError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FRED, ALFRED = "fred.stlouisfed.org", "alfred.stlouisfed.org"
KEY = "planted-0123456789abcdef"
ROW = ("series", "provider", "period", "value", "known_at", "basis")


def rows(db):
    """Give every observation, without what depends on when it was written."""
    table = tables.observations.c
    with db.connect() as connection:
        found = connection.execute(select(*(table[name] for name in ROW))).all()
    return sorted(found, key=repr)


def said(outcomes):
    return [(each.series, each.provider, each.outcome) for each in outcomes]


def test_what_is_fetched_is_held_and_then_unchanged(db, asking):
    with asking(db) as transport:
        (first,) = fetch(["DGS10"], db, transport=transport)
    assert (first.series, first.provider, first.outcome) == ("dgs10", "fred", "ok")
    assert first.new == held(db, "dgs10", "fred").n > 10_000
    assert (first.newest, first.age, first.message) == (date(2026, 11, 18), 2, "")
    with asking(db) as transport:
        (second,) = fetch(["dgs10"], db, transport=transport)
    assert (second.outcome, second.new, second.changed) == ("unchanged", 0, 0)


def test_the_next_fetch_asks_only_for_what_may_be_new(db, asking, replay):
    with asking(db) as transport:
        fetch(["dgs10"], db, transport=transport)
    replay.on(date(2026, 12, 1))
    later = NOON + timedelta(days=11)
    with asking(db, now=later) as transport:
        (outcome,) = fetch(["dgs10"], db, transport=transport)
    assert outcome.new == 7  # six business days, and Thanksgiving without a value
    assert [ask.query.get("cosd") for ask in replay.asked] == [None, "2026-10-19"]


def test_since_is_asked_for_as_said(db, asking, replay):
    with asking(db) as transport:
        fetch(["dgs10"], db, since=date(2026, 6, 1), transport=transport)
    assert replay.asked[0].query["cosd"] == "2026-06-01"
    assert held(db, "dgs10", "fred").first == date(2026, 6, 1)


def test_two_stores_hold_the_same(tmp_path, asking):
    found = []
    for name in ("one", "two"):
        with Database.open(tmp_path / name) as db, asking(db) as transport:
            fetch(["dgs2", "bitcoin", "m2"], db, since=date(2026, 1, 1), transport=transport)
            found.append(rows(db))
    assert found[0] == found[1]
    assert len(found[0]) > 500


def test_outcomes_come_in_the_order_of_the_names(db, asking):
    told = []
    with asking(db) as transport:
        outcomes = fetch(
            ["fear_greed_crypto", "dgs2", "walcl", "Dgs2"],
            db,
            since=date(2026, 9, 1),
            transport=transport,
            progress=told.append,
        )
    assert [each.series for each in outcomes] == ["fear_greed_crypto", "dgs2", "walcl"]
    assert set(told) == set(outcomes)


def test_nobody_is_asked_without_consent(db, asking, replay):
    with asking(db) as transport:
        outcomes = fetch(["silver"], db, since=date(2026, 9, 1), transport=transport)
    assert said(outcomes) == [
        ("silver", "yahoo", "skipped"),
        ("silver", "dukascopy", "skipped"),
        ("silver", "lbma", "skipped"),
        ("silver", "frankfurter", "ok"),
    ]
    assert "leadline fetch --accept yahoo" in outcomes[0].message
    assert outcomes[3].check
    assert {ask.host for ask in replay.asked} == {"api.frankfurter.dev"}


def test_consent_is_asked_once_and_kept(db, asking):
    with asking(db) as transport:
        for accept in (["yahoo"], []):
            outcomes = fetch(
                ["silver"], db, since=date(2026, 9, 1), accept=accept, transport=transport
            )
            assert [each.provider for each in outcomes] == ["yahoo", "frankfurter"]
            assert all(each.measured for each in outcomes)
    assert consents.listed(db)["yahoo"].text == providers.provider("yahoo").terms.consent


def test_accepting_nobody_known_is_an_error(db, asking):
    with asking(db) as transport, pytest.raises(DataError, match="Did you mean 'yahoo'"):
        fetch(["silver"], db, accept=["yaho"], transport=transport)


def test_a_series_nobody_has_is_skipped_and_an_unknown_one_is_an_error(db, asking):
    with asking(db) as transport:
        (outcome,) = fetch(["gld_shares"], db, transport=transport)
        assert outcome.outcome == "skipped"
        assert "leadline data import" in outcome.message
        with pytest.raises(DataError, match="Did you mean 'silver'"):
            fetch(["silber"], db, transport=transport)


def test_the_next_feed_stands_in(db, asking, replay, monkeypatch):
    monkeypatch.delenv("FRED_API_KEY", raising=False)
    replay.script(FRED, "404")
    with asking(db) as transport:
        outcomes = fetch(["dgs2", "t5yie"], db, since=date(2026, 9, 1), transport=transport)
    assert said(outcomes) == [
        ("dgs2", "fred", "not_measured"),
        ("dgs2", "treasury", "ok"),
        ("t5yie", "fred", "not_measured"),
        ("t5yie", "fredapi", "skipped"),
    ]
    assert "set FRED_API_KEY" in outcomes[3].message


def test_one_host_that_hangs_holds_up_no_other(db, asking, replay):
    replay.script(FRED, "hang")
    with asking(db, timeout=0.3) as transport:
        outcomes = fetch(
            ["walcl", "fear_greed_crypto", "rrpontsyd"],
            db,
            since=date(2026, 9, 1),
            transport=transport,
        )
    assert ("walcl", "fred", "not_measured") in said(outcomes)
    assert ("fear_greed_crypto", "alternative", "ok") in said(outcomes)
    assert ("rrpontsyd", "nyfed", "ok") in said(outcomes)


def test_bitcoin_is_had_from_all(db, asking):
    with asking(db) as transport:
        outcomes = fetch(["bitcoin"], db, since=date(2026, 9, 1), transport=transport)
    assert [each.provider for each in outcomes] == ["coinmetrics", "coinbase", "kraken", "binance"]
    assert {each.outcome for each in outcomes} == {"ok"}


def test_a_changed_value_is_a_new_row_known_when_it_was_seen(db, asking, replay):
    with asking(db) as transport:
        fetch(["dgs10"], db, transport=transport)
    replay.script(FRED, "revised")
    with asking(db, now=NOON + timedelta(hours=5)) as transport:
        (outcome,) = fetch(["dgs10"], db, transport=transport)
    assert (outcome.outcome, outcome.new, outcome.changed) == ("ok", 0, 1)
    (revision,) = DatabaseStore(db).revisions("dgs10")
    assert revision.known_at == NOON + timedelta(hours=5)
    assert revision.basis == "first_seen"


def test_what_the_source_no_longer_sends_is_kept_and_said(db, asking, replay):
    with asking(db) as transport:
        fetch(["hy_oas"], db, transport=transport)
    before = held(db, "hy_oas", "fred")
    replay.script(FRED, "vanished_row")
    with asking(db) as transport:
        (outcome,) = fetch(["hy_oas"], db, transport=transport)
    assert outcome.message == "1 periods that are held are no longer sent; they are kept."
    assert held(db, "hy_oas", "fred").n == before.n


def test_a_history_that_shrinks_is_kept_and_said(db, asking, replay, only):
    name = only("epu")
    with asking(db) as transport:
        fetch([name], db, transport=transport)
        replay.script_provider("epu", altered(lambda days, values: (days[99:-5], values[99:-5])))
    with asking(db) as transport:
        (outcome,) = fetch([name], db, transport=transport)
    assert "the source now begins on 1985-04-10; what is held from 1985-01-01 is kept" in (
        outcome.message
    )
    assert "the source now ends on" in outcome.message
    assert outcome.measured


def test_a_switch_of_units_is_rejected(db, asking, replay):
    with asking(db) as transport:
        fetch(["walcl"], db, transport=transport)
    before = rows(db)
    replay.script(FRED, altered(lambda days, values: (days, values / 1000)))
    with asking(db) as transport:
        outcome, *_ = fetch(["walcl"], db, transport=transport)
    assert outcome.outcome == "rejected"
    assert "0.001 times those held" in outcome.message
    assert rows(db) == before


def test_series_that_must_add_up_do(db, asking, replay):
    three = ["dgs10", "dfii10", "t10yie"]
    with asking(db) as transport:
        outcomes = fetch(three, db, since=date(2026, 1, 1), transport=transport)
    assert {each.outcome for each in outcomes} == {"ok"}
    replay.script(FRED, altered(lambda days, values: (days, values + 0.5)), match="T10YIE")
    with asking(db) as transport:
        outcome, *_ = fetch(["t10yie"], db, since=date(2026, 1, 1), transport=transport)
    assert outcome.outcome == "rejected"
    assert "t10yie is not dgs10 less dfii10 on" in outcome.message
    assert "by 0.5" in outcome.message


def test_a_single_day_that_does_not_add_up_is_let_pass(db, asking, replay):
    three = ["dgs10", "dfii10", "t10yie"]
    replay.script(FRED, "revised", match="T10YIE")
    with asking(db) as transport:
        outcomes = fetch(three, db, since=date(2026, 1, 1), transport=transport)
    assert {each.outcome for each in outcomes} == {"ok"}


def test_a_stale_feed_is_said_and_the_next_one_asked(db, asking, replay):
    replay.script(FRED, on_day(timedelta(days=-40)))
    with asking(db) as transport:
        first, second = fetch(["dgs2"], db, since=date(2026, 1, 1), transport=transport)
    assert (first.provider, first.outcome, first.stale) == ("fred", "ok", True)
    assert first.message == "The newest value is of 2026-10-08, 43 days ago."
    assert (second.provider, second.outcome, second.stale) == ("treasury", "ok", False)


def test_no_observation_is_no_measurement(db, asking, replay, only):
    name = only("fred")
    replay.script(FRED, "ok_empty_range")
    with asking(db) as transport:
        (outcome,) = fetch([name], db, transport=transport)
    assert outcome.outcome == "not_measured"
    assert "without a single observation" in outcome.message
    assert (outcome.newest, outcome.age) == (None, None)


def test_a_providers_own_fault_stops_nobody_else(db, asking, monkeypatch):
    fred = providers.provider("fred")

    def parse(*_):
        return {}["no such thing"]

    monkeypatch.setattr(type(fred), "parse", parse)
    with asking(db) as transport:
        outcomes = fetch(
            ["walcl", "fear_greed_crypto"], db, since=date(2026, 9, 1), transport=transport
        )
    assert ("walcl", "fred", "rejected") in said(outcomes)
    assert outcomes[0].message.startswith(
        "fred: the provider itself is at fault: KeyError: 'no such thing'"
    )
    assert ("fear_greed_crypto", "alternative", "ok") in said(outcomes)


def test_vintages_that_break_off_go_on_where_they_ended(db, tmp_path, asking, replay):
    names = ["unrate"]
    with Database.open(tmp_path / "whole.db") as whole, asking(whole) as transport:
        fetch(names, whole, transport=transport)
        expected = rows(whole)
    n_asked = len(replay.asked_of(ALFRED))
    replay.reset()
    replay.script(ALFRED, *["ok"] * 3, "404")
    with asking(db) as transport:
        outcome, *_ = fetch(names, db, transport=transport)
    assert outcome.outcome == "not_measured"
    assert "status 404" in outcome.message
    part = rows(db)
    assert 0 < len(part) < len(expected)
    assert outcome.new + outcome.changed == len(part)
    replay.reset()
    with asking(db) as transport:
        outcome, *_ = fetch(names, db, transport=transport)
    assert outcome.outcome == "ok"
    assert rows(db) == expected
    assert len(replay.asked_of(ALFRED)) == n_asked - 2


def test_an_interrupted_fetch_is_completed_by_the_next(db, tmp_path, asking):
    names = ["dgs2", "bitcoin", "unrate", "wiki_silver", "tga_daily"]
    since = date(2025, 1, 1)
    with Database.open(tmp_path / "whole.db") as whole, asking(whole) as transport:
        fetch(names, whole, since=since, transport=transport)
        expected = rows(whole)

    def interrupt(_outcome):
        raise KeyboardInterrupt

    with asking(db) as transport, pytest.raises(KeyboardInterrupt):
        fetch(names, db, since=since, transport=transport, progress=interrupt)
    assert set(rows(db)) <= set(expected)
    with asking(db) as transport:
        outcomes = fetch(names, db, since=since, transport=transport)
    assert all(each.measured for each in outcomes)
    assert rows(db) == expected


def test_two_at_once_ask_once(db, asking, replay, monkeypatch):
    """Each run has a transport of its own, as two processes would; both wait for a turn."""
    found, waiting = {}, set()
    waits = Turns._wait

    def noted(turns):
        waiting.add(turns)
        return waits(turns)

    def run(number):
        # An answer that is late on a busy machine would be asked for again.
        with asking(db, now=NOON, timeout=60.0) as transport:
            found[number] = fetch(["m2"], db, transport=transport)

    monkeypatch.setattr(Turns, "_wait", noted)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    before = Turns(db, threading.Event())
    with before.take("alfred"):
        for thread in threads:
            thread.start()
        while len(waiting) < 2 and all(thread.is_alive() for thread in threads):
            time.sleep(0.01)
    before.close()
    for thread in threads:
        thread.join()
    first = {number: outcomes[0].outcome for number, outcomes in found.items()}
    assert sorted(first.values()) == ["ok", "unchanged"]
    asked = [str(sorted(ask.query.items())) for ask in replay.asked_of(ALFRED)]
    assert len(asked) == len(set(asked)) > 10


@pytest.fixture
def planted(monkeypatch):
    monkeypatch.setenv("FRED_API_KEY", KEY)


@pytest.mark.usefixtures("planted")
def test_a_key_is_nowhere_in_the_store(db, asking, replay, caplog, only):
    caplog.set_level("DEBUG")
    name = only("fredapi")
    messages = []
    for case in ("ok", "400_bad_key", "key_in_log", "500", "html_200", "ok"):
        replay.script("api.stlouisfed.org", case)
        with asking(db) as transport:
            messages += [str(each) for each in fetch([name], db, transport=transport)]
    assert any(KEY in str(ask.query) for ask in replay.asked)
    with db.connect() as connection:
        kept = connection.execute(select(tables.fetches.c.body, tables.fetches.c.url)).all()
    assert kept
    assert all("api_key=***" in url for _, url in kept)
    unpacked = b"".join(zstandard.decompress(body) for body, _ in kept if body is not None)
    db.close()
    files = b"".join(
        file.read_bytes() for file in Path(db.name).parent.rglob("*") if file.is_file()
    )
    logged = " ".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    for place in (unpacked, files, logged.encode(), " ".join(messages).encode()):
        assert place
        assert KEY.encode() not in place


@pytest.mark.parametrize("case", ["gzip", "wrong_content_type", "500_then_ok", "ok_bom_crlf"])
@pytest.mark.parametrize("provider", ["fred", "coinmetrics", "cftc"])
def test_what_looks_odd_and_is_right_is_taken(tmp_path, asking, replay, only, provider, case):
    name = only(provider)
    found = []
    for each in ("ok", case):
        replay.reset()
        replay.script_provider(provider, each)
        with Database.open(tmp_path / each) as db, asking(db) as transport:
            (outcome,) = fetch([name], db, since=date(2026, 6, 1), transport=transport)
            assert outcome.outcome == "ok"
            found.append(rows(db))
    assert found[0] == found[1]


class Someone:
    """A provider whose pages are JSON lists of day and value, all of which it is told here."""

    id = "someone"
    hosts = (FRED,)
    terms = Terms("public")
    agent, pace, incremental, key_name = "default", 0.0, True, ""

    def __init__(self, *pages, vintages=(), fault=None):
        self.pages, self.vintages, self.fault = pages, vintages, fault

    def plan(self, want):  # noqa: ARG002  (the form that every provider has)
        for number, _ in enumerate(self.pages):
            vintage = self.vintages[number] if self.vintages else None
            yield Request(f"https://{FRED}/{number}", vintage=vintage)
        if self.fault:
            raise self.fault

    def parse(self, want, answer):  # noqa: ARG002  (the form that every provider has)
        found = self.pages[int(answer.url.rpartition("/")[2])]
        if isinstance(found, Exception):
            raise found
        return Rows(np.array(list(found), "datetime64[D]"), np.array(list(found.values()), float))

    def known_at(self, want, answer, rows):
        if answer.request.vintage is None:
            return stamped(want, answer, rows)
        known = np.datetime64(answer.request.vintage, "s")
        return np.full(len(rows), known), "vintage"


@pytest.fixture
def from_someone(db, asking, replay, monkeypatch):
    """Fetch from a provider made of these pages."""
    replay.script(FRED, Reply(b"page"))
    monkeypatch.setattr(fetching, "feeds", lambda: {"dgs2": (Feed(provider="someone", code="x"),)})

    def run(*pages, **more):
        monkeypatch.setattr(providers, "provider", lambda _name: Someone(*pages, **more))
        with asking(db) as transport:
            (outcome,) = fetch(["dgs2"], db, transport=transport)
        return outcome

    return run


def test_pages_are_stored_together_or_not_at_all(db, from_someone):
    one, other = {"2026-11-02": 3.5, "2026-11-03": 3.6}, {"2026-11-03": 3.6, "2026-11-04": np.nan}
    assert from_someone(one, other).new == 3
    before = rows(db)
    outcome = from_someone(one | {"2026-11-05": 3.9}, {"2026-11-05": 3.8})
    assert outcome.outcome == "rejected"
    assert "two pages tell different values of 2026-11-05" in outcome.message
    outcome = from_someone({"2026-11-05": 3.9}, NotMeasuredError("someone: is being mended."))
    assert (outcome.outcome, outcome.message) == ("not_measured", "someone: is being mended.")
    outcome = from_someone({"2026-11-05": 3.9}, fault=DataError("someone: knows no 'x'"))
    assert (outcome.outcome, outcome.message) == ("not_measured", "someone: knows no 'x'.")
    assert rows(db) == before


def test_vintages_out_of_order_are_rejected(db, from_someone):
    days = [date(2026, 11, 10), date(2026, 11, 12)]
    whole = [{"2026-11-02": 3.5}, {"2026-11-02": 3.6}]
    assert from_someone(*whole, vintages=days).changed == 1
    before = rows(db)
    outcome = from_someone({"2026-11-02": 3.7}, vintages=[date(2026, 11, 11)])
    assert outcome.outcome == "rejected"
    assert "Only later ones" in outcome.message
    assert rows(db) == before


def test_a_provider_that_is_gone_is_said(db, asking, monkeypatch):
    gone = {"dgs2": (Feed(provider="nobody", code="x"), Feed(provider="fred", code="DGS2"))}
    monkeypatch.setattr(fetching, "feeds", lambda: gone)
    with asking(db) as transport:
        first, second = fetch(["dgs2"], db, since=date(2026, 9, 1), transport=transport)
    assert (first.outcome, second.outcome) == ("not_measured", "ok")
    assert "No provider 'nobody'" in first.message


def test_a_fault_of_our_own_is_not_hidden(db, asking, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(fetching, "wanted", broken)
    with asking(db) as transport, pytest.raises(ZeroDivisionError):
        fetch(["dgs2", "fear_greed_crypto"], db, transport=transport)


# Never revised, by rule (fred, yahoo, cftc, nyfed) or by the source's stamp (coinmetrics), and
# revised with vintages (alfred).
REPLAYED = ("dgs10", "silver", "cot_silver_net", "rrpontsyd", "fear_greed_crypto", "m2", "unrate")


def test_day_by_day_and_all_at_once_know_the_same(tmp_path, asking, replay):
    """A store that was there each day and one built at the end answer alike for every day."""
    first, n_days = date(2026, 10, 26), 16
    days = [first + timedelta(days=i) for i in range(n_days)]
    since = date(2026, 6, 1)
    with Database.open(tmp_path / "daily.db") as daily, Database.open(tmp_path / "bulk.db") as bulk:
        for day in days:
            replay.on(day)
            now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            with asking(daily, now=now) as transport:
                outcomes = fetch(
                    REPLAYED, daily, since=since, accept=["yahoo"], transport=transport
                )
            assert [each for each in outcomes if each.outcome in ("rejected", "not_measured")] == []
        with asking(bulk, now=now) as transport:
            fetch(REPLAYED, bulk, since=since, accept=["yahoo"], transport=transport)
        for name in REPLAYED:
            one, other = DatabaseStore(daily).series(name), DatabaseStore(bulk).series(name)
            assert len(one) > 10 or name in ("m2", "unrate")
            for day in days[:-1]:
                for seen, known in zip(snapshot(one, day), snapshot(other, day), strict=True):
                    np.testing.assert_array_equal(seen, known, err_msg=f"{name} on {day}")


def test_a_revised_series_without_vintages_knows_nothing_before_its_first_fetch(db, asking):
    with asking(db) as transport:
        fetch(["m2_latest"], db, transport=transport)
    series = DatabaseStore(db).series("m2_latest")
    assert series.basis == "first_seen"
    assert np.all(series.known_at >= np.datetime64("2026-11-20T12:00"))


@pytest.mark.slow
def test_the_whole_catalogue_is_fetched_without_a_complaint(db, asking, monkeypatch):
    monkeypatch.delenv("FRED_API_KEY", raising=False)
    with asking(db) as transport:
        outcomes = fetch([], db, accept=["yahoo", "dukascopy", "lbma"], transport=transport)
    assert {each.outcome for each in outcomes} <= {"ok", "skipped"}
    assert {each.provider for each in outcomes if each.outcome == "skipped"} <= {"fredapi"}
