"""What is to be measured, job by job: a look, and how many histories it is repeated over."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

import leadline
from leadline.calibration import live_evidence, odds, planted, trials, universes
from leadline.calibration.designs import MUST_SEE, SEED, designs
from leadline.calibration.habits import HABITS
from leadline.calibration.looks import Seen, look_of
from leadline.data.panel import Panel
from leadline.errors import DataError, SettingError, did_you_mean
from leadline.evidence import kinds
from leadline.worlds import NULL_WORLDS, World
from leadline.worlds.calibration import N_OBS, streams
from leadline.worlds.known import FURTHER_NULL_WORLDS, SLOW_CYCLES

Part = Literal["sizes", "truths", "habits", "planted", "trials", "live", "odds", "scans"]
PARTS: tuple[Part, ...] = get_args(Part)
N_WORLDS = 1000
QUICK = 10
"""Histories of a row in a quick look."""
SIZE_WORLDS = (*NULL_WORLDS.values(), *FURTHER_NULL_WORLDS.values(), SLOW_CYCLES)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One row: ``look`` at each of ``n`` histories by their numbers.

    Histories are looked at ``chunk`` at a time; jobs with the same ``group`` share what they
    look at.
    """

    part: Part
    name: str
    world: str
    n: int
    look: Callable[[int], Any]
    group: str
    chunk: int = 20

    @property
    def key(self) -> str:
        """Name the job by the hash of all that its result follows from."""
        said = (self.part, self.name, self.world, repr(self.look), SEED, leadline.__version__)
        return hashlib.sha256("\n".join(map(str, said)).encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class OnPanel:
    """A look at the panels of a world; ``said`` tells it from others, with its kind's revision."""

    look: Callable[..., Any]
    world: World
    said: str
    n_obs: int = N_OBS

    def __call__(self, number: int) -> Any:
        """Look at one history."""
        ((_, stream),) = streams(self.world, range(number, number + 1), SEED)
        try:
            return self.look(_panel(self.world, self.n_obs, number), stream)
        except DataError:
            # Data that a kind does not take are an answer of its own.
            return Seen(1.0, refused=True)

    def __repr__(self) -> str:
        """Say what the result follows from, the same in every process."""
        return f"{self.said} {self.world!r} {self.n_obs}"


@lru_cache(maxsize=1)
def _panel(world: World, n_obs: int, number: int) -> Panel:
    """Simulate a history once for all that look at it in turn."""
    ((market, _),) = streams(world, range(number, number + 1), SEED)
    return world.panel(n_obs, market)


def jobs(asked: Sequence[str] = (), n_worlds: int = N_WORLDS) -> tuple[Job, ...]:
    """Give the jobs of some kinds or parts, all where none is named, ``n_worlds`` histories a row.

    Rows that are dearer, or need not be as exact, have a fixed share of that.

    Raises SettingError for what is neither a kind nor a part.
    """
    known = (*sorted(kinds()), *PARTS)
    for name in asked:
        if name not in known:
            hint = did_you_mean(name, known)
            msg = f"calibrate: There is no kind {name!r}.{hint} It takes: {', '.join(known)}."
            raise SettingError(msg)
    parts = [part for part in PARTS if not asked or part in asked]
    found: list[Job] = []
    for make, part in (
        (_sizes, "sizes"),
        (_truths, "truths"),
        (_habits, "habits"),
        (_planted, "planted"),
        (_trials, "trials"),
        (_live, "live"),
        (_odds, "odds"),
        (_scans, "scans"),
    ):
        made = make(n_worlds)
        found += [job for job in made if part in parts or job.name.split(",")[0] in asked]
    return tuple(found)


def _said(test: Any) -> str:
    return f"{test!r} revision {test.revision}"


def _sizes(n: int) -> list[Job]:
    return [
        Job(
            "sizes",
            name,
            world.name,
            n,
            OnPanel(look_of(test), world, _said(test)),
            f"sizes {world.name}",
        )
        for world in SIZE_WORLDS
        for name, test in designs().items()
    ]


def _truths(n: int) -> list[Job]:
    return [
        Job(
            "truths",
            kind,
            world.name,
            min(n, 100),
            OnPanel(look_of(test), world, _said(test), n_obs),
            f"truths {world.name} {n_obs}",
        )
        for kind, (test, world, n_obs) in sorted(MUST_SEE.items())
    ]


def _habits(n: int) -> list[Job]:
    return [
        Job(
            "habits",
            name,
            world.name,
            min(n, 300),
            OnPanel(look, world, name),
            f"habits {world.name}",
        )
        for world in NULL_WORLDS.values()
        for name, look in HABITS.items()
    ]


def _planted(n: int) -> list[Job]:
    return [
        Job(
            "planted",
            name,
            f"{world.name}, {years} years",
            max(min(n // 10, 100), 2),
            OnPanel(look, world, f"{look!r} revision {look.test.revision}", 261 * years),
            f"planted {world.name} {years}",
            chunk=5,
        )
        for years in planted.YEARS
        for name, world in planted.CASES
        for look in (planted.planting(name, years),)
    ]


def _trials(n: int) -> list[Job]:
    return [
        Job(
            "trials",
            case.claim,
            case.world.name,
            max(min(n // 10, 100) * (1 if case.world.leads else 2), 2),
            case,
            f"trials {case.claim} {case.world.name}",
            chunk=4,
        )
        for case in trials.CASES
    ]


def _live(n: int) -> list[Job]:
    null = [
        Job(
            "live",
            "without a lead",
            world,
            2 * n,
            live_evidence.Following(world),
            f"live {world}",
            chunk=50,
        )
        for world in live_evidence.WORLDS
    ]
    true = [
        Job(
            "live",
            "the call is right",
            world,
            max(2 * n // 5, 2),
            live_evidence.Following(world, true=True),
            f"live, true {world}",
            chunk=20,
        )
        for world in live_evidence.PLANTED
    ]
    return null + true


def _odds(n: int) -> list[Job]:
    return [
        Job(
            "odds",
            "odds",
            design.name,
            max(min(design.n, n // 5), 1),
            odds.OddsOf(place),
            f"odds {place}",
            chunk=2,
        )
        for place, design in enumerate(odds.DESIGNS)
    ]


def _scans(n: int) -> list[Job]:
    return [
        Job(
            "scans",
            "scan",
            case.name,
            max(round(case.share * n), 2),
            case,
            f"scans {case.name}",
            chunk=5,
        )
        for case in universes.CASES
    ]
