"""What follows a shock?"""

from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.evidence.base import Estimate
from leadline.evidence.exhibits import Exhibit
from leadline.evidence.relation import Measured, Scorer
from leadline.evidence.sample import Null, Paths, Rotations, Sample
from leadline.evidence.shocks import APART, ShockTest, self_normalised
from leadline.kernels import projections
from leadline.kernels.cross_correlation import p_value

Floats = NDArray[np.float64]


class ShockResponse(ShockTest):
    """Cumulative response of the follower to shocks of the leader, over one horizon.

    The sum of the local projections' steps over the horizon, the period of the shock included,
    normalised by its own products, against histories of the follower with random signs.
    """

    null: ClassVar[str] = "over the horizon the follower does not respond to shocks of the leader"
    effect: ClassVar[str] = "response to a shock of one standard deviation"
    unit: ClassVar[str] = "return"
    state_follower: ClassVar[bool] = True
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
            t = self.sign * self_normalised(moves, moves, weights)
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
        return np.asarray(returns + sample.over_days(self.every, answer))

    def weights(self, sample: Sample) -> Floats:
        """Give the daily weights of the response."""
        shock = self._shock(sample)
        return sample.on_days(self.every, self._weights(sample) / float(shock @ shock))

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast what comes after the period of the shock from the shock."""
        longest = self._longest(sample)
        outcome = self._ahead(sample, 0, longest)
        return self._known_shock(sample)[: outcome.size], outcome, longest

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


def _interval(value: float, error: float, t: Floats) -> tuple[float, float]:
    low, high = value - error * np.quantile(t, (0.95, 0.05))
    return float(low), float(high)
