"""The report in a real browser: no sideways scroll, a slider that moves, a table that sorts."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from live.sample import book
from report import sample
from scan.universes import planted_universe

import leadline as ll
from leadline import report
from leadline.live.page import page as live_page
from leadline.scan.page import page

pytestmark = pytest.mark.browser

PROBE = """<body><script>
const widths = %s, pages = %s, found = {};
let left = widths.length * pages.length;
for (const page of pages) for (const width of widths) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:900px;border:0`;
  frame.onload = () => {
    const inner = frame.contentDocument;
    for (const details of inner.querySelectorAll("details")) details.open = true;
    const said = { scroll: inner.documentElement.scrollWidth };
    const slider = inner.querySelector("input[type=range]");
    if (slider) {
      const line = () => inner.querySelector(".leader_marks > *").getAttribute("transform");
      const before = line();
      slider.value = 0;
      slider.dispatchEvent(new Event("input"));
      said.before = before;
      said.after = line();
      said.days = inner.querySelector("output").textContent;
      said.spoken = slider.getAttribute("aria-valuetext");
    }
    const heads = [...inner.querySelectorAll("table.sortable th button")];
    if (heads.length) {
      const first = () => inner.querySelector("table.sortable tbody th").textContent.trim();
      heads[0].click();
      const up = first();
      heads[0].click();
      said.sorted = [up, first()];
    }
    const bar = inner.querySelector(".filter");
    if (bar) {
      const rows = [...inner.querySelectorAll("table.sortable tbody tr")];
      const shown = () => rows.filter(row => row.getClientRects().length).length;
      const set = (name, value) => {
        const input = bar.querySelector(`[data-f=${name}]`);
        input.value = value;
        input.dispatchEvent(new Event("input", { bubbles: true }));
      };
      said.rows = [shown()];
      const steps = [["type", "fact"], ["words", "BITCOIN"], ["type", ""], ["words", ""]];
      for (const [name, value] of steps) {
        set(name, value);
        said.rows.push(shown());
      }
      inner.querySelector(".counts a").click();
      said.rows.push(shown());
      said.count = bar.querySelector("output").textContent;
      set("outcome", "");
      const order = bar.querySelector("[data-order]");
      order.value = [...order.options].find(option => option.text === "p").value;
      order.dispatchEvent(new Event("change"));
      said.by_p = rows[0].parentElement.rows[0].cells[0].textContent;
    }
    const pick = inner.querySelector(".pick select");
    if (pick) {
      const class_of = name => inner.querySelector(`.map a[data-n=${name}]`).getAttribute("class");
      pick.value = pick.options[pick.options.length - 1].value;
      pick.dispatchEvent(new Event("change"));
      const panels = [...inner.querySelectorAll(".fall")].filter(panel => !panel.hidden);
      said.open = panels.map(panel => panel.id);
      said.picked = class_of(pick.value);
      pick.value = "";
      pick.dispatchEvent(new Event("change"));
      said.unpicked = class_of("S27");
      const box = name => getComputedStyle(inner.querySelector(name)).display;
      said.map = [box(".map .scroll"), box(".map-list")];
    }
    found[page + " " + width] = said;
    if (--left === 0) document.body.textContent = "FOUND" + JSON.stringify(found) + "END";
  };
  frame.src = page;
  document.body.append(frame);
}
</script></body>"""
WIDTHS = (320, 360, 768, 1440)
PAGES = ("claim.html", "article.html", "founding.html", "scan.html", "live.html")


FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def chromium():
    """Give the path of a browser."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write every page."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "claim.html").write_text(report.page(sample.verdict()), encoding="utf-8")
    (folder / "article.html").write_text(report.article_page(*sample.article()), encoding="utf-8")
    (folder / "founding.html").write_text(report.article_page(*sample.founding()), encoding="utf-8")
    universe = planted_universe(40, 500, 8, 0.6, np.random.default_rng(2)).prices
    (folder / "scan.html").write_text(page(ll.scan(universe, 20)), encoding="utf-8")
    (folder / "live.html").write_text(live_page(book()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def found(chromium, folder):
    """Open every page at every width and give what the probe saw."""
    probe = PROBE % (json.dumps(WIDTHS), json.dumps(PAGES))
    (folder / "probe.html").write_text(probe, encoding="utf-8")
    seen = subprocess.run(
        [
            chromium, *FLAGS, "--allow-file-access-from-files", "--virtual-time-budget=20000",
            f"--user-data-dir={folder / 'profile'}", "--dump-dom",
            (folder / "probe.html").as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(re.search(r"FOUND(.*)END", seen.stdout)[1])


@pytest.mark.parametrize("page", PAGES)
def test_no_page_complains_or_asks_for_anything_else(chromium, folder, page):
    log = folder / f"{page}.net.json"
    seen = subprocess.run(
        [
            chromium, *FLAGS, "--enable-logging=stderr", f"--log-net-log={log}",
            f"--user-data-dir={folder / 'quiet'}", "--dump-dom", (folder / page).as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "CONSOLE" not in seen.stderr
    assert "</footer>" in seen.stdout
    asked = set(re.findall(r'"url":"((?:https?|file)://[^"]*)"', log.read_text("utf-8")))
    # The browser itself may ask its maker for news; the page asks for nothing.
    assert {url for url in asked if "google" not in url} == set()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", PAGES)
def test_no_page_scrolls_sideways(found, page, width):
    assert found[f"{page} {width}"]["scroll"] <= width


def test_the_slider_moves_the_leader_and_says_so(found):
    said = found["claim.html 1440"]
    assert said["before"] == "translate(0,0)"
    assert re.match(r"translate\(-\d", said["after"])
    assert said["days"] == "0 days"
    assert said["spoken"].startswith("0 days; levels")


def test_the_scoreboard_sorts_both_ways(found):
    assert found["article.html 1440"]["sorted"] == ["S01", "S27"]


def test_the_scoreboard_sorts_by_odds_with_facts_last(found):
    assert found["founding.html 1440"]["by_p"] in {"S09", "S18"}
    assert found["founding.html 320"]["by_p"] in {"S09", "S18"}


@pytest.mark.parametrize("width", WIDTHS)
def test_the_scoreboard_can_be_narrowed(found, width):
    said = found[f"founding.html {width}"]
    whole, facts, of_bitcoin, anywhere, again, supported = said["rows"]
    assert (whole, facts, of_bitcoin, again, supported) == (34, 7, 1, 34, 6)
    assert anywhere > of_bitcoin
    assert said["count"] == "6 of 34 shown"


def test_a_claim_picked_to_fall_is_marked_on_the_map_and_told_alone(found):
    said = found["founding.html 1440"]
    assert said["open"] == ["falls-S32"]
    assert said["picked"] == "bare"
    assert said["unpicked"] == ""


def test_a_phone_has_the_argument_as_a_list_and_a_desktop_as_a_map(found):
    assert found["founding.html 320"]["map"] == ["none", "block"]
    assert found["founding.html 1440"]["map"] == ["block", "none"]
