"""Processes to be killed: forks one for each line it reads, which does what the line says.

It has no threads of its own, so forking is safe, and a child needs no time to import anything.
"""

import json
import os
import sys
import time
from datetime import UTC, date, datetime

import numpy as np

from leadline.data.database import Database, DatabaseStore
from leadline.data.fetching import fetch
from leadline.data.gather import gather
from leadline.data.transport import Transport, utc_now

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE = date(2025, 9, 1)


def say(*words):
    # One write of less than a page, which no kill can cut in two.
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def fetch_once(store, base, names):
    """Fetch, and report each outcome when it is stored."""
    with (
        Database.open(store) as db,
        Transport(db, base=base, clock=lambda: NOON, pace=0, wait=0.01) as transport,
    ):
        fetch(
            names,
            db,
            since=SINCE,
            transport=transport,
            progress=lambda one: say("stored", one.series, one.provider, one.outcome),
        )


def keep_fetching(store, base, names, seconds):
    """Fetch again and again, each time from the beginning, at the real time."""
    until = time.monotonic() + seconds
    with Database.open(store) as db:
        while time.monotonic() < until:
            with Transport(db, base=base, clock=utc_now, pace=0, wait=0.01) as transport:
                for one in fetch(names, db, since=SINCE, transport=transport):
                    if not one.measured:
                        say("wrong", one.series, one.outcome, one.message)
                    say("did", "fetch")


def keep_reading(store, base, names, seconds):  # noqa: ARG001  (each task is given the same)
    """Read: within one answer every value is the same multiple of the first state."""
    first = {}
    until = time.monotonic() + seconds
    with Database.open(store) as db:
        while time.monotonic() < until:
            for name in names:
                series = DatabaseStore(db).series(name)
                periods, last = np.unique(series.period[::-1], return_index=True)
                values = series.value[::-1][last]
                base_periods, base_values = first.setdefault(name, (periods, values))
                if not np.array_equal(periods, base_periods):
                    say("wrong", name, "has other periods")
                ratio = values / base_values
                # Readers come in whole numbers, so a ratio is not quite the same for all.
                if np.ptp(ratio) > 0.01 * ratio.mean():
                    say("wrong", name, "is torn:", ratio.min(), ratio.max())
                say("did", "read")


def keep_trying(store, base, names, seconds):  # noqa: ARG001  (each task is given the same)
    """Build the panel that a trial begins with."""
    until = time.monotonic() + seconds
    with Database.open(store) as db:
        while time.monotonic() < until:
            panel = gather(names, DatabaseStore(db), as_of=date(2026, 11, 19))
            if panel.days.size < 300:
                say("wrong", "the panel has", panel.days.size, "days")
            say("did", "try")


TASKS = {each.__name__: each for each in (fetch_once, keep_fetching, keep_reading, keep_trying)}


def main():
    for line in sys.stdin:
        task, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                TASKS[task](*arguments)
                status = 0
            except BaseException as error:  # noqa: BLE001  (told to the test)
                say("wrong", task, type(error).__name__, error)
            finally:
                os._exit(status)
        say("began", child)


if __name__ == "__main__":
    main()
