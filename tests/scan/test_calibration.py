"""Whole universes without a lead stay quiet; planted leads are found, and little else.

docs/calibration.md has the same of a thousand universes each.
"""

from dataclasses import replace

import numpy as np
import pytest

from leadline.calibration import universes
from leadline.calibration.universes import CASES, LATE, QUIET, Case
from leadline.worlds.calibration import rate
from leadline.worlds.universes import Universe

SMALL = {"n_assets": 20, "n_obs": 500}


def family_wise_rates(case, n):
    found = [case(number) for number in range(n)]
    return [rate([getattr(each, way) for each in found]) for way in ("closed", "stepped")]


def test_a_few_universes_without_leads_stay_quiet():
    closed_form, stepped = family_wise_rates(Case(replace(QUIET, **SMALL)), 40)
    assert closed_form.is_not_above, closed_form
    assert stepped.is_not_above, stepped


def test_planted_leads_are_found_and_little_else():
    case = Case(Universe("leads", "", n_assets=60, n_obs=1500, n_leads=12, strength=0.35))
    found = [case(number) for number in range(2)]
    assert np.mean([each.false for each in found]) <= 0.1
    assert sum(each.right for each in found) >= 0.8 * 24
    assert all(each.at_lag == each.right for each in found)


def test_late_answers_seem_to_be_leads_until_common_factors_are_taken_out():
    raw, without = (Case(LATE, factors)(0) for factors in (0, 4))
    assert raw.stepped <= 0.01
    assert raw.false == 1
    assert without.stepped > 0.05
    assert without.false == 0


def test_a_scan_is_compared_with_what_was_planted():
    case = Case(Universe("leads", "", n_assets=30, n_obs=1200, n_leads=5, strength=0.5))
    drawn = case.universe.draw(np.random.default_rng(1))
    found = universes.scan(drawn.prices, 20, resamples=99, workers=1)
    right = universes.judged(found, drawn)
    assert right.right == right.at_lag == 5
    assert right.false == 0
    # The same scan against the truth turned round: all that it found is false.
    turned = drawn._replace(leads={(b, a): lag for (a, b), lag in drawn.leads.items()})
    wrong = universes.judged(found, turned)
    assert wrong.false == wrong.false_by == 1
    assert wrong.right == 0
    assert wrong.stepped == found.table["p_fwer"].min()
    assert wrong.closed == pytest.approx(found.table["p"].min() * 30 * 29)
    # Or against other lags.
    later = drawn._replace(leads={pair: lag + 1 for pair, lag in drawn.leads.items()})
    assert universes.judged(found, later).at_lag == 0


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if not case.is_warned_of])
def test_universes_keep_what_is_promised(case):
    found = [case(number) for number in range(max(20, round(300 * case.share)))]
    for way in ("closed", "stepped"):
        said = rate([getattr(each, way) for each in found])
        assert said.is_not_above, (case.name, way, said)
    assert np.mean([each.false for each in found]) <= 0.065
    if case.universe.n_leads:
        assert np.mean([each.right for each in found]) >= 0.6 * case.universe.n_leads
