"""Where work runs: a name becomes a ``concurrent.futures.Executor``; arrays travel once."""

import asyncio
import hashlib
import io
import multiprocessing
import operator
import os
from collections.abc import Iterator
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

DASK = "dask://"
PATIENCE = 10
"""Seconds within which a scheduler answers."""


@contextmanager
def executor(kind: str | Executor = "threads", workers: int | None = None) -> Iterator[Executor]:
    """Give an executor whose workers each compute with one BLAS thread, closed at the end.

    Parameters
    ----------
    kind : str or Executor
        ``"threads"``, ``"processes"`` or ``"dask://host:port"``, the address of a scheduler. An
        Executor is given back as it is and stays open.
    workers : int, optional
        How many threads or processes; one a processor where omitted. A cluster has its own.

    Raises
    ------
    ValueError
        For another name, and for a scheduler that does not answer.
    ImportError
        Where a cluster is asked for and ``distributed`` is not installed.
    """
    if workers is not None:
        try:
            workers = operator.index(workers)
        except TypeError:
            msg = f"workers is {workers!r}; give a whole number."
            raise ValueError(msg) from None
        if workers < 1:
            msg = f"{workers} workers were asked for; it takes at least one."
            raise ValueError(msg)
    match kind:
        case Executor():
            with one_blas_thread():
                yield kind
        case "threads":
            with one_blas_thread(), ThreadPoolExecutor(workers or cores()) as pool:
                yield pool
        case "processes":
            # A fork of a process with threads may hang; a fresh interpreter cannot.
            fresh = multiprocessing.get_context("spawn")
            count = workers or cores()
            with ProcessPoolExecutor(count, mp_context=fresh, initializer=_begin) as pool:
                yield pool
        case str() if kind.startswith(DASK):
            with _cluster(kind) as pool:
                yield pool
        case _:
            msg = (
                f"There is no executor {kind!r}. Give 'threads', 'processes', "
                "'dask://host:port' or an Executor."
            )
            raise ValueError(msg)


def cores() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold every BLAS of this process to one thread while any such block is open.

    The limit is the process's, not the thread's: of blocks that overlap, the one that closes
    first must not take it away from the others.
    """
    with _LOCK:
        # Again for each block: what was loaded since the last one is held too.
        _HELD.enter_context(_limited())
        _OPEN.append(None)
    try:
        yield
    finally:
        with _LOCK:
            _OPEN.pop()
            if not _OPEN:
                _HELD.close()


_LOCK = Lock()
_HELD = ExitStack()
_OPEN: list[None] = []


def _limited() -> threadpool_limits:
    # SciPy has a BLAS of its own; one that is loaded later would not be held to one thread.
    import scipy.linalg  # noqa: F401

    return threadpool_limits(1, "blas")


def _begin() -> None:
    """Hold a worker to one BLAS thread, and let it end with the process that started it."""
    _limited()
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A worker waits for work in a pipe that other workers hold open too: where their parent was
    # killed, all of them would wait for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        msg = f"{address} needs Dask. Install it with: pip install 'leadline[cluster]'."
        raise ImportError(msg) from error
    where = f"tcp://{address.removeprefix(DASK)}"
    begin: Any = Client  # publishes no types
    try:
        # First without a Client, which where nobody answers tries to take its leave for long.
        with ThreadPoolExecutor(1) as apart:
            apart.submit(asyncio.run, _greet(where)).result()
        client = begin(where, set_as_default=False, timeout=PATIENCE)
    except Exception as error:
        # Whatever else listens there may answer anything.
        msg = f"{address}: no scheduler answers there. Is `dask scheduler` running?"
        raise ValueError(msg) from error
    with client:
        # Workers that a nanny starts have one BLAS thread each; that is Dask's own default.
        yield client.get_executor(pure=False)


async def _greet(where: str) -> None:
    from distributed.comm.core import connect

    say: Any = connect  # publishes no types
    comm = await say(where, timeout=PATIENCE)
    await comm.close()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An array in a ``.npy`` file, known by the hash of its bytes.

    What travels is this name; each process maps the file into memory once.
    """

    path: str
    sha256: str

    def array(self) -> NDArray[Any]:
        """Open the array, read only; raise ValueError where the file holds another."""
        return _opened(self.path, self.sha256)


Shared = Any
"""A Snapshot, or what a cluster turns into the array itself before a task begins."""


def snapshot(array: NDArray[Any], folder: Path, name: str) -> Snapshot:
    """Write an array to ``folder`` under a name that ends in its hash, unless it is there."""
    held = io.BytesIO()
    np.save(held, np.ascontiguousarray(array), allow_pickle=False)
    sha256 = hashlib.sha256(held.getbuffer()).hexdigest()
    path = folder / f"{name}-{sha256[:16]}.npy"
    if not path.exists() or _hash(path) != sha256:
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        unfinished.write_bytes(held.getbuffer())
        unfinished.replace(path)
    return Snapshot(str(path.resolve()), sha256)


def share(pool: Executor, held: Snapshot) -> Shared:
    """Give what tasks of ``pool`` take for the array: it travels to each worker once, if at all.

    A cluster's workers may be other machines, so the array is sent to all of them beforehand; on
    this machine they read the file.
    """
    client = getattr(pool, "_client", None)
    if client is None:
        return held
    return client.scatter(np.asarray(held.array()), broadcast=True, hash=True)


def received(given: Shared) -> NDArray[Any]:
    """Give the array of what ``share`` gave, in the task."""
    return given.array() if isinstance(given, Snapshot) else np.asarray(given)


@lru_cache(maxsize=4)
def _opened(path: str, sha256: str) -> NDArray[Any]:
    if _hash(Path(path)) != sha256:
        msg = f"{path}: the file is damaged. Remove it and run again."
        raise ValueError(msg)
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lost(error: BaseException) -> bool:
    """Say whether an error of a task means that its workers died, not that the task failed."""
    of_dask = type(error).__module__.partition(".")[0] == "distributed"
    return of_dask or isinstance(error, (BrokenExecutor, CancelledError))
