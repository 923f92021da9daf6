"""Live evidence on two thousand worlds of 500 days, as docs/calibration.md shows it."""

import numpy as np
import pytest
from scripts import script

from leadline import executors
from leadline.kernels import evalues
from leadline.worlds.calibration import bounds

calibrate_live = script("calibrate_live")

pytestmark = pytest.mark.slow


def look_at(look, world, n):
    where = calibrate_live.WORLDS[world]
    odds = calibrate_live.odds_of(where)
    with executors.executor("threads", 1) as pool:
        return odds, calibrate_live.look_at(look, where, odds, n, pool)


@pytest.mark.parametrize("world", calibrate_live.WORLDS)
def test_no_process_crosses_oftener_than_promised(world):
    _, found = look_at(calibrate_live.of_null, world, calibrate_live.N_WORLDS)
    for name in (calibrate_live.OFFICIAL[0], calibrate_live.OFFICIAL[2], calibrate_live.COMPANION):
        for alpha in (calibrate_live.ALPHA, calibrate_live.STRICT):
            rate = calibrate_live.crossed(found[name], alpha)
            assert rate.is_not_above, (name, rate)
    for part in ("windows", "returns"):
        kept = found[f"covers, {part}"]
        assert len(kept) - sum(kept) <= bounds(len(kept), 0.05)[1], part


@pytest.mark.parametrize("world", calibrate_live.PLANTED)
def test_a_true_call_grows_as_promised_and_is_seldom_refuted(world):
    odds, found = look_at(calibrate_live.of_truth, world, calibrate_live.N_PLANTED)
    official, companion = calibrate_live.OFFICIAL[0], calibrate_live.COMPANION
    for name in (official, companion):
        against = calibrate_live.crossed(found[f"{name}: against"], calibrate_live.ALPHA)
        assert against.is_not_above, (name, against)
    promised = float(evalues.bernoulli_growth(odds.p, odds.q))
    assert np.mean(found[f"{official}: unmixed"]) == pytest.approx(promised, rel=0.1)
    grown = np.mean(found[f"{companion}: unmixed"])
    assert grown >= 0.85 * np.mean(found["promised"])
