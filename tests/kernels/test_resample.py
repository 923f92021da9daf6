import warnings

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap, optimal_block_length
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import binom, geom

from leadline.kernels import resample


def arch_length(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(optimal_block_length(x)["stationary"].iloc[0])


@given(
    st.integers(0, 2**32),
    st.sampled_from([12, 20, 51, 200, 1000]),
    st.sampled_from([-0.5, 0.0, 0.3, 0.7, 0.95, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_the_block_length_is_that_of_arch(seed, n, momentum):
    x = lfilter([1.0], [1.0, -momentum], np.random.default_rng(seed).standard_normal(n))
    assert resample.automatic_block(x) == pytest.approx(max(arch_length(x), 1.0), rel=1e-8)


def test_the_block_length_is_that_of_arch_on_four_thousand_days():
    x = lfilter([1.0], [1.0, -0.7], np.random.default_rng(0).standard_normal(4000))
    assert resample.automatic_block(x) == pytest.approx(arch_length(x), rel=1e-10)
    assert 15 < resample.automatic_block(x) < 60


def test_the_block_length_keeps_between_one_and_its_bound():
    assert resample.automatic_block(np.ones(50)) == 1.0
    walk = np.cumsum(np.random.default_rng(1).standard_normal(400))
    assert resample.automatic_block(walk) <= np.ceil(min(3 * 20, 400 / 3))


def test_the_block_length_knows_no_unit():
    x = lfilter([1.0], [1.0, -0.6], np.random.default_rng(4).standard_normal(300))
    length = resample.automatic_block(x)
    assert resample.automatic_block(1e4 * x + 17.0) == pytest.approx(length, rel=1e-9)


def test_signs_are_fair_independent_and_unrelated_across_days():
    drawn = resample.signs(400, 1001, np.random.default_rng(3))
    assert drawn.shape == (400, 1001)
    assert set(np.unique(drawn)) == {-1, 1}
    n = drawn.size
    assert abs(int(drawn.sum(dtype=np.int64))) < 4 * np.sqrt(n)
    pairs = drawn[:, 1:].astype(int) * drawn[:, :-1]
    assert abs(int(pairs.sum())) < 4 * np.sqrt(n)


def test_signs_depend_on_the_stream_alone():
    first, second = (resample.signs(5, 33, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def blocks_of(index, n_obs):
    """Lengths of the stretches that run on, around the end."""
    runs = np.flatnonzero((np.diff(index) % n_obs) != 1)
    return np.diff(np.concatenate(([-1], runs, [index.size - 1])))


def test_block_lengths_are_geometric_with_the_mean_asked_for():
    n_obs, block = 50_000, 12.0
    index = resample.stationary_indices(4, n_obs, block, np.random.default_rng(6))
    lengths = np.concatenate([blocks_of(row, n_obs)[:-1] for row in index])
    # The mean of n geometric lengths errs by sqrt(1 - 1/b) b / sqrt(n); four of that.
    assert lengths.mean() == pytest.approx(block, abs=4 * block / np.sqrt(lengths.size))
    for k in (1, 5, 12, 40):
        share = np.mean(lengths > k)
        expected = geom.sf(k, 1 / block)
        low, high = binom.ppf([0.0001, 0.9999], lengths.size, expected) / lengths.size
        assert low <= share <= high


def test_stationary_indices_agree_with_their_plain_twin():
    n, n_obs, block = 7, 60, 5.0
    index = resample.stationary_indices(n, n_obs, block, np.random.default_rng(8))
    stream = np.random.default_rng(8)
    new = stream.random((n, n_obs)) < 1 / block
    starts = stream.integers(0, n_obs, (n, n_obs))
    for row in range(n):
        at = starts[row, 0]
        for t in range(n_obs):
            at = starts[row, t] if t == 0 or new[row, t] else (at + 1) % n_obs
            assert index[row, t] == at


def test_a_block_of_one_is_the_ordinary_bootstrap():
    index = resample.stationary_indices(200, 100, 1.0, np.random.default_rng(2))
    counts = np.bincount(index.ravel(), minlength=100)
    assert np.all(np.abs(counts - 200) < 6 * np.sqrt(200))


def test_the_bootstrap_variance_of_the_mean_is_that_of_politis_and_romano():
    """Politis and Romano (1994), eq. 9 and lemma 1: known in closed form, and what arch gives."""
    n, block = 200, 8.0
    x = lfilter([1.0], [1.0, -0.5], np.random.default_rng(5).standard_normal(n))
    centred = x - x.mean()
    circular = np.array([centred @ np.roll(centred, -k) for k in range(n)]) / n
    k = np.arange(1, n)
    variance = (circular[0] + 2 * np.sum((1 - k / n) * (1 - 1 / block) ** k * circular[1:])) / n
    ours = x[resample.stationary_indices(20_000, n, block, np.random.default_rng(7))].mean(axis=1)
    theirs = StationaryBootstrap(block, x, seed=np.random.default_rng(7)).apply(np.mean, 4000)
    # The relative error of a variance from m draws is sqrt(2 / m); four of that.
    assert ours.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / 20_000))
    assert theirs.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / 4000))
    assert ours.mean() == pytest.approx(x.mean(), abs=4 * np.sqrt(variance / 20_000))


def plain_past_scale(x, window):
    out = np.empty(x.size)
    for t in range(x.size):
        past = x[:5] if t < 5 else x[max(t - window, 0) : t]
        out[t] = np.sqrt(np.mean(past**2))
    return out


@pytest.mark.parametrize(("n", "window"), [(200, 60), (40, 60), (3, 60), (90, 7)])
def test_past_scale_agrees_with_its_plain_twin(n, window):
    x = np.random.default_rng(n).standard_t(4, (2, n))
    found = resample.past_scale(x, window=window)
    for row, series in zip(found, x, strict=True):
        np.testing.assert_allclose(row, plain_past_scale(series, window), rtol=1e-11)


@given(st.integers(5, 119), st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_what_comes_later_never_changes_the_past_scale(cut, seed):
    x = np.random.default_rng(seed).standard_t(4, 120)
    later = x.copy()
    later[cut:] *= 50.0
    np.testing.assert_array_equal(
        resample.past_scale(x)[: cut + 1], resample.past_scale(later)[: cut + 1]
    )
    np.testing.assert_array_equal(resample.past_scale(x)[:cut], resample.past_scale(x[:cut]))


def test_slow_cycles_are_orthonormal_and_without_mean():
    basis = resample.slow_cycles(777, 9)
    np.testing.assert_allclose(basis.T @ basis, np.eye(9), atol=1e-12)
    np.testing.assert_allclose(basis.sum(axis=0), 0.0, atol=1e-11)


def test_the_first_slow_cycle_makes_half_a_turn():
    first = resample.slow_cycles(1000, 3)[:, 0]
    assert np.all(np.diff(first) < 0)
    assert first[0] == pytest.approx(-first[-1])


def test_without_slow_cycles_nothing_is_left_of_them_and_the_mean_stays():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 500)) + 2.0
    basis = resample.slow_cycles(500, 4)
    left = resample.without_slow_cycles(x + 5 * basis[:, 1] - 2 * basis[:, 3], 4)
    np.testing.assert_allclose(left @ basis, 0.0, atol=1e-10)
    np.testing.assert_allclose(left.mean(axis=1), x.mean(axis=1), rtol=1e-10)
    # The same as regressing on them.
    fitted = basis @ np.linalg.lstsq(basis, x[0] - x[0].mean(), rcond=None)[0]
    np.testing.assert_allclose(left[0], x[0] - fitted, atol=1e-10)
