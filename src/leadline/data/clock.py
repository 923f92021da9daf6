"""When a value could be known: wall clocks, release rules and the daily decision."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal, assert_never
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

DECISION_MINUTES = 24 * 60 + 10
"""The decision of day D is taken at 00:10 UTC after it, counted from the start of D."""

_WALL = re.compile(r"(\d{2}):([0-5]\d) (\S+)")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60
# US federal holidays are listed this far; outside, every weekday counts as a business day.
_FIRST_HOLIDAY, _LAST_HOLIDAY = "1950-01-01", "2060-12-31"


def _checked_wall(text: str) -> str:
    _parse_wall(text)
    return text


WallTime = Annotated[str, AfterValidator(_checked_wall)]
"""A time of day and its IANA zone: ``13:25 America/New_York``; ``24:00 UTC`` ends the day."""


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AtClose(_Rule):
    """Known ``minutes`` after the close."""

    rule: Literal["at_close"] = "at_close"
    minutes: NonNegativeInt = 5


class AfterDays(_Rule):
    """Known ``days`` calendar days after the label day, at a wall time."""

    rule: Literal["days"] = "days"
    days: NonNegativeInt
    at: WallTime


class AfterBusinessDays(_Rule):
    """Known ``days`` US business days after the label day, at a wall time."""

    rule: Literal["business_days"] = "business_days"
    days: PositiveInt = 1
    at: WallTime


class NextWeekday(_Rule):
    """Known on the first such weekday after the label day; a holiday puts it off."""

    rule: Literal["weekday"] = "weekday"
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday"]
    at: WallTime


class AfterMonthEnd(_Rule):
    """Known ``days`` after the month of the label has ended, or the next business day."""

    rule: Literal["after_month_end"] = "after_month_end"
    days: PositiveInt
    at: WallTime


Release = Annotated[
    AtClose | AfterDays | AfterBusinessDays | NextWeekday | AfterMonthEnd,
    Field(discriminator="rule"),
]


class HeldBack(_Rule):
    """Periods from ``first`` to ``last`` (or ``first`` alone) not public before ``until`` ends."""

    first: date
    last: date | None = None
    until: date


def instants(days: Days, wall: str) -> Instants:
    """Give the UTC instant of a wall time on each day, daylight saving time included.

    A time the clock skips counts as before the change, one it repeats as the first of the two.
    """
    minute, zone = _parse_wall(wall)
    local = _later(days.astype("datetime64[D]").astype("datetime64[s]"), minute, "m")
    if zone == "UTC" or local.size == 0:
        return local
    at = local.astype("datetime64[D]")
    year = at.astype("datetime64[Y]")
    first, last = int(year.min().astype(np.int64)), int(year.max().astype(np.int64))
    table = np.stack([_offsets(zone, minute % _DAY, 1970 + y) for y in range(first, last + 1)])
    row = year.astype(np.int64) - first
    offset: NDArray[np.int64] = table[row, (at - year.astype("datetime64[D]")).astype(np.int64)]
    return _later(local, -offset, "s")


def known_at(
    periods: Days, *, close: str, release: Release, held_back: tuple[HeldBack, ...] = ()
) -> Instants:
    """Give the UTC instant at which the value of each period could first be known."""
    days = periods.astype("datetime64[D]")
    match release:
        case AtClose():
            known = _later(instants(days, close), release.minutes, "m")
        case AfterDays():
            known = instants(_later(days, release.days, "D"), release.at)
        case AfterBusinessDays():
            later = np.busday_offset(days, release.days, roll="backward", busdaycal=us_business())
            known = instants(later, release.at)
        case NextWeekday():
            # 1970-01-01 was a Thursday, weekday 3.
            weekday = (days.astype(np.int64) + 3) % 7
            wait = (_WEEKDAYS.index(release.weekday) - weekday - 1) % 7 + 1
            known = instants(_business_day(_later(days, wait, "D")), release.at)
        case AfterMonthEnd():
            next_month = (days.astype("datetime64[M]") + 1).astype("datetime64[D]")
            day = _business_day(_later(next_month, release.days - 1, "D"))
            known = instants(day, release.at)
        case _:
            assert_never(release)
    for gap in held_back:
        held = (days >= np.datetime64(gap.first)) & (days <= np.datetime64(gap.last or gap.first))
        end = np.datetime64(gap.until, "D").astype("datetime64[s]") + np.timedelta64(_DAY, "m")
        known = np.where(held, np.maximum(known, end), known)
    return known


def decisions(days: Days) -> Instants:
    """Give the instant at which the decision of each day is taken."""
    return _later(days.astype("datetime64[D]").astype("datetime64[s]"), DECISION_MINUTES, "m")


def decision_days(known: Instants) -> Days:
    """Give the first day whose decision already sees what was known at each instant."""
    seconds = known.astype("datetime64[s]").astype(np.int64) - DECISION_MINUTES * 60
    return (-(-seconds // (_DAY * 60))).astype("datetime64[D]")


def last_decided(now: datetime) -> date:
    """Give the last day whose decision has been taken by a moment, which has a zone."""
    return (now.astimezone(UTC) - timedelta(days=1, minutes=DECISION_MINUTES - _DAY)).date()


def _later(
    times: Instants, count: int | NDArray[np.int64], unit: Literal["D", "m", "s"]
) -> Instants:
    later: Instants = np.add(times, np.asarray(count, dtype=f"timedelta64[{unit}]"))
    return later


@cache
def us_business() -> np.busdaycalendar:
    """Give Monday to Friday without US federal holidays."""
    from pandas.tseries.holiday import USFederalHolidayCalendar

    holidays = USFederalHolidayCalendar().holidays(_FIRST_HOLIDAY, _LAST_HOLIDAY)
    return np.busdaycalendar(holidays=holidays.to_numpy().astype("datetime64[D]"))


def _business_day(days: Days) -> Days:
    return np.busday_offset(days, 0, roll="forward", busdaycal=us_business())


@cache
def _parse_wall(text: str) -> tuple[int, str]:
    found = _WALL.fullmatch(text)
    minute = -1 if found is None else int(found[1]) * 60 + int(found[2])
    if found is None or minute > _DAY:
        msg = f"{text!r} is not a time and zone. Write it as '13:25 America/New_York'."
        raise ValueError(msg)
    try:
        ZoneInfo(found[3])
    except (KeyError, ValueError) as error:
        msg = f"{text!r}: there is no time zone {found[3]!r}. Use an IANA name such as 'UTC'."
        raise ValueError(msg) from error
    return minute, found[3]


@cache
def _offsets(zone: str, minute: int, year: int) -> NDArray[np.int64]:
    """Seconds east of UTC at a time of day, on each of the 366 days from 1 January."""
    start = datetime(year, 1, 1, *divmod(minute, 60), tzinfo=ZoneInfo(zone))
    offsets = np.empty(367, dtype=np.int64)
    marks = [*range(0, 366, 28), 366]
    for left, right in pairwise(marks):
        offsets[left] = _offset(start, left)
        offsets[right] = _offset(start, right)
        # Zones change a few times a year: only a stretch whose ends differ is walked by day.
        same = offsets[left] == offsets[right]
        inner = range(left + 1, right)
        offsets[left + 1 : right] = offsets[left] if same else [_offset(start, i) for i in inner]
    return offsets[:366]


def _offset(start: datetime, days: int) -> int:
    offset = (start + timedelta(days=days)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
