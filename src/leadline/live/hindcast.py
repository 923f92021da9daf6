"""Odds as one could have given them in time: refitted each month to what was known by then."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import betaincinv

from leadline.kernels import hazard, reliability
from leadline.kernels.reliability import Recalibration
from leadline.kernels.superior import stationary_counts

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
Days = NDArray[np.datetime64]

WEEKS = (13, 26)
PERIODS = (45, 91, 136, 182)
"""Days at which the quarters of the longest horizon end; the first two make up the shorter."""
LONGEST = 26
PRIOR = 0.3
"""Standard deviation of a standardised slope before any data: a third more or less."""
RIDGE = LONGEST / PRIOR**2
"""A start counts in as many weekly rows as the horizon has weeks, so the ridge does too."""
PRIOR_LINE = 0.5
LEAST_RALLIES = 2
LEAST_HORIZONS = 6
"""Horizons that do not overlap before past forecasts can earn a weight."""
FIRST = 730
"""Days of history before the first odds."""


@dataclass(frozen=True)
class History:
    """When rallies started, and what was known of them on each day of the calendar.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_days,)
        Consecutive.
    first : int
        The first day that belongs to the question.
    seen : ndarray of intp, shape (n_days,)
        The newest day of the follower known at each decision.
    starts : ndarray of bool, shape (n_days,)
        On which a rally could be known to start.
    predictors : ndarray of float64, shape (n_days, n_predictors)
        As known at each decision; NaN where not known.
    """

    days: Days
    first: int
    seen: Index
    starts: Flags
    predictors: Floats

    @cached_property
    def origins(self) -> Index:
        """The days, one a week, whose forecasts are fitted and scored."""
        rows = np.arange(self.first, self.days.size)
        return np.asarray(rows[self.days[rows].astype(np.int64) % 7 == 3])

    @cached_property
    def refits(self) -> Index:
        """The first day of each month, once there is history enough."""
        rows = np.arange(self.first + FIRST, self.days.size)
        return np.asarray(rows[self.days[rows] == self.days[rows].astype("datetime64[M]")])

    @cached_property
    def wait(self) -> Index:
        """Days from each origin to the next start after it; very many where none is known."""
        at = np.append(np.flatnonzero(self.starts), 10**9)
        following: Index = at[np.searchsorted(at, self.origins, "right")] - self.origins
        return following

    def outcome(self, weeks: int) -> Floats:
        """Whether a rally started within ``weeks`` of each origin, as 0 and 1."""
        return (self.wait <= 7 * weeks).astype(np.float64)

    def n_known(self, row: int, weeks: int) -> int:
        """Count the origins whose whole horizon was known at the decision of a day."""
        return int(np.searchsorted(self.origins, self.seen[row] - 7 * weeks, "right"))

    def n_rallies(self, row: int) -> int:
        """Count the starts known at the decision of a day."""
        return int(np.count_nonzero(self.starts[self.first : row + 1]))


@dataclass(frozen=True)
class Fit:
    """The model of one refit: a hazard of the four quarters of the longest horizon."""

    rate: hazard.Hazard
    typical: Floats
    design: Floats
    rows: hazard.Periods

    def odds(self, predictors: Floats) -> Mapping[int, Floats]:
        """Give the odds within each number of weeks, shape (n,)."""
        rates = self.rate.rate(_by_period(_filled(predictors, self.typical)))
        return _within(rates.reshape(-1, len(PERIODS)))

    def drawn(self, predictors: Floats, n: int, rng: Generator) -> Mapping[int, Floats]:
        """Give the odds of ``n`` fits to starts resampled in blocks of two horizons."""
        n_starts = int(self.rows.start[-1]) + 1
        block = min(2.0 * LONGEST, n_starts / 3)
        fits = hazard.resampled(
            self.rate,
            self.design,
            self.rows.happened,
            start=self.rows.start,
            counts=stationary_counts(n, n_starts, block, rng),
            ridge=RIDGE,
        )
        rates = fits.rates(_by_period(_filled(predictors, self.typical)))
        return _within(rates.reshape(n, -1, len(PERIODS)))


class Line(NamedTuple):
    """How the model's odds of one horizon become those that are published, from one refit on."""

    weight: float
    correction: Recalibration

    def odds(self, base: Floats, model: Floats) -> Floats:
        """Shrink to the base rate, and correct; the base rate itself where nothing was earned."""
        if self.weight == 0:
            return base
        return self.correction(base + self.weight * (model - base))


class Made(NamedTuple):
    """Weekly forecasts of one horizon, in order of time: what was published, and from what."""

    origin: Index
    outcome: Floats
    base: Floats
    model: Floats
    published: Floats

    def until(self, n: int) -> "Made":
        """Keep the first ``n``."""
        return Made(
            self.origin[:n], self.outcome[:n], self.base[:n], self.model[:n], self.published[:n]
        )


@dataclass(frozen=True)
class Hindcast:
    """Every refit of a history, and the forecasts made from one to the next."""

    history: History
    columns: Index
    fits: tuple[Fit | None, ...]
    lines: Mapping[int, tuple[Line, ...]]
    made: Mapping[int, Made]

    @classmethod
    def of(cls, history: History, columns: Index) -> "Hindcast":
        """Refit and forecast month by month with some of the predictors."""
        fits = tuple(fit(history, row, columns) for row in history.refits)
        raw = _forecasts(history, fits, columns)
        lines, made = {}, {}
        floor: Floats | None = None
        for weeks in WEEKS:
            lines[weeks], made[weeks] = _published(history, raw[weeks], weeks, floor)
            # What starts within a quarter starts within two.
            floor = made[weeks].published
        return cls(history, columns, fits, lines, made)

    def seen(self, rows: Index) -> Floats:
        """Give the predictors known on some days."""
        return self.history.predictors[np.ix_(rows, self.columns)]

    def known(self, refit: int, weeks: int) -> Made:
        """Give the forecasts whose outcome was known at a refit."""
        row = int(self.history.refits[refit])
        made = self.made[weeks]
        until = self.history.seen[row] - 7 * weeks
        return made.until(int(np.searchsorted(made.origin, until, "right")))


def base_rate(history: History, row: int, weeks: int) -> tuple[float, float]:
    """Give the share of past origins with a start within ``weeks``, and how many count.

    Overlapping horizons count as the number of those that do not, each share with Jeffreys'
    half start more on both sides, so that none is 0 or 1.
    """
    n = history.n_known(row, weeks)
    n_eff = n / weeks
    share = float(history.outcome(weeks)[:n].mean()) if n else 0.5
    return (share * n_eff + 0.5) / (n_eff + 1), n_eff


def jeffreys(base: float, n_eff: float, tails: Floats) -> Floats:
    """Give quantiles of the base rate given what was seen (Brown, Cai and DasGupta 2001)."""
    k = base * (n_eff + 1)
    return np.asarray(betaincinv(k, n_eff + 1 - k, tails))


def fit(history: History, row: int, columns: Index) -> Fit | None:
    """Fit to the origins of which something was known at the decision of a day.

    An origin counts with each quarter that was over by then, whether a rally had started or not:
    to count starts at once and their absence later would raise the odds. None with fewer than
    two starts, or where all quarters went alike.
    """
    quarters = np.searchsorted(
        PERIODS, history.seen[row] - history.origins[history.origins <= row], "right"
    )
    quarters = quarters[quarters > 0]
    if history.n_rallies(row) < LEAST_RALLIES or quarters.size == 0:
        return None
    wait = np.searchsorted(PERIODS, history.wait[: quarters.size], "left")
    rows = hazard.periods(np.where(wait < len(PERIODS), wait, -1), quarters)
    if not 0 < np.count_nonzero(rows.happened) < rows.happened.size:
        return None
    raw = history.predictors[np.ix_(history.origins[: quarters.size], columns)]
    known = np.isfinite(raw)
    total = np.where(known, raw, 0.0).sum(axis=0)
    typical = total / np.maximum(known.sum(axis=0), 1)
    later = np.eye(len(PERIODS))[:, 1:]
    design = np.hstack((_filled(raw, typical)[rows.start], later[rows.period]))
    found = hazard.fit(design, rows.happened, link="logit", ridge=RIDGE)
    return Fit(found, typical, design, rows)


def _forecasts(
    history: History, fits: tuple[Fit | None, ...], columns: Index
) -> Mapping[int, Made]:
    """Forecast each origin with the refit before it."""
    bounds = np.append(history.refits, history.days.size)
    parts: dict[int, list[Made]] = {weeks: [] for weeks in WEEKS}
    places = [
        np.arange(*np.searchsorted(history.origins, bounds[i : i + 2])) for i in range(len(fits))
    ]
    outcomes = {weeks: history.outcome(weeks) for weeks in WEEKS}
    for i, fitted in enumerate(fits):
        asked = history.origins[places[i]]
        odds = None if fitted is None else fitted.odds(history.predictors[np.ix_(asked, columns)])
        for weeks in WEEKS:
            base = np.full(asked.size, base_rate(history, int(bounds[i]), weeks)[0])
            model = base if odds is None else odds[weeks]
            parts[weeks].append(Made(asked, outcomes[weeks][places[i]], base, model, model))
    empty = Made(np.zeros(0, dtype=np.intp), *(np.zeros(0),) * 4)
    return {
        weeks: Made(*(np.concatenate(part) for part in zip(empty, *each, strict=True)))
        for weeks, each in parts.items()
    }


def _published(
    history: History, raw: Made, weeks: int, floor: Floats | None
) -> tuple[tuple[Line, ...], Made]:
    """Learn weight and correction at each refit from the forecasts that had come out by then."""
    bounds = np.append(history.refits, history.days.size)
    published = raw.base.copy()
    lines: list[Line] = []
    for i, row in enumerate(history.refits):
        known = int(np.searchsorted(raw.origin, history.seen[row] - 7 * weeks, "right"))
        lines.append(_line(raw.until(known), weeks))
        low, high = np.searchsorted(raw.origin, bounds[i : i + 2])
        published[low:high] = lines[-1].odds(raw.base[low:high], raw.model[low:high])
    if floor is not None:
        published = np.maximum(published, floor)
    return tuple(lines), raw._replace(published=published)


def _line(past: Made, weeks: int) -> Line:
    plain = Line(0.0, Recalibration(0.0, 1.0))
    if past.origin.size < LEAST_HORIZONS * weeks:
        return plain
    block = min(2.0 * weeks, past.origin.size / 3)
    weight = reliability.earned_weight(past.base, past.model, past.outcome, block=block)
    if weight == 0:
        return plain
    shrunk = past.base + weight * (past.model - past.base)
    return Line(
        weight,
        reliability.recalibrate(shrunk, past.outcome, overlap=weeks, prior=PRIOR_LINE),
    )


def _filled(predictors: Floats, typical: Floats) -> Floats:
    return np.where(np.isfinite(predictors), predictors, typical)


def _by_period(predictors: Floats) -> Floats:
    n = len(PERIODS)
    later = np.eye(n)[:, 1:]
    return np.hstack((np.repeat(predictors, n, axis=0), np.tile(later, (predictors.shape[0], 1))))


def _within(rates: Floats) -> Mapping[int, Floats]:
    return {13: hazard.within(rates[..., :2]), 26: hazard.within(rates)}
