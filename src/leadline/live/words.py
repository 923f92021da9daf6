"""What is followed, in words: once for screen, page and file."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from leadline.claim import Claim, Trigger
from leadline.live.book import (
    Body,
    Book,
    CreditState,
    Fired,
    Freshness,
    Held,
    Odds,
    Phase,
    Process,
    Registration,
    State,
)
from leadline.live.changes import Change
from leadline.report import plain, words
from leadline.report.words import Word
from leadline.verdict import LiveState

ARROWS: Mapping[LiveState, str] = MappingProxyType(
    {
        "on_course": "\N{UPWARDS ARROW}",
        "not_so_far": "\N{DOWNWARDS ARROW}",
        "hit": "\N{CHECK MARK}",
        "miss": "\N{BALLOT X}",
        "not_applicable": "\N{MIDDLE DOT}",
        "not_published_yet": "\N{MIDDLE DOT}",
    }
)
CREDIT: Mapping[CreditState, str] = MappingProxyType(
    {
        "even": "What came since says little either way.",
        "earning": "What came since fits the claim's odds better than the base rate.",
        "losing": "What came since fits the base rate better than the claim's odds.",
        "confirmed": "What came since would be rare indeed were the base rate right.",
        "refuted": "What came since would be rare indeed were the claim's odds right.",
    }
)
UNSKILLED = "Use the base rate: past forecasts of this kind cannot be told from it."


_CREDITED: Mapping[CreditState, Word] = MappingProxyType(
    {
        "even": Word("Even", "?", CREDIT["even"], "open"),
        "earning": Word("Earning credit", "+", CREDIT["earning"], "for"),
        "losing": Word("Losing credit", "-", CREDIT["losing"], "against"),
        "confirmed": Word("Confirmed", "++", CREDIT["confirmed"], "for"),
        "refuted": Word("Refuted", "--", CREDIT["refuted"], "against"),
    }
)


def has_clock(registration: Registration) -> bool:
    """Say whether anything about the claim can be followed."""
    return any((registration.call, registration.line, registration.ceiling))


def followed(book: Book) -> tuple[Claim, ...]:
    """Give the claims that have a clock, in the article's order."""
    return tuple(
        claim
        for claim in book.article.claims
        if (found := book.registrations.get(claim.ref)) is not None and has_clock(found)
    )


def without_clock(book: Book) -> Mapping[str, tuple[str, ...]]:
    """Give the ids of the claims that nothing can be followed of, by the reason."""
    found: dict[str, list[str]] = {}
    for claim in book.article.claims:
        registration = book.registrations.get(claim.ref)
        if registration is not None and not has_clock(registration):
            found.setdefault(registration.clock, []).append(claim.id)
    ordered = sorted(found.items(), key=lambda reason: -len(reason[1]))
    return {reason: tuple(ids) for reason, ids in ordered}


def bodies(book: Book, day: date) -> Iterator[tuple[str, Body]]:
    """Give what was written for a day, each with whom it is about."""
    for row in book.on(day):
        yield row.subject, row.body


def state_of(book: Book, ref: str, day: date) -> State | None:
    """Give how a claim stood on a day."""
    found = (body for subject, body in bodies(book, day) if subject == ref)
    return next((body for body in found if isinstance(body, State)), None)


def word_of(state: State) -> Word:
    """Give the word of a claim: its state, or its credit where it names no mark to reach."""
    if state.state == "not_applicable" and state.credit is not None:
        return _CREDITED[state.credit.state]
    return words.LIVE[state.state]


def phase_of(book: Book, day: date) -> Phase | None:
    """Give the phase of the article on a day; None where it was not known."""
    return next((body for _, body in bodies(book, day) if isinstance(body, Phase)), None)


def odds_of(book: Book, day: date) -> tuple[Odds, ...]:
    """Give the odds written for a day, one for each follower."""
    return tuple(body for _, body in bodies(book, day) if isinstance(body, Odds))


def freshness_of(book: Book, day: date) -> Freshness:
    """Give how old the data were on a day."""
    found = (body for _, body in bodies(book, day) if isinstance(body, Freshness))
    return next(found, Freshness(ages={}))


def triggers_of(book: Book, day: date) -> tuple[tuple[Trigger, Fired], ...]:
    """Give each condition that the article names with how it stood on a day, once."""
    found: dict[str, tuple[Trigger, Fired]] = {}
    for claim in book.article.claims:
        state = state_of(book, claim.ref, day)
        if state is not None:
            for trigger, fired in conditions(book.registrations[claim.ref], state):
                found.setdefault(trigger.id, (trigger, fired))
    return tuple(found.values())


def conditions(registration: Registration, state: State) -> Iterator[tuple[Trigger, Fired]]:
    """Give the conditions that bear on a claim, each with how it stood."""
    triggers = {trigger.id: trigger for trigger in registration.triggers}
    return ((triggers[fired.id], fired) for fired in state.triggers)


def next_due(state: State, day: date) -> tuple[date, str] | None:
    """Give the next day on which something about a claim is settled, and what; None where none."""
    if state.state in {"hit", "miss"}:
        return None
    due = [(each.due, f"checkpoint at day {each.age}") for each in state.checkpoints]
    if state.outcomes is not None and state.outcomes.next_due is not None:
        due.append((state.outcomes.next_due, f"outcome {state.outcomes.n + 1}"))
    if state.day is not None and state.of is not None:
        due.append((day + timedelta(days=state.of - state.day), "end of the horizon"))
    return min((each for each in due if each[0] > day), default=None)


def sentences(told: Iterable[Change]) -> Iterator[str]:
    """Tell of changes in words, those that are the same of several claims at once."""
    alike: dict[tuple[date, str], list[str]] = {}
    for each in told:
        rest = each.sentence.removeprefix(f"{each.subject}: ")
        alike.setdefault((each.day, rest), []).append(words.anchor(each.subject))
    return (f"{', '.join(names)}: {plain.told(rest)}" for (_, rest), names in alike.items())


def condition(held: Held) -> str:
    """Say whether the antecedent holds, "lapsed 3 Feb 2026"."""
    return f"{'holds' if held.holds else 'lapsed'} {words.day(held.since)}"


def evidence(process: Process) -> str:
    """Write both e-values, "1.2/0.73"."""
    return f"{words.number(process.value, 2)}/{words.number(process.against, 2)}"


def mark(trigger: Trigger, fired: Fired) -> str:
    """Write a trigger's value and threshold, "the dollar index: 98.2, needs under 80"."""
    side = "above" if trigger.above is not None else "under"
    value = "not known" if fired.value is None else words.number(fired.value)
    return f"{plain.short(trigger.series)}: {value}, needs {side} {words.number(fired.threshold)}"
