"""Which address shows what: every page is a function of the shelf and its address."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

HTML = "text/html; charset=utf-8"

Topic = Literal["verdicts", "ledger", "data", "files", "today"]
"""What a page is printed from, and must be printed anew after."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What is sent for an address: the same bytes until the store has news.

    ``filename`` makes it a download; ``status`` is 404 where nothing is there, 410 never.
    """

    body: bytes
    media: str = HTML
    filename: str = ""
    status: int = 200


View: TypeAlias = Callable[..., Printed | None]
"""Takes the shelf, and the parts of the address and the query by name; None is "not found"."""


@dataclass(frozen=True, slots=True)
class Page:
    """An address pattern, such as ``/articles/{article}``, and the view that prints it.

    ``query`` names the query values that the view takes, each a text of at most 200 characters,
    missing as "". Others are ignored, so that they fill no memory.
    """

    path: str
    view: View
    reads: frozenset[Topic]
    query: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts of the address that vary.

        >>> Page("/live/{article}/{figure}.{form}", lambda: None, frozenset()).parts
        ('article', 'figure', 'form')
        """
        return tuple(re.findall(r"{(\w+)}", self.path))


_PAGES: dict[str, Page] = {}


def page(path: str, *reads: Topic, query: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Register the view of an address; the function stays as it is."""

    def register(view: View) -> View:
        if path in _PAGES:
            msg = f"{path} has two views."
            raise ValueError(msg)
        _PAGES[path] = Page(path, view, frozenset(reads), query)
        return view

    return register


def pages() -> Mapping[str, Page]:
    """Give every page by its address pattern, in the order of registration."""
    import leadline.web.views  # noqa: F401 - registers them

    return _PAGES
