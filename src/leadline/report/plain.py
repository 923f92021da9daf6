"""Plain words for readers: ids of series, days and p-values as they are read, wherever shown.

Documents keep ids and digits, so that no seal hangs on how a series is called.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel

from leadline.data import conditions
from leadline.data.series import catalogue
from leadline.evidence.base import NumberShown
from leadline.evidence.exhibits import Shape
from leadline.report import words
from leadline.verdict import Badge, Verdict

Shown = TypeVar("Shown", bound=BaseModel)

# What fits into a sentence; without an entry the title serves. Ids that are words as they stand
# (silver, fear) have none.
SHORT: Mapping[str, str] = MappingProxyType(
    {
        "silver_open": "silver's opening price",
        "silver_high": "silver's daily high",
        "silver_low": "silver's daily low",
        "gold_open": "gold's opening price",
        "gold_high": "gold's daily high",
        "gold_low": "gold's daily low",
        "oil_wti": "oil",
        "bitcoin": "Bitcoin",
        "bitcoin_open": "Bitcoin's first price of the day",
        "bitcoin_high": "Bitcoin's daily high",
        "bitcoin_low": "Bitcoin's daily low",
        "dxy": "the dollar index",
        "dtwexbgs": "the broad dollar index",
        "spx": "the S&P 500",
        "ndx": "the Nasdaq 100",
        "nasdaq": "the Nasdaq Composite",
        "vix": "the VIX",
        "dff": "the Fed's policy rate",
        "fedfunds": "the Fed's policy rate, monthly",
        "fed_target_upper": "the Fed's target rate",
        "dgs2": "the 2-year Treasury yield",
        "dgs10": "the 10-year Treasury yield",
        "dfii5": "the 5-year real yield",
        "dfii10": "the 10-year real yield",
        "t5yie": "5-year expected inflation",
        "t10yie": "10-year expected inflation",
        "t5yifr": "expected inflation from year 5 to 10",
        "hy_oas": "the high-yield credit spread",
        "walcl": "the Fed's total assets",
        "tga": "the Treasury's account at the Fed",
        "rrpontsyd": "overnight reverse repo",
        "m2": "the money stock M2",
        "m2_latest": "the money stock M2, as revised",
        "wm2ns": "the weekly money stock M2",
        "cpi": "consumer prices",
        "cpi_latest": "consumer prices, as revised",
        "indpro": "industrial production",
        "indpro_latest": "industrial production, as revised",
        "unrate": "the unemployment rate",
        "nfci": "the Chicago Fed's financial conditions",
        "nfci_latest": "the Chicago Fed's financial conditions, as revised",
        "stlfsi4": "the St. Louis Fed's financial stress",
        "epu": "the policy uncertainty index",
        "gpr": "the geopolitical risk index",
        "cot_silver_net": "speculators' net position in silver",
        "cot_silver_commercial_net": "commercial traders' net position in silver",
        "cot_silver_small_net": "small traders' net position in silver",
        "cot_gold_net": "speculators' net position in gold",
        "cot_gold_open_interest": "open interest in gold futures",
        "cot_copper_net": "speculators' net position in copper",
        "cot_copper_open_interest": "open interest in copper futures",
        "cot_bitcoin_net": "speculators' net position in Bitcoin",
        "cot_bitcoin_commercial_net": "commercial traders' net position in Bitcoin",
        "cot_usdx_net": "speculators' net position in the dollar",
        "btc_etf_flow": "the net flow into US Bitcoin funds",
        "debasement_score": "the debasement score",
        "debasement_breakeven": "debasement by expected inflation alone",
        "debasement_real_yield": "debasement by real yields and gold",
        "fear_vix": "fear in option prices",
        "fear_credit": "fear in credit prices",
        "fear_epu": "policy uncertainty in the news",
        "fear_geopolitical": "geopolitical threats in the news",
        "fear_equity": "a correction in shares",
        "stress_day": "one of the worst days for shares",
        "uncertainty_shock": "a jump of the VIX after calm",
        "gold_etf_ounces": "gold held by the largest fund",
        "bitcoin_etf_holdings": "money paid into US Bitcoin funds",
        "gold_spec_share": "speculators' share of gold futures",
        "copper_spec_share": "speculators' share of copper futures",
        "silver_spec_index": "speculators' lean on silver",
        "gold_spec_index": "speculators' lean on gold",
        "bitcoin_bullish": "a decisively bullish Bitcoin",
        "bitcoin_bullish_all_past": "a decisively bullish Bitcoin, by all its past",
        "bitcoin_flat": "a flat Bitcoin",
        "bitcoin_consolidates": "Bitcoin's consolidation",
        "net_liquidity": "the Fed's net liquidity",
        "liquidity_expansion": "liquidity expansion",
        "liquidity_expansion_z": "liquidity expansion by standard deviations",
        "liquidity_impulse": "the acceleration of liquidity",
        "m2_growth": "growth of M2",
        "liquidity_m2": "liquidity expansion by M2",
        "cut_expectations": "expected change of the policy rate",
        "easing_expected": "expected rate cuts",
        "easing": "rate cuts",
        "phase_fear": "the phase of fear",
        "phase_debasement": "the phase of debasement or liquidity",
        "phase_neutral": "neither phase",
        "silver_strong": "strong silver (6 months)",
        "silver_strong_3m": "strong silver (3 months)",
        "silver_above_200d": "silver above its 200-day mean",
        "silver_record_year": "silver near a one-year high",
        "gold_strong": "strong gold",
        "metals_strong": "strong gold and silver",
        "silver_in_gold": "silver priced in gold",
        "silver_real": "silver after inflation",
        "silver_real_at_the_time": "silver after inflation, as known then",
        "p_fear": "the model's probability of fear",
        "p_debasement": "the model's probability of debasement",
        "p_neutral": "the model's probability of neither",
        "model_fear": "fear by the model",
        "model_debasement": "debasement by the model",
        "model_neutral": "neither by the model",
        "p_fear_with_bitcoin": "the model's probability of fear, given Bitcoin too",
        "p_debasement_with_bitcoin": "the model's probability of debasement, given Bitcoin too",
        "p_neutral_with_bitcoin": "the model's probability of neither, given Bitcoin too",
        "model_fear_with_bitcoin": "fear by the model, given Bitcoin too",
        "model_debasement_with_bitcoin": "debasement by the model, given Bitcoin too",
        "model_neutral_with_bitcoin": "neither by the model, given Bitcoin too",
    }
)
# What stands alone may be shorter than what stands in a sentence.
_ALONE: Mapping[str, str] = MappingProxyType(
    {"p_fear": "fear", "p_debasement": "debasement or liquidity", "p_neutral": "neither phase"}
)
# Fields that machines read, or that hold nothing but numbers and days.
_KEPT = frozenset(
    {"kind", "settings", "status", "shape", "role", "axis", "x", "days", "x_format", "y_format",
     "value_format", "components", "low", "high", "y", "start", "stop", "unit", "revised"}
)  # fmt: skip
# What of these is called `name` is a key, not a word.
_KEYED = (Shape, NumberShown, Badge)
_DAY = re.compile(r"\b([12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))\b(?!-)")
_P = re.compile(r"\b(?:chance does as well with )?p = ([01]\.\d+)")
_PERCENT = re.compile(r"(?<=\d) %")
_MINUS = re.compile(r"(?<![\w.])-(?=\d)")
_THE_THE = re.compile(r"\b(the|a|an|The|A|An) (?:the|a) ")
_STARTS = re.compile(r"(?<=[.!?] )(silver|gold|copper|fear|debasement)\b(?=[ ,:'])")
_MANY_WORDS = 12


@cache
def _named() -> Mapping[str, str]:
    titles = {name: found.title for name, found in conditions.definitions().items()}
    titles |= {name: info.title for name, info in catalogue().items()}
    told = {name: SHORT.get(name, title) for name, title in titles.items()}
    return {name: said for name, said in told.items() if name in SHORT or "_" in name}


@cache
def _pattern() -> re.Pattern[str]:
    ids = sorted(_named(), key=len, reverse=True)
    # An id within a path, a file or a longer id is no mention of the series.
    return re.compile(rf"(?<![\w/.`-])({'|'.join(map(re.escape, ids))})(?![\w/`]|-\w)")


def short(name: str) -> str:
    """Give the name of a series or condition as it stands in a sentence."""
    return _named().get(name, name)


def label(name: str) -> str:
    """Give the name of a series or condition as it stands alone, in a legend or a table."""
    return _ALONE.get(name) or re.sub(r"^(?:the|a|an) ", "", short(name))


@lru_cache(maxsize=4096)
def told(text: str) -> str:
    """Write ids of series as words in a text, and days as readers write them."""
    if not text or text in _named():
        return label(text)
    is_caveat = ": " in text and text.count(" ") > _MANY_WORDS
    is_sentence = text.endswith((".", "!", "?")) or is_caveat

    def name(match: re.Match[str]) -> str:
        said = short(match[1])
        return words.capital(said) if _opens(text, match.start()) and is_sentence else said

    out = _THE_THE.sub(r"\1 ", _pattern().sub(name, text))
    if is_sentence:
        out = words.capital(_STARTS.sub(lambda match: words.capital(match[1]), out))
    out = _PERCENT.sub("%", _MINUS.sub(words.MINUS, _P.sub(_chance, out)))
    if _DAY.fullmatch(out):
        return out
    return _DAY.sub(_day, out)


def _chance(match: re.Match[str]) -> str:
    """Say a p-value as how often chance does as well."""
    return f"chance does as well {words.often(float(match[1]))}"


def _day(match: re.Match[str]) -> str:
    try:
        return words.day(match[1])
    except ValueError:  # a number that only looks like a day, such as 2021-02-30
        return match[1]


def _opens(text: str, at: int) -> bool:
    return at == 0 or text[:at].endswith((". ", "! ", "? "))


def readable(shown: Shown) -> Shown:
    """Give a verdict, a piece of evidence or an exhibit with readers' words in place of ids."""
    changed: dict[str, Any] = {}
    for name in type(shown).model_fields:
        value = getattr(shown, name)
        if name in _KEPT or (name == "name" and isinstance(shown, _KEYED)):
            continue
        new = _each(value)
        if new is not value:
            changed[name] = new
    if isinstance(shown, Shape):
        changed["title"] = words.capital(changed.get("title", shown.title))
    return shown.model_copy(update=changed) if changed else shown


def verdict(shown: Verdict) -> Verdict:
    """Give a verdict in readers' words; its stamp, data and seal stay as they are."""
    return shown.model_copy(
        update={
            "history": readable(shown.history),
            "live": readable(shown.live),
            "evidence": tuple(readable(found) for found in shown.evidence),
            "caveats": _each(_joined(shown.caveats)),
        }
    )


def _joined(caveats: tuple[str, ...]) -> tuple[str, ...]:
    """Say once what is said of several series in the same words."""
    subjects: dict[str, list[str]] = {}
    for caveat in caveats:
        subject, _, said = caveat.partition(": ")
        is_series = subject in catalogue() or subject in conditions.definitions()
        subjects.setdefault(said if is_series else caveat, []).extend([subject] * is_series)
    return tuple(
        f"{words.listed(names)}: {said}" if names else said for said, names in subjects.items()
    )


def _each(value: Any) -> Any:
    match value:
        case str():
            return told(value)
        case BaseModel():
            return readable(value)
        case tuple() if value and isinstance(value[0], str | BaseModel | tuple):
            return tuple(_each(item) for item in value)
        case dict():
            return {name: _each(item) for name, item in value.items()}
        case _:
            return value
