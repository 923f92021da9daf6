from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from leadline.kernels import evalues
from leadline.worlds.calibration import bounds

odds = st.floats(0.02, 0.98)
small = st.floats(-3, 3)


def every_sequence(n):
    return np.array(list(product([False, True], repeat=n)))


def chance(sequences, q):
    return np.prod(np.where(sequences, q, 1 - q), axis=-1)


def mixed_odds(happened, p, q):
    p, q = np.asarray(p), np.asarray(q)
    return evalues.mixed(lambda share: evalues.bernoulli(happened, q + share * (p - q), q))


@given(p=odds, q=odds)
def test_over_all_sequences_an_e_value_of_outcomes_is_one_on_average(p, q):
    sequences = every_sequence(6)
    plain = np.cumsum(evalues.bernoulli(sequences, p, q), axis=-1)
    for process in (plain, mixed_odds(sequences, p, q)):
        assert chance(sequences, q) @ np.exp(process) == pytest.approx(np.ones(6), rel=1e-9)
    # The mirror has its own null: the claim is right.
    assert chance(sequences, p) @ np.exp(-plain) == pytest.approx(np.ones(6), rel=1e-9)


@given(p=odds, q=odds)
def test_no_process_of_outcomes_ever_crosses_too_often(p, q):
    """Ville's inequality, by enumeration instead of simulation."""
    sequences = every_sequence(9)
    for threshold in (2.0, 5.0, 20.0):
        crossed = mixed_odds(sequences, p, q).max(axis=-1) >= np.log(threshold)
        assert chance(sequences, q)[crossed].sum() <= 1 / threshold + 1e-12


@given(q=odds, happened=st.lists(st.booleans(), min_size=1, max_size=30))
def test_where_claim_and_base_rate_agree_nothing_is_evidence(q, happened):
    assert mixed_odds(np.array(happened), q, q) == pytest.approx(np.zeros(len(happened)))


@given(
    p=odds, q=odds, happened=st.lists(st.booleans(), min_size=2, max_size=30), seed=st.integers(0)
)
def test_outcomes_multiply_in_any_order_and_from_the_past_alone(p, q, happened, seed):
    y = np.array(happened)
    whole = mixed_odds(y, p, q)
    shuffled = np.random.default_rng(seed).permutation(y)
    assert mixed_odds(shuffled, p, q)[-1] == pytest.approx(whole[-1], abs=1e-9)
    for cut in range(1, y.size):
        assert np.array_equal(mixed_odds(y[:cut], p, q), whole[:cut])
    each = evalues.bernoulli(y, p, q)
    assert each[:1].sum() + each[1:].sum() == pytest.approx(np.cumsum(each)[-1], abs=1e-9)


@given(p=odds, q=odds, happened=st.lists(st.booleans(), min_size=1, max_size=30))
def test_a_mixture_lies_between_its_members(p, q, happened):
    y = np.array(happened)
    members = [np.cumsum(evalues.bernoulli(y, q + share * (p - q), q)) for share in evalues.SHRINK]
    found = mixed_odds(y, p, q)
    assert np.all(found >= np.min(members, axis=0) - 1e-9)
    assert np.all(found <= np.max(members, axis=0) + 1e-9)


def test_three_hits_of_odds_of_one_half_against_one_fifth():
    """By hand: shares 1/4, 1/2, 3/4 and 1 of the way give 11/40, 7/20, 17/40 and 1/2."""
    found = mixed_odds(np.array([True, True, True]), 0.5, 0.2)
    by_hand = np.mean(np.array([11 / 8, 7 / 4, 17 / 8, 5 / 2]) ** 3)
    assert np.exp(found[-1]) == pytest.approx(by_hand)


@given(p=odds, q=odds)
def test_growth_is_the_divergence_that_scipy_gives(p, q):
    expected = stats.entropy([p, 1 - p], [q, 1 - q])
    assert float(evalues.bernoulli_growth(p, q)) == pytest.approx(expected, abs=1e-12)


def test_a_decision_takes_the_logarithm_of_twenty_over_the_growth():
    growth = float(evalues.bernoulli_growth(0.5, 0.3))
    values = np.array([0.0, np.log(5), 4.0])
    expected = np.array([np.log(20), np.log(4), 0.0]) / growth
    assert evalues.outlook(values, growth, alpha=0.05) == pytest.approx(expected)
    assert evalues.outlook(0.0, 0.0, alpha=0.05) == np.inf


@pytest.mark.parametrize("degrees", [5.0, 8.0, np.inf])
@pytest.mark.parametrize("shift", [-0.7, 0.05, 1.5])
def test_a_likelihood_ratio_has_mean_one_under_its_own_density(degrees, shift):
    law = stats.norm() if np.isinf(degrees) else stats.t(degrees, scale=np.sqrt(1 - 2 / degrees))

    def weighed(z):
        return np.exp(evalues.location(z, shift, degrees=degrees)) * law.pdf(z)

    # A normal ratio overflows where its density has long ended.
    end = 30 if np.isinf(degrees) else np.inf
    assert integrate.quad(weighed, -end, end)[0] == pytest.approx(1, abs=1e-7)
    grid = np.linspace(-6, 6, 25)
    ratio = law.logpdf(grid - shift) - law.logpdf(grid)
    np.testing.assert_allclose(evalues.location(grid, shift, degrees=degrees), ratio, atol=1e-12)


@given(z=st.floats(-1e6, 1e6), shift=small, degrees=st.sampled_from([3.0, 8.0, np.inf]))
def test_a_value_and_its_mirror_image_weigh_one_on_average(z, shift, degrees):
    both = evalues.symmetric(np.array([z, -z]), np.array([shift, shift]), degrees=degrees)
    assert np.exp(both).sum() == pytest.approx(2, rel=1e-9)


@given(z=small, shift=small)
def test_with_normal_tails_the_weight_is_one_and_a_tangent(z, shift):
    found = evalues.symmetric(np.array(z), np.array(shift), degrees=np.inf)
    assert np.exp(found) == pytest.approx(1 + np.tanh(shift * z), abs=1e-9)


@pytest.mark.parametrize(("degrees", "least"), [(4.0, 1.2), (np.inf, 0.9)])
def test_minding_only_symmetry_costs_little_growth(degrees, least, rng):
    """Against half the squared shift, by which a normal likelihood ratio grows."""
    noise = rng.standard_normal(400_000)
    if np.isfinite(degrees):
        noise = rng.standard_t(degrees, noise.size) * np.sqrt(1 - 2 / degrees)
    grown = float(evalues.symmetric(noise + 0.1, np.array(0.1)).mean())
    assert grown >= least * float(evalues.location_growth(0.1))


def test_a_normal_likelihood_ratio_overstates_where_the_spread_is_wrong(rng):
    """What the symmetric one is for: spreads twice the past ones, a null that is true."""
    z = 2 * rng.standard_normal((600, 500))
    shift = np.full(500, 0.15)
    crossed = {
        of.__name__: np.mean(
            evalues.mixed(lambda share, of=of: of(z, share * shift)).max(axis=1) >= np.log(20)
        )
        for of in (evalues.location, evalues.symmetric)
    }
    assert crossed["location"] > 0.2
    assert crossed["symmetric"] <= bounds(600, 0.05)[1] / 600


def test_the_share_interval_is_where_a_mixture_of_odds_gains_less_than_twenty():
    """Against the integral over the prior that the closed form stands for."""
    k, n, alpha = 7, 19, 0.05
    prior = stats.beta(0.5, 0.5)
    evidence = integrate.quad(
        lambda t: t**k * (1 - t) ** (n - k) * prior.pdf(t), 0, 1, epsabs=1e-14
    )[0]
    low, high = evalues.share_interval(np.array([k]), np.array([n]), alpha=alpha)
    for end in (low[0], high[0]):
        gained = evidence / (end**k * (1 - end) ** (n - k))
        assert gained == pytest.approx(1 / alpha, rel=1e-6)
    assert low[0] < k / n < high[0]


@pytest.mark.parametrize("truth", [0.05, 0.3, 0.5, 0.9])
def test_over_all_sequences_the_share_interval_keeps_the_truth(truth):
    sequences = every_sequence(12)
    n = np.arange(1, 13.0)
    low, high = evalues.share_interval(np.cumsum(sequences, axis=1), n, alpha=0.05)
    kept = np.all((low <= truth) & (truth <= high), axis=1)
    assert chance(sequences, truth)[kept].sum() >= 0.95


def test_nothing_known_bounds_nothing():
    low, high = evalues.share_interval(np.zeros(1), np.zeros(1), alpha=0.05)
    assert (low[0], high[0]) == (0.0, 1.0)
    estimate, (low, high) = evalues.effect_interval(np.zeros(3), np.zeros(3), alpha=0.05)
    assert np.isnan([*estimate, *low, *high]).all()


@given(k=st.integers(0, 40), misses=st.integers(0, 40), alpha=st.floats(0.001, 0.3))
def test_a_share_and_its_complement_have_mirrored_intervals(k, misses, alpha):
    n = np.array([float(k + misses)])
    of = evalues.share_interval(np.array([k]), n, alpha=alpha)
    other = evalues.share_interval(n - k, n, alpha=alpha)
    assert of.low[0] == pytest.approx(1 - other.high[0], abs=1e-9)
    wider = evalues.share_interval(np.array([k]), n, alpha=alpha / 2)
    assert wider.low[0] <= of.low[0] <= of.high[0] <= wider.high[0]


def test_the_effect_interval_is_where_a_mixture_of_slopes_gains_less_than_twenty(rng):
    """Against the integral over normal weights that the closed form stands for."""
    alpha, shift = 0.05, rng.uniform(0.05, 0.4, 80)
    z = rng.standard_normal(80) + shift
    _, (low, high) = evalues.effect_interval(z, shift, alpha=alpha)
    two_log = -2 * np.log(alpha)
    rho = two_log / (two_log + np.log(two_log) + 1)
    for end in (low[-1], high[-1]):
        u = shift * (z - end * shift)
        weights = stats.norm(scale=rho**-0.5)

        def gain(slope, u=u, weights=weights):
            return np.exp(slope * u.sum() - slope**2 * (u**2).sum() / 2) * weights.pdf(slope)

        assert integrate.quad(gain, -20, 20, limit=200)[0] == pytest.approx(1 / alpha, rel=1e-5)


@pytest.mark.parametrize("tails", ["normal", "heavy", "bursts"])
def test_the_effect_interval_holds_the_truth_at_all_times(tails, rng):
    n_paths, n = 300, 250
    noise = rng.standard_normal((n_paths, n))
    if tails == "heavy":
        noise = rng.standard_t(2.5, (n_paths, n))
    elif tails == "bursts":
        # A spread that the past did not know, ten times as wide for stretches of forty.
        noise *= np.where(np.arange(n) // 40 % 2, 10.0, 1.0)
    shift = np.broadcast_to(rng.uniform(0.05, 0.3, n), (n_paths, n))
    truth = 0.7
    _, (low, high) = evalues.effect_interval(noise + truth * shift, shift, alpha=0.05)
    lost = (np.isfinite(low) & (low > truth)) | (np.isfinite(high) & (high < truth))
    assert np.isfinite(low[:, -1]).mean() > 0.95
    assert np.any(lost, axis=1).sum() <= bounds(n_paths, 0.05)[1]


@given(seed=st.integers(0, 1000), cut=st.integers(1, 59))
def test_an_effect_needs_nothing_later(seed, cut):
    rng = np.random.default_rng(seed)
    z, shift = rng.standard_t(4, 60), rng.uniform(-0.5, 0.5, 60)
    whole = evalues.effect_interval(z, shift, alpha=0.05)
    part = evalues.effect_interval(z[:cut], shift[:cut], alpha=0.05)
    np.testing.assert_array_equal(part[0], whole[0][:cut])
    for ours, theirs in zip(part[1], whole[1], strict=True):
        np.testing.assert_array_equal(ours, theirs[:cut])
    process = evalues.mixed(lambda share: evalues.symmetric(z, share * shift))
    earlier = evalues.mixed(lambda share: evalues.symmetric(z[:cut], share * shift[:cut]))
    np.testing.assert_array_equal(earlier, process[:cut])


@given(
    drift=st.floats(0.001, 0.05),
    mark=st.floats(0.05, 1),
    horizon=st.integers(5, 500),
    volatility=st.floats(0.01, 0.1),
)
def test_the_odds_of_a_touch_are_those_of_scipys_inverse_gaussian(drift, mark, horizon, volatility):
    mean, shape = mark / drift, (mark / volatility) ** 2
    expected = stats.invgauss.cdf(horizon, mean / shape, scale=shape)
    found = evalues.touch_odds(drift, mark, horizon, volatility)
    assert found == pytest.approx(expected, abs=1e-7)


def test_without_drift_a_touch_has_twice_the_odds_of_ending_above():
    """The reflection principle."""
    found = evalues.touch_odds(0.0, 0.2, 100, 0.03)
    assert found == pytest.approx(2 * stats.norm.sf(0.2 / 0.3))
