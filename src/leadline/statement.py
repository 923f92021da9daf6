"""What a verdict says: one sentence, four numbers, badges, and what would change it."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from leadline.evidence.base import Evidence, NumberShown
from leadline.verdict import P_PASS, Badge, History, Judged, Outcome

WORDS: Mapping[Outcome, str] = {
    "supported": "The data before publication support it.",
    "weakly_supported": "The data lean towards it, without passing every check.",
    "conditional": "It holds only under the condition the claim names.",
    "decayed": "It held once, and not in the second half of the data.",
    "not_supported": "An effect that would matter can be ruled out.",
    "contradicted": "The data say the opposite.",
    "undecidable": "The data cannot tell.",
    "untestable": "It cannot be put to a test.",
}

DEFLATED_ENOUGH = 0.95
MANY_EPISODES = 300
FEW_PERCENT = 0.1
PERCENT = {"return", "share", "share of days", "share of episodes", "share of squared error"}
# How an effect in logs is said: as a growth, over the span that it is easily pictured for.
GROWTH: Mapping[str, tuple[float, str]] = {
    "log return": (1.0, ""),
    "log points": (1.0, ""),
    "log return a year": (12.0, " a month"),
}
# What moved by how much, for a move of one in the other.
SLOPES = {
    "beta": "% for each 1%",
    "per unit of the leader": " for each 1",
}


def state(judged: Judged, found: Sequence[Evidence], data_until: date, family: int = 1) -> History:
    """Put the judgement of history into words and four numbers.

    ``family`` counts the claims whose odds are corrected together, as in the judgement.
    """
    decisive = found[0]
    return History(
        outcome=judged.outcome,
        sentence=" ".join((WORDS[judged.outcome], decisive.summary, *_common(judged, decisive))),
        numbers=_numbers(decisive),
        badges=_badges(judged.outcome, decisive, found),
        reasons=judged.reasons,
        would_change="A test of these words that ordinary days would seldom pass."
        if _common(judged, decisive)
        else _would_change(judged.outcome, decisive, family),
        data_until=data_until,
    )


def _common(judged: Judged, found: Evidence) -> tuple[str, ...]:
    """Give why a thing that was so decides nothing: that it is so on most days anyway."""
    is_common = judged.outcome == "undecidable" and bool(found.holds)
    return tuple(r for r in judged.reasons if is_common and r != found.summary)


def _numbers(found: Evidence) -> tuple[NumberShown, ...]:
    if found.numbers:
        return found.numbers
    if found.status == "infeasible" or found.estimate is None:
        return ()
    estimate = found.estimate
    scale, unit = _scale(found)
    low, high = (_sized(end, unit, scale) for end in (estimate.low, estimate.high))
    span = f" ({estimate.level:.0%} interval {low} to {high})" if low and high else ""
    at = ""
    if found.at:
        at = f" at {found.at}" if found.at[0].isdigit() else f", {found.at}"
    noise = found.components.get("noise_reaches")
    reach = "" if noise is None else f"; chance alone reaches {noise:.2f}"
    number = f"{_sized(estimate.value, unit, scale)}{_unit(unit)}"
    size = NumberShown(
        name="size",
        label=estimate.label,
        value=estimate.value,
        text=f"{number}{at}{span}{reach}",
    )
    if found.forks is None:
        return (size,)
    p = found.p_value or 0.0
    power = found.power
    power_text = (
        "not measured"
        if power is None
        else f"an effect of {_matters(found)} would be found {power.at_matters:.0%} of the time"
    )
    return (
        size,
        NumberShown(
            name="odds",
            label="what chance alone does",
            value=p,
            text=_odds(found, p),
        ),
        NumberShown(
            name="power",
            label="would we have seen it?",
            value=None if power is None else power.at_matters,
            text=power_text,
        ),
        NumberShown(
            name="episodes",
            label="separate observations" if _single(found) else "separate episodes",
            value=found.n_episodes,
            text=_episodes(found),
        ),
    )


def _odds(found: Evidence, p: float) -> str:
    drawn, rotation = (found.components.get(f"p_{null}") for null in ("drawn", "rotation"))
    if drawn is None or rotation is None:
        return f"{p:.1%} of random histories do at least as well with the same search"
    order = found.components.get("p_order")
    coin = "" if order is None else f", and a coin orders the events so in {order:.1%}"
    return f"{drawn:.1%} of random histories and {rotation:.1%} of moved dates do as well{coin}"


def _episodes(found: Evidence) -> str:
    power = found.power
    have = f"{found.n_episodes:,} {'observations' if _single(found) else 'episodes'}"
    if power is None or power.at_matters >= 0.8:
        return f"{have}; enough for an effect that matters"
    if power.limit:
        return f"{have}; {power.limit}"
    if power.episodes_needed is None:
        return f"{have}; too few to find any effect tried, however large"
    year = "in over two centuries" if power.decidable_by is None else f"about {power.decidable_by}"
    return f"{have}; an effect that matters needs {power.episodes_needed:,}, reached {year}"


def _single(found: Evidence) -> bool:
    """Whether what counts as separate are the observations themselves."""
    return (found.n_episodes or 0) > MANY_EPISODES


def _badges(outcome: Outcome, found: Evidence, every: Sequence[Evidence]) -> tuple[Badge, ...]:
    forks, wording = found.forks, found.wording
    badges = []
    if forks is not None:
        state: Literal["yes", "no", "unclear"] = "unclear"
        if forks.share >= 0.9:
            state = "yes"
        elif forks.share <= 0.1:
            state = "no"
        badges.append(
            Badge(
                name="direction",
                state=state,
                reason=f"{forks.share:.0%} of the {forks.n} ways to run the test lie on the "
                "claimed side.",
            )
        )
        low, high = (found.components.get(f"lag_set_{end}") for end in ("low", "high"))
        if low is not None and high is not None:
            known = outcome in ("supported", "weakly_supported")
            searched = found.components.get("lags_searched", 1.0)
            narrow = (high - low + 1) <= searched / 2
            badges.append(
                Badge(
                    name="timing",
                    state="yes" if known and narrow else "unclear",
                    reason=f"No lag from {low:.0f} to {high:.0f} can be told from the best.",
                )
            )
    by_kind = {evidence.kind: evidence for evidence in every if evidence.status == "ok"}
    badges += [_tradable(by_kind.get("tradable")), _calibrated(by_kind.get("forecast"))]
    if wording is not None:
        badges.append(
            Badge(
                name="informative",
                state="yes" if wording.informative else "no",
                reason=f"Without any relation the words would come true in {wording.share:.0%} of "
                f"histories (they are taken to mean: {wording.criterion})."
                if forks is not None
                else f"The words are true on {wording.share:.0%} of ordinary days.",
            )
        )
    return tuple(badges)


def _tradable(found: Evidence | None) -> Badge:
    """Whether anybody could have earned it, after costs and after the search for a rule."""
    if found is None or found.estimate is None or found.p_value is None:
        return Badge(name="tradable", state="not_assessed", reason="No rule was priced.")
    low, deflated = found.estimate.low, found.components["dsr"]
    earned = found.p_value <= P_PASS and deflated >= DEFLATED_ENOUGH and (low or 0.0) > 0
    return Badge(name="tradable", state="yes" if earned else "no", reason=found.summary)


def _calibrated(found: Evidence | None) -> Badge:
    """Whether the odds given beat the base rate out of sample."""
    if found is None or found.skill is None:
        return Badge(name="calibrated", state="not_assessed", reason="The claim gives no odds.")
    skill = found.skill
    state: Literal["yes", "no", "unclear"] = "unclear"
    if skill.low > 0:
        state = "yes"
    elif skill.high < 0:
        state = "no"
    return Badge(
        name="calibrated",
        state=state,
        reason=f"Against the base rate the odds gain between {skill.low:+.1%} and "
        f"{skill.high:+.1%} out of sample.",
    )


def _would_change(outcome: Outcome, found: Evidence, family: int) -> str:
    if found.status == "infeasible":
        return f"Enough data: {found.summary}"
    if found.would_change:
        return found.would_change
    if found.forks is None or found.power is None:
        return "Other data of the same days, from the source itself."
    p = min(1.0, found.forks.p_worst * family)
    chance = f"chance does as well at most {P_PASS:.0%} of the time (now {p:.{_digits(p)}%})"
    matters = f"an effect of {_matters(found)}"
    match outcome:
        case "conditional" if found.interaction is not None:
            there = min(1.0, found.interaction.p_value_on * family)
            return (
                "New data on which, where the condition holds, chance does as well more than "
                f"{P_PASS:.0%} of the time (now {there:.{_digits(there)}%}), or on which the "
                "effect shows elsewhere too."
            )
        case "supported" | "weakly_supported":
            return (
                f"New data on which chance does as well more than {P_PASS:.0%} of the time (now "
                f"{p:.{_digits(p)}%}), or enough of them to rule out {matters}."
            )
        case "not_supported" | "contradicted" | "decayed":
            return f"New data on which {chance}."
        case _:
            return f"New data on which {chance}, or enough of them to rule out {matters}."


def _digits(p: float) -> int:
    return 0 if p >= 2 * P_PASS else 1


def _matters(found: Evidence) -> str:
    """Write the smallest effect that matters, in the words of the estimate."""
    if found.power is None:
        return "nothing"
    scale, unit = _scale(found)
    said = f"{_sized(found.power.matters, unit, abs(scale)).removeprefix('+')}{_unit(unit)}"
    return f"{said} correlation" if unit == "correlation" else said


def _scale(found: Evidence) -> tuple[float, str]:
    """Give what to multiply an effect by to say it, and the unit it then has.

    A slope is said as what goes with a usual move of the driver, in whatever unit that moves.
    """
    unit = "" if found.estimate is None else found.estimate.unit
    usual = found.components.get("one_sd_move")
    if usual is not None and found.estimate is not None and found.estimate.value != 0:
        return usual / found.estimate.value, "log return"
    return 1.0, unit


def _unit(unit: str) -> str:
    """Give what stands behind a number in this unit."""
    if unit in SLOPES:
        return SLOPES[unit]
    if unit in GROWTH:
        return GROWTH[unit][1]
    if unit in ("return", "correlation"):
        return ""
    return f" {unit.removeprefix('share ')}"


def _sized(value: float | None, unit: str, scale: float = 1.0) -> str:
    """Give a number as its unit is usually written; nothing for no number."""
    if value is None:
        return ""
    value *= scale
    if unit in GROWTH:
        value = math.expm1(value / GROWTH[unit][0])
    if unit in PERCENT or unit in GROWTH:
        # A sign before nothing would say that there is something.
        text = f"{value:+.0%}" if abs(value) >= FEW_PERCENT else f"{value:+.1%}"
        return "0%" if float(text[:-1]) == 0 else text
    return f"{value:+.2f}"
