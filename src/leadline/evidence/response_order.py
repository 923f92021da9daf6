"""Who responds to a shock first?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import model_validator
from scipy.special import ndtr

from leadline.data.duration import Duration, DurationText
from leadline.evidence.base import Estimate
from leadline.evidence.exhibits import Exhibit, Forest, ForestRow
from leadline.evidence.relation import ALPHA, Measured, Scorer
from leadline.evidence.sample import Null, NullModel, Paths, Sample
from leadline.evidence.shocks import LENGTH, ShockTest, self_normalised
from leadline.kernels import projections
from leadline.kernels.cross_correlation import p_value

Floats = NDArray[np.float64]
N_DRAWS = 999


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
        beside = self._beside(sample)
        key = ("null", self.leader, self.first, self.every, self.horizon, self.soon, self.guard)
        if key not in sample.memo:
            by_period = beside.share * beside.scale / beside.first_scale
            multiple = sample.on_days(self.every, by_period)
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
            t = self_normalised(moves, moves - along, beside.weights)
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
            p = 1 - ndtr(self._side * self_normalised(one, one, weights))
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
            f"after {times[0]:.1f} weeks, that of {self.follower} after {times[1]:.1f}. By "
            f"chance two that respond alike look so {p_order:.0%} of the time, a {self.first} that "
            f"does not move soon {early:.0%}, a {self.follower} that does not move later "
            f"{late:.0%}.",
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
        return np.asarray(returns + sample.over_days(self.every, answer))

    def weights(self, sample: Sample) -> Floats:
        """Give daily weights of the order: the follower's moves by their lag from the first's."""
        beside, shock = self._beside(sample), self._shock(sample)
        by_period = self._side * beside.weights / (beside.scale * float(shock @ shock))
        return sample.on_days(self.every, by_period)

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast what the follower does after ``soon`` (or within, the other way round)."""
        split, longest = self._split(sample), self._longest(sample)
        window = (split, longest) if self.sign > 0 else (0, split)
        # The engine turns predictors to the claim's sign; here the response's is the one.
        known = self.sign * self._side * self._known_shock(sample)
        outcome = self._ahead(sample, *window)
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
