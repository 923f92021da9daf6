"""Named methods that several kinds share, against other programs and plain second versions."""

import json

import numpy as np
import pytest
from known.make_eca_answers import FILE as ECA_FILE
from known.make_r_answers import FILE as R_FILE
from known.register import answers
from scipy.optimize import minimize_scalar
from scipy.special import lambertw
from scipy.stats import norm

from leadline.kernels import evalues, events, reliability, resample
from leadline.kernels.superior import superior

BLOCK = 6.0


@pytest.fixture(scope="module")
def r():
    return json.loads(R_FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def eca():
    return json.loads(ECA_FILE.read_text(encoding="utf-8"))


@answers(
    "event_coincidence",
    "necessary_condition",
    "state_transition",
    method="trigger and precursor rates, edges as in Odenweller and Donner (2020)",
    way="program",
    source="pyunicorn: EventSeries.event_coincidence_analysis; see make_eca_answers.py",
)
@pytest.mark.parametrize("window", ["1 to 10", "0 to 5", "6 to 30"])
def test_rates_of_coincidence_are_those_of_pyunicorn(eca, window):
    first, last = map(int, window.split(" to "))
    leader, follower = np.zeros((2, eca["n_obs"]), dtype=bool)
    leader[eca["leader"]] = follower[eca["follower"]] = True
    after = events.any_within(follower, first, last)
    before = events.any_within(leader, -last, -first)
    theirs = eca["rates"][window]
    assert after[:-last][leader[:-last]].mean() == pytest.approx(theirs["trigger"], abs=1e-6)
    assert before[last:][follower[last:]].mean() == pytest.approx(theirs["precursor"], abs=1e-6)


@answers(
    "forecast",
    "predictive_skill",
    method="Diebold and Mariano (1995)",
    way="program",
    source="R: dm.test of forecast, Bartlett weights, less the factor of Harvey, Leybourne and "
    "Newbold (1997)",
)
def test_the_interval_of_a_skill_is_that_of_diebold_and_mariano(r):
    """Resampled in blocks, so as wide as theirs but for what bandwidth and blocks differ in."""
    theirs, ours = (
        np.square(r[f"Diebold-Mariano, errors of the {which}"])
        for which in ("benchmark", "forecast")
    )
    t, mean = r["Diebold-Mariano"]
    index = resample.stationary_indices(1999, theirs.size, 10.0, np.random.default_rng(1))
    found = reliability.skill(ours, theirs, resampled=index, level=0.90)
    assert found.value * theirs.mean() == pytest.approx(mean, rel=1e-9)
    width = 2 * norm.ppf(0.95) * mean / t
    assert (found.high - found.low) * theirs.mean() == pytest.approx(width, rel=0.15)


def plain_spa(values, index, block):
    """Hansen (2005), JBES 23, 365-380: equations 2 to 4, one resample and one rule at a time."""
    n, m = values.shape
    mean = values.mean(axis=0)
    keep = 1 - 1 / block
    omega = np.empty(m)
    for k in range(m):
        d = values[:, k] - mean[k]
        total = d @ d / n
        for i in range(1, n):
            weight = (n - i) / n * keep**i + i / n * keep ** (n - i)
            total += 2 * weight * (d[: n - i] @ d[i:]) / n
        omega[k] = np.sqrt(total)
    statistic = max(0.0, (np.sqrt(n) * mean / omega).max())
    limit = -omega * np.sqrt(2 * np.log(np.log(n)) / n)
    recentred = {
        "lower": np.maximum(mean, 0.0),
        "consistent": np.where(mean >= limit, mean, 0.0),
        "upper": mean,
    }
    p = {}
    for name, g in recentred.items():
        beyond = 0
        for rows in index:
            largest = max(np.sqrt(n) * (values[rows, k].mean() - g[k]) / omega[k] for k in range(m))
            beyond += max(0.0, largest) >= statistic
        p[name] = (1 + beyond) / (1 + len(index))
    return statistic, p


@answers(
    "tradable",
    method="superior predictive ability, studentised (Hansen 2005)",
    way="twin",
    source="equations 2 to 4 by plain loops, for arch does not studentise",
)
@pytest.mark.parametrize("best", [0.0, 0.35])
def test_studentised_superior_ability_is_that_of_the_paper_written_out(best):
    rng = np.random.default_rng(2005)
    values = rng.standard_t(6, (120, 5)) * np.linspace(0.3, 3, 5)
    values[:, 0] += 0.3 * best
    values[:, 4] -= 2.0
    index = resample.stationary_indices(199, 120, BLOCK, rng)
    counts = np.stack([np.bincount(rows, minlength=120) for rows in index]).astype(float)
    statistic, p = plain_spa(values, index, BLOCK)
    found = superior(values, counts, block=BLOCK, studentise="once")
    assert found.statistic == pytest.approx(statistic, rel=1e-9)
    for name, expected in p.items():
        assert getattr(found, f"p_{name}") == pytest.approx(expected, abs=1e-12), name


def mixture_boundary(v, rho, alpha):
    """Howard et al. (2021), eq. 14, two-sided: how far a sum of variance ``v`` may stray."""
    return np.sqrt((v + rho) * np.log((v + rho) / (rho * alpha**2)))


@answers(
    "forecast",
    method="normal mixture of a confidence sequence",
    way="paper",
    source="Howard, Ramdas, McAuliffe and Sekhon (2021), eq. 14: for outcomes of +1 and -1 the "
    "self-normalised sequence is the boundary itself",
)
@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_a_confidence_sequence_loses_nought_where_a_sum_crosses_the_boundary(alpha):
    n, two_log = 400, -2 * np.log(alpha)
    rho = two_log / (two_log + np.log(two_log) + 1)
    inside = int(mixture_boundary(n, rho, alpha)) // 2 * 2
    for total, kept in ((inside, True), (inside + 2, False)):
        z = np.repeat([1.0, -1.0], [(n + total) // 2, (n - total) // 2])
        _, (low, high) = evalues.effect_interval(z, np.ones(n), alpha=alpha)
        assert bool(low[-1] <= 0.0 <= high[-1]) is kept


@answers(
    "forecast",
    method="tuning of the normal mixture",
    way="paper",
    source="Howard, Ramdas, McAuliffe and Sekhon (2021), section 3.5: the best rho by Lambert's W",
)
@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_the_mixture_is_as_narrow_as_the_best_one_where_it_should_be(alpha):
    v = -2 * np.log(alpha)
    best = v / (-lambertw(-(alpha**2) / np.e, -1).real - 1)
    narrowest = minimize_scalar(
        lambda rho: mixture_boundary(v, rho, alpha), bounds=(1e-3, 10 * v), method="bounded"
    )
    assert best == pytest.approx(narrowest.x, rel=1e-3)
    ours = v / (v + np.log(v) + 1)
    assert mixture_boundary(v, ours, alpha) <= 1.001 * mixture_boundary(v, best, alpha)
