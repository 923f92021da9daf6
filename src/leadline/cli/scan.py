"""Commands that search a universe for leads: scan, and scan explain for one pair of it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from leadline.cli import show
from leadline.cli.options import Code, Data, Json, parted

if TYPE_CHECKING:
    from leadline.data.store import Store
    from leadline.scan import Scan

_TABLES = {".csv", ".parquet", ".pq"}
_STRONGEST = 10
_LEADERS = 5
# What a table of 80 columns has room for; the caveats below it say what is meant.
_SHORT = {
    "lag of one day, closes unknown": "1 day",
    "lag at the edge": "edge",
    "few days in common": "few days",
    "listed late": "late",
    "stale prices": "stale",
    "bad ticks": "ticks",
}

Every = Annotated[
    Literal["day", "week"], typer.Option("--every", help="Length of the moves compared.")
]
MaxLag = Annotated[
    int, typer.Option("--max-lag", min=1, max=1000, help="Longest lag, in days or weeks.")
]


def scan(
    prices: Annotated[
        list[str],
        typer.Argument(
            metavar="PRICES",
            help="A CSV or Parquet file (a day a row and an asset a column, or date, asset, "
            "price), a folder of CSV files, or names of series in the store.",
        ),
    ],
    *,
    leaders: Annotated[
        list[str] | None, typer.Option(metavar="A,B", help="Only these as leaders.")
    ] = None,
    followers: Annotated[
        list[str] | None, typer.Option(metavar="A,B", help="Only these as followers.")
    ] = None,
    max_lag: MaxLag = 60,
    min_lag: Annotated[
        int, typer.Option(min=1, max=1000, help="Shortest lag; 2 leaves out moves a day apart.")
    ] = 1,
    every: Every = "day",
    factors: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help="Take out first what all share: market, an asset's name, or a number of "
            "principal components.",
        ),
    ] = "0",
    resamples: Annotated[
        int,
        typer.Option(help="Random histories for the p over all pairs at once, such as 199."),
    ] = 0,
    fdr: Annotated[
        float, typer.Option(help="Share of false leads tolerated among those that count.")
    ] = 0.05,
    executor: Annotated[
        str, typer.Option(metavar="WHERE", help="threads, processes, or dask://HOST:PORT.")
    ] = "threads",
    workers: Annotated[
        int | None, typer.Option(help="How many threads or processes.", show_default=False)
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, or a PyTorch device such as cuda.")] = "cpu",
    data: Data = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write tables, pictures and report.html there. What is finished is kept there "
            "too: a scan that was cut off goes on when it is run again.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Search all pairs of a universe for leads.

    Whose past moves go with whose present ones, at which lag, and is it more than the best of so
    many pairs do by chance? One pair in full: leadline scan explain LEADER FOLLOWER.
    """
    from leadline.data.store import home
    from leadline.scan import page
    from leadline.scan import scan as search

    with show.progress() as tick, _given(prices, data) as (given, store):

        def told(done: int, total: int) -> None:
            if tick is not None:
                tick("tiles of pairs", done / total)

        found = search(
            given,
            max_lag,
            min_lag=min_lag,
            leaders=parted(leaders) or None,
            followers=parted(followers) or None,
            every=every,
            factors=int(factors) if factors.isdecimal() else factors,
            resamples=resamples,
            fdr=fdr,
            store=store,
            executor=executor,
            workers=workers,
            device=device,
            out=out,
            progress=told,
        )
        if tick is not None:
            tick("pictures", 1.0)
        written = tuple(page.write(found, out)) if out is not None else ()
    if as_json:
        show.document(page.document(found))
    else:
        _show(found)
    for path in written:
        show.note(f"Wrote {path}")
    if out is None and not as_json:
        kept = home() / "scans" / "NAME"
        show.note(f"Nothing was kept. To see it in leadline serve, add --out {kept}")


def explain(
    leader: Annotated[str, typer.Argument(help="The series that is said to move first.")],
    follower: Annotated[str, typer.Argument(help="The series that is said to follow.")],
    *,
    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The prices that were scanned: a CSV or Parquet file, or a folder."
        ),
    ] = None,
    max_lag: MaxLag = 60,
    every: Every = "day",
    direction: Annotated[
        Literal["positive", "negative"],
        typer.Option(help="Whether the follower moves the same way or the opposite one."),
    ] = "positive",
    data: Data = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write verdict (JSON) and report (HTML) there."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Put one pair of a scan on trial, with placebos and power.

    Without --prices the pair is taken from the store.
    """
    from leadline import archive, report
    from leadline.scan.explain import explain as hear

    words = (leader, follower) if prices is None else (str(prices),)
    with show.progress() as tick, _given(words, data, is_file=prices is not None) as (given, store):
        verdict = hear(
            leader,
            follower,
            given,
            max_lag=max_lag,
            every=every,
            direction=direction,
            store=store,
            progress=tick,
        )
        written = []
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for path, text in (
                (out / "pair.json", archive.dumps(verdict)),
                (out / "pair.html", report.page(verdict)),
            ):
                path.write_text(text, encoding="utf-8")
                written.append(path)
    if as_json:
        show.document(archive.dumps(verdict))
    else:
        show.say(report.first_screen(verdict))
        show.say(
            fill(
                "Picked from a scan? Then these odds pay for the lags, and not for the other pairs "
                "that were searched: q and p in the scan's table do.",
                show.WIDTH,
            )
        )
    for path in written:
        show.note(f"Wrote {path}")
    if verdict.evidence[0].status == "infeasible":
        show.complain(verdict.evidence[0].summary)
        raise typer.Exit(Code.USAGE)


@contextmanager
def _given(
    said: Sequence[str], data: Path | None, *, is_file: bool = False
) -> Iterator[tuple[Any, "Store | None"]]:
    """Give the file that is named, or the names and the store that has them."""
    from leadline.cli.lookup import store_at

    if data is None and (is_file or (len(said) == 1 and _is_path(said[0]))):
        yield Path(said[0]), None
        return
    if is_file:
        raise typer.BadParameter("give --prices or --data, not both")
    names = parted(said)
    with store_at(data, names) as store:
        yield names, store


def _is_path(said: str) -> bool:
    path = Path(said)
    return path.suffix.lower() in _TABLES or os.sep in said or path.exists()


def _show(found: "Scan") -> None:
    """Print what was read, what was found, and what to beware of."""
    from leadline.report import words
    from leadline.scan import caveats, page

    span = f"{words.day(found.first_day)} to {words.day(found.last_day)}"
    show.say(fill(f"SCAN of {len(found.assets):,} series, {span}", show.WIDTH))
    show.say("")
    show.say(fill(page.answer(found), show.WIDTH))
    show.say("")
    for line in _data(found), *found.summary().splitlines():
        if line:
            show.say(fill(line, show.WIDTH, subsequent_indent="  "))
    show.say("")
    _show_strongest(found)
    _show_leaders(found)
    show.say("Before you believe it")
    for told in caveats.caveats(found):
        show.say(fill(told, show.WIDTH, initial_indent="- ", subsequent_indent="  "))
    show.say(f"\n{fill(words.NO_ADVICE, show.WIDTH)}")


def _data(found: "Scan") -> str:
    """Say which series took no part or stood still; nothing where all is well."""
    from leadline.cli.wanted import listed

    told = []
    if len(found.left_out):
        names = [str(name) for name in found.left_out["asset"]]
        told.append(f"Left out: {listed(names)} ({names[0]}: {found.left_out['reason'].iloc[0]}).")
    if len(found.stale):
        names = [str(name) for name in dict.fromkeys(found.stale["asset"])]
        told.append(f"Prices that stood still for days: {listed(names)}.")
    if len(found.ticks):
        names = [str(name) for name in dict.fromkeys(found.ticks["asset"])]
        told.append(f"Prices that look like misprints: {listed(names)}.")
    return " ".join(told)


def _show_strongest(found: "Scan") -> None:
    from leadline.scan.exhibits import listed

    shown = found.table.head(_STRONGEST)
    if shown.empty:
        return
    heads, rows = listed(shown)
    titles = [head if head in {"leader", "follower", "beware"} else f">{head}" for head in heads]
    show.say(f"The strongest {len(shown)} (lag in {found.settings.every}s)")
    show.say(show.table(titles, [(*row[:-1], _in_short(row[-1])) for row in rows]))
    show.say("")


def _in_short(flags: str) -> str:
    return ", ".join(_SHORT.get(flag, flag) for flag in flags.split("; "))


def _show_leaders(found: "Scan") -> None:
    from leadline.scan.exhibits import rows_of

    rows = [
        (row.asset, f"{row.score:+.2f}", _interval(row), str(row.leads), str(row.follows))
        for row in rows_of(found.leaders.head(_LEADERS))
    ]
    if found.leaders["score"].isna().any():
        # Who was only asked to lead cannot be weighed against being led.
        return
    show.say("Who leads on the whole")
    show.say(show.table(("asset", ">score", ">95% interval", ">leads", ">follows"), rows))
    show.say("")


def _interval(row: Any) -> str:
    return "not known" if row.low != row.low else f"{row.low:+.2f} to {row.high:+.2f}"
