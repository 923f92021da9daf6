"""Commands that hear claims: demo, try, why, verify."""

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli import show
from leadline.cli.options import AsOf, Code, Data, Json, Name, Ref


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
    """Put a claim, or every claim of an article, on trial."""
    from leadline import archive
    from leadline.cli import lookup, outputs

    with show.progress() as tick:
        heard = lookup.hear(claim, data, as_of=as_of, tick=tick)
        if save:
            for verdict in heard.verdicts:
                archive.save(verdict)
        written = outputs.write_all(heard, out, tick) if out is not None else ()
    if as_json:
        show.document(heard.document())
    else:
        show.say(heard.screen())
    for path in written:
        show.note(f"Wrote {path}")
    for name, reason in heard.too_thin.items():
        show.complain(f"{name}: {reason}")
    if len(heard.too_thin) == len(heard.verdicts):
        raise typer.Exit(Code.USAGE)


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
        return
    for verdict in heard.verdicts:
        show.say(report.why(verdict).rstrip())


def verify(
    claim: Name,
    *,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Hear an archived claim again and compare digit for digit.

    Exit code 30 where any differs; the paths that do are listed.
    """
    from leadline.cli import compare, lookup
    from leadline.errors import AlteredError

    try:
        archived, store = lookup.recall(claim).verdicts, lookup.store_at(data)
    except AlteredError as error:
        show.complain(str(error))
        raise typer.Exit(Code.NOT_VERIFIED) from None
    with show.progress() as tick:
        found = [compare.hear_again(verdict, store, tick=tick) for verdict in archived]
    if as_json:
        show.document(compare.to_json(found))
    else:
        for comparison in found:
            show.say(comparison.words())
    if not all(comparison.verified for comparison in found):
        raise typer.Exit(Code.NOT_VERIFIED)
