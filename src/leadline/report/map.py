"""The map of an argument: claims in columns, arrows to what they support, drawn as one SVG."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from leadline.report import icons, words
from leadline.report.argument import Layout, Slot

_WIDTH = 1120.0
_WIDEST, _ROOMY, _NARROWEST = 236.0, 180.0, 126.0
_GAP, _HEAD, _PASSING = 8.0, 24.0, 12.0
_ROOM, _ROOM_WIDE = 46.0, 64.0
_LETTER = 5.9

Place = tuple[float, float]
_Columns = Sequence[Sequence[Slot]]


@dataclass(frozen=True, slots=True)
class Node:
    """A claim on the map."""

    word: words.Word
    says: str
    group: str


@dataclass(frozen=True, slots=True)
class _Size:
    """How wide a claim's box is; a narrow one has its outcome on a line of its own."""

    wide: float

    @property
    def is_narrow(self) -> bool:
        return self.wide < _ROOMY

    @property
    def deep(self) -> float:
        return 91.0 if self.is_narrow else 60.0

    @property
    def lines(self) -> int:
        return 3 if self.is_narrow else 2


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where each slot stands, by its upper left corner; ``upward`` tells how arrows run."""

    node: "_Size"
    upward: bool
    at: Mapping[Slot, Place]
    heads: Sequence[tuple[Place, str]]
    width: float
    height: float

    def leaves(self, slot: Slot) -> Place:
        """Give where an arrow leaves a claim, or goes on from where it passes by."""
        x, y = self.at[slot]
        if self.upward:
            return x + (self.node.wide if slot.name else _PASSING) / 2, y
        return x + self.node.wide, y + (self.node.deep if slot.name else _PASSING) / 2

    def enters(self, slot: Slot) -> Place:
        """Give where an arrow meets a claim, with room for its tip, or where it passes by."""
        x, y = self.at[slot]
        tip = 3.0 if slot.name else 0.0
        if self.upward:
            return x + (self.node.wide if slot.name else _PASSING) / 2, y + self.node.deep + tip
        return x - tip, y + (self.node.deep if slot.name else _PASSING) / 2


def argument_map(nodes: Mapping[str, Node], layout: Layout) -> str:
    """Draw the argument, from foundations at the left to conclusions at the right.

    Where that would take too many columns it is drawn from the bottom to the top. Every claim is
    a link to its section ``#name``. What it came to is told by word, sign and the bar at its left
    edge, full, striped or missing, and colour only repeats it. The drawing, the second of two in
    a box, is as wide as its page and scrolls where it would be too small to read.
    """
    plan = _planned(layout)
    below, height = _alone(layout.alone, plan)
    places = {slot.name: place for slot, place in plan.at.items() if slot.name} | below
    heads = [*plan.heads]
    if below:
        heads.append(((0, min(y for _, y in below.values()) - 6), "claims that stand alone"))
    drawn = [
        *(_arrow(pair, way, plan) for pair, way in layout.arrows.items()),
        *(_back(pair, places, plan) for pair in layout.backward),
        *(_head(place, group) for place, group in heads),
        *(_box(name, nodes[name], place, plan.node) for name, place in places.items()),
    ]
    told = "; ".join(f"{a} supports {b}" for a, b in (*layout.arrows, *layout.backward))
    return (
        # The first keeps the second wide enough to read, without a style that a site may forbid.
        '<div class="fit">'
        f'<svg class="least" width="{0.86 * plan.width:.0f}" height="0" aria-hidden="true"></svg>'
        f'<svg viewBox="-3 -3 {plan.width + 6:g} {height + 6:g}" '
        f'width="{1.05 * plan.width:.0f}" role="group" '
        'aria-labelledby="map-t map-d">'
        '<title id="map-t">Which claim supports which</title>'
        f'<desc id="map-d">{escape(told or "No claim supports another.")}</desc>'
        '<defs><marker id="map-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0,0L8,4L0,8Z" fill="var(--muted)"/></marker>'
        '<pattern id="map-stripes" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path d="M0,0v6" stroke="var(--second)" '
        f'stroke-width="5"/></pattern></defs>{"".join(drawn)}</svg></div>'
    )


def _planned(layout: Layout) -> _Plan:
    n = len(layout.columns)
    in_columns = (_WIDTH + _ROOM) / max(n, 1) - _ROOM
    return _in_columns(layout) if in_columns >= _NARROWEST else _in_rows(layout)


def _begins(column: Sequence[Slot], place: int) -> bool:
    """Whether a slot is the first claim of its group."""
    return bool(column[place].name) and (
        place == 0 or column[place - 1].group != column[place].group
    )


def _in_columns(layout: Layout) -> _Plan:
    n = max(len(layout.columns), 1)
    gap = _ROOM_WIDE if n <= 4 else _ROOM
    node = _Size(min(_WIDEST, (_WIDTH - gap * (n - 1)) / n))
    offsets, deep = _stacked(layout.columns, along=node.deep, head=_HEAD)
    at = {slot: (slot.column * (node.wide + gap), y) for slot, y in offsets.items()}
    return _Plan(
        node=node,
        upward=False,
        at=at,
        heads=_heads(layout.columns, at),
        width=n * (node.wide + gap) - gap,
        height=deep,
    )


def _in_rows(layout: Layout) -> _Plan:
    node = _Size(max(_NARROWEST, min(_ROOMY, *map(_share, layout.columns))))
    step = _HEAD + node.deep + _ROOM
    offsets, wide = _stacked(layout.columns, along=node.wide, head=0)
    last = len(layout.columns) - 1
    width = max(wide, _WIDTH)
    at = {
        slot: (x + (width - wide) / 2, _HEAD + (last - slot.column) * step)
        for slot, x in offsets.items()
    }
    return _Plan(
        node=node,
        upward=True,
        at=at,
        heads=_heads(layout.columns, at),
        width=width,
        height=_HEAD + last * step + node.deep,
    )


def _share(row: Sequence[Slot]) -> float:
    """Give how wide each claim of a row may be."""
    n = sum(bool(slot.name) for slot in row)
    return (_WIDTH + _GAP - (len(row) - n) * (_PASSING + _GAP)) / max(n, 1) - _GAP


def _stacked(columns: _Columns, *, along: float, head: float) -> tuple[dict[Slot, float], float]:
    """Give how far along its column each slot stands, columns centred, and the longest column."""
    ends: list[float] = []
    offsets: dict[Slot, float] = {}
    for column in columns:
        end = 0.0
        for place, slot in enumerate(column):
            end += head if _begins(column, place) else 0
            offsets[slot] = end
            end += (along if slot.name else _PASSING) + _GAP
        ends.append(end - _GAP)
    longest = max(ends, default=0.0)
    return {slot: y + (longest - ends[slot.column]) / 2 for slot, y in offsets.items()}, longest


def _heads(columns: _Columns, at: Mapping[Slot, Place]) -> list[tuple[Place, str]]:
    return [
        ((at[slot][0], at[slot][1] - 6), slot.group)
        for column in columns
        for place, slot in enumerate(column)
        if _begins(column, place)
    ]


def _alone(names: Sequence[str], plan: _Plan) -> tuple[dict[str, Place], float]:
    """Set claims that are tied to no other in rows below; give their places and the new depth."""
    if not names:
        return {}, plan.height
    step = plan.node.wide + _GAP * 2
    each = max(1, int((plan.width + _GAP * 2) / step))
    start = plan.height + _HEAD * 2
    places = {
        name: ((i % each) * step, start + (i // each) * (plan.node.deep + _GAP))
        for i, name in enumerate(names)
    }
    return places, max(y for _, y in places.values()) + plan.node.deep


def _head(place: Place, group: str) -> str:
    return f'<text class="group" x="{place[0]:g}" y="{place[1]:g}">{escape(group)}</text>'


def _arrow(pair: tuple[str, str], way: Sequence[Slot], plan: _Plan) -> str:
    x, y = plan.leaves(way[0])
    path = f"M{x:.5g},{y:.5g}"
    for slot in way[1:]:
        to, level = plan.enters(slot)
        bends = (
            f"{x:.5g},{(y + level) / 2:.5g} {to:.5g},{(y + level) / 2:.5g}"
            if plan.upward
            else f"{(x + to) / 2:.5g},{y:.5g} {(x + to) / 2:.5g},{level:.5g}"
        )
        path += f"C{bends} {to:.5g},{level:.5g}"
        if not slot.name:
            x, y = plan.leaves(slot)
            path += f"L{x:.5g},{y:.5g}"
    return _drawn(pair, path, "")


def _back(pair: tuple[str, str], places: Mapping[str, Place], plan: _Plan) -> str:
    (x1, y1), (x2, y2) = places[pair[0]], places[pair[1]]
    start, stop = x1 + plan.node.wide * 0.7, x2 + plan.node.wide * 0.3
    low, end = y1 + plan.node.deep, y2 + plan.node.deep + 3
    deep = max(low, end) + 34
    path = (
        f"M{start:.5g},{low:.5g}C{start:.5g},{deep:.5g} {stop:.5g},{deep:.5g} {stop:.5g},{end:.5g}"
    )
    return _drawn(pair, path, ' stroke-dasharray="5 4"')


def _drawn(pair: tuple[str, str], path: str, more: str) -> str:
    return (
        f'<path class="arrow" data-a="{escape(pair[0])}" data-b="{escape(pair[1])}" d="{path}" '
        f'fill="none" stroke="var(--axis)" stroke-width="1.5" marker-end="url(#map-tip)"{more}/>'
    )


def _box(name: str, node: Node, at: Place, size: _Size) -> str:
    x, y = at
    tone = node.word.tone
    frame = ' stroke-dasharray="4 3"' if tone == "open" else ""
    bar = {"for": "currentColor", "against": "url(#map-stripes)"}.get(tone)
    edge = f'<rect x="1" y="1" width="8" height="{size.deep - 2:g}" fill="{bar}"/>' if bar else ""
    word = f'<tspan class="word"{{}}>{escape(node.word.label)}</tspan>'
    word = word.format(' x="16" y="36"' if size.is_narrow else "")
    first = 52 if size.is_narrow else 35
    lines = textwrap.wrap(
        node.says, int((size.wide - 20) / _LETTER), max_lines=size.lines, placeholder="…"
    )
    says = "".join(
        f'<text class="says" x="16" y="{first + 14 * i}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    return (
        f'<a href="#{escape(name)}" data-n="{escape(name)}"><title>{escape(name)}, '
        f"{escape(node.word.label)}: {escape(node.says)}</title>"
        f'<g class="tone-{tone}" transform="translate({x:.5g},{y:.5g})">'
        f'<rect width="{size.wide:.5g}" height="{size.deep:g}" rx="4" fill="var(--paper)" '
        f'stroke="currentColor" stroke-width="1.6"{frame}/>{edge}'
        f'<g transform="translate(15,5) scale(.68)">{icons.drawing(node.word.sign)}</g>'
        f'<text class="name" x="37" y="18">{escape(name)} {word}</text>{says}</g></a>'
    )
