"""The look of the site: one layout around every sheet, and what it needs beside it."""

import hashlib
import importlib.resources
from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from leadline.report import document
from leadline.report.document import Sheet
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

Files = Callable[[FigureView], Markup]


@cache
def _environment() -> Environment:
    loader = ChoiceLoader(
        [
            PackageLoader("leadline.web", "templates"),
            PackageLoader("leadline.report", "templates"),
        ]
    )
    made = document.environment(loader)
    made.globals.update(asset=asset, navigation=NAVIGATION)
    return made


def printed(
    sheet: Sheet, *, at: str, files: Files | None = None, status: int = 200, **head: Any
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
        More for the layout: ``feed`` and ``image`` are addresses.
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
            feed=head.pop("feed", None),
            image=head.pop("image", None),
            **head,
            **sheet.context,
        )
    )
    return Printed(text.encode(), status=status)


@cache
def assets() -> dict[str, tuple[bytes, str]]:
    """Give every static file by its name in an address: its bytes and its media type.

    The name holds the hash of the bytes, so that a browser may keep it for ever.
    """
    found: dict[str, tuple[bytes, str]] = {}
    for name, (body, media) in _files().items():
        stem, _, ending = name.rpartition(".")
        digest = hashlib.sha256(body).hexdigest()[:12]
        found[f"{stem}.{digest}.{ending}"] = (body, media)
    return found


def asset(name: str) -> str:
    """Give the address of a static file; raise KeyError where there is none of this name."""
    stem, _, ending = name.rpartition(".")
    for known in assets():
        if known.startswith(f"{stem}.") and known.endswith(f".{ending}"):
            return f"/static/{known}"
    raise KeyError(name)


_MEDIA = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
}


def _files() -> dict[str, tuple[bytes, str]]:
    report = {
        "page.css": document.style(),
        "page.js": document.static("page.js"),
        "annotated.css": document.static("annotated.css"),
    }
    found = {
        name: (text.encode(), _MEDIA[name.rpartition(".")[2]]) for name, text in report.items()
    }
    for file in importlib.resources.files("leadline.web").joinpath("static").iterdir():
        found[file.name] = (file.read_bytes(), _MEDIA[file.name.rpartition(".")[2]])
    return found
