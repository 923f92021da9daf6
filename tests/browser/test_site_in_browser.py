"""The site in a real browser: quiet, complete without script, and within everybody's reach."""

import re
from dataclasses import dataclass
from functools import cache

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.budgets import measured
from playwright.sync_api import expect

from leadline.report.theme import DARK, LIGHT
from leadline.web.pages import pages

pytestmark = pytest.mark.browser

CLAIM = "/articles/silver-2026/S27"
EXAMPLES = {
    "/": "/",
    "/api": "/api",
    "/articles/{article}": "/articles/silver-2026",
    "/articles/{article}/text": "/articles/silver-2026/text",
    "/articles/{article}/{claim}": CLAIM,
    "/calibration": "/calibration",
    "/calls": "/calls",
    "/corrections": "/corrections",
    "/data": "/data",
    "/data/{series}": "/data/bitcoin",
    "/live": "/live",
    "/live/{article}": "/live/made-up",
    "/methods": "/methods",
    "/methods/conditions": "/methods/conditions",
    "/methods/verdict": "/methods/verdict",
    "/methods/{kind}": "/methods/lag_profile",
    "/scans": "/scans",
    "/scans/{scan}": "/scans/odd",
}
"""An address for each pattern whose page can be named beforehand."""
FOUND = {
    "/verdicts/{seal}": (CLAIM, "a[href^='/verdicts/']"),
    "/scans/{scan}/pairs/{leader}/{follower}": ("/scans/odd", "a[href*='/pairs/']"),
}
"""For each other, the page and the link that lead to one."""
UNSEEN = {"/scans/{scan}/pairs/{leader}/{follower}/trial"}
"""What takes a trial of minutes; the page of a claim is made of the same parts."""

RULES = {"runOnly": {"type": "tag", "values": [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice",
]}, "rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What there is to know of a page that is opened at every width in both themes."""

    wrong: list
    headings: int
    title: str
    violations: dict
    widths: dict
    parts: list
    parts_without_script: list


@pytest.fixture(scope="module")
def seen(site, opening):
    """Give a function that looks at the page of an address pattern, once."""

    @cache
    def look(pattern):
        watched = opening(address(pattern))
        page = watched.page
        page.wait_for_load_state("networkidle")
        wrong = list(watched.wrong)
        violations = {}
        for width, scheme in ((1440, "light"), (360, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options=RULES).response["violations"]
            violations[width, scheme] = [
                (each["id"], node["html"][:200]) for each in found for node in each["nodes"][:3]
            ]
        parts = counted(page)
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        widths = {}
        for width in (320, 768):
            page.set_viewport_size({"width": width, "height": 900})
            widths[width] = page.evaluate("document.documentElement.scrollWidth")
        told = (page.locator("h1").count(), page.title())
        plain = opening(page.url.partition("#")[0], java_script_enabled=False).page
        page.close()
        return Seen(wrong, *told, violations, widths, parts, counted(plain))

    @cache
    def address(pattern):
        if pattern in EXAMPLES:
            return site + EXAMPLES[pattern]
        above, link = FOUND[pattern]
        return site + opening(site + above).page.locator(link).first.get_attribute("href")

    return look


def counted(page):
    """Count what a page says: headings, pictures and rows."""
    return [page.locator(part).count() for part in ("h2", "main svg[role=img]", "tbody tr")]


def test_every_page_of_the_site_is_opened_here():
    shown = {path for path in pages() if "." not in path.rpartition("/")[2]}
    assert shown == EXAMPLES.keys() | FOUND.keys() | UNSEEN


@pytest.mark.parametrize("pattern", sorted(EXAMPLES | FOUND))
def test_a_page_is_quiet_within_reach_and_whole_without_script(seen, pattern):
    page = seen(pattern)
    assert page.wrong == [], "it complains, or asks somebody else"
    assert (page.headings, page.title[-8:]) == (1, "Leadline")
    found = {where: each for where, each in page.violations.items() if each}
    assert found == {}, "axe finds something"
    wider = {width: wide for width, wide in page.widths.items() if wide > width}
    assert wider == {}, "it scrolls sideways"
    assert page.parts_without_script == page.parts


@pytest.mark.parametrize("at", ["/", "/live", "/calls", "/data", "/scans", "/corrections"])
def test_an_empty_site_says_what_to_do_next(empty_site, opened, at):
    watched = opened(empty_site + at)
    assert watched.wrong == []
    told = watched.page.locator("main code, main pre").all_inner_texts()
    assert any("leadline " in command for command in told)


def reads(page):
    return page.locator("#overlay .reads dd").all_inner_texts()


def days(page):
    return page.locator("#overlay output").inner_text()


def test_the_slider_is_moved_by_key(site, opened):
    page = opened(site + CLAIM).page
    slider, before = page.locator("#overlay input[type=range]"), reads(page)
    assert days(page) == "90 days"
    slider.focus()
    for key, expected in (
        ("ArrowRight", 91), ("ArrowLeft", 90), ("PageDown", 60), ("PageUp", 90), ("PageUp", 120),
        ("Home", 0), ("End", 365),
    ):  # fmt: skip
        slider.press(key)
        assert days(page) == f"{expected} days", key
    assert reads(page) != before
    assert slider.get_attribute("aria-valuetext").startswith("365 days; levels ")
    assert page.url.endswith("#shift=365")


def test_the_slider_is_moved_by_pointer_and_moves_only_what_is_seen(site, opened):
    page = opened(site + CLAIM).page
    before = reads(page)
    slider = page.locator("#overlay input[type=range]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    assert 250 < int(days(page).split()[0]) < 300
    assert reads(page) != before
    moved = page.locator("#overlay > .wide:not(.plain) .leader_marks > *")
    assert float(re.search(r"\((.+),", moved.first.get_attribute("transform"))[1]) > 20
    assert not page.locator("#overlay > .narrow .leader_marks > [transform]").count()


def test_another_lag_is_one_tap_away_and_so_is_the_claims_own(site, opened):
    page = opened(site + CLAIM).page
    buttons = page.locator("#overlay .lags button")
    buttons.get_by_text("65", exact=True).click()
    assert days(page) == "65 days"
    assert page.locator("#overlay .slider [role=status]").inner_text().startswith("65 days; levels")
    buttons.get_by_text("the claim’s").click()
    assert days(page) == "90 days"


def test_a_shift_has_an_address(site, opened):
    page = opened(f"{site}{CLAIM}#shift=65").page
    assert days(page) == "65 days"
    # The way there is a smooth one.
    expect(page.locator("#overlay h3")).to_be_in_viewport()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize(("width", "size"), [(1440, "wide"), (360, "narrow")])
def test_the_plain_scale_is_drawn_on_request_with_and_without_script(
    site, opened, script, width, size
):
    page = opened(site + CLAIM, width=width, java_script_enabled=script).page
    shown = page.locator("#overlay > .draw:visible")
    assert shown.count() == 1
    assert shown.get_attribute("class") == f"draw {size}"
    page.locator("#overlay .as-plain").check()
    assert shown.get_attribute("class") == f"draw {size} plain"
    assert "log price" not in shown.locator("svg").text_content()


def test_without_script_the_verdict_its_numbers_and_pictures_are_there(site, opened):
    page = opened(site + CLAIM, java_script_enabled=False).page
    assert page.locator(".stamp .word").first.inner_text() == "Undecidable"
    assert page.locator(".numbers dt").count() == 4
    assert page.locator("#overlay .panels svg").count() == 6
    assert page.locator("#overlay .slider").is_hidden()
    assert page.locator("figure svg[role=img]:visible").count() > 10
    page.locator("#overlay details.data summary").click()
    assert page.locator("#overlay details.data td").first.is_visible()


def rows(page):
    return page.locator("table.sortable tbody tr:visible").count()


def test_the_scoreboard_is_narrowed_with_and_without_script_by_the_same_address(site, opened):
    scripted = opened(site).page
    every = rows(scripted)
    scripted.locator("[data-f=words]").first.fill("lag of weeks")
    few = rows(scripted)
    assert 0 < few < every
    assert "lag+of+weeks" in scripted.url
    plain = opened(site, java_script_enabled=False).page
    plain.locator("[data-f=words]").first.fill("lag of weeks")
    plain.locator("form.filter button").first.click()
    assert rows(plain) == few
    again = opened(scripted.url).page
    assert rows(again) == few
    again.locator("[data-f=words]").first.fill("")
    assert rows(again) == every


def test_a_reader_may_choose_the_colours_and_they_stay(site, opened):
    page = opened(site, color_scheme="light").page
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(paper) == rgb(LIGHT["paper"])
    page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate(paper) == rgb(DARK["paper"])
    page.goto(site + "/methods")
    assert page.evaluate(paper) == rgb(DARK["paper"])
    page.get_by_role("button", name="Light colours").click()
    assert page.evaluate(paper) == rgb(LIGHT["paper"])


def rgb(colour):
    return "rgb({}, {}, {})".format(*bytes.fromhex(colour.removeprefix("#")))


def test_the_system_says_dark_and_the_pictures_follow(site, opened):
    page = opened(site + CLAIM, color_scheme="dark").page
    line = page.locator("#lag_profile > .wide path[stroke='var(--main)']").first
    assert line.evaluate("each => getComputedStyle(each).stroke") == rgb(DARK["main"])


def test_a_claim_prints_on_two_pages_without_the_ways_around_the_site(site, opened):
    page = opened(site + CLAIM, color_scheme="dark").page
    page.emulate_media(media="print")
    for part in ("header.site", ".crumbs", ".files", ".slider", "nav", "button"):
        assert page.locator(f"{part}:visible").count() == 0, part
    assert page.evaluate("getComputedStyle(document.documentElement).color") == rgb(LIGHT["ink"])
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2


def test_a_picture_is_explored_under_the_policy_of_the_site(site, opened):
    watched = opened(site + CLAIM)
    page = watched.page
    figure = page.locator("#lag_profile")
    figure.get_by_role("button", name="Explore").click()
    figure.locator(".explored .mark-symbol").first.wait_for()
    mark = figure.locator(".explored .role-mark.mark-symbol path").nth(3)
    mark.hover(force=True)
    said = page.locator("#vg-tooltip-element.visible")
    said.wait_for()
    assert "correlation" in said.inner_text()
    assert watched.wrong == []


def test_the_first_key_leads_to_the_content_and_the_order_is_that_of_reading(site, opened):
    page = opened(site + CLAIM).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    assert page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count() == 0
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_high_contrast_leaves_no_pale_text(site, opened):
    page = opened(site + CLAIM, contrast="more").page
    colour = page.locator(".eyebrow").first.evaluate("each => getComputedStyle(each).color")
    assert colour == rgb(LIGHT["ink"])


def test_who_wants_no_movement_gets_none(site, opened):
    page = opened(site + CLAIM, reduced_motion="reduce").page
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_the_budgets_are_measured(site, chromium):
    told = measured(chromium, site, CLAIM)
    assert told.bytes < 1_000_000
    assert told.paint > 0
    assert told.moves
