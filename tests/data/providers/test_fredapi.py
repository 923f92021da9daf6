"""The FRED API: latest values, vintages by windows of real time, pages, refusals and the key."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from replay import fredapi as replay
from replay.core import Market, Reply, answer_to, ask_of, driven, in_force

from leadline.data.provider import NotMeasuredError, Request, Want, WireFormatError
from leadline.data.providers import fredapi
from leadline.data.providers.fredapi import PROVIDER, URL
from leadline.data.series import find

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = "abcdefghijklmnopqrstuvwxyz012345"
LATEST = Want(find("dgs2"), "DGS2", NOW, since=date(2026, 3, 1), key=KEY)
VINTAGES = Want(find("m2"), "M2SL", NOW, key=KEY)


def all_rows(want, answer=replay.answer):
    return [PROVIDER.parse(want, each) for each in driven(PROVIDER, want, answer, MARKET)]


def check_what_stood(rows):
    listed = MARKET.vintages("m2")
    for day in ("2013-05-01", "2019-02-01", "2026-11-01"):
        days, values = in_force(rows, day)
        expected = MARKET.vintage("m2", listed[listed < np.datetime64(day)][-1])
        np.testing.assert_array_equal(days, expected[0])
        np.testing.assert_allclose(values, expected[1])


def answered(rows, window=("2026-01-01", "2026-11-20"), **more):
    """Answer with rows of day, value and the stretch in which it stood."""
    names = ("date", "value", "realtime_start", "realtime_end")
    body = {
        "realtime_start": window[0],
        "realtime_end": window[1],
        "count": len(rows),
        "observations": [dict(zip(names, row, strict=True)) for row in rows],
        **more,
    }
    query = (("realtime_start", "2026-01-01"), ("realtime_end", "2026-11-20"))
    return answer_to(Request(URL, query), Reply(json.dumps(body).encode()), NOW)


def test_the_latest_values_need_one_request():
    (answer,) = driven(PROVIDER, LATEST, replay.answer, MARKET)
    assert ("observation_start", "2026-03-01") in answer.request.query
    rows = PROVIDER.parse(LATEST, answer)
    days, values = MARKET.published("dgs2")
    told = days >= np.datetime64("2026-03-01")
    np.testing.assert_array_equal(rows.period, days[told])
    np.testing.assert_allclose(rows.value, values[told])
    assert rows.stamp is None
    assert PROVIDER.known_at(LATEST, answer, rows)[1] == "rule"


def test_a_dot_is_missing():
    (rows,) = all_rows(LATEST, replay.CASES["dot_value"])
    assert 0 < np.isnan(rows.value).sum() < 5


def test_each_version_is_known_when_the_day_it_came_out_has_ended():
    rows = PROVIDER.parse(
        VINTAGES,
        answered([("2025-12-01", "22000.5", "2026-01-27", "2026-11-20")]),
    )
    assert rows.stamp.astype(str).tolist() == ["2026-01-28T04:59:00"]


def test_what_still_stands_belongs_to_the_newest_vintage():
    rows = PROVIDER.parse(
        VINTAGES,
        answered(
            [
                ("2025-11-01", "1", "2026-01-01", "2026-02-23"),
                ("2025-11-01", "2", "2026-02-24", "2026-11-20"),
                ("2025-12-01", "3", "2026-01-27", "2026-11-20"),
            ]
        ),
    )
    days = (rows.stamp - np.timedelta64(12, "h")).astype("datetime64[D]").astype(str)
    told = sorted(zip(days, rows.period.astype(str), rows.value.tolist(), strict=True))
    assert told == [
        ("2026-01-01", "2025-11-01", 1),
        ("2026-01-27", "2025-12-01", 3),
        ("2026-02-24", "2025-11-01", 2),
        ("2026-02-24", "2025-12-01", 3),
    ]


@pytest.mark.parametrize("size", [500, 7])
def test_vintages_tell_what_stood_then_whatever_the_windows(monkeypatch, size):
    monkeypatch.setattr(fredapi, "VINTAGES", size)
    check_what_stood(all_rows(VINTAGES))


def test_pages_join_and_the_last_one_brings_the_vintage(monkeypatch):
    monkeypatch.setattr(fredapi, "LIMIT", 400)
    answers = driven(PROVIDER, VINTAGES, replay.answer, MARKET)
    assert len(answers) > 3
    assert [each.request.vintage for each in answers[:-1]] == [None] * (len(answers) - 1)
    assert answers[-1].request.vintage == MARKET.vintages("m2")[-1].item()
    check_what_stood([PROVIDER.parse(VINTAGES, each) for each in answers])


def test_only_later_vintages_are_asked_for_than_are_held():
    want = Want(find("m2"), "M2SL", NOW, newest_vintage=date(2026, 6, 30), key=KEY)
    (answer,) = driven(PROVIDER, want, replay.answer, MARKET)
    first = MARKET.vintages("m2")[MARKET.vintages("m2") > np.datetime64("2026-06-30")][0]
    assert ("realtime_start", str(first)) in answer.request.query
    newest = Want(find("m2"), "M2SL", NOW, newest_vintage=MARKET.vintages("m2")[-1].item(), key=KEY)
    assert driven(PROVIDER, newest, replay.answer, MARKET) == []


def test_from_a_day_on_the_vintage_that_stood_then_is_asked_for_too():
    want = Want(find("m2"), "M2SL", NOW, since=date(2026, 1, 15), key=KEY)
    (answer,) = driven(PROVIDER, want, replay.answer, MARKET)
    first = MARKET.vintages("m2")[MARKET.vintages("m2") <= np.datetime64("2026-01-15")][-1]
    assert ("realtime_start", str(first)) in answer.request.query


def test_a_day_that_has_not_begun_in_chicago_is_not_asked_for():
    early = Want(find("m2"), "M2SL", datetime(2026, 11, 20, 3, tzinfo=UTC), key=KEY)
    answers = driven(PROVIDER, early, replay.answer, MARKET)
    assert ("realtime_end", "2026-11-19") in answers[-1].request.query


def test_another_window_than_asked_for_is_refused():
    with pytest.raises(WireFormatError, match="asked for vintages from 2026-01-01"):
        PROVIDER.parse(VINTAGES, answered([], window=("2026-11-20", "2026-11-20")))
    answers = driven(PROVIDER, VINTAGES, replay.CASES["vintage_ignored"], MARKET)
    with pytest.raises(WireFormatError):
        PROVIDER.parse(VINTAGES, answers[0])


def test_a_value_older_than_its_period_is_refused():
    with pytest.raises(WireFormatError, match="older than the period"):
        PROVIDER.parse(VINTAGES, answered([("2026-03-01", "1", "2026-02-01", "2026-11-20")]))


def test_a_list_that_is_cut_off_is_refused():
    (answer,) = driven(PROVIDER, LATEST, replay.answer, MARKET)
    body = json.loads(answer.body)
    body["observations"].pop()
    cut = answer_to(answer.request, Reply(json.dumps(body).encode()), NOW)
    with pytest.raises(WireFormatError, match="cut off"):
        PROVIDER.parse(LATEST, cut)


def test_a_list_of_vintages_that_is_cut_off_is_refused():
    def answer(ask, market):
        reply = replay.answer(ask, market)
        body = json.loads(reply.body)
        body.get("vintage_dates", [None]).pop()
        return reply.but(body=json.dumps(body).encode())

    with pytest.raises(WireFormatError, match="list of vintages is cut off"):
        driven(PROVIDER, VINTAGES, answer, MARKET)


def test_more_rows_than_there_can_be_are_refused():
    def answer(ask, market):
        reply = replay.answer(ask, market)
        body = json.loads(reply.body)
        return reply.but(body=json.dumps({**body, "count": 10**12}).encode())

    want = Want(find("m2"), "M2SL", NOW, key=KEY)
    with pytest.raises(WireFormatError):
        driven(PROVIDER, want, answer, MARKET)
    answers = iter((replay.answer, answer))
    plan = PROVIDER.plan(want)
    listed = next(plan)
    counted = plan.send(answer_to(listed, next(answers)(ask_of(listed), MARKET), NOW))
    with pytest.raises(WireFormatError, match="more than any series has"):
        plan.send(answer_to(counted, next(answers)(ask_of(counted), MARKET), NOW))


@pytest.mark.parametrize("case", ["400_bad_key", "400_2000_vintages", "key_in_log"])
def test_a_refusal_is_not_measured(case):
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, LATEST, replay.CASES[case], MARKET)


def test_the_key_is_named_a_secret_and_shown_nowhere():
    for want in (LATEST, VINTAGES):
        request = next(PROVIDER.plan(want))
        assert request.secret == ("api_key",)
        assert ("api_key", KEY) in request.query
        assert KEY not in repr(want)
    (answer,) = driven(PROVIDER, LATEST, replay.answer, MARKET)
    assert KEY not in answer.url
    assert PROVIDER.key_name == "FRED_API_KEY"


def test_the_notice_that_the_api_asks_for_is_in_the_credit():
    notice = (
        "This product uses the FRED® API but is not endorsed or certified by the Federal Reserve "
        "Bank of St. Louis."
    )
    assert notice in PROVIDER.terms.credit
