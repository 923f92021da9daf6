import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import exuber
import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from leadline.kernels import explosive as ex

# Phillips, Shi and Yu (2015), table 1: 95 % values from 2,000 replications, smallest window by
# their rule, (T, r0): (SADF, GSADF).
PUBLISHED = {
    (100, 0.190): (1.30, 2.00),
    (200, 0.137): (1.40, 2.08),
    (400, 0.100): (1.49, 2.20),
    (800, 0.074): (1.53, 2.34),
    (1600, 0.055): (1.57, 2.41),
}
REPLICATIONS = 2000


def bubble(n, rng):
    path = np.cumsum(rng.standard_normal(n))
    path[-40:] += 0.5 * 1.08 ** np.arange(40)
    return path


def paths(n):
    rng = np.random.default_rng(n)
    walk = np.cumsum(rng.standard_normal(n))
    volatility = np.exp(np.cumsum(0.1 * rng.standard_normal(n)))
    return {
        "walk": walk,
        "bubble": bubble(n, rng),
        "heavy tails": np.cumsum(volatility * rng.standard_t(3, n)),
        "trend": walk + 0.3 * np.arange(n),
        "reverting": rng.standard_normal(n),
    }


def t_of_b(path, lags):
    """Regress by least squares, one window, as the textbook has it."""
    steps = np.diff(path)
    rows = np.arange(lags, steps.size)
    columns = [np.ones(rows.size), path[rows], *(steps[rows - k] for k in range(1, lags + 1))]
    design = np.column_stack(columns)
    coefficients, *_ = np.linalg.lstsq(design, steps[rows], rcond=None)
    residuals = steps[rows] - design @ coefficients
    variance = residuals @ residuals / (rows.size - design.shape[1])
    return coefficients[1] / np.sqrt(variance * np.linalg.inv(design.T @ design)[1, 1])


def plain_bsadf(path, shortest, lags):
    out = np.full(path.size, -np.inf)
    for stop in range(shortest + lags, path.size):
        starts = range(stop - shortest - lags + 1)
        out[stop] = max(t_of_b(path[start : stop + 1], lags) for start in starts)
    return out


@pytest.mark.parametrize("lags", [0, 1, 3])
@pytest.mark.parametrize("n", [61, 180])
def test_all_statistics_are_those_of_exuber_under_its_count_of_differences(n, lags):
    shortest = ex.shortest_rows(n, lags=lags, count="differences")
    for path in paths(n).values():
        oracle = exuber.radf(path, lag=lags)
        assert oracle.minw == shortest
        found = ex.bsadf(path[None, :], shortest=shortest, lags=lags)[0]
        forward = ex.bsadf(path[None, :], shortest=shortest, lags=lags, one_start=True)[0]
        np.testing.assert_allclose(found[shortest + lags :], oracle.bsadf[:, 0], atol=1e-8)
        np.testing.assert_allclose(forward[shortest + lags :], oracle.badf[:, 0], atol=1e-8)
        three = ex.statistics(path, shortest=shortest, lags=lags)
        assert three.adf == pytest.approx(oracle.adf[0], abs=1e-8)
        assert three.sadf == pytest.approx(oracle.sadf[0], abs=1e-8)
        assert three.gsadf == pytest.approx(oracle.gsadf[0], abs=1e-8)


@pytest.mark.parametrize("lags", [0, 1, 2])
@pytest.mark.parametrize("count", ["levels", "differences"])
def test_the_sequence_is_that_of_plain_least_squares(lags, count):
    for path in paths(60).values():
        shortest = ex.shortest_rows(60, lags=lags, count=count)
        found = ex.bsadf(path[None, :], shortest=shortest, lags=lags)[0]
        np.testing.assert_allclose(found, plain_bsadf(path, shortest, lags), atol=1e-8)


def test_one_window_is_that_of_statsmodels():
    path = bubble(120, np.random.default_rng(5))
    fit = sm.OLS(np.diff(path), sm.add_constant(path[:-1])).fit()
    assert ex.statistics(path, shortest=30).adf == pytest.approx(fit.tvalues[1], abs=1e-9)


def test_windows_are_counted_in_levels_or_in_differences():
    assert ex.smallest_window(100) == 19
    assert ex.smallest_window(400) == 40
    assert ex.shortest_rows(100) == 18
    assert ex.shortest_rows(100, lags=2) == 16
    assert ex.shortest_rows(100, lags=2, count="differences") == 19


def test_the_two_counts_give_different_numbers():
    path = paths(100)["heavy tails"]
    by_levels, by_differences = (
        ex.statistics(path, shortest=ex.shortest_rows(100, count=count)).gsadf
        for count in ("levels", "differences")
    )
    assert by_levels >= by_differences


def published(n, share):
    window = int(share * n)
    walks = ex.random_walks(REPLICATIONS, n, np.random.default_rng(n))
    forward = ex.bsadf(walks, shortest=window - 1, one_start=True).max(axis=1)
    every = ex.bsadf(walks, shortest=window - 1).max(axis=1)
    error = np.sqrt(0.05 * 0.95 * 2 / REPLICATIONS)
    for values, value in zip((forward, every), PUBLISHED[n, share], strict=True):
        # Both are simulated with as many replications; printed to two digits.
        beyond = [np.mean(values > value + half) for half in (-0.005, 0.005)]
        assert beyond[1] - 3.3 * error <= 0.05 <= beyond[0] + 3.3 * error


@pytest.mark.parametrize(("n", "share"), list(PUBLISHED)[:3])
def test_published_critical_values_are_met_within_their_error(n, share):
    published(n, share)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share"), list(PUBLISHED)[3:])
def test_published_critical_values_of_long_samples_are_met_within_their_error(n, share):
    published(n, share)


@pytest.mark.parametrize("lags", [0, 1])
@pytest.mark.parametrize("until", [50, 111, 159])
def test_what_comes_later_changes_no_value(lags, until):
    for path in paths(160).values():
        whole = ex.bsadf(path[None, :], shortest=20, lags=lags)[0]
        cut = ex.bsadf(path[None, :until], shortest=20, lags=lags)[0]
        np.testing.assert_allclose(whole[:until], cut, atol=1e-7)


@given(
    scale=st.floats(1e-3, 1e3),
    shift=st.floats(-1e3, 1e3),
    sign=st.sampled_from([-1.0, 1.0]),
    lags=st.integers(0, 2),
)
def test_units_level_and_sign_change_nothing(scale, shift, sign, lags):
    path = bubble(90, np.random.default_rng(8))
    plain = ex.bsadf(path[None, :], shortest=20, lags=lags)
    other = ex.bsadf(sign * scale * path[None, :] + shift, shortest=20, lags=lags)
    np.testing.assert_allclose(other, plain, atol=1e-4 if scale < 0.1 else 1e-6)


@pytest.mark.parametrize("lags", [0, 1])
def test_prefix_sums_stay_sound_far_from_zero(lags):
    walk = paths(200)["walk"]
    near, far = (
        ex.bsadf(path[None, :], shortest=30, lags=lags) for path in (walk, 1e5 + 0.01 * walk)
    )
    np.testing.assert_allclose(far, near, atol=1e-6)


def test_later_ends_alone_have_the_same_values():
    path = bubble(150, np.random.default_rng(2))[None, :]
    for lags in (0, 1):
        whole = ex.bsadf(path, shortest=25, lags=lags)[0]
        late = ex.bsadf(path, shortest=25, lags=lags, first_end=100)[0]
        assert np.all(late[:100] == -np.inf)
        np.testing.assert_array_equal(late[100:], whole[100:])


def test_neither_batch_nor_threads_change_a_digit():
    batch = ex.random_walks(24, 150, np.random.default_rng(3))
    whole = ex.bsadf(batch, shortest=22)
    with ThreadPoolExecutor(4) as pool:
        each = list(pool.map(lambda path: ex.bsadf(path[None, :], shortest=22)[0], batch))
    np.testing.assert_array_equal(whole, np.stack(each))


def test_a_flat_stretch_has_no_statistic():
    path = np.concatenate(
        (np.full(60, 3.0), 3.0 + np.cumsum(np.full(60, 0.01) * 1.05 ** np.r_[:60]))
    )
    for lags in (0, 1):
        found = ex.bsadf(path[None, :], shortest=20, lags=lags)[0]
        assert not np.isnan(found).any()
        assert np.all(found[:60] == -np.inf)
        assert found[-1] > 10


def test_a_perfect_exponential_is_as_explosive_as_can_be_told():
    path = 1.03 ** np.arange(100.0)
    assert 1e4 < ex.statistics(path, shortest=20).gsadf < 1e9


@pytest.mark.parametrize(("shortest", "lags"), [(2, 0), (100, 0), (99, 1), (3, 1)])
def test_windows_that_do_not_fit_are_refused(shortest, lags):
    with pytest.raises(ValueError, match=f"Windows of {shortest} rows with {lags} lags do not fit"):
        ex.bsadf(np.zeros((1, 100)), shortest=shortest, lags=lags)


def test_a_wild_path_keeps_the_size_of_every_step():
    path = paths(80)["heavy tails"]
    drawn = np.diff(ex.wild(path, 4000, np.random.default_rng(1)), axis=1)
    np.testing.assert_allclose(drawn.std(axis=0), np.abs(np.diff(path)), rtol=0.06)
    assert abs(np.corrcoef(drawn[:, 10], drawn[:, 11])[0, 1]) < 0.06


def test_random_walks_drift_by_one_in_all():
    walks = ex.random_walks(4000, 50, np.random.default_rng(1))
    assert walks[:, -1].mean() == pytest.approx(1.0, abs=4 * np.sqrt(50 / 4000))
    assert np.diff(walks, axis=1).std() == pytest.approx(1.0, abs=0.01)


def test_cumulated_signs_know_no_volatility_and_no_drift():
    rng = np.random.default_rng(4)
    steps = rng.standard_normal(201)
    steps -= np.median(steps)
    volatility = np.exp(rng.standard_normal(201))
    signs = [ex.cumulated_signs(np.cumsum(s)) for s in (steps, volatility * steps, steps + 0.7)]
    # The first level has no step before it, so the median of the steps moves a little.
    np.testing.assert_array_equal(signs[0], signs[2])
    assert np.abs(signs[0] - signs[1]).max() <= 2
    assert abs(signs[0][-1]) <= 1


def test_standardised_differences_use_the_past_only():
    path = paths(120)["heavy tails"]
    changed = path.copy()
    changed[80:] += 100.0
    plain, other = (ex.standardised(p, window=26) for p in (path, changed))
    np.testing.assert_array_equal(plain[:80], other[:80])
    assert plain[0] == 0.0
    steps = np.diff(path)
    assert plain[61] - plain[60] == pytest.approx(steps[60] / np.sqrt(np.mean(steps[34:60] ** 2)))


@pytest.mark.parametrize(
    ("above", "found"),
    [
        ("", []),
        ("....", []),
        ("..###...", [(2, 4, False)]),
        ("..##...#", []),
        ("..##.###..", [(2, 7, True)]),
        ("..##.###...", [(2, 7, False)]),
        ("###...####", [(0, 2, False), (6, 9, True)]),
        ("###..#", [(0, 5, True)]),
    ],
)
def test_a_spell_lasts_and_ends_only_after_a_gap(above, found):
    flags = np.array([c == "#" for c in above], dtype=bool)
    assert [tuple(s) for s in ex.spells(flags, at_least=3, gap=3)] == found


@pytest.mark.parametrize("n", [99, 200, 499])
@pytest.mark.parametrize("alpha", [0.10, 0.05, 0.01])
def test_the_critical_value_is_where_p_reaches_alpha(n, alpha):
    null = np.random.default_rng(n).standard_normal(n)
    value = ex.critical_value(null, alpha)
    for x in (value, value + 1e-9):
        p = (1 + np.sum(null >= x)) / (1 + n)
        assert (p <= alpha + 1e-12) == (x > value)


def test_too_few_draws_have_no_critical_value():
    with pytest.raises(ValueError, match=r"50 draws have no critical value at 0\.01; take 99"):
        ex.critical_value(np.zeros(50), 0.01)


def test_the_root_of_an_exact_exponential_is_found():
    rng = np.random.default_rng(1)
    path = np.cumsum(0.01 * rng.standard_normal(160))
    path[100:] = path[100] + 0.3 * (1.05 ** np.arange(60) - 1)
    found = ex.growth(path, 159, shortest=40)
    assert found.root == pytest.approx(1.05, abs=1e-3)
    assert found.start >= 95
    m = 159 - found.start
    half = np.tan(0.45 * np.pi) * (found.root**2 - 1) / found.root**m
    assert (found.low, found.high) == pytest.approx((found.root - half, found.root + half))


def test_the_root_comes_from_the_window_of_the_statistic():
    path = bubble(150, np.random.default_rng(6))
    sequence = ex.bsadf(path[None, :], shortest=30)[0]
    stop = int(np.argmax(sequence))
    found = ex.growth(path, stop, shortest=30)
    assert t_of_b(path[found.start : stop + 1], 0) == pytest.approx(sequence[stop], abs=1e-9)
    fit = sm.OLS(
        np.diff(path[found.start : stop + 1]), sm.add_constant(path[found.start : stop])
    ).fit()
    assert found.root == pytest.approx(1 + fit.params[1], abs=1e-9)


def test_a_root_below_one_has_no_interval():
    path = np.random.default_rng(1).standard_normal(100)
    found = ex.growth(path, 99, shortest=50)
    assert found.root < 1
    assert np.isnan([found.low, found.high]).all()


def test_a_planted_rise_comes_at_the_end_and_accelerates():
    steps = np.random.default_rng(1).standard_normal((5, 99))
    added = ex.planted(steps, root=1.1, length=20, rise=7.0) - ex.planted(
        steps, root=1.1, length=20, rise=0.0
    )
    assert np.all(added[:, :-20] == 0)
    np.testing.assert_allclose(added[:, -1], 7.0)
    gains = np.diff(added[0, -21:])
    np.testing.assert_allclose(gains[1:] / gains[:-1], 1.1)


def frame(n, monitored=0, asked=0):
    return ex.Frame(
        shortest=ex.shortest_rows(n),
        lags=0,
        monitored=max(monitored, ex.shortest_rows(n)),
        asked=max(asked, ex.shortest_rows(n)),
        at_least=int(np.ceil(np.log(n))),
        gap=int(np.ceil(np.log(n) / 2)),
    )


def values_of(walks, of, wild=-np.inf):
    signs = of.suprema(ex.cumulated_signs(walks))
    return ex.Values(
        ex.critical_value(of.suprema(walks), 0.05), wild, ex.critical_value(signs, 0.05)
    )


def test_stopping_the_wild_bootstrap_early_changes_no_answer():
    rng = np.random.default_rng(7)
    n = 120
    of = frame(n)
    values = values_of(ex.random_walks(199, n, rng), of)
    answers = []
    for number in range(60):
        steps = rng.standard_normal((1, n - 1)) * np.exp(rng.standard_normal(n - 1))
        path = ex.planted(steps, root=1.12, length=35, rise=20.0 + number)
        sequence = of.sequence(path)
        found = ex.found_explosive(
            path, sequence, of, values, alpha=0.05, n_wild=59, rng=np.random.default_rng(number)
        )
        null = of.suprema(ex.wild(path[0], 59, np.random.default_rng(number)))
        whole = values._replace(wild=ex.critical_value(null, 0.05))
        sign = of.suprema(ex.cumulated_signs(path))[0]
        risen = of.rallies(path, sequence)[0]
        assert found[0] == (ex.verdict(risen, sign, of, whole) == 1)
        answers.append(found[0])
    assert 5 < sum(answers) < 55


def test_only_ends_that_rose_over_a_smallest_window_count():
    of = ex.Frame(shortest=3, lags=0, monitored=3, asked=3, at_least=2, gap=1)
    path = np.array([[0.0, 1, 2, 3, 0, 2, 2, 1, 5]])
    sequence = np.arange(9.0)[None, :]
    left = np.isfinite(of.rallies(path, sequence)[0])
    # 3 > 0; 0 < 1; 2 = 2; 2 < 3; 1 > 0; 5 > 2.
    assert list(np.flatnonzero(left)) == [3, 7, 8]


def test_the_rule_has_three_answers():
    of = ex.Frame(shortest=5, lags=0, monitored=2, asked=6, at_least=3, gap=2)
    high = np.array([-9.0, -9, 0, 0, 0, 0, 2.5, 4, 2.5, 0])
    low = np.array([-9.0, -9, 4, 4, 4, 0, 0, 1, 0, 0])
    values = ex.Values(walks=2.0, wild=3.0, signs=1.0)
    assert ex.verdict(high, 1.5, of, values) == 1
    assert ex.verdict(high, 0.5, of, values) == 0
    assert ex.verdict(high, 1.5, of, values._replace(wild=5.0)) == 0
    assert ex.verdict(low, 1.5, of, values) == -1
    assert ex.verdict(low, 1.5, of, values._replace(wild=0.5)) == 0
    brief = np.where(high == 2.5, 0.0, high)
    assert ex.verdict(brief, 1.5, of, values) == 0


def test_dating_after_the_gate_does_not_find_episodes_in_random_walks():
    """Point by point, nearly every random walk is dated; by the whole rule, almost none is."""
    n, n_walks = 400, 200
    rng = np.random.default_rng(20150)
    of = frame(n)
    null = ex.random_walks(999, n, rng)
    pointwise = np.quantile(of.sequence(null)[:, of.monitored :], 0.95, axis=0)
    walks = ex.random_walks(n_walks, n, rng)
    sequences = of.sequence(walks)
    naive = sequences[:, of.monitored :] > pointwise
    dated = [bool(ex.spells(row, at_least=of.at_least, gap=1)) for row in naive]
    assert naive.any(axis=1).mean() > 0.85
    assert np.mean(dated) > 0.5

    found = ex.found_explosive(
        walks, sequences, of, values_of(null, of), alpha=0.05, n_wild=99, rng=rng
    )
    # 5 % nominal: at most 18 of 200 at the 99 % binomial bound.
    assert found.sum() <= 18


def test_the_module_loads_without_numba():
    code = "import sys, leadline.kernels.explosive; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
