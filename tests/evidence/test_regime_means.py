"""Does the follower do best in the named regime?"""

import numpy as np
import pytest
import statsmodels.api as sm
from evidence.states import a_state, alarms, heard, panel, price, test_of, unrelated
from pydantic import ValidationError

from leadline import report
from leadline.data.frame import simulated_panel
from leadline.errors import DataError
from leadline.evidence.base import Evidence
from leadline.evidence.sample import Paths

N = 1600
WORLDS = ("GARCH-t", "momentum", "own volatility", "common volatility", "same day")
SWINGS = ("GARCH-t", "falling volatility", "momentum")


def a_test(**more):
    return test_of("regime_means", leader="state", follower="follower", **more)


def market(name="GARCH-t", *, seed=1, n_obs=N, drift=0.0, swing=0.0, **flags):
    """Give an unrelated market; ``drift`` and ``swing`` follow the state from the next close on."""
    return relate(name, np.random.default_rng(seed), n_obs, drift=drift, swing=swing, **flags)


def relate(name, rng, n_obs=N, *, drift=0.0, swing=0.0, **flags):
    returns, state = unrelated(name, n_obs, rng)
    # The return of day t + 2 begins at the close after the decision of day t.
    before = np.concatenate(([False, False], state[:-2]))
    returns = returns * np.exp(swing * before) + drift * before
    return panel({"follower": price(returns)}, {"state": state, **flags})


def rows(test, market_):
    """Give state and next return by plain indexing: the return after the close after the day."""
    sample = test.draw(market_)
    returns = np.diff(np.log(market_["follower"].value))
    return sample, market_["state"].value[:-2] > 0.5, returns[1:]


def test_the_difference_is_that_of_a_dummy_regression():
    test, there = a_test(), market(drift=0.004)
    sample, on, next_returns = rows(test, there)
    fit = sm.OLS(next_returns, sm.add_constant(on.astype(float))).fit(cov_type="HC0")
    found = heard(test, there)
    assert found.estimate.value == pytest.approx(fit.params[1] * sample.per_year)
    assert found.statistic == pytest.approx(fit.tvalues[1], rel=0.03)
    assert found.components["in_state"] == pytest.approx(
        np.expm1(next_returns[on].mean() * sample.per_year)
    )
    assert found.components["days_in_state"] == on.sum()
    assert found.estimate.low < found.estimate.value < found.estimate.high


def test_matched_years_are_year_dummies():
    test, there = a_test(matched="year"), market()
    sample, on, next_returns = rows(test, there)
    year = sample.days[:-2].astype("datetime64[Y]")
    dummies = [year == one for one in np.unique(year)]
    fit = sm.OLS(next_returns, np.column_stack((on, *dummies)).astype(float)).fit()
    assert heard(test, there).estimate.value == pytest.approx(fit.params[0] * sample.per_year)


@pytest.mark.parametrize("outcome", ["volatility", "range"])
def test_volatility_and_range_are_compared_beside_slow_cycles(outcome):
    test, there = a_test(outcome=outcome, over="2w"), market()
    sample, on, _ = rows(test, there)
    level = np.log(there["follower"].value)
    moves = np.diff(level)
    size = level.size - 1 - 14
    if outcome == "range":
        values = [np.log(np.ptp(level[t + 1 : t + 16])) for t in range(size)]
    else:
        values = [0.5 * np.log(np.mean(moves[t + 1 : t + 15] ** 2)) for t in range(size)]
    middle = (np.arange(size) + 0.5) / size
    cycles = [np.cos(np.pi * k * middle) for k in range(1, round(size / 500) + 1)]
    on = there["state"].value[:size]
    fit = sm.OLS(values, np.column_stack((on, np.ones(size), *cycles))).fit()
    assert heard(test, there).estimate.value == pytest.approx(fit.params[0])
    assert sample.n_obs == level.size - 1


def test_returns_before_the_next_close_do_not_count():
    """A state that jumps with the follower on its day, and says nothing of what comes."""
    rng = np.random.default_rng(3)
    state = a_state(N, rng)
    onset = np.diff(state.astype(int), prepend=0) == 1
    calm = 0.01 * rng.standard_normal(N)
    # The return that ends on the first day is seen; the one that begins there is not earned.
    for days in (0, 1):
        jumped = calm - 0.5 * np.roll(onset, days)
        sample = a_test().draw(panel({"follower": price(jumped)}, {"state": state}))
        plain = a_test().draw(panel({"follower": price(calm)}, {"state": state}))
        inside = a_test()._cell(sample)
        found, clean = (a_test()._values(Paths(s, s.returns[None]))[0] for s in (sample, plain))
        np.testing.assert_allclose(found[inside].sum(), clean[inside].sum(), atol=1e-9)


def test_the_interval_is_at_least_that_of_whole_spells():
    test, there = a_test(), market()
    sample, on, next_returns = rows(test, there)
    (cells,) = [e for e in heard(test, there).exhibits if e.name == "states"]
    (row,) = [row for row in cells.rows if row.highlight]
    assert row.low < row.value < row.high
    day = next_returns[on].std() / np.sqrt(on.sum())
    # With independent days whole spells spread about as days do.
    assert np.log1p(row.high) - np.log1p(row.value) == pytest.approx(
        1.7 * day * sample.per_year, rel=0.5
    )


def test_the_best_state_must_beat_each_of_the_others():
    rng = np.random.default_rng(44)
    other = a_state(N, rng)
    there = market(drift=0.01, seed=4, other=other)
    alone = heard(a_test(), there)
    assert alone.p_value == 0.01
    named = heard(a_test(others=["other"]), there)
    assert named.forks.by_null["against other"] <= 0.05
    assert named.estimate == alone.estimate
    # A rival that is as good, for it is the same state one day later.
    same = np.concatenate(([False], there["state"].value[:-1] > 0.5))
    shadow = market(drift=0.01, seed=4, other=same)
    assert heard(a_test(others=["other"]), shadow).status == "infeasible"
    rival = a_test()._cell(a_test().draw(there))
    wide = np.zeros(N, dtype=bool)
    wide[: rival.size] = rival
    wide[:400] = True
    both = market(drift=0.01, seed=4, other=wide)
    boosted = both["follower"].value.copy()
    boosted[:401] = boosted[400] * np.exp(-0.02 * np.arange(400, -1, -1))
    rich = panel({"follower": boosted}, {"state": both["state"].value, "other": wide})
    beaten = heard(a_test(others=["other"]), rich)
    assert beaten.forks.by_null["against other"] > 0.5
    assert beaten.p_value >= beaten.forks.by_null["against other"]


def test_a_cross_makes_four_cells_and_the_claim_is_one():
    rng = np.random.default_rng(66)
    fear = a_state(N, rng)
    there = market(seed=6, fear=fear)
    test = a_test(cross={"state": "fear"})
    found = heard(test, there)
    _, on, next_returns = rows(test, there)
    cells = found.exhibit("cells")
    assert cells.rows == ("state", "no state")
    assert cells.columns == ("fear", "no fear")
    per_year = test.draw(there).per_year
    for i, one in enumerate((on, ~on)):
        for j, two in enumerate((fear[:-2], ~fear[:-2])):
            mean = next_returns[one & two].mean() * per_year
            assert cells.values[i][j] == pytest.approx(np.expm1(mean))
    assert found.components["days_in_state"] == np.sum(on & ~fear[:-2])
    assert {name for name in found.forks.by_null if name.startswith("against")} == {
        "against state and fear",
        "against fear without state",
        "against neither state nor fear",
    }


def test_gave_way_asks_for_a_state_that_has_just_ended():
    rng = np.random.default_rng(77)
    fear = a_state(N, rng)
    there = market(seed=7, fear=fear)
    test = a_test(gave_way={"state": "fear", "within": "3m"})
    sample = test.draw(there)
    on = there["state"].value > 0.5
    plain = [
        on[t] and not fear[t] and any(fear[max(t - 91, 0) : t]) for t in range(test._size(sample))
    ]
    assert test._cell(sample).tolist() == plain
    later = test.model_copy(update={"start": np.datetime64("2013-01-01").astype(object)})
    part = later.own(later.draw(there))
    held = later._cell(part)[later._usable(part)]
    np.testing.assert_array_equal(held, plain[365:][: held.size])


def test_any_of_joins_conditions():
    rng = np.random.default_rng(88)
    other = a_state(N, rng)
    there = market(seed=8, other=other)
    test = a_test(any_of=["other"])
    sample = test.draw(there)
    either = (there["state"].value > 0.5) | other
    np.testing.assert_array_equal(test._cell(sample), either[: test._size(sample)])
    assert test.series() == ("state", "other", "follower")


def test_placebo_states_scramble_the_whole_state():
    found = heard(a_test(placebos=["reversed", "shuffled"]), market(drift=0.01))
    assert found.placebos.n >= 15
    assert found.placebos.rank == 1


@pytest.mark.parametrize("factor", [100.0, 0.001])
def test_the_unit_of_a_price_changes_nothing(factor):
    there = market()
    value = there["follower"].value
    flags = {"state": there["state"].value}
    cents = panel({"follower": factor * value}, flags)
    one, other = heard(a_test(), there), heard(a_test(), cents)
    assert one.p_value == other.p_value
    assert one.estimate.value == pytest.approx(other.estimate.value, rel=1e-6)


def test_the_mirrored_follower_and_claim_give_the_mirrored_finding():
    there = market()
    mirrored = panel({"follower": 1 / there["follower"].value}, {"state": there["state"].value})
    one, other = heard(a_test(), there), heard(a_test(direction="negative"), mirrored)
    # Same settings but the direction, so the streams differ: the exact null does not.
    assert one.forks.by_null["every rotation"] == other.forks.by_null["every rotation"]
    assert one.estimate.value == pytest.approx(-other.estimate.value, rel=1e-6)
    assert one.statistic == pytest.approx(other.statistic, rel=1e-9)


def test_the_absence_of_a_state_is_its_mirror():
    there = market()
    value = there["follower"].value
    without = panel({"follower": value}, {"state": 1 - there["state"].value})
    assert heard(a_test(), without).estimate.value == pytest.approx(
        -heard(a_test(), there).estimate.value
    )


@pytest.mark.parametrize("settings", [{}, {"outcome": "range"}, {"cross": {"state": "other"}}])
def test_what_comes_later_never_changes_what_was_found(settings):
    other = a_state(N, np.random.default_rng(9))
    there = market(other=other)
    value, state = there["follower"].value, there["state"].value
    changed = value.copy()
    changed[1200:] *= 3.0
    as_of = there.days[1199].astype(object)
    cut = panel({"follower": value[:1200]}, {"state": state[:1200], "other": other[:1200]})
    flipped = np.concatenate((state[:1200], 1 - state[1200:]))
    test = a_test(stop=as_of, **settings)
    whole = panel({"follower": changed}, {"state": flipped, "other": other})
    known, later = heard(test, cut), heard(test, whole)
    assert later == known


def test_evidence_survives_json_and_is_drawn():
    other = a_state(N, np.random.default_rng(9))
    found = heard(a_test(cross={"state": "other"}), market(other=other))
    assert Evidence.model_validate_json(found.model_dump_json()) == found
    names = {shown.name for shown in found.exhibits}
    assert {"states", "cells", "spells_in_time", "fan", "spells"} <= names
    for shown in found.exhibits:
        assert report.chart(shown) is not None


def test_the_spell_table_lists_every_spell():
    there = market()
    found = heard(a_test(), there)
    table = found.exhibit("spells")
    assert len(table.rows) == found.n_episodes
    held = sum(int(row[2]) for row in table.rows)
    assert held == found.components["days_in_state"]


@pytest.mark.parametrize("world", WORLDS)
def test_false_alarms_keep_to_their_level(world):
    found = alarms(a_test(), lambda rng: relate(world, rng, 1000), 60, n_resamples=49)
    assert found.is_not_above


@pytest.mark.parametrize("world", SWINGS)
def test_false_alarms_about_volatility_keep_to_their_level(world):
    test = a_test(outcome="volatility")
    found = alarms(test, lambda rng: relate(world, rng, 1000), 60, n_resamples=49)
    assert found.is_not_above


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_false_alarms_keep_to_their_level_in_a_thousand_worlds(world):
    assert alarms(a_test(), lambda rng: relate(world, rng, 2000), 1000).is_not_above


@pytest.mark.slow
@pytest.mark.parametrize("outcome", ["volatility", "range"])
@pytest.mark.parametrize("world", SWINGS)
def test_false_alarms_about_swings_keep_to_their_level_in_a_thousand_worlds(world, outcome):
    test = a_test(outcome=outcome)
    assert alarms(test, lambda rng: relate(world, rng, 2000), 1000).is_not_above


def test_a_drift_in_the_state_is_seen():
    found = alarms(a_test(), lambda rng: relate("GARCH-t", rng, drift=0.008), 40)
    assert found.share > 0.8


def test_calm_in_the_state_is_seen():
    test = a_test(outcome="range", direction="negative")
    assert alarms(test, lambda rng: relate("GARCH-t", rng, swing=-1.0), 40).share > 0.8


def test_power_speaks_of_the_effect_that_was_planted():
    found = heard(a_test(matters=3.0, n_simulations=100), market())
    power = found.power
    assert power.rates[0] <= 0.15
    assert power.rates[-1] > 0.9
    swing = heard(a_test(outcome="volatility", matters=0.4, n_simulations=60), market()).power
    assert 0.2 < swing.effects[-1] < 1.6
    assert swing.rates[-1] > 0.8


def test_the_condition_of_a_claim_splits_the_difference():
    fed = a_state(N, np.random.default_rng(10))
    test = a_test(given={"series": "fed", "rule": "holds"})
    found = heard(test, market(fed=fed))
    assert found.interaction.condition == "fed holds"
    calmer = a_test(given={"series": "fed", "rule": "holds"}, outcome="volatility")
    assert heard(calmer, market(fed=fed)).interaction is None


def test_too_few_spells_are_a_finding_with_its_reason():
    there = market()
    value, never = there["follower"].value, np.zeros(N)
    never[100:200] = 1
    once = heard(a_test(), panel({"follower": value}, {"state": never}))
    assert once.status == "infeasible"
    assert once.summary == "state held in 1 separate spells; needs 3."
    never[110:200] = 0
    short = heard(a_test(), panel({"follower": value}, {"state": never}))
    assert "held on 10 days and not on" in short.summary
    thin = heard(a_test(), market(n_obs=40))
    assert thin.status == "infeasible"
    long = heard(a_test(outcome="volatility", over="2y"), market(n_obs=900))
    assert "outcomes over 2 years need" in long.summary
    yearly = np.repeat([1, 0, 1, 0, 1], [366, 365, 365, 365, 139])
    fixed = panel({"follower": value}, {"state": yearly})
    assert "never changes within" in heard(a_test(matched="year"), fixed).summary


def test_a_price_cannot_hold():
    there = market()
    prices = {"follower": there["follower"].value, "state": there["follower"].value[::-1]}
    days = np.datetime64("2012-01-01", "D") + np.arange(N)
    with pytest.raises(DataError, match="state is not a condition"):
        heard(a_test(), simulated_panel(days, prices))
    placebo = heard(
        a_test(placebos=["other"]),
        panel(
            {"follower": there["follower"].value, "other": there["follower"].value},
            {"state": there["state"].value},
        ),
    )
    assert all(leader.name != "other" for leader in placebo.placebos.leaders)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"outcome": "mood"}, "'mean', 'volatility' or 'range'"),
        ({"forks": {"outcome": ["range"]}}, "mean and volatility have different nulls"),
        ({"forks": {"others": [["fear"]]}}, "others names other series and cannot be forked"),
        ({"forks": {"gave_way": [{"state": "fear"}]}}, "a fork can only change 'within'"),
        ({"gave_way": {"within": "6m"}}, "Field required"),
        ({"over": "4 weeks"}, "is not a duration"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings, said):
    with pytest.raises(ValidationError) as error:
        a_test(**settings)
    assert said in str(error.value)


def test_forks_are_run():
    other = a_state(N, np.random.default_rng(9))
    forks = {"matched": ["year"], "start": ["2013-01-01"], "leader": ["other"]}
    found = heard(a_test(forks=forks), market(other=other))
    assert found.forks.n == 8
    way = {"state": "other", "within": "6m"}
    swing = a_test(
        outcome="volatility",
        gave_way=way,
        forks={"outcome": ["range"], "gave_way": [{"state": "other", "within": "1y"}]},
    )
    assert heard(swing, market(other=other)).forks.n == 4
