"""Forks have no order, and under no setting does what must not matter."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from evidence.quick import a_test, panel_of
from evidence.test_settings import FIXED, FORKABLE
from metamorphic.markets import (
    CYCLE,
    FAR,
    ODD,
    RANKED,
    SERIES,
    START,
    TEA,
    is_price,
    moved,
    rounding,
)

from leadline.evidence.relation import _observed, _scores
from leadline.evidence.sample import Paths
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


def other_value(name, setting):
    return OF_KIND.get((name, setting), OTHER[setting])


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
    other = other_value(name, setting)
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
    other = other_value(name, setting)
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


# A Sunday, so that neither a week nor the return of one is broken off there.
CUT = date(2020, 10, 4)
NOT_ODD = {("level_correlation", "levels"): "one over a price is no mirror of the price"}
DATES = {"start", "stop", "broke"}


def rewritten(change):
    return panel_of({n: change(one) if is_price(one) else one for n, one in MARKET.items()})


@pytest.fixture(scope="module")
def panels(panel):
    flat = pd.Series(100.0, TEA.index, name="flat")
    copy = MARKET["leader"].rename("copy")
    turned = {**MARKET, "follower": (1.0 / MARKET["follower"]).rename("follower")}
    return {
        "as it is": panel,
        "in cents": rewritten(lambda price: 100 * price),
        "of 32 bits": rewritten(lambda price: price.astype(np.float32)),
        "28 years later": panel_of(moved(CYCLE, MARKET)),
        "in other company": panel_of(
            {"flat": flat, **dict(reversed(MARKET.items())), "copy": copy}
        ),
        "with the follower turned": panel_of(turned),
        "up to a day": panel.until(CUT),
        "without its far past": panel_of({n: one.iloc[FAR:] for n, one in MARKET.items()}),
    }


def scores(test, panel, *, together=True):
    """Score what happened and three histories, shape (4, 2)."""
    sample = test.draw(panel)
    part = test.own(sample)
    drawn = test.null_model(part).draw(3, np.random.default_rng(3))
    histories = np.vstack((part.returns, drawn))
    score = test.prepare(part)
    if together:
        return score(Paths(part, histories))
    return np.vstack([score(Paths(part, one[None, :])) for one in histories])


def is_close(one, other, tolerance=1e-7):
    return np.allclose(one, other, rtol=tolerance, atol=max(tolerance / 100, 1e-9))


@pytest.mark.parametrize(("name", "setting"), PAIRS)
def test_what_must_not_matter_does_not_matter_under_any_setting(panels, name, setting):
    value = other_value(name, setting)
    test = a_test(name, **{setting: value})
    here = scores(test, panels["as it is"])
    same = {
        what: is_close(scores(test, panels[what]), here)
        for what in ("in cents", "in other company")
    }
    same["of 32 bits"] = np.allclose(
        scores(test, panels["of 32 bits"]), here, rtol=rounding(), atol=rounding()
    )
    same["one by one"] = is_close(scores(test, panels["as it is"], together=False), here)
    if setting in DATES:
        value = str(date.fromisoformat(value) + timedelta(days=CYCLE))
    later = a_test(name, **{setting: value})
    same["28 years later"] = is_close(scores(later, panels["28 years later"]), here)
    if name in ODD and (name, setting) not in NOT_ODD:
        opposite = test.model_copy(update={"direction": "negative"})
        same["turned"] = is_close(scores(opposite, panels["with the follower turned"]), here)
    assert all(same.values()), same


@pytest.mark.parametrize(("name", "setting"), PAIRS)
def test_under_no_setting_does_the_future_matter_nor_a_past_before_the_question(
    panels, name, setting
):
    test = a_test(name, **{setting: other_value(name, setting)})
    if setting != "stop":
        stopped = test.model_copy(update={"stop": CUT})
        whole, cut = (scores(stopped, panels[what]) for what in ("as it is", "up to a day"))
        assert np.array_equal(whole, cut)
    if setting != "start" and name not in RANKED:
        begun = test.model_copy(update={"start": TEA.index[START].date()})
        whole, short = (
            scores(begun, panels[what]) for what in ("as it is", "without its far past")
        )
        assert is_close(short, whole)
