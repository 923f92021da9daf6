import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.kernels import cross_spectra as cs
from leadline.kernels.cross_correlation import profile
from leadline.kernels.lag_scan import FLOOR, GUARD, Block, best_lags
from leadline.kernels.lag_scan_resampled import best_lags_resampled
from leadline.kernels.resample import signs


@pytest.fixture
def universe(rng):
    """More series than a tile holds, of all scales: some with gaps, one that never moves."""
    values = rng.standard_t(4, (cs.TILE + 9, 300))
    values[1, 3:] += values[0, :-3]
    values *= np.exp(rng.normal(0, 5, (cs.TILE + 9, 1)))
    values[2, rng.random(300) < 0.2] = np.nan
    values[3, :150] = np.nan
    values[4, 140:] = np.nan
    values[5] = 0.0
    return values


def profiles(leader, follower, max_lag):
    """Statistic and correlation at lags 0 to ``max_lag`` in double precision."""
    u, v = (np.nan_to_num(x) / max(np.sqrt(np.nanmean(x**2)), 1e-300) for x in (leader, follower))
    if not (u.any() and v.any()):
        return np.zeros((2, max_lag + 1))
    found = profile(u, v, np.arange(max_lag + 1))
    return found.t, found.r


def look_for(values, i, j, max_lag, least):
    t, r = profiles(values[i], values[j], max_lag)
    size = np.where(np.arange(max_lag + 1) >= least, np.abs(t), 0)
    lag = int(np.argmax(size))
    second = np.where(np.abs(np.arange(max_lag + 1) - lag) > GUARD, size, 0).max()
    return (t[lag] if size[lag] else 0.0), lag, r[lag], second


PAIRS = [(0, 1), (1, 0), (2, 0), (0, 2), (3, 1), (5, 0), (0, 5), (cs.TILE, 8), (cs.TILE + 8, 1)]


@pytest.mark.parametrize("method", ["spectra", "gemm"])
@pytest.mark.parametrize("max_lag", [0, 1, 6, 25])
def test_every_pair_is_as_its_own_profile(universe, method, max_lag):
    least, least_back = min(1, max_lag), min(2, max_lag)
    rows, columns = Block(universe), Block(universe[:20])
    found = best_lags(
        rows, columns, max_lag=max_lag, min_lag=least, min_lag_back=least_back, method=method
    )
    for i, j in (pair for pair in PAIRS if pair[1] < 20):
        for best, pair, smallest in (
            (found.forward, (i, j), least),
            (found.backward, (j, i), least_back),
        ):
            t, lag, r, second = look_for(universe, *pair, max_lag, smallest)
            assert best.t[i, j] == pytest.approx(t, abs=2e-5)
            assert best.lag[i, j] == lag
            assert best.second[i, j] == pytest.approx(second, abs=2e-5)
            if not np.isnan(universe[[i, j]]).any():
                assert best.r[i, j] == pytest.approx(r, abs=1e-6)
        t, r = profiles(universe[i], universe[j], 0)
        assert found.t0[i, j] == pytest.approx(t[0], abs=2e-5)


def test_the_planted_lead_is_found(universe):
    block = Block(universe)
    found = best_lags(block, block, max_lag=10)
    assert found.forward.lag[0, 1] == found.backward.lag[1, 0] == 3
    assert found.forward.t[0, 1] == found.backward.t[1, 0] > 4
    assert abs(found.backward.t[0, 1]) < 4


def test_a_block_with_itself_is_as_two_blocks(universe):
    block = Block(universe)
    least = np.arange(block.shape[0] ** 2).reshape(block.shape[0], -1) % 4
    one = best_lags(block, block, max_lag=8, min_lag=least)
    two = best_lags(block, Block(universe), max_lag=8, min_lag=least, min_lag_back=least.T)
    for mine, theirs in zip(
        (*one.forward, *one.backward), (*two.forward, *two.backward), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)
    np.testing.assert_array_equal(one.n_obs, two.n_obs)


def test_swapping_rows_and_columns_swaps_the_directions(universe):
    rows, columns = Block(universe[:30]), Block(universe[20:])
    there = best_lags(rows, columns, max_lag=12, min_lag=2, min_lag_back=3)
    back = best_lags(columns, rows, max_lag=12, min_lag=3, min_lag_back=2)
    np.testing.assert_allclose(there.forward.t, back.backward.t.T, atol=2e-5)
    np.testing.assert_array_equal(there.backward.lag, back.forward.lag.T)
    np.testing.assert_allclose(there.r0, back.r0.T, atol=1e-6)


@given(seed=st.integers(0, 2**32 - 1), power=st.floats(-6, 6))
def test_neither_scale_nor_sign_moves_the_size_of_a_statistic(seed, power):
    rng = np.random.default_rng(seed)
    values = rng.standard_t(3, (3, 80))
    changed = values * np.array([-(10**power), 1, 10**-power])[:, None]
    one, other = (best_lags(block, block, max_lag=5) for block in (Block(values), Block(changed)))
    np.testing.assert_allclose(np.abs(one.forward.t), np.abs(other.forward.t), atol=1e-4)
    np.testing.assert_allclose(one.forward.t[0, 1], -other.forward.t[0, 1], atol=1e-4)


@given(seed=st.integers(0, 2**32 - 1), tail=st.sampled_from([2.1, 3, 30]), gaps=st.booleans())
def test_single_precision_keeps_to_its_bound(seed, tail, gaps):
    """|error of t| <= 1e-3 (1 + |t|) at the lags that count, give or take the edge of the floor."""
    rng = np.random.default_rng(seed)
    values = rng.standard_t(tail, (4, 600)) * np.exp(np.cumsum(rng.normal(0, 0.05, 600)))
    if gaps:
        values[rng.random(values.shape) < 0.1] = np.nan
        values[0, :300] = np.nan
    block = Block(values)
    found = best_lags(block, block, max_lag=30, method="spectra").forward
    u = np.asarray(block.values, dtype=np.float64)
    for i, j in ((0, 1), (1, 2), (3, 0)):
        t = np.abs(profiles(u[i], u[j], 30)[0][1:])
        squares = np.array([np.sum(u[i, :-k] ** 2 * u[j, k:] ** 2) for k in range(1, 31)])
        squares /= FLOOR * block.norms[i] * block.norms[j]
        least, most = (t[squares > edge].max(initial=0) for edge in (1.1, 0.9))
        assert least - 1e-3 * (1 + least) <= abs(found.t[i, j]) <= most + 1e-3 * (1 + most)


@pytest.mark.parametrize("n_obs", [90, 300, 2500])
@pytest.mark.parametrize("max_lag", [1, 2, 3, 5, 25, 60])
def test_both_methods_agree(rng, n_obs, max_lag):
    block = Block(rng.standard_t(5, (cs.TILE + 3, n_obs)))
    one, other = (
        best_lags(block, block, max_lag=max_lag, method=method) for method in ("spectra", "gemm")
    )
    np.testing.assert_allclose(np.abs(one.forward.t), np.abs(other.forward.t), atol=5e-5)
    np.testing.assert_allclose(one.forward.second, other.forward.second, atol=5e-5)
    np.testing.assert_array_equal(one.backward.t, one.forward.t.T)


def test_lags_below_the_least_do_not_count(rng):
    x = rng.standard_normal(400)
    values = np.stack((x, np.roll(x, 1) + 0.1 * rng.standard_normal(400)))
    block = Block(values)
    assert best_lags(block, block, max_lag=9).forward.lag[0, 1] == 1
    least = np.array([[1, 3], [10, 1]])
    found = best_lags(block, block, max_lag=9, min_lag=least).forward
    assert found.lag[0, 1] >= 3
    # No lag is left.
    assert (found.t[1, 0], found.lag[1, 0], found.r[1, 0], found.second[1, 0]) == (0, 0, 0, 0)


def test_gaps_leave_the_days_that_both_have(universe):
    block = Block(universe)
    found = best_lags(block, block, max_lag=5)
    known = np.isfinite(universe) & (universe != 0)
    np.testing.assert_array_equal(found.n_obs, known.astype(int) @ known.T.astype(int))
    whole = Block(universe[6:])
    assert np.all(best_lags(whole, whole, max_lag=5).n_obs == 300)


def test_series_that_share_no_day_have_no_statistic(rng):
    values = np.full((2, 600), np.nan)
    values[0, :250] = rng.standard_normal(250)
    values[1, 350:] = rng.standard_normal(250)
    block = Block(values)
    found = best_lags(block, block, max_lag=50, method="spectra")
    assert found.n_obs[0, 1] == 0
    assert (found.forward.t[0, 1], found.forward.lag[0, 1], found.forward.r[0, 1]) == (0, 0, 0)
    assert found.t0[0, 1] == 0


def test_blocks_that_do_not_fit_are_refused(rng):
    block, shorter = Block(rng.standard_normal((2, 50))), Block(rng.standard_normal((2, 40)))
    with pytest.raises(ValueError, match="Blocks of 50 and 40 days have no common calendar"):
        best_lags(block, shorter, max_lag=3)
    with pytest.raises(ValueError, match="Lag 50 of 50 days: expected 0 to 49"):
        best_lags(block, block, max_lag=50)


@pytest.mark.parametrize("max_lag", [1, 6, 7])
def test_resamples_are_the_best_lags_of_signed_followers(universe, rng, max_lag):
    rows, columns = universe[: cs.TILE + 5], universe[6 : cs.TILE + 9]
    drawn = signs(3, 300, rng)
    listed, listed_back = ([0, 2, cs.TILE + 1], [1, 44, cs.TILE - 1]), ([7], [3])
    skip = np.zeros((cs.TILE + 5, cs.TILE + 3), dtype=bool)
    skip[6:, :] = True
    found = best_lags_resampled(
        Block(rows),
        Block(columns),
        drawn,
        max_lag=max_lag,
        min_lag_back=2,
        listed=listed,
        listed_back=listed_back,
        skip=skip,
    )
    for b, sign in enumerate(drawn):
        forward = best_lags(Block(rows), Block(columns * sign), max_lag=max_lag).forward.t
        backward = best_lags(
            Block(rows * sign), Block(columns), max_lag=max_lag, min_lag_back=2
        ).backward.t
        np.testing.assert_allclose(found.forward[b], np.abs(forward)[listed], atol=2e-5)
        np.testing.assert_allclose(found.backward[b], np.abs(backward)[listed_back], atol=2e-5)
        forward, backward = np.abs(forward[:6]), np.abs(backward[:6])
        forward[0, 1] = forward[2, 44] = 0
        assert found.rest[b] == pytest.approx(max(forward.max(), backward.max()), abs=2e-5)


def test_a_block_with_itself_is_resampled_once(universe, rng):
    block, drawn = Block(universe), signs(2, 300, rng)
    out = np.eye(block.shape[0], dtype=bool)
    one = best_lags_resampled(block, block, drawn, max_lag=5, listed=([0], [1]), skip=out)
    two = best_lags_resampled(
        block,
        Block(universe),
        drawn,
        max_lag=5,
        listed=([0], [1]),
        listed_back=([1], [0]),
        skip=out,
    )
    np.testing.assert_allclose(one.forward, two.forward, atol=2e-5)
    np.testing.assert_allclose(one.forward, two.backward, atol=2e-5)
    np.testing.assert_allclose(one.rest, two.rest, atol=2e-5)
    assert one.backward.shape == (2, 0)


def test_the_largest_of_chance_keeps_to_its_level(rng):
    """Familywise error of a universe with a common factor and volatility that all share."""
    alarms = 0
    for _ in range(40):
        volatility = np.exp(np.cumsum(rng.normal(0, 0.05, 250)))
        values = volatility * (rng.standard_t(4, (6, 250)) + rng.standard_t(4, 250))
        block, out = Block(values), np.eye(6, dtype=bool)
        t = np.abs(best_lags(block, block, max_lag=5).forward.t)
        drawn = best_lags_resampled(block, block, signs(99, 250, rng), max_lag=5, skip=out)
        alarms += (1 + np.count_nonzero(drawn.rest >= t[~out].max())) / 100 <= 0.1
    assert alarms <= 12  # 4 expected; beyond the 99.9 % binomial bound


def devices(torch):
    return ["cpu"] + ["cuda"] * torch.cuda.is_available()


@pytest.mark.torch
@pytest.mark.parametrize("method", ["spectra", "gemm"])
def test_pytorch_finds_what_numpy_finds(universe, torch, method):
    for device in devices(torch):
        found, expected = (
            best_lags(rows, columns, max_lag=7, min_lag_back=2, method=method)
            for rows, columns in (
                [Block(torch.as_tensor(part, device=device)) for part in (universe, universe[:9])],
                [Block(universe), Block(universe[:9])],
            )
        )
        for one, other in ((found.forward, expected.forward), (found.backward, expected.backward)):
            np.testing.assert_allclose(one.t, other.t, atol=5e-5)
            np.testing.assert_array_equal(one.lag, other.lag)
            np.testing.assert_allclose(one.r, other.r, atol=1e-6)
            np.testing.assert_allclose(one.second, other.second, atol=5e-5)
        np.testing.assert_allclose(found.t0, expected.t0, atol=5e-5)
        np.testing.assert_array_equal(found.n_obs, expected.n_obs)


@pytest.mark.torch
def test_pytorch_draws_what_numpy_draws(universe, torch, rng):
    drawn = signs(3, 300, rng)
    for device in devices(torch):
        found, expected = (
            best_lags_resampled(
                rows, columns, drawn, max_lag=8, listed=([0], [1]), listed_back=([3], [2])
            )
            for rows, columns in (
                [Block(torch.as_tensor(part, device=device)) for part in (universe, universe[:9])],
                [Block(universe), Block(universe[:9])],
            )
        )
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, atol=5e-5)
