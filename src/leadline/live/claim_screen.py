"""One claim that is followed, in full, on an 80-column screen."""

from collections.abc import Iterator, Sequence
from datetime import date

from rich.console import RenderableType
from rich.text import Text

from leadline.live import words as said
from leadline.live.book import Checkpoint, Process, Registration, State
from leadline.live.screen import STYLES, bullet, filled, heading, small, table
from leadline.report import plain, words


def followed(registration: Registration, state: State, day: date) -> Iterator[RenderableType]:
    """Say how a claim stands, what was fixed for it, and all that came since."""
    word = said.word_of(state)
    clock = "" if state.day is None or state.of is None else f"day {state.day} of {state.of}, "
    yield Text.assemble(
        (f"{said.ARROWS[state.state]} {word.label.upper()}", STYLES[word.tone]),
        f"  {clock}since {words.day(state.since)}",
    )
    yield Text(filled(plain.told(state.sentence)))
    if (due := said.next_due(state, day)) is not None:
        yield Text(f"Next: {words.day(due[0])}, {due[1]}.")
    yield from _frozen(registration)
    yield from _conditions(registration, state)
    yield from _checkpoints(registration, state.checkpoints)
    yield from _processes(state)
    yield from _rules(registration)


def _frozen(registration: Registration) -> Iterator[RenderableType]:
    yield heading(f"Fixed at publication, {words.day(registration.published)}")
    yield from map(bullet, said.frozen(registration))
    if registration.call is not None:
        yield bullet(said.call_odds(registration.call))


def _conditions(registration: Registration, state: State) -> Iterator[RenderableType]:
    if state.antecedent is None and not state.triggers:
        return
    yield heading("Conditions")
    if (held := state.antecedent) is not None:
        yield bullet(
            f"{words.capital(plain.told(held.words))}: {said.condition(held)}; "
            f"{said.antecedent(held)}."
        )
    for trigger, fired in said.conditions(registration, state):
        stands = "not known" if fired.value is None else "not fulfilled"
        since = f"fulfilled since {words.day(fired.since)}" if fired.fired and fired.since else ""
        yield bullet(f"{trigger.says.rstrip('.')}: {since or stands}.")
        yield Text(f"  {said.mark(trigger, fired)}", style="dim")


def _checkpoints(
    registration: Registration, checkpoints: Sequence[Checkpoint]
) -> Iterator[RenderableType]:
    if not checkpoints or registration.call is None:
        return
    yield heading(f"Checkpoints: {plain.short(registration.call.series)} since publication")
    shown = table(">day", "due", ">low", ">middle", ">high", ">it was", "")
    for each in checkpoints:
        shown.add_row(
            str(each.age),
            words.day(each.due),
            *map(words.percent, (each.low, each.median, each.high)),
            "not yet" if each.value is None else words.percent(each.value),
            _place(each),
        )
    yield shown
    yield small("low, middle, high: 10, 50 and 90% of all spans of that length before the claim.")


def _place(each: Checkpoint) -> str:
    if each.value is None:
        return ""
    if each.value < each.low:
        return "unusually low"
    if each.value > each.high:
        return "unusually high"
    return "above the middle" if each.value > each.median else "below the middle"


def _processes(state: State) -> Iterator[RenderableType]:
    named = (("Official", state.outcomes), ("Faster", state.returns))
    shown = [(name, process) for name, process in named if process is not None]
    if not shown:
        return
    credit = "" if state.credit is None else f": {state.credit.state}"
    since = "" if state.credit is None else f" since {words.day(state.credit.since)}"
    yield heading(f"Evidence since publication{credit}{since}")
    if state.credit is not None:
        yield Text(said.CREDIT[state.credit.state].meaning)
    laid = table("", ">n", ">for", ">against", "effect (95%)", "could decide by")
    for name, process in shown:
        laid.add_row(name, *_numbers(process))
    yield laid
    for name, process in shown:
        unit = f", effect in {process.unit}" if process.unit else ""
        yield Text(filled(f"{name}: {plain.told(process.words)}{unit}."), style="dim")
    yield Text(
        filled(
            "for, against: how many times better the claim's odds foretold what came than the base "
            "rate did, and the other way round. 20 decides, whenever one looks."
        ),
        style="dim",
    )


def _numbers(process: Process) -> Iterator[str]:
    yield str(process.n)
    yield words.number(process.value, 2)
    yield words.number(process.against, 2)
    yield _effect(process)
    yield "" if process.decides is None else words.day(process.decides)


def _effect(process: Process) -> str:
    if process.effect is None:
        return ""
    told = words.number(process.effect, 2)
    if process.low is None or process.high is None:
        return told
    return f"{told} ({words.number(process.low, 2)} to {words.number(process.high, 2)})"


def _rules(registration: Registration) -> Iterator[RenderableType]:
    yield heading("Rules")
    yield from map(bullet, said.rules([registration]))
    yield Text(f"Registration {registration.sha256[:12]}", style="dim")
