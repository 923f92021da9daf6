"""How each claim stands, and what several of them hang on, in words and small pictures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log

from leadline.claim import Claim, Trigger
from leadline.evidence.exhibits import Bars, Exhibit
from leadline.live import pictures
from leadline.live import words as said
from leadline.live.book import Book, Call, Fired, Held, Registration, State
from leadline.report import plain, words
from leadline.report.views import FigureView, small_figure

WEEK = 7
MOST_DRAWN = 8
"""Claims that are drawn on the page at most, so that it stays light; all are told."""
_STEADY = 0.01
"""A change of the distance to the mark, as a log return, that counts as none."""


_NOT_MEASURED = words.Word("Not measured", "/", "The data for it were missing on this day.", "open")


@dataclass(frozen=True, slots=True)
class Card:
    """How one claim stands, and its pictures."""

    anchor: str
    says: str
    type: str
    word: words.Word
    since: str
    clock: str
    trend: str
    lines: tuple[str, ...]
    frozen: tuple[str, ...]
    report: str | None
    has_mark: bool
    figures: tuple[FigureView, ...] = ()
    alike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """One thing that several claims hang on."""

    title: str
    value: str
    lines: tuple[str, ...]


def cards(book: Book, reports: Mapping[str, str]) -> tuple[Card, ...]:
    """Lay out every claim with a clock on the book's last day, those with a mark first.

    ``reports`` holds addresses by the claims' ids. A picture that was drawn is not drawn again.
    """
    found: list[Card] = []
    drawn: list[tuple[str, Exhibit]] = []
    n_drawn = 0
    for claim in sorted(said.followed(book), key=lambda each: not _has_mark(book, each)):
        anchor = words.anchor(claim.id)
        own = list(_own(book, claim)) if n_drawn < MOST_DRAWN else []
        n_drawn += bool(own)
        alike = {name for name, other in drawn if other in own}
        new = [shown for shown in own if all(other != shown for _, other in drawn)]
        drawn += [(anchor, shown) for shown in new]
        found.append(_card(book, claim, new, sorted(alike), reports.get(anchor)))
    return tuple(found)


def _own(book: Book, claim: Claim) -> Iterator[Exhibit]:
    """Draw a claim where there is more to see than one word that never changed."""
    shown = pictures.of_claim(book, claim.ref, every=WEEK)
    if _has_mark(book, claim) or any(isinstance(p, Bars) and len(p.bars) > 1 for p in shown):
        yield from shown


def _has_mark(book: Book, claim: Claim) -> bool:
    return book.registrations[claim.ref].call is not None


def _card(
    book: Book, claim: Claim, drawn: Sequence[Exhibit], alike: Sequence[str], report: str | None
) -> Card:
    registration = book.registrations[claim.ref]
    state = said.state_of(book, claim.ref, book.last)
    anchor = words.anchor(claim.id)
    return Card(
        anchor=anchor,
        says=claim.paraphrase,
        type=words.TYPES[claim.type],
        word=_NOT_MEASURED if state is None else said.word_of(state),
        since="" if state is None else _since(state),
        clock=_clock(state),
        trend="" if state is None else _trend(book, registration, state),
        lines=() if state is None else tuple(_lines(book, registration, state)),
        frozen=(*said.frozen(registration), f"Registration {registration.sha256[:12]}."),
        report=report,
        has_mark=_has_mark(book, claim),
        figures=tuple(
            # How to read them is said once above all claims.
            small_figure(
                plain.readable(shown).model_copy(update={"note": ""}), f"{anchor}-{shown.name}"
            )
            for shown in drawn
        ),
        alike=tuple(alike),
    )


def _since(state: State) -> str:
    if state.state in {"hit", "miss"}:
        return f"on {words.day(state.since)}"
    by_credit = state.credit if state.state == "not_applicable" else None
    return f"since {words.day(state.since if by_credit is None else by_credit.since)}"


def _clock(state: State | None) -> str:
    if state is None or state.day is None or state.of is None:
        return ""
    left = state.of - state.day
    if state.state in {"hit", "miss"} or left <= 0:
        return f"day {state.day} of {state.of}"
    return f"day {state.day} of {state.of}, {left} days left"


def _lines(book: Book, registration: Registration, state: State) -> Iterator[str]:
    """Say where a claim stands, chance first."""
    yield said.word_of(state).meaning
    call = registration.call
    if call is not None:
        yield said.call_odds(call)
    if state.moved is not None and call is not None:
        yield _moved(call, state)
        if trend := _trend(book, registration, state):
            yield trend
    if state.antecedent is not None:
        held = state.antecedent
        yield f"Condition {said.condition(held)}: {plain.told(held.words)}."
    for fired in state.triggers:
        since = "not known" if fired.value is None else "not fired"
        since = f"fired {words.day(fired.since)}" if fired.since and fired.fired else since
        yield f"Trigger {since}: {fired.says}"
    if state.credit is not None and state.outcomes is not None and state.state != "not_applicable":
        yield f"Evidence {state.credit.state}: {said.CREDIT[state.credit.state].meaning}"
    due = said.next_due(state, book.last)
    if due is not None:
        yield f"Next on {words.day(due[0])}: {due[1]}."


def _moved(call: Call, state: State) -> str:
    text = f"{words.capital(_called(call))} stands at {words.percent(state.moved)}."
    if state.percentile is not None:
        text += f" {words.share(state.percentile)} of earlier spans as long ended lower."
    return text


def _trend(book: Book, registration: Registration, state: State) -> str:
    """Say whether the mark is nearer than a week ago, with an arrow."""
    before = said.state_of(book, registration.claim, book.last - timedelta(days=WEEK))
    call = registration.call
    if state.state in {"hit", "miss"} or call is None or before is None:
        return ""
    gaps = [_gap(call, each.moved) for each in (before, state)]
    if gaps[0] is None or gaps[1] is None:
        return ""
    change = gaps[1] - gaps[0]
    if abs(change) < _STEADY:
        return "\N{RIGHTWARDS ARROW} As far from its mark as a week ago."
    if change < 0:
        return "\N{NORTH EAST ARROW} Nearer to its mark than a week ago."
    return "\N{SOUTH EAST ARROW} Farther from its mark than a week ago."


def _gap(call: Call, moved: float | None) -> float | None:
    """Give how far the price still is from the mark, as a log return."""
    return None if moved is None else abs(log(call.mark / call.price) - log(1 + moved))


def tiles(book: Book) -> Iterator[Tile]:
    """Give followers against the claims' levels, conditions, the phase, and triggers."""
    yield from _follower_tiles(book)
    yield from _condition_tiles(book)
    yield from _phase_tile(book)
    yield from _trigger_tile(book)


def _called(call: Call) -> str:
    """Name what a call is about."""
    name = plain.short(call.series)
    return f"{name} against {plain.short(call.against)}" if call.against else name


def _calls(book: Book) -> Iterator[tuple[str, Call, State]]:
    for claim in said.followed(book):
        call = book.registrations[claim.ref].call
        state = said.state_of(book, claim.ref, book.last)
        if call is not None and state is not None and state.moved is not None:
            yield words.anchor(claim.id), call, state


def _follower_tiles(book: Book) -> Iterator[Tile]:
    """Hold each follower against the level of every claim about it."""
    told = list(_calls(book))
    for name in dict.fromkeys(_called(call) for _, call, _ in told):
        own = [each for each in told if _called(each[1]) == name]
        yield Tile(
            title=f"{words.capital(name)} since publication",
            value=words.percent(own[0][2].moved),
            lines=tuple(_level(*each) for each in own),
        )


def _level(anchor: str, call: Call, state: State) -> str:
    whole = words.percent(call.mark / call.price - 1)
    if state.state in {"hit", "miss"}:
        return (
            f"{anchor}: its mark of {whole} was {'reached' if state.state == 'hit' else 'missed'}."
        )
    gap = call.mark / call.price / (1 + (state.moved or 0.0)) - 1
    return f"{anchor}: its mark is {whole}. Still to go: {words.percent(gap)}."


def _condition_tiles(book: Book) -> Iterator[Tile]:
    found: dict[str, tuple[Held, list[str]]] = {}
    for claim in said.followed(book):
        state = said.state_of(book, claim.ref, book.last)
        if state is not None and state.antecedent is not None:
            held = state.antecedent
            found.setdefault(held.words, (held, []))[1].append(words.anchor(claim.id))
    for text, (held, names) in found.items():
        yield Tile(
            title=f"Does it still hold? {words.capital(plain.told(text))}",
            value=words.capital(said.condition(held)),
            lines=(
                f"{words.capital(said.antecedent(held))}.",
                f"For {words.listed(names)}.",
            ),
        )


def _phase_tile(book: Book) -> Iterator[Tile]:
    if book.article.watch is None or not book.article.watch.phases:
        return
    found = said.phase_of(book, book.last)
    if found is None:
        lines = ("A series it is read from was missing or too old.",)
        yield Tile("Phase of the story", "Not known", lines)
        return
    shares = sorted(found.probabilities.items(), key=lambda each: -each[1])
    yield Tile(
        title="Phase of the story",
        value=f"{words.capital(words.kind_title(found.label))} since {words.day(found.since)}",
        lines=tuple(f"{words.kind_title(name)}: {words.share(value)}" for name, value in shares),
    )


def _trigger_tile(book: Book) -> Iterator[Tile]:
    found = said.triggers_of(book, book.last)
    if found:
        n = sum(fired.fired for _, fired in found)
        unknown = sum(fired.value is None for _, fired in found)
        yield Tile(
            title="Conditions that the article names",
            value=f"{n} of {len(found)} fulfilled" + (f", {unknown} not known" if unknown else ""),
            lines=tuple(_trigger_line(trigger, fired) for trigger, fired in found),
        )


def _trigger_line(trigger: Trigger, fired: Fired) -> str:
    if fired.value is None:
        return f"Not known: {trigger.says}"
    word = "Fulfilled" if fired.fired else "Not fulfilled"
    return f"{word}: {trigger.says} ({plain.told(said.mark(trigger, fired))})"
