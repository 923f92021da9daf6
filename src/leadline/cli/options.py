"""What commands take: arguments and options that several of them share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Literal

import typer


class Code(IntEnum):
    """What the process says when it ends, for cron and CI to act on."""

    OK = 0
    USAGE = 2
    NOT_MEASURED = 3
    CHANGED = 10
    STALE = 20
    NOT_VERIFIED = 30


Form = Literal["csv", "json", "jsonld", "svg", "png"]


def day(text: str) -> date:
    """Read a day that has come; raise the usage error that names the option."""
    try:
        read = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date such as 2026-01-22.") from None
    # The day of the user's clock may be a day ahead of ours.
    if read > datetime.now(UTC).date() + timedelta(days=1):
        raise typer.BadParameter(f"{text} has not come yet; nothing is known as of then.")
    return read


def after(*, changed: bool, missing: bool, stale: bool) -> Code:
    """Say how a look at what is followed ends; what happens most seldom comes first.

    >>> after(changed=True, missing=False, stale=True).name
    'CHANGED'
    """
    if changed:
        return Code.CHANGED
    if missing:
        return Code.NOT_MEASURED
    return Code.STALE if stale else Code.OK


def parted(said: Sequence[str] | None) -> tuple[str, ...]:
    """Give what an option names, given several times or with commas, each once.

    >>> parted(["silver,gold", "vix"])
    ('silver', 'gold', 'vix')
    """
    words = (word.strip() for text in said or () for word in text.split(","))
    return tuple(dict.fromkeys(word for word in words if word))


FOUNDING = "silver-2026"
"""The article that a command is about where none is named."""
Ref = Annotated[
    str,
    typer.Argument(
        metavar="CLAIM",
        help="A claim or article of the library (silver-2026/S27, silver-2026), or a file (x.yml).",
    ),
]
Name = Annotated[
    str,
    typer.Argument(
        metavar="CLAIM", help="A claim, an article, the seal of a verdict, or its JSON file."
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder of series, one CSV file each. [default: what was fetched]",
    ),
]
AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        parser=day,
        help="Use what was known at the end of this day. [default: the last day of the data]",
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document on standard output, nothing else."),
]
