"""The site as a reader meets it: a server of its own, asked by a headless Chromium."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import sync_playwright
from scan.kept import keep, odd_scan
from web.conftest import fill


@contextmanager
def serving(home, *options):
    """Run ``leadline serve`` on a free port over the store in a folder; give where it stands."""
    environ = {name: value for name, value in os.environ.items() if "LEADLINE" not in name}
    with subprocess.Popen(
        [sys.executable, "-m", "leadline", "serve", "--port", "0", *options],
        env=environ | {"LEADLINE_HOME": str(home)},
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            told = server.stderr.readline()
            found = re.search(r"http://[\d.:]+", told)
            assert found, told + server.stderr.read()
            yield found[0]
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Give the address of a site with verdicts, a ledger, a scan and a reader's own text."""
    home = tmp_path_factory.mktemp("home")
    sources = fill(home)
    keep(odd_scan(resamples=39), home / "scans" / "odd")
    text = home / "text.txt"
    text.write_text(
        "Silver set a record. In past cycles Bitcoin followed gold and silver with a lag.\n"
    )
    options = [part for file in sources.articles for part in ("--article", str(file))]
    with serving(home, *options, "--text", f"silver-2026={text}") as at:
        yield at


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory):
    """Give the address of a site without a store."""
    with serving(tmp_path_factory.mktemp("nothing")) as at:
        yield at


# Not for the session: as long as it runs, nobody else in this process can run an event loop.
@pytest.fixture(scope="module")
def chromium():
    """Give a browser for the tests of a module; each opens a profile of its own."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, and everything that went wrong on it."""

    page: object
    wrong: list = field(default_factory=list)


@contextmanager
def openings(chromium):
    """Give a function that opens an address and watches what the page complains of and asks for."""
    contexts = []

    def open_at(address, *, width=1440, **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(10_000)
        # The first page waits until the server has drawn it.
        context.set_default_navigation_timeout(60_000)
        contexts.append(context)
        watched = Watched(context.new_page())
        host = re.match(r"https?://[^/]+", address)[0]
        page, wrong = watched.page, watched.wrong
        page.on("console", lambda said: wrong.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("requestfailed", lambda asked: wrong.append(f"failed: {asked.url}"))
        page.on(
            "request",
            lambda asked: (
                asked.url.startswith((f"{host}/", "data:", "blob:"))
                or wrong.append(f"elsewhere: {asked.url}")
            ),
        )
        page.on(
            "response",
            lambda reply: reply.status < 400 or wrong.append(f"{reply.status}: {reply.url}"),
        )
        page.goto(address)
        return watched

    yield open_at
    for context in contexts:
        context.close()


@pytest.fixture
def opened(chromium):
    """Give a function that opens an address for one test."""
    with openings(chromium) as open_at:
        yield open_at


@pytest.fixture(scope="module")
def opening(chromium):
    """Give a function that opens an address for many tests."""
    with openings(chromium) as open_at:
        yield open_at
