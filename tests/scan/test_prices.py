"""Prices are read from whatever holds them, and refused where they cannot be right."""

import numpy as np
import pandas as pd
import pytest

from leadline.data.series import SeriesInfo, series_of
from leadline.data.store import MemoryStore
from leadline.errors import DataError
from leadline.scan.prices import Left, read, stale_runs


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
    with pytest.raises(DataError, match=r"2024-01-01 of 'a' is there twice"):
        read(long)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv: no such file"):
        read(tmp_path / "none.csv")
    (tmp_path / "bad.parquet").write_bytes(b"PAR0")
    with pytest.raises(DataError, match=r"bad\.parquet: cannot be read as a table"):
        read(tmp_path / "bad.parquet")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(DataError, match=r"empty\.csv: the file is empty"):
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


PRICES = "date,a,b\n2024-01-30,1,2\n2024-01-31,2,3\n"


def test_midnight_belongs_to_its_day(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(PRICES)
    expected = read(path)
    for midnight in (" 00:00:00", "T00:00:00", " 00:00", "T00:00:00.000Z", " 00:00:00+00:00"):
        path.write_text(PRICES.replace("-30,", f"-30{midnight},"))
        assert np.array_equal(read(path).days, expected.days)
        assert np.array_equal(read(pd.read_csv(path)).days, expected.days)


def test_days_come_as_times_dates_and_text(wide):
    expected = read(wide)
    for index in (
        wide.index.tz_localize("UTC"),
        wide.index.date,
        wide.index.astype(str),
        wide.index.as_unit("s"),
        wide.index + pd.Timedelta("15h"),
    ):
        assert np.array_equal(read(wide.set_axis(index)).days, expected.days)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2024-01-31", "2024-02-30", r"line 3: '2024-02-30' is no day\. Write it like 2024-01-31"),
        (
            "2024-01-30",
            "03/01/2024",
            r"line 2: '03/01/2024' is no day\. Write 2024-01-03 or 2024-03-01, whichever is meant",
        ),
        ("2024-01-30", "30.01.2024", r"'30.01.2024' is no day\. Write 2024-01-30\."),
        ("-", "", r"line 2: '20240130' is no day\. Write 2024-01-30\."),
        ("2024-01-30", "1706572800", r"'1706572800' is no day\. Write it like"),
        ("-31,", "-31 16:00:00,", "line 3: .* time of some clock.* such as 2024-01-31"),
        ("-30,", "-30T00:00:00+02:00,", r"line 2: .*\+02:00' is a time of some clock"),
        ("2024-01-31", "", "line 3: there is no day"),
        ("2024-01-31", "2024-01-29", r"line 3: 2024-01-29 comes after 2024-01-30\. Sort the rows"),
        ("\n2024-01-31", "\n\n2024-01-30", "line 4: 2024-01-30 is there twice"),
        ("date", "timestamp", "no column is named date; the first one is named 'timestamp'"),
        ("date", "", "no column is named date; the first one has no name"),
        (",", ";", "the columns are parted by ';'"),
        ("date,", "<!DOCTYPE html>\n", "expected CSV, got a web page"),
        ("date,a,b", "date,a,a", "the column 'a' is there twice"),
        ("date,a,b", "date,a,", "column 3 has no name"),
        ("date,a,b", "date,a", "more fields than the header"),
        ("2,3", '2,"1,234.5"', "line 3: 'b' holds something that is not a number, '1,234.5'"),
    ],
)
def test_a_file_is_refused_by_what_was_seen_in_which_line(tmp_path, old, new, said):
    path = tmp_path / "wide.csv"
    path.write_text(PRICES.replace(old, new))
    with pytest.raises(DataError, match=said) as refused:
        read(path)
    assert str(refused.value).startswith(str(path))


def test_a_file_with_a_header_alone_is_refused(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("date,a,b\n")
    with pytest.raises(DataError, match=r"wide\.csv: there is no day of prices"):
        read(path)


def test_a_parquet_file_is_refused_by_its_row(tmp_path, wide):
    path = tmp_path / "wide.parquet"
    wide.reset_index(drop=True).to_parquet(path)
    with pytest.raises(DataError, match=r"parquet: no column is named date"):
        read(path)
    wide.reset_index(names="date").iloc[::-1].reset_index(drop=True).to_parquet(path)
    with pytest.raises(DataError, match=r"row 2: 2024-01-05 comes after .* Sort the rows by date"):
        read(path)
    wide.assign(date=[20240101 + i for i in range(6)]).to_parquet(path, index=False)
    with pytest.raises(DataError, match=r"parquet: the days are of int64, such as 20240101"):
        read(path)


def test_a_ticker_may_be_called_na(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("date,asset,price\n2024-01-30,NA,1\n2024-01-30,7,2\n2024-01-31,NA,NA\n")
    found = read(path)
    assert found.assets == ("NA", "7")
    assert np.array_equal(found.prices, [[1, 2], [np.nan, np.nan]], equal_nan=True)


def test_an_asset_without_a_name_is_refused(tmp_path):
    long = pd.DataFrame({"date": ["2024-01-01"] * 2, "asset": ["a", None], "price": [1.0, 2.0]})
    with pytest.raises(DataError, match="position 1: there is no asset"):
        read(long)
    long.to_csv(tmp_path / "long.csv", index=False)
    with pytest.raises(DataError, match=r"long\.csv: line 3: there is no asset"):
        read(tmp_path / "long.csv")


@pytest.fixture
def folder(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text("date,value\n2024-01-30,1\n2024-01-31,2\n")
    return tmp_path


def test_a_price_of_a_folder_may_be_called_so(folder):
    (folder / "a.csv").write_text("Date,Price\n2024-01-30,1\n2024-01-31,2\n")
    (folder / "silver.csv").write_text("date,price\n2024-01-30,22\n2024-01-31,23\n")
    found = read(folder)
    assert found.assets == ("silver", "a", "b", "c")
    assert found.prices[:, :2].tolist() == [[22, 1], [23, 2]]
    assert found.left == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,value\n2024-01-30,1\n", "line 1: expected the header date,value .* got 'day,value'"),
        ("\n,price\n2024-01-30,1\n", "line 1: expected the header date,value .* got ',price'"),
        ("2024-01-30,1\n2024-01-31,1\n", "line 1: expected the header date,value"),
        ("<html><body>not found\n", "expected CSV, got a web page"),
        ("", "the file is empty"),
    ],
)
def test_what_seems_to_be_a_series_of_a_folder_never_vanishes(folder, text, said):
    (folder / "b.csv").write_text(text)
    with pytest.raises(DataError, match=rf"b\.csv: {said}"):
        read(folder)


def test_other_files_of_a_folder_are_left_out_by_name(folder):
    (folder / "README.csv").write_text("file,value\na,first\n")
    (folder / "wide.csv").write_text(PRICES)
    (folder / "silver.csv").write_text("date,bid,ask\n2024-01-30,1,2\n")
    (folder / "late.parquet").write_bytes(b"PAR1")
    found = read(folder)
    assert found.assets == ("a", "b", "c")
    forms = "(date,value or date,close or date,price)"
    assert set(found.left) == {
        Left("readme", f"its header is 'file,value', not that of a series {forms}"),
        Left("silver", f"its header is 'date,bid,ask', not that of a series {forms}"),
        Left("wide", f"its header is 'date,a,b', not that of a series {forms}"),
        Left("late.parquet", "of a folder only CSV files are read; scan it alone"),
    }


def test_a_second_file_of_a_series_is_left_out_by_name(folder):
    for name in ("btc", "bitcoin"):
        (folder / f"{name}.csv").write_text("date,value\n2024-01-30,1\n2024-01-31,2\n")
    found = read(folder)
    assert found.assets == ("bitcoin", "a", "b", "c")
    assert [left.reason for left in found.left] == [
        "another file of the folder holds the same series"
    ]


def test_a_folder_without_a_series_says_what_it_holds(tmp_path):
    with pytest.raises(DataError, match=r"holds no CSV file of a series \([^)]*\)\. Give"):
        read(tmp_path)
    (tmp_path / "wide.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"holds no CSV file of a series .* only wide\.parquet\."):
        read(tmp_path)


def test_what_is_no_name_is_refused():
    for given in (5, (5,)):
        with pytest.raises(DataError, match="Name the series"):
            read(given, MemoryStore({}))
