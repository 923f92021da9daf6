"""Live evidence on two thousand worlds of 500 days, as docs/calibration.md shows it."""

import numpy as np
import pytest

from leadline.calibration import live_evidence as live
from leadline.kernels import evalues
from leadline.worlds.calibration import bounds

pytestmark = pytest.mark.slow


def look_at(look, world, n):
    odds = live.odds_in(world)
    found = [look(live.WORLDS[world], odds, number) for number in range(n)]
    return odds, {name: [each[name] for each in found] for name in found[0]}


@pytest.mark.parametrize("world", live.WORLDS)
def test_no_process_crosses_oftener_than_promised(world):
    _, found = look_at(live.of_null, world, live.N_WORLDS)
    for name in (live.OFFICIAL[0], live.OFFICIAL[2], live.COMPANION):
        for alpha in (live.ALPHA, live.STRICT):
            rate = live.crossed(found[name], alpha)
            assert rate.is_not_above, (name, rate)
    for part in ("windows", "returns"):
        kept = found[f"covers, {part}"]
        assert len(kept) - sum(kept) <= bounds(len(kept), 0.05)[1], part


@pytest.mark.parametrize("world", live.PLANTED)
def test_a_true_call_grows_as_promised_and_is_seldom_refuted(world):
    odds, found = look_at(live.of_truth, world, live.N_PLANTED)
    official, companion = live.OFFICIAL[0], live.COMPANION
    for name in (official, companion):
        against = live.crossed(found[f"{name}: against"], live.ALPHA)
        assert against.is_not_above, (name, against)
    promised = float(evalues.bernoulli_growth(odds.p, odds.q))
    assert np.mean(found[f"{official}: unmixed"]) == pytest.approx(promised, rel=0.1)
    grown = np.mean(found[f"{companion}: unmixed"])
    assert grown >= 0.85 * np.mean(found["promised"])
