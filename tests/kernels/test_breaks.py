import numpy as np
import pytest

from leadline.kernels import breaks
from leadline.kernels.resample import signs


def plain_sup_t(x, trim, sign):
    """Studentise the difference of means at every split, with the mean of all taken out."""
    n = x.size
    edge = max(int(trim * n), 2)
    centred = x - x.mean()
    best = (-np.inf, 0)
    for split in range(edge, n - edge + 1):
        before, after = centred[:split], centred[split:]
        error = np.sqrt(np.sum(before**2) / split**2 + np.sum(after**2) / (n - split) ** 2)
        t = sign * (after.mean() - before.mean()) / error
        best = max(best, (t, split))
    return best


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("n", [40, 63, 250])
def test_sup_t_agrees_with_its_plain_twin(n, sign):
    rng = np.random.default_rng(n)
    x = rng.standard_t(5, n) + 0.4 * (np.arange(n) > n // 3)
    found = breaks.sup_t(x, trim=0.05, n_resamples=40, rng=np.random.default_rng(7), sign=sign)
    statistic, position = plain_sup_t(x, 0.05, sign)
    assert found.statistic == pytest.approx(statistic, rel=1e-12)
    assert found.position == position
    assert found.before == pytest.approx(x[:position].mean(), rel=1e-12)
    assert found.after == pytest.approx(x[position:].mean(), rel=1e-12)

    drawn = signs(40, n, np.random.default_rng(7)) * (x - x.mean())
    null = [_uncentred(row, 0.05, sign) for row in drawn]
    assert found.p_value == (1 + sum(value >= found.statistic for value in null)) / 41


def _uncentred(values, trim, sign):
    n = values.size
    edge = max(int(trim * n), 2)
    out = []
    for split in range(edge, n - edge + 1):
        before, after = values[:split], values[split:]
        error = np.sqrt(np.sum(before**2) / split**2 + np.sum(after**2) / (n - split) ** 2)
        out.append(sign * (after.mean() - before.mean()) / error)
    return max(out)


def test_the_square_is_a_wald_test_with_the_errors_of_the_null():
    """Regress on a step; White's (1980) errors from the residuals of no step."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal(200) * np.exp(rng.standard_normal(200) / 2)
    found = breaks.sup_t(x, trim=0.15, n_resamples=9, rng=rng)
    step = (np.arange(200) >= found.position).astype(float)
    design = np.column_stack((np.ones(200), step))
    inverse = np.linalg.inv(design.T @ design)
    residual = x - x.mean()
    sandwich = inverse @ (design.T * residual**2) @ design @ inverse
    slope = (inverse @ design.T @ x)[1]
    assert found.statistic**2 == pytest.approx(slope**2 / sandwich[1, 1], rel=1e-10)


def test_the_square_is_near_the_f_of_chow_where_volatility_is_even():
    """Chow (1960): F of two means against one, in a long even series with a small break."""
    rng = np.random.default_rng(4)
    n = 4000
    x = rng.standard_normal(n) + 0.15 * (np.arange(n) >= 1700)
    found = breaks.sup_t(x, trim=0.15, n_resamples=9, rng=rng)
    one = np.sum((x - x.mean()) ** 2)
    parts = (x[: found.position], x[found.position :])
    two = sum(np.sum((part - part.mean()) ** 2) for part in parts)
    f = (one - two) / (two / (n - 2))
    assert found.statistic**2 == pytest.approx(f, rel=0.03)


def test_a_rise_is_no_fall():
    x = np.random.default_rng(5).standard_normal(200) + 2.0 * (np.arange(200) >= 120)
    rise = breaks.sup_t(x, trim=0.05, n_resamples=199, rng=np.random.default_rng(0))
    fall = breaks.sup_t(x, trim=0.05, n_resamples=199, rng=np.random.default_rng(0), sign=-1)
    assert abs(rise.position - 120) <= 3
    assert rise.p_value == 0.005
    assert fall.p_value > 0.3
    turned = breaks.sup_t(-x, trim=0.05, n_resamples=199, rng=np.random.default_rng(0), sign=-1)
    assert turned.statistic == pytest.approx(rise.statistic)
    assert turned.position == rise.position


def test_the_break_knows_no_unit():
    x = np.random.default_rng(6).standard_t(4, 150)
    small = breaks.sup_t(x, trim=0.1, n_resamples=99, rng=np.random.default_rng(1))
    large = breaks.sup_t(1e5 * x + 3, trim=0.1, n_resamples=99, rng=np.random.default_rng(1))
    assert large.position == small.position
    assert large.p_value == small.p_value
    assert large.statistic == pytest.approx(small.statistic, rel=1e-9)
