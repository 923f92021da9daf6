"""What several drawers share: Vega-Lite in short, calendar axes, labelled rules and stretches."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from leadline.evidence.exhibits import Mark, Shape
from leadline.report.theme import Look, config

# A Vega-Lite specification or a part of one. Drawers write it directly, because building the
# same through Altair's classes copies and checks every part several times over and took three
# quarters of the time of a page; Altair wraps the finished specification (`figures.chart`).
Spec = dict[str, Any]
Rows = list[Spec]

LABEL_ROW = 14
DAY = 86_400_000.0


def view(rows: Rows, mark: str, style: Spec, **encoding: Spec | None) -> Spec:
    """Give one layer: rows, how they are marked, and what is read from which field."""
    return {
        "data": {"values": rows},
        "mark": {"type": mark, **style},
        "encoding": {name: channel for name, channel in encoding.items() if channel is not None},
    }


def quantity(field: str, **more: Any) -> Spec:
    """Give a channel that reads numbers."""
    return {"field": field, "type": "quantitative", **more}


def name(field: str, **more: Any) -> Spec:
    """Give a channel that reads names."""
    return {"field": field, "type": "nominal", **more}


def named_scale(names: Sequence[str], values: Sequence[Any]) -> Spec:
    """Give each name its value, and nothing between them."""
    return {"type": "ordinal", "domain": list(names), "range": list(values)}


def layered(layers: Sequence[Spec], **size: float) -> Spec:
    """Lay views over one another."""
    return {"layer": list(layers), **size}


def position(at: float | str) -> float:
    """Give a place on an axis as a number; days become milliseconds since 1970."""
    if isinstance(at, str):
        return datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1000
    return at


@dataclass(frozen=True, slots=True)
class Axis:
    """The x axis of a figure: its kind, extent and words."""

    is_calendar: bool
    low: float
    high: float
    label: str

    @classmethod
    def over(cls, places: Sequence[float | str], label: str) -> "Axis":
        """Make the axis that holds all ``places``."""
        numbers = [position(place) for place in places] or [0.0, 1.0]
        low, high = min(numbers), max(numbers)
        if low == high:
            low, high = low - 1, high + 1
        calendar = bool(places) and isinstance(places[0], str)
        return cls(calendar, low, high, label)

    def channel(self, look: Look, field: str = "x", *, grid: bool = False) -> Spec:
        """Give the x channel; UTC throughout, so that no machine's zone moves a day."""
        scale: Spec = {"domain": [self.low, self.high], "nice": False}
        if self.is_calendar:
            scale["type"] = "utc"
        else:
            scale["zero"] = False
        axis = {"title": titled(self.label, look), "grid": grid, **self._ticks(look)}
        kind = "temporal" if self.is_calendar else "quantitative"
        return {"field": field, "type": kind, "scale": scale, "axis": axis}

    def _ticks(self, look: Look) -> Spec:
        most = 5 if look.is_compact else 9
        if not self.is_calendar:
            return {"tickCount": most}
        years = (self.high - self.low) / DAY / 365.25
        if years < 3:
            style = "%b %Y" if years > 0.3 else "%-d %b"
            return {"tickCount": most // 2 + 1, "format": style}
        return {"tickCount": {"interval": "year", "step": -(-years // most)}, "format": "%Y"}

    def share(self, at: float | str) -> float:
        """Give where ``at`` falls, 0 at the left edge and 1 at the right."""
        return (position(at) - self.low) / (self.high - self.low)


def titled(words: str, look: Look, pixels: float | None = None) -> list[str] | str | None:
    """Break an axis title over lines that fit."""
    if not words:
        return None
    lines = textwrap.wrap(words, look.letters(pixels or look.width * 0.8))
    return lines if len(lines) > 1 else lines[0]


def wrapped(text: str, look: Look, pixels: float) -> str:
    """Break a row's label over lines that fit into ``pixels``."""
    return "\n".join(textwrap.wrap(text, look.letters(pixels))) or " "


def room_for(labels: Sequence[str], look: Look, most: float) -> float:
    """Give the pixels that wrapped labels take, at most the share ``most`` of the figure."""
    longest = max((len(line) for label in labels for line in label.split("\n")), default=0)
    return min(longest * look.text * 0.52, look.width * most)


def names_axis(look: Look, pixels: float) -> Spec:
    """Give the axis of labels made by `wrapped`."""
    return {
        "title": None,
        "labelExpr": "split(datum.label, '\\n')",
        "labelLimit": pixels + 20,
        "labelColor": look["ink"],
        "labelOverlap": False,
        "domain": False,
        "ticks": False,
        "labelPadding": 8,
    }


def _rows_of_labels(boxes: Sequence[tuple[float, float]]) -> list[int]:
    """Give each label the lowest row where it touches no label placed before it."""
    rows: list[list[tuple[float, float]]] = []
    places = []
    for left, right in boxes:
        for row, taken in enumerate(rows):
            if all(right < a or left > b for a, b in taken):
                taken.append((left, right))
                places.append(row)
                break
        else:
            rows.append([(left, right)])
            places.append(len(rows) - 1)
    return places


def _labels(marks: Sequence[Mark], axis: Axis, look: Look, plot: float) -> list[Rows]:
    """Place labels above the plot, centred on their marks, in as many rows as they need."""
    boxes, rows = [], []
    limit = look.letters(plot * 0.9)
    for mark in marks:
        words = textwrap.shorten(mark.label, limit, placeholder="…")
        size = len(words) * look.text * 0.53
        middle = axis.share(mark.at)
        if mark.to is not None:
            middle = (middle + axis.share(mark.to)) / 2
        x = min(max(middle, 0.0), 1.0) * plot
        left = min(max(x - size / 2, 0.0), max(plot - size, 0.0))
        boxes.append((left - 5, left + size + 5))
        # In data units, because the layers of one figure share the scale.
        rows.append({"x": axis.low + left / plot * (axis.high - axis.low), "label": words})
    places = _rows_of_labels(boxes)
    return [
        [row for row, place in zip(rows, places, strict=True) if place == level]
        for level in sorted(set(places))
    ]


def marked(
    marks: Sequence[Mark], axis: Axis, look: Look, plot: float
) -> tuple[list[Spec], list[Spec]]:
    """Draw marks as layers to go below the data and layers to go above it.

    ``plot`` is the width of the plot in pixels.
    """
    along = [m for m in marks if m.axis == "x"]
    x = axis.channel(look)
    below: list[Spec] = []
    above: list[Spec] = []
    stretches = [{"x": m.at, "x2": m.to} for m in along if m.to is not None]
    if stretches:
        style = {
            "color": look["shade"],
            "stroke": look["hatch-line"],
            "strokeWidth": 0.8,
            "clip": True,
        }
        below.append(view(stretches, "rect", style, x=x, x2={"field": "x2"}))
    rules = [{"x": m.at} for m in along if m.to is None]
    if rules:
        style = {"color": look["ink"], "strokeWidth": 1.2, "strokeDash": [4, 2], "clip": True}
        above.append(view(rules, "rule", style, x=x))
    style = {"align": "left", "baseline": "bottom", "color": look["ink"]}
    for place, labels in enumerate(_labels([m for m in along if m.label], axis, look, plot)):
        y = {"value": -4 - LABEL_ROW * place}
        above.append(view(labels, "text", style, x=x, y=y, text=name("label")))
    return below, above


def level_rules(marks: Sequence[Mark], look: Look, ceiling: float | None = None) -> list[Spec]:
    """Draw the marks that are rules of the y axis, each labelled at its right end.

    The label stands above its rule, but under the one at ``ceiling``, the top of the plot.
    """
    layers: list[Spec] = []
    for mark in marks:
        if mark.axis != "y":
            continue
        row = [{"y": mark.at, "label": mark.label}]
        is_top = ceiling is not None and position(mark.at) >= ceiling
        rule = {"color": look["muted"], "strokeWidth": 1.2, "strokeDash": [6, 3]}
        text = {
            "align": "right",
            "baseline": "top" if is_top else "bottom",
            "dy": 3 if is_top else -2,
            "color": look["muted"],
        }
        # Paper around the letters keeps them readable where a line passes.
        halo = {**text, "stroke": look["paper"], "strokeWidth": 3, "strokeJoin": "round"}
        place: dict[str, Spec] = {"y": quantity("y"), "x": {"value": "width"}}
        layers.append(view(row, "rule", rule, y=quantity("y")))
        # Zero explains itself, and what hovers about it would lie under the words.
        if mark.at == 0:
            continue
        layers += [
            view(row, "text", halo, **place, text=name("label")),
            view(row, "text", text, **place, text=name("label")),
        ]
    return layers


def dressed(drawn: Spec, exhibit: Shape, look: Look) -> Spec:
    """Put theme and, where the figure stands alone, title and finding on a specification."""
    if look.titled:
        letters = look.letters(look.width * 0.94)
        drawn["title"] = {
            "text": textwrap.wrap(exhibit.title, int(letters * 0.82)),
            "subtitle": textwrap.wrap(exhibit.finding, letters),
        }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        **drawn,
        "config": config(look),
    }
