"""Processes that are killed, and processes that work at once: nothing lost, half, twice or torn."""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from replay.cases import altered
from sqlalchemy import text

from leadline.data.database import Database, tables

FETCHER = Path(__file__).with_name("fetcher.py")
# Of one page, of several, and of vintages.
NAMES = ["walcl", "bitcoin_open", "unrate", "cot_silver_net"]
CHANGING = ["walcl", "wiki_silver", "cot_silver_net"]
ROW = ("series", "provider", "period", "value", "known_at", "basis")


class Fetchers:
    """Starts processes and hears what they say."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, FETCHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.heard = b""
        # Children are ours to wait for only through the process that forked them.
        os.set_blocking(self.process.stdout.fileno(), False)

    def begin(self, *task):
        self.process.stdin.write(json.dumps(task).encode() + b"\n")
        self.process.stdin.flush()
        lines = self.until("began")
        return int(lines[-1].split()[1]), lines[:-1]

    def lines(self, seconds):
        """Give what is said within so many seconds."""
        ready, _, _ = select.select([self.process.stdout], [], [], max(seconds, 0))
        if ready:
            self.heard += self.process.stdout.read() or b""
        *whole, self.heard = self.heard.split(b"\n")
        return [line.decode() for line in whole]

    def until(self, word, seconds=60):
        found, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            found += self.lines(end - time.monotonic())
            if any(line.startswith(word) for line in found):
                return found
        raise AssertionError((word, found))

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=30)


@pytest.fixture
def fetchers():
    several = Fetchers()
    yield several
    several.close()


def rows(db):
    table = tables.observations.c
    with db.connect() as connection:
        found = connection.execute(tables.observations.select()).all()
    return sorted((tuple(getattr(row, name) for name in ROW) for row in found), key=repr), table


def alive(pid):
    """Say whether a process runs; one that has ended may still be listed."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def of(found, series, provider):
    return [row for row in found if row[:2] == (series, provider)]


def check_consistent(url, expected, reported):
    """Nothing lost that was reported, nothing half, nothing twice."""
    with Database.open(url) as db:
        found, _ = rows(db)
        with db.connect() as connection:
            if connection.dialect.name == "sqlite":
                assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            lost = text(
                "SELECT count(*) FROM observations LEFT JOIN fetches "
                "ON observations.fetch_id = fetches.id WHERE fetches.id IS NULL"
            )
            assert connection.execute(lost).scalar() == 0
    assert len(found) == len(set(found))
    assert set(found) <= set(expected)
    for series, provider in {row[:2] for row in expected}:
        whole, part = of(expected, series, provider), of(found, series, provider)
        if (series, provider) in reported:
            assert part == whole
        elif provider == "alfred":
            last = max((row[4] for row in part), default=0)
            assert part == [row for row in whole if row[4] <= last]
        else:
            assert part in ([], whole)
    return found


def kill_at_random(fetchers, url, base, expected, seconds, rng):
    """Kill one fetch at a random moment; says what it had reported, and whether it was killed."""
    pid, _ = fetchers.begin("fetch_once", url, base, NAMES)
    end, said = time.monotonic() + rng.uniform(0, seconds), []
    while time.monotonic() < end and alive(pid):
        said += fetchers.lines(min(0.02, end - time.monotonic()))
    killed = alive(pid)
    if killed:
        os.kill(pid, signal.SIGKILL)
    while alive(pid):
        time.sleep(0.002)
    said += fetchers.lines(0.01)
    assert not [line for line in said if line.startswith("wrong")], said
    stored = [line.split() for line in said if line.startswith("stored")]
    assert {outcome for *_, outcome in stored} <= {"ok", "unchanged"}
    reported = {(series, provider) for _, series, provider, _ in stored}
    return check_consistent(url, expected, reported), killed


@contextmanager
def new_store(request, tmp_path, name):
    """Give the address of a store that is not there yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / name}"
        return
    from postgres import database

    with database(request.getfixturevalue("postgres"), name) as url:
        yield url


def fetch_whole(fetchers, url, base):
    """Fetch all there is; gives the seconds that it took."""
    began = time.monotonic()
    pid, _ = fetchers.begin("fetch_once", url, base, NAMES)
    while alive(pid):
        time.sleep(0.002)
    fetchers.lines(0)
    return time.monotonic() - began


def kills(request, tmp_path, replay, fetchers, n_kills):
    rng = random.Random(7)  # noqa: S311  (nothing secret)
    with new_store(request, tmp_path, "whole") as url:
        seconds = fetch_whole(fetchers, url, replay.base)
        with Database.open(url) as db:
            expected, _ = rows(db)
    assert {row[0] for row in expected} == set(NAMES)
    n_killed = n_stores = n_partly = 0
    while n_killed < n_kills:
        n_stores += 1
        assert n_stores <= 3 * n_kills
        with new_store(request, tmp_path, f"store-{n_stores}") as url:
            for _ in range(4):
                found, killed = kill_at_random(fetchers, url, replay.base, expected, seconds, rng)
                n_killed += killed
                n_partly += 0 < len(found) < len(expected)
                if not killed or n_killed == n_kills:
                    break
            # What is left is fetched, and then the store is as if nothing had happened.
            # The machine may be less busy than it was, and kills must not all come too late.
            seconds = max(fetch_whole(fetchers, url, replay.base), 0.8 * seconds)
            with Database.open(url) as db:
                assert rows(db)[0] == expected
    assert n_partly > 0
    return n_killed, n_stores


@pytest.fixture(params=["sqlite"])
def engine(request):
    return request


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def each_engine(request):
    return request


def test_what_is_killed_loses_nothing(engine, tmp_path, replay, fetchers):
    kills(engine, tmp_path, replay, fetchers, 12)


@pytest.mark.slow
def test_what_is_killed_200_times_loses_nothing(each_engine, tmp_path, replay, fetchers):
    kills(each_engine, tmp_path, replay, fetchers, 200)


def at_once(request, tmp_path, replay, fetchers, seconds):
    """Let eight processes fetch, read and try while the world changes under them."""

    def case(ask, market, answer):
        factor = 1 + int(time.monotonic() * 20) % 7
        changed = altered(lambda days, values: (days, np_round(values * factor)))
        return changed(ask, market, answer)

    for host in ("fred.stlouisfed.org", "wikimedia.org", "publicreporting.cftc.gov"):
        replay.script(host, case)
    with new_store(request, tmp_path, "busy") as url:
        pid, _ = fetchers.begin("fetch_once", url, replay.base, CHANGING)
        while alive(pid):
            time.sleep(0.01)
        tasks = ["keep_fetching"] * 3 + ["keep_reading"] * 3 + ["keep_trying"] * 2
        said, running = [], []
        for task in tasks:
            pid, lines = fetchers.begin(task, url, replay.base, CHANGING, seconds)
            running.append(pid)
            said += lines
        while any(alive(pid) for pid in running):
            said += fetchers.lines(0.1)
        said += fetchers.lines(0)
        with Database.open(url) as db:
            found, _ = rows(db)
    assert not [line for line in said if line.startswith("wrong")]
    assert len(found) == len(set(found))
    done = {word: said.count(f"did {word}") for word in ("fetch", "read", "try")}
    assert min(done.values()) > 0
    return done | {"rows": len(found)}


def np_round(values):
    return values.round(4)


def test_eight_processes_at_once_do_not_disturb_one_another(engine, tmp_path, replay, fetchers):
    at_once(engine, tmp_path, replay, fetchers, 6)


@pytest.mark.slow
def test_eight_processes_work_at_once_for_a_minute(each_engine, tmp_path, replay, fetchers):
    print(at_once(each_engine, tmp_path, replay, fetchers, 60))  # noqa: T201  (read with -rP)
