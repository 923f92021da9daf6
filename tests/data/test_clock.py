"""When a value could be known."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from leadline.data.clock import (
    AfterBusinessDays,
    AfterDays,
    AfterMonthEnd,
    AtClose,
    HeldBack,
    NextWeekday,
    WallTime,
    decision_days,
    decisions,
    instants,
    known_at,
    last_decided,
)

NEW_YORK = "America/New_York"


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


def one(day, release, **more):
    known = known_at(days(day), close=more.pop("close", "24:00 UTC"), release=release, **more)
    return str(known[0])


def test_a_settlement_in_new_york_moves_an_hour_in_utc_with_daylight_saving_time():
    found = instants(
        days("2026-03-06", "2026-03-09", "2026-10-30", "2026-11-02"), f"13:25 {NEW_YORK}"
    )
    assert [str(each)[11:16] for each in found] == ["18:25", "17:25", "17:25", "18:25"]


def test_the_end_of_a_day_is_the_start_of_the_next():
    assert str(instants(days("2024-02-28"), "24:00 UTC")[0]) == "2024-02-29T00:00:00"
    # The zone's offset is that of the next day, not of the label: summer time ends at 02:00.
    assert str(instants(days("2025-10-31"), f"24:00 {NEW_YORK}")[0]) == "2025-11-01T04:00:00"
    assert str(instants(days("2025-12-31"), f"24:00 {NEW_YORK}")[0]) == "2026-01-01T05:00:00"


@given(
    st.lists(st.dates(date(1955, 1, 1), date(2037, 12, 31)), min_size=1, max_size=20),
    st.sampled_from([NEW_YORK, "Europe/London", "Asia/Tokyo", "Africa/Casablanca", "UTC"]),
    st.integers(0, 23 * 60 + 59),
)
def test_instants_are_those_of_the_time_zone_database(when, zone, minute):
    hour, rest = divmod(minute, 60)
    found = instants(np.array(when, dtype="datetime64[D]"), f"{hour:02d}:{rest:02d} {zone}")
    for day, instant in zip(when, found, strict=True):
        local = datetime(day.year, day.month, day.day, hour, rest, tzinfo=ZoneInfo(zone))
        assert instant.astype(object) == local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def test_no_days_have_no_instants():
    assert instants(days(), f"13:25 {NEW_YORK}").size == 0


@pytest.mark.parametrize("text", ["1:25 UTC", "13:25", "25:00 UTC", "13:60 UTC", "13:25 New_York"])
def test_a_wall_time_that_is_none_is_refused(text):
    with pytest.raises(ValidationError, match=r"not a time and zone|no time zone"):
        TypeAdapter(WallTime).validate_python(text)


def test_a_price_is_known_some_minutes_after_its_close():
    assert (
        one("2026-01-23", AtClose(minutes=30), close=f"13:25 {NEW_YORK}") == "2026-01-23T18:55:00"
    )


def test_a_rule_in_calendar_days_counts_weekends():
    rule = AfterDays(days=7, at="00:05 UTC")
    assert one("2026-01-05", rule) == "2026-01-12T00:05:00"


@pytest.mark.parametrize(
    ("label", "known"),
    [
        ("2026-01-14", "2026-01-15T21:30:00"),  # Wednesday
        ("2026-01-16", "2026-01-20T21:30:00"),  # Friday before Martin Luther King Day
        ("2026-01-17", "2026-01-20T21:30:00"),  # the Saturday of that weekend
        ("2025-12-24", "2025-12-26T21:30:00"),  # Christmas
        ("2026-07-02", "2026-07-06T20:30:00"),  # Saturday's 4 July is kept on Friday
    ],
)
def test_the_next_business_day_skips_weekends_and_holidays(label, known):
    assert one(label, AfterBusinessDays(at=f"16:30 {NEW_YORK}")) == known


def test_positions_of_tuesday_are_known_on_friday_or_later_around_a_holiday():
    rule = AfterBusinessDays(days=3, at=f"15:30 {NEW_YORK}")
    assert one("2026-03-10", rule) == "2026-03-13T19:30:00"
    assert one("2025-11-25", rule) == "2025-12-01T20:30:00"  # Thanksgiving on the 27th


@pytest.mark.parametrize(
    ("label", "known"),
    [
        ("2026-01-07", "2026-01-08T21:30:00"),  # Wednesday's level, on Thursday
        ("2026-01-08", "2026-01-15T21:30:00"),  # never on the label day itself
        ("2025-12-24", "2025-12-26T21:30:00"),  # Christmas is a Thursday
    ],
)
def test_a_weekly_release_comes_on_its_weekday_after_the_label(label, known):
    assert one(label, NextWeekday(weekday="thursday", at=f"16:30 {NEW_YORK}")) == known


def test_a_month_is_known_days_after_it_has_ended():
    rule = AfterMonthEnd(days=28, at=f"13:00 {NEW_YORK}")
    assert one("2026-01-01", rule) == "2026-03-02T18:00:00"  # the 28th is a Saturday
    assert one("2026-01-31", rule) == one("2026-01-01", rule)


def test_a_shutdown_holds_back_the_periods_it_names_and_no_others():
    gap = (
        HeldBack(first=date(2025, 9, 30), last=date(2025, 10, 14), until=date(2025, 11, 19)),
        HeldBack(first=date(2025, 11, 4), until=date(2025, 12, 9)),
    )
    labels = days("2025-09-23", "2025-09-30", "2025-10-14", "2025-10-21", "2025-11-04")
    rule = AfterBusinessDays(days=3, at="15:30 UTC")
    known = known_at(labels, close="24:00 UTC", release=rule, held_back=gap)
    expected = ["2025-09-26", "2025-11-20", "2025-11-20", "2025-10-24", "2025-12-10"]
    assert [str(each)[:10] for each in known] == expected
    assert str(decision_days(known)[1]) == "2025-11-19"


def test_the_decision_of_a_day_is_ten_minutes_into_the_next():
    assert str(decisions(days("2026-01-22"))[0]) == "2026-01-23T00:10:00"


@pytest.mark.parametrize(
    ("known", "day"),
    [
        ("2026-01-23T00:10:00", "2026-01-22"),
        ("2026-01-23T00:10:01", "2026-01-23"),
        ("2026-01-22T18:25:00", "2026-01-22"),
        ("1969-12-31T00:10:00", "1969-12-30"),
    ],
)
def test_a_value_is_seen_by_the_first_decision_at_or_after_it(known, day):
    assert str(decision_days(np.array([known], dtype="datetime64[s]"))[0]) == day


@pytest.mark.parametrize(
    ("minute", "day"), [(9, "2026-03-07"), (10, "2026-03-08"), (11, "2026-03-08")]
)
def test_a_day_is_decided_ten_minutes_after_it(minute, day):
    now = datetime(2026, 3, 9, 0, minute, tzinfo=UTC)
    assert str(last_decided(now)) == day
    assert (decision_days(np.array([now.replace(tzinfo=None)], "datetime64[s]")) >= days(day)).all()
