"""Whole universes without a lead stay quiet; planted leads are found, and little else."""

import numpy as np
import pytest
from scan.universes import null_universe, planted_universe

import leadline as ll
from leadline.worlds.calibration import rate


def smallest_family_wise(n_assets, n_obs, seed, max_lag=20):
    """The smallest family-wise p of a null universe, in closed form and stepped down."""
    prices = null_universe(n_assets, n_obs, np.random.default_rng(seed))
    found = ll.scan(prices, max_lag, resamples=199, decoys=False, workers=1, seed=str(seed))
    return float(found.table["p"].min()) * found.n_pairs, float(found.table["p_fwer"].min())


def family_wise_rates(n_universes, n_assets, n_obs):
    smallest = [smallest_family_wise(n_assets, n_obs, seed) for seed in range(n_universes)]
    return [rate(side) for side in zip(*smallest, strict=True)]


def recovery(n_universes, n_assets, n_leads, n_obs, strength):
    """Mean share of false discoveries, and share of planted leads found."""
    false, power = [], []
    for seed in range(n_universes):
        rng = np.random.default_rng(10_000 + seed)
        prices, planted = planted_universe(n_assets, n_obs, n_leads, strength, rng)
        found = ll.scan(prices, 20, decoys=False, workers=1).found()
        named = set(zip(found["leader"], found["follower"], strict=True))
        false.append(len(named - planted) / max(len(named), 1))
        power.append(len(named & planted) / n_leads)
    return float(np.mean(false)), float(np.mean(power))


def test_a_few_universes_without_leads_stay_quiet():
    closed_form, stepped = family_wise_rates(60, 20, 500)
    assert closed_form.is_not_above, closed_form
    assert stepped.is_not_above, stepped


def test_planted_leads_are_found_and_little_else():
    false, power = recovery(2, 60, 12, 1500, 0.25)
    assert false <= 0.1
    assert power >= 0.8


@pytest.mark.slow
def test_universes_without_leads_stay_quiet():
    closed_form, stepped = family_wise_rates(500, 50, 1000)
    assert closed_form.is_not_above, closed_form
    assert stepped.is_not_above, stepped


@pytest.mark.slow
def test_a_planted_network_is_recovered():
    false, power = recovery(20, 200, 40, 2000, 0.25)
    assert false <= 0.05, false
    assert power >= 0.75, power
