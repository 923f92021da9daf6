"""Commands that write files: report, export."""

import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli import show
from leadline.cli.options import AsOf, Data, Form, Json, Name
from leadline.errors import DataError

if TYPE_CHECKING:
    from leadline.cli.lookup import Heard
    from leadline.trial import Progress


def report(
    claim: Name,
    *,
    data: Data = None,
    as_of: AsOf = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The HTML file to write. [default: out/CLAIM.html]"),
    ] = None,
    pages: Annotated[
        bool,
        typer.Option("--pages", help="Of an article, also a full page for each claim beside it."),
    ] = False,
    live: Annotated[
        bool,
        typer.Option("--live", help="Follow it now, for the pictures of what came of it."),
    ] = False,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Write the report on a claim or an article as one HTML file.

    What `leadline watch` wrote down about it is part of the report. With --live it is followed up
    to the day of the report instead, which takes a while for an article.
    """
    from leadline.cli import lookup, since
    from leadline.cli.trials import say_lacking

    with show.progress() as tick:
        heard = lookup.hear_or_recall(claim, data, as_of=as_of, tick=tick)
        if live:
            told = since.followed(heard.what, data, as_of=as_of, tick=tick)
            heard = replace(heard, since=told)
        elif data is None and as_of is None:
            heard = replace(heard, since=since.written(heard.what))
        path = out or Path("out") / f"{heard.name}.html"
        paths = write_pages(heard, path, tick) if pages else (write_page(heard, path, tick),)
    if as_json:
        files = [str(each) for each in paths]
        show.document({"document": "files", "schema": 1, "files": files})
    else:
        for each in paths:
            show.say(str(each))
    if open_it:
        webbrowser.open(paths[0].resolve().as_uri())
    say_lacking(heard)


def export(
    claim: Name,
    *,
    form: Annotated[Form, typer.Option("--format", help="What to write.")] = "csv",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")] = Path("out"),
    dark: Annotated[bool, typer.Option("--dark", help="Pictures on dark paper.")] = False,
    data: Data = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Write a verdict's charts as numbers, pictures or JSON-LD."""
    from leadline.cli import exhibits, lookup
    from leadline.cli.trials import say_lacking

    with show.progress() as tick:
        heard = lookup.hear_or_recall(claim, data, as_of=as_of, tick=tick)
        paths = [
            path
            for verdict in heard.verdicts
            for path in exhibits.write(verdict, form, out, dark=dark)
        ]
    if as_json:
        show.document({"document": "files", "schema": 1, "files": [str(path) for path in paths]})
    else:
        for path in paths:
            show.say(str(path))
    say_lacking(heard)


def write_page(heard: "Heard", path: Path, tick: "Progress | None" = None) -> Path:
    """Write the report as one HTML file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(heard.page(tick), encoding="utf-8")
    return path


def write_pages(heard: "Heard", path: Path, tick: "Progress | None" = None) -> tuple[Path, ...]:
    """Write the report and a page for each claim, which link to one another by name."""
    if path.name != f"{heard.name}.html":
        msg = (
            f"--out {path}: With --pages the report is called {heard.name}.html, because the pages "
            "of its claims link to it. Name that file in a folder of your choice."
        )
        raise DataError(msg)
    written: list[Path] = []
    for name, text in heard.pages(tick):
        to = path.parent / name
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8")
        written.append(to)
    return tuple(written)


def write_all(heard: "Heard", folder: Path, tick: "Progress | None" = None) -> tuple[Path, ...]:
    """Write the document and the report, called after what was heard."""
    folder.mkdir(parents=True, exist_ok=True)
    document = folder / f"{heard.name}.json"
    document.write_text(heard.document(), encoding="utf-8")
    return document, write_page(heard, folder / f"{heard.name}.html", tick)
