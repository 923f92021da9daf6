"""What came after publication, laid out as outcomes: windows of a call, returns, a relation's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leadline.aftermath import rules
from leadline.aftermath.course import (
    Closes,
    Course,
    Held,
    Terms,
    closes,
    course,
    ended,
    held,
    terms,
)
from leadline.claim import Claim, Trigger
from leadline.data.panel import Column, Panel
from leadline.errors import NotHeldError
from leadline.evidence.necessary_condition import NecessaryCondition
from leadline.evidence.relation import RelationTest
from leadline.kernels import evalues
from leadline.live import relations
from leadline.live.book import Call, Ceiling, Line, Registration
from leadline.live.processes import Pace, Path, Timing, drift_path, outcomes_path, returns_path

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Readings:
    """A claim on every day after its publication; what a day says needs no later one.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_days,)
    course : Course or None
        Where its call stands.
    without : str
        Why there is none.
    held : Held or None
        Its antecedent, on every day of the panel.
    outcomes, returns : Path or None
        The official process, and its fast companion.
    credit : Turned
        Rows of ``days``.
    """

    days: Days
    course: Course | None
    without: str
    held: Held | None
    outcomes: Path | None
    returns: Path | None
    credit: rules.Turned


def read(claim: Claim, frozen: Registration, test: RelationTest | None, panel: Panel) -> Readings:
    """Read what became of a claim up to the panel's last day, under what was frozen for it."""
    published = claim.first_seen
    days = np.arange(np.datetime64(published, "D") + DAY, np.datetime64(panel.as_of, "D") + DAY)
    rule = claim.live
    antecedent = None
    if rule is not None and rule.antecedent is not None:
        antecedent = held(rule.antecedent, panel, published)
    try:
        found, without = course(terms(claim, panel), panel), ""
    except NotHeldError as error:
        found, without = None, str(error)
    outcomes = returns = None
    if frozen.line is not None and test is not None:
        known = relations.outcomes(test, frozen.line, panel, published)
        outcomes, returns = _signs(frozen.line, known, days), _sizes(frozen.line, known, days)
    if frozen.ceiling is not None and isinstance(test, NecessaryCondition):
        outcomes = _starts(
            frozen.ceiling, relations.starts(test, frozen.ceiling, panel, published), days
        )
    if frozen.call is not None and found is not None:
        path = closes(panel, found.terms.success)
        once = _is_once(claim)
        outcomes = _windows(frozen.call, found.terms, path, antecedent, days, once=once)
        if returns is None:
            over = _over(found.terms, path, days[-1]) if once else None
            returns = _returns(frozen.call, found.terms, path, antecedent, days, over=over)
    credit = _credit(outcomes, returns, days.size)
    return Readings(days, found, without, antecedent, outcomes, returns, credit)


def _is_once(claim: Claim) -> bool:
    """Say whether a call is of one time: a forecast is, and so is a mark in itself."""
    success = None if claim.live is None else claim.live.success
    is_relative = success is not None and (success.rise is not None or success.beats is not None)
    return claim.type == "forecast" or not is_relative


def _over(fixed: Terms, path: Closes, now: np.datetime64) -> np.datetime64:
    """Give the day after which a call of one time says nothing: its hit, or its horizon's end."""
    end = np.datetime64(fixed.ends, "D")
    how = ended(fixed, path, fixed.past.days.size - 1, end, now)
    return end if how is None or not how.is_hit else min(how.known, end)


def _windows(
    call: Call, fixed: Terms, path: Closes, antecedent: Held | None, days: Days, *, once: bool
) -> Path:
    """Windows of one horizon each from publication on; a call of one time has only the first."""
    now, span = days[-1], np.timedelta64(fixed.days, "D")
    begin = np.datetime64(fixed.published, "D")
    known, hits, odds, ends = [], [], [], []
    while begin <= now:
        start = int(path.rows(np.array([begin]))[0])
        how = ended(fixed, path, start, begin + span, now)
        ends.append(begin + span)
        if how is not None:
            known.append(how.known)
            hits.append(how.is_hit)
            on = antecedent is None or bool(antecedent.at(np.array([begin]))[0])
            odds.append(call.p if on else call.q)
        if once:
            break
        begin = begin + span
    else:
        # After an early hit the next window is waited for before it begins.
        ends.append(begin + span)
    known_days = np.array(known, dtype="datetime64[D]")
    p, q = np.array(odds, dtype=np.float64), np.full(len(odds), call.q)
    growth = float(evalues.bernoulli_growth(call.p, call.q)) * _share_held(fixed, antecedent)
    return outcomes_path(
        Timing(days, known_days, _under_way(days, known_days, np.array(ends))),
        np.array(hits, dtype=bool),
        p,
        q,
        words=f"whether {fixed.words}" + ("" if once else ", in windows that do not overlap"),
        # Of a call of one time no second outcome comes.
        pace=Pace(0.0 if once else growth, float(fixed.days)),
    )


def _share_held(fixed: Terms, antecedent: Held | None) -> float:
    """Give the share of closes before publication on which the antecedent held."""
    return 1.0 if antecedent is None else float(antecedent.at(fixed.past.days).mean())


def _under_way(days: Days, known: Days, ends: Days) -> Days:
    """Give on each day the end of the first window whose outcome is not known."""
    row = np.searchsorted(known, days, side="right")
    padded = np.append(ends, np.datetime64("NaT", "D"))
    due: Days = padded[np.minimum(row, ends.size)]
    return due


def _returns(
    call: Call,
    fixed: Terms,
    path: Closes,
    antecedent: Held | None,
    days: Days,
    *,
    over: np.datetime64 | None,
) -> Path | None:
    """Daily returns, which the claim places higher (or lower) while its antecedent holds.

    Those after the day ``over`` are not spoken of.
    """
    if call.drift == 0:
        return None
    first = fixed.past.days.size
    stop = path.days.size if over is None else int(np.searchsorted(path.days, over, side="right"))
    known = path.days[first:stop]
    before = path.days[first - 1 : stop - 1]
    holds = np.ones(known.size, dtype=bool) if antecedent is None else antecedent.at(before)
    while_it = "" if antecedent is None else ", while the antecedent holds"
    found = drift_path(
        Timing(days, known),
        np.diff(path.level[:stop]),
        holds,
        call.drift,
        words=f"daily returns of {fixed.what}{while_it}",
        often=_share_held(fixed, antecedent) * fixed.past.per_year / 365.25,
    )
    if over is None:
        return found
    # Nothing is decided after the end of the horizon, nor by what no longer comes.
    late = found.decides > np.where(days < over, np.datetime64(fixed.ends, "D"), days)
    return replace(found, decides=np.where(late, np.datetime64("NaT", "D"), found.decides))


def _signs(line: Line, found: relations.Outcomes, days: Days) -> Path:
    p = relations.sign_odds(line, found.away)
    return outcomes_path(
        Timing(days, found.known),
        found.surprise > 0,
        p if line.curve[1] > 0 else np.full(p.size, line.up),
        np.full(p.size, line.up),
        words=f"sign: {line.words}",
        pace=Pace(line.gains[0], line.days),
    )


def _sizes(line: Line, found: relations.Outcomes, days: Days) -> Path | None:
    if line.is_yes_or_no or line.spread == 0:
        return None
    return returns_path(
        Timing(days, found.known),
        found.surprise,
        line.slope * found.away,
        np.full(found.away.size, line.spread),
        words=f"size: {line.words}",
        unit="share of the relation before publication",
        pace=Pace(line.gains[1], line.days),
    )


def _starts(ceiling: Ceiling, found: relations.Starts, days: Days) -> Path:
    return outcomes_path(
        Timing(days, found.known),
        found.covered,
        found.p,
        found.q,
        words=ceiling.words,
        # When the next rally starts, nobody knows.
        pace=Pace(0.0, 1.0),
    )


def _credit(outcomes: Path | None, returns: Path | None, n_days: int) -> rules.Turned:
    paths = [path for path in (outcomes, returns) if path is not None]
    even = np.zeros(n_days)
    value = np.maximum.reduce([even, *(path.value for path in paths)])
    against = np.maximum.reduce([even, *(path.against for path in paths)])
    official = (even, even) if outcomes is None else (outcomes.value, outcomes.against)
    return rules.credit(
        _raised(value), _raised(against), (_raised(official[0]), _raised(official[1]))
    )


def _raised(log: Floats) -> Floats:
    return np.asarray(np.exp(np.minimum(log, 600.0)))


@dataclass(frozen=True, slots=True)
class Signal:
    """A trigger on every day of a panel; NaN and ``UNKNOWN`` where its series was too old."""

    trigger: Trigger
    threshold: float
    days: Days
    value: Floats
    turned: rules.Turned


def signal(trigger: Trigger, panel: Panel) -> Signal:
    """Follow a condition that the article names."""
    value, new = _values(panel, trigger.series)
    threshold = trigger.below if trigger.above is None else trigger.above
    if threshold is None:
        msg = f"{trigger.id}: a trigger has a mark."
        raise ValueError(msg)
    said = value < threshold if trigger.above is None else value > threshold
    turned = rules.flagged(said, np.isfinite(value), new)
    return Signal(trigger, threshold, panel.days, value, turned)


def _values(panel: Panel, name: str) -> tuple[Floats, Flags]:
    """Give a series on every day, NaN where it was too old, and on which days it was new."""
    if name not in panel.columns:
        return np.full(panel.days.size, np.nan), np.zeros(panel.days.size, dtype=bool)
    column = panel[name]
    is_young = panel.days - column.period <= np.timedelta64(column.info.stale_after, "D")
    is_known = is_young | (column.basis == "derived")
    return np.where(is_known, column.value, np.nan), _new(panel, column)


def _new(panel: Panel, column: Column) -> Flags:
    """Say on which days a series, or for a derived one what it is made from, had a new value."""
    later = column.period[1:] > column.period[:-1]
    # The period of what is derived is that of its oldest input, which may have ended long ago.
    if column.basis == "derived" and column.info.kind == "flag":
        later = np.logical_or.reduce([later, *(_new(panel, panel[n])[1:] for n in column.needs)])
    elif column.basis == "derived":
        later |= column.value[1:] != column.value[:-1]
    new = column.fresh.copy()
    new[1:] &= later
    return new


@dataclass(frozen=True, slots=True)
class Phases:
    """The phases of an article on every day of a panel, by rule."""

    names: tuple[str, ...]
    days: Days
    probability: Floats
    turned: rules.Turned


def phases(named: Mapping[str, str], panel: Panel) -> Phases:
    """Follow the phases, each by the series that holds its probability."""
    columns = [_values(panel, series) for series in named.values()]
    probability = np.column_stack([value for value, _ in columns])
    new = np.logical_or.reduce([fresh for _, fresh in columns])
    return Phases(tuple(named), panel.days, probability, rules.phase(probability, new))
