"""The look of the site: one layout around every sheet, and what it needs beside it."""

import hashlib
import importlib.resources
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TypedDict, Unpack

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from leadline.report import document
from leadline.report.document import Sheet
from leadline.report.theme import DARK, LIGHT
from leadline.report.views import FigureView
from leadline.web.pages import Printed

NAVIGATION = (
    ("/", "Scoreboard"),
    ("/live", "Live"),
    ("/calls", "Calls"),
    ("/scans", "Scans"),
    ("/data", "Data"),
    ("/calibration", "Calibration"),
    ("/methods", "Methods"),
    ("/corrections", "Corrections"),
)
_LICENCE = "https://www.apache.org/licenses/LICENSE-2.0"

Files = Callable[[FigureView], Markup]


class Head(TypedDict, total=False):
    """What the layout says around a page, each missing where it has nothing to say.

    Attributes
    ----------
    url : str
        Where the site stands, without a slash at the end, for links that leave it.
    feed, image : str
        Addresses within the site of the page's Atom feed and of its picture for previews.
    crumbs : sequence of (str, str)
        The pages above this one, as address and words, from the outermost.
    data_until : str
        The last day of the data shown, in words.
    stale : sequence of str
        What is older than it should be, in words.
    """

    url: str
    feed: str
    image: str
    crumbs: Sequence[tuple[str, str]]
    data_until: str
    stale: Sequence[str]


_PLAIN: Head = {
    "url": "",
    "feed": "/feed.xml",
    "image": "",
    "crumbs": (),
    "data_until": "",
    "stale": (),
}


@cache
def _environment() -> Environment:
    loader = ChoiceLoader(
        [
            PackageLoader("leadline.web", "templates"),
            PackageLoader("leadline.report", "templates"),
        ]
    )
    made = document.environment(loader)
    made.globals.update(
        asset=asset,
        navigation=NAVIGATION,
        licence=_LICENCE,
        is_within=is_within,
        papers=(LIGHT["paper"], DARK["paper"]),
    )
    return made


def is_within(at: str, address: str) -> bool:
    """Whether a page belongs to a part of the site; articles belong to the scoreboard.

    >>> is_within("/articles/silver-2026", "/"), is_within("/live/silver-2026", "/live")
    (True, True)
    >>> is_within("/data", "/")
    False
    """
    if address == "/":
        return at == "/" or at.startswith(("/articles/", "/verdicts/"))
    return at == address or at.startswith(f"{address}/")


def printed(
    sheet: Sheet,
    *,
    at: str,
    files: Files | None = None,
    status: int = 200,
    **head: Unpack[Head],
) -> Printed:
    """Give a sheet within the site's layout.

    Parameters
    ----------
    sheet : Sheet
        What the page says.
    at : str
        The address it stands at, for the navigation and the canonical link.
    files : callable, optional
        Gives the downloads of a figure, as HTML that stands below it.
    status : int
        The HTTP status.
    **head
        What the layout says around it, see `Head`.
    """
    text = (
        _environment()
        .get_template(sheet.template)
        .render(
            layout="site.html.j2",
            files=files,
            at=at,
            title=sheet.title,
            description=sheet.description,
            json_ld=document.data_block(sheet.json_ld),
            version=sheet.version,
            own_style=sheet.style,
            **{**_PLAIN, **head},
            **sheet.context,
        )
    )
    return Printed(text.encode(), status=status)


@cache
def assets() -> Mapping[str, tuple[bytes, str]]:
    """Give every static file by its name in an address: its bytes and its media type.

    The name holds the hash of the bytes, so that a browser may keep it for ever.
    """
    return {_hashed()[name]: held for name, held in _files().items()}


def asset(name: str) -> str:
    """Give the address of a static file; raise KeyError where there is none of this name."""
    return f"/static/{_hashed()[name]}"


@cache
def _hashed() -> Mapping[str, str]:
    found = {}
    for name, (body, _) in _files().items():
        stem, _, ending = name.rpartition(".")
        found[name] = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{ending}"
    return found


_MEDIA = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
}


@cache
def _files() -> Mapping[str, tuple[bytes, str]]:
    folder = importlib.resources.files("leadline.web").joinpath("static")
    found = {file.name: file.read_bytes() for file in folder.iterdir()}
    # A reader's own choice of colours, which page.css leaves to the system, then what is ours.
    found["site.css"] = document.themes().encode() + found["site.css"]
    found["page.css"] = document.style().encode()
    for name in ("page.js", "annotated.css"):
        found[name] = document.static(name).encode()
    return {name: (body, _MEDIA[name.rpartition(".")[2]]) for name, body in found.items()}
