"""What the markets are made of is what they say."""

import numpy as np
import pytest

from leadline.kernels.events import record_highs
from leadline.worlds import NULL_WORLDS, PLANTED_WORLDS, World
from leadline.worlds.links import AfterHighs, Answer, Faster, HeldDown
from leadline.worlds.markets import FOLLOWER_VOLATILITY, LEADER_VOLATILITY, Market
from leadline.worlds.shocks import DEGREES, shocks, volatility, with_momentum

ALL = [*NULL_WORLDS.values(), *PLANTED_WORLDS.values()]
LONG = 40_000


def rng(seed=0):
    return np.random.default_rng(seed)


def moves(world, n_obs=LONG, seed=0):
    prices = world.simulate(n_obs, rng(seed))
    return tuple(np.diff(np.log(prices[name])) for name in ("leader", "follower"))


def correlation(x, y, lag=0):
    """Correlate x with what y does ``lag`` days later."""
    first, later = (x, y) if lag >= 0 else (y, x)
    shift = abs(lag)
    return np.corrcoef(first[: first.size - shift], later[shift:])[0, 1]


@pytest.mark.parametrize("tails", ["normal", "student_t", "garch_t"])
def test_shocks_have_mean_zero_and_variance_one(tails):
    drawn = shocks(tails, LONG, rng())
    assert abs(drawn.mean()) < 0.03
    assert drawn.var() == pytest.approx(1.0, abs=0.15)


def test_heavy_tails_are_as_heavy_as_stated():
    # Excess kurtosis of Student's t is 6 / (degrees - 4); its estimate is itself heavy-tailed.
    drawn = shocks("student_t", 10 * LONG, rng())
    expected = np.mean(np.abs(rng(1).standard_t(DEGREES, 10 * LONG)) > 4 * (5 / 3) ** 0.5)
    assert np.mean(np.abs(drawn) > 4) == pytest.approx(expected, rel=0.25)
    assert np.mean(np.abs(drawn) > 4) > 20 * 6.3e-5  # the normal's share


def test_clustered_shocks_cluster_and_do_not_trend():
    drawn = shocks("garch_t", LONG, rng())
    assert correlation(np.abs(drawn), np.abs(drawn), 5) > 0.08
    assert abs(correlation(drawn, drawn, 1)) < 0.03


def test_volatility_has_mean_square_one_and_the_stated_spread():
    drawn = volatility(0.7, 4 * LONG, rng())
    assert np.mean(drawn**2) == pytest.approx(1.0, abs=0.1)
    assert np.log(drawn**2).std() == pytest.approx(0.7, rel=0.1)


def test_momentum_keeps_how_far_prices_spread():
    drawn = with_momentum(shocks("normal", LONG, rng()), 0.9)
    assert correlation(drawn, drawn, 1) == pytest.approx(0.9, abs=0.01)
    yearly = drawn[: LONG // 500 * 500].reshape(-1, 500).sum(axis=1)
    assert yearly.var() / 500 == pytest.approx(1.0, abs=0.35)


@pytest.mark.parametrize("later", [-0.5, 0.0, 0.25, 0.5])
def test_closes_apart_move_correlation_to_one_lag(later):
    x, y = Market(same_day=0.6, later=later).shocks(LONG, rng())
    gap = abs(later)
    assert correlation(x, y) == pytest.approx(0.6 * (1 - gap), abs=0.02)
    # The market that closes later seems to lead (Lo and MacKinlay 1990).
    apparent = -1 if later > 0 else 1
    assert correlation(x, y, apparent) == pytest.approx(0.6 * gap, abs=0.02)
    assert correlation(x, y, -apparent) == pytest.approx(0.0, abs=0.02)


def test_shared_volatility_shows_in_sizes_and_not_in_directions():
    x, y = moves(NULL_WORLDS["shared volatility"])
    assert correlation(np.abs(x), np.abs(y)) > 0.2
    assert abs(correlation(x, y)) < 0.06


@pytest.mark.parametrize("world", ALL, ids=lambda world: world.name)
def test_a_world_is_named_explained_and_as_volatile_as_its_kind(world):
    assert {**NULL_WORLDS, **PLANTED_WORLDS}[world.name] is world
    assert world.truth.endswith(".")
    assert (world.link is None) == (world.name in NULL_WORLDS)
    x, y = moves(world)
    scale = 261**0.5 * (1 if world.market.momentum == 0 else (1.9 / 0.1) ** 0.5)
    assert x.std() * scale == pytest.approx(LEADER_VOLATILITY, rel=0.15)
    if world.link is None:
        assert y.std() * scale == pytest.approx(FOLLOWER_VOLATILITY, rel=0.15)


@pytest.mark.parametrize("world", ALL, ids=lambda world: world.name)
def test_a_panel_holds_both_prices_on_the_same_business_days(world):
    panel = world.panel(300, rng())
    both = panel.align(("leader", "follower"))
    assert len(both) == 300
    assert np.is_busday(both.days).all()
    assert all(price[0] == pytest.approx(100.0) for price in both.values.values())


def test_the_same_stream_gives_the_same_history():
    world = PLANTED_WORLDS["rallies after highs"]
    assert world.panel(500, rng(3)).digest == world.panel(500, rng(3)).digest
    assert world.panel(500, rng(3)).digest != world.panel(500, rng(4)).digest


def linked(link, market=None, seed=0, n_obs=LONG):
    with_link = World("linked", "For this test.", market or Market(), link)
    without = World("linked", "For this test.", market or Market())
    return moves(with_link, n_obs, seed), moves(without, n_obs, seed)


def test_an_answer_comes_at_its_lag_and_nowhere_else():
    (x, y), _ = linked(Answer(lag=32, strength=0.5, spread=1))
    assert correlation(x, y, 32) == pytest.approx(0.5, abs=0.02)
    for lag in (-32, -1, 0, 1, 31, 33):
        assert abs(correlation(x, y, lag)) < 0.02


def test_a_spread_answer_is_centred_on_its_lag():
    (x, y), _ = linked(Answer(lag=32, strength=0.5, spread=5))
    r = {lag: correlation(x, y, lag) for lag in range(28, 37)}
    assert all(r[lag] == pytest.approx(0.1, abs=0.02) for lag in range(30, 35))
    assert all(abs(r[lag]) < 0.02 for lag in (28, 29, 35, 36))


def test_an_answer_can_stop():
    (x, y), (_, own) = linked(Answer(lag=32, strength=0.7, spread=1, until=0.5))
    half = LONG // 2 + 500
    assert correlation(x[: half - 1000], y[: half - 1000], 32) == pytest.approx(0.7, abs=0.03)
    assert y[half:] == pytest.approx(own[half:])


def test_rises_begin_after_their_wait():
    link = AfterHighs(by=0.5, wait=15, length=45)
    (x, y), (_, own) = linked(link, n_obs=5000)
    extra = np.concatenate(([0.0], y - own))
    leader = np.concatenate(([0.0], np.cumsum(x)))
    for day in np.flatnonzero(record_highs(leader, quiet=65, memory=261))[5:]:
        assert extra[day + 15 : day + 60].min() == pytest.approx(0.5 / 45)
    assert extra.sum() > 0


def test_a_share_of_rises_is_left_out():
    (_, all_of_them), (_, own) = linked(AfterHighs(by=0.5))
    (_, half), _ = linked(AfterHighs(by=0.5, share=0.5))
    assert 0.3 < (half - own).sum() / (all_of_them - own).sum() < 0.7


def test_what_is_held_down_comes_back():
    (_, y), (_, own) = linked(HeldDown(by=0.7, share=0.9))
    below = np.cumsum(y - own)
    assert below.min() == pytest.approx(-0.7)
    assert below.max() == pytest.approx(0.0, abs=1e-9) or below.max() <= 0.7 + 1e-9
    assert 0.05 < np.mean(below < -0.35) < 0.35


def test_the_last_days_are_faster():
    (_, y), (_, own) = linked(Faster(by=6.0, days=130), n_obs=1000)
    assert (y - own)[-130:] == pytest.approx(6.0 / 261)
    assert (y - own)[:-130] == pytest.approx(0.0)
