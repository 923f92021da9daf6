"""The New York Fed: a rate in percent, operations in dollars that are given in billions."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from replay import nyfed as replay
from replay.core import Market, Reply, answer_to, driven, read

from leadline.data.clock import us_business
from leadline.data.provider import Request, Want, WireFormatError
from leadline.data.providers.nyfed import PROVIDER, URL
from leadline.data.series import find
from leadline.errors import DataError

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RATE = Want(find("dff"), "effr", NOW, since=date(2026, 9, 28))
REPO = Want(find("rrpontsyd"), "reverse_repo", NOW, since=date(2026, 8, 1))


def answered(body, first="2026-08-01", last="2026-11-20"):
    request = Request(f"{URL}/x.json", (("startDate", first), ("endDate", last)))
    return answer_to(request, Reply(json.dumps(body).encode()), NOW)


def rate(day="2026-09-30", value=4.33, kind="EFFR"):
    return {"effectiveDate": day, "type": kind, "percentRate": value, "revisionIndicator": ""}


def operation(day="2026-08-20", amount=5_375_000_000, **more):
    named = {"operationDate": day, "operationType": "Reverse Repo", "totalAmtAccepted": amount}
    return {"note": "", **named, **more}


def operations(*several):
    return answered({"repo": {"operations": list(several)}})


def test_a_rate_is_a_percentage():
    rows = PROVIDER.parse(RATE, answered({"refRates": [rate(), rate("2026-09-29", "NA")]}))
    assert rows.period.astype(str).tolist() == ["2026-09-29", "2026-09-30"]
    np.testing.assert_array_equal(rows.value, [np.nan, 4.33])


def test_operations_are_dollars_and_come_out_as_billions():
    rows = PROVIDER.parse(REPO, operations(operation()))
    assert rows.value.tolist() == [5.375]


def test_operations_of_a_day_are_added_up_without_trials():
    rows = PROVIDER.parse(
        REPO,
        operations(
            operation(amount=2_000_000_000),
            operation(amount=1_000_000_000, term="Overnight"),
            operation(amount=9_000_000, note="Small Value Exercise"),
            operation(amount=8_000_000_000, operationType="Repo"),
            operation(amount=7_000_000_000, term="Term"),
            operation("2026-08-19", None),
        ),
    )
    assert rows.period.astype(str).tolist() == ["2026-08-19", "2026-08-20"]
    np.testing.assert_array_equal(rows.value, [np.nan, 3.0])


@pytest.mark.parametrize(
    ("want", "body"), [(RATE, {"refRates": []}), (REPO, {"repo": {"operations": []}})]
)
def test_an_empty_range_has_no_rows(want, body):
    assert len(PROVIDER.parse(want, answered(body))) == 0


@pytest.mark.parametrize(
    ("want", "body", "problem"),
    [
        (RATE, {"refRates": [rate(kind="OBFR")]}, "type EFFR"),
        (RATE, {"refRates": [rate("2025-01-03")]}, "got other days"),
        (RATE, {"refRates": [{"effectiveDate": "2026-09-30", "type": "EFFR"}]}, "percentRate"),
        (RATE, {"refRates": None}, "list of objects"),
        (RATE, {"refRates": [rate(value="4,33")]}, "no number"),
        (REPO, {"repo": {}}, "operations"),
        (REPO, {"repo": {"operations": [operation(), operation("2026-07-31")]}}, "other days"),
        (REPO, {"repo": {"operations": [{"operationType": "Reverse Repo"}]}}, "operationDate"),
    ],
)
def test_what_is_not_as_expected_is_refused(want, body, problem):
    with pytest.raises(WireFormatError, match=problem):
        PROVIDER.parse(want, answered(body))


def test_years_are_asked_for_from_a_day_on_to_today():
    want = Want(find("dff"), "effr", NOW, since=date(2024, 6, 1))
    spans = [
        dict(request.request.query) for request in driven(PROVIDER, want, replay.answer, MARKET)
    ]
    assert [(span["startDate"], span["endDate"]) for span in spans] == [
        ("2024-06-01", "2024-12-31"),
        ("2025-01-01", "2025-12-31"),
        ("2026-01-01", "2026-11-20"),
    ]
    first = next(PROVIDER.plan(Want(find("rrpontsyd"), "reverse_repo", NOW)))
    assert dict(first.query)["startDate"] == "2013-09-23"


def test_today_is_the_day_in_new_york():
    early = datetime(2026, 11, 20, 3, tzinfo=UTC)
    (request,) = PROVIDER.plan(Want(find("dff"), "effr", early, since=date(2026, 11, 1)))
    assert dict(request.query)["endDate"] == "2026-11-19"


@pytest.mark.parametrize("case", ["NA_percentile", "revision_R", "small_value_exercise"])
@pytest.mark.parametrize("name", ["dff", "rrpontsyd"])
def test_every_case_gives_the_same_values(case, name):
    found = read(PROVIDER, name, replay.CASES[case], MARKET, since=date(2025, 1, 1))
    days, values = MARKET.published(name)
    told = days >= np.datetime64("2025-01-01")
    told &= np.is_busday(days, busdaycal=us_business())
    np.testing.assert_array_equal(found.period, days[told])
    np.testing.assert_allclose(found.value, values[told])
    assert set(found.bases) == {"rule"}


def test_a_code_that_is_not_is_said():
    with pytest.raises(DataError, match=r"nyfed: no 'sofr'\. There are: effr, reverse_repo"):
        next(PROVIDER.plan(Want(find("dff"), "sofr", NOW)))
