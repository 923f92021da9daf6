"""What is done to the data, and what must or must not come of it; units: tests/evidence."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from evidence.quick import DAY, FACTS, SMALL, a_fact, a_test
from evidence.test_properties import close, what_decides
from metamorphic.markets import LAST, RELATIONS, SERIES, TESTS, asked, is_price

from leadline.evidence.sample import Paths

# The calendar repeats itself after 28 years, weekdays and leap years included, until 2100.
CYCLE = 10_227
DATED = {"published_figure"}


@pytest.fixture(scope="module")
def found():
    return {name: asked(test, SERIES) for name, test in TESTS.items()}


def moved(days):
    return {
        name: pd.Series(
            series.to_numpy(), series.index + pd.Timedelta(days=days).as_unit("s"), name=name
        )
        for name, series in SERIES.items()
    }


def without_years(decided):
    """Drop the dates of the halves, and the year by which a claim would be decided."""
    if decided["power"] is not None:
        decided["power"].pop("decidable_by")
    for part in ("first", "second"):
        if decided["stability"] is not None:
            for edge in ("start", "stop", "label"):
                decided["stability"][part].pop(edge)
    return decided


@pytest.mark.parametrize("name", sorted(TESTS.keys() - DATED))
def test_twenty_eight_years_later_everything_is_as_it_was(name, found):
    test = TESTS[name]
    if name in FACTS:
        later = {DAY.get(test.kind, "day"): str(LAST + timedelta(days=CYCLE))}
        if name == "pace":
            later["since"] = str(test.since + timedelta(days=CYCLE))
        day = later.pop(DAY.get(test.kind, "day"))
        test = a_fact(name, day, **later)
    there = asked(test, moved(CYCLE))
    assert close(without_years(what_decides(there)), without_years(what_decides(found[name])))
    if there.estimate is not None:
        assert there.estimate.value == pytest.approx(found[name].estimate.value, rel=1e-9)


@pytest.mark.parametrize("name", sorted(RELATIONS.keys() - {"granger", "tradable"}))
@pytest.mark.parametrize("days", [1, 5, 100])
def test_kinds_that_count_days_know_no_calendar(name, days, found):
    """Granger and rules were asked by the week, which begins on a Monday."""
    there = asked(RELATIONS[name], moved(days))
    assert there.p_value == found[name].p_value
    assert there.statistic == pytest.approx(found[name].statistic, rel=1e-9)


ODD = {
    "driver_loading": {},
    "event_study": {},
    "granger": {},
    "lag_profile": {},
    "level_correlation": {},
    "predictive_skill": {},
    "regime_means": {},
    "shock_response": {},
    "stress_behaviour": {},
}
"""Kinds whose statistic turns with the sign of the follower's returns."""
EVEN = {
    "event_coincidence": "rises are no falls",
    "gap_frequency": "a follower that is flat or down is no follower that is flat or up",
    "necessary_condition": "rises are no falls",
    "response_order": "the first series turns too",
    "state_transition": "its follower is a state",
    "tradable": "costs do not turn",
}


def test_every_relation_turns_with_the_follower_or_has_a_reason_not_to():
    assert ODD.keys() | EVEN.keys() == RELATIONS.keys()
    assert not ODD.keys() & EVEN.keys()


@pytest.mark.parametrize("name", sorted(ODD))
def test_a_follower_turned_round_proves_the_opposite_claim(name, found):
    """One over the price, and the claim turned: the same evidence with the sign of its effect."""
    turned = {**SERIES, "follower": (1.0 / SERIES["follower"]).rename("follower")}
    there, here = asked(a_test(name, direction="negative"), turned), found[name]
    assert there.p_value == here.p_value
    assert there.p_against == here.p_against
    assert there.statistic == pytest.approx(here.statistic, rel=1e-8)
    one, other = there.estimate, here.estimate
    assert (one.value, one.low, one.high) == pytest.approx(
        (-other.value, -other.high, -other.low), rel=1e-6, abs=1e-9
    )


def profile(evidence):
    return np.array(evidence.exhibit("lag_profile").lines[1].y)


def backwards(series):
    return {
        name: pd.Series(one.to_numpy()[::-1], one.index, name=name) for name, one in series.items()
    }


def exchanged(series):
    return {
        **series,
        "leader": series["follower"].rename("leader"),
        "follower": series["leader"].rename("follower"),
    }


def test_a_profile_run_backwards_with_roles_exchanged_is_itself():
    """What led now lags, and what lagged leads: twice turned is not turned."""
    plain = a_test("lag_profile", prewhiten=False)
    here = asked(plain, SERIES)
    np.testing.assert_allclose(
        profile(asked(plain, exchanged(backwards(SERIES)))), profile(here), atol=1e-12
    )
    np.testing.assert_allclose(
        profile(asked(plain, backwards(SERIES))), profile(here)[::-1], atol=1e-12
    )
    np.testing.assert_allclose(
        profile(asked(plain, exchanged(SERIES))), profile(here)[::-1], atol=1e-12
    )


def test_a_loading_knows_no_direction_of_time():
    """Only the break moves to the other end."""
    test = RELATIONS["driver_loading"]
    here, there = asked(test, SERIES).components, asked(test, backwards(SERIES)).components
    for name in ("slope", "standard_error", "partial_r2"):
        assert there[name] == pytest.approx(here[name], rel=1e-8)
    assert there["slope_before_break"] == pytest.approx(here["slope_after_break"], rel=0.5)


def test_what_two_series_share_is_shared_both_ways():
    test = RELATIONS["driver_loading"]
    here, there = (asked(test, one).components for one in (SERIES, exchanged(SERIES)))
    assert there["partial_r2"] == pytest.approx(here["partial_r2"], rel=1e-9)


@pytest.mark.parametrize("name", sorted(TESTS))
def test_a_flat_price_and_a_second_copy_beside_change_nothing(name, found):
    flat = pd.Series(100.0, SERIES["tea"].index, name="flat")
    copies = {f"{one} again": SERIES[one].rename(f"{one} again") for one in ("leader", "follower")}
    assert asked(TESTS[name], {**SERIES, "flat": flat, **copies}) == found[name]


FAR, START = 150, 500
RANKED = {
    "event_coincidence": "",
    "gap_frequency": "a move ranks among all moves before it",
    "stress_behaviour": "thresholds come from all the past",
    "tradable": "a move ranks among all moves before it",
}
"""Kinds that learn from all the past there is, and so may change with it."""


@pytest.mark.parametrize("name", sorted(RELATIONS.keys() - RANKED.keys()))
def test_a_far_past_before_the_question_changes_nothing(name):
    start = str(SERIES["tea"].index[START].date())
    test = a_test(name, start=start, n_resamples=49)
    short = {one: series.iloc[FAR:] for one, series in SERIES.items()}
    here, there = asked(test, SERIES), asked(test, short)
    assert here.status == there.status == "ok"
    assert close(what_decides(there), what_decides(here))
    assert there.estimate.value == pytest.approx(here.estimate.value, rel=1e-9)


@pytest.mark.parametrize("name", sorted(RELATIONS))
def test_histories_are_scored_together_as_one_by_one(name):
    from evidence.quick import panel_of

    test = RELATIONS[name]
    sample = test.own(test.draw(panel_of(SERIES)))
    score = test.prepare(sample)
    drawn = test.null_model(sample).draw(5, np.random.default_rng(3))
    together = score(Paths(sample, drawn))
    alone = np.vstack([score(Paths(sample, row[None, :])) for row in drawn])
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-10)


def test_everything_is_asked_here():
    assert {test.kind for test in TESTS.values()} >= set(SMALL)
    assert all(is_price(SERIES[name]) for name in ("leader", "follower"))
