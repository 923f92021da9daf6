"""Evidence since publication as pictures: e-values over time, and where each stands."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from leadline.aftermath.rules import DECIDES
from leadline.evidence.exhibits import Curve, Line, Mark, Table
from leadline.live.book import Book, Process, State
from leadline.live.words import followed, state_of
from leadline.live.written import states, thinned
from leadline.report import words

HOW_TO_READ = (
    "A value of 20 would come up in at most one of 20 histories in which nothing speaks "
    "for the claim, however often one looks. Evidence against it is drawn upside down, so "
    "that 1/20 says the same of the claim's own odds. The official line moves only when an "
    "outcome is known; the companion uses every day and needs a model of returns."
)
_MOST_NAMED = 5
_SOON = 50
_E_LABEL = "e-value: evidence for the claim above 1, against it below"
_THRESHOLDS = (
    Mark(label="for the claim: 20", at=DECIDES, axis="y"),
    Mark(label="against it: 1/20", at=1 / DECIDES, axis="y"),
)


def e_values(book: Book, ref: str, *, every: int = 1) -> Curve | None:
    """Draw the evidence for and against a claim, by its outcomes and by daily returns."""
    told = states(book, ref)
    by_outcomes = [(day, s.outcomes) for day, s in told if s.outcomes is not None]
    by_returns = [(day, s.returns) for day, s in told if s.returns is not None]
    if not by_outcomes and not by_returns:
        return None
    lines = (
        *_e_lines("official", by_outcomes, ("main", "base"), every),
        *_e_lines("fast companion", by_returns, ("second", "ghost"), every),
    )
    return Curve(
        name="e_values",
        title="Evidence since publication",
        finding=_weighed([p for _, p in by_outcomes], [p for _, p in by_returns]),
        note=HOW_TO_READ,
        x_label="",
        y_label=_E_LABEL,
        y_format=",.2f",
        log_y=True,
        lines=lines,
        marks=_THRESHOLDS,
    )


def _e_lines(
    label: str, told: Sequence[tuple[date, Process]], roles: tuple[str, str], every: int
) -> Iterator[Line]:
    for said, role, values in (
        ("for the claim", roles[0], [process.value for _, process in told]),
        ("against it, upside down", roles[1], [1 / process.against for _, process in told]),
    ):
        places = _corners(values, every)
        if places:
            yield Line.model_validate(
                {
                    "label": f"{label}, {said}",
                    "x": tuple(told[i][0].isoformat() for i in places),
                    "y": tuple(values[i] for i in places),
                    "role": role,
                }
            )


def _corners(values: Sequence[float], every: int) -> list[int]:
    """Give the places that keep a line's steps and extremes, and between them every so many."""
    if not values:
        return []
    steps = [i for i in range(1, len(values)) if values[i] != values[i - 1]]
    # A line that steps now and then has corners worth keeping, one that moves daily has none.
    rare = 2 * len(steps) <= len(range(0, len(values), every))
    corners = [j for i in steps for j in (i - 1, i)] if rare else []
    extremes = [int(np.argmin(values)), int(np.argmax(values))]
    return thinned(len(values), len(values) if rare else every, [*corners, *extremes])


def _weighed(by_outcomes: Sequence[Process], by_returns: Sequence[Process]) -> str:
    told = []
    for label, found in (("officially", by_outcomes), ("by daily returns", by_returns)):
        if found:
            value, against = words.number(found[-1].value, 2), words.number(found[-1].against, 2)
            told.append(f"{label} {value} for the claim and {against} against it")
    n = by_outcomes[-1].n if by_outcomes else by_returns[-1].n
    known = {0: "No outcome is known yet", 1: "One outcome is known"}.get(
        n, f"{n} outcomes are known"
    )
    return f"{known}: {'; '.join(told)}. It takes 20 to decide."


def all_e_values(book: Book) -> Curve | None:
    """Draw the official evidence of every claim; the few furthest from 1."""
    lines: list[tuple[float, str, Line]] = []
    for claim in followed(book):
        told = [(day, s.outcomes) for day, s in states(book, claim.ref) if s.outcomes is not None]
        values = [process.value for _, process in told]
        places = _corners(values, 7)
        if places:
            x = tuple(told[i][0].isoformat() for i in places)
            y = tuple(values[i] for i in places)
            lines.append((max(abs(np.log(values))), claim.id, Line(label=claim.id, x=x, y=y)))
    if not lines:
        return None
    lines.sort(key=lambda line: -line[0])
    moved = [line for size, _, line in lines if size > 0]
    drawn = moved[:_MOST_NAMED]
    n_still = len(lines) - len(moved)
    if n_still:
        flat = {"label": f"no outcome yet ({n_still})", "role": "ghost"}
        drawn.append(lines[-1][2].model_copy(update=flat))
    highest = max(((max(map(_or_one, line.y)), line.label) for line in moved), default=None)
    left_out = len(moved) - min(len(moved), _MOST_NAMED)
    return Curve(
        name="evidence",
        title="Official evidence for each claim since publication",
        finding=_furthest(highest, len(lines)),
        note="Each line multiplies the odds of what came by the claim over its odds by the base "
        "rate. It is never reset and moves only when an outcome is known."
        + (f" The {_MOST_NAMED} furthest from 1 are drawn." if left_out else ""),
        x_label="",
        y_label=_E_LABEL,
        y_format=",.2f",
        log_y=True,
        lines=tuple(drawn),
        marks=_THRESHOLDS,
    )


def _or_one(value: float | None) -> float:
    return 1.0 if value is None else value


def _furthest(top: tuple[float, str] | None, n: int) -> str:
    if top is None:
        return f"None of {n} claims has a known outcome yet: every line stands at 1."
    value, name = top
    if value >= DECIDES:
        return f"{name} reached the 20 that decides."
    highest = words.number(value, 2)
    return f"None has reached the 20 that decides; the highest was {highest}, of {name}."


def table(book: Book) -> Table | None:
    """Give every claim's e-values, credit and next outcome as a table."""
    rows = []
    for claim in followed(book):
        state = state_of(book, claim.ref, book.last)
        if state is not None:
            rows.append((claim.id, *_cells(state, book.last)))
    if not rows:
        return None
    return Table(
        name="evidence_table",
        title="Evidence for and against each claim",
        finding="An e-value of 1 says nothing, 20 decides.",
        columns=(
            "claim",
            "outcomes known",
            "for",
            "against",
            "for, daily",
            "against, daily",
            "credit",
            "next outcome",
            "would decide by",
        ),
        rows=tuple(rows),
    )


def _cells(state: State, day: date) -> tuple[str, ...]:
    official, fast = state.outcomes, state.returns
    return (
        "" if official is None else str(official.n),
        *_both(official),
        *_both(fast),
        "" if state.credit is None else state.credit.state,
        "" if official is None or official.next_due is None else words.day(official.next_due),
        "" if official is None or official.decides is None else _far(official.decides, day),
    )


def _far(decides: date, day: date) -> str:
    years = (decides - day).days / 365.25
    return words.day(decides) if years < _SOON else f"in over {_SOON} years"


def _both(process: Process | None) -> tuple[str, str]:
    if process is None:
        return "", ""
    return words.number(process.value, 2), words.number(process.against, 2)
