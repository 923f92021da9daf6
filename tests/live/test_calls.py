"""Dated calls settle themselves: on made-up prices whose outcome is plain to see."""

import json
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, norm

from leadline.claim import Article, Claim, library
from leadline.data import MemoryStore, SeriesInfo
from leadline.data.series import series_of
from leadline.kernels.hazard import first_passage
from leadline.live.calls import Row, Scoreboard, Totals, _totals, calls
from leadline.live.lags import lags

SAID = date(2024, 6, 1)
N_BEFORE = 800
HORIZON = 20
DUE = SAID + timedelta(days=HORIZON)


def past(seed=1):
    """Give prices up to the call: a walk of 2 % a day that ends at 100, at most 160."""
    steps = np.random.default_rng(seed).normal(0, 0.02, N_BEFORE - 1)
    level = np.concatenate(([0.0], np.cumsum(steps)))
    return np.minimum(100 * np.exp(level - level[-1]), 160.0)


def store(**after):
    """Give a store of series that go on after the call with the closes given."""
    held = {}
    for i, (name, closes) in enumerate(after.items()):
        price = np.concatenate((past(i + 1), closes))
        first = np.datetime64(SAID) - (N_BEFORE - 1)
        info = SeriesInfo(id=name, title=name, unit="USD", kind="price")
        held[name] = series_of(info, first + np.arange(price.size), price)
    return MemoryStore(held)


def claim(name="C1", *, horizon=HORIZON, said=SAID, **success):
    rule = {"series": "coin", **success}
    return Claim.model_validate(
        {
            "id": name,
            "paraphrase": f"{name} comes true.",
            "publisher": "Example Gazette",
            "first_seen": said,
            "type": "forecast",
            "live": {"horizon": f"{horizon}d", "success": rule},
            "untestable": "Only the clock answers.",
        }
    )


def vague(name="V1", said=SAID):
    return Claim(
        id=name,
        paraphrase="Something big comes.",
        publisher="Example Gazette",
        first_seen=said,
        type="forecast",
        untestable="It names no size.",
    )


def article(*claims):
    return Article(
        id="made-up",
        title="Calls",
        publisher="Example Gazette",
        first_seen=min(each.first_seen for each in claims),
        claims=claims,
    )


def row(made, held, days_later):
    (found,) = calls((article(made),), held, SAID + timedelta(days=days_later)).rows
    return found


def quiet(n=40, level=100.0):
    return np.full(n, level)


def with_closes(closes, n=40):
    """Give quiet closes after the call, but for some days of age."""
    out = quiet(n)
    for age, value in closes.items():
        out[age - 1] = value
    return out


@pytest.mark.parametrize(
    ("success", "closes", "mark"),
    [
        ({"rise": 0.1}, {7: 110.0, 8: 109.0}, 110.0),
        ({"rise": -0.1}, {7: 90.0, 8: 91.0}, 90.0),
        ({"level": 115}, {7: 115.0, 8: 114.0}, 115.0),
        ({"level": 80}, {7: 79.0, 8: 81.0}, 80.0),
    ],
)
def test_a_close_at_the_mark_is_a_hit_of_that_day(success, closes, mark):
    found = row(claim(**success), store(coin=with_closes(closes)), HORIZON)
    assert (found.state, found.on) == ("hit", SAID + timedelta(days=7))
    assert found.mark == pytest.approx(mark)
    assert found.price == pytest.approx(100)
    assert "day 7 of 20" in found.sentence


def test_a_record_takes_a_close_above_the_highest_before():
    highest = past().max()
    made = claim(record=True)
    assert row(made, store(coin=with_closes({5: highest, 6: highest})), HORIZON).state == "miss"
    found = row(made, store(coin=with_closes({5: highest + 0.01, 6: highest})), HORIZON)
    assert (found.state, found.on) == ("hit", SAID + timedelta(days=5))
    assert found.mark == pytest.approx(highest)


@pytest.mark.parametrize(("own", "state"), [(112.0, "hit"), (110.0, "miss"), (104.0, "miss")])
def test_doing_better_is_measured_at_the_end(own, state):
    path = with_closes({3: 200.0, 4: 200.0})
    path[HORIZON - 1 :] = own
    held = store(coin=path, metal=quiet(level=110.0))
    found = row(claim(beats="metal"), held, HORIZON + 1)
    assert (found.state, found.on) == (state, DUE)
    assert "metal +10%" in found.sentence
    assert row(claim(beats="metal"), held, HORIZON - 1).state == "open"


def test_a_miss_names_the_nearest_close():
    found = row(claim(rise=0.1), store(coin=with_closes({4: 108.0})), HORIZON)
    assert (found.state, found.on) == ("miss", DUE)
    assert (found.best, found.best_on) == (pytest.approx(108), SAID + timedelta(days=4))
    assert found.sentence == "The highest close was 108 on 5 Jun 2024; the mark was 110."


def test_a_mark_reached_too_late_is_a_miss():
    made = claim(rise=0.1)
    assert row(made, store(coin=with_closes({20: 111.0, 21: 111.0})), 30).state == "hit"
    assert row(made, store(coin=with_closes({21: 111.0, 22: 111.0})), 30).state == "miss"


def test_an_open_call_says_what_is_left():
    found = row(claim(rise=0.1), store(coin=with_closes({4: 105.0})), 4)
    assert (found.state, found.days_left) == ("open", 16)
    assert found.distance == pytest.approx(110 / 105 - 1)
    assert found.sentence == "16 days left; +4.8% from 105 to 110."


def test_a_bad_tick_is_no_hit():
    made = claim(rise=0.5)
    tick = store(coin=with_closes({6: 1000.0}))
    assert row(made, tick, 6).state == "open"
    assert "the next close" in row(made, tick, 6).sentence
    found = row(made, tick, HORIZON)
    assert found.state == "miss"
    assert found.best == pytest.approx(100)
    stayed = store(coin=with_closes({6: 1000.0, 7: 950.0}))
    assert row(made, stayed, 6).state == "open"
    assert row(made, stayed, 7).on == SAID + timedelta(days=6)


def test_a_call_on_the_day_it_is_made_is_open():
    found = row(claim(rise=0.1), store(coin=quiet()), 0)
    assert (found.state, found.days_left) == ("open", HORIZON)


def test_what_cannot_be_settled_says_why():
    made = (claim("C1", rise=0.1), claim("C2", series="unheard-of", rise=0.1), vague())
    board = calls((article(*made),), store(coin=quiet()), DUE)
    states = {row.claim: row for row in board.rows}
    assert states["C1"].state == "miss"
    assert states["C2"].state == "not_resolvable"
    assert "unheard-of" in states["C2"].sentence
    assert not states["C2"].vague
    assert states["V1"].sentence == "It names no size."
    assert (board.totals.vague, board.totals.lacking, board.totals.n) == (1, 1, 3)


def test_a_series_that_ended_before_the_call_settles_nothing():
    made = claim(said=SAID + timedelta(days=60), rise=0.1)
    found = row(made, store(coin=quiet(40)), 90)
    assert found.state == "not_resolvable"
    assert "no price within 7 days" in found.sentence


def test_a_series_that_ends_in_between_leaves_the_call_open():
    found = row(claim(rise=0.1), store(coin=quiet(5)), 60)
    assert (found.state, found.days_left) == ("open", 0)
    assert "no close after" in found.sentence


def test_calls_of_later_days_are_not_there_yet():
    made = article(claim("C1", rise=0.1), claim("C2", said=SAID + timedelta(days=3), rise=0.1))
    board = calls((made,), store(coin=quiet()), SAID + timedelta(days=2))
    assert [row.claim for row in board.rows] == ["C1"]


def shares(level, horizon, by):
    """Count by hand the days from which the price gained ``by`` within a horizon."""
    hits = [
        any(level[day + 1 + step] - level[day] >= by - 1e-12 for step in range(horizon))
        for day in range(len(level) - horizon)
    ]
    return float(np.mean(hits))


@pytest.mark.parametrize("success", [{"rise": 0.1}, {"level": 110}, {"record": True}])
def test_the_base_rate_is_the_share_of_earlier_days(success):
    level = np.log(past())
    by = np.log(1.1) if "record" not in success else level.max() - level[-1] + 1e-9
    found = row(claim(**success), store(coin=quiet()), 3)
    assert found.base == pytest.approx(np.clip(shares(level, HORIZON, by), 0.01, 0.99))
    assert found.n_eff == pytest.approx((N_BEFORE - HORIZON) / HORIZON)


def test_the_base_rate_of_doing_better_looks_at_the_ends_alone():
    lead = np.log(past(1)) - np.log(past(2))
    found = row(claim(beats="metal"), store(coin=quiet(), metal=quiet()), 3)
    assert found.base == pytest.approx(np.mean(lead[HORIZON:] > lead[:-HORIZON]))


def test_implied_odds_lie_above_the_base_rate_and_stated_ones_stand():
    made = claim(rise=0.1)
    found = row(made, store(coin=quiet()), 3)
    assert not found.stated
    assert found.odds == pytest.approx(min(found.base + 0.15, 0.99))
    test = {
        "kind": "forecast",
        "follower": "coin",
        "from_day": SAID,
        "horizon": "20d",
        "rise": 0.1,
        "odds": 0.8,
    }
    told = made.model_dump(mode="json") | {"tests": [test], "untestable": None}
    found = row(Claim.model_validate_json(json.dumps(told, default=str)), store(coin=quiet()), 3)
    assert (found.odds, found.stated) == (0.8, True)


@settings(deadline=None, max_examples=12)
@given(
    steps=st.lists(st.floats(-0.2, 0.2), min_size=30, max_size=30),
    success=st.sampled_from(
        [{"rise": 0.15}, {"rise": -0.15}, {"level": 120}, {"record": True}, {"beats": "metal"}]
    ),
)
def test_what_is_settled_stays_settled_and_odds_never_move(steps, success):
    held = store(coin=100 * np.exp(np.cumsum(steps)), metal=quiet(30))
    found = [row(claim(**success), held, age) for age in range(30)]
    assert len({(each.base, each.recent, each.odds, each.mark) for each in found}) == 1
    settled = [each for each in found if each.settled]
    assert all(each == settled[0] for each in settled)
    states = [each.settled for each in found]
    assert states == sorted(states)


@settings(deadline=None, max_examples=25)
@given(steps=st.lists(st.floats(-0.2, 0.2), min_size=30, max_size=30), age=st.integers(0, 28))
def test_later_closes_change_nothing_before(steps, age):
    path = 100 * np.exp(np.cumsum(steps))
    other = np.concatenate((path[:age], 3 * path[age:]))
    made = claim(rise=0.15)
    assert row(made, store(coin=path), age) == row(made, store(coin=other), age)


@pytest.mark.parametrize("unit", [0.001, 31.1, 1e6])
def test_the_unit_of_the_price_is_nothing(unit):
    path = with_closes({4: 105.0, 9: 110.0, 10: 109.0})
    plain = row(claim(rise=0.1), store(coin=path), HORIZON)
    held = store(coin=path).series("coin")
    scaled = MemoryStore({"coin": series_of(held.info, held.period, unit * held.value)})
    found = row(claim(rise=0.1), scaled, HORIZON)
    assert (found.state, found.on, found.base) == (plain.state, plain.on, plain.base)


def test_calls_made_twice_count_once():
    made = article(claim("C1", rise=0.1), claim("C2", rise=0.1), claim("C3", rise=0.2))
    board = calls((made,), store(coin=with_closes({4: 111.0, 5: 111.0})), DUE)
    assert [row.same_as for row in board.rows] == [None, "C1", None]
    totals = board.totals
    assert (totals.n, totals.repeated, totals.hits, totals.misses) == (2, 1, 1, 1)


def settled(name, series, said, length, state="hit", *, base=0.5, odds=0.7):
    start = SAID + timedelta(days=said)
    return Row(
        claim=name,
        publisher="x",
        said=start,
        paraphrase="x",
        call="x",
        state=state,
        sentence="x",
        series=series,
        due=start + timedelta(days=length),
        base=base,
        recent=base,
        odds=odds,
    )


def totals(*rows):
    return _totals(rows)


@pytest.mark.parametrize(
    ("spans", "n_eff"),
    [
        ([("a", 0, 10), ("a", 0, 10)], 1),
        ([("a", 0, 10), ("a", 10, 10)], 2),
        ([("a", 0, 10), ("b", 0, 10)], 2),
        ([("a", 0, 10), ("a", 5, 10)], 1.5),
        ([("a", 0, 20), ("a", 5, 10), ("a", 40, 30)], 2.5),
    ],
)
def test_calls_that_overlap_count_as_the_days_they_cover(spans, n_eff):
    found = totals(*(settled(f"C{i}", *span) for i, span in enumerate(spans)))
    assert found.n_eff == pytest.approx(n_eff)


def test_totals_are_those_counted_by_hand():
    found = totals(
        settled("C1", "a", 0, 10, "hit", base=0.4, odds=0.8),
        settled("C2", "b", 0, 10, "miss", base=0.2, odds=0.6),
        settled("C3", "c", 0, 10, "miss", base=0.1, odds=0.5),
        settled("C4", "d", 0, 10, "open"),
    )
    assert (found.hits, found.misses, found.open) == (1, 2, 1)
    assert found.share == pytest.approx(1 / 3)
    # Jeffreys: one of three, each with half a call more.
    assert (found.low, found.high) == pytest.approx(beta(1.5, 2.5).ppf([0.05, 0.95]))
    assert found.base == pytest.approx(0.7 / 3)
    assert found.brier == pytest.approx((0.2**2 + 0.6**2 + 0.5**2) / 3)
    assert found.brier_base == pytest.approx((0.6**2 + 0.2**2 + 0.1**2) / 3)
    assert found.log == pytest.approx(-(np.log(0.8) + np.log(0.4) + np.log(0.5)) / 3)
    assert found.log_base == pytest.approx(-(np.log(0.4) + np.log(0.8) + np.log(0.9)) / 3)


def test_a_board_without_calls_says_so():
    board = calls((), store(coin=quiet()), DUE)
    assert board.rows == ()
    assert board.totals == Totals(
        n=0, repeated=0, hits=0, misses=0, open=0, vague=0, lacking=0, n_eff=0
    )
    assert board.words() == "By 21 Jun 2024 no call had been made."


def test_the_board_tells_the_base_rate_before_the_record():
    made = article(claim("C1", rise=0.1), claim("C3", rise=0.2), vague())
    board = calls((made,), store(coin=with_closes({4: 111.0, 5: 111.0})), DUE)
    words = board.words()
    assert words.index("Made on earlier days") < words.index("came true 1 time in 2")
    assert "1 too vague" in words


def test_the_document_reads_back():
    board = calls((article(claim(rise=0.1), vague()),), store(coin=quiet()), DUE)
    document = board.to_json()
    assert (document["document"], document["schema"]) == ("scoreboard", 1)
    assert document["words"] == board.words()
    again = {key: value for key, value in document.items() if key != "words"}
    assert Scoreboard.model_validate_json(json.dumps(again)) == board


def test_the_base_rate_of_a_fair_walk_is_that_of_the_reflection_principle():
    # A fair walk of n normal steps passes b with chance 2 (1 - Phi(b / sd)), less for closes seen
    # step by step: b moves up by 0.5826 sd a step (Broadie, Glasserman and Kou 1997).
    rng = np.random.default_rng(3)
    level = np.cumsum(rng.normal(0, 0.02, 400_000))
    by, n = 0.1, 25
    hits = first_passage(level, np.arange(0, level.size - n, n), by=by, horizon=n) > 0
    shifted = (by + 0.5826 * 0.02) / (0.02 * np.sqrt(n))
    assert hits.mean() == pytest.approx(2 * norm.sf(shifted), abs=0.01)


def test_every_lag_of_the_library_is_told_once():
    found = {lag.claim: lag for lag in lags(library())}
    spans = {name.partition("/")[2]: (lag.low, lag.high) for name, lag in found.items()}
    assert spans["W03"] == (65, 65)
    assert spans["W05"] == (100, 150)
    assert spans["W48"] == (68, 76)
    assert spans["S27"] == (14, 182)
    assert spans["W42"] == (77, 91)
    assert all(0 < low <= high < 600 for low, high in spans.values())
    assert len(found) == len(lags(library()))
    assert all(lag.call is None for lag in found.values())


def test_a_lag_takes_the_outcome_of_the_call_it_supports():
    lag = Claim.model_validate(
        {
            "id": "L1",
            "article": "made-up",
            "paraphrase": "Metal leads.",
            "publisher": "Example Gazette",
            "first_seen": SAID,
            "type": "pattern",
            "supports": ["C1"],
            "tests": [
                {
                    "kind": "lag_profile",
                    "leader": "metal",
                    "follower": "coin",
                    "window": {"min": "2w", "max": "6w"},
                    "forks": {"window": [{"min": "3w", "max": "4w"}]},
                }
            ],
        }
    )
    call = claim(rise=0.1).model_copy(update={"article": "made-up"})
    both = article(lag, call)
    board = calls((both,), store(coin=with_closes({4: 111.0, 5: 111.0})), DUE)
    (found,) = lags((both,), board=board)
    assert (found.low, found.high, found.call) == (21, 28, "hit")
