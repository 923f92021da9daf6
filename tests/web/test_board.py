"""The scoreboard: every claim there is, ordered and filtered with or without a script."""

import re
from datetime import date

import pytest
from live import sample as live
from web.conftest import FOLLOWED, HEARD, heard
from web.made import NASTY, NO_QUERY, nasty, shelf, text

from leadline.claim import load_article
from leadline.errors import AlteredError
from leadline.web.views.board import board


def shown(page, **wanted):
    """Give the names of the rows that are shown, in order."""
    rows = re.findall(r'<tr id="([^"]+)"[^>]*data-type="[^"]*"( hidden)?>', text(page(**wanted)))
    return [name for name, hidden in rows if not hidden]


@pytest.fixture(scope="module")
def page(shelf):
    """Give what prints the scoreboard of the small store."""
    return lambda **wanted: board(shelf, **NO_QUERY | wanted)


def test_every_claim_stands_there_heard_or_not(page, shelf):
    names = {f"{a.id}-{c.id}" for a in shelf.articles() for c in a.claims}
    assert set(shown(page)) == names
    assert {"silver-2026-S27", "silver-2026-S02", f"{FOLLOWED}-A3", "Z01-Z01"} <= names


def test_a_row_tells_both_verdicts_and_leads_to_its_claim(page):
    row = re.search(r'<tr id="silver-2026-S27".*?</tr>', text(page()), re.DOTALL)[0]
    assert 'href="/articles/silver-2026/S27"' in row
    assert "Undecidable" in row
    assert "Not so far" in row
    assert "21 Aug 2026" in row
    assert 'data-outcome="undecidable"' in row
    assert 'data-live="not_so_far"' in row


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ({"outcome": "contradicted"}, ["silver-2026-S04"]),
        ({"outcome": "decayed", "article": "silver-2026"}, ["silver-2026-S25"]),
        ({"outcome": "decayed", "article": "made-up"}, []),
        ({"words": "copper says"}, ["Z01-Z01"]),
        ({"words": "COPPER SAYS ", "type": "fact"}, []),
        ({"outcome": "<script>"}, []),
    ],
)
def test_the_query_filters(page, wanted, first):
    assert shown(page, **wanted) == first
    assert f"{len(first)} of " in text(page(**wanted))


def test_claims_not_heard_can_be_asked_for_and_say_how_to_hear_them(page):
    unheard = shown(page, outcome="not_heard", article="silver-2026")
    assert len(unheard) == len(load_article("silver-2026").claims) - len(HEARD)
    assert "<code>leadline try</code>" in text(page())


def test_the_query_orders_and_turns_round(page):
    names = shown(page, article="silver-2026", sort="id")
    assert names.index("silver-2026-S02") < names.index("silver-2026-S10")
    assert shown(page, article="silver-2026", sort="-id") == names[::-1]
    by_outcome = shown(page, article="silver-2026", sort="history")
    assert by_outcome[:4] == [f"silver-2026-{n}" for n in ("S01", "S27", "S25", "S04")]
    assert shown(page, sort="no such column") == shown(page)


def test_what_has_no_value_comes_last_either_way(page):
    for sort in ("data", "-data"):
        rows = shown(page, article="silver-2026", sort=sort)
        assert set(rows[: len(HEARD)]) == {f"silver-2026-{name}" for name in HEARD}


def test_links_of_the_columns_keep_the_filter(page):
    told = text(page(outcome="decayed", sort="id"))
    assert 'href="/?outcome=decayed&amp;sort=-id#claims"' in told
    assert 'aria-sort="ascending"' in told
    assert '<option value="decayed" selected>' in told


def test_an_article_is_summed_up(page):
    row = re.search(r'<th scope="row" class="says"><a href="/articles/silver-2026">.*?</tr>',
                    text(page()), re.DOTALL)[0]  # fmt: skip
    assert "4 of 34" in row
    assert "1 contradicted" in row


def test_the_ledger_tells_the_live_state_where_it_is_newer(tmp_path):
    article = live.article()
    old = heard(article.claim("A1"), as_of=date(2026, 2, 1))
    with_ledger = shelf(tmp_path, articles=[article], verdicts=[old], books=[live.book()])
    row = re.search(r'<tr id="made-up-A1".*?</tr>', text(board(with_ledger, **NO_QUERY)))[0]
    assert 'data-live="hit"' in row
    assert "10 Mar 2026" in row
    with_ledger.close()


def test_an_empty_store_says_what_to_do(empty_shelf):
    told = text(board(empty_shelf, **NO_QUERY))
    for command in ("leadline fetch silver-2026", "leadline try silver-2026", "leadline watch"):
        assert command in told
    assert "34" in told
    assert empty_shelf.db is None


def test_words_do_no_harm(tmp_path):
    hostile = shelf(tmp_path, articles=[nasty()], verdicts=[heard(nasty().claim("N1"))])
    told = text(board(hostile, **NO_QUERY | {"words": NASTY, "outcome": NASTY, "sort": NASTY}))
    assert "<script>alert" not in told
    assert "{{ 7*7 }}" in told
    assert told.count("</title>") == 1
    hostile.close()


def test_a_damaged_ledger_takes_no_list_with_it(shelf, monkeypatch):
    def damaged(article):
        msg = f"{article.id}: a row of the ledger was altered."
        raise AlteredError(msg)

    monkeypatch.setattr(shelf, "book", damaged)
    assert "What was claimed" in text(board(shelf, **NO_QUERY))
