"""Does the leader's past add information to the follower's own?"""

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import NonNegativeInt, PositiveInt

from leadline.data.panel import Every
from leadline.evidence.base import Estimate
from leadline.evidence.exhibits import Band, Curve, Exhibit, Line, Mark, Table
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Null, NullModel, Paths, Rotations, Sample
from leadline.kernels import cross_correlation as cc
from leadline.kernels import granger as kernel
from leadline.kernels.resample import past_scale

Floats = NDArray[np.float64]
LONGEST = 8
LENGTH = {"week": 7.0, "month": 365.25 / 12}
MIN_PERIODS = 40
N_STUDENTISED = 399


class Granger(RelationTest):
    """Wald test that the leader's lags improve on the follower's own (Granger 1969).

    A VAR(p + d) in levels of which only the first p lags of the leader are tested, so that it
    holds whether or not the levels wander or move together (Toda and Yamamoto 1995; Dolado and
    Luetkepohl 1996), with a covariance that is robust to changing volatility, against histories
    of the follower with random signs. Order p is the Bayesian criterion's for both series
    together, which looks at neither direction in particular, or the claim's.

    A claim has a direction and the Wald statistic has none. Its root with the sign of the
    response, the sum of the coefficients on the leader's p moves, would turn a rise and a fall
    that cancel into strong evidence for whichever is larger by a hair. ``statistic: response``
    therefore compares the studentised response, and gives the Wald test beside it;
    ``statistic: wald`` asks for information of either sign.

    With ``controls`` their lags are held constant too, in the test and in the histories. Lags
    within the guard gap are kept in the histories, as in every kind, and so decide nothing.
    """

    null: ClassVar[str] = (
        "given the follower's own past, the leader's past says nothing about the follower"
    )
    effect: ClassVar[str] = "response of the follower to the leader's past moves"
    unit: ClassVar[str] = "per unit of the leader"
    state_follower: ClassVar[bool] = True

    kind: Literal["granger"] = "granger"
    every: Every = "week"
    lags: PositiveInt | Literal["bic"] = "bic"
    augment: NonNegativeInt = 1
    robust: bool = True
    statistic: Literal["response", "wald"] = "response"
    controls: tuple[str, ...] = ()
    matters: float | None = 0.2

    def leaders(self) -> tuple[str, ...]:
        """Name the leaders of every fork, the claim's own first, and then every control."""
        held = (*self.controls, *(name for c in self.forks.get("controls", ()) for name in c))
        return tuple(dict.fromkeys((*super().leaders(), *held)))

    def _controls(self) -> tuple[str, ...]:
        # A fork may put a control in the leader's place.
        return tuple(name for name in self.controls if name not in {self.leader, self.follower})

    def _order(self, sample: Sample) -> int:
        """Give p: the claim's, or the criterion's on the history that happened."""
        if self.lags != "bic":
            return self.lags
        key = ("order", self.leader, self.every)
        if key not in sample.memo:
            ends = sample.ends(self.every)
            both = np.stack((sample.follower[ends], sample.leaders[self.leader][ends]))
            longest = max(1, min(LONGEST, (ends.size - 1) // 10))
            sample.memo[key] = kernel.best_order(both, longest)
        order: int = sample.memo[key]
        return order

    def _longest(self) -> int:
        return (LONGEST if self.lags == "bic" else self.lags) + self.augment

    def lead_in(self, sample: Sample) -> int:
        """Let lags reach back before the start."""
        days = LENGTH.get(self.every, 365.25 / sample.per_year) * (self._longest() + 1)
        return int(np.ceil(days / 365.25 * sample.per_year)) + 1

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        periods = sample.ends(self.every).size - 1
        regressors = (2 + len(self._controls())) * self._longest()
        needed = MIN_PERIODS + 2 * regressors
        if periods < needed:
            return (
                f"{max(periods, 0)} {self.every}s of common data; {regressors} lags in all need "
                f"{needed}."
            )
        if self.follower in sample.states and self._controls():
            return (
                f"{self.follower} is a state: moving it round the calendar cannot keep what "
                f"{' and '.join(self._controls())} say about it, so controls need a price."
            )
        return super().too_thin(sample)

    def _design(self, sample: Sample) -> kernel.Design:
        key = ("design", self.leader, self._controls(), self.every, self.lags, self.augment)
        if key not in sample.memo:
            ends = sample.ends(self.every)
            order = self._order(sample)
            controls = np.array([sample.leaders[name][ends] for name in self._controls()])
            first = int(np.searchsorted(ends, sample.skip, "right"))
            sample.memo[key] = kernel.design(
                sample.leaders[self.leader][ends],
                controls.reshape(-1, ends.size),
                lags=order,
                augment=self.augment,
                first=max(first, order + self.augment),
            )
        made: kernel.Design = sample.memo[key]
        return made

    def _tested(self, sample: Sample, paths: Paths) -> kernel.Tested:
        levels = paths.levels[:, sample.ends(self.every)]
        return kernel.wald(levels, self._design(sample), robust=self.robust)

    def prepare(self, sample: Sample) -> Scorer:
        """Fix everything but the follower's own lags."""
        self._design(sample)

        def score(paths: Paths) -> Floats:
            found = self._tested(sample, paths)
            if self.statistic == "wald":
                # Less information than chance gives is no opposite of information.
                return np.column_stack((np.sqrt(found.wald), np.zeros(len(paths))))
            t = self.sign * found.response[:, -1] / found.error[:, -1]
            return np.column_stack((t, -t))

        return score

    def null_model(self, sample: Sample) -> Null:
        """Fit the null; it keeps what the controls' past says about the follower."""
        if self.follower in sample.states:
            # Random signs of its changes would make a path that is no state.
            return Rotations(sample.follower, keep_off=self.lead_in(sample))
        if not self._controls():
            return super().null_model(sample)
        key = ("null", self.leaders(), self.every, self.lags, "controls")
        if key not in sample.memo:
            past = self._past_of_controls(sample)
            y = sample.returns
            said = past @ np.linalg.lstsq(past, y, rcond=1e-10)[0]
            guard = max(1, self.guard.observations(sample.per_year))
            rest = sample.with_follower(y - said)
            fitted = NullModel.fit(rest, self.leaders(), guard=guard)
            sample.memo[key] = replace(fitted, stays=fitted.stays + said)
        model: Null = sample.memo[key]
        return model

    def _past_of_controls(self, sample: Sample) -> Floats:
        """Spread each control's past moves over the days of the period they are to explain."""
        ends = sample.ends(self.every)
        lags = np.arange(1, self._order(sample) + 1)
        if ends.size < 2:
            return np.zeros((sample.n_obs, len(self._controls()) * lags.size))
        moves = [np.diff(sample.leaders[name][ends]) for name in self._controls()]
        past = np.hstack([cc.lagged(each - each.mean(), lags) for each in moves])
        return sample.over_days(self.every, past)

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the response, its interval, and the other direction."""
        happened = Paths(sample, sample.returns[None, :])
        found = self._tested(sample, happened)
        order = found.response.shape[1]
        value, error = float(found.response[0, -1]), float(found.error[0, -1])
        statistic = (
            float(np.sqrt(found.wald[0])) if self.statistic == "wald" else self.sign * value / error
        )
        p = cc.p_value(statistic, null)
        drawn = self._tested(
            sample, Paths(sample, self.null_model(sample).draw(N_STUDENTISED, rng))
        )
        # What the histories keep of the link within the guard gap is no part of their error.
        centred = drawn.response[:, -1] - drawn.response[:, -1].mean()
        low, high = value - error * np.quantile(centred / drawn.error[:, -1], (0.95, 0.05))
        p_wald = cc.p_value(float(found.wald[0]), drawn.wald)
        components = {
            "order": float(order),
            "wald": float(found.wald[0]),
            "p_wald": p_wald,
            "p_textbook": float(kernel.f_p_value(found)[0]),
            "share_of_variance": self._share(sample, happened),
        }
        exhibits: tuple[Exhibit, ...] = ()
        if full:
            back, p_back = self._backwards(sample, rng)
            components |= {"wald_reverse": float(back.wald[0]), "p_reverse": p_back}
            exhibits = (
                self._response_curve(found),
                self._directions(found, p_wald, back, p_back),
                self._roots(sample),
            )
        named = "" if not self._controls() else f", given {' and '.join(self._controls())}"
        periods = f"{order} {self.every}{'' if order == 1 else 's'}"
        span = LENGTH.get(self.every, 365.25 / sample.per_year) * order
        return Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=f"{self.effect}: {self.leader} to {self.follower}",
                value=value,
                low=float(low),
                high=float(high),
                unit=self.unit,
            ),
            at=f"{periods} of lags",
            n_episodes=self.spans(sample, span),
            components=components,
            exhibits=exhibits,
            caveats=self._caveats(sample, order),
            summary=f"A move of {self.leader} goes with {value:+.2f} times that in {self.follower} "
            f"over the next {periods}{named}; without a link chance does as well with p = {p:.3f}.",
        )

    def _caveats(self, sample: Sample, order: int) -> tuple[str, ...]:
        said = ["To foretell is not to cause: what moves both, at different speeds, does the same."]
        if self.leader in sample.states or self.follower in sample.states:
            said.append(
                "One of the series is a state, not a price; the response is per unit of it."
            )
        if LENGTH.get(self.every, 365.25 / sample.per_year) * order < 2:
            said.append(
                "The lags reach under two days, which cannot be told from markets that close at "
                "different hours."
            )
        return tuple(said)

    def _share(self, sample: Sample, happened: Paths) -> float:
        """Give the leader's share in what the follower's own past leaves unexplained."""
        plain = kernel.wald(
            happened.levels[:, sample.ends(self.every)], self._design(sample), robust=False
        )
        return float(plain.wald[0] / (plain.wald[0] + plain.freedom))

    def _backwards(self, sample: Sample, rng: Generator) -> tuple[kernel.Tested, float]:
        """Test from follower to leader in the same way; p two-sided, from histories as well."""
        turned = replace(
            sample,
            leaders={**sample.leaders, self.follower: sample.follower},
            follower=sample.leaders[self.leader],
            memo={},
        )
        update = {"leader": self.follower, "follower": self.leader, "forks": {}}
        test = self.model_copy(update=update)
        found = test._tested(turned, Paths(turned, turned.returns[None, :]))  # noqa: SLF001
        paths = Paths(turned, test.null_model(turned).draw(N_STUDENTISED, rng))
        drawn = test._tested(turned, paths)  # noqa: SLF001
        return found, cc.p_value(float(found.wald[0]), drawn.wald)

    def _response_curve(self, found: kernel.Tested) -> Curve:
        response, error = found.response[0], found.error[0]
        x = tuple(float(k) for k in range(1, response.size + 1))
        far = float(response[-1])
        return Curve(
            name="response",
            title=f"What {self.follower} owes to past moves of {self.leader}",
            finding=f"Over {response.size} {self.every}s the follower moves by {far:+.2f} for a "
            "move of one of the leader, its own past held constant.",
            note="Sums of the coefficients on the leader's moves up to each lag; the band holds "
            "each point by itself in 90 % of samples.",
            x_label=f"up to lag, in {self.every}s",
            y_label="follower's move per move of the leader",
            lines=(Line(label="response", x=x, y=tuple(response), points=True),),
            bands=(
                Band(
                    label="90 %, each point",
                    x=x,
                    low=tuple(response - 1.645 * error),
                    high=tuple(response + 1.645 * error),
                ),
            ),
            marks=(Mark(label="none", at=0.0, axis="y"),),
        )

    def _directions(
        self, there: kernel.Tested, p_there: float, back: kernel.Tested, p_back: float
    ) -> Table:
        rows = [
            (
                f"{self.leader} to {self.follower}",
                f"{there.wald[0]:.2f}",
                str(there.response.shape[1]),
                f"{kernel.f_p_value(there)[0]:.3f}",
                f"{p_there:.3f}",
            ),
            (
                f"{self.follower} to {self.leader}",
                f"{back.wald[0]:.2f}",
                str(back.response.shape[1]),
                f"{kernel.f_p_value(back)[0]:.3f}",
                f"{p_back:.3f}",
            ),
        ]
        both = p_there <= 0.05 and p_back <= 0.05
        finding = (
            "Each one's past says something about the other."
            if both
            else f"From {self.leader} to {self.follower} p is {p_there:.3f}, the other way round "
            f"{p_back:.3f}, whatever the sign."
        )
        return Table(
            name="directions",
            title="Both directions",
            finding=finding,
            columns=("direction", "Wald", "lags", "p, textbook", "p, random signs"),
            rows=tuple(rows),
        )

    def _roots(self, sample: Sample) -> Table:
        """Say whether levels wander, by two tests with opposite nulls (statsmodels)."""
        from statsmodels.tsa.stattools import adfuller

        ends = sample.ends(self.every)
        rows, wander = [], 0
        paths = {self.leader: sample.leaders[self.leader], self.follower: sample.follower}
        for name, path in paths.items():
            for label, x in (("level", path[ends]), ("moves", np.diff(path[ends]))):
                if np.ptp(x) == 0:
                    continue
                found = adfuller(x, maxlag=LONGEST, autolag="BIC", result_object=True)
                wander += label == "level" and found.pvalue > 0.05
                rows.append((f"{name}, {label}", f"{found.statistic:.2f}", f"{found.pvalue:.3f}"))
        return Table(
            name="unit_roots",
            title="Do the levels wander?",
            finding=f"A unit root is not rejected in the level of {wander} of 2 series.",
            note="Augmented Dickey-Fuller tests with a constant, lags by the Bayesian criterion. "
            f"The test above holds either way if {self.augment} is how often the level must be "
            "differenced, at most.",
            columns=("series", "statistic", "p"),
            rows=tuple(rows),
        )

    def quick(self, sample: Sample) -> float:
        """Give the response alone."""
        happened = Paths(sample, sample.returns[None, :])
        return float(self._tested(sample, happened).response[0, -1])

    def _past_moves(self, sample: Sample) -> Floats:
        """Leader's moves (levels, if none is augmented) at each lag, (n_periods, lags)."""
        path = sample.leaders[self.leader][sample.ends(self.every)]
        x = np.diff(path) if self.augment else path[1:]
        return cc.lagged(x - x.mean(), np.arange(1, self._order(sample) + 1))

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Let the follower answer with ``effect`` in all, the same at each lag."""
        del rng
        past = self._past_moves(sample).mean(axis=1)
        return np.asarray(returns + effect * sample.over_days(self.every, past))

    def weights(self, sample: Sample) -> Floats:
        """Give each daily return's weight in the response, as if it came evenly over all lags."""
        past = self._past_moves(sample).mean(axis=1)
        return sample.on_days(self.every, past / max(float(past @ past), 1e-300))

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast each return from the leader's moves at each lag, and from their sum."""
        ends = sample.ends(self.every)
        x = np.diff(sample.leaders[self.leader][ends])
        y = np.diff(sample.follower[ends])
        # Units of past volatility: known in time, and crashes do not decide alone.
        past = cc.lagged(x / past_scale(x), np.arange(1, self._order(sample) + 1))
        return np.column_stack((past.sum(axis=1), past)), y / past_scale(y), 0

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        return "a textbook Granger test rejects at 5 % with the claimed sign"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether the textbook test would have rejected."""
        levels = paths.levels[:, sample.ends(self.every)]
        found = kernel.wald(levels, self._design(sample), robust=False)
        return (kernel.f_p_value(found) <= 0.05) & (self.sign * found.response[:, -1] > 0)
