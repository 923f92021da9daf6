"""Exhibits of the kinds that work on events."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leadline.evidence.exhibits import (
    Band,
    Curve,
    Forest,
    ForestRow,
    Line,
    Mark,
    Span,
    Table,
    Timeline,
)
from leadline.evidence.sample import Sample

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]


def fan(sample: Sample, dates: Index, horizon: int, leader: str, follower: str) -> Curve:
    """Show the follower's paths after each event against its paths after any day."""
    step = max(1, horizon // 60)
    ahead = np.arange(0, horizon + 1, step)
    days = tuple(float(round(k / sample.per_year * 365.25, 1)) for k in ahead)
    y = sample.follower
    starts = np.arange(0, y.size - horizon)
    base = np.exp(y[starts[:, None] + ahead] - y[starts, None])
    low, middle, high = np.quantile(base, [0.1, 0.5, 0.9], axis=0)
    dates = dates[dates < y.size - horizon]
    after = np.exp(y[dates[:, None] + ahead] - y[dates, None])
    median = np.median(after, axis=0)
    above = int(np.sum(after[:, -1] > middle[-1]))
    lines = [
        Line(label=str(sample.days[day]), x=days, y=tuple(path), role="ghost")
        for day, path in zip(dates, after, strict=True)
    ]
    lines += [
        Line(label="any day, median", x=days, y=tuple(middle), role="base"),
        Line(label="after an event, median", x=days, y=tuple(median)),
    ]
    return Curve(
        name="fan",
        title=f"{follower} after each of {dates.size} {leader} events",
        finding=f"{above} of {dates.size} paths end above the median of any day "
        f"({middle[-1] - 1:+.0%}); their own median is {median[-1] - 1:+.0%}.",
        note="The band holds 80 % of paths that start on any day. Thin lines: one event each.",
        x_label="days after the event",
        y_label=f"{follower}, times its price at the event",
        y_format=",.2f",
        log_y=True,
        lines=tuple(lines),
        bands=(
            Band(label="any day (80 %)", x=days, low=tuple(low), high=tuple(high), role="base"),
        ),
        marks=(Mark(label="unchanged", at=1.0, axis="y"),),
    )


def episode_table(
    sample: Sample,
    leader: str,
    follower: str,
    dates: Index,
    rallies: Flags | None,
    horizon: int,
) -> Table:
    """List every episode: what the leader did, what the follower did before and after."""
    x, y = sample.leaders[leader], sample.follower
    is_state = leader in sample.states
    half = max(horizon // 2, 1)
    rows = []
    for day in dates:
        before = max(day - half, 0)
        after = min(day + horizon, y.size - 1)
        if rallies is None:
            followed = "—"
        elif day + horizon >= y.size:
            followed = "open"
        else:
            later = np.flatnonzero(rallies[day + 1 : after + 1])
            followed = str(sample.days[day + 1 + later[0]]) if later.size else "none"
        rows.append(
            (
                str(sample.days[day]),
                f"{np.mean(x[before : day + 1] > 0.5):.0%}"
                if is_state
                else f"{np.expm1(x[day] - x[before]):+.0%}",
                f"{np.expm1(y[day] - y[before]):+.0%}",
                f"{np.expm1(y[after] - y[day]):+.0%}",
                followed,
            )
        )
    span = round(half / sample.per_year * 365.25)
    ahead = round(horizon / sample.per_year * 365.25)
    return Table(
        name="episodes",
        title="Every episode",
        finding=f"{len(rows)} episodes, all of them listed.",
        note="An open episode's horizon ends after the data. A new rally starts from a low within "
        "it; whether an episode counts as followed is measured from its own price.",
        columns=(
            "date",
            f"{leader}, share of {span} days before"
            if is_state
            else f"{leader}, {span} days before",
            f"{follower}, {span} days before",
            f"{follower}, {ahead} days after",
            "new rally began",
        ),
        rows=tuple(rows),
    )


def episodes_in_time(
    sample: Sample, leader: str, follower: str, dates: Flags, rallies: Flags
) -> Timeline:
    """Lay leader events and follower events along the calendar."""
    month = np.timedelta64(30, "D")
    spans = [
        Span(lane=lane, start=str(sample.days[i]), stop=str(sample.days[i] + month))
        for lane, flags in ((f"{leader} events", dates), (f"{follower} rallies", rallies))
        for i in np.flatnonzero(flags)
    ]
    return Timeline(
        name="episodes_in_time",
        title="When both happened",
        finding=f"{int(dates.sum())} {leader} events and {int(rallies.sum())} {follower} rallies.",
        note="Each mark begins on the day the event could be known and is drawn 30 days wide.",
        spans=tuple(spans),
    )


def coincidence_rates(components: Mapping[str, float]) -> Forest:
    """Set each rate beside its chance level."""
    names = {
        "trigger": "leader events followed by a rally",
        "precursor": "rallies preceded by a leader event",
        "coincidence": "rallies with a leader event close by",
    }
    rows = []
    for key, label in names.items():
        rows.append(ForestRow(label=label, value=components[f"{key}_rate"], highlight=True))
        rows.append(ForestRow(label="… by chance", value=components[f"{key}_base"]))
    return Forest(
        name="rates",
        title="Before, after, together: each rate and its chance level",
        finding=f"Followed: {components['trigger_rate']:.0%} against "
        f"{components['trigger_base']:.0%} by chance; preceded: "
        f"{components['precursor_rate']:.0%} against {components['precursor_base']:.0%}; "
        f"together: {components['coincidence_rate']:.0%} against "
        f"{components['coincidence_base']:.0%}.",
        x_label="share",
        rows=tuple(rows),
        reference=None,
    )
