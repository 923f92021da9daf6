"""Facts about one day, on prices whose answer is plain."""

import numpy as np
import pandas as pd
import pytest
from evidence.quick import a_fact, heard, prices

DAY = "2020-01-01"
DAYS = 1200


def ending(noise=0.002, **moves):
    """Give price series that end on DAY; a number is the move of the last 30 days."""
    rng = np.random.default_rng(5)
    start = str((pd.Timestamp(DAY) - pd.Timedelta(days=DAYS - 1)).date())
    out = {}
    for name, last in moves.items():
        steps = noise * rng.standard_normal(DAYS)
        steps[-30:] += last / 30
        out[name] = prices(steps, name, start=start)
    return out


def test_a_record_is_above_all_before():
    series = ending(leader=0.5)
    found = heard(a_fact("record", DAY), series)
    assert series["leader"].iloc[-1] > series["leader"].iloc[:-1].max()
    assert found.holds
    assert found.stop == DAY
    assert heard(a_fact("record", DAY), ending(leader=-0.5)).holds is False


@pytest.mark.parametrize(
    ("share", "holds"), [(1.0, True), (1.004, True), (1.006, False), (0.5, True)]
)
def test_a_level_counts_as_reached_within_the_tolerance(share, holds):
    series = ending(leader=0.5)
    level = float(series["leader"].iloc[-1]) * share
    assert heard(a_fact("record", DAY, reaches=level), series).holds is holds


def test_a_level_reached_without_a_record_does_not_hold():
    assert heard(a_fact("record", DAY, reaches=1.0), ending(leader=-0.5)).holds is False


def test_the_base_rate_is_the_share_of_earlier_days_on_which_the_words_were_true():
    series = ending(leader=0.5)
    value = series["leader"].to_numpy()
    records = [value[t] > value[:t].max() for t in range(250, value.size - 1)]
    found = heard(a_fact("record", DAY), series)
    assert found.components["base_rate"] == pytest.approx(np.mean(records))
    assert found.wording.share == pytest.approx(np.mean(records))
    assert found.p_value == pytest.approx((1 + sum(records)) / (1 + len(records)))


@pytest.mark.parametrize(("rival", "holds"), [(0.2, True), (0.9, False)])
def test_the_best_of_a_universe_returned_most(rival, holds):
    series = ending(leader=0.5, follower=rival, third=0.1)
    test = a_fact("best_of", DAY, universe=["follower", "third"], windows=["1m"])
    found = heard(test, series)
    assert found.holds is holds
    rows = found.exhibit("ranking").rows
    assert rows[0].label == ("leader" if holds else "follower")
    assert found.estimate.value == pytest.approx(
        series["leader"].iloc[-1] / series["leader"].iloc[-31] - 1, rel=0.02
    )


@pytest.mark.parametrize(("move", "holds"), [(-0.2, True), (0.05, True), (0.45, False)])
def test_a_follower_that_made_a_quarter_of_the_move_has_not_followed(move, holds):
    series = ending(leader=0.5, follower=move)
    assert heard(a_fact("has_not_followed", DAY, windows=["1m"]), series).holds is holds


def test_nobody_has_failed_to_follow_a_fall():
    series = ending(leader=-0.5, follower=-0.6)
    assert heard(a_fact("has_not_followed", DAY, windows=["1m"]), series).holds is False


@pytest.mark.parametrize(("move", "holds"), [(0.6, True), (-0.6, None), (0.0, None)])
def test_an_acceleration_is_a_rise_of_drift(move, holds):
    series = ending(0.02, leader=move)
    found = heard(a_fact("acceleration", DAY, windows=["3m"], n_resamples=199), series)
    assert found.holds is holds
    if holds:
        changed = pd.Timestamp(found.exhibit("readings").rows[0][1])
        assert abs(changed - (pd.Timestamp(DAY) - pd.Timedelta(days=30))) < pd.Timedelta(days=8)


def test_all_readings_are_counted_and_listed():
    series = ending(leader=0.5, follower=0.2)
    found = heard(a_fact("best_of", DAY, windows=["1m", "3m", "1y"]), series)
    assert found.components["readings"] == 6
    assert len(found.exhibit("readings").rows) == 6


def test_a_day_without_a_recent_value_is_infeasible():
    series = ending(leader=0.5)
    early = {"leader": series["leader"].iloc[:-9], "follower": series["leader"]}
    found = heard(a_fact("record", DAY), early)
    assert found.status == "infeasible"
    assert "no value within 5 days" in found.summary


def test_a_fact_is_told_from_the_days_up_to_it():
    series = ending(leader=0.5, follower=0.2)
    day = str((pd.Timestamp(DAY) - pd.Timedelta(days=60)).date())
    cut = {name: given.loc[:day] for name, given in series.items()}
    test = a_fact("has_not_followed", day, windows=["1m"])
    assert heard(test, series).model_dump() == heard(test, cut).model_dump()
