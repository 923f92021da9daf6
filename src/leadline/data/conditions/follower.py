"""What a follower does: decisively bullish, consolidating, flat."""

import numpy as np
from numpy.typing import NDArray

from leadline.data.conditions.base import Definition
from leadline.data.conditions.rules import above, both, move, observations, on_own, rank, windows
from leadline.data.duration import DurationText

Floats = NDArray[np.float64]

GROUP = "What the follower does"


def bullish(
    name: str,
    series: str,
    *,
    mean: int,
    over: str,
    quantile: float,
    memory: str | None,
    drawdown: float,
) -> Definition:
    """Above its mean, with a strong return, not far below its high."""

    def rule(price: Floats, per_year: float) -> Floats:
        trend = above(price / windows(price, mean, np.mean) - 1, 0.0)
        moved = move(np.log(price), observations(over, per_year))
        past = None if memory is None else observations(memory, per_year)
        strong = above(rank(moved, observations("2y", per_year), past), quantile)
        near = above(price / np.maximum.accumulate(price) - 1, -drawdown)
        return both(trend, strong, near)

    span = DurationText(over)
    before = "before" if memory is None else f"of the {DurationText(memory).words} before"
    return Definition(
        id=name,
        title=f"{series} is decisively bullish",
        kind="flag",
        needs=(series,),
        rule=(
            f"{series} is above the mean of its last {mean} closes, its move over {span.words} "
            f"ranks above {quantile:.0%} of all such moves {before} (the first two years only "
            f"serve as the past), and it is less than {drawdown:.0%} below its highest "
            "close so far."
        ),
        source=(
            "The pre-set reading of 'decisively bullish': trend, strength and nearness to the high."
            + (
                ""
                if memory is None
                else " Against a limited past, for the moves of its first years are out of reach."
            )
        ),
        compute=on_own(series, rule),
        group=GROUP,
    )


def _drift(price: Floats, n: int, within: float) -> Floats:
    return above(-np.abs(move(np.log(price), n)), -np.log1p(within))


def flat(name: str, series: str, *, over: str, within: float) -> Definition:
    """Hardly any drift."""

    def rule(price: Floats, per_year: float) -> Floats:
        return _drift(price, observations(over, per_year), within)

    span = DurationText(over)
    return Definition(
        id=name,
        title=f"{series} is flat over {span.words}",
        kind="flag",
        needs=(series,),
        rule=f"{series} is within {within:.0%} (as a ratio) of its close {span.words} before.",
        source="Drift within a band, the first half of 'consolidates'.",
        compute=on_own(series, rule),
        group=GROUP,
    )


def consolidates(name: str, series: str, *, over: str, within: float) -> Definition:
    """Hardly any drift in a narrow range."""

    def rule(price: Floats, per_year: float) -> Floats:
        n = observations(over, per_year)
        span = windows(np.log(price), n, np.max) - windows(np.log(price), n, np.min)
        narrow = above(-rank(span, observations("1y", per_year)), -0.5)
        return both(_drift(price, n, within), narrow)

    length = DurationText(over)
    return Definition(
        id=name,
        title=f"{series} consolidates",
        kind="flag",
        needs=(series,),
        rule=(
            f"{series} is within {within:.0%} (as a ratio) of its close {length.words} before, and "
            f"the range of its log closes over {length.words} is narrower than the median of all "
            "such ranges before it (the first year only serves as the past)."
        ),
        source="A pre-set reading: little drift, and a realised range below its usual one.",
        compute=on_own(series, rule),
        group=GROUP,
    )


DEFINITIONS = (
    bullish(
        "bitcoin_bullish",
        "bitcoin",
        mean=200,
        over="26w",
        quantile=0.80,
        memory="4y",
        drawdown=0.20,
    ),
    bullish(
        "bitcoin_bullish_all_past",
        "bitcoin",
        mean=200,
        over="26w",
        quantile=0.80,
        memory=None,
        drawdown=0.20,
    ),
    flat("bitcoin_flat", "bitcoin", over="2m", within=0.10),
    consolidates("bitcoin_consolidates", "bitcoin", over="2m", within=0.10),
)
