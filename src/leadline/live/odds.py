"""The odds that a rally of the follower starts soon, beside how often one does."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.data.panel import Panel
from leadline.kernels import reliability
from leadline.kernels.resample import stationary_indices
from leadline.live import rallies
from leadline.live.book import Horizon, Odds, Reliability
from leadline.live.hindcast import (
    LEAST_HORIZONS,
    LEAST_RALLIES,
    WEEKS,
    Hindcast,
    Made,
    base_rate,
    jeffreys,
)
from leadline.live.rallies import Target, targets

__all__ = ["Daily", "Target", "odds_path", "targets"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

LEVEL = 0.90
TAILS = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
N_RESAMPLES = 999
N_CURVES = 499
N_FITS = 299
GRID = 100
"""The diagram shows forecasts to the nearest percent."""


class Daily(NamedTuple):
    """What is written for one day; ``reliability`` is empty except on days of a refit."""

    odds: Odds
    reliability: tuple[Reliability, ...]


class _Skills(NamedTuple):
    """What the forecasts known at a refit were worth, over the base rate and over the follower."""

    brier: reliability.Skill
    log: reliability.Skill
    added: reliability.Skill
    n_forecasts: int
    n_eff: float

    @property
    def skilled(self) -> bool:
        """Whether both intervals lie above zero, after horizons enough."""
        return self.n_eff >= LEAST_HORIZONS and min(self.brier.low, self.log.low) > 0


def odds_path(panel: Panel, target: Target, days: Sequence[date]) -> Mapping[date, Daily]:
    """Give the odds of each of ``days``, from what was known at its decision.

    The model is refitted on the first of each month to outcomes known by then; between refits
    only its predictors move. A day is left out where the follower has less than two years of
    history, or where the panel ends before it. Series of the target that the panel lacks, all
    but the follower, are done without. Raises DataError where the follower is no price.
    """
    history = rallies.history(panel, target)
    if history.refits.size == 0:
        return {}
    every = np.arange(history.predictors.shape[1])
    full = Hindcast.of(history, every)
    # Where nothing but the follower is known, the two are the same.
    own = full if every.size == rallies.N_OWN else Hindcast.of(history, every[: rallies.N_OWN])
    asked = np.array(sorted(set(days)), dtype="datetime64[D]")
    asked = asked[(asked <= history.days[-1]) & (asked >= history.days[history.refits[0]])]
    rows = np.searchsorted(history.days, asked)
    refit = np.searchsorted(history.refits, rows, "right") - 1
    out: dict[date, Daily] = {}
    for which in np.unique(refit):
        out |= _month(target, full, own, int(which), rows[refit == which])
    return out


def _month(
    target: Target, full: Hindcast, own: Hindcast, which: int, rows: Index
) -> Mapping[date, Daily]:
    """Give the odds of the days from one refit to the next."""
    history = full.history
    row = int(history.refits[which])
    fitted: date = history.days[row].astype(object)
    points, alone = _points(full, which, rows), _points(own, which, rows)
    intervals = _intervals(full, which, rows, _stream(target, fitted, "interval"))
    worth = {
        weeks: _skills(full, own, which, weeks, _stream(target, fitted, f"skill {weeks}"))
        for weeks in WEEKS
    }

    def horizon(weeks: int, place: int) -> Horizon:
        said = points[weeks].published[place]
        low, high = intervals[weeks][:, place]
        return _horizon(
            worth[weeks],
            weeks=weeks,
            odds=_rounded(said),
            low=_rounded(min(low, said)),
            high=_rounded(max(high, said)),
            base=_rounded(base_rate(history, row, weeks)[0]),
            model=_rounded(points[weeks].model[place]),
            weight=_rounded(full.lines[weeks][which].weight),
            own=_rounded(alone[weeks].published[place]),
            n_rallies=history.n_rallies(row),
        )

    found = {
        day: Daily(
            Odds(
                words=target.words,
                follower=target.follower,
                fitted=fitted,
                horizons=tuple(horizon(weeks, place) for weeks in WEEKS),
            ),
            (),
        )
        for place, day in enumerate(history.days[rows].astype(object))
    }
    if rows[0] == row:
        found[fitted] = found[fitted]._replace(reliability=_diagrams(target, full, which, fitted))
    return found


def _diagrams(
    target: Target, hindcast: Hindcast, which: int, fitted: date
) -> tuple[Reliability, ...]:
    """Give the diagram of each horizon that has forecasts enough."""
    past = {weeks: hindcast.known(which, weeks) for weeks in WEEKS}
    return tuple(
        _reliability(target, made, weeks, _stream(target, fitted, f"diagram {weeks}"))
        for weeks, made in past.items()
        if made.origin.size >= LEAST_HORIZONS * weeks
    )


class _Points(NamedTuple):
    """The odds of the model on some days, and those published."""

    model: Floats
    published: Floats


def _points(hindcast: Hindcast, which: int, rows: Index) -> Mapping[int, _Points]:
    """Give the odds of some days, for each horizon."""
    history, fitted = hindcast.history, hindcast.fits[which]
    row = int(history.refits[which])
    model = None if fitted is None else fitted.odds(hindcast.seen(rows))
    out: dict[int, _Points] = {}
    floor = np.zeros(rows.size)
    for weeks in WEEKS:
        base = np.full(rows.size, base_rate(history, row, weeks)[0])
        said = base if model is None else model[weeks]
        floor = np.maximum(hindcast.lines[weeks][which].odds(base, said), floor)
        out[weeks] = _Points(said, floor)
    return out


def _intervals(hindcast: Hindcast, which: int, rows: Index, rng: Generator) -> Mapping[int, Floats]:
    """Draw the base rate given what was seen, and the model by blocks; weight and line stay.

    Gives low and high for each horizon, shape (2, n_days).
    """
    history, fitted = hindcast.history, hindcast.fits[which]
    row = int(history.refits[which])
    of_base, of_model = rng.spawn(2)
    out: dict[int, Floats] = {}
    uniform = of_base.random((N_FITS, 1))
    model = None if fitted is None else fitted.drawn(hindcast.seen(rows), N_FITS, of_model)
    floor: Floats = np.zeros((N_FITS, rows.size))
    for weeks in WEEKS:
        base, n_eff = base_rate(history, row, weeks)
        line = hindcast.lines[weeks][which]
        drawn = np.broadcast_to(jeffreys(base, n_eff, uniform), floor.shape)
        if model is not None and line.weight > 0:
            drawn = line.odds(drawn, model[weeks])
        floor = np.maximum(drawn, floor)
        out[weeks] = np.quantile(floor, TAILS, axis=0)
    return out


def _skills(full: Hindcast, own: Hindcast, which: int, weeks: int, rng: Generator) -> _Skills:
    made, alone = full.known(which, weeks), own.known(which, weeks)
    n = made.origin.size
    if n < 2:
        nothing = reliability.Skill(0.0, 0.0, 0.0)
        return _Skills(nothing, nothing, nothing, n, n / weeks)
    index = stationary_indices(N_RESAMPLES, n, min(2.0 * weeks, n / 3), rng)

    def over(score: reliability.Score, ours: Floats, theirs: Floats) -> reliability.Skill:
        return reliability.skill(
            score(ours, made.outcome), score(theirs, made.outcome), resampled=index, level=LEVEL
        )

    return _Skills(
        brier=over(reliability.brier, made.published, made.base),
        log=over(reliability.log_score, made.published, made.base),
        added=over(reliability.brier, made.published, alone.published),
        n_forecasts=n,
        n_eff=n / weeks,
    )


def _reliability(target: Target, made: Made, weeks: int, rng: Generator) -> Reliability:
    said = np.round(made.published * GRID) / GRID
    curve = reliability.corp(said, made.outcome)
    parts = reliability.decompose(said, made.outcome)
    usual = reliability.consistency(
        said, made.outcome, block=weeks, level=LEVEL, n_resamples=N_CURVES, rng=rng
    )
    return Reliability(
        follower=target.follower,
        weeks=weeks,
        forecast=_all_rounded(curve.forecast),
        happened=_all_rounded(curve.happened),
        low=_all_rounded(usual.low),
        high=_all_rounded(usual.high),
        counts=tuple(int(count) for count in curve.counts),
        miscalibration=_rounded(parts.miscalibration - usual.miscalibration),
        discrimination=_rounded(parts.discrimination - usual.discrimination),
        uncertainty=_rounded(parts.uncertainty),
        p_value=usual.p_value,
    )


def _rounded(value: float) -> float:
    # The last digits of a product depend on how many days are asked for at once.
    return round(float(value), 6)


def _all_rounded(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def _horizon(worth: _Skills, **said: float) -> Horizon:
    """Put odds and their worth in one row."""
    return Horizon.model_validate(
        {
            **said,
            "brier": _rounded(worth.brier.value),
            "brier_low": _rounded(worth.brier.low),
            "brier_high": _rounded(worth.brier.high),
            "log": _rounded(worth.log.value),
            "log_low": _rounded(worth.log.low),
            "log_high": _rounded(worth.log.high),
            "added": _rounded(worth.added.value),
            "added_low": _rounded(worth.added.low),
            "added_high": _rounded(worth.added.high),
            "n_forecasts": worth.n_forecasts,
            "n_eff": _rounded(worth.n_eff),
            "skilled": worth.skilled,
            "words": _words(worth, said["weight"], int(said["n_rallies"]), said),
        }
    )


def _words(worth: _Skills, weight: float, n_rallies: int, said: Mapping[str, float]) -> str:
    """Say what the odds are worth; where they are worth nothing, to use the base rate."""
    so_far = f"{n_rallies} {'rally' if n_rallies == 1 else 'rallies'} so far"
    if n_rallies < LEAST_RALLIES:
        return (
            f"{so_far}, too few for a model: use the base rate, which itself may lie anywhere "
            f"from {said['low']:.0%} to {said['high']:.0%}."
        )
    if worth.n_eff < LEAST_HORIZONS:
        return f"{so_far}, and too few forecasts to judge a model by: use the base rate."
    told = (
        f"its past forecasts had a Brier skill of {worth.brier.value:+.0%} (90% interval "
        f"{worth.brier.low:+.0%} to {worth.brier.high:+.0%})"
    )
    if worth.added.high < 0:
        told += ", and were worse for reading the conditions"
    if weight == 0:
        return f"The model has earned no weight; {told}: use the base rate."
    if not worth.skilled:
        return f"The model is not clearly better than the base rate; {told}: use the base rate."
    if worth.added.low > 0:
        return f"The model is better than the base rate, in part by the conditions; {told}."
    return (
        f"The model is better than the base rate; {told}. As far as can be told, one that knows "
        "the follower alone does as well."
    )


def _stream(target: Target, fitted: date, use: str) -> Generator:
    """Give a random stream that follows from what is asked, not from what else is."""
    text = f"{target!r} {fitted} {use}"
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16]))
