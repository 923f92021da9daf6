"""Leader and follower change places, or time runs backwards: what must then be true, kind by kind.

Each kind has an exact identity here, or the reason why it has none. A fact has no leader, and is
about one day and what came before it, so neither can be done to it.
"""

import numpy as np
import pandas as pd
import pytest
from evidence.quick import a_test, panel_of
from metamorphic.markets import RELATIONS, SERIES, asked, is_price

NO_SWAP = {
    "event_study": "the leader has events and the follower returns",
    "gap_frequency": "the leader is ranked in its own past, the follower is held against a bar",
    "necessary_condition": "the leader is a condition and the follower a price",
    "predictive_skill": "which of the two is forecast is all that it asks",
    "regime_means": "the leader is a condition and the follower a price",
    "shock_response": "only the leader's own past is taken from it",
    "state_transition": "the follower must not hold yet, the leader may",
    "stress_behaviour": "stress is the leader's",
    "tradable": "the leader is ranked in its own past, the follower is held",
}
NO_REVERSAL = {
    "gap_frequency": "a move ranks among all moves before it",
    "granger": "a regression on the past is none on the future",
    "necessary_condition": "a rally is dated by its crossing, which the past alone decides",
    "predictive_skill": "forecasts learn from what came before them",
    "response_order": "a shock is what the leader's past did not say",
    "shock_response": "a shock is what the leader's past did not say",
    "state_transition": "a day at risk is one before which the state did not hold",
    "tradable": "a move ranks among all moves before it",
}


def profile(evidence):
    return np.array(evidence.exhibit("lag_profile").lines[1].y)


def level_profile(evidence):
    return np.array(evidence.exhibit("level_profile").lines[-1].y)


def backwards(series):
    return {
        name: pd.Series(one.to_numpy()[::-1], one.index, name=name) for name, one in series.items()
    }


def exchanged(series, one="leader", other="follower"):
    return {**series, one: series[other].rename(one), other: series[one].rename(other)}


def measured(test, series):
    return test.significance(test.draw(panel_of(series)), np.random.default_rng(7), 19)


def drawn(kind, series, **more):
    """Find evidence for its pictures."""
    few = {"n_resamples": 19, "n_sensitivity": 9, "n_simulations": 2}
    return asked(a_test(kind, **few, **more), series)


def test_a_profile_turns_with_each_and_stands_as_it_was_with_both():
    """What led now lags, and what lagged leads: twice turned is not turned."""
    here, swapped, reversed_, both = (
        profile(drawn("lag_profile", series, prewhiten=False))
        for series in (SERIES, exchanged(SERIES), backwards(SERIES), backwards(exchanged(SERIES)))
    )
    np.testing.assert_allclose(swapped, here[::-1], atol=1e-12)
    np.testing.assert_allclose(reversed_, here[::-1], atol=1e-12)
    np.testing.assert_allclose(both, here, atol=1e-12)
    assert np.abs(here - here[::-1]).max() > 0.1


def test_levels_of_one_day_correlate_either_way_and_those_of_two_turn_with_each():
    here, swapped, reversed_, both = (
        level_profile(drawn("level_correlation", series))
        for series in (SERIES, exchanged(SERIES), backwards(SERIES), backwards(exchanged(SERIES)))
    )
    assert (swapped[0], reversed_[0]) == pytest.approx((here[0], here[0]), abs=1e-12)
    np.testing.assert_allclose(reversed_, swapped, atol=1e-12)
    np.testing.assert_allclose(both, here, atol=1e-12)
    assert np.abs(here - swapped).max() > 0.01


def test_what_two_series_share_is_shared_both_ways():
    """And their two slopes multiply to it."""
    test = RELATIONS["driver_loading"]
    here, there = (measured(test, one).components for one in (SERIES, exchanged(SERIES)))
    assert there["partial_r2"] == pytest.approx(here["partial_r2"], rel=1e-9)
    assert here["slope"] * there["slope"] == pytest.approx(here["partial_r2"], rel=1e-9)


def test_a_loading_knows_no_direction_of_time():
    """Only the break moves to the other end."""
    test = RELATIONS["driver_loading"]
    here, there = (asked(test, one).components for one in (SERIES, backwards(SERIES)))
    for name in ("slope", "standard_error", "partial_r2"):
        assert there[name] == pytest.approx(here[name], rel=1e-8)
    assert there["slope_before_break"] == pytest.approx(here["slope_after_break"], rel=0.5)


@pytest.mark.parametrize("lags", [2, "bic"])
def test_the_other_direction_of_granger_is_the_test_with_places_exchanged(lags):
    """Its Wald statistic is no function of that of the first direction, but is shown beside it."""
    test = a_test("granger", lags=lags)
    here, there = (asked(test, one).components for one in (SERIES, exchanged(SERIES)))
    assert here["order"] == there["order"]
    assert here["wald_reverse"] == pytest.approx(there["wald"], rel=1e-8)
    assert there["wald_reverse"] == pytest.approx(here["wald"], rel=1e-8)


def test_who_responds_first_and_who_second_are_one_question():
    """The first and the follower exchanged, and the claim turned: the same weeks, with a minus."""
    turned = a_test("response_order", direction="negative")
    here = measured(RELATIONS["response_order"], SERIES)
    there = measured(turned, exchanged(SERIES, "early", "follower"))
    one, other = here.estimate, there.estimate
    assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low))
    for name in ("p_soon", "p_later"):
        assert there.components[name] == pytest.approx(here.components[name], rel=1e-8)


def spikes(seed):
    """Give a price with rises of a day, which look the same from either end of time."""
    rng = np.random.default_rng(seed)
    path = 0.0005 * rng.standard_normal(1500).cumsum()
    path[np.cumsum(rng.integers(40, 80, 18))] += 0.2
    return pd.Series(100 * np.exp(path), SERIES["leader"].index)


def rates(series, **settings):
    return measured(a_test("event_coincidence", horizon="1m", **settings), series)


def a_pair_of_spikes():
    return {"leader": spikes(1).rename("leader"), "follower": spikes(2).rename("follower")}


def test_what_follows_one_is_what_comes_before_the_other_backwards():
    """Share of A's events that B follows: that of A's which B precedes, in a mirror."""
    pair = a_pair_of_spikes()
    mirror = backwards(exchanged(pair))
    for rate, other in (("trigger", "precursor"), ("precursor", "trigger")):
        here, there = rates(pair, rate=rate), rates(mirror, rate=other)
        assert 0 < here.components[f"{rate}_rate"] < 1
        assert there.components[f"{other}_rate"] == here.components[f"{rate}_rate"]
        assert there.components[f"{other}_base"] == pytest.approx(here.components[f"{rate}_base"])
        assert there.components["p_rotation"] == here.components["p_rotation"]
        assert there.estimate.value == pytest.approx(here.estimate.value)


def test_what_came_before_comes_after_when_time_runs_backwards():
    pair = a_pair_of_spikes()
    here, there = (rates(one).components for one in (pair, backwards(pair)))
    assert there["n_one_sided"] == here["n_one_sided"] > 0
    assert there["n_before"] == here["n_one_sided"] - here["n_before"]
    assert there["coincidence_rate"] == here["coincidence_rate"]
    assert there["coincidence_base"] == pytest.approx(here["coincidence_base"])


def single_days(seed):
    """Give a condition that holds for a day at a time, and so begins where it ends."""
    on = np.zeros(1500, dtype=bool)
    on[np.cumsum(np.random.default_rng(seed).integers(40, 80, 18))] = True
    return pd.Series(on, SERIES["leader"].index, name="leader")


def test_an_event_study_run_backwards_measures_what_came_before():
    series = {"leader": single_days(4), "follower": SERIES["follower"]}
    test = a_test("event_study", event={"rule": "onset", "quiet": "2w"}, horizon="5d", guard="2d")
    y = np.log(series["follower"].to_numpy())
    gap, horizon = 2, 5
    before = y[horizon:-gap] - y[: -gap - horizon]
    had = series["leader"].to_numpy()[gap + horizon :]
    expected = before.mean() - before[had].mean()
    assert measured(test, backwards(series)).estimate.value == pytest.approx(expected, rel=1e-9)


def test_means_of_a_state_run_backwards_are_those_of_the_returns_before_it():
    test = RELATIONS["regime_means"]
    returns = np.diff(np.log(SERIES["follower"].to_numpy()))
    # From one close to the next after the state was known; backwards, the same before it.
    before, held = returns[:-1], SERIES["strong"].to_numpy()[2:]
    expected = (before[~held].mean() - before[held].mean()) * 365.25
    assert measured(test, backwards(SERIES)).estimate.value == pytest.approx(expected, rel=1e-9)


def test_a_beta_while_a_condition_holds_knows_no_direction_of_time():
    """The condition of a day is that with which it began, so it moves along by that day."""
    test = a_test("stress_behaviour", stress="strong")
    held = SERIES["strong"].to_numpy()
    turned = np.append(held[:-1][::-1], held[-1])
    turned = backwards(SERIES) | {
        "strong": pd.Series(turned, SERIES["strong"].index, name="strong")
    }
    here, there = (measured(test, one) for one in (SERIES, turned))
    assert there.estimate.value == pytest.approx(here.estimate.value, rel=1e-8)
    assert there.statistic == pytest.approx(here.statistic, rel=1e-8)
    for level in ("level calm", "level strong"):
        assert there.components[level] == pytest.approx(here.components[level], rel=1e-8)


def test_a_condition_before_rallies_is_an_event_that_came_before_them():
    """Two kinds count the same where a condition holds for single days."""
    series = {"leader": single_days(5), "follower": spikes(2).rename("follower")}
    necessary = measured(
        a_test("necessary_condition", leader="leader", guard="2d", within="1m"), series
    ).components
    event = {"rule": "onset", "quiet": "2w"}
    before = rates(series, event=event, apart="1d", rate="precursor").components
    assert 0 < necessary["necessity"] < 1
    assert necessary["necessity"] == before["precursor_rate"]
    assert necessary["coverage"] == pytest.approx(before["precursor_base"])


# Kinds whose null is made of the follower alone; that of the others keeps the leader's own link.
LEADERLESS = (
    "driver_loading",
    "gap_frequency",
    "necessary_condition",
    "regime_means",
    "shock_response",
    "state_transition",
)


@pytest.mark.parametrize("name", LEADERLESS)
def test_the_reversed_placebo_is_the_claim_of_a_market_whose_leader_ran_backwards(name):
    """And its placebo is the claim's own leader: twice reversed is itself."""
    test = a_test(name, n_resamples=49, n_simulations=2)
    own = SERIES[test.leader]
    path = own.to_numpy()
    # A price keeps its moves, from the last to the first; a state its days.
    turned = path[0] * path[-1] / path[::-1] if is_price(own) else path[::-1]
    there = {**SERIES, test.leader: pd.Series(turned, own.index, name=test.leader)}
    here, there = (asked(test, series).placebos for series in (SERIES, there))
    first, second = (
        next(one.z for one in found.leaders if one.name.endswith("reversed"))
        for found in (here, there)
    )
    assert (first, second) == pytest.approx((there.z, here.z), rel=1e-6)
    assert first != pytest.approx(here.z, rel=1e-2)


SWAP = {
    "driver_loading": test_what_two_series_share_is_shared_both_ways,
    "event_coincidence": test_what_follows_one_is_what_comes_before_the_other_backwards,
    "granger": test_the_other_direction_of_granger_is_the_test_with_places_exchanged,
    "lag_profile": test_a_profile_turns_with_each_and_stands_as_it_was_with_both,
    "level_correlation": (
        test_levels_of_one_day_correlate_either_way_and_those_of_two_turn_with_each
    ),
    "response_order": test_who_responds_first_and_who_second_are_one_question,
}
REVERSAL = {
    "driver_loading": test_a_loading_knows_no_direction_of_time,
    "event_coincidence": test_what_came_before_comes_after_when_time_runs_backwards,
    "event_study": test_an_event_study_run_backwards_measures_what_came_before,
    "lag_profile": test_a_profile_turns_with_each_and_stands_as_it_was_with_both,
    "level_correlation": (
        test_levels_of_one_day_correlate_either_way_and_those_of_two_turn_with_each
    ),
    "regime_means": test_means_of_a_state_run_backwards_are_those_of_the_returns_before_it,
    "stress_behaviour": test_a_beta_while_a_condition_holds_knows_no_direction_of_time,
}


@pytest.mark.parametrize(("held", "reasons"), [(SWAP, NO_SWAP), (REVERSAL, NO_REVERSAL)])
def test_every_relation_has_an_identity_or_a_reason_why_there_is_none(held, reasons):
    assert held.keys() | reasons.keys() == RELATIONS.keys()
    assert not held.keys() & reasons.keys()
