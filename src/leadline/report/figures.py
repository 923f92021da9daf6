"""Exhibits drawn: one drawer a shape, as Altair chart, SVG or PNG, without browser or network."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeAlias, assert_never

from leadline.evidence.exhibits import (
    Bars,
    Curve,
    Distribution,
    Exhibit,
    Forest,
    Heatmap,
    Network,
    Overlay,
    Ribbon,
    SpecificationCurve,
    Table,
    Timeline,
    Waterfall,
)
from leadline.report.charts.bars import bars
from leadline.report.charts.curve import curve
from leadline.report.charts.network import network
from leadline.report.charts.overlay import overlay, thumbnail
from leadline.report.charts.parts import Spec
from leadline.report.charts.ribbon import ribbon
from leadline.report.charts.simple import distribution, forest, heatmap, table, timeline
from leadline.report.charts.specification import specification_curve
from leadline.report.charts.waterfall import waterfall
from leadline.report.plain import readable
from leadline.report.theme import DARK, LIGHT, WIDE, Look
from leadline.report.vector import Described, finished, inline

if TYPE_CHECKING:
    import altair as alt

Keeper: TypeAlias = Callable[[str, Callable[[], bytes]], bytes]
"""Gives what was drawn under a text before, or draws it and keeps it."""

_KEEPER: ContextVar[Keeper | None] = ContextVar("keeper", default=None)

# Stands for the prefix in what is kept, so that a picture serves every page that it is on.
_ANY_PREFIX = "any-prefix-of-leadline"


@contextmanager
def keeping(keeper: Keeper) -> Iterator[None]:
    """Ask ``keeper`` for every drawing of the block; what is drawn stays the same."""
    before = _KEEPER.set(keeper)
    try:
        yield
    finally:
        _KEEPER.reset(before)


def _kept(form: str, exhibit: Exhibit, prefix: str, draw: Callable[[str], str]) -> str:
    keeper, said = _KEEPER.get(), ""
    if keeper is not None:
        said = f"{form}\n{exhibit.model_dump_json()}"
    if keeper is None or _ANY_PREFIX in said:
        return draw(prefix)
    drawn = keeper(said, lambda: draw(_ANY_PREFIX).encode())
    return drawn.decode().replace(_ANY_PREFIX, prefix)


def chart(
    exhibit: Exhibit, *, dark: bool = False, width: int = WIDE
) -> "alt.Chart | alt.LayerChart | alt.VConcatChart":
    """Draw an exhibit as a Vega-Altair chart, with its title and finding.

    Parameters
    ----------
    exhibit : Exhibit
        Any shape.
    dark : bool
        Light ink on dark paper.
    width : int
        Design width in pixels; under 500 the figure is laid out for a phone.
    """
    import altair as alt

    spec = _as_text(specification(exhibit, _look(width, dark=dark)))
    drawn: alt.Chart = alt.Chart.from_dict(spec)
    return drawn


def _as_text(spec: Spec) -> Spec:
    """Write every list of rows as JSON text: Altair would check each number by its schema."""
    for key in ("layer", "vconcat"):
        spec[key] = [_as_text(part) for part in spec.get(key, [])]
        if not spec[key]:
            del spec[key]
    if "data" in spec:
        spec["data"] = {"values": json.dumps(spec["data"]["values"]), "format": {"type": "json"}}
    return spec


def _look(width: int, *, dark: bool) -> Look:
    return Look(DARK if dark else LIGHT, width)


def specification(exhibit: Exhibit, look: Look) -> Spec:  # noqa: C901, PLR0911, PLR0912 - a case a shape
    """Give the Vega-Lite specification of an exhibit, in readers' words."""
    exhibit = readable(exhibit)
    match exhibit:
        case Curve():
            return curve(exhibit, look)
        case Distribution():
            return distribution(exhibit, look)
        case Forest():
            return forest(exhibit, look)
        case Timeline():
            return timeline(exhibit, look)
        case Heatmap():
            return heatmap(exhibit, look)
        case Table():
            return table(exhibit, look)
        case SpecificationCurve():
            return specification_curve(exhibit, look)
        case Overlay():
            return overlay(exhibit, look)
        case Waterfall():
            return waterfall(exhibit, look)
        case Ribbon():
            return ribbon(exhibit, look)
        case Bars():
            return bars(exhibit, look)
        case Network():
            return network(exhibit, look)
        case _:
            assert_never(exhibit)


def _svg(spec: Spec, exhibit: Exhibit, look: Look, prefix: str) -> str:
    # Loading starts a JavaScript engine, which nobody should wait for who draws nothing.
    import vl_convert

    # One legend below the other; Vega knows this setting, the schema of Vega-Lite does not.
    spec["config"]["legend"]["layout"] = {
        "bottom": {"direction": "vertical", "anchor": "start", "margin": 3}
    }
    # All data are inline, so no address needs to be allowed.
    raw = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return finished(raw, Described(exhibit.title, exhibit.finding, prefix), look.colours)


def _prefix(exhibit: Exhibit, look: Look) -> str:
    text = f"{exhibit.name}|{exhibit.title}|{look.width}"
    return "f" + hashlib.sha256(text.encode()).hexdigest()[:8]


def svg(exhibit: Exhibit, *, dark: bool = False, width: int = WIDE) -> str:
    """Draw an exhibit as a stand-alone SVG that says its title and finding to screen readers."""
    look, shown = _look(width, dark=dark), readable(exhibit)

    def draw(prefix: str) -> str:
        return _svg(specification(shown, look), shown, look, prefix)

    return _kept(f"svg {width} {dark}", exhibit, _prefix(shown, look), draw)


def png(exhibit: Exhibit, *, dark: bool = False, scale: float = 2, width: int = WIDE) -> bytes:
    """Draw an exhibit as PNG, ``scale`` pixels for each pixel of the design."""

    def draw() -> bytes:
        import vl_convert

        drawn: bytes = vl_convert.svg_to_png(svg(exhibit, dark=dark, width=width), scale=scale)
        return drawn

    keeper = _KEEPER.get()
    if keeper is None:
        return draw()
    return keeper(f"png {width} {dark} {scale:g}\n{exhibit.model_dump_json()}", draw)


def inline_svg(exhibit: Exhibit, *, prefix: str, width: int) -> str:
    """Draw an exhibit for a page: its colours are the page's, its ids start with ``prefix``."""
    look = Look(LIGHT, width, titled=False)

    def draw(prefix: str) -> str:
        return inline(_svg(specification(exhibit, look), exhibit, look, prefix))

    return _kept(f"inline {width}", exhibit, prefix, draw)


def inline_prices(exhibit: Overlay, *, prefix: str, width: int) -> str:
    """Draw an overlay for a page with its prices on a plain scale."""
    look, shown = Look(LIGHT, width, titled=False), readable(exhibit)

    def draw(prefix: str) -> str:
        return inline(_svg(overlay(shown, look, log=False), shown, look, prefix))

    return _kept(f"prices {width}", exhibit, prefix, draw)


def inline_thumbnail(exhibit: Overlay, *, prefix: str, width: int) -> str:
    """Draw an overlay's two lines, unshifted and small, for a page."""
    look = Look(LIGHT, width, titled=False)

    def draw(prefix: str) -> str:
        return inline(_svg(thumbnail(exhibit, look), exhibit, look, prefix))

    return _kept(f"thumbnail {width}", exhibit, prefix, draw)
