"""Local projections against statsmodels, and responses whose time is known."""

import numpy as np
import pytest
import statsmodels.api as sm

from leadline.kernels import projections


def test_each_horizon_is_an_ordinary_regression(rng):
    moves, shock = rng.standard_t(5, (2, 250))
    controls = projections.lags_of(np.column_stack((shock, moves)), 3)
    found = projections.local_projections(moves, shock, controls, longest=12, first=3)
    level = np.concatenate(([0.0], np.cumsum(moves)))
    for h in range(13):
        rows = np.arange(3, 250 - h)
        design = sm.add_constant(np.column_stack((shock[rows], controls[rows])), prepend=False)
        fit = sm.OLS(level[rows + h + 1] - level[rows], design).fit(cov_type="HC1")
        assert found.response[h] == pytest.approx(fit.params[0], rel=1e-9, abs=1e-12)
        assert found.error[h] == pytest.approx(fit.bse[0], rel=1e-9)


def test_a_planted_moving_average_is_recovered(rng):
    shock = rng.standard_normal(20_000)
    truth = np.array([0.3, -0.1, 0.0, 0.4, 0.2])
    moves = projections.row_weights(shock, truth) + rng.standard_normal(20_000)
    controls = projections.lags_of(np.column_stack((shock, moves)), 2)
    found = projections.local_projections(moves, shock, controls, longest=6, first=2)
    expected = np.concatenate((np.cumsum(truth), [0.8, 0.8]))
    np.testing.assert_allclose(found.response, expected, atol=0.06)
    by_lag = projections.responses(moves, shock, 6)
    np.testing.assert_allclose(by_lag, [*truth, 0, 0], atol=0.035)
    assert np.all(np.abs(found.response - expected) < 4.5 * found.error)


def test_responses_are_the_steps_of_the_projections_for_a_shock_without_memory(rng):
    shock, moves = rng.standard_normal((2, 5000))
    found = projections.local_projections(moves, shock, np.empty((5000, 0)), longest=5, first=0)
    steps = np.cumsum(projections.responses(moves, shock, 5))
    np.testing.assert_allclose(found.response, steps, atol=0.01)


def test_row_weights_add_up_to_weighted_responses(rng):
    shock, moves = rng.standard_normal((2, 300))
    by_lag = rng.standard_normal(9)
    weights = projections.row_weights(shock, by_lag)
    expected = by_lag @ projections.responses(moves, shock, 8) * (shock @ shock)
    assert moves @ weights == pytest.approx(expected, rel=1e-10)


def test_the_residual_owes_nothing_to_the_controls(rng):
    shock, other = rng.standard_normal((2, 200))
    controls = projections.lags_of((shock + other)[:, None], 4)
    found = projections.residual(shock, controls, first=4)
    assert not found[:4].any()
    np.testing.assert_allclose(controls[4:].T @ found[4:], 0.0, atol=1e-10)
    assert found.sum() == pytest.approx(0.0, abs=1e-10)


@pytest.mark.parametrize(
    ("response", "late", "share"),
    [
        ([1.0, 1.0, 0.0, 0.0], [0, 0, 1, 1], 0.0),
        ([1.0, 0.0, 1.0, 2.0], [0, 0, 1, 1], 0.75),
        ([-1.0, 0.0, 0.0, -1.0], [0, 0, 1, 1], 0.5),
        ([1.0, 0.0, 0.0, -0.99], [0, 0, 1, 1], -0.5),
        ([0.0, 0.0, 0.0, 0.0], [0, 0, 1, 1], 0.5),
    ],
)
def test_the_late_share_of_a_response(response, late, share):
    assert projections.late_share(np.array(response), np.array(late, dtype=bool)) == share


@pytest.mark.parametrize(
    ("response", "sign", "half_way", "peak"),
    [
        ([0.0, 0.0, 1.0, 1.0, 0.0], 1, 2.0, 3),
        ([0.0, 0.0, -1.0, -1.0, 0.5], -1, 2.0, 3),
        # Half is passed between nothing at lag 1 and all at lag 2.
        ([0.0, 0.0, 2.0, 0.0, 0.0], 1, 1.5, 2),
        ([4.0, -1.0, 0.0, 0.0, 0.0], 1, -0.5, 0),
        # It never rises.
        ([-2.0, 1.0, -3.0, 0.0, 0.0], 1, 1.0, 1),
    ],
)
def test_when_a_response_is_half_way_and_where_it_peaks(response, sign, half_way, peak):
    by_lag = np.array(response)
    assert projections.half_way(by_lag, sign=sign) == pytest.approx(half_way)
    assert projections.peak(by_lag, sign=sign) == peak
    both = projections.half_way(np.stack((by_lag, 5 * by_lag)), sign=sign)
    np.testing.assert_allclose(both, half_way)


def test_draws_lie_around_what_was_found_with_the_right_spread(rng):
    shock = rng.standard_normal(1500)
    common = rng.standard_normal(1500)
    moves = np.stack([common + s * rng.standard_normal(1500) for s in (1.0, 2.0)])
    drawn = projections.joint_draws(moves, shock, 3, n_resamples=2000, rng=rng)
    assert drawn.shape == (2000, 2, 4)
    np.testing.assert_allclose(
        drawn.mean(axis=0), projections.responses(moves, shock, 3), atol=0.006
    )
    expected = moves.std(axis=1)[:, None] / np.sqrt(1500)
    np.testing.assert_allclose(drawn.std(axis=0), np.broadcast_to(expected, (2, 4)), rtol=0.12)
    # The signs are shared, so what links the two stays.
    linked = np.corrcoef(drawn[:, 0, 0], drawn[:, 1, 0])[0, 1]
    assert linked == pytest.approx(np.corrcoef(moves)[0, 1], abs=0.1)
