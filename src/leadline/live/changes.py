"""What turned from one day to the next, in one plain sentence each."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from leadline.aftermath.course import STATE_WORDS
from leadline.live.book import (
    Body,
    Book,
    CreditState,
    Fired,
    Freshness,
    Held,
    Phase,
    Registration,
    Row,
    State,
)
from leadline.live.states import UNKNOWN

What = Literal[
    "state",
    "resolved",
    "antecedent",
    "trigger",
    "phase",
    "credit",
    "stale",
    "correction",
    "registration",
]
FINAL = frozenset({"hit", "miss"})
CREDIT_WORDS: dict[CreditState, str] = {
    "even": "what came since says little either way",
    "earning": "what came since fits the claim's odds better than the base rate",
    "losing": "what came since fits the base rate better than the claim's odds",
    "confirmed": "what came since would be rare were the base rate right",
    "refuted": "what came since would be rare were the claim's odds right",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that turned, from ``old`` to ``new``.

    ``key`` is the same whenever and wherever this change is found again, so that nobody needs to
    be told of it twice.
    """

    subject: str
    day: date
    what: What
    old: str
    new: str
    sentence: str
    key: str


def changes(book: Book, since: date, until: date) -> tuple[Change, ...]:
    """Give what turned after ``since`` and up to ``until``, day by day.

    A day is held against the last one written before it; a first day has nothing to differ from.
    A row that was put right is a change of its day.
    """
    before: dict[tuple[str, str, str], Row] = {}
    found: list[Change] = []
    for day in book.days:
        if day > until:
            break
        for row in book.on(day):
            place = row.place[1:]
            if day > since:
                if place in before:
                    found += _turned(book, row, before[place].body)
                if row.corrects is not None:
                    found += _corrected(book, row)
            before[place] = row
    return tuple(found)


def _turned(book: Book, row: Row, old: Body) -> Iterator[Change]:
    match old, row.body:
        case State(), State():
            yield from _of_claim(book, row, old, row.body)
        case Phase(), Phase() if old.label != row.body.label:
            yield _change(row, "phase", old.label, row.body.label, _phase(old, row.body))
        case Freshness(), Freshness():
            yield from _of_data(row, old, row.body)


def _of_claim(book: Book, row: Row, old: State, new: State) -> Iterator[Change]:
    if old.state != new.state:
        what: What = "resolved" if new.state in FINAL else "state"
        sentence = _state(book.registrations[row.subject], old, new)
        yield _change(row, what, old.state, new.state, sentence)
    held = _held(old.antecedent), _held(new.antecedent)
    if held[0] != held[1]:
        yield _change(row, "antecedent", *held, _antecedent(old.antecedent, new.antecedent))
    stood = {fired.id: fired for fired in old.triggers}
    for fired in new.triggers:
        if fired.id in stood and stood[fired.id].fired != fired.fired:
            yield _change(row, "trigger", *_fired(fired), _trigger(fired), about=fired.id)
    if old.credit is not None and new.credit is not None and old.credit.state != new.credit.state:
        yield _change(row, "credit", old.credit.state, new.credit.state, _credit(old, new))


def _of_data(row: Row, old: Freshness, new: Freshness) -> Iterator[Change]:
    for name in sorted({*old.stale} ^ {*new.stale}):
        age = new.ages.get(name)
        if name in new.stale:
            said = f"the newest value of {name} is {age} days old, older than it should be"
            yield _change(row, "stale", "fresh", "stale", said, about=name)
        else:
            said = f"{name} is up to date again"
            yield _change(row, "stale", "stale", "fresh", said, about=name)


def _corrected(book: Book, row: Row) -> Iterator[Change]:
    stood = next((each for each in book.rows if each.sha256 == row.corrects), None)
    if stood is None:
        return
    old, new = _label(stood.body), _label(row.body)
    turned = f"{old} becomes {new}" if old != new else f"it stays {new}, with other figures"
    yield _change(row, "correction", old, new, f"the row of {row.day} was put right: {turned}")


def _label(body: Body) -> str:
    match body:
        case State():
            return body.state
        case Phase():
            return body.label
        case _:
            return body.kind


def _change(row: Row, what: What, old: str, new: str, said: str, *, about: str = "") -> Change:
    registration = row.body.registration if isinstance(row.body, State) else ""
    parts = (row.subject, what, about or row.about, old, new, f"{row.day}", registration)
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return Change(row.subject, row.day, what, old, new, f"{row.subject}: {said}.", key)


def _state(frozen: Registration, old: State, new: State) -> str:
    said = f"the forecast {STATE_WORDS[new.state]}, after it {_past(old)}"
    if new.moved is None or frozen.call is None:
        return said
    call = frozen.call
    mark = "" if call.against else f"; its mark is {call.mark / call.price - 1:+.0%}"
    share = "" if new.percentile is None else f", ahead of {new.percentile:.0%} of earlier paths"
    return f"{said}. {call.what} moved {new.moved:+.0%} since {frozen.published}{share}{mark}"


def _past(old: State) -> str:
    return "was on course" if old.state == "on_course" else "had not come true so far"


def _held(held: Held | None) -> str:
    if held is None:
        return "not known"
    return "holds" if held.holds else "lapsed"


def _antecedent(old: Held | None, new: Held | None) -> str:
    if new is None:
        said = "its antecedent" if old is None else old.words
        return f"whether {said} is not known any more"
    least = "" if new.threshold == 0 else f", where it takes {new.threshold:+.0%}"
    said = "holds" if new.holds else "holds no longer"
    return f'"{new.words}" {said} (the change is {new.value:+.0%}{least})'


def _fired(fired: Fired) -> tuple[str, str]:
    return ("not fired", "fired") if fired.fired else ("fired", "not fired")


def _trigger(fired: Fired) -> str:
    said = f'"{fired.says.rstrip(".")}"'
    if fired.value is None:
        return f"whether {said} holds is not known any more"
    figures = "" if fired.is_flag else f" ({fired.value:.3g} against {fired.threshold:.3g})"
    return f"{said} {'holds' if fired.fired else 'holds no longer'}{figures}"


def _phase(old: Phase, new: Phase) -> str:
    if new.label == UNKNOWN:
        return f"the phase is not known any more; it was {old.label} since {old.since}"
    odds = new.probabilities.get(new.label)
    chance = "" if odds is None else f", with a probability of {odds:.0%}"
    before = "was not known" if old.label == UNKNOWN else f"was {old.label} since {old.since}"
    return f"the phase is {new.label}{chance}; it {before}"


def _credit(old: State, new: State) -> str:
    if new.credit is None or old.credit is None:
        return ""
    figures = [
        f"{process.value:.2g} for it and {process.against:.2g} against it"
        for process in (new.outcomes, new.returns)
        if process is not None and process.n > 0
    ]
    evidence = f" (evidence: {'; '.join(figures)})" if figures else ""
    return f"{CREDIT_WORDS[new.credit.state]}, where before {CREDIT_WORDS[old.credit.state]}" + (
        evidence
    )
