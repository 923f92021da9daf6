"""Forks, windows and thin data: one clear word for each."""

import numpy as np
import pandas as pd
import pytest
from evidence.quick import (
    DAY,
    FACTS,
    FEW,
    RISE,
    SMALL,
    a_fact,
    a_test,
    beside,
    find,
    heard,
    market,
    panel_of,
    prices,
)
from pydantic import ValidationError
from scipy.stats import binom

from leadline import functions
from leadline.errors import ClaimError, DataError
from leadline.evidence import kinds
from leadline.evidence.relation import NOT_FORKABLE, RelationTest

START = {"start": ["2018-01-01"]}


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_kind_is_tried_here_and_says_its_null(name):
    kind = kinds()[name]
    assert (name in SMALL) == issubclass(kind, RelationTest)
    assert (name in SMALL) != (name in {settings["kind"] for settings in FACTS.values()})
    assert kind.model_fields["kind"].default == name
    assert kind.null[0].islower()
    assert kind.revision >= 1


@pytest.mark.parametrize(
    ("forks", "said"),
    [
        ({"evry": ["week"]}, "Setting 'evry' cannot be forked. Did you mean 'every'?"),
        ({"n_resamples": [9]}, "'n_resamples' cannot be forked"),
        ({"follower": ["gold"]}, "'follower' cannot be forked"),
        ({"direction": ["negative"]}, "'direction' cannot be forked"),
        ({"every": ["fortnight"]}, "'day', 'week' or 'month'"),
        ({"scaled": ["perhaps"]}, "boolean"),
        ({"window": [{"min": "3w", "max": "1w"}]}, "The window is empty: min 3w is longer"),
        ({"window": [{"min": "3w"}]}, "Field required"),
        ({"start": ["someday"]}, "date"),
    ],
)
def test_a_fork_that_cannot_be_is_refused(forks, said):
    with pytest.raises(ValidationError) as error:
        a_test("lag_profile", forks=forks)
    assert said in str(error.value)


FORKABLE = [
    (name, setting)
    for name in sorted(SMALL)
    for setting in kinds()[name].model_fields
    if setting not in NOT_FORKABLE
]
# Forks share their histories, and these choose the histories or the series read.
FIXED = {
    ("necessary_condition", "any_of"): "any_of names other series and cannot be forked",
    ("regime_means", "any_of"): "any_of names other series and cannot be forked",
    ("regime_means", "cross"): "cross names other series and cannot be forked",
    ("regime_means", "gave_way"): "a fork can only change 'within', not the state",
    ("regime_means", "others"): "others names other series and cannot be forked",
    ("regime_means", "outcome"): "mean and volatility have different nulls",
    ("state_transition", "any_of"): "any_of names another series and cannot be forked",
    ("state_transition", "origin"): "origin names another series and cannot be forked",
    ("stress_behaviour", "against"): "against names another series and cannot be forked",
}


@pytest.mark.parametrize(("name", "setting"), FORKABLE)
def test_every_setting_is_checked_in_a_fork_as_by_itself(name, setting):
    with pytest.raises(ValidationError) as error:
        a_test(name, forks={setting: [{"no": "such"}]})
    assert "forks" in str(error.value)
    with pytest.raises(ValidationError):
        a_test(name, **{setting: {"no": "such"}})


@pytest.mark.parametrize(("name", "setting"), FORKABLE)
def test_a_fork_that_changes_nothing_is_no_second_specification(name, setting):
    own = getattr(a_test(name), setting)
    if (name, setting) in FIXED:
        with pytest.raises(ValidationError, match=FIXED[name, setting]):
            a_test(name, forks={setting: [own]})
    else:
        ((_, alone),) = a_test(name, forks={setting: [own]}).variants()
        assert alone == a_test(name)


@pytest.mark.parametrize("setting", sorted(NOT_FORKABLE))
def test_what_cannot_be_forked_can_be_in_no_kind(kind, setting):
    with pytest.raises(ValidationError, match=f"'{setting}' cannot be forked"):
        a_test(kind, forks={setting: [1]})


def test_the_plain_functions_refuse_it_in_one_line(related):
    with pytest.raises(ClaimError, match=r"lag_profile: .*'evry' cannot be forked") as error:
        functions.lag_profile(*related, forks={"evry": ["week"]})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("event_coincidence", {"apart": "6m", "horizon": "6m"}, "The window is empty"),
        ("event_coincidence", {"rally": {"rule": "strength"}}, "rise"),
        ("event_study", {"event": {"rule": "rise", "by": 0.0}}, "greater than 0"),
        ("lag_profile", {"window": {"min": "3 days", "max": "9d"}}, "is not a duration"),
        ("lag_profile", {"horizon": "3m"}, "Extra inputs are not permitted"),
        ("gap_frequency", {"n_resamples": 0}, "greater than 0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(kind, settings, said):
    with pytest.raises(ValidationError) as error:
        a_test(kind, **settings)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"fact": "best_of"}, "best_of needs 'universe'"),
        ({"fact": "has_not_followed"}, "has_not_followed needs 'follower'"),
        ({"fact": "record", "windows": []}, "windows is empty"),
    ],
)
def test_a_fact_without_what_it_compares_is_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        kinds()["market_fact"].model_validate({"of": "x", "day": "2026-01-23", **settings})


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        (name, setting)
        for name in sorted(FACTS)
        for setting in kinds()[FACTS[name]["kind"]].model_fields
        if setting != "kind"
    ],
)
def test_every_setting_of_a_fact_is_checked(name, setting):
    given = {DAY.get(FACTS[name]["kind"], "day"): "2020-01-01", **FACTS[name]}
    with pytest.raises(ValidationError) as error:
        kinds()[given["kind"]].model_validate(given | {setting: {"no": ["such"], "thing": 1.5j}})
    assert setting in str(error.value)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_setting_that_a_fact_does_not_have_is_refused(name):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        a_fact(name, "2020-01-01", no_such_setting=1)


def test_every_combination_of_forks_is_run_and_the_claims_own_is_marked(related):
    found = find(
        "lag_profile", related, forks={"scaled": [True], "prewhiten": [False], "statistic": ["sum"]}
    )
    assert found.forks.n == 8
    shown = found.exhibit("specification_curve").specifications
    assert len({tuple(sorted(s.choices.items())) for s in shown}) == 8
    (chosen,) = [s for s in shown if s.chosen]
    assert chosen.choices == {"scaled": "False", "prewhiten": "True", "statistic": "max"}
    assert [s.z for s in shown] == sorted(s.z for s in shown)


def test_forks_change_the_joint_answer_and_not_the_claims_own(kind, unrelated):
    pair = unrelated
    plain, forked = find(kind, pair), find(kind, pair, forks=START)
    assert forked.forks.n == 2
    assert forked.estimate.value == pytest.approx(plain.estimate.value)
    assert forked.statistic == pytest.approx(plain.statistic)
    assert plain.forks.n == 1


def test_the_worst_null_decides(kind, unrelated):
    forks = find(kind, unrelated).forks
    assert forks.p_worst == max(forks.by_null.values())
    assert forks.by_null[forks.worst] == forks.p_worst
    assert {"slow cycles removed", "blocks of 250 days"} <= set(forks.by_null)
    assert {"random signs", "rotated dates"} & set(forks.by_null)


def test_a_fork_with_too_little_data_is_left_out_and_named(related):
    found = find("event_study", related, forks={"start": ["2020-04-01", "2018-01-01"]})
    assert found.forks.n == 2
    assert "1 of 3 declared specifications have too little data and were left out." in found.caveats


@pytest.mark.parametrize("n_obs", [3, 30, 55])
def test_too_little_data_is_a_finding_with_its_reason(kind, n_obs):
    found = find(kind, market(n_obs))
    assert found.status == "infeasible"
    assert "need" in found.summary
    assert found.p_value is None
    assert found.estimate is None
    assert found.settings == a_test(kind).settings()


# A record needs no past but the day before, and a publication needs no prices.
@pytest.mark.parametrize("name", sorted(set(FACTS) - {"record", "published_figure"}))
def test_a_fact_without_a_past_is_infeasible(name):
    pair = market(30)
    day = str(pair[0].index[-1].date())
    more = {"since": day} if name == "pace" else {}
    found = heard(a_fact(name, day, **more), beside(*pair))
    assert found.status == "infeasible"
    assert "need" in found.summary
    assert found.holds is None
    assert found.settings == a_fact(name, day, **more).settings()


@pytest.mark.parametrize(
    "span",
    [
        {"start": "2030-01-01"},
        {"start": "2019-01-01", "stop": "2018-01-01"},
        {"start": "2020-04-13"},
        {"start": "2020-04-14"},
        {"stop": "2017-01-02"},
    ],
)
def test_a_window_without_data_is_a_finding_and_no_crash(kind, related, span):
    found = find(kind, related, **span)
    assert found.status == "infeasible"
    assert "-1" not in found.summary


def test_a_window_before_all_data_says_so(kind, related):
    test = a_test(kind)
    names = ", ".join((*test.leaders(), test.follower))
    with pytest.raises(DataError, match=f"No common observations of {names}"):
        find(kind, related, stop="2010-01-01")


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("lag_profile", {"window": {"min": "1w", "max": "4y"}}, "a window up to 4 years needs"),
        ("level_correlation", {"window": {"min": "0d", "max": "2y"}}, "a shift of 2 years needs"),
        ("event_coincidence", {"horizon": "2y"}, "a horizon of 2 years needs"),
        ("event_study", {"horizon": "2y"}, "a horizon of 2 years needs"),
        ("gap_frequency", {"over": "1y"}, "moves over 1 year need"),
        ("event_study", {"event": {**RISE, "by": 9.0}}, "0 events of leader; needs 3"),
        ("event_coincidence", {"rally": {**RISE, "by": 9.0}}, "0 events of follower; needs 3"),
    ],
)
def test_a_window_longer_than_the_sample_says_what_it_needs(related, kind, settings, said):
    found = find(kind, related, **settings)
    assert found.status == "infeasible"
    assert said in found.summary


def test_placebo_leaders_without_events_are_left_out():
    """Shuffles of a leader whose rises need its trend have no event to be compared with."""
    found = find(
        "event_study",
        market(700, seed=8),
        event={"rule": "rise", "by": 0.35, "within": "2m", "quiet": "1m"},
    )
    assert found.status == "ok"
    assert found.placebos.n < 20
    assert found.placebos.n == len(found.placebos.leaders)


def test_placebo_leaders_named_in_the_claim_are_tried(kind, related):
    names = ("tea", "reversed", "shuffled")
    test = a_test(kind, placebos=names)
    assert test.series() == (*a_test(kind).series(), "tea")
    # A condition is compared with a condition, a price with a price.
    tea = beside(*market(1200, link=0.0, seed=9))[test.leader]
    found = heard(test, {**beside(*related), "tea": tea})
    tried = [leader.name for leader in found.placebos.leaders]
    assert "tea" in tried
    assert f"{test.leader} reversed" in tried
    assert sum("shuffled" in name for name in tried) > 10
    assert found.placebos.rank == 1 + len(found.placebos.better)


def test_a_relation_without_a_smallest_effect_is_refused(related):
    with pytest.raises(ClaimError, match="needs 'matters'"):
        find("gap_frequency", related, matters=None)


def test_the_condition_is_read_when_a_return_begins(related):
    given = {"series": "leader", "rule": "rising", "over": "4w"}
    found = find("lag_profile", related, given=given)
    assert found.interaction.condition == "leader rising over 4 weeks"
    assert 0.05 < found.interaction.share_of_days < 0.95
    assert find("lag_profile", related, given={**given, "rule": "above"}).interaction is None


def only_while(held):
    """Give leader, follower and condition; the follower answers where ``held``, else not at all."""
    leader, answers = market()
    _, silent = market(link=0.0, noise=0.02, seed=2)
    moves = np.where(held, *(np.log(each).diff().fillna(0.0) for each in (answers, silent)))
    follower = prices(moves, "follower")
    return {"leader": leader, "follower": follower, "on": pd.Series(held, leader.index, name="on")}


WAVES = np.sin(np.arange(1200) / 30) > 0
ON = {"series": "on", "rule": "holds"}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"statistic": "sum", "window": {"min": "3d", "max": "5d"}},
        {"scaled": True},
        {"prewhiten": False},
    ],
)
def test_a_lead_that_needs_its_condition_is_measured_on_each_side(settings):
    """A lead at one lag among ten must not be lost in their sum."""
    found = heard(a_test("lag_profile", given=ON, **settings), only_while(WAVES)).interaction
    # The least p that 49 resamples can give.
    assert found.p_value_on == found.p_value == found.p_value_newer == 0.02
    assert found.p_value_off > 0.05
    assert found.value_on > (0.9 if not settings else 0.4)
    assert abs(found.value_off) < 0.15


def test_a_condition_that_hardly_holds_in_the_newer_half_says_nothing_of_it():
    early = WAVES & (np.arange(1200) < 600)
    found = heard(a_test("lag_profile", given=ON), only_while(early)).interaction
    assert found.p_value_newer is None
    assert found.p_value_on == 0.02


def test_days_before_the_start_are_no_part_of_a_condition():
    early = np.arange(1200) < 400
    test = a_test("lag_profile", given=ON, start="2018-08-01")
    assert heard(test, only_while(early)).interaction is None
    told = heard(test, only_while(WAVES)).interaction
    days = market()[0].index
    assert told.share_of_days == pytest.approx(WAVES[days >= "2018-08-01"].mean(), abs=0.01)


@pytest.mark.parametrize(
    "name",
    ["driver_loading", "event_study", "lag_profile", "regime_means", "shock_response",
     "stress_behaviour"],
)  # fmt: skip
def test_weights_give_the_effect_in_its_unit(name, related):
    test = a_test(name)
    sample = test.own(test.draw(panel_of(beside(*related))))
    effects = sample.returns @ test.weights(sample).reshape(sample.n_obs, -1)
    # A correlation is taken of moves less their mean, weights are of moves as they are.
    assert effects.max() == pytest.approx(test.quick(sample), rel=0.01)


def test_power_rises_with_the_effect_and_starts_at_most_at_the_level(kind, unrelated):
    power = find(kind, unrelated).power
    assert power.effects[0] == 0.0
    # The 99.9 % bound of what a rate of 0.05 gives in so many simulated histories.
    assert power.rates[0] <= binom.ppf(0.999, power.n_simulations, 0.05) / power.n_simulations
    assert list(power.effects) == sorted(power.effects)
    assert list(power.rates) == sorted(power.rates)
    assert 0 <= power.at_matters <= 1
    assert power.matters == abs(a_test(kind).matters)


def test_quick_settings_are_in_force(kind):
    assert {name: a_test(kind).settings()[name] for name in FEW} == FEW
