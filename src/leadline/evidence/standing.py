"""Where did a series stand on the day: above or below a level, high or low in its own past?"""

from datetime import date
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from leadline.data.panel import Panel
from leadline.evidence.base import Estimate, Evidence, HypothesisTest
from leadline.evidence.exhibits import Curve, Line, Mark, Table
from leadline.evidence.readings import numbers, wording
from leadline.kernels.events import expanding_rank

Floats = NDArray[np.float64]
MIN_PAST = 250


class Standing(HypothesisTest):
    """The value of a series on one day against a level, or against its own past.

    ``above`` and ``below`` are levels in the series' unit; ``rank_above`` and ``rank_below`` are
    shares of its own earlier values (mid-ranks, so that ties count half). Everything that is
    stated must be true; a value within ``margin`` of a level decides nothing. The same words are
    asked of every earlier day: that is the base rate. ``also`` names other series that could have
    been meant; each is one more reading.
    """

    null: ClassVar[str] = "the series stood there as often on an ordinary earlier day"

    kind: Literal["standing"] = "standing"
    of: str
    day: date
    above: float | None = None
    below: float | None = None
    rank_above: Annotated[float, Field(gt=0, lt=1)] | None = None
    rank_below: Annotated[float, Field(gt=0, lt=1)] | None = None
    margin: Annotated[float, Field(ge=0)] = 0.0
    also: tuple[str, ...] = ()
    max_age: PositiveInt = Field(default=14, description="days the last value may be old")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(bar is None for bar in (self.above, self.below, self.rank_above, self.rank_below)):
            msg = "standing needs at least one of 'above', 'below', 'rank_above', 'rank_below'."
            raise ValueError(msg)
        return self

    def series(self) -> tuple[str, ...]:
        """Name every series read."""
        return tuple(dict.fromkeys((self.of, *self.also)))

    def find(self, panel: Panel, rng: Generator) -> Evidence:
        """Read the series on the day and on every day before."""
        del rng
        if np.datetime64(self.day, "D") > panel.days[-1]:
            return self.infeasible(f"{self.day} was not over as of {panel.as_of}.")
        rows: list[tuple[str, ...]] = []
        readings = []
        found = None
        for name in self.series():
            days, values = self._history(panel, name)
            if days.size <= MIN_PAST:
                return self.infeasible(
                    f"{name} has {days.size} values up to {self.day}; needs {MIN_PAST + 1}.",
                    n_obs=int(days.size),
                )
            age = int((np.datetime64(self.day, "D") - days[-1]).astype(int))
            if age > self.max_age:
                return self.infeasible(
                    f"The last value of {name} by {self.day} is {age} days old; at most "
                    f"{self.max_age} allowed."
                )
            rank = expanding_rank(values, at_least=MIN_PAST)
            true = self._true(values, rank)
            readings.append(bool(true[-1]))
            rows.append(
                (
                    name,
                    str(days[-1]),
                    f"{values[-1]:,.2f}",
                    f"{rank[-1]:.0%}",
                    "yes" if true[-1] else "no",
                )
            )
            if found is None:
                found = (days, values, rank, true)
        if found is None:
            msg = "no series"
            raise AssertionError(msg)
        return self._evidence(panel, found, readings, rows)

    def _history(
        self, panel: Panel, name: str
    ) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
        column = panel[name]
        keep = column.fresh & np.isfinite(column.value)
        keep &= panel.days <= np.datetime64(self.day, "D")
        return panel.days[keep], column.value[keep]

    def _true(self, values: Floats, rank: Floats) -> NDArray[np.bool_]:
        """Say on which days everything stated was true, shape (n_obs,)."""
        true = np.ones(values.size, dtype=bool)
        if self.above is not None:
            true &= values > self.above
        if self.below is not None:
            true &= values < self.below
        # A rank that is not known yet compares as false.
        if self.rank_above is not None:
            true &= rank > self.rank_above
        if self.rank_below is not None:
            true &= rank < self.rank_below
        return true

    def _is_close(self, value: float) -> bool:
        """Whether a value lies too near a level to say on which side it stands."""
        levels = [level for level in (self.above, self.below) if level is not None]
        return any(abs(value - level) < self.margin for level in levels)

    def _words(self) -> str:
        said = []
        if self.above is not None:
            said.append(f"above {self.above:g}")
        if self.below is not None:
            said.append(f"below {self.below:g}")
        if self.rank_above is not None:
            said.append(f"in the top {1 - self.rank_above:.0%} of its own past")
        if self.rank_below is not None:
            said.append(f"below the top {1 - self.rank_below:.0%} of its own past")
        return " and ".join(said)

    def _evidence(
        self,
        panel: Panel,
        found: tuple[NDArray[np.datetime64], Floats, Floats, NDArray[np.bool_]],
        readings: list[bool],
        rows: list[tuple[str, ...]],
    ) -> Evidence:
        days, values, rank, true = found
        info = panel[self.of].info
        base = float(true[MIN_PAST:-1].mean()) if true.size > MIN_PAST + 1 else 0.0
        agree = sum(reading == readings[0] for reading in readings)
        unit = f" ({info.unit})"
        summary = (
            f"{info.title}: on {base:.0%} of earlier days it stood {self._words()}, as the claim "
            f"has it. On {days[-1]} it stood at {values[-1]:,.2f}{unit}, above {rank[-1]:.0%} of "
            "its own past."
        )
        close = self._is_close(float(values[-1]))
        if close:
            summary += f" Within {self.margin:g} of the level nothing is decided."
        step = max(1, values.size // 400)
        shown = slice((values.size - 1) % step, None, step)
        levels = (("claimed: above", self.above), ("claimed: below", self.below))
        picture = Curve(
            name="level",
            title=info.title,
            finding=summary,
            x_label="day",
            y_label=info.unit,
            lines=(
                Line(
                    label=self.of,
                    x=tuple(str(day) for day in days[shown]),
                    y=tuple(map(float, values[shown])),
                ),
            ),
            marks=tuple(Mark(label=word, at=at, axis="y") for word, at in levels if at is not None),
        )
        table = Table(
            name="readings",
            title="Every reading of the words",
            finding=f"{len(rows)} readings, all of them listed.",
            columns=("series", "day", "value", "above this share of its past", "as claimed"),
            rows=tuple(rows),
        )
        return Evidence(
            kind=self.kind,
            revision=self.revision,
            settings=self.settings(),
            status="ok",
            summary=summary,
            null=self.null,
            start=str(days[0]),
            stop=str(days[-1]),
            at=str(days[-1]),
            holds=None if close else readings[0],
            estimate=Estimate(
                label="value on the day", value=values[-1], low=None, high=None, unit=info.unit
            ),
            n_obs=int(values.size),
            components={
                "rank": float(rank[-1]),
                "base_rate": base,
                "readings": float(len(readings)),
                "readings_agree": float(agree),
            },
            wording=wording(base, satisfied=readings[0]),
            numbers=numbers(
                (
                    "value on the day",
                    values[-1],
                    f"{values[-1]:,.2f}{unit}, above {rank[-1]:.0%} of its past",
                ),
                base,
                f"the same words were true on {base:.1%} of earlier days",
                (agree, len(readings)),
                (
                    "earlier values compared",
                    values.size,
                    f"{values.size:,} observations since {days[0]}",
                ),
            ),
            would_change=f"Another value of {info.title.lower()} for that day, from its source.",
            exhibits=(picture, table),
        )
