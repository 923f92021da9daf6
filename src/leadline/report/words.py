"""The words of the verdicts and the way numbers are written, once for screen and page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from leadline.evidence.base import Estimate, NumberShown
from leadline.verdict import Badge, Live, Outcome, Verdict

NO_ADVICE = (
    "Leadline checks what was said against data. It gives no investment advice, "
    "and the past does not bind the future."
)
RETROSPECTIVE = "History: data everybody could see before the claim was made."
CONFIRMATORY = "Live: what happened afterwards, the only part that can confirm a claim."
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Word:
    """An outcome for readers: its name, a sign that needs no colour, and what it means."""

    label: str
    sign: str
    meaning: str
    tone: str


OUTCOMES: Mapping[Outcome, Word] = MappingProxyType(
    {
        "supported": Word(
            "Supported",
            "++",
            "The data back the claim, and chance alone would hardly ever do as well.",
            "for",
        ),
        "weakly_supported": Word(
            "Weakly supported",
            "+",
            "The data lean towards the claim, but not every check agrees.",
            "for",
        ),
        "conditional": Word(
            "Conditional",
            "if",
            "The claim holds only under the condition it names itself.",
            "for",
        ),
        "decayed": Word(
            "Decayed",
            "+-",
            "The link was there once, but not in the newer half of the data.",
            "against",
        ),
        "not_supported": Word(
            "Not supported",
            "0",
            "The test was sharp enough to see an effect that matters, and saw none.",
            "against",
        ),
        "contradicted": Word(
            "Contradicted",
            "--",
            "The data point the other way, more than chance alone would.",
            "against",
        ),
        "undecidable": Word(
            "Undecidable",
            "?",
            "We cannot tell: there are too few data to say yes or no.",
            "open",
        ),
        "untestable": Word(
            "Untestable",
            "/",
            "No data could settle this wording.",
            "open",
        ),
    }
)
LIVE: Mapping[str, Word] = MappingProxyType(
    {
        "not_applicable": Word("Not applicable", "/", "There is nothing to wait for.", "open"),
        "not_published_yet": Word(
            "Not published yet", "/", "The question is asked as of a day before the claim.", "open"
        ),
        "on_course": Word("On course", "+", "So far it goes the claim's way.", "for"),
        "not_so_far": Word("Not so far", "-", "So far it has not gone its way.", "against"),
        "hit": Word("Hit", "++", "What was forecast has happened in time.", "for"),
        "miss": Word("Missed", "--", "The time is up, and it has not happened.", "against"),
    }
)
BADGES: Mapping[str, str] = MappingProxyType(
    {
        "direction": "right direction",
        "timing": "right timing",
        "tradable": "worth trading on after costs",
        "calibrated": "stated odds fit what happened",
        "informative": "says more than chance does",
        "live": "held up since it was made",
    }
)
STATES: Mapping[str, str] = MappingProxyType(
    {"yes": "yes", "no": "no", "unclear": "unclear", "not_assessed": "not assessed"}
)
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "fact": "fact at a date",
        "driver": "driver",
        "mechanism": "mechanism",
        "pattern": "pattern in history",
        "conditional": "condition",
        "forecast": "forecast",
        "hedge": "hedge",
    }
)
GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "fact": "facts",
        "driver": "drivers",
        "mechanism": "mechanisms",
        "pattern": "patterns in history",
        "conditional": "conditions",
        "forecast": "forecasts",
        "hedge": "hedges",
    }
)
# A fact needs no chance: it was so, or it was not.
_FACTS: Mapping[str, str] = MappingProxyType(
    {
        "supported": "It was so: every reading of the data agrees with the words.",
        "weakly_supported": "It was so by some readings of the data, and not by others.",
        "contradicted": "It was not so: the data say otherwise.",
        "undecidable": "We cannot tell: what is known does not settle it.",
    }
)
# Every screen and page says this of itself, in RETROSPECTIVE.
_SAID_ONCE = "History is retrospective:"
# What chance alone does comes before what was found.
_NUMBER_ORDER = ("odds", "size", "power", "episodes")


def outcome(verdict: Verdict) -> Word:
    """Give the word for a verdict's history, with a meaning that fits a fact or a relation."""
    word = OUTCOMES[verdict.history.outcome]
    found = verdict.evidence[:1]
    is_fact = any(each.status == "ok" and each.forks is None for each in found)
    meaning = _FACTS.get(verdict.history.outcome) if is_fact else None
    return word if meaning is None else replace(word, meaning=meaning)


def four(verdict: Verdict) -> tuple[NumberShown, ...]:
    """Give the verdict's numbers in reading order: chance first."""
    return tuple(sorted(verdict.history.numbers, key=lambda n: _NUMBER_ORDER.index(n.name)))


def own_caveats(verdict: Verdict) -> tuple[str, ...]:
    """Give the caveats of the claim as a whole; those of a single test stand with that test."""
    told = {caveat for found in verdict.evidence for caveat in found.caveats}
    return tuple(c for c in verdict.caveats if c not in told and not c.startswith(_SAID_ONCE))


def live_day(live: Live) -> str:
    """Give how far the live clock has run, "day 209 of 365", or nothing."""
    return "" if live.day is None or live.of is None else f"day {live.day} of {live.of}"


def live_word(live: Live) -> str:
    """Give the live state with its day, "Not so far (day 209 of 365)"."""
    label, since = LIVE[live.state].label, live_day(live)
    return f"{label} ({since})" if since else label


def live_base_rate(live: Live) -> str:
    """State the base rate, to stand before what happened; empty where there is none."""
    if live.base_low is None or live.base_high is None:
        return ""
    middle = (
        "" if live.base_median is None else f" (half of them above {percent(live.base_median)})"
    )
    return (
        "Before the claim, spans of this length usually ended between "
        f"{percent(live.base_low)} and {percent(live.base_high)}{middle}."
    )


def badge_line(badge: Badge) -> str:
    """Give a badge in words, "Right timing: unclear"."""
    return f"{capital(BADGES[badge.name])}: {STATES[badge.state]}"


def day(value: date | str) -> str:
    """Write a day as "23 Jan 2026", whatever the machine's locale."""
    when = value if isinstance(value, date) else date.fromisoformat(value)
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def number(value: float | None, digits: int = 3) -> str:
    """Write a number to ``digits`` significant digits, with a true minus sign."""
    if value is None:
        return "not known"
    text = f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"
    if "e" in text:
        text = f"{value:.6f}".rstrip("0").rstrip(".") if abs(value) >= 1e-6 else "0"
    return text.replace("-", MINUS)


def percent(value: float | None) -> str:
    """Write a fraction as percent with its sign, "+12 %"."""
    if value is None:
        return "not known"
    text = f"{value * 100:+.0f}" if abs(value) >= 0.0995 else f"{value * 100:+.1f}"
    return text.replace("-", MINUS) + "%"


def share(value: float | None) -> str:
    """Write a share as percent without a sign, "61 %"."""
    if value is None:
        return "not known"
    if 0 < value < 0.01:
        return "under 1%"
    return f"{value:.0%}"


def often(p: float) -> str:
    """Write a p-value as how often chance does as well, "6.0% of the time"."""
    return f"{p:.{0 if p >= 0.1 else 1}%} of the time"


def p_value(p: float | None, error: float | None = None) -> str:
    """Write a p-value, with its Monte-Carlo error where there is one."""
    if p is None:
        return "not computed"
    text = "< 0.001" if p < 0.001 else f"{p:.3f}"
    return text if error is None else f"{text} ± {error:.3f}"


def estimate(found: Estimate) -> str:
    """Write an estimate with its interval and unit."""
    is_share = found.unit in {"return", "log return", "share", "fraction", "probability"}
    write = percent if is_share else number
    unit = "" if is_share or found.unit == "correlation" else f" {found.unit}"
    text = f"{write(found.value)}{unit}"
    if found.low is not None and found.high is not None:
        text += f", {found.level:.0%} interval {write(found.low)} to {write(found.high)}"
    elif found.low is not None:
        text += f", {found.level:.0%} sure above {write(found.low)}"
    elif found.high is not None:
        text += f", {found.level:.0%} sure below {write(found.high)}"
    return text


def capital(text: str) -> str:
    """Start with a capital, save a name such as iShares, and leave the rest as it is."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def listed(names: Sequence[str]) -> str:
    """Join names into a list to be read, "S01, S03 and S27"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def kind_title(kind: str) -> str:
    """Turn a kind's short name into words, "lag profile"."""
    return kind.replace("_", " ")


def anchor(claim_id: str) -> str:
    """Give the stable anchor of a claim, its id without the article's."""
    return claim_id.rsplit("/", 1)[-1]


def short_seal(seal: str) -> str:
    """Give the first and last digits of a seal, "7f3a9c0d…0d"."""
    bare = seal.removeprefix("sha256:")
    return f"{bare[:12]}…{bare[-2:]}" if len(bare) > 16 else bare


def setting(value: Any) -> str:
    """Write one setting of a test."""
    match value:
        case None:
            return "not set"
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{k} {setting(v)}" for k, v in value.items())
        case list() | tuple():
            return ", ".join(setting(v) for v in value) or "none"
        case float():
            return number(value)
        case _:
            return str(value)
