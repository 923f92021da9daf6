"""Commands that look at what came after publication: live, diff, calls."""

import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli import show
from leadline.cli.options import FOUNDING, Code, Data, Json, after, day
from leadline.errors import LeadlineError, NotHeldError

if TYPE_CHECKING:
    from leadline.claim import Article, Claim
    from leadline.data import Store
    from leadline.live.calls import Scoreboard

Followed = Annotated[
    str,
    typer.Argument(
        metavar="CLAIM", help="An article, one of its claims (silver-2026/S27), or a file."
    ),
]
Day = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        parser=day,
        help="Use what was known at the end of this day. [default: the last day that was decided; "
        "with --data the last day of the data]",
    ),
]


def live(
    claim: Followed = FOUNDING,
    *,
    data: Data = None,
    as_of: Day = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write live.html, live.json and feed.xml there."),
    ] = None,
    open_it: Annotated[
        bool, typer.Option("--open", help="Write the page and open it in the browser.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say how claims have done since they were published.

    An article with a line for each claim, or one claim in full. Exit code 10 where something
    changed against the day before; else 3 where a claim could not be followed; else 20 where data
    are too old; else 0.
    """
    from leadline.claim import Article, find, library
    from leadline.live import files, terminal, words
    from leadline.live.calls import calls as settle
    from leadline.live.changes import changes
    from leadline.live.follow import follow
    from leadline.live.needs import series_of

    what = find(claim)
    folder = Path("out") if open_it and out is None else out
    with show.progress() as tick, store_of(series_of(what), claim, data) as store:
        until = last_followed(what, store, data, as_of)
        book = follow(what, store, as_of=until, progress=tick)
        board = None if folder is None else settle(library(), store, until)
    told = changes(book, until - timedelta(days=1), until)
    written = () if folder is None else files.write(book, told, folder, board)
    if as_json:
        show.document(files.document(book, told))
    elif isinstance(what, Article):
        show.say(terminal.board(book, told))
    else:
        show.say(terminal.claim(book, what.ref, told))
    for path in written:
        show.note(f"Wrote {path}")
    if open_it:
        webbrowser.open(written[0].resolve().as_uri())
    found = words.freshness_of(book, until)
    raise typer.Exit(
        after(changed=bool(told), missing=bool(found.missing), stale=bool(found.stale))
    )


def diff(
    since: Annotated[date, typer.Argument(metavar="D1", parser=day, help="The earlier day.")],
    until: Annotated[date, typer.Argument(metavar="D2", parser=day, help="The later day.")],
    claim: Followed = FOUNDING,
    *,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say what changed between two days, and why.

    Exit code 10 where anything did.
    """
    from leadline.claim import find
    from leadline.live import files, terminal
    from leadline.live.changes import changes
    from leadline.live.follow import follow
    from leadline.live.needs import published, series_of

    if since >= until:
        order = "is the day it is compared with" if since == until else f"is after {until}"
        raise typer.BadParameter(f"{since} {order}. Name the earlier day first.")
    what = find(claim)
    if since < (first := published(what)):
        raise LeadlineError(
            f"{claim} was published on {first}; nothing of it could be followed on {since}. Name "
            "that day or a later one first."
        )
    with show.progress() as tick, store_of(series_of(what), claim, data) as store:
        if until > (last := last_followed(what, store, data, None)):
            raise NotHeldError(f"Nothing is known of {until} yet; the last day is {last}.")
        told = changes(follow(what, store, as_of=until, progress=tick), since, until)
    if as_json:
        show.document(
            {
                "document": "diff",
                "schema": 1,
                "about": claim,
                "since": since.isoformat(),
                "until": until.isoformat(),
                "changes": [files.plain(each) for each in told],
            }
        )
    else:
        show.say(terminal.difference(claim, told, since, until))
    if told:
        raise typer.Exit(Code.CHANGED)


def calls(*, data: Data = None, as_of: Day = None, as_json: Json = False) -> None:
    """Say which calls of the library came true.

    Each beside how often such a call comes true from any day, with totals and scores. What the
    store says of them is kept there, for the web to show.
    """
    from leadline.claim import library
    from leadline.live import terminal
    from leadline.live.calls import calls as settle
    from leadline.live.needs import calls_read

    names = calls_read(library())
    with show.progress() as tick, store_of(names, "", data) as store:
        if tick is not None:
            tick("calls", 0.1)
        board = settle(library(), store, as_of or newest(names, store, data))
        keep_settled(store, board)
    if as_json:
        show.document(board.to_json())
    else:
        show.say(terminal.scoreboard(board))


def keep_settled(store: "Store", board: "Scoreboard") -> None:
    """Keep the calls where they were settled from the store, and not from a folder of files."""
    from leadline.data.clock import last_decided
    from leadline.data.database import DatabaseStore
    from leadline.live.kept_calls import keep_calls

    now = datetime.now(UTC)
    if isinstance(store, DatabaseStore) and board.as_of <= last_decided(now):
        keep_calls(store.db, board, now=now)


@contextmanager
def store_of(names: Sequence[str], asked: str, data: Path | None) -> "Iterator[Store]":
    """Open the store; raise NotHeldError, saying what to run, where it has none of the series."""
    from leadline.cli import lookup, wanted
    from leadline.live.needs import held

    with lookup.store_at(data) as store:
        if names and not any(held(names, store)):
            remedy = f"{data} has none of them." if data else wanted.remedy(asked, names)
            raise NotHeldError(
                f"{asked or 'The calls'} cannot be followed without {wanted.listed(names)}, of "
                f"which the store has none.\n{remedy}"
            )
        yield store


def newest(names: Sequence[str], store: "Store", data: Path | None) -> date:
    """Give the last day there is: of these series in a folder, or else the last one decided."""
    from leadline.data import last_day
    from leadline.data.clock import last_decided
    from leadline.live.needs import held

    found = tuple(held(names, store)) if data is not None else ()
    return last_day(found, store) if found else last_decided(datetime.now(UTC))


def last_followed(
    what: "Article | Claim", store: "Store", data: Path | None, as_of: date | None
) -> date:
    """Give the day to follow up to; raise LeadlineError where there was nothing to follow yet."""
    from leadline.live.needs import published, settled_by

    until, first = as_of or newest(settled_by(what), store, data), published(what)
    if until <= first:
        raise LeadlineError(
            f"{what.id} was published on {first}; as of {until} there is nothing to follow yet. "
            "Ask as of a later day."
        )
    return until
