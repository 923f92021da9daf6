"""The stages composed once: a claim and a store go in, a verdict comes out."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from leadline.archive import sealed
from leadline.claim import Antecedent, Article, Claim, Success
from leadline.data import Panel, Store, gather, last_day
from leadline.evidence.base import Evidence, Part
from leadline.evidence.exhibits import Band, Curve, Line, Mark, Overlay
from leadline.evidence.relation import RelationTest
from leadline.verdict import (
    Badge,
    ClaimStamp,
    History,
    Judged,
    Live,
    LiveState,
    MadeBy,
    NumberShown,
    Outcome,
    Verdict,
    benjamini_yekutieli,
    holm,
    judge,
)

LIVE_WORDS: Mapping[LiveState, str] = {
    "hit": "reached its mark",
    "miss": "did not reach its mark in time",
    "on_course": "is on course",
    "not_so_far": "has not come true so far",
}

Progress = Callable[[str, float], None]
Floats = NDArray[np.float64]

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
    return _hear_all((claim,), store, as_of, progress)[0]


def hear_article(
    article: Article,
    store: Store,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> tuple[Verdict, ...]:
    """Put every claim of an article on trial, in the article's order."""
    return _hear_all(article.claims, store, as_of, progress)


def _hear_all(
    claims: tuple[Claim, ...], store: Store, as_of: date | None, progress: Progress | None
) -> tuple[Verdict, ...]:
    """Run every test of every claim side by side; each has its own stream, so order is nothing."""
    # One BLAS thread a test: faster on few cores, and the same digits on any number of them.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        heard = [_Case.open(claim, store, as_of, pool) for claim in claims]
        waiting = {future: case for case in heard for future in case.evidence}
        for number, future in enumerate(as_completed(waiting), 1):
            if progress is not None:
                progress(waiting[future].claim.id, number / len(waiting))
        return tuple(case.close() for case in heard)


@dataclass(frozen=True, slots=True)
class _Case:
    """A claim whose tests are running."""

    claim: Claim
    day: date
    past: Panel | None
    present: Panel | None
    evidence: tuple[Future[Evidence], ...]

    @classmethod
    def open(cls, claim: Claim, store: Store, as_of: date | None, pool: Executor) -> "_Case":
        if not claim.tests:
            return cls(claim, as_of or claim.first_seen, None, None, ())
        names = claim.series()
        day = as_of or last_day(names, store)
        past = gather(names, store, as_of=min(day, claim.history_until))
        present = past if day == past.as_of else gather(names, store, as_of=day)
        running = tuple(
            pool.submit(test.find, past, test.stream(claim.seed)) for test in claim.tests
        )
        return cls(claim, day, past, present, running)

    def close(self) -> Verdict:
        if self.past is None or self.present is None:
            return _untestable(self.claim, self.day)
        found = [future.result() for future in self.evidence]
        judged = judge(self.claim, found)
        return sealed(
            Verdict(
                claim=_stamp(self.claim),
                as_of=self.day,
                history=_history(judged, found, self.past),
                live=_live(self.claim, self.present, self.day, found),
                evidence=tuple(found),
                caveats=_caveats(found, self.present),
                data=_data(self.present),
                made_by=MadeBy(
                    leadline=version("leadline"),
                    panel=f"sha256:{self.present.digest}",
                    at=_now(),
                ),
                seal="",
            )
        )


def adjusted(verdicts: tuple[Verdict, ...]) -> dict[str, tuple[float, float, float]]:
    """Give each relation's joint p, Holm's within the article, and Benjamini-Yekutieli's."""
    p = {
        verdict.claim.id: verdict.evidence[0].forks.p_worst
        for verdict in verdicts
        if verdict.evidence and verdict.evidence[0].forks is not None
    }
    rows = zip(
        p, p.values(), holm(list(p.values())), benjamini_yekutieli(list(p.values())), strict=True
    )
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


def _history(judged: Judged, found: list[Evidence], past: Panel) -> History:
    decisive = found[0]
    return History(
        outcome=judged.outcome,
        sentence=f"{WORDS[judged.outcome]} {decisive.summary}",
        numbers=_numbers(decisive),
        badges=_badges(judged.outcome, decisive),
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
                name="odds",
                label="base rate",
                value=base,
                text=f"the same words were true on {base:.1%} of earlier days",
            ),
            NumberShown(
                name="power",
                label="readings that agree",
                value=found.components.get("readings_agree"),
                text=f"{found.components.get('readings_agree', 0):.0f} of "
                f"{found.components.get('readings', 0):.0f} readings of the words agree",
            ),
            NumberShown(
                name="episodes",
                label="earlier days compared",
                value=found.n_obs,
                text=f"{found.n_obs:,} observations since {found.start}",
            ),
        )
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
            text=f"{p:.1%} of random histories do at least as well with the same search",
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


def _episodes(found: Evidence) -> str:
    power = found.power
    have = f"{found.n_episodes} episodes"
    if power is None or power.at_matters >= 0.8:
        return f"{have}; enough for an effect that matters"
    if power.episodes_needed is None:
        return f"{have}; no number of them up to the largest effect tried would decide"
    year = "in over two centuries" if power.decidable_by is None else f"about {power.decidable_by}"
    return f"{have}; an effect that matters needs {power.episodes_needed}, {year}"


def _badges(outcome: Outcome, found: Evidence) -> tuple[Badge, ...]:
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
    badges += [
        Badge(name="tradable", state="not_assessed", reason="No rule was priced."),
        Badge(name="calibrated", state="not_assessed", reason="The claim gives no odds."),
    ]
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
        last = np.datetime64(panel.as_of, "D")
        rows.append(
            {
                "id": name,
                "title": column.info.title,
                "unit": column.info.unit,
                "last": str(period),
                "age_days": int((last - period) / np.timedelta64(1, "D")),
                "basis": column.basis,
                "source": column.info.licence,
            }
        )
    return tuple(rows)


def _live(claim: Claim, panel: Panel, day: date, found: Sequence[Evidence]) -> Live:
    """Follow the claim after publication, on prices alone and by its own rule."""
    rule = claim.live
    if day <= claim.first_seen:
        return Live(
            state="not_published_yet", sentence=f"The claim appeared on {claim.first_seen}."
        )
    after = _after(claim, panel)
    exhibits = tuple(_overlays(claim, panel, found))
    if rule is None or rule.success is None:
        return Live(
            state="not_applicable",
            sentence="The claim states nothing to follow.",
            since=claim.first_seen,
            after=after,
            exhibits=exhibits,
        )
    aligned = panel.align((rule.success.series,))
    days, price = aligned.days, aligned.values[rule.success.series]
    start = int(np.searchsorted(days, np.datetime64(claim.first_seen, "D"), "right")) - 1
    horizon = round(rule.horizon.days)
    end = days[start] + np.timedelta64(horizon, "D")
    path = price[start : int(np.searchsorted(days, end, "right"))] / price[start] - 1
    mark = rule.success.rise
    reached = bool(np.any(path >= mark)) if mark > 0 else bool(np.any(path <= mark))
    elapsed = min((day - claim.first_seen).days, horizon)
    base = _usual(price[: start + 1], path.size - 1)
    state: LiveState = "not_so_far"
    if reached:
        state = "hit"
    elif (day - claim.first_seen).days >= horizon:
        state = "miss"
    elif base.size and path[-1] > np.median(base):
        state = "on_course"
    low, middle, high = np.quantile(base, [0.1, 0.5, 0.9]) if base.size else (None, None, None)
    usual = "" if middle is None else f"; usual over such a span is {middle:+.0%}"
    return Live(
        state=state,
        sentence=f"Day {elapsed} of {horizon}: the forecast {LIVE_WORDS[state]}. "
        f"{rule.success.series} moved {path[-1]:+.0%} since {claim.first_seen}{usual}.",
        since=claim.first_seen,
        day=elapsed,
        of=horizon,
        follower_return=float(path[-1]),
        base_low=low,
        base_median=middle,
        base_high=high,
        percentile=float(np.mean(base <= path[-1])) if base.size else None,
        antecedent=None if rule.antecedent is None else _holds(rule.antecedent, panel),
        after=after,
        exhibits=(*exhibits, _path_so_far(rule.success, path, price[: start + 1], horizon)),
    )


def _usual(price: Floats, length: int) -> Floats:
    """Returns over ``length`` days from every day before publication."""
    if length < 1 or price.size < length + 30:
        return np.empty(0)
    return price[length:] / price[:-length] - 1


def _holds(antecedent: Antecedent, panel: Panel) -> bool:
    aligned = panel.align((antecedent.series,))
    path = np.log(aligned.values[antecedent.series])
    back = min(antecedent.over.observations(aligned.per_year), path.size - 1)
    return bool(path[-1] - path[-1 - back] > antecedent.above)


def _after(claim: Claim, panel: Panel) -> Part | None:
    test = claim.tests[0]
    return test.after(panel, claim.first_seen) if isinstance(test, RelationTest) else None


def _overlays(claim: Claim, panel: Panel, found: Sequence[Evidence]) -> Iterator[Overlay]:
    """Carry the overlay on past publication; its figures stay those of history."""
    for evidence in found:
        shown = evidence.exhibit("overlay")
        if isinstance(shown, Overlay):
            names = (shown.leader_label, shown.follower_label)
            aligned = panel.align(names)
            first = np.searchsorted(aligned.days, np.datetime64(shown.days[-1]), "right")
            step = max(1, round(aligned.per_year / 52))
            later = slice(int(first), None, step)
            yield shown.model_copy(
                update={
                    "days": (*shown.days, *(str(d) for d in aligned.days[later])),
                    "leader": (*shown.leader, *map(float, aligned.values[names[0]][later])),
                    "follower": (*shown.follower, *map(float, aligned.values[names[1]][later])),
                    "published": str(claim.first_seen),
                }
            )
            return


def _path_so_far(success: Success, path: Floats, before: Floats, horizon: int) -> Curve:
    """Show the follower since publication against its paths from any day before."""
    ahead = np.unique(np.linspace(0, min(horizon, before.size // 2), 60).astype(int))
    starts = np.arange(before.size - int(ahead[-1]))
    usual = before[starts[:, None] + ahead] / before[starts, None] - 1
    low, middle, high = np.quantile(usual, [0.1, 0.5, 0.9], axis=0)
    x = tuple(map(float, ahead))
    so_far = np.unique(np.linspace(0, path.size - 1, 120).astype(int))
    return Curve(
        name="path",
        title=f"{success.series} since publication",
        finding=f"{path[-1]:+.0%} after {path.size - 1} days; the mark is {success.rise:+.0%}.",
        note="The band holds 80 % of paths from any day before publication, the dashed line "
        "their median.",
        x_label="days since publication",
        y_label=f"{success.series}, change",
        y_format="+.0%",
        lines=(
            Line(label="any day before, median", x=x, y=tuple(map(float, middle)), role="base"),
            Line(
                label="since publication",
                x=tuple(map(float, so_far)),
                y=tuple(map(float, path[so_far])),
                role="live",
            ),
        ),
        bands=(
            Band(
                label="any day before (80 %)",
                x=x,
                low=tuple(map(float, low)),
                high=tuple(map(float, high)),
                role="base",
            ),
        ),
        marks=(Mark(label="the claim's mark", at=success.rise, axis="y"),),
    )
