"""Every page, a module a subject; importing them registers them."""

from leadline.web.views import (
    articles,
    board,
    calibration,
    calls,
    claims,
    corrections,
    data,
    interface,
    live,
    methods,
    pairs,
    scans,
    vega,
)

__all__ = [
    "articles",
    "board",
    "calibration",
    "calls",
    "claims",
    "corrections",
    "data",
    "interface",
    "live",
    "methods",
    "pairs",
    "scans",
    "vega",
]
