"""Every definition of the package: causal, in its domain, and what its rule says."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from leadline.data import MemoryStore, gather
from leadline.data.conditions import base, definitions, regime_model, rules, sources
from leadline.data.providers.folder import FolderStore
from leadline.data.series import find, series_of
from leadline.errors import DataError

FIRST, LAST = np.datetime64("2008-01-01"), np.datetime64("2018-06-29")
DAYS = np.arange(FIRST, LAST + 1)
NAMES = tuple(definitions())
MODEL = tuple(name for name in NAMES if name.startswith(("p_", "model_")))
LEVEL = {
    "walcl": 4e6,
    "tga": 3e5,
    "rrpontsyd": 150.0,
    "gld_shares": 300.0,
    "vix": 18.0,
    "cot_gold_open_interest": 5e5,
    "cot_copper_open_interest": 2e5,
}


def label_days(info):
    if info.frequency == "monthly":
        return np.arange("2007-12", "2018-06", dtype="datetime64[M]").astype("datetime64[D]")
    if info.frequency == "weekly":
        weekday = 2 if info.unit == "contracts" else 3
        return DAYS[(DAYS.astype(int) + 3) % 7 + 1 == weekday]
    return DAYS if info.calendar == "every_day" else DAYS[np.is_busday(DAYS)]


def simulated(name, rng):
    """Give a series with the calendar and the release of the catalogue, and made-up values."""
    info = find(name)
    days = label_days(info)
    steps = rng.standard_t(4, days.size)
    if info.kind == "rate":
        value = np.clip(2 + 0.03 * np.cumsum(steps), -9, 25)
    elif info.kind == "price":
        value = 100 * np.exp(np.clip(0.012 * np.cumsum(steps), -0.6, 0.6))
    elif info.kind == "count":
        value = LEVEL.get(name, 3e4) * (1 + 0.01 * np.clip(np.cumsum(steps), -60, 60))
    else:
        value = LEVEL.get(name, 100.0) * np.exp(0.1 * np.sin(np.cumsum(steps) / 20))
    if name == "m2":
        return vintages(info, days, value)
    return series_of(info, days, value)


def vintages(info, days, value):
    """Publish every month the last thirty, each time in another base year."""
    period, level, known = [], [], []
    for at in range(6, days.size):
        start = max(at - 30, 0)
        period.append(days[start : at + 1])
        level.append(value[start : at + 1] * (1 + at % 3))
        known.append(np.full(at + 1 - start, info.known_at(days[at : at + 1])[0]))
    return series_of(
        info, np.concatenate(period), np.concatenate(level), known=np.concatenate(known)
    )


def up_to(series, last):
    """Keep the periods up to a day."""
    keep = series.period <= last
    return replace(
        series,
        period=series.period[keep],
        value=series.value[keep],
        known_at=series.known_at[keep],
    )


@pytest.fixture(scope="module")
def store():
    rng = np.random.default_rng(9)
    return MemoryStore({name: simulated(name, rng) for name in sources(NAMES)[0]})


def panel_of(names, store, as_of=LAST):
    day = as_of.astype(object)
    return gather(names, store, as_of=day, revised_data="allow")


@pytest.fixture(scope="module")
def panel(store):
    return panel_of(NAMES, store)


def inputs_of(store, *names):
    panel = panel_of(names, store)
    return base.Inputs(panel.days, panel.columns, {name: store.series(name) for name in names})


@pytest.mark.parametrize("cut", ["2016-02-29", "2017-03-03", "2018-06-28"])
def test_cutting_the_future_off_leaves_every_condition_as_it_was(store, panel, cut):
    short = panel_of(NAMES, store, np.datetime64(cut))
    for name in NAMES:
        np.testing.assert_array_equal(
            short[name].value, panel[name].value[: short.days.size], err_msg=name
        )
        np.testing.assert_array_equal(
            short[name].fresh, panel[name].fresh[: short.days.size], err_msg=name
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_condition_stays_within_what_its_kind_allows(panel, name):
    value = panel[name].value
    known = value[np.isfinite(value)]
    assert known.size > 100
    assert not np.isinf(value).any()
    match definitions()[name].kind:
        case "flag":
            assert set(np.unique(known)) <= {0.0, 1.0}
        case "probability":
            assert known.min() >= 0
            assert known.max() <= 1
        case "price":
            assert known.min() > 0


@pytest.mark.parametrize("name", [name for name in NAMES if name not in MODEL])
def test_what_rests_on_a_series_that_ended_is_unknown(store, name):
    for source in sources((name,))[0]:
        ended = MemoryStore({**store.held, source: up_to(store.held[source], LAST - 500)})
        assert np.isnan(panel_of((name,), ended)[name].value[-1]), source


def test_the_model_bears_two_missing_features_and_no_more(store):
    def ended(*names):
        held = {name: up_to(store.held[name], LAST - 100) for name in names}
        return panel_of(("p_fear",), MemoryStore({**store.held, **held}))["p_fear"].value[-1]

    assert np.isfinite(ended("tga", "dxy"))
    assert np.isnan(ended("tga", "dxy", "vix"))


@pytest.mark.parametrize(
    "name", ["p_fear", "debasement", "fear", "liquidity_expansion", "silver_strong", "m2_growth"]
)
def test_what_else_is_in_the_panel_does_not_matter(store, panel, name):
    alone = panel_of((name,), store)
    at = np.searchsorted(panel.days, alone.days)
    np.testing.assert_array_equal(alone[name].value, panel[name].value[at])


@pytest.mark.parametrize(
    "states",
    [
        ("phase_fear", "phase_debasement", "phase_neutral"),
        ("model_fear", "model_debasement", "model_neutral"),
        ("p_fear", "p_debasement", "p_neutral"),
        ("p_fear_with_bitcoin", "p_debasement_with_bitcoin", "p_neutral_with_bitcoin"),
    ],
)
def test_the_phases_share_every_day_among_them(panel, states):
    values = np.stack([panel[name].value for name in states])
    known = np.isfinite(values)
    np.testing.assert_array_equal(known.all(axis=0), known.any(axis=0))
    np.testing.assert_allclose(values[:, known.all(axis=0)].sum(axis=0), 1.0)


def test_units_of_prices_change_no_state(store, panel):
    prices = ("silver", "gold", "bitcoin", "spx", "dxy", "dtwexbgs")
    scaled = {
        name: replace(store.held[name], value=100 * store.held[name].value) for name in prices
    }
    other = panel_of(NAMES, MemoryStore({**store.held, **scaled}))
    for name, definition in definitions().items():
        if definition.kind == "flag":
            np.testing.assert_array_equal(other[name].value, panel[name].value, err_msg=name)
        if definition.kind == "probability":
            np.testing.assert_allclose(other[name].value, panel[name].value, atol=1e-5)


def test_strength_is_the_state_of_the_event_rule(store):
    from leadline.evidence.events import Strength

    panel = panel_of(("silver_strong",), store)
    column = panel["silver"]
    rows = np.flatnonzero(column.fresh)
    state = Strength().state(np.log(column.value[rows]), 252)
    ours = panel["silver_strong"].value[rows]
    known = np.isfinite(ours)
    np.testing.assert_array_equal(ours[known], state[known])
    assert not state[~known].any()
    assert 0 < state.sum() < state.size


def test_net_liquidity_is_in_billions_and_known_on_thursday(store):
    panel = panel_of(("net_liquidity",), store)
    wednesday = np.datetime64("2016-03-02")
    parts = []
    for name in ("walcl", "tga", "rrpontsyd"):
        series = store.held[name]
        parts.append(series.value[series.period == wednesday][0])
    expected = (parts[0] - parts[1]) / 1000 - parts[2]
    row = int(np.searchsorted(panel.days, wednesday))
    value = panel["net_liquidity"].value
    assert value[row + 1] == pytest.approx(expected)
    assert value[row] != value[row + 1]
    assert panel["net_liquidity"].fresh[row + 1]
    assert value[row + 1 : row + 8] == pytest.approx(np.full(7, expected))


def test_a_change_of_unit_is_noticed(store):
    billions = replace(store.held["walcl"], value=store.held["walcl"].value / 1000)
    with pytest.raises(DataError, match=r"net_liquidity: .* is not plausible"):
        panel_of(("net_liquidity",), MemoryStore({**store.held, "walcl": billions}))


def test_no_reverse_repo_is_zero_only_before_they_ran_daily(store):
    series = store.held["rrpontsyd"]
    few = up_to(series, np.datetime64("2008-03-01"))
    column = panel_of(("net_liquidity",), MemoryStore({**store.held, "rrpontsyd": few}))
    value = column["net_liquidity"].value
    at = np.searchsorted(column.days, np.array(["2012-05-04", "2014-05-02"], dtype="M8[D]"))
    walcl, tga = (store.held[name] for name in ("walcl", "tga"))
    wednesday = walcl.period == np.datetime64("2012-05-02")
    assert value[at[0]] == pytest.approx(
        (walcl.value[wednesday][0] - tga.value[wednesday][0]) / 1000
    )
    assert np.isnan(value[at[1]])


def test_money_grows_within_one_snapshot(store, panel):
    # The made-up vintages change their base every month, by up to three times.
    growth = panel["m2_growth"].value
    assert np.nanmax(np.abs(growth)) < 30
    known = store.held["m2"]
    row = int(np.searchsorted(panel.days, np.datetime64("2015-06-30")))
    seen = known.known_at <= panel.days[row].astype("datetime64[s]")
    newest = known.known_at == known.known_at[seen].max()
    period, value = known.period[newest], known.value[newest]
    back = np.flatnonzero(period <= period[-1] - 183)[-1]
    assert growth[row] == pytest.approx(100 * np.log(value[-1] / value[back]))


def test_ounces_wear_down_by_the_fee(panel):
    column = panel["gld_shares"]
    row = int(np.searchsorted(panel.days, np.datetime64("2016-11-17")))
    years = (column.period[row] - np.datetime64("2004-11-18")).astype(int) / 365.25
    assert panel["gold_etf_ounces"].value[row] == pytest.approx(
        0.1 * column.value[row] * 0.996**years
    )


def test_one_noisy_day_does_not_flip_fear(store):
    vix = store.held["vix"]
    plain = panel_of(("fear_vix",), store)["fear_vix"].value
    for at, level in ((1500, 90.0), (2000, 6.0)):
        value = vix.value.copy()
        value[at] = level
        noisy = MemoryStore({**store.held, "vix": replace(vix, value=value)})
        flipped = panel_of(("fear_vix",), noisy)["fear_vix"].value != plain
        row = int(np.searchsorted(DAYS, vix.period[at]))
        assert not flipped[row - 5 : row + 1].any()


def test_a_ratio_needs_both_prices_of_one_day(store):
    gold = store.held["gold"]
    missing = gold.period != np.datetime64("2015-05-06")
    holed = replace(
        gold,
        period=gold.period[missing],
        value=gold.value[missing],
        known_at=gold.known_at[missing],
    )
    panel = panel_of(("silver_in_gold",), MemoryStore({**store.held, "gold": holed}))
    row = int(np.searchsorted(panel.days, np.datetime64("2015-05-06")))
    value = panel["silver_in_gold"].value
    assert np.isnan(value[row])
    silver, price = (panel[name].value[row + 1] for name in ("silver", "gold"))
    assert value[row + 1] == pytest.approx(silver / price)


def test_bullish_is_trend_and_strength_and_nearness(store):
    panel = panel_of(("bitcoin_bullish", "bitcoin_consolidates", "bitcoin_flat"), store)
    price = panel["bitcoin"].value[panel["bitcoin"].fresh]
    rows = np.flatnonzero(panel["bitcoin"].fresh)
    log = np.log(price)
    for at in np.random.default_rng(1).integers(1700, price.size, 60):
        moves = [log[t] - log[t - 182] for t in range(max(182, at - 1461), at + 1)]
        expected = (
            price[at] > price[at - 199 : at + 1].mean()
            and np.mean(np.array(moves[:-1]) < moves[-1]) > 0.8
            and price[at] > 0.8 * price[: at + 1].max()
        )
        assert panel["bitcoin_bullish"].value[rows[at]] == float(expected)
        flat = abs(log[at] - log[at - 61]) < np.log(1.1)
        assert panel["bitcoin_flat"].value[rows[at]] == float(flat)
        spans = [np.ptp(log[t - 60 : t + 1]) for t in range(60, at + 1)]
        narrow = np.mean(np.array(spans[:-1]) < spans[-1]) < 0.5
        assert panel["bitcoin_consolidates"].value[rows[at]] == float(flat and narrow)


def test_the_rules_are_what_plain_loops_say():
    rng = np.random.default_rng(3)
    x = np.round(rng.standard_normal(120), 1)
    x[[5, 40, 41]] = np.nan
    ranked, scored = rules.rank(x, 20, memory=50), rules.z_score(x, 20)
    entered = rules.lasting(x, enter=1.0, leave=-0.5)
    state = 0.0
    for t, value in enumerate(x):
        past = x[max(t - 50, 0) : t]
        past = past[np.isfinite(past)]
        before = x[:t][np.isfinite(x[:t])]
        if np.isnan(value) or past.size < 20:
            assert np.isnan(ranked[t])
        else:
            expected = np.mean((past < value) + 0.5 * (past == value))
            assert ranked[t] == pytest.approx(expected)
        if np.isnan(value) or before.size < 20:
            assert np.isnan(scored[t])
        else:
            expected = (value - before.mean()) / before.std(ddof=1)
            assert scored[t] == pytest.approx(expected)
        if np.isnan(value):
            assert np.isnan(entered[t])
        else:
            state = 1.0 if value > 1.0 else 0.0 if value < -0.5 else state
            assert entered[t] == state
    flags = (rng.random(60) < 0.7).astype(float)
    held = rules.most_of(flags, 10, 0.8)
    assert np.isnan(held[:9]).all()
    for t in range(9, 60):
        assert held[t] == float(flags[t - 9 : t + 1].sum() >= 8)


def test_weeks_are_read_on_friday_and_stand_until_the_next(store):
    inputs = inputs_of(store, "vix")
    rows = rules.fridays(inputs.days)
    assert {str(day.astype(object).strftime("%a")) for day in inputs.days[rows]} == {"Fri"}
    carried = rules.from_weeks(inputs, np.arange(rows.size, dtype=float))
    assert np.isnan(carried[: rows[0]]).all()
    np.testing.assert_array_equal(carried[rows[3] : rows[4]], 3.0)


def test_features_are_scaled_by_the_past_alone():
    x = np.random.default_rng(2).standard_normal(200) * np.linspace(1, 5, 200)
    scaled = regime_model.scaled(x)
    assert np.isnan(scaled[:52]).all()
    later = x.copy()
    later[150:] *= 50
    np.testing.assert_array_equal(regime_model.scaled(later)[:150], scaled[:150])
    np.testing.assert_allclose(regime_model.scaled(1000 * x), scaled)
    assert np.nanmax(np.abs(regime_model.scaled(later))) == 4.0


def test_no_follower_defines_the_state_that_is_to_explain_it():
    needs = sources(("p_fear", "phase_fear", "phase_debasement"))[0]
    assert not {"bitcoin", "silver"} & set(needs)
    assert "bitcoin" in sources(("p_fear_with_bitcoin",))[0]


def test_every_definition_says_what_it_is_and_why():
    for definition in definitions().values():
        assert definition.rule.endswith("."), definition.id
        assert definition.source.endswith("."), definition.id
        assert definition.group
        assert definition.title


def test_the_model_says_which_number_of_states_forecasts_best(panel):
    said = [note for note in panel.notes if note.startswith("p_fear: out of sample")]
    assert len(said) == 1
    assert "signs that name the states cost" in said[0]


@pytest.mark.real_data
def test_known_crises_are_fear_and_every_flag_is_specific(data_dir):
    found = panel_of(NAMES, FolderStore(data_dir), np.datetime64("2026-01-23"))
    since = int(np.searchsorted(found.days, np.datetime64("2011-01-01")))
    for name, definition in definitions().items():
        if definition.kind == "flag":
            value = found[name].value[since:]
            assert 0.002 < np.nanmean(value) < 0.6, name

    def on(name, day):
        return found[name].value[int(np.searchsorted(found.days, np.datetime64(day)))]

    for day in ("2011-08-19", "2020-03-20", "2025-04-11"):
        assert on("phase_fear", day) == 1
        assert on("p_fear", day) > 0.9
    for day in ("2013-12-20", "2017-06-30", "2026-01-23"):
        assert on("phase_fear", day) == 0
        assert on("p_fear", day) < 0.2
    # About 8.8 less 0.3 less 1.6 trillion.
    assert on("net_liquidity", "2021-12-17") == pytest.approx(6900, abs=400)
    assert found.as_of == date(2026, 1, 23)


def test_the_page_of_conditions_has_every_definition_and_its_rule():
    page = (Path(__file__).parents[2] / "docs" / "conditions.md").read_text(encoding="utf-8")
    for name, definition in definitions().items():
        assert f"### {name}\n" in page
        assert f"**Rule.** {definition.rule}\n" in page
