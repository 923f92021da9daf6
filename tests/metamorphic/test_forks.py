"""Forks have no order: which of two values is the claim's own changes no joint answer."""

import numpy as np
import pytest
from evidence.quick import a_test, panel_of
from evidence.test_settings import FIXED, FORKABLE
from metamorphic.markets import SERIES

from leadline.evidence.relation import _observed, _scores
from leadline.kernels import multiverse

FALL = {"rule": "rise", "by": 0.15, "within": "1m", "quiet": "1w"}
OTHER = {
    "leader": "tea",
    "start": "2017-09-01",
    "stop": "2020-09-01",
    "guard": "3d",
    "controls": ("tea",),
    "every": "week",
    "broke": "2019-01-01",
    "event": FALL,
    "rally": FALL,
    "horizon": "2w",
    "apart": "2d",
    "rate": "precursor",
    "margin": 0.2,
    "over": "3w",
    "quantile": 0.7,
    "at_most": 0.02,
    "lags": 3,
    "augment": 2,
    "robust": False,
    "statistic": "wald",
    "window": {"min": "2d", "max": "8d"},
    "prewhiten": False,
    "scaled": True,
    "at": "3d",
    "levels": "price",
    "within": "3w",
    "ceiling": 0.8,
    "outcome": "event",
    "by": 0.05,
    "benchmark": "own",
    "training": "9m",
    "matched": "year",
    "first": "tea",
    "soon": "3d",
    "response": "down",
    "against": "early",
    "stress": 0.10,
    "quantiles": (0.2, 0.05),
    "quiet": "3w",
    "lag": "2d",
    "hold": "3w",
    "overs": ("2w",),
    "holds": ("3w",),
    "cost": 20.0,
    "costs": (5.0,),
}
OF_KIND = {
    ("lag_profile", "statistic"): "sum",
    ("tradable", "lags"): ("2d",),
    ("tradable", "quantiles"): (0.7,),
    ("granger", "every"): "day",
    ("tradable", "every"): "day",
    ("necessary_condition", "leader"): "booming",
    ("regime_means", "leader"): "booming",
    ("state_transition", "leader"): "calm",
    ("state_transition", "event"): None,
}
SHAPES_HISTORIES = {
    "driver_loading": {"controls"},
    "granger": {"controls"},
    "response_order": {"leader", "every", "horizon", "first"},
    "stress_behaviour": {"leader", "quantiles", "every"},
}
"""Settings by which the claim's own value shapes the histories that all its forks share.

So does ``guard`` in every kind; its forks alone know which of the two is the claim's own.
"""
PAIRS = [pair for pair in FORKABLE if pair not in FIXED]
MARKET = {**SERIES, "calm": (SERIES["tea"].diff(30) > 0).rename("calm")}


@pytest.fixture(scope="module")
def panel():
    return panel_of(MARKET)


def joint(test, panel):
    """Score every specification on what happened and on the same few histories."""
    sample = test.draw(panel)
    tests = {repr(sorted(_chosen(one))): one for _, one in test.variants()}
    tests = dict(sorted(tests.items()))
    parts = [one.own(sample) for one in tests.values()]
    scorers = [one.prepare(part) for one, part in zip(tests.values(), parts, strict=True)]
    observed = _observed(scorers, parts, sample)
    null = _scores(scorers, parts, sample, test.null_model(sample), 49, np.random.default_rng(5))
    return observed, multiverse.joint(observed[:, 0], null[:, :, 0])


def _chosen(test):
    return ((name, str(value)) for name, value in test.settings().items())


@pytest.mark.parametrize(("name", "setting"), PAIRS)
def test_own_and_other_value_may_change_places(panel, name, setting):
    own = a_test(name).settings()[setting]
    other = OF_KIND.get((name, setting), OTHER[setting])
    here = a_test(name, forks={setting: [other]})
    there = a_test(name, **{setting: other}, forks={setting: [own]})
    one, two = joint(here, panel), joint(there, panel)
    np.testing.assert_allclose(two[0], one[0], rtol=1e-8, atol=1e-10)
    if setting == "guard" or setting in SHAPES_HISTORIES.get(name, ()):
        return
    assert two[1].p == pytest.approx(one[1].p)
    assert two[1].median == pytest.approx(one[1].median, rel=1e-6)


@pytest.mark.parametrize(("name", "setting"), PAIRS)
def test_a_fork_is_scored_as_if_it_were_the_claim(panel, name, setting):
    other = OF_KIND.get((name, setting), OTHER[setting])
    forked = a_test(name, forks={setting: [other]})
    sample = forked.draw(panel)
    (_, as_fork) = forked.variants()[-1]
    alone = a_test(name, **{setting: other})
    whole = alone.draw(panel)
    values = [
        _observed([test.prepare(part)], [part], all_of)[0]
        for test, part, all_of in (
            (as_fork, as_fork.own(sample), sample),
            (alone, alone.own(whole), whole),
        )
    ]
    np.testing.assert_allclose(values[0], values[1], rtol=1e-8, atol=1e-10)
