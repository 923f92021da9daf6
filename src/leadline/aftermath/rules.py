"""When what is followed turns: rules fixed beforehand, so that one noisy day flips nothing.

Every rule reads one row a decision day and gives what stands on each; a row needs no later one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]

DAYS = 5
"""Decision days in a row on which something must be so before it counts."""
VALUES = 2
"""Values that must have come in these days: a long weekend repeats one and shows nothing."""
BEHIND, AHEAD = 0.45, 0.55
"""Share of usual paths below the follower at which it turns to be not, or to be, on course."""
UNLIKELY, LIKELY = 0.4, 0.6
"""Probability at which a phase ends, and at which another one begins."""
EARNS, EVEN_AGAIN, DECIDES = 3.0, 1.5, 20.0
"""Evidence at which credit is earned, is spent again, and is final (Ville 1939: one in twenty)."""

RULES: Mapping[str, float] = MappingProxyType(
    {
        "days_in_a_row": float(DAYS),
        "new_values": float(VALUES),
        "not_so_far": BEHIND,
        "on_course": AHEAD,
        "phase_ends": UNLIKELY,
        "phase_begins": LIKELY,
        "credit_begins": EARNS,
        "credit_ends": EVEN_AGAIN,
        "decides": DECIDES,
    }
)

UNKNOWN = -1
"""A label: nothing is known."""
AS_IT_IS = -2
"""Said of a day that speaks for no turn."""

OFF, ON = 0, 1
EVEN, EARNING, LOSING, CONFIRMED, REFUTED = range(5)


class Turned(NamedTuple):
    """What stands on each row, and the row on which it turned to that."""

    label: Index
    since: Index


class _Turn:
    """What stands, and what has been said against it in a row."""

    def __init__(self, label: int) -> None:
        self.label, self.since = label, 0
        self._said, self._days, self._values = AS_IT_IS, 0, 0

    def hear(self, said: int, row: int, *, is_new: bool) -> None:
        if said in {self.label, AS_IT_IS}:
            self._said = AS_IT_IS
            return
        if said != self._said:
            self._said, self._days, self._values = said, 0, 0
        self._days += 1
        self._values += is_new
        # What is unknown brings no values.
        if self._days >= DAYS and (self._values >= VALUES or said == UNKNOWN):
            self.label, self.since, self._said = said, row, AS_IT_IS


def settled(said: Index, new: Flags, *, first: int) -> Turned:
    """Let a label turn to what has been said ``DAYS`` days in a row, on ``VALUES`` new values.

    Parameters
    ----------
    said : ndarray of intp, shape (n_days,)
        What each day speaks for; ``AS_IT_IS`` for what stands.
    new : ndarray of bool, shape (n_days,)
        Whether the day brought a new value.
    first : int
        What stands before the first day.
    """
    turn = _Turn(first)
    out = np.empty((2, said.size), dtype=np.intp)
    for row, (each, is_new) in enumerate(zip(said.tolist(), new.tolist(), strict=True)):
        turn.hear(each, row, is_new=is_new)
        out[:, row] = turn.label, turn.since
    return Turned(out[0], out[1])


def flagged(holds: Flags, known: Flags, new: Flags) -> Turned:
    """Say of a condition whether it is ``ON``, ``OFF`` or ``UNKNOWN``."""
    return settled(np.where(known, holds, UNKNOWN), new, first=UNKNOWN)


def on_course(ahead: Floats, new: Flags) -> Turned:
    """Say whether the follower is on course: ``ON`` or ``OFF``, which it is at first.

    ``ahead`` is the share of usual paths that it is ahead of; NaN leaves it as it is.
    """
    said = np.full(ahead.size, AS_IT_IS)
    said[ahead >= AHEAD] = ON
    said[ahead <= BEHIND] = OFF
    return settled(said, new, first=OFF)


def phase(probability: Floats, new: Flags) -> Turned:
    """Name the phase, by its column in ``probability``, shape (n_days, n_phases), or ``UNKNOWN``.

    Another one begins once it is ``LIKELY``, or the most probable once the present one is
    ``UNLIKELY``. A row with a NaN is not known.
    """
    turn = _Turn(UNKNOWN)
    out = np.empty((2, new.size), dtype=np.intp)
    known = np.asarray(np.isfinite(probability).all(axis=1))
    for row in range(new.size):
        said = _next_phase(probability[row], turn.label) if known[row] else UNKNOWN
        turn.hear(said, row, is_new=bool(new[row]))
        out[:, row] = turn.label, turn.since
    return Turned(out[0], out[1])


def _next_phase(odds: Floats, now: int) -> int:
    most = int(np.argmax(odds))
    if now == UNKNOWN or odds[now] < UNLIKELY:
        return most
    return most if odds[most] >= LIKELY else AS_IT_IS


def credit(value: Floats, against: Floats, official: tuple[Floats, Floats]) -> Turned:
    """Say whether a claim earns or loses credit, by what all its evidence says.

    Parameters
    ----------
    value, against : ndarray of float64, shape (n_days,)
        The largest e-value for the claim, and the largest against it.
    official : pair of ndarray of float64, shape (n_days,)
        Those of the pre-committed outcomes, which alone can decide.
    """
    label, since = EVEN, 0
    out = np.empty((2, value.size), dtype=np.intp)
    for row, (e, a, *decides) in enumerate(
        zip(value.tolist(), against.tolist(), *(part.tolist() for part in official), strict=True)
    ):
        then = _next_credit(label, e, a, decides)
        if then != label:
            label, since = then, row
        out[:, row] = label, since
    return Turned(out[0], out[1])


def _next_credit(label: int, value: float, against: float, official: list[float]) -> int:
    if label in {CONFIRMED, REFUTED}:
        return label
    if max(official) >= DECIDES:
        return CONFIRMED if official[0] >= official[1] else REFUTED
    kept = (label == EARNING and value >= EVEN_AGAIN) or (label == LOSING and against >= EVEN_AGAIN)
    if max(value, against) >= EARNS:
        # Where both speak up, the louder one counts, and what stands if neither is.
        return label if kept and value == against else (EARNING if value >= against else LOSING)
    return label if kept else EVEN
