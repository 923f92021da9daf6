"""Had a rally built for months, and has it gained pace since?"""

from datetime import date
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Panel
from leadline.evidence.base import Estimate, Evidence, HypothesisTest
from leadline.evidence.exhibits import Curve, Line, Mark, Table
from leadline.evidence.readings import numbers, wording
from leadline.kernels.events import expanding_rank

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
MIN_PAST = 250


class Pace(HypothesisTest):
    """A rise that had built before ``since`` and bent upwards by ``day``.

    *Built*: on the last day before ``since`` the growth over ``over`` was above zero and ranked
    above ``quantile`` of all such growths before it. *Gained pace*: on ``day`` the growth a day
    over ``recent`` was above that over ``over``, and the quadratic term of the log price on time
    over ``over`` had a t above ``bend`` (least squares; Newey and West 1987, as many lags as
    ``recent`` has observations). All of it must be true. The base rate asks the same of every
    earlier month, as many days into it. ``against`` asks it of the ratio to another price, a
    reading beside.
    """

    null: ClassVar[str] = "the same words were as true in an ordinary earlier month"

    kind: Literal["pace"] = "pace"
    of: str
    day: date
    since: date
    over: Duration = DurationText("6m")
    recent: Duration = DurationText("1m")
    quantile: Annotated[float, Field(gt=0, lt=1)] = 0.80
    bend: float = 2.0
    against: tuple[str, ...] = ()
    max_age: PositiveInt = Field(default=5, description="days the last value may be old")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since > self.day:
            msg = f"since {self.since} comes after day {self.day}."
            raise ValueError(msg)
        if self.recent.days >= self.over.days:
            msg = f"recent ({self.recent}) must be shorter than over ({self.over})."
            raise ValueError(msg)
        return self

    def series(self) -> tuple[str, ...]:
        """Name every series read."""
        return tuple(dict.fromkeys((self.of, *self.against)))

    def find(self, panel: Panel, rng: Generator) -> Evidence:
        """Ask whether the words are true on the day, and in how many earlier months they were."""
        del rng
        if np.datetime64(self.day, "D") > panel.days[-1]:
            return self.infeasible(f"{self.day} was not over as of {panel.as_of}.")
        readings: list[tuple[str, _Reading]] = []
        for other in (None, *self.against):
            names = (self.of,) if other is None else (self.of, other)
            aligned = panel.align(names, stop=self.day)
            if len(aligned) < 2 or self._age(aligned.days) > self.max_age:
                last = str(aligned.days[-1]) if len(aligned) else "none"
                return self.infeasible(
                    f"{' and '.join(names)} had no value within {self.max_age} days of {self.day} "
                    f"(last: {last})."
                )
            values = aligned.values[self.of]
            if other is not None:
                values = values / aligned.values[other]
            if np.any(values <= 0):
                return self.infeasible(f"{self.of} has values of zero or less: no growth.")
            n_long = max(self.over.observations(aligned.per_year), 3)
            n_short = max(self.recent.observations(aligned.per_year), 1)
            if len(aligned) < n_long + MIN_PAST:
                return self.infeasible(
                    f"{len(aligned)} values of {' and '.join(names)}; growth over "
                    f"{self.over.words} and its past need {n_long + MIN_PAST}."
                )
            label = self.of if other is None else f"{self.of} in {other}"
            path = _Path(aligned.days, np.log(values), n_long, n_short)
            found = self._read(path, np.datetime64(self.since, "D"), np.datetime64(self.day, "D"))
            if found is None:
                return self.infeasible(f"{label} has too short a past before {self.since}.")
            readings.append((label, found))
            if other is None:
                own = path
        return self._evidence(own, readings)

    def _age(self, days: Days) -> int:
        return int((np.datetime64(self.day, "D") - days[-1]).astype(int))

    def _read(self, path: "_Path", since: np.datetime64, day: np.datetime64) -> "_Reading | None":
        """Read the words as of ``day``; None where there is too little past before ``since``."""
        before = int(np.searchsorted(path.days, since)) - 1
        now = int(np.searchsorted(path.days, day, "right")) - 1
        if before < path.n_long + 1 or now < before or np.isnan(path.rank[before]):
            return None
        built = float(path.long[before])
        ahead = float(path.short[now] - path.long[now])
        # The costly part is asked only where the rest is true already.
        holds = built > 0 and path.rank[before] > self.quantile and ahead > 0
        t = path.bend(now) if holds else float("nan")
        return _Reading(built, float(path.rank[before]), ahead, t, bool(holds and t > self.bend))

    def _base(self, path: "_Path") -> list[bool]:
        """Ask the same of every earlier month."""
        lag = np.datetime64(self.day, "D") - np.datetime64(self.since, "D")
        offset = np.datetime64(self.since, "D") - np.datetime64(self.since, "M").astype(
            "datetime64[D]"
        )
        months = np.arange(path.days[0].astype("datetime64[M]"), np.datetime64(self.since, "M"))
        found = (
            self._read(path, start + offset, start + offset + lag)
            for start in months.astype("datetime64[D]")
        )
        return [each.holds for each in found if each is not None]

    def _evidence(self, path: "_Path", readings: list[tuple[str, "_Reading"]]) -> Evidence:
        own = readings[0][1]
        months = self._base(path)
        base = float(np.mean(months)) if months else 0.0
        agree = sum(each.holds == own.holds for _, each in readings)
        # A reading that fails earlier has no bend yet; the table shows it all the same.
        now = path.days.size - 1
        bend = path.bend(now)
        summary = (
            f"The same words were true in {base:.0%} of earlier months. Before {self.since} "
            f"{self.of} had grown over {self.over.words} faster than in {own.rank:.1%} of its "
            f"past. By {path.days[-1]} its growth over {self.recent.words} was "
            f"{'above' if own.ahead > 0 else 'below'} that, and the price "
            f"curve {'bent' if abs(bend) > self.bend else 'hardly bent'} "
            f"{'upwards' if bend > 0 else 'downwards'} (t = {bend:.1f})."
        )
        rows = tuple(
            (
                label,
                f"{np.expm1(each.built * path.n_long):+.0%}",
                f"{each.rank:.1%}",
                "yes" if each.ahead > 0 else "no",
                "—" if np.isnan(each.t) else f"{each.t:.1f}",
                "yes" if each.holds else "no",
            )
            for label, each in readings
        )
        table = Table(
            name="readings",
            title="Every reading of the words",
            finding=f"{len(rows)} readings, all of them listed.",
            columns=(
                "series",
                f"growth over {self.over.words} before",
                "above this share of its past",
                "faster of late",
                "t of the bend",
                "as claimed",
            ),
            rows=rows,
        )
        step = max(1, path.days.size // 400)
        shown = slice((path.days.size - 1) % step, None, step)
        x = tuple(str(day) for day in path.days[shown])
        picture = Curve(
            name="pace",
            title=f"Growth of {self.of} over {self.over.words} and over {self.recent.words}",
            finding=summary,
            note="Both as growth a month, so that they can be compared.",
            x_label="day",
            y_label="growth a month",
            y_format="+.0%",
            lines=(
                Line(label=self.recent.words, x=x, y=_monthly(path.short[shown]), role="ghost"),
                Line(label=self.over.words, x=x, y=_monthly(path.long[shown])),
            ),
            marks=(Mark(label=f"since {self.since}", at=str(self.since)),),
        )
        return Evidence(
            kind=self.kind,
            revision=self.revision,
            settings=self.settings(),
            status="ok",
            summary=summary,
            null=self.null,
            start=str(path.days[0]),
            stop=str(path.days[-1]),
            at=str(path.days[-1]),
            holds=own.holds,
            estimate=Estimate(
                label=f"growth over {self.over.words} before {self.since}",
                value=float(np.expm1(own.built * path.n_long)),
                low=None,
                high=None,
                unit="return",
            ),
            n_obs=int(path.days.size),
            n_episodes=len(months),
            components={
                "rank_before": own.rank,
                "faster_by": own.ahead,
                "bend_t": bend,
                "base_rate": base,
                "readings": float(len(readings)),
                "readings_agree": float(agree),
            },
            wording=wording(base, satisfied=own.holds, when="in an ordinary earlier month"),
            numbers=numbers(
                (
                    f"growth over {self.over.words} before {self.since}",
                    float(np.expm1(own.built * path.n_long)),
                    f"{np.expm1(own.built * path.n_long):+.0%}, more than in {own.rank:.1%} "
                    f"of its past; t of the bend since {bend:.1f}",
                ),
                base,
                f"the same words were true in {base:.1%} of earlier months",
                (agree, len(readings)),
                (
                    "earlier months compared",
                    len(months),
                    f"{len(months):,} months since {path.days[0]}",
                ),
            ),
            would_change="Other prices of those months from the exchange itself.",
            exhibits=(picture, table),
        )


class _Path:
    """A log price with its growths a day over a long and a short span, and the rank of the long."""

    def __init__(self, days: Days, log: Floats, n_long: int, n_short: int) -> None:
        self.days, self.log, self.n_long, self.n_short = days, log, n_long, n_short
        self.long, self.short = _growth(log, n_long), _growth(log, n_short)
        # Rounded, so that equal growths are ties whatever the unit of the price.
        self.rank = expanding_rank(np.round(self.long, 12), at_least=MIN_PAST - n_long)

    def bend(self, at: int) -> float:
        """Give the t of the quadratic term of the log price over the long span up to ``at``."""
        import statsmodels.api as sm

        y = self.log[at - self.n_long : at + 1]
        time = np.linspace(-1.0, 1.0, y.size)
        fitted = sm.OLS(y, np.column_stack((np.ones(y.size), time, time**2))).fit(
            cov_type="HAC", cov_kwds={"maxlags": self.n_short}
        )
        return float(fitted.tvalues[2])


class _Reading(NamedTuple):
    """What the words come to for one series: each part, and whether all of it holds."""

    built: float
    rank: float
    ahead: float
    t: float
    holds: bool


def _growth(log: Floats, n: int) -> Floats:
    out = np.full(log.size, np.nan)
    out[n:] = (log[n:] - log[:-n]) / n
    return out


def _monthly(growth: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(each) else float(np.expm1(21 * each)) for each in growth)
