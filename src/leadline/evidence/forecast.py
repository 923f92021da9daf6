"""What such a forecast was worth before it was made; whether it comes true, only time tells."""

from datetime import date
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Panel
from leadline.errors import DataError
from leadline.evidence import forecast_pictures
from leadline.evidence.base import (
    Estimate,
    Evidence,
    HypothesisTest,
    NumberShown,
    Skill,
    Wording,
)
from leadline.evidence.cautions import cautions
from leadline.evidence.forecast_pictures import QUANTILES
from leadline.evidence.starts import Antecedent, Past, Rates
from leadline.kernels import forecast, hazard
from leadline.kernels.events import rotation_p
from leadline.kernels.resample import past_scale, stationary_indices
from leadline.kernels.superior import stationary_counts

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]
Days = NDArray[np.datetime64]
Odds = Annotated[float, Field(gt=0, lt=1)]

HORIZONS_AT_LEAST = 6
STALE = 7
"""Days that the last price may be older than the forecast."""
STEP = 7
"""Observations between the starts that the model is fitted to and tried on."""
PERIODS = 6
"""Periods into which a wait for the mark is cut."""
RIDGE = 1.0
BLOCK = 20.0
DECIDES = 20.0
"""Evidence at which a live record decides: false alarms at most one in twenty (Ville 1939)."""


class Made(NamedTuple):
    """Forecasts of the model and of the average, made in time, and what the model says today.

    ``weight`` is the share of the model's departure from the average that its past earned;
    ``odds`` are what is left of ``model`` with it.
    """

    past: forecast.Forecasts
    model: float
    weight: float
    odds: float

    @property
    def named(self) -> tuple[tuple[str, float], ...]:
        """Name its odds."""
        return (
            ("model today, as it is", self.model),
            (f"model today, weight {self.weight:.0%}", self.odds),
        )

    @property
    def components(self) -> dict[str, float]:
        """Give its odds, and Brier and log skill against the average; below zero it was worse."""
        brier, log = _skills(self.past)
        return {
            "model": self.model,
            "weight": self.weight,
            "model_shrunk": self.odds,
            "brier_skill": brier,
            "log_skill": log,
        }


class Forecast(HypothesisTest):
    """How often such a forecast came true before it was made, and with what it can be told apart.

    The forecast is that ``follower`` reaches ``rise`` above its price on ``from_day`` within
    ``horizon`` (falls to it where negative), or stands above that price at the end where ``rise``
    is not given. Every earlier day is a start: the base rate is the share from which it came
    true, beside the share from days on which the ``antecedent`` held, and the odds of a model of
    the follower's momentum, volatility and the antecedent, a discrete-time hazard fitted to what
    was known (Prentice and Gloeckler 1978), shrunk towards the average by the weight that its
    own past forecasts earned. Intervals resample the calendar in blocks of two horizons.

    History cannot decide a forecast. What decides is fixed here for the live record: the odds
    of the claim (``odds``, or else the share when the antecedent held, at least the base rate
    and ``matters``) against the base rate, and how long outcomes that do not overlap would take
    to tell the two apart.
    """

    null: ClassVar[str] = "the odds where the antecedent holds are those of any day"
    unit: ClassVar[str] = "share"

    kind: Literal["forecast"] = "forecast"
    follower: str
    from_day: date
    horizon: Duration = DurationText("180d")
    rise: Annotated[float, Field(gt=-1)] | None = None
    antecedent: Antecedent | None = None
    start: date | None = None
    matters: Odds | None = 0.15
    odds: Odds | None = None
    n_resamples: PositiveInt = 999
    n_simulations: PositiveInt = 999

    @model_validator(mode="after")
    def _a_mark_is_no_nought(self) -> "Forecast":
        if self.rise == 0:
            msg = "rise: 0 is reached at once. Leave 'rise' out to ask whether the price is higher."
            raise ValueError(msg)
        if self.horizon.days < STEP:
            msg = f"horizon: {self.horizon} is shorter than {STEP} days."
            raise ValueError(msg)
        return self

    @property
    def words(self) -> str:
        """The forecast in English."""
        if self.rise is None:
            return f"{self.follower} stands higher after {self.horizon.words}"
        verb = "rises" if self.rise > 0 else "falls"
        return f"{self.follower} {verb} {abs(self.rise):.0%} within {self.horizon.words}"

    @property
    def did(self) -> str:
        """The forecast as something that happened."""
        if self.rise is None:
            return f"{self.follower} stood higher after {self.horizon.words}"
        verb = "rose" if self.rise > 0 else "fell"
        return f"{self.follower} {verb} {abs(self.rise):.0%} within {self.horizon.words}"

    @property
    def condition(self) -> str:
        """The antecedent in English; nothing where there is none."""
        return "" if self.antecedent is None else self.antecedent.words

    def series(self) -> tuple[str, ...]:
        """Name every series read."""
        if self.antecedent is None:
            return (self.follower,)
        return tuple(dict.fromkeys((self.follower, self.antecedent.series)))

    def find(self, panel: Panel, rng: Generator) -> Evidence:
        """Count how often the forecast came true from earlier days."""
        aligned = panel.align((self.follower,), start=self.start, stop=self.from_day)
        days, price = aligned.days, aligned.values[self.follower]
        today = np.datetime64(self.from_day, "D")
        if days.size == 0 or (today - days[-1]).astype(int) > STALE:
            last = "none" if days.size == 0 else str(days[-1])
            return self.infeasible(
                f"{self.follower} has no price within {STALE} days of {self.from_day} "
                f"(last: {last})."
            )
        if np.any(price <= 0):
            row = int(np.argmax(price <= 0))
            msg = (
                f"{self.follower}: value {price[row]:g} on {days[row]} has no logarithm; "
                "exclude that day."
            )
            raise DataError(msg)
        horizon = 0 if days.size < 2 else self.horizon.observations(aligned.per_year)
        if horizon < 2 or days.size <= HORIZONS_AT_LEAST * horizon:
            needed = max(HORIZONS_AT_LEAST * horizon + 1, HORIZONS_AT_LEAST)
            return self.infeasible(
                f"{days.size} observations before {self.from_day}; odds over "
                f"{self.horizon.words} need {needed}.",
                n_obs=days.size,
            )
        past = self._past(panel, days, np.log(price), horizon)
        if not past.starts_held.any():
            return self.infeasible(
                f"On none of {past.wait.size} days {self.condition}; needs one.",
                n_obs=days.size,
            )
        return self._evidence(past, price[-1], rng)

    def _past(self, panel: Panel, days: Days, level: Floats, horizon: int) -> Past:
        starts = np.arange(days.size - horizon)
        if self.rise is None:
            wait = np.where(level[horizon:] > level[:-horizon], horizon, 0)
        else:
            wait = hazard.first_passage(
                level, starts, by=float(np.log1p(self.rise)), horizon=horizon
            )
        held = None if self.antecedent is None else self.antecedent.held(panel, days)
        return Past(days, level, horizon, wait, held)

    def _evidence(self, past: Past, price: float, rng: Generator) -> Evidence:
        streams = dict(zip(("interval", "skill", "wording"), rng.spawn(3), strict=True))
        rates = self._rates(past, streams["interval"])
        made = self._made(past)
        p = self._p_value(past)
        odds = self._frozen(rates)
        known = past.held is not None
        path = forecast_pictures.checkpoints(past)
        models = () if made is None else made.named
        return Evidence(
            kind=self.kind,
            revision=self.revision,
            settings=self.settings(),
            status="ok",
            summary=self._summary(rates, past, p),
            null=self.null,
            start=str(past.days[0]),
            stop=str(past.days[-1]),
            p_value=p,
            at=f"within {self.horizon.words}",
            holds=None,
            estimate=Estimate(
                label=f"share of days from which {self.words}"
                + (f", where {self.condition}" if known else ""),
                value=rates.held,
                low=rates.held_interval[0],
                high=rates.held_interval[1],
                unit=self.unit,
            ),
            n_obs=past.days.size,
            n_episodes=past.spells(),
            n_resamples=self.n_resamples,
            components={
                **self._components(past, rates, odds, price),
                **({} if made is None else made.components),
                **{
                    f"q{100 * q:.0f}_{point.day}d": value
                    for point in path
                    for q, value in zip(QUANTILES, point.usual, strict=True)
                },
            },
            numbers=self._numbers(past, rates, odds),
            skill=None if made is None else self._skill(past, made, streams["skill"]),
            wording=self._wording(past, streams["wording"]),
            would_change="A record of such forecasts made beforehand, long enough to tell their "
            "odds from the base rate.",
            caveats=self._caveats(past, made),
            exhibits=(
                forecast_pictures.fan(past, self.follower, self.horizon.words, self.rise),
                forecast_pictures.odds(
                    rates,
                    (*models, ("the claim, for the live record", odds[0])),
                    self.words,
                    known=known,
                ),
                forecast_pictures.table(path, price),
            ),
        )

    def _p_value(self, past: Past) -> float | None:
        """Compare with every rotation of the days on which the antecedent held."""
        if past.held is None:
            return None
        on, hits = past.starts_held.astype(float), past.hits.astype(float)
        return float(rotation_p(on, hits, keep_off=past.horizon, sign=1))

    def _rates(self, past: Past, rng: Generator) -> Rates:
        """Count, and resample the calendar in blocks of two horizons."""
        block = min(2.0 * past.horizon, past.wait.size / 3)
        counts = stationary_counts(self.n_resamples, past.wait.size, block, rng)
        hits, on = past.hits.astype(float), past.starts_held.astype(float)
        base = counts @ hits / hits.size
        times = counts @ on
        # A resample in which the antecedent never held says nothing of it.
        held = (counts @ (hits * on))[times > 0] / times[times > 0]
        (low, high), (low_held, high_held) = (
            map(float, np.quantile(drawn, [0.05, 0.95])) for drawn in (base, held)
        )
        return Rates(
            float(hits.mean()), float(hits @ on / on.sum()), (low, high), (low_held, high_held)
        )

    def _predictors(self, past: Past) -> Floats:
        """Momentum, volatility and antecedent as known on each day, shape (n_obs, 2 or 3)."""
        level, horizon = past.level, past.horizon
        moves = np.concatenate(([0.0], np.diff(level)))
        # What precedes a day, and the move of the day itself, which is known at its close.
        volatility = past_scale(np.append(moves, 0.0))[1:]
        momentum = np.zeros(level.size)
        momentum[horizon:] = (level[horizon:] - level[:-horizon]) / (
            volatility[horizon:] * np.sqrt(horizon)
        )
        columns = [np.clip(momentum, -4.0, 4.0), np.log(np.maximum(volatility, 1e-12))]
        if past.held is not None:
            columns.append(past.held.astype(float))
        return np.column_stack(columns)

    def _fitted(self, past: Past, predictors: Floats, until: int, asked: Index) -> Floats | None:
        """Odds on the days ``asked``, from starts whose outcome was known at ``until``.

        None where so far it always or never came true.
        """
        starts = np.arange(past.horizon, until - past.horizon + 1, STEP)
        starts = starts[starts < past.wait.size]
        n_periods = 1 if self.rise is None else PERIODS
        length = -(-past.horizon // n_periods)
        wait = np.where(past.hits[starts], (past.wait[starts] - 1) // length, -1)
        rows = hazard.periods(wait, np.full(starts.size, n_periods))
        if starts.size < 20 or not 0 < rows.happened.sum() < rows.happened.size:
            return None
        time = np.eye(n_periods)[:, 1:]
        design = np.hstack((predictors[starts][rows.start], time[rows.period]))
        fitted = hazard.fit(design, rows.happened, ridge=RIDGE)
        every = np.hstack(
            (
                np.repeat(predictors[asked], n_periods, axis=0),
                np.tile(time, (asked.size, 1)),
            )
        )
        return hazard.within(fitted.rate(every).reshape(asked.size, n_periods))

    def _made(self, past: Past) -> Made | None:
        """Forecast as if in time, and today; None where the past is too short or too even."""
        predictors = self._predictors(past)
        hits = past.hits.astype(float)
        known = np.concatenate(([0.0], np.cumsum(hits))) / np.maximum(np.arange(hits.size + 1), 1)
        first = max(past.level.size // 3, 3 * past.horizon)
        every = max(past.horizon // 2, 30)
        said: list[tuple[Index, Floats, Floats]] = []
        for now in range(first, past.level.size, every):
            asked = np.arange(now, min(now + every, past.wait.size), STEP)
            if asked.size == 0:
                break
            odds = self._fitted(past, predictors, now, asked)
            average = np.full(asked.size, known[now - past.horizon + 1])
            said.append((asked, average, average if odds is None else odds))
        today = np.array([past.level.size - 1])
        model = self._fitted(past, predictors, past.level.size - 1, today)
        if not said or model is None:
            return None
        asked, average, odds = (np.concatenate(part) for part in zip(*said, strict=True))
        outcome = hits[asked]
        shrunk = np.empty(asked.size)
        for row, day in enumerate(asked):
            seen = int(np.searchsorted(asked, day - past.horizon, "right"))
            weight = hazard.shrinkage(average[:seen], odds[:seen], outcome[:seen])
            shrunk[row] = average[row] + weight * (odds[row] - average[row])
        weight = hazard.shrinkage(average, odds, outcome)
        base = float(hits.mean())
        return Made(
            forecast.Forecasts(outcome, average, shrunk),
            float(model[0]),
            weight,
            base + weight * (float(model[0]) - base),
        )

    def _skill(self, past: Past, made: Made, rng: Generator) -> Skill | None:
        block = 2 * past.horizon / STEP
        outcome = made.past.outcome
        if outcome.size < 30 or not np.any(outcome != made.past.benchmark):
            return None
        gain = forecast.clark_west(
            made.past, block=block, level=0.90, n_resamples=self.n_resamples, rng=rng
        )
        return Skill(
            gain=gain.gain,
            low=gain.low,
            high=gain.high,
            p_value=gain.p_value,
            r2=gain.r2,
            n_forecasts=outcome.size,
        )

    def _frozen(self, rates: Rates) -> tuple[float, float]:
        """Give the odds of the claim and those it must beat, for the live record."""
        reference = min(max(rates.base, 0.01), 0.98)
        claim = self.odds
        if claim is None:
            claim = max(rates.held, reference + (self.matters or 0.0))
        return min(max(claim, 0.01), 0.99), reference

    def _wording(self, past: Past, rng: Generator) -> Wording:
        """Draw paths from the follower's own past moves, in blocks, and count those that do."""
        moves = np.diff(past.level)
        per_row = moves.size // past.horizon
        rows = -(-self.n_simulations // per_row)
        drawn = moves[stationary_indices(rows, moves.size, BLOCK, rng)]
        # A resampled history is long enough for several paths.
        drawn = drawn[:, : per_row * past.horizon].reshape(-1, past.horizon)[: self.n_simulations]
        paths = np.cumsum(drawn, axis=1)
        if self.rise is None:
            true = paths[:, -1] > 0
        elif self.rise > 0:
            true = paths.max(axis=1) >= np.log1p(self.rise)
        else:
            true = paths.min(axis=1) <= np.log1p(self.rise)
        share = float(np.mean(true))
        return Wording(criterion=self.words, share=share, satisfied=False, informative=share <= 0.5)

    def _summary(self, rates: Rates, past: Past, p: float | None) -> str:
        said = f"{self.did} from {rates.base:.0%} of all days since {past.days[0]}"
        if p is not None:
            spells = past.spells()
            said += (
                f", and from {rates.held:.0%} of those on which {self.condition} ({spells} "
                f"separate spell{'' if spells == 1 else 's'}, p = {p:.3f})"
            )
        return f"{said}. A forecast: the clock decides."

    def _components(
        self, past: Past, rates: Rates, odds: tuple[float, float], price: float
    ) -> dict[str, float]:
        out = {
            "base_rate": rates.base,
            "rate_held": rates.held,
            "share_held": float(past.starts_held.mean()),
            "spells": float(past.spells()),
            "n_eff": past.wait.size / past.horizon,
            "forecast_p": odds[0],
            "forecast_q": odds[1],
            "decision_days": _decision_days(*odds, self.horizon.days),
            "horizon_days": self.horizon.days,
            "price": price,
        }
        if self.rise is not None:
            out["mark"] = price * (1 + self.rise)
        if past.held is not None:
            out["held_now"] = float(past.held[-1])
        return out

    def _numbers(
        self, past: Past, rates: Rates, odds: tuple[float, float]
    ) -> tuple[NumberShown, ...]:
        def share(value: float, interval: tuple[float, float], where: str) -> str:
            low, high = interval
            return f"{value:.0%} from {where} (90% interval {low:.0%} to {high:.0%})"

        any_day = f"any day since {past.days[0]}"
        years = _decision_days(*odds, self.horizon.days) / 365.25
        spells = past.spells()
        known = past.held is not None
        return (
            NumberShown(
                name="size",
                label=f"odds that {self.words}",
                value=rates.held,
                text=share(
                    rates.held,
                    rates.held_interval,
                    f"days on which {self.condition}" if known else any_day,
                ),
            ),
            NumberShown(
                name="odds",
                label="base rate",
                value=rates.base,
                text=share(rates.base, rates.base_interval, any_day),
            ),
            NumberShown(
                name="power",
                label="expected time until a live record decides",
                value=years,
                text=f"about {years:.1f} years of such forecasts, one every {self.horizon.words}, "
                f"until odds of {odds[0]:.0%} are told from {odds[1]:.0%}",
            ),
            NumberShown(
                name="episodes",
                label="separate spells" if known else "separate horizons",
                value=spells,
                text=f"{spells} at least {self.horizon.words} apart, since {past.days[0]}",
            ),
        )

    def _warnings(self, past: Past) -> tuple[str, ...]:
        return cautions({self.follower: np.diff(past.level)}, past.days[0])

    def _caveats(self, past: Past, made: Made | None) -> tuple[str, ...]:
        said = [
            f"{past.wait.size} starts overlap; they amount to about "
            f"{past.wait.size / past.horizon:.0f} horizons that do not."
        ]
        if past.held is not None:
            said.append(
                f"The {int(past.starts_held.sum())} days on which {self.condition} fall into "
                f"{past.spells()} separate spells; the spells, not the days, are the sample."
            )
        if past.held is not None and not past.held[-1]:
            said.append(f"On {past.days[-1]} it was not so that {self.condition}.")
        if made is None:
            said.append("The past is too short or too even for a model of the odds.")
        elif made.weight == 0:
            said.append(
                "The model's past forecasts were no better than the average, so it counts for "
                "nothing."
            )
        said += self._warnings(past)
        return tuple(said)


def _decision_days(claim: float, reference: float, horizon: float) -> float:
    """Give the expected days until a live record of a true claim reaches ``DECIDES``.

    ``ln(20)`` over the expected gain in log evidence of one outcome (Wald 1947).
    """
    gain = claim * np.log(claim / reference)
    gain += (1 - claim) * np.log((1 - claim) / (1 - reference))
    # Odds that hardly differ are never told apart; a thousand years say so.
    return float(min(np.log(DECIDES) / max(gain, 1e-12) * horizon, 365_250.0))


def _skills(made: forecast.Forecasts) -> tuple[float, float]:
    """Give Brier and log skill against the average."""
    y = made.outcome

    def scores(odds: Floats) -> tuple[float, float]:
        kept = np.clip(odds, 0.001, 0.999)
        log = -np.mean(y * np.log(kept) + (1 - y) * np.log(1 - kept))
        return float(np.mean((odds - y) ** 2)), float(log)

    (brier, log), (base_brier, base_log) = scores(made.forecast), scores(made.benchmark)
    return 1 - brier / max(base_brier, 1e-12), 1 - log / max(base_log, 1e-12)
