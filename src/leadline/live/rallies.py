"""Whose rally an article is about, by which rule, and what was known of it on each day."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leadline.claim import Article, Claim
from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Panel
from leadline.errors import DataError
from leadline.evidence.event_coincidence import EventCoincidence
from leadline.evidence.events import FollowerRule, LeaderRule, Onset, RecordHigh, Strength
from leadline.evidence.necessary_condition import NecessaryCondition
from leadline.evidence.starts import Antecedent
from leadline.kernels import events
from leadline.kernels.resample import past_scale
from leadline.live.hindcast import History

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Days = NDArray[np.datetime64]
Defining = EventCoincidence | NecessaryCondition

CALENDAR = 730
"""The first days of a series say how many it has a year; later ones would say it too late."""
QUARTER, HALF = DurationText("13w"), DurationText("26w")
N_OWN = 4
"""Predictors that know the follower alone; they come first."""


@dataclass(frozen=True)
class Lead:
    """Events of a leader, and how long after one the claim expects the rally."""

    leader: str
    event: LeaderRule
    horizon: Duration


@dataclass(frozen=True)
class Target:
    """Whose rally, by which rule, and on which conditions of the article the odds may build.

    ``claim`` is the one whose rule it is; ``conditions`` are flags or probabilities.
    """

    claim: str
    follower: str
    rally: FollowerRule
    start: date | None = None
    leads: tuple[Lead, ...] = ()
    conditions: tuple[str, ...] = ()
    antecedents: tuple[Antecedent, ...] = ()

    @property
    def words(self) -> str:
        """What is forecast, in English."""
        return f"a rally of {self.follower} starts ({self.rally.words})"

    def series(self) -> tuple[str, ...]:
        """Name every series read, each once, the follower first."""
        named = (
            self.follower,
            *(lead.leader for lead in self.leads),
            *self.conditions,
            *(antecedent.series for antecedent in self.antecedents),
        )
        return tuple(dict.fromkeys(named))


def targets(article: Article) -> tuple[Target, ...]:
    """Give one target for each follower for whom a claim of the article defines a rally.

    The first such claim's rule is used. The odds may build on the events, conditions and
    antecedents of all claims that define a rally of the follower, and on the article's phases.
    """
    defining: dict[str, list[tuple[Claim, Defining]]] = {}
    for claim in article.claims:
        for test in claim.tests:
            if isinstance(test, Defining):
                defining.setdefault(test.follower, []).append((claim, test))
    phases = tuple(article.watch.phases.values()) if article.watch is not None else ()
    return tuple(_target(found, phases) for found in defining.values())


def _target(found: list[tuple[Claim, Defining]], phases: tuple[str, ...]) -> Target:
    leads: dict[tuple[str, LeaderRule], Lead] = {}
    conditions: list[str] = []
    antecedents: list[Antecedent] = []
    for claim, test in found:
        if isinstance(test, EventCoincidence):
            # An event that two claims name is one, with the horizon of the first.
            lead = Lead(test.leader, test.event, test.horizon)
            leads.setdefault((test.leader, test.event), lead)
        else:
            conditions += [test.leader, *test.any_of]
        said = claim.live.antecedent if claim.live is not None else None
        if said is not None:
            antecedents.append(Antecedent(series=said.series, over=said.over, above=said.above))
    claim, first = found[0]
    return Target(
        claim=claim.ref,
        follower=first.follower,
        rally=first.rally,
        start=first.start,
        leads=tuple(leads.values()),
        conditions=tuple(dict.fromkeys((*conditions, *phases))),
        antecedents=tuple(dict.fromkeys(antecedents)),
    )


@dataclass(frozen=True)
class _Path:
    """A series on its own days: where they stand among the panel's, and how many a year."""

    rows: Index
    value: Floats
    per_year: float

    @classmethod
    def of(cls, panel: Panel, name: str) -> "_Path":
        column = panel[name]
        rows = np.flatnonzero(column.fresh & np.isfinite(column.value))
        value = column.value[rows]
        if not (column.info.is_state or column.info.kind == "rate"):
            if np.any(value <= 0):
                day = panel.days[rows[int(np.argmax(value <= 0))]]
                msg = f"{name}: the value of {day} has no logarithm; exclude that day."
                raise DataError(msg)
            value = np.log(value)
        early = rows[rows < rows[0] + CALENDAR]
        return cls(rows, value, (early.size - 1) / max(early[-1] - early[0], 1) * 365.25)

    def on(self, values: Floats, days: Days) -> Floats:
        """Carry what was known on its own days to all days; NaN before the first."""
        last = np.searchsorted(self.rows, np.arange(days.size), "right") - 1
        return np.where(last >= 0, values[np.maximum(last, 0)], np.nan)

    def settled(self, values: Floats) -> Floats:
        """Take away what was on days before it was known how many it has a year."""
        return np.where(np.arange(values.size) < self.rows[0] + CALENDAR, np.nan, values)

    def move(self, over: DurationText) -> Floats:
        """Give the move over the past, NaN where the past is shorter."""
        back = max(over.observations(self.per_year), 1)
        out = np.full(self.value.size, np.nan)
        # Rounded, so that a move of nothing is none whatever the unit of the price.
        out[back:] = np.round(self.value[back:] - self.value[:-back], 12)
        return out


def history(panel: Panel, target: Target) -> History:
    """Give when rallies started, by the claims' own rule, and what was known before each.

    Series of the target that the panel lacks, all but the follower, are done without. Raises
    DataError where the follower is no price.
    """
    info = panel[target.follower].info
    if info.is_state or info.kind == "rate":
        msg = f"{target.follower} is a {info.kind}; a rally needs a price."
        raise DataError(msg)
    own = _Path.of(panel, target.follower)
    starts = np.zeros(panel.days.size, dtype=bool)
    starts[own.rows] = target.rally.flags(own.value, own.per_year)
    first = int(own.rows[0])
    if target.start is not None:
        first = max(first, int(np.searchsorted(panel.days, np.datetime64(target.start, "D"))))
    last = np.searchsorted(own.rows, np.arange(panel.days.size), "right") - 1
    columns = _own(panel.days, own, starts, target)
    columns += [part for lead in target.leads for part in _led(panel, lead)]
    columns += [_stood(panel, name) for name in target.conditions]
    columns += [_risen(panel, antecedent) for antecedent in target.antecedents]
    return History(
        days=panel.days,
        first=first,
        seen=np.where(last >= 0, own.rows[np.maximum(last, 0)], -1),
        starts=starts,
        predictors=np.column_stack(columns),
    )


def _own(days: Days, own: _Path, starts: NDArray[np.bool_], target: Target) -> list[Floats]:
    """Momentum, volatility, how near the rule is, and the time since the last rally."""
    moves = np.diff(own.value, prepend=own.value[0])
    # What precedes a day, and the move of the day itself, which is known at its close.
    volatility = past_scale(np.append(moves, 0.0))[1:]
    span = np.sqrt(max(QUARTER.observations(own.per_year), 1))
    momentum = np.clip(own.move(QUARTER) / (volatility * span), -4.0, 4.0)
    rows = np.arange(days.size)
    at = np.flatnonzero(starts)
    before = np.searchsorted(at, rows, "right") - 1
    since = rows - (at[np.maximum(before, 0)] if at.size else 0)
    since = np.where(before >= 0, since, rows - own.rows[0])
    return [
        own.on(momentum, days),
        own.on(np.log(np.maximum(volatility, 1e-12)), days),
        own.on(_nearness(own, target.rally), days),
        np.log1p(np.maximum(since, 0) / QUARTER.days),
    ]


def _nearness(own: _Path, rally: FollowerRule) -> Floats:
    """Give what the rule measures: the gain from the low as a share of it, or that to the high."""
    if isinstance(rally, RecordHigh):
        memory = None if rally.memory is None else rally.memory.observations(own.per_year)
        high = events.past_maximum(own.value, memory)
        return np.where(np.isfinite(high), np.clip(own.value - high, -2.0, 0.0), np.nan)
    within = max(rally.within.observations(own.per_year), 2)
    low = np.minimum(events.past_minimum(own.value, within), own.value)
    return np.asarray(np.clip((own.value - low) / np.log1p(rally.by), 0.0, 2.0))


def _unknown(panel: Panel) -> Floats:
    # A column stays where its series is missing, so that no digit of the rest depends on it.
    return np.full(panel.days.size, np.nan)


def _stood(panel: Panel, name: str) -> Floats:
    return panel[name].value if name in panel.columns else _unknown(panel)


def _led(panel: Panel, lead: Lead) -> list[Floats]:
    """Whether the leader's event was recent, how strong it is, and whether its state lasts."""
    n_columns = 3 if isinstance(lead.event, Strength) else 2
    if lead.leader not in panel.columns:
        return [_unknown(panel)] * n_columns
    path = _Path.of(panel, lead.leader)
    happened = np.zeros(panel.days.size, dtype=bool)
    happened[path.rows[lead.event.flags(path.value, path.per_year)]] = True
    recent = events.any_within(happened, -round(lead.horizon.days), 0).astype(np.float64)
    out = [path.settled(recent)]
    if isinstance(lead.event, Onset):
        return [*out, path.on(path.value, panel.days)]
    over = lead.event.over if isinstance(lead.event, Strength) else HALF
    rank = events.expanding_rank(path.move(over), at_least=round(path.per_year))
    out.append(path.settled(path.on(rank, panel.days)))
    if isinstance(lead.event, Strength):
        lasts = lead.event.state(path.value, path.per_year).astype(np.float64)
        out.append(path.settled(path.on(lasts, panel.days)))
    return out


def _risen(panel: Panel, antecedent: Antecedent) -> Floats:
    """Say where an antecedent held, with as many days a year as were known from the start."""
    if antecedent.series not in panel.columns:
        return _unknown(panel)
    path = _Path.of(panel, antecedent.series)
    if antecedent.over is None:
        return path.on(path.value, panel.days)
    move = path.move(antecedent.over)
    held = np.where(np.isnan(move), np.nan, (move > antecedent.above).astype(np.float64))
    return path.settled(path.on(held, panel.days))
