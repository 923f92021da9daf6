"""The matrix of pairs in tiles: each is computed anywhere, kept on disk, and never twice."""

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline import executors
from leadline.errors import DataError, LeadlineError
from leadline.kernels import lag_scan
from leadline.kernels.lag_scan_resampled import best_lags_resampled
from leadline.kernels.resample import signs
from leadline.scan import inference, network

Arrays = tuple[NDArray[Any], ...]
Index = NDArray[np.intp]

SIDE = 256
"""Series along the side of a tile: seconds of work at most, a megabyte of result."""
DRAWS = 50
"""Resamples that one task draws of one tile."""
IN_FLIGHT = 64
"""Tasks handed out at a time, so that results do not pile up in memory."""
LINKED = np.log(0.05)
"""Pairs with a smaller p, one by one, make up the network whose groups are sought."""
DIGEST = 32
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Tile:
    """Some leaders by some followers; ``both`` where the followers also count as leaders.

    ``rows`` and ``columns`` are positions of series in the panel. On the diagonal, where they
    are the same series, every ordered pair is in one direction already.
    """

    name: str
    rows: Index
    columns: Index
    both: bool

    def directions(self) -> tuple[tuple[Index, Index], ...]:
        """Give leaders and followers of what the tile holds, as grids of its shape."""
        rows, columns = np.meshgrid(self.rows, self.columns, indexing="ij")
        return ((rows, columns), (columns, rows))[: 2 if self.both else 1]


def grid(leaders: Index, followers: Index) -> tuple[Tile, ...]:
    """Cut all pairs of leaders and followers into tiles; of a whole universe the upper triangle."""
    whole = np.array_equal(leaders, followers)
    rows, columns = (
        [side[i : i + SIDE] for i in range(0, side.size, SIDE)] for side in (leaders, followers)
    )
    return tuple(
        Tile(f"{i:04}-{j:04}", rows[i], columns[j], whole and i != j)
        for i in range(len(rows))
        for j in range(i if whole else 0, len(columns))
    )


@dataclass(frozen=True, slots=True)
class Search:
    """Which lags are searched: from ``least`` (one for all, or leaders by followers) on."""

    max_lag: int
    least: NDArray[np.int16] | int
    device: str = "cpu"

    def of(self, tile: Tile) -> "Search":
        """Give the search of one tile, so that no task carries more than it needs."""
        if isinstance(self.least, int):
            return self
        forth, back = np.ix_(tile.rows, tile.columns), np.ix_(tile.columns, tile.rows)
        both = np.stack((self.least[forth], self.least[back].T))
        return Search(self.max_lag, both, self.device)

    def bounds(self, tile: Tile) -> dict[str, Any]:
        """Give what the kernel asks for, where the search is that of this tile."""
        forth, back = (self.least,) * 2 if isinstance(self.least, int) else self.least
        if not tile.both:
            # Later than any lag: that direction is another tile's, or nobody's.
            back = self.max_lag + 1
        return {"max_lag": self.max_lag, "min_lag": forth, "min_lag_back": back}

    def n_lags(self) -> tuple[Any, Any]:
        """Count the lags that are searched forth and back, where the search is one tile's."""
        forth, back = (self.least,) * 2 if isinstance(self.least, int) else self.least
        return self.max_lag + 1 - forth, self.max_lag + 1 - back


def screened(given: executors.Shared, tile: Tile, search: Search) -> bytes:
    """Find the best lag of every pair of a tile.

    Gives the histogram of log p, and of each direction statistics and lags.
    """
    panel = executors.received(given)
    found = _best(tile, search, *_sides(panel, tile))
    another = tile.rows[:, None] != tile.columns
    out: list[NDArray[Any]] = [_histogram(found, tile, search, another)]
    for best in (found.forward, found.backward)[: 1 + tile.both]:
        out += [np.where(another, best.t, np.float32(0)), np.where(another, best.lag, np.int16(0))]
    return encoded(tuple(out))


def shifted(given: executors.Shared, tile: Tile, search: Search, shifts: Index) -> bytes:
    """Count how small p gets where every series was turned round by its own offset.

    Pairs whose offsets differ by a lag that is searched are left out: what they share on one day
    would come to lie at that lag.
    """
    panel = executors.received(given)
    n_obs = panel.shape[1]
    rows, columns = (
        np.stack([np.roll(panel[i], shifts[i]) for i in side]) for side in (tile.rows, tile.columns)
    )
    apart = (shifts[tile.rows][:, None] - shifts[tile.columns]) % n_obs
    kept = np.minimum(apart, n_obs - apart) > search.max_lag
    kept &= tile.rows[:, None] != tile.columns
    return encoded((_histogram(_best(tile, search, rows, columns), tile, search, kept),))


def signed(given: executors.Shared, tile: Tile, search: Search, seed: int, n_draws: int) -> bytes:
    """Look at a tile where one side of every pair has random signs, the same for all.

    Gives the histogram of log p; for each draw by how much rows and columns seem to lead; and the
    draw, leader, follower and statistic of every pair that seems linked.
    """
    panel = executors.received(given)
    rows, columns = _block(panel[tile.rows], search.device), panel[tile.columns]
    another = tile.rows[:, None] != tile.columns
    counts = np.zeros(inference.N_BINS, dtype=np.int64)
    sums, linked = [], []
    for number, drawn in enumerate(draws(seed, range(n_draws), panel.shape[1])):
        signed_columns = _block(columns * drawn, search.device)
        found = lag_scan.best_lags(rows, signed_columns, **search.bounds(tile))
        counts += _histogram(found, tile, search, another)
        sizes = _sizes(found, tile, another)
        sums.append(network.balance(*sizes))
        for t, n_lags, pairs in zip(sizes, search.n_lags(), tile.directions(), strict=False):
            near = inference.log_p(t, n_lags) <= LINKED
            linked.append([np.full(int(near.sum()), number), *(s[near] for s in pairs), t[near]])
    of_rows, of_columns = (np.stack(side) for side in zip(*sums, strict=True))
    links = [np.concatenate(field) for field in zip(*linked, strict=True)]
    return encoded((counts, of_rows, of_columns, *links))


def _sides(panel: NDArray[Any], tile: Tile) -> tuple[NDArray[Any], NDArray[Any]]:
    """Take the series of a tile; on the diagonal the same array twice, which spares half."""
    rows = panel[tile.rows]
    return rows, rows if np.array_equal(tile.rows, tile.columns) else panel[tile.columns]


def _blocks(
    rows: NDArray[Any], columns: NDArray[Any], device: str
) -> tuple[lag_scan.Block, lag_scan.Block]:
    block = _block(rows, device)
    return block, block if columns is rows else _block(columns, device)


def _best(tile: Tile, search: Search, rows: NDArray[Any], columns: NDArray[Any]) -> lag_scan.Tile:
    return lag_scan.best_lags(*_blocks(rows, columns, search.device), **search.bounds(tile))


def _histogram(
    found: lag_scan.Tile, tile: Tile, search: Search, kept: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Count log p over the pairs kept, in each direction that the tile has."""
    forth, back = search.n_lags()
    counts = inference.histogram(inference.log_p(found.forward.t, forth)[kept])
    if tile.both:
        counts += inference.histogram(inference.log_p(found.backward.t, back)[kept])
    return counts


def _sizes(found: lag_scan.Tile, tile: Tile, kept: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
    """Give the statistics of each direction that the tile has, zero for pairs not kept."""
    both = (found.forward, found.backward)[: 1 + tile.both]
    return [np.where(kept, best.t, np.float32(0)) for best in both]


@dataclass(frozen=True, slots=True)
class Listed:
    """Positions within a tile of the pairs whose own draws are wanted, in each direction."""

    forth: tuple[Index, Index]
    back: tuple[Index, Index]


def resampled(
    given: executors.Shared, tile: Tile, search: Search, listed: Listed, seed: int, numbers: range
) -> bytes:
    """Draw what chance finds in a tile in the numbered resamples of the whole cross-section.

    Gives the statistics of the listed pairs, forth then back, and the largest of all others.
    """
    panel = executors.received(given)
    found = best_lags_resampled(
        *_blocks(*_sides(panel, tile), search.device),
        draws(seed, numbers, panel.shape[1]),
        listed=listed.forth,
        listed_back=listed.back,
        skip=tile.rows[:, None] == tile.columns,
        **search.bounds(tile),
    )
    own = np.concatenate([found.forward, found.backward], axis=1)
    return encoded((own, found.rest))


def draws(seed: int, numbers: range, n_obs: int) -> NDArray[np.int8]:
    """Give the signs of the numbered resamples; each follows from seed and number alone."""
    return np.concatenate(
        [signs(1, n_obs, np.random.Generator(np.random.Philox(key=[seed, b]))) for b in numbers]
    )


def _block(values: NDArray[Any], device: str) -> lag_scan.Block:
    if device == "cpu":
        return lag_scan.Block(np.asarray(values))
    import torch

    return lag_scan.Block(torch.as_tensor(np.ascontiguousarray(values), device=device))


def encoded(arrays: Arrays) -> bytes:
    """Write arrays one after another, the same bytes for the same values."""
    held = io.BytesIO()
    for array in arrays:
        np.save(held, np.ascontiguousarray(array), allow_pickle=False)
    return held.getvalue()


def decoded(payload: bytes) -> Arrays:
    """Read what ``encoded`` wrote."""
    held = io.BytesIO(payload)
    arrays = []
    while held.tell() < len(payload):
        arrays.append(np.load(held, allow_pickle=False))
    return tuple(arrays)


@dataclass(frozen=True, slots=True)
class Results:
    """Finished tasks in a folder: a file is whole and of this scan, or it does not count."""

    folder: Path

    @classmethod
    def open(cls, folder: Path, manifest: Mapping[str, Any]) -> "Results":
        """Begin in a folder, or go on there.

        Raises
        ------
        DataError
            Where the folder holds the scan of other prices or with other settings.
        """
        text = json.dumps(manifest, indent=1, sort_keys=True)
        path = folder / MANIFEST
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            try:
                held = json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                msg = f"{path}: cannot be read. Remove it, or give another folder."
                raise DataError(msg) from error
            if not isinstance(held, dict) or held.get("document") != manifest.get("document"):
                msg = f"{path}: is no manifest of a scan. Give another folder."
                raise DataError(msg)
            other = sorted(key for key in {*held, *manifest} if held.get(key) != manifest.get(key))
            if other:
                msg = (
                    f"{folder} holds another scan: {', '.join(other)} differ. Give another folder, "
                    "or remove this one to begin again."
                )
                raise DataError(msg)
        elif any(folder.glob("tiles/*/*")):
            msg = f"{folder} holds tiles but no {MANIFEST}. Give another folder."
            raise DataError(msg)
        _replace(path, text.encode())
        return cls(folder)

    def path(self, stage: str, name: str) -> Path:
        """Give the file of one task."""
        return self.folder / "tiles" / stage / f"{name}.tile"

    def read(self, stage: str, name: str) -> Arrays | None:
        """Give what a task found; None where it has not been done or its file is damaged."""
        try:
            held = self.path(stage, name).read_bytes()
        except FileNotFoundError:
            return None
        payload = held[DIGEST:]
        whole = hashlib.sha256(payload).digest() == held[:DIGEST]
        return decoded(payload) if whole else None

    def write(self, stage: str, name: str, payload: bytes) -> None:
        """Keep what a task found."""
        path = self.path(stage, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, hashlib.sha256(payload).digest() + payload)


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


@dataclass(frozen=True, slots=True)
class Task:
    """One call of a stage, whose result is kept under a name."""

    stage: str
    name: str
    function: Callable[..., bytes]
    arguments: tuple[Any, ...]


def carry_out(
    pool: Executor,
    results: Results,
    tasks: Iterable[Task],
    done: Callable[[str], None],
) -> None:
    """Do every task that is not done, some at a time, and keep each result as it comes.

    Raises
    ------
    LeadlineError
        Where workers died; what was finished is kept.
    """
    missing = _missing(results, tasks, done)
    waiting: dict[Future[bytes], Task] = {}
    try:
        while True:
            for task in islice(missing, IN_FLIGHT - len(waiting)):
                waiting[pool.submit(task.function, *task.arguments)] = task
            if not waiting:
                return
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                task = waiting.pop(future)
                results.write(task.stage, task.name, future.result())
                done(f"{task.stage} {task.name}")
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


def _missing(
    results: Results, tasks: Iterable[Task], done: Callable[[str], None]
) -> Iterator[Task]:
    for task in tasks:
        if results.read(task.stage, task.name) is None:
            yield task
        else:
            done(f"{task.stage} {task.name}")
