"""The page of a claim and of a sealed verdict: everything in its order, and nothing twice."""

import json
import re
from datetime import date

import pytest
from live import sample as live
from web.conftest import ALONE, FOLLOWED, heard, verdicts
from web.made import NASTY, nasty, shelf, text

from leadline import archive
from leadline.claim import load_article
from leadline.web.views.claims import claim, claim_card, sealed


def newest(name="silver-2026/S27"):
    """Give the newest of the verdicts on a claim as it is worded now."""
    return next(v for v in verdicts() if v.claim.id == name and v.as_of == date(2026, 8, 21))


@pytest.fixture(scope="module")
def told(shelf):
    """Give the page of S27."""
    return text(claim(shelf, "silver-2026", "S27"))


def test_pictures_come_in_the_order_in_which_a_reader_is_led(told):
    ids = re.findall(r'<figure id="([^"]+)"', told)
    assert len(ids) == len(set(ids))
    order = ["overlay", "lag_profile", "fan", "episodes", "waterfall", "specification_curve",
             "power", "placebos", "rolling", "ruler"]  # fmt: skip
    there = [name for name in ids if name in order]
    assert there == [name for name in order if name in there]
    assert {"lag_profile", "specification_curve", "power", "placebos", "ruler"} <= set(there)


def test_what_came_since_follows_the_past_and_the_seal_ends_the_report(shelf):
    made = text(claim(shelf, FOLLOWED, "A1"))
    places = [made.index(f'id="{name}"') for name in ("pictures", "followed", "receipt")]
    assert places == sorted(places)
    assert f'href="/live/{FOLLOWED}#A1"' in made


def test_the_power_says_by_which_year_it_could_be_decided(told):
    figure = re.search(r'<figure id="power".*?</figure>', told, re.DOTALL)[0]
    year = newest().evidence[0].power.decidable_by
    assert f"could be decided by about {year}" in figure


def test_the_published_lags_mark_this_one(told):
    figure = re.search(r'<figure id="ruler".*?</figure>', told, re.DOTALL)[0]
    assert "This claim says 14 to 182 days." in figure
    assert "this claim" in figure


def test_a_claim_of_no_lag_has_no_ruler(shelf):
    assert 'id="ruler"' not in text(claim(shelf, "silver-2026", "S01"))


def test_it_stands_between_its_neighbours(told, shelf):
    assert 'href="/articles/silver-2026/S26" rel="prev"' in told
    assert 'href="/articles/silver-2026/S28" rel="next"' in told
    assert '<a href="/articles/silver-2026">Silver&#39;s record' in told
    alone = text(claim(shelf, ALONE, ALONE))
    assert 'rel="prev"' not in alone
    assert 'rel="next"' not in alone


def test_every_time_it_was_heard_is_listed(told):
    table = re.search(r'<section id="trials">.*?</section>', told, re.DOTALL)[0]
    every = [v for v in verdicts() if v.claim.id == "silver-2026/S27"]
    assert len(every) == 3
    for verdict in every:
        assert f"/verdicts/{verdict.seal}" in table
    assert table.count("on an earlier wording") == 1
    assert table.count("this page") == 1


def test_a_claim_heard_once_has_no_list(shelf):
    assert 'id="trials"' not in text(claim(shelf, "silver-2026", "S01"))


def test_credits_and_licences_stand_with_the_data(tmp_path):
    article = load_article("silver-2026")
    row = {
        "id": "dff",
        "last": "2026-08-20",
        "basis": "rule",
        "source": "attribution",
        "credit": ["Source: <Fed> & others."],
    }
    with_credit = shelf(tmp_path, verdicts=[heard(article.claim("S01"), data=(row,))])
    made = text(claim(with_credit, "silver-2026", "S01"))
    assert "Source: &lt;Fed&gt; &amp; others." in made
    assert "may be passed on with the credit line" in made
    with_credit.close()


def test_a_claim_not_heard_says_what_will_try_it_and_how(shelf):
    made = text(claim(shelf, "silver-2026", "S08"))
    found = load_article("silver-2026").claim("S08")
    assert found.paraphrase in made.replace("&#39;", "'")
    assert "leadline try silver-2026/S08" in made
    assert "leadline fetch silver-2026/S08" in made
    assert "If the claim were wrong" in made
    assert found.sha256 in made
    assert claim_card(shelf, "silver-2026", "S08") is None


def test_a_claim_not_heard_but_followed_says_how_it_stands(tmp_path):
    article = live.article()
    followed = shelf(tmp_path, articles=[article], books=[live.book()])
    made = text(claim(followed, "made-up", "A1"))
    assert "Followed to 10 Mar 2026" in made
    assert "Hit" in made
    followed.close()


def test_the_ledger_tells_the_live_state_where_it_is_newer(tmp_path):
    article = live.article()
    old = heard(article.claim("A1"), as_of=live.day(20))
    followed = shelf(tmp_path, articles=[article], verdicts=[old], books=[live.book()])
    stamp = re.search(r'aria-label="Live".*?</div>', text(claim(followed, "made-up", "A1")),
                      re.DOTALL)[0]  # fmt: skip
    assert "Hit" in stamp
    assert "to 10 Mar 2026" in stamp
    followed.close()


def test_no_page_of_what_there_is_not(shelf):
    assert claim(shelf, "silver-2026", "S99") is None
    assert claim(shelf, "no-such", "S27") is None


@pytest.mark.parametrize("seal", ["", "zz", "123", "0" * 64, "ABCDEF12", "%", "____"])
def test_what_is_no_seal_has_no_page(shelf, seal):
    assert sealed(shelf, seal) is None


@pytest.mark.parametrize("n_digits", [8, 64])
def test_a_verdict_is_found_by_the_first_digits_of_its_seal(shelf, n_digits):
    verdict = newest("silver-2026/S01")
    made = text(sealed(shelf, verdict.seal[:n_digits]))
    assert f'<link rel="canonical" href="/verdicts/{verdict.seal}">' in made
    assert "newer verdict" not in made
    assert verdict.seal in made


def test_what_is_linked_from_a_sealed_verdict_is_there(client):
    older = next(v for v in verdicts() if v.as_of == date(2026, 5, 1))
    for at in (f"/verdicts/{newest('silver-2026/S01').seal}", f"/verdicts/{older.seal}"):
        made = client.get(at).text
        links = re.findall(r'(?:href|src)="(/(?:articles|verdicts)/[^"#?]+)"', made)
        drawn = (".png", ".zip", ".svg")
        small = {link for link in links if not link.endswith(drawn) or link.endswith("badge.svg")}
        assert {client.get(link).status_code for link in small} == {200}
        assert len(small) > 8


def test_a_superseded_verdict_names_the_newest(shelf):
    earlier = next(v for v in verdicts() if v.as_of == date(2026, 5, 1))
    made = text(sealed(shelf, earlier.seal))
    assert "There is a newer verdict on this claim." in made
    assert 'href="/articles/silver-2026/S27">See the newest' in made
    assert f'href="/verdicts/{earlier.seal}/power.csv"' in made
    assert "og:image" not in made


def test_seals_that_begin_alike_are_listed(tmp_path):
    base = heard(load_article("silver-2026").claims[0], evidence=())
    first = date(2024, 1, 1).toordinal()
    seals: dict[str, list] = {}
    # Of some hundred seals two begin alike, as birthdays fall together.
    for n in range(700):
        verdict = archive.sealed(base.model_copy(update={"as_of": date.fromordinal(first + n)}))
        alike = seals.setdefault(verdict.seal[: archive.MIN_PREFIX], [])
        alike.append(verdict)
        if len(alike) == 2:
            break
    pair = seals[verdict.seal[: archive.MIN_PREFIX]]
    both = shelf(tmp_path, verdicts=pair)
    made = text(sealed(both, verdict.seal[: archive.MIN_PREFIX]))
    assert all(f"/verdicts/{each.seal}" in made for each in pair)
    assert "2 verdicts" in made
    both.close()


def test_the_review_names_the_page_where_the_site_stands(tmp_path):
    verdict = heard(load_article("silver-2026").claim("S01"))
    public = shelf(tmp_path, verdicts=[verdict], url="https://claims.example")
    made = text(claim(public, "silver-2026", "S01"))
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', made, re.DOTALL)[1]
    review = json.loads(data)["@graph"][0]
    assert review["url"] == "https://claims.example/articles/silver-2026/S01#S01"
    picture = "https://claims.example/articles/silver-2026/S01/card.png"
    assert f'<meta property="og:image" content="{picture}">' in made
    assert "https://claims.example/articles/silver-2026/S01/badge.svg" in made
    public.close()


def test_words_do_no_harm(tmp_path):
    article = nasty()
    bad = heard(article.claims[1])
    first = bad.evidence[0]
    shown = tuple(
        each.model_copy(update={"title": NASTY, "finding": NASTY, "note": NASTY})
        for each in first.exhibits
    )
    told = first.model_copy(update={"exhibits": shown, "summary": NASTY, "caveats": (NASTY,)})
    history = bad.history.model_copy(update={"sentence": NASTY, "reasons": (NASTY,)})
    bad = archive.sealed(bad.model_copy(update={"evidence": (told,), "history": history}))
    hostile = shelf(tmp_path, articles=[article], verdicts=[bad])
    for name in ("N1", "N2"):
        made = text(claim(hostile, "nasty", name))
        assert "<script>alert" not in made
        assert made.count("</title>") == 1 + made.count("<title id=")
        assert made.count("<script") == made.count("</script>")
    assert claim_card(hostile, "nasty", "N2").body.startswith(b"\x89PNG")
    hostile.close()


def test_an_empty_store_knows_the_library(empty_shelf):
    made = text(claim(empty_shelf, "silver-2026", "S27"))
    assert "leadline try silver-2026/S27" in made
    assert sealed(empty_shelf, "1234abcd") is None
