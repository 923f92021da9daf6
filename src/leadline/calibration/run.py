"""The measurement: jobs cut into tasks, done anywhere, each finished one kept on disk."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from leadline import executors
from leadline.calibration.assemble import assembled
from leadline.calibration.document import Calibration, dumps
from leadline.calibration.jobs import N_WORLDS, Job, jobs
from leadline.errors import LeadlineError, SettingError

Progress = Callable[[int, int], None]
FOUND = "found.jsonl"
IN_FLIGHT = 64
"""Tasks handed out at a time."""


@dataclass(frozen=True, slots=True)
class Task:
    """Some jobs that look at the same histories, by their numbers."""

    jobs: tuple[Job, ...]
    numbers: range

    def __call__(self) -> list[list[Any]]:
        """Give what each job finds in each history."""
        found: list[list[Any]] = [[] for _ in self.jobs]
        # A history is drawn once, and looked at by all before the next one.
        for number in self.numbers:
            for place, job in enumerate(self.jobs):
                found[place].append(job.look(number))
        return found


@dataclass(slots=True)
class Kept:
    """What is finished, in a file that only grows: a line a job and chunk, with its hash.

    A line that was cut off or damaged counts as not there.
    """

    path: Path
    found: dict[tuple[str, int, int], list[Any]] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> "Kept":
        """Read what a folder holds; it is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        kept = cls(folder / FOUND)
        if kept.path.exists():
            text = kept.path.read_text(encoding="utf-8", errors="replace")
            for line in text.splitlines():
                kept.take(line)
            if text and not text.endswith("\n"):
                # The line that a kill cut off ends here, so that the next one is its own.
                with kept.path.open("a", encoding="utf-8") as file:
                    file.write("\n")
        return kept

    def take(self, line: str) -> None:
        """Read one line."""
        digest, _, text = line.partition(" ")
        if digest != _digest(text):
            return
        held = json.loads(text)
        self.found[held["job"], held["first"], held["stop"]] = held["found"]

    def keep(self, task: Task, found: Sequence[list[Any]]) -> None:
        """Write down what a task found, for good."""
        with self.path.open("a", encoding="utf-8") as file:
            for job, values in zip(task.jobs, found, strict=True):
                held = {"job": job.key, "first": task.numbers.start, "stop": task.numbers.stop}
                text = json.dumps(held | {"found": values}, separators=(",", ":"))
                file.write(f"{_digest(text)} {text}\n")
                self.take(f"{_digest(text)} {text}")
            file.flush()
            os.fsync(file.fileno())

    def of(self, job: Job) -> list[Any]:
        """Give what was found in a job's histories, from the first on without a gap."""
        values: list[Any] = []
        for part in chunks(job):
            held = self.found.get((job.key, part.start, part.stop))
            if held is None:
                break
            values += held
        return values

    def has(self, job: Job, part: range) -> bool:
        """Say whether a chunk is finished."""
        return (job.key, part.start, part.stop) in self.found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def chunks(job: Job) -> list[range]:
    """Cut a job's histories; a longer run begins with the same chunks but for the last."""
    return [range(i, min(i + job.chunk, job.n)) for i in range(0, job.n, job.chunk)]


def tasks(asked: Sequence[Job], kept: Kept) -> Iterator[Task]:
    """Give what is still to be done; jobs of a group whose chunks are alike go together."""
    groups: dict[tuple[str, int, int], list[Job]] = {}
    for job in asked:
        for part in chunks(job):
            if not kept.has(job, part):
                groups.setdefault((job.group, part.start, part.stop), []).append(job)
    for (_, first, stop), members in groups.items():
        yield Task(tuple(members), range(first, stop))


def calibrate(
    asked: Sequence[str] = (),
    *,
    n_worlds: int = N_WORLDS,
    executor: str | Executor = "processes",
    workers: int | None = None,
    out: Path | str | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Measure how often kinds of test and whole verdicts err in worlds whose truth is known.

    Every history follows from the seed, its world's name and its number alone, so that neither
    the executor nor an interruption changes a digit.

    Parameters
    ----------
    asked : sequence of str
        Kinds of test, or parts (sizes, truths, habits, planted, trials, live, odds,
        scans); all where none is named.
    n_worlds : int
        Histories of a row of sizes; dearer rows have a fixed share of that.
    executor, workers
        Where the work runs; see :func:`leadline.executors.executor`.
    out : path, optional
        Folder that keeps what is finished, so that a run that was cut off goes on there, and the
        document as ``calibration.json``.
    progress : callable, optional
        Called with the numbers of histories looked at and in all.

    Raises
    ------
    SettingError
        For a name that is no kind, and numbers that make no sense.
    LeadlineError
        For an executor that cannot be had, and where workers died.
    """
    if n_worlds < 1:
        msg = f"calibrate: {n_worlds} worlds were asked for; it takes at least one."
        raise SettingError(msg)
    wanted = jobs(asked, n_worlds)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()) if out is None else out)
        kept = Kept.open(folder)
        try:
            pool = stack.enter_context(executors.executor(executor, workers))
        except (ValueError, ImportError) as error:
            raise LeadlineError(str(error)) from error
        _carry_out(pool, kept, wanted, progress)
        found = assembled({job: kept.of(job) for job in wanted})
        if out is not None:
            (folder / "calibration.json").write_text(dumps(found), encoding="utf-8")
    return found


def _carry_out(
    pool: Executor, kept: Kept, wanted: Sequence[Job], progress: Progress | None
) -> None:
    total = sum(job.n for job in wanted)
    missing = list(tasks(wanted, kept))
    done = total - sum(len(task.jobs) * len(task.numbers) for task in missing)
    left = iter(missing)
    waiting: dict[Future[list[list[Any]]], Task] = {}
    try:
        while True:
            if progress is not None:
                progress(done, total)
            for task in islice(left, IN_FLIGHT - len(waiting)):
                waiting[pool.submit(task)] = task
            if not waiting:
                return
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                task = waiting.pop(future)
                kept.keep(task, future.result())
                done += len(task.jobs) * len(task.numbers)
    except Exception as error:
        if not executors.lost(error):
            raise
        msg = (
            f"Workers died, often for want of memory ({type(error).__name__}). What is done is "
            "kept if a folder was given: run it again."
        )
        raise LeadlineError(msg) from error
    finally:
        for future in waiting:
            future.cancel()


def held(
    folder: Path, asked: Sequence[str] = (), n_worlds: int = N_WORLDS
) -> Mapping[Job, list[Any]]:
    """Give what a folder holds of a run, whether finished or not."""
    kept = Kept.open(folder)
    return {job: kept.of(job) for job in jobs(asked, n_worlds)}
