"""Drawn universes are what they are said to be."""

import numpy as np
import pytest

from leadline.worlds.universes import DAILY, LONGEST, Universe, priced


def moves(universe, seed=0):
    drawn = universe.draw(np.random.default_rng(seed))
    return np.diff(np.log(drawn.prices.to_numpy()), axis=0), drawn


def test_assets_share_a_market_and_their_sector():
    found, drawn = moves(Universe("", "", n_assets=30, n_obs=8000))
    assert drawn.leads == {}
    assert found.shape == (8000, 30)
    # Own 1, sector .25, beta squared .36 + .03 on average.
    assert np.mean((found / DAILY) ** 2) == pytest.approx(1 + 0.25 + 0.36 + 0.03, rel=0.1)
    related = np.corrcoef(found.T)
    same = (np.arange(30) % 3)[:, None] == np.arange(30) % 3
    apart = ~np.eye(30, dtype=bool)
    within, across = related[same & apart].mean(), related[~same].mean()
    assert across == pytest.approx(0.36 / 1.64, abs=0.04)
    assert within == pytest.approx(0.61 / 1.64, abs=0.04)
    ahead = np.corrcoef(found[:-1].T, found[1:].T)[:30, 30:]
    assert abs(ahead.mean()) < 0.02


def test_planted_leads_come_at_their_lag_and_nowhere_else():
    found, drawn = moves(Universe("", "", n_assets=20, n_obs=6000, n_leads=6, strength=0.5))
    assert len(drawn.leads) == 6
    assert len({name for pair in drawn.leads for name in pair}) == 12
    for (leader, follower), lag in drawn.leads.items():
        assert 1 <= lag <= LONGEST
        x, y = found[:, int(leader[1:])], found[:, int(follower[1:])]
        at = [np.corrcoef(x[:-k], y[k:])[0, 1] for k in range(1, LONGEST + 1)]
        assert np.argmax(np.abs(at)) + 1 == lag
        assert abs(np.corrcoef(y[:-lag], x[lag:])[0, 1]) < 0.1


def test_gaps_and_late_listings():
    _, drawn = moves(Universe("", "", n_assets=10, n_obs=1000, has_gaps=True))
    missing = drawn.prices.isna()
    assert missing.iloc[:500, :5].all(axis=None)
    assert missing.iloc[500:].mean(axis=None) == pytest.approx(0.1, abs=0.02)


def test_who_answers_the_market_later_is_led_by_the_others():
    found, _ = moves(Universe("", "", n_assets=20, n_obs=8000, later=0.5))
    ahead = np.corrcoef(found[:-1].T, found[1:].T)[:20, 20:]
    assert ahead[10:, :10].mean() > 0.08
    assert abs(ahead[:10, 10:].mean()) < 0.02


def test_calm_and_wild_days_are_shared():
    sizes = []
    for spread in (0.0, 1.5):
        found, _ = moves(Universe("", "", n_assets=30, n_obs=4000, shared_volatility=spread))
        own = found - found.mean(axis=1, keepdims=True)
        sizes.append(np.corrcoef(np.abs(own).T)[np.triu_indices(30, 1)].mean())
    assert sizes[1] > sizes[0] + 0.1


def test_a_history_follows_from_its_stream_alone():
    universe = Universe("", "", n_assets=8, n_obs=300, n_leads=2, has_gaps=True)
    one, other = (universe.draw(np.random.default_rng(7)) for _ in range(2))
    assert one.prices.equals(other.prices)
    assert one.leads == other.leads


def test_prices_add_up_their_moves():
    given = np.array([[0.1, -0.2], [0.0, 0.3]])
    prices = priced(given)
    assert prices.columns.tolist() == ["a000", "a001"]
    assert np.allclose(np.diff(np.log(prices), axis=0), given)
    assert prices.iloc[0].tolist() == [100, 100]
