"""What happened after publication: the part of a verdict that confirms."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leadline.claim import Antecedent, Claim, Success
from leadline.data import Panel
from leadline.evidence.base import Evidence, Part
from leadline.evidence.exhibits import Band, Curve, Line, Mark, Overlay
from leadline.evidence.relation import RelationTest
from leadline.verdict import Live, LiveState

Floats = NDArray[np.float64]

LIVE_WORDS: Mapping[LiveState, str] = {
    "hit": "reached its mark",
    "miss": "did not reach its mark in time",
    "on_course": "is on course",
    "not_so_far": "has not come true so far",
}


def follow(claim: Claim, panel: Panel, day: date, found: Sequence[Evidence]) -> Live:
    """Follow the claim after publication, on prices alone and by its own rule."""
    rule = claim.live
    if not panel.columns:
        return Live(state="not_applicable", sentence="The claim states nothing to follow.")
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
    return Live(
        state=state,
        sentence=f"Day {elapsed} of {horizon}: the forecast {LIVE_WORDS[state]}. "
        f"{rule.success.series} moved {path[-1]:+.0%} since {claim.first_seen}.",
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
        y_label=f"{success.series}, times its price at publication",
        y_format=",.2f",
        log_y=True,
        lines=(
            Line(label="any day before, median", x=x, y=tuple(map(float, 1 + middle)), role="base"),
            Line(
                label="since publication",
                x=tuple(map(float, so_far)),
                y=tuple(map(float, 1 + path[so_far])),
                role="live",
            ),
        ),
        bands=(
            Band(
                label="any day before (80 %)",
                x=x,
                low=tuple(map(float, 1 + low)),
                high=tuple(map(float, 1 + high)),
                role="base",
            ),
        ),
        marks=(Mark(label="the claim's mark", at=1 + success.rise, axis="y"),),
    )
