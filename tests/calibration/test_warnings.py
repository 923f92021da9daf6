"""A kind that errs in some world warns of it there, from the data, and seldom elsewhere."""

import numpy as np
import pytest

from leadline.calibration.designs import designs
from leadline.calibration.jobs import OnPanel
from leadline.calibration.looks import look_of, warnings
from leadline.worlds import WORLDS

CASES = {
    "driver_share, residual": ("momentum", 3, 3),
    "explosive": ("momentum", 2, 2),
    "state_transition": ("leader closes later", 20, 6),
}
SEES_CYCLES = (
    "lag_profile, weeks 2-26",
    "level_correlation, days 0-120",
    "granger",
    "event_study",
    "regime_means",
    "driver_share, residual",
    "explosive",
    "forecast",
)


def warned(name, world, n):
    look = OnPanel(look_of(designs()[name]), WORLDS[world], name)
    return [set(look(number).warned) for number in range(n)]


@pytest.mark.parametrize("name", CASES)
def test_a_kind_that_errs_in_a_world_warns_of_it_there(name):
    world, n, at_least = CASES[name]
    usual = set.union(*warned(name, "iid", n // 2 or 1))
    assert sum(bool(seen - usual) for seen in warned(name, world, n)) >= at_least


@pytest.mark.parametrize("name", SEES_CYCLES)
def test_few_slow_cycles_are_warned_of(name):
    few, iid = (warned(name, world, 2) for world in ("few cycles", "iid"))
    assert all(seen - set.union(*iid) for seen in few)


def test_levels_of_which_the_leader_follows_are_warned_of():
    seen = {
        world: warned("level_correlation, days 0-120", world, 6)
        for world in ("reversed lead", "iid", "lead of 45 days", "same day")
    }
    (turned,) = set.intersection(*seen["reversed lead"])
    assert not any(turned in each for world in list(seen)[1:] for each in seen[world])


def test_a_turn_of_the_pace_warns_of_bad_ticks():
    ticks, iid = (warned("market_fact, acceleration", world, 3) for world in ("bad ticks", "iid"))
    assert all(seen - set.union(*iid) for seen in ticks)


@pytest.mark.parametrize("name", [*SEES_CYCLES, "market_fact, acceleration", "driver_loading"])
def test_bunches_are_warned_of(name):
    bunched, iid = (warned(name, world, 3) for world in ("bunched events", "iid"))
    assert all(seen - set.union(*iid) for seen in bunched)


def test_two_that_share_slow_cycles_have_so_many_episodes_and_no_more():
    test = designs()["lag_profile, weeks 2-26"]
    counts = {}
    for world in ("three slow cycles", "no lead"):
        panel = WORLDS[world].panel(2610, np.random.default_rng(1))
        found = test.significance(test.draw(panel), np.random.default_rng(2), 19)
        counts[world] = found.n_episodes
    assert counts == {"three slow cycles": 3, "no lead": 20}


def test_a_warning_is_known_whatever_its_figures():
    one, other, third = warnings(
        "Held on 12% of 40 days, not 5.", "Held on 7% of 312 days, not 5.", "Another one."
    )
    assert one == other != third
