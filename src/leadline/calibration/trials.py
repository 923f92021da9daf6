"""Whole trials where the truth is known: which of the eight outcomes a claim comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from leadline.calibration.designs import SEED
from leadline.claim import Claim
from leadline.data.store import MemoryStore
from leadline.errors import DataError
from leadline.trial import hear
from leadline.worlds import PLANTED_WORLDS, WORLDS, World
from leadline.worlds.calibration import streams
from leadline.worlds.known import FOLLOWER, LEADER, SLOW_CYCLES

LIGHTER = {"n_resamples": 999, "n_sensitivity": 399, "n_simulations": 150}
"""Resamples of a trial here, instead of the 1,999, 999 and 300 of a claim."""
DAYS_A_YEAR = 261
FORTY_CYCLES = 40 * 130
"""Forty times the half-year within which the claim says that the follower answers."""


@dataclass(frozen=True, slots=True)
class Case:
    """A claim in a world, and how many business days of it."""

    claim: str
    world: World
    n_obs: int = 12 * DAYS_A_YEAR

    def __call__(self, number: int) -> dict[str, Any]:
        """Hear the claim in one history; what cannot be heard is ``refused``."""
        ((market, _),) = streams(self.world, range(number, number + 1), SEED)
        store = MemoryStore(self.world.series(self.n_obs, market))
        try:
            verdict = hear(claims()[self.claim], store)
        except DataError as error:
            return {"outcome": "untestable", "refused": str(error)}
        first = verdict.evidence[0] if verdict.evidence else None
        return {
            "outcome": verdict.history.outcome,
            "lag": None if first is None else first.components.get("best_lag"),
            "episodes": next(
                (n.value for n in verdict.history.numbers if n.name == "episodes"), None
            ),
            "worst": None if first is None or first.forks is None else first.forks.worst,
            "flagged": any("revised" in caveat for caveat in verdict.caveats),
        }


@cache
def claims() -> Mapping[str, Claim]:
    """Give the claims by name: one lead, and the same in other words."""
    test: dict[str, Any] = {
        "kind": "lag_profile",
        "leader": LEADER,
        "follower": FOLLOWER,
        "window": {"min": "2w", "max": "26w"},
        "every": "week",
        "forks": {
            "every": ("day",),
            "scaled": (True,),
            "statistic": ("sum",),
            "prewhiten": (False,),
        },
    }
    lead: dict[str, Any] = {
        "id": "calibration",
        "paraphrase": "The follower repeats the leader's moves two weeks to half a year later.",
        "publisher": "Leadline, in a simulated market",
        # A day after all that these worlds last.
        "first_seen": "2045-01-01",
        "type": "pattern",
        "identifiability": "A",
        "matters": {"value": 0.25, "unit": "correlation"},
        "placebos": ("reversed", "shuffled"),
        "tests": (test,),
    }
    given = {"given": {"series": "liquidity", "rule": "holds"}}
    said: dict[str, dict[str, Any]] = {
        "a lead": {},
        "a modest lead": {"matters": {"value": 0.10, "unit": "correlation"}},
        "a lead while liquidity holds": {"tests": (test | given,)},
        "a lead, revised values allowed": {"revised_data": "allow"},
    }
    return {name: _lighter(Claim.model_validate(lead | more)) for name, more in said.items()}


def _lighter(claim: Claim) -> Claim:
    tests = tuple(test.model_copy(update=LIGHTER) for test in claim.tests)
    return claim.model_copy(update={"tests": tests})


NULL = (
    "iid",
    "GARCH-t",
    "no lead",
    "same day",
    "reversed lead",
    "shared volatility",
    "bad ticks",
)
"""Worlds without a lead in which a lead is claimed."""
CASES: tuple[Case, ...] = (
    *(Case("a lead", WORLDS[name]) for name in NULL),
    Case("a lead", SLOW_CYCLES),
    Case("a lead", PLANTED_WORLDS["lead of 45 days"], FORTY_CYCLES),
    Case("a lead", PLANTED_WORLDS["lead of 45 days, ended"]),
    Case("a lead", WORLDS["opposite answer"]),
    Case("a modest lead", WORLDS["modest lead"], 11 * DAYS_A_YEAR),
    Case("a lead while liquidity holds", WORLDS["lead while liquidity holds"]),
    Case("a lead", WORLDS["leader revised in hindsight"]),
    Case("a lead, revised values allowed", WORLDS["leader revised in hindsight"]),
)
