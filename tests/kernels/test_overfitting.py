from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress, rankdata

from leadline.kernels.overfitting import overfitting


def plain(values, n_blocks):
    """Bailey et al. (2017), section 2, half by half."""
    blocks = np.array_split(values, n_blocks)
    logits, here, there = [], [], []
    for chosen in combinations(range(n_blocks), n_blocks // 2):
        left = [k for k in range(n_blocks) if k not in chosen]
        inside, outside = (np.vstack([blocks[k] for k in half]) for half in (chosen, left))
        first, second = (half.mean(axis=0) / half.std(axis=0) for half in (inside, outside))
        best = int(np.argmax(first))
        rank = rankdata(second)[best] / (values.shape[1] + 1)
        logits.append(np.log(rank / (1 - rank)))
        here.append(first[best])
        there.append(second[best])
    return np.array(logits), np.array(here), np.array(there)


@pytest.mark.parametrize(("n_blocks", "n_rules"), [(4, 2), (6, 7), (8, 30)])
def test_every_half_is_as_if_put_together(rng, n_blocks, n_rules):
    values = 0.05 + rng.standard_t(5, (n_blocks * 20, n_rules))
    found = overfitting(values, n_blocks=n_blocks)
    logits, here, there = plain(values, n_blocks)
    np.testing.assert_allclose(found.logits, logits, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.here, here, rtol=1e-9)
    np.testing.assert_allclose(found.there, there, rtol=1e-9, atol=1e-12)
    assert found.probability == np.mean(logits <= 0)
    assert found.loss == np.mean(there < 0)


def test_slope_and_intercept_are_the_right_way_round(rng):
    """The R package pbo gives them exchanged, and regresses the wrong side on the other."""
    values = rng.standard_normal((400, 10)) + np.linspace(0, 0.3, 10)
    found = overfitting(values, n_blocks=8)
    line = linregress(found.here, found.there)
    assert found.slope == pytest.approx(line.slope)
    assert found.intercept == pytest.approx(line.intercept)
    assert abs(found.slope - found.intercept) > 0.1


def test_no_logit_is_infinite(rng):
    """The best here is the best there in every division, and the worst in another world."""
    sure = rng.standard_normal((160, 5)) * 0.01
    sure[:, 2] += 1.0
    found = overfitting(sure, n_blocks=8)
    assert found.probability == 0.0
    assert np.isfinite(found.logits).all()
    np.testing.assert_allclose(found.logits, np.log(5 / 1))
    assert set(found.chosen) == {2}


def test_noise_is_overfitted_half_of_the_time():
    """Averaged over worlds; a single one strays far."""
    found = [
        overfitting(np.random.default_rng(seed).standard_normal((320, 20)), n_blocks=8).probability
        for seed in range(60)
    ]
    assert np.mean(found) == pytest.approx(0.5, abs=0.08)


def test_rules_that_win_in_turn_are_overfitted():
    """Each rule has its own season: what was best here is bad there."""
    values = 0.1 * np.random.default_rng(1).standard_normal((160, 8))
    for rule in range(8):
        values[20 * rule : 20 * rule + 20, rule] += 1.0
    assert overfitting(values, n_blocks=8).probability > 0.9


@given(seed=st.integers(0, 30), factor=st.floats(0.01, 100))
def test_units_and_the_order_of_rules_change_nothing(seed, factor):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((80, 6))
    order = rng.permutation(6)
    found, other = (
        overfitting(values, n_blocks=8),
        overfitting(factor * values[:, order], n_blocks=8),
    )
    np.testing.assert_array_equal(order[other.chosen], found.chosen)
    np.testing.assert_allclose(other.logits, found.logits, rtol=1e-9)
    assert other.slope == pytest.approx(found.slope)


def test_the_last_observations_that_fill_no_block_are_left_out(rng):
    values = rng.standard_normal((167, 4))
    cut = overfitting(values[:160], n_blocks=8)
    np.testing.assert_allclose(overfitting(values, n_blocks=8).here, cut.here, rtol=1e-9)


@pytest.mark.parametrize(("shape", "n_blocks"), [((100, 5), 7), ((100, 1), 8), ((15, 5), 8)])
def test_what_cannot_be_divided_is_refused(shape, n_blocks):
    with pytest.raises(ValueError, match="needs an even number of blocks"):
        overfitting(np.zeros(shape), n_blocks=n_blocks)
