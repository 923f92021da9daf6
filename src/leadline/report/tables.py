"""Tables of a page, every cell already in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from leadline.evidence.exhibits import (
    Curve,
    Exhibit,
    Network,
    Ribbon,
    SpecificationCurve,
    Table,
    Waterfall,
)
from leadline.report import words
from leadline.report.charts.ribbon import runs
from leadline.report.rows import Cell, Frame, frame

_MOST_ROWS = 130
_SHORT_WORD = 11


@dataclass(frozen=True, slots=True)
class TableView:
    """A table, every cell already in words."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    cards: bool = False
    said: bool = False

    @property
    def tight(self) -> tuple[bool, ...]:
        """Which columns hold nothing but short words that must not break, such as days."""
        return tuple(
            all(len(row[i]) <= _SHORT_WORD for row in self.rows) for i in range(len(self.head))
        )

    @property
    def wide(self) -> bool:
        """Whether it may need more width than a phone has, or more height than a screen."""
        return not self.cards and (len(self.head) > 2 or len(self.rows) > 12)


def numbers(exhibit: Exhibit) -> TableView:
    """Give the numbers behind a figure, thinned where they would fill screens."""
    shown = _without_empty(_reading_frame(exhibit))
    rows, caption = shown.rows, "The numbers drawn"
    if isinstance(exhibit, Table):
        caption = exhibit.title
    elif len(rows) > _MOST_ROWS:
        step = -(-len(rows) // _MOST_ROWS)
        caption = f"{len(rows):,} rows, every {_ordinal(step)} shown; the CSV holds all"
        rows = rows[::step]
    text = _format(exhibit)
    return TableView(
        caption=caption,
        head=shown.columns,
        rows=tuple(
            tuple(_cell(value, text if i else None) for i, value in enumerate(row)) for row in rows
        ),
        numeric=tuple(
            any(isinstance(row[i], int | float) and not isinstance(row[i], bool) for row in rows)
            for i in range(len(shown.columns))
        ),
        cards=isinstance(exhibit, Table),
        # The figure's heading and the summary above the table say it already.
        said=len(rows) == len(shown.rows),
    )


def _reading_frame(exhibit: Exhibit) -> Frame:
    """Give the rows for reading: choices as a sentence, days that are alike in one row."""
    match exhibit:
        case SpecificationCurve():
            return _choices(exhibit)
        case Ribbon():
            return _stretches(exhibit)
        case Waterfall():
            shown = frame(exhibit)
            return Frame(shown.columns[:-1], tuple(row[:-1] for row in shown.rows))
        case _:
            return frame(exhibit)


def _format(exhibit: Exhibit) -> str | None:
    match exhibit:
        case Curve():
            return exhibit.y_format
        case Waterfall() | Network():
            return exhibit.value_format
        case Ribbon():
            return ".0%"
        case _:
            return None


def _stretches(exhibit: Ribbon) -> Frame:
    """Give each stretch under one label, with how probable the label was on average."""
    changed = set(exhibit.revised)
    rows: list[tuple[Cell, ...]] = []
    for run in runs(exhibit.labels):
        days = exhibit.days[run.start : run.stop]
        if run.label not in exhibit.states:
            continue
        row = exhibit.probabilities[exhibit.states.index(run.label)]
        seen = [p for p in row[run.start : run.stop] if p is not None]
        otherwise = sum(day in changed for day in days)
        rows.append(
            (
                days[0],
                days[-1],
                words.kind_title(run.label),
                fmean(seen) if seen else None,
                f"{otherwise} of {len(days)} days" if otherwise else "",
            )
        )
    head = ("from", "to", "state written down", "its probability", "called otherwise today")
    return Frame(head, tuple(rows))


def _choices(exhibit: SpecificationCurve) -> Frame:
    head = ("z", exhibit.estimate_label, "choices")
    rows = []
    for specification in sorted(exhibit.specifications, key=lambda s: s.z):
        choices = " · ".join(specification.choices.values())
        mark = "★ the claimant's own: " if specification.chosen else ""
        rows.append((specification.z, specification.estimate, mark + choices))
    return Frame(head, tuple(rows))


def _without_empty(shown: Frame) -> Frame:
    keep = [
        i for i in range(len(shown.columns)) if any(row[i] not in {None, ""} for row in shown.rows)
    ]
    return Frame(
        tuple(shown.columns[i] for i in keep),
        tuple(tuple(row[i] for i in keep) for row in shown.rows),
    )


def _ordinal(n: int) -> str:
    return {1: "one", 2: "second", 3: "third"}.get(n, f"{n}th")


def _cell(value: Cell, text: str | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case _ if text is not None:
            return format(value, text).replace("-", words.MINUS)
        case _:
            return words.number(float(value))


def data_table(rows: Iterable[Mapping[str, Any]]) -> TableView | None:
    """Lay out which series went in, each once."""
    once = {str(row.get("id")): row for row in rows}
    if not once:
        return None
    columns = {
        "title": "series",
        "unit": "unit",
        "last": "last value of",
        "age_days": "age in days",
        "basis": "known by",
        "source": "source",
    }
    return TableView(
        caption="Each series as it was known on the day of the verdict. “Known by” says how the "
        "moment of knowing is established.",
        head=tuple(columns.values()),
        rows=tuple(
            tuple(str(row.get(key, "") if row.get(key) is not None else "") for key in columns)
            for row in once.values()
        ),
        numeric=tuple(key == "age_days" for key in columns),
        cards=True,
    )
