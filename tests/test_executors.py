"""Names become executors; arrays travel once, known by their hash."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from leadline import executors
from leadline.worlds import NULL_WORLDS
from leadline.worlds.calibration import look_at_each

IID = NULL_WORLDS["iid"]


def blas_threads():
    # NumPy loads its BLAS when it is first imported, here by unpickling this function.
    return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


def said_by_a_fresh_process(code):
    """Run code where nothing but what it imports has loaded a BLAS or set its threads."""
    begin = (
        "from threadpoolctl import threadpool_info, threadpool_limits\n"
        "import numpy, scipy.linalg\n"
        "from leadline import executors\n"
        "def blas_threads():\n"
        "    blas = [each for each in threadpool_info() if each['user_api'] == 'blas']\n"
        "    return max(each['num_threads'] for each in blas)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", begin + code], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_threads_compute_with_one_blas_thread_each():
    said = said_by_a_fresh_process(
        "with executors.executor('threads', 1) as pool:\n"
        "    print(pool.submit(blas_threads).result())"
    )
    assert said == ["1"]


def test_processes_compute_with_one_blas_thread_each():
    with executors.executor("processes", 1) as pool:
        assert pool.submit(blas_threads).result() == 1


def test_workers_end_with_a_process_that_is_killed(tmp_path):
    script = tmp_path / "asks.py"
    script.write_text(
        "import os, time\n"
        "from leadline import executors\n"
        "if __name__ == '__main__':\n"
        "    with executors.executor('processes', 1) as pool:\n"
        "        print(pool.submit(os.getpid).result(), flush=True)\n"
        "        pool.submit(time.sleep, 600).result()\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as asks:
        worker = int(asks.stdout.readline())
        asks.kill()
    assert gone(worker)


def gone(pid):
    for _ in range(600):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if zombie(pid):
            return True
        time.sleep(0.05)
    return False


def zombie(pid):
    """Where nobody waits for orphans they keep their number."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_only_processes_work_elsewhere(kind):
    with executors.executor(kind, 1) as pool:
        assert (pool.submit(os.getpid).result() == os.getpid()) == (kind == "threads")


def test_of_overlapping_blocks_the_first_to_close_leaves_the_limit_in_place():
    said = said_by_a_fresh_process(
        "before = blas_threads()\n"
        "first, second = executors.one_blas_thread(), executors.one_blas_thread()\n"
        "first.__enter__(); second.__enter__(); first.__exit__(None, None, None)\n"
        "print(blas_threads())\n"
        "second.__exit__(None, None, None)\n"
        "print(blas_threads() == before)"
    )
    assert said == ["1", "True"]


def test_an_executor_is_given_back_and_stays_open():
    with ThreadPoolExecutor(1) as mine:
        with executors.executor(mine) as pool:
            assert pool is mine
        assert mine.submit(int).result() == 0


@pytest.mark.parametrize(
    ("kind", "workers"), [("gpu", None), ("threads", 0), ("", None), ("threads", "2")]
)
def test_what_is_no_executor_is_refused(kind, workers):
    refused = pytest.raises(ValueError, match=r"no executor|at least one|workers is '2'")
    with refused, executors.executor(kind, workers):
        pass


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE", 0.2)
    refused = pytest.raises(ValueError, match=r"dask://127.0.0.1:9: no scheduler answers")
    with refused, executors.executor("dask://127.0.0.1:9"):
        pass


@pytest.mark.parametrize("address", ["dask://foo", "dask://127.0.0.1:9", "dask://"])
def test_a_scheduler_that_does_not_answer_leaves_nothing_behind(address):
    asked = subprocess.run(
        [
            sys.executable,
            "-c",
            "from leadline import executors\n"
            "executors.PATIENCE = 0.2\n"
            "try:\n"
            f"    executors.executor({address!r}).__enter__()\n"
            "except ValueError as error:\n"
            "    print(error)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{address}: no scheduler answers there" in asked.stdout
    assert asked.stderr == ""


def test_what_answers_but_is_no_scheduler_is_named(monkeypatch):
    monkeypatch.setattr(executors, "PATIENCE", 2)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as apart:

        def greet():
            other, _ = server.accept()
            with other:
                other.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        apart.submit(greet)
        address = f"dask://127.0.0.1:{server.getsockname()[1]}"
        refused = pytest.raises(ValueError, match=f"{address}: no scheduler answers")
        with refused, executors.executor(address):
            pass


def test_an_array_is_written_once_and_opened_by_its_hash(tmp_path):
    array = np.arange(12.0).reshape(3, 4)
    held = executors.snapshot(array, tmp_path, "panel")
    before = Path(held.path).stat().st_mtime_ns
    assert executors.snapshot(array, tmp_path, "panel") == held
    assert Path(held.path).stat().st_mtime_ns == before
    assert np.array_equal(executors.received(held), array)
    assert not executors.received(held).flags.writeable
    assert np.array_equal(executors.received(array), array)


def test_a_damaged_array_is_written_again_and_never_opened(tmp_path):
    held = executors.snapshot(np.arange(3), tmp_path, "panel")
    with Path(held.path).open("ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match="damaged"):
        held.array()
    assert np.array_equal(executors.snapshot(np.arange(3), tmp_path, "panel").array(), np.arange(3))


def test_dead_workers_are_told_from_failed_tasks():
    assert executors.lost(BrokenExecutor())
    assert not executors.lost(ValueError())


def last_price(panel, rng):
    del rng
    return float(panel["follower"].value[-1])


def test_calibrations_run_on_them_to_the_same_digits():
    here = look_at_each(last_price, IID, range(25), seed=3, n_obs=50)
    with executors.executor("processes", 1) as pool:
        assert look_at_each(last_price, IID, range(25), seed=3, n_obs=50, executor=pool) == here
