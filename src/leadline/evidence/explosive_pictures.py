"""What a look for explosiveness saw, and how it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from leadline.evidence.exhibits import Curve, Distribution, Exhibit, Line, Mark, Table
from leadline.kernels import explosive
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.explosive import Frame, Growth, Spell, Values

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Alarms = Mapping[str, tuple[float, float]]
"""By world, the share called explosive, and the share above the random walks' value alone."""

ALPHA = 0.05
LEVELS = (0.10, 0.05, 0.01)
NULLS = ("random walks", "wild bootstrap", "signs")
WORLDS = {"walks": "random walks", "garch": "GARCH-t histories"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One statistic against the draws of one null."""

    label: str
    null: str
    statistic: float
    draws: Floats

    @property
    def p(self) -> float:
        """Share of draws that reach the statistic."""
        return p_value(self.statistic, self.draws)

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """The reading as a row of a table."""
        value = explosive.critical_value(self.draws, ALPHA)
        return (
            self.label,
            self.null,
            f"{self.statistic:.2f}",
            f"{value:.2f}",
            f"{self.p:.3f}",
        )


@dataclass(frozen=True, slots=True)
class Dates:
    """A dated episode: the first day above the value of each level, where it is exceeded."""

    starts: tuple[str | None, ...]
    stop: str
    length: int
    ongoing: bool

    @property
    def words(self) -> str:
        """The episode in English, its start an interval."""
        days = [day for day in self.starts if day is not None]
        start = days[0] if days[0] == days[-1] else f"between {days[0]} and {days[-1]}"
        if self.ongoing:
            return f"since {start}"
        return f"from {start} to {self.stop}"

    @property
    def start(self) -> str:
        """The first day above the 95 % value, by which the episode is dated."""
        return next(day for day in self.starts[1:] if day is not None)


@dataclass(frozen=True)
class Seen:
    """The path, its statistics, and the draws of random walks, wild bootstrap and signs.

    ``lagged`` is the same statistic with one lagged difference, where the rule has none.
    """

    days: Days
    path: Floats
    frame: Frame
    sequence: Floats
    sign: float
    nulls: tuple[Floats, Floats, Floats]
    gsadf: float
    gsadf_nulls: tuple[Floats, Floats]
    lagged: Reading | None = None

    @property
    def statistic(self) -> float:
        """The largest value of the monitored stretch."""
        return float(self.sequence.max())

    def values(self, alpha: float = ALPHA) -> Values:
        """Family-wise critical values of the three nulls."""
        return Values(*(explosive.critical_value(null, alpha) for null in self.nulls))

    @property
    def p(self) -> tuple[float, float, float]:
        """The p-values of the three nulls."""
        walks, wild, signs = self.nulls
        return (
            p_value(self.statistic, walks),
            p_value(self.statistic, wild),
            p_value(self.sign, signs),
        )

    @cached_property
    def rallies(self) -> Floats:
        """The sequence at ends that rose, minus infinity at others."""
        return np.asarray(self.frame.rallies(self.path[None, :], self.sequence[None, :])[0])

    @cached_property
    def gate(self) -> int:
        """What the three nulls say: 1 explosive, 0 explosive or volatile, -1 neither."""
        return explosive.verdict(self.rallies, self.sign, self.frame, self.values())

    @property
    def is_momentum(self) -> bool:
        """Whether one lagged difference explains what passed the gate."""
        return self.gate == 1 and self.lagged is not None and self.lagged.p > ALPHA

    @property
    def answer(self) -> int:
        """What the gate says, and undecided where momentum can do as much."""
        return 0 if self.is_momentum else self.gate

    @property
    def fell(self) -> bool:
        """Whether the largest value is that of a fall."""
        return not np.isfinite(self.rallies[int(np.argmax(self.sequence))])

    @cached_property
    def growth(self) -> Growth:
        """The root of the most explosive window that ends in the stretch asked about."""
        asked = self.rallies[self.frame.asked :]
        if not np.isfinite(asked).any():
            asked = self.sequence[self.frame.asked :]
        peak = self.frame.asked + int(np.argmax(asked))
        return explosive.growth(self.path, peak, shortest=self.frame.shortest)

    @cached_property
    def episodes(self) -> tuple[Dates, ...]:
        """Dated episodes; none before the gate is passed."""
        if self.answer != 1:
            return ()
        return tuple(
            self._dated(episode) for episode in self.frame.episodes(self.rallies, self.values())
        )

    def _dated(self, episode: Spell) -> Dates:
        starts: list[str | None] = []
        for level in LEVELS:
            above = self.rallies > self.values(level).walks
            same = [
                spell.start
                for spell in explosive.spells(above, at_least=1, gap=self.frame.gap)
                if spell.start <= episode.stop and spell.stop >= episode.start
            ]
            starts.append(str(self.days[same[0]]) if same else None)
        return Dates(
            starts=tuple(starts),
            stop=str(self.days[episode.stop]),
            length=episode.stop - episode.start + 1,
            ongoing=episode.ongoing,
        )


def exhibits(
    seen: Seen, of: str, stretch: str, checks: tuple[Reading, ...], alarms: Alarms, n: int
) -> tuple[Exhibit, ...]:
    """Give the statistic, the price, its null, every reading, dates, and false alarms."""
    marks = tuple(Mark(label="explosive", at=dates.start, to=dates.stop) for dates in seen.episodes)
    dates = () if not seen.episodes else (_episodes(seen.episodes),)
    return (
        _curve(seen, of, stretch, marks),
        _price(seen, of, marks),
        _distribution(seen),
        _readings(seen, stretch, checks),
        *dates,
        _false_alarms(alarms, n),
    )


def _curve(seen: Seen, of: str, stretch: str, marks: tuple[Mark, ...]) -> Curve:
    shown = np.flatnonzero(np.isfinite(seen.sequence))
    x = tuple(str(day) for day in seen.days[shown])
    walks, wild, _ = seen.values()
    highest = seen.days[int(np.argmax(seen.sequence))]
    return Curve(
        name="bsadf",
        title=f"How explosive {of} was",
        finding=f"The statistic is highest on {highest}, at {seen.statistic:.2f}.",
        note="Backward supremum ADF; each value uses the past only. The values to exceed are "
        f"those of the largest statistic over {stretch}, so that looking at every end is paid "
        "for.",
        x_label="day",
        y_label="t-ratio",
        lines=(
            Line(label="random walks, 95 %", x=x, y=(walks,) * len(x), role="ghost"),
            Line(label="its own volatility, 95 %", x=x, y=(wild,) * len(x), role="second"),
            Line(label="backward ADF", x=x, y=tuple(seen.sequence[shown])),
        ),
        marks=marks,
    )


def _price(seen: Seen, of: str, marks: tuple[Mark, ...]) -> Curve:
    x = tuple(str(day) for day in seen.days)
    growth = seen.growth
    window = tuple(
        float(level) if growth.start <= at <= growth.stop else None
        for at, level in enumerate(seen.path)
    )
    count = len(seen.episodes)
    finding = {
        0: "No episode is dated.",
        1: "One episode is dated.",
    }.get(count, f"{count} episodes are dated.")
    return Curve(
        name="price",
        title=f"{of}, and when it was explosive",
        finding=finding,
        x_label="day",
        y_label="log price",
        lines=(
            Line(label=of, x=x, y=tuple(seen.path), role="ghost"),
            Line(label="most explosive window", x=x, y=window),
        ),
        marks=marks,
    )


def _distribution(seen: Seen) -> Distribution:
    null = seen.nulls[1]
    low, high = min(null.min(), seen.statistic), max(null.max(), seen.statistic)
    counts, edges = np.histogram(null, bins=40, range=(low, high))
    return Distribution(
        name="null",
        title="The largest statistic, against histories with the same volatility",
        finding=f"{seen.p[1]:.1%} of them reach {seen.statistic:.2f}.",
        x_label="largest backward ADF statistic",
        edges=tuple(edges),
        counts=tuple(int(count) for count in counts),
        observed=seen.statistic,
        critical=seen.values().wild,
    )


def _readings(seen: Seen, stretch: str, checks: tuple[Reading, ...]) -> Table:
    gate = (
        Reading(stretch, NULLS[0], seen.statistic, seen.nulls[0]),
        Reading(stretch, NULLS[1], seen.statistic, seen.nulls[1]),
        Reading("cumulated signs", NULLS[2], seen.sign, seen.nulls[2]),
    )
    rejected = sum(reading.p <= ALPHA for reading in gate)
    return Table(
        name="readings",
        title="The statistic against each null",
        finding=f"{rejected} of the 3 nulls that decide are rejected.",
        columns=("reading", "null", "statistic", "95 % value", "p", "decides"),
        rows=tuple(
            (*reading.cells, decides)
            for readings, decides in ((gate, "yes"), (checks, "no"))
            for reading in readings
        ),
    )


def _episodes(episodes: tuple[Dates, ...]) -> Table:
    last = episodes[-1]
    return Table(
        name="episodes",
        title="When it was explosive",
        finding=f"The last episode runs {last.words}.",
        note="A start is an interval, not a day: the higher the value to exceed, the later.",
        columns=(*(f"above {1 - level:.0%} from" for level in LEVELS), "until", "observations"),
        rows=tuple(
            (
                *(day or "not exceeded" for day in dates.starts),
                f"{dates.stop}, going on" if dates.ongoing else dates.stop,
                str(dates.length),
            )
            for dates in episodes
        ),
    )


def _false_alarms(alarms: Alarms, n: int) -> Table:
    return Table(
        name="false_alarms",
        title="How often the rule is wrong where nothing is explosive",
        finding=f"Of {n} histories of each world, of the sample's length and drift.",
        columns=("world", "called explosive", "above the random walks' value alone"),
        rows=tuple(
            (WORLDS[world], f"{called:.1%}", f"{above:.1%}")
            for world, (called, above) in alarms.items()
        ),
    )
