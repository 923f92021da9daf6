"""What is stored stays, whole and once, whoever else is at work and whoever is killed."""

import time

import crowd
import numpy as np
import pytest
from sqlalchemy import text

from leadline.data.database import Database, DatabaseStore, consents, record

# Later versions of Python warn of forks, for threads may hold locks; here no thread does.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


def kill(url, first, seconds):
    """Kill a process while it records; give the number of the last answer it called stored."""
    mine, theirs = crowd.context.Pipe(duplex=False)
    with mine:
        worker = crowd.context.Process(target=crowd.record_for_ever, args=(url, first, theirs))
        worker.start()
        theirs.close()
        # So that the time is spent recording, not beginning.
        last = mine.recv()
        time.sleep(seconds)
        worker.kill()
        worker.join()
        while mine.poll():
            try:
                last = mine.recv()
            except EOFError:
                break
    worker.close()
    return last


def check(url, last):
    """Check that all answers up to ``last`` are there, whole and once; give the next number."""
    with Database.open(url) as db:
        series = DatabaseStore(db).series(crowd.SERIES)
        crowd.whole(series)
        n_answers = len(series) // crowd.PERIODS.size
        assert n_answers >= last + 1
        with db.connect() as connection:
            n_fetches = connection.execute(text("SELECT count(*) FROM fetches")).scalar()
            assert n_fetches == n_answers
            if connection.dialect.name == "sqlite":
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    return n_answers


def kill_often(url, n_kills):
    rng = np.random.default_rng(n_kills)
    number = 0
    for _ in range(n_kills):
        number = check(url, kill(url, number, rng.uniform(0, 0.05)))


def test_a_killed_recorder_loses_nothing_it_called_stored_and_leaves_nothing_half(store_url):
    kill_often(store_url, 20 if store_url.startswith("sqlite") else 5)


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing(store_url):
    kill_often(store_url, 200)


def work_at_once(url, seconds):
    with Database.open(url) as db:
        record(db, *crowd.answer(0))
    # What is imported on first use is imported here, not by each of them.
    crowd.read_until(url, time.time() + 0.01, None)
    until, faults = time.time() + seconds, crowd.context.SimpleQueue()
    jobs = [crowd.write_until] * 4 + [crowd.read_until] * 4
    crowd.work_off([(job, (url, until, faults)) for job in jobs], faults)
    with Database.open(url) as db:
        crowd.whole(DatabaseStore(db).series(crowd.SERIES))


def test_eight_processes_write_and_read_at_once(store_url):
    work_at_once(store_url, 2)


@pytest.mark.slow
def test_eight_processes_write_and_read_for_a_minute(store_url):
    work_at_once(store_url, 60)


def test_eight_processes_may_open_an_empty_store_at_once(store_url):
    crowd.at_once(8, crowd.agree, store_url)
    with Database.open(store_url) as db:
        assert len(consents.history(db)) == 8
