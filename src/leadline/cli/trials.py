"""Commands that hear claims: demo, try, why, verify."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli import show
from leadline.cli.options import AsOf, Code, Data, Json, Name, Ref

if TYPE_CHECKING:
    from leadline.cli.lookup import Heard


def demo(
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the report goes.")] = Path("out"),
    as_json: Json = False,
) -> None:
    """Try one claim in two simulated markets whose truth is known."""
    from leadline.demo import demo as try_both

    with show.progress() as tick:
        result = try_both(out, tick)
    if as_json:
        show.document(result.to_json())
        return
    show.say(result.words())
    show.say(f"Report: {result.report}")


def try_(
    claim: Ref,
    *,
    data: Data = None,
    as_of: AsOf = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write verdict (JSON) and report (HTML) there."),
    ] = None,
    save: Annotated[
        bool, typer.Option("--save/--no-save", help="Keep the verdict in the archive.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Put a claim, or every claim of an article, on trial.

    Without --data on what was fetched. Exit code 3 where a claim could not be heard.
    """
    from leadline import archive
    from leadline.cli import ages, lookup, outputs
    from leadline.data.database import Database
    from leadline.report.ages import read_by

    with show.progress() as tick:
        heard = lookup.hear(claim, data, as_of=as_of, tick=tick)
        if save:
            with Database.open() as database:
                for verdict in heard.verdicts:
                    archive.save(verdict, database)
        written = outputs.write_all(heard, out, tick) if out is not None else ()
    if as_json:
        show.document(heard.document())
    else:
        show.say(heard.screen())
        if read := read_by(heard.verdicts):
            show.say(ages.told(read, as_of or datetime.now(UTC).date()))
            if data is None and as_of is None and ages.stale(read):
                show.note(f"Stale: {', '.join(ages.stale(read))}. Try: leadline fetch {claim}")
    for path in written:
        show.note(f"Wrote {path}")
    for name, reason in heard.too_thin.items():
        show.complain(f"{name}: {reason}")
    say_lacking(heard)
    if len(heard.too_thin) == len(heard.verdicts):
        raise typer.Exit(Code.USAGE)


def say_lacking(heard: "Heard") -> None:
    """Say which claims could not be heard and what would mend it; that ends in exit code 3."""
    for each in heard.lacks:
        lack = f"needs {', '.join(each.missing)}" if each.missing else each.reason
        show.complain(f"{each.claim.ref}: not measured: {lack}")
    if heard.remedy:
        show.complain(heard.remedy)
    if heard.lacks:
        raise typer.Exit(Code.NOT_MEASURED)


def why(
    claim: Name,
    *,
    data: Data = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Explain a verdict: every test, null, check and caveat."""
    from leadline import report
    from leadline.cli import lookup

    with show.progress() as tick:
        heard = lookup.hear_or_recall(claim, data, as_of=as_of, tick=tick)
    if as_json:
        show.document(heard.document())
    else:
        for verdict in heard.verdicts:
            show.say(report.why(verdict).rstrip())
    say_lacking(heard)


def verify(
    claim: Name,
    *,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Hear an archived claim again and compare digit for digit.

    Exit code 30 where any differs; the paths that do are listed.
    """
    from leadline.claim import from_source
    from leadline.cli import compare, lookup, wanted
    from leadline.errors import AlteredError

    try:
        archived = lookup.recall(claim).verdicts
    except AlteredError as error:
        show.complain(str(error))
        raise typer.Exit(Code.NOT_VERIFIED) from None
    needed = wanted.series_of(from_source(verdict.claim.source) for verdict in archived)
    with show.progress() as tick, lookup.store_at(data, needed) as store:
        found = [compare.hear_again(verdict, store, tick=tick) for verdict in archived]
    if as_json:
        show.document(compare.to_json(found))
    else:
        for comparison in found:
            show.say(comparison.words())
    if not all(comparison.verified for comparison in found):
        raise typer.Exit(Code.NOT_VERIFIED)
