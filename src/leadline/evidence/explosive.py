"""Was the rally explosive, and since when?"""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from leadline.data.duration import Duration
from leadline.data.panel import Every, Panel
from leadline.errors import DataError
from leadline.evidence.base import Estimate, Evidence, HypothesisTest, NumberShown, Wording
from leadline.evidence.cautions import cautions
from leadline.evidence.explosive_pictures import (
    ALPHA,
    NULLS,
    WORLDS,
    Alarms,
    Reading,
    Seen,
    exhibits,
)
from leadline.kernels import explosive
from leadline.kernels.explosive import Frame
from leadline.worlds.shocks import shocks

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

FEWEST, MOST = 60, 3000
FEW = 99
FEW_WILD = 59
MAX_AGE = {"day": 5, "week": 7, "month": 31}
A_YEAR = {"day": 252, "week": 52, "month": 12}
CARRIED = 0.3
"""Autocorrelation of moves above which momentum is warned of."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was seen, read in other ways, and how often the rule is wrong and right."""

    seen: Seen
    checks: tuple[Reading, ...]
    alarms: Alarms
    power: float | None
    cautions: tuple[str, ...]

    @property
    def agree(self) -> int:
        return sum(reading.p <= ALPHA for reading in self.checks)


class Explosive(HypothesisTest):
    """Whether a price ran away from a random walk, by recursive right-tailed unit-root tests.

    The statistic is the largest backward supremum ADF (BSADF) over the ``monitored`` stretch: of
    the whole sample it is the GSADF of Phillips, Shi and Yu (2015), of less the family-wise
    statistic of Phillips and Shi (2020). Windows have at least 0.01 + 1.8 / sqrt T of the sample,
    counted in levels. It must pass three nulls at 5 %:

    - random walks (drift 1 / T), right where volatility never changes;
    - the wild bootstrap (Harvey, Leybourne, Sollis and Taylor 2016), which keeps the volatility
      path, but is inflated by a bubble itself;
    - the same statistic on the cumulated signs of differences about their median, which no
      volatility can touch (after Harvey, Leybourne and Zu 2020).

    All three, and an episode within ``within`` of the day: explosive. Above the value of the
    random walks or of the wild bootstrap only: explosive or volatile, which decides nothing.
    Neither: no. Momentum alone can pass all three, so that without lagged differences the
    statistic with one must pass the random walks, too, or nothing is decided. Only after this
    gate are dates given: an episode is a stretch above the walks' family-wise value, of at least
    ln T, that ends when ln T / 2 lie below, and whose peak exceeds the wild bootstrap's value too.
    Its start is an interval: where the 90, 95 and 99 % values are first exceeded.

    The rule's own rate of false alarms is simulated on random walks and GARCH-t histories of the
    sample's length and drift, and its power on such histories with an episode like the one
    found. Weeks and months are counted back from the day, so that the last one ends on it.
    """

    null: ClassVar[str] = "the price is a random walk, whatever its volatility"

    kind: Literal["explosive"] = "explosive"
    of: str
    day: date
    every: Every = "week"
    start: date | None = None
    lags: int = Field(default=0, ge=0, le=6)
    monitored: Duration | None = None
    within: Duration | None = None
    n_resamples: int = Field(default=499, ge=99)
    n_simulations: PositiveInt = 200

    @model_validator(mode="after")
    def _within_the_monitored(self) -> "Explosive":
        if self.within and self.monitored and self.within.days > self.monitored.days:
            msg = f"within {self.within} is longer than monitored {self.monitored}."
            raise ValueError(msg)
        return self

    def series(self) -> tuple[str, ...]:
        """Name the series read."""
        return (self.of,)

    def find(self, panel: Panel, rng: Generator) -> Evidence:
        """Test, and date only what passes."""
        if np.datetime64(self.day, "D") > panel.days[-1]:
            return self.infeasible(f"{self.day} was not over as of {panel.as_of}.")
        days, path = self._levels(panel)
        reason = self._too_thin(days, path)
        if reason is not None:
            return self.infeasible(reason, n_obs=path.size)
        for_nulls, for_checks, for_alarms, for_power = rng.spawn(4)
        seen = self._look(days, path, for_nulls)
        if not np.isfinite([seen.statistic, seen.sign]).all():
            return self.infeasible(
                f"{self.of} hardly moves in {self._stretch()}; needs a price that does.",
                n_obs=path.size,
            )
        seen, checks = self._checked(seen, for_checks)
        return self._evidence(
            _Found(
                seen,
                checks,
                self._alarms(seen, for_alarms),
                self._power(seen, for_power),
                self._cautions(panel),
            )
        )

    def _levels(self, panel: Panel) -> tuple[Days, Floats]:
        """Log prices (rates as they are) at the ends of periods counted back from the day."""
        column = panel[self.of]
        last = np.datetime64(self.day, "D")
        keep = column.fresh & np.isfinite(column.value) & (panel.days <= last)
        if self.start is not None:
            keep &= panel.days >= np.datetime64(self.start, "D")
        days, value = panel.days[keep], column.value[keep]
        if self.every != "day" and days.size:
            ends = _ends(days[0], last, self.every)
            rows = np.unique(np.searchsorted(days, ends, "right") - 1)
            days, value = days[rows[rows >= 0]], value[rows[rows >= 0]]
        if column.info.kind == "rate" or column.info.is_state:
            return days, value
        if np.any(value <= 0):
            msg = (
                f"{self.of}: value {value.min():g} on {days[int(np.argmin(value))]} has no "
                "logarithm; set 'start' after that day."
            )
            raise DataError(msg)
        return days, np.log(value)

    def _too_thin(self, days: Days, path: Floats) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        if path.size < FEWEST:
            return f"{path.size} {self.every}s up to {self.day}; needs {FEWEST}."
        if path.size > MOST:
            return (
                f"{path.size} {self.every}s, and the windows grow with their square; needs at "
                f"most {MOST}: set 'start' or a longer 'every'."
            )
        age = int((np.datetime64(self.day, "D") - days[-1]).astype(int))
        if age >= MAX_AGE[self.every]:
            return (
                f"The last value of {self.of} is of {days[-1]}, {age} days before {self.day}; "
                f"needs one within {MAX_AGE[self.every]}."
            )
        frame = self._frame(days)
        if path.size - frame.monitored < frame.at_least:
            return (
                f"{path.size - frame.monitored} {self.every}s in {self._stretch()}; an episode "
                f"needs {frame.at_least}."
            )
        if np.ptp(path) == 0:
            return f"{self.of} never changes up to {self.day}; needs a price that moves."
        return None

    def _frame(self, days: Days) -> Frame:
        shortest = explosive.shortest_rows(days.size, lags=self.lags)
        earliest = shortest + self.lags
        monitored, asked = (
            earliest
            if span is None
            else int(np.searchsorted(days, _back(self.day, span.days), "right"))
            for span in (self.monitored, self.within)
        )
        monitored = min(max(monitored, earliest), days.size - 1)
        return Frame(
            shortest=shortest,
            lags=self.lags,
            monitored=monitored,
            asked=min(max(asked, monitored), days.size - 1),
            at_least=int(np.ceil(np.log(days.size))),
            gap=int(np.ceil(np.log(days.size) / 2)),
        )

    def _look(self, days: Days, path: Floats, rng: Generator) -> Seen:
        """Draw the nulls and apply the rule."""
        frame = self._frame(days)
        drawn = explosive.random_walks(self.n_resamples, path.size, rng)
        whole = frame._replace(monitored=0)
        walks = whole.sequence(drawn)
        wild = whole.sequence(explosive.wild(path, self.n_resamples, rng))
        every = whole.sequence(path[None, :])[0]
        sequence = every.copy()
        sequence[: frame.monitored] = -np.inf
        return Seen(
            days=days,
            path=path,
            frame=frame,
            sequence=sequence,
            sign=float(frame.suprema(explosive.cumulated_signs(path[None, :]))[0]),
            nulls=(
                walks[:, frame.monitored :].max(axis=1),
                wild[:, frame.monitored :].max(axis=1),
                frame.suprema(explosive.cumulated_signs(drawn)),
            ),
            gsadf=float(every.max()),
            gsadf_nulls=(walks.max(axis=1), wild.max(axis=1)),
        )

    def _checked(self, seen: Seen, rng: Generator) -> tuple[Seen, tuple[Reading, ...]]:
        """Read the same path in other ways; only that with a lagged difference has a say."""
        checks = self._checks(seen, rng)
        return (replace(seen, lagged=checks[-2]) if self.lags == 0 else seen), checks

    def _checks(self, seen: Seen, rng: Generator) -> tuple[Reading, ...]:
        """Read the same path in other ways: of lags last but one, and in units of volatility."""
        frame, path = seen.frame, seen.path[None, :]
        whole = tuple(
            Reading("whole sample (GSADF)", name, seen.gsadf, null)
            for name, null in zip(NULLS, seen.gsadf_nulls, strict=False)
        )
        lags = 1 if self.lags == 0 else 0
        rows = explosive.shortest_rows(path.size, lags=lags)
        other = frame._replace(lags=lags, shortest=rows)
        drawn = explosive.random_walks(FEW, path.size, rng)
        scaled = explosive.standardised(seen.path, window=A_YEAR[self.every] // 2)
        return (
            *(whole if self.monitored is not None else ()),
            Reading(
                f"with {lags} lagged difference{'' if lags == 1 else 's'}",
                NULLS[0],
                float(other.suprema(path)[0]),
                other.suprema(drawn),
            ),
            Reading(
                "in units of past volatility",
                NULLS[0],
                float(frame.suprema(scaled[None, :])[0]),
                seen.nulls[0],
            ),
        )

    def _steps(self, seen: Seen, n: int, world: str, rng: Generator) -> Floats:
        """Draw differences with the spread of the sample's own, shape (n, n_levels - 1)."""
        size = seen.path.size - 1
        if world == "garch":
            unit = np.stack([shocks("garch_t", size, rng) for _ in range(n)])
        else:
            unit = rng.standard_normal((n, size))
        return np.asarray(unit * np.diff(seen.path).std())

    def _alarms(self, seen: Seen, rng: Generator) -> Alarms:
        """Give the share of worlds called explosive, and of those above the walks' value."""
        out = {}
        values = seen.values()
        for world in WORLDS:
            steps = self._steps(seen, self.n_simulations, world, rng) + np.diff(seen.path).mean()
            paths = np.cumsum(np.pad(steps, ((0, 0), (1, 0))), axis=1)
            found, top = self._found(seen, paths, rng)
            out[world] = (float(found.mean()), float(np.mean(top > values.walks)))
        return out

    def _power(self, seen: Seen, rng: Generator) -> float | None:
        """Give the share found of planted episodes with the root, length and rise of this one."""
        growth = seen.growth
        rise = float(seen.path[growth.stop] - seen.path[growth.start])
        if growth.root <= 1.0 or rise <= 0.0:
            return None
        # A fifth of the worlds: most of them go through the whole wild bootstrap.
        steps = self._steps(seen, max(self.n_simulations // 5, 1), "garch", rng)
        length = growth.stop - growth.start
        paths = explosive.planted(steps, root=growth.root, length=length, rise=rise)
        return float(self._found(seen, paths, rng)[0].mean())

    def _found(self, seen: Seen, paths: Floats, rng: Generator) -> tuple[NDArray[np.bool_], Floats]:
        """Apply the rule with fewer wild draws; also give the largest value of each path."""
        sequences = seen.frame.sequence(paths)
        found = explosive.found_explosive(
            paths,
            sequences,
            seen.frame,
            seen.values(),
            alpha=ALPHA,
            n_wild=FEW_WILD,
            rng=rng,
        )
        return found, sequences[:, seen.frame.asked :].max(axis=1)

    def _evidence(self, found: _Found) -> Evidence:
        seen, alarms = found.seen, found.alarms
        rate = max(called for called, _ in alarms.values())
        power = {} if found.power is None else {"power": found.power}
        return Evidence(
            kind=self.kind,
            revision=self.revision,
            settings=self.settings(),
            status="ok",
            summary=self._summary(found),
            null=self.null,
            start=str(seen.days[0]),
            stop=str(seen.days[-1]),
            statistic=seen.statistic,
            p_value=max(seen.p),
            at=f"from {seen.episodes[-1].start}" if seen.episodes else "",
            holds={1: True, 0: None, -1: False}[seen.answer],
            estimate=Estimate(
                label="largest backward ADF statistic",
                value=seen.statistic,
                low=None,
                high=None,
                unit="t-ratio",
            ),
            n_obs=seen.path.size,
            n_episodes=len(seen.episodes),
            n_resamples=self.n_resamples,
            components={
                **dict(zip(("p_walks", "p_wild", "p_signs"), seen.p, strict=True)),
                "value_walks": seen.values().walks,
                "value_wild": seen.values().wild,
                "gsadf": seen.gsadf,
                "sign_statistic": seen.sign,
                "root": seen.growth.root,
                "false_alarms_walks": alarms["walks"][0],
                "false_alarms_garch": alarms["garch"][0],
                "checks": float(len(found.checks)),
                "checks_agree": float(found.agree),
                **power,
            },
            wording=Wording(
                criterion="the rule calls it explosive",
                share=rate,
                satisfied=seen.answer == 1,
                informative=rate <= 0.5,
            ),
            numbers=self._numbers(found),
            would_change="Prices from another market, or a longer past, on which the three "
            "comparisons agree the other way.",
            caveats=self._caveats(found),
            exhibits=exhibits(
                seen, self.of, self._stretch(), found.checks, alarms, self.n_simulations
            ),
        )

    def _stretch(self) -> str:
        return "the whole sample" if self.monitored is None else f"the last {self.monitored.words}"

    def _summary(self, found: _Found) -> str:
        seen = found.seen
        p_walks, p_wild, p_signs = seen.p
        said = {
            1: "ran away as a bubble does",
            0: "ran away as a bubble does or was only volatile",
            -1: "did not run away as a bubble does",
        }[seen.answer]
        asked = (
            f"by {self.day}" if self.within is None else f"in the {self.within.words} to {self.day}"
        )
        since = f", {seen.episodes[-1].words}" if seen.episodes else ""
        fell = ", in a fall," if seen.fell else ""
        return (
            f"{self.of} {said} {asked}{since}. Over {self._stretch()}{fell} as much is reached by "
            f"{p_walks:.1%} of random walks, by {p_wild:.1%} of histories as volatile as its own "
            f"and by {p_signs:.1%} with its ups and downs drawn anew."
        )

    def _numbers(self, found: _Found) -> tuple[NumberShown, ...]:
        seen = found.seen
        walks, wild, _ = seen.values()
        p_walks, p_wild, p_signs = seen.p
        dated = f"the last {seen.episodes[-1].words}" if seen.episodes else "none dated"
        planted = (
            "nothing explosive to plant"
            if found.power is None
            else f"{found.power:.0%} of planted episodes of this root, length and rise are found"
        )
        return (
            NumberShown(
                name="size",
                label="largest backward ADF statistic",
                value=seen.statistic,
                text=f"{seen.statistic:.2f} against {walks:.2f} (random walks) and {wild:.2f} "
                f"(its own volatility){self._doubling(seen)}",
            ),
            NumberShown(
                name="odds",
                label="chance of as much without an explosive root",
                value=max(seen.p),
                text=f"{p_walks:.1%} of random walks, {p_wild:.1%} of histories with its "
                f"volatility, {p_signs:.1%} by signs alone",
            ),
            NumberShown(
                name="power",
                label="power for an episode like this one",
                value=found.power,
                text=f"{planted}; {found.agree} of {len(found.checks)} other readings agree",
            ),
            NumberShown(
                name="episodes",
                label="episodes dated",
                value=len(seen.episodes),
                text=f"{dated}; the rule calls {_rates(found.alarms)} explosive",
            ),
        )

    def _doubling(self, seen: Seen) -> str:
        if seen.growth.root <= 1.0:
            return ""
        time = np.log(2) / np.log(seen.growth.root)
        return f"; its distance from the base doubles every {time:.0f} {self.every}s"

    def _cautions(self, panel: Panel) -> tuple[str, ...]:
        """Warn of daily moves that come in slow cycles or bunches."""
        try:
            days, path = self.model_copy(update={"every": "day"})._levels(panel)  # noqa: SLF001
        except DataError:
            # A day without a logarithm that ends no period is none of the test's.
            return ()
        return cautions({self.of: np.diff(path)}, days[0])

    def _carries_over(self, seen: Seen) -> tuple[str, ...]:
        """Warn where moves carry over so much that a history like it may pass without a bubble."""
        moves = np.diff(seen.path)
        r = float(np.corrcoef(moves[:-1], moves[1:])[0, 1])
        if r <= CARRIED:
            return ()
        return (
            f"Moves carry over from one {self.every} to the next (autocorrelation {r:.2f}), which "
            "no random walk's do: of histories with such momentum and no bubble about 7 % pass "
            "the rule, with one lagged difference as well.",
        )

    def _caveats(self, found: _Found) -> tuple[str, ...]:
        seen, alarms = found.seen, found.alarms
        growth = seen.growth
        said = [
            "Above the value of random walks alone lie "
            f"{alarms['walks'][1]:.1%} of random walks and {alarms['garch'][1]:.1%} of GARCH-t "
            f"histories of this length and drift ({self.n_simulations} of each).",
            f"Smallest window: {seen.frame.shortest + 1 + self.lags} levels (Phillips, Shi and Yu "
            "count levels; exuber counts differences, which gives other numbers).",
            "The wild bootstrap is inflated by the rally it judges; where it alone denies, "
            "the data cannot tell a rally from its volatility.",
        ]
        said += (*self._carries_over(seen), *found.cautions)
        if seen.is_momentum:
            said.append(
                "It passes the gate, but not with one lagged difference: momentum can do as much."
            )
        if growth.root > 1.0:
            said.append(
                f"The root from {seen.days[growth.start]} to {seen.days[growth.stop]} is "
                f"{growth.root:.3f} a {self.every} (90 % interval {growth.low:.3f} to "
                f"{growth.high:.3f}, Cauchy limit); it was picked as the most explosive window."
            )
        first = str(seen.days[seen.frame.monitored])
        if self.monitored is not None and any(first in each.starts for each in seen.episodes):
            said.append(f"An episode may have begun before {first}, where the monitoring does.")
        return tuple(said)


def _rates(alarms: Alarms) -> str:
    return " and ".join(f"{called:.1%} of {WORLDS[world]}" for world, (called, _) in alarms.items())


def _back(day: date, days: float) -> np.datetime64:
    return np.datetime64(day, "D") - np.timedelta64(round(days), "D")


def _ends(first: np.datetime64, last: np.datetime64, every: Every) -> Days:
    """Give the last days of weeks or months counted back from ``last`` to before ``first``."""
    if every == "week":
        weeks = int((last - first).astype(int)) // 7 + 1
        return np.sort(last - 7 * np.arange(weeks + 1))
    months = np.arange(first.astype("datetime64[M]") - 1, last.astype("datetime64[M]") + 1)
    starts = months.astype("datetime64[D]")
    lengths = (months + 1).astype("datetime64[D]") - starts
    number = last - last.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(starts + np.minimum(number, lengths - np.timedelta64(1, "D")))
