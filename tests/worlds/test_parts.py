"""Each world states what is true in it, and it is; parts go together in any way."""

import numpy as np
import pytest

from leadline.data.gather import snapshot
from leadline.evidence.sample import draw_sample
from leadline.worlds import NULL_WORLDS, PLANTED_WORLDS, WORLDS, World
from leadline.worlds.known import FURTHER_NULL_WORLDS, SLOW_CYCLES, TRIAL_WORLDS, trading_days
from leadline.worlds.links import PHASES, Answer, AnswerWhile, Regimes, Reversed
from leadline.worlds.markets import CYCLE, Increments, Market
from leadline.worlds.moments import moments, real, together
from leadline.worlds.observed import Averaged, BadTicks, Hindsight, Stale, Vintages
from leadline.worlds.shocks import JUMP, WARM_UP, bunches, cycles, jumps, shocks, turning

LONG = 40_000


def rng(seed=0):
    return np.random.default_rng(seed)


def moves(world, n_obs=LONG, seed=0):
    prices = world.simulate(n_obs, rng(seed))
    return tuple(np.diff(np.log(prices[name])) for name in ("leader", "follower"))


def correlation(x, y, lag=0):
    first, later = (x, y) if lag >= 0 else (y, x)
    shift = abs(lag)
    return np.corrcoef(first[: first.size - shift], later[shift:])[0, 1]


@pytest.mark.parametrize("world", WORLDS.values(), ids=lambda world: world.name)
def test_every_world_says_what_is_true_and_draws_the_same_history_again(world):
    assert WORLDS[world.name] is world
    assert world.truth.endswith(".")
    once, again = (world.panel(400, rng(3)).digest for _ in range(2))
    assert once == again != world.panel(400, rng(4)).digest
    null = world.name in {**NULL_WORLDS, **FURTHER_NULL_WORLDS} or world is SLOW_CYCLES
    assert not (null and world.leads)


def test_no_two_worlds_have_a_name():
    groups = (NULL_WORLDS, FURTHER_NULL_WORLDS, PLANTED_WORLDS, TRIAL_WORLDS)
    assert len(WORLDS) == sum(map(len, groups)) + 1


def test_where_moves_are_answered_the_stated_lag_says_so():
    for world in (PLANTED_WORLDS["lead of 45 days"], TRIAL_WORLDS["opposite answer"]):
        low, high = world.link.truth.lag
        x, y = moves(world)
        r = {lag: correlation(x, y, lag) for lag in (*range(low, high + 1), low - 2, high + 2)}
        # The answer is spread evenly over those lags.
        inside = sum(r[lag] for lag in range(low, high + 1))
        assert inside == pytest.approx(world.link.truth.strength, abs=0.12)
        assert max(abs(r[low - 2]), abs(r[high + 2])) < 0.03


def test_in_a_reversed_lead_the_leader_answers():
    x, y = moves(World("r", "For this test.", Market(), Reversed(Answer(32, 0.5, spread=1))))
    assert correlation(x, y, -32) == pytest.approx(0.5, abs=0.02)
    assert abs(correlation(x, y, 32)) < 0.02
    assert Reversed(Answer(32, 0.5)).truth.lag == (-34, -30)


def test_an_answer_may_need_a_condition():
    world = World("c", "For this test.", Market(), AnswerWhile(Answer(32, 0.7, spread=1)))
    prices = world.simulate(LONG, rng())
    on = prices["liquidity"][:-1] > 0.5
    x, y = (np.diff(np.log(prices[name])) for name in ("leader", "follower"))
    later, known = y[32:], on[32:]
    assert np.corrcoef(x[:-32][known], later[known])[0, 1] == pytest.approx(0.7, abs=0.03)
    assert abs(np.corrcoef(x[:-32][~known], later[~known])[0, 1]) < 0.03
    assert 0.3 < on.mean() < 0.7
    assert world.link.truth.needs == "liquidity"
    assert world.panel(300, rng())["liquidity"].info.is_state


def test_a_break_in_the_link_is_where_it_is_stated():
    link = PLANTED_WORLDS["lead of 45 days, ended"].link
    with_link = World("l", "For this test.", Market(), link)
    x, y = moves(with_link)
    half = round(LONG * link.truth.until)
    lag = link.lag
    assert correlation(x[: half - 500], y[: half - 500], lag) > 0.12
    assert abs(correlation(x[half + 500 :], y[half + 500 :], lag)) < 0.03


def test_regimes_take_turns_and_the_follower_comes_after_the_leader():
    link = Regimes(leader=0.25, follower=0.5, lag=60, spread=10, spell=200)
    quiet = np.zeros(LONG)
    linked = link.tie(quiet, quiet, rng(1))
    states = np.stack([linked.conditions[name] for name in PHASES])
    assert (states.sum(axis=0) == 1).all()
    begins = np.flatnonzero(np.diff(linked.conditions["debasement"]) > 0) + 1
    assert begins.size > 20
    rises = np.diff(linked.follower, prepend=0.0)
    low, high = link.truth.lag
    waits = []
    for day in begins[begins < LONG - high]:
        after = np.flatnonzero(rises[day : day + high] > 0)
        waits.append(after[0])
    assert np.median(waits) == pytest.approx(60, abs=10)
    assert np.mean([low <= wait <= high for wait in waits]) > 0.9


def test_leaps_and_bunches_come_as_often_as_stated():
    leaps = jumps(4.0, 261 * 200, rng())
    assert np.count_nonzero(leaps) / 200 == pytest.approx(4.0, rel=0.1)
    assert set(np.unique(leaps)) == {-JUMP, 0.0, JUMP}
    days = np.flatnonzero(bunches(2.0, 261 * 200, rng()))
    assert days.size / 200 == pytest.approx(8.0, rel=0.15)
    # Of single days at this rate a tenth would follow within three days.
    assert np.mean(np.diff(days) <= 3) > 0.3


def test_falls_raise_volatility_where_there_is_leverage():
    plain, skewed = (shocks(tails, LONG, rng(2)) for tails in ("garch_t", "gjr_t"))
    assert skewed.std() == pytest.approx(1.0, rel=0.15)
    assert correlation(skewed, np.abs(skewed), 1) < -0.05
    assert abs(correlation(plain, np.abs(plain), 1)) < 0.05


def test_cycles_go_round_as_often_as_stated_and_are_as_strong():
    slow = cycles(3, 6000, rng())
    assert np.mean(slow**2) == pytest.approx(1.0, abs=1e-6)
    assert np.argmax(np.abs(np.fft.rfft(slow))) == 3
    x, y = moves(SLOW_CYCLES, 2610)
    # The drift is all that they share: a month's moves go together by its share of variance.
    shared = CYCLE**2 / (CYCLE**2 + 1)
    assert np.corrcoef(x, y)[0, 1] == pytest.approx(shared, abs=0.06)


def test_drifts_turn_with_their_half_life():
    drift = turning(261.0, 400_000, rng())
    assert drift.std() == pytest.approx(1.0, rel=0.15)
    assert correlation(drift, drift, 261) == pytest.approx(0.5, abs=0.12)


def test_a_survivor_gained_more_than_others_and_is_as_blind():
    def gain(world):
        return np.mean(
            [np.log(world.simulate(1305, rng(seed))["follower"][-1] / 100) for seed in range(40)]
        )

    survivor = FURTHER_NULL_WORLDS["survivor"]
    assert gain(survivor) > gain(NULL_WORLDS["GARCH-t"]) + 1.0
    x, y = moves(survivor, 20_000)
    assert max(abs(correlation(x, y, lag)) for lag in range(1, 31)) < 0.03


def test_own_increments_keep_tails_and_clustering_and_nothing_in_common():
    own = shocks("garch_t", 3000, rng(1)) * 0.02
    world = World("own", "For this test.", Increments(own, own))
    x, y = moves(world, 20_000)
    assert np.mean((x / x.std()) ** 4) > 4.5
    assert correlation(np.abs(x), np.abs(x), 1) > 0.08
    assert abs(correlation(x, y)) < 0.03


# What stands between prices and who sees them.


def test_averages_look_back_only():
    prices = {"leader": np.arange(1.0, 101.0)}
    seen = Averaged("leader", days=20).observe(dict(prices), rng())["leader"]
    assert seen[-1] == pytest.approx(np.mean(prices["leader"][-20:]))
    cut = Averaged("leader", days=20).observe({"leader": prices["leader"][:60]}, rng())["leader"]
    np.testing.assert_array_equal(seen[:60], cut)


def test_bad_ticks_are_right_again_the_day_after_and_are_noticed():
    prices = {"leader": np.full(2610, 100.0)}
    seen = BadTicks("leader", a_year=4.0, by=0.4).observe(prices, rng())["leader"]
    wrong = np.flatnonzero(seen != 100.0)
    assert wrong.size == pytest.approx(40, abs=20)
    assert (np.diff(wrong) > 1).all()
    panel = WORLDS["bad ticks"].panel(2610, rng(1))
    assert draw_sample(panel, ("leader",), "follower").flags("leader", "follower")


def test_stale_closes_repeat_the_last_one():
    seen = Stale("follower", share=0.1).observe({"follower": np.arange(20_000.0)}, rng())
    assert np.mean(np.diff(seen["follower"]) == 0) == pytest.approx(0.1, abs=0.01)


def test_first_releases_come_late_and_are_corrected():
    world = FURTHER_NULL_WORLDS["first releases"]
    series = world.series(600, rng())["leader"]
    assert series.basis == "vintage"
    assert series.info.revised
    assert len(series) == 1200
    days = trading_days(600)
    published = Vintages("leader")
    day = days[400]
    early = snapshot(series, (day + published.delay + 1).astype(object))
    late = snapshot(series, (day + published.delay + published.settled + 1).astype(object))
    first, last = (held[1][np.searchsorted(held[0], day)] for held in (early, late))
    assert first != last
    assert np.log(first / last) == pytest.approx(0, abs=0.1)
    assert early[0].max() <= day + 1


def test_what_was_revised_in_hindsight_seems_to_lead():
    world = TRIAL_WORLDS["leader revised in hindsight"]
    series = world.series(2610, rng())["leader"]
    assert series.info.revised
    assert series.basis == "rule"
    plain = {"leader": np.full(500, 100.0), "follower": np.exp(np.cumsum(rng().normal(size=500)))}
    seen = Hindsight("leader", "follower", days=45).observe(plain, rng())["leader"]
    ahead = np.log(plain["follower"][45:]) - np.log(plain["follower"][:-45])
    assert np.corrcoef(np.log(seen[:-45]), ahead)[0, 1] == pytest.approx(1.0)


def test_layers_compose_with_any_market_and_link():
    world = World(
        "all",
        "For this test.",
        Market(
            tails="gjr_t", jumps=2, bunches=1, own_cycles=3, trends=0.3, later=0.5, same_day=0.3
        ),
        AnswerWhile(Answer(20, 0.5)),
        (Averaged("leader"), BadTicks("follower"), Stale("follower")),
        Vintages("leader"),
    )
    panel = world.panel(500, rng())
    assert set(panel.columns) == {"leader", "follower", "liquidity"}
    assert world.leads


@pytest.mark.parametrize("cut", [300, 450])
def test_a_layer_knows_nothing_of_tomorrow(cut):
    prices = {
        name: 100 * np.exp(np.cumsum(rng(i).normal(size=500) / 50))
        for i, name in enumerate(("leader", "follower"))
    }
    part = {name: path[:cut] for name, path in prices.items()}
    whole = Averaged("leader").observe(prices, rng())["leader"][:cut]
    np.testing.assert_array_equal(whole, Averaged("leader").observe(part, rng())["leader"])


# Against real prices.


def test_a_world_without_a_lead_is_as_real_prices_are():
    world = NULL_WORLDS["no lead"]
    days = trading_days(3000)
    found = []
    for seed in range(5):
        prices = world.simulate(3000, rng(seed))
        found.append([moments(days, prices[name]) for name in ("leader", "follower")])
    for place, name in enumerate(("silver", "btc")):
        measured = real()["series"][name]
        mean = {
            key: np.mean([each[place][key] for each in found])
            for key in ("volatility", "kurtosis", "highs_a_year", "jumps_a_year", "rallies_a_year")
        }
        assert mean["volatility"] == pytest.approx(measured["volatility"], rel=0.25)
        assert mean["kurtosis"] == pytest.approx(measured["kurtosis"], rel=0.35)
        assert mean["highs_a_year"] == pytest.approx(measured["highs_a_year"], rel=0.3)
        assert 0.5 < mean["jumps_a_year"] / measured["jumps_a_year"] < 2
        assert abs(mean["rallies_a_year"] - measured["rallies_a_year"]) < 0.4
        clustered = np.mean([each[place]["clustering"]["20"] for each in found])
        assert clustered == pytest.approx(measured["clustering"]["20"], abs=0.1)


def test_moments_are_those_of_what_was_drawn():
    days = trading_days(6000)
    steps = rng().normal(size=(2, 6000)) * 0.01
    one = np.exp(np.cumsum(steps[0]))
    found = moments(days, one)
    assert found["volatility"] == pytest.approx(0.01 * 261**0.5, rel=0.05)
    assert found["kurtosis"] == pytest.approx(2.9, abs=0.25)
    assert abs(found["clustering"]["1"]) < 0.05
    both = together((days, one), (days, np.exp(np.cumsum(steps[0] * 0.6 + steps[1] * 0.8))))
    assert both["same_day"] == pytest.approx(0.6, abs=0.03)
    assert abs(both["next_day"]) < 0.04
    assert real()["day"] > real()["from"]
    assert WARM_UP > 0
