"""A kind that errs in some world warns of it there, from the data, and seldom elsewhere."""

import pytest

from leadline.calibration.designs import designs
from leadline.calibration.jobs import OnPanel
from leadline.calibration.looks import look_of, warnings
from leadline.worlds import NULL_WORLDS

CASES = {
    "driver_share, residual": ("momentum", 3, 3),
    "explosive": ("momentum", 2, 2),
    "state_transition": ("leader closes later", 20, 6),
}


def warned(name, world, n):
    look = OnPanel(look_of(designs()[name]), NULL_WORLDS[world], name)
    return [set(look(number).warned) for number in range(n)]


@pytest.mark.parametrize("name", CASES)
def test_a_kind_that_errs_in_a_world_warns_of_it_there(name):
    world, n, at_least = CASES[name]
    usual = set.union(*warned(name, "iid", n // 2 or 1))
    assert sum(bool(seen - usual) for seen in warned(name, world, n)) >= at_least


def test_a_warning_is_known_whatever_its_figures():
    one, other, third = warnings(
        "Held on 12% of 40 days, not 5.", "Held on 7% of 312 days, not 5.", "Another one."
    )
    assert one == other != third
