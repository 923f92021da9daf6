"""Prices that went through single precision, as a file of floats of 32 bits brings them."""

import numpy as np
import pandas as pd
import pytest
from evidence.quick import FACTS, FEW, panel_of
from metamorphic.markets import ERROR, RELATIONS, SERIES, TESTS, as_it_is, asked, is_price, rounding

from leadline.claim import Claim
from leadline.scan.prices import read
from leadline.verdict import judge

ROUNDED = {
    name: series.astype(np.float32) if is_price(series) else series
    for name, series in SERIES.items()
}


def outcome(test, evidence):
    claim = Claim.model_validate(
        {
            "id": "X1",
            "paraphrase": "It leads.",
            "publisher": "somebody",
            "type": "fact" if test.kind in {fact["kind"] for fact in FACTS.values()} else "pattern",
            "first_seen": "2026-01-23",
            "tests": [test.settings()],
        }
    )
    return judge(claim, (evidence,)).outcome


@pytest.fixture(scope="module")
def found():
    return {name: (as_it_is()[name], asked(test, ROUNDED)) for name, test in TESTS.items()}


def test_rounding_is_far_below_a_standard_error():
    assert rounding() < 1e-3
    assert all(
        (ROUNDED[name] != SERIES[name]).mean() > 0.9 for name in ("leader", "follower", "early")
    )


@pytest.mark.parametrize("name", sorted(TESTS))
def test_single_precision_changes_no_outcome(name, found):
    one, other = (outcome(TESTS[name], evidence) for evidence in found[name])
    assert other == one


@pytest.mark.parametrize("name", sorted(TESTS))
def test_single_precision_moves_an_estimate_by_no_more_than_its_rounding(name, found):
    one, other = (evidence.estimate for evidence in found[name])
    if one is None or one.low is None:
        assert (one is None) == (other is None)
        if one is not None:
            # A price, or the sum of few moves: no error averages out, none adds up. A t does both.
            room = rounding() if one.unit == "t-ratio" else 4 * ERROR
            assert other.value == pytest.approx(one.value, rel=4 * ERROR, abs=room)
        return
    # Nine in ten means 3.29 standard errors, so this leaves room for what scales the moves.
    room = rounding() * (one.high - one.low)
    assert abs(other.value - one.value) <= room
    assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=room)


@pytest.mark.parametrize("name", sorted(RELATIONS))
def test_single_precision_moves_what_chance_reaches_by_no_more(name, found):
    """The least, the most and the 95 % point of all histories, and what they are held against."""
    one, other = (evidence.exhibit("null") for evidence in found[name])
    room = rounding() * (one.edges[-1] - one.edges[0])
    for ask in (
        lambda null: null.edges[0],
        lambda null: null.edges[-1],
        lambda null: null.critical,
        lambda null: null.observed,
    ):
        assert abs(ask(other) - ask(one)) <= room


@pytest.mark.parametrize("name", sorted(TESTS))
def test_single_precision_moves_p_by_two_resamples_at_most(name, found):
    one, other = found[name]
    least = 1 / (1 + FEW["n_resamples"])
    assert (one.p_value is None) == (other.p_value is None)
    for p, q in ((one.p_value, other.p_value), (one.p_against, other.p_against)):
        if p is not None:
            assert q == pytest.approx(p, abs=2 * least + 1e-12)
    if one.forks is not None:
        least = 1 / (1 + FEW["n_sensitivity"])
        assert other.forks.by_null == pytest.approx(one.forks.by_null, abs=2 * least + 1e-12)


def test_readers_widen_single_precision_and_nothing_else(tmp_path):
    """A file of floats of 32 bits is read as the very numbers it holds."""
    wide = pd.DataFrame({name: ROUNDED[name] for name in ("leader", "follower")})
    assert set(wide.dtypes) == {np.dtype(np.float32)}
    wide.rename_axis("date").reset_index().to_parquet(tmp_path / "prices.parquet")
    for given in (wide, tmp_path / "prices.parquet"):
        prices = read(given).prices
        assert prices.dtype == np.float64
        np.testing.assert_array_equal(prices, wide.to_numpy().astype(np.float64))
    panel = panel_of(ROUNDED)
    for name in wide:
        assert panel[name].value.dtype == np.float64
        np.testing.assert_array_equal(panel[name].value, wide[name].to_numpy().astype(np.float64))
