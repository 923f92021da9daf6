"""The program that draws a figure to explore, as the drawing library carries it (BSD-3)."""

from leadline.web.pages import Printed, page
from leadline.web.shelf import Shelf


@page("/vega.js")
def bundle(_: Shelf) -> Printed:
    """Give Vega, Vega-Lite and Vega-Embed in one file, which nothing else need be loaded for."""
    import vl_convert

    text: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return Printed(text.encode(), "text/javascript; charset=utf-8")
