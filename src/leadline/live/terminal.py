"""What is followed, on an 80-column screen."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from leadline.claim import Claim
from leadline.live import claim_screen
from leadline.live import words as said
from leadline.live.book import Book, Horizon, Odds, State
from leadline.live.calls import CallState, Row, Scoreboard
from leadline.live.changes import Change
from leadline.live.odds import LEVEL
from leadline.live.screen import STYLES, WIDTH, bullet, cut, filled, heading, small, table
from leadline.report import plain, words

_CAME: Mapping[CallState, tuple[str, str]] = MappingProxyType(
    {
        "hit": ("hit", "for"),
        "miss": ("missed", "against"),
        "open": ("open", "open"),
        "not_resolvable": ("no telling", "open"),
    }
)
_INDENT = 5
_FEW = 3
Columns = Sequence[tuple[str, int]]
_CALLS: Columns = (
    ("so far", 14),
    ("day", 9),
    ("condition", 20),
    ("credit for/against", 21),
    ("next", 11),
)
_RELATIONS: Columns = (("so far", 17), ("for/against", 13), ("", 45))
_LEGEND = (
    "condition = what the claim says must keep holding, and since when it does or does not. "
    "for/against = evidence for the claim's odds, and against them: 1 says nothing, 20 decides. "
    "next = the day on which something is settled next. No word turns on a single day."
)

_ODDS_LEGEND = (
    "any day = the base rate: how often one started within so long of any day before. gain = how "
    "much better past odds of this kind scored than it (Brier, 90% interval); below 0 worse."
)


def board(book: Book, told: Sequence[Change]) -> RenderableType:
    """Give the screen of an article on the book's last day; ``told`` is what changed that day."""
    return Group(
        *_head(book, f"LIVE  {book.article.title}"),
        Text(filled(said.standing(book)), style="bold"),
        Text(),
        *_claims(book),
        *_phase(book),
        *_triggers(book),
        *_odds(book),
        *_changed(told, book.last),
        *_not_followed(book),
        Rule(style="dim"),
        small(words.NO_ADVICE),
    )


def claim(book: Book, ref: str, told: Sequence[Change]) -> RenderableType:
    """Give the screen of one claim on the book's last day, with all that is behind it."""
    found = next(each for each in book.article.claims if each.ref == ref)
    registration = book.registrations.get(ref)
    state = said.state_of(book, ref, book.last)
    parts: list[RenderableType] = [
        *_head(book, f"LIVE  {ref}"),
        Text(filled(_quoted(found))),
        Text(),
    ]
    if registration is None or state is None:
        parts += _not_measured(book, ref)
    elif not said.has_clock(registration):
        parts.append(Text(filled(plain.told(registration.clock))))
    else:
        parts += claim_screen.followed(registration, state, book.last)
    return Group(
        *parts,
        *_changed(told, book.last),
        Rule(style="dim"),
        small(words.NO_ADVICE),
    )


def difference(article: str, told: Sequence[Change], since: date, until: date) -> RenderableType:
    """Give what changed between two days, oldest first."""
    span = f"{words.day(since)} to {words.day(until)}"
    if not told:
        return Text(f"{article}: nothing changed from {span}.")
    lines: list[RenderableType] = [Text(f"{article}: what changed from {span}", style="bold")]
    for day in sorted({each.day for each in told}):
        lines.append(Text(f"\n{words.day(day)}", style="bold"))
        lines += map(bullet, said.sentences(each for each in told if each.day == day))
    return Group(*lines)


def scoreboard(board: Scoreboard) -> RenderableType:
    """Give every call: what was said, any day's odds of it, and what came of it."""
    lines: list[RenderableType] = [
        Text(f"CALLS of the library, as known at the end of {words.day(board.as_of)}", "bold"),
        Text(),
        Text(f"{'said':<13}{'call':<38}{'any day':>7}{'of late':>9}  came", style="dim"),
    ]
    for row in board.rows:
        lines += _call(row)
    return Group(
        *lines,
        Text(),
        Text(filled(board.words())),
        Text(
            filled(
                "any day = how often such a call came true when made on any earlier day; of late = "
                "on days of the four years before. No date, no mark, no telling."
            ),
            style="dim",
        ),
        Rule(style="dim"),
        small(words.NO_ADVICE),
    )


def _call(row: Row) -> Iterator[Text]:
    label, tone = _CAME[row.state]
    asked = textwrap.wrap(words.capital(plain.told(row.call)) or row.paraphrase, 37)
    base, recent = ("" if each is None else words.share(each) for each in (row.base, row.recent))
    yield Text.assemble(
        f"{words.day(row.said):<13}{asked[0]:<38}{base:>7}{recent:>9}  ", (label, STYLES[tone])
    )
    yield from (Text(f"{'':<13}{more}") for more in asked[1:])
    again = "" if row.same_as is None else f" The same call as {row.same_as}, counted once."
    said_by = f"{row.claim}, {row.publisher}. {plain.told(row.sentence)}{again}"
    yield Text(
        textwrap.fill(said_by, WIDTH, initial_indent=" " * 13, subsequent_indent=" " * 13),
        style="dim",
    )


def _head(book: Book, title: str) -> Iterator[RenderableType]:
    """Say what this is, what was known, what is too old, and when more is known."""
    article, day = book.article, book.last
    age = (day - article.first_seen).days
    yield Text(title, style="bold")
    yield Text(
        f"{article.publisher}, {words.day(article.first_seen)}; day {age}, as known at the end of "
        f"{words.day(day)}."
    )
    data = said.freshness_of(book, day)
    held = f" Data: {len(data.ages)} series{'' if data.stale else ', all fresh'}."
    following = words.day(day + timedelta(days=2))
    yield Text(f"Next decision: {following}, 00:10 UTC.{held if data.ages else ''}")
    if data.stale:
        old = ", ".join(f"{name} ({data.ages[name]} days)" for name in data.stale)
        yield Text(filled(f"STALE, older than they should be: {old}."))
    yield Text()


def _claims(book: Book) -> Iterator[RenderableType]:
    followed = said.followed(book)
    if not followed:
        yield heading("No claim here has a clock", gap=False)
        return
    n_claims = len(book.article.claims)
    yield heading(f"What can be followed: {len(followed)} of {n_claims} claims", gap=False)
    standing = [(each, said.state_of(book, each.ref, book.last)) for each in followed]
    calls = [each for each in standing if book.registrations[each[0].ref].call is not None]
    relations = [each for each in standing if each not in calls]
    if calls:
        yield _titles("Calls: a mark to be reached in time", _CALLS)
    for each, state in calls:
        name = _name(each)
        yield Text.assemble((name, "bold"), cut(each.paraphrase, WIDTH - len(name)))
        if state is not None:
            yield _row(" " * _INDENT, state, _of_call(state, book.last), _CALLS)
    if relations:
        yield _titles("Relations: do they go on as before publication?", _RELATIONS)
    for each, state in relations:
        if state is not None:
            yield _row(_name(each), state, _of_relation(each, state), _RELATIONS)
    yield small(_LEGEND)


def _titles(group: str, columns: Columns) -> Text:
    titles = "".join(title.ljust(width) for title, width in columns).rstrip()
    return Text(f"{group}\n{' ' * _INDENT}{titles}", style="dim")


def _name(each: Claim) -> str:
    return f"{words.anchor(each.id)} ".ljust(_INDENT)


def _row(name: str, state: State, cells: Iterable[str], columns: Columns) -> Text:
    """Write one claim's line: the word, and what is told beside it."""
    word = said.word_of(state)
    line = Text.assemble((name, "bold"))
    told = (f"{said.ARROWS[state.state]} {word.label.lower()}", *cells)
    for place, (cell, (_, width)) in enumerate(zip(told, columns, strict=True)):
        line.append(cell.ljust(width), style=STYLES[word.tone] if place == 0 else "")
    line.rstrip()
    return line


def _of_call(state: State, day: date) -> Iterator[str]:
    due = said.next_due(state, day)
    yield "" if state.day is None or state.of is None else f"{state.day}/{state.of}"
    yield "" if state.antecedent is None else said.condition(state.antecedent)
    yield "" if state.credit is None else f"{state.credit.state} {_weighed(state)}"
    yield "" if due is None else words.day(due[0])


def _of_relation(each: Claim, state: State) -> Iterator[str]:
    yield _weighed(state)
    yield cut(each.paraphrase, _RELATIONS[-1][1] + _INDENT - len(_name(each)))


def _weighed(state: State) -> str:
    if state.outcomes is None or state.outcomes.n == 0:
        return "(none yet)"
    return said.evidence(state.outcomes)


def _phase(book: Book) -> Iterator[RenderableType]:
    if book.article.watch is None or not book.article.watch.phases:
        return
    yield heading("Phase of the story")
    found = said.phase_of(book, book.last)
    if found is None or not found.probabilities:
        yield Text("Not known on this day: a series it is read from was missing or too old.")
        return
    ordered = sorted(found.probabilities.items(), key=lambda each: -each[1])
    shares = ", ".join(f"{name} {words.share(value)}" for name, value in ordered)
    yield Text(f"{words.capital(found.label)} since {words.day(found.since)}. Now: {shares}.")


def _triggers(book: Book) -> Iterator[RenderableType]:
    found = said.triggers_of(book, book.last)
    if not found:
        return
    yield heading("Conditions that the article names")
    for trigger, fired in found:
        since = "" if fired.since is None else f" since {words.day(fired.since)}"
        stands = "?" if fired.value is None else "yes" if fired.fired else "no"
        yield Text.assemble(
            (stands.ljust(_INDENT), "bold"),
            f"{trigger.says.rstrip('.')}{since if fired.fired else ''}",
        )
        yield _indented(Text(cut(said.mark(trigger, fired), WIDTH - _INDENT), style="dim"))


def _odds(book: Book) -> Iterator[RenderableType]:
    for odds in said.odds_of(book, book.last):
        yield heading(f"Odds that {plain.told(odds.words)}")
        yield _odds_table(odds)
        if added := [each for each in odds.horizons if each.added is not None]:
            gains = ", ".join(f"{words.percent(h.added)} ({h.weeks} weeks)" for h in added)
            what = f"What the claims' conditions add to {plain.short(odds.follower)}'s own past"
            yield Text(filled(f"{what}: {gains}."))
        yield small(_ODDS_LEGEND)
        if not any(horizon.skilled for horizon in odds.horizons):
            yield Text(filled(said.UNSKILLED), style="bold")


def _odds_table(odds: Odds) -> Table:
    laid = table("within", ">any day", ">today", f">{LEVEL:.0%} interval", ">gain on any day", "")
    for horizon in odds.horizons:
        laid.add_row(*_horizon(horizon))
    return laid


def _horizon(horizon: Horizon) -> Iterator[str]:
    yield f"{horizon.weeks} weeks"
    yield words.share(horizon.base)
    yield words.share(horizon.odds)
    yield f"{words.share(horizon.low)} to {words.share(horizon.high)}"
    low, high = words.percent(horizon.brier_low), words.percent(horizon.brier_high)
    yield f"{words.percent(horizon.brier)} ({low} to {high})"
    yield "better" if horizon.skilled else "use any day"


def _changed(told: Sequence[Change], day: date) -> Iterator[RenderableType]:
    yield heading(f"Changed since {words.day(day - timedelta(days=1))}")
    yield from map(bullet, said.sentences(told))
    if not told:
        yield Text("Nothing.")


def _not_followed(book: Book) -> Iterator[RenderableType]:
    reasons = said.without_clock(book)
    missing = said.freshness_of(book, book.last).missing
    if reasons:
        n_claims = sum(map(len, reasons.values()))
        yield heading(f"No clock: {n_claims} claims" if n_claims > 1 else "No clock: 1 claim")
        alone = [ids[0] for ids in reasons.values() if len(ids) == 1]
        for reason, ids in reasons.items():
            if len(ids) > 1 or len(alone) <= _FEW:
                yield bullet(f"{_ids(ids)}: {plain.told(reason)}")
        if len(alone) > _FEW:
            ref = f"{book.article.id}/{words.anchor(alone[0])}"
            yield bullet(f"{_ids(alone)}: each for a reason of its own (leadline live {ref}).")
    if missing:
        yield heading("Not measured")
        yield from (
            bullet(f"{words.anchor(ref)}: {plain.told(why)}") for ref, why in missing.items()
        )


def _not_measured(book: Book, ref: str) -> Iterator[RenderableType]:
    missing = said.freshness_of(book, book.last).missing
    yield Text("NOT MEASURED", style="bold")
    yield Text(filled(missing.get(ref, f"Nothing was written about it for {book.last}.")))


def _indented(text: Text) -> Text:
    text.plain = " " * _INDENT + text.plain
    return text


def _quoted(found: Claim) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{found.paraphrase}\N{RIGHT DOUBLE QUOTATION MARK}"


def _ids(ids: Iterable[str]) -> str:
    return ", ".join(map(words.anchor, ids))
