"""All specifications sorted, and below them the choices behind each."""

import textwrap
from collections.abc import Sequence

from leadline.evidence.exhibits import Specification, SpecificationCurve
from leadline.report.charts.parts import Rows, Spec, dressed, layered, name, quantity, view
from leadline.report.theme import Look

_STAR = "M0,-1L.26,-.36L.95,-.31L.42,.14L.59,.81L0,.44L-.59,.81L-.42,.14L-.95,-.31L-.26,-.36Z"


def _varied(specifications: Sequence[Specification]) -> list[tuple[str, str]]:
    """Give dimension and option of every choice, without dimensions in which nothing varies."""
    options: dict[str, dict[str, None]] = {}
    for specification in specifications:
        for dimension, option in specification.choices.items():
            options.setdefault(dimension, {})[option] = None
    return [
        (dimension, option)
        for dimension, chosen in options.items()
        if len(chosen) > 1
        for option in sorted(chosen)
    ]


def _x(n: int) -> Spec:
    return quantity("x", scale={"domain": [-1, n], "nice": False}, axis=None)


def _band(exhibit: SpecificationCurve, look: Look) -> list[Spec]:
    n = len(exhibit.specifications)
    if len(exhibit.null_low) != n:
        return []
    rows: Rows = [
        {"x": i, "low": low, "high": high}
        for i, (low, high) in enumerate(zip(exhibit.null_low, exhibit.null_high, strict=True))
    ]
    style = {
        "color": look["band-wide"],
        "stroke": look["band-wide-edge"],
        "fillOpacity": 0.6,
        "strokeWidth": 0.9,
    }
    return [view(rows, "area", style, x=_x(n), y=quantity("low"), y2={"field": "high"})]


def _strokes(ends: Sequence[tuple[float, float, float, float]]) -> Rows:
    """Give strokes as one broken line: one path however many they are."""
    rows: Rows = []
    for x1, y1, x2, y2 in ends:
        n = len(rows)
        rows += [
            {"x": x1, "y": y1, "i": n},
            {"x": x2, "y": y2, "i": n + 1},
            {"x": x2, "y": None, "i": n + 2},
        ]
    return rows


def _own(ranked: Sequence[Specification], look: Look, y: Spec) -> list[Spec]:
    rows: Rows = [
        {"x": i, "y": s.z, "label": "the claimant's own"} for i, s in enumerate(ranked) if s.chosen
    ]
    if not rows:
        return []
    is_left = rows[0]["x"] < len(ranked) * 0.6
    star = {
        "shape": _STAR,
        "filled": True,
        "size": 190,
        "opacity": 1,
        "color": look["second"],
        "stroke": look["paper"],
        "strokeWidth": 1,
    }
    text = {
        "align": "left" if is_left else "right",
        "dx": 12 if is_left else -12,
        "dy": 14 if is_left else -12,
        "color": look["second"],
        "fontWeight": "bold",
    }
    x = _x(len(ranked))
    return [
        view(rows, "point", star, x=x, y=y),
        view(rows[:1], "text", text, x=x, y=y, text=name("label")),
    ]


def _top(
    exhibit: SpecificationCurve, ranked: Sequence[Specification], look: Look, extent: int
) -> Spec:
    n = len(ranked)
    plot = look.width - extent - 16.0
    y = quantity(
        "y",
        scale={"zero": True},
        axis={
            "title": "z, larger = more for the claim",
            "titleX": -34,
            "minExtent": extent,
            "maxExtent": extent,
            "tickCount": 6,
        },
    )
    dots = _strokes([(i, s.z, i + 0.01, s.z) for i, s in enumerate(ranked)])
    size = min(6.0, max(2.0, 1.4 * plot / n))
    style = {"color": look["main"], "strokeWidth": size, "strokeCap": "round"}
    layers = [
        *_band(exhibit, look),
        view([{"y": 0}], "rule", {"color": look["axis"]}, y=quantity("y")),
        view(dots, "line", style, x=_x(n), y=y, order=quantity("i")),
        *_own(ranked, look, y),
    ]
    return layered(layers, width=plot, height=150 if look.is_compact else 190)


def _label(pair: tuple[str, str], look: Look, extent: int) -> str:
    text = textwrap.shorten(
        f"{pair[0].replace('_', ' ')}: {pair[1]}", look.letters(extent), placeholder="…"
    )
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _matrix(
    ranked: Sequence[Specification], pairs: Sequence[tuple[str, str]], look: Look, extent: int
) -> Spec:
    plot = look.width - extent - 16.0
    labels = ",".join(_label(pair, look, extent) for pair in pairs)
    y = quantity(
        "y",
        scale={"domain": [len(pairs), 0], "nice": False},
        axis={
            "values": [i + 0.5 for i in range(len(pairs))],
            "labelExpr": f"[{labels}][floor(datum.value)]",
            "labelLimit": extent,
            "labelOverlap": False,
            "grid": False,
            "ticks": False,
            "domain": False,
            "title": None,
            "minExtent": extent,
            "maxExtent": extent,
        },
    )
    ticks = [
        (i, row + 0.2, i, row + 0.8)
        for row, (dimension, option) in enumerate(pairs)
        for i, s in enumerate(ranked)
        if s.choices.get(dimension) == option
    ]
    borders: Rows = [{"y": i} for i in range(1, len(pairs)) if pairs[i][0] != pairs[i - 1][0]]
    width = min(3.0, max(0.7, 0.6 * plot / len(ranked)))
    style = {"color": look["ink"], "strokeWidth": width}
    x = _x(len(ranked))
    layers = [
        view(borders, "rule", {"color": look["axis"], "strokeWidth": 0.6}, y=y),
        view(_strokes(ticks), "line", style, x=x, y=y, order=quantity("i")),
    ]
    own: Rows = [{"x": i} for i, s in enumerate(ranked) if s.chosen]
    if own:
        rule = {"color": look["second"], "strokeWidth": 1.4, "strokeDash": [3, 2]}
        layers.append(view(own[:1], "rule", rule, x=x))
    return layered(layers, width=plot, height=(15 if look.is_compact else 16) * len(pairs))


def specification_curve(exhibit: SpecificationCurve, look: Look) -> Spec:
    """Draw z sorted over its null band, the claimant's own starred, over the matrix of choices."""
    extent = 128 if look.is_compact else 200
    ranked = sorted(exhibit.specifications, key=lambda s: s.z)
    pairs = _varied(exhibit.specifications)
    parts = [_top(exhibit, ranked, look, extent)]
    if pairs:
        parts.append(_matrix(ranked, pairs, look, extent))
    return dressed({"vconcat": parts, "spacing": 8}, exhibit, look)
