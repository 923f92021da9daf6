"""Measure what the odds of a rally claim for themselves in worlds whose truth is known.

``python tools/calibrate_odds.py run build/odds`` takes five minutes on two processors,
``python tools/calibrate_odds.py write build/odds`` then writes the section Odds of
docs/calibration.md.
"""

import json
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from leadline.data.duration import DurationText
from leadline.data.panel import Panel
from leadline.evidence.events import Rise, Strength
from leadline.evidence.starts import Antecedent
from leadline.live.odds import Target, odds_path
from leadline.live.rallies import Lead
from leadline.worlds import NULL_WORLDS
from leadline.worlds.known import FOLLOWER, LEADER
from leadline.worlds.rallies import OTHER, REGIME, rallies_by_chance

SEED = 2026
N_NULL, N_SEEN = 200, 25
DOCS = Path(__file__).parents[1] / "docs" / "calibration.md"
TARGET = Target(
    claim="the claim",
    follower=FOLLOWER,
    rally=Rise(by=0.5, within=DurationText("6m"), quiet=DurationText("1d")),
    leads=(Lead(LEADER, Strength(), DurationText("6m")),),
    conditions=(REGIME, OTHER),
    antecedents=(Antecedent(series=LEADER, over=DurationText("63d")),),
)


class Found(NamedTuple):
    """What the last refit of one history says of one horizon."""

    weeks: int
    skilled: bool
    added: bool
    weight: float
    brier: float
    p_value: float


class Design(NamedTuple):
    """A world, and how many histories of it."""

    name: str
    world: Callable[[np.random.Generator], Panel]
    n: int


def by_chance(years: int, strength: float, rng: np.random.Generator) -> Panel:
    """Simulate rallies of one day, which the condition brings or does not."""
    return rallies_by_chance(round(365.25 * years), strength, rng)


def prices(name: str, years: int, rng: np.random.Generator) -> Panel:
    """Simulate two prices without a lead."""
    return NULL_WORLDS[name].panel(261 * years, rng)


DESIGNS = (
    Design("rallies by chance, 15 years", partial(by_chance, 15, 0.0), N_NULL),
    Design("rallies while a condition holds, 15 years", partial(by_chance, 15, 1.0), N_SEEN),
    Design("rallies while a condition holds, 30 years", partial(by_chance, 30, 1.0), N_SEEN),
    Design("two random walks, 15 years", partial(prices, "iid", 15), N_SEEN),
    Design("no lead, 15 years", partial(prices, "no lead", 15), N_SEEN),
)


def look(design: Design, number: int) -> list[Found]:
    """Give what the odds of the last refit in one history say of themselves."""
    rng = np.random.default_rng([SEED, number, *design.name.encode()])
    with threadpool_limits(1, "blas"):
        panel = design.world(rng)
        last: date = panel.days[-1].astype("datetime64[M]").astype("datetime64[D]").astype(object)
        daily = odds_path(panel, TARGET, [last])[last]
    return [
        Found(
            said.weeks,
            said.skilled,
            (said.added_low or 0.0) > 0,
            said.weight,
            said.brier,
            diagram.p_value,
        )
        for said, diagram in zip(daily.odds.horizons, daily.reliability, strict=True)
    ]


def run(folder: Path) -> None:
    """Look at every history, a file for each design."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2) as pool:
        for place, design in enumerate(DESIGNS):
            file = folder / f"{place}.json"
            if not file.exists():
                found = list(pool.map(partial(look, design), range(design.n), chunksize=5))
                file.write_text(json.dumps(found), encoding="utf-8")


def section(folder: Path) -> str:
    """Give the section from what was measured in ``folder``."""
    rows = []
    for place, design in enumerate(DESIGNS):
        found = json.loads((folder / f"{place}.json").read_text(encoding="utf-8"))[: design.n]
        for index, weeks in enumerate((13, 26)):
            cells = [Found(*history[index]) for history in found]
            rows.append((design.name, f"{weeks}", *_cells(cells), f"{len(cells)}"))
    header = (
        "world",
        "weeks",
        "says skilled",
        "says the conditions add",
        "mean weight",
        "weight of 0",
        "mean Brier skill",
        "miscalibrated at 5%",
        "histories",
    )
    table = "\n".join(f"| {' | '.join(row)} |" for row in (header, ("---",) * len(header), *rows))
    return f"{HEAD}\n\n{table}\n\n{NOTE}\n"


HEAD = """## Odds

What the odds of a rally say of their own skill, by the last of 13 to 28 years of monthly refits. \
*Rallies by chance* are jumps of a day at a rate of two a year that nothing foretells; with the \
condition, all of them come while it holds, half of the time, in spells of a year. A model that is \
skilled beats the expanding base rate by Brier and by log score, both with the lower end of a 90 % \
interval above zero. Written by `tools/calibrate_odds.py`:

```text
python tools/calibrate_odds.py run build/odds
python tools/calibrate_odds.py write build/odds
```"""

NOTE = """In two random walks nothing leads, yet a follower that stands just short of a rally is \
nearer to one than on other days: odds that know the follower's own path may rightly be better \
than the base rate there. What the claim's conditions add to them is the column beside. With few \
rallies an effect is mostly missed: silence on the skill says little, and the odds then say *use \
the base rate*."""


def _cells(found: list[Found]) -> tuple[str, ...]:
    columns: Mapping[str, list[float]] = {
        name: [float(getattr(each, name)) for each in found] for name in Found._fields
    }
    return (
        f"{np.mean(columns['skilled']):.1%}",
        f"{np.mean(columns['added']):.1%}",
        f"{np.mean(columns['weight']):.2f}",
        f"{np.mean(np.array(columns['weight']) == 0):.0%}",
        f"{np.mean(columns['brier']):+.3f}",
        f"{np.mean(np.array(columns['p_value']) <= 0.05):.1%}",
    )


def main(arguments: list[str]) -> int:
    """Run or write."""
    match arguments:
        case ["run", folder]:
            run(Path(folder))
            return 0
        case ["write", folder]:
            page = DOCS.read_text(encoding="utf-8")
            before, _, rest = page.partition("\n## Odds\n")
            # What other programs wrote after the section stays.
            after = rest[rest.find("\n## ") :] if "\n## " in rest else ""
            DOCS.write_text(
                f"{before.rstrip()}\n\n{section(Path(folder))}{after}", encoding="utf-8"
            )
            return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
