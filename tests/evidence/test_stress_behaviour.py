"""Betas in stress are Baur and McDermott's; what is called a haven; no look-ahead."""

from dataclasses import replace

import numpy as np
import pytest
from evidence.drivers import day, moves, panel
from evidence.quick import FEW
from pydantic import ValidationError
from statsmodels.regression.linear_model import OLS

from leadline.data.series import SeriesInfo
from leadline.evidence import kinds
from leadline.kernels.attribution import newey_west_lags, past_quantiles
from leadline.worlds.calibration import bounds, rate


def a_test(**settings):
    settings = {"leader": "stocks", "follower": "asset", **FEW, **settings}
    return kinds()["stress_behaviour"].model_validate(settings)


def world(n_obs=1600, seed=1, *, calm=0.3, stress=0.3, noise=0.008, tails="student_t", shared=0.0):
    """Give stocks and an asset whose beta is ``stress`` below the past 5 % quantile."""
    rng = np.random.default_rng(seed)
    drawn = moves(n_obs, rng, betas={}, names=("stocks",), noise=noise, tails=tails, shared=shared)
    m = drawn["stocks"]
    past = past_quantiles(m, np.array([0.05]), at_least=250)[:, 0]
    drawn["asset"] = drawn["asset"] + np.where(m <= past, stress, calm) * m
    return drawn


def heard(test, drawn):
    return test.find(panel(drawn), test.stream("a seed"))


@pytest.mark.parametrize("stress", [0.10, 0.05, 0.01])
def test_betas_are_those_of_baur_and_mcdermott(stress):
    """The same regression in statsmodels, with thresholds by numpy from the past alone."""
    drawn = world(stress=1.0)
    found = heard(a_test(stress=stress), drawn)
    m, y = drawn["stocks"], drawn["asset"]
    rows = np.arange(250, m.size)
    past = {q: np.array([np.quantile(m[:t], q) for t in rows]) for q in (0.10, 0.05, 0.01)}
    x = np.column_stack(
        (np.ones(rows.size), m[rows], *(m[rows] * (m[rows] <= at) for at in past.values()))
    )
    lags = newey_west_lags(rows.size)
    theirs = OLS(y[rows], x).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    number = (0.10, 0.05, 0.01).index(stress)
    summed = np.array([0.0, 1.0, *(1.0 * (i <= number) for i in range(3))])
    test = theirs.t_test(summed)
    assert found.estimate.value == pytest.approx(float(test.effect[0]), rel=1e-8)
    low, high = test.conf_int(0.10)[0]
    assert found.estimate.low <= low + 1e-9
    assert found.estimate.high >= high - 1e-9
    assert found.components["level calm"] == pytest.approx(theirs.params[1], rel=1e-8)
    shown = {row.label: row for row in found.exhibit("betas").rows}
    label = f"asset, {stress:.0%}"
    assert shown[label].highlight
    assert (shown[label].low, shown[label].high) == pytest.approx((low, high), rel=1e-8)
    assert found.components["stressed"] == (m[rows] <= past[stress]).sum()


def test_a_crash_beta_is_found_and_the_calm_one_is_not_blamed():
    found = heard(a_test(quantiles=[]), world(calm=0.0, stress=1.0))
    assert found.p_value == 0.01
    assert found.forks.p_worst <= 0.05
    assert found.estimate.low < 1.0 < found.estimate.high
    assert found.estimate.low > 0.5
    calm = heard(a_test(quantiles=[]), world(calm=1.0, stress=0.0))
    assert calm.p_value > 0.05
    assert calm.components["level calm"] == pytest.approx(1.0, abs=0.1)
    assert calm.estimate.low < 0 < calm.estimate.high


def test_a_fork_that_calls_more_days_stress_is_not_measured_against_their_link():
    """Where every day has the link, wider stress must stand as far out as by itself."""
    drawn = world(calm=1.0, stress=1.0)
    nested = {"quantiles": [0.2, 0.05]}
    fork = heard(a_test(**nested, forks={"stress": [0.2]}), drawn)
    alone = heard(a_test(**nested, stress=0.2), drawn)
    z = {s.choices["stress"]: s.z for s in fork.exhibit("specification_curve").specifications}
    (own,) = alone.exhibit("specification_curve").specifications
    assert z["0.2"] == pytest.approx(own.z, rel=0.4)
    assert z["0.2"] > 3.0


@pytest.mark.parametrize(
    ("stress", "noise", "called"),
    [
        (-0.5, 0.004, "strong haven"),
        (0.0, 0.0008, "weak haven"),
        (0.5, 0.004, "no haven"),
        (0.0, 0.02, "undecided"),
    ],
)
def test_what_is_a_haven_needs_proof(stress, noise, called):
    found = heard(a_test(quantiles=[]), world(stress=stress, noise=noise))
    assert found.components[f"{called} asset"] == 1.0
    assert called in found.summary
    low, high = found.components["low asset"], found.components["high asset"]
    if called == "weak haven":
        assert -0.1 < low < high < 0.1
        assert found.components["minimum_detectable"] < 0.1
    if called == "undecided":
        assert found.components["minimum_detectable"] > 0.1


def both(seed=1, **settings):
    drawn = world(seed=seed, **settings)
    rng = np.random.default_rng(seed + 100)
    drawn["gold"] = 0.006 * rng.standard_normal(drawn["asset"].size)
    return drawn


def test_the_difference_is_that_of_the_two_betas():
    drawn = both(stress=1.0)
    found = heard(a_test(against="gold"), drawn)
    alone = [heard(a_test(follower=name), drawn).estimate.value for name in ("asset", "gold")]
    assert found.estimate.value == pytest.approx(alone[0] - alone[1], rel=1e-8)
    assert found.components["beta asset"] == pytest.approx(alone[0], rel=1e-8)
    assert found.components["beta gold"] == pytest.approx(alone[1], rel=1e-8)
    assert found.p_value == 0.01
    swapped = a_test(follower="gold", against="asset", direction="negative")
    back = heard(swapped, drawn)
    assert back.estimate.value == pytest.approx(-found.estimate.value, rel=1e-8)
    assert back.p_value == 0.01
    rows = found.exhibit("betas").rows
    assert {row.label.split(",")[0] for row in rows} == {"asset", "gold"}
    assert found.exhibit("worst_days").columns == ("day", "stocks", "asset", "gold")


def test_the_unit_of_a_price_changes_nothing():
    drawn = both(stress=1.0)
    test = a_test(against="gold")
    plain = test.find(panel(drawn), np.random.default_rng(1))
    other = panel(drawn, factor={"stocks": 100.0, "asset": 0.01, "gold": 3.0})
    found = test.find(other, np.random.default_rng(1))
    assert found.p_value == plain.p_value
    assert found.forks.by_null == plain.forks.by_null
    assert found.estimate.value == pytest.approx(plain.estimate.value, rel=1e-8)
    assert found.components == pytest.approx(plain.components, rel=1e-6)


def test_a_mirrored_follower_and_claim_give_the_mirrored_finding():
    drawn = world(stress=0.6)
    one = a_test().find(panel(drawn), np.random.default_rng(1))
    other = panel({**drawn, "asset": -drawn["asset"]})
    two = a_test(direction="negative").find(other, np.random.default_rng(1))
    assert one.p_value == two.p_value
    assert one.forks.by_null == two.forks.by_null
    assert two.estimate.value == pytest.approx(-one.estimate.value, rel=1e-8)


def test_what_comes_later_never_changes_what_was_found():
    drawn = world()
    as_of = day(1200)
    changed = {name: np.where(np.arange(1600) < 1200, m, -4 * m) for name, m in drawn.items()}
    known, again = panel(drawn, as_of=as_of), panel(changed, as_of=as_of)
    test = a_test()
    assert test.find(known, test.stream("s")) == test.find(again, test.stream("s"))


def test_thresholds_of_a_half_come_from_all_that_was_before_it():
    drawn = world()
    found = heard(a_test(), drawn)
    second = found.stability.second
    m = drawn["stocks"]
    sample = a_test().draw(panel(drawn))
    part = sample.rows(sample.n_obs // 2, sample.n_obs, a_test().lead_in(sample))
    design = a_test()._design(part)
    rows = np.arange(sample.n_obs // 2, sample.n_obs)
    stressed = [m[t] <= np.quantile(m[:t], 0.05) for t in rows]
    assert design.stressed[rows].tolist() == stressed
    assert not design.used[: rows[0]].any()
    assert second.n_obs == rows.size


def test_stress_may_be_a_condition():
    drawn = world(calm=0.2, stress=0.2)
    given = panel(drawn)
    # Fear for a month in every six, known on the day itself.
    fear = (np.arange(given.days.size) % 182 < 30).astype(float)
    m = drawn["stocks"]
    on = fear[np.searchsorted(given.days, given.days[given["stocks"].fresh])][:-1] > 0.5
    drawn["asset"] = drawn["asset"] + np.where(on, 1.0, 0.0) * m
    given = panel(drawn)
    column = replace(
        given["stocks"],
        info=SeriesInfo(id="fear", title="fear", unit="yes or no", kind="flag"),
        value=fear,
        period=given.days,
        fresh=np.ones(given.days.size, dtype=bool),
    )
    given = replace(given, columns={**given.columns, "fear": column})
    test = a_test(stress="fear")
    assert test.series() == ("stocks", "fear", "asset")
    found = test.find(given, test.stream("s"))
    assert found.estimate.value == pytest.approx(1.2, abs=0.15)
    assert found.components["level calm"] == pytest.approx(0.2, abs=0.1)
    assert "while fear holds" in found.summary
    assert found.p_value == 0.01


def test_the_path_after_stress_begins_where_the_stress_began():
    found = heard(a_test(), world())
    curve = found.exhibit("after_stress")
    assert curve.lines[0].x == tuple(range(1, 61))
    assert len(curve.bands) == 1
    assert all(
        low < high for low, high in zip(curve.bands[0].low, curve.bands[0].high, strict=True)
    )
    worst = found.exhibit("worst_days").rows
    falls = [float(row[1].rstrip("%")) for row in worst]
    assert falls == sorted(falls)


WORLDS = {
    "normal": {"tails": "normal"},
    "GARCH-t": {"tails": "garch_t"},
    "shared volatility": {"tails": "student_t", "shared": 1.0},
    "calm link": {"tails": "student_t", "calm": 0.6},
}


def p_values(kind, n_worlds, n_obs=1000, **settings):
    """Test worlds whose beta in stress is nothing."""
    test = a_test(**settings)
    found = []
    for number in range(n_worlds):
        drawn = world(n_obs, number + 1000, **{"calm": 0.0, **WORLDS[kind], "stress": 0.0})
        sample = test.draw(panel(drawn))
        found.append(test.significance(sample, np.random.default_rng(number), 99).p_value)
    return found


@pytest.mark.parametrize("kind", sorted(WORLDS))
def test_false_alarms_keep_to_their_level(kind):
    alarms = rate(p_values(kind, 25, quantiles=[]), alpha=0.10)
    assert alarms.k <= bounds(25, 0.10)[1]


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"quantiles": []}], ids=["nested", "one"])
@pytest.mark.parametrize("kind", sorted(WORLDS))
def test_size_over_a_thousand_worlds(kind, settings):
    assert rate(p_values(kind, 1000, **settings)).keeps_its_level


def test_a_beta_that_matters_is_mostly_found():
    test = a_test(quantiles=[])
    found = []
    for number in range(25):
        drawn = world(1600, number, stress=0.8, noise=0.012)
        sample = test.draw(panel(drawn))
        found.append(test.significance(sample, np.random.default_rng(number), 99).p_value)
    assert rate(found).share > 0.8


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"stress": 0.5}, "less than 0.5"),
        ({"quantiles": [0.7, 0.05]}, "less than 0.5"),
        ({"forks": {"stress": [0.05, 0.0]}}, "greater than 0"),
        ({"margin": 0.0}, "greater than 0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        a_test(**settings)


@pytest.mark.parametrize(("n_obs", "said"), [(20, "needs 60"), (240, "calm needs"), (330, "needs")])
def test_too_little_data_is_a_finding_with_its_reason(n_obs, said):
    found = heard(a_test(), world(n_obs))
    assert found.status == "infeasible"
    assert said in found.summary


def test_every_pair_of_forks_is_a_test_of_its_own():
    forks = {"stress": [0.10], "quantiles": [[]]}
    found = heard(a_test(forks=forks), world(stress=1.0))
    assert found.forks.n == 4
    shown = found.exhibit("specification_curve").specifications
    assert len({round(each.estimate, 6) for each in shown}) == 4


def test_a_threshold_with_hardly_a_day_is_left_out_and_named():
    found = heard(a_test(), world(580))
    assert "level 1%" not in found.components
    assert any("1 of the thresholds have under 5 days" in text for text in found.caveats)
