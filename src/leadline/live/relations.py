"""A relation as a frozen forecaster: the line fitted before publication, and what came after."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from leadline.data.panel import Panel
from leadline.errors import NotHeldError
from leadline.evidence.necessary_condition import NecessaryCondition
from leadline.evidence.relation import RelationTest
from leadline.evidence.sample import Sample
from leadline.kernels import evalues, hazard
from leadline.live.book import Ceiling, Line

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]

LEAST = 30
"""Outcomes before publication below which no line is fitted to them."""
SURE = 0.99
"""No frozen odds are beyond it, nor below what is left of one."""
RIDGE = 1.0
"""Keeps odds from being sure where the past separates without error; little where it does not."""


def bare(test: RelationTest) -> RelationTest:
    """Give the test without forks and placebos: what is followed is the claim's own version."""
    return test.model_copy(update={"forks": {}, "placebos": ()})


class Rows(NamedTuple):
    """Predictors, shape (n, k), signed as claimed, and outcomes, shape (n,), known by a day.

    ``delay`` is the number of rows until an outcome is known.
    """

    predictors: Floats
    outcome: Floats
    delay: int


def rows(test: RelationTest, sample: Sample) -> Rows:
    """Give what a relation could be fitted to; raise NotHeldError where it forecasts nothing."""
    made = test.forecasters(sample)
    if made is None:
        msg = f"{test.kind} forecasts nothing that could be held against what came."
        raise NotHeldError(msg)
    predictors, outcome, delay = made
    return Rows(test.sign * predictors, outcome, delay)


def _long_enough(test: RelationTest, panel: Panel) -> Sample:
    sample = test.own(test.draw(panel))
    thin = test.too_thin(sample)
    if thin is not None:
        raise NotHeldError(thin)
    return sample


def fitted(test: RelationTest, panel: Panel) -> Line:
    """Freeze the line of outcome on predictor as it was known at the panel's last decision.

    Least squares; of several predictors the one with the largest t in the claim's direction.
    Raises NotHeldError where there is too little to fit, or the slope runs against the claim,
    which then foretells nothing that any day does not.
    """
    sample = _long_enough(test, panel)
    known = rows(test, sample)
    y, n = known.outcome, known.outcome.size
    if n < LEAST or np.ptp(y) == 0:
        msg = f"{n} outcomes before publication, or all the same; a line needs {LEAST}."
        raise NotHeldError(msg)
    column, slope = _best(known.predictors, y)
    if slope <= 0:
        msg = (
            f"Before publication {test.leader} went with {test.follower} the other way round or "
            f"not at all ({test.kind}), so that it foretells nothing."
        )
        raise NotHeldError(msg)
    x = known.predictors[:, column]
    away, base = x - x.mean(), float(y.mean())
    spread = float(np.sqrt(np.sum((y - base - slope * away) ** 2) / (n - 2)))
    above = y > base
    up = float(above.mean())
    curve = _curve(away, above)
    every = max(known.delay, 1)
    span = sample.days[[sample.skip, -1]].astype(np.int64)
    return Line(
        words=_words(test),
        every=every,
        base=base,
        slope=slope,
        centre=float(x.mean()),
        spread=spread,
        up=up,
        curve=curve,
        column=column,
        is_yes_or_no=bool(np.isin(y, (0.0, 1.0)).all()),
        gains=(
            float(evalues.bernoulli_growth(_odds(curve, away), np.full(n, up)).mean())
            if curve[1] > 0
            else 0.0,
            float(evalues.location_growth(slope * away / spread).mean()) if spread > 0 else 0.0,
        ),
        days=float(every * (span[1] - span[0]) / n),
    )


def _best(predictors: Floats, y: Floats) -> tuple[int, float]:
    """Give the column with the largest t of its slope, and that slope where it is as claimed."""
    x, away = predictors - predictors.mean(axis=0), y - y.mean()
    square = (x**2).sum(axis=0)
    product = (x * away[:, None]).sum(axis=0)
    moves = square > 1e-24 * y.size
    slope = np.where(moves, product / np.where(moves, square, 1.0), 0.0)
    rest = np.maximum((away**2).sum() - slope * product, 1e-300)
    t = np.where(moves, slope * np.sqrt(square * (y.size - 2) / rest), -np.inf)
    column = int(np.argmax(t))
    return column, float(slope[column])


def _curve(away: Floats, above: Flags) -> tuple[float, float]:
    found = hazard.fit(away[:, None], above, link="logit", ridge=RIDGE)
    return found.intercept, max(float(found.slopes[0]), 0.0)


def _odds(curve: tuple[float, float], away: Floats) -> Floats:
    return np.asarray(np.clip(expit(curve[0] + curve[1] * away), 1 - SURE, SURE))


def _words(test: RelationTest) -> str:
    said = "explained by" if test.skill_of == "explanations" else "foretold from"
    return f"{test.follower} {said} {test.leader} as before publication ({test.kind})"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Outcomes since publication that do not overlap, and when each could be known.

    Attributes
    ----------
    known : ndarray of datetime64[D], shape (n_outcomes,)
    away : ndarray of float64, shape (n_outcomes,)
        Distance of the predictor from its centre, fixed before the outcome began.
    surprise : ndarray of float64, shape (n_outcomes,)
        The outcome less the line's base.
    """

    known: Days
    away: Floats
    surprise: Floats


def outcomes(test: RelationTest, line: Line, panel: Panel, published: date) -> Outcomes:
    """Give what a frozen line was followed by, each outcome as it stood when first known.

    The first outcome begins after publication, each next one when the one before is complete.
    """
    seen: dict[date, Rows] = {}

    def at(day: date) -> Rows:
        if day not in seen:
            seen[day] = rows(test, test.own(test.draw(panel.until(day))))
        return seen[day]

    start = at(published)
    # Of a week or a month under way at publication, most may be over.
    is_partial = getattr(test, "every", "day") != "day"
    row = start.outcome.size + (start.delay or int(is_partial))
    day, last = published, panel.as_of
    found: list[tuple[np.datetime64, float, float]] = []
    while at(last).outcome.size > row:
        day = _first(day, last, lambda when: at(when).outcome.size, row)
        x, y = at(day).predictors[row, line.column], at(day).outcome[row]
        found.append((np.datetime64(day, "D"), x - line.centre, y - line.base))
        row += line.every
    columns = list(zip(*found, strict=True)) if found else [(), (), ()]
    return Outcomes(
        np.array(columns[0], dtype="datetime64[D]"),
        np.array(columns[1], dtype=np.float64),
        np.array(columns[2], dtype=np.float64),
    )


def _first(after: date, last: date, count: Callable[[date], int], row: int) -> date:
    """Give the first day after a day on which there is a ``row``, as there is on the last."""
    low, step = after, 1
    while (high := min(low + timedelta(days=step), last)) < last and count(high) <= row:
        low, step = high, 2 * step
    while (high - low).days > 1:
        middle = low + (high - low) // 2
        low, high = (low, middle) if count(middle) > row else (middle, high)
    return high


def sign_odds(line: Line, away: Floats) -> Floats:
    """Give the claim's frozen odds that outcomes lie above the line's base."""
    return _odds(line.curve, away)


def ceiling(test: NecessaryCondition, panel: Panel) -> Ceiling:
    """Freeze the odds that a start has the condition, by claim and by the days it covers.

    Raises NotHeldError where the past is too thin, or the claim no bolder than chance.
    """
    days, _, covered = test.seen(_long_enough(test, panel))
    q = float(np.clip(covered.mean(), 1 - SURE, SURE))
    p = float(np.clip(test.ceiling if test.sign > 0 else 1 - test.ceiling, 1 - SURE, SURE))
    if (p - q) * test.sign <= 0:
        msg = f"Its condition held before {q:.0%} of all days, so that it can hardly fail."
        raise NotHeldError(msg)
    names = " or ".join((test.leader, *test.any_of))
    never = "without" if test.sign > 0 else "with"
    words = f"no rally of {test.follower} ({test.rally.words}) starts {never} {names}"
    return Ceiling(words=words, p=p, q=q, carry=_carried(days, covered))


def _carried(days: Days, covered: Flags) -> float:
    """Give how much of what sets a covered day apart is left a day later.

    Of a chain of two states it is one less the odds of both turns.
    """
    before, after = covered[:-1], covered[1:]
    lost = _share(~after[before])
    gained = _share(after[~before])
    per_row = float((days[-1] - days[0]) / np.timedelta64(1, "D")) / before.size
    return float(max(1 - lost - gained, 0.0) ** (1 / per_row))


def _share(flags: Flags) -> float:
    return float(flags.mean()) if flags.size else 0.0


class Starts(NamedTuple):
    """Rallies since publication by the day on which each could be known, and which had it.

    ``p`` and ``q`` are the odds that each would have it, by claim and by chance.
    """

    known: Days
    covered: Flags
    p: Floats
    q: Floats


def starts(test: NecessaryCondition, frozen: Ceiling, panel: Panel, published: date) -> Starts:
    """Give the rallies that started since publication, each as it was seen on its day.

    A condition lasts, so that of two rallies in one spell of it the second tells little: where
    the start before had it, or the day of publication, chance gives the next one more.
    """
    known, covered, chance = [], [], []
    last, before, had = None, published, False
    for day in (published + timedelta(days=n) for n in range((panel.as_of - published).days + 1)):
        days, started, had_it = test.seen(test.own(test.draw(panel.until(day))))
        if days.size and days[-1] != last:
            last = days[-1]
            if day > published and started[-1]:
                known.append(np.datetime64(day, "D"))
                covered.append(bool(had_it[-1]))
                chance.append(_by_chance(frozen, (day - before).days, had=had))
            if day == published or started[-1]:
                before, had = day, bool(had_it[-1])
    q = np.array(chance, dtype=np.float64)
    return Starts(
        np.array(known, dtype="datetime64[D]"),
        np.array(covered, dtype=bool),
        np.maximum(q, frozen.p) if frozen.p > frozen.q else np.minimum(q, frozen.p),
        q,
    )


def _by_chance(frozen: Ceiling, gap: int, *, had: bool) -> float:
    """Give the odds that a start has the condition ``gap`` days after a day that had it or not.

    They move away from those of any day only where that makes the claim harder to bear out.
    """
    left = frozen.carry**gap
    if frozen.p > frozen.q:
        return frozen.q + (1 - frozen.q) * left * had
    return frozen.q * (1 - left * (not had))
