"""What other processes do to one store at the same time."""

import multiprocessing
import time
import traceback
from datetime import UTC, datetime, timedelta

import numpy as np

from leadline.data.database import Database, DatabaseStore, Fetched, Stamped, consents, record
from leadline.data.gather import gather
from leadline.data.provider import Rows

PERIODS = np.arange("2025-01-01", "2025-06-01", dtype="datetime64[D]")
"""Each answer has another value for every one of these, so that a half answer shows."""
SERIES = "dgs10"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


# A fork has all that it needs imported; starting afresh would take a second each time.
context = multiprocessing.get_context("fork")


def answer(number, series=SERIES):
    """Give the answer of this number: all periods have it as their value."""
    at = FIRST + timedelta(hours=number)
    rows = Rows(PERIODS, np.full(PERIODS.size, 1 + number / 100))
    known = np.full(PERIODS.size, np.datetime64("2025-07-01T00:00:00"))
    fetched = Fetched(
        provider="fred",
        series=series,
        url=f"https://example.org/{number}",
        fetched_at=at,
        outcome="ok",
        status=200,
        body=str(number).encode() * 1000,
    )
    return fetched, Stamped(rows, known, "rule")


def agree(url, start, faults):
    """Open an empty store together with others."""

    def work():
        start.wait()
        with Database.open(url) as db:
            consents.give(db, "yahoo", "terms")

    telling(faults, work)


def record_for_ever(url, first, done):
    """Record one answer after the other; say of each that it is stored."""
    with Database.open(url) as db:
        number = first
        while True:
            record(db, *answer(number))
            done.send(number)
            number += 1


def write_until(url, until, faults):
    """Open, record the same answers as others do, close, again and again."""

    def work():
        number = 0
        while time.time() < until:
            with Database.open(url) as db:
                for _ in range(5):
                    record(db, *answer(number))
                    number += 1

    telling(faults, work)


def read_until(url, until, faults):
    """Read again and again, and look for what is torn."""

    def work():
        n_rows = 0
        while time.time() < until:
            with Database.open(url) as db:
                store = DatabaseStore(db)
                series = store.series(SERIES)
                as_of = datetime(2026, 6, 1, tzinfo=UTC).date()
                panel = gather([SERIES], store, as_of=as_of)
            whole(series)
            assert len(series) >= n_rows, "rows have gone"
            assert not np.isnan(panel[SERIES].value[-1])
            n_rows = len(series)

    telling(faults, work)


def whole(series):
    """Check that every answer in a series is there as a whole, once."""
    moments, sizes = np.unique(series.known_at, return_counts=True)
    assert (sizes == PERIODS.size).all(), dict(zip(moments, sizes, strict=True))
    for moment in moments:
        at = series.known_at == moment
        assert np.unique(series.value[at]).size == 1
        assert np.unique(series.period[at]).size == PERIODS.size


def at_once(n_processes, target, *arguments):
    """Let processes do the same thing at the same time; fail where one of them does.

    After its arguments ``target`` is given the barrier to wait at, and the queue for its faults.
    """
    start, faults = context.Barrier(n_processes), context.SimpleQueue()
    work_off([(target, (*arguments, start, faults))] * n_processes, faults)


def work_off(jobs, faults):
    """Let processes do their jobs to the end, a function and its arguments each."""
    workers = [context.Process(target=target, args=arguments) for target, arguments in jobs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert faults.empty(), faults.get()
    assert [worker.exitcode for worker in workers] == [0] * len(workers)


def is_killed(seconds, target, *arguments):
    """Kill a process so long after it has begun; say whether it had not come to its end.

    After its arguments ``target`` is given a pipe through which it says that it has begun.
    """
    mine, theirs = context.Pipe(duplex=False)
    with mine, theirs:
        worker = context.Process(target=target, args=(*arguments, theirs))
        worker.start()
        mine.recv()
        time.sleep(seconds)
        worker.kill()
        worker.join()
    killed = worker.exitcode != 0
    worker.close()
    return killed


def telling(faults, work):
    """Do the work, and tell of what goes wrong with it."""
    try:
        work()
    except BaseException:
        faults.put(traceback.format_exc())
        raise
