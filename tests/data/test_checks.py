"""Ranges, units and sums, one by one."""

import numpy as np
import pytest

from leadline.data.checks import broken_identity, implausible, other_unit
from leadline.data.provider import Rows
from leadline.data.series import find

DAYS = np.arange("2026-01-01", "2026-04-11", dtype="datetime64[D]")
ONES = np.ones(DAYS.size)


def rows(*values):
    return Rows(DAYS[: len(values)], np.array(values, dtype=float))


@pytest.mark.parametrize(
    ("name", "values", "problem"),
    [
        ("dgs10", (4.1, np.nan, -0.2), ""),
        (
            "dgs10",
            (4.1, 410.0, 405.0),
            "2 of 3 values are outside -10 to 30 percent, the first 410",
        ),
        ("silver", (30.0, 0.5), "outside 1 to 1000"),
        ("oil_wti", (20.0, -37.63), ""),
        ("oil_wti", (20.0, -370.63), "outside"),
        ("dff", (), ""),
    ],
)
def test_values_stay_in_the_range_of_the_catalogue(name, values, problem):
    found = implausible(find(name), rows(*values))
    assert problem in found
    assert bool(found) == bool(problem)


def test_a_price_is_positive_where_the_range_does_not_say():
    info = find("silver").model_copy(update={"low": -np.inf})
    assert implausible(info, rows(30.0, 0.0)) == (
        "1 of 2 values are not positive, the first 0 for 2026-01-02"
    )


@pytest.mark.parametrize(
    ("factor", "same"), [(1, True), (49, True), (51, False), (1 / 51, False), (1000, False)]
)
def test_a_unit_is_known_by_the_same_periods(factor, same):
    held = (DAYS[10:30], ONES[10:30] * 7)
    found = other_unit((DAYS[:20], ONES[:20] * 7 * factor), held)
    assert bool(found) != same
    assert same or "same 10 periods" in found


def test_without_common_values_no_unit_is_known():
    values = ONES[:5] * np.nan
    assert other_unit((DAYS[:5], ONES[:5] * 1000), (DAYS[5:9], ONES[5:9])) == ""
    assert other_unit((DAYS[:5], ONES[:5] * 1000), (DAYS[:5], values)) == ""
    assert other_unit((DAYS[:5], ONES[:5] * 1000), (DAYS[:5], ONES[:5] * 0)) == ""


@pytest.mark.parametrize("name", ["t10yie", "dgs10", "dfii10"])
@pytest.mark.parametrize(("n_off", "kept"), [(0, True), (4, True), (5, False), (100, False)])
def test_three_series_add_up_but_for_a_few_days(name, n_off, kept):
    held = {"t10yie": ONES * 2.3, "dgs10": ONES * 4.2, "dfii10": ONES * 1.9}
    changed = held[name].copy()
    changed[:n_off] += 0.02
    found = broken_identity(name, (DAYS, changed), lambda each: (DAYS, held[each]))
    assert bool(found) != kept
    assert kept or f"on {n_off} of 100 days, the first 2026-01-01 by 0.02" in found


def test_rounding_is_no_contradiction_and_nothing_held_neither():
    held = {"t10yie": ONES * 2.31, "dgs10": ONES * 4.2, "dfii10": ONES * 1.9}
    assert broken_identity("t10yie", (DAYS, held["t10yie"]), lambda n: (DAYS, held[n])) == ""
    assert broken_identity("t10yie", (DAYS, ONES), lambda _: (DAYS[:0], ONES[:0])) == ""
    assert broken_identity("dgs2", (DAYS, ONES), lambda n: (DAYS, held[n])) == ""
