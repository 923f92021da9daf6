"""Which phase was it on the day, by what was known then?"""

from datetime import date
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from leadline.data.conditions.regime_model import path_of
from leadline.data.conditions.rules import fridays
from leadline.data.panel import Panel
from leadline.evidence.base import Estimate, Evidence, HypothesisTest
from leadline.evidence.exhibits import Mark, Ribbon, Table
from leadline.evidence.readings import numbers, wording
from leadline.kernels.cross_correlation import p_value

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

MIN_PAST = 250
YEARS_SHOWN = 15


class RegimeNow(HypothesisTest):
    """Whether a state held on a day: a condition or a filtered probability, as written then.

    It held when the probability of ``state`` was ``at_least`` that much, it did not when it was
    at most one less that, and between the two nobody can say. ``also`` are other readings of the
    same words, and ``alternatives`` the states it could have been instead. A fact comes with its
    base rate, the share of earlier days in the state; power, placebos and forecasts do not apply.
    Nothing is smoothed: a probability of a day rests on that day and those before it.

    Source: filtered probabilities, Hamilton (1989), Econometrica 57, 357-384.
    """

    null: ClassVar[str] = "the state held as often on earlier days"

    kind: Literal["regime_now"] = "regime_now"
    day: date
    state: str
    also: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    at_least: Annotated[float, Field(gt=0.5, le=1)] = 0.8

    def series(self) -> tuple[str, ...]:
        """Name every series read."""
        return tuple(dict.fromkeys((self.state, *self.also, *self.alternatives)))

    def find(self, panel: Panel, rng: Generator) -> Evidence:
        """Read the state on the day, and on every day before."""
        del rng
        day = np.datetime64(self.day, "D")
        if day > panel.days[-1]:
            return self.infeasible(f"{self.day} was not over as of {panel.as_of}.")
        row = int(np.searchsorted(panel.days, day))
        if panel.days[row] != day:
            return self.infeasible(f"{self.day} is before {panel.days[0]}, where the data begin.")
        value = panel[self.state].value
        known = np.isfinite(value[:row])
        n_past = int(known.sum())
        if not np.isfinite(value[row]) or n_past < MIN_PAST:
            what = "is not known" if not np.isfinite(value[row]) else "is known"
            return self.infeasible(
                f"{self.state} {what} on {self.day}, and on {n_past} days before; needs "
                f"{MIN_PAST}.",
                n_obs=n_past,
            )
        past = value[:row][known] >= self.at_least
        base, spells = float(past.mean()), _spells(past)
        now = float(value[row])
        holds = self._reading(now)
        named = dict.fromkeys((self.state, *self.also))
        readings = {name: self._reading(float(panel[name].value[row])) for name in named}
        agree = sum(reading is holds for reading in readings.values())
        is_flag = panel[self.state].info.kind == "flag"
        usual = "held" if is_flag else f"was at least {self.at_least:.0%}"
        said = {True: "held", False: "did not", None: "could not be told"}[holds]
        summary = (
            f"{self.state} {usual} on {base:.0%} of the days before {self.day}, in {spells} "
            f"spells. On that day it {said if is_flag else f'was {now:.0%}'}; {agree} of "
            f"{len(readings)} readings agree."
        )
        ribbon = self._ribbon(panel, row)
        revised = len(ribbon.revised) / max(len(ribbon.days), 1)
        kept = panel.days[:row][known]
        return Evidence(
            kind=self.kind,
            revision=self.revision,
            settings=self.settings(),
            status="ok",
            summary=summary,
            null=self.null,
            start=str(kept[0]),
            stop=str(day),
            p_value=p_value(1.0, past.astype(float)) if holds else 1.0,
            at=str(day),
            holds=holds,
            estimate=Estimate(
                label=f"{self.state} on the day",
                value=now,
                low=None,
                high=None,
                unit=panel[self.state].info.unit,
            ),
            n_obs=n_past,
            n_episodes=spells,
            components={
                "probability": now,
                "base_rate": base,
                "readings": float(len(readings)),
                "readings_agree": float(agree),
                "revised_share": revised,
            },
            wording=wording(base, satisfied=bool(holds)),
            numbers=numbers(
                (
                    f"{self.state} on the day",
                    now,
                    f"{now:.0%} on {self.day}; at least {self.at_least:.0%} is asked",
                ),
                base,
                f"it held on {base:.0%} of earlier days",
                (agree, len(readings)),
                ("earlier spells", spells, f"{spells} spells in {n_past:,} days since {kept[0]}"),
            ),
            would_change="Revised data, or a model of the phases that forecasts better, by which "
            f"{self.day} is called otherwise.",
            caveats=_caveats(len(readings), agree, revised),
            exhibits=(ribbon, self._table(panel, row, readings)),
        )

    def _reading(self, value: float) -> bool | None:
        if value >= self.at_least:
            return True
        return False if 1 - value >= self.at_least else None

    def _ribbon(self, panel: Panel, row: int) -> Ribbon:
        states = (self.state, *self.alternatives)
        first = panel.days[row] - np.timedelta64(round(YEARS_SHOWN * 365.25), "D")
        rows = fridays(panel.days[: row + 1])
        rows = rows[panel.days[rows] >= first]
        values = np.stack([panel[name].value[rows] for name in states])
        days = panel.days[rows]
        known = np.isfinite(values).all(axis=0)
        likeliest = np.argmax(np.nan_to_num(values), axis=0)
        called = known & (values.max(axis=0, initial=0.0, where=known) >= 0.5)
        labels = tuple(
            states[which] if yes else "" for which, yes in zip(likeliest, called, strict=True)
        )
        path = path_of(panel, self.state)
        revised: tuple[str, ...] = ()
        if path is not None:
            changed = np.isin(days, path.weeks[path.revised])
            revised = tuple(str(day) for day in days[changed])
        last = labels[-1].removeprefix("p_") if labels else ""
        told = f"the last of {last or 'none'}"
        return Ribbon(
            name="phases",
            title="The phase as it was written down each week",
            finding=(
                f"{len(days)} Fridays to {panel.days[row]}, {told}. Of them {len(revised)} would "
                "be called otherwise today."
            ),
            note="Filtered with the parameters of the last fit before each week; never smoothed.",
            days=tuple(str(day) for day in days),
            states=states,
            probabilities=tuple(
                tuple(float(v) if np.isfinite(v) else None for v in one) for one in values
            ),
            labels=labels,
            revised=revised,
            marks=(Mark(label="the day of the claim", at=str(panel.days[row])),),
        )

    def _table(self, panel: Panel, row: int, readings: dict[str, bool | None]) -> Table:
        words = {True: "yes", False: "no", None: "cannot be told"}
        rows = []
        for name, reading in readings.items():
            column = panel[name]
            past = column.value[:row][np.isfinite(column.value[:row])]
            value = column.value[row]
            rows.append(
                (
                    name,
                    column.info.title,
                    f"{value:.2f}" if np.isfinite(value) else "unknown",
                    words[reading],
                    f"{np.mean(past >= self.at_least):.0%}" if past.size else "none",
                )
            )
        return Table(
            name="readings",
            title="Every reading of the words",
            finding=f"{len(rows)} readings, all of them listed.",
            columns=("reading", "what it is", "on the day", "holds", "earlier days"),
            rows=tuple(rows),
        )


def _caveats(n_readings: int, agree: int, revised: float) -> tuple[str, ...]:
    said = []
    if agree < n_readings:
        said.append(f"{agree} of {n_readings} readings of the words agree; see the table.")
    if revised > 0.1:
        said.append(
            f"{revised:.0%} of the weeks shown would be called otherwise with what is known today: "
            "the phases are told apart less surely than a probability sounds."
        )
    return tuple(said)


def _spells(flags: NDArray[np.bool_]) -> int:
    return int(np.sum(flags & ~np.concatenate(([False], flags[:-1]))))
