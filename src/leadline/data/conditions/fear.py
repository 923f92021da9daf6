"""Fear, stress and uncertainty: pre-set rules, held so that one noisy day cannot flip them."""

import numpy as np
from numpy.typing import NDArray

from leadline.data.conditions.base import Definition, Inputs
from leadline.data.conditions.rules import (
    WEEKLY,
    above,
    either,
    lasting,
    move,
    observations,
    on_own,
    rank,
    windows,
)
from leadline.data.duration import DurationText
from leadline.kernels.events import first_after_quiet, past_maximum

Floats = NDArray[np.float64]

GROUP = "Fear and uncertainty"
ENTER, LEAVE, SMOOTH = 0.80, 0.65, 5
WARM_UP = "2y"


def high_by_own_past(
    name: str,
    title: str,
    series: str,
    source: str,
    *,
    smooth: int = SMOOTH,
    memory: str | None = None,
    weekly: bool = False,
    remark: str = "",
) -> Definition:
    """High among its own past, from a first crossing until it has calmed down."""

    def rule(values: Floats, per_year: float) -> Floats:
        # Where a week is published at once, only its last day is ever the newest known.
        per_year = WEEKLY if weekly else per_year
        past = None if memory is None else observations(memory, per_year)
        smoothed = windows(values, smooth, np.median)
        ranked = rank(smoothed, observations(WARM_UP, per_year), past)
        return lasting(ranked, enter=ENTER, leave=LEAVE)

    before = "" if memory is None else f" in the last {DurationText(memory).words}"
    return Definition(
        id=name,
        title=title,
        kind="flag",
        needs=(series,),
        rule=(
            f"On once the median of the last {smooth} values of {series} ranks above {ENTER:.0%} "
            f"of all such medians before it{before}; off once it ranks below {LEAVE:.0%}. The "
            f"first {DurationText(WARM_UP).words} only serve as the past.{remark}"
        ),
        source=source,
        compute=on_own(series, rule),
        group=GROUP,
    )


def any_holds(name: str, title: str, source: str, *parts: str) -> Definition:
    """One of several readings is enough."""

    def compute(inputs: Inputs) -> Floats:
        return either(*(inputs.column(part).value for part in parts))

    return Definition(
        id=name,
        title=title,
        kind="flag",
        needs=parts,
        rule=f"Any of these holds: {', '.join(parts)}.",
        source=source,
        compute=compute,
        group=GROUP,
    )


def drawdown(name: str, series: str, *, memory: str, enter: float, leave: float) -> Definition:
    """Far below its high, until it has recovered."""

    def rule(price: Floats, per_year: float) -> Floats:
        n = observations(memory, per_year)
        below = 1 - price / np.maximum(past_maximum(price, n), price)
        below[:n] = np.nan
        return lasting(below, enter=enter, leave=leave)

    look = DurationText(memory)
    return Definition(
        id=name,
        title=f"{series} is in a correction",
        kind="flag",
        needs=(series,),
        rule=(
            f"On once {series} closes more than {enter:.0%} below its highest close of "
            f"{look.words}; off once it is less than {leave:.0%} below."
        ),
        source="A correction as markets call it; half of it must be made up before it ends.",
        compute=on_own(series, rule),
        group=GROUP,
    )


def worst_days(name: str, series: str, *, share: float) -> Definition:
    """Days among the worst of the past."""

    def rule(price: Floats, per_year: float) -> Floats:
        ranked = rank(move(np.log(price), 1), observations(WARM_UP, per_year))
        return above(-ranked, -share)

    return Definition(
        id=name,
        title=f"One of the worst {share:.0%} of days of {series}",
        kind="flag",
        needs=(series,),
        rule=(
            f"The last daily return of {series} ranks among the lowest {share:.0%} of all before "
            "it. It stands until the next session."
        ),
        source=(
            "Baur and Lucey (2010), Financial Review 45, 217-229, with the quantile of the past "
            "alone instead of the whole sample."
        ),
        compute=on_own(series, rule),
        group=GROUP,
    )


def shock(name: str, series: str, *, above_mean: float, over: str, quiet: str) -> Definition:
    """The day on which uncertainty jumps, after a quiet spell."""

    def rule(values: Floats, per_year: float) -> Floats:
        n = observations(over, per_year)
        mean, spread = windows(values, n, np.mean), windows(values, n, np.std)
        # The day itself is no part of what it is compared with.
        mean[1:], spread[1:] = mean[:-1].copy(), spread[:-1].copy()
        high = np.nan_to_num((values - mean) / np.maximum(spread, 1e-12)) > above_mean
        onset = first_after_quiet(high, observations(quiet, per_year)).astype(float)
        onset[: n + observations(quiet, per_year)] = np.nan
        return onset

    look, calm = DurationText(over), DurationText(quiet)
    return Definition(
        id=name,
        title=f"{series} jumps after {calm.words} of calm",
        kind="flag",
        needs=(series,),
        rule=(
            f"{series} closes more than {above_mean:g} standard deviations above its mean of the "
            f"{look.words} before, for the first time in {calm.words}. It stands until the next "
            "session."
        ),
        source=(
            "Bloom (2009), Econometrica 77, 623-685: 1.65 standard deviations of the VIX above its "
            "trend, with a trailing mean instead of a filter that knows the future."
        ),
        compute=on_own(series, rule),
        group=GROUP,
    )


_VIX = (
    "The VIX as a gauge of fear: Whaley (2000), JPM 26, 12-17. A rank, since its level drifts by "
    "era; hysteresis of 15 points, so that a noisy day cannot flip it."
)

DEFINITIONS = (
    high_by_own_past("fear_vix", "Options price in fear", "vix", _VIX),
    high_by_own_past(
        "fear_credit",
        "Credit prices in fear",
        "hy_oas",
        "Gilchrist and Zakrajsek (2012), AER 102, 1692-1720, on credit spreads as a sign of "
        "distress; the high-yield spread stands in for theirs.",
    ),
    any_holds(
        "fear",
        "Fear",
        "Two markets that see stress of different kinds; either is enough, as in the pre-set "
        "rule of a two-phase nowcast.",
        "fear_vix",
        "fear_credit",
    ),
    high_by_own_past(
        "fear_epu",
        "News is full of policy uncertainty",
        "epu",
        "Baker, Bloom and Davis (2016), QJE 131, 1593-1636. Against five years, for the index has "
        "drifted up and would else be high ever since.",
        smooth=30,
        memory="5y",
        remark=" The source revises about the last month, so the claim must allow revised data.",
    ),
    high_by_own_past(
        "fear_geopolitical",
        "News is full of geopolitical threats",
        "gpr",
        "Caldara and Iacoviello (2022), AER 112, 1194-1225. Against five years, as fear_epu.",
        smooth=4,
        memory="5y",
        weekly=True,
        remark=" A week of days is published at once, so that one value a week is read."
        " The source revises its values, so the claim must allow revised data.",
    ),
    drawdown("fear_equity", "spx", memory="1y", enter=0.10, leave=0.05),
    worst_days("stress_day", "spx", share=0.05),
    shock("uncertainty_shock", "vix", above_mean=1.65, over="1y", quiet="3m"),
)
