"""Lags on one axis and calls beside their base rates, as they were kept."""

import re
from datetime import date

import pytest
from live.test_kept_calls import board
from web.made import text

from leadline.data.database import Database
from leadline.live import calls as live_calls
from leadline.live.calls import Row, Scoreboard
from leadline.live.kept_calls import keep_calls
from leadline.web.shelf import Shelf, Sources
from leadline.web.views import calls

TODAY = date(2026, 3, 20)


def row(claim, state, **more):
    return Row(
        claim=claim,
        publisher="Example Gazette",
        said=date(2026, 1, 5),
        paraphrase="Bitcoin sets a record.",
        call="bitcoin sets a record by 16 Mar 2026",
        state=state,
        sentence="Closed at 120,000 on 2026-02-01.",
        series="bitcoin",
        **more,
    )


ROWS = (
    row("lags-and-calls/W05-call", "hit", on=date(2026, 2, 1), base=0.4, odds=0.55),
    row("lags-and-calls/W06-call", "miss", base=0.5, odds=0.6, stated=True),
    row("gone/X1", "not_resolvable", vague=True),
    row("gone/X2", "not_resolvable"),
    row("gone/X3", "open", same_as="gone/X1"),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Give a shelf whose store keeps five calls."""
    path = tmp_path_factory.mktemp("calls") / "leadline.db"
    with Database.open(path) as db:
        keep_calls(db, Scoreboard(as_of=date(2026, 3, 1), rows=ROWS, totals=board().totals))
    shelf = Shelf(Sources(database=str(path)), today=lambda: TODAY)
    yield shelf
    shelf.close()


@pytest.fixture(scope="module")
def page(told):
    return text(calls.calls(told))


def cells(page, name):
    rows = re.findall(r"<tr data-outcome.*?</tr>", page, re.DOTALL)
    told = [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row)).strip() for row in rows]
    return next(row for row in told if row.startswith(f"{name} "))


def test_every_call_stands_beside_its_base_rate(page):
    hit = cells(page, "W05-call")
    assert "Hit" in hit
    assert hit.index("40%") < hit.index("55%") < hit.index("implied")
    assert "Closed at 120,000 on 1 Feb 2026." in hit
    assert "implied" not in cells(page, "W06-call")


def test_what_cannot_be_settled_says_why(page):
    assert "Nothing settles it" in cells(page, "X1")
    assert "Not settled" in cells(page, "X2")
    assert "The same call as X1." in cells(page, "X3")


def test_calls_of_claims_that_are_known_lead_to_them(page):
    assert 'href="/articles/lags-and-calls/W05-call"' in page
    assert "/articles/gone" not in page


def test_the_day_is_said_and_what_to_run_where_it_is_long_ago(page):
    assert "Settled as of 1 Mar 2026, 19 days ago" in page
    assert "<code>leadline calls</code>" in page


def test_the_ruler_is_filled_by_what_was_kept_and_bare_before(page, empty_shelf):
    assert 'id="ruler"' in page
    assert "came true" in page
    bare = text(calls.calls(empty_shelf))
    assert 'id="ruler"' in bare
    assert "No call that was made of one has been settled." in bare
    assert "leadline calls</pre>" in bare
    assert '<table class="cards sortable"' not in bare


def test_the_web_settles_nothing(told, monkeypatch):
    def refused(*_args, **_more):
        raise AssertionError

    monkeypatch.setattr(live_calls, "calls", refused)
    monkeypatch.setattr(live_calls, "gather", refused)
    anew = Shelf(told.sources, today=told.today)
    assert calls.calls(anew).status == 200
    anew.close()


def test_both_figures_can_be_taken_along(told, empty_shelf):
    ruler = calls.download(told, figure="ruler", form="csv")
    assert len(ruler.body.splitlines()) > 20
    table = calls.download(told, figure="calls", form="json")
    assert b'"as_of": "2026-03-01"' in table.body
    assert calls.download(told, figure="nothing", form="csv") is None
    assert calls.download(empty_shelf, figure="calls", form="csv") is None
    assert calls.download(empty_shelf, figure="ruler", form="json") is not None


def test_new_calls_show_as_soon_as_they_are_kept(tmp_path):
    path = tmp_path / "leadline.db"
    Database.open(path).close()
    shelf = Shelf(Sources(database=str(path)), today=lambda: TODAY)
    assert "No outcome is kept yet" in text(calls.calls(shelf))
    with Database.open(path) as db:
        keep_calls(db, board())
    assert "Settled as of 1 Mar 2026" in text(calls.calls(shelf))
    shelf.close()


def test_over_http(client, empty_client):
    for each in (client, empty_client):
        assert each.get("/calls").status_code == 200
    assert client.get("/calls/ruler.csv").status_code == 200
    assert client.get("/calls/nothing.csv").status_code == 404
