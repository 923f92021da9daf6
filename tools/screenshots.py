"""Every page of the site as pictures, in both themes and at three widths, to be looked at.

    python tools/screenshots.py OUT [--home DIR] [--article FILE] [--text A=FILE] [--docs]

The store is that of LEADLINE_HOME, or of --home. With --docs, the few that the documentation shows
are written to docs/img instead, small enough to keep.
"""

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, ViewportSize, sync_playwright

Scheme = Literal["light", "dark"]

WIDTHS = (360, 768, 1440)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PAGES = {
    "scoreboard": "/",
    "article": "/articles/silver-2026",
    "text": "/articles/silver-2026/text",
    "claim": "/articles/silver-2026/S27",
    "claim-followed": "/articles/silver-2026/S29",
    "live": "/live",
    "live-article": "/live/silver-2026",
    "calls": "/calls",
    "scans": "/scans",
    "data": "/data",
    "series": "/data/bitcoin",
    "calibration": "/calibration",
    "methods": "/methods",
    "method": "/methods/lag_profile",
    "corrections": "/corrections",
    "api": "/api",
    "missing": "/nowhere",
}
# A link on one page that leads to another whose address is not known beforehand.
FOUND = {
    "scan": ("/scans", "main a[href^='/scans/']"),
    "pair": ("/scans", "main a[href^='/scans/']", "main a[href*='/pairs/']"),
    "verdict": ("/articles/silver-2026/S27", "main a[href^='/verdicts/']"),
}
DOCS: dict[str, tuple[str, int, Scheme, str]] = {
    "web-scoreboard": ("/", 1440, "light", ""),
    "web-article": ("/articles/silver-2026", 1440, "light", ""),
    "web-claim": ("/articles/silver-2026/S27", 1440, "light", "#overlay"),
    "web-live": ("/live/silver-2026", 1440, "dark", ""),
    "web-data": ("/data", 1440, "light", ""),
    "web-phone": ("/articles/silver-2026/S27", 360, "dark", ""),
}
_LONGEST = 14000
# Milliseconds that a page may take to be drawn for the first time.
_PATIENCE = 180_000


@contextmanager
def serving(home: str, options: list[str]) -> Iterator[str]:
    """Run the site on a free port; give where it stands."""
    with subprocess.Popen(
        [sys.executable, "-m", "leadline", "serve", "--port", "0", *options],
        env=os.environ | {"LEADLINE_HOME": home},
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            said = server.stderr.readline() if server.stderr else ""
            found = re.search(r"http://[\d.:]+", said)
            if found is None:
                sys.exit(f"The site did not start: {said}")
            yield found[0]
        finally:
            server.terminate()


def addresses(browser: Browser, site: str) -> dict[str, str]:
    """Give the address of every page by a short name."""
    named = {name: site + path for name, path in PAGES.items()}
    page = browser.new_page()
    page.set_default_navigation_timeout(_PATIENCE)
    for name, (start, *links) in FOUND.items():
        page.goto(site + start)
        for link in links:
            if page.locator(link).count():
                page.goto(site + str(page.locator(link).first.get_attribute("href")))
            else:
                print(f"{name}: no {link} on {page.url}")
        if not page.url.endswith(start):
            named[name] = page.url
    page.close()
    return named


def take(browser: Browser, named: dict[str, str], out: Path) -> None:
    """Take every page whole, and what of it is seen first."""
    for scheme in SCHEMES:
        for width in WIDTHS:
            size = ViewportSize(width=width, height=900 if width > 400 else 740)
            page = browser.new_page(viewport=size, color_scheme=scheme)
            page.set_default_navigation_timeout(_PATIENCE)
            for name, address in named.items():
                page.goto(address, wait_until="networkidle")
                stem = f"{name}-{width}-{scheme}"
                page.screenshot(path=out / f"{stem}-first.png")
                high = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": min(high, _LONGEST)})
                page.screenshot(path=out / f"{stem}.png")
                page.set_viewport_size(size)
                print(f"{stem}: {high} px high")
            page.close()


def keep(browser: Browser, site: str, out: Path) -> None:
    """Write the few for the documentation, 1200 pixels wide at most, in 200 colours."""
    for name, (path, width, scheme, at) in DOCS.items():
        size = ViewportSize(width=width, height=860 if width > 400 else 780)
        page = browser.new_page(viewport=size, color_scheme=scheme, device_scale_factor=2)
        page.set_default_navigation_timeout(_PATIENCE)
        page.goto(site + path, wait_until="networkidle")
        if at:
            page.locator(at).scroll_into_view_if_needed()
            page.evaluate("at => document.querySelector(at).scrollIntoView()", at)
        image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        wanted = min(1200, image.width)
        high = round(image.height * wanted / image.width)
        image = image.resize((wanted, high), Image.Resampling.LANCZOS)
        few = image.quantize(200, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(out / f"{name}.png", optimize=True)
        print(f"{name}.png: {(out / f'{name}.png').stat().st_size:,} bytes")
        page.close()


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", default=os.environ.get("LEADLINE_HOME", ""))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--docs", action="store_true")
    chosen, options = parser.parse_known_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chosen.home or chromium is None:
        sys.exit("It needs a store (LEADLINE_HOME or --home) and Chromium.")
    chosen.out.mkdir(parents=True, exist_ok=True)
    with serving(chosen.home, options) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        if chosen.docs:
            keep(browser, site, chosen.out)
        else:
            named = addresses(browser, site)
            take(browser, {n: at for n, at in named.items() if not chosen.only or n in chosen.only},
                 chosen.out)  # fmt: skip
        browser.close()


if __name__ == "__main__":
    main()
