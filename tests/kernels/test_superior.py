import numpy as np
import pytest
from arch.bootstrap import SPA, StationaryBootstrap, StepM
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from leadline.kernels.superior import (
    long_run_deviation,
    screen,
    stationary_counts,
    step_down,
    superior,
)
from leadline.worlds.calibration import bounds

BLOCK = 8


def rules(rng, n_obs=300, n_rules=12, best=0.0):
    """Give correlated rules of unequal noise, the last one with an edge."""
    common = rng.standard_t(6, (n_obs, 1))
    values = (0.5 * common + rng.standard_t(6, (n_obs, n_rules))) * np.linspace(0.5, 3, n_rules)
    values[:, -1] += best
    return values


def arch_spa(values, seed=1, reps=999, *, studentize=False):
    """Losses are gains turned round; the benchmark loses nothing."""
    spa = SPA(
        np.zeros(values.shape[0]),
        -values,
        block_size=BLOCK,
        reps=reps,
        bootstrap="stationary",
        studentize=studentize,
        seed=seed,
    )
    spa.compute()
    return spa


def arch_counts(n_obs, reps, seed):
    """Draw the very resamples that arch draws."""
    bootstrap = StationaryBootstrap(BLOCK, np.arange(n_obs), seed=seed)
    drawn = [np.bincount(data[0][0], minlength=n_obs) for data in bootstrap.bootstrap(reps)]
    return np.array(drawn, dtype=float)


def share_above(p, n):
    """Turn (1 + k) / (1 + n) into the k / n of arch."""
    return (p * (1 + n) - 1) / n


@pytest.mark.parametrize("best", [0.0, 0.6])
def test_without_studentising_all_three_p_are_those_of_arch(rng, best):
    values = rules(rng, best=best)
    values[:, 0] -= 1.0
    theirs = arch_spa(values).pvalues
    mine = superior(values, arch_counts(300, 999, 1), block=BLOCK, studentise="none")
    for name in ("lower", "consistent", "upper"):
        assert share_above(getattr(mine, f"p_{name}"), 999) == pytest.approx(theirs[name], abs=1e-9)


def test_the_long_run_deviation_is_that_of_arch(rng):
    values = rules(rng)
    spa = arch_spa(values, reps=10)
    np.testing.assert_allclose(
        long_run_deviation(values, BLOCK) ** 2, spa._loss_diff_var, rtol=1e-10
    )


def test_the_long_run_deviation_is_what_the_resamples_show(rng):
    values = rules(rng, n_obs=200)
    drawn = stationary_counts(20_000, 200, BLOCK, rng) @ values / 200
    np.testing.assert_allclose(
        np.sqrt(200) * drawn.std(axis=0), long_run_deviation(values, BLOCK), rtol=0.03
    )


def quiet_winner(rng, n_rules=50, n_obs=1000):
    """One calm rule with t = 2.4 among noisy rules that earn nothing at all."""
    values = rng.standard_normal((n_obs, n_rules))
    values -= values.mean(axis=0)
    values /= values.std(axis=0)
    values[:, 0] = values[:, 0] + 2.4 / np.sqrt(n_obs)
    values[:, 1:] *= 10.0
    return values


def test_studentising_in_arch_changes_nothing_and_ours_finds_the_quiet_winner(rng):
    """A known defect of arch 8.0.0: the variances only decide which rules are re-centred."""
    values = quiet_winner(rng)
    plain, named = (arch_spa(values, studentize=s).pvalues for s in (False, True))
    assert (plain == named).all()
    counts = stationary_counts(1999, 1000, BLOCK, rng)
    # By independence, the chance that one of fifty reaches 2.4.
    truth = 1 - ndtr(2.4) ** 50
    for way in ("once", "each"):
        found = superior(values, counts, block=BLOCK, studentise=way)
        assert found.best == 0
        assert found.statistic == pytest.approx(2.4, abs=0.25)
        assert found.p_upper == pytest.approx(truth, abs=0.1)
    assert plain["upper"] > 0.6 > truth + 0.2


def test_the_three_p_are_in_order_and_hopeless_rules_cost_nothing(rng):
    values = rules(rng, best=0.4)
    counts = stationary_counts(999, 300, BLOCK, rng)
    alone = superior(values, counts, block=BLOCK)
    assert alone.p_lower <= alone.p_consistent <= alone.p_upper
    hopeless = rng.standard_normal((300, 40)) - 1.0
    found = superior(np.hstack((values, hopeless)), counts, block=BLOCK)
    assert found.p_consistent == alone.p_consistent
    assert found.p_upper > alone.p_upper


@given(factor=st.floats(0.01, 1000), seed=st.integers(0, 50))
def test_units_and_the_order_of_rules_change_no_p(factor, seed):
    rng = np.random.default_rng(seed)
    values = rules(rng, n_obs=80, n_rules=5)
    counts = stationary_counts(49, 80, BLOCK, rng)
    order = rng.permutation(5)
    for way in ("once", "each"):
        found = superior(values, counts, block=BLOCK, studentise=way)
        other = superior(factor * values[:, order], counts, block=BLOCK, studentise=way)
        assert other[3:] == found[3:]
        assert order[other.best] == found.best
        np.testing.assert_allclose(other.t, found.t[order], rtol=1e-9)


def test_rules_that_only_lose_have_no_case():
    values = np.random.default_rng(0).standard_normal((200, 3)) - 1.0
    found = superior(values, np.ones((49, 200)), block=BLOCK)
    assert found.statistic == 0.0
    assert found.p_consistent == found.p_upper == 1.0


def test_counts_are_whole_resamples_with_blocks_of_the_right_length(rng):
    counts = stationary_counts(300, 150, BLOCK, rng)
    np.testing.assert_array_equal(counts.sum(axis=1), 150)
    assert counts.min() == 0
    # Neighbours are drawn together with probability 1 - 1/8.
    together = np.corrcoef(counts[:, :-1].ravel(), counts[:, 1:].ravel())[0, 1]
    assert together == pytest.approx(1 - 1 / BLOCK, abs=0.02)


def plain_step_down(t, drawn, alpha):
    """Romano and Wolf (2005) as they put it: reject, drop what is rejected, look again."""
    left = np.ones(t.size, dtype=bool)
    while left.any():
        largest = drawn[:, left].max(axis=1)
        p = (1 + (largest[:, None] >= t).sum(axis=0)) / (1 + drawn.shape[0])
        rejected = left & (p <= alpha)
        if not rejected.any():
            break
        left &= ~rejected
    return ~left


@pytest.mark.parametrize("way", ["none", "once", "each"])
def test_step_down_rejects_what_repeated_steps_reject(rng, way):
    values = rules(rng)
    values += np.linspace(0, 0.9, 12)
    counts = stationary_counts(499, 300, BLOCK, rng)
    found = step_down(values, counts, block=BLOCK, alpha=0.1, studentise=way)
    mean = values.mean(axis=0)
    drawn = np.sqrt(300) * (counts @ (values - mean)) / 300
    t = np.sqrt(300) * mean
    if way == "once":
        scale = long_run_deviation(values, BLOCK)
    elif way == "each":
        scale = values.std(axis=0)
        drawn /= np.sqrt(
            counts @ (values - mean) ** 2 / 300 - (counts @ (values - mean) / 300) ** 2
        )
        drawn *= scale
    else:
        scale = np.ones(12)
    expected = plain_step_down(t / scale, drawn / scale, 0.1)
    np.testing.assert_array_equal(found.superior, expected)
    assert 0 < expected.sum() < 12
    assert (found.p_adjusted[np.argsort(-t / scale)] == np.sort(found.p_adjusted)).all()


def test_step_down_without_studentising_names_the_rules_that_arch_names(rng):
    values = rules(rng) + np.linspace(0, 0.9, 12)
    stepm = StepM(
        np.zeros(300), -values, size=0.05, block_size=BLOCK, reps=499, studentize=False, seed=1
    )
    stepm.compute()
    found = step_down(values, arch_counts(300, 499, 1), block=BLOCK, studentise="none")
    np.testing.assert_array_equal(np.flatnonzero(found.superior), sorted(stepm.superior_models))


def test_the_first_step_is_the_test_itself(rng):
    values = rules(rng, best=0.5)
    counts = stationary_counts(499, 300, BLOCK, rng)
    for way in ("once", "each"):
        found = step_down(values, counts, block=BLOCK, studentise=way)
        whole = superior(values, counts, block=BLOCK, studentise=way)
        assert found.p_adjusted[whole.best] == found.p_adjusted.min() == whole.p_upper


def test_tiles_of_either_precision_give_the_whole(rng):
    values = rules(rng, n_rules=40, best=0.8)
    values[:, 3] -= 2.0
    counts = stationary_counts(499, 300, BLOCK, rng)
    whole = screen([values.copy()], counts)
    tiles = screen(np.array_split(values.copy(), 7, axis=1), counts)
    np.testing.assert_allclose(tiles.t, whole.t, rtol=1e-12)
    assert tiles[1:] == pytest.approx(whole[1:], abs=1e-12)
    single = screen(np.array_split(values.astype(np.float32), 7, axis=1), counts.astype(np.float32))
    np.testing.assert_allclose(single.t, whole.t, rtol=1e-4, atol=1e-5)
    assert single[3:] == pytest.approx(whole[3:], abs=0.005)
    closed = superior(values, counts, block=BLOCK, studentise="once")
    assert whole.best == closed.best
    assert whole[3:] == pytest.approx(closed[3:], abs=0.03)


def alarms(n_worlds, seed, way, n_obs=250, n_rules=20, n=99):
    """Count worlds without an edge in which the test rejects at 5 %."""
    found = 0
    for number in range(n_worlds):
        rng = np.random.default_rng([seed, number])
        # Volatility that clusters and is shared, and rules of very unequal noise.
        storm = np.exp(0.7 * np.sin(np.arange(n_obs) / 20 + rng.uniform(0, 6)))[:, None]
        values = storm * rules(rng, n_obs, n_rules)
        counts = stationary_counts(n, n_obs, 4, rng)
        found += superior(values, counts, block=4, studentise=way).p_upper <= 0.05
    return found


@pytest.mark.parametrize("way", ["once", "each"])
def test_size_is_kept(way):
    fewest, most = bounds(200, 0.05)
    assert fewest <= alarms(200, 5, way) <= most


def test_a_quiet_edge_is_found():
    hits = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        values = rules(rng, 400, 30)
        values[:, 0] += 0.15
        counts = stationary_counts(199, 400, 4, rng)
        hits += superior(values, counts, block=4).p_consistent <= 0.05
    assert hits >= 32
