"""The page of an article, and of a text that the user supplied."""

import pytest
from live import sample as live
from web.conftest import FOLLOWED, HEARD, heard
from web.made import NASTY, nasty, shelf, text

from leadline.claim import load_article
from leadline.errors import DataError
from leadline.web.views.articles import article, article_card
from leadline.web.views.articles import text as reading


@pytest.fixture(scope="module")
def told(shelf):
    """Give the page of the founding article."""
    return text(article(shelf, "silver-2026"))


def test_every_claim_heard_leads_to_its_page(told):
    for name in HEARD:
        assert f'<article class="heard" id="{name}">' in told
        assert f'href="/articles/silver-2026/{name}"' in told


def test_claims_not_heard_are_named_with_the_command(told):
    assert "leadline try silver-2026" in told
    assert '<li id="S02"><a href="/articles/silver-2026/S02">S02</a>' in told
    n = len(load_article("silver-2026").claims)
    assert f"No verdict is at hand on {n - len(HEARD)} of {n} claims" in told


def test_pictures_of_claims_are_left_to_their_pages(told):
    assert '<figure id="key-' in told
    assert '<figure id="S' not in told


def test_below_a_key_picture_stand_the_files_of_its_claim(told):
    assert 'href="/articles/silver-2026/S27/lag_profile.svg"' in told


def test_the_page_is_in_its_place(told):
    assert '<link rel="canonical" href="/articles/silver-2026">' in told
    assert told.count("<h1") == 1
    assert 'content="/articles/silver-2026/card.png"' in told
    assert "style=" not in told.replace("color-scheme", "")


def test_what_is_followed_leads_to_the_live_page(shelf):
    told = text(article(shelf, FOLLOWED))
    assert f'href="/live/{FOLLOWED}"' in told
    assert 'id="followed"' in told


def test_there_is_no_page_of_an_article_nobody_knows(shelf):
    assert article(shelf, "no-such") is None
    assert article_card(shelf, "no-such") is None
    assert reading(shelf, "no-such") is None
    assert reading(shelf, "silver-2026") is None


def test_nothing_heard_says_what_to_do(empty_shelf):
    told = text(article(empty_shelf, "silver-2026"))
    assert "leadline fetch silver-2026" in told
    assert "leadline try silver-2026" in told
    assert 'href="/articles/silver-2026/S34"' in told
    assert "What the data known before publication say" not in told


def test_a_text_is_read_against_its_article(tmp_path):
    file = tmp_path / "text.txt"
    file.write_text(f"{NASTY}. Bitcoin has not followed silver's rally.", encoding="utf-8")
    claim = load_article("silver-2026").claim("S04")
    with_text = shelf(tmp_path, verdicts=[heard(claim)], texts={"silver-2026": file})
    told = text(reading(with_text, "silver-2026"))
    assert "<script>alert" not in told
    assert '<mark class="open">' in told
    assert '<a href="/articles/silver-2026/S04">Full report on S04</a>' in told
    assert 'href="/articles/silver-2026/text"' in text(article(with_text, "silver-2026"))
    with_text.close()


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_a_text_that_cannot_be_read_says_so(tmp_path, content):
    file = tmp_path / "text.txt"
    if content is not None:
        file.write_bytes(content)
    without = shelf(tmp_path, texts={"silver-2026": file})
    with pytest.raises(DataError, match=r"text\.txt: The text of silver-2026 cannot be read"):
        reading(without, "silver-2026")
    without.close()


def test_words_do_no_harm(tmp_path):
    claims = nasty().claims
    hostile = shelf(tmp_path, articles=[nasty()], verdicts=[heard(claims[0])])
    told = text(article(hostile, "nasty"))
    assert "<script>alert" not in told
    assert told.count("</title>") == 1
    assert article_card(hostile, "nasty").body.startswith(b"\x89PNG")
    hostile.close()


def test_the_ledger_tells_the_live_state_where_it_is_newer(tmp_path):
    made = live.article()
    old = heard(made.claim("A1"), as_of=live.day(20))
    followed = shelf(tmp_path, articles=[made], verdicts=[old], books=[live.book()])
    assert "Hit" in text(article(followed, "made-up"))
    followed.close()
