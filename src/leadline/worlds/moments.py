"""What a price is like in a few figures, to hold simulated worlds against real ones."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.kernels import events

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Closes = tuple[Days, Floats]

CLUSTERING = (1, 5, 20, 60)
"""Lags in days at which absolute returns are correlated with themselves."""
QUARTER, YEAR, RALLY = 65, 261, 43


def moments(days: Days, close: Floats) -> dict[str, Any]:
    """Give the moments of one price on business days.

    Volatility and drift in logs a year; skewness and kurtosis of daily log returns (3 for a normal
    one) without the largest and smallest thousandth, which would decide both; their first
    autocorrelation; the autocorrelation of absolute returns by lag; the correlation of a return
    with the size of the next, which is negative where falls raise volatility; moves beyond five
    robust standard deviations, one-year highs after a quarter without one, and rallies by half
    within two months, a year each.
    """
    weekdays = np.is_busday(days)
    log = np.log(close[weekdays])
    moves = np.diff(log)
    span = (days[-1] - days[0]).astype(int) / 365.25
    per_year = moves.size / span
    low, high = np.quantile(moves, (0.001, 0.999))
    kept = moves[(moves >= low) & (moves <= high)]
    z = (kept - kept.mean()) / kept.std()
    size = np.abs(moves - np.median(moves))
    robust = 1.4826 * np.median(size)
    return {
        "n_obs": int(moves.size),
        "volatility": _short(moves.std() * np.sqrt(per_year)),
        "drift": _short(moves.mean() * per_year),
        "skewness": _short(np.mean(z**3)),
        "kurtosis": _short(np.mean(z**4)),
        "autocorrelation": _short(_correlation(moves, moves, 1)),
        "clustering": {str(lag): _short(_correlation(size, size, lag)) for lag in CLUSTERING},
        "leverage": _short(_correlation(moves, size, 1)),
        "jumps_a_year": _short(float(np.sum(size > 5 * robust)) / span),
        "highs_a_year": _short(
            np.flatnonzero(events.record_highs(log, quiet=QUARTER, memory=YEAR)).size / span
        ),
        "rallies_a_year": _short(_rallies(log) / span),
    }


def together(first: Closes, second: Closes) -> dict[str, float]:
    """Give what two prices have in common: correlations of moves and of their sizes.

    ``next_day`` is the correlation of the first's move with the second's of the day after,
    ``day_before`` with that of the day before: closes half a day apart show in one of the two.
    """
    days = np.intersect1d(first[0], second[0])
    days = days[np.is_busday(days)]
    x, y = (np.diff(np.log(close[np.searchsorted(own, days)])) for own, close in (first, second))
    sizes = [np.abs(z - np.median(z)) for z in (x, y)]
    return {
        "n_obs": int(x.size),
        "same_day": _short(_correlation(x, y, 0)),
        "next_day": _short(_correlation(x, y, 1)),
        "day_before": _short(_correlation(y, x, 1)),
        "same_month": _short(_correlation(_months(x), _months(y), 0)),
        "volatility": _short(_correlation(sizes[0], sizes[1], 0)),
    }


@cache
def real() -> dict[str, Any]:
    """Give the moments of real prices that come with Leadline, with the day they were measured."""
    file = files("leadline.worlds").joinpath("moments.json")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _correlation(x: Floats, y: Floats, lag: int) -> float:
    """Correlate x with what y does ``lag`` observations later."""
    return float(np.corrcoef(x[: x.size - lag], y[lag:])[0, 1])


def _months(moves: Floats) -> Floats:
    return np.asarray(moves[: moves.size // 21 * 21].reshape(-1, 21).sum(axis=1))


def _rallies(log: Floats) -> int:
    """Count the beginnings of rallies by half within two months, a quarter apart."""
    low = np.array([log[max(i - RALLY, 0) : i + 1].min() for i in range(log.size)])
    days = np.flatnonzero(log - low >= np.log(1.5))
    return int(1 + np.sum(np.diff(days) > QUARTER)) if days.size else 0
