"""The decision rule, nothing else: from evidence to one of eight outcomes.

The thresholds below are the whole rule. They move only with measured error rates, together
with a line under *Numbers* in the changelog.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from pydantic import Field

from leadline.claim import Claim
from leadline.evidence.base import POWER_ENOUGH, Evidence, Interaction, NumberShown, Part
from leadline.evidence.exhibits import Exhibit, Frozen, Number

Outcome = Literal[
    "supported",
    "weakly_supported",
    "conditional",
    "decayed",
    "not_supported",
    "contradicted",
    "undecidable",
    "untestable",
]


LiveState = Literal["not_applicable", "not_published_yet", "on_course", "not_so_far", "hit", "miss"]


class Badge(Frozen):
    """One question kept apart from the outcome: yes, no, or not assessed."""

    name: Literal["direction", "timing", "tradable", "calibrated", "informative", "live"]
    state: Literal["yes", "no", "unclear", "not_assessed"]
    reason: str


class History(Frozen):
    """The verdict on data known before publication, which everybody had seen."""

    outcome: Outcome
    sentence: str
    numbers: tuple[NumberShown, ...]
    badges: tuple[Badge, ...]
    reasons: tuple[str, ...]
    would_change: str
    data_until: date


class Live(Frozen):
    """What happened since publication; the only confirmatory part."""

    state: LiveState
    sentence: str
    since: date | None = None
    day: int | None = None
    of: int | None = None
    follower_return: Number | None = None
    base_low: Number | None = None
    base_median: Number | None = None
    base_high: Number | None = None
    percentile: Number | None = None
    antecedent: bool | None = None
    after: Part | None = None
    exhibits: tuple[Exhibit, ...] = ()


class ClaimStamp(Frozen):
    """Which claim was heard."""

    id: str
    sha256: str
    paraphrase: str
    publisher: str
    first_seen: date
    url: str | None = None
    title: str | None = None
    source: dict[str, Any] = Field(default_factory=dict)


class MadeBy(Frozen):
    """Which code and which data made the document, and when."""

    leadline: str
    panel: str
    at: str


class Verdict(Frozen):
    """The whole document of one trial: written once, read for ever."""

    document: Literal["verdict"] = "verdict"
    schema_: int = Field(1, alias="schema")
    claim: ClaimStamp
    as_of: date
    history: History
    live: Live
    evidence: tuple[Evidence, ...]
    caveats: tuple[str, ...]
    data: tuple[dict[str, Any], ...] = ()
    made_by: MadeBy
    seal: str

    model_config = Frozen.model_config | {"populate_by_name": True, "extra": "ignore"}


P_SUPPORTED = 0.01
P_PASS = 0.05
P_SECOND_HALF = 0.10
SHARE_SUPPORTED = 0.90
SHARE_WEAK = 0.80
WORDING_EMPTY = 0.99

SKILL_WORDS = {
    "forecasts": "Forecasts made with past data alone gain",
    "explanations": "With a strength measured on past data alone, the link to the same days gains",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """An outcome and the reasons for it, in the order in which the rule asked."""

    outcome: Outcome
    reasons: tuple[str, ...]


def judge(claim: Claim, evidence: Sequence[Evidence]) -> Judged:
    """Apply the rule to the deciding test, the claim's first.

    The joint p of all specifications, the worst over block lengths and after slow cycles are
    removed, is multiplied by the number of claims in the family (Bonferroni, the first step of
    Holm's procedure, so that a claim's verdict never depends on which others were heard).
    """
    if claim.untestable:
        return Judged("untestable", (claim.untestable,))
    if not evidence:
        return Judged("untestable", ("The claim names no test.",))
    decisive = evidence[0]
    if decisive.status == "infeasible":
        return Judged("untestable", (decisive.summary,))
    if decisive.flags:
        return Judged("untestable", tuple(f"Unresolved: {flag}" for flag in decisive.flags))
    if decisive.forks is None:
        return _judge_fact(decisive, is_fact=claim.type == "fact")
    if decisive.wording is not None and decisive.wording.share >= WORDING_EMPTY:
        return Judged(
            "untestable",
            (
                f"{decisive.wording.share:.0%} of random histories make the words true, so "
                "nothing could contradict it.",
            ),
        )
    return _judge_relation(decisive, claim.family_size, 1 if claim.direction == "positive" else -1)


def _judge_fact(found: Evidence, *, is_fact: bool) -> Judged:
    if found.holds is None:
        return Judged("undecidable", (found.summary,))
    if found.holds and not is_fact and found.wording is not None and not found.wording.informative:
        # A fact is true however common; as evidence for anything else it must be uncommon.
        return Judged(
            "undecidable",
            (
                f"So it was on {found.wording.share:.0%} of ordinary days, so that it was so once "
                "more says little about the claim.",
                found.summary,
            ),
        )
    return Judged("supported" if found.holds else "contradicted", (found.summary,))


def _judge_relation(found: Evidence, family: int, sign: int) -> Judged:
    forks, power, estimate = found.forks, found.power, found.estimate
    stability, skill, placebos = found.stability, found.skill, found.placebos
    if forks is None or power is None or estimate is None or stability is None or placebos is None:
        msg = f"{found.kind}: a relation needs forks, power, estimate, stability and placebos."
        raise TypeError(msg)
    p = min(1.0, forks.p_worst * family)
    p_against = min(1.0, forks.p_against * family)
    passes = p <= P_PASS
    second = stability.second
    times = f", and that its family has {family} claims" if family > 1 else ""
    reasons = [
        f"Chance alone does as well {_often(p)}, counting the {forks.n} ways to run the test and "
        f"the hardest of {len(forks.by_null)} nulls ({forks.worst}){times}.",
        f"{forks.share:.0%} of the ways to run the test lie on the claimed side of chance.",
        _of_half(second),
        "Whether forecasts gain from it was not measured."
        if skill is None
        else f"{SKILL_WORDS[skill.of]} between {skill.low:+.1%} and {skill.high:+.1%} over the "
        "average.",
        f"{len(placebos.better)} of {placebos.n} leaders that cannot matter do as well.",
        f"An effect just large enough to matter would be found {power.at_matters:.0%} of the time.",
    ]
    if p_against <= P_PASS:
        return Judged(
            "contradicted", (f"Chance does as well for the opposite {_often(p_against)}.", *reasons)
        )
    only_where = _only_where(found.interaction, family)
    if only_where:
        return Judged("conditional", (only_where, *reasons))
    if passes and _excludes(second.low, second.high, power.matters, sign):
        return Judged(
            "decayed",
            (
                "In the newer half of the data an effect that matters can be ruled out.",
                *reasons,
            ),
        )
    firm = (
        p <= P_SUPPORTED
        and forks.share >= SHARE_SUPPORTED
        and bool(second.same_sign)
        and second.p_value is not None
        and second.p_value <= P_SECOND_HALF
        and skill is not None
        and skill.low > 0
        and not placebos.better
    )
    if firm:
        return Judged("supported", tuple(reasons))
    if passes and forks.share >= SHARE_WEAK:
        return Judged("weakly_supported", tuple(reasons))
    excluded = _excludes(estimate.low, estimate.high, power.matters, sign)
    if excluded and power.at_matters >= POWER_ENOUGH:
        return Judged(
            "not_supported",
            (
                f"The {estimate.level:.0%} interval leaves no room for an effect that matters.",
                *reasons,
            ),
        )
    return Judged("undecidable", tuple(reasons))


def _only_where(given: Interaction | None, family: int) -> str:
    """Say how an effect is bound to the claim's own condition; "" where it is not.

    What passes over all days, or is missing from a half in which the condition seldom held, is
    then only the mixture of both sides. What must not be shown elsewhere gets no easier to miss
    with the family.
    """
    if given is None or given.p_value_off is None or given.p_value_off <= P_PASS:
        return ""
    on, difference = (min(1.0, p * family) for p in (given.p_value_on, given.p_value))
    newer = given.p_value_newer
    if max(on, difference) > P_PASS or (newer is not None and newer > P_SECOND_HALF):
        return ""
    later = (
        "The newer half of the data hardly has such days."
        if newer is None
        else f"In the newer half of the data it does there {_often(newer)}."
    )
    return (
        f"Only where the condition holds ({given.condition}): there chance does as well "
        f"{_often(on)}, elsewhere {_often(given.p_value_off)}, and it makes as large a difference "
        f"between the two {_often(difference)}. {later}"
    )


def _excludes(low: float | None, high: float | None, matters: float, sign: int) -> bool:
    if low is None or high is None:
        return False
    return high < matters if sign > 0 else low > -matters


def _of_half(half: Part) -> str:
    if half.p_value is None:
        return f"The newer half ({half.n_obs} observations) is too thin for a test of its own."
    same = "the same" if half.same_sign else "the opposite"
    return (
        f"The newer half of the data alone points {same} way; chance does as well "
        f"{_often(half.p_value)}."
    )


def _often(p: float) -> str:
    """Write a p-value as how often it happens by chance."""
    return f"{p:.{0 if p >= 2 * P_PASS else 1}%} of the time"


def holm(p: Sequence[float]) -> list[float]:
    """Adjust p-values for the family-wise error rate (Holm 1979)."""
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)
    scaled = np.maximum.accumulate((values.size - np.arange(values.size)) * values[order])
    out = np.empty(values.size)
    out[order] = np.minimum(scaled, 1.0)
    return [float(value) for value in out]


def benjamini_yekutieli(p: Sequence[float]) -> list[float]:
    """Adjust p-values for the false discovery rate under any dependence (2001, theorem 1.3)."""
    values = np.asarray(p, dtype=float)
    n = values.size
    if n == 0:
        return []
    order = np.argsort(values)[::-1]
    harmonic = float(np.sum(1.0 / np.arange(1, n + 1)))
    scaled = np.minimum.accumulate(harmonic * n / np.arange(n, 0, -1) * values[order])
    out = np.empty(n)
    out[order] = np.minimum(scaled, 1.0)
    return [float(value) for value in out]
