"""The decision rule: every outcome, every threshold, and the families."""

from datetime import date
from functools import cache

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
    Part,
    PlaceboLeader,
    Placebos,
    Power,
    Skill,
    Stability,
    Wording,
)
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


def conditional(p, p_on):
    return Interaction(
        condition="liquidity rising over 13 weeks",
        share_of_days=0.5,
        value_on=0.3,
        value_off=0.0,
        p_value=p,
        p_value_on=p_on,
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
        ({"interaction": conditional(0.01, 0.01)}, "supported"),
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


@given(p_values)
@few
def test_holm_is_that_of_statsmodels(p):
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-12)


@given(p_values)
@few
def test_benjamini_and_yekutieli_are_those_of_statsmodels(p):
    expected = multipletests(p, method="fdr_by")[1]
    np.testing.assert_allclose(benjamini_yekutieli(p), expected, rtol=1e-12)


def test_nothing_is_adjusted_where_there_is_nothing():
    assert benjamini_yekutieli([]) == []
    assert holm([]) == []


def test_one_p_value_stays_as_it_is():
    assert holm([0.03]) == benjamini_yekutieli([0.03]) == [0.03]
