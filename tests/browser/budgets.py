"""What a reader waits for: first paint, bytes, and the answer to a move; for the benchmark."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

_PAINT = """async () => {
  const seen = performance.getEntriesByName("first-contentful-paint");
  if (seen.length) return seen[0].startTime;
  return new Promise(done => new PerformanceObserver(list => done(list.getEntries()[0].startTime))
    .observe({ type: "paint", buffered: true }));
}"""
_MOVES = """async () => {
  const slider = document.querySelector("[data-overlay] input[type=range]");
  if (!slider) return [];
  slider.scrollIntoView();
  const took = [];
  for (let at = 0; at <= +slider.max; at += Math.ceil(slider.max / 60)) {
    await new Promise(requestAnimationFrame);
    const began = performance.now();
    slider.value = at;
    slider.dispatchEvent(new Event("input"));
    document.documentElement.offsetHeight;
    took.push(performance.now() - began);
  }
  return took;
}"""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one page costs: milliseconds to first paint, bytes as sent, milliseconds a move.

    ``bytes`` counts the page before compression, ``sent`` what came over the wire with all that
    the page loads. ``moves`` holds, for each step of the slider, the time from the event to the
    finished layout; it is empty where a page has no slider.
    """

    path: str
    paint: float
    bytes: int
    sent: int
    moves: tuple[float, ...]


def budgets(site: str, paths: Sequence[str]) -> list[Budget]:
    """Open pages of a running site in a fresh profile each, and measure them.

    Raises
    ------
    FileNotFoundError
        Where there is no Chromium.
    """
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        msg = "There is no Chromium to measure with."
        raise FileNotFoundError(msg)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        told = [measured(browser, site, path) for path in paths]
        browser.close()
    return told


def measured(browser: Browser, site: str, path: str) -> Budget:
    """Open one page in a profile of its own, and measure it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sent = []
    page.on("requestfinished", lambda asked: sent.append(asked.sizes()))
    answer = page.goto(site + path, wait_until="networkidle")
    told = Budget(
        path,
        page.evaluate(_PAINT),
        0 if answer is None else len(answer.body()),
        sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sent),
        tuple(page.evaluate(_MOVES)),
    )
    context.close()
    return told
