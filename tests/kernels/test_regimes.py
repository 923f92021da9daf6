"""The hidden Markov model against hmmlearn, statsmodels, Hamilton's table and plain loops."""

import warnings
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from leadline.kernels import regimes
from leadline.kernels.regimes import NOTHING, Model, Prior

# Growth of US real GNP, percent a quarter, as Hamilton (1989) used it; from statsmodels' own tests.
GNP = Path(__file__).parent.parent / "known" / "hamilton-gnp.csv"
STAY = np.array([[0.96, 0.03, 0.01], [0.02, 0.95, 0.03], [0.03, 0.03, 0.94]])
MEANS = np.array([[-1.0, 1.0, 0.0, 0.2], [0.3, -0.3, 0.8, -0.4], [0.2, 0.1, -0.8, 0.4]])
SIGNS = np.array([[-1, 1, 0, 0], [0, 0, 1, -1], [0, 0, -1, 1]], dtype=np.int8)


def world(n_obs, rng, means=MEANS, spread=(1.4, 0.7, 1.0)):
    """Give observations and states of a chain whose parameters are known."""
    states = np.zeros(n_obs, dtype=int)
    for t in range(1, n_obs):
        states[t] = rng.choice(3, p=STAY[states[t - 1]])
    noise = np.asarray(spread)[states, None] * rng.standard_normal((n_obs, means.shape[1]))
    return means[states] + noise, states


def a_model(rng, n_states=3, n_features=4):
    transition = rng.dirichlet(np.full(n_states, 2.0), n_states)
    return Model(
        rng.dirichlet(np.ones(n_states)),
        transition,
        rng.standard_normal((n_states, n_features)),
        rng.uniform(0.3, 3.0, (n_states, n_features)),
    )


def twin(y, model):
    """Filter in logarithms, one term at a time."""
    probabilities, scores = [], []
    before = np.log(model.start)
    for t, row in enumerate(y):
        if t:
            before = logsumexp(past[:, None] + np.log(model.transition), axis=0)  # noqa: F821
        known = np.isfinite(row)
        density = norm.logpdf(row[known], model.mean[:, known], np.sqrt(model.variance[:, known]))
        joint = before + density.sum(axis=1)
        scores.append(logsumexp(joint))
        past = joint - scores[-1]
        probabilities.append(np.exp(past))
    return np.array(probabilities), np.array(scores)


def test_the_filter_is_the_one_written_out_in_logarithms(rng):
    y, _ = world(300, rng)
    y[rng.random(y.shape) < 0.1] = np.nan
    y[40] = np.nan
    model = a_model(rng)
    for ours, plain in zip(regimes.filtered(y, model), twin(y, model), strict=True):
        np.testing.assert_allclose(ours, plain, atol=1e-12)


def test_the_likelihood_is_that_of_hmmlearn(rng):
    hmm = pytest.importorskip("hmmlearn.hmm")
    y, _ = world(700, rng)
    model = a_model(rng)
    peer = hmm.GaussianHMM(3, "diag")
    peer.startprob_, peer.transmat_, peer.means_, peer.covars_ = model
    filtered, scores = regimes.filtered(y, model)
    assert scores.sum() == pytest.approx(peer.score(y), abs=1e-8)
    # What hmmlearn calls the posterior knows the future; only the last one is a filter's.
    np.testing.assert_allclose(filtered[-1], peer.predict_proba(y)[-1], atol=1e-10)
    assert np.abs(filtered - peer.predict_proba(y)).max() > 0.05


def test_the_filter_is_that_of_statsmodels(rng):
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    y = world(400, rng)[0][:, 0]
    peer = MarkovRegression(y, k_regimes=2, switching_variance=True)
    result = peer.smooth([0.93, 0.08, -0.6, 0.4, 1.5, 0.5])
    transition = np.array([[0.93, 0.07], [0.08, 0.92]])
    start = np.array([0.08, 0.07]) / 0.15
    model = Model(start, transition, np.array([[-0.6], [0.4]]), np.array([[1.5], [0.5]]))
    filtered, scores = regimes.filtered(y[:, None], model)
    np.testing.assert_allclose(filtered, result.filtered_marginal_probabilities, atol=1e-8)
    assert scores.sum() == pytest.approx(result.llf, abs=1e-8)


def test_hamiltons_table_of_gnp_is_met():
    """Hamilton (1989), table I: four lags of GNP growth, whose mean switches."""
    growth = np.loadtxt(GNP, delimiter=",", skiprows=1, usecols=1)
    mu, own = np.array([1.163517, -0.358811]), np.array([0.013486, -0.057521, -0.246983, -0.212921])
    stay = np.array([[0.904085, 0.095915], [0.245327, 0.754673]])
    histories = list(product((0, 1), repeat=5))  # (S_t, S_t-1, .. S_t-4)
    n_obs = growth.size - 4
    density = np.empty((n_obs, len(histories)))
    for k, (now, *before) in enumerate(histories):
        off = [growth[4 - lag : growth.size - lag] - mu[s] for lag, s in enumerate(before, 1)]
        density[:, k] = norm.logpdf(growth[4:], mu[now] + own @ np.array(off), 0.7690)
    transition = np.array(
        [
            [stay[one[0], two[0]] if two[1:] == one[:-1] else 0.0 for two in histories]
            for one in histories
        ]
    )
    long_run = np.array([0.245327, 0.095915]) / (0.245327 + 0.095915)
    start = np.array(
        [long_run[h[4]] * np.prod([stay[h[i + 1], h[i]] for i in range(4)]) for h in histories]
    )
    filtered, scores = regimes.filter_densities(density, transition, start)
    assert scores.sum() == pytest.approx(-181.26339, abs=2e-4)
    recession = filtered[:, [h[0] == 1 for h in histories]].sum(axis=1)
    quarters = np.arange("1952-04", "1985-01", 3, dtype="datetime64[M]")
    # The recessions of 1957 and 1974 that his figure shows, and the boom between.
    at = {str(q): p for q, p in zip(quarters, recession, strict=True)}
    assert at["1957-10"] > 0.9
    assert at["1974-10"] > 0.9
    assert at["1965-01"] < 0.1


def test_no_start_of_hmmlearn_finds_a_better_optimum(rng):
    hmm = pytest.importorskip("hmmlearn.hmm")
    y, _ = world(300, rng, means=0.4 * MEANS)
    ours = regimes.fit(y, 3, rng, n_starts=20)
    reached = []
    for seed in range(3):
        peer = hmm.GaussianHMM(3, "diag", n_iter=200, tol=1e-3, random_state=seed)
        # Its defaults are a prior; without it the model is ours.
        peer.covars_prior, peer.covars_weight = 0.0, 1.0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer.fit(y)
        reached.append(peer.score(y))
    assert ours.log_likelihood >= max(reached) - 1e-3


def test_em_never_steps_down(rng):
    from leadline.kernels import compiled_regimes

    y, _ = world(200, rng)
    y[rng.random(y.shape) < 0.05] = np.nan
    whole = ~np.isnan(y).any(axis=1)
    spread = np.nanvar(y, axis=0)
    counts = np.full((3, 3), 2.0)
    objectives = []
    for steps in range(1, 25):
        model = a_model(np.random.default_rng(5))
        model.mean[SIGNS * model.mean < 0] = 0.0
        settings = (SIGNS, counts, 4.0, spread, 1e-4 * spread)
        objectives.append(compiled_regimes.em(y, whole, *settings, *model, steps, -np.inf)[0])
    assert np.all(np.diff(objectives) > -1e-8)
    assert objectives[-1] > objectives[0] + 10


def test_planted_states_are_found_and_named_by_their_signs(rng):
    y, states = world(1500, rng)
    for prior in (NOTHING, Prior()):
        found = regimes.fit(y, 3, rng, signs=SIGNS, prior=prior)
        likeliest = regimes.filtered(y, found.model)[0].argmax(axis=1)
        assert np.mean(likeliest == states) > 0.93
        assert np.all(SIGNS * found.model.mean >= 0)
        assert found.agreement > 0.2
        np.testing.assert_allclose(found.model.mean, MEANS, atol=0.2)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_naming_the_states_in_another_order_only_permutes_the_answer(order):
    y, _ = world(400, np.random.default_rng(8))
    order = list(order)
    plain = regimes.fit(y, 3, np.random.default_rng(1), signs=SIGNS, prior=Prior())
    moved = regimes.fit(y, 3, np.random.default_rng(1), signs=SIGNS[order], prior=Prior())
    assert moved.objective == pytest.approx(plain.objective, abs=1e-5)
    np.testing.assert_allclose(moved.model.mean, plain.model.mean[order], atol=1e-3)


def test_units_of_the_features_change_nothing_but_the_density(rng):
    y, _ = world(400, rng)
    units = np.array([100.0, 1e-3, 7.0, 1.0])
    plain = regimes.expanding(
        y, 3, np.random.default_rng(1), first=200, every=100, signs=SIGNS, prior=Prior(), n_starts=5
    )
    scaled = regimes.expanding(
        y * units,
        3,
        np.random.default_rng(1),
        first=200,
        every=100,
        signs=SIGNS,
        prior=Prior(),
        n_starts=5,
    )
    np.testing.assert_allclose(scaled.probabilities, plain.probabilities, atol=1e-5)
    np.testing.assert_allclose(
        scaled.scores[200:], plain.scores[200:] - np.log(units).sum(), atol=1e-5
    )


def test_what_was_written_is_never_changed_by_what_came_later(rng):
    y, _ = world(500, rng)
    settings = {"first": 150, "every": 60, "signs": SIGNS, "prior": Prior(), "n_starts": 4}
    whole = regimes.expanding(y, 3, np.random.default_rng(2), **settings)
    assert np.isnan(whole.probabilities[:150]).all()
    np.testing.assert_allclose(whole.probabilities[150:].sum(axis=1), 1.0)
    for stop in (151, 210, 211, 333):
        cut = regimes.expanding(y[:stop], 3, np.random.default_rng(2), **settings)
        np.testing.assert_array_equal(cut.probabilities, whole.probabilities[:stop])
        np.testing.assert_array_equal(cut.scores, whole.scores[:stop])
    assert whole.refits.tolist() == list(range(150, 500, 60))


def test_the_number_of_states_that_forecasts_best_is_the_true_one():
    won = {1: 0, 3: 0}
    for seed in range(10):
        rng = np.random.default_rng(seed)
        for n_true, y in ((1, rng.standard_normal((500, 4))), (3, world(500, rng)[0])):
            scores = [
                regimes.expanding(
                    y, n_states, rng, first=200, every=150, prior=Prior(), n_starts=5
                ).scores[200:]
                for n_states in (1, 2, 3)
            ]
            won[n_true] += 1 + int(np.argmax(np.mean(scores, axis=1))) == n_true
    assert won[3] >= 8
    # Where there is one state, more of them forecast as well but for noise.
    assert won[1] >= 7


def test_true_signs_cost_nothing_and_false_ones_a_lot(rng):
    y, _ = world(800, rng)
    true = regimes.fit(y, 3, rng, signs=SIGNS, prior=Prior())
    assert 0 <= regimes.sign_loss(true, y, rng, prior=Prior()) < 1e-3
    # No state of the world has a positive first and a positive second mean.
    false = np.ones((3, 4), dtype=np.int8)
    wrong = regimes.fit(y, 3, rng, signs=false, prior=Prior())
    assert regimes.sign_loss(wrong, y, rng, prior=Prior()) > 50


def test_the_prior_makes_states_stay(rng):
    y = rng.standard_normal((300, 2))
    free = regimes.fit(y, 2, np.random.default_rng(1))
    held = regimes.fit(y, 2, np.random.default_rng(1), prior=Prior(20.0, 1000.0, 4.0))
    assert np.diag(held.model.transition) == pytest.approx(0.95, abs=0.03)
    assert held.log_likelihood <= free.log_likelihood


def test_without_signs_the_calmest_state_comes_first(rng):
    y, _ = world(500, rng)
    found = regimes.fit(y, 3, rng)
    assert np.all(np.diff(np.log(found.model.variance).sum(axis=1)) > 0)


def test_all_log_likelihoods_are_kept_the_warm_start_last(rng):
    y, _ = world(300, rng)
    first = regimes.fit(y, 3, np.random.default_rng(1), n_starts=6)
    again = regimes.fit(y, 3, np.random.default_rng(2), n_starts=3, warm=first.model)
    assert first.log_likelihoods.shape == (6,)
    assert again.log_likelihoods.shape == (4,)
    # The warm start gives up its first probabilities, which are worth little.
    assert again.log_likelihoods[-1] > first.log_likelihood - 3
    assert again.log_likelihood == again.log_likelihoods.max()


def test_wild_values_leave_finite_numbers(rng):
    y, _ = world(200, rng)
    y[50], y[120, 0] = 1e4, -1e6
    model = regimes.fit(y, 3, rng, n_starts=4).model
    filtered, scores = regimes.filtered(y, model)
    assert all(np.isfinite(part).all() for part in (*model, filtered, scores))
    np.testing.assert_allclose(filtered.sum(axis=1), 1.0)


def test_a_feature_that_is_not_known_yet_tells_nothing(rng):
    y, _ = world(300, rng)
    empty = np.column_stack((y, np.full(300, np.nan)))
    plain = regimes.fit(y, 2, np.random.default_rng(1), n_starts=4)
    more = regimes.fit(empty, 2, np.random.default_rng(1), n_starts=4)
    assert more.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-4)


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (np.zeros((50, 2)), "Feature 0 never varies"),
        (np.ones((5, 2)), "5 observations of 2 features are too few for 3 states"),
        (np.full((50, 2), np.inf), "needed are finite values"),
        (np.zeros(50), r"shape \(50,\)"),
    ],
)
def test_what_cannot_be_fitted_is_refused(y, said, rng):
    with pytest.raises(ValueError, match=said):
        regimes.fit(y, 3, rng)


@pytest.mark.slow
def test_over_many_worlds_our_optimum_is_hardly_ever_the_worse_one():
    """Short worlds with many optima, down to means that hardly differ."""
    hmm = pytest.importorskip("hmmlearn.hmm")
    ahead = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        y, _ = world(600, rng, means=rng.uniform(0.1, 1.0) * MEANS)
        ours = regimes.fit(y, 3, rng)
        reached = []
        for start in range(5):
            peer = hmm.GaussianHMM(3, "diag", n_iter=300, tol=1e-3, random_state=start)
            peer.covars_prior, peer.covars_weight = 0.0, 1.0
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # On a busy machine the threads of its k-means wait for one another for minutes.
                with threadpool_limits(1):
                    peer.fit(y)
            reached.append(peer.score(y))
        ahead.append(ours.log_likelihood - max(reached))
    ahead = np.array(ahead)
    assert np.sum(ahead < -0.01) <= 1
    assert np.sum(ahead > 0.01) >= 4
