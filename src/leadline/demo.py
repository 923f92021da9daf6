"""The same claim tried in two simulated markets whose truth is known."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from textwrap import fill
from threading import Lock
from typing import Any

import numpy as np

from leadline import archive
from leadline.claim import Claim
from leadline.data.store import MemoryStore
from leadline.executors import one_blas_thread
from leadline.trial import hear
from leadline.verdict import Verdict
from leadline.worlds import NULL_WORLDS, PLANTED_WORLDS, World
from leadline.worlds.known import trading_days

Progress = Callable[[str, float], None]

N_OBS = 3131
"""Twelve years of business days."""
SEED = 45
WORLDS = (PLANTED_WORLDS["lead of 45 days"], NULL_WORLDS["no lead"])


@dataclass(frozen=True, slots=True)
class Market:
    """One simulated market: what is true in it, and what the trial of the claim said."""

    world: World
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Both markets, the lead planted in the first, and the files written, its report last."""

    claim: Claim
    markets: tuple[Market, ...]
    written: tuple[Path, ...]

    @property
    def report(self) -> Path:
        """The report on the market that has the lead."""
        return self.written[-1]

    def words(self) -> str:
        """Give verdict beside truth for a terminal of 80 columns."""
        lines = ["The same claim in two simulated markets, twelve years each:"]
        lines += [
            _folded(
                "",
                f"\N{LEFT DOUBLE QUOTATION MARK}{self.claim.paraphrase}"
                "\N{RIGHT DOUBLE QUOTATION MARK}",
            )
        ]
        for market in self.markets:
            history = market.verdict.history
            lines += [
                "",
                _folded("truth", market.world.truth),
                _folded(
                    "verdict", f"{history.outcome.replace('_', ' ').upper()}. {history.sentence}"
                ),
                *(_folded(number.name, number.text) for number in history.numbers),
            ]
        return "\n".join([*lines, ""])

    def to_json(self) -> dict[str, Any]:
        """Give the document that ``--json`` prints."""
        return {
            "document": "demo",
            "schema": 1,
            "markets": [
                {
                    "world": market.world.name,
                    "truth": market.world.truth,
                    "verdict": json.loads(archive.dumps(market.verdict)),
                }
                for market in self.markets
            ],
            "report": str(self.report),
        }


@cache
def claim() -> Claim:
    """Give the claim: it says less than is true in one market, and is false in the other."""
    day_after = trading_days(N_OBS)[-1].astype(object) + timedelta(days=1)
    test = {
        "kind": "lag_profile",
        "leader": "leader",
        "follower": "follower",
        "window": {"min": "2w", "max": "26w"},
        "every": "week",
        "forks": {
            "every": ("day",),
            "scaled": (True,),
            "statistic": ("sum",),
            "prewhiten": (False,),
        },
    }
    said = {
        "id": "demo",
        "paraphrase": "The follower repeats the leader's moves two weeks to half a year later.",
        "publisher": "Leadline, in a simulated market",
        "first_seen": day_after,
        "type": "pattern",
        "identifiability": "A",
        "matters": {"value": 0.25, "unit": "correlation"},
        "placebos": ("reversed", "shuffled"),
        "tests": (test,),
    }
    return Claim.model_validate(said)


def demo(out: Path, progress: Progress | None = None) -> DemoResult:
    """Try the claim in both markets; write both verdicts and the report on the first to ``out``."""
    from leadline import report

    said = claim()
    done: list[str] = []
    lock = Lock()

    def tick(world: World) -> None:
        with lock:
            done.append(world.name)
            if progress is not None:
                progress(world.name, len(done) / (len(WORLDS) + 1))

    # Both trials share two processors better with one BLAS thread each.
    with one_blas_thread(), ThreadPoolExecutor(len(WORLDS)) as pool:
        markets = tuple(pool.map(partial(_heard, said, tick), WORLDS))
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for market, name in zip(markets, ("demo-lead", "demo-no-lead"), strict=True):
        path = out / f"{name}.json"
        path.write_text(archive.dumps(market.verdict), encoding="utf-8")
        written.append(path)
    page = out / "demo.html"
    page.write_text(report.page(markets[0].verdict, claim=said), encoding="utf-8")
    if progress is not None:
        progress("report", 1.0)
    return DemoResult(said, markets, (*written, page))


def _heard(said: Claim, tick: Callable[[World], None], world: World) -> Market:
    store = MemoryStore(world.series(N_OBS, np.random.default_rng(SEED)))
    market = Market(world, hear(said, store))
    tick(world)
    return market


def _folded(label: str, text: str) -> str:
    return fill(text, 79, initial_indent=f"  {label:<9} ", subsequent_indent=" " * 12)
