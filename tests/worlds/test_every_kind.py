"""Every kind of test sees through a world made for it, and is not fooled by the others."""

import pytest
from worlds.designs import calibrate

from leadline.evidence import kinds
from leadline.worlds import NULL_WORLDS
from leadline.worlds.calibration import look_at_each, rejection_rate

HARD = ("momentum", "shared volatility", "leader closes later")


def test_every_kind_has_a_world_that_it_must_see_through():
    assert set(calibrate.MUST_SEE) == set(kinds())
    assert {test.kind for test in calibrate.RELATIONS.values()} | {"market_fact"} == set(kinds())


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_the_truth_is_found(kind):
    test, world, n_obs = calibrate.MUST_SEE[kind]
    found = look_at_each(calibrate.p_value_of(test), world, range(12), seed=7, n_obs=n_obs)
    # Fewer than 6 of 12 has a chance of 0.4 % where the power is 0.8.
    assert sum(p <= 0.05 for p in found) >= 6


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_false_alarms_keep_to_their_level(kind):
    test, _, n_obs = calibrate.MUST_SEE[kind]
    alarms = 0
    for name in HARD:
        found = rejection_rate(
            calibrate.p_value_of(test),
            NULL_WORLDS[name],
            n_worlds=20,
            seed=8,
            n_obs=n_obs,
            alpha=0.10,
        )
        alarms += found.k
    # 6 of 60 expected; the 99.9 % binomial bound is 14.
    assert alarms <= 14
