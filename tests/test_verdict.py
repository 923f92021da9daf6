"""The decision rule: every outcome, every threshold, and the families."""

from datetime import date
from functools import cache
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from leadline.claim import Claim
from leadline.evidence.base import (
    Estimate,
    Evidence,
    Forks,
    Interaction,
    NumberShown,
    Part,
    PlaceboLeader,
    Placebos,
    Power,
    Skill,
    Stability,
    Wording,
)
from leadline.statement import state
from leadline.verdict import benjamini_yekutieli, holm, judge

OUTCOMES = {
    "supported",
    "weakly_supported",
    "conditional",
    "decayed",
    "not_supported",
    "contradicted",
    "undecidable",
    "untestable",
}


@cache
def a_claim(**more):
    test = {
        "kind": "lag_profile",
        "leader": "silver",
        "follower": "bitcoin",
        "window": {"min": "2w", "max": "26w"},
    }
    said = {
        "id": "X1",
        "paraphrase": "It leads.",
        "publisher": "somebody",
        "type": "pattern",
        "first_seen": date(2026, 1, 23),
        "tests": [test],
    }
    return Claim.model_validate(said | more)


def part(label, *, p=0.02, low=0.05, high=0.40, same=True):
    return Part(
        label=label,
        start="2015-01-01",
        stop="2020-01-01",
        n_obs=250,
        value=0.2,
        low=low,
        high=high,
        p_value=p,
        same_sign=same,
    )


def relation(**changed):
    """Give evidence that is supported on every count; ``changed`` says what is different."""
    said = {
        "p": 0.002,
        "p_worst": 0.005,
        "p_against": 0.9,
        "share": 0.95,
        "low": 0.10,
        "high": 0.40,
        "at_matters": 0.9,
        "p_second": 0.02,
        "same_sign": True,
        "low_second": 0.05,
        "high_second": 0.40,
        "skill_low": 0.01,
        "better": (),
        "interaction": None,
        "wording": 0.3,
        "flags": (),
        "status": "ok",
        "skill": True,
    } | changed
    skill = Skill(
        gain=0.02, low=said["skill_low"], high=0.05, p_value=0.01, r2=0.01, n_forecasts=300
    )
    return Evidence(
        kind="lag_profile",
        revision=1,
        settings={},
        status=said["status"],
        summary="Found.",
        null="nothing",
        p_value=said["p"],
        n_episodes=40,
        flags=said["flags"],
        estimate=Estimate(
            label="r", value=0.2, low=said["low"], high=said["high"], unit="correlation"
        ),
        power=Power(
            matters=0.15,
            at_matters=said["at_matters"],
            detectable=0.1,
            unit="correlation",
            effects=(0.0, 0.15),
            rates=(0.05, 0.9),
            n_simulations=9,
        ),
        forks=Forks(
            n=12,
            share=said["share"],
            median_z=2.5,
            p=said["p"],
            p_against=said["p_against"],
            share_significant=0.5,
            p_share=0.01,
            p_worst=said["p_worst"],
            worst="random signs",
            by_null={"random signs": said["p_worst"]},
        ),
        placebos=Placebos(
            n=2,
            rank=1 + len(said["better"]),
            z=3.0,
            leaders=(PlaceboLeader(name="tea", z=0.1),),
            better=said["better"],
        ),
        stability=Stability(
            first=part("first half"),
            second=part(
                "second half",
                p=said["p_second"],
                low=said["low_second"],
                high=said["high_second"],
                same=said["same_sign"],
            ),
        ),
        skill=skill if said["skill"] else None,
        interaction=said["interaction"],
        wording=Wording(criterion="so", share=said["wording"], satisfied=True, informative=True),
    )


def fact(holds):
    return Evidence(
        kind="market_fact",
        revision=1,
        settings={},
        status="ok",
        summary="So it was.",
        null="-",
        holds=holds,
    )


def conditional(p, p_on, p_off=0.5, p_newer=0.02):
    return Interaction(
        condition="liquidity rising over 13 weeks",
        share_of_days=0.5,
        value_on=0.3,
        value_off=0.0,
        p_value=p,
        p_value_on=p_on,
        p_value_off=p_off,
        p_value_newer=p_newer,
    )


FAILS = {"p_worst": 0.4, "p": 0.3, "low": -0.1, "high": 0.3}


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "supported"),
        ({"p_worst": 0.01, "share": 0.90, "p_second": 0.10}, "supported"),
        ({"p_worst": 0.0101}, "weakly_supported"),
        ({"share": 0.89}, "weakly_supported"),
        ({"same_sign": False}, "weakly_supported"),
        ({"p_second": 0.101}, "weakly_supported"),
        ({"p_second": None, "same_sign": None, "low_second": None}, "weakly_supported"),
        ({"skill_low": 0.0}, "weakly_supported"),
        ({"skill": False}, "weakly_supported"),
        ({"better": ("tea",)}, "weakly_supported"),
        ({"p_worst": 0.05, "share": 0.80}, "weakly_supported"),
        ({"p_worst": 0.05, "share": 0.79}, "undecidable"),
        ({"p_worst": 0.0501}, "undecidable"),
        ({"high_second": 0.149}, "decayed"),
        ({"high_second": 0.15}, "supported"),
        ({"high_second": 0.149, "p_worst": 0.2}, "undecidable"),
        ({"low_second": None, "high_second": 0.1}, "supported"),
        (FAILS, "undecidable"),
        (FAILS | {"high": 0.149}, "not_supported"),
        (FAILS | {"high": 0.15}, "undecidable"),
        (FAILS | {"high": 0.149, "at_matters": 0.80}, "not_supported"),
        (FAILS | {"high": 0.149, "at_matters": 0.799}, "undecidable"),
        (FAILS | {"high": None}, "undecidable"),
        (FAILS | {"p_against": 0.05}, "contradicted"),
        (FAILS | {"p_against": 0.0501}, "undecidable"),
        (FAILS | {"interaction": conditional(0.05, 0.05)}, "conditional"),
        (FAILS | {"interaction": conditional(0.051, 0.001)}, "undecidable"),
        (FAILS | {"interaction": conditional(0.001, 0.051)}, "undecidable"),
        # What all days show is the mixture, be it enough or too little.
        ({"interaction": conditional(0.01, 0.01)}, "conditional"),
        ({"share": 0.85, "interaction": conditional(0.01, 0.01)}, "conditional"),
        ({"high_second": 0.149, "interaction": conditional(0.01, 0.01)}, "conditional"),
        ({"high": 0.149, "interaction": conditional(0.01, 0.01)}, "conditional"),
        ({"p_against": 0.05, "interaction": conditional(0.01, 0.01)}, "contradicted"),
        ({"flags": ("a gap",), "interaction": conditional(0.01, 0.01)}, "untestable"),
        # Shown elsewhere too, or not known: then the condition is not what it takes.
        ({"interaction": conditional(0.01, 0.01, p_off=0.051)}, "conditional"),
        ({"interaction": conditional(0.01, 0.01, p_off=0.05)}, "supported"),
        ({"interaction": conditional(0.01, 0.01, p_off=None)}, "supported"),
        (FAILS | {"interaction": conditional(0.01, 0.01, p_off=0.05)}, "undecidable"),
        # Gone in the newer half, where the condition held; or hardly held there.
        ({"interaction": conditional(0.01, 0.01, p_newer=0.10)}, "conditional"),
        ({"interaction": conditional(0.01, 0.01, p_newer=0.101)}, "supported"),
        ({"high_second": 0.1, "interaction": conditional(0.01, 0.01, p_newer=0.3)}, "decayed"),
        ({"interaction": conditional(0.01, 0.01, p_newer=None)}, "conditional"),
        ({"wording": 0.98}, "supported"),
        ({"wording": 0.99}, "untestable"),
        ({"flags": ("a price of zero",)}, "untestable"),
        ({"status": "infeasible"}, "untestable"),
    ],
)
def test_a_relation_gets_its_outcome(changed, outcome):
    judged = judge(a_claim(), [relation(**changed)])
    assert judged.outcome == outcome
    assert all(judged.reasons)


@pytest.mark.parametrize(
    ("holds", "outcome"), [(True, "supported"), (False, "contradicted"), (None, "undecidable")]
)
def test_a_fact_gets_its_outcome(holds, outcome):
    judged = judge(a_claim(), [fact(holds)])
    assert judged.outcome == outcome
    assert judged.reasons == ("So it was.",)


@pytest.mark.parametrize(
    ("kind", "share", "outcome"),
    [
        ("fact", 0.9, "supported"),
        ("mechanism", 0.9, "undecidable"),
        ("driver", 0.51, "undecidable"),
        ("mechanism", 0.5, "supported"),
    ],
)
def test_what_is_commonplace_is_a_fact_but_carries_nothing_else(kind, share, outcome):
    wording = Wording(
        criterion="so on an ordinary day", share=share, satisfied=True, informative=share <= 0.5
    )
    true, false = (fact(holds).model_copy(update={"wording": wording}) for holds in (True, False))
    judged = judge(a_claim(type=kind), [true])
    assert judged.outcome == outcome
    if outcome == "undecidable":
        assert f"So it was on {share:.0%} of ordinary days" in judged.reasons[0]
    assert judge(a_claim(type=kind), [false]).outcome == "contradicted"


@pytest.mark.parametrize(
    ("of", "words"),
    [("forecasts", "Forecasts made with past data"), ("explanations", "the link to the same days")],
)
def test_the_gain_is_called_what_it_is(of, words):
    found = relation()
    skill = found.skill.model_copy(update={"of": of})
    reasons = judge(a_claim(), [found.model_copy(update={"skill": skill})]).reasons
    assert any(words in reason for reason in reasons)


def test_a_claim_that_cannot_be_tested_says_why():
    claim = a_claim(tests=(), untestable="It names no asset.")
    assert judge(claim, []).outcome == "untestable"
    assert judge(claim, []).reasons == ("It names no asset.",)
    assert judge(a_claim(), []).outcome == "untestable"


def test_only_the_first_test_decides():
    against = relation(p_against=0.001)
    assert judge(a_claim(), [relation(), against]).outcome == "supported"
    assert judge(a_claim(), [against, relation()]).outcome == "contradicted"


def test_a_relation_without_its_parts_is_a_bug_and_no_verdict():
    with pytest.raises(TypeError, match="needs forks, power"):
        judge(a_claim(), [relation().model_copy(update={"power": None})])


@pytest.mark.parametrize(
    ("direction", "low", "high", "outcome"),
    [
        ("positive", -0.30, 0.149, "not_supported"),
        ("positive", -0.149, 0.30, "undecidable"),
        ("negative", -0.149, 0.30, "not_supported"),
        ("negative", -0.30, 0.149, "undecidable"),
    ],
)
def test_what_matters_lies_on_the_claimed_side(direction, low, high, outcome):
    found = relation(**FAILS | {"low": low, "high": high})
    assert judge(a_claim(direction=direction), [found]).outcome == outcome


@pytest.mark.parametrize(
    ("changed", "alone", "of_three"),
    [
        ({"p_worst": 0.016}, "weakly_supported", "weakly_supported"),
        ({"p_worst": 0.017}, "weakly_supported", "undecidable"),
        ({"p_worst": 0.003}, "supported", "supported"),
        ({"p_worst": 0.004}, "supported", "weakly_supported"),
        (FAILS | {"p_against": 0.02}, "contradicted", "undecidable"),
        (FAILS | {"interaction": conditional(0.02, 0.02)}, "conditional", "undecidable"),
        ({"interaction": conditional(0.02, 0.001)}, "conditional", "weakly_supported"),
        # What is shown elsewhere is shown there, whoever else makes the claim.
        ({"interaction": conditional(0.001, 0.001, 0.03)}, "supported", "weakly_supported"),
    ],
)
def test_the_family_pays_for_its_size(changed, alone, of_three):
    assert judge(a_claim(), [relation(**changed)]).outcome == alone
    family = a_claim(family="leads", family_size=3)
    assert judge(family, [relation(**changed)]).outcome == of_three


def test_every_outcome_is_reached_by_some_evidence():
    reached = {
        judge(a_claim(), [found]).outcome
        for found in (
            relation(),
            relation(share=0.85),
            relation(**FAILS),
            relation(**FAILS, interaction=conditional(0.01, 0.01)),
            relation(high_second=0.1),
            relation(**FAILS | {"high": 0.1}),
            relation(p_against=0.01),
            relation(flags=("x",)),
        )
    }
    assert reached == OUTCOMES


RANK = {"supported": 2, "weakly_supported": 1}
shares = st.floats(0.0, 1.0)


rest = st.fixed_dictionaries(
    {
        "same_sign": st.booleans(),
        "skill_low": st.sampled_from([-0.01, 0.01]),
        "better": st.sampled_from([(), ("tea",)]),
    }
)


@given(st.tuples(shares, shares), st.tuples(shares, shares), rest)
def test_stronger_evidence_never_weakens_a_verdict(p, share, rest):
    weak = rest | {"p_worst": max(p), "share": min(share)}
    strong = rest | {"p_worst": min(p), "share": max(share)}
    low, high = (
        RANK.get(judge(a_claim(), [relation(**changed)]).outcome, 0) for changed in (weak, strong)
    )
    assert high >= low


@given(shares, shares)
def test_a_higher_price_in_p_never_helps(p, other):
    weak, strong = max(p, other), min(p, other)
    outcomes = [judge(a_claim(), [relation(p_worst=x)]).outcome for x in (weak, strong)]
    assert RANK.get(outcomes[0], 0) <= RANK.get(outcomes[1], 0)


@given(shares, st.integers(1, 9))
def test_a_larger_family_never_helps(p, size):
    alone = judge(a_claim(), [relation(p_worst=p)]).outcome
    many = judge(a_claim(family="f", family_size=size), [relation(p_worst=p)]).outcome
    assert RANK.get(many, 0) <= RANK.get(alone, 0)


@given(shares, shares, shares, st.one_of(st.none(), shares), st.integers(1, 9))
def test_a_larger_family_never_makes_a_claim_conditional(p, p_on, p_off, p_newer, size):
    found = relation(interaction=conditional(p, p_on, p_off, p_newer))
    alone = judge(a_claim(), [found]).outcome
    many = judge(a_claim(family="f", family_size=size), [found]).outcome
    assert alone == "conditional" or many != "conditional"


def test_what_would_change_a_conditional_verdict_is_what_happens_where_the_condition_holds():
    found = relation(**FAILS, interaction=conditional(0.01, 0.012))
    judged = judge(a_claim(), [found])
    assert "(liquidity rising over 13 weeks): there chance does as well 1.2%" in judged.reasons[0]
    assert "elsewhere 50% of the time" in judged.reasons[0]
    assert "newer half of the data it does there 2.0%" in judged.reasons[0]
    told = state(judged, [found], DAY).would_change
    assert (
        "where the condition holds, chance does as well more than 5% of the time (now 1.2%" in told
    )
    seldom = relation(interaction=conditional(0.01, 0.01, p_newer=None))
    assert "hardly has such days" in judge(a_claim(), [seldom]).reasons[0]


@given(shares, shares)
def test_more_power_turns_undecidable_only_into_not_supported(power, other):
    changed = FAILS | {"high": 0.1}
    low, high = sorted((power, other))
    outcomes = [judge(a_claim(), [relation(**changed, at_matters=x)]).outcome for x in (low, high)]
    assert outcomes in (
        ["undecidable", "undecidable"],
        ["undecidable", "not_supported"],
        ["not_supported", "not_supported"],
    )


p_values = st.lists(st.one_of(st.just(0.0), st.floats(1e-9, 1.0)), min_size=1, max_size=20)
few = settings(max_examples=40, deadline=None)


def theirs(p, method):
    # It collects garbage at every call, half a second of it.
    with patch("gc.collect"):
        return multipletests(p, method=method)[1]


@given(p_values)
@few
def test_holm_is_that_of_statsmodels(p):
    np.testing.assert_allclose(holm(p), theirs(p, "holm"), rtol=1e-12)


@given(p_values)
@few
def test_benjamini_and_yekutieli_are_those_of_statsmodels(p):
    np.testing.assert_allclose(benjamini_yekutieli(p), theirs(p, "fdr_by"), rtol=1e-12)


def test_nothing_is_adjusted_where_there_is_nothing():
    assert benjamini_yekutieli([]) == []
    assert holm([]) == []


def test_one_p_value_stays_as_it_is():
    assert holm([0.03]) == benjamini_yekutieli([0.03]) == [0.03]


# What the verdict then says.

DAY = date(2026, 1, 22)
YES, NO = True, False
SHOWN = tuple(
    NumberShown(name=name, label=f"its {name}", value=1.0, text=f"{name} in its own words")
    for name in ("size", "odds", "power", "episodes")
)


def said(*found):
    return state(judge(a_claim(), found), found, DAY)


def badge(name, *found):
    (one,) = [badge for badge in said(*found).badges if badge.name == name]
    return one


def rule(*, p=0.01, low=0.02, deflated=0.97, **more):
    """Give evidence of a trading rule that earns, as far as the badge looks."""
    changes = {
        "kind": "tradable",
        "summary": "It earns 4% a year.",
        "p_value": p,
        "estimate": relation().estimate.model_copy(update={"low": low}),
        "components": {"dsr": deflated},
    }
    return relation().model_copy(update=changes | more)


def odds(low, high, **more):
    """Give evidence of a forecast whose past gains lie between ``low`` and ``high``."""
    skill = Skill(gain=0.0, low=low, high=high, p_value=0.2, r2=0.0, n_forecasts=90)
    return fact(None).model_copy(update={"kind": "forecast", "skill": skill} | more)


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({}, "yes"),
        ({"p": 0.05, "deflated": 0.95, "low": 1e-6}, "yes"),
        ({"p": 0.051}, "no"),
        ({"deflated": 0.949}, "no"),
        ({"low": 0.0}, "no"),
        ({"low": -0.01}, "no"),
        ({"low": None}, "no"),
        ({"p_value": None}, "not_assessed"),
        ({"estimate": None}, "not_assessed"),
        ({"status": "infeasible"}, "not_assessed"),
    ],
)
def test_tradable_asks_for_luck_the_search_and_the_interval(changed, answer):
    found = badge("tradable", relation(), rule(**changed))
    assert found.state == answer
    if answer != "not_assessed":
        assert found.reason == "It earns 4% a year."


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (0.001, 0.05, "yes"),
        (0.0, 0.05, "unclear"),
        (-0.05, 0.05, "unclear"),
        (-0.05, 0.0, "unclear"),
        (-0.05, -0.001, "no"),
    ],
)
def test_calibrated_asks_whether_the_odds_beat_the_base_rate(low, high, answer):
    found = badge("calibrated", relation(), odds(low, high))
    assert found.state == answer
    assert f"{low:+.1%}" in found.reason
    assert f"{high:+.1%}" in found.reason


def test_odds_without_a_record_are_not_calibrated():
    assert badge("calibrated", odds(0.1, 0.2, skill=None)).state == "not_assessed"
    assert badge("calibrated", odds(0.1, 0.2, status="infeasible")).state == "not_assessed"


def test_a_claim_that_says_nothing_of_trade_or_odds_is_not_assessed_there():
    for name in ("tradable", "calibrated"):
        for found in (relation(), fact(YES)):
            assert badge(name, found).state == "not_assessed"
            assert badge(name, found).reason


def test_badges_of_trade_and_odds_do_not_hang_on_the_outcome():
    for decisive in (relation(), relation(**FAILS), fact(NO)):
        heard = (decisive, rule(), odds(0.01, 0.05))
        assert badge("tradable", *heard).state == "yes"
        assert badge("calibrated", *heard).state == "yes"
        assert judge(a_claim(), heard).outcome == judge(a_claim(), [decisive]).outcome


def test_the_decisive_test_may_be_the_rule_itself():
    assert badge("tradable", rule()).state == "yes"


def test_a_fact_words_its_own_numbers_and_what_would_change_it():
    own = fact(YES).model_copy(update={"numbers": SHOWN, "would_change": "A revised figure."})
    assert said(own).numbers == SHOWN
    assert said(own).would_change == "A revised figure."


def test_a_relation_may_word_its_own_numbers_too():
    own = relation().model_copy(update={"numbers": SHOWN, "would_change": "Dearer trades."})
    assert said(own).numbers == SHOWN
    assert said(own).would_change == "Dearer trades."


def test_only_the_decisive_test_has_its_numbers_shown():
    other = fact(YES).model_copy(update={"numbers": SHOWN, "would_change": "A revised figure."})
    assert said(relation(), other).numbers == said(relation()).numbers
    assert said(relation(), other).would_change == said(relation()).would_change


def test_without_words_of_its_own_each_gets_the_common_ones():
    assert [number.name for number in said(relation()).numbers] == [
        "size",
        "odds",
        "power",
        "episodes",
    ]
    estimate = Estimate(label="return", value=0.2, low=None, high=None, unit="return")
    alone = fact(YES).model_copy(update={"estimate": estimate})
    assert [number.name for number in said(alone).numbers] == ["size"]
    assert said(fact(YES)).numbers == ()
    assert said(fact(YES)).would_change


def test_thin_data_ask_for_more_whatever_the_kind_would_say():
    thin = {"status": "infeasible", "summary": "9 weeks; needs 60.", "would_change": "A figure."}
    for found in (fact(None), relation()):
        changed = said(found.model_copy(update=thin)).would_change
        assert "9 weeks; needs 60." in changed
        assert "A figure." not in changed


def test_what_would_change_a_verdict_hangs_on_which_it_is():
    changes = [
        said(found).would_change
        for found in (relation(), relation(**FAILS | {"high": 0.1}), relation(**FAILS))
    ]
    assert len(set(changes)) == 3


@pytest.mark.parametrize(("share", "answer"), [(0.9, "yes"), (0.5, "unclear"), (0.1, "no")])
def test_the_direction_is_that_of_nine_ways_in_ten(share, answer):
    assert badge("direction", relation(share=share)).state == answer
    assert not [badge for badge in said(fact(YES)).badges if badge.name == "direction"]


@pytest.mark.parametrize(
    ("changed", "low", "high", "answer"),
    [
        ({}, 3, 12, "yes"),
        ({}, 3, 13, "unclear"),
        (FAILS, 3, 4, "unclear"),
    ],
)
def test_the_timing_is_known_where_half_of_the_lags_are_ruled_out(changed, low, high, answer):
    lags = {"lag_set_low": float(low), "lag_set_high": float(high), "lags_searched": 20.0}
    found = relation(**changed).model_copy(update={"components": lags})
    assert badge("timing", found).state == answer
