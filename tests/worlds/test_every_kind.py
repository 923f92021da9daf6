"""Every kind of test sees through a world made for it, and is not fooled by the others."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from leadline.calibration import designs as calibrate
from leadline.calibration.looks import look_of
from leadline.data.panel import Panel
from leadline.evidence import kinds
from leadline.evidence.relation import RelationTest
from leadline.worlds import NULL_WORLDS, WORLDS
from leadline.worlds.calibration import look_at_each, rejection_rate

HARD = ("momentum", "shared volatility", "leader closes later")
RATED = sorted(calibrate.MUST_SEE)


def p_value_of(test):
    look = look_of(test)
    return lambda panel, rng: look(panel, rng).p


def test_every_kind_has_a_world_that_it_must_see_through():
    assert set(RATED) | set(calibrate.READINGS) == set(kinds())
    assert not set(RATED) & set(calibrate.READINGS)
    assert not any(issubclass(kinds()[kind], RelationTest) for kind in calibrate.READINGS)
    designs = calibrate.designs()
    assert {test.kind for test in designs.values()} == set(RATED)
    assert {test.kind for test, _, _ in calibrate.MUST_SEE.values()} == set(RATED)


def test_names_of_rows_begin_with_their_kind():
    for name, test in calibrate.designs().items():
        assert name.split(",")[0] == test.kind
    assert set(calibrate.TRUE_IN) <= set(RATED)
    assert {world for worlds in calibrate.TRUE_IN.values() for world in worlds} <= set(WORLDS)


def test_conditions_of_a_world_know_nothing_of_tomorrow():
    panel = NULL_WORLDS["no lead"].panel(1800, np.random.default_rng(3))
    cut = 1400
    past = Panel(
        panel.as_of,
        panel.days[:cut],
        {
            name: replace(
                column,
                value=column.value[:cut],
                period=column.period[:cut],
                fresh=column.fresh[:cut],
            )
            for name, column in panel.columns.items()
        },
    )
    whole, part = (calibrate.beside(given, np.random.default_rng(4)) for given in (panel, past))
    for name in (calibrate.FRESH, calibrate.UP, calibrate.DOUBLED):
        np.testing.assert_array_equal(whole[name].value[:cut], part[name].value)
        assert whole[name].info.is_state
    assert 0.1 < whole[calibrate.FRESH].value.mean() < 0.9
    traded = whole[calibrate.LEADER].fresh
    moves = (
        np.diff(np.log(whole[name].value[traded])) for name in (calibrate.FIRST, calibrate.LEADER)
    )
    assert np.corrcoef(*moves)[0, 1] == pytest.approx(0.5**0.5, abs=0.05)


@pytest.mark.parametrize("kind", RATED)
def test_the_truth_is_found(kind):
    test, world, n_obs = calibrate.MUST_SEE[kind]
    found = look_at_each(p_value_of(test), world, range(8), seed=7, n_obs=n_obs)
    # Fewer than 4 of 8 has a chance of 1 % where the power is 0.8.
    assert sum(p <= 0.05 for p in found) >= 4


@pytest.mark.parametrize("kind", RATED)
def test_false_alarms_keep_to_their_level(kind):
    test, _, n_obs = calibrate.MUST_SEE[kind]
    hard = [name for name in HARD if not calibrate.is_true(kind, name)]
    alarms = 0
    for name in hard:
        found = rejection_rate(
            p_value_of(test),
            NULL_WORLDS[name],
            n_worlds=12,
            seed=8,
            n_obs=n_obs,
            alpha=0.10,
        )
        alarms += found.k
    # The 99.9 % binomial bound: 10 of 36, where 3.6 are expected.
    assert alarms <= binom.ppf(0.999, 12 * len(hard), 0.10)


ON_THE_DAY = sorted(kind for kind, worlds in calibrate.TRUE_IN.items() if "same day" in worlds)


@pytest.mark.parametrize("kind", ON_THE_DAY)
def test_what_moves_together_on_the_day_is_no_false_alarm_where_that_is_asked(kind):
    design = next(name for name in calibrate.RELATIONS if name.split(",")[0] == kind)
    look = p_value_of(calibrate.RELATIONS[design])
    found = [
        rejection_rate(look, NULL_WORLDS[name], n_worlds=6, seed=8)
        for name in calibrate.TRUE_IN[kind]
        if name in NULL_WORLDS
    ]
    assert sum(each.k for each in found) >= sum(each.n for each in found) / 2
