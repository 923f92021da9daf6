import numpy as np
import pytest
from scipy import signal, stats

from leadline.kernels.cycles import QUICKER, SLOW, slow_cycle
from leadline.worlds import WORLDS
from leadline.worlds.calibration import streams

N = 2600


def test_the_ratio_is_that_of_two_periodograms_and_the_p_that_of_an_f_distribution():
    for seed in range(5):
        moves = np.random.default_rng(seed).standard_normal(N)
        _, power = signal.periodogram(moves)
        slow, usual = power[1 : SLOW + 1], power[SLOW + 1 : SLOW + QUICKER + 1].mean()
        found = slow_cycle(moves)
        assert found.turns == 1 + np.argmax(slow)
        assert found.ratio == pytest.approx(slow.max() / usual)
        tail = stats.f.sf(slow.max() / usual, 2, 2 * QUICKER)
        assert found.p_value == pytest.approx(1 - (1 - tail) ** SLOW, rel=1e-9)


@pytest.mark.parametrize("turns", [1, 3, 10])
def test_a_planted_cycle_is_found_with_its_turns(turns):
    t = np.arange(N) / N
    moves = np.random.default_rng(1).standard_normal(N)
    found = slow_cycle(moves + 0.3 * np.cos(2 * np.pi * turns * t + 1.0))
    assert found.turns == turns
    assert found.p_value < 1e-6


def test_quicker_cycles_are_none_of_its_business():
    t = np.arange(N) / N
    moves = np.random.default_rng(1).standard_normal(N)
    assert slow_cycle(moves + 0.3 * np.cos(2 * np.pi * 30 * t)).p_value > 0.05


def test_unit_sign_drift_and_direction_of_time_change_nothing():
    moves = np.random.default_rng(2).standard_normal(N).cumsum() * 0.01
    moves += np.random.default_rng(3).standard_normal(N)
    plain = slow_cycle(moves)
    for other in (1e6 * moves, -moves, moves + 4.0, moves[::-1]):
        assert slow_cycle(other) == pytest.approx(plain)


def test_what_is_short_or_constant_has_no_cycle():
    assert slow_cycle(np.random.default_rng(0).standard_normal(101)) is None
    assert slow_cycle(np.random.default_rng(0).standard_normal(102)) is not None
    assert slow_cycle(np.full(N, 0.25)) is None


@pytest.mark.parametrize(
    ("world", "at_most"),
    [("iid", 0.03), ("GARCH-t", 0.03), ("shared volatility", 0.03), ("momentum", 0.12)],
)
def test_it_is_seldom_seen_where_there_is_none(world, at_most):
    found = [each.p_value <= 0.01 for each in cycles_in(world, 100)]
    assert np.mean(found) <= at_most


def test_it_is_always_seen_in_the_world_that_has_it():
    found = cycles_in("few cycles", 20)
    assert all(each.p_value <= 0.01 and each.turns in (3, 4) for each in found)


def cycles_in(name, n):
    world = WORLDS[name]
    return [
        slow_cycle(np.diff(np.log(prices)))
        for market, _ in streams(world, range(n), 7)
        for prices in world.simulate(N, market).values()
    ]
