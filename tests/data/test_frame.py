"""Panels from pandas Series and from simulated arrays."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from leadline.data import catalogue, panel_from_series, simulated_panel
from leadline.errors import DataError

DAYS = pd.date_range("2026-01-05", periods=30, freq="D")
LEVEL = np.linspace(90, 120, 30)


def panel(index):
    return panel_from_series({"x": pd.Series(LEVEL, index=index)})


INDEXES = {
    "s": DAYS.as_unit("s"),
    "ms": DAYS.as_unit("ms"),
    "us": DAYS.as_unit("us"),
    "ns": DAYS.as_unit("ns"),
    "utc": DAYS.tz_localize("UTC"),
    "new york": (DAYS + pd.Timedelta("16h")).tz_localize("America/New_York"),
    "tokyo": (DAYS + pd.Timedelta("15h")).tz_localize("Asia/Tokyo").as_unit("ms"),
    "time of day": DAYS + pd.Timedelta("13h"),
    "text": DAYS.strftime("%Y-%m-%d"),
    "dates": list(DAYS.date),
    "stamps": pd.Index(list(DAYS), dtype=object),
    "zoned stamps": pd.Index(list(DAYS.tz_localize("UTC")), dtype=object),
}


@pytest.mark.parametrize("form", INDEXES)
def test_the_unit_zone_and_form_of_the_index_change_nothing(form):
    assert panel(INDEXES[form]).digest == panel(DAYS).digest


def test_a_zone_is_converted_to_utc_before_the_day_is_taken():
    late = pd.Series([1.0], index=pd.DatetimeIndex(["2026-01-05 20:00"], tz="America/New_York"))
    assert str(panel_from_series({"x": late})["x"].period[-1]) == "2026-01-06"


def test_index_and_values_do_as_well_as_a_series():
    days = DAYS.to_numpy().astype("datetime64[D]")
    assert panel_from_series({"x": (days, LEVEL)}).digest == panel(DAYS).digest
    assert panel_from_series({"x": (DAYS, list(LEVEL))}).digest == panel(DAYS).digest


def test_without_an_entry_a_series_is_a_price_known_at_the_end_of_its_day():
    column = panel(DAYS)["x"]
    assert column.info.kind == "price"
    assert column.fresh.all()
    assert column.period[-1] == np.datetime64("2026-02-03")


def test_an_entry_of_the_catalogue_gives_meaning_and_clock():
    oil = pd.Series([-37.63], index=pd.DatetimeIndex(["2020-04-20"]))
    given = panel_from_series({"oil_wti": oil}, infos=catalogue())
    assert given["oil_wti"].info.unit == "USD per barrel"


def test_an_as_of_day_cuts_the_panel():
    given = panel_from_series({"x": pd.Series(LEVEL, index=DAYS)}, as_of=date(2026, 1, 10))
    assert given.days.size == 6


S = pd.Series
WRONG = {
    "empty": (S([], dtype=float, index=pd.DatetimeIndex([])), "'x' is empty"),
    "empty list": (([], []), "'x' is empty"),
    "numbers": (S(LEVEL), "the index is of int64, not of days. Give it a DatetimeIndex"),
    "months": (S(LEVEL, index=pd.period_range("2020-01", periods=30, freq="M")), "not of days"),
    "words": (S([1.0, 2.0], index=["Monday", "Tuesday"]), "text that is no day"),
    "not a time": (
        S([1.0, 2.0], index=pd.DatetimeIndex(["2026-01-05", None])),
        "position 1 of the index",
    ),
    "unsorted": (
        S(LEVEL[:3], index=DAYS[[0, 2, 1]]),
        "2026-01-06 comes after 2026-01-07. Sort it with .sort_index().",
    ),
    "twice": (S(LEVEL[:2], index=DAYS[[0, 0]]), "2026-01-05 is there twice"),
    "twice a day": (S(LEVEL[:2], index=DAYS[[0, 0]] + pd.to_timedelta([1, 2], "h")), "there twice"),
    "nan": (S([1.0, np.nan], index=DAYS[:2]), "the value of 2026-01-06 is nan. Drop such days"),
    "infinite": (S([1.0, np.inf], index=DAYS[:2]), "the value of 2026-01-06 is inf."),
    "return": (
        S([1.0, -0.02], index=DAYS[:2]),
        "the price of 2026-01-06 is -0.02; prices are positive. Give levels",
    ),
    "text": (S(["a", "b"], index=DAYS[:2]), "holds something that is not a number"),
    "too short": ((DAYS[:3], LEVEL[:2]), "has 3 days and values of shape (2,)"),
    "table": ((LEVEL.reshape(5, 6), LEVEL), "the index has 2 dimensions"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_series_is_said_plainly(case):
    given, message = WRONG[case]
    with pytest.raises(DataError) as caught:
        panel_from_series({"x": given})
    assert message in str(caught.value)
    assert str(caught.value).startswith("'x'")


def test_a_simulated_market_rests_on_days_without_a_price():
    days = DAYS.to_numpy().astype("datetime64[D]")
    rests = np.where(np.is_busday(days), LEVEL, np.nan)
    world = simulated_panel(days, {"silver": rests, "bitcoin": LEVEL}, catalogue())
    assert world.as_of == date(2026, 2, 3)
    assert world["silver"].fresh.sum() == np.is_busday(days).sum()
    assert world["bitcoin"].fresh.all()
    assert len(world.align(("silver", "bitcoin"))) == np.is_busday(days).sum()


def test_a_simulated_panel_is_the_panel_of_the_same_series():
    days = DAYS.to_numpy().astype("datetime64[D]")
    assert simulated_panel(days, {"x": LEVEL}).digest == panel(DAYS).digest
