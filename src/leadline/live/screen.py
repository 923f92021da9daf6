"""How things are laid out on an 80-column screen."""

import textwrap

from rich.table import Table
from rich.text import Text

WIDTH = 80
STYLES = {"for": "bold blue", "against": "bold yellow", "open": "bold"}


def table(*titles: str) -> Table:
    """Lay out a table; a title that begins with ``>`` stands over figures."""
    laid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in titles:
        is_figure = title.startswith(">")
        laid.add_column(title.removeprefix(">"), justify="right" if is_figure else "left")
    return laid


def heading(text: str, *, gap: bool = True) -> Text:
    """Write a heading, with a blank line before it."""
    return Text(("\n" if gap else "") + text, style="bold")


def bullet(sentence: str) -> Text:
    """Write one item of a list."""
    return Text(textwrap.fill(sentence, WIDTH, initial_indent="- ", subsequent_indent="  "))


def small(text: str) -> Text:
    """Write what explains the rest."""
    return Text(filled(text), style="dim")


def cut(text: str, width: int) -> str:
    """Cut a text off between words where it is longer than ``width``."""
    return textwrap.shorten(text, width, placeholder=" \N{HORIZONTAL ELLIPSIS}")


def filled(text: str) -> str:
    """Break a text into lines."""
    return textwrap.fill(text, WIDTH)
