"""Size and power of every kind on a thousand worlds, as docs/calibration.md shows them."""

import numpy as np
import pytest
from scripts import script

from leadline.worlds import NULL_WORLDS
from leadline.worlds.calibration import bounds, look_at_each, rate, rejection_rate

calibrate = script("calibrate")

pytestmark = pytest.mark.slow

DESIGNS = [*calibrate.RELATIONS, *calibrate.FACTS]


@pytest.mark.parametrize("world", NULL_WORLDS)
@pytest.mark.parametrize("name", DESIGNS)
def test_false_alarms_stay_within_the_99_percent_bound_of_their_level(name, world):
    test = {**calibrate.RELATIONS, **calibrate.FACTS}[name]
    found = rejection_rate(
        calibrate.p_value_of(test), NULL_WORLDS[world], n_worlds=1000, seed=calibrate.SEED
    )
    if calibrate.is_true(name, world):
        assert not found.is_not_above, found
    elif name in calibrate.LEVEL:
        assert found.k <= bounds(found.n, calibrate.LEVEL[name])[1], found
    else:
        assert found.is_not_above, found
        if not name.startswith(calibrate.CONSERVATIVE):
            assert found.keeps_its_level, found


@pytest.mark.parametrize("kind", calibrate.MUST_SEE)
def test_a_truth_is_mostly_found(kind):
    test, world, n_obs = calibrate.MUST_SEE[kind]
    found = look_at_each(
        calibrate.p_value_of(test), world, range(100), seed=calibrate.SEED, n_obs=n_obs
    )
    # The 99 % binomial bound of what is found in half of all histories.
    assert rate(found).k >= bounds(100, 0.5)[0]


@pytest.mark.parametrize("world", ["shared volatility", "no lead"])
def test_resampling_each_series_by_itself_fails(world):
    look = calibrate.NAIVE["each series resampled by itself, days 1-100"]
    found = rejection_rate(look, NULL_WORLDS[world], n_worlds=300, seed=calibrate.SEED)
    assert not found.is_not_above


@pytest.mark.parametrize(
    ("name", "world"), calibrate.POWER_CASES, ids=lambda case: getattr(case, "name", case)
)
def test_what_the_power_curve_promises_is_found(name, world):
    look = calibrate.promise(name)
    found = look_at_each(look, world, range(calibrate.N_POWER), seed=calibrate.SEED)
    promised, p, _ = np.array(found).T
    kept = np.isfinite(promised)
    seen = rate(list(p[kept]))
    # The 99 % binomial bound of what was promised on average.
    assert seen.k >= bounds(seen.n, float(promised[kept].mean()))[0]
