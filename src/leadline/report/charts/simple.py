"""Forests, histograms, spans, matrices and tables."""

import re
import textwrap
from itertools import pairwise
from typing import Any

from leadline.evidence.exhibits import Distribution, Forest, Heatmap, Mark, Table, Timeline
from leadline.report.charts.parts import (
    Axis,
    Rows,
    Spec,
    dressed,
    layered,
    level_rules,
    marked,
    name,
    names_axis,
    position,
    quantity,
    room_for,
    titled,
    view,
    wrapped,
)
from leadline.report.theme import Look
from leadline.report.words import MINUS

# From so many repetitions on, one lane shows them all.
_MANY = 3
_FEW_ROWS = 12


def _lanes(exhibit: Forest) -> list[str]:
    """Give each row the label of its lane: numbered repetitions of one thing share a lane."""
    stems = [re.sub(r"\s+\d+$", "", row.label) for row in exhibit.rows]
    lanes: list[str] = []
    for place, (stem, row) in enumerate(zip(stems, exhibit.rows, strict=True)):
        alike = [r for s, r in zip(stems, exhibit.rows, strict=True) if s == stem and r != row]
        together = len(alike) >= _MANY and all(r.low is None for r in [row, *alike])
        # Numbered, because two rows may carry the same words.
        number = stems.index(stem) if together else place
        words = f"{stem} ({len(alike) + 1} times)" if together else row.label
        lanes.append(f"{number:03d}|{words}")
    return lanes


def forest(exhibit: Forest, look: Look) -> Spec:
    """Draw estimates with intervals; the highlighted one is a larger diamond in another colour."""
    most = 0.34 if look.is_compact else 0.3
    rows: Rows = [
        {
            "name": lane[:4] + wrapped(lane[4:], look, look.width * most),
            "value": row.value,
            "low": row.value if row.low is None else row.low,
            "high": row.value if row.high is None else row.high,
            "highlight": row.highlight,
        }
        for lane, row in zip(_lanes(exhibit), exhibit.rows, strict=True)
    ]
    order = list(dict.fromkeys(row["name"] for row in rows))
    room = room_for([label[4:] for label in order], look, most)
    axis = names_axis(look, room) | {"labelExpr": "split(slice(datum.label, 4), '\\n')"}
    y = name("name", axis=axis, scale={"domain": order})
    x: Spec = {
        "scale": {"zero": False, "nice": False, "padding": 14},
        "axis": {"title": titled(exhibit.x_label, look, look.width * 0.6), "tickCount": 5},
    }
    layers: list[Spec] = []
    for at, style in (
        (exhibit.reference, {"color": look["axis"], "strokeWidth": 1.5}),
        (exhibit.critical, {"color": look["muted"], "strokeWidth": 1.3, "strokeDash": [5, 3]}),
    ):
        if at is not None:
            layers.append(view([{"value": at}], "rule", style, x=quantity("value", **x)))
    for highlight in (False, True):
        part = [row for row in rows if row["highlight"] is highlight]
        layers += _estimates(part, x, y, look, highlight=highlight) if part else []
    lines_each = max((label.count("\n") + 1 for label in order), default=1)
    height = (12 + 14 * lines_each) * max(len(order), 2)
    return dressed(layered(layers, width=look.width - room - 30, height=height), exhibit, look)


def _estimates(rows: Rows, x: Spec, y: Spec, look: Look, *, highlight: bool) -> list[Spec]:
    colour = look["second" if highlight else "main"]
    rule = {"color": colour, "strokeWidth": 2.6 if highlight else 1.8}
    point = {
        "filled": True,
        "opacity": 1,
        "color": colour,
        "stroke": look["paper"],
        "strokeWidth": 0.7,
        "shape": "diamond" if highlight else "circle",
        "size": 150 if highlight else 64,
    }
    layers = [view(rows, "point", point, x=quantity("value", **x), y=y)]
    if any(row["low"] != row["high"] for row in rows):
        ends = {"x": quantity("low", **x), "x2": {"field": "high"}}
        layers.insert(0, view(rows, "rule", rule, **ends, y=y))
    return layers


def distribution(exhibit: Distribution, look: Look) -> Spec:
    """Draw the null as a histogram; what does at least as well is in another, darker colour."""
    rows: Rows = [
        {"low": low, "high": high, "n": n, "beyond": low >= exhibit.observed}
        for (low, high), n in zip(pairwise(exhibit.edges), exhibit.counts, strict=True)
    ]
    plot = look.width - 72.0
    marks = [Mark(label=exhibit.observed_label, at=exhibit.observed)]
    if exhibit.critical is not None:
        marks.append(Mark(label="95 % of chance lies left of here", at=exhibit.critical))
    axis = Axis.over([*exhibit.edges, *(mark.at for mark in marks)], exhibit.x_label)
    bars = view(
        rows,
        "bar",
        {"stroke": look["paper"], "strokeWidth": 0.5, "binSpacing": 0},
        x=axis.channel(look, "low"),
        x2={"field": "high"},
        y=quantity("n", axis={"title": "random histories", "tickCount": 5}),
        y2={"datum": 0},
        color=name(
            "beyond",
            scale={"domain": [False, True], "range": [look["bar"], look["second"]]},
            legend=None,
        ),
    )
    _, above = marked(marks, axis, look, plot)
    height = 170 if look.is_compact else 240
    return dressed(layered([bars, *above], width=plot, height=height), exhibit, look)


def timeline(exhibit: Timeline, look: Look) -> Spec:
    """Draw spans in lanes over calendar time."""
    lanes = list(dict.fromkeys(span.lane for span in exhibit.spans))
    order = [wrapped(lane, look, look.width * 0.26) for lane in lanes]
    room = room_for(order, look, 0.26)
    plot = look.width - room - 30
    days: list[float | str] = [day for span in exhibit.spans for day in (span.start, span.stop)]
    axis = Axis.over([*days, *(m.at for m in exhibit.marks if m.axis == "x")], "")
    colours = ("main", "second", "base", "third", "muted")
    y = name("lane", sort=order, axis=names_axis(look, room))
    layers: list[Spec] = []
    for place, lane in enumerate(lanes):
        rows: Rows = [
            {
                "start": s.start,
                "stop": s.stop,
                "lane": order[place],
                "label": s.label,
                "middle": (position(s.start) + position(s.stop)) / 2,
                "width": plot * (axis.share(s.stop) - axis.share(s.start)),
            }
            for s in exhibit.spans
            if s.lane == lane
        ]
        colour = look[colours[place % len(colours)]]
        style = {
            "color": colour,
            "stroke": colour,
            "strokeWidth": 1.5,
            "cornerRadius": 2,
            "height": 14,
        }
        x = axis.channel(look, "start", grid=True)
        layers.append(view(rows, "bar", style, x=x, x2={"field": "stop"}, y=y))
        # A label only where it fits over its own span.
        fitting = [row for row in rows if len(row["label"]) * look.text * 0.53 < row["width"]]
        middle = axis.channel(look, "middle", grid=True)
        text = {"dy": -14, "color": look["ink"]}
        layers.append(view(fitting, "text", text, x=middle, y=y, text=name("label")))
    below, above = marked(exhibit.marks, axis, look, plot)
    layers = [*below, *layers, *above, *level_rules(exhibit.marks, look)]
    return dressed(layered(layers, width=plot, height=46 * len(lanes)), exhibit, look)


def heatmap(exhibit: Heatmap, look: Look) -> Spec:
    """Draw a matrix in seven steps of colour, with each value written in its cell."""
    seen = [v for row in exhibit.values for v in row if v is not None]
    largest = max(map(abs, seen), default=1.0) or 1.0
    # Where nothing is negative, no legend shows what cannot be.
    lowest = 0 if min(seen, default=0.0) < 0 else 3
    order = [wrapped(label, look, look.width * 0.26) for label in exhibit.rows]
    room = room_for(order, look, 0.26)
    plot = look.width - room - 30
    cell = plot / max(len(exhibit.columns), 1)
    fits = cell > 34
    cells: Rows = [
        {
            "row": label,
            "column": column,
            "value": value,
            "text": format(value, exhibit.value_format).replace("-", MINUS),
            "strong": abs(value) > largest * 5 / 7,
        }
        for label, values in zip(order, exhibit.values, strict=True)
        for column, value in zip(exhibit.columns, values, strict=True)
        if value is not None
    ]
    columns: Spec = {
        # Where each cell says its value, no legend needs to say what is coloured.
        "title": exhibit.value_label if fits else None,
        # Many names stand upright, each over its own column as long as there is room.
        "labelAngle": 0 if fits else -45 if cell > 24 else -90,
        "labelOverlap": "greedy",
        "domain": False,
        "ticks": False,
    }
    place: dict[str, Any] = {
        "x": name("column", axis=columns, scale={"domain": list(exhibit.columns)}),
        "y": name("row", axis=names_axis(look, room), scale={"domain": order}),
    }
    legend: Spec = {
        "title": exhibit.value_label,
        "titleColor": look["ink"],
        "titleFontSize": look.text - 0.5,
        "titleFontWeight": "normal",
        "format": exhibit.value_format,
        "direction": "horizontal",
        "gradientLength": min(plot, 340),
        "labelOverlap": "greedy",
        "labelSeparation": 4,
    }
    colour = quantity(
        "value",
        scale={
            "type": "threshold",
            "domain": [largest * share / 7 for share in (-5, -3, -1, 1, 3, 5)][lowest:],
            "range": [look[f"heat-{i}"] for i in range(lowest, 7)],
        },
        legend=None if fits else legend,
    )
    layers = [view(cells, "rect", {"stroke": look["paper"]}, **place, color=colour)]
    for strong in (False, True) if fits else ():
        style = {"color": look["paper" if strong else "ink"]}
        part = [cell for cell in cells if cell["strong"] is strong]
        layers.append(view(part, "text", style, **place, text=name("text")))
    # A row of letters is the least; a large matrix stays about square.
    most = 30.0 if len(exhibit.rows) <= _FEW_ROWS else 20.0
    lines = max((label.count("\n") + 1 for label in order), default=1)
    row = max(most if fits else min(cell, most), lines * (look.text + 2))
    size = {"width": plot, "height": row * max(len(exhibit.rows), 1)}
    return dressed(layered(layers, **size), exhibit, look)


def table(exhibit: Table, look: Look) -> Spec:
    """Draw a table as text, for pictures that leave the page."""
    plot = look.width - 12.0
    widths = [
        max(len(cells[i]) for cells in (exhibit.columns, *exhibit.rows)) + 2
        for i in range(len(exhibit.columns))
    ]
    per_letter = plot / max(sum(widths), 1)
    height = 22
    rows: Rows = [
        {
            "x": sum(widths[:i]) * per_letter,
            "y": place * height,
            "text": textwrap.shorten(
                cell or " ", look.letters(widths[i] * per_letter), placeholder="…"
            ),
            "head": place == 0,
        }
        for place, cells in enumerate((exhibit.columns, *exhibit.rows))
        for i, cell in enumerate(cells)
    ]
    deep = height * (len(exhibit.rows) + 1)
    x = quantity("x", scale={"domain": [0, plot], "nice": False}, axis=None)
    ends = [deep - height / 2, -height / 2]
    y = quantity("y", scale={"domain": ends, "nice": False}, axis=None)
    rules: Rows = [{"y": (i + 0.5) * height} for i in range(len(exhibit.rows))]
    layers = [view(rules, "rule", {"color": look["grid"]}, y=y)]
    for head in (True, False):
        style = {
            "align": "left",
            "color": look["ink"],
            "fontWeight": "bold" if head else "normal",
        }
        part = [row for row in rows if row["head"] is head]
        layers.append(view(part, "text", style, x=x, y=y, text=name("text")))
    return dressed(layered(layers, width=plot, height=deep), exhibit, look)
