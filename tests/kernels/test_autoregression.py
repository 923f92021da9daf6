import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter
from statsmodels.tsa.ar_model import AutoReg

from leadline.kernels import autoregression as ar


def statsmodels_choice(x, max_order=12):
    """Order and coefficients with the smallest BIC, every order on the same observations."""
    centred = x - x.mean()
    fits = [
        AutoReg(centred, order, trend="n", hold_back=max_order).fit()
        for order in range(1, max_order + 1)
    ]
    target = centred[max_order:]
    n = target.size
    none = n * np.log(target @ target / n)
    bic = [none] + [
        n * np.log(fit.resid @ fit.resid / n) + order * np.log(n)
        for order, fit in enumerate(fits, 1)
    ]
    order = int(np.argmin(bic))
    return np.empty(0) if order == 0 else fits[order - 1].params


@given(
    st.integers(0, 2**32),
    st.sampled_from([(), (0.5,), (1.2, -0.5), (0.0, 0.0, 0.4)]),
    st.sampled_from([60, 300]),
)
@settings(max_examples=25, deadline=None)
def test_order_and_coefficients_are_those_of_statsmodels(seed, coefficients, n):
    shocks = np.random.default_rng(seed).standard_normal(n + 100)
    x = lfilter([1.0], [1.0, *(-np.array(coefficients))], shocks)[100:] + 3.0
    model = ar.fit(x)
    np.testing.assert_allclose(model.coefficients, statsmodels_choice(x), rtol=1e-7, atol=1e-9)
    assert model.mean == pytest.approx(x.mean())


def plain_fit(x, max_order=12):
    """The same by a least-squares fit of every order on its own; gaps are no target.

    A ridge of 1e-12 of the mean square of the lags goes with each, as rows of its own.
    """
    observed = np.isfinite(x)
    centred = np.where(observed, x - x[observed].mean(), 0.0)
    rows = [t for t in range(max_order, x.size) if observed[t]]
    n = len(rows)
    lags = np.array([[centred[t - lag] for lag in range(1, max_order + 1)] for t in rows])
    ridge = np.sqrt(1e-12 * np.sum(lags**2) / max_order) * np.eye(max_order)
    lags, target = np.vstack((lags, ridge)), np.append(centred[rows], np.zeros(max_order))
    best, chosen = n * np.log(target @ target / n), np.empty(0)
    for order in range(1, max_order + 1):
        coefficients = np.linalg.lstsq(lags[:, :order], target, rcond=None)[0]
        left = target - lags[:, :order] @ coefficients
        bic = n * np.log(left @ left / n) + order * np.log(n)
        if bic < best:
            best, chosen = bic, coefficients
    return chosen


@given(
    st.integers(0, 2**32),
    st.sampled_from([(), (0.5,), (1.2, -0.5), (0.0,) * 11 + (0.6,)]),
    st.sampled_from([34, 35, 60, 400]),
    st.sampled_from([2, 5, 100]),
    st.sampled_from(["as it is", "gaps", "large end", "hardly moves"]),
)
@settings(max_examples=60, deadline=None)
def test_order_and_coefficients_are_those_of_a_fit_of_every_order(
    seed, coefficients, n, freedom, kind
):
    rng = np.random.default_rng(seed)
    shocks = rng.standard_t(freedom, n + 100)
    x = lfilter([1.0], [1.0, *(-np.array(coefficients))], shocks)[100:]
    match kind:
        case "gaps":
            x[rng.random(n) < 0.1] = np.nan
        case "large end":
            x[rng.integers(-14, 14)] *= 100
        case "hardly moves":
            x = 1.0 + 1e-9 * x
    if np.count_nonzero(np.isfinite(x[12:])) < 22:
        assert ar.fit(x).coefficients.size == 0
        return
    expected = plain_fit(x)
    np.testing.assert_allclose(ar.fit(x).coefficients, expected, rtol=1e-9, atol=1e-9)


@given(st.integers(0, 2**32), st.lists(st.floats(-0.3, 0.3), max_size=5))
@settings(max_examples=40, deadline=None)
def test_rebuild_is_the_inverse_of_whiten(seed, coefficients):
    x = np.random.default_rng(seed).standard_normal((2, 60)) + 1.0
    model = ar.Autoregression(0.7, np.array(coefficients))
    np.testing.assert_allclose(ar.rebuild(ar.whiten(x, model), model), x, atol=1e-10)
    np.testing.assert_allclose(ar.whiten(ar.rebuild(x, model), model), x, atol=1e-10)


def test_whiten_agrees_with_its_plain_twin(rng):
    x = rng.standard_normal(50)
    model = ar.Autoregression(0.2, np.array([0.5, -0.3]))
    plain = [
        (x[t] - 0.2)
        - (0.5 * (x[t - 1] - 0.2) if t >= 1 else 0.0)
        + (0.3 * (x[t - 2] - 0.2) if t >= 2 else 0.0)
        for t in range(50)
    ]
    np.testing.assert_allclose(ar.whiten(x, model), plain, rtol=1e-12, atol=1e-12)


def test_innovations_of_a_momentum_series_have_no_memory(rng, market):
    x = market(4000, rng, momentum=0.6)[0]
    innovations = ar.whiten(x, ar.fit(x))
    assert abs(np.corrcoef(innovations[1:], innovations[:-1])[0, 1]) < 0.05
    assert np.corrcoef(x[1:], x[:-1])[0, 1] > 0.4


@pytest.mark.parametrize(
    "x",
    [
        np.ones(100),
        np.arange(33.0),
        np.zeros(300),
        # No sum of these is exact, so that their mean is another number.
        np.full(300, 0.1),
        np.full(3000, -1e7 / 3),
    ],
)
def test_constant_and_short_series_get_order_zero(x):
    assert ar.fit(x).coefficients.size == 0
    np.testing.assert_allclose(ar.whiten(x, ar.fit(x)), x - x.mean())


def test_a_constant_with_gaps_gets_order_zero():
    x = np.full(300, 0.1)
    x[::7] = np.nan
    assert ar.fit(x).coefficients.size == 0
