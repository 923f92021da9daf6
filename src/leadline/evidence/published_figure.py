"""Does the published figure say so, and could it be traced to its publication?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Literal

from numpy.random import Generator
from pydantic import AfterValidator, PositiveInt, model_validator

from leadline.data import published
from leadline.data.panel import Panel
from leadline.data.published import Figure, Row
from leadline.errors import DataError
from leadline.evidence.base import Estimate, Evidence, HypothesisTest, NumberShown
from leadline.evidence.exhibits import Curve, Exhibit, Forest, ForestRow, Line, Mark, Table

YES_OR_NO = "yes or no"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _known(figure: str) -> str:
    try:
        return published.find(figure).id
    except DataError as error:
        # The author of the claim file can mend it, so it is a fault of the file.
        raise ValueError(str(error)) from None


class PublishedFigure(HypothesisTest):
    """A figure as published, against what the claim says of it.

    ``figure`` names one of the annual figures that come with Leadline, ``year`` the one it is
    about or ``years`` the first and last of several. Exactly one of ``at_least``, ``at_most``,
    ``above`` and ``below`` says what must hold: in every year, or in ``consecutive`` years in a
    row. Only publications of the day of the question or before count, and of ``known_by`` or
    before.

    A row decides if it could be traced to its publication and is no forecast. The claim holds
    or fails by such rows alone; where there are none, or they disagree about the rule, nothing
    is decided. It is a citation, not a measurement: power, placebos and forecasts do not apply.
    """

    null: ClassVar[str] = "the publications say otherwise"

    kind: Literal["published_figure"] = "published_figure"
    figure: Annotated[str, AfterValidator(_known)]
    year: int | None = None
    years: tuple[int, int] | None = None
    known_by: date | None = None
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    consecutive: PositiveInt | None = None

    @model_validator(mode="after")
    def _complete(self) -> "PublishedFigure":
        if (self.year is None) == (self.years is None):
            msg = "Give either 'year', such as 2024, or 'years', such as [2021, 2024]."
            raise ValueError(msg)
        if self.years is not None and self.years[0] > self.years[1]:
            msg = f"years: {self.years[0]} comes after {self.years[1]}. Write the first one first."
            raise ValueError(msg)
        bounds = (self.at_least, self.at_most, self.above, self.below)
        if sum(bound is not None for bound in bounds) != 1:
            msg = "Give exactly one of at_least, at_most, above and below."
            raise ValueError(msg)
        if self.consecutive is not None and self.consecutive > len(self._asked()):
            msg = (
                f"consecutive: {self.consecutive} years in a row do not fit into "
                f"{len(self._asked())}. Widen 'years'."
            )
            raise ValueError(msg)
        return self

    def series(self) -> tuple[str, ...]:
        """Name no series: the figures come with the package."""
        return ()

    def find(self, panel: Panel, rng: Generator) -> Evidence:  # noqa: ARG002 - nothing is drawn
        """Read the publications known on the day, and apply the rule."""
        day = min(panel.as_of, self.known_by or panel.as_of)
        figure = published.find(self.figure)
        rows = figure.known(day, self._asked())
        if not rows:
            return self.infeasible(
                f"No publication of {figure.title.lower()} in {self._span()} is known here "
                f"by {_day(day.isoformat())}."
            )
        answers = {year: self._answer(rows, year) for year in self._asked()}
        holds = self._joined([answers[year] for year in self._asked()])
        deciding = [row for row in rows if row.decides]
        newest = deciding[-1] if deciding else None
        told = _Told(
            figure, rows, answers, holds, self._span(), self._rule(figure.unit), self._keeps
        )
        return Evidence(
            kind=self.kind,
            revision=self.revision,
            settings=self.settings(),
            status="ok",
            summary=told.summary(),
            null=self.null,
            start=f"{self._asked()[0]:04d}-01-01",
            stop=f"{self._asked()[-1]:04d}-12-31",
            holds=holds,
            estimate=None
            if newest is None
            else Estimate(
                label=f"{figure.title}, {newest.year}",
                value=newest.value,
                low=None,
                high=None,
                unit=figure.unit,
            ),
            n_obs=len(rows),
            n_episodes=len(self._asked()),
            components={
                "rows": float(len(rows)),
                "rows_that_decide": float(len(deciding)),
                "years_that_hold": float(sum(answer is True for answer in answers.values())),
                "years_that_fail": float(sum(answer is False for answer in answers.values())),
            },
            numbers=told.numbers(day),
            would_change="A publication of another source on the same years, or a revision by this "
            "one, traced to its own words.",
            caveats=told.caveats(),
            exhibits=tuple(self._exhibits(told)),
        )

    def _asked(self) -> range:
        first, last = self.years or (self.year or 0, self.year or 0)
        return range(first, last + 1)

    def _span(self) -> str:
        asked = self._asked()
        return str(asked[0]) if len(asked) == 1 else f"{asked[0]} to {asked[-1]}"

    def _bound(self) -> float:
        bounds = (self.at_least, self.at_most, self.above, self.below)
        return next(bound for bound in bounds if bound is not None)

    def _rule(self, unit: str) -> str:
        names = ("at_least", "at_most", "above", "below")
        name = next(name for name in names if getattr(self, name) is not None)
        rule = f"{name.replace('_', ' ')} {_written(self._bound(), unit)}"
        if unit == YES_OR_NO:
            rule = _written(float(self._keeps(1.0)), unit)
        if self.consecutive is None:
            return rule
        run = "some year" if self.consecutive == 1 else f"{self.consecutive} years in a row"
        return f"{rule} in {run}"

    def _keeps(self, value: float) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def _answer(self, rows: Sequence[Row], year: int) -> bool | None:
        """Say whether the rule holds in a year; None where no row decides, or rows disagree."""
        said = {self._keeps(row.value) for row in rows if row.year == year and row.decides}
        return said.pop() if len(said) == 1 else None

    def _joined(self, answers: Sequence[bool | None]) -> bool | None:
        """Join the years' answers: an undecided year decides nothing that hangs on it."""
        length = self.consecutive or len(answers)
        runs = [answers[i : i + length] for i in range(len(answers) - length + 1)]
        if any(all(answer is True for answer in run) for run in runs):
            return True
        return False if all(False in run for run in runs) else None

    def _exhibits(self, told: "_Told") -> list[Exhibit]:
        rows, figure = told.rows, told.figure
        bound = self._bound()
        drawn: Exhibit
        if len(self._asked()) == 1:
            drawn = Forest(
                name="published",
                title=f"{figure.title}, {told.span}",
                finding=told.summary(),
                note="A filled mark decides; the others are forecasts, or could not be traced.",
                x_label=figure.unit,
                rows=tuple(
                    ForestRow(label=_source(row), value=row.value, highlight=row.decides)
                    for row in rows
                ),
                reference=bound,
            )
        else:
            drawn = Curve(
                name="published",
                title=f"{figure.title}, {told.span}",
                finding=told.summary(),
                note="One line a publication: each restates earlier years.",
                x_label="year",
                y_label=figure.unit,
                y_format=",.2f" if figure.unit == "share" else ",.0f",
                lines=_lines(rows),
                marks=(Mark(label="the claim's line", at=bound, axis="y"),),
            )
        return [drawn, _table(figure, rows)]


@dataclass(frozen=True, slots=True)
class _Told:
    """What was read, and how it is put into words."""

    figure: Figure
    rows: Sequence[Row]
    answers: dict[int, bool | None]
    holds: bool | None
    span: str
    rule: str
    keeps: Callable[[float], bool]

    def summary(self) -> str:
        """Give the finding in one or two sentences."""
        deciding = [row for row in self.rows if row.decides]
        said = "; ".join(
            ("" if len(self.answers) == 1 else f"{row.year} ")
            + f"{_written(row.value, self.figure.unit)} ({_source(row)})"
            for row in deciding
        )
        title, rule = self.figure.title, self.rule
        if self.holds is not None:
            end = f"as the claim says ({rule})" if self.holds else f"not {rule} as the claim says"
            return f"{title}, {self.span}: {said}, {end}."
        open_years = [year for year, answer in self.answers.items() if answer is None]
        split = [year for year in open_years if any(row.year == year for row in deciding)]
        bare = [year for year in open_years if year not in split]
        reasons = []
        if split:
            reasons.append(f"for {_years(split)} traced publications disagree ({said})")
        if bare:
            n_met = sum(row.year in bare for row in self.rows)
            reasons.append(
                f"for {_years(bare)} no row is both traced and final ({_count(n_met, 'row')} known)"
            )
        return f"{title}, {self.span}: whether it is {rule} stays open; {', and '.join(reasons)}."

    def numbers(self, day: date) -> tuple[NumberShown, ...]:
        """Give the four numbers of a citation."""
        deciding = [row for row in self.rows if row.decides]
        shown = deciding or list(self.rows)
        low, high = (pick(row.value for row in shown) for pick in (min, max))
        unit = self.figure.unit
        size = _written(low, unit)
        if high != low:
            size = f"{size} to {_written(high, unit)}"
        n_hold = sum(answer is True for answer in self.answers.values())
        sources = list(dict.fromkeys(row.publication.id for row in deciding))
        newest = max(row.publication.known_on for row in self.rows)
        return (
            NumberShown(
                name="size",
                label=f"{self.figure.title}, {self.span}",
                value=deciding[-1].value if deciding else None,
                text=size if deciding else f"{size}, untraced or forecast",
            ),
            NumberShown(
                name="odds",
                label="rows traced to their publication",
                value=float(len(deciding)),
                text=f"{len(deciding)} of {len(self.rows)}, from "
                f"{_count(len(sources), 'publication')}; a citation has no odds",
            ),
            NumberShown(
                name="power",
                label="years in which the rule holds",
                value=float(n_hold),
                text=f"{n_hold} of {len(self.answers)} by traced rows",
            ),
            NumberShown(
                name="episodes",
                label="known by then",
                value=float(len(self.rows)),
                text=f"{_count(len(self.rows), 'row')}, the newest of {_day(newest.isoformat())}; "
                f"asked as of {_day(day.isoformat())}",
            ),
        )

    def caveats(self) -> tuple[str, ...]:
        """Say what a reader must know about these publications."""
        said = [f"{self.figure.title}: {self.figure.definition}"]
        against = [
            row for row in self.rows if not row.decides and self.keeps(row.value) is not self.holds
        ]
        if self.holds is not None and against:
            said.append(
                f"{_count(len(against), 'row')} that cannot decide would say otherwise: "
                + "; ".join(f"{row.year}, {_source(row)}" for row in against)
                + "."
            )
        untraced = [row for row in self.rows if not row.traced]
        if untraced:
            said.append(
                f"{len(untraced)} of {len(self.rows)} rows could not be traced to their "
                "publication; they are shown and decide nothing."
            )
        second_hand = {
            row.publication.title
            for row in self.rows
            if row.decides and row.publication.read in ("copy", "newswire")
        }
        if second_hand:
            said.append(
                "The publisher's own words were read on a newswire or in a full copy, not on its "
                f"site: {'; '.join(sorted(second_hand))}."
            )
        said += [
            f"{row.year}: our arithmetic, {row.derived}."
            for row in self.rows
            if row.decides and row.derived
        ]
        publishers = {row.publication.publisher for row in self.rows if row.decides}
        if len(publishers) == 1:
            said.append(f"One publisher only: {publishers.pop()}.")
        return tuple(said)


def _lines(rows: Sequence[Row]) -> tuple[Line, ...]:
    """Give a line for each publication, the traced ones in front."""
    sources = list(dict.fromkeys(row.publication.id for row in rows))
    lines = []
    for source in sources:
        own = [row for row in rows if row.publication.id == source]
        decides = any(row.decides for row in own)
        lines.append(
            Line(
                label=_source(own[0]) + ("" if decides else ", untraced or forecast"),
                x=tuple(float(row.year) for row in own),
                y=tuple(row.value for row in own),
                role="main" if decides else "ghost",
                points=True,
            )
        )
    return tuple(lines)


def _table(figure: Figure, rows: Sequence[Row]) -> Table:
    n_traced = sum(row.traced for row in rows)
    return Table(
        name="sources",
        title=f"Every publication of {figure.title.lower()}",
        finding=f"{n_traced} of {len(rows)} rows were traced to their publication.",
        columns=("year", "value", "published", "publisher", "publication", "traced"),
        rows=tuple(
            (
                str(row.year),
                _written(row.value, figure.unit) + (" (forecast)" if row.forecast else ""),
                _day(row.publication.published),
                row.publication.publisher,
                row.publication.title + (f", {row.section}" if row.section else ""),
                f"yes ({row.publication.read})" if row.traced else f"no: {row.unverified}",
            )
            for row in rows
        ),
    )


def _source(row: Row) -> str:
    return f"{row.publication.publisher}, {_day(row.publication.published)}"


def _years(years: Sequence[int]) -> str:
    """Write years with runs drawn together, "2007, 2009 to 2012 and 2014"."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    joint = {1: "", 2: " and "}
    parts = [f"{run[0]}{joint.get(len(run), ' to ')}{run[-1] if run[1:] else ''}" for run in runs]
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _written(value: float, unit: str) -> str:
    if unit == "share":
        return f"{value:.1%}"
    if unit == YES_OR_NO:
        return "yes" if value else "no"
    number = f"{value:,.1f}".removesuffix(".0")
    return f"{number} {unit}"


def _day(text: str) -> str:
    year, month, *day = text.split("-")
    return " ".join([*(str(int(d)) for d in day), MONTHS[int(month) - 1], year])
