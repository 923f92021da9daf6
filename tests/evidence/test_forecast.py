"""The kind ``forecast``: base rates, odds of a model, and what the live clock will compare."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from evidence.quick import heard, prices
from pydantic import ValidationError
from scipy.special import ndtr

from leadline import report
from leadline.data.frame import panel_from_series, simulated_panel
from leadline.data.series import SeriesInfo
from leadline.errors import DataError
from leadline.evidence.base import Evidence
from leadline.evidence.forecast import Forecast
from leadline.evidence.forecast_pictures import CHECKPOINTS
from leadline.kernels.events import rotation_p
from leadline.worlds.calibration import bounds
from leadline.worlds.known import trading_days

N_OBS = 2000
FIRST = "2015-01-01"
LAST = pd.date_range(FIRST, periods=N_OBS)[-1].date()
FEW = {"n_resamples": 199, "n_simulations": 499}
QUICK = {"follower": "follower", "horizon": "60d", "from_day": LAST, **FEW}
SILVER = {"series": "leader", "over": "1m", "above": 0.05}


def market(n_obs=N_OBS, *, lift=0.0, drift=0.0, seed=1):
    """Give a follower that drifts by ``lift`` a day more for two months after the leader rose."""
    rng = np.random.default_rng(seed)
    storm = np.exp(0.5 * np.sin(np.arange(n_obs) / 150))
    x = 0.012 * storm * rng.standard_t(6, n_obs)
    y = drift + 0.02 * rng.standard_t(6, n_obs)
    risen = pd.Series(x).rolling(30).sum().fillna(0).to_numpy() > 0.05
    for k in range(1, 60):
        y[k:] += lift / 60 * risen[:-k]
    return {
        "leader": prices(x, "leader", start=FIRST),
        "follower": prices(y, "follower", start=FIRST),
    }


def forecast(**more):
    return Forecast.model_validate({**QUICK, **more})


@pytest.fixture(scope="module")
def series():
    return market(lift=0.012)


@pytest.fixture(scope="module")
def found(series):
    return heard(forecast(rise=0.2, antecedent=SILVER), series)


def test_history_cannot_decide_a_forecast(found):
    assert found.status == "ok"
    assert found.holds is None
    assert found.forks is None
    assert "the clock decides" in found.summary
    assert {number.name for number in found.numbers} == {"size", "odds", "power", "episodes"}


def plain_hits(series, rise, horizon):
    """Look ahead from every day, one by one."""
    price = series["follower"].to_numpy()
    out = []
    for s in range(price.size - horizon):
        path = price[s + 1 : s + horizon + 1] / price[s] - 1
        if rise is None:
            out.append(path[-1] > 0)
        else:
            out.append(path.max() >= rise if rise > 0 else path.min() <= rise)
    return np.array(out)


@pytest.mark.parametrize("rise", [0.2, -0.15, None])
def test_shares_are_those_counted_day_by_day(series, rise):
    found = heard(forecast(rise=rise, antecedent=SILVER), series)
    hits = plain_hits(series, rise, 60)
    held = (np.log(series["leader"]).diff(30) > 0.05).to_numpy()[: hits.size]
    assert found.components["base_rate"] == pytest.approx(hits.mean())
    assert found.components["rate_held"] == found.estimate.value
    assert found.estimate.value == pytest.approx(hits[held].mean())
    assert found.components["share_held"] == pytest.approx(held.mean())
    gaps = np.diff(np.flatnonzero(held))
    assert found.n_episodes == 1 + np.sum(gaps > 60)
    p = rotation_p(held.astype(float), hits.astype(float), keep_off=60, sign=1)
    assert found.p_value == pytest.approx(float(p))
    assert found.components["n_eff"] == pytest.approx(hits.size / 60)


def test_a_planted_lift_is_seen_by_the_counts_and_by_the_model(found):
    assert found.components["rate_held"] > found.components["base_rate"] + 0.1
    assert found.p_value <= 0.05
    assert found.components["weight"] > 0.5
    assert found.components["brier_skill"] > 0
    assert found.components["log_skill"] > 0
    assert found.skill.low > 0
    assert found.skill.r2 == pytest.approx(found.components["brier_skill"], abs=1e-9)


def test_without_a_link_the_model_earns_little_weight():
    parts = [
        heard(
            forecast(rise=0.15, antecedent=SILVER, n_resamples=19, n_simulations=19),
            market(seed=100 + seed),
        ).components
        for seed in range(10)
    ]
    assert min(part["weight"] for part in parts) == 0.0
    assert np.mean([part["weight"] for part in parts]) < 0.6
    assert np.median([part["brier_skill"] for part in parts]) <= 0.0


def past_of(test, series):
    panel = panel_from_series(series)
    aligned = panel.align(("follower",))
    level = np.log(aligned.values["follower"])  # noqa: PD011 - not of pandas
    return test._past(panel, aligned.days, level, test.horizon.observations(365.25))


def alarms(n_worlds, seed, n_obs=N_OBS):
    """Count worlds without a link in which the antecedent seems to raise the odds."""
    test = forecast(rise=0.15, antecedent=SILVER)
    pasts = (past_of(test, market(n_obs, seed=1000 * seed + n)) for n in range(n_worlds))
    return sum(test._p_value(past) <= 0.05 for past in pasts)


def test_without_a_link_the_antecedent_seldom_seems_to_matter():
    # Rotations of overlapping outcomes are a little liberal: rates of .05 to .08 are measured.
    assert alarms(100, 1) <= bounds(100, 0.08)[1]


@pytest.mark.slow
@pytest.mark.parametrize("n_obs", [1000, 2000, 4000])
def test_without_a_link_the_antecedent_seldom_seems_to_matter_in_a_thousand_worlds(n_obs):
    assert alarms(1000, 7, n_obs) <= bounds(1000, 0.08)[1]


def test_a_lift_is_found_in_most_worlds():
    test = forecast(rise=0.2, antecedent=SILVER)
    found = [test._p_value(past_of(test, market(lift=0.016, seed=n))) for n in range(20)]
    assert sum(p <= 0.05 for p in found) >= 16


def test_the_weight_goes_to_the_odds_that_are_published(found):
    parts = found.components
    expected = parts["base_rate"] + parts["weight"] * (parts["model"] - parts["base_rate"])
    assert parts["model_shrunk"] == pytest.approx(expected)
    assert 0 <= parts["weight"] <= 1


def test_intervals_cover_the_true_odds():
    """Random walks with known odds of a rise: nine in ten 90 % intervals should hold them."""
    # Higher after the horizon with probability Phi(drift sqrt(h) / sigma), by the normal law.
    rng = np.random.default_rng(3)
    truth = float(ndtr(0.001 * np.sqrt(20) / 0.02))
    test = forecast(horizon="20d")
    covered = 0
    for _ in range(100):
        moves = 0.001 + 0.02 * rng.standard_normal(800)
        past = past_of(test, {"follower": prices(moves, "follower", start=FIRST)})
        low, high = test._rates(past, rng).base_interval
        covered += low <= truth <= high
    # Block bootstraps of 39 spans are known to fall a little short.
    assert 80 <= covered <= 97


def test_random_paths_satisfy_the_words_as_often_as_a_random_walk_would():
    """Reflection: a walk without drift reaches a mark twice as often as it ends above it."""
    rng = np.random.default_rng(4)
    moves = 0.01 * rng.standard_normal(N_OBS)
    moves -= moves.mean()
    series = {"follower": prices(moves, "follower", start=FIRST)}
    found = heard(forecast(rise=0.08, n_simulations=4000), series)
    expected = 2 * ndtr(-np.log(1.08) / (moves.std() * np.sqrt(60)))
    # Closes miss what happens between them, so that the share is a little lower.
    assert found.wording.share == pytest.approx(expected, abs=0.07)
    assert found.wording.informative
    assert found.wording.criterion == "follower rises 8% within 60 days"
    assert not heard(forecast(rise=0.01), series).wording.informative


def test_checkpoints_are_quantiles_of_the_returns(series, found):
    level = np.log(series["follower"].to_numpy())
    shown = found.exhibit("checkpoints").rows
    assert [row[0] for row in shown] == [f"{day} days" for day in CHECKPOINTS]
    for day in CHECKPOINTS:
        gone = np.exp(level[day:] - level[:-day])
        for q in (10, 50, 90):
            expected = np.quantile(gone, q / 100)
            assert found.components[f"q{q}_{day}d"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("more", "p"),
    [({"odds": 0.9}, 0.9), ({"matters": 0.4}, None), ({}, None)],
)
def test_what_the_live_clock_compares_is_frozen(series, more, p):
    found = heard(forecast(rise=0.2, antecedent=SILVER, **more), series)
    claim, base = found.components["forecast_p"], found.components["forecast_q"]
    assert base == found.components["base_rate"]
    expected = p or max(found.components["rate_held"], base + more.get("matters", 0.15))
    assert claim == pytest.approx(min(expected, 0.99))
    gain = claim * np.log(claim / base) + (1 - claim) * np.log((1 - claim) / (1 - base))
    assert found.components["decision_days"] == pytest.approx(np.log(20) / gain * 60)


def test_the_expected_time_is_what_a_record_of_true_claims_takes(found):
    """Wald's time, by simulation of the likelihood-ratio process."""
    claim, base = found.components["forecast_p"], found.components["forecast_q"]
    rng = np.random.default_rng(0)
    came = rng.random((4000, 1500)) < claim
    steps = np.where(came, np.log(claim / base), np.log((1 - claim) / (1 - base)))
    took = 1 + np.argmax(np.cumsum(steps, axis=1) >= np.log(20), axis=1)
    # Overshoot makes it a little longer than the formula.
    assert 0.95 < 60 * took.mean() / found.components["decision_days"] < 1.4


def test_what_comes_later_changes_nothing(series):
    """The panel cut at a day, the same panel asked about that day, and another future."""
    day = date(2018, 6, 1)
    test = forecast(rise=0.2, antecedent=SILVER, from_day=day)
    cut = {name: s[: str(day)] for name, s in series.items()}
    changed = {name: s.where(s.index <= str(day), 7 * s) for name, s in series.items()}
    known = heard(test, cut)
    assert heard(test, series) == known
    assert heard(test, changed) == known
    assert known.stop == str(day)


def test_walk_forward_forecasts_use_only_outcomes_known_by_then(series):
    """Prices after a day change no forecast made up to it."""
    test = forecast(rise=0.2, antecedent=SILVER)

    def made(panel_series):
        return test._made(past_of(test, panel_series)).past

    whole = made(series)
    n = 1400
    other = {name: s.where(np.arange(N_OBS) < n, 5 * s) for name, s in series.items()}
    first = max(N_OBS // 3, 180)
    known = (n - first) // 7 - 10
    np.testing.assert_array_equal(whole.benchmark[:known], made(other).benchmark[:known])
    np.testing.assert_array_equal(whole.forecast[:known], made(other).forecast[:known])
    assert np.any(whole.forecast != made(other).forecast)


def test_the_unit_of_a_price_changes_nothing(series, found):
    for factor in (100.0, 0.001):
        cents = {name: factor * s for name, s in series.items()}
        other = heard(forecast(rise=0.2, antecedent=SILVER), cents)
        assert other.p_value == found.p_value
        assert other.estimate.value == pytest.approx(found.estimate.value, rel=1e-9)
        assert other.skill.gain == pytest.approx(found.skill.gain, rel=1e-6)
        assert other.components["mark"] == pytest.approx(factor * found.components["mark"])


def test_other_series_in_the_panel_change_nothing(series, found):
    tea = prices(0.01 * np.random.default_rng(9).standard_normal(N_OBS), "tea", start=FIRST)
    assert heard(forecast(rise=0.2, antecedent=SILVER), {"tea": tea, **series}) == found


def test_a_forecast_without_antecedent_has_no_p(series):
    found = heard(forecast(rise=0.2), series)
    assert found.p_value is None
    assert found.estimate.value == found.components["base_rate"]
    assert found.numbers[3].label == "separate horizons"
    assert [row.label for row in found.exhibit("odds").rows][:1] == ["any day"]


def test_an_antecedent_may_be_a_condition():
    days = trading_days(1200)
    rng = np.random.default_rng(6)
    fear = (np.arange(1200) // 100) % 2 == 0
    infos = {"fear": SeriesInfo(id="fear", title="fear", unit="0 or 1", kind="flag")}
    price = 100 * np.exp(np.cumsum(0.02 * rng.standard_normal(1200) + 0.01 * fear))
    panel = simulated_panel(days, {"fear": fear.astype(float), "follower": price}, infos)
    day = days[-1].astype(object)
    test = forecast(from_day=day, horizon="1m", rise=0.1, antecedent={"series": "fear"})
    found = test.find(panel, test.stream("s"))
    assert "fear held" in found.summary
    assert found.components["rate_held"] > found.components["base_rate"]
    assert found.components["held_now"] == float(fear[-1])
    assert any("it was not so that fear held" in c for c in found.caveats) == (not fear[-1])


def test_pictures_are_drawn_and_evidence_survives_json(found):
    for name in ("forecast_fan", "odds"):
        assert report.chart(found.exhibit(name)).to_dict()
    assert Evidence.model_validate_json(found.model_dump_json()) == found


def test_the_day_before_publication_is_near_enough_and_a_month_before_is_not(series):
    known = {name: s.iloc[:-1] for name, s in series.items()}
    assert heard(forecast(rise=0.2), known).status == "ok"
    late = {name: s.iloc[:-30] for name, s in series.items()}
    found = heard(forecast(rise=0.2), late)
    assert found.status == "infeasible"
    assert "no price within 7 days" in found.summary


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"horizon": "1y"}, "odds over 1 year need 2191"),
        ({"start": "2020-05-01"}, "odds over 60 days need"),
        ({"start": "2030-01-01"}, "no price within 7 days of .* .last: none"),
        ({"antecedent": {**SILVER, "above": 9.0}}, "On none of 1940 days leader was up"),
    ],
)
def test_too_little_data_is_a_finding(series, more, said):
    found = heard(forecast(rise=0.2, **more), series)
    assert found.status == "infeasible"
    assert pd.Series([found.summary]).str.contains(said).all()
    assert found.estimate is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rise": 0.0}, "reached at once"),
        ({"rise": -1.0}, "greater than -1"),
        ({"horizon": "2d"}, "shorter than 7 days"),
        ({"odds": 1.2}, "less than 1"),
        ({"mark": 3}, "Extra inputs"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(more, said):
    with pytest.raises(ValidationError, match=said):
        forecast(**more)


def test_a_price_is_no_condition_and_a_price_of_zero_has_no_logarithm(series):
    with pytest.raises(DataError, match=r"antecedent: leader is a price, not a condition"):
        heard(forecast(rise=0.2, antecedent={"series": "leader"}), series)
    broken = {**series, "follower": series["follower"].where(np.arange(N_OBS) != 5, 0.0)}
    with pytest.raises(DataError, match="follower"):
        heard(forecast(rise=0.2), broken)


def test_a_past_in_which_it_always_came_true_has_no_model():
    rising = {"follower": prices(np.full(600, 0.01), "follower", start=FIRST)}
    day = pd.date_range(FIRST, periods=600)[-1].date()
    found = heard(forecast(rise=0.1, from_day=day), rising)
    assert found.components["base_rate"] == 1.0
    assert "model" not in found.components
    assert found.skill is None
    assert any("too even" in caveat for caveat in found.caveats)
    assert found.components["forecast_q"] == 0.98
    assert found.components["forecast_p"] == 0.99
