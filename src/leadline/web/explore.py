"""A figure to explore: its own specification with read-outs and zoom, for Vega in the browser."""

import json

from leadline.evidence.exhibits import Exhibit
from leadline.report import figures
from leadline.report.charts.parts import Spec
from leadline.report.theme import DARK, LIGHT, WIDE, Look
from leadline.web.pages import Printed

_READ = frozenset({"area", "bar", "line", "point", "rect", "rule"})
_UNSAID = frozenset({"detail", "order", "shape", "size", "strokeDash", "strokeWidth"})
_SCALED = frozenset({"quantitative", "temporal"})


def printed(exhibit: Exhibit, *, dark: bool) -> Printed:
    """Give the specification of a figure to explore, compiled from Vega-Lite to Vega."""
    import vl_convert

    spec = explorable(exhibit, Look(DARK if dark else LIGHT, WIDE, titled=False))
    compiled = vl_convert.vegalite_to_vega(spec)
    return Printed(json.dumps(compiled, separators=(",", ":")).encode(), "application/json")


def explorable(exhibit: Exhibit, look: Look) -> Spec:
    """Give the specification of an exhibit whose marks say their values and whose x axis zooms."""
    spec = figures.specification(exhibit, look)
    parts = spec.get("vconcat", [spec])
    for place, part in enumerate(parts):
        layers = part.get("layer", [part])
        for layer in layers:
            _read_out(layer)
        # Two axes that zoom apart would tell two stories, so only the upper picture does.
        if place == 0:
            _zoom(layers)
    return spec


def _read_out(layer: Spec) -> None:
    mark, encoding = layer.get("mark", {}), layer.get("encoding", {})
    if mark.get("type") not in _READ:
        return
    said = [told for name, channel in encoding.items() if (told := _told(name, channel))]
    if not said:
        return
    if mark["type"] in {"area", "line"}:
        # A line is one mark; unseen points upon it can be pointed at one by one.
        mark["point"] = {"opacity": 0, "size": 180, "filled": True}
        for channel in encoding.values():
            if isinstance(channel.get("legend"), dict):
                channel["legend"]["symbolType"] = "stroke"
    encoding["tooltip"] = _once(said)


def _told(name: str, channel: Spec) -> Spec | None:
    axis = channel.get("axis") or {}
    # Names that an axis rewrites are keys to sort by, not words.
    if "field" not in channel or name in _UNSAID or "labelExpr" in axis:
        return None
    told = {"field": channel["field"], "type": channel.get("type", "quantitative")}
    if told["type"] == "temporal":
        return {**told, "title": "day", "format": "%-d %B %Y"}
    if told["type"] != "quantitative":
        return {**told, "title": "which"}
    title = axis.get("title") or {"x2": "to", "y2": "to"}.get(name, channel["field"])
    words = " ".join(title) if isinstance(title, list) else title
    return {**told, "title": words, "format": ".4~g"}


def _once(said: list[Spec]) -> list[Spec]:
    return list({told["field"]: told for told in reversed(said)}.values())[::-1]


def _zoom(layers: list[Spec]) -> None:
    wide = [each for each in layers if _is_scaled(each.get("encoding", {}).get("x", {}))]
    if not wide:
        return
    wide[0]["params"] = [
        {"name": "zoom", "select": {"type": "interval", "encodings": ["x"]}, "bind": "scales"}
    ]
    for layer in wide:
        # Words stand above the plot, and would be cut off there.
        layer["mark"]["clip"] = layer["mark"]["type"] != "text"


def _is_scaled(channel: Spec) -> bool:
    return "field" in channel and channel.get("type") in _SCALED
