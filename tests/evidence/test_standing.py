"""Where a series stood on the day, and how often it stands there."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy.stats import percentileofscore

from leadline.data.frame import panel_from_series
from leadline.data.series import SeriesInfo
from leadline.evidence import kinds

DAY = date(2019, 9, 27)
INFO = {"spread": SeriesInfo(id="spread", title="A spread", unit="percent", kind="rate")}


def _spread(n_obs=700, seed=3, scale=1.0):
    days = pd.date_range("2017-01-30", periods=n_obs, freq="B")
    path = np.cumsum(np.random.default_rng(seed).normal(0, 0.05, n_obs))
    return pd.Series(scale * path, index=days, name="spread")


def _found(series, **settings):
    test = kinds()["standing"].model_validate({"of": "spread", "day": DAY, **settings})
    as_of = max(series.index[-1].date(), DAY)
    panel = panel_from_series({"spread": series}, infos=INFO, as_of=as_of)
    return test.find(panel, test.stream("a seed"))


def test_the_rank_is_that_of_scipy_among_the_values_before():
    spread = _spread().loc[:"2019-09-27"]
    found = _found(spread, rank_above=0.5)
    rank = percentileofscore(spread.iloc[:-1], spread.iloc[-1], kind="mean") / 100
    assert found.components["rank"] == pytest.approx(rank)
    assert found.holds is bool(rank > 0.5)


def test_the_base_rate_is_the_share_of_earlier_days_on_which_the_words_were_true():
    spread = _spread().loc[:"2019-09-27"]
    found = _found(spread, below=0.2, above=-1.0)
    true = (spread < 0.2) & (spread > -1.0)
    assert found.components["base_rate"] == pytest.approx(true.iloc[250:-1].mean())
    assert found.holds is bool(true.iloc[-1])


@pytest.mark.parametrize("settings", [{"rank_above": 0.7}, {"rank_below": 0.4}])
def test_ranks_do_not_know_units(settings):
    one, hundred = _found(_spread(), **settings), _found(_spread(scale=100.0), **settings)
    assert one.holds == hundred.holds
    assert one.components == hundred.components


def test_what_comes_after_the_day_changes_nothing():
    whole = _found(_spread(), rank_above=0.6)
    cut = _found(_spread().loc[:"2019-09-27"], rank_above=0.6)
    assert (whole.holds, whole.components, whole.numbers) == (
        cut.holds,
        cut.components,
        cut.numbers,
    )


def test_thin_and_stale_data_are_findings():
    assert "needs 251" in _found(_spread(n_obs=200), above=0.0, max_age=9999).summary
    stale = _found(_spread(n_obs=600), above=0.0)
    assert stale.status == "infeasible"
    assert "days old" in stale.summary
    early = kinds()["standing"].model_validate({"of": "spread", "day": "2030-01-01", "above": 0})
    panel = panel_from_series({"spread": _spread()}, infos=INFO)
    assert "was not over" in early.find(panel, early.stream("a seed")).summary


def test_a_value_within_the_margin_of_a_level_decides_nothing():
    spread = _spread().loc[:"2019-09-27"]
    level = spread.iloc[-1] + 0.01
    assert _found(spread, below=level).holds is True
    assert _found(spread, below=level, margin=0.005).holds is True
    close = _found(spread, below=level, margin=0.02)
    assert close.holds is None
    assert "Within 0.02 of the level nothing is decided." in close.summary


def test_a_standing_without_a_bar_is_refused():
    with pytest.raises(ValidationError, match="needs at least one of"):
        kinds()["standing"].model_validate({"of": "spread", "day": DAY})
