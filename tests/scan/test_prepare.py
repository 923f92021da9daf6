"""Innovations on one calendar, without what would look like a lead."""

import numpy as np
import pandas as pd
import pytest

from leadline.data.series import catalogue
from leadline.errors import DataError
from leadline.kernels import autoregression as ar
from leadline.kernels import cross_correlation as cc
from leadline.scan.prepare import NORMAL_MAD, Prepared, _residuals, prepare, smallest_lags, whitened
from leadline.scan.prices import read
from leadline.scan.refine import Pairs, measured


def prices(moves, days=None):
    days = pd.bdate_range("2015-01-01", periods=len(moves)) if days is None else days
    return pd.DataFrame(np.exp(np.cumsum(moves, axis=0)), days, list("abcdefgh")[: moves.shape[1]])


def prepared(frame, *, every="day", factors=0, max_lag=5):
    return prepare(read(frame), every=every, factors=factors, max_lag=max_lag)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def strongest(found: Prepared, max_lag=5):
    pair = Pairs(np.array([0]), np.array([1]))
    return measured(found.innovations, pair, max_lag=max_lag, least=1)


def test_innovations_are_those_of_the_autoregression(rng):
    moves = rng.standard_normal((400, 2)) / 100
    moves[1:] += 0.5 * moves[:-1]
    found = prepared(prices(moves))
    returns = np.diff(np.cumsum(moves, axis=0), axis=0)[:, 0]
    expected = ar.whiten(returns, ar.fit(returns))
    assert found.innovations[0] == pytest.approx(expected - expected.mean(), abs=1e-12)


def test_the_first_part_is_taken_apart_without_the_rest(rng):
    moves = rng.standard_normal((500, 3)) / 100
    first = prepared(prices(moves))
    moves[first.split + 1 :] *= 3
    later = prepared(prices(moves))
    assert np.array_equal(first.first[:, : first.split], later.first[:, : first.split])
    assert not np.allclose(first.innovations[:, : first.split], later.innovations[:, : first.split])


@pytest.mark.parametrize("factors", ["market", "c", 2])
def test_common_factors_are_estimated_on_the_past_alone(factors, rng):
    moves = rng.standard_normal((600, 5)) / 100 + rng.standard_normal((600, 1)) / 50
    moves[rng.random((600, 5)) < 0.05] = np.nan
    days = np.arange(600).astype("datetime64[D]")
    whole, kept = _residuals(moves, days, factors, tuple("abcde"))
    moves[400:] = rng.standard_normal((200, 5))
    changed, _ = _residuals(moves, days, factors, tuple("abcde"))
    assert np.array_equal(whole[:280], changed[:280], equal_nan=True)
    assert np.array_equal(kept, days[120:])
    assert np.array_equal(np.isnan(changed), np.isnan(moves[120:]))
    moving = np.nan_to_num(whole)[:, np.nanstd(whole, axis=0) > 0]
    correlation = np.corrcoef(moving.T)
    assert np.abs(correlation[np.triu_indices_from(correlation, 1)]).max() < 0.6


@pytest.mark.parametrize("factors", ["market", 2])
def test_a_series_has_no_loadings_before_it_has_a_past(factors, rng):
    market = rng.standard_normal((900, 1)) / 50
    moves = market + rng.standard_normal((900, 8)) / 100
    moves[:500, 7] = np.nan
    days = np.arange(900).astype("datetime64[D]")
    found, _ = _residuals(moves, days, factors, tuple("abcdefgh"))
    begins = 120 + int(np.isfinite(found[:, 7]).argmax())
    assert 560 <= begins <= 620
    # From then on as little of the market is left as in the others.
    left = [abs(np.corrcoef(market[begins:, 0], found[begins - 120 :, k])[0, 1]) for k in (0, 7)]
    assert max(left) < 0.45
    size = np.nanstd(found[begins - 120 :], axis=0)
    assert size[7] == pytest.approx(size[:7].mean(), rel=0.2)


@pytest.mark.parametrize("factors", ["a", 1])
def test_an_answer_to_a_factor_a_day_later_is_taken_out_too(factors, rng):
    market = rng.standard_normal(3000) / 50
    moves = market[:, None] + rng.standard_normal((3000, 8)) / 200
    moves[:, 0] = market
    moves[1:, 1] += 0.7 * market[:-1]
    days = np.arange(3000).astype("datetime64[D]")
    found, _ = _residuals(moves, days, factors, tuple("abcdefgh"))
    ahead = np.corrcoef(market[120:-1], found[1:, 1])[0, 1]
    raw = np.corrcoef(market[120:-1], moves[121:, 1])[0, 1]
    assert raw > 0.5
    assert abs(ahead) < 0.08


def test_a_factor_that_is_nobody_is_refused(rng):
    frame = prices(rng.standard_normal((300, 3)) / 100)
    with pytest.raises(DataError, match="'nobody' is no asset"):
        prepared(frame, factors="nobody")
    with pytest.raises(DataError, match="3 components of 3 series"):
        prepared(frame, factors=3)
    with pytest.raises(DataError, match="loadings alone take 120"):
        prepared(frame.iloc[:100], factors="market")


def test_missing_days_do_not_look_like_a_lead(rng):
    shared = rng.standard_normal((4000, 1))
    frame = prices((shared + 0.3 * rng.standard_normal((4000, 2))) / 100)
    frame["b"] = frame["b"].mask(rng.random(4000) < 0.2)
    found = prepared(frame)
    assert abs(strongest(found).t[0]) < 3.5
    assert any("returns over gaps" in note for note in found.notes)


def test_weekends_of_a_market_that_never_closes_are_added_up(rng):
    days = pd.date_range("2010-01-01", periods=4000)
    shared = rng.standard_normal((4000, 1))
    frame = prices((shared + 0.3 * rng.standard_normal((4000, 2))) / 100, days)
    frame["b"] = frame["b"].where(days.day_of_week < 5)
    found = prepared(frame)
    assert set(pd.DatetimeIndex(found.days).day_of_week) <= {0, 1, 2, 3, 4}
    assert np.isfinite(found.innovations).mean() > 0.99
    assert abs(strongest(found).t[0]) < 3.5
    both = prepared(frame[["a"]].assign(b=frame["a"] ** 0.5 * np.exp(rng.standard_normal(4000))))
    assert both.days.size == 3999


def test_prices_carried_over_the_weekend_are_no_prices(rng):
    days = pd.date_range("2015-01-01", periods=2000)
    shared = rng.standard_normal((2000, 1))
    frame = prices((shared + 0.3 * rng.standard_normal((2000, 4))) / 100, days)
    closed = frame.index.day_of_week >= 5
    gaps = frame.assign(c=frame["c"].mask(closed), d=frame["d"].mask(closed))
    found = prepared(gaps.ffill())
    assert np.array_equal(found.days, prepared(gaps).days)
    assert [note for note in found.notes if "On S" in note] == [
        f"On {day}s these series only repeat the day before, and count as missing: c, d."
        for day in ("Saturday", "Sunday")
    ]
    lag_two = measured(
        found.innovations, Pairs(np.array([0, 0]), np.array([2, 3])), max_lag=5, least=1
    )
    assert np.abs(lag_two.t).max() < 3.5
    # A price that seldom moves at all is not carried: it is stale, or it is what it is.
    seldom = frame.assign(a=np.repeat(frame["a"].to_numpy()[::4], 4))
    assert not [note for note in prepared(seldom).notes if "On S" in note]


def test_weeks_end_on_the_latest_day_that_most_have(rng):
    frame = prices(rng.standard_normal((1200, 3)) / 100)
    friday = frame.index.day_of_week == 4
    frame.loc[friday, ["a", "b"]] = np.nan
    found = prepared(frame, every="week")
    assert set(pd.DatetimeIndex(found.days).day_of_week) == {3}
    assert found.days.size == 1200 // 5 - 1


def test_prices_that_stood_still_do_not_count(rng):
    frame = prices(rng.standard_normal((400, 2)) / 100)
    frame.iloc[100:120, 0] = frame.iloc[100, 0]
    found = prepared(frame)
    assert np.isnan(found.innovations[0, 100:120]).all()
    assert [(run.asset, run.n) for run in found.stale] == [("a", 20)]


def test_a_price_that_leaps_and_is_back_the_day_after_does_not_count(rng):
    frame = prices(rng.standard_normal((400, 2)) / 100)
    frame.iloc[200, 0] *= 10
    found = prepared(frame)
    assert np.isnan(found.innovations[0, 199:201]).all()
    assert np.isfinite(found.innovations[1]).all()
    (tick,) = found.ticks
    assert (tick.asset, tick.day) == ("a", frame.index[200].to_datetime64())
    assert tick.move == pytest.approx(9, abs=0.3)


def test_a_misprint_puts_nobody_in_the_lead(rng):
    # In the first sixty days none is told from a true leap.
    shared = rng.standard_normal(600) / 100
    frame = prices(shared[:, None] + rng.standard_normal((600, 2)) / 100)
    frame.iloc[20, 1] *= 1.5
    found = prepared(frame)
    assert not found.ticks
    assert abs(strongest(found).t[0]) < 3
    returns = np.diff(np.log(frame.to_numpy()), axis=0).T
    plain = ar.whiten(returns[1], ar.fit(returns[1]))
    assert cc.profile(returns[0], plain - plain.mean(), np.array([1])).t[0] > 4


def test_short_and_flat_series_are_left_out_with_the_reason(rng):
    frame = prices(rng.standard_normal((400, 4)) / 100)
    frame["a"] = frame["a"].where(np.arange(400) > 320)
    frame["b"] = 5.0
    found = prepared(frame)
    assert found.assets == ("c", "d")
    assert [(left.asset, left.reason[:21]) for left in found.left] == [
        ("a", "78 returns between co"),
        ("b", "its price never moves"),
    ]
    with pytest.raises(DataError, match="takes two series or more; 1 of them"):
        prepared(frame[["a", "b", "c"]])


def test_gaps_are_no_observations_of_the_autoregression(rng):
    x = rng.standard_normal(5000)
    for t in range(1, 5000):
        x[t] += 0.6 * x[t - 1]
    x[rng.random(5000) < 0.3] = np.nan
    model = ar.fit(x)
    assert model.coefficients[0] == pytest.approx(0.6, abs=0.06)
    assert np.array_equal(np.isnan(whitened(x[None], x[None])[0]), np.isnan(x))
    assert ar.fit(np.full(100, np.nan)).coefficients.size == 0
    sparse = np.full(2000, np.nan)
    sparse[::20] = rng.standard_normal(100)
    assert ar.fit(sparse).coefficients.size == 0


def test_every_row_is_whitened_as_if_it_were_alone(rng):
    returns = rng.standard_t(2, (6, 400)) / 100
    returns[:3, 1:] += 0.5 * returns[:3, :-1]
    returns[1, rng.random(400) < 0.1] = np.nan
    returns[2, :290] = np.nan
    returns[3, 20:] = 0.0  # half of it stands still, so that nothing is pulled in
    returns[4, :280] = np.nan
    past = returns[:, :280]
    together = whitened(returns, past)
    for row in range(6):
        known = past[row, np.isfinite(past[row])]
        middle = np.median(known) if known.size else 0.0
        reach = 6 * np.median(np.abs(known - middle)) / NORMAL_MAD if known.size else 0.0
        tamed = np.clip(past[row], middle - reach, middle + reach) if reach else past[row]
        model = ar.fit(tamed)
        seen = np.isfinite(returns[row])
        expected = ar.whiten(np.where(seen, returns[row], model.mean), model)
        expected -= expected[:280][seen[:280]].mean() if known.size else 0.0
        assert np.array_equal(np.isnan(together[row]), ~seen)
        np.testing.assert_allclose(together[row, seen], expected[seen], rtol=0, atol=1e-12)


def test_a_follower_that_closes_earlier_is_not_led_by_a_day():
    assets = ("silver", "bitcoin", "other")
    infos = {name: catalogue()[name] for name in assets[:2]}
    least = smallest_lags(assets, infos, every="day", min_lag=1)
    assert least.tolist() == [[1, 1, 1], [2, 1, 1], [1, 1, 1]]
    assert smallest_lags(assets, infos, every="week", min_lag=1) == 1
    assert smallest_lags(assets, infos, every="day", min_lag=3) == 3
