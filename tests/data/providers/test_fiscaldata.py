"""The Treasury's account: three names, two columns, the word "null", and pages."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from replay import fiscaldata as replay
from replay.core import Market, Reply, answer_to, driven, read

from leadline.data.provider import Request, Want, WireFormatError
from leadline.data.providers.fiscaldata import PROVIDER, URL
from leadline.data.series import find

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WANT = Want(find("tga_daily"), "tga", NOW)
CLOSING = "Treasury General Account (TGA) Closing Balance"
MIDDLE = "Treasury General Account (TGA)"
OLD = "Federal Reserve Account"


def answered(*lines):
    names = ("record_date", "account_type", "open_today_bal", "close_today_bal")
    data = [dict(zip(names, line, strict=True)) for line in lines]
    body = {"data": data, "meta": {"total-pages": 1}}
    return answer_to(Request(URL), Reply(json.dumps(body).encode()), NOW)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (("2026-10-01", CLOSING, "991557", "null"), 991557),
        (("2026-10-01", CLOSING, "0", "991557"), 991557),
        (("2021-12-01", MIDDLE, "200000", "210345"), 210345),
        (("2010-12-01", OLD, "20000", "21034"), 21034),
        # An opening balance is no closing one.
        (("2021-12-01", MIDDLE, "200000", "null"), np.nan),
        (("2010-12-01", OLD, "20000", "null"), np.nan),
        (("2026-10-01", CLOSING, "null", "null"), np.nan),
    ],
)
def test_the_closing_balance_is_found_wherever_it_stands(line, value):
    rows = PROVIDER.parse(WANT, answered(line))
    np.testing.assert_array_equal(rows.value, [value])


def test_of_several_names_on_one_day_the_latest_counts_and_other_lines_do_not():
    rows = PROVIDER.parse(
        WANT,
        answered(
            ("2022-04-18", MIDDLE, "1", "2"),
            ("2022-04-18", CLOSING, "3", "null"),
            ("2022-04-18", "Total TGA Deposits (Table II)", "4", "null"),
            ("2022-04-18", "Treasury General Account (TGA) Opening Balance", "5", "null"),
            ("2022-04-15", MIDDLE, "6", "7"),
        ),
    )
    assert rows.period.astype(str).tolist() == ["2022-04-15", "2022-04-18"]
    assert rows.value.tolist() == [7, 3]


def test_lines_that_contradict_one_another_are_refused():
    with pytest.raises(WireFormatError, match="2026-10-01 is there twice"):
        PROVIDER.parse(
            WANT,
            answered(("2026-10-01", CLOSING, "1", "null"), ("2026-10-01", CLOSING, "2", "null")),
        )


@pytest.mark.parametrize(
    "line", [("2026-10-01", CLOSING, "1,000", "null"), ("1/2/2026", CLOSING, "1", "")]
)
def test_what_is_not_as_expected_is_refused(line):
    with pytest.raises(WireFormatError):
        PROVIDER.parse(WANT, answered(line))


@pytest.mark.parametrize(
    ("since", "accounts"),
    [
        (None, [CLOSING, MIDDLE, OLD]),
        (date(2022, 1, 1), [CLOSING, MIDDLE]),
        (date(2026, 1, 1), [CLOSING]),
    ],
)
def test_only_names_that_were_in_use_are_asked_for(since, accounts):
    want = Want(find("tga_daily"), "tga", NOW, since=since)
    asked = [
        dict(each.request.query)["filter"] for each in driven(PROVIDER, want, replay.answer, MARKET)
    ]
    day = since or date(2005, 10, 3)
    assert asked == [f"record_date:gte:{day},account_type:eq:{account}" for account in accounts]


@pytest.mark.parametrize("case", [*replay.CASES, "answer"])
def test_every_case_gives_the_same_values(case):
    found = read(PROVIDER, "tga_daily", replay.CASES.get(case, replay.answer), MARKET)
    days, values = MARKET.published("tga_daily")
    order = np.argsort(found.period, kind="stable")
    # Where the filter is ignored, every account comes with each of the three requests.
    period, first = np.unique(found.period[order], return_index=True)
    np.testing.assert_array_equal(period, days)
    np.testing.assert_allclose(found.value[order][first], values)
    assert (period.size == found.period.size) == (case != "filter_ignored")


def test_pages_are_read_to_the_last():
    answers = driven(PROVIDER, WANT, replay.CASES["two_pages"], MARKET)
    numbers = [dict(each.request.query)["page[number]"] for each in answers]
    assert numbers[:2] == ["1", "2"]
    assert len(answers) > 6


def test_a_source_that_counts_pages_without_end_is_left_at_an_empty_one():
    def answer(_ask, _market):
        return Reply(json.dumps({"data": [], "meta": {"total-pages": 10**9}}).encode())

    assert len(driven(PROVIDER, WANT, answer, MARKET, patience=5)) == 3


def test_a_page_without_a_count_is_refused():
    with pytest.raises(WireFormatError, match="total-pages"):
        driven(PROVIDER, WANT, lambda _ask, _market: Reply(b'{"data": [], "meta": {}}'), MARKET)


def test_a_balance_is_known_on_the_next_business_day():
    found = read(PROVIDER, "tga_daily", replay.answer, MARKET, since=date(2026, 11, 1))
    at = found.known[found.period == np.datetime64("2026-11-13")]
    # Friday's is out on Monday, 18:00 in New York.
    assert at.astype(str).tolist() == ["2026-11-16T23:00:00"]
