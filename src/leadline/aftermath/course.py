"""What became of a call: whether its mark was reached, and how usual the path there is."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.aftermath import rules
from leadline.claim import Antecedent, Claim, Success
from leadline.data.duration import DurationText
from leadline.data.panel import Panel
from leadline.errors import NotHeldError
from leadline.kernels.quality import reversed_spikes
from leadline.verdict import LiveState

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]

LEAST_PATHS = 30
"""Earlier paths of one length below which none counts as usual."""
STATE_WORDS: dict[LiveState, str] = {
    "hit": "reached its mark",
    "miss": "did not reach its mark in time",
    "on_course": "is on course",
    "not_so_far": "has not come true so far",
}
NO_MARK = "The claim sets no mark to be reached by a day."


class Closes(NamedTuple):
    """Log closes of a series, or of its ratio to another, by the day on which each was known."""

    days: Days
    level: Floats

    @property
    def per_year(self) -> float:
        """Closes a year."""
        span = float((self.days[-1] - self.days[0]) / np.timedelta64(1, "D"))
        return (self.days.size - 1) / span * 365.25

    def until(self, day: date) -> "Closes":
        """Keep those known at the decision of a day."""
        stop = int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right"))
        return Closes(self.days[:stop], self.level[:stop])

    def rows(self, days: Days) -> Index:
        """Give for each of ``days`` the row of the last close known then; -1 for none."""
        return np.asarray(np.searchsorted(self.days, days, side="right") - 1)

    def usual(self, length: int) -> Floats:
        """Give log returns over ``length`` closes from every day; none where they are too few."""
        if length < 1 or self.level.size < length + LEAST_PATHS:
            return np.empty(0)
        return np.asarray(self.level[length:] - self.level[:-length])


def closes(panel: Panel, success: Success) -> Closes:
    """Give the closes that decide a call; those of a ratio where it ``beats`` another series."""
    if success.beats is None:
        aligned = panel.align((success.series,))
        return Closes(aligned.days, np.log(aligned.values[success.series]))
    aligned = panel.align((success.series, success.beats))
    first, second = (np.log(aligned.values[name]) for name in (success.series, success.beats))
    return Closes(aligned.days, first - second)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a call says in figures, fixed at the decision of the day of publication.

    Attributes
    ----------
    past : Closes
        All closes known then; the last is the price at publication.
    mark : float
        Log distance from that price to the mark, negative for a fall.
    is_beyond : bool
        Whether the mark itself is not enough (a record, or doing better than another).
    is_at_end : bool
        Whether only the last close of the horizon counts.
    stale_after : int
        Days without a close after which the end of the horizon cannot be judged.
    """

    success: Success
    published: date
    horizon: DurationText
    past: Closes
    mark: float
    is_beyond: bool
    is_at_end: bool
    stale_after: int

    @property
    def days(self) -> int:
        """Length of the horizon."""
        return round(self.horizon.days)

    @property
    def ends(self) -> date:
        """Last day of the horizon."""
        return self.published + timedelta(days=self.days)

    @property
    def n_closes(self) -> int:
        """Closes that the horizon usually has."""
        return self.horizon.observations(self.past.per_year)

    @property
    def price(self) -> float:
        """Price at publication."""
        return float(np.exp(self.past.level[-1]))

    @property
    def mark_price(self) -> float:
        """Price that makes the call a hit."""
        return float(np.exp(self.past.level[-1] + self.mark))

    @property
    def what(self) -> str:
        """Whose price it is."""
        of, against = self.success.series, self.success.beats
        return of if against is None else f"{of} against {against}"

    @property
    def words(self) -> str:
        """The call in English."""
        of, within = self.success, f"within {self.horizon.words}"
        if of.beats is not None:
            return f"{of.series} does better than {of.beats} over {self.horizon.words}"
        if of.record:
            return f"{of.series} closes at a record {within}"
        if of.level is not None:
            return f"{of.series} closes at {of.level:,g} or {self._beyond} {within}"
        verb = "falls" if self.mark < 0 else "rises"
        return f"{of.series} {verb} by {abs(of.rise or 0.0):.0%} {within}"

    @property
    def _beyond(self) -> str:
        return "below" if self.mark < 0 else "above"

    def is_reached(self, moved: Floats) -> Flags:
        """Say which log returns since the start are at the mark."""
        # Rounded, so that a close at the mark is at it whatever the unit of the price.
        short = np.round(moved - self.mark, 12)
        if self.mark < 0:
            return np.asarray(short <= 0)
        return np.asarray(short > 0 if self.is_beyond else short >= 0)


def terms(claim: Claim, panel: Panel) -> Terms:
    """Fix what a claim's call says, from what was known at the decision of the day it appeared.

    Raises NotHeldError where it makes no call, or its series then had no recent price.
    """
    rule = claim.live
    if rule is None or rule.success is None:
        raise NotHeldError(NO_MARK)
    success = rule.success
    past = closes(panel, success).until(claim.first_seen)
    allowed = panel[success.series].info.stale_after
    last = None if past.days.size == 0 else past.days[-1]
    if last is None or (np.datetime64(claim.first_seen, "D") - last).astype(int) > allowed:
        msg = (
            f"{success.series} had no price within {allowed} days of {claim.first_seen}, when the "
            f"claim appeared (last: {last or 'none'}), so nothing can be held against it."
        )
        raise NotHeldError(msg)
    return Terms(
        success=success,
        published=claim.first_seen,
        horizon=rule.horizon,
        past=past,
        mark=_mark(success, past.level),
        is_beyond=bool(success.record) or success.beats is not None,
        is_at_end=success.beats is not None,
        stale_after=allowed,
    )


def _mark(success: Success, level: Floats) -> float:
    if success.rise is not None:
        return float(np.log1p(success.rise))
    if success.level is not None:
        return float(np.log(success.level) - level[-1])
    return float(level.max() - level[-1]) if success.record else 0.0


class Ended(NamedTuple):
    """How a window ended, to which day that is dated, and at whose decision it was known."""

    is_hit: bool
    day: np.datetime64
    known: np.datetime64


def ended(
    terms: Terms, path: Closes, start: int, end: np.datetime64, now: np.datetime64
) -> Ended | None:
    """Say how the window from close ``start`` to ``end`` ended by the day ``now``, if it has.

    A close at the mark counts once the next one has not exposed it as a bad tick; the end of the
    window needs a recent close.
    """
    stop = int(np.searchsorted(path.days, end, side="right"))
    reached = terms.is_reached(path.level[start:stop] - path.level[start])
    reached[0] = False
    for row in start + np.flatnonzero(reached) if not terms.is_at_end else ():
        if row + 1 == path.days.size:
            return None
        if not _is_bad(path, row):
            return Ended(is_hit=True, day=path.days[row], known=path.days[row + 1])
    if now < end:
        return None
    final = stop - 1
    if terms.is_at_end and stop < path.days.size:
        final -= _is_bad(path, final)
        hit = final > start and bool(terms.is_reached(path.level[[final]] - path.level[start])[0])
        return Ended(is_hit=hit, day=end, known=path.days[stop])
    if terms.is_at_end:
        return None
    recent = (end - path.days[final]).astype(int) <= terms.stale_after
    pending = bool(reached[-1])
    if recent and not pending:
        return Ended(is_hit=False, day=end, known=end)
    if stop < path.days.size:
        return Ended(is_hit=False, day=end, known=path.days[stop])
    return None


def _is_bad(path: Closes, row: int | np.intp) -> bool:
    """Say whether the close after it shows that a close was a bad tick."""
    return row in reversed_spikes(path.level[: row + 2])


class Course(NamedTuple):
    """A call on every day since publication; a row needs no later day.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_days,)
    moved : ndarray of float64, shape (n_days,)
        Return since publication, to the end of the horizon at most.
    percentile : ndarray of float64, shape (n_days,)
        Share of earlier paths of that length that did no better; NaN where there are too few.
    length : ndarray of intp, shape (n_days,)
        Closes since publication.
    states : tuple of str
    since : ndarray of datetime64[D], shape (n_days,)
        Day from which on the state is so.
    newest : ndarray of datetime64[D], shape (n_days,)
        Day of the last close known.
    """

    terms: Terms
    days: Days
    moved: Floats
    percentile: Floats
    length: Index
    states: tuple[LiveState, ...]
    since: Days
    newest: Days

    def sentence(self, i: int) -> str:
        """Say how it stands on a day."""
        terms, state = self.terms, self.states[i]
        said = STATE_WORDS[state] + (f" on {self.since[i]}" if state == "hit" else "")
        return (
            f"Day {self.age(i)} of {terms.days}: the forecast {said}. {terms.what} moved "
            f"{self.moved[i]:+.0%} since {terms.published}.{self._silence(i)}"
        )

    def age(self, i: int) -> int:
        """Count the days since publication, to the end of the horizon at most."""
        return min(int((self.days[i] - np.datetime64(self.terms.published, "D")).astype(int)),
                   self.terms.days)  # fmt: skip

    def _silence(self, i: int) -> str:
        if self.states[i] in {"hit", "miss"}:
            return ""
        silent = int((self.days[i] - self.newest[i]).astype(int))
        if silent <= self.terms.stale_after:
            return ""
        return f" No price of {self.terms.what} came after {self.newest[i]}."


def course(terms: Terms, panel: Panel) -> Course:
    """Follow a call on every day after publication up to the panel's last."""
    path = closes(panel, terms.success)
    published = np.datetime64(terms.published, "D")
    days = np.arange(published + 1, panel.days[-1] + 1)
    start = terms.past.days.size - 1
    end = np.datetime64(terms.ends, "D")
    rows = path.rows(days)
    within = np.minimum(rows, path.rows(np.array([end]))[0])
    length = within - start
    moved = path.level[within] - path.level[start]
    percentile = _percentile(terms.past, length, moved)
    new = np.diff(rows, prepend=start) > 0
    ahead = 1 - percentile if terms.mark < 0 else percentile
    turned = rules.on_course(ahead, new & (rows == within))
    states: list[LiveState] = ["on_course" if on else "not_so_far" for on in turned.label]
    since = np.where(turned.since == 0, published + 1, days[turned.since])
    how = ended(terms, path, start, end, panel.days[-1])
    if how is not None:
        first = int(np.searchsorted(days, how.known))
        states[first:] = ["hit" if how.is_hit else "miss"] * (days.size - first)
        since[first:] = how.day
    return Course(
        terms, days, np.expm1(moved), percentile, length, tuple(states), since, path.days[rows]
    )


def _percentile(past: Closes, length: Index, moved: Floats) -> Floats:
    out = np.full(moved.size, np.nan)
    for i, (n, value) in enumerate(zip(length.tolist(), moved.tolist(), strict=True)):
        if i and n == length[i - 1]:
            out[i] = out[i - 1]
        elif (usual := past.usual(n)).size:
            out[i] = np.mean(usual <= value)
    return out


@dataclass(frozen=True)
class Held:
    """An antecedent on every day of a panel.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n_days,)
    value : ndarray of float64, shape (n_days,)
        Its change, of the logarithm or of a rate as it is; NaN where that is not known.
    turned : Turned
        Whether it holds, by rule.
    is_rate : bool
    """

    antecedent: Antecedent
    days: Days
    value: Floats
    turned: rules.Turned
    is_rate: bool

    @property
    def words(self) -> str:
        """The antecedent in English."""
        said = self.antecedent
        by = "" if said.above == 0 else f" by more than {said.above:.0%}"
        return f"{said.series} was up{by} over {said.over.words}"

    @cached_property
    def on(self) -> Flags:
        """Whether it counts as holding, shape (n_days,)."""
        return np.asarray(self.turned.label == rules.ON)

    def shown(self, change: float) -> float:
        """Give a change as readers know it: of a price as a fraction, of a rate as it is."""
        return change if self.is_rate else float(np.expm1(change))

    def at(self, days: Days) -> Flags:
        """Say on which of ``days`` it counted as holding."""
        row = np.searchsorted(self.days, days)
        return np.asarray(self.on[row])


def held(antecedent: Antecedent, panel: Panel, published: date) -> Held:
    """Follow an antecedent on every day of a panel.

    How many values its span has is taken from those before publication.
    """
    column = panel[antecedent.series]
    is_rate = column.info.kind == "rate"
    rows = np.flatnonzero(column.fresh & np.isfinite(column.value))
    path = column.value[rows] if is_rate else np.log(column.value[rows])
    past = Closes(panel.days[rows], path).until(published)
    change = np.full(path.size, np.nan)
    if past.days.size > 1:
        back = max(antecedent.over.observations(past.per_year), 1)
        # Rounded, so that a move of nothing is none whatever the unit of the price.
        change[back:] = np.round(path[back:] - path[:-back], 12)
    at = np.searchsorted(rows, np.arange(panel.days.size), side="right") - 1
    is_young = panel.days - column.period <= np.timedelta64(column.info.stale_after, "D")
    value = np.full(panel.days.size, np.nan)
    value[is_young & (at >= 0)] = change[at[is_young & (at >= 0)]]
    turned = rules.flagged(value > antecedent.above, np.isfinite(value), column.fresh)
    return Held(antecedent, panel.days, value, turned, is_rate)
