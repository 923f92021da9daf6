"""Holdings and positions: what funds hold and how far speculators lean."""

import numpy as np
from numpy.typing import NDArray

from leadline.data.conditions.base import Definition, Inputs
from leadline.data.conditions.rules import observations, on_own, windows
from leadline.data.duration import DurationText

Floats = NDArray[np.float64]

GROUP = "Flows and positions"


def ounces(
    name: str, title: str, series: str, *, per_share: float, fee: float, since: str
) -> Definition:
    """Metal held by a fund that sells a little of it every day to pay its fee."""

    def compute(inputs: Inputs) -> Floats:
        years = (inputs.column(series).period - np.datetime64(since, "D")) / np.timedelta64(1, "D")
        return inputs.value(series) * per_share * (1 - fee) ** (years / 365.25)

    return Definition(
        id=name,
        title=title,
        kind="price",
        unit="million troy ounces",
        needs=(series,),
        rule=(
            f"{series} times {per_share:g} ounces a share on {since}, which a fee of {fee:.2%} a "
            "year wears down. Shares say what flowed; assets would mix in the price."
        ),
        source="The fund's prospectus: metal a share at the start, and the fee.",
        compute=compute,
        group=GROUP,
    )


def cumulated(name: str, title: str, unit: str, series: str) -> Definition:
    """What flowed so far."""

    def rule(flow: Floats, per_year: float) -> Floats:
        del per_year
        return np.cumsum(flow)

    return Definition(
        id=name,
        title=title,
        kind="rate",
        unit=unit,
        needs=(series,),
        rule=f"The sum of {series} so far; its differences are the flows.",
        source="Arithmetic; changes in price do not move it.",
        compute=on_own(series, rule),
        group=GROUP,
    )


def share(name: str, title: str, part: str, whole: str) -> Definition:
    """A net position as a share of open interest."""

    def compute(inputs: Inputs) -> Floats:
        return 100 * inputs.value(part) / inputs.value(whole)

    return Definition(
        id=name,
        title=title,
        kind="rate",
        unit="percent of open interest",
        needs=(part, whole),
        rule=f"100 times {part} over {whole}, as published together.",
        source="Net positions over open interest: De Roon et al. (2000), JF 55, 1437-1456.",
        compute=compute,
        group=GROUP,
    )


def leaning(name: str, title: str, series: str, *, over: str) -> Definition:
    """Where a net position stands within its range."""

    def rule(net: Floats, per_year: float) -> Floats:
        n = observations(over, per_year)
        low, high = windows(net, n, np.min), windows(net, n, np.max)
        width = np.where(high > low, high - low, np.nan)
        return 100 * (net - low) / width

    span = DurationText(over)
    return Definition(
        id=name,
        title=title,
        kind="rate",
        unit="0 lowest .. 100 highest",
        needs=(series,),
        rule=(
            f"Where {series} stands between its lowest (0) and highest (100) value of the last "
            f"{span.words}."
        ),
        source=(
            "The COT index in common use; open interest of the contract is not in the data, so a "
            "share of it cannot be had."
        ),
        compute=on_own(series, rule),
        group=GROUP,
    )


DEFINITIONS = (
    ounces(
        "gold_etf_ounces",
        "Gold held by SPDR Gold Shares",
        "gld_shares",
        per_share=0.1,
        fee=0.004,
        since="2004-11-18",
    ),
    cumulated(
        "bitcoin_etf_holdings", "Paid into US spot bitcoin funds", "million USD", "btc_etf_flow"
    ),
    share(
        "gold_spec_share",
        "Speculators' net position in gold",
        "cot_gold_net",
        "cot_gold_open_interest",
    ),
    share(
        "copper_spec_share",
        "Speculators' net position in copper",
        "cot_copper_net",
        "cot_copper_open_interest",
    ),
    leaning(
        "silver_spec_index", "Net position of speculators in silver", "cot_silver_net", over="3y"
    ),
    leaning("gold_spec_index", "Net position of speculators in gold", "cot_gold_net", over="3y"),
)
