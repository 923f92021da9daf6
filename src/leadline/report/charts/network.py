"""Who leads whom: leaders on the left, followers on the right, an arrow for each lead."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from leadline.evidence.exhibits import Arrow, Network
from leadline.report.charts.parts import (
    Rows,
    Spec,
    dressed,
    layered,
    name,
    named_scale,
    quantity,
    room_for,
    view,
    wrapped,
)
from leadline.report.theme import Look

_ROW = 19.0
_LEAST = 150.0
_STEPS = 12
# Where along its curve an arrow carries its head, clear of the crowd about the follower.
_HEAD = 0.9
_LABELS = 0.24
_SAME, _OPPOSITE = "moves the same way", "moves the opposite way"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands, in pixels from the top left; ``side`` is -1 on the left."""

    x: float
    y: float
    side: int


def network(exhibit: Network, look: Look) -> Spec:
    """Draw nodes on the two sides of a lens, and arrows between them."""
    labels = [wrapped(node.label, look, look.width * _LABELS) for node in exhibit.nodes]
    room = room_for(labels, look, _LABELS) + 14
    width = look.width - 12.0
    sides = _sides(exhibit)
    height = max(_ROW * max(map(len, sides)), _LEAST)
    places = _places(sides, (room, width - room), height)
    layers = _arrows(exhibit, places, look, (width, height)) if exhibit.arrows else []
    layers += _nodes(labels, places, look, (width, height))
    return dressed(layered(layers, width=width, height=height), exhibit, look)


def _sides(exhibit: Network) -> tuple[list[int], list[int]]:
    """Put who leads on the left, the strongest first, and who follows near its leaders."""
    order = sorted(range(len(exhibit.nodes)), key=lambda i: -exhibit.nodes[i].standing)
    left = [i for i in order if exhibit.nodes[i].standing > 0]
    right = [i for i in order if exhibit.nodes[i].standing <= 0]
    row = {node: place / max(len(left), 1) for place, node in enumerate(left)}

    def beside(node: int) -> float:
        met = [
            row[other]
            for arrow in exhibit.arrows
            for own, other in ((arrow.stop, arrow.start), (arrow.start, arrow.stop))
            if own == node and other in row
        ]
        return fmean(met) if met else 1.0

    return left, sorted(right, key=beside)


def _places(
    sides: tuple[list[int], list[int]], across: tuple[float, float], height: float
) -> dict[int, _Place]:
    """Spread each side over the height, bulging outwards so that arrows within it are seen."""
    middle, reach = sum(across) / 2, (across[1] - across[0]) / 2
    places = {}
    for nodes, side in zip(sides, (-1, 1), strict=True):
        for row, node in enumerate(nodes):
            y = (row + 0.5) / len(nodes) * height
            bulge = math.sqrt(1 - ((y / height - 0.5) / 0.62) ** 2)
            places[node] = _Place(middle + side * reach * bulge, y, side)
    return places


def _curve(arrow: Arrow, places: dict[int, _Place]) -> list[tuple[float, float]]:
    """Give points along an arrow; one within a side bends towards the middle."""
    start, stop = places[arrow.start], places[arrow.stop]
    bend = (start.x + stop.x) / 2, (start.y + stop.y) / 2
    if start.side == stop.side:
        bend = bend[0] - start.side * (40 + abs(start.y - stop.y) / 3), bend[1]
    points = []
    for step in range(_STEPS + 1):
        t = step / _STEPS
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        points.append(
            (a * start.x + b * bend[0] + c * stop.x, a * start.y + b * bend[1] + c * stop.y)
        )
    return points


def _axes(size: tuple[float, float]) -> dict[str, Spec]:
    across = {"domain": [0, size[0]], "nice": False}
    down = {"domain": [size[1], 0], "nice": False}
    return {
        "x": quantity("x", scale=across, axis=None),
        "y": quantity("y", scale=down, axis=None),
    }


def _arrows(
    exhibit: Network, places: dict[int, _Place], look: Look, size: tuple[float, float]
) -> list[Spec]:
    most = max(abs(arrow.value) for arrow in exhibit.arrows) or 1.0
    lines: Rows = []
    heads: Rows = []
    for number, arrow in enumerate(exhibit.arrows):
        way = _SAME if arrow.value >= 0 else _OPPOSITE
        points = _curve(arrow, places)
        weight = abs(arrow.value) / most
        lines += [
            {"x": x, "y": y, "i": i, "arrow": number, "way": way, "weight": weight}
            for i, (x, y) in enumerate(points)
        ]
        heads.append({**_head(points), "way": way})
    ways = [way for way in (_SAME, _OPPOSITE) if any(head["way"] == way for head in heads)]
    colour = name(
        "way",
        scale=named_scale(ways, [look["main" if way == _SAME else "second"] for way in ways]),
        legend={"symbolType": "stroke"},
    )
    dash = name(
        "way",
        scale=named_scale(ways, [[1, 0] if way == _SAME else [5, 3] for way in ways]),
    )
    axes = _axes(size)
    return [
        view(
            lines,
            "line",
            {"opacity": 0.75},
            **axes,
            order=quantity("i"),
            detail=name("arrow"),
            color=colour,
            strokeDash=dash,
            strokeWidth=quantity(
                "weight", scale={"domain": [0, 1], "range": [0.7, 2.6]}, legend=None
            ),
        ),
        view(
            heads,
            "point",
            {"shape": "triangle", "filled": True, "opacity": 1, "size": 80},
            **axes,
            angle=quantity("angle", scale=None),
            color=colour,
        ),
    ]


def _head(points: Sequence[tuple[float, float]]) -> dict[str, float]:
    at = round(_HEAD * _STEPS)
    (x, y), (before_x, before_y) = points[at], points[at - 1]
    return {"x": x, "y": y, "angle": math.degrees(math.atan2(x - before_x, before_y - y)) % 360}


def _nodes(
    labels: Sequence[str],
    places: dict[int, _Place],
    look: Look,
    size: tuple[float, float],
) -> list[Spec]:
    layers = []
    for side, align, title in ((-1, "right", "these lead"), (1, "left", "these follow")):
        rows: Rows = [
            {"x": place.x, "y": place.y, "label": labels[node].split("\n")}
            for node, place in places.items()
            if place.side == side
        ]
        if not rows:
            continue
        # Leaders are full, followers hollow.
        point = {
            "filled": True,
            "opacity": 1,
            "color": look["ink" if side < 0 else "paper"],
            "stroke": look["ink"],
            "strokeWidth": 1.4,
            "size": 46,
        }
        text = {"align": align, "baseline": "middle", "dx": 9 * side, "color": look["ink"]}
        axes = _axes(size)
        layers += [
            view(rows, "point", point, **axes),
            view(rows, "text", text, **axes, text=name("label")),
        ]
        head = {"align": "left" if side < 0 else "right", "color": look["muted"]}
        corner: dict[str, Spec] = {
            "x": {"value": 0 if side < 0 else size[0]},
            "y": {"value": -8},
        }
        layers.append(view([{"label": title}], "text", head, **corner, text=name("label")))
    return layers
