"""Two prices tick by tick: who moves first, what is refused, and how often chance passes."""

import numpy as np
import pandas as pd
import pytest
from scan.universes import shocks

import leadline as ll
from leadline.errors import DataError, LeadlineError
from leadline.worlds.calibration import rate

START = pd.Timestamp("2026-01-05 08:00")
GAPS = (2.5, 7.0)
"""Seconds between ticks, on average, of the two."""
KINDS = ("own volatility", "bounce", "carries on", "shared volatility")


def at_ticks(price, rate_a_second, rng, name, kind):
    """See a price of each second at ticks of its own, and let them bounce or carry on."""
    n = rng.poisson(rate_a_second)
    second = np.repeat(np.arange(price.size), n)
    at = np.unique(1000 * second + rng.integers(0, 1000, second.size))
    path = price[at // 1000]
    if kind == "bounce":
        path = path + 2e-4 * rng.choice([-1, 1], at.size)
    if kind == "carries on":
        moves = np.diff(path, prepend=path[0])
        path = np.cumsum(np.convolve(moves, [1, 0.8, 0.6, 0.4, 0.2])[: at.size])
    return pd.Series(100 * np.exp(path), START + pd.to_timedelta(at, "ms"), name=name)


def independent(kind, rng, seconds=4 * 3600):
    """Two prices with nothing in common but, where that is the kind, when they are wild."""
    own = shocks(seconds, 2, rng)
    busy = np.ones(seconds)
    if kind == "shared volatility":
        busy = np.clip(np.exp(np.cumsum(rng.normal(0, 0.02, seconds))), 0.1, 10)
        own = own * busy[:, None]
    paths = np.cumsum(own * 1e-4, axis=0).T
    rates = [np.clip(busy / busy.mean(), 0.1, 5) / gap for gap in GAPS]
    return [at_ticks(*of, rng, name, kind) for *of, name in zip(paths, rates, "xy", strict=True)]


def led(lead, share, rng, seconds=4 * 3600, kind="own volatility"):
    """Two prices of which the second does ``lead`` seconds later a share of what the first does."""
    own = shocks(seconds, 2, rng) * 1e-4
    own[lead:, 1] = share * own[: seconds - lead, 0] + np.sqrt(1 - share**2) * own[lead:, 1]
    paths = np.cumsum(own, axis=0).T
    return [
        at_ticks(path, np.full(seconds, 1 / gap), rng, name, kind)
        for path, gap, name in zip(paths, GAPS, "xy", strict=True)
    ]


def found(pair, seed="", **settings):
    given = {"max_lag": "30s", "step": "2s", "resamples": 99} | settings
    return ll.tick_lead(*pair, **given, seed=str(seed))


def false_alarms(kind, n, seconds=4 * 3600):
    pairs = (independent(kind, np.random.default_rng(seed), seconds) for seed in range(n))
    return rate([found(pair, seed).p_value for seed, pair in enumerate(pairs)])


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_the_planted_lead_is_found_whoever_trades_more_often(rng):
    x, y = led(8, 0.6, rng)
    there, back = found((x, y)), found((y, x))
    assert there.lag == pd.Timedelta("8s")
    assert back.lag == -there.lag
    assert there.p_value == back.p_value == 0.01
    assert there.r == pytest.approx(back.r, rel=1e-9)
    assert there.ratio == pytest.approx(1 / back.ratio, rel=1e-9)
    assert there.ratio > 3
    assert there.r > there.chance > 0
    assert there.words().startswith("y repeats what x did 8 s before (r = +0.")
    assert back.words().startswith("y repeats what x did 8 s before (r = +0.")
    assert there.words().partition("weighs")[2] == back.words().partition("weighs")[2]
    assert repr(there).startswith("TickLead(x before y by +8 s, r=+0.")


def test_a_follower_may_do_the_opposite_or_the_same_at_once(rng):
    x, y = led(8, 0.6, rng)
    assert found((x, 1 / y)).words().startswith("y does the opposite of what x did 8 s before")
    once = led(0, 0.7, rng)
    assert found(once).words().startswith("x and y move together at the same time (r = +0.")
    assert "the longest lag searched" in found((x, y), max_lag="8s").words()


def test_strangers_are_strangers(rng):
    told = found(independent("bounce", rng)).words()
    assert told.startswith("Moves of x and y within 30 s either way go together no more than")


def test_it_gives_a_table_and_a_picture(rng):
    result = found(led(8, 0.6, rng))
    table = result.to_frame()
    assert table["lag"].tolist() == list(range(-30, 31, 2))
    assert table["lag"][table["r"].abs().idxmax()] == 8
    assert result.chart().to_dict()
    assert "<svg" in result._repr_html_()


def test_a_seed_gives_the_same_digits(rng):
    pair = independent("bounce", rng)
    assert found(pair, 1).p_value == found(pair, 1).p_value
    assert found(pair, 1).chance != found(pair, 2).chance


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_neither_unit_nor_zone_nor_level_matters(unit, rng):
    x, y = led(8, 0.6, rng)
    moved = (7 * x).set_axis(x.index.as_unit(unit).tz_localize("UTC").tz_convert("Asia/Tokyo"))
    other = y.set_axis(y.index.tz_localize("UTC"))
    plain, again = found((x, y)), found((moved, other))
    assert (again.lag, again.p_value) == (plain.lag, plain.p_value)
    assert again.r == pytest.approx(plain.r, rel=1e-9)


def test_ticks_outside_the_time_that_both_cover_do_not_matter(rng):
    x, y = led(8, 0.6, rng)
    later = x[x.index >= START + pd.Timedelta("30min")]
    cut = y[y.index >= START + pd.Timedelta("20min")]
    assert found((later, y)).r == found((later, cut)).r


def test_two_of_one_name_are_told_apart(rng):
    x, y = (series.rename("btc") for series in led(8, 0.6, rng))
    result = found((x, y))
    assert (result.x, result.y) == ("btc (x)", "btc (y)")
    assert found((x.rename(None), y)).x == "x"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x.iloc[::-1], r"'x': .* comes after .* Sort it with \.sort_index\(\)"),
        (lambda x: pd.concat([x.iloc[:2], x.iloc[1:]]), r"'x': .* is there twice\. Merge"),
        (lambda x: x.where(x.index != x.index[5], 0.0), r"'x': the price at .*, 0, is not pos"),
        (lambda x: x.where(x.index != x.index[5]), r"'x': the price at .*, nan, is not pos"),
        (lambda x: x.iloc[:400], r"'x': \d+ ticks in the time that both cover; it takes 501"),
        (lambda x: x.iloc[:0], r"'x': 0 ticks"),
        (lambda x: 0 * x + 5, r"'x': the price never moves"),
        (lambda x: x.reset_index(drop=True), r"'x': the index is of int64, not of times"),
        (lambda x: x.set_axis(x.index.where(x.index != x.index[3])), r"'x': position 3 is not"),
        (lambda x: x.set_axis(x.index.tz_localize("UTC")), r"'y' has no time zone and the other"),
        (lambda x: x.astype(str) + "!", r"'x' holds something that is not a number"),
    ],
)  # fmt: skip
def test_ticks_that_cannot_be_used_are_refused_by_name(change, words):
    x, y = led(2, 0.5, np.random.default_rng(0), seconds=2000)
    x = change(x)
    with pytest.raises(DataError, match=words):
        found(
            (x, y.iloc[:280] if words.startswith("'y'") else y), block=50 if "501" in words else 20
        )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"resamples": 9}, "9 resamples cannot reach"),
        ({"block": 0}, "block is 0"),
        ({"block": 2.5}, r"block is 2\.5; give a whole number"),
        ({"resamples": "99"}, "resamples is '99'; give a whole number"),
        ({"max_lag": "soon"}, "max_lag is 'soon'; give a time such as"),
        ({"step": "1min"}, "max_lag 30s in steps of 1min"),
        ({"step": "1ms"}, "give steps of one to 5,000"),
        ({"step": "0s"}, "in steps of 0s"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, words, rng):
    with pytest.raises(LeadlineError, match=words):
        found(led(2, 0.5, rng, seconds=2000), **settings)


def test_what_is_no_series_is_refused_by_name(rng):
    x, y = led(2, 0.5, rng, seconds=2000)
    with pytest.raises(LeadlineError, match="x is of type DataFrame; give one Series of prices"):
        found((x.to_frame(), y))
    with pytest.raises(LeadlineError, match="y is of type ndarray"):
        found((x, y.to_numpy()))


@pytest.mark.parametrize("kind", ["bounce", "carries on"])
def test_strangers_seldom_seem_to_lead(kind):
    alarms = false_alarms(kind, 30, seconds=2 * 3600)
    assert alarms.is_not_above, alarms


def test_signs_of_single_moves_take_strangers_for_followers():
    pairs = (independent("carries on", np.random.default_rng(s), 2 * 3600) for s in range(12))
    assert sum(found(pair, block=1).p_value <= 0.05 for pair in pairs) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_false_alarms_keep_to_their_level(kind):
    alarms = false_alarms(kind, 500)
    assert alarms.is_not_above, alarms


@pytest.mark.slow
@pytest.mark.parametrize(("share", "power", "near"), [(0.2, 0.75, 0.65), (0.3, 0.95, 0.8)])
def test_planted_leads_are_found_more_often_the_stronger_they_are(share, power, near):
    """Four hours of bouncing ticks, 2.5 and 7 seconds apart: 87 % are found, and all at 0.3."""
    pairs = (led(8, share, np.random.default_rng(seed), kind="bounce") for seed in range(200))
    results = [found(pair, seed) for seed, pair in enumerate(pairs)]
    assert rate([result.p_value for result in results]).share >= power
    assert np.mean([abs(result.lag.total_seconds() - 8) <= 2 for result in results]) >= near


@pytest.mark.real_data
def test_bitcoin_in_yen_moves_first_where_most_of_it_is_traded(data_dir):
    """Seconds apart on two exchanges, on one day of August 2018; both clocks as they came."""
    pair = [
        pd.read_csv(data_dir / f"hf_{name}_btcjpy.csv", index_col=0, parse_dates=True)["value"]
        for name in ("bitflyer", "btcbox")
    ]
    result = found(pair, max_lag="60s", step="1s")
    assert 10 <= result.lag.total_seconds() <= 20
    assert result.p_value == 0.01
    assert result.r == pytest.approx(0.149, abs=0.002)
    assert result.ratio > 10
