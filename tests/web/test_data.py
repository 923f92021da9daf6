"""How the data are: ages against the cadence, fetches and their outcomes, and whose values stay."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from web.made import text

from leadline.claim import find
from leadline.data.database import (
    Database,
    DatabaseStore,
    Fetched,
    Stamped,
    breakers,
    consents,
    import_series,
    record,
)
from leadline.data.provider import Rows
from leadline.data.series import SeriesInfo, in_force, series_of
from leadline.data.series import find as find_series
from leadline.live.needs import series_of as read_by
from leadline.web import series as told
from leadline.web.shelf import Shelf, Sources
from leadline.web.views import data

TODAY = date(2026, 3, 10)
AT = datetime(2026, 3, 9, 6, tzinfo=UTC)
FOLDER = "/home/somebody/private"


def fetched(series, provider, outcome="ok", *, at=AT, message=""):
    return Fetched(
        provider=provider,
        series=series,
        url=f"https://example.org/{series}?at={at:%d}",
        fetched_at=at,
        outcome=outcome,
        status=200 if outcome == "ok" else None,
        body=b"x" if outcome == "ok" else None,
        message=message,
    )


def stamped(values, until, known=None):
    days = np.datetime64(until, "D") - np.arange(len(values))[::-1]
    stamps = np.full(len(values), known or np.datetime64("2026-03-09T05:00:00"))
    return Stamped(
        Rows(days, np.array(values, dtype=float)), stamps.astype("datetime64[s]"), "rule"
    )


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Give a shelf on a store with four series: fresh, too old, imported and unknown here."""
    path = tmp_path_factory.mktemp("data") / "leadline.db"
    with Database.open(path) as db:
        record(db, fetched("dgs10", "fred"), stamped(np.linspace(3, 4, 900), "2026-03-08"))
        later = AT + timedelta(hours=1)
        record(db, fetched("dgs10", "fred", at=later),
               stamped([9.5], "2026-03-08", np.datetime64("2026-03-09T07:00:00")))  # fmt: skip
        record(db, fetched("silver", "yahoo"), stamped(np.linspace(20, 80, 30), "2026-01-05"))
        record(db, fetched("silver", "yahoo", "not_measured", at=later, message="Timed out."))
        breakers.failed(db, "yahoo", now=AT, opens_at=1)
        consents.give(db, "yahoo", "terms")
        own = SeriesInfo(id="my_index", title="My index", unit="points", kind="index")
        import_series(db, series_of(own, np.array(["2026-03-01"], dtype="datetime64[D]"), [5.0]),
                      source=FOLDER, at=AT)  # fmt: skip
    opened = Shelf(Sources(database=str(path)), today=lambda: TODAY)
    yield opened
    opened.close()


def plain(printed):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text(printed)))


def test_every_series_is_there_with_its_age_held_against_its_cadence(shelf):
    found = {each.id: each for each in told.healths(shelf)}
    assert (found["dgs10"].state, found["dgs10"].days, found["dgs10"].limit) == ("fresh", 2, 7)
    assert (found["silver"].state, found["silver"].days) == ("too old", 64)
    assert found["my_index"].state == "age not known"
    assert found["bitcoin"].state == "not fetched"
    assert found["bitcoin"].n_claims > 10
    states = [each.state for each in told.healths(shelf)]
    assert states == sorted(states, key=("too old", "not fetched", "fresh", "age not known").index)


def test_claims_are_counted_by_what_their_conditions_are_made_of(shelf):
    readers = told.read_by(shelf)
    s27 = find("silver-2026/S27")
    for name in read_by(s27):
        assert "S27" in {place.claim.id for place in readers[find_series(name).id]}


def test_the_list_says_what_is_wrong_and_with_whom(shelf):
    page = data.everything(shelf)
    said = plain(page)
    assert "3 series are in the store: 1 fresh, 1 too old." in said
    assert "more are read by claims and were never fetched" in said
    yahoo = plain_row(page, "from-yahoo")
    assert "no answer" in yahoo
    assert "2026-03-09 06:30 UTC" in yahoo
    assert "agreed to" in yahoo
    assert "asks for consent first" in plain_row(page, "from-lbma")
    assert "with the key" in plain_row(page, "from-fredapi")


def plain_row(page, name):
    row = re.search(rf'<tr id="{name}".*?</tr>', text(page), re.DOTALL)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row))


def test_a_series_shows_its_course_its_values_its_changes_and_its_fetches(shelf):
    page = data.one(shelf, series="dgs10")
    said = plain(page)
    assert "10-year Treasury yield" in said
    assert "<svg" in text(page)
    assert "9.5" in said
    assert "1 values were changed" not in said
    assert "1 value was changed" in said
    assert "example.org" in said
    assert 'href="/data/dgs10/values.csv"' in text(page)
    assert data.one(shelf, series="nobody") is None
    assert data.one(shelf, series="DGS10") is None


def test_what_was_not_fetched_says_how_to(shelf):
    said = plain(data.one(shelf, series="bitcoin"))
    assert "Not in the store" in said
    assert "leadline fetch --series bitcoin" in said


def test_values_whose_owner_keeps_them_stay_here(shelf):
    page = data.one(shelf, series="silver")
    assert "values.csv" not in text(page)
    assert "yahoo does not allow values to be passed on" in plain(page)
    assert "The numbers in this picture" not in plain(page)
    refused = data.values(shelf, series="silver")
    assert refused.status == 403
    assert b"2026-01-05" not in refused.body
    assert "Timed out." in plain(page)


def test_the_file_holds_every_newest_value(shelf):
    printed = data.values(shelf, series="dgs10")
    rows = list(csv.DictReader(io.StringIO(printed.body.decode())))
    assert len(rows) == 900
    assert rows[-1] == {"period": "2026-03-08", "value": "9.5", "known_at": "2026-03-09T07:00:00Z"}
    assert printed.filename == "dgs10.csv"
    assert data.values(shelf, series="nobody") is None


def test_no_path_of_the_server_is_told(shelf):
    for printed in (data.everything(shelf), data.one(shelf, series="my_index")):
        assert FOLDER not in text(printed)
        assert "somebody" not in text(printed)


def test_an_empty_store_says_what_to_fetch(empty_shelf):
    page = data.everything(empty_shelf)
    assert "Nothing was fetched yet" in plain(page)
    assert "leadline fetch silver-2026" in plain(page)
    assert data.one(empty_shelf, series="silver").status == 200
    assert data.values(empty_shelf, series="silver") is None


def test_a_fetch_shows_at_once(tmp_path):
    path = tmp_path / "leadline.db"
    Database.open(path).close()
    opened = Shelf(Sources(database=str(path)), today=lambda: TODAY)
    assert {each.state for each in told.healths(opened)} == {"not fetched"}
    with Database.open(path) as db:
        record(db, fetched("dgs10", "fred"), stamped([4.0], "2026-03-08"))
    assert next(e for e in told.healths(opened) if e.id == "dgs10").state == "fresh"
    opened.close()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=3000), st.integers(20, 600))
def test_a_thinned_line_keeps_its_ends_its_highest_and_its_lowest(values, most):
    value = np.array(values)
    at = told.thinned(value, most)
    assert at.size <= most
    assert at[0] == 0
    assert at[-1] == value.size - 1
    assert np.all(np.diff(at) > 0)
    assert value[at].max() == value.max()
    assert value[at].min() == value.min()


def test_each_period_counts_once_by_what_was_known_last(shelf):
    store = DatabaseStore(shelf.db)
    period, value, known = in_force(store.series("dgs10"))
    assert period.size == np.unique(period).size == 900
    assert value[-1] == 9.5
    assert str(known[-1]) == "2026-03-09T07:00:00"
    (age,) = (each for each in store.ages() if each.series == "dgs10")
    assert (str(age.first), str(age.last)) == (str(period[0]), str(period[-1]))


def test_over_http(client, empty_client):
    for each in (client, empty_client):
        assert each.get("/data").status_code == 200
        assert each.get("/data/silver").status_code == 200
        assert each.get("/data/nobody").status_code == 404
        assert each.get("/data/silver/values.csv").status_code == 404
