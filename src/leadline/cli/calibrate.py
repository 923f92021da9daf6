"""The command that measures Leadline itself: calibrate."""

from pathlib import Path
from typing import Annotated

import typer

from leadline.cli import show
from leadline.cli.options import Json, parted


def calibrate(
    kinds: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KIND",
            help="Kinds of test, or parts: sizes, truths, habits, planted, trials, live, odds, "
            "scans. [default: everything]",
            show_default=False,
        ),
    ] = None,
    *,
    worlds: Annotated[
        int, typer.Option(min=1, help="Histories of each test in each world.")
    ] = 1000,
    quick: Annotated[
        bool, typer.Option("--quick", help="Ten histories each, to see that it works.")
    ] = False,
    executor: Annotated[
        str, typer.Option(metavar="WHERE", help="threads, processes, or dask://HOST:PORT.")
    ] = "processes",
    workers: Annotated[
        int | None, typer.Option(help="How many threads or processes.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write calibration.json, calibration.md and calibration.html there. What is "
            "finished is kept there too: a run that was cut off goes on when it is run again.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure how often tests and verdicts err in known worlds.

    Everything takes about two hours on two processors; --quick a minute or two.
    """
    from leadline.calibration import markdown, page
    from leadline.calibration.document import dumps
    from leadline.calibration.jobs import QUICK
    from leadline.calibration.run import calibrate as measure

    with show.progress() as tick:

        def told(done: int, total: int) -> None:
            if tick is not None:
                tick("histories", done / total)

        found = measure(
            parted(kinds),
            n_worlds=QUICK if quick else worlds,
            executor=executor,
            workers=workers,
            out=out,
            progress=told,
        )
    written = []
    if out is not None:
        written.append(out / "calibration.json")
        for name, text in (
            ("calibration.md", markdown.page(found)),
            ("calibration.html", page.page(found)),
        ):
            (out / name).write_text(text, encoding="utf-8")
            written.append(out / name)
    if as_json:
        show.document(dumps(found))
    else:
        show.say(page.answer(found))
        rows = page.summary(found)
        if rows:
            show.say("")
            show.say(show.table(("test", ">worlds", ">largest", "in the world"), rows))
        for check in found.checks:
            if check.holds is False:
                show.say(f"Does not hold: {check.name}: {check.asks} ({check.found}).")
    for path in written:
        show.note(f"Wrote {path}")
