"""Parts add up, planted shares are found, and nothing known later enters."""

from dataclasses import replace

import numpy as np
import pytest
from evidence.drivers import day, days, info, moves, panel
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from statsmodels.regression.linear_model import OLS

from leadline.data.frame import simulated_panel
from leadline.data.series import SeriesInfo
from leadline.errors import DataError
from leadline.evidence import kinds
from leadline.evidence.base import Evidence
from leadline.evidence.same_day import by_period
from leadline.evidence.sample import draw_sample
from leadline.kernels.attribution import newey_west_lags
from leadline.worlds.calibration import bounds, rate

few = settings(max_examples=8, deadline=None, derandomize=True)
BETAS = {"rate": -0.1, "dollar": -1.0, "stocks": 0.5}
DRIVERS = {"real_yield": ["rate"], "dollar": ["dollar"], "equities": ["stocks"]}


def a_test(**settings):
    return kinds()["driver_share"].model_validate(
        {"of": "asset", "drivers": DRIVERS, "memory": ["3y", "2y"], "n_resamples": 199, **settings}
    )


def world(n_obs=1300, seed=1, **settings):
    return moves(n_obs, np.random.default_rng(seed), **{"betas": BETAS, **settings})


def with_push(drawn, last=120, **by):
    """Move series by so much, spread over the ``last`` days; the asset answers its drivers."""
    inside = np.arange(len(drawn["asset"])) >= len(drawn["asset"]) - last
    out = dict(drawn)
    for name, size in by.items():
        out[name] = out[name] + inside * size / last
        if name in BETAS:
            out["asset"] = out["asset"] + BETAS[name] * inside * size / last
    return out


def heard(test, drawn, **more):
    return test.find(panel(drawn, **more), test.stream("a seed"))


def parts(found):
    return {step.label: step.value for step in found.exhibit("waterfall").steps}


@given(seed=st.integers(0, 500), betas=st.sampled_from(["before", "kalman", "hindsight"]))
@few
def test_the_parts_add_up_to_the_move(seed, betas):
    drawn = world(900, seed)
    test = a_test(betas=betas, memory=["2y"])
    given_panel = panel(drawn)
    found = test.find(given_panel, test.stream("s"))
    c = found.components
    named = sum(c[f"contribution {name}"] for name in DRIVERS)
    assert named + c["drift"] + c["residual"] == pytest.approx(c["move"], abs=1e-9)
    asset = given_panel["asset"]
    prices = dict(zip(asset.period.astype(str), asset.value, strict=True))
    first, last = prices[found.start], prices[found.stop]
    assert c["move"] == pytest.approx(np.log(last / first), abs=1e-9)
    *steps, total = found.exhibit("waterfall").steps
    assert sum(step.value for step in steps) == pytest.approx(total.value, abs=1e-9)
    assert total.value == pytest.approx(last / first - 1, abs=1e-9)
    roles = [step.role for step in found.exhibit("waterfall").steps]
    assert roles == ["driver"] * 3 + ["alpha", "residual", "total"]


@pytest.mark.parametrize("betas", ["before", "kalman", "hindsight"])
def test_the_parts_add_up_to_the_last_bits_and_so_does_every_draw(betas):
    test, given_panel = a_test(betas=betas), panel(world())
    rng = np.random.default_rng(1)
    found = _taken(test, given_panel, rng)
    total = found.contribution.sum() + found.residual
    move = _window(test, given_panel)[1].move
    assert total == pytest.approx(move, abs=1e-10)
    drawn = found.drawn.sum(axis=1) + found.left
    np.testing.assert_allclose(drawn, move, atol=1e-10)
    assert found.drawn.shape == (199, 4)


def _window(test, given_panel):
    sample = draw_sample(by_period(given_panel, test.series()), test._drivers(), test.of)
    return sample, test._window(sample, given_panel)


def _taken(test, given_panel, rng):
    sample, window = _window(test, given_panel)
    return test._taken_apart(sample, window, test.betas, test.memory[0], test.every, rng)


@pytest.mark.parametrize("every", ["day", "week"])
def test_betas_and_contributions_are_those_of_statsmodels(every):
    """The same steps and fit, written out plainly."""
    drawn = world()
    test = a_test(every=every)
    found = _taken(test, panel(drawn), np.random.default_rng(1))
    # The last rate is not published yet.
    when = days(1300)
    levels = {name: np.concatenate(([0.0], np.cumsum(m)))[:1300] for name, m in drawn.items()}
    stop = when[-1]
    start = when[when <= stop - np.timedelta64(183, "D")][-1]
    first = when[when > start - np.timedelta64(1096, "D")][0]
    if every == "day":
        ends = list(when)
    else:
        back = [when[when <= stop - np.timedelta64(7 * i, "D")][-1] for i in range(27)]
        ends = [d for d in back if d > start]
        ends += [when[when <= start - np.timedelta64(7 * i, "D")][-1] for i in range(190)]
        ends = sorted(set(ends))
    at = np.searchsorted(when, ends)
    years = np.diff(when[at]).astype(float) / 365.25
    x = np.column_stack((years, *(np.diff(levels[name][at]) for name in BETAS)))
    y = np.diff(levels["asset"][at])
    known = (when[at[1:]] > first - np.timedelta64(1, "D")) & (when[at[1:]] <= start)
    inside = when[at[1:]] > start
    lags = newey_west_lags(int(known.sum()))
    theirs = OLS(y[known], x[known]).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    np.testing.assert_allclose(found.beta, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(found.error, theirs.bse, rtol=1e-8)
    np.testing.assert_allclose(found.moved, x[inside].sum(axis=0), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(found.contribution, theirs.params * x[inside].sum(axis=0), rtol=1e-8)


def test_drivers_that_moved_it_are_said_to_have_moved_it():
    drawn = with_push(world(noise=0.004), dollar=-0.4)
    found = heard(a_test(named=["dollar"]), drawn)
    assert found.holds is True
    assert found.estimate.low > 0.5
    assert found.estimate.value == pytest.approx(0.8, abs=0.25)
    assert found.components["readings_agree"] == found.components["readings"] == 6
    assert parts(found)["dollar"] == max(parts(found)[name] for name in DRIVERS)
    n_base, base = found.n_episodes, found.components["base_rate"]
    assert found.p_value == pytest.approx((1 + n_base * base) / (1 + n_base))
    assert "dollar explains" in found.summary
    other = heard(a_test(named=["real_yield"]), drawn)
    assert other.holds is False
    assert other.p_value == 1.0


def test_the_data_may_not_tell():
    """A share near the bar, with betas that are known badly."""
    drawn = with_push(world(noise=0.02), dollar=-0.3, asset=0.3)
    found = heard(a_test(named=["dollar"], at_least=0.3), drawn)
    assert found.estimate.low < 0.3 < found.estimate.high
    assert found.holds is None


@pytest.mark.parametrize(
    ("push", "direction", "holds"),
    [(-0.9, "negative", True), (0.9, "negative", False), (0.9, "positive", True)],
)
def test_what_no_driver_explains_is_left_over(push, direction, holds):
    drawn = with_push(world(), asset=push, dollar=0.1)
    found = heard(a_test(question="residual", direction=direction), drawn)
    assert found.holds is holds
    assert found.estimate.value == pytest.approx(push, abs=0.3)
    assert found.estimate.low < push < found.estimate.high
    assert found.estimate.unit == "log return"


def test_a_residual_within_chance_is_undecided_and_one_ruled_out_fails():
    drawn = world(seed=2)
    assert heard(a_test(question="residual", direction="negative"), drawn).holds is None
    ruled_out = a_test(question="residual", direction="negative", at_least=2.0)
    assert heard(ruled_out, drawn).holds is False


def test_a_yield_published_a_day_later_explains_its_own_day():
    drawn = world(noise=0.001, betas={**BETAS, "rate": -0.3})
    found = heard(a_test(every="day"), drawn)
    (beta,) = [row[1] for row in found.exhibit("drivers").rows if row[0] == "real_yield"]
    assert beta.startswith("rate -0.3")
    # The yield of the last day is not out, so the window ends a day before.
    assert found.stop == str(days(1300)[-1])


def test_the_unit_of_a_driver_changes_its_beta_and_nothing_else():
    drawn = with_push(world(), dollar=-0.4)
    test = a_test(named=["dollar"])
    plain = heard(test, drawn)
    found = heard(test, drawn, factor={"rate": 100.0, "dollar": 0.01, "asset": 100.0})
    assert found.holds is plain.holds
    assert found.components == pytest.approx(plain.components, rel=1e-6, abs=1e-9)
    assert found.estimate.low == pytest.approx(plain.estimate.low, rel=1e-6)
    one, two = (
        _taken(test, panel(drawn, factor=f), np.random.default_rng(1))
        for f in ({}, {"rate": 100.0})
    )
    assert two.beta[1] == pytest.approx(one.beta[1] / 100, rel=1e-8)
    np.testing.assert_allclose(two.beta[[0, 2, 3]], one.beta[[0, 2, 3]], rtol=1e-8)


def test_the_order_of_drivers_changes_nothing():
    drawn = world()
    backwards = dict(reversed(DRIVERS.items()))
    one = heard(a_test(), drawn)
    two = a_test(drivers=backwards).find(panel(drawn), a_test().stream("a seed"))
    assert two.components == pytest.approx(one.components, rel=1e-6, abs=1e-9)
    assert two.holds is one.holds


def test_a_driver_may_have_several_series():
    drawn = world()
    together = heard(
        a_test(drivers={"macro": ["rate", "dollar"], "equities": ["stocks"]}, named=["macro"]),
        drawn,
    )
    apart = heard(a_test(named=["real_yield", "dollar"]), drawn)
    assert together.estimate.value == pytest.approx(apart.estimate.value, rel=1e-8)
    c = apart.components
    assert together.components["contribution macro"] == pytest.approx(
        c["contribution real_yield"] + c["contribution dollar"], abs=1e-9
    )


@pytest.mark.parametrize("betas", ["before", "kalman", "hindsight"])
def test_what_comes_later_never_changes_what_was_found(betas):
    drawn = world(1500)
    as_of = day(1200)
    changed = {name: np.where(np.arange(1500) < 1200, m, -3 * m) for name, m in drawn.items()}
    test = a_test(betas=betas)
    found = [test.find(panel(each, as_of=as_of), test.stream("s")) for each in (drawn, changed)]
    assert found[0] == found[1]
    assert found[0].stop < str(as_of)


def test_betas_known_before_do_not_hang_on_the_window():
    drawn = world()
    pushed = with_push(drawn, asset=-0.5)
    rng = np.random.default_rng
    for betas, same in (("before", True), ("hindsight", False)):
        one, two = (_taken(a_test(betas=betas), panel(d), rng(1)) for d in (drawn, pushed))
        assert np.allclose(one.contribution, two.contribution, atol=1e-12) is same


def test_the_window_runs_from_the_price_before_its_first_day():
    drawn = world()
    start, stop = days(1301)[1200], days(1301)[1260]
    found = heard(a_test(start=str(start), stop=str(stop)), drawn)
    assert (found.start, found.stop) == (str(days(1301)[1199]), str(stop))
    expected = drawn["asset"][1199:1260].sum()
    assert found.components["move"] == pytest.approx(expected, abs=1e-9)


def test_base_rates_are_of_earlier_windows():
    found = heard(a_test(named=["dollar"]), world())
    assert found.n_episodes >= 5
    assert 0 <= found.components["base_rate"] <= 1
    always = heard(a_test(at_least=0.0), world(noise=0.001))
    assert always.components["base_rate"] > 0.8
    assert not always.wording.informative


def test_hindsight_is_called_so():
    found = heard(a_test(betas="hindsight"), world())
    assert any("nobody knew them beforehand" in text for text in found.caveats)
    assert "hindsight" in found.exhibit("waterfall").note
    assert "hindsight" not in heard(a_test(), world()).exhibit("waterfall").note


def test_four_numbers_and_every_picture_are_there_and_survive_json():
    found = heard(a_test(), world())
    assert [number.name for number in found.numbers] == ["size", "odds", "power", "episodes"]
    names = [exhibit.name for exhibit in found.exhibits]
    assert names == ["waterfall", "drivers", "readings", "betas"]
    assert Evidence.model_validate_json(found.model_dump_json()) == found
    assert found.forks is None


def covered(n_worlds, betas):
    """Say in how many worlds the interval holds the share that is true."""
    test = a_test(betas=betas, memory=["2y"], named=["dollar"])
    inside = 0
    for number in range(n_worlds):
        drawn = with_push(world(900, number, noise=0.01), dollar=-0.4)
        given_panel = panel(drawn)
        found = _taken(test, given_panel, np.random.default_rng(number))
        _, window = _window(test, given_panel)
        true = BETAS["dollar"] * found.moved[2] / window.move
        inside += found.low <= true <= found.high
    return inside


@pytest.mark.parametrize("betas", ["before", "kalman"])
def test_intervals_hold_the_true_share_nine_times_in_ten(betas):
    fewest, _ = bounds(60, 0.90)
    assert covered(60, betas) >= fewest - 3


@pytest.mark.slow
@pytest.mark.parametrize("betas", ["before", "kalman"])
def test_coverage_over_a_thousand_worlds(betas):
    assert 0.85 <= covered(1000, betas) / 1000 <= 0.95


def false_alarms(n_worlds, **settings):
    """Say in how many worlds without one a residual is called clear."""
    test = a_test(question="residual", direction="negative", memory=["2y"])
    called = []
    for number in range(n_worlds):
        drawn = world(900, number + 500, **settings)
        found = _taken(test, panel(drawn), np.random.default_rng(number))
        called.append(0.0 if found.holds else 1.0)
    return rate(called)


@pytest.mark.parametrize("tails", ["normal", "garch_t"])
def test_a_clear_residual_is_rarely_called_without_one(tails):
    assert false_alarms(60, tails=tails).k <= bounds(60, 0.05)[1] + 1


@pytest.mark.slow
@pytest.mark.parametrize("tails", ["normal", "student_t", "garch_t"])
@pytest.mark.parametrize("shared", [0.0, 0.7])
def test_false_alarms_over_a_thousand_worlds(tails, shared):
    # Volatility that has just risen is not in what the past leaves: a little above the level.
    assert false_alarms(1000, tails=tails, shared=shared).share <= 0.08


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"drivers": {}}, "drivers needs at least one name"),
        ({"drivers": {"dollar": []}}, "each with at least one series"),
        ({"drivers": {"a": ["dollar"], "b": ["dollar"]}}, "dollar stands twice"),
        ({"drivers": {"a": ["asset"]}}, "asset stands twice"),
        ({"named": ["dollr"]}, "'dollr' is no driver. Did you mean 'dollar'"),
        ({"memory": []}, "memory is empty"),
        ({"start": "2018-01-01", "stop": "2017-01-01"}, "The window is empty"),
        ({"question": "residual", "betas": "hindsight"}, "leave no residual"),
        ({"at_least": -0.5}, "greater than or equal to 0"),
        ({"over": "six months"}, "is not a duration"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        a_test(**settings)


def test_only_prices_have_returns():
    test = a_test(of="rate", drivers={"dollar": ["dollar"]})
    with pytest.raises(DataError, match="rate is a rate; only prices have returns"):
        heard(test, world())


@pytest.mark.parametrize(
    ("n_obs", "settings", "said"),
    [
        (200, {}, "3 years before"),
        (40, {}, "needs one before the window"),
        (1300, {"stop": "2030-01-01"}, "was not over as of"),
        (1300, {"start": "2013-01-01"}, "a window from 2013-01-01 needs one"),
        (1300, {"over": "4y"}, "a window of"),
    ],
)
def test_what_the_data_cannot_answer_is_a_finding_with_its_reason(n_obs, settings, said):
    found = heard(a_test(**settings), world(n_obs))
    assert found.status == "infeasible"
    assert said in found.summary
    assert found.holds is None


def test_a_price_that_did_not_move_has_nothing_to_explain():
    drawn = world()
    drawn["asset"][-121:] = 0.0
    when = days(1301)
    found = heard(a_test(start=str(when[1250])), drawn)
    assert found.status == "infeasible"
    assert "did not move" in found.summary


def test_a_series_that_ended_long_ago_is_a_finding():
    drawn = world()
    values = {
        n: (2.0 if n == "rate" else 100) * np.exp(np.append(0, np.cumsum(m)))
        for n, m in drawn.items()
    }
    values["stocks"][1250:] = np.nan
    given_panel = simulated_panel(days(1301), values, {n: info(n) for n in values})
    found = a_test().find(given_panel, np.random.default_rng(1))
    assert found.status == "infeasible"
    assert "at most 10 are taken" in found.summary


def test_weekly_drivers_leave_out_steps_of_a_day_and_say_so():
    drawn = world()
    values = {
        n: (2.0 if n == "rate" else 100) * np.exp(np.append(0, np.cumsum(m)))
        for n, m in drawn.items()
    }
    wednesdays = (days(1301).astype(np.int64) + 3) % 7 == 2
    values["stocks"] = np.where(wednesdays, values["stocks"], np.nan)
    given_panel = simulated_panel(days(1301), values, {n: info(n) for n in values})
    found = a_test().find(given_panel, np.random.default_rng(1))
    assert found.status == "ok"
    assert any("steps of a day" in text for text in found.caveats)


def test_a_condition_may_be_a_driver():
    """It moves the price while it holds, as a drift does."""
    drawn = world()
    given_panel = panel(drawn)
    on = (np.arange(given_panel.days.size) % 364 < 120).astype(float)
    fresh = np.flatnonzero(given_panel["dollar"].fresh)
    drawn["asset"] = drawn["asset"] + 0.004 * on[fresh[:-1]]
    given_panel = panel(drawn)
    column = replace(
        given_panel["dollar"],
        info=SeriesInfo(id="fear", title="fear", unit="yes or no", kind="flag"),
        value=on,
        period=given_panel.days,
        fresh=np.ones(given_panel.days.size, dtype=bool),
    )
    given_panel = replace(given_panel, columns={**given_panel.columns, "fear": column})
    test = a_test(drivers={**DRIVERS, "fear": ["fear"]}, named=["fear"])
    found = test.find(given_panel, test.stream("s"))
    assert found.components["same sign fear"] == 1.0
    (row,) = [row for row in found.exhibit("drivers").rows if row[0] == "fear"]
    low, high = (float(part) for part in row[1].split("(")[1].rstrip(")").split(" to "))
    assert low < 0.004 * 261 < high
