"""The stages composed once: a claim and a store go in, a verdict comes out."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from leadline.archive import sealed
from leadline.claim import Article, Claim
from leadline.data import Panel, Store, find, gather, last_day
from leadline.data.series import knows
from leadline.evidence.base import Evidence
from leadline.verdict import (
    Badge,
    ClaimStamp,
    History,
    Judged,
    Live,
    MadeBy,
    NumberShown,
    Outcome,
    Verdict,
    benjamini_yekutieli,
    holm,
    judge,
)

Progress = Callable[[str, float], None]

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


def hear(
    claim: Claim,
    store: Store,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Put one claim on trial as of a day, the last day of the data where none is given.

    History is judged on what was known at ``claim.history_until`` or ``as_of``, whichever is
    earlier; what came later enters the live part alone.
    """
    if not claim.tests:
        return _untestable(claim, as_of or claim.first_seen)
    names = claim.series()
    day = as_of or last_day(names, store)
    past = gather(names, store, as_of=min(day, claim.history_until))
    found = []
    for number, test in enumerate(claim.tests):
        if progress is not None:
            progress(f"{claim.id}: {test.kind}", number / len(claim.tests))
        found.append(test.find(past, test.stream(claim.seed)))
    if progress is not None:
        progress(claim.id, 1.0)
    panel = past if day == past.as_of else gather(names, store, as_of=day)
    judged = judge(claim, found)
    return sealed(
        Verdict(
            claim=_stamp(claim),
            as_of=day,
            history=_history(claim, judged, found, past),
            live=_live(claim, panel, day),
            evidence=tuple(found),
            caveats=_caveats(found, panel),
            data=_data(panel),
            made_by=MadeBy(leadline=version("leadline"), panel=f"sha256:{panel.digest}", at=_now()),
            seal="",
        )
    )


def hear_article(
    article: Article,
    store: Store,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> tuple[Verdict, ...]:
    """Put every claim of an article on trial, in the article's order."""
    verdicts = []
    for number, claim in enumerate(article.claims):

        def step(label: str, share: float, done: int = number) -> None:
            if progress is not None:
                progress(label, (done + share) / len(article.claims))

        verdicts.append(hear(claim, store, as_of=as_of, progress=step))
    return tuple(verdicts)


def adjusted(verdicts: tuple[Verdict, ...]) -> dict[str, tuple[float, float, float]]:
    """Give each relation's joint p, Holm's within the article, and Benjamini-Yekutieli's."""
    p = {
        verdict.claim.id: verdict.evidence[0].forks.p_worst
        for verdict in verdicts
        if verdict.evidence and verdict.evidence[0].forks is not None
    }
    rows = zip(p, p.values(), holm(list(p.values())), benjamini_yekutieli(list(p.values())),
               strict=True)
    return {name: (raw, by_holm, by_by) for name, raw, by_holm, by_by in rows}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _stamp(claim: Claim) -> ClaimStamp:
    return ClaimStamp(
        id=claim.ref,
        sha256=claim.sha256,
        paraphrase=claim.paraphrase,
        publisher=claim.publisher,
        first_seen=claim.first_seen,
        url=claim.url,
        title=claim.title,
        source=claim.model_dump(mode="json"),
    )


def _untestable(claim: Claim, day: date) -> Verdict:
    judged = judge(claim, ())
    return sealed(
        Verdict(
            claim=_stamp(claim),
            as_of=day,
            history=History(
                outcome=judged.outcome,
                sentence=f"{WORDS[judged.outcome]} {judged.reasons[0]}",
                numbers=(),
                badges=(Badge(name="informative", state="no", reason=judged.reasons[0]),),
                reasons=judged.reasons,
                would_change="A wording that some history could contradict.",
                data_until=min(day, claim.history_until),
            ),
            live=Live(state="not_applicable", sentence="Nothing to follow."),
            evidence=(),
            caveats=(),
            made_by=MadeBy(leadline=version("leadline"), panel="none", at=_now()),
            seal="",
        )
    )


def _history(claim: Claim, judged: Judged, found: list[Evidence], past: Panel) -> History:
    decisive = found[0]
    return History(
        outcome=judged.outcome,
        sentence=f"{WORDS[judged.outcome]} {decisive.summary}",
        numbers=_numbers(decisive),
        badges=_badges(claim, judged.outcome, decisive),
        reasons=judged.reasons,
        would_change=_would_change(judged.outcome, decisive),
        data_until=past.as_of,
    )


def _numbers(found: Evidence) -> tuple[NumberShown, ...]:
    if found.status == "infeasible" or found.estimate is None:
        return ()
    estimate = found.estimate
    span = (
        ""
        if estimate.low is None or estimate.high is None
        else f" ({estimate.level:.0%} interval {estimate.low:+.2f} to {estimate.high:+.2f})"
    )
    at = f" at {found.at}" if found.at and found.kind != "market_fact" else ""
    noise = found.components.get("noise_reaches")
    reach = "" if noise is None else f"; chance alone reaches {noise:.2f}"
    number = f"{estimate.value:,.2f}" if found.holds is not None else f"{estimate.value:+.2f}"
    size = NumberShown(
        name="size",
        label=estimate.label,
        value=estimate.value,
        text=f"{number} {estimate.unit}{at}{span}{reach}",
    )
    if found.forks is None:
        base = found.components.get("base_rate", 0.0)
        return (
            size,
            NumberShown(
                name="odds", label="base rate", value=base,
                text=f"the same words were true on {base:.1%} of earlier days",
            ),
            NumberShown(
                name="power", label="readings that agree",
                value=found.components.get("readings_agree"),
                text=f"{found.components.get('readings_agree', 0):.0f} of "
                f"{found.components.get('readings', 0):.0f} readings of the words agree",
            ),
            NumberShown(
                name="episodes", label="earlier days compared", value=found.n_obs,
                text=f"{found.n_obs:,} observations since {found.start}",
            ),
        )
    p = found.p_value or 0.0
    power = found.power
    power_text = "not measured" if power is None else (
        f"an effect of {power.matters:g} would be found {power.at_matters:.0%} of the time"
    )
    return (
        size,
        NumberShown(
            name="odds", label="chance of as much without the relation", value=p,
            text=f"{p:.1%} of random histories do at least as well with the same search",
        ),
        NumberShown(
            name="power", label="power at the smallest effect that matters",
            value=None if power is None else power.at_matters, text=power_text,
        ),
        NumberShown(
            name="episodes", label="independent episodes", value=found.n_episodes,
            text=_episodes(found),
        ),
    )


def _episodes(found: Evidence) -> str:
    power = found.power
    have = f"{found.n_episodes} episodes"
    if power is None or power.at_matters >= 0.8:
        return f"{have}; enough for an effect that matters"
    if power.episodes_needed is None:
        return f"{have}; no number of them up to the largest effect tried would decide"
    year = "more than two centuries away" if power.decidable_by is None else f"about {power.decidable_by}"
    return f"{have}; an effect that matters needs {power.episodes_needed}, {year}"


def _badges(claim: Claim, outcome: Outcome, found: Evidence) -> tuple[Badge, ...]:
    forks, wording = found.forks, found.wording
    badges = []
    if forks is not None:
        state = "yes" if forks.share >= 0.9 else "no" if forks.share <= 0.1 else "unclear"
        badges.append(
            Badge(
                name="direction", state=state,
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
                    name="timing", state="yes" if known and narrow else "unclear",
                    reason=f"Lags {low:.0f} to {high:.0f} cannot be told from the best.",
                )
            )
    badges += [
        Badge(name="tradable", state="not_assessed", reason="No rule was priced."),
        Badge(name="calibrated", state="not_assessed", reason="The claim gives no odds."),
    ]
    if wording is not None:
        badges.append(
            Badge(
                name="informative", state="yes" if wording.informative else "no",
                reason=f"{wording.share:.0%} of histories without the relation satisfy the wording "
                f"({wording.criterion})."
                if forks is not None
                else f"The words are true on {wording.share:.0%} of ordinary days.",
            )
        )
    return tuple(badges)


def _would_change(outcome: Outcome, found: Evidence) -> str:
    if found.status == "infeasible":
        return f"Enough data: {found.summary}"
    if found.forks is None or found.power is None:
        return "Another price of that day from the exchange itself."
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


def _caveats(found: list[Evidence], panel: Panel) -> tuple[str, ...]:
    said = [caveat for evidence in found for caveat in evidence.caveats]
    said.append(
        "History is retrospective: whoever made the claim had seen these data. Only what comes "
        "after publication confirms."
    )
    return tuple(dict.fromkeys((*said, *panel.notes)))


def _data(panel: Panel) -> tuple[dict[str, Any], ...]:
    rows = []
    for name, column in panel.columns.items():
        period = column.period[-1]
        info = find(name) if knows(name) else column.info
        last = np.datetime64(panel.as_of, "D")
        rows.append(
            {
                "id": name,
                "title": info.title,
                "unit": info.unit,
                "last": str(period),
                "age_days": int((last - period) / np.timedelta64(1, "D")),
                "basis": column.basis,
                "source": info.licence if hasattr(info, "licence") else "",
            }
        )
    return tuple(rows)


def _live(claim: Claim, panel: Panel, day: date) -> Live:
    """Follow the claim after publication, on prices alone and by its own rule."""
    rule = claim.live
    if rule is None or rule.success is None:
        return Live(state="not_applicable", sentence="The claim states nothing to follow.")
    if day <= claim.first_seen:
        return Live(
            state="not_published_yet", sentence=f"The claim appeared on {claim.first_seen}."
        )
    aligned = panel.align((rule.success.series,))
    days, price = aligned.days, aligned.values[rule.success.series]
    start = int(np.searchsorted(days, np.datetime64(claim.first_seen, "D"), "right")) - 1
    horizon = round(rule.horizon.days)
    elapsed = (day - claim.first_seen).days
    within = price[start : start + 1 + int(np.searchsorted(
        days[start:], days[start] + np.timedelta64(horizon, "D"), "right") - 1)]
    reached = bool(np.any(within >= price[start] * (1 + rule.success.rise)))
    moved = float(within[-1] / price[start] - 1)
    length = max(within.size - 1, 1)
    before = price[: start + 1]
    base = before[length:] / before[:-length] - 1 if before.size > length + 30 else np.empty(0)
    antecedent = None
    if rule.antecedent is not None:
        held = panel.align((rule.antecedent.series,))
        path = np.log(held.values[rule.antecedent.series])
        back = min(rule.antecedent.over.observations(held.per_year), path.size - 1)
        antecedent = bool(path[-1] - path[-1 - back] > rule.antecedent.above)
    percentile = float(np.mean(base <= moved)) if base.size else None
    quantiles = np.quantile(base, [0.1, 0.5, 0.9]) if base.size else None
    if reached:
        state, word = "hit", "reached its mark"
    elif elapsed >= horizon:
        state, word = "miss", "did not reach its mark in time"
    elif quantiles is not None and moved > quantiles[1]:
        state, word = "on_course", "is on course"
    else:
        state, word = "not_so_far", "has not come true so far"
    usual = "" if quantiles is None else f"; usual over such a span is {quantiles[1]:+.0%}"
    return Live(
        state=state,
        sentence=f"Day {min(elapsed, horizon)} of {horizon}: the forecast {word}. "
        f"{rule.success.series} moved {moved:+.0%} since {claim.first_seen}{usual}.",
        since=claim.first_seen,
        day=min(elapsed, horizon),
        of=horizon,
        follower_return=moved,
        base_low=None if quantiles is None else float(quantiles[0]),
        base_median=None if quantiles is None else float(quantiles[1]),
        base_high=None if quantiles is None else float(quantiles[2]),
        percentile=percentile,
        antecedent=antecedent,
    )
