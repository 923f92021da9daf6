"""The kind ``tradable``: what a rule earned after costs, and what the search for it is worth."""

import numpy as np
import pandas as pd
import pytest
from evidence.quick import FEW, heard, prices
from pydantic import ValidationError

from leadline import report
from leadline.data.frame import panel_from_series, simulated_panel
from leadline.data.series import SeriesInfo
from leadline.evidence.sample import Paths
from leadline.evidence.tradable import Rule, Tradable
from leadline.kernels import sharpe
from leadline.worlds import NULL_WORLDS, PLANTED_WORLDS
from leadline.worlds.calibration import look_at_each, rejection_rate
from leadline.worlds.known import trading_days

RULES = {"overs": ["6w"], "holds": ["1w"], "quantiles": [0.6, None], "lags": ["1w"]}
QUICK = {"leader": "leader", "follower": "follower", "over": "1m", "hold": "2w", **FEW}
N_OBS = 1500
LAG = 8


def linked(n_obs=N_OBS, *, link=0.5, drift=0.0, seed=1):
    """Give a follower that rises on the days from 2 to 8 after a month in which the leader rose."""
    rng = np.random.default_rng(seed)
    x = 0.012 * rng.standard_t(6, n_obs)
    month = pd.Series(x).rolling(21).sum().to_numpy()
    y = drift + 0.02 * rng.standard_t(6, n_obs)
    echo = np.nan_to_num(month / (0.012 * np.sqrt(21)))
    for k in range(2, LAG):
        y[k:] += link * 0.004 * echo[:-k]
    start = "2015-01-01"
    return {
        "leader": prices(x, "leader", start=start),
        "follower": prices(y, "follower", start=start),
    }


def tradable(**more):
    return Tradable.model_validate({**QUICK, **more})


@pytest.fixture(scope="module")
def market():
    return linked()


@pytest.fixture(scope="module")
def found(market):
    return heard(tradable(**RULES), market)


def sample_of(test, series):
    return test.own(test.draw(panel_from_series(series)))


def by_pandas(series, *, over=30, quantile=0.8, hold=2, cost=0.001):
    """Give position, yearly gain and weekly gains of the claim's own rule, written plainly."""
    leader, follower = (np.log(series[name]) for name in ("leader", "follower"))
    move = leader.diff(over).round(12)
    seen = [np.nan] * len(move)
    for row in range(len(move)):
        past = move.iloc[over:row].to_numpy()
        if row >= over and past.size >= 365:
            below = np.mean(past < move.iloc[row]) + np.mean(past <= move.iloc[row])
            seen[row] = below / 2
    strong = pd.Series(seen, index=leader.index) > quantile
    ends = leader.index[leader.index.day_of_week == 6]
    on = strong.shift(1, fill_value=False).reindex(ends)
    position = on.rolling(hold, min_periods=1).max().iloc[:-1].astype(float)
    returns = follower.reindex(ends).diff().iloc[1:].to_numpy()
    gains = (position - position.mean()) * returns - cost * position.diff().abs().fillna(0.0)
    years = (ends[-1] - ends[0]).days / 365.25
    return position, gains.sum() / years, gains


def test_the_estimate_is_the_rule_written_plainly_with_pandas(market, found):
    """Read at one close, in the market from the next week's start on, charged at every trade."""
    position, yearly, gains = by_pandas(market)
    assert found.estimate.value == pytest.approx(yearly, rel=1e-8)
    assert found.components["exposure"] == pytest.approx(position.mean())
    trades = position.diff().abs().sum()
    assert found.components["turnover"] * found.components["years"] == pytest.approx(trades)
    assert found.components["sharpe"] == pytest.approx(
        gains.mean() / gains.std(ddof=0) * np.sqrt(len(gains) / found.components["years"])
    )
    gross = gains.sum() + 0.001 * trades
    assert found.components["break_even_cost"] == pytest.approx(gross / trades * 1e4)


def test_a_real_edge_is_found_and_every_number_of_its_worth_is_given(found):
    assert found.p_value == 0.01
    assert found.estimate.low > 0
    assert found.n_episodes >= 8
    parts = found.components
    assert parts["dsr"] > 0.95
    assert parts["psr"] > 0.99
    assert parts["pbo"] < 0.2
    assert parts["p_superior"] <= 0.05
    assert parts["rules"] == 24
    assert parts["n_eff"] == max(
        parts[f"n_eff_{way}"] for way in ("correlation", "eigenvalues", "clusters")
    )
    assert parts["min_backtest_years"] < parts["years"]
    assert parts["min_track_years"] < parts["years"]
    assert 1 <= parts["rules_superior"] <= 24
    assert "superior ability" in found.forks.by_null
    assert "2014" in " ".join(found.caveats)
    assert "365.25" in " ".join(found.caveats)


def test_the_rules_are_the_declared_ones_with_the_claims_own_first():
    declared = tradable(**RULES).declared()
    assert len(declared) == len(set(declared)) == 2 * 3 * 2 * 2
    assert declared[0] == Rule("1m", 0.8, "1d", "2w")
    assert tradable().declared() == declared[:1]
    assert tradable(overs=["1m"]).declared() == declared[:1]


def test_without_a_link_nothing_is_tradable():
    found = heard(tradable(**RULES), linked(link=0.0, drift=0.002, seed=5))
    assert found.p_value > 0.05
    assert found.estimate.low < 0 < found.components["sharpe_buy_and_hold"]
    assert found.components["dsr"] < 0.95
    assert found.components["rules_superior"] == 0


def test_the_drift_of_the_follower_changes_no_gain(market):
    """Moves of the follower are shifted by a constant: only buying and holding gains from it."""
    test = tradable(**RULES)
    richer = {**market, "follower": market["follower"] * np.exp(0.002 * np.arange(N_OBS))}
    plain, rich = heard(test, market), heard(test, richer)
    for name in ("exposure", "turnover", "break_even_cost"):
        assert rich.components[name] == pytest.approx(plain.components[name], abs=1e-6)
    assert rich.estimate.value == pytest.approx(plain.estimate.value, abs=1e-8)
    # The drift still adds to the spread of the gains, never to their mean.
    assert 0 < rich.components["sharpe"] < plain.components["sharpe"]
    assert rich.components["sharpe_buy_and_hold"] > plain.components["sharpe_buy_and_hold"] + 0.5


def test_costs_come_off_the_estimate_by_turnover(market, found):
    dear = heard(tradable(**RULES, cost=60.0), market)
    difference = found.estimate.value - dear.estimate.value
    assert difference == pytest.approx(0.005 * found.components["turnover"], rel=0.01)
    assert dear.components["break_even_cost"] == pytest.approx(found.components["break_even_cost"])
    shown = {row.label: row for row in found.exhibit("costs").rows}
    assert list(shown) == ["0 basis points", *(f"{c} basis points" for c in (5, 10, 25, 50))]
    assert shown["10 basis points"].highlight
    assert shown["10 basis points"].value == pytest.approx(found.estimate.value)
    assert shown["10 basis points"].low == pytest.approx(found.estimate.low)
    values = [row.value for row in found.exhibit("costs").rows]
    assert values == sorted(values, reverse=True)


def test_at_its_break_even_cost_the_rule_earns_nothing(market, found):
    test = tradable(cost=found.components["break_even_cost"])
    assert test.quick(sample_of(test, market)) == pytest.approx(0.0, abs=1e-8)


def test_the_test_for_superior_ability_pays_the_costs_and_the_other_null_compares_luck(market):
    cheap, dear = (heard(tradable(cost=c), market) for c in (0.0, 1500.0))
    assert cheap.components["break_even_cost"] < 1500
    assert cheap.components["p_superior"] <= 0.05 < dear.components["p_superior"]
    assert dear.components["p_drawn"] < dear.p_value
    assert dear.forks.p_worst >= dear.components["p_superior"]


def test_a_rule_that_stays_out_gains_from_a_follower_that_falls(market, found):
    falls = {**market, "follower": 3e4 / market["follower"]}
    out = heard(tradable(**RULES, direction="negative"), falls)
    assert out.estimate.value == pytest.approx(-found.estimate.value, rel=1e-6)
    # Other settings have other resamples.
    assert out.estimate.low == pytest.approx(-found.estimate.high, rel=0.1)
    assert out.p_value == found.p_value
    assert out.components["exposure"] == pytest.approx(1 - found.components["exposure"])
    assert out.components["dsr"] == pytest.approx(found.components["dsr"], rel=1e-6)


def test_positions_up_to_a_day_hang_on_nothing_after_it(market):
    """The panel is cut, and what follows is changed: positions and gains stay."""
    test = tradable(**RULES)
    whole = test.book(sample_of(test, market))
    for n in (700, 1000, 1300):
        cut = {name: series.iloc[:n] for name, series in market.items()}
        other = {
            name: pd.concat((cut[name], series.iloc[n:] * 3)) for name, series in market.items()
        }
        for changed in (cut, other):
            part = test.book(sample_of(test, changed))
            rules = [rule for rule in part.rules if rule in whole.rules]
            assert len(rules) > 10
            length = n // 7 - 1
            for rule in rules:
                np.testing.assert_array_equal(
                    part.position[:length, part.rules.index(rule)],
                    whole.position[:length, whole.rules.index(rule)],
                )


def test_the_position_of_a_week_uses_nothing_of_that_week(market):
    """A leader that jumps on the very day a week begins changes no position of that week."""
    test = tradable(lag="1d", hold="1w", quantile=None)
    sample = sample_of(test, market)
    begin = int(sample.ends("week")[100])
    jumped = market["leader"].copy()
    jumped.iloc[begin:] *= 2.0
    after = sample_of(test, {**market, "leader": jumped})
    for _, book in ((0, test.book(sample)),):
        np.testing.assert_array_equal(test.book(after).position[:101], book.position[:101])
        assert test.book(after).position[101] == 1.0


def test_history_before_the_start_fills_the_first_positions(market):
    test = tradable(start="2017-01-01")
    own = sample_of(test, market)
    assert own.skip > 0
    book = test.book(own)
    whole = tradable().book(sample_of(tradable(), market))
    n = book.position.shape[0]
    np.testing.assert_array_equal(book.position, whole.position[-n:])
    assert str(own.days[own.ends("week")[book.first]]) >= "2017-01-01"


def test_what_is_planted_comes_out_as_the_estimate(market):
    for direction in ("positive", "negative"):
        test = tradable(direction=direction, cost=25.0)
        sample = sample_of(test, market)
        rng = np.random.default_rng(0)
        drawn = test.null_model(sample).draw(400, rng)
        paths = Paths(sample, test.plant(sample, drawn, test.sign * 0.3, rng))
        size = test.realised(sample, paths, test.sign * 0.3)
        error = float(np.std(test._yearly(sample, paths))) / 20
        assert test.sign * size == pytest.approx(0.3, abs=4 * error + 0.02)


def test_power_rises_with_what_is_earned(market):
    power = heard(tradable(matters=0.3), market).power
    assert power.rates[0] <= 0.25
    assert power.rates[-1] >= 0.8
    assert power.unit == "log return a year"


def test_a_condition_may_lead():
    """A flag is held as it is: moves, lookbacks and ranks of it mean nothing."""
    days = trading_days(N_OBS)
    rng = np.random.default_rng(3)
    on = (np.arange(N_OBS) // 120) % 2 == 1
    moves = 0.01 * rng.standard_normal(N_OBS) + 0.004 * np.roll(on, 2)
    infos = {"risk_on": SeriesInfo(id="risk_on", title="risk on", unit="0 or 1", kind="flag")}
    panel = simulated_panel(
        days,
        {"risk_on": on.astype(float), "follower": 100 * np.exp(np.cumsum(moves))},
        infos,
    )
    test = Tradable.model_validate({**QUICK, "leader": "risk_on", "hold": "1w", "quantile": None})
    found = test.find(panel, test.stream("a seed"))
    assert found.p_value <= 0.05
    assert found.components["exposure"] == pytest.approx(0.5, abs=0.1)
    assert "risk_on holds" in found.summary


def test_the_pictures_are_drawn_and_say_what_was_found(found):
    names = [shown.name for shown in found.exhibits]
    assert names[:3] == ["equity", "costs", "rules"]
    for name in names[:3]:
        assert report.chart(found.exhibit(name)).to_dict()
    lines = {line.label: line for line in found.exhibit("equity").lines}
    share = found.components["exposure"]
    assert set(lines) == {
        "follower throughout",
        f"{share:.0%} of the time, at any point",
        "the rule, after costs",
    }
    alone, held = (
        lines["follower throughout"].y[-1],
        lines[f"{share:.0%} of the time, at any point"].y[-1],
    )
    assert held == pytest.approx(alone**share)
    heat = found.exhibit("rules")
    assert len(heat.rows) * len(heat.columns) == found.components["rules"]


def test_each_spell_is_left_out_in_turn(market, found):
    """The claim's own rule once more, without the trades of one spell."""
    position, _, gains = by_pandas(market)
    returns = np.log(market["follower"]).reindex(position.index).shift(-1)
    last = market["follower"].index[market["follower"].index.day_of_week == 6][-1]
    returns.iloc[-1] = np.log(market["follower"][last])
    returns -= np.log(market["follower"]).reindex(position.index)
    years = found.components["years"]
    begins = (position.diff() == 1).cumsum() + position.iloc[0]
    values = []
    for spell in begins[position == 1].unique():
        left = position.where(begins != spell, 0.0)
        gain = (left - left.mean()) * returns - 0.001 * left.diff().abs().fillna(0.0)
        values.append(gain.sum() / years)
    assert len(values) == found.n_episodes
    assert found.stability.leave_one_out == pytest.approx((min(values), max(values)))
    assert min(values) < gains.sum() / years


def test_one_rule_alone_needs_no_search():
    found = heard(tradable(), linked())
    assert found.components["rules"] == found.components["n_eff"] == 1
    assert found.components["dsr"] == found.components["psr"]
    losing = heard(tradable(direction="negative"), linked()).components
    assert losing["sharpe"] < 0
    assert not {"min_track_years", "min_backtest_years"} & set(losing)
    assert "pbo" not in found.components
    assert found.exhibit("rules") is None


def test_rules_that_hardly_ever_trade_are_left_out(market):
    test = tradable(quantiles=[0.999], overs=["2y"])
    assert len(test.book(sample_of(test, market)).rules) < len(test.declared())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"quantile": 0.9999}, "needs 3 spells"),
        ({"over": "5y"}, "needs 3 spells"),
        ({"start": "2018-03-01"}, "weeks of common data; a rule needs 60"),
    ],
)
def test_a_rule_without_trades_is_a_finding(market, more, said):
    found = heard(tradable(**more), market)
    assert found.status == "infeasible"
    assert said in found.summary


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"cost": -1}, "greater than or equal to 0"),
        ({"quantile": 1.0}, "less than 1"),
        ({"quantiles": [0.0]}, "greater than 0"),
        ({"lag": "soon"}, "is not a duration"),
        ({"every": "quarter"}, "'day', 'week' or 'month'"),
        ({"threshold": 1}, "Extra inputs"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(more, said):
    with pytest.raises(ValidationError, match=said):
        tradable(**more)


def test_daily_decisions_earn_at_least_what_weekly_ones_do_here(market, found):
    """The answer comes within days, so that a week's wait loses part of it."""
    daily = heard(tradable(every="day", hold="1w", n_simulations=5), market)
    assert daily.components["years"] == pytest.approx(N_OBS / 365.25, abs=0.02)
    assert daily.estimate.value > found.estimate.value
    assert daily.components["turnover"] > found.components["turnover"]


class PValue:
    """The p of a test; 1 where the history is too thin."""

    def __init__(self, **more):
        self.test = Tradable.model_validate({**QUICK, **more})

    def __call__(self, panel, rng):
        sample = self.test.own(self.test.draw(panel))
        if self.test.too_thin(sample) is not None:
            return 1.0
        return self.test.significance(sample, rng, 99).p_value


SEARCH = {"over": "3m", "hold": "4w", "overs": ["1m", "6m"], "holds": ["13w"], "quantiles": [0.7]}
HARD = ("GARCH-t", "shared volatility", "leader closes later", "no lead")


@pytest.mark.parametrize("world", HARD[:2])
def test_false_alarms_keep_to_their_level(world):
    found = rejection_rate(PValue(**SEARCH), NULL_WORLDS[world], n_worlds=60, seed=4, n_obs=1300)
    assert found.is_not_above


@pytest.mark.slow
@pytest.mark.parametrize("world", [*HARD, "momentum", "iid"])
def test_false_alarms_keep_to_their_level_in_a_thousand_worlds(world):
    found = rejection_rate(PValue(**SEARCH), NULL_WORLDS[world], n_worlds=1000, seed=5)
    assert found.is_not_above


def test_a_lead_of_45_days_is_found():
    look = PValue(over="1m", lag="17d", hold="4w")
    found = look_at_each(look, PLANTED_WORLDS["lead of 45 days"], range(10), seed=7)
    assert sum(p <= 0.05 for p in found) >= 8


def test_the_deflated_ratio_is_that_of_the_best_rule(market, found):
    """From the gains themselves, rule by rule."""
    test = tradable(**RULES)
    sample = sample_of(test, market)
    book = test.book(sample)
    returns = Paths(sample, sample.returns[None, :]).every("week")[0, book.first :]
    gains = book.matched.gains(returns)
    ratios = gains.mean(axis=0) / gains.std(axis=0)
    best = sharpe.track(gains[:, np.argmax(ratios)])
    luck = sharpe.expected_maximum(found.components["n_eff"], ratios.std(ddof=1))
    assert found.components["dsr"] == pytest.approx(sharpe.probabilistic(best, benchmark=luck))
    assert found.components["sharpe_best"] == pytest.approx(
        ratios.max() * np.sqrt(returns.size / found.components["years"])
    )
