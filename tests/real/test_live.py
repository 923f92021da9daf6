"""What became of the founding article, day by day, on the folder of real series."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from leadline.claim import load, load_article
from leadline.data.providers.folder import FolderStore
from leadline.live.book import Freshness, Odds, Phase, State
from leadline.live.changes import changes
from leadline.live.follow import follow
from leadline.trial import hear

pytestmark = pytest.mark.real_data

PUBLISHED, LAST = date(2026, 1, 23), date(2026, 8, 20)
SAMPLED = [date(2026, 1, 24), date(2026, 7, 22)]
CALLS = ["S25", "S27", "S31", "S33"]


@pytest.fixture(scope="module")
def store(data_dir):
    return FolderStore(data_dir)


@pytest.fixture(scope="module")
def article():
    return load_article("silver-2026")


@pytest.fixture(scope="module")
def book(store, article):
    return follow(article, store, as_of=LAST)


@pytest.fixture(scope="module")
def closes(data_dir):
    """Read closes with pandas alone, by name."""

    def read(name):
        table = pd.read_csv(data_dir / f"{name}.csv", parse_dates=["date"], index_col="date")
        column = "close" if "close" in table else "value"
        return table[column].dropna()

    def spliced(name):
        if name != "bitcoin":
            return read(name)
        # The reference price ends; the other source goes on where it does.
        first, second = read("btc"), read("btc_ohlc")
        return pd.concat((first, second[second.index > first.index[-1]]))

    return spliced


def state(book, name, day=LAST):
    return next(
        row.body
        for row in book.on(day)
        if row.subject == f"silver-2026/{name}" and isinstance(row.body, State)
    )


def of_article(book, kind):
    return {row.day: row.body for row in book.of("silver-2026") if isinstance(row.body, kind)}


def test_every_claim_has_a_registration_and_a_row_a_day(book):
    assert len(book.registrations) == 34
    days = (LAST - PUBLISHED).days
    assert sum(isinstance(row.body, State) for row in book.rows) == 34 * days


@pytest.mark.parametrize("day", SAMPLED, ids=str)
def test_replay_in_one_go_is_what_was_gathered_then(store, article, book, day):
    alone = follow(article, store, as_of=day)
    assert alone.registrations == book.registrations
    assert [r.text for r in alone.on(day)] == [r.text for r in book.on(day)]


@pytest.mark.parametrize("name", [*CALLS, "S29"])
@pytest.mark.slow
def test_live_and_trial_say_the_same(store, book, name):
    live = hear(load(f"silver-2026/{name}"), store, as_of=LAST).live
    found = state(book, name)
    assert (live.state, live.sentence) == (found.state, found.sentence)


def test_every_series_that_is_watched_is_known(book):
    assert of_article(book, Freshness)[LAST].missing == {}
    first = PUBLISHED + timedelta(days=1)
    told = [
        fired for claim in book.article.claims for fired in state(book, claim.id, first).triggers
    ]
    assert {fired.id for fired in told} == {each.id for each in book.article.watch.triggers}
    assert all(fired.value is not None for fired in told)
    assert set(of_article(book, Phase)[first].probabilities) == {
        "fear",
        "debasement",
        "neutral",
    }


def test_bitcoin_is_where_pandas_has_it(book, closes):
    price = closes("bitcoin")
    start = price[:"2026-01-23"].iloc[-1]
    for name in CALLS:
        found = state(book, name)
        last = price[: str(LAST)] if found.of == 365 else price[:"2026-07-22"]
        assert found.moved == pytest.approx(last.iloc[-1] / start - 1, rel=1e-9)
        usual = _usual(price[:"2026-01-23"], (last.index[-1] - pd.Timestamp(PUBLISHED)).days)
        assert found.percentile == pytest.approx(np.mean(usual <= found.moved), abs=2e-3)


def _usual(price, length):
    values = price.to_numpy()
    return values[length:] / values[:-length] - 1


def test_the_forecast_of_a_fifth_in_180_days_was_missed(book, closes):
    price = closes("bitcoin")
    path = price["2026-01-24":"2026-07-22"] / price[:"2026-01-23"].iloc[-1] - 1
    assert path.max() < 0.2
    assert state(book, "S31", date(2026, 7, 21)).state == "not_so_far"
    found = state(book, "S31", date(2026, 7, 22))
    assert (found.state, found.since) == ("miss", date(2026, 7, 22))
    assert found.outcomes.n == 1
    frozen = book.registrations["silver-2026/S31"].call
    ratio = (1 - frozen.p) / (1 - frozen.q)
    assert found.outcomes.against == pytest.approx(1 / ratio, rel=1e-6)
    assert found.outcomes.value < 1
    # One dated call has one outcome; no later window is scored, and no later return.
    last = state(book, "S31")
    assert (last.outcomes.next_due, last.outcomes.decides) == (None, None)
    assert last.returns.n == found.returns.n == 180


@pytest.mark.parametrize("name", ["S25", "S27", "S33"])
def test_the_forecast_of_a_half_in_a_year_is_open(book, name):
    found = state(book, name)
    assert (found.state, found.day, found.of) == ("not_so_far", 209, 365)
    assert found.outcomes.n == 0
    assert found.outcomes.next_due == date(2027, 1, 23)
    frozen = book.registrations[f"silver-2026/{name}"].call
    assert frozen.mark == pytest.approx(frozen.price * 1.5, rel=1e-9)
    assert frozen.q < frozen.p < 1


def test_the_base_rate_is_counted_with_pandas(book, closes):
    price = closes("bitcoin")[:"2026-01-23"]
    ahead = price[::-1].rolling(365).max()[::-1].shift(-1)
    hit = (ahead / price >= 1.5)[ahead.notna()]
    frozen = book.registrations["silver-2026/S33"].call
    assert frozen.q == pytest.approx(hit.mean(), abs=5e-3)


def test_silver_lapsed_as_pandas_has_it(book, closes):
    silver = closes("silver")
    found = state(book, "S33")
    assert found.antecedent.holds is False
    since = found.antecedent.since
    before = silver[: str(since)]
    change = before / before.shift(44) - 1
    assert (change.iloc[-4:] < 0.0).all()


def test_no_rally_broke_the_ceiling(book):
    found = state(book, "S29")
    assert found.outcomes.n == 0
    assert book.registrations["silver-2026/S29"].ceiling.p == 0.95


def test_odds_are_written_for_every_day(book):
    assert len(of_article(book, Odds)) == (LAST - PUBLISHED).days
    assert len(of_article(book, Phase)) == (LAST - PUBLISHED).days


def test_what_changed_is_told_once_each(book):
    told = changes(book, PUBLISHED, LAST)
    assert len({change.key for change in told}) == len(told)
    assert ("silver-2026/S31", "resolved", "miss") in {(c.subject, c.what, c.new) for c in told}
    assert all("None" not in change.sentence for change in told)
