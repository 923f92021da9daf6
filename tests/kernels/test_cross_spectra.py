import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.kernels import cross_spectra as cs


def sums_of(u, v, first, half):
    """Sums over time at each lag of the window, (n_lags, n, m), and their plain double."""
    n_obs = u.shape[1]
    given = cs.window(first, half, n_obs)
    back = cs.Back(given, u)
    even, odd = back.sums(cs.leading(u, given)[0], cs.following(v, given)[0])
    even, odd = np.asarray(even), np.asarray(odd)
    found = np.concatenate(((even - odd)[:0:-1], even + odd))
    plain = np.zeros((2 * half + 1, u.shape[0], v.shape[0]))
    for row, k in enumerate(range(first, first + 2 * half + 1)):
        for t in range(max(-k, 0), min(n_obs, n_obs - k)):
            plain[row] += np.outer(u[:, t], v[:, t + k])
    return found.reshape(plain.shape), plain


@given(
    seed=st.integers(0, 2**32 - 1),
    n_obs=st.integers(2, 60),
    half=st.integers(0, 30),
    first=st.sampled_from(["about zero", "from zero"]),
)
def test_they_are_the_sums_over_time(seed, n_obs, half, first):
    rng = np.random.default_rng(seed)
    u, v = (rng.standard_normal((n, n_obs)).astype(np.float32) for n in (3, 2))
    found, plain = sums_of(u, v, -half if first == "about zero" else 0, half)
    np.testing.assert_allclose(found, plain, atol=2e-5 * n_obs)


def test_a_wide_tile_goes_back_to_lags_some_columns_at_a_time(rng):
    u, v = (rng.standard_normal((n, 150)).astype(np.float32) for n in (48, 32))
    size = (60 // 2) * (cs.window(-60, 60, 150).n_frequencies // 2)
    assert cs._parts(u.shape[0] * v.shape[0], size) > 1
    found, plain = sums_of(u, v, -60, 60)
    np.testing.assert_allclose(found, plain, atol=1e-3)


def test_signs_are_the_days_of_the_series_that_moves_after(rng):
    u = rng.standard_normal((5, 70)).astype(np.float32)
    sign = rng.choice(np.float32([-1, 1]), 70)
    forward = cs.Forward(cs.window(0, 4, 70), u)
    np.testing.assert_array_equal(forward.signed(u, sign), forward.following(u * sign))


@given(n_obs=st.integers(1, 5000), half=st.integers(0, 500))
def test_a_window_holds_all_days_and_wraps_no_lag(n_obs, half):
    given_window = cs.window(-half, half, n_obs)
    assert given_window.size == given_window.hop + 2 * half
    assert given_window.size % 2 == 0
    assert given_window.hop * given_window.n_hops >= n_obs
    assert given_window.hop * (given_window.n_hops - 1) < n_obs + given_window.hop


def test_more_lags_cost_less_than_in_proportion():
    costs = [cs.window(-k, k, 2500).cost for k in (10, 60)]
    assert costs[1] < 4 * costs[0]


def test_tiles_hold_all_series_in_order(rng):
    values = rng.standard_normal((2 * cs.TILE + 3, 50)).astype(np.float32)
    tiles = cs.leading(values, cs.window(0, 2, 50))
    assert [tile.shape[2] for tile in tiles] == [cs.TILE, cs.TILE, 3]
    alone = cs.leading(values[-3:], cs.window(0, 2, 50))[0]
    np.testing.assert_array_equal(tiles[2], alone)


@pytest.mark.torch
def test_an_array_stays_with_its_module(torch):
    values = torch.ones((2, 20))
    assert cs.module_of(values) is torch
    assert cs.module_of(np.ones(2)) is np
    (tile,) = cs.leading(values, cs.window(-2, 2, 20))
    assert tile.device == values.device
    assert tile.dtype == torch.float32
    assert cs.tile_size(values) == pytest.approx(cs.TILE_ELSEWHERE)
