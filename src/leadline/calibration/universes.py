"""What scans of whole universes find where it is known who leads whom."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.calibration.designs import SEED
from leadline.scan.prepare import Factors
from leadline.scan.result import Scan
from leadline.scan.run import scan
from leadline.worlds.universes import LONGEST, Drawn, Universe

RESAMPLES = 199
FDR = 0.05


class Found(NamedTuple):
    """What one scan found; a lead is false where none was planted in that direction.

    Attributes
    ----------
    closed, stepped : float
        Smallest family-wise p of a false lead, in closed form and by resamples.
    false, false_by : float
        Share of false leads among those that count at a false discovery rate of 5 %, by Benjamini
        and Hochberg and by Benjamini and Yekutieli; 0 where none counts.
    right, at_lag : int
        Planted leads that count, and those among them that have their own lag.
    shifted, signed : float
        Share of false leads among those that count, as two decoy scans estimate it.
    """

    closed: float
    stepped: float
    false: float
    false_by: float
    right: int
    at_lag: int
    shifted: float
    signed: float


@dataclass(frozen=True, slots=True)
class Case:
    """A universe, and what a scan takes out of it.

    Attributes
    ----------
    share : float
        How many universes are drawn, as a share of the histories of a row of sizes.
    is_warned_of : bool
        Whether the scan takes for leads what are none, and says beforehand that it may.
    """

    universe: Universe
    factors: Factors = 0
    share: float = 1.0
    is_warned_of: bool = False

    @property
    def name(self) -> str:
        """Name the universe, and what is taken out of it."""
        taken = {0: "", "market": ", market taken out"}
        more = taken.get(self.factors, f", {self.factors} components taken out")
        return self.universe.name + more

    def __call__(self, number: int) -> Found:
        """Scan one history."""
        rng = np.random.default_rng([SEED, number, *self.universe.name.encode()])
        drawn = self.universe.draw(rng)
        found = scan(
            drawn.prices,
            LONGEST,
            resamples=RESAMPLES,
            factors=self.factors,
            fdr=FDR,
            decoys=self.universe.n_leads > 0,
            workers=1,
            seed=str(number),
        )
        return judged(found, drawn)


def judged(found: Scan, drawn: Drawn) -> Found:
    """Compare what a scan found with what was planted."""
    table = found.table
    planted = np.array(
        [drawn.leads.get(pair, 0) for pair in zip(table["leader"], table["follower"], strict=True)]
    )
    counted = (table["q_bh"] <= FDR).to_numpy()
    is_false = planted == 0
    false = table[is_false]
    right = counted & ~is_false
    # Decoys estimate the share among all pairs at least as strong as the weakest that counts.
    decoys = [
        float(table.loc[counted, column].iloc[-1]) if column in table and counted.any() else 0.0
        for column in ("fdp_shifted", "fdp_signed")
    ]
    return Found(
        closed=min(1.0, float(false["p"].min()) * found.n_pairs),
        stepped=float(false["p_fwer"].min()),
        false=_share(is_false, counted),
        false_by=_share(is_false, (table["q_by"] <= FDR).to_numpy()),
        right=int(right.sum()),
        at_lag=int((right & (table["lag"].to_numpy() == planted)).sum()),
        shifted=decoys[0],
        signed=decoys[1],
    )


def _share(is_false: NDArray[np.bool_], counted: NDArray[np.bool_]) -> float:
    return float(is_false[counted].mean()) if counted.any() else 0.0


QUIET = Universe(
    "no lead",
    "A market and three sectors whose moves assets share on the same day; nobody leads.",
)
GAPS = replace(
    QUIET,
    name="no lead, gaps",
    truth="The same; a tenth of all prices is missing, half of the assets is listed half-way.",
    has_gaps=True,
)
LATE = Universe(
    "late answers",
    "The same; two in five assets make half of their move with the market a day later, so that "
    "the others seem to lead them.",
    later=0.4,
)
PLANTED = Universe(
    "40 leads among 200",
    "40 followers repeat a quarter of what is their leader's own, 1 to 20 days later.",
    n_assets=200,
    n_obs=2000,
    n_leads=40,
)
CASES = (
    Case(QUIET),
    Case(GAPS),
    Case(
        replace(
            QUIET,
            name="no lead, shared volatility",
            truth="The same; calm and wild days are the same for all.",
            shared_volatility=1.0,
        )
    ),
    Case(LATE, is_warned_of=True),
    Case(LATE, factors="market", is_warned_of=True),
    Case(LATE, factors=4),
    Case(GAPS, factors=4),
    Case(PLANTED, share=0.1),
    Case(PLANTED, factors="market", share=0.1),
)
