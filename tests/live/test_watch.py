"""The watcher's own parts: alone at a store, every day at a time, ended by a signal."""

import os
import signal
import sys
import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from live.sample import article
from sqlalchemy import text

from leadline.claim import find
from leadline.data import MemoryStore
from leadline.data.database import Database
from leadline.data.measuring import Outcome
from leadline.errors import LeadlineError
from leadline.live import needs, watch


def soon(number=signal.SIGTERM):
    """Send a signal to this process; to be called in a run, when it is taken as the end."""
    threading.Timer(0.1, os.kill, (os.getpid(), number)).start()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_at_once_and_ends_on_a_signal_between_runs(number):
    ran, before = [], signal.getsignal(number)

    def job():
        ran.append(1)
        soon(number)

    watch.daily(job, time(0, 15))
    assert ran == [1]
    assert signal.getsignal(number) is before


def test_a_signal_ends_a_run_that_is_under_way():
    begun = threading.Event()

    def job():
        begun.set()
        soon()
        threading.Event().wait(60)

    started = datetime.now(UTC)
    watch.daily(job, time(0, 15))
    assert begun.is_set()
    assert datetime.now(UTC) - started < timedelta(seconds=30)


def test_what_is_done_between_the_days_is_done_often(monkeypatch):
    monkeypatch.setattr(watch, "BETWEEN", 0.1 / 60)
    ran = []

    def between():
        ran.append("again")
        if len(ran) == 3:
            soon()

    watch.daily(lambda: ran.append("day"), time(0, 15), between=between)
    assert ran[0] == "day"
    assert set(ran[1:]) == {"again"}


def test_a_run_that_fails_is_logged_and_not_the_end(caplog):
    def job():
        soon()
        message = "of our making"
        raise RuntimeError(message)

    watch.daily(job, time(0, 15))
    assert "of our making" in caplog.text


def test_without_the_scheduler_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apscheduler.schedulers.blocking", None)
    with pytest.raises(LeadlineError, match=r"pip install 'leadline\[watch\]'"):
        watch.daily(lambda: None, time(0, 15))


def test_one_watcher_at_a_time_works_on_a_store(store_url):
    with Database.open(store_url) as first, Database.open(store_url) as second:
        with watch.alone(first):
            with pytest.raises(watch.BusyError, match="another watcher"), watch.alone(second):
                pass
            with second.connect() as connection:
                assert connection.execute(text("SELECT 1")).scalar() == 1
        with watch.alone(second):
            pass


def test_all_that_following_reads_is_fetched():
    names = needs.series_of(find("silver-2026"))
    assert {"silver", "bitcoin", "dfii10", "walcl"} <= set(names)
    # Conditions are made from series and come from nobody.
    assert not {"silver_strong", "p_fear", "liquidity_expansion"} & set(names)
    assert set(needs.series_of(find("silver-2026/S27"))) <= set(names)


def test_calls_are_settled_by_the_series_they_name():
    assert needs.settled_by(find("silver-2026")) == ("bitcoin", "silver")
    assert needs.settled_by(article()) == ("bitcoin", "silver")
    assert needs.published(article()) == date(2026, 1, 5)


def test_a_store_is_asked_for_each_series():
    assert tuple(needs.held(("silver", "gold"), MemoryStore({}))) == ()


def test_what_no_provider_gave_is_told_once():
    outcomes = (
        Outcome("silver", "first", "not_measured", message="no answer"),
        Outcome("silver", "second", "ok", new=3),
        Outcome("gold", "first", "rejected", message="another unit"),
        Outcome("gold", "second", "skipped", message="consent first"),
        Outcome("vix", "first", "ok", check=True),
        Outcome("vix", "second", "unchanged"),
    )
    [left] = watch.unmeasured(outcomes)
    assert (left.series, left.message) == ("gold", "consent first")
