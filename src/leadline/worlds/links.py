"""Planted truths: how a follower owes something to the leader's past."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.kernels import events

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

QUARTER, YEAR = 65, 261


class Link(Protocol):
    """What is planted into the follower's log price; nothing is looked up in the future."""

    def apply(self, leader: Floats, follower: Floats, rng: Generator) -> Floats:
        """Give the follower's log price, shape (n_obs + 1,), with the truth in it."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """The follower repeats the leader's move ``lag`` trading days later.

    ``strength`` is the correlation over spans longer than ``spread``, the number of days over
    which an answer is spread around the lag. ``until`` is the share of the sample after which
    the follower no longer answers.
    """

    lag: int
    strength: float
    spread: int = 5
    until: float = 1.0

    def apply(self, leader: Floats, follower: Floats, rng: Generator) -> Floats:
        """Mix the leader's past moves into the follower's."""
        del rng
        moves, own = np.diff(leader), np.diff(follower)
        drift, ratio = own.mean(), own.std() / moves.std()
        first = self.lag - self.spread // 2
        kernel = np.concatenate((np.zeros(first), np.full(self.spread, 1.0 / self.spread)))
        echo = np.convolve(moves - moves.mean(), kernel)[: own.size] * ratio
        strength = np.where(np.arange(own.size) < self.until * own.size, self.strength, 0.0)
        mixed = strength * echo + np.sqrt(1 - strength**2) * (own - drift) + drift
        return np.asarray(follower[0] + np.concatenate(([0.0], np.cumsum(mixed))))


@dataclass(frozen=True, slots=True)
class AfterHighs:
    """After a share of the leader's one-year highs the follower rises by ``by`` (in logs).

    The rise begins ``wait`` trading days after the high and takes ``length`` days. Highs count
    after a quarter without one.
    """

    by: float
    share: float = 1.0
    wait: int = 15
    length: int = 45

    def apply(self, leader: Floats, follower: Floats, rng: Generator) -> Floats:
        """Add the rises."""
        highs = np.flatnonzero(events.record_highs(leader, quiet=QUARTER, memory=YEAR))
        kept = highs[rng.random(highs.size) < self.share]
        rise = np.zeros(follower.size)
        for day in kept + self.wait:
            rise[day : day + self.length] += self.by / self.length
        return np.asarray(follower + np.cumsum(rise))


@dataclass(frozen=True, slots=True)
class HeldDown:
    """While the leader's quarter ranks in the top fifth of its past, the follower stands lower.

    It stands ``by`` (in logs) lower in a ``share`` of such spells, and returns afterwards; going
    and coming take ``length`` trading days.
    """

    by: float
    share: float = 1.0
    length: int = 15

    def apply(self, leader: Floats, follower: Floats, rng: Generator) -> Floats:
        """Lower the price in those spells."""
        move = np.full(leader.size, np.nan)
        move[QUARTER:] = leader[QUARTER:] - leader[:-QUARTER]
        rank = np.nan_to_num(events.expanding_rank(move, at_least=YEAR), nan=0.0)
        strong = rank > 0.80
        spell = np.cumsum(events.first_after_quiet(strong, QUARTER))
        held = rng.random(int(spell[-1]) + 1) < self.share
        step = np.full(self.length, self.by / self.length)
        return np.asarray(follower - np.convolve(strong & held[spell], step)[: follower.size])


@dataclass(frozen=True, slots=True)
class Faster:
    """Over its last ``days`` trading days the follower drifts ``by`` (in logs) a year more."""

    by: float
    days: int

    def apply(self, leader: Floats, follower: Floats, rng: Generator) -> Floats:
        """Add the drift."""
        del leader, rng
        extra = np.clip(np.arange(follower.size) - (follower.size - 1 - self.days), 0, None)
        return np.asarray(follower + self.by / YEAR * extra)
