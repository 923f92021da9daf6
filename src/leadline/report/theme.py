"""One look for every figure: colours, weights and type, in light and in dark.

Colours start from Okabe and Ito (2008), "Color Universal Design", and are darkened (or, on dark
paper, lightened) until marks reach 3:1 and text 4.5:1 against the paper. No meaning hangs on
colour alone: each role also has its own dash, weight or shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

WIDE = 720
COMPACT = 360
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"

# Every name has its own value, so that a drawn figure can be turned back into names.
_LIGHT = {
    "paper": "#ffffff",
    "ink": "#1a1d21",
    "muted": "#59616b",
    "grid": "#e3e6ea",
    "axis": "#8a929c",
    "main": "#0072b2",
    "second": "#c44e00",
    "third": "#93478f",
    "ghost": "#7b828b",
    "base": "#00785a",
    "live": "#1a1d22",
    "band-wide": "#a9d0e8",
    "band-wide-edge": "#4690ba",
    "band-narrow": "#e8c7e4",
    "band-narrow-edge": "#ac6ca8",
    "band-base": "#b3dccd",
    "band-base-edge": "#43937a",
    "shade": "#f4efdf",
    "hatch": "#efe6cc",
    "hatch-line": "#8f7a3c",
    "bar": "#98a1ab",
    "heat-0": "#c44f00",
    "heat-1": "#e69a68",
    "heat-2": "#f6dccb",
    "heat-3": "#f2f3f5",
    "heat-4": "#cfe4f1",
    "heat-5": "#79b5d9",
    "heat-6": "#0073b2",
}
_DARK = {
    "paper": "#15181c",
    "ink": "#e8eaed",
    "muted": "#a3abb5",
    "grid": "#2b3036",
    "axis": "#69727d",
    "main": "#56b4e9",
    "second": "#f29a4a",
    "third": "#d69ad2",
    "ghost": "#8d96a0",
    "base": "#3fc89b",
    "live": "#e8eaee",
    "band-wide": "#1f4d68",
    "band-wide-edge": "#4c93bb",
    "band-narrow": "#5a3557",
    "band-narrow-edge": "#a76ca3",
    "band-base": "#1d4f40",
    "band-base-edge": "#439780",
    "shade": "#2b2820",
    "hatch": "#332d1e",
    "hatch-line": "#9a8754",
    "bar": "#6a737e",
    "heat-0": "#f29b4a",
    "heat-1": "#9c5f2b",
    "heat-2": "#4a3424",
    "heat-3": "#23272c",
    "heat-4": "#213a4a",
    "heat-5": "#2f6d90",
    "heat-6": "#57b4e9",
}
LIGHT: Mapping[str, str] = MappingProxyType(_LIGHT)
DARK: Mapping[str, str] = MappingProxyType(_DARK)


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line of one role is drawn."""

    colour: str
    dash: tuple[float, ...]
    width: float


STROKES: Mapping[str, Stroke] = MappingProxyType(
    {
        "main": Stroke("main", (), 2.4),
        "second": Stroke("second", (7, 4), 2.0),
        "ghost": Stroke("ghost", (1.5, 2.5), 1.3),
        "base": Stroke("base", (10, 3, 2, 3), 1.7),
        "live": Stroke("live", (), 3.2),
    }
)
# For a second line of a role already used.
SPARE_STROKES = (
    Stroke("second", (7, 4), 2.0),
    Stroke("third", (4, 2), 2.0),
    Stroke("base", (10, 3, 2, 3), 1.8),
    Stroke("muted", (2, 2), 1.8),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a drawer needs to know about where its figure will stand."""

    colours: Mapping[str, str]
    width: int = WIDE
    titled: bool = True

    @property
    def is_compact(self) -> bool:
        """Whether the figure is for a phone, a print column or a card."""
        return self.width < 500

    @property
    def text(self) -> float:
        """Font size in pixels of the design width."""
        return 12.0 if self.is_compact else 13.0

    def __getitem__(self, name: str) -> str:
        """Give the colour called ``name``."""
        return self.colours[name]

    def letters(self, pixels: float) -> int:
        """Give how many letters of body text fit into ``pixels``."""
        return max(8, int(pixels / (self.text * 0.52)))


def config(look: Look) -> dict[str, Any]:
    """Give the Vega-Lite configuration of the one theme."""
    small = look.text - 0.5
    return {
        "background": look["paper"],
        "font": FONT,
        "padding": {"left": 2, "right": 6, "top": 4, "bottom": 2},
        "view": {"stroke": None},
        # The finished SVG gets one role, title and description of its own.
        "aria": False,
        "axis": {
            "labelColor": look["muted"],
            "labelFontSize": small,
            "titleColor": look["ink"],
            "titleFontSize": look.text,
            "titleFontWeight": "normal",
            "titlePadding": 6,
            "domainColor": look["axis"],
            "tickColor": look["axis"],
            "gridColor": look["grid"],
            "labelOverlap": "greedy",
            "labelFlush": False,
        },
        "legend": {
            "orient": "bottom",
            "direction": "vertical" if look.is_compact else "horizontal",
            "columns": 1 if look.is_compact else 2,
            "labelColor": look["ink"],
            "labelFontSize": small,
            "labelLimit": look.width * (0.85 if look.is_compact else 0.42),
            "symbolSize": 300,
            "symbolStrokeWidth": 2,
            "title": None,
            "offset": 6,
            "padding": 0,
            "rowPadding": 3,
        },
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "color": look["ink"],
            "fontSize": look.text + 2,
            "fontWeight": "bold",
            "subtitleColor": look["muted"],
            "subtitleFontSize": look.text,
            "subtitlePadding": 4,
            "offset": 12,
        },
        "text": {"color": look["ink"], "fontSize": small},
    }
