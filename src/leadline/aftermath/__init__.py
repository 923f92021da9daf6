"""What happened after publication: the part of a verdict that confirms."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from leadline.aftermath.course import NO_MARK, Course, course, held, terms
from leadline.claim import Claim
from leadline.data import Panel
from leadline.errors import NotHeldError
from leadline.evidence.base import Evidence, Part
from leadline.evidence.exhibits import Band, Curve, Line, Mark, Overlay
from leadline.evidence.relation import RelationTest
from leadline.verdict import Live


def follow(claim: Claim, panel: Panel, day: date, found: Sequence[Evidence]) -> Live:
    """Follow the claim after publication, on prices alone and by its own rule."""
    rule = claim.live
    if not panel.columns:
        return Live(state="not_applicable", sentence=NO_MARK)
    if day <= claim.first_seen:
        return Live(
            state="not_published_yet", sentence=f"The claim appeared on {claim.first_seen}."
        )
    exhibits = tuple(_overlays(claim, panel, found))
    after = _after(claim, panel)

    def without(reason: str) -> Live:
        return Live(
            state="not_applicable",
            sentence=reason,
            since=claim.first_seen,
            after=after,
            exhibits=exhibits,
        )

    if rule is None or rule.success is None:
        return without(NO_MARK)
    try:
        fixed = terms(claim, panel)
    except NotHeldError as error:
        return without(str(error))
    found_so_far = course(fixed, panel)
    usual = np.expm1(fixed.past.usual(int(found_so_far.length[-1])))
    low, middle, high = np.quantile(usual, [0.1, 0.5, 0.9]) if usual.size else (None, None, None)
    return Live(
        state=found_so_far.states[-1],
        sentence=found_so_far.sentence(-1),
        since=claim.first_seen,
        day=found_so_far.age(-1),
        of=fixed.days,
        follower_return=float(found_so_far.moved[-1]),
        base_low=low,
        base_median=middle,
        base_high=high,
        percentile=float(found_so_far.percentile[-1]) if usual.size else None,
        antecedent=None
        if rule.antecedent is None
        else bool(held(rule.antecedent, panel, claim.first_seen).on[-1]),
        after=after,
        exhibits=(*exhibits, *_path_so_far(found_so_far)),
    )


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


def _path_so_far(found: Course) -> Iterator[Curve]:
    """Show the follower since publication against its paths from any day before."""
    fixed, past = found.terms, found.terms.past
    longest = min(fixed.n_closes, past.level.size // 2)
    if longest < 1:
        return
    ahead = np.unique(np.linspace(0, longest, 60).astype(int))
    starts = np.arange(past.level.size - longest)
    usual = np.exp(past.level[starts[:, None] + ahead] - past.level[starts, None])
    low, middle, high = np.quantile(usual, [0.1, 0.5, 0.9], axis=0)
    x = tuple(map(float, ahead / past.per_year * 365.25))
    shown = np.unique(np.linspace(0, found.age(-1), 120).astype(int))
    path = np.concatenate(([0.0], found.moved))[shown]
    yield Curve(
        name="path",
        title=f"{fixed.what} since publication",
        finding=f"{found.moved[-1]:+.0%} after {found.age(-1)} days; the mark is "
        f"{np.expm1(fixed.mark):+.0%}.",
        note="The band holds 80 % of paths from any day before publication, the dashed line "
        "their median.",
        x_label="days since publication",
        y_label=f"{fixed.what}, times its price at publication",
        y_format=",.2f",
        log_y=True,
        lines=(
            Line(label="any day before, median", x=x, y=tuple(map(float, middle)), role="base"),
            Line(
                label="since publication",
                x=tuple(map(float, shown)),
                y=tuple(map(float, 1 + path)),
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
        marks=(Mark(label="the claim's mark", at=float(np.exp(fixed.mark)), axis="y"),),
    )
