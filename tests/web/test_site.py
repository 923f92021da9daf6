"""The layout of the site, and the files that stand beside it."""

import re

import pytest

from leadline.report.document import Sheet
from leadline.web import site

SHEET = Sheet("error.html.j2", "A title", "What it is.", {}, "1.0", {"heading": "H", "words": "W"})


def test_a_static_file_is_named_by_its_bytes_and_an_unknown_one_is_an_error():
    for name in ("page.css", "page.js", "site.css", "site.js", "theme.js", "icon.svg"):
        address = site.asset(name)
        assert re.fullmatch(rf"/static/{name.partition('.')[0]}\.[0-9a-f]{{12}}\.\w+", address)
        assert address.removeprefix("/static/") in site.assets()
    with pytest.raises(KeyError):
        site.asset("none.css")


def test_a_readers_own_choice_of_colours_comes_before_the_systems():
    css = site.assets()[site.asset("site.css").removeprefix("/static/")][0].decode()
    assert ":root[data-theme=light]{" in css
    assert "@media screen{:root[data-theme=dark]{" in css


def test_the_layout_says_what_it_is_told_and_nothing_else():
    bare = site.printed(SHEET, at="/methods").body.decode()
    assert '<link rel="canonical" href="/methods">' in bare
    assert '<a href="/methods" aria-current="page">' in bare
    for word in ("og:url", "og:image", "Too old", 'class="crumbs"'):
        assert word not in bare
    told = site.printed(
        SHEET,
        at="/live/x",
        url="https://example.org",
        image="/card.png",
        feed="/live/x/feed.xml",
        crumbs=(("/live", "Live"),),
        data_until="1 Jan 2026",
        stale=("silver",),
    ).body.decode()
    assert '<meta property="og:image" content="https://example.org/card.png">' in told
    assert '<meta property="og:url" content="https://example.org/live/x">' in told
    assert 'href="/live/x/feed.xml"' in told
    assert '<li><a href="/live">Live</a></li>' in told
    assert "Data to 1 Jan 2026. <b>Too old:</b> silver." in told
    assert '<a href="/live" aria-current="true">' in told


def test_no_page_of_the_site_has_script_or_style_within():
    text = site.printed(SHEET, at="/").body.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script>", text)
