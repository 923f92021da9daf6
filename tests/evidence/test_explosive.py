"""The kind ``explosive``: what it calls explosive, when, and how often it is wrong."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from evidence.quick import heard
from pydantic import ValidationError

from leadline import report
from leadline.data.frame import panel_from_series
from leadline.errors import DataError
from leadline.evidence.base import Evidence
from leadline.evidence.explosive import FEW_WILD, Explosive
from leadline.evidence.explosive_pictures import ALPHA
from leadline.kernels import explosive as ex
from leadline.kernels.cross_correlation import p_value
from leadline.worlds.calibration import bounds, rate
from leadline.worlds.shocks import shocks

N_DAYS = 300
QUICK = {"of": "asset", "every": "day", "n_resamples": 199, "n_simulations": 20}


def price(log, *, freq="B", start="2020-01-01"):
    days = pd.date_range(start, periods=len(log), freq=freq, unit="s")
    return pd.Series(100 * np.exp(log), index=days, name="asset")


def walk(n=N_DAYS, seed=1, volatility=0.01):
    return np.cumsum(volatility * np.random.default_rng(seed).standard_normal(n))


def rally(n=N_DAYS, seed=1, length=60, rise=1.2, after=0):
    """Add a rise that grows by 4 % a day, then ``after`` days of its fall and quiet."""
    steps = 0.01 * np.random.default_rng(seed).standard_normal((1, n - after - 1))
    up = ex.planted(steps, root=1.04, length=length, rise=rise)[0]
    noise = walk(after, seed + 1)
    down = rise * np.minimum(np.arange(1, after + 1) / 10, 1.0)
    return np.concatenate((up, up[-1] + noise - down)) if after else up


def explosive(log, **more):
    series = price(log)
    day = more.pop("day", str(series.index[-1].date()))
    test = Explosive.model_validate({**QUICK, "day": day, **more})
    return heard(test, {"asset": series})


@pytest.fixture(scope="module")
def found():
    return explosive(rally())


def test_a_planted_rally_is_explosive_and_dated(found):
    assert found.status == "ok"
    assert found.holds is True
    assert found.p_value <= 0.05
    assert found.n_episodes == 1
    days = price(rally()).index
    # Planted from the 240th day on; an accelerating rise is seen only when it is under way.
    ((early, start, late, until, length),) = found.exhibit("episodes").rows
    assert days[240] < pd.Timestamp(early) <= pd.Timestamp(start) < days[285]
    assert late == "not exceeded" or start <= late
    assert until == f"{days[-1].date()}, going on"
    assert int(length) == (days > start).sum() + 1
    assert found.at == f"from {start}"
    assert f"since between {early} and" in found.summary or f"since {early}" in found.summary
    assert found.components["root"] > 1


def test_all_three_nulls_decide_and_stand_in_the_table(found):
    parts = [found.components[name] for name in ("p_walks", "p_wild", "p_signs")]
    assert found.p_value == max(parts)
    decide = [row for row in found.exhibit("readings").rows if row[-1] == "yes"]
    assert [float(row[4]) for row in decide] == pytest.approx(parts, abs=6e-4)
    assert found.statistic > max(found.components["value_walks"], found.components["value_wild"])


def test_four_numbers_are_worded(found):
    assert [number.name for number in found.numbers] == ["size", "odds", "power", "episodes"]
    assert "doubles every" in found.numbers[0].text
    assert found.numbers[1].value == found.p_value
    assert 0 <= found.numbers[2].value <= 1
    assert found.numbers[3].value == 1


def test_the_rate_of_false_alarms_stands_beside_the_verdict(found):
    for world in ("walks", "garch"):
        share = found.components[f"false_alarms_{world}"]
        assert 0 <= share <= bounds(QUICK["n_simulations"], ALPHA)[1] / QUICK["n_simulations"]
        assert f"{share:.1%} of" in found.numbers[-1].text
    assert found.exhibit("false_alarms") is not None


def test_what_is_shown_can_be_drawn_and_read_back(found):
    for exhibit in found.exhibits:
        if exhibit.shape != "table":
            assert report.chart(exhibit) is not None
    (mark,) = found.exhibit("bsadf").marks
    assert mark.at < mark.to
    assert Evidence.model_validate_json(found.model_dump_json()) == found
    json.dumps(found.model_dump(mode="json"), allow_nan=False)


def test_a_random_walk_is_not_explosive_and_nothing_is_dated():
    quiet = explosive(walk(seed=5))
    assert quiet.holds is False
    assert quiet.n_episodes == 0
    assert quiet.exhibit("episodes") is None
    assert quiet.exhibit("bsadf").marks == ()
    assert quiet.at == ""


def test_a_burst_of_volatility_is_never_explosive():
    """Where only the value of random walks is exceeded, it is explosive or volatile."""
    answers = []
    for seed in range(8):
        steps = 0.01 * np.random.default_rng(seed).standard_normal(N_DAYS)
        steps[-40:] *= 6
        found = explosive(np.cumsum(steps), n_simulations=1)
        answers.append(found.holds)
        if found.holds is None:
            assert found.components["p_walks"] <= 0.05 < found.p_value
            assert "or was only volatile" in found.summary
            assert found.n_episodes == 0
    assert True not in answers
    assert answers.count(None) >= 3


def test_the_episode_must_reach_into_the_stretch_asked_about():
    over = rally(n=400, length=60, after=100)
    anywhere, lately = explosive(over), explosive(over, within="2m")
    assert anywhere.holds is True
    assert ", from " in anywhere.summary
    assert lately.holds is False
    assert "did not run away as a bubble does in the 2 months to" in lately.summary


def test_a_crash_is_no_rally():
    crash = explosive(-rally())
    assert crash.components["p_walks"] <= 0.05
    assert crash.components["p_wild"] <= 0.05
    assert crash.holds is False
    assert crash.n_episodes == 0
    assert ", in a fall," in crash.summary


def test_the_monitored_stretch_alone_is_searched_and_the_whole_sample_shown_beside():
    log = rally(n=400)
    whole, last = explosive(log), explosive(log, monitored="6m")
    assert whole.statistic == last.statistic == last.components["gsadf"]
    names, values = ([row[i] for row in last.exhibit("readings").rows] for i in (0, 3))
    assert names[3:5] == ["whole sample (GSADF)"] * 2
    # The less is searched, the less chance reaches.
    assert [float(v) for v in values[:2]] < [float(v) for v in values[3:5]]
    assert "whole sample (GSADF)" not in [row[0] for row in whole.exhibit("readings").rows]
    before = explosive(rally(n=400, after=150), monitored="2m")
    assert before.statistic < before.components["gsadf"]


def test_lags_are_a_setting_and_a_check(found):
    lagged = explosive(rally(), lags=1)
    assert lagged.holds is True
    assert "with 1 lagged difference" in [row[0] for row in found.exhibit("readings").rows]
    assert "with 0 lagged differences" in [row[0] for row in lagged.exhibit("readings").rows]


@pytest.mark.parametrize("every", ["day", "week", "month"])
@pytest.mark.parametrize("weekday", [2, 4])
def test_what_comes_after_the_day_changes_nothing(every, weekday):
    log = walk(2400, seed=9)
    series = price(log, freq="D")
    day = next(d for d in series.index[2000:] if d.weekday() == weekday)
    test = Explosive.model_validate({**QUICK, "day": day.date(), "every": every, "n_resamples": 99})
    test = test.model_copy(update={"start": date(2024, 1, 1) if every == "day" else None})
    cut = series[series.index <= day]
    then, today = (heard(test, {"asset": s}) for s in (cut, series))
    assert then.status == "ok"
    assert then == today
    assert then.stop == str(day.date())


def test_weeks_and_months_are_counted_back_from_the_day():
    series = price(walk(3000, seed=2), freq="D")
    panel = panel_from_series({"asset": series})
    for every, day in (("week", "2026-01-23"), ("month", "2026-01-31")):
        test = Explosive.model_validate({**QUICK, "every": every, "day": day})
        days, log = test._levels(panel)
        assert str(days[-1]) == day
        assert log[-1] == pytest.approx(np.log(series[day]))
        if every == "week":
            assert set(np.diff(days).astype(int)) == {7}
        else:
            assert [str(d) for d in days[-4:]] == [
                "2025-10-31",
                "2025-11-30",
                "2025-12-31",
                "2026-01-31",
            ]


def test_the_unit_of_the_price_changes_nothing(found):
    other = heard(Explosive.model_validate(found.settings), {"asset": price(rally() + np.log(100))})
    assert other.p_value == found.p_value
    assert other.holds == found.holds
    assert other.statistic == pytest.approx(found.statistic, abs=1e-8)


def test_two_runs_give_the_same_digits(found):
    assert explosive(rally()) == found


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"day": "2030-01-01"}, "was not over"),
        ({"start": "2021-01-01"}, "needs 60"),
        ({"every": "month"}, "needs 60"),
        ({"monitored": "1w"}, "an episode needs"),
    ],
)
def test_too_little_data_is_a_finding(more, said):
    thin = explosive(walk(), **more)
    assert thin.status == "infeasible"
    assert said in thin.summary
    assert thin.holds is None


def test_a_price_that_stopped_is_a_finding():
    series = price(walk())
    test = Explosive.model_validate({**QUICK, "day": "2021-04-01"})
    other = price(walk(400)).rename("other")
    found = heard(test, {"asset": series, "other": other})
    assert found.status == "infeasible"
    assert "37 days before 2021-04-01" in found.summary


def test_a_price_that_never_moves_is_a_finding():
    assert "never changes" in explosive(np.zeros(N_DAYS)).summary


def test_a_price_that_first_moves_on_the_last_day_is_a_finding():
    log = np.zeros(N_DAYS)
    log[-1] = 0.01
    still = explosive(log)
    assert still.status == "infeasible"
    assert "hardly moves in the whole sample" in still.summary


def test_too_many_values_are_refused_with_the_way_out():
    assert "set 'start' or a longer 'every'" in explosive(walk(3001)).summary


def test_a_price_without_logarithm_is_an_error_and_a_later_start_the_way_out():
    series = price(walk())
    series.iloc[20] = -37.0
    info = panel_from_series({"asset": price(walk())})["asset"].info
    panel = panel_from_series(
        {"asset": series}, infos={"asset": info.model_copy(update={"positive": False})}
    )
    settings = {**QUICK, "day": str(series.index[-1].date())}
    test = Explosive.model_validate(settings)
    with pytest.raises(DataError, match=r"value -37 on 2020-01-29 has no .* set 'start' after"):
        test.find(panel, test.stream("a seed"))
    later = Explosive.model_validate({**settings, "start": "2020-02-01"})
    assert later.find(panel, later.stream("a seed")).status == "ok"


def test_a_rate_is_taken_as_it_is():
    series = price(walk()) - 100
    info = panel_from_series({"asset": price(walk())})["asset"].info
    rates = {"asset": info.model_copy(update={"kind": "rate", "unit": "percent"})}
    test = Explosive.model_validate({**QUICK, "day": str(series.index[-1].date())})
    days, path = test._levels(panel_from_series({"asset": series}, infos=rates))
    assert days.size == N_DAYS
    np.testing.assert_array_equal(path, series.to_numpy())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"within": "2y", "monitored": "1y"}, "within 2y is longer than monitored 1y"),
        ({"lags": -1}, "greater than or equal to 0"),
        ({"n_resamples": 50}, "greater than or equal to 99"),
        ({"every": "fortnight"}, "'day', 'week' or 'month'"),
        ({"leader": "gold"}, "Extra inputs are not permitted"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings, said):
    with pytest.raises(ValidationError) as error:
        Explosive.model_validate({**QUICK, "day": "2021-01-01", **settings})
    assert said in str(error.value)


def garch_t4(n, rng, arch=0.10, garch=0.85):
    shock = rng.standard_t(4, n + 200) * np.sqrt(0.5)
    out, variance = [], 1.0
    for z in shock:
        out.append(np.sqrt(variance) * z)
        variance = 1 - arch - garch + arch * out[-1] ** 2 + garch * variance
    return np.array(out[200:])


def late_break(n, rng):
    steps = rng.standard_normal(n)
    steps[int(0.8 * n) :] *= 4
    return steps


NULL_STEPS = {
    "random walk": lambda n, rng: rng.standard_normal(n),
    "drift": lambda n, rng: 0.1 + rng.standard_normal(n),
    "GARCH-t4": garch_t4,
    "GARCH-t5": lambda n, rng: shocks("garch_t", n, rng),
    "volatility break": late_break,
}


def calibrate(world, n, n_worlds, n_wild, *, last=None):
    """Give rejections by random walks, wild bootstrap, signs, and the share called explosive."""
    rng = np.random.default_rng([n_worlds, *world.encode()])
    shortest = ex.shortest_rows(n)
    first = shortest if last is None else n - last
    spell = np.log(n)
    frame = ex.Frame(shortest, 0, first, first, int(np.ceil(spell)), int(np.ceil(spell / 2)))
    null = ex.random_walks(1999, n, rng)
    walks, signs = frame.suprema(null), frame.suprema(ex.cumulated_signs(null))
    paths = np.stack([np.cumsum(NULL_STEPS[world](n, rng)) for _ in range(n_worlds)])
    sequences = frame.sequence(paths)
    tops = sequences.max(axis=1)
    values = ex.Values(ex.critical_value(walks, ALPHA), 0.0, ex.critical_value(signs, ALPHA))
    called = ex.found_explosive(
        paths, sequences, frame, values, alpha=ALPHA, n_wild=n_wild, rng=rng
    )
    by_sign = frame.suprema(ex.cumulated_signs(paths))
    return {
        "walks": rate([p_value(float(top), walks) for top in tops]),
        "wild": rate(
            [
                p_value(float(top), frame.suprema(ex.wild(path, n_wild, rng)))
                for top, path in zip(tops, paths, strict=True)
            ]
        ),
        "signs": rate([p_value(float(top), signs) for top in by_sign]),
        "rule": rate(1.0 - called),
    }


@pytest.mark.parametrize("world", NULL_STEPS)
def test_the_rule_and_its_robust_nulls_keep_their_size(world):
    found = calibrate(world, 120, 200, 99)
    assert found["wild"].is_not_above
    assert found["signs"].is_not_above
    assert found["rule"].is_not_above


@pytest.mark.parametrize("world", ["GARCH-t4", "volatility break"])
def test_random_walks_alone_would_call_volatility_explosive(world):
    assert calibrate(world, 240, 100, 19)["walks"].low > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("last", [None, 104])
@pytest.mark.parametrize("world", NULL_STEPS)
def test_the_rule_keeps_its_size_in_a_thousand_worlds(world, last):
    found = calibrate(world, 300, 1000, 99, last=last)
    # The wild bootstrap is right in large samples only; here it rejects up to 6 %.
    assert found["wild"].share <= 0.08
    assert found["rule"].is_not_above
    assert found["rule"].share <= 0.02


def test_strong_rallies_are_found():
    rng = np.random.default_rng(12)
    n = 250
    shortest = ex.shortest_rows(n)
    frame = ex.Frame(shortest, 0, shortest, n - 60, 6, 3)
    null = ex.random_walks(499, n, rng)
    values = ex.Values(
        ex.critical_value(frame.suprema(null), ALPHA),
        0.0,
        ex.critical_value(frame.suprema(ex.cumulated_signs(null)), ALPHA),
    )
    steps = np.stack([shocks("garch_t", n - 1, rng) for _ in range(60)])
    paths = ex.planted(steps, root=1.03, length=70, rise=120.0)
    found = ex.found_explosive(
        paths, frame.sequence(paths), frame, values, alpha=ALPHA, n_wild=FEW_WILD, rng=rng
    )
    assert found.mean() > 0.8
