"""The pages of scans: what was searched and found, and every pair, whatever its name."""

import csv
import io
import re
import shutil
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scan.kept import NAMES, keep, odd_scan
from web.conftest import served

from leadline import archive
from leadline.scan import saved
from leadline.scan.explain import explain
from leadline.web import selection
from leadline.web.scans import of_pair, step, unstep
from leadline.web.shelf import Shelf, Sources


class Page(HTMLParser):
    """A page's words, headings, links and table rows."""

    def __init__(self, response):
        super().__init__()
        assert response.status_code == 200, response.text
        self.words, self.links, self.headings, self.rows = "", [], [], []
        self._open = ""
        self.feed(response.text)

    def handle_starttag(self, tag, attrs):
        self._open = tag
        if tag == "a":
            self.links.append(dict(attrs).get("href"))
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._open = "" if tag in {"script", "style", "h1", "table", "a"} else self._open

    def handle_data(self, data):
        if self._open in {"script", "style"}:
            return
        self.words += data
        if self._open == "h1":
            self.headings.append(data)
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data.strip()

    @property
    def pairs(self):
        return [row[0] for row in self.rows if row and " before " in row[0]]


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Give a folder with two scans, one named on its own, and one that is damaged."""
    folder = tmp_path_factory.mktemp("scans")
    kept = keep(odd_scan(resamples=39), folder / "odd")
    home = kept / "pairs" / saved.place("a008", "a009")
    home.mkdir(parents=True)
    (home / "pair.json").write_text(archive.dumps(on_trial("a008", "a009")), encoding="utf-8")
    shutil.copytree(kept, folder / "worn")
    (folder / "worn" / "exhibits.json").unlink()
    return folder


def on_trial(leader, follower):
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2022-01-03", periods=70)
    prices = np.exp(rng.standard_normal((70, 2)).cumsum(0) / 100)
    return explain(leader, follower, pd.DataFrame(prices, days, [leader, follower]), max_lag=40)


@pytest.fixture(scope="module")
def browser(places, tmp_path_factory):
    store = str(tmp_path_factory.mktemp("none") / "leadline.db")
    with served(Sources(database=store, scans=(places,))) as made:
        yield made


@pytest.fixture(scope="module")
def found(places):
    return saved.load(places / "odd").found


def test_without_a_scan_the_page_says_how_to_make_one(empty_client):
    page = Page(empty_client.get("/scans"))
    assert "No scan is kept here yet." in page.words
    assert "leadline scan prices.csv --max-lag 20 --resamples 199 --out" in page.words
    assert "leadline serve --scan DIR" in page.words


def test_the_list_says_what_was_searched_and_found(browser, found):
    page = Page(browser.get("/scans"))
    assert page.headings == ["Scans: who leads whom"]
    assert "/scans/odd" in page.links
    assert "14 series, 182 pairs" in page.words
    assert f"{len(found.found())} leads count" in page.words
    assert "1 to 10 days" in page.words


def test_a_damaged_folder_hides_no_other(browser):
    page = Page(browser.get("/scans"))
    assert "It cannot be shown." in page.words
    assert "worn/exhibits.json: Is missing; an older Leadline wrote this folder." in page.words
    broken = browser.get("/scans/worn")
    assert broken.status_code == 500
    assert "Run leadline scan again with --out" in broken.text


@pytest.mark.parametrize(
    "address",
    [
        "/scans/none",
        "/scans/odd/pairs/nobody/A7",
        "/scans/odd/pairs/A7/A7",
        "/scans/none/pairs/A7/nan",
        "/scans/odd/pairs/A7/nan/trial",
        "/scans/odd/nothing.svg",
        "/scans/odd/heatmap.exe",
        "/scans/%2E%2E/scan.json",
        "/scans/..%252Fodd",
        "/scans/odd/manifest.json",
    ],
)
def test_what_is_not_there_is_not_found(browser, address):
    assert browser.get(address).status_code == 404


def test_the_page_of_a_scan_says_what_its_report_says(browser, found, places):
    page = Page(browser.get("/scans/odd"))
    assert page.headings == ["Who leads whom among 14 series"]
    words = " ".join(page.words.split())
    for line in found.summary().splitlines():
        assert " ".join(line.split()) in words
    text = browser.get("/scans/odd").text
    assert text.count("<svg") >= 6
    assert 'id="network"' in text
    assert 'id="heatmap"' in text
    assert len(text) < 1_000_000
    assert str(places) not in text


def test_every_lead_in_a_picture_is_a_link(browser, found):
    text = browser.get("/scans/odd").text
    figures = re.findall(r'<figure id="(network|heatmap)".*?</figure>', text, re.DOTALL)
    assert figures == ["network", "heatmap"]
    for name in figures:
        part = text[text.index(f'<figure id="{name}"') :].split("</figure>")[0]
        for row in found.found().itertuples():
            assert f'href="{of_pair("odd", row.leader, row.follower)}"' in part


def test_pairs_come_as_the_table_has_them(browser, found):
    page = Page(browser.get("/scans/odd"))
    rows = found.table.head(50)
    assert page.pairs == [f"{r.leader} before {r.follower}" for r in rows.itertuples()]
    assert f"1 to 50 of {len(found.table)} pairs" in page.words


def test_pages_of_pairs_hold_every_pair_once(browser, found):
    seen, address = [], "/scans/odd"
    while address:
        page = Page(browser.get(address))
        seen += page.pairs
        ahead = re.search(r'href="([^"]+)#explore" rel="next"', browser.get(address).text)
        address = ahead and ahead[1].replace("&amp;", "&")
    assert seen == [f"{r.leader} before {r.follower}" for r in found.table.itertuples()]


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ({"leader": "BTC/USD"}, lambda t: t[t.leader == "BTC/USD"]),
        ({"leader": "btc"}, lambda t: t[t.leader == "BTC/USD"]),
        ({"leader": "nan"}, lambda t: t[t.leader == "nan"]),
        ({"follower": "50% + more?"}, lambda t: t[t.follower == "50% + more?"]),
        ({"follower": "<B>"}, lambda t: t[t.follower == "<b>&x</b>"]),
        ({"leader": "(.*"}, lambda t: t.head(0)),
        ({"q": "0.05"}, lambda t: t[t.q_bh <= 0.05]),
        ({"r": "0.2"}, lambda t: t[t.r.abs() >= 0.2]),
        ({"r": "0.2", "q": "0.05", "leader": "b"}, lambda t: t[
            (t.r.abs() >= 0.2) & (t.q_bh <= 0.05) & t.leader.isin(["BTC/USD", "<b>&x</b>"])
        ]),
        ({"sort": "r"}, lambda t: t.iloc[(-t.r.abs()).argsort(kind="stable")]),
        ({"sort": "lag"}, lambda t: t.sort_values("lag", kind="stable")),
        ({"sort": "p; drop", "r": "x", "q": "nan", "page": "-1", "group": "1e99"}, lambda t: t),
        ({"page": "999999"}, lambda t: t.iloc[150:]),
    ],
)  # fmt: skip
def test_a_query_asks_for_some_pairs(browser, found, query, holds):
    page = Page(browser.get("/scans/odd", params=query))
    wanted = holds(found.table).head(50)
    assert page.pairs == [f"{r.leader} before {r.follower}" for r in wanted.itertuples()]
    if not len(wanted):
        assert "No pair listed fits." in page.words


def test_a_query_is_shown_and_not_run(browser):
    text = browser.get("/scans/odd", params={"leader": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in text
    assert "&#34;&gt;&lt;script&gt;alert(1)" in text


@given(
    st.fixed_dictionaries(
        {name: st.text(max_size=9) | st.floats(-1, 30).map(str) for name in selection.QUERY}
    )
)
def test_any_query_is_read_and_keeps_its_meaning(query):
    asked = selection.asked(query)
    told = parse_qs(urlsplit(asked.query(asked.page)).query)
    again = {name: told.get(name, [""])[0] for name in selection.QUERY}
    assert selection.asked(again) == asked


@pytest.mark.parametrize("follower", NAMES[1:])
def test_any_name_has_a_page(browser, found, follower):
    page = Page(browser.get(of_pair("odd", "BTC/USD", follower)))
    assert page.headings == [f"BTC/USD before {follower}"]
    assert of_pair("odd", follower, "BTC/USD") in page.links
    own = found.table[(found.table.leader == "BTC/USD") & (found.table.follower == follower)]
    assert ("· a lead that counts" in page.words) == (own.q_bh.iloc[0] <= 0.05)


@given(st.text(min_size=1))
def test_a_step_of_an_address_gives_its_name_back(name):
    from urllib.parse import unquote

    once = unquote(step(name))
    assert "/" not in once
    assert unstep(once) == name


def test_a_pair_shows_every_figure_and_the_command(browser):
    page = Page(browser.get(of_pair("odd", "BTC/USD", "<b>&x</b>")))
    assert "correlation −0." in page.words
    assert "p over all pairs at once" in page.words
    assert "leadline scan explain BTC/USD '<b>&x</b>' --prices FILE --max-lag 10" in page.words
    assert "--out 'odd/pairs/BTC%2FUSD+%3Cb%3E%26x%3C%2Fb%3E'" in page.words or (
        "--out odd/pairs/BTC%2FUSD+%3Cb%3E%26x%3C%2Fb%3E" in page.words
    )
    assert "/scans/odd?leader=BTC%2FUSD#explore" in page.links


def test_a_pair_that_was_put_on_trial_shows_its_verdict(browser):
    at = of_pair("odd", "a008", "a009")
    page = Page(browser.get(at))
    assert "Untestable" in page.words
    assert "leadline scan explain" not in page.words
    assert f"{at}/trial" in page.links
    whole = Page(browser.get(f"{at}/trial"))
    assert whole.headings == ["“a009 repeats what a008 did, up to 40 days later.”"]
    verdict = browser.get(f"{at}/trial/verdict.json")
    assert verdict.json()["document"] == "verdict"


def test_a_damaged_trial_hides_no_pair(browser, places):
    home = places / "odd" / "pairs" / saved.place("a008", "a010")
    home.mkdir()
    (home / "pair.json").write_text("{", encoding="utf-8")
    page = Page(browser.get(of_pair("odd", "a008", "a010")))
    assert "Its trial cannot be shown." in page.words
    assert "leadline scan explain a008 a010" in page.words
    assert browser.get(f"{of_pair('odd', 'a008', 'a010')}/trial").status_code == 500


def test_the_scan_is_there_to_take_along(browser, places):
    for name in ("leads.csv", "leads.parquet", "scan.json"):
        reply = browser.get(f"/scans/odd/{name}")
        assert reply.content == (places / "odd" / name).read_bytes()
        assert f"odd-{name}" in reply.headers["content-disposition"]
    picture = browser.get("/scans/odd/heatmap.json").json()
    assert picture["exhibit"]["shape"] == "heatmap"
    assert picture["caveats"]
    rows = list(csv.reader(io.StringIO(browser.get("/scans/odd/network.csv").text)))
    drawn = browser.get("/scans/odd/network.json").json()["exhibit"]
    assert len(rows) == 1 + len(drawn["arrows"])


def test_a_scan_that_appears_is_shown_without_a_restart(places, tmp_path):
    shelf = Shelf(Sources(database=str(tmp_path / "leadline.db"), scans=(tmp_path / "scans",)))
    before = shelf.stamp("files")
    assert shelf.scans() == {}
    shutil.copytree(places / "odd", tmp_path / "scans" / "later")
    assert list(shelf.scans()) == ["later"]
    assert shelf.stamp("files") != before


def test_two_folders_of_one_name_have_two_addresses(places, tmp_path):
    shutil.copytree(places / "odd", tmp_path / "odd")
    shelf = Shelf(Sources(scans=(places, tmp_path / "odd")))
    assert shelf.scans() == {
        "odd": places / "odd",
        "worn": places / "worn",
        "odd-2": tmp_path / "odd",
    }


def test_a_crowd_of_series_makes_no_giant_page(tmp_path):
    rng = np.random.default_rng(4)
    names = [f"series {i:04} with a rather long name" for i in range(1000)]
    found = odd_scan(decoys=False)
    n = 20_000
    pairs = [(names[i], names[j]) for i, j in rng.integers(0, 1000, (n, 2)) if i != j]
    table = pd.DataFrame(pairs, columns=["leader", "follower"])
    whole = pd.concat([found.table.head(1)] * len(table), ignore_index=True)
    whole[["leader", "follower"]] = table
    import dataclasses

    leaders = pd.DataFrame({"asset": names, "score": 0.0, "low": -1.0, "high": 1.0})
    leaders[["leads", "follows"]] = 20
    crowd = dataclasses.replace(
        found,
        table=whole,
        assets=tuple(names),
        leaders=leaders,
        clusters=pd.DataFrame({"asset": names, "cluster": 0}),
        n_pairs=999_000,
    )
    keep(crowd, tmp_path / "crowd")
    with served(Sources(database=str(tmp_path / "x.db"), scans=(tmp_path,))) as client:
        reply = client.get("/scans/crowd")
    assert len(reply.content) < 1_000_000
    assert "the first 40 of 1,000" in reply.text
    assert "leads are drawn" in reply.text
