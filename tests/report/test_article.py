"""The page of an article: counts, key pictures, odds, what falls, and 34 claims in short."""

import re

import pytest
from report import sample
from report.test_page import Reading

from leadline import report
from leadline.evidence.exhibits import Overlay, Ribbon, Table, Waterfall
from leadline.report import articles, words
from leadline.trial import adjusted


@pytest.fixture(scope="module")
def founding():
    return sample.founding()


@pytest.fixture(scope="module")
def page(founding):
    return report.article_page(*founding)


@pytest.fixture(scope="module")
def read(page):
    return Reading(page)


def section(page, name):
    """Give the part of a page from one heading to the next."""
    return re.search(rf'<section[^>]*id="{name}">.*?</section>', page, re.DOTALL)[0]


def test_34_claims_stay_under_three_megabytes(page):
    assert len(page.encode()) < 3_000_000


def test_the_page_is_whole_without_script_network_or_open_tags(page, read):
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    assert set(read.refs) <= set(read.ids)
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)
    assert not re.search(r"url\((?!#)", page)


def test_the_outcomes_are_counted_with_their_signs(page, founding):
    shown = dict.fromkeys(words.OUTCOMES, 0)
    for verdict in founding[1]:
        shown[verdict.history.outcome] += 1
    overview = page[page.index('class="counts"') : page.index('id="scoreboard"')]
    for outcome, n in shown.items():
        assert re.search(
            rf"</svg><b>{n}</b><span>{words.OUTCOMES[outcome].label.lower()}<", overview
        )
    assert sum(map(int, re.findall(r"<b>(\d+)</b>", overview))) == 34


def test_the_scoreboard_has_a_row_a_claim_with_all_it_takes_to_sort_and_choose(page, founding):
    rows = re.findall(r"<tr data-outcome.*?</tr>", section(page, "scoreboard"), re.DOTALL)
    odds = adjusted(founding[1])
    assert len(rows) == 34
    for row, claim, verdict in zip(rows, founding[0].claims, founding[1], strict=True):
        assert f'href="#{claim.id}"' in row
        assert claim.paraphrase in row.replace("&#39;", "'")
        assert f'data-type="{claim.type}"' in row
        assert words.OUTCOMES[verdict.history.outcome].label in row
        p = odds.get(verdict.claim.id)
        by = "" if p is None else words.p_value(p[2]).replace("<", "&lt;")
        assert f'data-l="p, BY">{by}</td>' in row
    head = re.findall(r"<th scope=\"col\"[^>]*>([a-z, BY]+)", section(page, "scoreboard"))
    assert head == ["id", "claim", "type", "history", "live", "decidable", "informative", "p",
                    "p, BY"]  # fmt: skip


def test_what_chooses_and_sorts_is_hidden_where_no_script_runs(page):
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    assert ".filter,.pick{display:none}" in style
    assert ".js .filter{display:flex" in style


def test_the_odds_stand_in_order_with_holm_and_by(page, founding):
    table = section(page, "odds")
    odds = adjusted(founding[1])
    rows = re.findall(r'<tr><th scope="row"><a href="#(S\d\d)">.*?</tr>', table, re.DOTALL)
    assert len(rows) == len(odds) == 26
    p = [odds[f"silver-2026/{name}"][0] for name in rows]
    assert p == sorted(p)
    left = sum(by <= 0.05 for _, _, by in odds.values())
    assert table.count('data-l="left">yes') == left
    raw, by_holm = (sum(p[i] <= 0.05 for p in odds.values()) for i in (0, 1))
    assert f"Here {raw} of 26 have" in table
    assert f"{by_holm} are left by Holm" in table


def test_key_pictures_are_chosen_by_shape_from_where_most_of_the_argument_passes(founding):
    article, verdicts = founding
    found = articles.key_exhibits(verdicts, articles.weights(article, verdicts))
    chosen = {place: (v.claim.id.rpartition("/")[2], type(e)) for place, v, e in found}
    assert list(chosen) == ["overlay", "lag_profile", "episodes", "ribbon", "waterfall"]
    assert chosen["overlay"] == ("S27", Overlay)
    assert chosen["lag_profile"][0] == "S27"
    assert chosen["episodes"] == ("S25", Table)
    assert chosen["ribbon"] == ("S23", Ribbon)
    assert chosen["waterfall"] == ("S10", Waterfall)


def test_episodes_are_those_of_a_deciding_relation_not_of_a_fact(founding):
    article, verdicts = founding
    episodes = sample.episodes()
    changed = []
    for verdict in verdicts:
        name = verdict.claim.id.rpartition("/")[2]
        first = verdict.evidence[0] if verdict.evidence else None
        if name == "S02":
            first = first.model_copy(update={"exhibits": (episodes,)})
        more = (sample.deciding().model_copy(update={"exhibits": (episodes,)}),)
        evidence = () if first is None else (first, *(more if name == "S27" else ()))
        changed.append(verdict.model_copy(update={"evidence": evidence}))
    weight = articles.weights(article, changed)
    found = {place: v.claim.id for place, v, _ in articles.key_exhibits(changed, weight)}
    assert weight["S02"] > weight["S25"]
    assert weight["S27"] > weight["S25"]
    assert found["episodes"] == "silver-2026/S25"


def test_an_article_without_such_pictures_has_no_such_section(founding):
    article, verdicts = founding
    bare = tuple(v for v in verdicts if v.claim.id.endswith(("S01", "S02", "S34")))
    assert articles.key_exhibits(bare, {}) == ()
    page = report.article_page(article, bare)
    assert 'id="pictures"' not in page
    assert 'id="odds"' not in page
    assert Reading(page).open == []


def test_a_picture_carried_on_past_publication_is_shown_in_that_form(founding):
    own = next(v for v in founding[1] if v.claim.id.endswith("S27"))
    longer = sample.overlay().model_copy(update={"title": "carried on"})
    live = own.live.model_copy(update={"exhibits": (longer,)})
    changed = own.model_copy(update={"live": live})
    found = {place: e for place, _, e in articles.key_exhibits((changed,), {})}
    assert found["overlay"].title == "carried on"


def test_each_claim_shows_one_picture_or_leads_to_it(page, founding):
    shown = re.findall(r'<article class="heard" id="(S\d\d)">(.*?)</article>', page, re.DOTALL)
    assert [name for name, _ in shown] == [claim.id for claim in founding[0].claims]
    for name, text in shown:
        n_figures = text.count("<figure")
        is_above = 'href="#key-' in text
        assert n_figures + is_above == (0 if name == "S34" else 1), name
        assert "Would change our mind" in text
    assert sum('href="#key-' in text for _, text in shown) == 3


def test_what_falls_is_told_for_every_claim_that_carries_another(page, founding):
    falls = section(page, "falls")
    told = re.findall(r'<details class="fall" id="falls-(S\d\d)"[^>]*?( open)?>', falls)
    assert [name for name, _ in told] == list(founding[0].supports)
    assert [name for name, is_open in told if is_open] == ["S27"]
    s10 = re.search(r'id="falls-S10".*?</details>', falls, re.DOTALL)[0]
    assert 'data-bare="S16" data-shaken="S24 S31 S33"' in s10
    assert "S16 left without support, 3 weakened" in s10
    assert "still rests on" in s10
    assert "Nothing in the article leans on" in falls


def test_what_stands_says_what_the_fallen_claims_take_with_them(founding):
    article, verdicts = founding
    argued = articles.argued(article, verdicts)
    assert argued.keystone == "S27"
    assert argued.standing.startswith(
        "As it stands, the data speak against S04, S08, S10, S15, S17 and S25. Without that, S16 "
        "and S24 have no support left"
    )
    fine = tuple(v for v in verdicts if words.OUTCOMES[v.history.outcome].tone != "against")
    assert "against none" in articles.argued(article, fine).standing


def test_an_article_in_a_circle_says_so(founding):
    article, verdicts = founding
    claims = tuple(
        c.model_copy(update={"supports": ("S27",) if c.id == "S33" else c.supports})
        for c in article.claims
    )
    page = report.article_page(article.model_copy(update={"claims": claims}), verdicts[24:33])
    assert "support one another in a circle" in page
    assert "A dashed arrow closes a circle" in page
    assert Reading(page).open == []


def test_the_files_of_an_article_lead_to_one_another():
    article, verdicts = sample.article()
    short = tuple(v.model_copy(update={"evidence": v.evidence[3:]}) for v in verdicts[:2])
    told = []
    files = dict(report.article_files(article, short, progress=lambda *said: told.append(said)))
    assert list(files) == ["silver-2026.html", "silver-2026/S01.html", "silver-2026/S03.html"]
    assert 'href="silver-2026/S03.html"' in files["silver-2026.html"]
    assert 'href="../silver-2026.html#S03"' in files["silver-2026/S03.html"]
    assert told == [
        ("drawing S01", 0.0),
        ("drawing S03", 0.5),
        ("drawing S01 in full", 0.0),
        ("drawing S03 in full", 0.5),
    ]
    assert "Full report" not in report.article_page(article, short)


def test_hostile_words_stay_words_in_an_article():
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\"&{{7*7}}"
    article, verdicts = sample.article()
    claims = tuple(c.model_copy(update={"paraphrase": hostile}) for c in article.claims)
    changed = tuple(
        v.model_copy(
            update={
                "claim": v.claim.model_copy(update={"paraphrase": hostile}),
                "evidence": v.evidence[3:],
            }
        )
        for v in verdicts
    )
    page = report.article_page(article.model_copy(update={"claims": claims}), changed)
    read = Reading(page)
    assert read.open == []
    assert [kind for kind, _ in read.blocks].count(None) == 1
    assert not any(tag == "img" for tag, _ in read.tags)
