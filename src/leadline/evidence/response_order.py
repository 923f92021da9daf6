"""What follows a shock, and who responds to it first?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import model_validator
from scipy.special import ndtr

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Every
from leadline.evidence.base import Estimate
from leadline.evidence.exhibits import Band, Curve, Exhibit, Forest, ForestRow, Line, Mark, Table
from leadline.evidence.relation import ALPHA, Measured, RelationTest, Scorer
from leadline.evidence.sample import Null, NullModel, Paths, Rotations, Sample
from leadline.kernels import autoregression as ar
from leadline.kernels import projections
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.events import first_after_quiet
from leadline.kernels.resample import past_scale

Floats = NDArray[np.float64]
LENGTH = {"week": 7.0, "month": 365.25 / 12}
LAGS = 4
LARGE = 2.0
APART = DurationText("4w")
MIN_SHOCKS = 5
N_DRAWS = 999
SHOWN = 12


class ShockTest(RelationTest):
    """What tests of a response to shocks share; the leader is the series that is shocked.

    A shock is the innovation of an autoregression of the leader's level in units of past
    volatility, or, for a flag or probability, the period in which it begins to hold. Moves of
    those that respond are in units of their past volatility too.
    """

    every: Every = "week"
    horizon: Duration = DurationText("26w")

    def _periods(self, length: DurationText, sample: Sample) -> int:
        if self.every == "day":
            return length.observations(sample.per_year)
        return round(length.days / LENGTH[self.every])

    def _longest(self, sample: Sample) -> int:
        return max(self._periods(self.horizon, sample), 1)

    def lead_in(self, sample: Sample) -> int:
        """Let shocks before the start be answered after it."""
        return self.horizon.observations(sample.per_year) + 1

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        periods, longest = sample.ends(self.every).size - 1, self._longest(sample)
        needed = max(60, 3 * longest)
        if periods < needed:
            return (
                f"{max(periods, 0)} {self.every}s of common data; responses over "
                f"{self.horizon.words} need {needed}."
            )
        count = self._large(sample).size
        if count < MIN_SHOCKS:
            return f"{count} large shocks to {self.leader}; needs {MIN_SHOCKS}."
        return super().too_thin(sample)

    def _first(self, sample: Sample) -> int:
        """Give the first period of the question; shocks before it may be answered in it."""
        return int(np.searchsorted(sample.ends(self.every)[1:], sample.skip, "right"))

    def _raw(self, sample: Sample) -> Floats:
        """Give the shock of each period, in units of past volatility; 0 or 1 for a state."""
        key = ("shock", self.leader, self.every)
        if key not in sample.memo:
            path = sample.leaders[self.leader][sample.ends(self.every)]
            if self.leader in sample.states:
                holds = path > 0.5
                made = (holds[1:] & ~holds[:-1]).astype(np.float64)
            else:
                # In levels: what returns to its mean would else answer to its own past.
                model = ar.fit(path)
                start = max(model.coefficients.size, 1)
                white = ar.whiten(path, model)[start:]
                made = np.zeros(path.size - 1)
                made[start - 1 :] = white / past_scale(white)
            sample.memo[key] = made
        shock: Floats = sample.memo[key]
        return shock

    def _large(self, sample: Sample) -> NDArray[np.intp]:
        """Give the periods of large shocks, apart from one another."""
        bar = 0.5 if self.leader in sample.states else LARGE
        quiet = max(self._periods(APART, sample), 1)
        return np.flatnonzero(first_after_quiet(self._raw(sample) > bar, quiet))

    def _controls(self, sample: Sample) -> Floats:
        return projections.lags_of(self._raw(sample)[:, None], LAGS)

    def _shock(self, sample: Sample) -> Floats:
        """Give the shock without its own past, of variance one."""
        shock = projections.residual(self._raw(sample), self._controls(sample), first=LAGS)
        return shock / max(float(shock.std()), 1e-300)

    def _moves(self, sample: Sample, path: Floats, scale: Floats | float = 1.0) -> Floats:
        """Give moves in units of ``scale``, mean zero; zero before the question starts."""
        moves = np.diff(path[sample.ends(self.every)]) / scale
        first = self._first(sample)
        moves = moves - moves[first:].mean()
        moves[:first] = 0.0
        return np.asarray(moves)

    def _scale(self, sample: Sample, path: Floats) -> Floats:
        """Give past volatility before each period's move."""
        moves = np.diff(path[sample.ends(self.every)])
        return past_scale(moves - moves.mean())

    def _drawn(self, sample: Sample, paths: Paths) -> Floats:
        """Give the moves of histories, mean zero over the question, shape (n, n_periods)."""
        first = self._first(sample)
        moves = paths.every(self.every)
        moves = moves - moves[:, first:].mean(axis=1, keepdims=True)
        moves[:, :first] = 0.0
        return np.asarray(moves)

    def _projected(self, sample: Sample, moves: Floats) -> projections.Projection:
        """Estimate the cumulative response with errors of its own, for the picture."""
        shock = self._shock(sample)
        return projections.local_projections(
            moves,
            shock,
            projections.lags_of(np.column_stack((self._raw(sample), moves)), LAGS),
            longest=self._longest(sample),
            first=max(LAGS, self._first(sample)),
        )

    def _daily(self, sample: Sample, by_period: Floats) -> Floats:
        """Spread a value a period evenly over its days, shape (n_obs,)."""
        ends = sample.ends(self.every)
        counts = np.diff(ends)
        out = np.zeros(sample.n_obs)
        out[ends[0] : ends[-1]] = np.repeat(by_period / counts, counts)
        return out

    def _shock_table(self, sample: Sample, paths: Mapping[str, Floats], split: int) -> Table:
        """List the latest large shocks and what came of them."""
        ends, longest = sample.ends(self.every), self._longest(sample)
        large = self._large(sample)
        rows = []
        for period in large[::-1][:SHOWN]:
            row = [str(sample.days[ends[period + 1]]), f"{self._raw(sample)[period]:.1f}"]
            for path in paths.values():
                level = path[ends]
                for low, high in ((period, period + split), (period, period + longest)):
                    if high + 1 < level.size:
                        row.append(f"{np.expm1(level[high + 1] - level[low]):+.0%}")
                    else:
                        row.append("not yet")
            rows.append(tuple(row))
        unit = self.every
        columns = ["period to", "size (sd)"]
        for name in paths:
            columns += [f"{name}, {split + 1} {unit}s", f"{name}, {longest + 1} {unit}s"]
        return Table(
            name="shocks",
            title=f"Large shocks to {self.leader}",
            finding=f"{large.size} shocks of more than {LARGE:g} standard deviations, "
            f"{APART.words} apart or more; the latest {min(large.size, SHOWN)} are shown."
            if self.leader not in sample.states
            else f"{self.leader} began to hold {large.size} times.",
            note="Moves count from before the shock, so that what came with it is in.",
            columns=tuple(columns),
            rows=tuple(rows),
        )

    def _impulse_curve(
        self, sample: Sample, found: Mapping[str, projections.Projection], y_label: str
    ) -> Curve:
        """Draw cumulative responses with their bands."""
        x = tuple(float(h) for h in range(self._longest(sample) + 1))
        weights: tuple[Literal["main", "second"], ...] = ("main", "second")
        areas: tuple[Literal["wide", "narrow"], ...] = ("wide", "narrow")
        lines = tuple(
            Line(label=name, x=x, y=tuple(one.response), role=role)
            for (name, one), role in zip(found.items(), weights, strict=False)
        )
        bands = tuple(
            Band(
                label=f"{name}, 90 % at each horizon",
                x=x,
                low=tuple(one.response - 1.645 * one.error),
                high=tuple(one.response + 1.645 * one.error),
                role=role,
            )
            for (name, one), role in zip(found.items(), areas, strict=False)
        )
        said = "; ".join(
            f"{name} stands {one.response[-1]:+.2g} after {len(x) - 1} {self.every}s"
            for name, one in found.items()
        )
        return Curve(
            name="responses",
            title=f"After a shock to {self.leader} of one standard deviation",
            finding=f"{said[0].upper()}{said[1:]}.",
            note="Local projections (Jorda 2005) with lags of shock and move held constant.",
            x_label=f"{self.every}s after the shock",
            y_label=y_label,
            lines=lines,
            bands=bands,
            marks=(Mark(label="no response", at=0.0, axis="y"),),
        )


class ShockResponse(ShockTest):
    """Cumulative response of the follower to shocks of the leader, over one horizon.

    The sum of the local projections' steps over the horizon, the period of the shock included,
    normalised by its own products, against histories of the follower with random signs.
    """

    null: ClassVar[str] = "over the horizon the follower does not respond to shocks of the leader"
    effect: ClassVar[str] = "response to a shock of one standard deviation"
    unit: ClassVar[str] = "return"
    # A response in the same period is the claim, not at issue.
    keep_link: ClassVar[bool] = False

    kind: Literal["shock_response"] = "shock_response"
    matters: float | None = 0.01

    def null_model(self, sample: Sample) -> Null:
        """Fit the null; a state is moved round the calendar."""
        if self.follower in sample.states:
            return Rotations(sample.follower, keep_off=self.lead_in(sample))
        return super().null_model(sample)

    def _weights(self, sample: Sample) -> Floats:
        shock = self._shock(sample)
        return projections.row_weights(shock, np.ones(self._longest(sample) + 1))

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the weights of the follower's moves; they follow from the shocks alone."""
        weights = self._weights(sample)

        def score(paths: Paths) -> Floats:
            moves = self._drawn(sample, paths)
            t = self.sign * _self_normalised(moves, moves, weights)
            return np.column_stack((t, -t))

        return score

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the response and its interval."""
        del rng
        weights, shock = self._weights(sample), self._shock(sample)
        moves = self._moves(sample, sample.follower)
        square = float(shock @ shock)
        value = float(moves @ weights) / square
        error = float(np.sqrt((moves**2) @ (weights**2))) / square
        statistic = self.sign * value / error
        p = p_value(statistic, null)
        low, high = _interval(value, error, self.sign * (null - null.mean()))
        by_lag = projections.responses(moves, shock, self._longest(sample))
        at = int(projections.peak(by_lag, sign=self.sign))
        exhibits: tuple[Exhibit, ...] = ()
        if full:
            found = {self.follower: self._projected(sample, moves)}
            soon = max(self._periods(APART, sample), 1)
            exhibits = (
                self._impulse_curve(sample, found, "cumulative return"),
                self._shock_table(sample, {self.follower: sample.follower}, soon),
            )
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(label=self.effect, value=value, low=low, high=high, unit=self.unit),
            at=f"over {self.horizon.words}",
            n_episodes=int(self._large(sample).size),
            components={
                "same_period": float(by_lag[0]),
                "peak": float(at),
                "n_shocks": float(self._large(sample).size),
            },
            exhibits=exhibits,
            caveats=(f"{self._large(sample).size} large shocks carry most of what the data say.",),
            summary=f"Over {self.horizon.words} after a shock to {self.leader} of one standard "
            f"deviation {self.follower} moves {value:+.1%}; without a link chance does as well "
            f"with p = {p:.3f}.",
        )

    def quick(self, sample: Sample) -> float:
        """Give the response alone."""
        shock = self._shock(sample)
        moves = self._moves(sample, sample.follower)
        return float(moves @ self._weights(sample) / (shock @ shock))

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Spread a response of the given size evenly over the horizon."""
        del rng
        n = self._longest(sample) + 1
        answer = projections.row_weights(self._shock(sample), np.full(n, effect / n))
        return returns + self._daily(sample, answer)

    def weights(self, sample: Sample) -> Floats:
        """Give the daily weights of the response."""
        shock, ends = self._shock(sample), sample.ends(self.every)
        weights = self._weights(sample) / float(shock @ shock)
        out = np.zeros(sample.n_obs)
        out[ends[0] : ends[-1]] = np.repeat(weights, np.diff(ends))
        return out

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast what comes after the period of the shock from the shock."""
        longest = self._longest(sample)
        outcome = _ahead(self, sample, 0, longest)
        return _known_shock(self, sample)[: outcome.size], outcome, longest

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        side = "higher" if self.sign > 0 else "lower"
        return f"on average the follower stands {side} after large shocks than before"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether the mean move around large shocks has the claimed sign."""
        ends, longest = sample.ends(self.every), self._longest(sample)
        large = self._large(sample)
        level = paths.levels[:, ends]
        stop = np.minimum(large + longest + 1, ends.size - 1)
        return np.asarray(self.sign * (level[:, stop] - level[:, large]).mean(axis=1) > 0)


@dataclass(frozen=True, slots=True)
class Beside:
    """The follower beside the series claimed to respond first, in units of past volatility.

    ``share`` is the follower's whole response as a multiple of the first's, ``late`` the part of
    the first's that comes late; ``weights`` turn the follower's moves into how much more of its
    own comes late.
    """

    first: Floats
    first_scale: Floats
    scale: Floats
    share: float
    late: float
    weights: Floats


class ResponseOrder(ShockTest):
    """Which of two series responds first to shocks of the leader?

    If both respond alike in time, the follower's responses are a multiple of the first's, and as
    much of both comes later than ``soon``. ``sum_l (late_l - m) b_l``, with ``m`` the first's
    late share and ``b`` the follower's responses, compares the shares without dividing by either
    response (as Fieller 1954 does for ratios). It stays valid where the follower does not respond
    at all, and to first order the estimates of ``m`` and of the multiple do not matter, for the
    statistic is orthogonal to both. Histories let
    the follower go with the first in that multiple and give random signs to the rest, the link
    with the shock within the guard gap kept, so that closes at different hours decide nothing.

    An order needs two responses: two more tests must pass, that the first moves within ``soon``
    and the follower after it (Berger 1982). The estimate is by how many weeks later the follower
    is half-way to its highest cumulative response; its interval comes from signs that both
    series share. Peaks themselves are no use: once a response has ended, noise moves its highest
    point anywhere after.
    """

    null: ClassVar[str] = "after a shock both series respond alike in time"
    effect: ClassVar[str] = "later response of the follower, half-way"
    unit: ClassVar[str] = "weeks"

    kind: Literal["response_order"] = "response_order"
    first: str
    soon: Duration = DurationText("4w")
    response: Literal["up", "down"] = "up"
    matters: float | None = 4.0

    @model_validator(mode="after")
    def _two_series(self) -> "ResponseOrder":
        if self.first in {self.follower, self.leader}:
            msg = f"first: {self.first} is also the follower or the leader; name another series."
            raise ValueError(msg)
        if self.soon.days >= self.horizon.days:
            msg = f"soon ({self.soon}) must be shorter than horizon ({self.horizon})."
            raise ValueError(msg)
        return self

    def leaders(self) -> tuple[str, ...]:
        """Name the shocked series and those claimed to respond first, of every fork."""
        firsts = (self.first, *self.forks.get("first", ()))
        return tuple(dict.fromkeys((*super().leaders(), *firsts)))

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        states = [name for name in (self.first, self.follower) if name in sample.states]
        if states:
            return f"{' and '.join(states)} must be a price to respond by degrees, and needs moves."
        return super().too_thin(sample)

    @property
    def _side(self) -> int:
        return 1 if self.response == "up" else -1

    def _split(self, sample: Sample) -> int:
        return min(max(self._periods(self.soon, sample), 1), self._longest(sample) - 1)

    def _beside(self, sample: Sample) -> Beside:
        key = ("beside", self.leader, self.first, self.every, self.horizon, self.soon)
        if key not in sample.memo:
            longest, shock = self._longest(sample), self._shock(sample)
            path = sample.leaders[self.first]
            scales = (self._scale(sample, path), self._scale(sample, sample.follower))
            first = self._moves(sample, path, scales[0])
            follower = self._moves(sample, sample.follower, scales[1])
            b_first = projections.responses(first, shock, longest)
            b_follower = projections.responses(follower, shock, longest)
            is_late = np.arange(longest + 1) > self._split(sample)
            late = projections.late_share(b_first, is_late)
            whole = float(b_first.sum())
            sample.memo[key] = Beside(
                first=first,
                first_scale=scales[0],
                scale=scales[1],
                share=float(b_follower.sum()) / whole if whole else 0.0,
                late=late,
                weights=projections.row_weights(shock, np.asarray(is_late - late)),
            )
        made: Beside = sample.memo[key]
        return made

    def null_model(self, sample: Sample) -> Null:
        """Fit the null: the follower goes with the first, whatever it does beyond is by chance."""
        beside, ends = self._beside(sample), sample.ends(self.every)
        key = ("null", self.leader, self.first, self.every, self.horizon, self.soon, self.guard)
        if key not in sample.memo:
            multiple = np.zeros(sample.n_obs)
            by_period = beside.share * beside.scale / beside.first_scale
            multiple[ends[0] : ends[-1]] = np.repeat(by_period, np.diff(ends))
            along = multiple * np.diff(sample.leaders[self.first])
            guard = max(1, self.guard.observations(sample.per_year))
            rest = sample.with_follower(sample.returns - along)
            fitted = NullModel.fit(rest, super().leaders(), guard=guard)
            sample.memo[key] = replace(fitted, stays=fitted.stays + along)
        model: Null = sample.memo[key]
        return model

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the weights of the follower's moves, and what it shares with the first."""
        beside = self._beside(sample)
        along = beside.share * beside.first

        def score(paths: Paths) -> Floats:
            moves = self._drawn(sample, paths) / beside.scale
            t = _self_normalised(moves, moves - along, beside.weights)
            t *= self.sign * self._side
            return np.column_stack((t, -t))

        return score

    def also(self, sample: Sample, paths: Paths) -> Mapping[str, Floats]:
        """Ask that the one responds soon and the other after that."""
        beside, shock, split = self._beside(sample), self._shock(sample), self._split(sample)
        lags = np.arange(self._longest(sample) + 1)
        moves = self._drawn(sample, paths) / beside.scale
        early, late = (
            (beside.first[None, :], moves) if self.sign > 0 else (moves, beside.first[None])
        )
        out = {}
        for name, one, window in (
            ("the first responds soon", early, lags <= split),
            ("the other responds later", late, lags > split),
        ):
            weights = projections.row_weights(shock, window.astype(np.float64))
            p = 1 - ndtr(self._side * _self_normalised(one, one, weights))
            out[name] = np.broadcast_to(p, (len(paths),)).copy()
        return out

    def _both(self, sample: Sample) -> Floats:
        beside = self._beside(sample)
        return np.stack((beside.first, self._moves(sample, sample.follower, beside.scale)))

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure when each is half-way, the difference, and the order of the responses."""
        beside, shock = self._beside(sample), self._shock(sample)
        longest, both = self._longest(sample), self._both(sample)
        happened = Paths(sample, sample.returns[None, :])
        statistic = float(self.prepare(sample)(happened)[0, 0])
        p_order = p_value(statistic, null)
        also = {name: float(p[0]) for name, p in self.also(sample, happened).items()}
        p = max(p_order, *also.values())
        found = projections.responses(both, shock, longest)
        drawn = projections.joint_draws(both, shock, longest, n_resamples=N_DRAWS, rng=rng)
        weeks = self._weeks(sample)
        times = weeks * projections.half_way(found, sign=self._side)
        times_drawn = weeks * projections.half_way(drawn, sign=self._side)
        later = float(times[1] - times[0])
        low, high = np.quantile(times_drawn[:, 1] - times_drawn[:, 0], (0.05, 0.95))
        count = int(self._large(sample).size)
        exhibits: tuple[Exhibit, ...] = ()
        if full:
            projected = {
                name: self._projected(sample, moves)
                for name, moves in zip((self.first, self.follower), both, strict=True)
            }
            paths = {self.first: sample.leaders[self.first], self.follower: sample.follower}
            exhibits = (
                self._impulse_curve(sample, projected, "cumulative response (sd of a period)"),
                self._times(times, times_drawn),
                self._shock_table(sample, paths, self._split(sample)),
            )
        early, late = also.values()
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=self.effect, value=later, low=float(low), high=float(high), unit=self.unit
            ),
            at=f"half-way after {times[0]:.1f} and {times[1]:.1f} weeks",
            n_episodes=count,
            components={
                "p_order": p_order,
                "p_soon": early,
                "p_later": late,
                "half_way_first": float(times[0]),
                "half_way_follower": float(times[1]),
                "late_share_first": beside.late,
                "response_first": float(found[0].sum()),
                "response_follower": float(found[1].sum()),
            },
            exhibits=exhibits,
            caveats=self._caveats(count, found, early),
            summary=f"After a shock to {self.leader} the response of {self.first} is half-way "
            f"after {times[0]:.1f} weeks, that of {self.follower} after {times[1]:.1f}. Alike in "
            f"time they would look so with p = {p_order:.3f}; that the one does not move soon has "
            f"p = {early:.3f}, that the other does not later {late:.3f}.",
        )

    def _caveats(self, count: int, found: Floats, p_soon: float) -> tuple[str, ...]:
        said = [f"{count} large shocks carry most of what the data say."]
        if p_soon > ALPHA:
            said.append(
                f"No response within {self.soon.words} is established (p = {p_soon:.2f}), so "
                "nothing that comes later could be found to come second."
            )
        for name, by_lag in zip((self.first, self.follower), found, strict=True):
            if np.max(self._side * np.cumsum(by_lag)) <= 0:
                way = "rises" if self._side > 0 else "falls"
                said.append(f"{name} never {way} on balance, so its half-way time means little.")
        return tuple(said)

    def _weeks(self, sample: Sample) -> float:
        """Give the weeks in a period."""
        return LENGTH.get(self.every, 365.25 / sample.per_year) / 7.0

    def _times(self, times: Floats, drawn: Floats) -> Forest:
        names = (self.first, self.follower)
        rows = [
            ForestRow(
                label=name,
                value=float(at),
                low=float(np.quantile(column, 0.05)),
                high=float(np.quantile(column, 0.95)),
                highlight=name == self.follower,
            )
            for name, at, column in zip(names, times, drawn.T, strict=True)
        ]
        share = float(np.mean(drawn[:, 1] > drawn[:, 0]))
        return Forest(
            name="times",
            title="When each is half-way",
            finding=f"{self.follower} comes after {self.first} in {share:.0%} of resamples.",
            note="Weeks after the shock at which the cumulative response first stands at half of "
            "its highest, with intervals of 90 %.",
            x_label="weeks after the shock",
            rows=tuple(rows),
            reference=None,
        )

    def quick(self, sample: Sample) -> float:
        """Give the difference in weeks."""
        found = projections.responses(
            self._both(sample), self._shock(sample), self._longest(sample)
        )
        times = projections.half_way(found, sign=self._side)
        return float((times[1] - times[0]) * self._weeks(sample))

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Let the follower respond as much as the first does soon, ``effect`` weeks later."""
        del rng
        beside, shock, split = self._beside(sample), self._shock(sample), self._split(sample)
        longest = self._longest(sample)
        b_first = projections.responses(beside.first, shock, longest)
        size = self._side * abs(float(b_first[: split + 1].sum()))
        middle = float(projections.half_way(b_first[: split + 1], sign=self._side))
        at = round(middle + effect / self._weeks(sample))
        start = int(np.clip(at - split // 2, 0, longest - split))
        by_lag = -beside.share * b_first
        by_lag[start : start + split + 1] += size / (split + 1)
        answer = projections.row_weights(shock, by_lag) * beside.scale
        return returns + self._daily(sample, answer)

    def weights(self, sample: Sample) -> Floats:
        """Give daily weights of the order: the follower's moves by their lag from the first's."""
        beside, shock, ends = self._beside(sample), self._shock(sample), sample.ends(self.every)
        by_period = self._side * beside.weights / (beside.scale * float(shock @ shock))
        out = np.zeros(sample.n_obs)
        out[ends[0] : ends[-1]] = np.repeat(by_period, np.diff(ends))
        return out

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast what the follower does after ``soon`` (or within, the other way round)."""
        split, longest = self._split(sample), self._longest(sample)
        window = (split, longest) if self.sign > 0 else (0, split)
        # The engine turns predictors to the claim's sign; here the response's is the one.
        known = self.sign * self._side * _known_shock(self, sample)
        outcome = _ahead(self, sample, *window)
        return known[: outcome.size], outcome, window[1]

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        when = "after" if self.sign > 0 else "before"
        return f"the follower's average response is half-way {when} that of the other"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether the responses come in the claimed order."""
        beside, shock, longest = self._beside(sample), self._shock(sample), self._longest(sample)
        moves = self._drawn(sample, paths) / beside.scale
        theirs, mine = (
            projections.half_way(projections.responses(one, shock, longest), sign=self._side)
            for one in (moves, beside.first)
        )
        return np.asarray(self.sign * (theirs - mine) > 0)


def _self_normalised(moves: Floats, noise: Floats, weights: Floats) -> Floats:
    """Give ``sum w y`` over the root of ``sum w^2 e^2``, a history a row."""
    return np.asarray((moves @ weights) / np.sqrt(np.maximum((noise**2) @ weights**2, 1e-300)))


def _interval(value: float, error: float, t: Floats) -> tuple[float, float]:
    low, high = value - error * np.quantile(t, (0.95, 0.05))
    return float(low), float(high)


def _known_shock(test: ShockTest, sample: Sample) -> Floats:
    """Give the shock as it could be known when its period ended, shape (n_periods, 1)."""
    if test.leader in sample.states:
        return test._raw(sample)[:, None]  # noqa: SLF001
    moves = np.diff(sample.leaders[test.leader][sample.ends(test.every)])
    return (moves / past_scale(moves))[:, None]


def _ahead(test: ShockTest, sample: Sample, start: int, stop: int) -> Floats:
    """Give the follower's move from ``start`` to ``stop`` periods after each period's end."""
    level = sample.follower[sample.ends(test.every)][1:]
    return level[stop:] - level[start : level.size - stop + start]
