"""The built-in catalogue."""

import numpy as np
import pytest
from pydantic import ValidationError

from leadline.data import SeriesInfo, catalogue, close_gap, find
from leadline.data.provider import feeds
from leadline.errors import DataError


@pytest.mark.parametrize("name", ["btc", "BTC", "xbt", "BTC-USD", "btc_usd", " bitcoin "])
def test_bitcoin_is_found_by_what_people_call_it(name):
    assert find(name).id == "bitcoin"


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("m2sl", "m2"),
        ("wdtgal", "tga"),
        ("vixcls", "vix"),
        ("XAGUSD", "silver"),
        ("wti", "oil_wti"),
    ],
)
def test_names_of_other_sources_are_aliases(name, series):
    assert find(name).id == series


def test_an_unknown_name_is_answered_with_the_nearest_and_the_list():
    with pytest.raises(DataError, match="No series 'silvr' in the catalogue") as caught:
        find("silvr")
    assert "Did you mean 'silver'?" in str(caught.value)
    assert "bitcoin" in str(caught.value)


def test_every_name_belongs_to_one_series():
    names = [n.lower() for info in catalogue().values() for n in (info.id, *info.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("info", catalogue().values(), ids=list(catalogue()))
def test_every_entry_says_what_its_numbers_mean(info):
    assert info.title
    assert info.unit
    assert info.files or info.id in feeds()
    assert info.licence != "unknown" or info.id.startswith("google_trends")
    assert np.isfinite([info.low, info.high]).all()
    assert info.low < info.high
    if info.must_be_positive:
        assert info.kind == "price"


@pytest.mark.parametrize("info", catalogue().values(), ids=list(catalogue()))
def test_nothing_is_known_before_its_period_has_begun_or_two_quarters_late(info):
    label = np.arange("2014-01-01", "2018-01-01", dtype="datetime64[D]")
    lag = (info.known_at(label) - label.astype("datetime64[s]")) / np.timedelta64(1, "D")
    assert lag.min() >= 0
    assert lag.max() < 100


@pytest.mark.parametrize("info", catalogue().values(), ids=list(catalogue()))
def test_a_close_is_never_known_before_it_has_happened(info):
    label = np.arange("2014-01-01", "2018-01-01", dtype="datetime64[D]")
    if info.frequency == "daily" and info.kind == "price":
        end = label.astype("datetime64[s]") + np.timedelta64(13, "h")
        assert (info.known_at(label) > end).all()


def test_only_wti_among_prices_may_be_negative_and_it_says_why():
    excepted = [i for i in catalogue().values() if i.kind == "price" and not i.must_be_positive]
    assert [info.id for info in excepted] == ["oil_wti"]
    assert "2020-04-20" in excepted[0].remark


def test_bitcoin_closes_five_to_seven_hours_after_silver_of_the_same_day():
    silver, bitcoin = find("silver"), find("bitcoin")
    assert close_gap(silver, bitcoin) * 24 == pytest.approx(6 + 35 / 60)
    assert close_gap(bitcoin, silver) == -close_gap(silver, bitcoin)
    assert close_gap(silver, silver) == 0


def test_a_misspelt_setting_of_an_entry_is_an_error():
    with pytest.raises(ValidationError, match="frequncy"):
        SeriesInfo(id="x", title="x", unit="x", kind="price", frequncy="daily")


def test_silver_is_known_at_its_settlement_and_its_high_at_the_end_of_the_session():
    day = np.array(["2026-01-23"], dtype="datetime64[D]")
    assert find("silver").known_at(day) < find("silver_high").known_at(day)


def test_stale_is_a_matter_of_frequency_unless_the_entry_says():
    assert find("bitcoin").stale_after == 3
    assert find("silver").stale_after == 7
    assert find("walcl").stale_after == 21
