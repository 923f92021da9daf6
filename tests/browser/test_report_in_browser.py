"""The report in a real browser: no sideways scroll, a slider that moves, a table that sorts."""

import json
import re
import shutil
import subprocess

import pytest
from report import sample

from leadline import report

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
    found[page + " " + width] = said;
    if (--left === 0) document.body.textContent = "FOUND" + JSON.stringify(found) + "END";
  };
  frame.src = page;
  document.body.append(frame);
}
</script></body>"""
WIDTHS = (320, 360, 768, 1440)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Open both pages at every width and give what the probe saw."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium here")
    folder = tmp_path_factory.mktemp("pages")
    (folder / "claim.html").write_text(report.page(sample.verdict()), encoding="utf-8")
    (folder / "article.html").write_text(report.article_page(*sample.article()), encoding="utf-8")
    probe = PROBE % (json.dumps(WIDTHS), json.dumps(["claim.html", "article.html"]))
    (folder / "probe.html").write_text(probe, encoding="utf-8")
    seen = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--allow-file-access-from-files", "--virtual-time-budget=20000",
            f"--user-data-dir={folder / 'profile'}", "--dump-dom",
            (folder / "probe.html").as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(re.search(r"FOUND(.*)END", seen.stdout)[1])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", ["claim.html", "article.html"])
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
