"""The ECB: one series by its key, columns by name, revised without vintages."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from replay import ecb as replay
from replay.core import Market, Reply, answer_to, driven, read

from leadline.data.provider import NotMeasuredError, Request, Want, WireFormatError
from leadline.data.providers.ecb import PROVIDER, URL
from leadline.data.series import find

MARKET = Market(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CODE = "BSI/M.U2.Y.V.M20.X.1.U2.2300.Z01.E"
KEY = CODE.replace("/", ".")
WANT = Want(find("m2_euro"), CODE, NOW)


def answered(body):
    return answer_to(Request(f"{URL}/{CODE}"), Reply(body.encode()), NOW)


def test_the_whole_series_is_asked_for():
    (request,) = PROVIDER.plan(Want(find("m2_euro"), CODE, NOW, since=date(2026, 1, 1)))
    assert request.url == f"https://data-api.ecb.europa.eu/service/data/{CODE}"
    assert request.query == (("format", "csvdata"),)
    assert not PROVIDER.incremental


def test_columns_are_had_by_name():
    rows = PROVIDER.parse(
        WANT,
        answered(
            "KEY,FREQ,TIME_PERIOD,OBS_VALUE,OBS_STATUS,TITLE\r\n"
            f'{KEY},M,2026-08,15500000,A,"Monetary aggregate M2,\nstocks"\r\n'
            f"{KEY},M,2026-09,,M,\r\n"
        ),
    )
    assert rows.period.astype(str).tolist() == ["2026-08-01", "2026-09-01"]
    np.testing.assert_array_equal(rows.value, [15500000, np.nan])


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("KEY,TIME_PERIOD,VALUE\n", "no column OBS_VALUE"),
        ("KEY,TIME_PERIOD,OBS_VALUE\nBSI.M.DE,2026-08,1\n", "asked for BSI.M.U2.*got BSI.M.DE"),
        (f"KEY,TIME_PERIOD,OBS_VALUE\n{KEY},2026-Q3,1\n", "no day written as YYYY-MM"),
        (f"KEY,TIME_PERIOD,OBS_VALUE\n{KEY},2026-08,1\n{KEY},2026-08,2\n", "twice"),
        (f"KEY,TIME_PERIOD,OBS_VALUE\n{KEY},2026-12,1\n", "future"),
        ("<html></html>", "expected plain text"),
    ],
)
def test_what_is_not_as_expected_is_refused(body, problem):
    with pytest.raises(WireFormatError, match=problem):
        PROVIDER.parse(WANT, answered(body))


def test_a_daily_series_has_days():
    want = Want(find("dff"), CODE, NOW)
    rows = PROVIDER.parse(want, answered(f"KEY,TIME_PERIOD,OBS_VALUE\n{KEY},2026-11-19,1.93\n"))
    assert rows.period.astype(str).tolist() == ["2026-11-19"]


def test_what_is_sent_is_read_and_known_since_it_was_fetched():
    found = read(PROVIDER, "m2_euro", replay.answer, MARKET)
    days, values = MARKET.published("m2_euro")
    np.testing.assert_array_equal(found.period, days)
    np.testing.assert_allclose(found.value, values)
    assert found.bases == ("first_seen",)
    assert np.unique(found.known).astype(str).tolist() == ["2026-11-20T12:00:00"]


@pytest.mark.parametrize("case", list(replay.CASES))
def test_every_fault_is_refused(case):
    (answer,) = driven(PROVIDER, WANT, replay.CASES[case], MARKET)
    with pytest.raises(WireFormatError):
        PROVIDER.parse(WANT, answer)


def test_a_key_that_is_not_there_is_not_measured():
    with pytest.raises(NotMeasuredError):
        driven(PROVIDER, Want(find("m2_euro"), "BSI/M.XX", NOW), replay.answer, MARKET)
