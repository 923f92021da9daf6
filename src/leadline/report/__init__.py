"""A verdict for readers: words, figures, page and JSON-LD; nothing is computed here.

Drawing loads Altair and a JavaScript engine, so ``chart``, ``svg``, ``png``, ``page``,
``article_page`` and ``article_files`` are fetched on first use (PEP 562).
"""

import importlib
from typing import TYPE_CHECKING, Any

from leadline.report.jsonld import claim_review
from leadline.report.rows import Frame, csv, frame

if TYPE_CHECKING:
    from leadline.report.document import article_files, article_page, page
    from leadline.report.figures import chart, png, svg
    from leadline.report.terminal import article_text, first_screen, scoreboard, text, why

_LATER = {
    "article_files": "document",
    "article_page": "document",
    "page": "document",
    "chart": "figures",
    "png": "figures",
    "svg": "figures",
    "article_text": "terminal",
    "first_screen": "terminal",
    "scoreboard": "terminal",
    "text": "terminal",
    "why": "terminal",
}

__all__ = [
    "Frame",
    "article_files",
    "article_page",
    "article_text",
    "chart",
    "claim_review",
    "csv",
    "first_screen",
    "frame",
    "page",
    "png",
    "scoreboard",
    "svg",
    "text",
    "why",
]


def __getattr__(name: str) -> Any:
    """Fetch what draws or prints on first use."""
    if name not in _LATER:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
