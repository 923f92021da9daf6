"""A real Dask cluster of two processes, one of which dies in the middle of a scan."""

import os
import signal

import numpy as np
import pytest
import stamina
from scan.test_scan import bytes_of
from scan.universes import null_universe

import leadline as ll
from leadline import executors
from leadline.errors import LeadlineError
from leadline.scan import tiles

distributed = pytest.importorskip("distributed")


@pytest.fixture
def cluster():
    # On a busy machine the workers may not be up in time.
    for attempt in stamina.retry_context(on=RuntimeError, attempts=3):
        with attempt:
            opened = distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
            )
    with opened:
        yield opened


def test_a_worker_may_die_and_the_bytes_are_the_same(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(tiles, "SIDE", 8)
    monkeypatch.setattr(tiles, "DRAWS", 10)
    prices = null_universe(24, 800, np.random.default_rng(8))
    settings = {"resamples": 59, "max_lag": 15}
    ll.scan(prices, **settings, out=tmp_path / "here")
    address = cluster.scheduler_address.replace("tcp://", executors.DASK)
    with distributed.Client(cluster, set_as_default=False) as client:
        pids = client.run(os.getpid)
    assert len(set(pids.values())) == 2

    def progress(done, total):
        if done == total // 2 and pids:
            os.kill(pids.popitem()[1], signal.SIGKILL)
            pids.clear()

    ll.scan(prices, **settings, out=tmp_path / "there", executor=address, progress=progress)
    assert not pids
    assert bytes_of(tmp_path / "there") == bytes_of(tmp_path / "here")


def fail(*_):
    raise distributed.KilledWorker("task", None, 3)


def test_workers_that_keep_dying_are_one_message(monkeypatch):
    monkeypatch.setattr(tiles, "screened", fail)
    prices = null_universe(5, 300, np.random.default_rng(9))
    with pytest.raises(LeadlineError, match=r"Workers died.*\(KilledWorker\).*run it again"):
        ll.scan(prices, 10)
