"""Cutting the future off changes nothing for any kind, and for one that peeks it does."""

from dataclasses import replace

import numpy as np
import pytest

from leadline.calibration.designs import RELATIONS, beside
from leadline.data.panel import Panel
from leadline.evidence.lag_profile import LagProfile
from leadline.worlds import WORLDS

N_OBS = 2000
# A Sunday: where a week is broken off its last return is of fewer days.
CUT = -702
LEAST = {"n_resamples": 19, "n_sensitivity": 19, "n_simulations": 19}


@pytest.fixture(scope="module")
def panel():
    market, own = (np.random.default_rng(seed) for seed in (1, 2))
    return beside(WORLDS["no lead"].panel(N_OBS, market), own)


def until(panel, cut):
    """Give the panel as it was known on its day number ``cut``."""
    columns = {
        name: replace(
            column,
            value=column.value[:cut],
            period=column.period[:cut],
            fresh=column.fresh[:cut],
        )
        for name, column in panel.columns.items()
    }
    return Panel(panel.days[cut - 1].astype(object), panel.days[:cut], columns)


def measured(test, panel):
    own = test.own(test.draw(panel))
    if test.too_thin(own) is not None:
        return None
    found = test.significance(test.draw(panel), np.random.default_rng(3), 19)
    return found.statistic, found.p_value, found.estimate.value, found.estimate.low


def hangs_on_the_future(test, panel):
    """Say whether what a test finds up to a day is another once later days are known."""
    stopped = test.model_copy(update=LEAST | {"stop": panel.days[CUT - 1].astype(object)})
    return measured(stopped, panel) != measured(stopped, until(panel, CUT))


@pytest.mark.parametrize("name", RELATIONS)
def test_no_kind_looks_past_the_day_at_which_it_stops(name, panel):
    assert not hangs_on_the_future(RELATIONS[name], panel)


class Smoothed(LagProfile):
    """Smooths the leader over the days before and after each: a classic leak."""

    def draw(self, panel):
        column = panel[self.leader]
        padded = np.pad(column.value, 30, mode="edge")
        smooth = np.convolve(padded, np.full(61, 1 / 61), mode="valid")
        leaking = replace(column, value=smooth)
        return super().draw(replace(panel, columns={**panel.columns, self.leader: leaking}))


class Scaled(LagProfile):
    """Takes out the mean move of the whole sample, days to come included."""

    def draw(self, panel):
        column = panel[self.follower]
        log = np.log(column.value)
        trend = np.linspace(0, log[-1] - log[0], log.size)
        leaking = replace(column, value=np.exp(log - trend * np.arange(log.size) / log.size))
        return super().draw(replace(panel, columns={**panel.columns, self.follower: leaking}))


@pytest.mark.parametrize("leaking", [Smoothed, Scaled])
def test_a_kind_that_leaks_is_caught(leaking, panel):
    honest = RELATIONS["lag_profile, days 3-30"]
    assert hangs_on_the_future(leaking.model_validate(honest.model_dump()), panel)
