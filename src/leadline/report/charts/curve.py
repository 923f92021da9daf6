"""Lines and bands over one x axis."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from leadline.evidence.exhibits import Band, Curve, Line
from leadline.report.charts.parts import (
    Axis,
    Rows,
    Spec,
    dressed,
    layered,
    level_rules,
    marked,
    name,
    named_scale,
    position,
    quantity,
    titled,
    view,
)
from leadline.report.theme import SPARE_STROKES, STROKES, Look, Stroke

# What is behind is drawn first.
_DEPTH = ("ghost", "base", "second", "main", "live")
_MOST_POINTS = 420
_MANY = 3
_FEW_TICKS = 4


def thinned(y: Sequence[float | None]) -> list[int]:
    """Positions to draw: the lowest and highest of each stretch, so that no spike is lost."""
    n = len(y)
    if n <= _MOST_POINTS:
        return list(range(n))
    keep = {0, n - 1}
    edges = [round(i * n / (_MOST_POINTS // 2)) for i in range(_MOST_POINTS // 2 + 1)]
    for start, stop in pairwise(edges):
        seen = [(value, i) for i in range(start, stop) if (value := y[i]) is not None]
        # A gap must stay a gap.
        keep.update(i for i in range(start, stop) if y[i] is None)
        if seen:
            keep.update((min(seen)[1], max(seen)[1]))
    return sorted(keep)


def _legend_labels(lines: Sequence[Line]) -> dict[str, str]:
    ghosts = [line.label for line in lines if line.role == "ghost"]
    together = f"each episode by itself ({len(ghosts)})"
    return {
        line.label: together if line.role == "ghost" and len(ghosts) > _MANY else line.label
        for line in lines
    }


def _strokes(lines: Sequence[Line], shown: dict[str, str]) -> dict[str, Stroke]:
    """Give every label of the legend its stroke; no two lines of weight look alike."""
    strokes: dict[str, Stroke] = {}
    spare = iter(SPARE_STROKES)
    for line in sorted(lines, key=lambda line: -_DEPTH.index(line.role)):
        label = shown[line.label]
        if label in strokes:
            continue
        stroke = STROKES[line.role]
        while stroke in strokes.values():
            stroke = next(spare, STROKES["ghost"])
            if stroke == STROKES["ghost"]:
                break
        strokes[label] = stroke
    return {shown[line.label]: strokes[shown[line.label]] for line in lines}


def _line_rows(lines: Sequence[Line], shown: dict[str, str]) -> Rows:
    ordered = sorted(enumerate(lines), key=lambda pair: _DEPTH.index(pair[1].role))
    return [
        {"x": line.x[i], "y": line.y[i], "line": place, "label": shown[line.label]}
        for place, line in ordered
        for i in thinned(line.y)
    ]


def _lines(exhibit: Curve, axis: Axis, y: Spec, look: Look) -> Iterator[Spec]:
    if not exhibit.lines:
        return
    shown = _legend_labels(exhibit.lines)
    strokes = _strokes(exhibit.lines, shown)
    names, drawn = list(strokes), list(strokes.values())
    legend: Spec | None = None
    if len(names) > 1 or exhibit.bands:
        legend = {"symbolType": "stroke", "columns": 1 if look.is_compact else min(2, len(names))}

    def channel(values: Sequence[object]) -> Spec:
        return name("label", scale=named_scale(names, values), legend=legend)

    yield view(
        _line_rows(exhibit.lines, shown),
        "line",
        {"clip": True, "strokeJoin": "round"},
        x=axis.channel(look),
        y=y,
        detail=name("line"),
        color=channel([look[s.colour] for s in drawn]),
        strokeDash=channel([list(s.dash) or [1, 0] for s in drawn]),
        strokeWidth=channel([s.width for s in drawn]),
    )
    for line in exhibit.lines:
        if not line.points:
            continue
        style = {
            "filled": True,
            "opacity": 1,
            "size": 34,
            "color": look[strokes[shown[line.label]].colour],
            "shape": "diamond" if line.role in {"second", "live"} else "circle",
        }
        rows: Rows = [
            {"x": a, "y": b} for a, b in zip(line.x, line.y, strict=True) if b is not None
        ]
        yield view(rows, "point", style, x=axis.channel(look), y=y)


def _bands(bands: Sequence[Band], axis: Axis, y: Spec, look: Look) -> Iterator[Spec]:
    if not bands:
        return
    role = {band.label: band.role for band in reversed(bands)}
    names = list(dict.fromkeys(band.label for band in bands))
    rows: Rows = []
    for place, band in enumerate(bands):
        step = max(1, len(band.x) // _MOST_POINTS)
        rows += [
            {
                "x": band.x[i],
                "low": band.low[i],
                "high": band.high[i],
                "band": place,
                "label": band.label,
            }
            for i in sorted({*range(0, len(band.x), step), len(band.x) - 1})
        ]
    legend = {
        "symbolType": "square",
        "symbolOpacity": 0.75,
        "symbolStrokeWidth": 1,
        "columns": 1 if look.is_compact else min(2, len(names)),
    }
    fill = named_scale(names, [look[f"band-{role[n]}"] for n in names])
    edge = named_scale(names, [look[f"band-{role[n]}-edge"] for n in names])
    yield view(
        rows,
        "area",
        {"clip": True, "fillOpacity": 0.6, "strokeWidth": 0.9},
        x=axis.channel(look),
        y={**y, "field": "low"},
        y2={"field": "high"},
        detail=name("band"),
        fill=name("label", scale=fill, legend=legend),
        stroke=name("label", scale=edge, legend=legend),
    )


def _extent(exhibit: Curve) -> tuple[float, float]:
    values = [v for line in exhibit.lines for v in line.y if v is not None]
    values += [v for b in exhibit.bands for side in (b.low, b.high) for v in side if v is not None]
    return min(values, default=0.0), max(values, default=0.0)


def _axis(exhibit: Curve) -> Axis:
    places: list[float | str] = [at for line in exhibit.lines for at in line.x]
    places += [at for band in exhibit.bands for at in band.x]
    inside = Axis.over(places, exhibit.x_label)
    slack = 0.05 * (inside.high - inside.low)
    near = [
        at
        for mark in exhibit.marks
        if mark.axis == "x"
        for at in (mark.at, mark.to)
        if at is not None and inside.low - slack <= position(at) <= inside.high + slack
    ]
    return Axis.over([*places, *near], exhibit.x_label)


def _log_ticks(exhibit: Curve) -> list[float]:
    """Give round places on an axis of ratios: 1, 2 and 5 of each decade, or finer within one."""
    levels = [float(mark.at) for mark in exhibit.marks if mark.axis == "y"]
    low, high = _extent(exhibit)
    low, high = min([low, *levels]), max([high, *levels])
    if low <= 0 or low == high:
        return []
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    wide = [m * 10.0**k for k in decades for m in (1, 2, 5)]
    inside = [at for at in wide if low <= at <= high]
    if len(inside) > _FEW_TICKS:
        return inside
    rough = (high - low) / (2 * _FEW_TICKS)
    step = min((at for at in wide + [at / 100 for at in wide] if at >= rough), default=rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [step * k for k in range(first, last + 1)]


def curve(exhibit: Curve, look: Look) -> Spec:
    """Draw lines over bands over shaded stretches, with a rule at zero where it is crossed."""
    axis = _axis(exhibit)
    plot = look.width - 72.0
    height = 190 if look.is_compact else 280
    y = quantity(
        "y",
        scale={"type": "log", "nice": False} if exhibit.log_y else {"zero": False, "nice": True},
        axis={
            "format": exhibit.y_format,
            **({"values": _log_ticks(exhibit)} if exhibit.log_y else {"tickCount": 6}),
            "title": titled(exhibit.y_label, look, height * 1.2),
        },
    )
    zero = []
    low, high = _extent(exhibit)
    drawn_anyway = any(mark.axis == "y" and mark.at == 0 for mark in exhibit.marks)
    if low < 0 < high and not drawn_anyway:
        zero = [view([{"y": 0}], "rule", {"color": look["axis"]}, y=quantity("y"))]
    below, above = marked(exhibit.marks, axis, look, plot)
    layers = [
        *below,
        *_bands(exhibit.bands, axis, y, look),
        *zero,
        *_lines(exhibit, axis, y, look),
        *above,
        *level_rules(exhibit.marks, look, ceiling=high),
    ]
    return dressed(layered(layers, width=plot, height=height), exhibit, look)
