"""What is followed, in words: once for screen, page and file."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from string import Formatter
from types import MappingProxyType

from leadline.claim import Article, Claim, Trigger
from leadline.live.book import (
    Body,
    Book,
    Call,
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
from leadline.live.changes import CREDIT_WORDS, Change
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
_CAME: Mapping[LiveState, tuple[str, str]] = MappingProxyType(
    {
        "hit": ("has reached it", "have reached it"),
        "miss": ("has missed it", "have missed it"),
        "on_course": ("is on course", "are on course"),
        "not_so_far": ("is not on course so far", "are not on course so far"),
    }
)
_SPEAKS: Mapping[CreditState, str] = MappingProxyType(
    {
        "confirmed": "confirms",
        "earning": "speaks for",
        "losing": "speaks against",
        "refuted": "refutes",
        "even": "says little of",
    }
)
_WAITS = "too new to count"
UNSKILLED = "Use the base rate: past forecasts of this kind cannot be told from it."
_RULES = (
    "A condition, a trigger, a phase or a word turns only once the other has been so on "
    "{days_in_a_row:g} days in a row, with {new_values:g} new values among them.",
    "A claim is on course once its follower is ahead of {on_course:.0%} of its usual paths. It is "
    "not so far once that is {not_so_far:.0%} or less.",
    "A hit is dated to the first close at the mark. It is written once the next close has not "
    "shown that one to be a misprint. A hit or a miss is final.",
    "A phase begins at a probability of {phase_begins:.0%}. It ends under {phase_ends:.0%}.",
    "A claim earns credit once the evidence for it reaches {credit_begins:g}, and loses credit "
    "once that against it does. Either ends under {credit_ends:g}.",
    "Evidence of {decides:g} by the official outcomes decides for ever: in one of {decides:g} "
    "histories at most chance would ever bring as much.",
)


def _credited(state: CreditState, label: str, sign: str, tone: str) -> Word:
    return Word(label, sign, f"{words.capital(CREDIT_WORDS[state])}.", tone)


CREDIT: Mapping[CreditState, Word] = MappingProxyType(
    {
        "even": _credited("even", "Even", "?", "open"),
        "earning": _credited("earning", "Earning credit", "+", "for"),
        "losing": _credited("losing", "Losing credit", "-", "against"),
        "confirmed": _credited("confirmed", "Confirmed", "++", "for"),
        "refuted": _credited("refuted", "Refuted", "--", "against"),
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


def sayings(article: Article) -> Mapping[str, str]:
    """Give what each claim of an article says, by its reference."""
    return {claim.ref: claim.paraphrase for claim in article.claims}


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
        return CREDIT[state.credit.state]
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
        # An article's own id is no claim's.
        names = [words.anchor(each.subject)] if "/" in each.subject else []
        alike.setdefault((each.day, rest), []).extend(names)
    for (_, rest), names in alike.items():
        said = plain.told(rest)
        yield f"{words.listed(names)}: {said}" if names else words.capital(said)


def rules(registrations: Iterable[Registration]) -> Iterator[str]:
    """Say the rules under which words turn, with their thresholds, each once."""
    fixed = {tuple(sorted(each.rules.items())): each.rules for each in registrations}
    for thresholds in fixed.values():
        for text in _RULES:
            names = [name for _, name, _, _ in Formatter().parse(text) if name]
            if all(name in thresholds for name in names):
                yield text.format_map(thresholds)


def frozen(registration: Registration) -> Iterator[str]:
    """Say what was fixed at publication."""
    if (call := registration.call) is not None:
        yield (
            f"The call: {plain.told(call.words)}. That is from {words.number(call.price)} to "
            f"{words.number(call.mark)}."
        )
    if registration.line is not None:
        yield f"The relation: {plain.told(registration.line.words)}."
    if (ceiling := registration.ceiling) is not None:
        yield (
            f"The condition said to be necessary: {plain.told(ceiling.words)}. By chance a start "
            f"has it in {words.share(ceiling.q)}, by the claim in {words.share(ceiling.p)}."
        )


def call_odds(call: Call) -> str:
    """Say how likely a call is, chance first."""
    return (
        f"On any day the odds of such a call are {words.share(call.q)}. The odds it is held to "
        f"are {words.share(call.p)}."
    )


def condition(held: Held) -> str:
    """Say whether the antecedent holds, "lapsed 3 Feb 2026"."""
    return f"{'holds' if held.holds else 'lapsed'} {words.day(held.since)}"


def evidence(process: Process) -> str:
    """Write both e-values, "1.2/0.73"."""
    return f"{words.number(process.value, 2)}/{words.number(process.against, 2)}"


def mark(trigger: Trigger, fired: Fired) -> str:
    """Write a trigger's value and threshold, "the dollar index: 98.2, needs under 80"."""
    name, is_above = plain.short(trigger.series), trigger.above is not None
    if fired.value is None:
        return f"{name}: not known, data missing or too old"
    is_met = fired.value > fired.threshold if is_above else fired.value < fired.threshold
    waits = "" if is_met == fired.fired else f", {_WAITS}"
    if fired.is_flag:
        return f"{name}: {'yes' if fired.value else 'no'} on the last day{waits}"
    side = "above" if is_above else "under"
    return f"{name}: {words.number(fired.value)}, needs {side} {words.number(fired.threshold)}"


def antecedent(held: Held) -> str:
    """Write the antecedent's value and threshold, "it stands at +2.7% and needs more than zero"."""
    least = words.percent(held.threshold) if held.threshold else "zero"
    waits = "" if held.holds == (held.value > held.threshold) else f", {_WAITS}"
    return f"it stands at {words.percent(held.value)} and needs more than {least}{waits}"


def standing(book: Book) -> str:
    """Say in plain words how the claims stand on the book's last day."""
    found = followed(book)
    stood = [(each, state_of(book, each.ref, book.last)) for each in found]
    known = [(book.registrations[each.ref], state) for each, state in stood if state is not None]
    calls = Counter(state.state for frozen, state in known if frozen.call is not None)
    others = Counter(
        state.credit.state
        for frozen, state in known
        if frozen.call is None and state.credit is not None
    )
    told = []
    if n := calls.total():
        came = [f"{calls[each]} {_CAME[each][calls[each] > 1]}" for each in _CAME if calls[each]]
        told.append(f"{_name(n)} a mark to be reached by a day: {words.listed(came)}.")
    if n := others.total():
        came = [f"{_SPEAKS[each]} {others[each]}" for each in _SPEAKS if others[each]]
        told.append(f"{_name(n)} no mark: what came since {words.listed(came)}.")
    if n := len(book.article.claims) - len(found):
        told.append(f"{n} cannot be followed.")
    return " ".join(told)


def _name(n: int) -> str:
    return "1 claim names" if n == 1 else f"{n} claims name"
