"""The calibration as a page: how often the instrument errs, cell by cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from leadline.calibration.document import ALPHA, Calibration, Cell, Outcomes, Process, Share, State
from leadline.evidence.exhibits import (
    Curve,
    Exhibit,
    Forest,
    ForestRow,
    Heatmap,
    Line,
    Mark,
)
from leadline.report import words
from leadline.report.document import Sheet, filed
from leadline.report.tables import TableView
from leadline.report.views import figure
from leadline.verdict import Outcome

Tone = Literal["for", "against", "open"]
MOST_DRAWN = 12
"""Rows of the picture of intervals; the document holds all."""

STATES: Mapping[State, tuple[str, Tone, str]] = {
    "keeps": ("", "for", "keeps its level"),
    "above": ("above", "against", "errs more often than it says"),
    "caveated": ("above, and says so", "against", "errs more often, and warns of it"),
    "below": ("below", "open", "errs less often than it says, and misses more"),
    "true": ("true here", "open", "what it asks for is true in this world"),
}
"""The word in a cell, its tone, and what it means."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell of the table in words."""

    text: str
    word: str
    tone: Tone
    more: str


@dataclass(frozen=True, slots=True)
class RowView:
    """One test in every world."""

    test: str
    cells: tuple[CellView | None, ...]


@dataclass(frozen=True, slots=True)
class GridView:
    """Tests by worlds."""

    caption: str
    worlds: tuple[str, ...]
    rows: tuple[RowView, ...]


def page(found: Calibration) -> str:
    """Give the calibration as a single HTML file that needs neither network nor script."""
    return filed(sheet(found))


def sheet(found: Calibration) -> Sheet:
    """Lay out the calibration."""
    said = answer(found)
    return Sheet(
        "calibration.html.j2",
        title="How often Leadline is wrong · Leadline",
        description=said,
        json_ld={
            "@context": "https://schema.org",
            "@type": "Dataset",
            "name": "Calibration of Leadline",
            "description": said,
            "dateModified": found.day,
            "creator": {"@type": "SoftwareApplication", "name": "Leadline"},
        },
        version=found.leadline,
        context={
            "answer": said,
            "numbers": numbers(found),
            "grid_view": grid(
                found.sizes,
                found.world_names("sizes"),
                "Share of histories without a lead in which the test says yes at 5%",
            ),
            "habits": grid(
                found.habits, found.world_names("habits"), "The same for habits of the trade"
            ),
            "legend": [
                (word or words.share(ALPHA), tone, meaning)
                for word, tone, meaning in STATES.values()
            ],
            "worlds": _worlds(found),
            "checks": [(check, _TONES[check.holds], _HOLDS[check.holds]) for check in found.checks],
            "pictures": [figure(shown, shown.name) for shown in exhibits(found)],
            "processes": _processes(found, habit=False),
            "process_habits": _processes(found, habit=True),
            "growth": _growth(found),
            "odds": _odds(found),
            "scans": _scans(found),
            "receipt": (
                ("measured until", words.day(found.day)),
                ("code", f"Leadline {found.leadline}"),
                ("seed", str(found.seed)),
                ("days of a history", f"{found.n_obs:,}"),
                ("resamples of a test", f"{found.n_resamples:,}"),
            ),
        },
    )


_TONES: Mapping[bool | None, Tone] = {True: "for", False: "against", None: "open"}
_HOLDS: Mapping[bool | None, str] = {True: "holds", False: "does not hold", None: "not measured"}


def answer(found: Calibration) -> str:
    """Say in two sentences what came of it."""
    null = [cell for cell in found.sizes if not cell.true_here]
    if not null:
        parts = (found.habits, found.truths, found.outcomes, found.odds, found.scans)
        if not any((*parts, found.processes, found.curves)):
            return "Nothing is measured yet."
        return "False alarms of the tests were not measured in this run, other parts were."
    good = [cell for cell in null if cell.state in {"keeps", "below"}]
    least, most = min(cell.n for cell in null), max(cell.n for cell in null)
    over = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    off = found.off()
    said = (
        f"In {len(good):,} of {len(null):,} cases, a test in a world where nothing leads, the "
        f"share of false alarms is no more than a test at 5% shows over {over} histories."
    )
    warned = sum(cell.state == "caveated" for cell in off)
    if warned:
        said += (
            f" In {warned:,} more the test sees from the data that it may be wrong, and says so."
        )
    if off:
        worst = off[0]
        said += (
            f" The largest share is {percent(worst.share)} ({worst.test}, in the world "
            f"“{worst.world}”)."
        )
    return said


def numbers(found: Calibration) -> tuple[tuple[str, str], ...]:
    """Give the figures that come first."""
    null = [cell for cell in found.sizes if not cell.true_here]
    n = sum(cell.n for cell in (*found.sizes, *found.habits, *found.truths))
    told = [
        ("Simulated histories looked at", f"{n:,}"),
        (
            "Tests and worlds without a lead",
            f"{len({cell.test for cell in null})} tests of "
            f"{len({cell.kind for cell in null})} kinds in {len({c.world for c in null})} worlds",
        ),
        (
            "Cases in which false alarms are too many",
            f"{len(found.off())} of {len(null)}; each is shown below",
        ),
    ]
    if found.truths:
        low = min(found.truths, key=lambda cell: cell.share)
        told.append(
            (
                "Planted truths found",
                f"from {percent(low.share, 0)} ({low.test.split(',')[0]}) to "
                f"{percent(max(cell.share for cell in found.truths), 0)} of histories",
            )
        )
    if found.checks:
        held = [check.holds for check in found.checks]
        told.append(
            (
                "Promises about whole verdicts and kinds",
                f"{held.count(True)} hold, {held.count(False)} "
                f"{'does' if held.count(False) == 1 else 'do'} not"
                + (f", {held.count(None)} not measured yet" if None in held else ""),
            )
        )
    return tuple(told)


def grid(cells: Sequence[Cell], worlds: tuple[str, ...], caption: str) -> GridView | None:
    """Lay out tests by worlds; None where nothing was measured."""
    if not cells:
        return None
    tests = dict.fromkeys(cell.test for cell in cells)
    by_place = {(cell.test, cell.world): cell for cell in cells}
    rows = []
    for test in tests:
        placed = [by_place.get((test, world)) for world in worlds]
        rows.append(RowView(test, tuple(None if c is None else _cell(c) for c in placed)))
    return GridView(caption, worlds, tuple(rows))


def _cell(cell: Cell) -> CellView:
    word, tone, _ = STATES[cell.state]
    more = (
        f"{cell.rejected[1]:,} of {cell.n:,}; interval {percent(cell.low)} to {percent(cell.high)}"
    )
    if cell.refused:
        more += f"; refused {cell.refused:,}"
    if cell.state == "caveated":
        more += f"; without a warning {cell.unwarned:,}"
    return CellView(percent(cell.share), word, tone, more)


def percent(value: float, digits: int = 1) -> str:
    """Write a share.

    >>> percent(0.0765)
    '7.7%'
    """
    # Half a step up, as a reader rounds: 0.0765 is stored as a little less.
    return f"{value + 1e-9:.{digits}%}"


def exhibits(found: Calibration) -> tuple[Exhibit, ...]:
    """Give the pictures: sizes, what was found, power, outcomes, coverage."""
    shown: list[Exhibit] = []
    if found.sizes:
        shown.append(_sizes(found))
    if found.truths:
        shown.append(_truths(found))
    if found.discoveries:
        shown.append(_discoveries(found))
    shown += [_curve(found, along) for along in _AXES if _curves(found, along)]
    if found.outcomes:
        shown.append(_outcomes(found.outcomes))
    if found.coverages:
        shown.append(_coverages(found))
    return tuple(shown)


def _sizes(found: Calibration) -> Heatmap:
    worlds = found.world_names("sizes")
    tests = tuple(dict.fromkeys(cell.test for cell in found.sizes))
    share = {(cell.test, cell.world): cell.share for cell in found.sizes if not cell.true_here}
    off = found.off()
    return Heatmap(
        name="sizes",
        title="False alarms, test by world",
        finding=f"{len(off)} of {len(share)} lie above what a test at 5% shows by chance."
        if off
        else f"None of {len(share)} lies above what a test at 5% shows by chance.",
        note="Empty where what the test asks for is true.",
        rows=tests,
        columns=worlds,
        values=tuple(tuple(share.get((test, world)) for world in worlds) for test in tests),
        value_label="share of false alarms at 5%",
        value_format=".1%",
    )


def _row(label: str, share: Share, *, highlight: bool = False) -> ForestRow:
    return ForestRow(
        label=label, value=share.share, low=share.low, high=share.high, highlight=highlight
    )


def _truths(found: Calibration) -> Forest:
    cells = sorted(found.truths, key=lambda cell: -cell.share)
    return Forest(
        name="truths",
        title="Planted truths found, kind by kind",
        finding=f"{cells[-1].kind} finds its truth in {percent(cells[-1].share, 0)} of histories, "
        f"{cells[0].kind} in {percent(cells[0].share, 0)}.",
        note="Share of histories of a world made for the kind in which it says yes at 5%, with "
        "99% intervals.",
        x_label="share of histories",
        rows=tuple(
            ForestRow(label=cell.kind, value=cell.share, low=cell.low, high=cell.high)
            for cell in cells
        ),
        reference=0.5,
    )


def _discoveries(found: Calibration) -> Forest:
    kept = sum(each.keeps_its_word for each in found.discoveries)
    rows = []
    for each in found.discoveries:
        label = f"{each.test} · {each.world}"
        rows.append(ForestRow(label=f"{label}: promised", value=each.promised))
        rows.append(_row(f"{label}: found", each.found, highlight=True))
    return Forest(
        name="discoveries",
        title="What power curves promise, and what is found",
        finding=f"{kept} of {len(found.discoveries)} power curves keep their word.",
        note="An effect is planted into each history; the claim's own power curve says how often "
        "the test will see it.",
        x_label="share of histories",
        rows=tuple(rows),
        reference=None,
    )


_AXES: Mapping[Literal["effect", "years", "episodes"], str] = {
    "effect": "size of the effect, as a multiple of the smallest that matters",
    "years": "years of history",
    "episodes": "episodes",
}


def _curves(found: Calibration, along: str) -> list[Any]:
    return [curve for curve in found.curves if curve.along == along]


def _curve(found: Calibration, along: Literal["effect", "years", "episodes"]) -> Curve:
    curves = _curves(found, along)
    strongest = max(curves, key=lambda curve: curve.found[-1].share)
    return Curve(
        name=f"power-{along}",
        title=f"Power against {'the ' + along if along == 'effect' else along}",
        finding=f"At the right end {strongest.test} finds "
        f"{percent(strongest.found[-1].share, 0)} of planted effects.",
        x_label=_AXES[along],
        y_label="share found at 5%",
        y_format=".0%",
        lines=tuple(
            Line(
                label=curve.test,
                x=curve.x,
                y=tuple(share.share for share in curve.found),
                role="main" if curve is strongest else "second",
                points=True,
            )
            for curve in curves
        ),
        marks=(Mark(label="80%", at=0.8, axis="y"),),
    )


def _outcomes(outcomes: Sequence[Outcomes]) -> Heatmap:
    names: tuple[Outcome, ...] = get_args(Outcome)
    seen = [name for name in names if any(each.counts.get(name) for each in outcomes)]
    null = [each for each in outcomes if not each.truth]
    finding = "Which outcome whole trials came to, where the truth is known."
    if null:
        worst = max(null, key=lambda each: each.share("supported", "weakly_supported"))
        share = percent(worst.share("supported", "weakly_supported"), 0)
        finding = f"Without a lead, at most {share} are supported, weakly or not."
    return Heatmap(
        name="outcomes",
        title="Verdicts on true and false claims",
        finding=finding,
        note="Each row is a world; its shares add up to one.",
        rows=tuple(f"{each.world} ({each.n:,})" for each in outcomes),
        columns=tuple(name.replace("_", " ") for name in seen),
        values=tuple(tuple(each.share(name) for name in seen) for each in outcomes),
        value_label="share of trials",
        value_format=".0%",
    )


def _coverages(found: Calibration) -> Forest:
    rows = sorted(found.coverages, key=lambda each: each.held.share - each.level)[:MOST_DRAWN]
    low = rows[0]
    return Forest(
        name="coverage",
        title="How often intervals hold the truth",
        finding=f"The least is {percent(low.held.share, 0)} where {percent(low.level, 0)} is "
        f"promised ({low.test}, {low.world}).",
        note=f"The {len(rows)} lowest of {len(found.coverages)}.",
        x_label="share of histories",
        rows=tuple(
            _row(f"{each.test} · {each.world} ({percent(each.level, 0)})", each.held)
            for each in rows
        ),
        reference=low.level,
    )


def _worlds(found: Calibration) -> TableView:
    return TableView(
        caption="The worlds, and what is true in each",
        head=("world", "what is true in it"),
        rows=tuple((world.name, world.truth) for world in found.worlds),
        numeric=(False, False),
        cards=True,
    )


def _processes(found: Calibration, *, habit: bool) -> TableView | None:
    chosen = [each for each in found.processes if each.habit is habit]
    if not chosen:
        return None
    worlds = tuple(dict.fromkeys(each.world for each in chosen))
    held = {(each.process, each.world): each for each in chosen}
    names = tuple(dict.fromkeys(each.process for each in chosen))
    return TableView(
        caption="Share of histories without the effect in which the evidence ever reached 20 "
        "(at most 5% may; in brackets 100, at most 1%)",
        head=("process", *worlds),
        rows=tuple(
            (name, *(_crossed(held.get((name, world))) for world in worlds)) for name in names
        ),
        numeric=(False, *(True for _ in worlds)),
    )


def _crossed(each: Process | None) -> str:
    if each is None:
        return ""
    text = f"{percent(each.at_20.share)} ({percent(each.at_100.share)})"
    return text if each.is_valid else f"{text} too often"


def _growth(found: Calibration) -> TableView | None:
    if not found.growth:
        return None
    return TableView(
        caption="How fast evidence grows where the call is right",
        head=("process", "world", "growth promised", "growth seen", "day expected", "day reached"),
        rows=tuple(
            (
                each.process,
                each.world,
                f"{each.promised:.4f}",
                f"{each.fell:.4f}",
                f"{each.expected:,.0f}",
                f"{each.reached:,.0f}",
            )
            for each in found.growth
        ),
        numeric=(False, False, True, True, True, True),
    )


def _odds(found: Calibration) -> TableView | None:
    if not found.odds:
        return None
    return TableView(
        caption="How often the odds of a rally call themselves skilled",
        head=("world", "weeks", "says skilled", "weight of 0", "Brier skill", "histories"),
        rows=tuple(
            (
                each.world,
                str(each.weeks),
                percent(each.skilled),
                percent(each.weight_zero, 0),
                f"{each.brier:+.3f}".replace("-", words.MINUS),
                f"{each.n:,}",
            )
            for each in found.odds
        ),
        numeric=(False, True, True, True, True, True),
    )


def _scans(found: Calibration) -> TableView | None:
    if not found.scans:
        return None
    return TableView(
        caption="What scans of whole universes find",
        head=(
            "universe",
            "assets, days",
            "any false lead: closed form",
            "any false lead: resamples",
            "false among those that count",
            "planted leads found",
            "universes",
        ),
        rows=tuple(
            (
                each.universe,
                f"{each.n_assets:,}, {each.n_obs:,}",
                percent(each.closed.share),
                percent(each.stepped.share) + (" warned of" if each.is_warned_of else ""),
                percent(each.false),
                "" if each.found is None else percent(each.found, 0),
                f"{each.n:,}",
            )
            for each in found.scans
        ),
        numeric=(False, *(True for _ in range(6))),
        cards=True,
    )


def summary(found: Calibration) -> list[tuple[str, str, str, str]]:
    """Give for each test the worlds in which it was right, its largest share and where."""
    rows = []
    for test in dict.fromkeys(cell.test for cell in found.sizes):
        cells = [cell for cell in found.sizes if cell.test == test and not cell.true_here]
        good = [cell for cell in cells if cell.state in {"keeps", "below"}]
        worst = max(cells, key=lambda cell: cell.share)
        rows.append((test, f"{len(good)} of {len(cells)}", percent(worst.share), worst.world))
    return rows
