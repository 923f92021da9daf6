"""Numbers of the papers, and what follows from the definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leadline.kernels import sharpe
from leadline.kernels.sharpe import Track

FUND = Track(sharpe=0.036 / 0.079, n_obs=24, skew=-2.448, kurtosis=10.164)
"""The hedge fund of Bailey and Lopez de Prado (2012): two years by month."""
STRATEGY = Track(sharpe=2.5 / np.sqrt(250), n_obs=1250, skew=-3.0, kurtosis=10.0)
"""The strategy of Bailey and Lopez de Prado (2014): five years by day."""
ACROSS = np.sqrt(0.5 / 250)


def test_the_probabilistic_ratio_is_that_of_either_paper():
    assert sharpe.probabilistic(FUND) == pytest.approx(0.913, abs=5e-4)
    assert sharpe.probabilistic(FUND, variant="2025") == pytest.approx(0.987, abs=5e-4)


def test_the_deflated_ratio_is_that_of_2014():
    """DSR 0.9004 after 100 trials, 0.9505 had there been 46."""
    assert sharpe.expected_maximum(100, ACROSS) == pytest.approx(0.1132, abs=5e-5)
    assert sharpe.deflated(STRATEGY, n_trials=100, deviation=ACROSS) == pytest.approx(
        0.9004, abs=5e-5
    )
    assert sharpe.deflated(STRATEGY, n_trials=46, deviation=ACROSS) == pytest.approx(
        0.9505, abs=5e-5
    )


def test_the_variants_of_the_deflated_ratio_differ_as_published():
    fund = FUND._replace(sharpe=0.456)
    across = np.sqrt(0.1)
    assert sharpe.expected_maximum(10, across) == pytest.approx(0.498, abs=5e-4)
    assert sharpe.deflated(fund, n_trials=10, deviation=across) == pytest.approx(0.451, abs=1e-3)
    assert sharpe.deflated(fund, n_trials=10, deviation=across, variant="2025") == pytest.approx(
        0.417, abs=1e-3
    )


@pytest.mark.parametrize(
    ("per_year", "skew", "kurtosis", "years"),
    [(250, 0, 3, 2.73), (52, 0, 3, 2.83), (12, 0, 3, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_the_shortest_track_is_that_of_2012(per_year, skew, kurtosis, years):
    """To say that a yearly ratio of 2 exceeds 1 at 95 %."""
    record = Track(2 / np.sqrt(per_year), 1, skew, kurtosis)
    found = sharpe.shortest_track(record, benchmark=1 / np.sqrt(per_year))
    assert found / per_year == pytest.approx(years, abs=0.005)


def test_five_years_bear_45_trials():
    """Bailey et al. (2014): with five years no more than 45 independent trials."""
    assert sharpe.shortest_backtest(45, 1.0) == pytest.approx(5.0, abs=0.005)
    assert sharpe.shortest_backtest(46, 1.0) > 5.0
    assert sharpe.shortest_backtest(46, 0.0) == np.inf
    assert sharpe.shortest_backtest(1, 0.5) == 0.0


@given(st.floats(0.01, 0.5), st.floats(-1, 1), st.floats(3, 12))
def test_the_shortest_track_is_just_long_enough(ratio, skew, kurtosis):
    record = Track(ratio, 1, skew, kurtosis)
    n = sharpe.shortest_track(record)
    assert sharpe.probabilistic(record._replace(n_obs=n)) == pytest.approx(0.95, abs=1e-9)


def test_a_ratio_below_its_benchmark_has_no_shortest_track():
    assert sharpe.shortest_track(FUND, benchmark=0.5) == np.inf


def test_moments_are_those_of_scipy(rng):
    x = rng.standard_t(5, 400) ** 2
    found = sharpe.track(x)
    assert found.sharpe == pytest.approx(x.mean() / x.std())
    assert found.skew == pytest.approx(stats.skew(x))
    assert found.kurtosis == pytest.approx(stats.kurtosis(x, fisher=False))
    assert sharpe.track(np.full(9, 2.0)) == Track(0.0, 9)
    columns = np.column_stack((x, -x, np.zeros(400)))
    np.testing.assert_allclose(
        sharpe.sharpe_ratios(columns), [found.sharpe, -found.sharpe, 0.0], rtol=1e-12
    )


def test_the_expected_maximum_is_that_of_many_draws(rng):
    # The formula is that of extreme values, a little high for few trials.
    for n in (10, 100):
        drawn = rng.standard_normal((20_000, n)).max(axis=1)
        assert sharpe.expected_maximum(n, 1.0) == pytest.approx(drawn.mean(), abs=0.04)
        assert sharpe._spread_of_maximum(n) == pytest.approx(drawn.std(), abs=0.01)
    assert sharpe.expected_maximum(1, 1.0) == 0.0


@given(st.integers(2, 500))
def test_more_trials_never_help(n):
    few, more = (sharpe.deflated(STRATEGY, n_trials=k, deviation=ACROSS) for k in (n, n + 1))
    assert more < few < sharpe.probabilistic(STRATEGY)


def test_effective_trials_of_copies_and_of_strangers(rng):
    strangers = rng.standard_normal((4000, 20))
    one = rng.standard_normal((4000, 1))
    assert sharpe.effective_trials(strangers) == pytest.approx((20, 20, 20), abs=0.2)
    np.testing.assert_allclose(sharpe.effective_trials(np.repeat(one, 20, axis=1)), 1.0)
    assert sharpe.effective_trials(np.zeros((50, 4))) == (1.0, 1.0, 1.0)
    families = np.hstack(
        [f + 0.3 * rng.standard_normal((4000, 5)) for f in strangers.T[:4, :, None]]
    )
    found = sharpe.effective_trials(families)
    assert found.by_clusters == 4
    assert 4 < found.by_eigenvalues < 6
    assert 4 < found.by_correlation < 20


def test_a_pair_that_moves_against_each_other_counts_as_two_at_most(rng):
    x = rng.standard_normal((500, 1))
    found = sharpe.effective_trials(np.hstack((x, -x)))
    assert max(found) <= 2.0


@pytest.mark.parametrize("variant", ["2012", "2025"])
def test_the_probabilistic_ratio_keeps_its_level(rng, variant):
    """Fair and heavy-tailed returns exceed 0.95 in one record of twenty."""
    drawn = rng.standard_t(6, (4000, 250))
    above = sum(sharpe.probabilistic(sharpe.track(x), variant=variant) > 0.95 for x in drawn)
    assert above / 4000 == pytest.approx(0.05, abs=0.01)
