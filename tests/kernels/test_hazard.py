import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from leadline.kernels import hazard

LINKS = {
    "logit": sm.families.links.Logit,
    "cloglog": sm.families.links.CLogLog,
}


def rows(rng, n=2000, link="cloglog"):
    """Give predictors of very different units, and what happened by the link."""
    design = rng.standard_normal((n, 4)) * [1, 5, 0.01, 100] + [0, 20, 0, -50]
    slopes = np.array([0.5, 0.1, -20.0, 0.002])
    eta = design @ slopes - 4.0
    rate = 1 / (1 + np.exp(-eta)) if link == "logit" else -np.expm1(-np.exp(eta))
    return design, rng.random(n) < rate


@pytest.mark.parametrize("link", sorted(LINKS))
def test_without_ridge_the_fit_is_that_of_statsmodels(rng, link):
    design, happened = rows(rng, link=link)
    found = hazard.fit(design, happened, link=link)
    family = sm.families.Binomial(link=LINKS[link]())
    model = sm.GLM(happened.astype(float), sm.add_constant(design), family=family)
    theirs = model.fit(tol=1e-14, maxiter=200)
    np.testing.assert_allclose(found.intercept, theirs.params[0], rtol=1e-8)
    np.testing.assert_allclose(found.slopes, theirs.params[1:], rtol=1e-8)
    np.testing.assert_allclose(found.rate(design), theirs.fittedvalues, atol=1e-8)


def test_ridge_solves_its_own_equations(rng):
    """At the penalised optimum the score of the standardised slopes is the penalty's."""
    design, happened = rows(rng, link="logit")
    found = hazard.fit(design, happened, link="logit", ridge=25.0)
    z = (design - design.mean(axis=0)) / design.std(axis=0)
    rest = happened - found.rate(design)
    slopes = found.slopes * design.std(axis=0)
    np.testing.assert_allclose(z.T @ rest, 25.0 * slopes, atol=1e-6)
    assert abs(rest.sum()) < 1e-6


@pytest.mark.parametrize("link", sorted(LINKS))
def test_more_ridge_shrinks_towards_the_average(rng, link):
    design, happened = rows(rng, link=link)
    size = [
        np.linalg.norm(hazard.fit(design, happened, link=link, ridge=r).slopes * design.std(axis=0))
        for r in (0.0, 1.0, 100.0, 1e8)
    ]
    assert sorted(size, reverse=True) == size
    flat = hazard.fit(design, happened, link=link, ridge=1e8)
    np.testing.assert_allclose(flat.rate(design), happened.mean(), atol=1e-3)


@given(seed=st.integers(0, 20), factor=st.sampled_from([0.001, 7.0, 1000.0]))
def test_units_of_a_predictor_change_no_rate(seed, factor):
    design, happened = rows(np.random.default_rng(seed), n=400)
    one = hazard.fit(design, happened, ridge=2.0)
    other = hazard.fit(factor * design + 3.0, happened, ridge=2.0)
    np.testing.assert_allclose(
        other.rate(factor * design + 3.0), one.rate(design), rtol=1e-6, atol=1e-9
    )


def test_a_predictor_that_never_moves_is_passed_over(rng):
    design, happened = rows(rng, n=500)
    still = np.column_stack((design, np.full(500, 4.0)))
    one, other = (hazard.fit(x, happened, ridge=1.0) for x in (design, still))
    np.testing.assert_allclose(other.rate(still), one.rate(design), atol=1e-9)


def test_what_tells_without_error_needs_a_ridge():
    design = np.arange(20.0)[:, None]
    happened = np.arange(20) >= 12
    with pytest.raises(ValueError, match="Give a ridge above 0"):
        hazard.fit(design, happened)
    found = hazard.fit(design, happened, ridge=0.1)
    assert found.rate(design)[0] < 0.02
    assert found.rate(design)[-1] > 0.98


def test_predictors_that_repeat_one_another_need_a_ridge(rng):
    design, happened = rows(rng, n=300)
    twice = design[:, [0, 0]]
    with pytest.raises(ValueError, match="Give a ridge above 0"):
        hazard.fit(twice, happened)
    found = hazard.fit(twice, happened, ridge=1.0)
    assert found.slopes[0] == pytest.approx(found.slopes[1])


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_rate_needs_some_of_each(value):
    with pytest.raises(ValueError, match="a rate needs some of each"):
        hazard.fit(np.zeros((9, 1)), np.full(9, value))


def test_rows_end_when_it_happened_or_could_not_be_seen():
    found = hazard.periods(np.array([1, -1, 3, 0]), np.array([4, 3, 2, 1]))
    np.testing.assert_array_equal(found.start, [0, 0, 1, 1, 1, 2, 2, 3])
    np.testing.assert_array_equal(found.period, [0, 1, 0, 1, 2, 0, 1, 0])
    np.testing.assert_array_equal(np.flatnonzero(found.happened), [1, 7])


def test_the_odds_within_a_time_are_one_less_those_of_never():
    rates = np.array([[0.1, 0.2, 0.3], [1e-12, 1e-12, 1e-12]])
    np.testing.assert_allclose(hazard.within(rates), [1 - 0.9 * 0.8 * 0.7, 3e-12], rtol=1e-9)


def test_a_fitted_hazard_gives_back_the_share_that_came(rng):
    """With one rate a period the model is the life table: product and share agree."""
    wait = np.where(rng.random(3000) < 0.5, rng.integers(0, 6, 3000), -1)
    table = hazard.periods(wait, np.full(3000, 6))
    time = np.eye(6)[:, 1:]
    found = hazard.fit(time[table.period], table.happened)
    assert hazard.within(found.rate(time)) == pytest.approx(np.mean(wait >= 0), abs=1e-9)


@given(seed=st.integers(0, 30), by=st.sampled_from([-0.2, -0.05, 0.05, 0.2]))
def test_first_passage_is_the_first_that_a_loop_finds(seed, by):
    level = np.cumsum(0.04 * np.random.default_rng(seed).standard_normal(80))
    starts = np.arange(0, 80, 3)
    expected = []
    for s in starts:
        gains = level[s + 1 : s + 21] - level[s]
        hit = np.flatnonzero(gains >= by if by > 0 else gains <= by)
        expected.append(hit[0] + 1 if hit.size else 0)
    found = hazard.first_passage(level, starts, by=by, horizon=20)
    np.testing.assert_array_equal(found, expected)


def test_the_weight_of_a_model_is_what_its_past_earned(rng):
    base = np.full(4000, 0.3)
    truth = np.clip(0.3 + 0.15 * rng.standard_normal(4000), 0.02, 0.98)
    outcome = (rng.random(4000) < truth).astype(float)
    assert hazard.shrinkage(base, truth, outcome) == pytest.approx(1.0, abs=0.2)
    overconfident = 0.3 + 2 * (truth - 0.3)
    assert hazard.shrinkage(base, overconfident, outcome) == pytest.approx(0.5, abs=0.1)
    assert hazard.shrinkage(base, 0.6 - truth, outcome) == 0.0
    assert hazard.shrinkage(base, base, outcome) == 0.0
    assert hazard.shrinkage(base[:0], base[:0], base[:0]) == 0.0
