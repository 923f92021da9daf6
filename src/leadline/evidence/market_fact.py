"""Was it so on the day: a record, the best of a universe, an acceleration, a lag behind?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Panel
from leadline.errors import DataError
from leadline.evidence.base import Estimate, Evidence, HypothesisTest, NumberShown
from leadline.evidence.cautions import bad_ticks, cautions
from leadline.evidence.exhibits import Curve, Exhibit, Forest, ForestRow, Line, Mark, Table
from leadline.evidence.readings import numbers, wording
from leadline.kernels import autoregression
from leadline.kernels.breaks import Break, sup_t
from leadline.kernels.cross_correlation import p_value

Floats = NDArray[np.float64]
MIN_PAST = 250
OTHERWISE = {
    "acceleration": "Prices of another market in which the pace changed otherwise, or not at all.",
    "best_of": "Another list of assets, fixed before looking, in which another one is first.",
    "has_not_followed": "Prices of another market in which the two moved together.",
}
N_BASE = 199


class MarketFact(HypothesisTest):
    """A statement about prices on one day, checked within a tolerance.

    ``record``: the series stands at a new high, and at ``reaches`` where that is given.
    ``best_of``: its return over ``windows[0]`` is the largest of ``universe``, fixed beforehand.
    ``has_not_followed``: over ``windows[0]`` the ``follower`` made at most ``share`` of its move.
    ``acceleration``: its drift rose within ``windows[0]`` (sup-t, Andrews 1993, wild null).

    Every fact comes with its base rate: on how many earlier days the same words were true. A
    fact is not an effect, so power, placebos and forecasts do not apply; its other readings
    (windows, series, volatility-adjusted) are listed and counted.
    """

    null: ClassVar[str] = "the same words were as true on an ordinary earlier day"

    kind: Literal["market_fact"] = "market_fact"
    fact: Literal["record", "best_of", "has_not_followed", "acceleration"]
    of: str
    day: date
    reaches: float | None = None
    tolerance: float = 0.005
    also: tuple[str, ...] = ()
    universe: tuple[str, ...] = ()
    follower: str | None = None
    share: float = 0.25
    windows: tuple[Duration, ...] = (DurationText("3m"), DurationText("1m"), DurationText("1y"))
    matters: float | None = None
    claimed: float | None = None
    placebos: tuple[str, ...] = ()
    n_resamples: PositiveInt = 1999
    max_age: PositiveInt = Field(default=5, description="days the last value may be old")

    @model_validator(mode="after")
    def _complete(self) -> "MarketFact":
        if self.fact == "best_of" and not self.universe:
            msg = "best_of needs 'universe', the series compared, fixed beforehand."
            raise ValueError(msg)
        if self.fact == "has_not_followed" and self.follower is None:
            msg = "has_not_followed needs 'follower'."
            raise ValueError(msg)
        if not self.windows:
            msg = "windows is empty; give at least one, such as 3m."
            raise ValueError(msg)
        return self

    def series(self) -> tuple[str, ...]:
        """Name every series read."""
        follower = () if self.follower is None else (self.follower,)
        return tuple(dict.fromkeys((self.of, *self.also, *self.universe, *follower)))

    def find(self, panel: Panel, rng: Generator) -> Evidence:
        """Check the words on the day and on every day before."""
        if np.datetime64(self.day, "D") > panel.days[-1]:
            return self.infeasible(f"{self.day} was not over as of {panel.as_of}.")
        try:
            match self.fact:
                case "record":
                    return self._record(panel)
                case "best_of":
                    return self._best_of(panel)
                case "has_not_followed":
                    return self._not_followed(panel)
                case _:
                    return self._acceleration(panel, rng)
        except _TooShortError as short:
            return self.infeasible(str(short))

    def _history(self, panel: Panel, name: str) -> tuple[NDArray[np.datetime64], Floats]:
        """Fresh values up to the day, in order."""
        column = panel[name]
        keep = column.fresh & np.isfinite(column.value)
        keep &= panel.days <= np.datetime64(self.day, "D")
        days, values = panel.days[keep], column.value[keep]
        if days.size == 0 or (np.datetime64(self.day, "D") - days[-1]).astype(int) > self.max_age:
            last = "none" if days.size == 0 else str(days[-1])
            msg = f"{name} has no value within {self.max_age} days of {self.day} (last: {last})."
            raise _TooShortError(msg)
        return days, values

    def _record(self, panel: Panel) -> Evidence:
        days, values = self._history(panel, self.of)
        previous = np.maximum.accumulate(np.concatenate(([-np.inf], values[:-1])))
        is_record = values > previous
        level = float(values[-1])
        high_enough = self.reaches is None or level >= self.reaches * (1 - self.tolerance)
        holds = bool(is_record[-1]) and high_enough
        rows = []
        readings = []
        for name in (self.of, *self.also):
            d, v = self._history(panel, name)
            top = float(v[:-1].max()) if v.size > 1 else float("nan")
            reached = self.reaches is None or v[-1] >= self.reaches * (1 - self.tolerance)
            readings.append(bool(v[-1] > top and reached))
            rows.append(
                (
                    name,
                    str(d[-1]),
                    f"{v[-1]:,.2f}",
                    f"{top:,.2f}",
                    "yes" if v[-1] > top else "no",
                    "yes" if reached else "no",
                )
            )
        past = is_record[MIN_PAST:-1]
        base = float(past.mean()) if past.size else 0.0
        unit = panel[self.of].info.unit
        words = (
            f"{self.of} stood at {level:,.2f} {unit} on {days[-1]}; its highest before was "
            f"{previous[-1]:,.2f}."
        )
        if self.reaches is not None:
            words += f" The claim says {self.reaches:,.2f}."
        shown = slice(
            (values.size - 1) % max(1, values.size // 400), None, max(1, values.size // 400)
        )
        x = tuple(str(d) for d in days[shown])
        marks = (
            ()
            if self.reaches is None
            else (Mark(label="claimed level", at=self.reaches, axis="y"),)
        )
        picture = Curve(
            name="level",
            title=f"{panel[self.of].info.title} and its highest value so far",
            finding=words,
            x_label="day",
            y_label=unit,
            y_format=",.0f",
            lines=(
                Line(
                    label="highest so far",
                    x=x,
                    role="ghost",
                    y=tuple(np.maximum.accumulate(values)[shown]),
                ),
                Line(label=self.of, x=x, y=tuple(values[shown])),
            ),
            marks=marks,
        )
        table = _table(
            ("series", "day", "value", "highest before", "record", "claimed level"), rows
        )
        value = level if self.reaches is not None else level / float(previous[-1]) - 1
        return self._evidence(
            _Found(
                days=days,
                holds=holds,
                readings=readings,
                base=base,
                summary=words,
                estimate=Estimate(
                    label="level on the day"
                    if self.reaches is not None
                    else "above the highest before",
                    value=value,
                    low=None,
                    high=None,
                    unit=unit if self.reaches is not None else "share",
                ),
                n_obs=values.size,
                n_episodes=int(is_record[MIN_PAST:].sum()),
                p=p_value(1.0, past.astype(float)) if is_record[-1] else 1.0,
                exhibits=(picture, table),
                caveats=(
                    f"A record of the series since {days[0]}; what came before is not in the data.",
                ),
            )
        )

    def _best_of(self, panel: Panel) -> Evidence:
        names = tuple(dict.fromkeys((self.of, *self.universe)))
        per_year = _per_year(self._history(panel, self.of)[0])
        days, values = self._common(panel, names)
        rows, readings, ranks_over_time = [], [], None
        forest: tuple[ForestRow, ...] = ()
        for number, window in enumerate(self.windows):
            length = window.observations(per_year)
            if values.shape[0] < length + MIN_PAST:
                msg = (
                    f"{values.shape[0]} common days; ranking {window.words} needs "
                    f"{length + MIN_PAST}."
                )
                raise _TooShortError(msg)
            moves = np.log(values[length:] / values[:-length])
            daily = np.diff(np.log(values), axis=0)
            total = np.concatenate((np.zeros((1, len(names))), np.cumsum(daily**2, axis=0)))
            volatility = np.sqrt((total[length:] - total[:-length]) / length)
            for adjusted in (False, True):
                score = moves / np.maximum(volatility, 1e-12) if adjusted else moves
                rank = 1 + (score[:, 1:] > score[:, :1]).sum(axis=1)
                best = names[int(np.argmax(score[-1]))]
                readings.append(bool(rank[-1] == 1))
                rows.append(
                    (
                        window.words,
                        "per unit of risk" if adjusted else "return",
                        f"{np.expm1(moves[-1, 0]):+.1%}",
                        f"{rank[-1]} of {len(names)}",
                        best,
                    )
                )
                if number == 0 and not adjusted:
                    ranks_over_time = rank
                    order = np.argsort(-moves[-1])
                    forest = tuple(
                        ForestRow(
                            label=names[i], value=float(np.expm1(moves[-1, i])), highlight=i == 0
                        )
                        for i in order
                    )
        if ranks_over_time is None:
            msg = "windows is empty"
            raise AssertionError(msg)
        holds = readings[0]
        past = ranks_over_time[:-1] == 1
        base = float(past.mean())
        first = self.windows[0]
        value = next(row.value for row in forest if row.highlight)
        words = (
            f"Over {first.words} to {days[-1]} {self.of} returned {value:+.0%}, "
            f"rank {ranks_over_time[-1]} of {len(names)}; it was first on {base:.0%} of earlier "
            "days."
        )
        spread = ranks_over_time[: -1 : first.observations(per_year)] == 1
        picture = Forest(
            name="ranking",
            title=f"Returns over {first.words} to {days[-1]}",
            finding=words,
            x_label="return",
            rows=forest,
        )
        table = _table(("window", "measure", f"{self.of}", "rank", "best"), rows)
        return self._evidence(
            _Found(
                days=days,
                holds=holds,
                readings=readings,
                base=base,
                summary=words,
                estimate=Estimate(
                    label=f"return over {first.words}",
                    value=value,
                    low=None,
                    high=None,
                    unit="return",
                ),
                n_obs=values.shape[0],
                n_episodes=int(spread.size),
                p=p_value(1.0, spread.astype(float)) if holds else 1.0,
                exhibits=(picture, table),
                caveats=(
                    f"First among {len(names)} named series; another list may give another winner.",
                    f"Compared on the days since {days[0]} on which all of them have a price "
                    "above zero.",
                ),
            )
        )

    def _not_followed(self, panel: Panel) -> Evidence:
        follower = self.follower or ""
        per_year = _per_year(self._history(panel, self.of)[0])
        days, values = self._common(panel, (self.of, follower))
        rows, readings = [], []
        shares = None
        for number, window in enumerate(self.windows):
            length = window.observations(per_year)
            if values.shape[0] < length + MIN_PAST:
                msg = f"{values.shape[0]} common days; {window.words} needs {length + MIN_PAST}."
                raise _TooShortError(msg)
            move = values[length:] / values[:-length] - 1
            fact = (move[:, 0] > 0) & (move[:, 1] <= self.share * move[:, 0])
            readings.append(bool(fact[-1]))
            rows.append(
                (
                    window.words,
                    f"{move[-1, 0]:+.1%}",
                    f"{move[-1, 1]:+.1%}",
                    "yes" if fact[-1] else "no",
                )
            )
            if number == 0:
                shares = (fact, move)
        if shares is None:
            msg = "windows is empty"
            raise AssertionError(msg)
        fact, move = shares
        base = float(fact[:-1].mean())
        high = float(values[:, 1].max())
        below = float(values[-1, 1] / high - 1)
        first = self.windows[0]
        words = (
            f"Over {first.words} to {days[-1]} {self.of} moved {move[-1, 0]:+.0%} and {follower} "
            f"{move[-1, 1]:+.0%}, {-below:.0%} below its high; such a lag held on {base:.0%} of "
            "earlier days."
        )
        step = max(1, values.shape[0] // 300)
        shown = slice(max(values.shape[0] - 2 * int(per_year), 0), None, max(1, step // 3))
        x = tuple(str(d) for d in days[shown])
        start = values[shown][0]
        picture = Curve(
            name="level",
            title=f"{self.of} and {follower} over two years",
            finding=words,
            x_label="day",
            y_label="change since the start",
            y_format="+.0%",
            lines=tuple(
                Line(
                    label=name,
                    x=x,
                    y=tuple(values[shown, i] / start[i] - 1),
                    role="main" if i else "second",
                )
                for i, name in enumerate((self.of, follower))
            ),
        )
        table = _table(("window", self.of, follower, "has not followed"), rows)
        spread = fact[: -1 : first.observations(per_year)]
        return self._evidence(
            _Found(
                days=days,
                holds=readings[0],
                readings=readings,
                base=base,
                summary=words,
                estimate=Estimate(
                    label=f"{follower} less {self.of} over {first.words}",
                    value=float(move[-1, 1] - move[-1, 0]),
                    low=None,
                    high=None,
                    unit="return",
                ),
                n_obs=values.shape[0],
                n_episodes=int(spread.size),
                p=p_value(1.0, spread.astype(float)) if readings[0] else 1.0,
                exhibits=(picture, table),
                components={"below_high": below},
            )
        )

    def _acceleration(self, panel: Panel, rng: Generator) -> Evidence:
        days, values = self._history(panel, self.of)
        per_year = _per_year(days)
        log = np.log(values)
        rows, readings = [], []
        first_found = None
        for number, window in enumerate(self.windows):
            length = window.observations(per_year)
            if log.size < length + 2 or length < 40:
                msg = (
                    f"A break in drift needs 40 days within {window.words} and {length + 2} in all."
                )
                raise _TooShortError(msg)
            moves = np.diff(log[-length - 1 :])
            found = _drift_break(moves, self.n_resamples, rng)
            when = days[-length:][found.position]
            holds = found.p_value <= 0.05 and found.after > found.before
            readings.append(holds)
            rows.append(
                (
                    window.words,
                    str(when),
                    _monthly(found.before * per_year),
                    _monthly(found.after * per_year),
                    f"{found.p_value:.3f}",
                )
            )
            if number == 0:
                first_found = (found, when, self._base_of_breaks(log, length, rng))
        if first_found is None:
            msg = "windows is empty"
            raise AssertionError(msg)
        found, when, base = first_found
        words = (
            f"Within {self.windows[0].words} the pace of {self.of} changed most on {when}, from "
            f"{_monthly(found.before * per_year)} to {_monthly(found.after * per_year)} a month "
            f"(p = {found.p_value:.3f} after searching all days)."
        )
        table = _table(("window", "break", "a month before", "a month after", "p"), rows)
        return self._evidence(
            _Found(
                days=days,
                holds=readings[0] or None,
                readings=readings,
                base=base,
                summary=words,
                estimate=Estimate(
                    label="change of pace",
                    value=(found.after - found.before) * per_year,
                    low=None,
                    high=None,
                    unit="log return a year",
                ),
                n_obs=values.size,
                n_episodes=1,
                p=found.p_value,
                exhibits=(table,),
                caveats=(
                    *cautions({self.of: np.diff(log)}, days[0]),
                    *(f"{tick}." for tick in bad_ticks(self.of, days, log)),
                ),
            )
        )

    def _base_of_breaks(self, log: Floats, length: int, rng: Generator) -> float:
        """Share of earlier windows, side by side, in which the same words were true."""
        starts = range((log.size - length - 1) % length, log.size - 2 * length, length)
        earlier = [np.diff(log[start : start + length + 1]) for start in starts]
        found = [_drift_break(moves, N_BASE, rng) for moves in earlier if np.ptp(moves) > 0]
        true = [f.p_value <= 0.05 and f.after > f.before for f in found]
        return float(np.mean(true)) if true else 0.0

    def _common(
        self, panel: Panel, names: tuple[str, ...]
    ) -> tuple[NDArray[np.datetime64], Floats]:
        for name in names:
            self._history(panel, name)
        aligned = panel.align(names, stop=self.day)
        values = np.column_stack([aligned.values[name] for name in names])
        if np.any(values <= 0):
            row, column = np.argwhere(values <= 0)[-1]
            if row >= values.shape[0] - 400:
                msg = (
                    f"{names[column]}: value {values[row, column]:g} on {aligned.days[row]} has no "
                    "logarithm."
                )
                raise DataError(msg)
            # A price of zero or less long ago (oil, April 2020) ends the comparable past.
            keep = slice(int(np.argwhere(values <= 0)[:, 0].max()) + 1, None)
            return aligned.days[keep], values[keep]
        return aligned.days, values

    def _evidence(self, found: "_Found") -> Evidence:
        readings, holds = found.readings, found.holds
        agree = sum(reading == bool(holds) for reading in readings)
        more = (
            ()
            if agree == len(readings)
            else (f"{agree} of {len(readings)} readings of the words agree; see the table.",)
        )
        return Evidence(
            kind=self.kind,
            revision=self.revision,
            settings=self.settings(),
            status="ok",
            summary=found.summary,
            null=self.null,
            start=str(found.days[0]),
            stop=str(found.days[-1]),
            p_value=found.p,
            at=str(found.days[-1]),
            holds=holds,
            estimate=found.estimate,
            n_obs=found.n_obs,
            n_episodes=found.n_episodes,
            components={
                "readings": float(len(readings)),
                "readings_agree": float(agree),
                "base_rate": found.base,
                **found.components,
            },
            wording=wording(found.base, satisfied=bool(holds)),
            numbers=_numbers(found, agree),
            would_change=OTHERWISE.get(
                self.fact, "Another price of that day from the exchange itself."
            ),
            caveats=(*found.caveats, *more),
            exhibits=found.exhibits,
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """What the check of one fact gave."""

    days: NDArray[np.datetime64]
    holds: bool | None
    readings: list[bool]
    base: float
    summary: str
    estimate: Estimate
    n_obs: int
    n_episodes: int
    p: float
    exhibits: tuple[Exhibit, ...]
    caveats: tuple[str, ...] = ()
    components: Mapping[str, float] = field(default_factory=dict)


def _numbers(found: _Found, agree: int) -> tuple[NumberShown, ...]:
    estimate = found.estimate
    share = estimate.unit in ("return", "share")
    number = f"{estimate.value:+.0%}" if share else f"{estimate.value:,.2f} {estimate.unit}"
    if estimate.unit == "log return a year":
        number = f"{_monthly(estimate.value)} a month"
    return numbers(
        (estimate.label, estimate.value, number),
        found.base,
        f"the same words were true on {found.base:.1%} of earlier days",
        (agree, len(found.readings)),
        (
            "earlier days compared",
            found.n_obs,
            f"{found.n_obs:,} observations since {found.days[0]}",
        ),
    )


def _drift_break(moves: Floats, n_resamples: int, rng: Generator) -> Break:
    """Find where the drift changed; its means are those of the moves as they are."""
    # Momentum alone makes averages wander, and random signs would not know it. Measured with the
    # break left in, it takes a drift of many daily standard deviations for momentum; measured
    # about the break it would be too small, and momentum of 0.9 would pass for a break in 14 %.
    own = autoregression.whiten(moves, autoregression.fit(moves))
    found = sup_t(own, trim=0.05, n_resamples=n_resamples, rng=rng)
    at = found.position
    return found._replace(before=float(moves[:at].mean()), after=float(moves[at:].mean()))


class _TooShortError(Exception):
    """The data cannot answer; becomes an infeasible finding."""


def _monthly(drift: float) -> str:
    """Write a yearly log drift as growth a month."""
    return f"{np.expm1(drift / 12):+.0%}"


def _per_year(days: NDArray[np.datetime64]) -> float:
    if days.size < 2:
        msg = f"{days.size} observations; needs {MIN_PAST}."
        raise _TooShortError(msg)
    return float((days.size - 1) / ((days[-1] - days[0]) / np.timedelta64(1, "D")) * 365.25)


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    return Table(
        name="readings",
        title="Every reading of the words",
        finding=f"{len(rows)} readings, all of them listed.",
        columns=columns,
        rows=tuple(rows),
    )
