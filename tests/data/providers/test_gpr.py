"""Geopolitical risk: an old workbook with labels beside the numbers."""

import numpy as np
import pytest
from replay import gpr as replay
from replay.cases import Altered
from replay.core import Reply, read

from leadline.data.provider import WireFormatError
from leadline.data.providers import provider
from leadline.data.workbook import sheet_of

PROVIDER = provider("gpr")
MARKET = Altered(change=lambda days, values: (days[-60:], values[-60:]))
"""The last days alone: a workbook of 15,000 rows takes a while to write."""


def test_days_are_read_by_column_name():
    found = read(PROVIDER, "gpr", replay.answer, MARKET)
    days, values = MARKET.published("gpr")
    assert np.array_equal(found.period, days)
    assert found.value == pytest.approx(values)
    assert found.bases == ("first_seen",)


def test_the_release_rule_is_the_end_of_the_monday_after():
    found = read(PROVIDER, "gpr", replay.answer, MARKET)
    ruled = found.want.info.known_at(np.array(["2026-11-18"], "datetime64[D]"))
    assert ruled.astype(str).tolist() == ["2026-11-24T04:59:00"]


def test_labels_longer_than_the_days_are_left_out():
    few = Altered(change=lambda days, values: (days[-8:], values[-8:]))
    found = read(PROVIDER, "gpr", replay.answer, few)
    assert found.period.size == few.published("gpr")[0].size < 6


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("html_as_xls", "expected an old Excel workbook, got HTML"),
        ("damaged_xls", "cannot be read"),
    ],
)
def test_what_is_no_workbook_is_refused(case, said):
    with pytest.raises(WireFormatError, match=said):
        read(PROVIDER, "gpr", replay.CASES[case], MARKET)


@pytest.mark.parametrize("name", ["DAY", "GPRD"])
def test_a_renamed_column_is_refused(name):
    sent = replay.workbook(MARKET, **{name: "other"})
    with pytest.raises(WireFormatError, match=f"expected one column '{name}'"):
        read(PROVIDER, "gpr", lambda _ask, _market: sent, MARKET)


def test_bytes_that_end_the_reader_are_refused():
    """Many a changed byte makes the reader panic or ask for all memory; none may end us."""
    rng = np.random.default_rng(7)
    good = replay.workbook(MARKET).body
    n_refused = 0
    for _ in range(40):
        body = bytearray(good)
        for at in rng.integers(512, len(body), 30):
            body[at] = rng.integers(256)
        try:
            read(PROVIDER, "gpr", lambda _ask, _market, body=body: Reply(bytes(body)), MARKET)
        except WireFormatError:
            n_refused += 1
    assert n_refused >= 20


def test_a_sheet_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no sheet 'Other', but Sheet1"):
        sheet_of(replay.workbook(MARKET).body, "Other")
