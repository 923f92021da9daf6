"""States over time: one lane each, as probable as it was known to be on the day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadline.evidence.exhibits import Ribbon
from leadline.report.charts.curve import thinned
from leadline.report.charts.parts import (
    Axis,
    Rows,
    Spec,
    dressed,
    layered,
    marked,
    name,
    named_scale,
    quantity,
    room_for,
    view,
    wrapped,
)
from leadline.report.theme import Look
from leadline.report.words import kind_title

_COLOURS = ("main", "second", "base", "third", "ghost")
# A lane holds, from below: the strip of labels, a gap, and the probability.
_STRIP = 0.15
_FLOOR = 0.2
_CEILING = 0.92

_AREA = "area: how probable the state was, by what was known that day"
_WRITTEN = "state written down that day"
_REVISED = "would be called otherwise today"


@dataclass(frozen=True, slots=True)
class Run:
    """Days on end that carry one label; ``stop`` is the first day after, or the last of all."""

    label: str
    start: int
    stop: int


def runs(labels: Sequence[object]) -> list[Run]:
    """Give the stretches over which a label does not change."""
    edges = [i for i in range(len(labels)) if i == 0 or labels[i] != labels[i - 1]]
    return [Run(str(labels[a]), a, b) for a, b in pairwise([*edges, len(labels)])]


def _height(lane: int, share: float) -> float:
    return lane + _FLOOR + (_CEILING - _FLOOR) * share


def _lanes(exhibit: Ribbon) -> Iterator[tuple[int, str]]:
    """Give each state the lane in which it is drawn, the first at the top."""
    last = len(exhibit.states) - 1
    return ((last - place, state) for place, state in enumerate(exhibit.states))


def _areas(exhibit: Ribbon, x: Spec, y: Spec, look: Look) -> Iterator[Spec]:
    for place, (lane, _) in enumerate(_lanes(exhibit)):
        values = exhibit.probabilities[place]
        rows: Rows = [
            {
                "x": exhibit.days[i],
                "y": None if (p := values[i]) is None else round(_height(lane, p), 4),
                "floor": lane + _FLOOR,
            }
            for i in thinned(values)
        ]
        colour = look[_COLOURS[place % len(_COLOURS)]]
        style = {"color": colour, "fillOpacity": 0.35, "line": {"color": colour, "strokeWidth": 1}}
        yield view(rows, "area", style, x=x, y=y, y2={"field": "floor"})


def _stretches(exhibit: Ribbon, *, revised: bool) -> Rows:
    """Give the label strips: of all days, or of those called otherwise today."""
    changed = set(exhibit.revised)
    days = exhibit.days
    labels = [
        label if not revised or day in changed else ""
        for day, label in zip(days, exhibit.labels, strict=True)
    ]
    lanes = {state: lane for lane, state in _lanes(exhibit)}
    return [
        {
            "x": days[run.start],
            "x2": days[min(run.stop, len(days) - 1)],
            "low": lanes[run.label],
            "high": lanes[run.label] + _STRIP,
            "label": _REVISED if revised else _WRITTEN,
        }
        for run in runs(labels)
        if run.label in lanes
    ]


def _strips(exhibit: Ribbon, x: Spec, look: Look) -> Iterator[Spec]:
    names = [_WRITTEN, *([_REVISED] if exhibit.revised else [])]
    legend: Spec = {"symbolType": "square", "columns": 1 if look.is_compact else 2}
    fills = named_scale(names, [look[c] for c in ("ink", "hatch")[: len(names)]])
    edges = named_scale(names, [look[c] for c in ("ink", "second")[: len(names)]])
    for is_revised in (False, True)[: len(names)]:
        rows = _stretches(exhibit, revised=is_revised)
        yield view(
            rows,
            "rect",
            {"strokeWidth": 1.6 if is_revised else 0.4, "clip": True},
            x=x,
            x2={"field": "x2"},
            y=quantity("low"),
            y2={"field": "high"},
            fill=name("label", scale=fills, legend=legend),
            stroke=name("label", scale=edges, legend=legend),
        )
        if is_revised:
            style = {
                "shape": "triangle-down",
                "filled": True,
                "opacity": 1,
                "size": 46,
                "dy": 0,
                "color": look["second"],
                "stroke": look["paper"],
                "strokeWidth": 0.6,
            }
            tips: Rows = [{"x": row["x"], "y": row["high"] + 0.1} for row in rows]
            yield view(tips, "point", style, x=x, y=quantity("y"))


def _quoted(label: str) -> str:
    lines = label.replace("\\", "\\\\").replace("'", "\\'").split("\n")
    return "['" + "','".join(lines) + "']"


def ribbon(exhibit: Ribbon, look: Look) -> Spec:
    """Draw a lane a state: its probability as an area, and below it when it was the label."""
    n = len(exhibit.states)
    labels = [wrapped(kind_title(state), look, look.width * 0.24) for _, state in _lanes(exhibit)]
    room = room_for(labels, look, 0.24)
    plot = look.width - room - 56
    axis = Axis.over([*exhibit.days, *(mark.at for mark in exhibit.marks)], _AREA)
    x = axis.channel(look, grid=True)
    written = ",".join(_quoted(label) for label in reversed(labels))
    y = quantity(
        "y",
        scale={"domain": [0, n], "nice": False},
        axis={
            "values": [lane + 0.5 for lane in range(n)],
            "labelExpr": f"[{written}][floor(datum.value)]",
            "labelLimit": room + 20,
            "labelColor": look["ink"],
            "labelOverlap": False,
            "grid": False,
            "ticks": False,
            "domain": False,
            "title": None,
        },
    )
    scales: Rows = [
        {"y": _height(lane, share), "text": text}
        for lane, _ in _lanes(exhibit)
        for share, text in ((0, "0 %"), (1, "100 %"))
    ]
    below, above = marked(exhibit.marks, axis, look, plot)
    rule = {"color": look["grid"], "strokeWidth": 1}
    ends = {"align": "left", "color": look["muted"]}
    layers = [
        *below,
        view(scales, "rule", rule, y=quantity("y")),
        *_areas(exhibit, x, y, look),
        *_strips(exhibit, x, look),
        view(scales, "text", ends, x={"value": plot + 5}, y=quantity("y"), text=name("text")),
        *above,
    ]
    size = {"width": plot, "height": (64 if look.is_compact else 78) * max(n, 1)}
    return dressed(layered(layers, **size), exhibit, look)
