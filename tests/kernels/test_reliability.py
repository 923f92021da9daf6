import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.special import expit, logit

from leadline.kernels import hazard, reliability
from leadline.kernels.resample import stationary_indices


def calibrated(forecast, span, rng):
    """Say whether an event falls into the ``span`` days after each, as often as forecast.

    Events have exponential marks; a forecast comes true where its window holds one small enough.
    Windows that overlap share events, and every forecast comes true as often as it says.
    """
    marks = rng.exponential(span, forecast.size + span)
    least = np.lib.stride_tricks.sliding_window_view(marks, span)[: forecast.size].min(axis=1)
    return least < -np.log1p(-forecast)


def lasting(n, rng, carry=0.98, centre=-1.0, spread=0.8):
    """Draw odds that change slowly."""
    noise = np.sqrt(1 - carry**2) * rng.standard_normal(n + 500)
    return expit(centre + spread * lfilter([1.0], [1.0, -carry], noise)[500:])


forecasts = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.8, 1.0]), st.booleans()),
    min_size=1,
    max_size=40,
)


def min_max(value, outcome):
    """Give the isotonic fit by its formula: the largest of the smallest averages around each."""
    levels = np.unique(value)
    out = np.empty(levels.size)
    for k in range(levels.size):
        out[k] = max(
            min(
                outcome[(value >= levels[i]) & (value <= levels[j])].mean()
                for j in range(k, levels.size)
            )
            for i in range(k + 1)
        )
    return levels, out


@given(forecasts)
def test_the_curve_is_that_of_the_min_max_formula(drawn):
    """Barlow et al. (1972), theorem 1.3: an isotonic fit written without any algorithm."""
    value, outcome = (np.array(part, dtype=float) for part in zip(*drawn, strict=True))
    found = reliability.corp(value, outcome)
    levels, fitted = min_max(value, outcome)
    np.testing.assert_array_equal(found.forecast, levels)
    np.testing.assert_allclose(found.happened, fitted, atol=1e-12)
    assert found.counts.sum() == value.size


def test_the_curve_is_that_of_scikit_learn(rng):
    isotonic = pytest.importorskip("sklearn.isotonic")
    value = np.round(rng.random(500), 2)
    outcome = rng.random(500) < value**2
    found = reliability.corp(value, outcome)
    theirs = isotonic.IsotonicRegression().fit(value, outcome.astype(float))
    np.testing.assert_allclose(found.happened, theirs.predict(found.forecast), atol=1e-12)


@given(forecasts)
def test_the_parts_make_up_the_score_exactly(drawn):
    value, outcome = (np.array(part, dtype=float) for part in zip(*drawn, strict=True))
    found = reliability.decompose(value, outcome)
    total = found.miscalibration - found.discrimination + found.uncertainty
    assert found.score == pytest.approx(total, abs=1e-12)
    assert found.miscalibration >= -1e-12
    assert found.discrimination >= -1e-12


@given(forecasts)
def test_forecasts_put_right_by_their_own_curve_are_calibrated(drawn):
    value, outcome = (np.array(part, dtype=float) for part in zip(*drawn, strict=True))
    curve = reliability.corp(value, outcome)
    again = curve.happened[np.searchsorted(curve.forecast, value)]
    assert reliability.decompose(again, outcome).miscalibration == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("n", "expected"), [(92, 0.0225), (365, 0.009), (4000, 0.002)])
def test_calibrated_forecasts_show_miscalibration_in_small_samples(n, expected, rng):
    """Figures of a separate simulation; forecasts there discriminate by .018."""
    found = []
    for _ in range(200):
        forecast = rng.beta(3.0, 7.0, n)
        outcome = rng.random(n) < forecast
        found.append(reliability.decompose(forecast, outcome).miscalibration)
    assert np.mean(found) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(("n", "expected"), [(1000, 0.025), (4000, 0.009)])
def test_outcomes_that_overlap_show_as_much_in_samples_many_times_as_large(n, expected, rng):
    """Figures of a separate simulation: windows of 60 days, a forecast each day."""
    found = []
    for _ in range(100):
        forecast = lasting(n, rng)
        outcome = calibrated(forecast, 60, rng)
        found.append(reliability.decompose(forecast, outcome).miscalibration)
    assert np.mean(found) == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("span", [13, 26])
def test_the_band_of_blocks_holds_what_the_naive_one_does_not(span):
    """Calibrated forecasts leave a 90 % band as often as it says, once it knows of the overlap."""
    rng = np.random.default_rng(span)
    outside = {1: [], span: []}
    rejects = {1: 0, span: 0}
    n_histories = 40
    for _ in range(n_histories):
        forecast = np.round(lasting(650, rng, carry=0.95, centre=-0.7, spread=1.0), 2)
        outcome = calibrated(forecast, span, rng)
        curve = reliability.corp(forecast, outcome)
        for block, found in outside.items():
            usual = reliability.consistency(
                forecast, outcome, block=block, level=0.9, n_resamples=99, rng=rng
            )
            out = (curve.happened < usual.low - 1e-12) | (curve.happened > usual.high + 1e-12)
            found.append(np.average(out, weights=curve.counts))
            rejects[block] += usual.p_value <= 0.05
    assert np.mean(outside[span]) < 0.14
    assert np.mean(outside[1]) > 0.35
    # 2 of 40 are expected; 7 is the 99.9 % binomial bound.
    assert rejects[span] <= 7
    assert rejects[1] > n_histories / 2


def test_odds_that_are_wrong_are_found_out(rng):
    honest = lasting(1500, rng)
    outcome = calibrated(honest, 13, rng)
    bold = expit(2.5 * logit(honest) + 1.0)
    found = reliability.consistency(bold, outcome, block=13, level=0.9, n_resamples=199, rng=rng)
    assert found.p_value <= 0.02


def test_the_mean_discrimination_is_that_of_forecasts_that_tell_nothing(rng):
    forecast = np.round(rng.beta(3.0, 7.0, 500), 2)
    blind = [
        reliability.decompose(forecast, rng.random(500) < 0.3).discrimination for _ in range(1500)
    ]
    outcome = np.arange(500) < 150
    found = reliability.consistency(forecast, outcome, block=1, level=0.9, n_resamples=499, rng=rng)
    assert found.discrimination == pytest.approx(np.mean(blind), rel=0.2)


def test_shared_draws_are_uniform_and_share_their_fate_as_windows_do(rng):
    drawn = reliability.shared_draws(4000, 30, 8, rng)
    assert drawn.shape == (4000, 30)
    np.testing.assert_allclose(drawn.mean(axis=0), 0.5, atol=0.025)
    for apart in (0, 2, 5, 8, 12):
        same = np.mean(drawn[:, 4] == drawn[:, 4 + apart])
        assert same == pytest.approx(max(1 - apart / 8, 0), abs=0.03)


def test_without_a_prior_the_correction_is_a_logistic_regression(rng):
    forecast = np.clip(rng.beta(2, 4, 800), 0.01, 0.99)
    outcome = rng.random(800) < expit(0.5 + 0.6 * logit(forecast))
    found = reliability.recalibrate(forecast, outcome)
    theirs = sm.GLM(
        outcome.astype(float), sm.add_constant(logit(forecast)), family=sm.families.Binomial()
    ).fit(tol=1e-12)
    np.testing.assert_allclose([found.intercept, found.slope], theirs.params, rtol=1e-6)
    np.testing.assert_allclose(found(forecast), theirs.fittedvalues, atol=1e-8)


def test_with_nothing_to_learn_from_the_correction_changes_nothing():
    forecast = np.array([0.2, 0.4])
    found = reliability.recalibrate(forecast, np.array([0.0, 1.0]), overlap=26.0, prior=0.01)
    np.testing.assert_allclose(found(forecast), forecast, atol=1e-3)
    # All alike has no end without a prior; with one it does.
    all_came = reliability.recalibrate(forecast, np.ones(2), overlap=1.0, prior=0.5)
    assert np.all(all_came(forecast) > forecast)
    assert np.all(all_came(forecast) < 1)


def test_a_weight_is_earned_by_what_came(rng):
    base = np.full(2000, 0.3)
    model = np.clip(0.3 + 0.15 * rng.standard_normal(2000), 0.01, 0.99)
    told = (rng.random(2000) < model).astype(float)
    assert reliability.earned_weight(base, model, told, block=2) == pytest.approx(1, abs=0.15)
    assert reliability.earned_weight(base, base, told, block=2) == 0
    against = (rng.random(2000) < 0.6 - model).astype(float)
    assert reliability.earned_weight(base, model, against, block=2) == 0


def test_a_model_that_tells_nothing_mostly_earns_none(rng):
    earned = []
    for _ in range(300):
        model = lasting(600, rng, carry=0.95)
        base = np.full(600, 0.28)
        outcome = calibrated(base, 13, rng).astype(float)
        earned.append(reliability.earned_weight(base, model, outcome, block=26))
    assert np.mean(np.array(earned) == 0) > 0.75
    assert np.mean(earned) < 0.1


def test_skill_is_the_share_of_the_score_saved(rng):
    outcome = (rng.random(1000) < 0.5).astype(float)
    resampled = stationary_indices(499, 1000, 5, rng)
    worse = reliability.brier(np.full(1000, 0.5), outcome)
    better = reliability.brier(0.5 + 0.3 * (outcome - 0.5), outcome)
    found = reliability.skill(better, worse, resampled=resampled, level=0.9)
    assert found.value == pytest.approx(1 - 0.35**2 / 0.25)
    assert found.low <= found.value <= found.high
    same = reliability.skill(worse, worse, resampled=resampled, level=0.9)
    assert same == (0, 0, 0)


def test_the_log_score_has_no_infinity():
    said, came = np.array([0.0, 1.0, 0.25]), np.array([1.0, 0.0, 1.0])
    np.testing.assert_allclose(
        reliability.log_score(said, came), -np.log([0.001, 0.001, 0.25]), atol=1e-12
    )


# The resampled hazard, which the interval of the odds is made of.


def waits(rng, n=400):
    start = np.repeat(np.arange(n), 2)
    design = np.repeat(rng.standard_normal((n, 2)) * [1.0, 40.0] + [0.0, 300.0], 2, axis=0)
    happened = rng.random(2 * n) < expit(-1.0 + 0.6 * design[:, 0])
    return start, design, happened


def test_a_resample_that_draws_every_start_once_is_the_fit(rng):
    start, design, happened = waits(rng)
    fitted = hazard.fit(design, happened, link="logit", ridge=5.0)
    again = hazard.resampled(
        fitted, design, happened, start=start, counts=np.ones((3, 400)), ridge=5.0
    )
    np.testing.assert_allclose(again.rates(design)[1], fitted.rate(design), atol=1e-12)


def test_one_step_spreads_as_full_refits_do(rng):
    start, design, happened = waits(rng)
    fitted = hazard.fit(design, happened, link="logit", ridge=5.0)
    counts = rng.multinomial(400, np.full(400, 1 / 400), 200).astype(float)
    quick = hazard.resampled(fitted, design, happened, start=start, counts=counts, ridge=5.0)
    refits = []
    for row in counts:
        drawn = np.repeat(np.arange(800), row[start].astype(int))
        refits.append(hazard.fit(design[drawn], happened[drawn], link="logit", ridge=5.0).slopes)
    np.testing.assert_allclose(quick.slopes.std(axis=0), np.std(refits, axis=0), rtol=0.15)
    np.testing.assert_allclose(quick.slopes.mean(axis=0), np.mean(refits, axis=0), atol=0.03)


def test_only_a_logit_is_resampled(rng):
    start, design, happened = waits(rng)
    fitted = hazard.fit(design, happened, link="cloglog")
    with pytest.raises(ValueError, match="cloglog"):
        hazard.resampled(fitted, design, happened, start=start, counts=np.ones((1, 400)))
