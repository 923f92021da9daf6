"""Could anyone have earned it, after costs, the search, and the drift of the market?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Every
from leadline.evidence import rule_pictures
from leadline.evidence.base import Estimate
from leadline.evidence.events import YEAR, own_rate
from leadline.evidence.exhibits import Heatmap
from leadline.evidence.relation import Measured, RelationTest, Scorer
from leadline.evidence.sample import Paths, Sample
from leadline.kernels import rules, sharpe
from leadline.kernels.cross_correlation import p_value
from leadline.kernels.overfitting import overfitting
from leadline.kernels.resample import automatic_block, past_scale
from leadline.kernels.rules import Matched
from leadline.kernels.superior import Superior, stationary_counts, step_down, superior

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Quantile = Annotated[float, Field(gt=0, lt=1)]

LENGTH = {"week": 7.0, "month": 365.25 / 12}
POINT = 1e-4
"""A basis point."""
OWN = 0
"""The claim's own rule among those of a book; without it the sample is too thin."""
MIN_PERIODS = 60
MIN_SPELLS = 3
SELDOM = 0.03
"""A rule that is in or out of the market on fewer periods than this share is not looked at."""
QUICK = 59
"""Resamples where many histories are tried, as for power; a p of 3/60 is the level exactly."""


class Rule(NamedTuple):
    """One declared way to act on the leader; ``over`` is None where it is a condition."""

    over: DurationText | None
    quantile: float | None
    lag: DurationText
    hold: DurationText


@dataclass(frozen=True, slots=True)
class Book:
    """What every rule held, period by period.

    Attributes
    ----------
    rules : tuple of Rule
        The claim's own first.
    first : int
        The first period of the question; earlier ones are only the leader's past.
    position : ndarray of float64, shape (n_periods, n_rules)
        1 in the market, 0 out of it, known before the period begins.
    matched : Matched
        The same against the average position, and what was paid.
    """

    rules: tuple[Rule, ...]
    first: int
    position: Floats
    matched: Matched

    @property
    def weights(self) -> Floats:
        """Position less its mean, so that the drift of the follower drops out."""
        return self.matched.weights

    @property
    def paid(self) -> Floats:
        """What each rule paid in all, shape (n_rules,)."""
        return np.asarray(self.matched.charged.sum(axis=0))


class Tradable(RelationTest):
    """Yearly return of holding the follower only after the leader's strength, against luck.

    The rule holds the follower for ``hold`` once the leader's move over ``over`` ranks above
    ``quantile`` of its own past (rises at all, where that is null), or while the leader, a
    condition, holds; it acts ``lag`` after the close that said so, at least one observation, and
    decides once every ``every``. It is compared with being in the market as often at any time,
    ``(position - mean position) * return``, after ``cost`` basis points a trade: a plain Sharpe
    ratio praises the best of many rules in nearly every market that rose. Rules with the
    other declared values are searched too, and all nulls repeat that search.

    The p is the larger of two: histories of the follower with no link to the leader, and the
    test for superior predictive ability of Hansen (2005), studentised in each resample, whose
    null is that no rule earns more than its costs. The deflated Sharpe ratio of the best rule
    (Bailey and Lopez de Prado 2014, their variant of the error) counts as trials the largest of
    three estimates. For a negative direction the rule is out of the market where it would be in.
    """

    null: ClassVar[str] = (
        "no declared rule earns more, after costs, than being in the market as often at any time"
    )
    effect: ClassVar[str] = "yearly excess return of the rule after costs"
    unit: ClassVar[str] = "log return a year"

    kind: Literal["tradable"] = "tradable"
    over: Duration = DurationText("3m")
    quantile: Quantile | None = 0.8
    lag: Duration = DurationText("1d")
    hold: Duration = DurationText("4w")
    overs: tuple[Duration, ...] = ()
    quantiles: tuple[Quantile | None, ...] = ()
    lags: tuple[Duration, ...] = ()
    holds: tuple[Duration, ...] = ()
    every: Every = "week"
    cost: Annotated[float, Field(ge=0, description="basis points a trade")] = 10.0
    costs: tuple[Annotated[float, Field(ge=0)], ...] = (5.0, 10.0, 25.0, 50.0)
    matters: float | None = 0.10

    def declared(self, *, condition: bool = False) -> tuple[Rule, ...]:
        """Give every declared rule, the claim's own first.

        Where the leader is a condition it holds or not: no move of it is ranked.
        """
        options = (
            (None,) if condition else (self.over, *self.overs),
            (None,) if condition else (self.quantile, *self.quantiles),
            (self.lag, *self.lags),
            (self.hold, *self.holds),
        )
        return tuple(dict.fromkeys(Rule(*choice) for choice in product(*options)))

    def lead_in(self, sample: Sample) -> int:
        """Let positions at the start come from what the leader did before."""
        longest = max(rule.lag.days + rule.hold.days for rule in self.declared())
        return DurationText(f"{longest + 31:g}d").observations(sample.per_year)

    def _per_year(self, sample: Sample) -> float:
        """Periods a year of 365.25 days."""
        ends = sample.ends(self.every)
        span = float((sample.days[ends[-1]] - sample.days[ends[0]]) / np.timedelta64(1, "D"))
        return (ends.size - 1) / span * 365.25

    def _hold(self, hold: DurationText, sample: Sample) -> int:
        if self.every == "day":
            return max(hold.observations(sample.per_year), 1)
        return max(round(hold.days / LENGTH[self.every]), 1)

    def _strength(self, sample: Sample, over: DurationText) -> Floats:
        """Rank of the leader's move in its own past, on its own days; NaN before it is known."""
        _, path = sample.past[self.leader]
        rate = own_rate(sample, self.leader)
        length = max(over.observations(rate), 1)
        move = np.full(path.size, np.nan)
        # Rounded, so that equal moves are ties whatever the unit of the price.
        move[length:] = np.round(path[length:] - path[:-length], 12)
        return rules.expanding_share(move, at_least=YEAR.observations(rate))

    def _on(self, sample: Sample, over: DurationText | None, quantile: float | None) -> Flags:
        """Say on which of the leader's own days the rule would want to be in."""
        _, path = sample.past[self.leader]
        if over is None:
            return path > 0.5
        if quantile is None:
            length = max(over.observations(own_rate(sample, self.leader)), 1)
            on = np.zeros(path.size, dtype=bool)
            on[length:] = path[length:] - path[:-length] > 1e-12
            return on
        key = ("strength", self.leader, over)
        if key not in sample.memo:
            sample.memo[key] = self._strength(sample, over)
        strength: Floats = sample.memo[key]
        return np.nan_to_num(strength, nan=0.0) > quantile

    def _position(self, sample: Sample, rule: Rule) -> Flags:
        """Say in which periods the rule is in the market."""
        begins = sample.ends(self.every)[:-1]
        seen = begins - max(rule.lag.observations(sample.per_year), 1)
        own_days, _ = sample.past[self.leader]
        row = np.searchsorted(own_days, sample.days[np.maximum(seen, 0)], "right") - 1
        on = self._on(sample, rule.over, rule.quantile)
        reading = (seen >= 0) & (row >= 0) & on[np.maximum(row, 0)]
        position = rules.held(reading, self._hold(rule.hold, sample))
        return position if self.sign > 0 else ~position

    def book(self, sample: Sample) -> Book:
        """Give what every declared rule held; rules that hardly ever trade are left out."""
        own = (self.over, self.quantile, self.lag, self.hold)
        more = (self.overs, self.quantiles, self.lags, self.holds)
        key = ("book", self.leader, self.every, self.cost, self.sign, own, more)
        if key not in sample.memo:
            sample.memo[key] = self._make_book(sample)
        book: Book = sample.memo[key]
        return book

    def _make_book(self, sample: Sample) -> Book:
        first = int(np.searchsorted(sample.ends(self.every)[:-1], sample.skip))
        declared = self.declared(condition=self.leader in sample.states)
        held = {rule: self._position(sample, rule)[first:] for rule in declared}
        alive = [rule for rule, on in held.items() if _trades(on)]
        n_periods = max(sample.ends(self.every).size - 1 - first, 0)
        position = np.zeros((n_periods, len(alive)))
        for column, rule in enumerate(alive):
            position[:, column] = held[rule]
        return Book(tuple(alive), first, position, rules.matched(position, cost=self.cost * POINT))

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        short = super().too_thin(sample)
        if short is not None:
            return short
        ends = sample.ends(self.every)
        n_periods = ends.size - 1 - int(np.searchsorted(ends[:-1], sample.skip))
        if n_periods < MIN_PERIODS:
            return f"{max(n_periods, 0)} {self.every}s of common data; a rule needs {MIN_PERIODS}."
        own = self.declared(condition=self.leader in sample.states)[OWN]
        on = self._position(sample, own)[-n_periods:]
        if not _trades(on):
            return (
                f"The rule is in the market in {on.mean():.0%} of {n_periods} {self.every}s, in "
                f"{_spells(on)} spells; needs {MIN_SPELLS} spells and {SELDOM:.0%} to "
                f"{1 - SELDOM:.0%} of the time."
            )
        return None

    def prepare(self, sample: Sample) -> Scorer:
        """Fix the positions; the score is the largest self-normalised excess over the rules."""
        book = self.book(sample)
        weights, squares, paid = book.weights, book.weights**2, book.paid

        def score(paths: Paths) -> Floats:
            drawn = paths.every(self.every)[:, book.first :]
            drawn_squared = paths.once(("squared", self.every, book.first), lambda: drawn**2)
            gained = drawn @ weights
            root = np.sqrt(np.maximum(drawn_squared @ squares, 1e-300))
            # The opposite claim would trade as often, and pay as much.
            return np.column_stack(
                [((side * gained - paid) / root).max(axis=1) for side in (1, -1)]
            )

        return score

    def _gains(self, sample: Sample, returns: Floats) -> Floats:
        """Excess return of each rule after costs, shape (n_periods, n_rules)."""
        return self.book(sample).matched.gains(returns)

    def _counts(self, sample: Sample, n: int) -> tuple[Floats, float]:
        """Give the resamples of the test for superior ability, and their mean block."""
        # The same for every history, from a stream of the settings alone: the p is then one fixed
        # function of a history, as one over all rotations is.
        key = ("counts", n, self.every, self.book(sample).first)
        if key not in sample.memo:
            happened = Paths(sample, sample.returns[None, :]).every(self.every)[0]
            gains = self._gains(sample, happened[self.book(sample).first :])
            block = max(automatic_block(gains[:, 0]), float(self._hold(self.hold, sample)))
            drawn = stationary_counts(n, gains.shape[0], block, self.stream("superior ability"))
            sample.memo[key] = (drawn, block)
        counts: tuple[Floats, float] = sample.memo[key]
        return counts

    def _superior(self, sample: Sample, returns: Floats, n: int) -> Superior:
        counts, block = self._counts(sample, n)
        return superior(self._gains(sample, returns), counts, block=block)

    def also(self, sample: Sample, paths: Paths) -> Mapping[str, Floats]:
        """Test whether the best rule earns more than its costs."""
        drawn = paths.every(self.every)[:, self.book(sample).first :]
        n = self.n_resamples if len(paths) == 1 else min(QUICK, self.n_resamples)
        return {
            "superior ability": np.array(
                [self._superior(sample, returns, n).p_consistent for returns in drawn]
            )
        }

    def measure(self, sample: Sample, null: Floats, rng: Generator, *, full: bool) -> Measured:
        """Measure the claim's own rule, and what the search over rules is worth."""
        del rng
        book = self.book(sample)
        happened = Paths(sample, sample.returns[None, :])
        returns = happened.every(self.every)[0, book.first :]
        statistic = float(self.prepare(sample)(happened)[0, 0])
        p_drawn = p_value(statistic, null)
        found = self._superior(sample, returns, self.n_resamples)
        p = max(p_drawn, found.p_consistent)
        gains = self._gains(sample, returns)
        per_year = self._per_year(sample)
        counts, block = self._counts(sample, self.n_resamples)
        earned, strays = _mean_and_strays(gains[:, OWN], counts, per_year)
        least, most = (float(end) for end in earned - np.quantile(strays, [0.95, 0.05]))
        # A rule that stays out gains where the follower falls: as an effect that is negative.
        low, high = (least, most) if self.sign > 0 else (-most, -least)
        spells = _spells(book.position[:, OWN] > 0.5)
        measured = Measured(
            statistic=statistic,
            p_value=p,
            estimate=Estimate(
                label=self.effect,
                value=self.sign * earned,
                low=low,
                high=high,
                unit=self.unit,
            ),
            at=f"after {self.cost:g} basis points a trade",
            n_episodes=spells,
            leave_one_out=self._without_each(book.position[:, OWN], returns, per_year),
        )
        if not full:
            return measured
        components = {
            **self._worth(gains, found.best, returns, per_year),
            **self._trading(book, returns, per_year),
            "p_drawn": p_drawn,
            "p_superior": found.p_consistent,
            "rules_superior": float(step_down(gains, counts, block=block).superior.sum()),
        }
        return replace(
            measured,
            components=components,
            exhibits=(
                rule_pictures.equity(
                    sample.days[sample.ends(self.every)[book.first :]],
                    book.position[:, OWN],
                    returns,
                    book.matched.charged[:, OWN],
                    self.follower,
                ),
                rule_pictures.cost_grid(
                    earned,
                    strays,
                    per_trade=components["turnover"] * POINT,
                    cost=self.cost,
                    costs=self.costs,
                ),
                *self._heatmap(book, found),
            ),
            caveats=self._caveats(components, spells),
            summary=f"{self._words(book.rules[OWN])} earned {earned:+.1%} a year more (in logs) "
            f"than as much time in {self.follower} at any point, after {self.cost:g} basis points "
            f"a trade (90 % interval {least:+.1%} to {most:+.1%}); that the best of "
            f"{len(book.rules)} declared rules is more than luck has a probability of "
            f"{components['dsr']:.0%} (p = {p:.3f}).",
        )

    def _without_each(
        self, position: Floats, returns: Floats, per_year: float
    ) -> tuple[float, float]:
        """Give the range of the estimate when the rule sits out any one of its spells."""
        on = position > 0.5
        begins = on & ~np.concatenate(([False], on[:-1]))
        spell = np.where(on, np.cumsum(begins), 0)
        left = position[:, None] * (spell[:, None] != np.arange(1, spell.max() + 1))
        gains = rules.matched(left, cost=self.cost * POINT).gains(returns)
        yearly = self.sign * gains.mean(axis=0) * per_year
        return float(yearly.min()), float(yearly.max())

    def _worth(
        self, gains: Floats, best: int, returns: Floats, per_year: float
    ) -> dict[str, float]:
        """Say what the Sharpe ratios are worth after tails, length and search."""
        root = float(np.sqrt(per_year))
        ratios = sharpe.sharpe_ratios(gains)
        trials = sharpe.effective_trials(gains)
        n_trials = max(trials)
        spread = float(ratios.std(ddof=1)) if ratios.size > 1 else 0.0
        own, winner = sharpe.track(gains[:, OWN]), sharpe.track(gains[:, best])
        years = gains.shape[0] / per_year
        out = {
            "sharpe": root * float(ratios[OWN]),
            "sharpe_best": root * float(ratios[best]),
            "sharpe_buy_and_hold": root * float(sharpe.sharpe_ratios(returns[:, None])[0]),
            "psr": sharpe.probabilistic(own),
            "dsr": sharpe.deflated(winner, n_trials=n_trials, deviation=spread),
            "dsr_2025": sharpe.deflated(
                winner, n_trials=n_trials, deviation=spread, variant="2025"
            ),
            "rules": float(ratios.size),
            "n_eff": n_trials,
            "n_eff_correlation": trials.by_correlation,
            "n_eff_eigenvalues": trials.by_eigenvalues,
            "n_eff_clusters": trials.by_clusters,
            "years": years,
        }
        lengths = {
            "min_track_years": sharpe.shortest_track(own) / per_year,
            "min_backtest_years": sharpe.shortest_backtest(n_trials, root * float(ratios[best])),
        }
        # A ratio below zero has no such length.
        out |= {name: length for name, length in lengths.items() if np.isfinite(length)}
        if ratios.size > 1:
            out["pbo"] = overfitting(gains, n_blocks=16 if gains.shape[0] >= 320 else 8).probability
        return out

    def _trading(self, book: Book, returns: Floats, per_year: float) -> dict[str, float]:
        trades = float(rules.turnover(book.position[:, OWN]).sum())
        gross = float(book.weights[:, OWN] @ returns)
        return {
            "exposure": float(book.position[:, OWN].mean()),
            "turnover": trades / returns.size * per_year,
            "break_even_cost": gross / max(trades, 1.0) / POINT,
        }

    def _caveats(self, found: Mapping[str, float], spells: int) -> tuple[str, ...]:
        said = [
            f"Yearly figures use a year of 365.25 days and log returns; Sharpe ratios are of the "
            f"return above that of as much time in the market at any point, from {spells} spells.",
            "The deflated Sharpe ratio follows Bailey and Lopez de Prado (2014) with "
            f"{found['n_eff']:.1f} effective trials; the variant of 2025 gives "
            f"{found['dsr_2025']:.0%}.",
            "Costs are those of trading alone: no tax, funding, borrowing or market impact.",
        ]
        if found.get("min_backtest_years", np.inf) > found["years"]:
            needed = found.get("min_backtest_years")
            said.append(
                f"{found['years']:.1f} years are at hand; with so many trials luck alone is "
                + (
                    "never told from a ratio below zero."
                    if needed is None
                    else f"expected to show the best rule's ratio within {needed:.1f} years."
                )
            )
        return tuple(said)

    def _words(self, rule: Rule) -> str:
        """Say what a rule does."""
        when = "Out of" if self.sign < 0 else "In"
        return (
            f"{when} {self.follower} for {rule.hold.words} after {self._signal(rule)}, acting "
            f"{rule.lag.words} later,"
        )

    def _signal(self, rule: Rule) -> str:
        if rule.over is None:
            return f"{self.leader} holds"
        if rule.quantile is None:
            return f"{self.leader} rose over {rule.over.words}"
        return (
            f"{self.leader}'s move over {rule.over.words} ranks above {rule.quantile:.0%} of its "
            "past"
        )

    def _heatmap(self, book: Book, found: Superior) -> tuple[Heatmap, ...]:
        if len(book.rules) < 2:
            return ()
        return (
            rule_pictures.heatmap(
                [_short(rule) for rule in book.rules],
                [f"hold {rule.hold.words}, {rule.lag.words} late" for rule in book.rules],
                found,
                self._words(book.rules[found.best]),
            ),
        )

    def quick(self, sample: Sample) -> float:
        """Give the yearly excess return of the claim's own rule after costs."""
        happened = Paths(sample, sample.returns[None, :])
        return float(self._yearly(sample, happened)[0])

    def _yearly(self, sample: Sample, paths: Paths) -> Floats:
        """Yearly excess of the claim's own rule after costs in each history, as an effect."""
        book = self.book(sample)
        drawn = paths.every(self.every)[:, book.first :]
        per_period = (drawn @ book.weights[:, OWN] - book.paid[OWN]) / drawn.shape[1]
        return np.asarray(self.sign * per_period * self._per_year(sample))

    def weights(self, sample: Sample) -> Floats:
        """Give each daily return's weight in the yearly excess before costs, as an effect."""
        book = self.book(sample)
        scale = self.sign * self._per_year(sample) / book.position.shape[0]
        return sample.on_days(self.every, scale * book.weights[:, OWN], first=book.first)

    def plant(self, sample: Sample, returns: Floats, effect: float, rng: Generator) -> Floats:
        """Add a drift while the rule is in the market, so large that the effect is left."""
        del rng
        book = self.book(sample)
        position = book.position[:, OWN]
        share = float(position.mean())
        per_year = self._per_year(sample)
        costs = float(book.paid[OWN]) / position.size * per_year
        drift = (self.sign * effect + costs) / (share * (1 - share) * per_year)
        pattern = sample.over_days(self.every, drift * position, first=book.first)
        return np.asarray(returns + pattern)

    def realised(self, sample: Sample, paths: Paths, effect: float) -> float:
        """Give the mean excess that came of it."""
        del effect
        return float(np.mean(self._yearly(sample, paths)))

    def forecasters(self, sample: Sample) -> tuple[Floats, Floats, int]:
        """Forecast each period's return from whether each rule is in the market."""
        book = self.book(sample)
        y = np.diff(sample.follower[sample.ends(self.every)])
        y = (y / past_scale(y))[book.first :]
        return self.sign * book.position, y, 0

    def criterion_words(self) -> str:
        """Say what a reader would accept."""
        return "after costs the rule earned more than as much time in the market at any point"

    def criterion(self, sample: Sample, paths: Paths) -> NDArray[np.bool_]:
        """Say whether the rule's excess after costs is positive."""
        return np.asarray(self.sign * self._yearly(sample, paths) > 0)


def _short(rule: Rule) -> str:
    """Name what a rule waits for, as briefly as a table takes it."""
    if rule.over is None:
        return "while it holds"
    if rule.quantile is None:
        return f"any rise over {rule.over.words}"
    return f"top {1 - rule.quantile:.0%} over {rule.over.words}"


def _spells(on: Flags) -> int:
    """Count the separate times in the market."""
    return int(np.count_nonzero(on[1:] & ~on[:-1]) + (on.size > 0 and on[0]))


def _trades(on: Flags) -> bool:
    """Whether there is enough in and out of the market to compare."""
    return on.size > 0 and SELDOM <= on.mean() <= 1 - SELDOM and _spells(on) >= MIN_SPELLS


def _mean_and_strays(gains: Floats, counts: Floats, per_year: float) -> tuple[float, Floats]:
    """Give the yearly mean, and by how much its resampled twins stray from it."""
    mean = float(gains.mean())
    drawn = counts @ (gains - mean) / gains.size
    return mean * per_year, drawn * per_year
