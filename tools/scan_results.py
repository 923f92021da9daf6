"""Scan two real universes and write what came of it.

``python tools/scan_results.py FOLDER`` writes docs/results/scan.md.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from leadline import executors
from leadline.report import words
from leadline.scan import Scan, scan
from leadline.scan.caveats import CLOSES, STALE
from leadline.scan.exhibits import listed, odds, rows_of
from leadline.scan.explain import explain
from leadline.verdict import Verdict

PAGE = Path(__file__).parents[1] / "docs" / "results" / "scan.md"
SHOWN = 10
ON_TRIAL = 3


@dataclass(frozen=True)
class Ask:
    """One scan of a universe: its name in the tables, and its settings."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """A scan, and how many seconds it took."""

    ask: Ask
    found: Scan
    seconds: float


RAW = Ask("days, as they are", {"resamples": 199})
LATER = Ask("days, lags from 2 on", {"min_lag": 2})
MARKET = Ask("days, the market taken out", {"factors": "market"})
FIVE = Ask("days, five components taken out", {"factors": 5})
WEEKS = Ask("weeks, as they are", {"every": "week", "max_lag": 12})
WEEKS_MARKET = Ask(
    "weeks, the market taken out", {"every": "week", "max_lag": 12, "factors": "market"}
)
UNIVERSES: Mapping[str, tuple[str, tuple[Ask, ...]]] = {
    "panel_crypto": ("Crypto-assets", (RAW, LATER, MARKET, FIVE, WEEKS, WEEKS_MARKET)),
    "panel_stocks_us1000": ("US-listed shares", (RAW, LATER, MARKET, FIVE)),
}


def run(folder: Path, universe: str, ask: Ask) -> Done:
    """Scan a universe, timed with the reading of its file and all tiles kept on disk."""
    began = perf_counter()
    with TemporaryDirectory() as out:
        found = scan(folder / f"{universe}.parquet", out=out, **ask.settings)
    return Done(ask, found, perf_counter() - began)


def page(scans: Mapping[str, Sequence[Done]], trials: Mapping[str, Sequence[Verdict]]) -> str:
    """Give the page: every scan in a row, then each universe in turn."""
    parts = [
        "# Two universes scanned",
        "Written by `python tools/scan_results.py FOLDER` from runs on real series; a test holds "
        "the weekly scans to such a run. What the columns mean: [scan](../scan.md). A lead "
        "*counts* at a false discovery rate of 5% (Benjamini and Hochberg); *BY* is the stricter "
        "rate for any dependence; *family-wise* comes from 199 resamples. *Decoys* are the shares "
        "of false leads that two scans of the same series suggest in which nothing can be found. "
        "*Found, again* is the only count that never saw what it is tested on: leads found on "
        "the first 70% of the days alone, and how many of them the rest repeats.",
        "\n".join(_overview(scans)),
        f"Seconds on {executors.cores()} processors, reading and both decoys included.",
    ]
    for universe, done in scans.items():
        parts += _universe(universe, done, trials[universe])
    parts += [
        "## What limits these answers",
        "\n".join(
            f"- {line}"
            for line in (
                "Both universes were put together with hindsight: what failed or was delisted is "
                "missing or cut short. A scan cannot mend that.",
                "The prices are one a day from many venues. Which of them are last trades of the "
                "same moment is not known, so a lag of one day proves nothing by itself.",
                "Taking common factors out costs the first 120 rows, from which loadings are "
                "estimated, and whatever lead the factor itself has.",
                "A search of so many pairs can see only strong leads. That nothing counts does "
                "not say that there is no lead, but that none is strong enough to be told from "
                "the best of so many by chance.",
            )
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _overview(scans: Mapping[str, Sequence[Done]]) -> Iterator[str]:
    heads = (
        "universe",
        "scan",
        "series",
        "rows",
        "pairs",
        "count",
        "BY",
        "family-wise",
        "decoys",
        "found, again",
        "seconds",
    )
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for universe, done in scans.items():
        for each in done:
            yield row(universe, each)


def row(universe: str, done: Done) -> str:
    """Give a scan's row in the overview."""
    found = done.found
    counted = found.found()
    strict = int((found.table["p_fwer"] <= 0.05).sum()) if "p_fwer" in found.table else ""
    decoys, again = "", ""
    if len(counted):
        last = counted.iloc[-1]
        decoys = f"{last['fdp_shifted']:.1%}, {last['fdp_signed']:.1%}"
    if found.out_of_sample is not None:
        again = f"{found.out_of_sample.n_found:,}, {found.out_of_sample.n_again:,}"
    cells = (
        f"`{universe}`",
        done.ask.name,
        f"{len(found.assets):,}",
        f"{found.n_obs:,}",
        f"{found.n_pairs:,}",
        f"{len(counted):,}",
        f"{int((found.table['q_by'] <= found.settings.fdr).sum()):,}",
        strict,
        decoys,
        again,
        f"{done.seconds:.0f}",
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _universe(universe: str, done: Sequence[Done], trials: Sequence[Verdict]) -> list[str]:
    raw = done[0].found
    title = UNIVERSES[universe][0]
    told = [
        f"## {title}",
        f"`{universe}`: {len(raw.assets):,} series, {words.day(raw.first_day)} to "
        f"{words.day(raw.last_day)}. {' '.join(_read(raw))}",
        "\n".join(f"- {line}" for line in _story(done)),
        f"The {SHOWN} strongest of the first scan, whether they count or not:",
        "\n".join(_strongest(raw)),
    ]
    if trials:
        told += [
            "The strongest pairs on trial, one by one (`leadline scan explain`). Here the null "
            "keeps what two series share within two days, because closes that differ do that:",
            "\n".join(_tried(verdict) for verdict in trials),
        ]
    return told


def _read(found: Scan) -> Iterator[str]:
    if len(found.left_out):
        n = len(found.left_out)
        yield f"{n} {'series is' if n == 1 else 'series are'} left out for want of days."
    if len(found.stale):
        yield (
            f"{found.stale['asset'].nunique()} series have prices that stood still for five of "
            f"their days or more, {len(found.stale)} times in all; such days count as missing."
        )
    yield from found.notes


def _story(done: Sequence[Done]) -> Iterator[str]:
    """Say what the leads of the first scan have in common, and what became of them."""
    raw, others = done[0].found, done[1:]
    counted = raw.found()
    n = len(counted)
    yield f"**{done[0].ask.name.capitalize()}.** {_counts(n)}."
    if n > 1:
        one_day = int((counted["lag"] == 1).sum())
        yield f"{one_day} of the {n} have a lag of one day, the shortest there is."
        often = counted["follower"].value_counts()
        most = ", ".join(f"{name} ({k})" for name, k in often.head(4).items())
        yield (
            f"They have {len(often)} followers and {counted['leader'].nunique()} leaders: many "
            f"seem to lead a few. The followers: {most}"
            f"{' and others' if len(often) > 4 else ''}. That is how it looks when a price is "
            "renewed late, or the news of a whole market arrives late."
        )
    for flag, what in ((CLOSES, "a lag of one day and closes that are not known"),
                       (STALE, "a price that stood still at times")):  # fmt: skip
        k = int(counted["flags"].str.contains(flag, regex=False).sum())
        if k:
            yield f"{k} of {n} have {what}."
    if raw.out_of_sample is not None:
        yield f"**Out of sample.** {raw.out_of_sample.words()}"
    first = {(row.leader, row.follower) for row in rows_of(counted)}
    for each in others:
        found = each.found.found()
        again = sum((row.leader, row.follower) in first for row in rows_of(found))
        same = f", {again} of them among the {n} above" if len(found) and n else ""
        yield f"**{each.ask.name.capitalize()}.** {_counts(len(found))}{same}.{_best(each.found)}"


def _counts(n: int) -> str:
    return "No lead counts" if n == 0 else f"{n:,} {'lead counts' if n == 1 else 'leads count'}"


def _best(found: Scan) -> str:
    top = found.table.iloc[0]
    return (
        f" The strongest is {top['leader']} before {top['follower']} by {top['lag']} "
        f"{found.settings.every}{'' if top['lag'] == 1 else 's'} (q = {odds(top['q_bh'])})."
    )


def _strongest(found: Scan) -> Iterator[str]:
    heads, rows = listed(found.table.head(SHOWN))
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for cells in rows:
        yield f"| {' | '.join(cells)} |"


def _tried(verdict: Verdict) -> str:
    outcome = words.outcome(verdict).label
    return (
        f"- *{verdict.claim.paraphrase}* **{outcome}.** {verdict.evidence[0].summary} "
        f"{' '.join(verdict.history.reasons)}"
    )


def _trials(path: Path, found: Scan) -> Iterator[Verdict]:
    for row in rows_of(found.found().head(ON_TRIAL)):
        yield explain(
            row.leader, row.follower, path, direction="positive" if row.r > 0 else "negative"
        )


def main(folder: str) -> None:
    """Scan every universe and write the page."""
    scans: dict[str, list[Done]] = {}
    trials: dict[str, list[Verdict]] = {}
    for universe, (_, asks) in UNIVERSES.items():
        scans[universe] = []
        for ask in asks:
            done = run(Path(folder), universe, ask)
            print(f"{universe}, {ask.name}: {done.seconds:.0f} s")
            scans[universe].append(done)
        path = Path(folder) / f"{universe}.parquet"
        trials[universe] = list(_trials(path, scans[universe][0].found))
    PAGE.write_text(page(scans, trials), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
