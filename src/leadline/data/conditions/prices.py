"""Whether a price is strong: by its own past, its average, its last high, in gold, real."""

import numpy as np
from numpy.typing import NDArray

from leadline.data.conditions.base import Definition, Inputs
from leadline.data.conditions.rules import (
    above,
    both,
    most_of,
    move,
    observations,
    on_own,
    rank,
    windows,
)
from leadline.data.duration import DurationText
from leadline.kernels.events import past_maximum

Floats = NDArray[np.float64]

GROUP = "Strength of a price"


def strong(name: str, series: str, *, over: str, quantile: float, hold: str) -> Definition:
    """Sustained strength, the state of the event rule ``strength``."""

    def rule(price: Floats, per_year: float) -> Floats:
        ranked = rank(
            move(np.log(price), observations(over, per_year)), observations("1y", per_year)
        )
        return most_of(above(ranked, quantile), observations(hold, per_year), 0.8)

    span, held = DurationText(over), DurationText(hold)
    return Definition(
        id=name,
        title=f"{series} has been strong for {held.words}",
        kind="flag",
        needs=(series,),
        rule=(
            f"On at least 80 % of the last {held.words} of its trading days the move of {series} "
            f"over {span.words} ranked above {quantile:.0%} of all such moves before it; the first "
            "year of moves only serves as the past."
        ),
        source=(
            "Time series momentum by the asset's own past: Moskowitz, Ooi and Pedersen (2012), JFE "
            f"104, 228-250. {span.words[0].upper()}{span.words[1:]} is inside their 1 to 12 "
            "months; a rank needs no threshold in percent, the hold no single day."
        ),
        compute=on_own(series, rule),
        group=GROUP,
    )


def above_mean(name: str, series: str, *, n: int) -> Definition:
    """Above the moving average."""

    def rule(price: Floats, per_year: float) -> Floats:
        del per_year
        return above(price / windows(price, n, np.mean) - 1, 0.0)

    return Definition(
        id=name,
        title=f"{series} is above its {n}-day mean",
        kind="flag",
        needs=(series,),
        rule=f"The newest price of {series} is above the mean of its last {n} prices.",
        source="Brock, Lakonishok and LeBaron (1992), JF 47, 1731-1764: the best known trend rule.",
        compute=on_own(series, rule),
        group=GROUP,
    )


def recent_high(name: str, series: str, *, memory: str, within: str) -> Definition:
    """A high of the memory not long ago."""

    def rule(price: Floats, per_year: float) -> Floats:
        n = observations(memory, per_year)
        high = (price > past_maximum(price, n)).astype(float)
        high[:n] = np.nan
        return above(windows(high, observations(within, per_year), np.sum), 0.5)

    look, near = DurationText(memory), DurationText(within)
    return Definition(
        id=name,
        title=f"{series} made a {look.words} high in the last {near.words}",
        kind="flag",
        needs=(series,),
        rule=(
            f"On some trading day of the last {near.words} the price of {series} was above all of "
            f"the {look.words} before."
        ),
        source="George and Hwang (2004), JF 59, 2145-2176: the 52-week high.",
        compute=on_own(series, rule),
        group=GROUP,
    )


def ratio(name: str, title: str, unit: str, top: str, bottom: str) -> Definition:
    """One price in units of another, on days that both have."""

    def compute(inputs: Inputs) -> Floats:
        same = inputs.column(top).period == inputs.column(bottom).period
        return np.where(same, inputs.value(top) / inputs.value(bottom), np.nan)

    return Definition(
        id=name,
        title=title,
        kind="price",
        unit=unit,
        needs=(top, bottom),
        rule=f"The price of {top} divided by that of {bottom}, where both are of the same day.",
        source="Arithmetic; a move that both share, such as the dollar's, falls out.",
        compute=compute,
        group=GROUP,
    )


def deflated(name: str, series: str, prices: str, remark: str) -> Definition:
    """A price in dollars of constant purchasing power."""

    def compute(inputs: Inputs) -> Floats:
        return inputs.value(series) / (inputs.value(prices) / 100)

    return Definition(
        id=name,
        title=f"{series} after inflation",
        kind="price",
        unit="USD of 1982-84",
        needs=(series, prices),
        rule=(
            f"The price of {series} divided by the newest {prices} published by then over 100. "
            f"The index is one or two months behind the price. {remark}"
        ),
        source="Arithmetic; a nominal record need not be a real one.",
        compute=compute,
        group=GROUP,
    )


def all_hold(name: str, title: str, *parts: str, group: str = GROUP) -> Definition:
    """Several conditions at once."""

    def compute(inputs: Inputs) -> Floats:
        return both(*(inputs.column(part).value for part in parts))

    return Definition(
        id=name,
        title=title,
        kind="flag",
        needs=parts,
        rule=f"All of these hold: {', '.join(parts)}.",
        source="The words joined by 'and'.",
        compute=compute,
        group=group,
    )


DEFINITIONS = (
    strong("silver_strong", "silver", over="6m", quantile=0.80, hold="4w"),
    strong("silver_strong_3m", "silver", over="3m", quantile=0.80, hold="4w"),
    above_mean("silver_above_200d", "silver", n=200),
    recent_high("silver_record_year", "silver", memory="1y", within="3m"),
    strong("gold_strong", "gold", over="6m", quantile=0.80, hold="4w"),
    all_hold("metals_strong", "gold and silver are both strong", "silver_strong", "gold_strong"),
    ratio("silver_in_gold", "Silver in gold", "ounces of gold per ounce", "silver", "gold"),
    deflated(
        "silver_real",
        "silver",
        "cpi_latest",
        "It is the latest vintage, whose seasonal factors were not known at the time, so the "
        "claim must allow revised data.",
    ),
    deflated(
        "silver_real_at_the_time",
        "silver",
        "cpi",
        "It is the vintage of the time; where the store has none, nothing is known.",
    ),
)
