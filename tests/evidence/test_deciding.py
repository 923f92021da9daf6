"""How much history a question takes: by closed form, by simulation, or said to be in vain."""

from typing import ClassVar

import numpy as np
import pytest
from evidence.quick import a_test, beside, find, market, panel_of
from scipy.stats import norm

from leadline.evidence.base import Estimate
from leadline.evidence.relation import Measured, RelationTest, crossing
from leadline.evidence.sample import Paths
from leadline.report.account import sections
from leadline.statement import _episodes

NEEDED = norm.isf(0.05) + norm.ppf(0.80)
"""Standard errors of an effect that a one-sided test at 5 % finds in 80 %: 1.645 + 0.842."""


class MeanOfZ(RelationTest):
    """A z-test of a mean: an effect is that many standard deviations a day."""

    effect: ClassVar[str] = "mean"
    unit: ClassVar[str] = "standard deviations"

    kind: str = "mean_of_z"

    def prepare(self, sample):
        spread = sample.returns.std()

        def score(paths):
            z = np.sqrt(sample.n_obs) * paths.returns.mean(axis=1) / spread
            return np.column_stack((z, -z))

        return score

    def plant(self, sample, returns, effect, rng):
        del rng
        return returns + effect * sample.returns.std()

    def measure(self, sample, null, rng, *, full):
        del null, rng, full
        estimate = Estimate(label="mean", value=0.0, low=None, high=None, unit=self.unit)
        return Measured(0.0, 1.0, estimate, n_episodes=sample.n_obs)


class InVain(MeanOfZ):
    limit: ClassVar[str] = "more of the same says the same"


@pytest.fixture(scope="module")
def sample(panel):
    return a_test("event_study").draw(panel)


@pytest.fixture(scope="module")
def panel():
    return panel_of(beside(*market(link=0.0, noise=0.02, seed=2)))


def power_of(test, sample, seed=1):
    rng = np.random.default_rng(seed)
    score, model = test.prepare(sample), test.null_model(sample)
    null = score(Paths(sample, model.draw(1999, rng)))[:, 0]
    measured = test.measure(sample, null, rng, full=False)
    return test._power(sample, score, null, measured, rng)


def mean_test(matters, kind=MeanOfZ):
    return kind(leader="leader", follower="follower", matters=matters, n_simulations=1000)


@pytest.mark.parametrize("growth", [1.5, 3.0, 8.0])
def test_a_mean_takes_the_history_of_the_closed_form(sample, growth):
    matters = NEEDED / np.sqrt(growth * sample.n_obs)
    power = power_of(mean_test(matters), sample)
    # Simulated shares of 1,000 put 7 % of noise on a length.
    assert power.growth == pytest.approx(growth, rel=0.2)
    assert power.episodes_needed == int(np.ceil(sample.n_obs * power.growth))
    last = sample.days[-1].astype("datetime64[Y]").astype(int) + 1970
    years = sample.n_obs / sample.per_year
    assert power.decidable_by == last + int(np.ceil(years * (power.growth - 1)))


def test_what_is_found_already_takes_no_more(sample):
    power = power_of(mean_test(2 * NEEDED / np.sqrt(sample.n_obs)), sample)
    assert power.growth == 1.0


def test_a_kind_that_more_history_does_not_help_says_so_and_names_no_year(sample):
    few, many = (NEEDED / np.sqrt(n * sample.n_obs) for n in (3.0, 0.3))
    power = power_of(mean_test(few, InVain), sample)
    assert (power.growth, power.episodes_needed, power.decidable_by) == (None, None, None)
    assert power.limit == InVain.limit
    assert power.detectable is not None
    decided = power_of(mean_test(many, InVain), sample)
    assert (decided.growth, decided.limit) == (1.0, "")


@pytest.mark.parametrize("step", [0.25, 0.5, 1.0])
def test_the_power_of_a_mean_is_crossed_where_it_is_however_coarse_the_grid(step):
    effects = np.arange(0.0, 4.0 + step, step)
    shares = norm.cdf(effects * 1.3 - norm.isf(0.05))
    found = crossing(effects, shares, 0.80, 10**9)
    assert found == pytest.approx(NEEDED / 1.3, rel=1e-6)
    roots = np.sqrt([10.0, 20.0, 40.0])
    shares = norm.cdf(NEEDED * roots / np.sqrt(26.0) - norm.isf(0.05))
    assert crossing(roots, shares, 0.80, 10**9) ** 2 == pytest.approx(26.0, rel=1e-6)


def test_a_curve_that_never_rises_so_far_is_not_crossed():
    effects = np.array([0.0, 1.0, 2.0])
    assert crossing(effects, np.array([0.05, 0.3, 0.79]), 0.80, 100) is None
    assert crossing(effects, np.array([0.9, 0.9, 0.9]), 0.80, 100) == 0.0
    for n in (1, 2, 100):
        found = crossing(effects, np.array([0.0, 0.0, 1.0]), 0.80, n)
        assert 1.0 < found <= 2.0
    for low, high in ((0.1, 0.9), (0.79, 0.81), (0.0, 0.8)):
        assert 0.0 < crossing(effects[:2], np.array([low, high]), 0.80, 100) <= 1.0


def test_a_longer_sample_goes_on_at_the_past_pace(sample):
    longer = sample.prolonged(4, np.random.default_rng(5))
    assert longer.n_obs == 4 * sample.n_obs
    assert longer.per_year == pytest.approx(sample.per_year, rel=1e-3)
    assert np.all(np.diff(longer.days) > np.timedelta64(0, "D"))
    first = slice(0, sample.days.size)
    assert np.array_equal(longer.days[first], sample.days)
    np.testing.assert_allclose(longer.follower[first], sample.follower, atol=1e-9)
    np.testing.assert_allclose(
        np.sort(longer.returns), np.sort(np.tile(sample.returns, 4)), atol=1e-9
    )
    # What moved together moves together again.
    pairs = sorted(zip(longer.moves("leader").round(9), longer.returns.round(9), strict=True))
    once = sorted(zip(sample.moves("leader").round(9), sample.returns.round(9), strict=True))
    np.testing.assert_allclose(pairs[::4], once, atol=1e-8)
    own_days, own_path = longer.past["leader"]
    assert own_days.size == own_path.size
    assert np.all(np.diff(own_days) > np.timedelta64(0, "D"))


def test_a_longer_condition_is_one(panel):
    test = a_test("event_coincidence", leader="strong", event={"rule": "onset", "quiet": "2w"})
    longer = test.draw(panel).prolonged(3, np.random.default_rng(5))
    assert set(np.unique(longer.leaders["strong"])) <= {0.0, 1.0}


def test_few_episodes_take_the_history_that_longer_ones_show(sample):
    test = a_test("event_coincidence", n_simulations=100)
    assert test.in_steps
    power = power_of(test, sample)
    assert power.at_matters < 0.8
    assert power.growth > 1
    # The share found in a history so long, simulated anew.
    rng = np.random.default_rng(7)
    longer = sample.prolonged(max(round(power.growth), 2), rng)
    score, model = test.prepare(longer), test.null_model(longer)
    critical = np.quantile(score(Paths(longer, model.draw(499, rng)))[:, 0], 0.95)
    sizes, effects, _ = test._power_curve(sample, test.prepare(sample), np.zeros(9), rng)
    asked = np.interp(power.matters, effects, sizes)
    paths = Paths(longer, test.plant(longer, model.draw(100, rng), asked, rng))
    assert 0.55 <= test._is_found(longer, score, critical, paths).mean() <= 0.97


def test_the_reader_is_told_that_more_years_are_in_vain(unrelated):
    found = find("level_correlation", unrelated, matters=0.3)
    assert found.power.at_matters < 0.8
    assert found.power.decidable_by is None
    assert "more years would not decide it" in _episodes(found)
    rows = dict(row for section in sections(found) for row in section.rows)
    assert rows["could be decided by"].startswith("no year: more years would not decide it")
    assert "episodes needed" not in rows
