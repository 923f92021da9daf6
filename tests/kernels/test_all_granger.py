import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.tsa.stattools import grangercausalitytests

from leadline.kernels import granger
from leadline.kernels.all_granger import TARGETS, all_pairs


@pytest.fixture
def moves(rng):
    """Heavy-tailed moves of a few series, of which series 0 leads series 1 by two days."""
    out = rng.standard_t(4, (7, 400)) * np.array([1, 1e-4, 3, 1, 1e5, 1, 1])[:, None]
    out[1, 2:] += 0.4e-4 * out[0, :-2]
    return out


def one_by_one(paths, leader, follower, lags):
    found = grangercausalitytests(paths[[follower, leader]].T, [lags])[lags][0]
    return found["ssr_ftest"]


@pytest.mark.parametrize("lags", [1, 2, 5])
def test_every_pair_is_as_in_statsmodels(moves, lags):
    found = all_pairs(moves, lags=lags)
    for leader in range(7):
        for follower in range(7):
            if leader == follower:
                assert np.isnan(found.f[leader, follower])
                continue
            f, p, freedom, tested = one_by_one(moves, leader, follower, lags)
            assert found.f[leader, follower] == pytest.approx(f, rel=1e-9)
            assert found.p_value[leader, follower] == pytest.approx(p, rel=1e-9)
            assert (found.freedom, found.lags) == (freedom, tested)


def test_levels_are_as_in_statsmodels(moves):
    levels = np.cumsum(moves, axis=1)
    found = all_pairs(levels, lags=3)
    f, p, *_ = one_by_one(levels, 0, 1, 3)
    assert found.f[0, 1] == pytest.approx(f, rel=1e-9)
    assert found.p_value[0, 1] == pytest.approx(p, rel=1e-8)


def test_who_leads_is_found(moves):
    found = all_pairs(moves, lags=3)
    assert found.p_value[0, 1] < 1e-10
    assert found.p_value[1, 0] > 0.01


@pytest.mark.parametrize("augment", [1, 2])
@pytest.mark.parametrize("n_controls", [0, 2])
def test_levels_with_more_lags_are_as_for_one_pair(moves, augment, n_controls, rng):
    """The test of one pair holds Toda and Yamamoto's in its own way."""
    levels = np.cumsum(moves, axis=1)
    controls = np.cumsum(rng.standard_normal((n_controls, levels.shape[1])), axis=1)
    found = all_pairs(levels, lags=3, augment=augment, controls=controls)
    for leader in range(3):
        given_leader = granger.design(levels[leader], controls, lags=3, augment=augment)
        one = granger.wald(levels[3:6], given_leader, robust=False)
        np.testing.assert_allclose(3 * found.f[leader, 3:6], one.wald, rtol=1e-9)
        np.testing.assert_allclose(found.p_value[leader, 3:6], granger.f_p_value(one), rtol=1e-9)
        assert found.freedom == one.freedom


def test_the_market_is_held_constant(rng):
    market = rng.standard_normal(1500)
    slow = np.roll(market, 1) + rng.standard_normal(1500)
    quick = market + 0.5 * rng.standard_normal(1500)
    both = np.stack((quick, slow))
    assert all_pairs(both, lags=2).p_value[0, 1] < 1e-6
    assert all_pairs(both, lags=2, controls=market[None]).p_value[0, 1] > 0.01


@given(seed=st.integers(0, 2**32 - 1), n_series=st.integers(2, 6))
def test_neither_order_nor_scale_nor_level_of_series_changes_anything(seed, n_series):
    rng = np.random.default_rng(seed)
    moves = rng.standard_normal((n_series, 60))
    order = rng.permutation(n_series)
    scale, level = np.exp(rng.normal(0, 3, (2, n_series, 1)))
    found = all_pairs(moves, lags=2)
    changed = all_pairs((scale * moves + level)[order], lags=2)
    np.testing.assert_allclose(changed.f, found.f[np.ix_(order, order)], rtol=1e-6)


def test_a_universe_larger_than_a_block_is_as_its_parts(rng):
    moves = rng.standard_normal((2 * TARGETS + 5, 120))
    whole = all_pairs(moves, lags=2)
    some = [0, TARGETS - 1, TARGETS, 2 * TARGETS + 4]
    part = all_pairs(moves[some], lags=2)
    np.testing.assert_allclose(whole.f[np.ix_(some, some)], part.f, rtol=1e-9)


def test_false_alarms_keep_to_their_level(rng):
    p = all_pairs(rng.standard_normal((60, 300)), lags=3).p_value
    share = np.mean(p[~np.isnan(p)] <= 0.05)
    assert 0.035 < share < 0.065


def test_series_that_cannot_answer_give_none(moves):
    moves[2] = 5.0
    moves[3] = -2 * moves[0]
    found = all_pairs(moves, lags=2)
    assert np.isnan(found.f[2]).all()
    assert np.isnan(found.f[:, 2]).all()
    assert np.isnan(found.f[3, 0])
    assert np.isnan(found.f[0, 3])
    assert np.isfinite(found.p_value[0, 1])


def test_missing_values_are_refused_by_series(moves):
    moves[4, [7, 9]] = np.nan
    with pytest.raises(ValueError, match="series 4: 2 values are missing; keep the days that all"):
        all_pairs(moves, lags=2)
    with pytest.raises(ValueError, match="control 0: 2 values are missing"):
        all_pairs(moves[:2], lags=2, controls=moves[4:5])


@pytest.mark.parametrize(("n_obs", "lags"), [(16, 5), (100, 0)])
def test_too_few_days_are_refused(moves, n_obs, lags):
    with pytest.raises(ValueError, match=f"{n_obs} days leave nothing to test {lags} lags by"):
        all_pairs(moves[:, :n_obs], lags=lags)
