"""Every kind against R on real prices, as a claim would ask it; see reference.R."""

import json
import shutil
from datetime import date, timedelta

import numpy as np
import pytest
from evidence.quick import FEW, heard
from known.inputs import markets
from known.make_r_answers import FILE, answers
from known.register import answers as answers_of

from leadline.data.panel import Panel
from leadline.evidence import kinds
from leadline.kernels import attribution, granger

EVENT = {"rule": "record_high", "quiet": "1m", "memory": "6m"}
RALLY = {"rule": "rise", "by": 0.15, "within": "1m", "quiet": "14d"}
ABOUT_ONE = {"market_fact", "standing", "pace", "regime_now", "explosive"}
ALONE = {*ABOUT_ONE, "driver_share", "forecast"}
CLOSE = 1e-8
Z_90 = 1.6448536269514722


@pytest.fixture(scope="module")
def known():
    return json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def given():
    prices = markets()
    return {name: prices[name] for name in prices}


@pytest.fixture(scope="module")
def find(given):
    """Find the evidence of a kind, oil after the market where nothing else is said."""
    last = str(given["oil"].index[-1].date())

    def found(kind, **settings):
        start = {} if kind in ALONE else {"leader": "market", "follower": "oil", **FEW}
        if kind in ABOUT_ONE:
            start = {"day": last}
        return heard(kinds()[kind].model_validate({**start, **settings}), given)

    found.last = last
    return found


def twin(*names, method):
    """Note a plain R loop, for what no other program computes."""
    return answers_of(
        *names, method=method, way="twin", source="reference.R: a plain loop from the definition"
    )


def program(*names, method, source):
    return answers_of(*names, method=method, way="program", source=source)


def same(found, expected, rel=CLOSE):
    np.testing.assert_allclose(found, expected, rtol=rel, atol=1e-12)


def parts(evidence, *names):
    return [evidence.components[name] for name in names]


def line(exhibit, label):
    return next(np.array(drawn.y) for drawn in exhibit.lines if drawn.label == label)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R")
def test_the_script_still_gives_the_stored_answers(known):
    again = answers()
    assert again.keys() == known.keys()
    for name in known.keys() - {"made_by"}:
        np.testing.assert_allclose(again[name], known[name], rtol=1e-7, err_msg=name)


# Granger and what goes with it.


def chickens_and_eggs(known, leader, follower, order):
    """Ask what came first, in numbers as they are; 54 years are too few for the kind itself."""
    x, y = np.array(known[leader]), np.array(known[follower])
    design = granger.design(x, np.empty((0, x.size)), lags=order, augment=0)
    found = granger.wald(y[None, :], design, robust=False)
    return found.wald[0] / order, granger.f_p_value(found)[0]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize(("leader", "follower"), [("egg", "chicken"), ("chicken", "egg")])
@program(
    "granger",
    method="Granger (1969) on the chicken-and-egg data",
    source="Thurman and Fisher (1988), American J. of Agricultural Economics 70, 237-238: data of "
    "the US Department of Agriculture 1930-1983 and F of grangertest in R's lmtest",
)
def test_which_came_first(known, leader, follower, order):
    found = chickens_and_eggs(known, leader, follower, order)
    same(found, known[f"{leader} leads {follower}, order {order}"], rel=1e-6)


@answers_of(
    "granger",
    method="Granger (1969) on the chicken-and-egg data",
    way="paper",
    source="Thurman and Fisher (1988): at two lags and more eggs cause chickens, chickens never "
    "cause eggs",
)
@pytest.mark.parametrize("order", [2, 3, 4])
def test_the_egg_came_first(known, order):
    (_, egg), (_, chicken) = (
        chickens_and_eggs(known, *pair, order) for pair in (("egg", "chicken"), ("chicken", "egg"))
    )
    assert egg < 0.01
    assert chicken > 0.4


@pytest.mark.parametrize("robust", [True, False])
@program(
    "granger",
    method="Toda and Yamamoto (1995)",
    source="R: lm in levels with one lag more than is tested, waldtest of lmtest, vcovHC of "
    "sandwich (HC1)",
)
def test_the_lag_augmented_wald_test_is_that_of_lmtest(find, known, robust):
    found = find("granger", every="day", lags=2, robust=robust, statistic="wald", guard="1d")
    (wald,) = known[f"granger, {'robust' if robust else 'plain'} Wald"]
    same(found.components["wald"], wald)
    same(found.estimate.value, known["granger, response"])
    if robust:
        (error,) = known["granger, robust error"]
        response = find("granger", every="day", lags=2, guard="1d")
        same(response.statistic, response.estimate.value / error)


# Correlations and slopes.


@program("lag_profile", method="cross-correlations", source="R: ccf of stats")
def test_the_profile_of_returns_is_rs_ccf(find, known):
    found = find(
        "lag_profile",
        every="day",
        prewhiten=False,
        window={"min": "2d", "max": "10d"},
        guard="1d",
    )
    same(line(found.exhibit("lag_profile"), "returns"), known["lag_profile"])
    # The window begins a day after the market moves.
    best = max(known["lag_profile"][8:])
    same(found.estimate.value, best)


@program("level_correlation", method="correlation at each shift", source="R: cor of stats")
def test_levels_correlate_at_each_shift_as_in_r(find, known):
    found = find("level_correlation", levels="log", window={"min": "0d", "max": "20d"})
    same(line(found.exhibit("level_profile"), "price levels"), known["level_correlation"])
    same(found.estimate.value, max(known["level_correlation"]))


@program(
    "driver_loading",
    method="slope with errors of Newey and West (1987)",
    source="R: lm and NeweyWest of sandwich, no prewhitening, no small-sample factor",
)
def test_a_loading_and_its_error_are_those_of_sandwich(find, known):
    found = find("driver_loading", every="day", controls=["tech"])
    same(parts(found, "slope", "standard_error", "slope_alone"), known["driver_loading"])
    slope, error, _ = known["driver_loading"]
    same([found.estimate.low, found.estimate.high], [slope - Z_90 * error, slope + Z_90 * error])


LONGLEY = {
    "GNPDEFL": 15.0618722713733,
    "GNP": -0.358191792925910e-01,
    "UNEMP": -2.02022980381683,
    "ARMED": -1.03322686717359,
    "POP": -0.511041056535807e-01,
    "YEAR": 1829.15146461355,
}
"""Certified coefficients."""


def longley(units=1.0):
    """Give employment and the regressors, each less its mean and over its spread, and spreads."""
    from statsmodels.datasets import longley as given

    data = given.load_pandas().data
    x = data[list(LONGLEY)].to_numpy(dtype=np.float64) / units
    size = x.std(axis=0)
    design = np.column_stack((np.ones(16), (x - x.mean(axis=0)) / size))
    return data["TOTEMP"].to_numpy(), design, size


@answers_of(
    "driver_loading",
    "driver_share",
    "stress_behaviour",
    method="least squares on collinear regressors",
    way="paper",
    source="NIST StRD, Longley: certified coefficients to 15 digits",
)
def test_least_squares_has_the_certified_digits_of_nist():
    employed, design, size = longley()
    fit = attribution.least_squares(employed, design)
    same(fit.beta[1:] / size, list(LONGLEY.values()), rel=1e-9)


@pytest.mark.parametrize("lag", [1, 3])
@program(
    "driver_loading",
    "stress_behaviour",
    method="errors of Newey and West (1987)",
    source="R: NeweyWest of sandwich on the regression of Longley (1967)",
)
def test_newey_west_errors_of_longleys_regression_are_those_of_sandwich(known, lag):
    # R counts in millions, NIST in thousands and less.
    employed, design, size = longley(np.array([1, 1000, 10, 10, 1000, 1]))
    fit = attribution.least_squares(employed / 1000, design, lags=lag)
    same(fit.error[1:] / size, known[f"Longley, Newey-West, lag {lag}"][1:], rel=1e-6)


@program(
    "driver_share",
    method="betas of two years before the window",
    source="R: lm, its coefficients times the moves of the window",
)
def test_a_move_is_taken_apart_as_in_r(find, known):
    found = find(
        "driver_share",
        of="oil",
        drivers={"market": ["market"], "tech": ["tech"]},
        over="6m",
        memory=["2y"],
        every="day",
        n_resamples=99,
    )
    names = ("move", "drift", "contribution market", "contribution tech", "residual")
    same([*parts(found, *names), found.estimate.value], known["driver_share"])


@program(
    "stress_behaviour",
    method="regression and thresholds of Baur and McDermott (2010)",
    source="R: lm with nested quantile thresholds (type 7) of the past, NeweyWest of sandwich",
)
def test_betas_beyond_each_threshold_are_those_of_r(find, known):
    found = find("stress_behaviour", quiet="2w")
    names = ("level calm", "level 10%", "level 5%", "level 1%")
    same(parts(found, *names), known["stress_behaviour"])
    assert [found.components["stressed"]] == known["stress_behaviour, days"]
    (error,) = known["stress_behaviour, error at 5%"]
    value = known["stress_behaviour"][2]
    # The wider of this and a bootstrap's.
    assert found.components["low oil"] <= value - Z_90 * error + CLOSE
    assert found.components["high oil"] >= value + Z_90 * error - CLOSE


@program(
    "pace",
    method="t of the bend",
    source="R: lm on time and its square, NeweyWest of sandwich",
)
def test_the_pace_is_that_of_r(find, known):
    found = find("pace", of="oil", day="2008-06-30", since="2008-04-01")
    same([found.estimate.value, *parts(found, "rank_before", "faster_by", "bend_t")], known["pace"])


@program(
    "regime_means",
    method="regression on a regime dummy, White (1980)",
    source="R: lm on the state; the t with the residuals of the null",
)
def test_means_in_a_state_are_those_of_a_dummy_regression(find, known):
    found = find("regime_means", leader="rising", apart="3d")
    same(
        [
            *parts(found, "in_state", "on_other_days"),
            found.estimate.value,
            found.statistic,
            found.components["share_of_days"],
        ],
        known["regime_means"],
    )


# Events and states.


@twin("event_study", method="mean return after events (MacKinlay 1997)")
def test_returns_after_events_are_those_of_a_loop(find, known):
    found = find("event_study", event=EVENT, horizon="10d", guard="1d")
    after, any_day, share, count = known["event_study"]
    same(
        parts(found, "mean_after_event", "mean_any_day", "share_positive"), [after, any_day, share]
    )
    same(found.estimate.value, after - any_day)
    assert found.n_episodes == count


@twin("event_coincidence", method="trigger and precursor rates (Donges et al. 2016)")
def test_rates_of_coincidence_are_those_of_a_loop(find, known):
    found = find("event_coincidence", event=EVENT, rally=RALLY, horizon="2m", apart="7d")
    for name, key in (("trigger", "trigger"), ("precursor", "precursor"), ("near", "coincidence")):
        rates = parts(found, f"{key}_rate", f"{key}_base")
        same(rates, known[f"event_coincidence, {name}"])
    assert found.components["n_follower_events"] == len(known["rallies"])


@twin("gap_frequency", method="shares of days")
def test_the_share_of_lagging_days_is_that_of_a_loop(find, known):
    found = find("gap_frequency", over="1m")
    same(parts(found, "share", "base", "strong_share"), known["gap_frequency"])


@twin("necessary_condition", method="necessity and coverage")
def test_necessity_and_coverage_are_those_of_a_loop(find, known):
    found = find("necessary_condition", leader="rising", rally=RALLY, within="14d", guard="1d")
    same([*parts(found, "necessity", "coverage"), found.n_episodes], known["necessary_condition"])


@twin("state_transition", method="transition rates (Allison 1982)")
def test_rates_of_transition_are_those_of_a_loop(find, known):
    found = find("state_transition", leader="rising", follower="booming", horizon="14d", apart="3d")
    names = ("rate_with", "rate_without", "days_with", "days_without")
    same(parts(found, *names), known["state_transition"])


@twin("forecast", method="base rates")
def test_base_rates_of_a_forecast_are_those_of_a_loop(find, known):
    found = find(
        "forecast",
        follower="oil",
        from_day=find.last,
        rise=0.10,
        horizon="1m",
        antecedent={"series": "rising"},
        n_resamples=99,
        n_simulations=49,
    )
    same(parts(found, "base_rate", "rate_held", "share_held"), known["forecast"])


# Facts.


@twin("market_fact", method="record, best of, has not followed")
@pytest.mark.parametrize(
    ("fact", "settings"),
    [
        ("record", {}),
        ("best_of", {"universe": ["oil", "tech"], "windows": ["3m"]}),
        ("has_not_followed", {"follower": "oil", "windows": ["3m"]}),
    ],
)
def test_facts_and_their_base_rates_are_those_of_a_loop(find, known, fact, settings):
    found = find("market_fact", fact=fact, of="market", **settings)
    if fact == "record":
        same([found.components["base_rate"]], known["record, base rate of the market"])
    elif fact == "best_of":
        own, oil, tech, base = known["best_of"]
        same([found.estimate.value, found.components["base_rate"]], [own, base])
        assert found.holds is (own > max(oil, tech))
    else:
        parted = parts(found, "base_rate", "below_high")
        same([found.estimate.value, *parted], known["has_not_followed"])


@twin("standing", method="mid-rank in its own past")
def test_where_a_value_stands_is_its_mid_rank(find, known):
    found = find("standing", of="oil", rank_above=0.5)
    same([found.estimate.value, found.components["rank"]], known["standing"])


@twin("regime_now", method="share of days and spells")
def test_earlier_days_and_spells_of_a_state_are_those_of_rle(find, known):
    found = find("regime_now", state="rising")
    same([found.components["base_rate"], found.n_episodes], known["regime_now"])


FIGURES = {2007: (21_100, date(2010, 5, 31)), 2008: (21_300, date(2010, 10, 31))}
"""World mine production in tonnes, and the last day of the month on the cover."""


@pytest.mark.parametrize("year", FIGURES)
@answers_of(
    "published_figure",
    method="a citation",
    way="paper",
    source="US Geological Survey, Minerals Yearbook, Silver: 'world mine production of 21,100 t' "
    "(2007, May 2010) and 'of 21,300 t' (2008, October 2010), first paragraph of each",
)
def test_a_published_figure_is_as_published_and_not_known_before(year):
    value, published = FIGURES[year]
    test = kinds()["published_figure"].model_validate(
        {"figure": "silver_mined_tonnes", "year": year, "at_least": value}
    )
    before, after = (
        test.find(
            Panel(as_of=day, days=np.array([np.datetime64(day, "D")]), columns={}),
            test.stream("a seed"),
        )
        for day in (published.replace(day=1) - timedelta(days=1), published + timedelta(days=1))
    )
    assert after.estimate.value == value
    assert after.holds is True
    assert before.holds is None


# Forecasts, rules and shocks.


@program(
    "predictive_skill",
    method="Clark and West (2007)",
    source="R: lm every day; dm.test of forecast (Bartlett weights) of the adjusted difference, "
    "less the factor of Harvey, Leybourne and Newbold (1997)",
)
def test_walk_forward_skill_is_that_of_regressions_every_day(find, known):
    found = find("predictive_skill", every="day", over="10d", horizon="10d", training="1y")
    same(parts(found, "clark_west_t", "r2", "n_forecasts"), known["predictive_skill"], rel=1e-7)


@twin("tradable", method="a rule's yearly gain, Sharpe ratio, exposure and turnover")
def test_what_a_rule_earned_is_that_of_a_loop(find, known):
    found = find("tradable", over="1m", hold="14d", every="day")
    same(
        [found.estimate.value, *parts(found, "sharpe", "psr", "exposure", "turnover")],
        known["tradable"],
    )


@program(
    "shock_response",
    method="local projections (Jorda 2005)",
    source="R: lm horizon by horizon with HC1 errors of sandwich, shocks of an autoregression by "
    "lm.fit",
)
def test_responses_to_a_shock_are_local_projections_by_lm(find, known):
    found = find("shock_response", every="day", horizon="10d")
    total, at_once = known["shock_response"]
    same([found.estimate.value, found.components["same_period"]], [total, at_once])
    drawn = found.exhibit("responses")
    response, error = (
        np.array(known[f"shock_response, {name}"]) for name in ("projections", "errors")
    )
    same(drawn.lines[0].y, response)
    same(drawn.bands[0].high, response + 1.645 * error)


@twin("response_order", method="late share of a response")
def test_the_late_share_of_a_response_is_that_of_a_loop(find, known):
    found = find("response_order", first="tech", every="day", horizon="10d", soon="5d")
    names = ("response_first", "response_follower", "late_share_first")
    same(parts(found, *names), known["response_order"])


@twin("explosive", method="GSADF")
def test_the_gsadf_of_weekly_oil_is_that_of_a_loop_over_all_windows(find, known):
    found = find("explosive", of="oil", n_resamples=99, n_simulations=9)
    gsadf, _ = known["explosive"]
    same(found.components["gsadf"], gsadf)
