"""p-values over lags and pairs, against SciPy and the slow way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm

from leadline.scan import inference


@pytest.mark.parametrize("n_lags", [1, 20, 60])
def test_p_pays_for_the_lags_searched(n_lags):
    t = np.array([0.5, -2.0, 3.0, -5.0, 7.0])
    expected = 1 - (1 - 2 * norm.sf(np.abs(t))) ** n_lags
    assert np.exp(inference.log_p(t, n_lags)) == pytest.approx(expected, rel=1e-3)


def test_p_is_accurate_where_it_would_underflow():
    expected = np.log(2 * 60) + norm.logsf(50.0)
    assert inference.log_p(-50.0, 60) == pytest.approx(expected, rel=1e-12)
    assert inference.log_p(0.0, 60) == 0
    assert np.isfinite(inference.log_p([8.0, 8.5, 9.0], 60)).all()


p_values = st.lists(st.floats(1e-30, 1.0) | st.floats(1e-9, 1e-4), min_size=1, max_size=200).map(
    np.array
)


@given(p_values, st.floats(0.01, 0.3))
def test_q_values_are_those_of_all_pairs_where_pairs_count(p, level):
    log_p = np.log(p)
    counts = inference.histogram(log_p)
    listed = log_p[log_p <= inference.cut(counts, level, 0)]
    for method, q in zip(("bh", "by"), inference.q_values(listed, counts), strict=True):
        expected = false_discovery_control(p, method=method)
        kept = expected <= level * (1 - 1e-9)
        assert np.count_nonzero(q <= level) >= np.count_nonzero(kept)
        own = false_discovery_control(p, method=method)[log_p <= inference.cut(counts, level, 0)]
        assert (q >= own * (1 - 1e-9)).all()
        assert q[own <= level] == pytest.approx(own[own <= level], rel=1e-9)


@given(p_values, st.integers(1, 50))
def test_at_least_so_many_pairs_are_listed(p, at_least):
    log_p = np.log(p)
    listed = log_p <= inference.cut(inference.histogram(log_p), 1e-9, at_least)
    assert np.count_nonzero(listed) >= min(at_least, p.size)


def test_histograms_add_up():
    log_p = np.log(np.random.default_rng(1).random(1000))
    parts = [inference.histogram(part) for part in np.array_split(log_p, 7)]
    assert np.array_equal(sum(parts), inference.histogram(log_p))
    assert inference.histogram([-np.inf, -1e6])[-1] == 2


def test_decoys_say_what_share_is_false():
    rng = np.random.default_rng(2)
    real = np.log(np.append(rng.random(10_000), np.full(100, 1e-6)))
    listed = np.sort(real)[:150]
    share = inference.false_share(listed, inference.histogram(np.log(rng.random(10_000))), 10_100)
    assert share[99] <= 0.02
    assert share[149] == pytest.approx(1 / 3, abs=0.15)
    assert (np.diff(share) >= 0).all()
    assert inference.false_share(np.empty(0), inference.histogram([0.0]), 5).size == 0


def test_no_decoys_say_nothing():
    none = inference.histogram(np.empty(0))
    assert np.isnan(inference.false_share(np.log([1e-9, 0.5]), none, 2)).all()
    assert inference.false_share(np.empty(0), none, 2).size == 0


def test_stepping_down_is_stepping_through_all_pairs():
    rng = np.random.default_rng(3)
    observed = np.sort(np.abs(rng.standard_normal(40)))[::-1] + np.r_[3.0, 2.0, np.zeros(38)]
    drawn = np.abs(rng.standard_normal((199, 40)))
    # The slow way: one pair after another, each against those not ahead of it.
    expected, worst = [], 0.0
    for k in range(40):
        p = (1 + np.count_nonzero(drawn[:, k:].max(axis=1) >= observed[k])) / 200
        worst = max(worst, p)
        expected.append(worst)
    shuffled = rng.permutation(10)
    found = inference.step_down(
        observed[:10][shuffled], drawn[:, :10][:, shuffled], drawn[:, 10:].max(axis=1)
    )
    assert found == pytest.approx(np.array(expected)[:10][shuffled])
