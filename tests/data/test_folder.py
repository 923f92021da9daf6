"""A folder of CSV files: what is found, and one clear message for what is wrong."""

import gzip
import re

import numpy as np
import pytest

from leadline.data import gather
from leadline.data.providers.folder import FolderStore
from leadline.errors import DataError

GOOD = "date,value\n2026-01-20,94.5\n2026-01-21,95.5\n2026-01-22,96.5\n"
BARS = "date,open,high,low,close,volume\n2026-01-20,1,4,1,2,9\n2026-01-21,2,5,1,3,9\n"


def test_a_series_is_read_with_its_day_value_and_instant_of_knowledge(folder):
    silver = folder(silver=GOOD).series("silver")
    assert silver.info.id == "silver"
    assert silver.basis == "rule"
    np.testing.assert_array_equal(silver.value, [94.5, 95.5, 96.5])
    assert str(silver.period[0]) == "2026-01-20"
    assert str(silver.known_at[0]) == "2026-01-20T18:55:00"
    assert len(silver) == 3


@pytest.mark.parametrize("name", ["silver", "silver_ohlc", "xagusd", "SI=F"])
def test_a_file_may_bear_the_id_a_listed_name_or_an_alias(folder, name):
    store = folder(**{name: BARS})
    assert store.series("silver").value.tolist() == [2, 3]
    assert store.ids()[0] == "silver"


def test_a_file_of_bars_also_gives_open_high_and_low(folder):
    store = folder(silver=BARS)
    assert store.series("silver_high").value.tolist() == [4, 5]
    assert store.series("silver_low").value.tolist() == [1, 1]
    assert store.ids() == ("silver", "silver_open", "silver_high", "silver_low")


def test_a_plain_value_file_does_not_pretend_to_hold_highs(folder):
    store = folder(silver=GOOD)
    assert store.ids() == ("silver",)
    with pytest.raises(DataError, match=r"silver\.csv: line 1: expected the header date,high"):
        store.series("silver_high")


def test_gzip_byte_order_marks_capitals_and_windows_line_ends_are_read(folder, tmp_path):
    assert folder(gold="gz:" + GOOD).series("gold").value.size == 3
    (tmp_path / "copper.csv").write_bytes(b"\xef\xbb\xbfDate,Value\r\n2026-01-20,5.5\r\n")
    assert FolderStore(tmp_path).series("copper").value.tolist() == [5.5]


def test_a_plain_file_comes_before_its_gzipped_twin(folder):
    store = folder(silver=GOOD)
    folder(silver="gz:date,value\n2026-01-20,1\n")
    assert FolderStore(store.path).series("silver").value.size == 3


def test_numbers_keep_every_digit(folder):
    text = "date,value\n2026-01-20,59961.5113755\n2026-01-21,0.30000000000000004\n"
    assert folder(btc=text).series("btc").value.tolist() == [59961.5113755, 0.30000000000000004]


def test_blank_lines_are_no_lines(folder):
    text = "\n" + GOOD.replace("\n", "\n\n") + "   \n"
    assert folder(silver=text).series("silver").value.size == 3


def test_an_alias_and_its_series_are_one(folder):
    store = folder(btc=GOOD)
    assert store.series("BTC") is store.series("bitcoin")


def test_the_label_of_fear_and_greed_is_the_day_after_the_one_it_is_about(folder):
    index = folder(fear_greed_crypto="date,value\n2018-02-01,30\n").series("fng")
    assert str(index.period[0]) == "2018-01-31"
    assert str(index.known_at[0]) == "2018-02-01T00:05:00"


def test_a_negative_oil_price_is_read(folder):
    assert folder(oil_wti="date,value\n2020-04-20,-37.63\n").series("oil").value[0] == -37.63


def test_empty_values_are_left_out_only_where_the_catalogue_says_so(folder):
    text = "date,gld_shares,gld_aum,iau_shares,iau_aum\n2005-01-03,2.5,,,\n2005-01-04,2.6,9,1,1\n"
    store = folder(gold_etf_shares=text)
    assert store.series("gld_aum").value.tolist() == [9]
    assert store.series("gld_shares").value.tolist() == [2.5, 2.6]


WRONG = {
    "html": ("<!DOCTYPE html>\n<html>", "expected CSV, got a web page ('<!DOCTYPE html>')"),
    "empty": ("", "the file is empty. Expected a header and one line a day."),
    "blank": ("\n \n", "the file is empty. Expected a header and one line a day."),
    "header only": ("date,value\n", "there is a header and no observation below it."),
    "header": (
        "day,price\n2026-01-20,1\n",
        "expected the header date,value or date,open,high,low,close[,volume], got 'day,price'.",
    ),
    "no header": ("2026-01-20,1\n2026-01-21,1\n", "line 1: expected the header date,value"),
    "unsorted": (
        GOOD + "2026-01-19,95\n",
        "line 5: 2026-01-19 comes after 2026-01-22. Sort the lines by date.",
    ),
    "twice": (
        GOOD + "2026-01-22,95\n",
        "line 5: 2026-01-22 is there twice, first in line 4. Keep one value.",
    ),
    "twice apart": (
        GOOD + "2026-01-21,95.5\n",
        "line 5: 2026-01-21 is there twice, first in line 3.",
    ),
    "zero": (
        GOOD + "2026-01-23,0\n",
        "the price of 'silver' is 0; prices are positive. Correct the line or leave it out.",
    ),
    "negative": (GOOD + "2026-01-23,-3.5\n", "line 5: the price of 'silver' is -3.5;"),
    "text": (GOOD + "2026-01-23,n/a\n", "line 5: expected a number for 'silver', found 'n/a'."),
    "thousands": (GOOD + '2026-01-23,"1,234"\n', "expected a number for 'silver', found '1,234'."),
    "underscore": (GOOD + "2026-01-23,1_0\n", "expected a number for 'silver', found '1_0'."),
    "nan": (GOOD + "2026-01-23,NaN\n", "line 5: expected a number for 'silver', found 'NaN'."),
    "infinite": (GOOD + "2026-01-23,inf\n", "line 5: expected a number for 'silver', found 'inf'."),
    "gap": (
        GOOD + "2026-01-23,\n",
        "line 5: the value of 'silver' is empty. Leave out days without an observation.",
    ),
    "day": (
        GOOD + "23.01.2026,95\n",
        "line 5: expected a day such as 2026-01-31, found '23.01.2026'.",
    ),
    "no such day": (GOOD + "2026-02-30,95\n", "line 5: expected a day such as 2026-01-31,"),
    "day without end": (GOOD + "9999-12-31,95\n", "line 5: expected a day such as 2026-01-31,"),
    "word for a day": ("date,value\ntoday,95\n", "line 2: expected a day such as 2026-01-31"),
    "time of day": (GOOD + "2026-01-23 12:00:00,95\n", "found '2026-01-23 12:00:00'."),
    "cents": (
        GOOD + "2026-01-23,10112\n",
        "line 5: 'silver' is 10112, outside the plausible 1 to 1000 USD per troy ounce. Is the",
    ),
    "too many fields": (
        GOOD + "2026-01-23,95,96\n",
        "line 5: expected 2 fields as in the header, found 3.",
    ),
    "too few fields": (
        GOOD + "2026-01-23\n",
        "line 5: expected 2 fields as in the header, found 1.",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_file_and_line(folder, case):
    text, message = WRONG[case]
    store = folder(silver=text)
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        store.series("silver")
    assert str(caught.value).startswith(str(store.path / "silver.csv"))
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_said_to_be_none(tmp_path):
    (tmp_path / "silver.csv").write_bytes(b"date,value\n2026-01-20,\xff\xfe\n")
    with pytest.raises(DataError, match="line 2: expected a number"):
        FolderStore(tmp_path).series("silver")


def test_a_gzip_file_that_is_none_is_said_to_be_unreadable(tmp_path):
    (tmp_path / "silver.csv.gz").write_bytes(b"date,value\n2026-01-20,1\n")
    with pytest.raises(DataError, match=r"silver\.csv\.gz: cannot be read"):
        FolderStore(tmp_path).series("silver")


def test_a_download_that_broke_off_is_said_to_be_unreadable(tmp_path):
    rows = "".join(f"2{i:03d}-01-01,{i}.25\n" for i in range(500))
    whole = gzip.compress(("date,value\n" + rows).encode())
    (tmp_path / "silver.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"silver\.csv\.gz: cannot be read"):
        FolderStore(tmp_path).series("silver")


def test_a_cell_without_end_is_said_to_be_unreadable(folder):
    store = folder(silver=GOOD + '2026-01-23,"' + "9" * 200_000)
    with pytest.raises(DataError, match=r"silver\.csv: cannot be read as CSV: field larger"):
        store.series("silver")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nowhere: no such folder. Name the folder"):
        FolderStore(tmp_path / "nowhere")


def test_a_known_series_without_a_file_says_what_was_looked_for(folder):
    with pytest.raises(DataError, match="no series 'gold'") as caught:
        folder(silver=GOOD).series("gold")
    assert "looked for gold.csv, gold_ohlc.csv" in str(caught.value)
    assert str(caught.value).endswith("The folder holds: silver.")


def test_an_unknown_series_is_answered_with_the_nearest(folder):
    with pytest.raises(DataError, match=r"no series 'silvr' .* Did you mean 'silver'\?"):
        folder(silver=GOOD).series("silvr")
    with pytest.raises(DataError, match="The folder holds: no series"):
        FolderStore(folder().path.parent).series("wheat")


def test_a_file_the_catalogue_does_not_know_is_a_daily_price_and_says_so(folder):
    store = folder(wheat=GOOD)
    wheat = store.series("wheat")
    assert wheat.info.kind == "price"
    assert str(wheat.known_at[0]) == "2026-01-21T00:00:00"
    assert wheat.notes == (
        "not in the catalogue; taken as a daily price known at 00:00 UTC after its day.",
    )
    panel = gather(["wheat"], store, as_of=wheat.period[-1].astype(object))
    assert panel.notes == (f"wheat: {wheat.notes[0]}",)
    assert store.ids() == ("wheat",)


def test_the_folders_own_catalogue_describes_what_ours_does_not_know(folder):
    store = folder(
        CATALOG="id,title,units,frequency,convention,kind\n"
        "mood,Mood of the crowd,points,monthly (survey),first of the month,index\n"
        "corn,Corn,USD,weekly,,\nhail,Hail,,never mind,,\n",
        mood="date,value\n2026-01-01,-3\n",
        corn=GOOD,
        hail=GOOD,
    )
    mood = store.series("mood")
    assert (mood.info.title, mood.info.unit, mood.info.kind) == (
        "Mood of the crowd",
        "points",
        "index",
    )
    assert str(mood.known_at[0]) >= "2026-02-01"
    assert "known when its month has ended" in mood.notes[0]
    assert str(store.series("corn").known_at[0]) == "2026-01-28T00:00:00"
    assert store.series("hail").info.frequency == "irregular"


def test_the_built_in_catalogue_wins_over_the_folders(folder):
    store = folder(CATALOG="id,title,units,frequency\nsilver,Mine,EUR,daily\n", silver=GOOD)
    assert store.series("silver").info.unit == "USD per troy ounce"


def test_a_folder_catalogue_that_cannot_be_used_is_said_to_be_so(folder):
    with pytest.raises(
        DataError, match=r"CATALOG.csv: expected a header with 'id', got 'name,title'"
    ):
        folder(CATALOG="name,title\nx,y\n")
    store = folder(CATALOG="id,kind\nwheat,prize\n", wheat=GOOD)
    with pytest.raises(
        DataError, match=r"'wheat': kind is 'prize'. Write price, rate, index or count"
    ):
        store.series("wheat")


def test_other_files_are_no_series(folder):
    store = folder(silver=GOOD, events="date,label\n2026-01-20,x\n", page="<html>")
    (store.path / "readme.txt").write_text("hello")
    assert FolderStore(store.path).ids() == ("silver",)
    assert repr(store).startswith("FolderStore(")


def bitcoin_files(n_first, n_second, factor=1.0, start_second=0):
    days = np.arange("2026-01-01", "2027-12-31", dtype="datetime64[D]")
    level = 1000.0 + np.arange(days.size)
    first = "".join(f"{d},{v}\n" for d, v in zip(days[:n_first], level[:n_first], strict=True))
    part = slice(start_second, n_second)
    second = "".join(
        f"{d},1,1,1,{v * factor}\n" for d, v in zip(days[part], level[part], strict=True)
    )
    return {"btc": "date,value\n" + first, "btc_ohlc": "date,open,high,low,close\n" + second}


def test_a_second_source_continues_the_first_where_they_agree(folder):
    bitcoin = folder(**bitcoin_files(300, 320, factor=1.002)).series("bitcoin")
    assert len(bitcoin) == 320
    assert bitcoin.value[299] == 1299
    assert bitcoin.value[300] == pytest.approx(1300 * 1.002)
    assert str(bitcoin.remarks[0].first) == "2026-10-28"
    assert bitcoin.remarks[0].text == (
        "from 2026-10-28 on the values come from Yahoo BTC-USD, which agreed with Coin Metrics "
        "within 0.20% (median of the last 250 common days)."
    )


def test_a_second_source_that_ends_sooner_is_not_looked_at(folder):
    bitcoin = folder(**bitcoin_files(320, 300, factor=2)).series("bitcoin")
    assert not bitcoin.remarks
    assert len(bitcoin) == 320


def test_a_second_source_that_disagrees_is_refused(folder):
    store = folder(**bitcoin_files(300, 320, factor=1.02))
    with pytest.raises(
        DataError, match=r"btc\.csv and btc_ohlc\.csv both hold 'bitcoin' but differ by 2\.0%"
    ):
        store.series("bitcoin")


def test_a_second_source_without_an_overlap_is_refused(folder):
    store = folder(**bitcoin_files(300, 320, start_second=295))
    with pytest.raises(DataError, match="share only 5 days; it takes 20"):
        store.series("bitcoin")


def test_a_file_that_only_stands_in_continues_nothing(folder):
    longer = "date,open,high,low,close\n2026-01-23,1,1,1,101\n"
    assert len(folder(silver=GOOD, silver_ohlc=longer).series("silver")) == 3


def test_a_file_under_the_series_own_name_stands_alone(folder):
    store = folder(bitcoin=GOOD, **bitcoin_files(300, 320, factor=9))
    assert store.series("bitcoin").value.tolist() == [94.5, 95.5, 96.5]


@pytest.mark.parametrize("last", ["2026-05-01", "2026-10-27", "2026-10-28", "2026-11-05"])
def test_a_splice_never_changes_what_was_known_before_it(folder, tmp_path, last):
    whole = folder(**bitcoin_files(300, 320, factor=1.002))
    as_of = np.datetime64(last).astype(object)
    known = gather(["bitcoin"], whole, as_of=as_of)
    cut = tmp_path / "cut"
    cut.mkdir()
    for name in ("btc.csv", "btc_ohlc.csv"):
        lines = (tmp_path / name).read_text().splitlines(keepends=True)
        (cut / name).write_text(
            "".join(line for line in lines if line[:10] <= last or line[0] == "d")
        )
    then = gather(["bitcoin"], FolderStore(cut), as_of=as_of)
    assert then.digest == known.digest
    assert then.notes == known.notes
    assert bool(known.notes) == (last >= "2026-10-28")


VINTAGES = (
    "vintage,available_by,date,value\n"
    "2020-01,2020-01-31,2019-11-01,15300\n2020-01,2020-01-31,2019-12-01,15400\n"
    "2020-02,2020-02-29,2019-11-01,15310\n2020-02,2020-02-29,2019-12-01,15420\n"
    "2020-02,2020-02-29,2020-01-01,15500\n"
)
STAMPED = "vintage,date,value,source\n2025-08-10T04:57:12Z,2025-06-01,22000,x\n"


def test_vintages_are_known_when_they_say(folder):
    m2 = folder(m2sl_vintages=VINTAGES, m2sl_vintages_2025_2026="gz:" + STAMPED).series("m2")
    assert m2.basis == "vintage"
    assert len(m2) == 6
    assert str(m2.known_at[0]) == "2020-02-01T00:00:00"
    assert str(m2.known_at[-1]) == "2025-08-10T04:57:12"


def test_vintages_win_over_a_single_latest_file(folder):
    m2 = folder(m2sl_vintages=VINTAGES, m2sl="date,value\n2020-01-01,16000\n").series("m2")
    assert m2.basis == "vintage"
    assert 16000 not in m2.value


def test_one_value_twice_in_a_vintage_is_harmless_two_values_are_not(folder):
    same = VINTAGES + "2020-02,2020-02-29,2020-01-01,15500\n"
    assert folder(m2sl_vintages=same).series("m2").basis == "vintage"
    other = VINTAGES + "2020-02,2020-02-29,2020-01-01,15501\n"
    with pytest.raises(DataError, match=r"line 7: 2020-01-01 is there twice, first in line 6"):
        folder(m2sl_vintages=other).series("m2")


def test_two_ways_to_write_one_instant_are_one_vintage(folder):
    text = STAMPED + "2025-08-10T04:57:12+00:00,2025-06-01,22001,x\n"
    with pytest.raises(DataError, match=r"line 3: 2025-06-01 is there twice, first in line 2"):
        folder(m2sl_vintages_2025_2026=text).series("m2")


@pytest.mark.parametrize("stamp", ["soon", "2025-08-10T04:57:12", "2025-13-01"])
def test_a_vintage_without_a_readable_instant_is_refused(folder, stamp):
    store = folder(m2sl_vintages_2025_2026=STAMPED + f"{stamp},2025-07-01,22100,x\n")
    with pytest.raises(DataError, match=r"line 3: expected a day or an instant such as"):
        store.series("m2")


def test_a_table_of_vintages_needs_its_columns(folder):
    with pytest.raises(
        DataError, match="expected the header date,value,available_by, got 'date,value'"
    ):
        folder(m2sl_vintages=GOOD).series("m2")
