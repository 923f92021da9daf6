"""A run is cut into tasks, kept on disk, goes on after a kill, and gives the same digits."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from leadline import executors
from leadline.calibration import run
from leadline.calibration.assemble import assembled
from leadline.calibration.document import dumps
from leadline.calibration.jobs import PARTS, Job, jobs
from leadline.errors import LeadlineError, SettingError
from leadline.evidence import kinds


def small(name="a", n=7, chunk=3, part="habits"):
    return Job(part, name, "iid", n, Look(name), "g", chunk)


class Look:
    """Give a p-value that follows from the number alone."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"look {self.name}"

    def __call__(self, number):
        return [(number * 37 % 100) / 100, False, []]


def carried_out(wanted, folder, pool=None):
    kept = run.Kept.open(folder)
    with pool or ThreadPoolExecutor(2) as workers:
        run._carry_out(workers, kept, wanted, None)
    return {job: run.Kept.open(folder).of(job) for job in wanted}


def test_every_history_is_looked_at_once_and_in_order(tmp_path):
    job = small()
    found = carried_out([job], tmp_path)
    assert found[job] == [job.look(number) for number in range(7)]
    assert len((tmp_path / run.FOUND).read_text().splitlines()) == 3
    assert list(run.tasks([job], run.Kept.open(tmp_path))) == []


def test_a_longer_run_keeps_the_whole_chunks_of_a_shorter_one(tmp_path):
    carried_out([small(n=6)], tmp_path)
    longer = small(n=12)
    missing = list(run.tasks([longer], run.Kept.open(tmp_path)))
    assert [task.numbers for task in missing] == [range(6, 9), range(9, 12)]


def test_jobs_of_a_group_look_at_a_history_together(tmp_path):
    one, other = small("a"), small("b")
    (first, *_) = run.tasks([one, other], run.Kept.open(tmp_path))
    assert first.jobs == (one, other)


@pytest.mark.parametrize("spoil", ["cut off", "damaged", "strange"])
def test_a_line_that_is_cut_off_or_damaged_counts_as_not_there(tmp_path, spoil):
    job = small()
    whole = carried_out([job], tmp_path)[job]
    path = tmp_path / run.FOUND
    text = path.read_text()
    match spoil:
        case "cut off":
            path.write_text(text[:-20])
        case "damaged":
            path.write_text(text.replace("0.37", "0.01"))
        case _:
            path.write_text(f"{text}nonsense\n")
    assert carried_out([job], tmp_path)[job] == whole


def test_other_settings_are_another_job():
    keys = {small().key, small("b").key, small(part="truths").key}
    assert len(keys) == 3
    assert small(n=3).key == small(n=9).key


def test_workers_that_die_leave_a_message(tmp_path):
    class Dead(ThreadPoolExecutor):
        def submit(self, *_args, **_kwargs):
            from concurrent.futures import BrokenExecutor

            raise BrokenExecutor

    with pytest.raises(LeadlineError, match="Workers died"):
        carried_out([small()], tmp_path, Dead(1))


def test_every_rated_kind_and_every_part_has_jobs():
    every = jobs()
    assert {job.part for job in every} == set(PARTS)
    assert len({job.key for job in every}) == len(every)
    for part in PARTS:
        assert {job.part for job in jobs((part,))} == {part}
    chosen = jobs(("granger",), 50)
    assert {job.name.split(",")[0] for job in chosen} == {"granger"}
    assert max(job.n for job in chosen) == 50


def test_a_name_that_is_no_kind_is_an_error():
    with pytest.raises(SettingError, match=r"grangr.*Did you mean 'granger'"):
        jobs(("grangr",))
    assert "granger" in kinds()
    with pytest.raises(SettingError, match="at least one"):
        run.calibrate(n_worlds=0)


def few(asked=(), n_worlds=1000):
    """Give the jobs of one test in two worlds."""
    places = {"iid", "no lead", "iid, 5 years", "iid, 10 years"}
    chosen = [job for job in jobs(asked, n_worlds) if job.name == "lag_profile, weeks 2-26"]
    return tuple(job for job in chosen if job.world in places)


@pytest.fixture(scope="module", autouse=True)
def _few_jobs():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(run, "jobs", few)
        yield


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Give a run of one kind on one thread."""
    seen = []
    found = run.calibrate(
        ("lag_profile",),
        n_worlds=2,
        executor="threads",
        workers=1,
        out=tmp_path_factory.mktemp("alone"),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1][0] == seen[-1][1] > 0
    return found


def test_threads_and_processes_give_the_same_digits(alone):
    for where in ("threads", "processes"):
        other = run.calibrate(("lag_profile",), n_worlds=2, executor=where, workers=2)
        assert dumps(other.model_copy(update={"day": alone.day})) == dumps(alone)


def test_a_cluster_gives_the_same_digits(alone):
    distributed = pytest.importorskip("distributed")
    one = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**one) as cluster:
        where = cluster.scheduler_address.replace("tcp://", executors.DASK)
        other = run.calibrate(("lag_profile",), n_worlds=2, executor=where)
    assert dumps(other.model_copy(update={"day": alone.day})) == dumps(alone)


def test_what_was_measured_is_in_the_document(alone):
    assert {cell.kind for cell in alone.sizes} == {"lag_profile"}
    assert {cell.world for cell in alone.sizes} == {"iid", "no lead"}
    assert {cell.refused for cell in alone.sizes} == {0}
    assert {curve.along for curve in alone.curves} == {"effect", "years"}
    assert alone.coverages
    assert alone.wordings
    assert alone.outcomes == ()
    assert any(check.holds is None for check in alone.checks)


PROGRAM = """
from leadline.calibration import run
run.calibrate(("shock_response",), n_worlds=60, executor="threads", workers=1, out={out!r})
"""


def test_a_run_that_was_killed_goes_on_where_it_stopped(tmp_path):
    out = tmp_path / "out"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM.format(out=str(out))])
    try:
        while not (out / run.FOUND).exists() or (out / run.FOUND).read_text().count("\n") < 4:
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    wanted = jobs(("shock_response",), 60)
    kept = run.Kept.open(out)
    done = [job for job in wanted if kept.of(job)]
    assert 1 <= len(done) < len(wanted)
    # What is finished is as good as a whole run's: the same digits, computed here.
    job, held = done[0], kept.of(done[0])
    assert json.loads(json.dumps([job.look(number) for number in range(3)])) == held[:3]
    missing = [task for task in run.tasks(wanted, kept) if job in task.jobs]
    assert sum(len(task.numbers) for task in missing) == job.n - len(held)
    part = assembled({job: kept.of(job) for job in wanted})
    assert len(part.sizes) == len([job for job in done if job.part == "sizes"])
