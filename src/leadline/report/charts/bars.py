"""Stretches in lanes, each filled by how it stands or came out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadline.evidence.exhibits import Bar, Bars, Tone
from leadline.report.charts.parts import (
    Axis,
    Rows,
    Spec,
    dressed,
    layered,
    marked,
    name,
    named_scale,
    names_axis,
    room_for,
    view,
    wrapped,
)
from leadline.report.theme import Look

# Solid, hatched and hollow, so that no meaning hangs on colour.
_FILLS: Mapping[Tone, tuple[str, str]] = {
    "for": ("main", "main"),
    "against": ("hatch", "second"),
    "open": ("paper", "axis"),
}
_HEIGHT = 13
_ABOVE = 13
_LEAST = 5.0
_GAP = 1.6
_ROOM = 7.0


@dataclass(frozen=True, slots=True)
class _Placed:
    """A bar in pixels of the plot, and in units of the axis."""

    bar: Bar
    lane: str
    left: float
    right: float
    x: float
    x2: float

    @property
    def row(self) -> Spec:
        """What a layer of labels reads."""
        ends = {"x": self.x, "x2": self.x2, "middle": (self.x + self.x2) / 2}
        return {**ends, "lane": self.lane, "label": self.bar.label}


def _placed(exhibit: Bars, called: Mapping[str, str], axis: Axis, plot: float) -> Iterator[_Placed]:
    """Give each bar its pixels; what lasted a day or a point must still be seen."""
    unit = (axis.high - axis.low) / plot
    for bar in exhibit.bars:
        ends = axis.share(bar.start) * plot, axis.share(bar.stop) * plot
        size = max(ends[1] - ends[0], _LEAST)
        left = min(max(sum(ends) / 2 - size / 2, 0.0), plot - size)
        # Neighbours of one fill must not run together.
        right = left + size - _GAP
        x, x2 = axis.low + left * unit, axis.low + right * unit
        yield _Placed(bar, called[bar.lane], left, right, x, x2)


def bars(exhibit: Bars, look: Look) -> Spec:
    """Draw a lane for each name, solid where it is for, hatched against, hollow where open."""
    lanes = list(dict.fromkeys(bar.lane for bar in exhibit.bars))
    most = 0.34 if look.is_compact else 0.3
    order = [wrapped(lane, look, look.width * most) for lane in lanes]
    room = room_for(order, look, most)
    plot = look.width - room - 30
    ends = [at for bar in exhibit.bars for at in (bar.start, bar.stop)]
    axis = Axis.over([*ends, *(mark.at for mark in exhibit.marks)], exhibit.x_label)
    y = name("lane", sort=order, scale={"domain": order}, axis=names_axis(look, room))
    placed = list(_placed(exhibit, dict(zip(lanes, order, strict=True)), axis, plot))
    below, above = marked(exhibit.marks, axis, look, plot)
    layers = [
        *below,
        _fills(exhibit, placed, axis, y, look),
        *_labels(placed, axis, y, look, plot),
        *above,
    ]
    each = max((label.count("\n") + 1 for label in order), default=1)
    size = {"width": plot, "height": max(10 + 14 * each, 34) * len(lanes)}
    return dressed(layered(layers, **size), exhibit, look)


def _fills(exhibit: Bars, placed: list[_Placed], axis: Axis, y: Spec, look: Look) -> Spec:
    seen: list[Tone] = [tone for tone in _FILLS if any(b.tone == tone for b in exhibit.bars)]
    names = [exhibit.legend[tone] for tone in seen]
    legend: Spec = {"symbolType": "square", "columns": 1 if look.is_compact else len(names)}
    fills = named_scale(names, [look[_FILLS[tone][0]] for tone in seen])
    edges = named_scale(names, [look[_FILLS[tone][1]] for tone in seen])
    rows: Rows = [one.row | {"tone": exhibit.legend[one.bar.tone]} for one in placed]
    return view(
        rows,
        "bar",
        {"height": _HEIGHT, "strokeWidth": 1.4},
        x=axis.channel(look, grid=True),
        x2={"field": "x2"},
        y=y,
        fill=name("tone", scale=fills, legend=legend),
        stroke=name("tone", scale=edges, legend=legend),
    )


def _side(one: _Placed, placed: list[_Placed], look: Look, plot: float) -> str:
    """Put a label right of its bar, left of it, or above it, where it fits; else nowhere."""
    size = len(one.bar.label) * look.text * 0.53
    lane = [other for other in placed if other.lane == one.lane and other is not one]
    before = max((o.right for o in lane if o.right <= one.left), default=0.0)
    after = min((o.left for o in lane if o.left >= one.right), default=plot)
    if not one.bar.label:
        return ""
    if after - one.right > size + 2 * _ROOM:
        return "right"
    if one.left - before > size + 2 * _ROOM:
        return "left"
    return "above" if one.right - one.left >= size else ""


def _labels(placed: list[_Placed], axis: Axis, y: Spec, look: Look, plot: float) -> Iterator[Spec]:
    styles: dict[str, tuple[str, Spec]] = {
        "right": ("x2", {"align": "left", "dx": _ROOM}),
        "left": ("x", {"align": "right", "dx": -_ROOM}),
        "above": ("middle", {"dy": -_ABOVE}),
    }
    sides = [_side(one, placed, look, plot) for one in placed]
    for side, (field, style) in styles.items():
        rows: Rows = [one.row for one, at in zip(placed, sides, strict=True) if at == side]
        text = {**style, "color": look["ink"], "baseline": "middle"}
        x = axis.channel(look, field, grid=True)
        if rows:
            yield view(rows, "text", text, x=x, y=y, text=name("label"))
