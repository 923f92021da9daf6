"""A book as pictures: exhibits drawn from what was written down alone, nothing computed again."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

import numpy as np

from leadline.evidence.exhibits import Band, Bar, Bars, Curve, Exhibit, Line, Mark, Ribbon, Tone
from leadline.live import process_pictures
from leadline.live.book import Book, Call, Fired, Phase, State
from leadline.live.odds_pictures import odds, reliability
from leadline.live.process_pictures import all_e_values, e_values
from leadline.live.words import CREDIT, followed
from leadline.live.written import states, thinned, written
from leadline.report import words

_STANDING: dict[Tone, str] = {
    "for": "as the claim needs it",
    "against": "not as the claim needs it",
    "open": "says nothing yet",
}
_STATES_NOTE = (
    "A word turns only by rules fixed at publication, never for a single day. A row that "
    "was put right stays in the ledger beside its correction."
)
_PATH_NOTE = (
    "The band holds 80 % of the paths from every day before publication. Its quantiles "
    "were frozen at publication."
)
HOW_TO_READ: Mapping[str, str] = {
    "How it stood": _STATES_NOTE,
    "The path since publication": _PATH_NOTE,
    "Evidence since publication": process_pictures.HOW_TO_READ,
}
"""What is to be known of each sort of a claim's pictures."""


class Stretch(NamedTuple):
    """Days on end on which one thing stayed as it was."""

    first: date
    after: date
    value: str
    state: State


def of_claim(book: Book, ref: str, *, every: int = 1) -> tuple[Exhibit, ...]:
    """Draw what came of a claim: its states, its path and its e-values, where it has them.

    Paths show every ``every``-th day, and always the checkpoints and the last day.
    """
    drawn = (timeline(book, ref), path(book, ref, every=every), e_values(book, ref, every=every))
    return tuple(shown for shown in drawn if shown is not None)


def of_article(book: Book) -> tuple[Exhibit, ...]:
    """Draw what concerns all claims: how each stands, the evidence, the phases, the odds."""
    drawn = (standing(book), all_e_values(book), phases(book), *odds(book), *reliability(book))
    return tuple(shown for shown in drawn if shown is not None)


def by_subject(book: Book) -> dict[str, tuple[Exhibit, ...]]:
    """Draw everything: the article's pictures by its id, those of each claim by its own."""
    told = {claim.ref: of_claim(book, claim.ref) for claim in book.article.claims}
    return {book.article.id: of_article(book)} | {
        ref: shown for ref, shown in told.items() if shown
    }


def stretches(told: Sequence[tuple[date, str, State]]) -> Iterator[Stretch]:
    """Join days on end that carry one word."""
    runs = [list(run) for _, run in groupby(told, key=lambda each: each[1])]
    for place, run in enumerate(runs):
        later = runs[place + 1][0][0] if place + 1 < len(runs) else run[-1][0] + timedelta(days=1)
        yield Stretch(run[0][0], later, run[0][1], run[0][2])


def _bar(lane: str, stretch: Stretch, tone: Tone, label: str, note: str = "") -> Bar:
    return Bar(
        lane=lane,
        start=stretch.first.isoformat(),
        stop=stretch.after.isoformat(),
        tone=tone,
        label=label,
        note=note,
    )


def _tone(word: words.Word) -> Tone:
    return "for" if word.tone == "for" else "against" if word.tone == "against" else "open"


def _state_bars(lane: str, told: Sequence[tuple[date, State]]) -> Iterator[Bar]:
    for run in stretches([(day, state.state, state) for day, state in told]):
        word = words.LIVE[run.value]
        yield _bar(lane, run, _tone(word), word.label.lower(), run.state.sentence)


def _main_bars(lane: str, told: Sequence[tuple[date, State]]) -> list[Bar]:
    """Give the bars of the state, or of the credit where the claim names no mark to reach."""
    has_mark = any(state.state != "not_applicable" for _, state in told)
    return list(_state_bars(lane, told) if has_mark else _credit_bars(lane, told))


def _condition_bars(told: Sequence[tuple[date, State]]) -> Iterator[Bar]:
    known = [
        (day, "holds" if state.antecedent.holds else "lapsed", state)
        for day, state in told
        if state.antecedent is not None
    ]
    for run in stretches(known):
        held = run.state.antecedent
        if held is not None:
            note = f"{words.percent(held.value)} against {words.percent(held.threshold)}"
            yield _bar(
                f"condition: {held.words}", run, "for" if held.holds else "against", run.value, note
            )


def _trigger_bars(told: Sequence[tuple[date, State]]) -> Iterator[Bar]:
    names = dict.fromkeys(fired.id for _, state in told for fired in state.triggers)
    for name in names:
        known = [
            (day, _fired(fired), state)
            for day, state in told
            for fired in state.triggers
            if fired.id == name
        ]
        for run in stretches(known):
            fired = next(each for each in run.state.triggers if each.id == name)
            is_known = fired.value is not None
            tone: Tone = "for" if fired.fired and is_known else "open"
            note = f"{words.number(fired.value)} against {words.number(fired.threshold)}"
            yield _bar(f"trigger: {fired.says.rstrip('.')}", run, tone, run.value, note)


def _fired(fired: Fired) -> str:
    if fired.value is None:
        return "not known"
    return "fired" if fired.fired else "not yet"


def _credit_bars(lane: str, told: Sequence[tuple[date, State]]) -> Iterator[Bar]:
    known = [(day, state.credit.state, state) for day, state in told if state.credit is not None]
    for run in stretches(known):
        if (credit := run.state.credit) is not None:
            yield _bar(lane, run, _tone(CREDIT[credit.state]), run.value)


def timeline(book: Book, ref: str) -> Bars | None:
    """Draw the states of a claim with its condition, triggers and credit, corrections marked."""
    told = states(book, ref)
    own = _main_bars("state", told)
    if not own:
        return None
    corrected = sorted({r.day for r in book.rows if r.subject == ref and r.corrects is not None})
    credit = [] if told[-1][1].state == "not_applicable" else _credit_bars("evidence", told)
    return Bars(
        name="states",
        title="How it stood, day by day",
        finding=f"{words.capital(own[-1].label)} since {own[-1].start}. {_turns(len(own) - 1)}"
        f"{_put_right(corrected)}",
        note=_STATES_NOTE,
        bars=(*own, *_condition_bars(told), *_trigger_bars(told), *credit),
        legend=_STANDING,
        marks=tuple(Mark(label="corrected", at=day.isoformat()) for day in corrected),
    )


def _turns(n: int) -> str:
    if n == 0:
        return "That has not changed since publication."
    times = {1: "once", 2: "twice"}.get(n, f"{n} times")
    return f"That changed {times} since publication."


def _put_right(days: Sequence[date]) -> str:
    if not days:
        return ""
    rows = "One row was" if len(days) == 1 else f"{len(days)} rows were"
    return f" {rows} put right later."


def standing(book: Book) -> Bars | None:
    """Draw how every claim with a clock stood, a lane each."""
    lanes = [_main_bars(claim.id, states(book, claim.ref)) for claim in followed(book)]
    last = Counter(lane[-1].label for lane in lanes if lane)
    if not last:
        return None
    counted = words.listed([f"{n} {label}" for label, n in last.most_common()])
    return Bars(
        name="standing",
        title="How each claim stood, day by day",
        finding=f"Of {sum(last.values())} claims with a clock, {counted} on {book.last}.",
        note="A hit or a miss is final. The other words turn only after days in a row. Claims "
        "that name no mark to reach are shown by what the evidence says of them.",
        bars=tuple(bar for lane in lanes for bar in lane),
        legend=_STANDING,
    )


def path(book: Book, ref: str, *, every: int = 1) -> Curve | None:
    """Draw the follower since publication over the fan of its usual paths."""
    call = book.registrations[ref].call
    told = [(s.day, s.moved, s) for _, s in states(book, ref) if s.day is not None]
    walked = [(age, moved) for age, moved, _ in told if moved is not None]
    if call is None or not walked:
        return None
    due = {c.age: c.value for c in told[-1][2].checkpoints if c.value is not None}
    kept = [place for place, (age, _) in enumerate(walked) if age in due]
    shown = [walked[place] for place in thinned(len(walked), every, kept)]
    x = (0.0, *(float(age) for age, _ in shown))
    # The fan is smooth: every third of its ages draws it as well.
    fan = thinned(len(call.ages), 3 if every > 1 else 1)
    usual = (0.0, *(float(call.ages[i]) for i in fan))
    low, middle, high = (
        _grown([values[i] for i in fan]) for values in (call.low, call.median, call.high)
    )
    lines = [
        Line(label="half of earlier paths stood higher", x=usual, y=middle, role="base"),
        Line(label="since publication", x=x, y=_grown([moved for _, moved in shown]), role="live"),
    ]
    if due:
        at = tuple(None if age not in due else 1 + (due[int(age)] or 0.0) for age in x)
        lines.append(Line(label="checkpoint", x=x, y=at, role="second", points=True))
    return Curve(
        name="path",
        title=f"{call.what} since publication, against its usual paths",
        finding=_walked(call, *walked[-1]),
        note=_PATH_NOTE,
        x_label="days since publication",
        y_label=f"{call.what}, times its price at publication",
        y_format=",.2f",
        log_y=True,
        lines=tuple(lines),
        bands=(
            Band(
                label="80 % of earlier paths",
                x=usual,
                low=low,
                high=high,
                role="base",
            ),
        ),
        marks=(Mark(label="the claim's mark", at=call.mark / call.price, axis="y"),),
    )


def _grown(moves: Sequence[float]) -> tuple[float, ...]:
    """Give prices in units of that at publication, from there on."""
    return (1.0, *(1 + move for move in moves))


def _walked(call: Call, age: int, moved: float) -> str:
    middle = float(np.interp(age, (0, *call.ages), (0.0, *call.median)))
    mark = words.percent(call.mark / call.price - 1)
    return (
        f"Half of all earlier paths stood above {words.percent(middle)} on day {age}. This one "
        f"stands at {words.percent(moved)}. The mark is {mark}."
    )


def phases(book: Book) -> Ribbon | None:
    """Draw how probable each phase was on every day; days on which it was not known are gaps."""
    told = {day: phase for day, _, phase in written(book, book.article.id, Phase)}
    if not told:
        return None
    first = min(row.day for row in book.rows)
    days = [first + timedelta(days=n) for n in range((book.last - first).days + 1)]
    known = [told.get(day) for day in days]
    names = list(dict.fromkeys(name for phase in told.values() for name in phase.probabilities))
    unknown = sum(phase is None for phase in known)
    now = known[-1]
    said = "The phase is not known on the last day." if now is None else _phase_said(now)
    gap = f" It was not known on {unknown} of {len(days)} days." if unknown and now else ""
    return Ribbon(
        name="phases",
        title="Which phase it was",
        finding=said + gap,
        note="Probabilities by what was known on each day, never smoothed. The strip is the label "
        "written down, which turns only after five days in a row.",
        days=tuple(day.isoformat() for day in days),
        states=tuple(names),
        probabilities=tuple(
            tuple(None if phase is None else phase.probabilities.get(name) for phase in known)
            for name in names
        ),
        labels=tuple("" if phase is None else phase.label for phase in known),
    )


def _phase_said(phase: Phase) -> str:
    probable = phase.probabilities.get(phase.label)
    if probable is None:
        return f"The phase is not known since {phase.since}."
    said = f"{words.capital(phase.label)} since {phase.since}. Its probability is "
    said += f"{words.share(probable)}."
    most = max(phase.probabilities, key=phase.probabilities.__getitem__)
    if most != phase.label:
        share = words.share(phase.probabilities[most])
        said += f" {words.capital(most)} is more probable ({share}), not yet for days in a row."
    return said
