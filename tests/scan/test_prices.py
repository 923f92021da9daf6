"""Prices are read from whatever holds them, and refused where they cannot be right."""

import numpy as np
import pandas as pd
import pytest

from leadline.data.series import SeriesInfo, series_of
from leadline.data.store import MemoryStore
from leadline.errors import DataError
from leadline.scan.prices import read, stale_runs


@pytest.fixture
def wide():
    days = pd.bdate_range("2024-01-01", periods=6)
    return pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 6], "b": [2.0, np.nan, 2, 2, 3, 1]}, index=days)


def test_every_form_of_a_table_says_the_same(wide, tmp_path):
    named = wide.rename_axis("date").reset_index()
    long = named.melt("date", var_name="asset", value_name="price").dropna()
    named.to_csv(tmp_path / "wide.csv", index=False)
    named.to_parquet(tmp_path / "wide.parquet")
    long.to_csv(tmp_path / "long.csv", index=False)
    folder = tmp_path / "each"
    folder.mkdir()
    for asset in wide:
        own = wide[asset].dropna().rename("value").rename_axis("date").reset_index()
        own.to_csv(folder / f"{asset}.csv", index=False)
    expected = read(wide)
    assert expected.assets == ("a", "b")
    for given in (
        named,
        long,
        *(tmp_path / f for f in ("wide.csv", "wide.parquet", "long.csv")),
        str(folder),
    ):
        found = read(given)
        assert found.assets == expected.assets
        assert np.array_equal(found.days, expected.days)
        assert np.array_equal(found.prices, expected.prices, equal_nan=True)


def test_series_come_from_a_store_by_name():
    days = np.arange("2024-01-01", "2024-01-05", dtype="datetime64[D]")
    oil = SeriesInfo(id="oil", title="Oil", unit="USD", kind="price", positive=False)
    gold = SeriesInfo(id="gold_x", title="Gold", unit="USD", kind="price")
    store = MemoryStore({i.id: series_of(i, days, np.arange(1.0, 5.0)) for i in (oil, gold)})
    assert read(("gold_x",), store).infos == {"gold_x": gold}
    with pytest.raises(DataError, match="'oil' is no price that is always positive"):
        read(("gold_x", "oil"), store)
    with pytest.raises(DataError, match="together with their store"):
        read(("gold_x",))
    with pytest.raises(DataError, match="Name the series"):
        read((), store)


def with_value(value):
    def change(frame):
        frame.loc["2024-01-03", "b"] = value
        return frame

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (with_value(-1.0), "the price of 'b' on 2024-01-03, -1, is not positive"),
        (with_value(0.0), "the price of 'b' on 2024-01-03, 0, is not positive"),
        (with_value(np.inf), "the price of 'b' on 2024-01-03, inf, is infinite"),
        (lambda f: f.iloc[::-1], "Sort it"),
        (lambda f: pd.concat([f, f.iloc[[-1]]]), "2024-01-08 is there twice"),
        (lambda f: f.assign(b="x"), "'b' holds something that is not a number"),
        (lambda f: f.set_axis(["a", "a"], axis=1), "the column 'a' is there twice"),
        (lambda f: f.reset_index(drop=True), "not of days"),
        (lambda f: f[[]], "no column of prices"),
    ],
)
def test_what_cannot_be_prices_is_refused_by_name(wide, change, said):
    with pytest.raises(DataError, match=said):
        read(change(wide.copy()))


def test_a_repeated_day_of_a_long_table_is_refused_by_asset():
    long = pd.DataFrame({"date": ["2024-01-01"] * 2, "asset": ["a"] * 2, "price": [1.0, 2.0]})
    with pytest.raises(DataError, match=r"a.*2024-01-01 is there twice"):
        read(long)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv: no such file"):
        read(tmp_path / "none.csv")
    (tmp_path / "bad.parquet").write_bytes(b"PAR0")
    with pytest.raises(DataError, match=r"bad\.parquet: cannot be read as a table"):
        read(tmp_path / "bad.parquet")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(DataError, match=r"empty\.csv: cannot be read as a table"):
        read(tmp_path / "empty.csv")


def test_prices_that_stood_still_are_listed(wide):
    wide["c"] = [5.0, np.nan, 5, 5, 7, 7]
    runs = stale_runs(read(wide), 3)
    assert [(run.asset, str(run.first), str(run.last), run.n) for run in runs] == [
        ("b", "2024-01-01", "2024-01-04", 3),
        ("c", "2024-01-01", "2024-01-04", 3),
    ]


def test_what_is_no_price_in_a_folder_is_left_out(tmp_path):
    for name, kind in (("a", "price"), ("b", "price"), ("rate", "rate")):
        (tmp_path / f"{name}.csv").write_text("date,value\n2024-01-01,1\n2024-01-02,2\n")
        with (tmp_path / "CATALOG.csv").open("a") as catalogue:
            catalogue.write("" if name != "a" else "id,title,units,frequency,kind\n")
            catalogue.write(f"{name},{name},x,daily,{kind}\n")
    found = read(tmp_path)
    assert found.assets == ("a", "b")
    assert [(left.asset, left.reason) for left in found.left] == [
        ("rate", "no price that is always positive")
    ]
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").unlink()
    with pytest.raises(DataError, match="None of rate is a price"):
        read(tmp_path)
