"""The command that brings series from their providers into the store."""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli import show
from leadline.cli.options import FOUNDING, Code, Json, day, parted

if TYPE_CHECKING:
    from rich.table import Table

    from leadline.data.database import Database
    from leadline.data.measuring import Outcome


def fetch(
    claim: Annotated[
        str | None,
        typer.Argument(
            metavar="[CLAIM]", help="A claim or an article whose series to fetch, or a file."
        ),
    ] = None,
    *,
    series: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B", help="Only these series."),
    ] = None,
    since: Annotated[
        date | None,
        typer.Option(metavar="DATE", parser=day, help="Only periods from this day on."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="PROVIDER", help="Agree to a provider's terms, once and for all."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch series from their providers and keep them.

    Those that a claim reads and is followed by, or those named; with neither, all that the store
    has and all that silver-2026 reads. Exit code 3 where one could not be measured.
    """
    from leadline.cli import agreement, wanted
    from leadline.data import fetching
    from leadline.data.database import Database, consents

    with Database.open() as db:
        names = _names(db, claim, parted(series))
        agreement.accept(db, parted(accept))
        offered = [name for name in names if wanted.ways(name)]
        if _may_ask(as_json=as_json):
            agreement.ask(db, wanted.to_accept(offered, consents.listed(db)))
        with show.progress() as tick:
            told = _counted(tick, len(offered))
            # With no name at all, everything would be fetched.
            found = fetching.fetch(offered, db, since=since, progress=told) if offered else ()
        agreed = frozenset(consents.listed(db))
    nobody = [name for name in names if name not in offered]
    again = f"--series {','.join(names)}" if series else claim or ""
    command = wanted.command(again, _unmeasured(offered, found), agreed)
    if as_json:
        show.document(_document(found, offered, nobody, command))
    else:
        show.say(_summary(found, offered))
        for line in _remarks(found, offered, nobody, agreed, command):
            show.say(_wrapped(line))
    if _unmeasured(offered, found):
        raise typer.Exit(Code.NOT_MEASURED)


def _names(db: "Database", claim: str | None, named: Sequence[str]) -> tuple[str, ...]:
    """Say which series are asked for, each once, by their ids."""
    from leadline import claim as claims
    from leadline.cli import wanted
    from leadline.data import conditions, find
    from leadline.data.database import DatabaseStore
    from leadline.data.series import knows
    from leadline.live import needs

    if named:
        return tuple(dict.fromkeys(find(name).id for name in conditions.sources(named)[0]))
    what = claim or FOUNDING
    followed = needs.series_of(claims.find(what))
    asked = (*wanted.series_of(wanted.claims_of(what)), *followed)
    # A claim may read what only the user has.
    found = dict.fromkeys(find(name).id if knows(name) else name for name in asked)
    held = DatabaseStore(db).ids() if claim is None else ()
    return tuple(dict.fromkeys((*(name for name in held if wanted.ways(name)), *found)))


def _may_ask(*, as_json: bool) -> bool:
    return not as_json and sys.stdin.isatty() and sys.stderr.isatty()


def _counted(tick: show.Progress | None, n: int) -> "Callable[[Outcome], None] | None":
    """Turn outcomes into the share of series that an answer has come for."""
    if tick is None:
        return None
    seen: set[str] = set()

    def told(outcome: "Outcome") -> None:
        seen.add(outcome.series)
        tick(f"{outcome.series} from {outcome.provider}", len(seen) / n)

    return told


def _unmeasured(offered: Iterable[str], found: Sequence["Outcome"]) -> tuple[str, ...]:
    """Name the series of which no provider gave what was asked for."""
    measured = {each.series for each in found if each.measured and not each.check}
    return tuple(name for name in offered if name not in measured)


def _summary(found: Sequence["Outcome"], offered: Sequence[str]) -> "Table":
    """Lay out what came of each series: a row for each provider that was asked."""
    rows: list[tuple[str, ...]] = []
    for name in offered:
        asked = [each for each in found if each.series == name and _asked(each)]
        rows += [tuple(_row(each)) for each in asked]
        if all(each.check for each in asked):
            rows.append((name, "-", "", "", "", "", "not measured"))
    return show.table(("series", "from", ">new", ">changed", "newest", ">days", "outcome"), rows)


def _row(each: "Outcome") -> Iterator[str]:
    yield each.series
    yield f"({each.provider})" if each.check else each.provider
    yield f"{each.new:,}" if each.measured else ""
    yield f"{each.changed:,}" if each.measured else ""
    yield str(each.newest or "")
    yield "" if each.age is None else str(each.age)
    if each.outcome == "ok":
        yield "changed" if each.changed and not each.new else "new"
    else:
        yield each.outcome.replace("_", " ")


def _remarks(
    found: Sequence["Outcome"],
    offered: Sequence[str],
    nobody: Sequence[str],
    agreed: Collection[str],
    command: str,
) -> Iterator[str]:
    """Say in a line each why something was not measured, or what is odd; skips once a provider."""
    from leadline.cli import wanted

    if any(each.check for each in found):
        yield "In brackets: fetched to compare, never used."
    lines = dict.fromkeys(f"{o.series}: {o.message}" for o in found if o.message and _asked(o))
    if lines:
        yield ""
    yield from lines
    unmeasured = _unmeasured(offered, found)
    skipped = [o for o in found if not _asked(o) and o.series in unmeasured]
    wait = wanted.to_accept(unmeasured, agreed)
    for name in wait:
        of = list(dict.fromkeys(o.series for o in skipped if o.provider == name))
        yield ""
        yield f"{name} asks for your consent first; it would have {wanted.listed(of)}."
        yield f"  its terms:   leadline data sources {name}"
    if wait:
        yield f"  to go ahead: {command}"
    yield from dict.fromkeys(o.message for o in skipped if not _needs_consent(o.provider))
    if nobody:
        yield ""
        yield f"{wanted.nobody_has(nobody)} From files of your own:"
        yield "  leadline data import DIR"


def _wrapped(line: str) -> str:
    """Break a line between words; a command and an address stay whole, to be copied."""
    if line.startswith("  "):
        return line
    return fill(
        line, show.WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
    )


def _asked(each: "Outcome") -> bool:
    return each.outcome != "skipped"


def _needs_consent(name: str) -> bool:
    from leadline.data.providers import provider

    return bool(provider(name).terms.consent)


def _document(
    found: Sequence["Outcome"], offered: Sequence[str], nobody: Sequence[str], command: str
) -> dict[str, Any]:
    """Give the document that ``--json`` prints."""
    unmeasured = _unmeasured(offered, found)
    return {
        "document": "fetch",
        "schema": 1,
        "outcomes": [
            {
                "series": each.series,
                "provider": each.provider,
                "outcome": each.outcome,
                "new": each.new,
                "changed": each.changed,
                "newest": each.newest and each.newest.isoformat(),
                "age_days": each.age,
                "stale": each.stale,
                "check": each.check,
                "message": each.message,
            }
            for each in found
        ],
        "not_measured": list(unmeasured),
        "no_provider": list(nobody),
        "remedy": command if unmeasured else None,
    }
