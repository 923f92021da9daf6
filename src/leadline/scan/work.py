"""The stages of a scan: screen, list, refine, decoys, resamples, and the rest of the sample."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline import executors
from leadline.errors import DataError, LeadlineError, did_you_mean
from leadline.scan import inference, network, refine, tiles
from leadline.scan.prepare import Prepared, smallest_lags, some
from leadline.scan.refine import Measured, Pairs
from leadline.scan.result import OutOfSample, Scan
from leadline.scan.settings import Settings

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Progress = Callable[[int, int], None]

AT_LEAST = 200
"""Pairs listed even where none counts."""
AT_MOST = 20_000
"""Pairs listed at most; the tiles hold all."""
STEPPED = 1000
"""Pairs whose family-wise p is stepped down to; beyond them the last one's stands."""
SCORES = 200
"""Scores without a lead that the intervals of leader scores rest on."""
NAMED = 6
"""Series that a note names."""
FEW_DAYS = 250
LATE = 0.1
SAME = 0.05
HARDLY = 2 / 3
"""A lead whose statistic falls below this share with the follower's own past left in is flagged."""


@dataclass(frozen=True, slots=True)
class _Screen:
    """What all tiles of a stage say together: the histogram, and the pairs with the smallest p.

    ``level`` is the log p up to which pairs are listed.
    """

    counts: NDArray[np.int64]
    level: float
    listed: Pairs
    linked: network.Links


@dataclass(frozen=True, slots=True)
class Work:
    """A scan on its way: what it was asked, its innovations, and where it computes."""

    asked: Settings
    prepared: Prepared
    results: tiles.Results
    pool: Executor
    search: tiles.Search
    grid: tuple[tiles.Tile, ...]
    told: Callable[[str], None]
    with_first: bool

    @property
    def whole(self) -> bool:
        """Whether all series were asked for on both sides, by name or not."""
        sides = (self.asked.leaders, self.asked.followers)
        return all(side is None or {*side} == {*self.prepared.assets} for side in sides)

    @property
    def n_decoys(self) -> int:
        """How many draws of signs: a small universe takes more to show how scores stray."""
        return -(-SCORES // len(self.prepared.assets)) if self.asked.decoys else 0

    @classmethod
    def of(
        cls,
        asked: Settings,
        prepared: Prepared,
        results: tiles.Results,
        pool: Executor,
        progress: Progress | None,
    ) -> "Work":
        """Choose lags and tiles, and count the tasks that ``progress`` is told of."""
        least = smallest_lags(
            prepared.assets, prepared.infos, every=asked.every, min_lag=asked.min_lag
        )
        if np.max(least) > asked.max_lag:
            msg = "Some leads count from a lag of 2 as their markets close apart; raise max_lag."
            raise LeadlineError(msg)
        sides = (_positions(prepared, "leaders", asked), _positions(prepared, "followers", asked))
        grid = tiles.grid(*sides)
        with_first = prepared.split > 2 * asked.max_lag
        n_chunks = -(-asked.resamples // tiles.DRAWS)
        total = len(grid) * (1 + with_first + 2 * asked.decoys + n_chunks)
        done: set[str] = set()

        def told(name: str) -> None:
            done.add(name)
            if progress is not None:
                progress(len(done), total)

        search = tiles.Search(asked.max_lag, least, asked.device)
        return cls(asked, prepared, results, pool, search, grid, told, with_first)

    def through(self) -> Scan:
        """Screen, list, refine, resample, and test on the rest."""
        panel = self._shared(self.prepared.innovations, "panel")
        # At once, for few series have fewer tiles a stage than there are workers.
        stages = [self._tasks("found", tiles.screened, panel)]
        if self.with_first:
            first = self._shared(self.prepared.first[:, : self.prepared.split], "first")
            stages.append(self._tasks("first", tiles.screened, first))
        self._carry_out(*stages)
        screen = self._screen("found")
        measured = self._measured(self.prepared.innovations, screen.listed)
        log_p = inference.log_p(measured.t, self._n_lags(screen.listed))
        order = np.argsort(log_p, kind="stable")
        if order.size < screen.counts.sum():
            # Nobody unlisted has a smaller p than what few days in common had made look strong.
            n_below = np.count_nonzero(log_p <= screen.level + inference.MARGIN)
            order = order[: max(n_below, 1)]
        listed = Pairs(*(side[order] for side in screen.listed))
        measured, log_p = measured.at(order), log_p[order]
        columns = self._columns(listed, measured, log_p, screen.counts)
        columns |= self._decoys(panel, log_p, int(screen.counts.sum()))
        columns |= self._family_wise(panel, listed, measured)
        rest, out_of_sample = self._rest(listed)
        columns |= rest
        columns["flags"] = self._flags(listed, measured)
        score = self._scores()
        return self._scan(columns, screen.linked, score, int(screen.counts.sum()), out_of_sample)

    def _shared(self, innovations: Floats, name: str) -> executors.Shared:
        held = executors.snapshot(innovations.astype(np.float32), self.results.folder, name)
        return executors.share(self.pool, held)

    def _tasks(
        self, stage: str, function: Callable[..., bytes], panel: executors.Shared, *more: Any
    ) -> Iterator[tiles.Task]:
        for tile in self.grid:
            yield tiles.Task(stage, tile.name, function, (panel, tile, self.search.of(tile), *more))

    def _carry_out(self, *stages: Iterator[tiles.Task]) -> None:
        tiles.carry_out(self.pool, self.results, chain.from_iterable(stages), self.told)

    def _read(self, stage: str, name: str) -> tiles.Arrays:
        held = self.results.read(stage, name)
        if held is None:
            where = self.results.path(stage, name)
            raise LeadlineError(f"{where} vanished during the scan. Run it again.")
        return held

    def _counts(self, stage: str) -> NDArray[np.int64]:
        held = [self._read(stage, tile.name)[0] for tile in self.grid]
        return np.asarray(np.sum(held, axis=0))

    def _directions(self, stage: str) -> Iterator[tuple[Index, Index, Floats, Floats]]:
        """Give leader, follower, t and log p of every pair, a direction of a tile a time."""
        for tile in self.grid:
            _, *fields = self._read(stage, tile.name)
            counted = self.search.of(tile).n_lags()
            for number, (leader, follower) in enumerate(tile.directions()):
                t = fields[2 * number]
                log_p = np.where(leader != follower, inference.log_p(t, counted[number]), np.inf)
                yield leader, follower, t, log_p

    def _screen(self, stage: str) -> _Screen:
        counts = self._counts(stage)
        level = inference.cut(counts, self.asked.fdr, AT_LEAST)
        parts: list[tuple[NDArray[Any], ...]] = []
        for direction in self._directions(stage):
            some = direction[3] <= max(level, tiles.LINKED)
            parts.append(tuple(field[some] for field in direction))
        leader, follower, t, log_p = (np.concatenate(fields) for fields in zip(*parts, strict=True))
        below = np.flatnonzero(log_p <= level)
        if below.size > AT_MOST:
            below = below[np.argsort(log_p[below], kind="stable")[:AT_MOST]]
            level = float(log_p[below[-1]])
        near = log_p <= tiles.LINKED
        links = network.Links(Pairs(leader[near], follower[near]), t[near])
        return _Screen(counts, level, Pairs(leader[below], follower[below]), links)

    def _measured(self, innovations: Floats, pairs: Pairs) -> Measured:
        return refine.measured(
            innovations, pairs, max_lag=self.asked.max_lag, least=self.search.least
        )

    def _n_lags(self, pairs: Pairs) -> NDArray[Any] | int:
        least = self.search.least
        return self.asked.max_lag + 1 - (least if isinstance(least, int) else least[pairs])

    def _columns(
        self, listed: Pairs, measured: Measured, log_p: Floats, counts: NDArray[np.int64]
    ) -> dict[str, Any]:
        names = np.array(self.prepared.assets, dtype=object)
        q = inference.q_values(log_p, counts)
        return {
            "leader": names[listed.leader],
            "follower": names[listed.follower],
            "lag": measured.lag,
            "t": measured.t,
            "r": measured.r,
            "p": np.exp(log_p),
            "q_bh": q.bh,
            "q_by": q.by,
            "n_obs": measured.n_obs,
        }

    def _decoys(self, panel: executors.Shared, log_p: Floats, n_pairs: int) -> dict[str, Floats]:
        if not self.asked.decoys:
            return {}
        n_assets, n_obs = self.prepared.innovations.shape
        rng = np.random.default_rng(self.asked.key("shifts"))
        shifts = rng.integers(0, n_obs, n_assets)
        self._carry_out(
            self._tasks("shifted", tiles.shifted, panel, shifts),
            self._tasks("signed", tiles.signed, panel, self.asked.key("decoy"), self.n_decoys),
        )
        return {
            f"fdp_{stage}": inference.false_share(log_p, self._counts(stage), n_pairs)
            for stage in ("shifted", "signed")
        }

    def _family_wise(
        self, panel: executors.Shared, listed: Pairs, measured: Measured
    ) -> dict[str, Floats]:
        """Step down through the pairs with the largest statistics."""
        if not self.asked.resamples:
            return {}
        size = np.abs(measured.t)
        first = np.argsort(-size, kind="stable")[:STEPPED]
        own, rest = self._drawn(panel, Pairs(*(side[first] for side in listed)))
        p = np.ones(size.size)
        p[first] = inference.step_down(size[first], own, rest)
        behind = np.ones(size.size, dtype=bool)
        behind[first] = False
        p[behind] = p[first].max(initial=0.0)
        if behind.any():
            # A pair farther back compares with less than all the rest, and is never ahead.
            single = (1 + (rest[:, None] >= size[behind]).sum(axis=0)) / (1 + rest.size)
            p[behind] = np.maximum(p[behind], single)
        return {"p_fwer": p}

    def _drawn(self, panel: executors.Shared, stepped: Pairs) -> tuple[Floats, Floats]:
        key, n_draws = self.asked.key("signs"), self.asked.resamples
        chunks = [range(b, min(b + tiles.DRAWS, n_draws)) for b in range(0, n_draws, tiles.DRAWS)]
        place = {
            pair: k for k, pair in enumerate(zip(*map(np.ndarray.tolist, stepped), strict=True))
        }
        within = {tile.name: _within(tile, place) for tile in self.grid}
        tasks = (
            tiles.Task(
                "resampled",
                f"{tile.name}-{chunk.start:05}",
                tiles.resampled,
                (panel, tile, self.search.of(tile), within[tile.name][0], key, chunk),
            )
            for tile in self.grid
            for chunk in chunks
        )
        self._carry_out(tasks)
        own = np.zeros((n_draws, stepped.leader.size))
        rest = np.zeros(n_draws)
        for tile in self.grid:
            for chunk in chunks:
                drawn, others = self._read("resampled", f"{tile.name}-{chunk.start:05}")
                rows = slice(chunk.start, chunk.stop)
                places = within[tile.name][1]
                own[rows, places] = drawn[:, : places.size]
                rest[rows] = np.maximum(rest[rows], others)
        return own, rest

    def _rest(self, listed: Pairs) -> tuple[dict[str, Any], OutOfSample | None]:
        """Look in the rest for the leads found in the first part alone."""
        if not self.with_first:
            return {}, None
        prepared, split = self.prepared, self.prepared.split
        screen = self._screen("first")
        shown = self._measured(prepared.first[:, :split], listed)
        again = refine.in_the_rest(prepared.first, split, listed, shown)
        found = self._measured(prepared.first[:, :split], screen.listed)
        log_p = inference.log_p(found.t, self._n_lags(screen.listed))
        counts = inference.q_values(log_p, screen.counts).bh <= self.asked.fdr
        seen = refine.in_the_rest(prepared.first, split, screen.listed, found)
        columns = {
            "first_lag": shown.lag,
            "first_t": shown.t,
            "first_p": np.exp(inference.log_p(shown.t, self._n_lags(listed))),
            "rest_t": again.t,
            "rest_p": again.p,
        }
        n_again = int(np.count_nonzero(counts & (seen.p <= SAME)))
        day = str(prepared.days[split])
        return columns, OutOfSample(int(np.count_nonzero(counts)), n_again, day)

    def _flags(self, listed: Pairs, measured: Measured) -> list[str]:
        prepared = self.prepared
        stale = {run.asset for run in prepared.stale}
        misprinted = {tick.asset for tick in prepared.ticks}
        begins = np.isfinite(prepared.innovations).argmax(axis=1)
        late = begins > LATE * prepared.innovations.shape[1]
        plain = refine.beside_own_past(prepared.innovations, prepared.moves, listed, measured.lag)
        hardly = np.abs(plain) < HARDLY * np.abs(measured.t)
        rows = zip(*listed, measured.lag, measured.n_obs, hardly, strict=True)
        out = []
        for leader, follower, lag, n_obs, needs_own_past in rows:
            two = (prepared.assets[leader], prepared.assets[follower])
            closes_known = all(asset in prepared.infos for asset in two)
            told = {
                "lag at the edge": lag == self.asked.max_lag,
                "lag of one day, closes unknown": self.asked.every == "day"
                and lag == 1
                and not closes_known,
                "few days in common": n_obs < FEW_DAYS,
                "listed late": late[leader] or late[follower],
                "stale prices": bool(stale & {*two}),
                "bad ticks": bool(misprinted & {*two}),
                "own past": needs_own_past,
            }
            out.append("; ".join(flag for flag, holds in told.items() if holds))
        return out

    def _scores(self) -> network.Score:
        """Add up statistics over tiles, as found and, with decoys, in draws without any lead."""
        n_assets = len(self.prepared.assets)
        if not self.whole:
            # Who is only asked to lead cannot be weighed against being led.
            return network.Score(*np.full((3, n_assets), np.nan))
        sums = np.zeros(n_assets)
        drawn = np.zeros((self.n_decoys, n_assets))
        for tile in self.grid:
            _, *fields = self._read("found", tile.name)
            of_rows, of_columns = network.balance(*fields[::2])
            np.add.at(sums, tile.rows, of_rows)
            np.add.at(sums, tile.columns, of_columns)
            if self.n_decoys:
                _, of_rows, of_columns, *_ = self._read("signed", tile.name)
                drawn[:, tile.rows] += of_rows
                drawn[:, tile.columns] += of_columns
        return network.scores(sums, drawn, n_assets - 1)

    def _links_without_leads(self) -> list[network.Links]:
        """Give the links of each draw of signs."""
        if not (self.n_decoys and self.whole):
            return []
        parts = [self._read("signed", tile.name)[3:] for tile in self.grid]
        draw, leader, follower, t = (np.concatenate(f) for f in zip(*parts, strict=True))
        which = (np.flatnonzero(draw == number) for number in range(self.n_decoys))
        return [network.Links(Pairs(leader[own], follower[own]), t[own]) for own in which]

    def _scan(
        self,
        columns: dict[str, Any],
        links: network.Links,
        score: network.Score,
        n_pairs: int,
        out_of_sample: OutOfSample | None,
    ) -> Scan:
        import pandas as pd

        prepared = self.prepared
        table = pd.DataFrame(columns)
        found = table[table["q_bh"] <= self.asked.fdr]
        names = pd.Index(prepared.assets)
        leaders = pd.DataFrame(
            {
                "asset": prepared.assets,
                "score": score.value,
                "low": score.low,
                "high": score.high,
                "leads": found["leader"].value_counts().reindex(names, fill_value=0).to_numpy(),
                "follows": found["follower"].value_counts().reindex(names, fill_value=0).to_numpy(),
            }
        ).sort_values("score", ascending=False, kind="stable", ignore_index=True)
        rng = np.random.default_rng(self.asked.key("groups"))
        group = network.groups(len(names), links, self._links_without_leads(), rng)
        clusters = pd.DataFrame({"asset": prepared.assets, "cluster": group})
        return Scan(
            table=table,
            leaders=leaders,
            clusters=clusters.sort_values(["cluster", "asset"], ignore_index=True),
            left_out=pd.DataFrame(
                [(entry.asset, entry.reason) for entry in prepared.left],
                columns=["asset", "reason"],
            ),
            stale=pd.DataFrame(
                [(run.asset, run.first, run.last, run.n) for run in prepared.stale],
                columns=["asset", "first", "last", "n"],
            ),
            ticks=pd.DataFrame(
                [(tick.asset, tick.day, tick.move) for tick in prepared.ticks],
                columns=["asset", "day", "move"],
            ),
            out_of_sample=out_of_sample,
            settings=self.asked,
            manifest=self.asked.manifest(prepared),
            assets=prepared.assets,
            first_day=str(prepared.days[0]),
            last_day=str(prepared.days[-1]),
            n_obs=prepared.days.size,
            n_pairs=n_pairs,
            n_listed=len(table),
            notes=(*prepared.notes, *self._notes(len(found))),
        )

    def _notes(self, n_found: int) -> Iterator[str]:
        yield from self._closes()
        if n_found == AT_MOST:
            yield f"More pairs count than the {AT_MOST:,} with the smallest p, which are listed."
        if not self.with_first:
            yield "The sample is too short for its longest lag to hold a part of it back."

    def _closes(self) -> Iterator[str]:
        """Say which pairs are not searched from the smallest lag asked for, and why."""
        least = self.search.least
        if isinstance(least, int):
            return
        prepared, asked = self.prepared, self.asked
        sides = (_positions(prepared, side, asked) for side in ("leaders", "followers"))
        later = np.zeros(least.shape, dtype=bool)
        later[np.ix_(*sides)] = True
        later &= least > asked.min_lag
        if n_pairs := int(np.count_nonzero(later)):
            names = [prepared.assets[k] for k in np.flatnonzero((later | later.T).any(axis=0))]
            yield (
                f"{n_pairs:,} {'pair begins' if n_pairs == 1 else 'pairs begin'} at a lag of two: "
                "by the catalogue the follower closes earlier than the leader, so that the first "
                f"lag shares hours ({some(names, NAMED)}). Rename a series that is "
                "not the catalogue's."
            )


def _positions(prepared: Prepared, side: str, asked: Settings) -> Index:
    names: tuple[str, ...] | None = getattr(asked, side)
    if names is None:
        return np.arange(len(prepared.assets))
    place = {asset: number for number, asset in enumerate(prepared.assets)}
    reasons = {entry.asset: entry.reason for entry in prepared.left}
    for name in names:
        if name not in place:
            why = f" It is left out: {reasons[name]}." if name in reasons else ""
            hint = "" if why else did_you_mean(name, prepared.assets)
            raise DataError(f"{side}: no series {name!r} takes part.{why}{hint}")
    return np.array(sorted({place[name] for name in names}), dtype=np.intp)


def _within(tile: tiles.Tile, place: dict[tuple[int, int], int]) -> tuple[tiles.Listed, Index]:
    """Say which of the pairs lie in a tile, where in it, and which numbers they have."""
    rows = {int(series): number for number, series in enumerate(tile.rows)}
    columns = {int(series): number for number, series in enumerate(tile.columns)}
    sides: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    numbers: tuple[list[int], list[int]] = ([], [])
    for (leader, follower), number in place.items():
        if leader in rows and follower in columns:
            sides[0].append((rows[leader], columns[follower]))
            numbers[0].append(number)
        elif tile.both and leader in columns and follower in rows:
            sides[1].append((rows[follower], columns[leader]))
            numbers[1].append(number)
    forth, back = (tuple(np.array(side, dtype=np.intp).reshape(-1, 2).T) for side in sides)
    held = tiles.Listed((forth[0], forth[1]), (back[0], back[1]))
    return held, np.array([*numbers[0], *numbers[1]], dtype=np.intp)
