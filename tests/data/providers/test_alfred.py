"""ALFRED: which vintages there are, columns that must carry their stamp, when each was known."""

import re
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from replay import alfred as replay
from replay.core import Market, Reply, answer_to, ask_of, driven, in_force

from leadline.data.provider import NotMeasuredError, Request, Want, WireFormatError
from leadline.data.providers.alfred import BATCH, PROVIDER, URL
from leadline.data.series import find

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WANT = Want(find("m2"), "M2SL", NOW)


def answered(body, *vintages):
    query = (("id", ",".join(["M2SL"] * len(vintages))), ("vintage_date", ",".join(vintages)))
    return answer_to(Request(URL, query), Reply(body), NOW)


def asked_for(want, answer=replay.answer):
    """Give the vintages that a plan asks for, batch by batch."""
    answers = driven(PROVIDER, want, answer, MARKET)
    return [dict(each.request.query)["vintage_date"].split(",") for each in answers]


def test_a_level_is_read_as_it_stood():
    body = (
        b"observation_date,M2SL_20240201,M2SL_20240301\n"
        b"2023-12-01,22490.7,22500.1\n"
        b"2024-01-01,,22672.9\n"
    )
    rows = PROVIDER.parse(WANT, answered(body, "2024-02-01", "2024-03-01"))
    known, basis = PROVIDER.known_at(WANT, answered(body, "2024-02-01", "2024-03-01"), rows)
    assert basis == "vintage"
    told = sorted(zip(known.astype(str), rows.period.astype(str), rows.value.tolist(), strict=True))
    # 23:59 in New York is 04:59 in UTC in winter.
    assert told == [
        ("2024-02-02T04:59:00", "2023-12-01", 22490.7),
        ("2024-03-02T04:59:00", "2023-12-01", 22500.1),
        ("2024-03-02T04:59:00", "2024-01-01", 22672.9),
    ]


@pytest.mark.parametrize(
    "header",
    [
        b"observation_date,M2SL",
        b"observation_date,M2SL_20240202",
        b"observation_date,M2NS_20240201",
        b"observation_date,M2SL_20240201,M2SL_20240301",
    ],
)
def test_a_column_without_the_stamp_asked_for_is_refused(header):
    body = header + b"\n2023-12-01" + b",22490.7" * header.count(b",") + b"\n"
    with pytest.raises(
        WireFormatError, match="expected the columns observation_date,M2SL_20240201"
    ):
        PROVIDER.parse(WANT, answered(body, "2024-02-01"))


def test_a_value_for_a_period_after_its_vintage_is_refused():
    body = b"observation_date,M2SL_20240201\n2024-02-01,1.0\n2024-03-01,2.0\n"
    with pytest.raises(WireFormatError, match="vintage of 2024-02-01 has a value for 2024-03-01"):
        PROVIDER.parse(WANT, answered(body, "2024-02-01"))


def test_a_hole_within_a_vintage_is_missing_and_one_about_it_is_nothing():
    body = (
        b"observation_date,M2SL_20240601\n"
        b"2024-01-01,\n2024-02-01,1\n2024-03-01,\n2024-04-01,3\n2024-05-01,\n"
    )
    rows = PROVIDER.parse(WANT, answered(body, "2024-06-01"))
    assert rows.period.astype("datetime64[M]").astype(str).tolist() == [
        "2024-02", "2024-03", "2024-04",
    ]  # fmt: skip
    np.testing.assert_array_equal(rows.value, [1, np.nan, 3])


def test_a_vintage_before_the_first_has_no_rows():
    body = b"observation_date,M2SL_19700101\n1969-01-01,\n1969-02-01,\n"
    assert len(PROVIDER.parse(WANT, answered(body, "1970-01-01"))) == 0


def test_every_listed_vintage_is_asked_for_in_order_and_twelve_at_once():
    batches = asked_for(WANT)
    flat = [day for batch in batches for day in batch]
    assert flat == [str(day) for day in MARKET.vintages("m2")]
    assert flat == sorted(flat)
    assert max(map(len, batches)) == BATCH


def test_only_later_vintages_are_asked_for_than_are_held():
    held = date(2026, 6, 30)
    flat = [
        day
        for batch in asked_for(Want(find("m2"), "M2SL", NOW, newest_vintage=held))
        for day in batch
    ]
    assert flat == [str(day) for day in MARKET.vintages("m2") if day > np.datetime64(held)]
    newest = MARKET.vintages("m2")[-1].item()
    assert asked_for(Want(find("m2"), "M2SL", NOW, newest_vintage=newest)) == []


def test_from_a_day_on_the_vintage_that_stood_then_is_asked_for_too():
    flat = asked_for(Want(find("m2"), "M2SL", NOW, since=date(2026, 1, 15)))[0]
    assert flat[0] < "2026-01-15" <= flat[1]


@pytest.mark.parametrize("blocked", [replay.CHALLENGE, Reply(b"", 403)])
def test_where_the_list_is_blocked_the_days_of_release_stand_in(blocked):
    def answer(ask, _market):
        # What is told of each vintage does not matter here.
        return blocked if ask.path == "/series/downloaddata" else Reply(b"")

    want = Want(find("m2"), "M2SL", NOW, newest_vintage=date(2026, 6, 30))
    flat = [day for batch in asked_for(want, answer) for day in batch]
    # The 28th of the month after, or the next business day; only what is out by now.
    assert flat == ["2026-07-28", "2026-08-28", "2026-09-28", "2026-10-28"]
    # A release of today may be still to come.
    for day, last in ((28, "2026-09-28"), (29, "2026-10-28")):
        early = datetime(2026, 10, day, 12, tzinfo=UTC)
        assert asked_for(Want(find("m2"), "M2SL", early), answer)[-1][-1] == last
    for name, code in (("cpi", "CPIAUCSL"), ("nfci", "NFCI"), ("wm2ns", "WM2NS")):
        guessed = asked_for(Want(find(name), code, NOW), answer)
        days = [day for batch in guessed for day in batch]
        assert days == sorted(set(days))
        assert "2011-06-01" <= days[0] <= "2011-07-31"
        assert "2026-10-01" <= days[-1] <= "2026-11-20"


@pytest.mark.parametrize(
    ("blocked", "error"), [(replay.CHALLENGE, WireFormatError), (Reply(b"", 403), NotMeasuredError)]
)
def test_where_the_list_is_blocked_and_no_release_is_due_that_is_said(blocked, error):
    want = Want(find("m2"), "M2SL", NOW, newest_vintage=date(2026, 10, 28))
    with pytest.raises(error):
        driven(PROVIDER, want, lambda _ask, _market: blocked, MARKET)


def test_where_the_vintages_are_blocked_too_nothing_is_measured():
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, WANT, lambda _ask, _market: Reply(b"", 403), MARKET)


def test_vintages_tell_what_stood_then():
    rows = [PROVIDER.parse(WANT, each) for each in driven(PROVIDER, WANT, replay.answer, MARKET)]
    for day in ("2013-05-01", "2019-02-01", "2026-11-01"):
        days, values = in_force(rows, day)
        listed = MARKET.vintages("m2")
        expected = MARKET.vintage("m2", listed[listed < np.datetime64(day)][-1])
        np.testing.assert_array_equal(days, expected[0])
        np.testing.assert_allclose(values, expected[1])


def test_the_newest_vintage_of_a_request_is_what_it_says():
    plan = PROVIDER.plan(WANT)
    listed = next(plan)
    assert not listed.read
    request = plan.send(answer_to(listed, replay.answer(ask_of(listed), MARKET), NOW))
    assert str(request.vintage) == dict(request.query)["vintage_date"].split(",")[-1]
    assert re.fullmatch(r"M2SL(,M2SL){11}", dict(request.query)["id"])


def test_a_vintage_of_tomorrow_is_not_asked_for():
    early = NOW - timedelta(days=30)
    flat = [day for batch in asked_for(Want(find("m2"), "M2SL", early)) for day in batch]
    assert max(flat) <= str(early.date())
