"""Granger tests of a universe: what is given, what is refused, and what fools them."""

import numpy as np
import pandas as pd
import pytest
from scan.universes import shocks
from statsmodels.tsa.stattools import grangercausalitytests

import leadline as ll
from leadline.data.store import MemoryStore
from leadline.errors import DataError, LeadlineError
from leadline.worlds.universes import priced


@pytest.fixture
def moves(rng):
    out = rng.standard_t(5, (500, 6)) / 100
    out[2:, 1] += 0.4 * out[:-2, 0]
    return out


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def row(found, leader, follower):
    table = found.table
    return table[(table["leader"] == leader) & (table["follower"] == follower)].iloc[0]


def test_every_pair_is_as_in_statsmodels(moves):
    found = ll.scan_granger(priced(moves), 3)
    assert len(found.table) == 30
    for leader, follower in [(0, 1), (1, 0), (4, 2)]:
        expected = grangercausalitytests(moves[:, [follower, leader]], [3])[3][0]["ssr_ftest"]
        got = row(found, f"a00{leader}", f"a00{follower}")
        assert got["F"] == pytest.approx(expected[0], rel=1e-8)
        assert got["p"] == pytest.approx(expected[1], rel=1e-7)
        assert found.freedom == expected[2]


def test_the_planted_lead_counts_and_nothing_else(moves):
    found = ll.scan_granger(priced(moves), 3)
    assert found.found()[["leader", "follower"]].to_numpy().tolist() == [["a000", "a001"]]
    assert found.table["p"].is_monotonic_increasing
    assert "30 ordered pairs of 6 series, 3 days of lags, 500 days" in found.summary()
    assert repr(found) == "GrangerScan(6 assets, 30 pairs, 1 at 5%)"
    assert "<table" in found._repr_html_()
    assert found.to_frame().equals(found.table)


def test_false_discovery_rates_are_those_of_their_definition(moves):
    table = ll.scan_granger(priced(moves), 2).table
    p, n = table["p"].to_numpy(), len(table)
    raw = p * n / np.arange(1, n + 1)
    bh = np.minimum.accumulate(raw[::-1])[::-1]
    np.testing.assert_allclose(table["q_bh"], np.minimum(bh, 1), rtol=1e-9)
    by = bh * np.sum(1 / np.arange(1, n + 1))
    np.testing.assert_allclose(table["q_by"], np.minimum(by, 1), rtol=1e-9)


def test_toda_and_yamamoto_test_levels_with_a_lag_more(moves):
    prices = priced(moves)
    found = ll.scan_granger(prices, 2, "toda_yamamoto")
    paths = np.log(prices.to_numpy())
    n = len(paths)
    rows = np.arange(3, n)
    own, other = (np.column_stack([paths[rows - k, j] for k in (1, 2, 3)]) for j in (1, 0))
    target, one = paths[rows, 1], np.ones((rows.size, 1))

    def squares(x):
        left = target - x @ np.linalg.lstsq(x, target, rcond=None)[0]
        return left @ left

    wide = np.hstack([one, own, other])
    free = rows.size - wide.shape[1]
    narrow = squares(np.hstack([one, own, other[:, 2:]]))
    expected = (narrow - squares(wide)) / 2 / (squares(wide) / free)
    assert row(found, "a000", "a001")["F"] == pytest.approx(expected, rel=1e-7)
    assert found.freedom == free


def test_the_market_held_constant_takes_a_common_lead_away(rng):
    market = rng.standard_normal(801) / 100
    moves = rng.standard_normal((800, 40)) / 100
    moves[:, :37] += market[1:, None]
    moves[:, 37:] += market[:-1, None]
    prices = priced(moves)
    plain, held = (ll.scan_granger(prices, 1, form) for form in ("plain", "market"))
    assert len(plain.found()) > 100
    assert len(held.found()) < 10
    assert any("'market'" in caveat for caveat in plain.caveats)


def test_late_and_patchy_series_do_not_cost_the_others_their_days(moves, rng):
    prices = priced(moves)
    prices.iloc[:300, 2] = np.nan
    prices.iloc[rng.choice(500, 20, replace=False), 3] = np.nan
    prices["still"] = 5.0
    found = ll.scan_granger(prices, 2)
    assert found.assets == ("a000", "a001", "a003", "a004", "a005")
    assert set(found.left_out["asset"]) == {"a002", "still"}
    lost = len(prices) - 1 - found.n_obs
    assert 15 <= lost <= 20
    assert f"{lost} of 501 rows are left out" in found.summary()
    there = prices.dropna(subset=["a003"])[["a001", "a000"]].dropna()
    steps = np.diff(np.log(there.to_numpy()), axis=0)
    expected = grangercausalitytests(steps, [2])[2][0]["ssr_ftest"][0]
    assert row(found, "a000", "a001")["F"] == pytest.approx(expected, rel=1e-8)


def test_a_follower_that_closes_earlier_is_not_tested_by_the_day(moves):
    prices = priced(moves).set_axis(["silver", "bitcoin", *"abcd"], axis=1)
    found = ll.scan_granger(prices, 2)
    pairs = set(zip(found.table["leader"], found.table["follower"], strict=True))
    assert len(pairs) == 29
    assert ("bitcoin", "silver") not in pairs
    assert "1 pairs are not tested by the day" in found.summary()
    prices = priced(np.tile(moves, (2, 1))).set_axis(prices.columns, axis=1)
    assert len(ll.scan_granger(prices, 2, every="week").table) == 30


def test_a_series_given_twice_has_no_answer_for_itself(moves):
    prices = priced(moves)
    prices["twin"] = 3 * prices["a004"]
    found = ll.scan_granger(prices, 2)
    assert len(found.table) == 40
    assert "2 pairs have no answer" in found.summary()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"lags": 0}, "lags is 0; give a number from 1 to 60"),
        ({"form": "robust"}, "form is 'robust'; give 'plain', 'toda_yamamoto' or 'market'"),
        ({"every": "hour"}, "every is 'hour'; give 'day' or 'week'"),
        ({"fdr": 0}, "fdr is 0; give a share"),
        ({"fdr": float("nan")}, "fdr is nan; give a share"),
        ({"fdr": "0.05"}, "fdr is '0.05'; give a share"),
        ({"lags": 2.5}, r"lags is 2\.5; give a whole number"),
        ({"every": ["day"]}, r"every is \['day'\]; give 'day' or 'week'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(moves, settings, words):
    with pytest.raises(LeadlineError, match=words):
        ll.scan_granger(priced(moves), **settings)


def test_lags_may_be_of_numpy(moves):
    assert ll.scan_granger(priced(moves), np.int64(2)).lags == 2


def test_a_small_false_discovery_rate_is_named_in_full(moves):
    for fdr, words in ((0.001, "0.1%"), (0.025, "2.5%"), (0.05, "5%")):
        found = ll.scan_granger(priced(moves), fdr=fdr)
        assert f" at a false discovery rate of {words} " in found.summary()
        assert repr(found).endswith(f" at {words})")


def test_a_price_that_never_moves_is_left_out_as_such(moves):
    prices = priced(moves)
    prices["still"] = 5.0
    found = ll.scan_granger(prices)
    assert found.left_out.to_numpy().tolist() == [["still", "its price never moves"]]


def test_prices_are_refused_as_in_a_scan(moves):
    prices = priced(moves)
    prices.iloc[7, 2] = 0
    with pytest.raises(DataError, match=r"price of 'a002' on 2015-01-12, 0, is not positive"):
        ll.scan_granger(prices)
    with pytest.raises(DataError, match="take 2 series or more that share 105 returns; 6 share 59"):
        ll.scan_granger(priced(moves).iloc[:60])
    with pytest.raises(DataError, match="take 3 series or more"):
        ll.scan_granger(priced(moves[:, :2]), form="market")
    with pytest.raises(DataError, match="The store holds no 'silver'"):
        ll.scan_granger(("silver",), store=MemoryStore({}))
    with pytest.raises(DataError, match=r"share 105 returns; 0 share 3\. a: its price never"):
        ll.scan_granger(pd.DataFrame({"a": 1.0}, pd.bdate_range("2026-01-01", periods=4)))


def shared_volatility(n_obs, n_series, rng):
    """Student-t shocks under one GARCH volatility, and nothing else in common."""
    shock = rng.standard_t(5, (n_obs, n_series)) * np.sqrt(3 / 5)
    variance = 1.0
    for day in range(n_obs):
        shock[day] *= np.sqrt(variance)
        variance = 0.03 + 0.08 * shock[day, 0] ** 2 + 0.89 * variance
    return shock


@pytest.mark.parametrize("form", ["plain", "toda_yamamoto"])
def test_shared_volatility_fools_it_and_own_volatility_does_not(form):
    """The numbers that its docstring names: 20 % and 5 % at a nominal 5 %."""
    share = {}
    for world in (shared_volatility, shocks):
        p = []
        for seed in range(15):
            moves = world(1500, 20, np.random.default_rng(seed)) / 100
            p.append(ll.scan_granger(priced(moves), 5, form).table["p"])
        share[world] = np.mean(np.concatenate(p) <= 0.05)
    assert 0.14 < share[shared_volatility] < 0.27
    assert 0.04 < share[shocks] < 0.07
