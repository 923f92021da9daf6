"""Scan two real universes and write what came of it.

``python tools/scan_results.py FOLDER`` writes docs/results/scan.md.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leadline import executors
from leadline.kernels import autoregression as ar
from leadline.kernels import cross_correlation as cc
from leadline.report import words
from leadline.scan import Scan, prepare, prices, scan
from leadline.scan.caveats import CLOSES, OWN_PAST, STALE
from leadline.scan.exhibits import family_wise, listed, odds, rows_of
from leadline.scan.explain import explain
from leadline.scan.ticks import tick_lead
from leadline.verdict import Verdict

PAGE = Path(__file__).parents[1] / "docs" / "results" / "scan.md"
SHOWN = 10
ON_TRIAL = 3


@dataclass(frozen=True)
class Ask:
    """One scan of a universe: its name in the tables, and its settings.

    ``naive`` leaves misprints in, and in the models of a series' own past: what a scan would say
    that trusts every price.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    naive: bool = False


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
NAIVE = Ask("days, every price trusted", {"resamples": 199}, naive=True)
NAIVE_QUICK = Ask("days, every price trusted", naive=True)
EXCHANGES = ("bitflyer", "btcbox")
PAIRS = (("panel_crypto", "XVG", "IOC"), ("panel_stocks_us1000", "FTS", "EMA"))
UNIVERSES: Mapping[str, tuple[str, tuple[Ask, ...]]] = {
    "panel_crypto": (
        "Crypto-assets",
        (RAW, LATER, MARKET, FIVE, WEEKS, WEEKS_MARKET, NAIVE),
    ),
    "panel_stocks_us1000": ("US-listed shares", (RAW, LATER, MARKET, FIVE, NAIVE_QUICK)),
}


def run(folder: Path, universe: str, ask: Ask) -> Done:
    """Scan a universe, timed with the reading of its file and all tiles kept on disk."""
    began = perf_counter()
    with TemporaryDirectory() as out, _trusting(ask):
        found = scan(folder / f"{universe}.parquet", out=out, **ask.settings)
    return Done(ask, found, perf_counter() - began)


def _trusting(ask: Ask) -> ExitStack:
    """Let a naive scan take misprints for prices."""
    stack = ExitStack()
    if ask.naive:
        stack.enter_context(patch.object(prepare, "bad_ticks", lambda _: ()))
        stack.enter_context(patch.object(prepare, "_tamed", lambda returns: returns))
    return stack


def page(
    scans: Mapping[str, Sequence[Done]], trials: Mapping[str, Sequence[Verdict]], folder: Path
) -> str:
    """Give the page: every scan in a row, then each universe in turn."""
    parts = [
        "# Two universes scanned",
        "Written by `python tools/scan_results.py FOLDER` from runs on real series; a test holds "
        "the quickest of them to such a run. What the columns mean: [scan](../scan.md). A lead "
        "*counts* at a false discovery rate of 5% (Benjamini and Hochberg); *BY* is the stricter "
        "rate for any dependence; *family-wise* comes from 199 resamples. *Decoys* are the shares "
        "of false leads that two scans of the same series suggest in which nothing can be found. "
        "*Found, again* is the only count that never saw what it is tested on: leads found on "
        "the first 70% of the days alone, and how many of them the rest repeats. Prices that look "
        "like misprints, and those that stood still, count as missing; *every price trusted* is "
        "what the scan would say if misprints did not.",
        "\n".join(_overview(scans)),
        f"Seconds of one run on {executors.cores()} processors, reading and both decoys included.",
    ]
    for universe, done in scans.items():
        parts += _universe(universe, done, trials[universe])
    parts += [
        "## Why trusting every price finds leads that are none",
        "A misprint is a leap and its undoing. A model of the series' own past, fitted by least "
        "squares, takes the two for a strong reversal that happens every day, and taking that "
        "reversal out puts a share of yesterday's move into every day of the series. Yesterday's "
        "move went with everybody's, so now everybody seems to lead by a day. The decoys do not "
        "warn of it, nor do the p-values: the link is real, only the day is wrong. The flag *own "
        "past* does. The scan leaves such prices out, and fits its models to moves pulled in to "
        "six robust standard deviations. One pair of each universe shows it; t is the statistic "
        "at a lag of one day.",
        "\n".join(misprinted(folder)),
        "XVG before IOC keeps a large t even so. The price of IOC takes back a part of most of its "
        "moves, as thinly traded prices do, and taking that out has the same effect in small: "
        "given IOC's own yesterday, everybody's yesterday tells which part of it will last. By "
        "itself, with IOC's past left in, XVG's yesterday tells next to nothing (t = 1.8).",
        *ticks(folder),
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
    strict = len(family_wise(found)) if found.settings.resamples else ""
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
    raw, naive = done[0].found, done[-1].found
    told = [
        f"## {UNIVERSES[universe][0]}",
        f"`{universe}`: {len(raw.assets):,} series, {words.day(raw.first_day)} to "
        f"{words.day(raw.last_day)}. {' '.join(_read(raw))}",
        "\n".join(f"- **{each.ask.name.capitalize()}.** {story(each.found)}" for each in done),
        f"The {SHOWN} strongest of the first scan, whether they count or not:",
        "\n".join(_strongest(raw)),
        f"The {SHOWN} strongest where every price is trusted:",
        "\n".join(_strongest(naive)),
    ]
    if trials:
        told += [
            "The strongest of those on trial, one by one (`leadline scan explain`). A trial does "
            "not decide while a price looks like a misprint, and its null keeps what two series "
            "share within two days, because closes that differ do that:",
            "\n".join(_tried(verdict) for verdict in trials),
        ]
    return told


def _read(found: Scan) -> Iterator[str]:
    if n := len(found.left_out):
        yield f"{n} series {_is(n)} left out for want of days."
    if n := found.stale["asset"].nunique():
        yield (
            f"{n} series {_has(n)} prices that stood still for five of their days or more, "
            f"{_times(len(found.stale))} in all."
        )
    if n := found.ticks["asset"].nunique():
        yield (
            f"{n} series {_has(n)} prices that leap away and are back the day after, "
            f"{_times(len(found.ticks))} in all; the largest leap is "
            f"{found.ticks['move'].max():+,.0%}."
        )
    yield from found.notes


def _is(n: int) -> str:
    return "is" if n == 1 else "are"


def _has(n: int) -> str:
    return "has" if n == 1 else "have"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"


def story(found: Scan) -> str:
    """Say what the leads of a scan have in common, or which comes nearest to being one."""
    counted = found.found()
    n = len(counted)
    if n == 0:
        top = found.table.iloc[0]
        return (
            f"No lead counts. The strongest is {top['leader']} before {top['follower']} by "
            f"{top['lag']} {found.settings.every}{'' if top['lag'] == 1 else 's'} "
            f"(q = {odds(top['q_bh'])}).{_against_all(found)}"
        )
    told = [f"{_counts(n)}, {int((counted['lag'] == 1).sum())} of them at a lag of one."]
    told += [_against_all(found).strip()] if found.settings.resamples else []
    if n > 1:
        often = counted["follower"].value_counts()
        most = ", ".join(f"{name} ({k})" for name, k in often.head(4).items())
        told.append(
            f"{counted['leader'].nunique()} series lead and {len(often)} follow, most often {most}:"
            " many seem to lead a few, which is how it looks when something is wrong with the few."
        )
    flags = {
        CLOSES: "have a lag of one day and closes that are not known",
        STALE: "are with a price that stood still at times",
        OWN_PAST: "are much weaker while the follower's own past is left in",
    }
    for flag, what in flags.items():
        if k := int(counted["flags"].str.contains(flag, regex=False).sum()):
            told.append(f"{k} of {n} {what}.")
    if found.out_of_sample is not None:
        told.append(found.out_of_sample.words())
    return " ".join(told)


def _against_all(found: Scan) -> str:
    """Say how many hold family-wise, where resamples tell."""
    strict = family_wise(found)
    if strict.empty:
        return ""
    n = len(strict)
    return (
        f" {n} {'holds' if n == 1 else 'hold'} family-wise, by resamples that know how the pairs "
        "depend on one another, as q does not."
    )


def _counts(n: int) -> str:
    return "No lead counts" if n == 0 else f"{n:,} {'lead counts' if n == 1 else 'leads count'}"


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
        f"{' '.join(reason.rstrip('.') + '.' for reason in verdict.history.reasons)}"
    )


def misprinted(folder: Path) -> Iterator[str]:
    """Give a table of what one misprint does to the statistic of a pair."""
    heads = ("pair", "largest moves", "own past left in", "by least squares", "moves pulled in")
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for universe, leader, follower in PAIRS:
        read = prices.read(folder / f"{universe}.parquet")
        two = read.prices[:, [read.assets.index(leader), read.assets.index(follower)]]
        moves = np.diff(np.log(two[np.isfinite(two).all(axis=1)]), axis=0).T
        models = (
            ar.Autoregression(0.0, np.empty(0)),
            ar.fit(moves[1]),
            ar.fit(prepare._tamed(moves[1:2])[0]),  # noqa: SLF001 - this very step is shown
        )
        u = moves[0] - moves[0].mean()
        t = []
        for model in models:
            v = ar.whiten(moves[1], model)
            t.append(cc.profile(u, v - v.mean(), np.array([1])).t[0])
        largest = ", ".join(f"{np.expm1(m):+,.0%}" for m in _largest(moves[1]))
        cells = " | ".join(f"{value:.1f}" for value in t)
        yield f"| {leader} before {follower} | {largest} | {cells} |"


def _largest(moves: NDArray[np.float64]) -> NDArray[np.float64]:
    return moves[np.sort(np.argsort(-np.abs(moves))[:2])]


def ticks(folder: Path) -> Iterator[str]:
    """Say which of two exchanges moves first, tick by tick (`ll.tick_lead`)."""
    pair = [
        pd.read_csv(folder / f"hf_{name}_btcjpy.csv", index_col=0, parse_dates=True)["value"]
        for name in EXCHANGES
    ]
    one, other = (series.rename(name) for series, name in zip(pair, EXCHANGES, strict=True))
    whole = tick_lead(one, other, max_lag="60s", step="1s")
    noon = pair[0].index[0].normalize() + pd.Timedelta("12h")
    halves = [
        tick_lead(one[part], other[part], max_lag="60s", step="1s")
        for part in (slice(None, noon), slice(noon, None))
    ]
    n_ticks = " and ".join(f"{n:,}" for n in whole.n_ticks)
    yield "## Tick pairs"
    yield (
        f"Bitcoin in yen on two exchanges, {' and '.join(EXCHANGES)}, "
        f"{words.day(str(noon.date()))}, {n_ticks} changes of price, stamped to the second; lags "
        f"of a minute either way by the second. {words.capital(whole.words())} Chance alone "
        f"passes |r| = {whole.chance:.2f} in 5% of draws. The halves of the day find "
        f"{' and '.join(f'{half.lag.total_seconds():g} s' for half in halves)} "
        f"(r = {' and '.join(f'{half.r:+.2f}' for half in halves)})."
    )
    yield (
        "The hill is broad: prices that come seconds apart cannot say to the second who was first. "
        "Both clocks are taken as they came; a late clock would look the same. It is one day of "
        "one pair, chosen because others have shown this lead before."
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
        trials[universe] = list(_trials(path, scans[universe][-1].found))
    PAGE.write_text(page(scans, trials, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
