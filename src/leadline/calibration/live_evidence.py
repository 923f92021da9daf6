"""How often live evidence errs in worlds whose truth is known, and how fast it comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import log_ndtr

from leadline.kernels import autoregression, evalues
from leadline.kernels.resample import past_scale
from leadline.live.processes import (
    ALPHA,
    Pace,
    Timing,
    drift_path,
    extra_drift,
    outcomes_path,
    returns_path,
)
from leadline.live.processes import Path as Followed
from leadline.worlds import NULL_WORLDS, World
from leadline.worlds.calibration import Rate, rate, streams
from leadline.worlds.known import FOLLOWER, LEADER
from leadline.worlds.markets import Market

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SEED = 2026
N_WORLDS, N_DAYS = 2000, 500
N_PLANTED, N_PLANTED_DAYS = 400, 3000
N_ODDS = 1000
BEFORE, MEMORY = 1500, 90
HORIZON = 20
BASE_ODDS, CLAIMED_ODDS = 0.3, 0.6
OFTEN = 0.5
"""How often the antecedent holds."""
PREDICTED = 0.4
"""Claimed correlation of the leader's last window with the follower's next."""
STRICT = 0.01

HEAVY = World("heavy tails", "Student-t steps, nothing in common.", Market(tails="student_t"))
WORLDS: Mapping[str, World] = {**NULL_WORLDS, HEAVY.name: HEAVY}
PLANTED = ("iid", "heavy tails", "GARCH-t", "shared volatility")
OFFICIAL = ("windows, odds known", "windows, odds of the past", "relation, windows")
COMPANION = "daily returns"
YOUNG = "daily returns, 300 days of history"
HABITS = (
    "likelihood ratio, normal",
    "likelihood ratio, Student's t",
    "daily returns, momentum ignored",
    "daily returns, base frozen after 300 days",
    "t-test every day",
)


class Odds(NamedTuple):
    """The call of a world: a touch of ``mark``, whose odds ``drift`` lifts from ``q`` to ``p``."""

    mark: float
    q: float
    p: float
    drift: float


@dataclass(frozen=True, slots=True)
class History:
    """Daily log returns before and after publication, and when the antecedent holds.

    ``holds`` is whether the leader stood above where it stood 90 days before each window began:
    it comes and goes in bunches. ``leader`` and ``follower`` have ``BEFORE`` returns more.
    """

    leader: Floats
    follower: Floats
    holds: Flags

    @property
    def timing(self) -> Timing:
        """A process for every day, from outcomes known every day."""
        days = np.datetime64("2026-01-24", "D") + np.arange(self.holds.size)
        return Timing(days, days)

    @property
    def windows(self) -> Timing:
        """A process for every day, from windows that do not overlap."""
        days = self.timing.days
        ends = days[HORIZON - 1 :: HORIZON]
        return Timing(days, ends, ends[np.minimum(np.arange(days.size) // HORIZON, ends.size - 1)])


def history(world: World, n_days: int, rng: Generator, *, drift: float = 0.0) -> History:
    """Draw a history; the follower drifts by ``drift`` more while the antecedent holds."""
    prices = world.simulate(BEFORE + n_days + 1, rng)
    leader, follower = (np.diff(np.log(prices[name])) for name in (LEADER, FOLLOWER))
    level = np.cumsum(leader)
    starts = BEFORE - 1 + HORIZON * np.arange(-(-n_days // HORIZON))
    holds = np.repeat(level[starts] > level[starts - MEMORY], HORIZON)[:n_days]
    follower[BEFORE:] += drift * holds
    return History(leader, follower, holds)


def best_of_windows(returns: Floats, *, every: int = HORIZON) -> Floats:
    """Give the highest close of each window, as a log return since its start."""
    windows = np.lib.stride_tricks.sliding_window_view(returns, HORIZON)[::every]
    return np.asarray(np.cumsum(windows, axis=1).max(axis=1))


def odds_of(world: World, n: int = N_ODDS) -> Odds:
    """Find the mark that is touched with the base odds, and how a drift lifts them."""
    drawn = [history(world, N_DAYS, market) for market, _ in streams(world, range(n), SEED + 1)]
    windows = np.concatenate([each.follower.reshape(-1, HORIZON) for each in drawn])
    path = np.cumsum(windows, axis=1)
    mark = float(np.quantile(path.max(axis=1), 1 - BASE_ODDS))
    volatility = float(windows.std())
    drift = extra_drift(CLAIMED_ODDS, BASE_ODDS, mark, HORIZON, volatility)
    lifted = path + drift * np.arange(1, HORIZON + 1)
    return Odds(mark, BASE_ODDS, float(np.mean(lifted.max(axis=1) >= mark)), drift)


def follow(seen: History, odds: Odds) -> dict[str, Followed]:
    """Follow a call and a relation as live does."""
    after = seen.follower[BEFORE:]
    happened = best_of_windows(after) >= odds.mark
    on = seen.holds[::HORIZON]
    past = float(np.mean(best_of_windows(seen.follower[:BEFORE], every=1) >= odds.mark))
    paths = {}
    frozen = ((odds.q, odds.p), (past, min(past + odds.p - odds.q, 0.98)))
    for name, (q, p) in zip(OFFICIAL, frozen, strict=False):
        base = np.full(on.size, max(q, 0.02))
        pace = Pace(OFTEN * float(evalues.bernoulli_growth(p, base[0])), HORIZON)
        claimed = np.where(on, p, base)
        paths[name] = outcomes_path(seen.windows, happened, claimed, base, words=name, pace=pace)
    paths[OFFICIAL[2]] = relation(seen)
    paths[COMPANION] = drift_path(
        seen.timing, seen.follower, seen.holds, odds.drift, words=COMPANION, often=OFTEN
    )
    return paths


def relation(seen: History) -> Followed:
    """Follow a line from the leader's last window to the follower's next."""
    leader, follower = (
        x[BEFORE % HORIZON :].reshape(-1, HORIZON).sum(axis=1) for x in (seen.leader, seen.follower)
    )
    n = seen.holds.size // HORIZON
    spread = past_scale(follower - follower[:-n].mean())
    predictor = (leader - leader[:-n].mean()) / leader[:-n].std()
    return returns_path(
        seen.windows,
        (follower - follower[:-n].mean())[-n:],
        PREDICTED * predictor[-n - 1 : -1] * spread[-n:],
        spread[-n:],
        words=OFFICIAL[2],
        unit="of the move foretold",
        pace=Pace(float(evalues.location_growth(PREDICTED)), HORIZON),
    )


def habits(seen: History, odds: Odds) -> dict[str, Floats]:
    """Do what is often done with the same daily returns; log e-values, or as good as them."""
    model = autoregression.fit(seen.follower[:BEFORE])
    surprise = autoregression.whiten(seen.follower, model)
    scale = past_scale(surprise)[BEFORE:]
    z = surprise[BEFORE:] / scale
    shift = seen.holds * odds.drift * (1 - model.coefficients.sum()) / scale
    plain = seen.follower - seen.follower[:BEFORE].mean()
    own = past_scale(plain)[BEFORE:]
    frozen = (seen.follower[BEFORE:] - seen.follower[BEFORE - 300 : BEFORE].mean()) / own
    total, square = (np.cumsum(seen.holds * (plain[BEFORE:] / own) ** k) for k in (1, 2))
    t = np.where(np.cumsum(seen.holds) >= 20, total / np.sqrt(np.maximum(square, 1.0)), 0.0)
    return {
        HABITS[0]: evalues.mixed(lambda share: evalues.location(z, share * shift)),
        HABITS[1]: evalues.mixed(
            lambda share: evalues.location(z, share * shift, degrees=evalues.DEGREES)
        ),
        HABITS[2]: evalues.mixed(
            lambda share: evalues.symmetric(
                plain[BEFORE:] / own, share * seen.holds * odds.drift / own
            )
        ),
        HABITS[3]: evalues.mixed(
            lambda share: evalues.symmetric(frozen, share * seen.holds * odds.drift / own)
        ),
        HABITS[4]: -log_ndtr(-t),
    }


def covers(path: Followed, truth: float) -> bool:
    """Say whether the confidence sequence held the truth on every day on which it said anything."""
    said = np.isfinite(path.low) & np.isfinite(path.high)
    inside = (path.low <= truth + 1e-12) & (truth <= path.high + 1e-12)
    return bool(np.all(inside | ~said))


def of_null(world: World, odds: Odds, number: int) -> dict[str, float]:
    """Give the most that each process reached in a history without a lead."""
    ((market, _),) = streams(world, range(number, number + 1), SEED)
    seen = history(world, N_DAYS, market)
    paths = follow(seen, odds)
    paths[YOUNG] = drift_path(
        seen.timing, seen.follower[BEFORE - 300 :], seen.holds, odds.drift, words=YOUNG
    )
    found = {name: float(path.value.max()) for name, path in paths.items()}
    found |= {name: float(path.max()) for name, path in habits(seen, odds).items()}
    found["covers, windows"] = covers(paths[OFFICIAL[0]], 0.0)
    found["covers, returns"] = covers(paths[COMPANION], 0.0)
    return found


def of_truth(world: World, odds: Odds, number: int) -> dict[str, float]:
    """Give how a call fares that says what is so."""
    ((market, _),) = streams(world, range(number, number + 1), SEED + 2)
    seen = history(world, N_PLANTED_DAYS, market, drift=odds.drift)
    found: dict[str, float] = {}
    paths = follow(seen, odds)
    for name in (OFFICIAL[0], COMPANION):
        path = paths[name]
        reached = np.flatnonzero(path.value >= -np.log(ALPHA))
        found[f"{name}: day"] = float(reached[0]) if reached.size else np.inf
        found[f"{name}: expected"] = float((path.decides[0] - path.days[0]).astype(int))
        found[f"{name}: growth"] = float(path.value[-1] / max(path.n[-1], 1))
        found[f"{name}: unmixed"] = float(-path.against[-1] / max(path.n[-1], 1))
        found[f"{name}: against"] = float(path.against[:N_DAYS].max())
    found["covers, windows"] = covers(paths[OFFICIAL[0]], odds.p - odds.q)
    found["covers, returns"] = covers(paths[COMPANION], odds.drift)
    scale = past_scale(seen.follower)[BEFORE:]
    # The base is the mean so far, which holds some of the drift already.
    held = (np.cumsum(seen.holds) - seen.holds) / (BEFORE + np.arange(seen.holds.size))
    growth = evalues.location_growth(odds.drift * (1 - held) / scale)
    found["promised"] = float(np.mean(growth[seen.holds]))
    return found


@cache
def odds_in(world: str) -> Odds:
    """Give the odds of a world, found once in each process."""
    return odds_of(WORLDS[world])


@dataclass(frozen=True, slots=True)
class Following:
    """A call and a line followed for 500 days without a lead, or the call where it is right."""

    world: str
    true: bool = False

    def __call__(self, number: int) -> dict[str, float]:
        """Follow one history."""
        look = of_truth if self.true else of_null
        found = look(WORLDS[self.world], odds_in(self.world), number)
        return found | {"p": odds_in(self.world).p}


def crossed(most: Sequence[float], alpha: float) -> Rate:
    """Count histories in which a log e-value ever reached 1 / ``alpha``."""
    return rate([float(np.exp(-value)) for value in most], alpha=alpha)
