"""What does the follower do when the market falls hard?"""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Every, Panel
from leadline.evidence.base import Estimate
from leadline.evidence.exhibits import (
    Band,
    Curve,
    Exhibit,
    Forest,
    ForestRow,
    Line,
    Mark,
    Table,
)
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.same_day import by_period
from leadline.evidence.sample import Null, NullModel, Paths, Sample
from leadline.kernels import attribution, autoregression, resample
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.events import first_after_quiet

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Tail = Annotated[float, Field(gt=0, lt=0.5)]

MIN_STRESSED, MIN_BAND = 10, 5
LEVEL = 0.90
Z_90, Z_80 = 1.6448536269514722, 0.8416212335729143
PAST = {"day": 250, "week": 104, "month": 36}
WILD, ROTATIONS = 999, 499
AHEAD = 60
TIE = 1e-10
SHOWN = 10


class _Design(NamedTuple):
    """The threshold regression of one sample.

    ``x`` (n_used, k) holds the constant, the market, and the market on the days below each
    threshold; ``used`` (n_periods,) says which periods it is of, ``stressed`` which of all
    periods are in the claim's stress, ``beyond`` (n_used, n_levels) which are beyond each level.
    """

    x: Floats
    market: Floats
    used: Flags
    stressed: Flags
    beyond: Flags
    levels: tuple[str, ...]
    at: int

    @property
    def sums(self) -> Floats:
        """Give the combination of coefficients that is each level's beta, calm first."""
        n = len(self.levels) + 1
        return np.hstack((np.zeros((n, 1)), np.tril(np.ones((n, n)))))


class StressBehaviour(RelationTest):
    """Slope of the follower on the market on the market's worst days.

    The regression of Baur and McDermott (2010, eq. 1a-1c; Baur and Lucey 2010):
    ``r = a + c0 m + sum_q c_q m 1{m <= Q_q} + e``, each threshold from the market's past alone.
    The beta in stress is the sum of the coefficients down to ``stress``; as the thresholds are
    nested, it is that of the days between this one and the next. With ``against`` it is the beta
    of the follower less that of the other asset. Without ``quantiles`` there is one threshold,
    ``stress`` itself, and so it is where ``stress`` names a condition, known when the day began.

    The null keeps the link on the other days and gives random signs to the rest. An asset is a
    *strong haven* where the 90 % interval of its own beta in stress lies below zero, a *weak
    haven* where it lies within ``margin`` of zero, *no haven* where it lies above zero, else
    undecided: the absence of significance is not a haven. The interval is the wider of Newey and
    West's (1987) and a wild bootstrap's (Liu 1988).
    """

    null: ClassVar[str] = "on its worst days the market says nothing about the follower's return"
    effect: ClassVar[str] = "beta in stress"
    unit: ClassVar[str] = "beta"
    state_leader: ClassVar[bool] = False
    skill_of: ClassVar[Literal["forecasts", "explanations"]] = "explanations"
    keep_link: ClassVar[bool] = False

    kind: Literal["stress_behaviour"] = "stress_behaviour"
    against: str | None = None
    stress: Tail | str = 0.05
    quantiles: tuple[Tail, ...] = (0.10, 0.05, 0.01)
    every: Every = "day"
    quiet: Duration = DurationText("1m")
    margin: float = Field(default=0.10, gt=0)
    matters: float | None = 0.3

    @model_validator(mode="after")
    def _other_asset_is_fixed(self) -> "StressBehaviour":
        if "against" in self.forks:
            msg = "against names another series and cannot be forked; write a second test."
            raise ValueError(msg)
        return self

    def leaders(self) -> tuple[str, ...]:
        """Name the market of every fork, then the other asset and the condition."""
        more = [self.against] if self.against is not None else []
        more += [s for s in (self.stress, *self.forks.get("stress", ())) if isinstance(s, str)]
        return tuple(dict.fromkeys((*super().leaders(), *more)))

    def draw(self, panel: Panel) -> Sample:
        """Draw the sample on the days that the values are about; the follower less the other."""
        named = (*self.leaders(), self.follower, *self._placebo_series())
        plain = self.model_copy(update={"given": None})
        sample = super(StressBehaviour, plain).draw(by_period(panel, named))
        paths = {**sample.leaders, self.follower: sample.follower}
        if self.against is not None:
            sample = replace(sample, follower=sample.follower - paths[self.against])
        sample = replace(sample, leaders=paths)
        if self.given is None:
            return sample
        return replace(sample, given=self.given.held(panel, sample.days[:-1]))

    def lead_in(self, sample: Sample) -> int:
        """Let thresholds learn from the market's whole past."""
        return sample.n_obs

    @property
    def _condition(self) -> str | None:
        return self.stress if isinstance(self.stress, str) else None

    @property
    def _tail(self) -> tuple[float, ...]:
        """All thresholds from the mildest to the deepest, the claim's own among them."""
        if isinstance(self.stress, str):
            return ()
        return tuple(sorted({self.stress, *self.quantiles}, reverse=True))

    @property
    def _words(self) -> str:
        if self._condition is not None:
            return f"while {self._condition} holds"
        return f"on the market's worst {100 * float(self.stress):.3g}% of {self.every}s"

    def _design(self, sample: Sample) -> _Design:
        key = ("stress", self.leader, self.stress, self.quantiles, self.every)
        if key not in sample.memo:
            sample.memo[key] = self._designed(sample)
        design: _Design = sample.memo[key]
        return design

    def _designed(self, sample: Sample) -> _Design:
        ends = sample.ends(self.every)
        market = np.diff(sample.leaders[self.leader][ends])
        used = np.arange(market.size) >= np.searchsorted(ends[1:], sample.skip, "right")
        if self._condition is not None:
            beyond = (sample.leaders[self._condition][ends[:-1]] > 0.5)[:, None]
            levels: list[str] = [self._condition]
        else:
            past = attribution.past_quantiles(
                market, np.array(self._tail), at_least=PAST[self.every]
            )
            used &= np.isfinite(past[:, 0])
            # A move that comes twice must not hang on the last bit of either.
            beyond = market[:, None] <= np.nan_to_num(past, nan=-np.inf) + TIE
            levels = [f"{100 * q:.3g}%" for q in self._tail]
        at = 0 if isinstance(self.stress, str) else self._tail.index(self.stress)
        # A band with hardly a day has no slope of its own; it joins the one above it.
        keep = [
            i for i in range(len(levels)) if i <= at or int((beyond[:, i] & used).sum()) >= MIN_BAND
        ]
        x = np.column_stack((np.ones(market.size), market, market[:, None] * beyond[:, keep]))
        return _Design(
            x=x[used],
            market=market[used],
            used=used,
            stressed=beyond[:, at] & used,
            beyond=beyond[used][:, keep],
            levels=tuple(levels[i] for i in keep),
            at=at,
        )

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        short = super().too_thin(sample)
        if short is not None:
            return short
        design = self._design(sample)
        days, stressed = int(design.used.sum()), int(design.stressed.sum())
        if days - stressed < 2 * MIN_STRESSED:
            return (
                f"{days} {self.every}s whose threshold is known from the past; the calm needs "
                f"{2 * MIN_STRESSED} besides {stressed} in stress."
            )
        deeper = int(design.beyond[:, design.at + 1 : design.at + 2].sum())
        if stressed - deeper < MIN_STRESSED:
            only = " and no deeper" if design.at + 1 < len(design.levels) else ""
            return f"{stressed - deeper} {self.every}s {self._words}{only}; needs {MIN_STRESSED}."
        return None

    def _weights(self, sample: Sample) -> Floats:
        """Give each used period's weight in the beta in stress, shape (n_used,)."""
        design = self._design(sample)
        bread = np.linalg.pinv(_scaled(design.x).T @ _scaled(design.x), hermitian=True)
        target = design.sums[design.at + 1] / _size(design.x)
        return np.asarray(_scaled(design.x) @ (bread @ target))

    def weights(self, sample: Sample) -> Floats:
        """Give each daily return's weight in the beta in stress, shape (n_obs,)."""
        each = np.zeros(self._design(sample).used.size)
        each[self._design(sample).used] = self._weights(sample)
        return sample.on_days(self.every, each)

    def quick(self, sample: Sample) -> float:
        """Give the beta in stress."""
        return float(self.weights(sample) @ sample.returns)

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the regression; the score is the beta over its robust error in each history."""
        design = self._design(sample)
        weights = np.zeros(design.used.size)
        weights[design.used] = self._weights(sample)
        basis = np.zeros((design.used.size, design.x.shape[1]))
        basis[design.used] = np.linalg.qr(_scaled(design.x))[0]

        def score(paths: Paths) -> Floats:
            y = paths.every(self.every)
            squares = paths.once(("squares", self.every), lambda: y**2)
            t = attribution.studentised(y, squares, weights, basis)
            return np.column_stack((self.sign * t, -self.sign * t))

        return score

    def _stressed_in_any(self, sample: Sample) -> Floats:
        """Mark the days that any declared specification calls stress, shape (n_obs,).

        All of them are compared with the same histories, so the link must be cut for each.
        """
        marked = np.zeros(sample.n_obs)
        for _, test in self.variants():
            if isinstance(test, StressBehaviour):
                stressed = test._design(sample).stressed  # noqa: SLF001 - another of this class
                marked = np.maximum(marked, sample.on_days(test.every, stressed.astype(float)))
        return np.asarray(marked)

    def null_model(self, sample: Sample) -> Null:
        """Fit the null: the link on other days stays, that in stress is cut."""
        forked = repr(sorted(self.forks.items()))
        key = ("null out of stress", self.leader, self.stress, self.quantiles, self.every, forked)
        if key not in sample.memo:
            design = self._design(sample)
            calm = 1.0 - self._stressed_in_any(sample)
            market = sample.moves(self.leader) * calm
            columns = [np.ones(sample.n_obs), market]
            for level in range(design.at):
                beyond = np.zeros(design.used.size)
                beyond[design.used] = design.beyond[:, level]
                columns.append(market * sample.on_days(self.every, beyond))
            x = np.column_stack(columns)
            y = sample.returns
            stays = _scaled(x) @ np.linalg.lstsq(_scaled(x), y, rcond=1e-10)[0]
            own = autoregression.fit(y - stays)
            innovations = autoregression.whiten(y - stays, own)
            innovations = innovations - innovations.mean()
            sample.memo[key] = NullModel(stays, own, innovations, resample.past_scale(innovations))
        model: Null = sample.memo[key]
        return model

    def _fit(self, sample: Sample, path: Floats) -> tuple[attribution.Fit, Floats, Floats]:
        """Fit one asset; give the fit and the beta and error of each level, calm first."""
        design = self._design(sample)
        y = np.diff(path[sample.ends(self.every)])[design.used]
        size = _size(design.x)
        raw = attribution.least_squares(y, design.x / size)
        fit = attribution.Fit(raw.beta / size, raw.covariance / np.outer(size, size), raw.residual)
        betas = design.sums @ fit.beta
        spread = np.einsum("lk,kj,lj->l", design.sums, fit.covariance, design.sums)
        return fit, betas, np.sqrt(np.maximum(spread, 0.0))

    def _interval(
        self, sample: Sample, path: Floats, rng: Generator
    ) -> tuple[float, float, float, float]:
        """Give an asset's beta in stress, the wider of both intervals, and the error."""
        fit, betas, errors = self._fit(sample, path)
        at = self._design(sample).at + 1
        value, error = float(betas[at]), float(errors[at])
        drawn = resample.signs(WILD, fit.residual.size, rng) @ (
            fit.residual * self._weights(sample)
        )
        low = min(value - Z_90 * error, value - float(np.quantile(drawn, 0.95)))
        high = max(value + Z_90 * error, value - float(np.quantile(drawn, 0.05)))
        return value, low, high, max(error, float(drawn.std()))

    def _called(self, low: float, high: float) -> str:
        if high < 0:
            return "strong haven"
        if -self.margin < low and high < self.margin:
            return "weak haven"
        return "no haven" if low > 0 else "undecided"

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the beta in stress, and say of each asset whether it is a haven."""
        design = self._design(sample)
        happened = Paths(sample, sample.returns[None, :])
        statistic = float(self.prepare(sample)(happened)[0, 0])
        p = p_value(statistic, null)
        value, low, high, error = self._interval(sample, sample.follower, rng)
        assets = [self.follower, *([] if self.against is None else [self.against])]
        components: dict[str, float] = {
            "stressed": float(design.stressed.sum()),
            "minimum_detectable": (Z_90 + Z_80) * error,
        }
        said = []
        for name in assets:
            beta, bottom, top, _ = self._interval(sample, sample.leaders[name], rng)
            called = self._called(bottom, top)
            components |= {
                f"beta {name}": beta,
                f"low {name}": bottom,
                f"high {name}": top,
                f"{called} {name}": 1.0,
            }
            said.append(f"{name} moved {beta:+.2f}%, {called} ({bottom:+.2f} to {top:+.2f})")
        _, betas, _ = self._fit(sample, sample.follower)
        levels = ("calm", *design.levels)
        components |= {f"level {n}": float(b) for n, b in zip(levels, betas, strict=True)}
        onsets = self._onsets(sample)
        exhibits: tuple[Exhibit, ...] = ()
        if full:
            exhibits = (
                self._forest(sample, assets),
                self._path(sample, assets, onsets, rng),
                self._worst(sample, assets),
            )
        less = "" if self.against is None else f" less that of {self.against}"
        missing = 0 if self._condition is not None else len(self._tail) - len(design.levels)
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=f"beta of {self.follower} to {self.leader} {self._words}{less}",
                value=value,
                low=low,
                high=high,
                level=LEVEL,
                unit=self.unit,
            ),
            n_episodes=onsets.size,
            components=components,
            exhibits=exhibits,
            caveats=(
                f"The {int(design.stressed.sum())} {self.every}s of stress fall into "
                f"{onsets.size} spells; a beta of {components['minimum_detectable']:.2f} could be "
                "told from zero four times in five.",
                *(
                    (f"{missing} of the thresholds have under {MIN_BAND} days and were left out.",)
                    if missing
                    else ()
                ),
            ),
            summary=f"For each 1% of {self.leader} {self._words}, {'; '.join(said)}. "
            f"{f'They differ by {value:+.2f}%; w' if self.against is not None else 'W'}ithout a "
            f"link chance does as well with p = {p:.3f}.",
        )

    def _onsets(self, sample: Sample) -> NDArray[np.intp]:
        """Give the first stressed period of each spell, as positions among periods."""
        stressed = self._design(sample).stressed
        per_year = sample.per_year * stressed.size / sample.n_obs
        quiet = max(self.quiet.observations(per_year), 1)
        # The design's first threshold comes after a year, so no first spell is lost.
        return np.flatnonzero(first_after_quiet(stressed, quiet))

    def _forest(self, sample: Sample, assets: list[str]) -> Forest:
        design = self._design(sample)
        rows = []
        for name in assets:
            _, betas, errors = self._fit(sample, sample.leaders[name])
            for level, beta, error in zip(
                ("calm", *design.levels), betas.tolist(), errors.tolist(), strict=True
            ):
                rows.append(
                    ForestRow(
                        label=f"{name}, {level}",
                        value=beta,
                        low=beta - Z_90 * error,
                        high=beta + Z_90 * error,
                        highlight=level == design.levels[design.at],
                    )
                )
        return Forest(
            name="betas",
            title=f"Beta to {self.leader}, from calm to its worst {self.every}s",
            finding="; ".join(
                f"{name} moved {self._fit(sample, sample.leaders[name])[1][design.at + 1]:+.2f} "
                f"for each move of one in {self.leader} {self._words}"
                for name in assets
            )
            + ".",
            note="Thresholds are nested, so each row is of the days between it and the next; bars "
            "are 90 % intervals (Newey and West 1987). Thresholds come from the past alone.",
            x_label="beta",
            rows=tuple(rows),
        )

    def _path(
        self, sample: Sample, assets: list[str], onsets: NDArray[np.intp], rng: Generator
    ) -> Curve:
        """Follow each asset after the stress began, against the same dates moved at random."""
        ends = sample.ends(self.every)[1:]
        first = int(np.flatnonzero(self._design(sample).used)[0])
        n_starts = ends.size - AHEAD
        kept = onsets[onsets < n_starts]
        steps = np.arange(1, AHEAD + 1)
        lines, bands = [], []
        last = {}
        x = tuple(float(step) for step in steps)
        for number, name in enumerate(assets):
            path = sample.leaders[name][ends]
            if kept.size == 0 or n_starts - first < 2:
                continue
            mean = path[kept[:, None] + steps].mean(axis=0) - path[kept].mean()
            lines.append(Line(label=name, x=x, y=tuple(mean), role="second" if number else "main"))
            last[name] = float(mean[-1])
            if number == 0:
                span = n_starts - first
                moved = first + (kept - first + rng.integers(1, span, (ROTATIONS, 1))) % span
                drawn = (path[moved[:, :, None] + steps] - path[moved][:, :, None]).mean(axis=1)
                low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
                label = f"{name} after any {self.every} (90 %)"
                bands.append(Band(label=label, x=x, low=tuple(low), high=tuple(high), role="base"))
        after = ", ".join(f"{name} {np.expm1(value):+.0%}" for name, value in last.items())
        return Curve(
            name="after_stress",
            title=f"After the stress began: the next {AHEAD} {self.every}s",
            finding=f"On average over {kept.size} spells: {after or 'too few to follow'}.",
            note=f"A spell begins after {self.quiet.words} without stress; the band moves all its "
            "dates together to other days.",
            x_label=f"{self.every}s after the stress began",
            y_label="cumulative log return",
            y_format="+.0%",
            lines=tuple(lines),
            bands=tuple(bands),
            marks=(Mark(label="no change", at=0.0, axis="y"),),
        )

    def _worst(self, sample: Sample, assets: list[str]) -> Table:
        design = self._design(sample)
        ends = sample.ends(self.every)
        days = sample.days[ends[1:]][design.used]
        moves = {n: np.diff(sample.leaders[n][ends])[design.used] for n in (self.leader, *assets)}
        worst = np.argsort(design.market, kind="stable")[:SHOWN]
        held = {n: int(np.sum(moves[n][worst] >= 0)) for n in assets}
        return Table(
            name="worst_days",
            title=f"The {worst.size} worst {self.every}s of {self.leader}",
            finding=", ".join(
                f"{name} held or rose on {count} of {worst.size}" for name, count in held.items()
            )
            + ".",
            columns=("day", *moves),
            rows=tuple(
                (str(days[i]), *(f"{np.expm1(move[i]):+.1%}" for move in moves.values()))
                for i in worst
            ),
        )

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Let the follower go with the market by ``effect`` in stress."""
        del rng
        stressed = sample.on_days(self.every, self._design(sample).stressed.astype(float))
        return np.asarray(returns + effect * sample.moves(self.leader) * stressed)

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Explain the return of each day of stress by the market's, with earlier days of stress.

        This is skill in explaining, not in forecasting: the market's move is of the same day.
        """
        stressed = self._design(sample).stressed
        ends = sample.ends(self.every)
        market = np.diff(sample.leaders[self.leader][ends])
        returns = np.diff(sample.follower[ends])
        # Both in units of the follower's past volatility, so that one crash does not decide alone.
        scale = resample.past_scale(returns)
        return (market / scale)[stressed][:, None], (returns / scale)[stressed], 0

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        side = "with" if self.sign > 0 else "against"
        less = "" if self.against is None else f", less {self.against},"
        return f"the follower{less} moved {side} the market in six of ten {self.every}s of stress"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether it moved so in six of ten."""
        stressed = self._design(sample).stressed
        market = np.diff(sample.leaders[self.leader][sample.ends(self.every)])[stressed]
        together = np.sign(paths.every(self.every)[:, stressed]) == self.sign * np.sign(market)
        return np.asarray(together.mean(axis=1) >= 0.6)


def _size(x: Floats) -> Floats:
    return np.asarray(np.maximum(np.sqrt(np.mean(x**2, axis=0)), 1e-300))


def _scaled(x: Floats) -> Floats:
    """Give columns of one size: the fit must not hang on units."""
    return np.asarray(x / _size(x))
