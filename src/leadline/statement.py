"""What a verdict says: one sentence, four numbers, badges, and what would change it."""

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
PERCENT = {"return", "share", "share of days", "share of episodes"}


def state(judged: Judged, found: Sequence[Evidence], data_until: date) -> History:
    """Put the judgement of history into words and four numbers."""
    decisive = found[0]
    return History(
        outcome=judged.outcome,
        sentence=f"{WORDS[judged.outcome]} {decisive.summary}",
        numbers=_numbers(decisive),
        badges=_badges(judged.outcome, decisive, found),
        reasons=judged.reasons,
        would_change=_would_change(judged.outcome, decisive),
        data_until=data_until,
    )


def _numbers(found: Evidence) -> tuple[NumberShown, ...]:
    if found.numbers:
        return found.numbers
    if found.status == "infeasible" or found.estimate is None:
        return ()
    estimate = found.estimate
    low, high = (_sized(end, estimate.unit) for end in (estimate.low, estimate.high))
    span = f" ({estimate.level:.0%} interval {low} to {high})" if low and high else ""
    at = ""
    if found.at:
        at = f" at {found.at}" if found.at[0].isdigit() else f", {found.at}"
    noise = found.components.get("noise_reaches")
    reach = "" if noise is None else f"; chance alone reaches {noise:.2f}"
    number = _sized(estimate.value, estimate.unit)
    unit = "" if estimate.unit == "return" else f" {estimate.unit.removeprefix('share ')}"
    size = NumberShown(
        name="size",
        label=estimate.label,
        value=estimate.value,
        text=f"{number}{unit}{at}{span}{reach}",
    )
    if found.forks is None:
        return (size,)
    p = found.p_value or 0.0
    power = found.power
    power_text = (
        "not measured"
        if power is None
        else (f"an effect of {power.matters:g} would be found {power.at_matters:.0%} of the time")
    )
    return (
        size,
        NumberShown(
            name="odds",
            label="chance of as much without the relation",
            value=p,
            text=_odds(found, p),
        ),
        NumberShown(
            name="power",
            label="power at the smallest effect that matters",
            value=None if power is None else power.at_matters,
            text=power_text,
        ),
        NumberShown(
            name="episodes",
            label="independent episodes",
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
    have = f"{found.n_episodes} episodes"
    if power is None or power.at_matters >= 0.8:
        return f"{have}; enough for an effect that matters"
    if power.episodes_needed is None:
        return f"{have}; too few to find any effect tried, however large"
    year = "in over two centuries" if power.decidable_by is None else f"about {power.decidable_by}"
    return f"{have}; an effect that matters needs {power.episodes_needed}, {year}"


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
                reason=f"{forks.share:.0%} of {forks.n} specifications lie on the claimed side.",
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
                    reason=f"Lags {low:.0f} to {high:.0f} cannot be told from the best.",
                )
            )
    by_kind = {evidence.kind: evidence for evidence in every if evidence.status == "ok"}
    badges += [_tradable(by_kind.get("tradable")), _calibrated(by_kind.get("forecast"))]
    if wording is not None:
        badges.append(
            Badge(
                name="informative",
                state="yes" if wording.informative else "no",
                reason=f"{wording.share:.0%} of histories without the relation satisfy the wording "
                f"({wording.criterion})."
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


def _would_change(outcome: Outcome, found: Evidence) -> str:
    if found.status == "infeasible":
        return f"Enough data: {found.summary}"
    if found.would_change:
        return found.would_change
    if found.forks is None or found.power is None:
        return "Other data of the same days, from the source itself."
    matters = f"{found.power.matters:g} {found.power.unit}"
    towards = f"a joint p of at most 0.05 over all specifications (it is {found.forks.p_worst:.2f})"
    away = f"an interval that excludes {matters} at a power of four in five"
    match outcome:
        case "supported" | "weakly_supported" | "conditional":
            return f"Fresh data on which the joint p rises above 0.05, or {away}."
        case "not_supported" | "contradicted" | "decayed":
            return f"Fresh data with {towards}."
        case _:
            return f"Either {towards}, or {away}."


def _sized(value: float | None, unit: str) -> str:
    """Give a number as its unit is usually written; nothing for no number."""
    if value is None:
        return ""
    return f"{value:+.0%}" if unit in PERCENT else f"{value:+.2f}"
