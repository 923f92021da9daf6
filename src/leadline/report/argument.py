"""Which claim holds up which: what falls if one falls, and where each stands in a picture.

An argument is a mapping from a claim to the claims it supports, as in ``Article.supports``.
Claims that support one another in a circle are allowed; a circle carries nothing by itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

Supports = Mapping[str, Sequence[str]]

# More sweeps hardly ever take away another crossing.
_SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Fall:
    """What becomes of the others if one claim, or several, fall.

    ``leaning`` rest on what fell, through however many steps; of these ``bare`` have no support
    left at all. Both are in the order of the article.
    """

    leaning: tuple[str, ...]
    bare: tuple[str, ...]

    @property
    def shaken(self) -> tuple[str, ...]:
        """Which rest on what fell, and on something else besides."""
        return tuple(name for name in self.leaning if name not in self.bare)


@dataclass(frozen=True, slots=True)
class Branch:
    """A claim with what it rests on; ``again`` where that was told before."""

    name: str
    again: bool
    below: "tuple[Branch, ...]"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a column: a claim's, or (``name`` empty) where a long arrow passes by."""

    name: str
    group: str
    column: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Claims in columns, each to the left of all it supports, and the arrows between them.

    ``arrows`` names for each pair of claims the slots on the way, both ends included.
    ``backward`` are arrows that close a circle and lead to the left; ``alone`` are claims that
    neither support another nor are supported.
    """

    columns: tuple[tuple[Slot, ...], ...]
    arrows: Mapping[tuple[str, str], tuple[Slot, ...]]
    backward: tuple[tuple[str, str], ...]
    alone: tuple[str, ...]


def within(names: Sequence[str], supports: Supports) -> dict[str, tuple[str, ...]]:
    """Give the argument among ``names`` alone; what supports nothing is left out."""
    known = set(names)
    kept = {
        name: tuple(dict.fromkeys(t for t in supports.get(name, ()) if t in known and t != name))
        for name in names
    }
    return {name: targets for name, targets in kept.items() if targets}


def turned(supports: Supports) -> dict[str, tuple[str, ...]]:
    """Give for each supported claim those that support it."""
    found: dict[str, list[str]] = {}
    for name, targets in supports.items():
        for target in targets:
            found.setdefault(target, []).append(name)
    return {name: tuple(below) for name, below in found.items()}


def reached(start: Collection[str], supports: Supports) -> frozenset[str]:
    """Give every claim that arrows lead to from ``start``; a start only if in a circle."""
    seen: set[str] = set()
    ahead = [target for name in start for target in supports.get(name, ())]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead.extend(supports.get(name, ()))
    return frozenset(seen)


def fall(names: Sequence[str], supports: Supports, gone: Collection[str]) -> Fall:
    """Tell what loses support if the claims in ``gone`` fall.

    A claim keeps its support as long as a chain leads to it from a claim that rests on nothing
    else in the article, past all that fell.
    """
    below = turned(supports)
    leaning = reached(gone, supports) - set(gone)
    standing = [name for name in names if name not in below and name not in gone]
    rest = {name: targets for name, targets in supports.items() if name not in gone}
    carried = reached(standing, rest)
    return Fall(
        leaning=tuple(name for name in names if name in leaning),
        bare=tuple(name for name in names if name in leaning and name not in carried),
    )


def loads(names: Sequence[str], supports: Supports) -> dict[str, int]:
    """Give how much of the argument passes through each claim.

    That is the number of pairs of claims, one resting on the other, between which it stands or
    of which it is one.
    """
    below = turned(supports)
    return {
        name: (len(reached([name], below) - {name}) + 1)
        * (len(reached([name], supports) - {name}) + 1)
        - 1
        for name in names
    }


def circles(names: Sequence[str], supports: Supports) -> tuple[tuple[str, ...], ...]:
    """Give the groups of claims that support one another in a circle."""
    after = {name: reached([name], supports) for name in names}
    found = {
        tuple(other for other in names if other in after[name] and name in after[other])
        for name in names
        if name in after[name]
    }
    return tuple(sorted(found, key=lambda circle: names.index(circle[0])))


def laid_out(names: Sequence[str], supports: Supports, groups: Mapping[str, str]) -> Layout:
    """Place the claims in columns with few crossings, those of one group together.

    Columns are longest paths, counted from the conclusions, so that a claim stands next to what
    it supports; the order within them is by barycentres (Sugiyama, Tagawa and Toda 1981).
    """
    forward, backward = _without_circles(names, supports)
    tied = {name for pair in (*forward, *backward) for name in pair}
    column = _columns([name for name in names if name in tied], forward)
    slots = {name: Slot(name, groups.get(name, ""), column[name]) for name in column}
    arrows = {pair: _way(slots[pair[0]], slots[pair[1]]) for pair in forward}
    placed: list[list[Slot]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    order = list(dict.fromkeys(groups.get(name, "") for name in names))
    # Sorting is stable: within a group the order of the article stays.
    for slot in sorted(slots.values(), key=lambda slot: order.index(slot.group)):
        placed[slot.column].append(slot)
    for slot in (slot for way in arrows.values() for slot in way[1:-1]):
        placed[slot.column].append(slot)
    neighbours = [pair for way in arrows.values() for pair in pairwise(way)]
    return Layout(
        columns=tuple(tuple(slots) for slots in _ordered(placed, neighbours)),
        arrows=arrows,
        backward=tuple(backward),
        alone=tuple(name for name in names if name not in tied),
    )


def _without_circles(
    names: Sequence[str], supports: Supports
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Part the arrows into those that make no circle and those that would close one."""
    forward: dict[str, list[str]] = {}
    backward: list[tuple[str, str]] = []
    for name in names:
        for target in supports.get(name, ()):
            if name == target or name in reached([target], forward):
                backward.append((name, target))
            else:
                forward.setdefault(name, []).append(target)
    return [(name, target) for name in forward for target in forward[name]], backward


def _columns(names: Sequence[str], arrows: Sequence[tuple[str, str]]) -> dict[str, int]:
    ahead = dict.fromkeys(names, 0)
    for _ in names:
        for name, target in arrows:
            ahead[name] = max(ahead[name], ahead[target] + 1)
    last = max(ahead.values(), default=0)
    return {name: last - steps for name, steps in ahead.items()}


def _way(start: Slot, stop: Slot) -> tuple[Slot, ...]:
    between = range(start.column + 1, stop.column)
    return (start, *(Slot("", f"{start.name}>{stop.name}", column) for column in between), stop)


def _ordered(
    columns: Sequence[Sequence[Slot]], neighbours: Sequence[tuple[Slot, Slot]]
) -> list[list[Slot]]:
    """Sweep over the columns there and back, and keep the order with the fewest crossings."""
    current = [list(column) for column in columns]
    best, fewest = current, _crossings(current, neighbours)
    for sweep in range(_SWEEPS):
        current = [list(column) for column in current]
        order = range(len(current)) if sweep % 2 == 0 else range(len(current) - 1, -1, -1)
        before = -1 if sweep % 2 == 0 else 1
        for place in order:
            if 0 <= place + before < len(current):
                beside = current[place + before]
                current[place] = _by_barycentre(current[place], beside, neighbours)
        crossings = _crossings(current, neighbours)
        if crossings < fewest:
            best, fewest = current, crossings
    return best


def _by_barycentre(
    column: Sequence[Slot], beside: Sequence[Slot], neighbours: Sequence[tuple[Slot, Slot]]
) -> list[Slot]:
    at = {slot: place / max(len(beside) - 1, 1) for place, slot in enumerate(beside)}
    mine = {slot: place / max(len(column) - 1, 1) for place, slot in enumerate(column)}
    near: dict[Slot, list[float]] = {slot: [] for slot in column}
    for a, b in neighbours:
        for one, other in ((a, b), (b, a)):
            if one in near and other in at:
                near[one].append(at[other])
    pull = {slot: sum(p) / len(p) if p else mine[slot] for slot, p in near.items()}
    blocks = [list(block) for _, block in groupby(column, key=lambda slot: slot.group)]
    blocks.sort(key=lambda block: sum(pull[slot] for slot in block) / len(block))
    return [slot for block in blocks for slot in sorted(block, key=pull.__getitem__)]


def _crossings(columns: Sequence[Sequence[Slot]], neighbours: Sequence[tuple[Slot, Slot]]) -> int:
    at = {slot: (x, y) for x, column in enumerate(columns) for y, slot in enumerate(column)}
    ends = [(at[a][0], at[a][1], at[b][1]) for a, b in neighbours]
    return sum(
        (a1 - a2) * (b1 - b2) < 0
        for i, (x1, a1, b1) in enumerate(ends)
        for x2, a2, b2 in ends[:i]
        if x1 == x2
    )


def chains(names: Sequence[str], supports: Supports) -> tuple[Branch, ...]:
    """Give the argument as a list, from the conclusions down to what they rest on.

    What a claim rests on is told the first time it is met. Claims that rest on one another in a
    circle, with no conclusion beyond it, begin with the first of them.
    """
    below = turned(supports)
    met: set[str] = set()

    def down(name: str) -> Branch:
        again = name in met
        met.add(name)
        return Branch(name, again, () if again else tuple(map(down, below.get(name, ()))))

    ends = [down(name) for name in names if name in below and name not in supports]
    rest = (down(name) for name in names if name in supports and name not in met)
    return (*ends, *rest)
