"""What is done to the data, and what must or must not come of it; units: tests/evidence."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from evidence.quick import DAY, FACTS, SMALL, a_fact, a_test, panel_of
from evidence.test_properties import close, what_decides
from metamorphic.markets import (
    CYCLE,
    FAR,
    LAST,
    ODD,
    RANKED,
    RELATIONS,
    SERIES,
    START,
    TEA,
    TESTS,
    as_it_is,
    asked,
    is_price,
    moved,
)

from leadline.evidence.sample import Paths

DATED = {"published_figure"}


@pytest.fixture(scope="module")
def found():
    return as_it_is()


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
    there = asked(test, moved(CYCLE, SERIES))
    assert close(without_years(what_decides(there)), without_years(what_decides(found[name])))
    if there.estimate is not None:
        assert there.estimate.value == pytest.approx(found[name].estimate.value, rel=1e-9)


@pytest.mark.parametrize("name", sorted(RELATIONS.keys() - {"granger", "tradable"}))
@pytest.mark.parametrize("days", [1, 5, 100])
def test_kinds_that_count_days_know_no_calendar(name, days, found):
    """Granger and rules were asked by the week, which begins on a Monday."""
    there = asked(RELATIONS[name], moved(days, SERIES))
    assert there.p_value == found[name].p_value
    assert there.statistic == pytest.approx(found[name].statistic, rel=1e-9)


EVEN = {
    "event_coincidence": "rises are no falls",
    "gap_frequency": "a follower that is flat or down is no follower that is flat or up",
    "necessary_condition": "rises are no falls",
    "response_order": "the first series turns too",
    "state_transition": "its follower is a state",
    "tradable": "costs do not turn",
}


def test_every_relation_turns_with_the_follower_or_has_a_reason_not_to():
    assert ODD | EVEN.keys() == RELATIONS.keys()
    assert not ODD & EVEN.keys()


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


TURNED = {
    "driver_loading": {},
    "granger": {},
    "lag_profile": {},
    "level_correlation": {},
    "predictive_skill": {},
    "regime_means": {},
    "response_order": {"response": "down"},
    "shock_response": {},
    "state_transition": {},
}
"""Kinds whose statistic turns with the sign of the leader's moves, or where its state ends, and
what of the claim turns with it; where nothing is said, its direction.
"""
NOT_TURNED = {
    "event_coincidence": "rises are no falls",
    "event_study": "rises are no falls",
    "gap_frequency": "strong is the top of the past, not its bottom",
    "necessary_condition": "what held within weeks before is no mirror of what did not",
    "stress_behaviour": "stress is in one tail",
    "tradable": "strong is the top of the past, not its bottom",
}


def test_every_relation_turns_with_the_leader_or_has_a_reason_not_to():
    assert TURNED.keys() | NOT_TURNED.keys() == RELATIONS.keys()
    assert not TURNED.keys() & NOT_TURNED.keys()


@pytest.mark.parametrize("name", sorted(TURNED))
def test_a_leader_turned_round_proves_the_opposite_claim(name, found):
    """One over the price, or the state's absence, and the claim turned: the same evidence."""
    test = a_test(name, **(TURNED[name] or {"direction": "negative"}))
    own = SERIES[test.leader]
    turned = (1.0 / own if is_price(own) else ~own).rename(test.leader)
    there, here = asked(test, {**SERIES, test.leader: turned}), found[name]
    assert there.statistic == pytest.approx(here.statistic, rel=1e-7)
    assert there.p_value == here.p_value
    sign = 1 if TURNED[name] else -1
    assert there.estimate.value == pytest.approx(sign * here.estimate.value, rel=1e-6)


@pytest.mark.parametrize("name", sorted(TESTS))
def test_a_flat_price_and_a_second_copy_beside_change_nothing(name, found):
    flat = pd.Series(100.0, SERIES["tea"].index, name="flat")
    copies = {f"{one} again": SERIES[one].rename(f"{one} again") for one in ("leader", "follower")}
    assert asked(TESTS[name], {**SERIES, "flat": flat, **copies}) == found[name]


@pytest.mark.parametrize("name", sorted(RELATIONS.keys() - RANKED.keys()))
def test_a_far_past_before_the_question_changes_nothing(name):
    start = str(TEA.index[START].date())
    test = a_test(name, start=start, n_resamples=49)
    short = {one: series.iloc[FAR:] for one, series in SERIES.items()}
    here, there = asked(test, SERIES), asked(test, short)
    assert here.status == there.status == "ok"
    assert close(what_decides(there), what_decides(here))
    assert there.estimate.value == pytest.approx(here.estimate.value, rel=1e-9)


LEARNT = {"forecast": "its odds are learnt from all rallies there were"}


@pytest.mark.parametrize("name", sorted(FACTS.keys() - LEARNT.keys()))
def test_a_far_past_changes_no_reading_but_its_rank(name, found):
    there = asked(TESTS[name], {one: series.iloc[FAR:] for one, series in SERIES.items()})
    assert there.estimate.value == pytest.approx(found[name].estimate.value, rel=1e-9)


@pytest.mark.parametrize("name", sorted(RELATIONS))
def test_histories_are_judged_together_as_one_by_one(name):
    """The score, the p-values that must be passed besides, and whether the words come true."""
    # Where many histories are tried, rules are resampled no more often than this.
    test = a_test(name, n_resamples=49)
    sample = test.own(test.draw(panel_of(SERIES)))
    score = test.prepare(sample)
    drawn = test.null_model(sample).draw(5, np.random.default_rng(3))
    together, alone = Paths(sample, drawn), [Paths(sample, row[None, :]) for row in drawn]
    one_by_one = np.vstack([score(each) for each in alone])
    np.testing.assert_allclose(score(together), one_by_one, rtol=1e-9, atol=1e-10)
    for asked_besides, p in test.also(sample, together).items():
        one_by_one = [test.also(sample, each)[asked_besides][0] for each in alone]
        np.testing.assert_allclose(p, one_by_one, rtol=1e-9)
    one_by_one = [test.criterion(sample, each)[0] for each in alone]
    assert test.criterion(sample, together).tolist() == one_by_one


def test_everything_is_asked_here():
    assert {test.kind for test in TESTS.values()} >= set(SMALL)
    assert all(is_price(SERIES[name]) for name in ("leader", "follower"))
