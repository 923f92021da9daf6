import numpy as np
import pytest

from leadline.kernels.bunches import LARGE, NEAR, bunches
from leadline.worlds import WORLDS
from leadline.worlds.calibration import streams

N = 2600


def bunched(rng, way=1.0):
    moves = rng.standard_normal(N)
    for first in rng.integers(0, N - 20, 20):
        moves[first + np.arange(0, 12, 4)] = way * 4.0
    return moves


def test_it_is_the_sum_over_all_near_pairs():
    moves = bunched(np.random.default_rng(1))
    centred = moves - np.median(moves)
    scale = 1.4826 * np.median(np.abs(centred))
    at = np.flatnonzero(np.abs(centred) > LARGE * scale)
    near = [(i, j) for i in at for j in at if i < j <= i + NEAR]
    agreed = sum(np.sign(centred[i]) * np.sign(centred[j]) for i, j in near)
    mean = np.sign(centred[at]).mean()
    strewn = at.size * (at.size - 1) / 2 * 2 * NEAR / N
    found = bunches(moves)
    assert (found.moves, found.pairs) == (at.size, len(near))
    assert found.z == pytest.approx((agreed - mean**2 * strewn) / np.sqrt(len(near)))


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_bunches_that_go_one_way_stand_out(way):
    assert bunches(bunched(np.random.default_rng(2), way)).z > 5


def test_bunches_that_go_both_ways_do_not():
    rng = np.random.default_rng(3)
    moves = bunched(rng)
    assert abs(bunches(moves * rng.choice((-1.0, 1.0), N)).z) < 3


def test_large_moves_up_that_lie_anywhere_are_no_bunches():
    rng = np.random.default_rng(4)
    moves = rng.standard_normal(N)
    moves[rng.choice(N, 80, replace=False)] = 5.0
    assert abs(bunches(moves).z) < 3


def test_unit_sign_and_direction_of_time_change_nothing():
    moves = bunched(np.random.default_rng(5))
    plain = bunches(moves)
    for other in (1e6 * moves, -moves, moves + 3.0, moves[::-1]):
        assert bunches(other) == pytest.approx(plain)


def test_nothing_is_said_of_few_large_moves_or_of_none():
    assert bunches(np.random.default_rng(6).standard_normal(200)) is None
    assert bunches(np.zeros(N)) is None


@pytest.mark.parametrize("world", ["iid", "GARCH-t", "shared volatility", "leverage and jumps"])
def test_it_is_seldom_said_where_there_are_none(world):
    assert np.mean([z > 3 for z in z_in(world, 50)]) <= 0.04


def test_it_is_nearly_always_said_in_the_world_that_has_them():
    assert np.mean([z > 3 for z in z_in("bunched events", 25)]) >= 0.75


def z_in(name, n):
    world = WORLDS[name]
    found = [
        bunches(np.diff(np.log(prices)))
        for market, _ in streams(world, range(n), 7)
        for prices in world.simulate(N, market).values()
    ]
    return [0.0 if each is None else each.z for each in found]
