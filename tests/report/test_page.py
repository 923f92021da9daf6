"""The page: one file, complete without script or network, and safe with any text."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from report import sample

from leadline import report

HOSTILE = """</script></style><script>alert("x")</script><img src=x onerror=alert(1)>'"&{{7*7}}"""
VOID = {"meta", "input", "link", "br", "img"}
OPTIONAL_END = {"td", "th", "tr", "li", "tbody", "thead"}


class Reading(HTMLParser):
    """Collects tags, ids, links and blocks, and complains about tags left open."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.refs = [], [], [], []
        self.blocks, self.words, self.open = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs[k] for k in ("href", "src", "action", "poster") if k in attrs]
        for key in ("aria-labelledby", "for"):
            self.refs += attrs.get(key, "").split()
        if tag == "script":
            self.blocks.append([attrs.get("type"), ""])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop() if tag not in VOID else None

    def handle_endtag(self, tag):
        while self.open[-1] != tag and self.open[-1] in OPTIONAL_END:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.blocks[-1][1] += data
        elif self.open and self.open[-1] != "style":
            self.words.append(data)


@pytest.fixture(scope="module")
def verdict():
    return sample.verdict()


@pytest.fixture(scope="module")
def page(verdict):
    return report.page(verdict)


@pytest.fixture(scope="module")
def whole():
    return report.article_page(*sample.article())


@pytest.fixture(scope="module", params=["page", "whole"])
def text(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def read(text):
    return Reading(text)


def test_a_claim_fits_half_a_megabyte_and_an_article_one(page, whole):
    assert len(page.encode()) < 500_000
    assert len(whole.encode()) < 1_000_000


def test_every_tag_is_closed(read):
    assert read.open == []


def test_ids_are_unique_and_every_reference_has_its_target(read):
    assert len(read.ids) == len(set(read.ids))
    assert set(read.refs) <= set(read.ids)
    inside = {link[1:] for link in read.links if link.startswith("#")}
    assert inside <= set(read.ids)


def test_nothing_outside_the_file_is_named_but_the_article_itself(text, read, verdict):
    outside = {link for link in read.links if not link.startswith("#")}
    assert outside <= {verdict.claim.url}
    assert not {tag for tag, _ in read.tags} & {"link", "iframe", "object", "embed", "img"}
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


def test_only_our_own_script_may_run_and_none_is_needed(text, read):
    policy = next(a["content"] for _, a in read.tags if a.get("http-equiv"))
    scripts = [body for kind, body in read.blocks if kind is None]
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"\son[a-z]+=", text)


def test_without_script_the_overlay_shows_six_shifts_and_their_figures(page):
    read = Reading(page)
    panels = re.search(r'<div class="panels">.*?<figcaption', page, re.DOTALL)[0]
    for days in (0, 30, 65, 90, 120, 180):
        assert f"<h4>{days} days</h4>" in panels
    moved = [float(x) for x in re.findall(r'<path transform="translate\(([\d.]+),0\)"', panels)]
    assert len(moved) == 6
    assert moved == sorted(moved)
    assert moved[-1] == pytest.approx(2 * moved[3], rel=0.01)
    assert "agreement of their moves (what a forecaster could use)" in "".join(read.words)


def test_the_slider_knows_every_shift(page):
    read = Reading(page)
    slider = next(a for tag, a in read.tags if tag == "input" and a["type"] == "range")
    shifts = json.loads(next(body for kind, body in read.blocks if kind == "application/json"))
    assert len(shifts) == int(slider["max"]) + 1 == 366
    assert shifts[int(slider["value"])][0] == 90
    assert [len(row) for row in shifts] == [5] * 366


def test_every_picture_states_its_finding_and_has_its_numbers_one_tap_away(page, verdict):
    figures = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    names = {shown.name for e in verdict.evidence for shown in e.exhibits}
    names |= {shown.name for shown in verdict.live.exhibits}
    assert len(figures) == len(names)
    for figure in figures:
        assert re.search(r'<p class="finding">.+</p>', figure)
        assert "<table" in figure
        assert ("<svg" in figure) or ("tabular" in figure)


def test_pictures_come_in_the_order_of_the_reader(page):
    order = [name for name in re.findall(r'<figure id="([a-z_]+)"', page) if name != "since"]
    assert order[:3] == ["overlay", "lag_profile", "fan"]
    wanted = ["specification_curve", "power", "placebos"]
    assert [name for name in order if name in wanted] == wanted


def test_the_first_screen_has_four_numbers_words_dates_and_seal(page, verdict):
    first = page[: page.index('id="why"')]
    assert first.count("<dt>") == 4
    for part in ("Undecidable", "Not so far", "day 209 of 365", "22 Jan 2026", "21 Aug 2026"):
        assert part in first
    assert verdict.seal[:12] in first
    assert "no investment advice" in first


def test_base_rate_stands_before_what_happened(page):
    shown = page[page.index("<main") :]
    assert shown.index("spans of this length usually ended") < shown.index("has moved −22%")


def test_hostile_text_stays_text():
    verdict = sample.verdict(paraphrase=HOSTILE, publisher=HOSTILE, title=HOSTILE)
    history = verdict.history.model_copy(
        update={"sentence": HOSTILE, "reasons": (HOSTILE,), "would_change": HOSTILE}
    )
    page = report.page(verdict.model_copy(update={"history": history, "caveats": (HOSTILE,)}))
    read = Reading(page)
    assert read.open == []
    assert [kind for kind, _ in read.blocks].count(None) == 1
    assert not any(tag == "img" for tag, _ in read.tags)
    assert HOSTILE in "".join(read.words)
    blocks = [json.loads(body) for kind, body in read.blocks if kind == "application/ld+json"]
    assert blocks[0]["@graph"][0]["claimReviewed"] == HOSTILE


def test_an_article_page_holds_each_claim_under_its_anchor(whole):
    read = Reading(whole)
    article, verdicts = sample.article()
    for claim in article.claims:
        assert claim.id in read.ids
    board = whole[whole.index('id="scoreboard"') : whole.index('id="pictures"')]
    assert len(re.findall(r'<tr[^>]*><th scope="row"', board)) == len(verdicts)
    assert "Which claim supports which" in whole
    graph = json.loads(read.blocks[0][1])["@graph"]
    assert [node["@type"] for node in graph] == ["ClaimReview", "Dataset"] * len(verdicts)


def test_an_article_in_which_nothing_supports_anything_needs_no_map():
    article, verdicts = sample.article()
    alone = article.model_copy(
        update={"claims": tuple(c.model_copy(update={"supports": ()}) for c in article.claims)}
    )
    assert "Which claim supports which" not in report.article_page(alone, verdicts[:1])


def test_dark_print_contrast_and_motion_are_cared_for(text):
    for query in ("prefers-color-scheme:dark", "media print", "prefers-contrast:more",
                  "prefers-reduced-motion", "max-width:40rem"):  # fmt: skip
        assert query in text


def test_two_pages_made_of_one_verdict_are_the_same(verdict, page):
    assert report.page(verdict) == page
