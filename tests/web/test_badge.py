"""The badge and the card of a claim: what they say, and when they look otherwise."""

import struct
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from live import sample as live
from web.conftest import heard, verdicts
from web.made import NASTY, nasty, shelf

from leadline.claim import load_article
from leadline.web import addresses, badge, standing
from leadline.web.views.articles import article_card
from leadline.web.views.claims import badge_of_seal, claim_badge, claim_card

SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawn):
    """Read a badge as XML."""
    return ET.fromstring(drawn)  # noqa: S314 - our own drawing


def words_of(printed):
    """Give every text that a badge shows."""
    return " | ".join("".join(each.itertext()) for each in parsed(printed.body).iter(f"{SVG}text"))


def on(tmp_path, today, *given, **more):
    """Give a shelf on a day of our choice."""
    return shelf(tmp_path, verdicts=given, today=today, **more)


def test_it_shows_verdict_days_and_hash(tmp_path):
    verdict = heard(load_article("silver-2026").claim("S27"))
    fresh = on(tmp_path, date(2026, 8, 22), verdict)
    told = words_of(claim_badge(fresh, "silver-2026", "S27"))
    assert "Leadline on S27, 21 Aug 2026" in told
    assert "Undecidable on history" in told
    assert "Live: not so far, data to 21 Aug 2026" in told
    assert f"seal {verdict.seal[:12]}" in told
    assert "Stale" not in told
    fresh.close()


def test_it_stands_alone(tmp_path):
    fresh = on(tmp_path, date(2026, 8, 22), heard(load_article("silver-2026").claim("S27")))
    drawn = claim_badge(fresh, "silver-2026", "S27").body.decode()
    root = parsed(drawn)
    assert root.get("role") == "img"
    assert "undecidable on history" in root.find(f"{SVG}title").text
    for outside in ("var(", "currentColor", "style=", "href", "<script", "class="):
        assert outside not in drawn
    fresh.close()


def test_it_looks_otherwise_once_a_series_is_too_old(tmp_path):
    verdict = heard(load_article("silver-2026").claim("S27"))
    last = date(2026, 8, 20)  # the newest value of silver and of bitcoin, by the verdict's data
    drawn = {}
    for days in (1, 60):
        aged = on(tmp_path, last + timedelta(days=days), verdict)
        drawn[days] = claim_badge(aged, "silver-2026", "S27")
        aged.close()
    assert "Stale: data 59 days old" in words_of(drawn[60])
    assert verdict.seal[:12] in words_of(drawn[60])
    assert b"stroke-dasharray" in drawn[60].body
    assert b"stroke-dasharray" not in drawn[1].body


def test_what_is_settled_does_not_age(tmp_path):
    settled = heard(load_article("silver-2026").claim("S27"))
    settled = settled.live.model_copy(update={"state": "hit"})
    verdict = heard(load_article("silver-2026").claim("S27"), live=settled)
    old = on(tmp_path, date(2030, 1, 1), verdict)
    assert "Stale" not in words_of(claim_badge(old, "silver-2026", "S27"))
    old.close()


def test_the_ledger_keeps_it_fresh(tmp_path):
    """Series that the ledger read since are as new as the ledger says."""
    article = live.article()
    row = {"id": "bitcoin", "title": "Bitcoin", "last": "2026-01-10", "basis": "rule"}
    verdict = heard(article.claim("A2"), as_of=date(2026, 1, 11), data=(row,))
    book = live.book()
    followed = on(tmp_path, book.last, verdict, articles=[article], books=[book])
    place = addresses.named(followed, "made-up/A2")
    stands = standing.of(followed, place, verdict)
    assert stands.by_ledger
    assert stands.open
    assert stands.day == book.last
    assert stands.ages[0].last > date(2026, 1, 10)
    assert stands.stale(book.last) == ()
    assert stands.stale(book.last + timedelta(days=60)) == ("bitcoin",)
    followed.close()


def test_a_superseded_verdict_says_so(shelf):
    older = next(v for v in verdicts() if v.as_of == date(2026, 5, 1))
    drawn = badge_of_seal(shelf, older.seal)
    assert "Superseded" in words_of(drawn)
    assert b"stroke-dasharray" in drawn.body
    reworded = next(v for v in verdicts() if v.as_of == date(2026, 3, 1))
    assert "Superseded" in words_of(badge_of_seal(shelf, reworded.seal))
    assert badge_of_seal(shelf, "f" * 64) is None


def test_there_is_none_of_a_claim_not_heard(shelf):
    assert claim_badge(shelf, "silver-2026", "S08") is None
    assert claim_badge(shelf, "no-such", "S08") is None


def test_words_do_no_harm(tmp_path):
    article = nasty()
    hostile = on(tmp_path, date(2026, 8, 22), heard(article.claims[0]), articles=[article])
    drawn = claim_badge(hostile, "nasty", "N1").body.decode()
    parsed(drawn)
    assert "<script" not in drawn
    assert claim_card(hostile, "nasty", "N1").body.startswith(b"\x89PNG")
    hostile.close()


def test_the_snippet_is_escaped_and_has_no_script():
    told = badge.snippet(f'https://x.example/{NASTY}"', "https://x.example/?a&b", NASTY)
    assert "<script" not in told
    assert told.startswith('<a href="https://x.example/?a&amp;b"><img src="')
    assert told.count('"') == 12


@pytest.mark.parametrize("words", ["W" * 400, "so " * 200 + "on", "金" * 80, NASTY, "x"])
def test_a_card_has_its_size_whatever_the_words(tmp_path, words):
    article = nasty()
    told = article.claims[0].model_copy(update={"paraphrase": words})
    article = article.model_copy(update={"claims": (told,), "title": words})
    made = on(tmp_path, date(2026, 8, 22), heard(told), articles=[article])
    for printed in (claim_card(made, "nasty", "N1"), article_card(made, "nasty")):
        assert printed.media == "image/png"
        assert struct.unpack(">II", printed.body[16:24]) == (1200, 630)
    made.close()
