"""A loading is that of statsmodels, blames no driver for its neighbour, and never looks ahead."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from evidence.drivers import day, moves, panel
from evidence.quick import FEW
from pydantic import ValidationError
from statsmodels.regression.linear_model import OLS

from leadline.data.series import SeriesInfo
from leadline.evidence import kinds
from leadline.kernels.attribution import newey_west_lags
from leadline.worlds.calibration import bounds, rate

LOADS = {"rate": -0.1, "dollar": -0.8}


def a_test(**settings):
    settings = {"leader": "rate", "follower": "asset", "controls": ["dollar"], **FEW, **settings}
    return kinds()["driver_loading"].model_validate(settings)


def world(n_obs=1300, seed=1, **settings):
    betas = settings.pop("betas", LOADS)
    return moves(n_obs, np.random.default_rng(seed), betas=betas, **settings)


def heard(test, given):
    return test.find(given, test.stream("a seed"))


def weekly(drawn):
    """Sum daily moves to the weeks that end on the last day of each, in plain pandas."""
    when = pd.DatetimeIndex(np.busday_offset("2014-01-01", np.arange(1, 1 + len(drawn["asset"]))))
    frame = pd.DataFrame(drawn, index=when)
    # The last rate is not yet published, so the last day is not there.
    frame = frame.iloc[:-1]
    weeks = frame.groupby(frame.index.to_period("W")).sum()
    # The first day of the panel only opens the first week, and the last week is not over.
    return weeks.iloc[1:-1] if frame.index[-1].weekday() < 4 else weeks.iloc[1:]


def test_the_slope_and_its_error_are_those_of_statsmodels():
    drawn = world(correlation=0.4)
    found = heard(a_test(), panel(drawn))
    weeks = weekly(drawn)
    x = np.column_stack((weeks["rate"], np.ones(len(weeks)), weeks["dollar"]))
    lags = newey_west_lags(len(weeks))
    theirs = OLS(weeks["asset"].to_numpy(), x).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    assert found.n_episodes == len(weeks)
    assert found.estimate.value == pytest.approx(theirs.params[0], rel=1e-8)
    assert found.components["standard_error"] == pytest.approx(theirs.bse[0], rel=1e-8)
    low, high = theirs.conf_int(0.10)[0]
    assert found.estimate.low == pytest.approx(low, rel=1e-8)
    assert found.estimate.high == pytest.approx(high, rel=1e-8)
    alone = OLS(weeks["asset"].to_numpy(), x[:, :2]).fit()
    assert found.components["slope_alone"] == pytest.approx(alone.params[0], rel=1e-8)


def test_the_loading_is_found_with_its_sign():
    found = heard(a_test(direction="negative"), panel(world()))
    assert found.estimate.low < -0.1 < found.estimate.high < 0
    assert found.p_value == 0.01
    assert found.forks.p_worst <= 0.05
    assert found.skill.low > 0
    assert found.wording.satisfied
    assert found.wording.informative
    opposite = heard(a_test(), panel(world()))
    assert opposite.p_value == 1.0
    assert opposite.p_against == 0.01


def test_a_yield_published_a_day_later_is_compared_with_its_own_day():
    found = heard(a_test(every="day", direction="negative"), panel(world(noise=0.002)))
    assert found.estimate.value == pytest.approx(-0.1, abs=0.01)
    assert found.components["partial_r2"] > 0.5


@pytest.mark.parametrize("every", ["day", "week", "month"])
def test_a_driver_is_not_blamed_for_its_neighbour(every):
    drawn = world(2600, betas={"rate": 0.0, "dollar": -0.8}, correlation=0.5, noise=0.004)
    given = panel(drawn)
    held = heard(a_test(every=every, direction="negative"), given)
    alone = heard(a_test(every=every, direction="negative", controls=[]), given)
    assert alone.p_value == 0.01
    assert held.p_value > 0.05
    assert abs(held.components["slope_alone"]) > 3 * abs(held.estimate.value)


def test_the_joint_answer_covers_controls_let_go():
    drawn = world(betas={"rate": 0.0, "dollar": -0.8}, correlation=0.5)
    found = heard(a_test(direction="negative", forks={"controls": [[]]}), panel(drawn))
    assert found.forks.n == 2
    # The null keeps the neighbour's link, so that what it lends the driver is no evidence.
    assert found.forks.p_worst > 0.05


def test_the_unit_of_a_rate_changes_its_slope_and_nothing_else():
    drawn = world()
    # Settings make the stream, and the two differ in what matters.
    plain = a_test(direction="negative", matters=0.1).find(panel(drawn), np.random.default_rng(1))
    basis_points = panel(drawn, factor={"rate": 100.0, "dollar": 0.01, "asset": 100.0})
    test = a_test(direction="negative", matters=0.001)
    found = test.find(basis_points, np.random.default_rng(1))
    assert found.estimate.value == pytest.approx(plain.estimate.value / 100, rel=1e-8)
    assert found.estimate.high == pytest.approx(plain.estimate.high / 100, rel=1e-8)
    for name in ("p_value", "p_against", "wording"):
        assert getattr(found, name) == getattr(plain, name)
    assert found.forks.by_null == plain.forks.by_null
    assert found.placebos.better == plain.placebos.better
    assert found.power.rates == plain.power.rates
    assert found.skill.gain == pytest.approx(plain.skill.gain, rel=1e-6)
    assert found.components["one_sd_move"] == pytest.approx(plain.components["one_sd_move"])


def test_a_mirrored_driver_and_claim_give_the_mirrored_finding():
    drawn = world()
    plain = a_test(direction="negative")
    mirrored = a_test(direction="positive")
    other = panel({**drawn, "rate": -drawn["rate"]})
    one = plain.find(panel(drawn), np.random.default_rng(1))
    two = mirrored.find(other, np.random.default_rng(1))
    assert one.p_value == two.p_value
    assert one.forks.by_null == two.forks.by_null
    assert two.estimate.value == pytest.approx(-one.estimate.value, rel=1e-8)


def test_the_order_of_controls_changes_nothing():
    drawn = world(betas={**LOADS, "stocks": 0.3})
    one = heard(a_test(controls=["dollar", "stocks"]), panel(drawn))
    test = a_test(controls=["stocks", "dollar"])
    two = test.find(panel(drawn), a_test(controls=["dollar", "stocks"]).stream("a seed"))
    assert two.p_value == one.p_value
    assert two.estimate.value == pytest.approx(one.estimate.value, rel=1e-8)


def test_what_comes_later_never_changes_what_was_found():
    drawn = world(1400)
    as_of = day(1100)
    known = panel(drawn, as_of=as_of)
    changed = {name: np.where(np.arange(1400) < 1100, m, 3 * m) for name, m in drawn.items()}
    test = a_test(broke="2016-06-01")
    again = panel(changed, as_of=as_of)
    assert heard(test, known) == heard(test, again)
    assert heard(test, known).stop < str(as_of)


def test_a_break_is_found_where_it_was_made_and_not_elsewhere():
    drawn = world(2600, noise=0.006)
    half = np.arange(2600) < 1300
    broken = {**drawn, "asset": drawn["asset"] + np.where(half, 0.2, 0.0) * drawn["rate"]}
    found = heard(a_test(broke=str(day(1300))), panel(broken))
    assert found.components["p_break"] <= 0.05
    assert found.components["break_year"] in (2018, 2019)
    assert found.components["slope_before_break"] == pytest.approx(0.1, abs=0.05)
    assert found.components["slope_after_break"] == pytest.approx(-0.1, abs=0.05)
    assert found.components["t_broke"] < -3
    steady = heard(a_test(broke=str(day(1300))), panel(drawn))
    assert steady.components["p_break"] > 0.05
    assert abs(steady.components["t_broke"]) < 2.5


def test_leaving_any_year_out_brackets_the_slope():
    found = heard(a_test(), panel(world()))
    low, high = found.stability.leave_one_out
    assert low < found.estimate.value < high


def test_every_picture_is_made():
    found = heard(a_test(direction="negative"), panel(world()))
    assert [found.exhibit(name) is not None for name in ("rolling", "loadings", "power")] == [
        True
    ] * 3
    rows = found.exhibit("loadings").rows
    assert [row.label for row in rows] == ["rate", "dollar", "rate, controls let go"]
    assert rows[0].highlight
    assert rows[0].value == pytest.approx(found.components["one_sd_move"])


def null_world(kind, rng, n_obs=780):
    """Give an asset that owes the driver nothing, though both go with the control."""
    settings = {
        "normal": {"tails": "normal"},
        "GARCH-t": {"tails": "garch_t"},
        "shared volatility": {"tails": "student_t", "shared": 1.0},
        "one factor": {"tails": "garch_t", "correlation": 0.6},
    }[kind]
    return moves(n_obs, rng, betas={"rate": 0.0, "dollar": -0.8}, noise=0.01, **settings)


NULLS = ("normal", "GARCH-t", "shared volatility", "one factor")


def p_values(kind, n_worlds, **settings):
    test = a_test(**settings)
    found = []
    for number in range(n_worlds):
        rng = np.random.default_rng([number, *kind.encode()])
        sample = test.draw(panel(null_world(kind, rng)))
        found.append(test.significance(sample, rng, 99).p_value)
    return found


@pytest.mark.parametrize("kind", NULLS)
def test_false_alarms_keep_to_their_level(kind):
    alarms = rate(p_values(kind, 60, every="day"), alpha=0.10)
    assert alarms.k <= bounds(60, 0.10)[1]


@pytest.mark.slow
@pytest.mark.parametrize("every", ["day", "week"])
@pytest.mark.parametrize("kind", NULLS)
def test_size_over_a_thousand_worlds(kind, every):
    assert rate(p_values(kind, 1000, every=every)).keeps_its_level


def test_a_loading_that_matters_is_mostly_found():
    test = a_test(direction="negative")
    found = []
    for number in range(40):
        rng = np.random.default_rng(number)
        drawn = moves(1300, rng, betas={"rate": -0.06, "dollar": -0.8}, correlation=0.4)
        found.append(test.significance(test.draw(panel(drawn)), rng, 99).p_value)
    assert rate(found).share > 0.8


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"controls": ["rate"]}, "rate is what is tested, so it cannot be held fixed"),
        ({"controls": ["asset"]}, "asset is what is tested"),
        ({"forks": {"leader": ["dollar"]}}, "dollar is what is tested"),
        ({"every": "fortnight"}, "'day', 'week' or 'month'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        a_test(**settings)


@pytest.mark.parametrize(("n_obs", "every"), [(3, "day"), (50, "day"), (250, "week")])
def test_too_little_data_is_a_finding_with_its_reason(n_obs, every):
    found = heard(a_test(every=every), panel(world(n_obs)))
    assert found.status == "infeasible"
    assert "needs 60" in found.summary


def test_a_driver_that_the_controls_hold_in_full_has_no_loading():
    drawn = world()
    twin = {**drawn, "rate_twin": 2 * drawn["rate"]}
    found = heard(a_test(controls=["rate_twin"]), panel(twin))
    assert found.p_value > 0.05


def test_the_condition_is_read_as_it_was_known():
    found = heard(
        a_test(given={"series": "rate", "rule": "above", "threshold": 2.0}), panel(world())
    )
    assert 0.05 < found.interaction.share_of_days < 0.95


def with_state(drawn, effect):
    """Add a condition that holds for a quarter of every year, and what the asset makes of it."""
    given = panel(drawn)
    on = (np.arange(given.days.size) % 364 < 91).astype(float)
    fresh = np.flatnonzero(given["dollar"].fresh)
    drawn = {**drawn, "asset": drawn["asset"] + effect * on[fresh[:-1]]}
    given = panel(drawn)
    info = SeriesInfo(id="fear", title="fear", unit="yes or no", kind="flag")
    column = replace(
        given["dollar"],
        info=info,
        value=on,
        period=given.days,
        fresh=np.ones(given.days.size, dtype=bool),
    )
    return replace(given, columns={**given.columns, "fear": column})


def test_a_condition_may_be_the_driver():
    """Its slope is what the follower makes of a week that begins while it holds."""
    test = a_test(leader="fear", matters=0.01)
    found = heard(test, with_state(world(), 0.004))
    assert found.estimate.value == pytest.approx(0.018, abs=0.006)
    assert found.p_value == 0.01
    assert found.power.rates[-1] == 1.0
    nothing = heard(test, with_state(world(), 0.0))
    assert nothing.p_value > 0.05
