"""Liquidity, and what markets expect of the central bank."""

import numpy as np
from numpy.typing import NDArray

from leadline.data.conditions.base import Definition, Inputs
from leadline.data.conditions.rules import (
    above,
    both,
    lasting,
    move,
    observations,
    rank,
    windows,
    z_score,
)
from leadline.data.duration import DurationText
from leadline.errors import DataError

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

GROUP = "Liquidity"
H41 = ("walcl", "tga", "rrpontsyd")
QUARTER = 13
"""Weekly observations in 13 weeks."""
WARM_UP = 104
STRONG, STRONG_RANK = 0.5, 0.69
"""Half a standard deviation above the mean, and where that ranks in a normal distribution."""
PLAUSIBLE = (100.0, 20_000.0)
# Before it ran every day, a day without an operation left nothing outstanding overnight.
RRP_DAILY_SINCE = np.datetime64("2013-09-23", "D")


def net_liquidity(inputs: Inputs) -> Floats:
    """Give the balance of each H.4.1 release, billion USD, on the days of ``walcl``.

    All three parts are of the release's Wednesday.

    Raises
    ------
    DataError
        Where the result is no plausible number of billions, which a change of unit would make it.
    """

    def make() -> Floats:
        rows, assets = inputs.own("walcl")
        day = inputs.column("walcl").period[rows]
        treasury = inputs.column("tga")
        same = treasury.period[rows] == day
        balance = (assets - np.where(same, treasury.value[rows], np.nan)) / 1000 - _overnight(
            inputs, day
        )
        low, high = PLAUSIBLE
        odd = np.isfinite(balance) & ~((balance > low) & (balance < high))
        if odd.any():
            at = int(np.argmax(odd))
            msg = (
                f"net_liquidity: {balance[at]:,.0f} billion USD on {day[at]} is not plausible. "
                "Expected are walcl and tga in million, rrpontsyd in billion USD."
            )
            raise DataError(msg)
        return balance

    found: Floats = inputs.once("net_liquidity", make)
    return found


def _overnight(inputs: Inputs, day: NDArray[np.datetime64]) -> Floats:
    """Give the reverse repos outstanding on given days, billion USD."""
    rows, value = inputs.own("rrpontsyd")
    if rows.size == 0:
        return np.where(day < RRP_DAILY_SINCE, 0.0, np.nan)
    period = inputs.column("rrpontsyd").period[rows]
    at = np.searchsorted(period, day, side="right") - 1
    age = (day - period[np.maximum(at, 0)]) / np.timedelta64(1, "D")
    standing = (at >= 0) & (age == 0)
    recent = (at >= 0) & (age <= inputs.column("rrpontsyd").info.stale_after)
    known = np.where(day < RRP_DAILY_SINCE, standing, recent)
    missing = np.where(day < RRP_DAILY_SINCE, 0.0, np.nan)
    return np.where(known, value[np.maximum(at, 0)], missing)


def quarterly(balance: Floats) -> Floats:
    """Give the log change over 13 weeks of weekly balances."""
    return move(np.log(balance), QUARTER)


def _net_liquidity(inputs: Inputs) -> Floats:
    return inputs.held("walcl", net_liquidity(inputs))


def _expansion(inputs: Inputs) -> Floats:
    change = quarterly(net_liquidity(inputs))
    strong = both(above(change, 0.0), above(rank(change, WARM_UP), STRONG_RANK))
    return inputs.held("walcl", strong)


def _expansion_by_z(inputs: Inputs) -> Floats:
    change = quarterly(net_liquidity(inputs))
    strong = both(above(change, 0.0), above(z_score(change, WARM_UP), STRONG))
    return inputs.held("walcl", strong)


def _impulse(inputs: Inputs) -> Floats:
    change = quarterly(net_liquidity(inputs))
    return inputs.held("walcl", 100 * move(change, QUARTER))


def money_growth(name: str, series: str, *, over: str) -> Definition:
    """Growth of money over a span, within one snapshot."""
    span = DurationText(over)

    def compute(inputs: Inputs) -> Floats:
        return 100 * inputs.growth(series, span)

    return Definition(
        id=name,
        title=f"Growth of {series} over {span.words}",
        kind="rate",
        unit="percent, log",
        needs=(series,),
        rule=(
            f"100 times the log change of {series} over {span.words}, both ends as published in "
            "the newest release by then. Where the store has no release of the time, unknown."
        ),
        source="Croushore and Stark (2001), J. Econometrics 105, 111-130, on real-time vintages.",
        compute=compute,
        group=GROUP,
    )


def growing(name: str, series: str, *, over: str, at_least: int) -> Definition:
    """Whether money grows faster than it used to."""
    span = DurationText(over)

    def compute(inputs: Inputs) -> Floats:
        rows, _ = inputs.own(series)
        growth = inputs.growth(series, span)[rows]
        strong = both(above(growth, 0.0), above(z_score(growth, at_least), STRONG))
        return inputs.held(series, strong)

    return Definition(
        id=name,
        title=f"{series} grows faster than usual",
        kind="flag",
        needs=(series,),
        rule=(
            f"The log growth of {series} over {span.words} in the newest release is positive and "
            f"more than {STRONG:g} standard deviations above the mean of the growth in all "
            f"releases before, at least {at_least} of them."
        ),
        source=(
            "The liquidity trigger of a two-phase nowcast, for money instead of the central "
            "bank's balance; releases of 2021-10 to 2025-07 are not in the data."
        ),
        compute=compute,
        group=GROUP,
    )


def _cuts(inputs: Inputs) -> Floats:
    return inputs.value("dgs2") - inputs.value("dff")


def _easing(inputs: Inputs) -> Floats:
    rows, two_years = inputs.own("dgs2")
    gap = windows(two_years - inputs.value("dff")[rows], 5, np.median)
    return inputs.held("dgs2", lasting(-gap, enter=0.25, leave=0.0))


def _eased(over: str) -> Definition:
    span = DurationText(over)

    def compute(inputs: Inputs) -> Floats:
        _, target = inputs.own("fed_target_upper")
        back = observations(over, inputs.per_year("fed_target_upper"))
        return inputs.held("fed_target_upper", above(-move(target, back), 0.0))

    return Definition(
        id="easing",
        title="The central bank has cut its rate",
        kind="flag",
        needs=("fed_target_upper",),
        rule=f"The upper end of the federal funds target is lower than {span.words} before.",
        source="What was done, beside what is expected.",
        compute=compute,
        group=GROUP,
    )


DEFINITIONS = (
    Definition(
        id="net_liquidity",
        title="Net liquidity of the Federal Reserve",
        kind="index",
        unit="billion USD",
        needs=H41,
        rule=(
            "Total assets less the Treasury's account, both in million USD and divided by 1,000, "
            "less overnight reverse repos in billion USD; all of the same Wednesday, known when "
            f"the H.4.1 release is. Before {RRP_DAILY_SINCE} a day without a reverse repo counts "
            "as zero. A release without the Treasury's account is unknown."
        ),
        source=(
            "The market's usual measure of what the balance sheet leaves to the private sector; "
            "the parts are those of Federal Reserve H.4.1, tables 1 and 5."
        ),
        compute=_net_liquidity,
        group=GROUP,
    ),
    Definition(
        id="liquidity_expansion",
        title="Net liquidity expands",
        kind="flag",
        needs=H41,
        rule=(
            "The log change of net_liquidity over 13 weeks is positive and ranks above "
            f"{STRONG_RANK:.0%} of all such changes before, at least {WARM_UP} of them."
        ),
        source=(
            "The liquidity trigger of a two-phase nowcast, for the United States alone. A rank "
            f"where half a standard deviation would stand ({STRONG_RANK:.0%}), since the changes "
            "of 2008 and 2020 make the standard deviation too wide to see any other."
        ),
        compute=_expansion,
        group=GROUP,
    ),
    Definition(
        id="liquidity_expansion_z",
        title="Net liquidity expands, by standard deviations",
        kind="flag",
        needs=H41,
        rule=(
            "The log change of net_liquidity over 13 weeks is positive and more than "
            f"{STRONG:g} standard deviations above the mean of all such changes before, at least "
            f"{WARM_UP} of them."
        ),
        source="As liquidity_expansion, with the deviation instead of the rank.",
        compute=_expansion_by_z,
        group=GROUP,
    ),
    Definition(
        id="liquidity_impulse",
        title="Net liquidity accelerates",
        kind="rate",
        unit="percent, log",
        needs=H41,
        rule=(
            "100 times the log change of net_liquidity over 13 weeks, less the same 13 weeks "
            "earlier."
        ),
        source="Biggs, Mayer and Pick (2009): growth goes with the change of the flow of credit.",
        compute=_impulse,
        group=GROUP,
    ),
    money_growth("m2_growth", "m2", over="6m"),
    growing("liquidity_m2", "m2", over="6m", at_least=24),
    Definition(
        id="cut_expectations",
        title="What the market expects of the policy rate",
        kind="rate",
        unit="percentage points",
        needs=("dgs2", "dff"),
        rule=(
            "The two-year Treasury yield less the effective federal funds rate, each as newest "
            "known; negative where cuts are expected. It contains a term premium, which is no "
            "expectation."
        ),
        source=(
            "Gurkaynak, Sack and Swanson (2007), JBES 25, 201-212, on market measures of policy "
            "expectations; federal funds futures, which are better, are not in the data."
        ),
        compute=_cuts,
        group=GROUP,
    ),
    Definition(
        id="easing_expected",
        title="The market expects cuts",
        kind="flag",
        needs=("dgs2", "dff"),
        rule=(
            "On once the median of the last 5 values of the two-year yield less the federal funds "
            "rate is below -0.25 percentage points, a cut of the usual size; off once it is above "
            "zero."
        ),
        source="As cut_expectations.",
        compute=_easing,
        group=GROUP,
    ),
    _eased("6m"),
)
