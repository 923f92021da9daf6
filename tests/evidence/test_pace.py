"""A rally that had built, and gained pace."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from pydantic import ValidationError

from leadline.data.frame import panel_from_series
from leadline.evidence import kinds

SINCE, DAY = date(2019, 7, 1), date(2019, 7, 26)


def _price(*, built=0.0015, bent=0.012, seed=5, scale=1.0):
    """Give a random walk that drifts for half a year and runs from July 2019 on."""
    days = pd.date_range("2015-01-05", "2019-12-31", freq="B")
    moves = np.random.default_rng(seed).normal(0, 0.004, days.size)
    moves[(days >= "2019-01-01") & (days < "2019-07-01")] += built
    moves[days >= "2019-07-01"] += bent
    return pd.Series(scale * np.exp(np.cumsum(moves)), index=days, name="metal")


def _test(**settings):
    given = {"of": "metal", "day": DAY, "since": SINCE, **settings}
    return kinds()["pace"].model_validate(given)


def _found(*series, **settings):
    test = _test(**settings)
    given = {each.name: each for each in series}
    as_of = max(each.index[-1].date() for each in series)
    return test.find(panel_from_series(given, as_of=max(as_of, DAY)), test.stream("a seed"))


def test_a_rally_that_built_and_bent_is_seen_and_its_parts_are_those_of_a_plain_reading():
    metal = _price()
    found = _found(metal)
    assert found.holds is True
    log = np.log(metal.loc[:"2019-07-26"])
    per_year = (log.size - 1) / ((log.index[-1] - log.index[0]).days / 365.25)
    long, short = round(per_year / 2), round(per_year / 12)
    growth = (log - log.shift(long)) / long
    before = growth.loc[:"2019-06-30"].dropna()
    assert found.components["rank_before"] == pytest.approx(
        (before.iloc[:-1] < before.iloc[-1]).mean()
    )
    recent = (log.iloc[-1] - log.iloc[-1 - short]) / short
    assert found.components["faster_by"] == pytest.approx(recent - growth.iloc[-1])
    y = log.iloc[-1 - long :].to_numpy()
    time = np.arange(y.size) / y.size
    fitted = sm.OLS(y, np.column_stack((np.ones(y.size), time, time**2))).fit(
        cov_type="HAC", cov_kwds={"maxlags": short}
    )
    assert found.components["bend_t"] == pytest.approx(fitted.tvalues[2], rel=1e-6)


@pytest.mark.parametrize(
    "change", [{"built": -0.001}, {"bent": 0.0}, {"bent": -0.01}, {"built": 0.0}]
)
def test_each_part_is_needed(change):
    assert _found(_price(**change)).holds is False


def test_units_do_not_matter():
    one, other = _found(_price()), _found(_price(scale=100.0))
    assert one.holds == other.holds
    assert one.components == pytest.approx(other.components)


def test_what_comes_after_the_day_changes_nothing():
    metal = _price()
    whole, cut = _found(metal), _found(metal.loc[:"2019-07-26"])
    assert whole.components == cut.components
    assert whole.numbers == cut.numbers


def test_the_words_are_seldom_true_of_random_walks():
    true = [_found(_price(built=0.0, bent=0.0, seed=seed)).holds for seed in range(100, 160)]
    assert np.mean(true) <= 0.10


def test_the_base_rate_is_that_of_earlier_months():
    found = _found(_price())
    assert found.n_episodes == pytest.approx(42, abs=6)
    assert 0.0 <= found.components["base_rate"] <= 0.2


def test_the_ratio_to_another_price_is_a_reading_beside():
    other = _price(seed=6, built=0.0, bent=0.0).rename("gold")
    found = _found(_price(), other, against=["gold"])
    assert [row[0] for row in found.exhibit("readings").rows] == ["metal", "metal in gold"]
    assert found.components["readings"] == 2


def test_thin_stale_and_impossible_data_are_findings():
    assert "need" in _found(_price().loc["2018-10-01":]).summary
    assert "had no value within 5 days" in _found(_price().loc[:"2019-07-10"]).summary
    early = _test(day="2030-01-01")
    panel = panel_from_series({"metal": _price()})
    assert "was not over" in early.find(panel, early.stream("s")).summary


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"since": "2019-08-01"}, "since 2019-08-01 comes after day 2019-07-26"),
        ({"recent": "7m"}, r"recent \(7m\) must be shorter than over \(6m\)"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        _test(**settings)
