"""The lines that must hold, each against what was measured."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from leadline.calibration.document import (
    ALPHA,
    BAND,
    Calibration,
    Cell,
    Check,
    Outcomes,
    Scanned,
)
from leadline.verdict import Outcome

WORLDS_AT_LEAST = 8
ENOUGH = 500
"""Histories that it takes to tell 5 % from 3.5 and 6.5."""
AMONG_THEM = (
    ("GARCH-t",),
    ("same day", "no lead"),
    ("follower closes later", "leader closes later"),
    ("bunched events",),
)
"""Heavy tails, a common factor, closes apart, bunched events: one world of each."""
NULL = ("iid", "GARCH-t", "no lead", "same day", "reversed lead", "shared volatility", "bad ticks")
"""Worlds without a lead in which a lead is claimed."""
FLAGGED = ("a lead", "a lead, revised values allowed")

BELOW: tuple[tuple[tuple[Outcome, ...], float], ...] = (
    (("supported", "weakly_supported"), 0.05),
    (("supported",), 0.01),
)


@dataclass(frozen=True, slots=True)
class Promise:
    """At least or at most a share of some outcomes of a claim in a world."""

    name: str
    claim: str
    world: str
    outcomes: tuple[Outcome, ...]
    share: float
    at_least: bool

    def check(self, outcomes: Sequence[Outcomes]) -> Check:
        """Compare with what came out."""
        words = " or ".join(name.replace("_", " ") for name in self.outcomes)
        asks = f"{words} in {'at least' if self.at_least else 'at most'} {self.share:.0%}"
        held = _outcome(outcomes, self.claim, self.world)
        if held is None:
            return Check(name=self.name, asks=asks, found="", holds=None)
        share = held.share(*self.outcomes)
        holds = share >= self.share if self.at_least else share <= self.share
        return Check(name=self.name, asks=asks, found=f"{share:.0%} of {held.n:,}", holds=holds)


PROMISES: tuple[Promise, ...] = (
    *(
        Promise(world, "a lead", world, outcomes, share, at_least=False)
        for world in NULL
        for outcomes, share in BELOW
    ),
    Promise(
        "three slow cycles, shared",
        "a lead",
        "three slow cycles",
        ("supported", "weakly_supported"),
        0.10,
        at_least=False,
    ),
    Promise(
        "a strong lead, 40 cycles", "a lead", "lead of 45 days", ("supported",), 0.90, at_least=True
    ),
    Promise(
        "a modest lead, 11 years",
        "a modest lead",
        "modest lead",
        ("undecidable",),
        0.80,
        at_least=True,
    ),
    Promise(
        "a modest lead, 11 years",
        "a modest lead",
        "modest lead",
        ("not_supported",),
        0.05,
        at_least=False,
    ),
    Promise(
        "a lead that ended", "a lead", "lead of 45 days, ended", ("decayed",), 0.5, at_least=True
    ),
    Promise(
        "a lead that ended", "a lead", "lead of 45 days, ended", ("supported",), 0.0, at_least=False
    ),
    Promise(
        "a lead that needs liquidity",
        "a lead while liquidity holds",
        "lead while liquidity holds",
        ("conditional",),
        0.80,
        at_least=True,
    ),
    Promise("the opposite", "a lead", "opposite answer", ("contradicted",), 0.95, at_least=True),
)


def checks(found: Calibration) -> tuple[Check, ...]:
    """Give every line that must hold, in the order in which they are asked."""
    made = [promise.check(found.outcomes) for promise in PROMISES]
    made += [
        _episodes(found.outcomes),
        _lag(found.outcomes),
        *(_flagged(found.outcomes, claim) for claim in FLAGGED),
        _years(found),
        *_kinds(found.sizes),
        _live(found),
        *(check for scanned in found.scans for check in _scan(scanned) if not scanned.is_warned_of),
    ]
    return tuple(made)


def _outcome(outcomes: Sequence[Outcomes], claim: str, world: str) -> Outcomes | None:
    return next((o for o in outcomes if (o.claim, o.world) == (claim, world)), None)


def _of(
    held: Outcomes | None,
    name: str,
    asks: str,
    judge: Callable[[Outcomes], tuple[str, bool] | None],
) -> Check:
    told = None if held is None else judge(held)
    if told is None:
        return Check(name=name, asks=asks, found="", holds=None)
    return Check(name=name, asks=asks, found=told[0], holds=told[1])


def _episodes(outcomes: Sequence[Outcomes]) -> Check:
    def judge(held: Outcomes) -> tuple[str, bool] | None:
        if held.episodes is None:
            return None
        return f"{held.episodes:g} are named", 2 <= held.episodes <= 5

    held = _outcome(outcomes, "a lead", "three slow cycles")
    return _of(held, "three slow cycles, shared", "named as about three episodes", judge)


def _lag(outcomes: Sequence[Outcomes]) -> Check:
    def judge(held: Outcomes) -> tuple[str, bool] | None:
        supported = held.counts.get("supported", 0)
        if held.lag_found is None or not supported:
            return None
        return f"{held.lag_found:,} of {supported:,}", held.lag_found >= 0.9 * supported

    held = _outcome(outcomes, "a lead", "lead of 45 days")
    return _of(held, "a strong lead, 40 cycles", "the lag found within a week", judge)


def _flagged(outcomes: Sequence[Outcomes], claim: str) -> Check:
    def judge(held: Outcomes) -> tuple[str, bool] | None:
        if held.flagged is None:
            return None
        return f"{held.flagged:,} of {held.n:,}", held.flagged == held.n

    held = _outcome(outcomes, claim, "leader revised in hindsight")
    name = "a revised column" + (", allowed" if "allowed" in claim else "")
    return _of(held, name, "flagged always", judge)


def _years(found: Calibration) -> Check:
    asks = "right within a factor of 1.5"
    if not found.deciding:
        return Check(name="the year named for deciding", asks=asks, found="", holds=None)
    right = [each for each in found.deciding if each.holds]
    ratios = [each.ratio for each in found.deciding]
    text = f"{len(right)} of {len(ratios)} tests; ratios {min(ratios):.2f} to {max(ratios):.2f}"
    return Check(
        name="the year named for deciding",
        asks=asks,
        found=text,
        holds=len(right) == len(found.deciding),
    )


def _kinds(cells: Sequence[Cell]) -> Iterator[Check]:
    by_test: dict[str, list[Cell]] = {}
    for cell in cells:
        by_test.setdefault(cell.test, []).append(cell)
    for test, row in by_test.items():
        if not all(cell.true_here for cell in row):
            yield size_check(test, row)


def size_check(test: str, cells: Sequence[Cell]) -> Check:
    """Say whether a test keeps its level in enough of the worlds in which it should not reject.

    A conservative test may lie below; one above in some world must warn of it there. A world in
    which what is asked for is true is none of them.
    """
    row = [cell for cell in cells if not cell.true_here]
    conservative = row[0].conservative
    good = [cell for cell in row if _is_good(cell)]
    worlds = {cell.world for cell in cells}
    sorts = [[cell for cell in row if cell.world in sort] for sort in AMONG_THEM]
    missing = [sort[0] for sort in AMONG_THEM if not worlds & set(sort)]
    above = [cell for cell in row if cell.state == "above"]
    words = "at most 6.5%" if conservative else f"within {BAND[0]:.1%} and {BAND[1]:.1%}"
    asks = f"size at {ALPHA:.0%} {words} in at least {WORLDS_AT_LEAST} worlds without a lead"
    text = f"in {len(good)} of {len(row)}"
    if above:
        text += f"; above in {', '.join(cell.world for cell in above)}"
    if missing:
        text += f"; not measured: {', '.join(missing)}"
    enough = len(good) >= WORLDS_AT_LEAST and all(
        any(_is_good(cell) for cell in sort) for sort in sorts if sort
    )
    holds = enough and not above
    if max(cell.n for cell in row) < ENOUGH:
        return Check(name=test, asks=asks, found="too few histories to say", holds=None)
    return Check(name=test, asks=asks, found=text, holds=None if missing and holds else holds)


def _is_good(cell: Cell) -> bool:
    if cell.state == "caveated" or cell.warns_above(BAND[1]):
        return True
    return cell.share <= BAND[1] if cell.conservative else cell.within


def _live(found: Calibration) -> Check:
    ours = [each for each in found.processes if not each.habit]
    asks = "evidence reaches 20 in at most 5% of histories without the effect, 100 in at most 1%"
    if not ours:
        return Check(name="live evidence", asks=asks, found="", holds=None)
    valid = [each for each in ours if each.is_valid]
    return Check(
        name="live evidence",
        asks=asks,
        found=f"in {len(valid)} of {len(ours)} processes and worlds",
        holds=len(valid) == len(ours),
    )


def _scan(scanned: Scanned) -> Iterator[Check]:
    name = f"scan, {scanned.universe}"
    yield Check(
        name=name,
        asks="any false lead in at most 5% of universes, in closed form and by resamples",
        found=f"{scanned.closed.share:.1%} and {scanned.stepped.share:.1%} of {scanned.n:,}",
        holds=scanned.is_quiet,
    )
    if scanned.found is not None:
        yield Check(
            name=name,
            asks="at most 5% of the leads that count are false",
            found=f"{scanned.false:.1%}; {scanned.found:.0%} of the planted ones are found",
            holds=scanned.false <= ALPHA,
        )
