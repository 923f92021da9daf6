"""Every exhibit as rows: the table beside a figure, and its CSV."""

import csv as commas
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from leadline.evidence.exhibits import (
    Bars,
    Curve,
    Distribution,
    Exhibit,
    Forest,
    Heatmap,
    Network,
    Overlay,
    Ribbon,
    SpecificationCurve,
    Table,
    Timeline,
    Waterfall,
)

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Frame:
    """What a figure shows, as a table; ``None`` is a gap."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def frame(exhibit: Exhibit) -> Frame:  # noqa: C901, PLR0911, PLR0912 - a case a shape
    """Give an exhibit's numbers as rows, unrounded."""
    match exhibit:
        case Curve():
            return _curve(exhibit)
        case Distribution():
            return Frame(
                ("from", "to", "random_histories"),
                tuple(zip(exhibit.edges, exhibit.edges[1:], exhibit.counts, strict=False)),
            )
        case Forest():
            return Frame(
                ("label", exhibit.x_label or "value", "low", "high", "marked"),
                tuple((r.label, r.value, r.low, r.high, r.highlight) for r in exhibit.rows),
            )
        case Timeline():
            return Frame(
                ("lane", "start", "stop", "label"),
                tuple((s.lane, s.start, s.stop, s.label) for s in exhibit.spans),
            )
        case Heatmap():
            return Frame(
                ("", *exhibit.columns),
                tuple(
                    (name, *values)
                    for name, values in zip(exhibit.rows, exhibit.values, strict=True)
                ),
            )
        case Table():
            return Frame(exhibit.columns, exhibit.rows)
        case SpecificationCurve():
            return _specifications(exhibit)
        case Overlay():
            return _overlay(exhibit)
        case Waterfall():
            return Frame(
                ("label", exhibit.value_label or "value", "low", "high", "role"),
                tuple((s.label, s.value, s.low, s.high, s.role) for s in exhibit.steps),
            )
        case Ribbon():
            return _ribbon(exhibit)
        case Bars():
            return _bars(exhibit)
        case Network():
            return _network(exhibit)
        case _:
            assert_never(exhibit)


def _curve(exhibit: Curve) -> Frame:
    columns: dict[str, dict[float | str, Cell]] = {}

    def add(name: str, x: tuple[float, ...] | tuple[str, ...], y: tuple[float | None, ...]) -> None:
        place = name
        while place in columns:
            place += "'"
        columns[place] = dict(zip(x, y, strict=True))

    for line in exhibit.lines:
        add(line.label, line.x, line.y)
    for band in exhibit.bands:
        add(f"{band.label}: low", band.x, band.low)
        add(f"{band.label}: high", band.x, band.high)
    places: set[float | str] = set()
    for column in columns.values():
        places.update(column)
    ordered = sorted(places, key=lambda at: (isinstance(at, str), at))
    return Frame(
        (exhibit.x_label or "x", *columns),
        tuple((at, *(column.get(at) for column in columns.values())) for at in ordered),
    )


def _specifications(exhibit: SpecificationCurve) -> Frame:
    order = sorted(range(len(exhibit.specifications)), key=lambda i: exhibit.specifications[i].z)
    names = list(dict.fromkeys(d for s in exhibit.specifications for d in s.choices))
    has_band = len(exhibit.null_low) == len(order)

    def rows() -> Iterator[tuple[Cell, ...]]:
        for rank, i in enumerate(order):
            s = exhibit.specifications[i]
            band = (exhibit.null_low[rank], exhibit.null_high[rank]) if has_band else (None, None)
            yield (s.z, s.estimate, *band, s.chosen, *(s.choices.get(n) for n in names))

    head = ("z", exhibit.estimate_label, "null_low", "null_high", "claimants_own")
    return Frame((*head, *names), tuple(rows()))


def _overlay(exhibit: Overlay) -> Frame:
    return Frame(
        ("day", exhibit.leader_label, exhibit.follower_label),
        tuple(zip(exhibit.days, exhibit.leader, exhibit.follower, strict=True)),
    )


def _ribbon(exhibit: Ribbon) -> Frame:
    changed = set(exhibit.revised)
    columns = zip(exhibit.days, exhibit.labels, *exhibit.probabilities, strict=True)
    return Frame(
        ("day", "label", *exhibit.states, "revised"),
        tuple((*row, row[0] in changed) for row in columns),
    )


def _bars(exhibit: Bars) -> Frame:
    return Frame(
        ("lane", "from", "to", "fill", "label", "note"),
        tuple(
            (bar.lane, bar.start, bar.stop, exhibit.legend[bar.tone], bar.label, bar.note)
            for bar in exhibit.bars
        ),
    )


def _network(exhibit: Network) -> Frame:
    names = [node.label for node in exhibit.nodes]
    return Frame(
        ("leader", "follower", exhibit.value_label or "value", "label"),
        tuple((names[a.start], names[a.stop], a.value, a.label) for a in exhibit.arrows),
    )


def shifts(exhibit: Overlay) -> Frame:
    """Give what an overlay's slider reads out, one row a shift."""
    return Frame(
        ("days", "level_r", "return_r", "p_search", "share_random"),
        tuple((s.days, s.level_r, s.return_r, s.p_search, s.share_random) for s in exhibit.shifts),
    )


def csv(exhibit: Exhibit) -> str:
    """Give an exhibit as CSV with a header; a gap is an empty field."""
    return table_csv(frame(exhibit))


def table_csv(shown: Frame) -> str:
    """Give a table as CSV with a header; a gap is an empty field."""
    text = io.StringIO()
    writer = commas.writer(text, lineterminator="\n")
    writer.writerow(shown.columns)
    writer.writerows(shown.rows)
    return text.getvalue()
