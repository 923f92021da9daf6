"""Planted truths: how a follower owes something to the leader's past."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import gammaincinv

from leadline.kernels import events

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

QUARTER, YEAR = 65, 261


@dataclass(frozen=True, slots=True)
class Truth:
    """What a link says is true, in figures.

    Attributes
    ----------
    lag : tuple of int or None
        Least and greatest trading days from the leader's move to the follower's answer; negative
        where the leader answers the follower. None where no move is answered at a lag.
    strength : float
        Correlation of the answer with what is answered, over spans longer than it is spread;
        negative where the follower does the opposite. Logs where a link adds rises.
    until : float
        Share of the sample after which it no longer holds.
    needs : str
        The condition without which nothing happens, by its series; "" for none.
    """

    lag: tuple[int, int] | None
    strength: float
    until: float = 1.0
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """Both log prices with the truth in them, and conditions that come with it, as 0 and 1."""

    leader: Floats
    follower: Floats
    conditions: Mapping[str, Floats] = field(default_factory=dict)


class Link(Protocol):
    """What is planted into the follower's log price; nothing is looked up in the future."""

    @property
    def truth(self) -> Truth:
        """What is true where this link is."""
        ...

    def apply(self, leader: Floats, follower: Floats, rng: Generator) -> Floats:
        """Give the follower's log price, shape (n_obs + 1,), with the truth in it."""
        ...


class Bond(Protocol):
    """What is planted into both log prices, or comes with a condition of its own."""

    @property
    def truth(self) -> Truth:
        """What is true where this bond is."""
        ...

    def tie(self, leader: Floats, follower: Floats, rng: Generator) -> Linked:
        """Give both log prices, shape (n_obs + 1,) each, with the truth in them."""
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

    @property
    def truth(self) -> Truth:
        """An answer at the lag."""
        first = self.lag - self.spread // 2
        return Truth((first, first + self.spread - 1), self.strength, self.until)

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

    @property
    def truth(self) -> Truth:
        """A rise after highs."""
        return Truth((self.wait, self.wait + self.length - 1), self.by)

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

    @property
    def truth(self) -> Truth:
        """A gap while the leader is strong."""
        return Truth((0, self.length), -self.by)

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

    @property
    def truth(self) -> Truth:
        """A drift of the follower's own."""
        return Truth(None, self.by)

    def apply(self, leader: Floats, follower: Floats, rng: Generator) -> Floats:
        """Add the drift."""
        del leader, rng
        extra = np.clip(np.arange(follower.size) - (follower.size - 1 - self.days), 0, None)
        return np.asarray(follower + self.by / YEAR * extra)


@dataclass(frozen=True, slots=True)
class Reversed:
    """The leader answers the follower: whoever is said to lead comes second."""

    answer: Answer

    @property
    def truth(self) -> Truth:
        """The answer with its lag turned round."""
        asked = self.answer.truth
        low, high = asked.lag or (0, 0)
        return Truth((-high, -low), asked.strength, asked.until)

    def tie(self, leader: Floats, follower: Floats, rng: Generator) -> Linked:
        """Mix the follower's past moves into the leader's."""
        return Linked(self.answer.apply(follower, leader, rng), follower)


@dataclass(frozen=True, slots=True)
class AnswerWhile:
    """The follower answers only while a condition of its own holds.

    The condition's spells last ``spell`` trading days on average, and it holds on a ``share`` of
    all days. An answer comes on the days on which it holds.
    """

    answer: Answer
    condition: str = "liquidity"
    spell: float = float(YEAR)
    share: float = 0.5

    @property
    def truth(self) -> Truth:
        """The answer, and what it needs."""
        asked = self.answer.truth
        return Truth(asked.lag, asked.strength, asked.until, self.condition)

    def tie(self, leader: Floats, follower: Floats, rng: Generator) -> Linked:
        """Mix the leader's past moves into the follower's where the condition holds."""
        on = spells(self.spell, self.share, follower.size, rng)
        answered = np.diff(self.answer.apply(leader, follower, rng))
        # A return belongs to the condition that was known when it began.
        moves = np.where(on[:-1], answered, np.diff(follower))
        path = follower[0] + np.concatenate(([0.0], np.cumsum(moves)))
        return Linked(leader, np.asarray(path), {self.condition: on.astype(np.float64)})


@dataclass(frozen=True, slots=True)
class Regimes:
    """Fear, debasement and liquidity take turns; the leader moves in one, the follower after it.

    In spells of debasement the leader gains ``leader`` (in logs), and in a ``share`` of them the
    follower gains ``follower`` within ``length`` days, beginning ``lag`` trading days after the
    spell began, give or take a gamma-distributed ``spread`` (standard deviation in days). In
    spells of fear both fall by half of that. Liquidity alone moves nothing.
    """

    leader: float = 0.25
    follower: float = 0.5
    lag: float = 60.0
    spread: float = 20.0
    length: int = 40
    share: float = 1.0
    spell: float = 90.0

    @property
    def truth(self) -> Truth:
        """A rise after each beginning of debasement; the lag by its 1 and 99 % quantiles."""
        shape, scale = (self.lag / self.spread) ** 2, self.spread**2 / self.lag
        low, high = gammaincinv(shape, (0.01, 0.99)) * scale
        return Truth((int(low), int(high) + self.length), self.follower, needs=DEBASEMENT)

    def tie(self, leader: Floats, follower: Floats, rng: Generator) -> Linked:
        """Add the moves of each spell to both."""
        n = leader.size
        starts, states = _turns(self.spell, n, rng)
        extra = {"leader": np.zeros(n), "follower": np.zeros(n)}
        flags = {name: np.zeros(n) for name in PHASES}
        shape, scale = (self.lag / self.spread) ** 2, self.spread**2 / self.lag
        for start, stop, state in zip(starts, [*starts[1:], n], states, strict=True):
            flags[state][start:stop] = 1.0
            if state == DEBASEMENT:
                _rise(extra["leader"], start, stop - start, self.leader)
                wait, answers = rng.gamma(shape, scale), rng.random() < self.share
                if answers:
                    _rise(extra["follower"], start + round(wait), self.length, self.follower)
            elif state == FEAR:
                _rise(extra["leader"], start, stop - start, -self.leader / 2)
                _rise(extra["follower"], start, stop - start, -self.follower / 2)
        return Linked(
            np.asarray(leader + np.cumsum(extra["leader"])),
            np.asarray(follower + np.cumsum(extra["follower"])),
            flags,
        )


FEAR, DEBASEMENT, LIQUIDITY = "fear", "debasement", "liquidity"
PHASES = (FEAR, DEBASEMENT, LIQUIDITY)


def _rise(moves: Floats, start: int, length: int, by: float) -> None:
    """Add a rise of ``by`` over ``length`` days, in place; what lies past the end is lost."""
    moves[start : start + length] += by / max(length, 1)


def _turns(spell: float, n: int, rng: Generator) -> tuple[list[int], list[str]]:
    """Draw where spells begin, of geometric length, and their phases, each unlike the last."""
    starts, states = [0], [str(rng.choice(PHASES))]
    while True:
        start = starts[-1] + int(rng.geometric(1 / spell))
        if start >= n:
            return starts, states
        starts.append(start)
        states.append(str(rng.choice([name for name in PHASES if name != states[-1]])))


def spells(mean: float, share: float, n: int, rng: Generator) -> NDArray[np.bool_]:
    """Draw a condition with spells of geometric length that holds on a share of days."""
    off = mean * (1 - share) / share
    on = np.empty(n, dtype=np.bool_)
    start, holds = 0, bool(rng.random() < share)
    while start < n:
        stop = start + int(rng.geometric(min(1 / (mean if holds else off), 1.0)))
        on[start:stop] = holds
        start, holds = stop, not holds
    return on
