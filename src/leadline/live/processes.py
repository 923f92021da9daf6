"""Evidence for and against a claim, day by day, from outcomes whose odds were frozen."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from leadline.kernels import autoregression, evalues
from leadline.kernels.resample import past_scale
from leadline.live.book import Process

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]

ALPHA = 0.05
"""A process that reaches 1 / ALPHA has decided; so seldom does it where its null is true."""
MOST = 600.0
"""Logarithms beyond it would overflow."""
FARTHEST = 365_000.0
"""A decision that is more days away is given no date."""
CLOSES_ONLY = 0.5826
"""-zeta(1/2) / sqrt(2 pi): how far a walk overshoots a mark at a close, in volatilities."""


class Pace(NamedTuple):
    """How fast evidence would come were the claim true.

    ``growth`` is the expected log growth of the e-value an outcome (see
    ``evalues.bernoulli_growth`` and ``evalues.location_growth``, times the share of outcomes
    about which the claim says something), ``every`` the calendar days between outcomes.
    """

    growth: float
    every: float


class Timing(NamedTuple):
    """The days for which a process is wanted, and when its outcomes could be known.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_days,)
        Calendar days in order.
    known : ndarray of datetime64[D], shape (n_outcomes,)
        The day at whose decision each outcome could first be known; in order.
    next_due : ndarray of datetime64[D], shape (n_days,), optional
        When the outcome that is under way is complete at the latest; NaT where that is open.
    """

    days: Days
    known: Days
    next_due: Days | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A process on each of ``days``; what a day says needs no later one.

    ``value`` and ``against`` are logarithms. The effect with its confidence sequence, in
    ``unit``, and the dates are NaN or NaT where there is nothing to say.
    """

    days: Days
    words: str
    unit: str
    n: NDArray[np.intp]
    value: Floats
    against: Floats
    effect: Floats
    low: Floats
    high: Floats
    next_due: Days
    decides: Days

    def at(self, i: int) -> Process:
        """Give the process as it stood at the decision of ``days[i]``."""
        return Process(
            words=self.words,
            n=int(self.n[i]),
            value=_value(self.value[i]),
            against=_value(self.against[i]),
            effect=_number(self.effect[i]),
            low=_number(self.low[i]),
            high=_number(self.high[i]),
            unit=self.unit,
            next_due=_day(self.next_due[i]),
            decides=_day(self.decides[i]),
        )


def outcomes_path(
    timing: Timing, happened: Flags, p: Floats, q: Floats, *, words: str, pace: Pace
) -> Path:
    """Follow the odds ``p`` of a claim against the odds ``q`` of a base rate.

    Null of ``value``: each outcome has odds ``q`` given all before it; of ``against``: odds ``p``.
    Where the claim says nothing, ``p`` is ``q`` and the outcome is no evidence: it counts in
    neither ``n`` nor the effect, the share of outcomes that happened less what the base rate
    expects. Its confidence sequence takes the true odds of those outcomes to be one and the same.

    Parameters
    ----------
    timing : Timing
        Days and outcomes.
    happened, p, q : ndarray, shape (n_outcomes,)
        What happened, and both odds as frozen before it.
    """
    p, q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    said = p != q
    n = np.cumsum(said).astype(np.float64)
    hits = np.cumsum(said & happened).astype(np.float64)
    base = np.cumsum(np.where(said, q, 0.0))
    mean = np.maximum(n, 1.0)
    interval = evalues.share_interval(hits, n, alpha=ALPHA)
    value = evalues.mixed(lambda share: evalues.bernoulli(happened, q + share * (p - q), q))
    return _path(
        _Outcomes(
            n=n,
            value=value,
            against=np.cumsum(evalues.bernoulli(happened, q, p)),
            effect=(hits - base) / mean,
            low=interval.low - base / mean,
            high=interval.high - base / mean,
        ),
        timing,
        pace,
        words=words,
        unit="share of outcomes above the base rate",
    )


def returns_path(
    timing: Timing,
    surprise: Floats,
    extra: Floats,
    scale: Floats,
    *,
    words: str,
    unit: str,
    pace: Pace,
    size: float = 1.0,
) -> Path:
    """Follow outcomes that a claim places ``extra`` above where the base rate does.

    Null of ``value``: given the past, each ``surprise`` lies symmetrically around 0; of
    ``against``: around ``extra``. Neither tails nor ``scale`` matter to their validity, only to
    how fast evidence comes. The effect is the share of ``extra`` that came true, times ``size``.

    Parameters
    ----------
    timing : Timing
        Days and outcomes.
    surprise : ndarray of float64, shape (n_outcomes,)
        What came less what the base rate had centred it on before it began; log returns.
    extra, scale : ndarray of float64, shape (n_outcomes,)
        What the claim adds to that centre (0 where it says nothing) and the spread, both from
        before it began.
    size : float
        What a share of 1 is in ``unit``: the extra drift of a call, 1 for a relation.
    """
    z, shift = surprise / scale, extra / scale
    effect, interval = evalues.effect_interval(z, shift, alpha=ALPHA)
    ends = np.stack(interval) * size
    return _path(
        _Outcomes(
            n=np.cumsum(shift != 0).astype(np.float64),
            value=evalues.mixed(lambda share: evalues.symmetric(z, share * shift)),
            against=np.cumsum(evalues.symmetric(z - shift, -shift)),
            effect=effect * size,
            low=ends.min(axis=0),
            high=ends.max(axis=0),
        ),
        timing,
        pace,
        words=words,
        unit=unit,
    )


def drift_path(
    timing: Timing,
    returns: Floats,
    holds: Flags,
    drift: float,
    *,
    words: str,
    often: float = 1.0,
) -> Path:
    """Follow the daily returns of a call: an extra ``drift`` while its antecedent holds.

    The base rate is the mean of all returns before each, for one frozen at publication is wrong by
    what the past happened to show, and with time that counts as evidence. From it are taken off
    what returns carry over from day to day (an autoregression, frozen at publication) and what
    of the claimed drift is already in that mean. The spread is that of the sixty returns before.

    Parameters
    ----------
    timing : Timing
        Days, and when each return since publication could be known.
    returns : ndarray of float64, shape (n_before + n_outcomes,)
        Daily log returns, those from before publication first.
    holds : ndarray of bool, shape (n_outcomes,)
        Whether the antecedent held at the decision before each return began.
    drift : float
        The extra log return a day, see ``extra_drift``.
    often : float
        Share of the calendar days before publication that had a return while the antecedent
        held, by which the decision is dated.
    """
    before = returns.size - timing.known.size
    model = autoregression.fit(returns[:before])
    moves = autoregression.whiten(returns, model)
    surprise = moves - _past_mean(moves)
    scale = past_scale(surprise)
    # Of an extra drift, only what the day before did not already show comes as a surprise.
    extra = drift * (1 - float(model.coefficients.sum()))
    claimed = np.concatenate((np.zeros(before), np.where(holds, extra, 0.0)))
    growth = float(evalues.location_growth(extra / scale[before - 1]))
    return returns_path(
        timing,
        surprise[before:],
        np.where(holds, (claimed - _past_mean(claimed))[before:], 0.0),
        scale[before:],
        words=words,
        unit="log return a day",
        pace=Pace(often * growth, 1.0),
        size=drift,
    )


def _past_mean(x: Floats) -> Floats:
    """Mean of all values before each; 0 before the first."""
    return np.concatenate(([0.0], np.cumsum(x)[:-1])) / np.maximum(np.arange(x.size), 1)


def extra_drift(p: float, q: float, log_mark: float, horizon: int, volatility: float) -> float:
    """Give the extra log return a day that lifts the odds of a touch from ``q`` to ``p``.

    A random walk with daily ``volatility`` shall close at ``log_mark`` (negative: a fall) or
    beyond it on one of ``horizon`` days, see ``evalues.touch_odds``; as only closes count, the
    mark lies 0.5826 of a day's volatility farther out (Broadie, Glasserman and Kou 1997). The
    drift of the base is the one that gives ``q``, so that both ends err alike.

    Raises
    ------
    ValueError
        Where the odds are not inside (0, 1), or mark, horizon or volatility are 0.
    """
    if not (0 < p < 1 and 0 < q < 1 and log_mark != 0 and horizon > 0 and volatility > 0):
        msg = (
            f"No drift gives odds of {p} and {q} of a move of {log_mark} in {horizon} days at a "
            f"volatility of {volatility}: odds must lie inside (0, 1), the rest must not be 0."
        )
        raise ValueError(msg)
    mark = abs(log_mark) + CLOSES_ONLY * volatility
    return float(
        np.sign(log_mark)
        * (_drift_for(p, mark, horizon, volatility) - _drift_for(q, mark, horizon, volatility))
    )


def _drift_for(odds: float, mark: float, horizon: int, volatility: float) -> float:
    # So far out the odds are one; so far the other way, where they end at e^(-2 drift mark /
    # volatility^2) over whatever time, nought.
    farthest = (mark + 10 * volatility * np.sqrt(horizon)) / horizon + 20 * volatility**2 / mark
    return float(
        brentq(
            lambda drift: evalues.touch_odds(drift, mark, horizon, volatility) - odds,
            -farthest,
            farthest,
            xtol=1e-14,
        )
    )


class _Outcomes(NamedTuple):
    """What stands after each outcome."""

    n: Floats
    value: Floats
    against: Floats
    effect: Floats
    low: Floats
    high: Floats


def _path(
    after: _Outcomes,
    timing: Timing,
    pace: Pace,
    *,
    words: str,
    unit: str,
) -> Path:
    """Carry what stands after each outcome to the days on which it is the last one known."""
    days, known, next_due = timing
    if np.any(np.diff(known) < np.timedelta64(0, "D")):
        msg = "Outcomes must come in the order in which they could be known."
        raise ValueError(msg)
    count = np.searchsorted(known, days, side="right")
    # Before the first outcome there is no evidence and no effect.
    none = _Outcomes(*(np.array([start]) for start in (0.0, 0.0, 0.0, np.nan, np.nan, np.nan)))
    stands = _Outcomes(*(np.concatenate(both)[count] for both in zip(none, after, strict=True)))
    said = stands.n > 0
    due = np.full(days.size, np.datetime64("NaT", "D")) if next_due is None else next_due
    return Path(
        days=days,
        words=words,
        unit=unit,
        n=stands.n.astype(np.intp),
        value=stands.value,
        against=stands.against,
        effect=np.where(said, stands.effect, np.nan),
        low=np.where(said, stands.low, np.nan),
        high=np.where(said, stands.high, np.nan),
        next_due=due,
        decides=_decides(days, stands.value, due, pace),
    )


def _decides(days: Days, value: Floats, due: Days, pace: Pace) -> Days:
    """Give the day on which ``value`` reached its threshold, or would be expected to."""
    reached = np.maximum.accumulate(value) >= -np.log(ALPHA)
    outcomes = evalues.outlook(value, pace.growth, alpha=ALPHA)
    # The outcome under way is the first of those that it takes.
    wait = np.where(np.isnat(due), outcomes, np.maximum(np.ceil(outcomes) - 1, 0)) * pace.every
    never = ~(wait < FARTHEST)
    start = np.where(np.isnat(due), days, due)
    expected: Days = start + np.ceil(np.where(never, 0, wait)).astype("timedelta64[D]")
    expected[never] = np.datetime64("NaT")
    expected[reached] = days[np.argmax(reached)]
    return expected


def _value(log: float) -> float:
    return float(np.exp(np.clip(log, -MOST, MOST)))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _day(day: np.datetime64) -> date | None:
    return None if np.isnat(day) else date.fromisoformat(str(day))
