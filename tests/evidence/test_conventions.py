"""A positive lag means that the leader moved before: one y[t] = x[t - 3] through everything."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from evidence.quick import (
    DAY,
    FACTS,
    FEW,
    RISE,
    SMALL,
    a_fact,
    a_test,
    beside,
    find,
    heard,
    market,
    prices,
)

import leadline
from leadline import functions, report
from leadline.data.frame import panel_from_series
from leadline.data.series import SeriesInfo
from leadline.errors import DataError
from leadline.evidence import kinds

WINDOW = {"min": "1d", "max": "10d"}


@pytest.fixture(scope="module")
def profile(related):
    return find("lag_profile", related)


@pytest.fixture(scope="module")
def swapped(related):
    return find("lag_profile", related[::-1])


def peak(line):
    return line.x[int(np.argmax(line.y))]


def lines(exhibit):
    return {line.label: line for line in exhibit.lines}


def test_the_lag_profile_finds_the_lead_and_its_lag(profile):
    assert profile.components["best_lag"] == 3
    assert profile.components["lag_set_low"] == profile.components["lag_set_high"] == 3
    assert profile.at == "3 observations"
    assert profile.estimate.value > 0.8
    assert profile.p_value == 0.01
    assert profile.forks.p_worst <= 0.05


def test_swapped_series_show_no_lead_in_the_lag_profile(swapped):
    assert swapped.p_value > 0.05
    assert abs(swapped.estimate.value) < 0.15


def test_pictures_of_the_lag_profile_peak_at_plus_three(profile, swapped):
    there, back = (lines(e.exhibit("lag_profile")) for e in (profile, swapped))
    assert peak(there["returns"]) == peak(there["price levels"]) == 3
    assert peak(back["returns"]) == peak(back["price levels"]) == -3
    np.testing.assert_allclose(there["returns"].y, back["returns"].y[::-1], rtol=1e-8)
    marks = [mark for mark in profile.exhibit("lag_profile").marks if mark.axis == "x"]
    assert (marks[0].at, marks[0].to) == (1, 10)


def drawn(node):
    """Give every row of data in a drawn chart."""
    if isinstance(node, list):
        return [row for part in node for row in drawn(part)]
    if not isinstance(node, dict):
        return []
    values = node.get("data", {}).get("values", [])
    own = json.loads(values) if isinstance(values, str) else values
    return own + [row for part in node.values() for row in drawn(part)]


def test_the_drawn_chart_of_the_lag_profile_peaks_at_plus_three(profile):
    rows = drawn(report.chart(profile.exhibit("lag_profile")).to_dict())
    returns = [row for row in rows if row.get("label") == "returns"]
    assert len(returns) == 21
    assert max(returns, key=lambda row: row["y"])["x"] == 3


def test_the_rolling_picture_follows_the_lagged_correlation(profile):
    (line,) = profile.exhibit("rolling").lines
    assert line.label == "correlation at 3 observations"
    assert min(line.y) > 0.7


def test_the_overlay_is_best_where_the_leader_is_moved_three_days_forward(related):
    there = functions.shift(*related, days=3, scale="log")
    back = functions.shift(*related[::-1], days=3, scale="log")
    assert there.level_r > 0.99
    assert there.level_r > back.level_r
    overlay = find("level_correlation", related, at="3d").exhibit("overlay")
    shifts = {shift.days: shift for shift in overlay.shifts}
    assert overlay.start_shift == 3
    assert max(shifts, key=lambda days: shifts[days].level_r) == 3


def test_the_overlay_is_best_at_thirty_days_by_returns_too():
    pair = market(lag=30, noise=0.002)
    overlay = find("level_correlation", pair, window={"min": "0d", "max": "60d"}).exhibit("overlay")
    for name in ("level_r", "return_r"):
        best = max(overlay.shifts, key=lambda shift: getattr(shift, name))
        assert best.days == 30


def test_the_level_correlation_is_best_three_days_forward(related):
    there = find("level_correlation", related)
    assert there.components["best_shift_days"] == pytest.approx(3, abs=0.1)
    assert there.at == "3 days"
    assert there.estimate.value > 0.99
    shown = lines(there.exhibit("level_profile"))
    assert peak(shown["price levels"]) == pytest.approx(3, abs=0.1)
    assert peak(shown["daily returns"]) == pytest.approx(3, abs=0.1)
    back = find("level_correlation", related[::-1])
    assert back.components["best_shift_days"] == 0
    assert max(lines(back.exhibit("level_profile"))["daily returns"].y) < 0.2


@pytest.mark.parametrize("rate", ["trigger", "precursor"])
def test_follower_events_come_after_leader_events(related, rate):
    there = find("event_coincidence", related, horizon="5d", rate=rate)
    assert there.components["n_before"] == there.components["n_one_sided"] > 5
    assert there.components["p_order"] < 0.05
    assert there.estimate.value > 0.3
    back = find("event_coincidence", related[::-1], horizon="5d", rate=rate)
    assert back.components["n_before"] == 0
    assert back.components["p_order"] == 1.0


def test_what_comes_gap_days_later_coincides_and_does_not_follow():
    """A follower one day behind, asked for more than one day apart."""
    pair = market(lag=1, noise=0.0)
    record = {"rule": "record_high", "memory": "1m", "quiet": "1m"}
    found = find("event_coincidence", pair, event=record, rally=record, apart="1d", horizon="10d")
    assert found.components["n_one_sided"] <= 2
    assert found.components["coincidence_rate"] > 0.9


def test_the_follower_rises_after_the_events_of_the_leader(related):
    there = find("event_study", related)
    assert there.estimate.value > 0.02
    assert there.p_value <= 0.02
    assert lines(there.exhibit("fan"))["after an event, median"].y[-1] > 0.03
    back = find("event_study", related[::-1])
    assert abs(back.estimate.value) < 0.02
    assert back.p_value > 0.05


def test_a_gap_is_a_follower_that_stays_behind():
    up, down = (find("gap_frequency", market(lag=1, link=s, seed=4)) for s in (1.0, -1.0))
    assert up.components["share"] < 0.2
    assert down.components["share"] > 0.8
    assert up.estimate.value < 0 < down.estimate.value
    assert down.p_value < 0.05 < up.p_value
    behind = lines(down.exhibit("gap"))["gap"].y
    assert np.mean(behind) > 0.1


def test_the_leader_that_rose_has_not_been_followed_yet(related):
    leader, follower = related
    weeks = np.log(leader).diff(3)
    day = str(weeks.iloc[400:].idxmax().date())
    settings = {"fact": "has_not_followed", "day": day, "windows": ["3d"]}
    test = kinds()["market_fact"].model_validate
    series = {"leader": leader, "follower": follower}
    there = heard(test({"of": "leader", "follower": "follower", **settings}), series)
    assert there.holds
    assert there.estimate.value < 0
    assert not heard(test({"of": "follower", "follower": "leader", **settings}), series).holds


def test_forecasts_gain_from_the_leader_and_not_from_the_follower(related):
    there, back = find("lag_profile", related), find("lag_profile", related[::-1])
    assert there.skill.low > 0.3 > back.skill.high


def flipped(series):
    return prices(-np.diff(np.log(series), prepend=np.log(series.iloc[0])), series.name)


@pytest.mark.parametrize("kind", ["lag_profile", "level_correlation", "event_study"])
def test_a_mirrored_follower_and_claim_give_the_mirrored_finding(unrelated, kind):
    leader, follower = unrelated
    panels = [
        panel_from_series({"leader": leader, "follower": y}) for y in (follower, flipped(follower))
    ]
    plain = a_test(kind).find(panels[0], np.random.default_rng(1))
    mirrored = a_test(kind, direction="negative").find(panels[1], np.random.default_rng(1))
    assert mirrored.p_value == plain.p_value
    assert mirrored.forks.by_null == plain.forks.by_null
    assert mirrored.estimate.value == pytest.approx(-plain.estimate.value, rel=1e-6)
    assert mirrored.estimate.low == pytest.approx(-plain.estimate.high, rel=1e-6)


def zoned(series, unit, zone):
    moved = series.copy()
    moved.index = series.index.as_unit(unit)
    if zone == "UTC":
        moved.index = moved.index.tz_localize("UTC")
    elif zone is not None:
        # Eleven in the morning in UTC is the same day from New York to Tokyo.
        at = moved.index.tz_localize("UTC") + pd.Timedelta(hours=11)
        moved.index = at.tz_convert(zone)
    return moved


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo", "America/New_York"])
def test_index_units_and_time_zones_change_nothing(profile, related, unit, zone):
    same = find("lag_profile", tuple(zoned(series, unit, zone) for series in related))
    assert same == profile


def test_leader_and_follower_may_come_in_different_units_and_zones(kind, related):
    leader, follower = related
    mixed = (zoned(leader, "ns", "Asia/Tokyo"), zoned(follower, "ms", None))
    assert find(kind, mixed) == find(kind, related)


def test_every_kind_is_a_plain_function():
    assert {name for name in kinds() if not hasattr(functions, name)} == set()
    assert set(kinds()) <= set(leadline.__all__)


def test_the_plain_functions_are_the_kinds(kind, related):
    named = {"window", "leader", "follower"}
    settings = {key: value for key, value in SMALL[kind].items() if key not in named}
    if kind == "lag_profile":
        settings |= {"min_lag": "1d", "max_lag": "10d"}
    elif kind == "level_correlation":
        settings |= {"max_lag": "20d"}
    direct, series = a_test(kind), beside(*related)
    found = getattr(functions, kind)(
        series[direct.leader],
        series[direct.follower],
        others={name: series[name] for name in direct.series()},
        seed="a seed",
        **FEW,
        **settings,
    )
    assert isinstance(found, functions.Finding)
    assert found.settings == direct.settings()
    assert found.model_dump() == find(kind, related).model_dump()


@pytest.mark.parametrize("name", sorted(FACTS))
def test_the_plain_functions_of_facts_are_the_kinds(name, related):
    day, series = str(related[0].index[-1].date()), beside(*related)
    direct = a_fact(name, day)
    given = {DAY.get(direct.kind, "day"): day, **FACTS[name]}
    plain = getattr(functions, given.pop("kind"))
    read = {other: series[other] for other in direct.series()}
    if name == "published_figure":
        found = plain(given.pop("figure"), **given | {"known_by": date.fromisoformat(day)})
    elif name == "regime_now":
        found = plain(read, seed="a seed", **given)
    else:
        of = given.pop("follower" if name == "forecast" else "of")
        found = plain(series[of], others=read, seed="a seed", **given)
    assert isinstance(found, functions.Finding)
    assert found.settings == direct.settings()
    assert found.model_dump() == heard(direct, series).model_dump()


def a_yield(related):
    """Give percentage points that the leader moves, through zero."""
    return np.log(related[0] / related[0].iloc[0]).rename("yield")


def test_a_rate_is_named_and_moves_by_differences(related):
    info = SeriesInfo(id="yield", title="yield", unit="percent", kind="rate")
    series = {"yield": a_yield(related), "follower": related[1]}
    panel = panel_from_series(series, infos={"yield": info})
    test = a_test("driver_loading", leader="yield", every="week")
    plain = functions.driver_loading(
        *series.values(), every="week", rates=("yield",), seed="a seed", **FEW
    )
    assert plain.model_dump() == test.find(panel, test.stream("a seed")).model_dump()
    with pytest.raises(DataError, match=r"'yield': the price of .* prices are positive"):
        functions.driver_loading(*series.values(), **FEW)


def test_numbers_from_nought_to_one_are_probabilities_where_a_state_is_asked(related):
    chance = beside(*related)["strong"].astype(float) * 0.9 + 0.05
    found = functions.regime_now(
        {"strong": chance}, day=related[0].index[-1].date(), state="strong"
    )
    flag = functions.regime_now(
        {"strong": chance > 0.5}, day=related[0].index[-1].date(), state="strong"
    )
    assert found.components["base_rate"] == flag.components["base_rate"]
    assert found.components["probability"] == chance.iloc[-1]
    assert found.holds is flag.holds


def test_unnamed_and_equally_named_series_are_leader_and_follower(related):
    leader, follower = related
    named = functions.event_study(leader, follower, **FEW, event=RISE)
    same = functions.event_study(
        leader.rename("price"), follower.rename("price"), **FEW, event=RISE
    )
    bare = functions.event_study(leader.rename(None), follower.rename(None), **FEW, event=RISE)
    assert named.model_dump() == same.model_dump() == bare.model_dump()
