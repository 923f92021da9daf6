"""Whatever is asked, of every address: no failure, no file, no script, no header is smuggled in."""

import gzip
import re
from urllib.parse import quote, unquote_to_bytes

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from web.conftest import FOLLOWED, fill, verdicts

from leadline.web import api
from leadline.web.app import create_app
from leadline.web.assets import assets
from leadline.web.guard import POLICY
from leadline.web.pages import pages
from leadline.web.settings import Settings

HIDDEN = "this line is in a file that nobody may read"
MARK = "zqzq"
"""In everything that could run, so that what comes back can be told from what is ours."""

MARKUP = (
    f"<script>{MARK}()</script>",
    f'"><img src=x onerror={MARK}>',
    f"' onmouseover='{MARK}",
    f'" onmouseover="{MARK}',
    f"</script><svg onload={MARK}>",
    f"javascript:{MARK}",
    f"{{{{{MARK}}}}}",
    f"]]><script>{MARK}",
    f"--><script>{MARK}",
)
FILES = ("secret.txt", "leadline.db", "pyproject.toml", "etc/passwd", "web/app.py")
UP = ("../", "..\\", "%2e%2e/", "%2e%2e%2f", "..%2f", "..%5c", "%252e%252e%252f", "....//",
      "..;/", "%c0%ae%c0%ae/", "..%00/", "/", "//", "file:///", "%2f%2fexample.org/",
      "/%5cexample.org/")  # fmt: skip
ODD = (
    "", ".", "..", "%", "%zz", "%00", "%0d%0aSet-Cookie:%20a=b", "%0a", "%e2%80%ae", "%ff%fe",
    "é", "名", "\ud7ff", "+", "~", "*", "null", "NaN", "-1", "0", "9" * 40, "1e999", "a" * 300,
    "x" * 9000, "%F0%9F%92%A9", "%ed%a0%80", "a%2fb", ";a=b", "?", "#", "{article}", "__class__",
    "con", "aux.txt", "%20", "\t", "%09",
)  # fmt: skip
THERE = (
    "silver-2026", "S27", "S99", FOLLOWED, "A1", "lag_profile", "bitcoin", verdicts()[0].seal,
    verdicts()[0].seal[:8], "placebos", "svg", "csv", "json", "zip", "debasement", "claims",
    "ledger", "openapi.json",
)  # fmt: skip
GOOD = (
    "/", "/articles/silver-2026", "/articles/silver-2026/S27", "/live", f"/live/{FOLLOWED}",
    "/feed.xml", f"/live/{FOLLOWED}/feed.xml", "/calls", "/data", "/scans", "/methods",
    "/methods/lag_profile", "/methods/conditions", "/corrections", "/api", "/metrics", "/healthz",
    "/articles/silver-2026/S27/placebos.csv", "/articles/silver-2026/S27/badge.svg",
    "/articles/silver-2026/S27/verdict.json", "/articles/silver-2026/S27/review.jsonld",
    "/articles/silver-2026/S27/placebos.svg", f"/verdicts/{verdicts()[0].seal}",
    *(f"/static/{name}" for name in assets()),
    *(f"{api.PREFIX}{path}" for path in api.description()["paths"] if "{" not in path),
    f"{api.PREFIX}/claims/{FOLLOWED}/A1", f"{api.PREFIX}/verdicts/{verdicts()[0].seal}/evidence",
)  # fmt: skip
"""Addresses at which something stands."""
HEADERS = (
    "host", "range", "if-none-match", "if-modified-since", "if-range", "accept-encoding", "accept",
    "accept-language", "authorization", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
    "x-forwarded-prefix", "forwarded", "x-original-url", "x-rewrite-url", "x-http-method-override",
    "origin", "referer", "cookie", "content-length", "content-type", "transfer-encoding", "expect",
    "upgrade", "connection", "te", "user-agent", "cache-control", "sec-fetch-site",
)  # fmt: skip
VALUES = (
    "*", '"', 'W/"', '"' + "a" * 3000 + '"', ",,,,", "bytes=0-", "bytes=5-1,-1", "gzip;q=x",
    "bytes=" + "9" * 50, "gzip;q=0, *;q=1", "br, zstd, identity;q=0", "gzip;q=nan", "Basic ====",
    "Basic Og==", "Bearer", "Bearer \x80", "[::1", "[", ":", "::", "example.org", "localhost:x",
    "localhost", "a" * 9000, "chunked", "100-continue", "\xff\xfe", "{}", "0", "-1", "h2c", "..",
)  # fmt: skip
NAMES = (
    *sorted({name for page in pages().values() for name in page.query}),
    "limit", "cursor", "text", "claim", "since", "until", "as_of", "after", "kind", "what",
)  # fmt: skip
METHODS = ("GET", "GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "PUT", "TRACE", "get", "\x7f")


def patterns():
    """Give every address pattern there is."""
    own = (f"{api.PREFIX}{path}" for path in api.description()["paths"])
    return (
        *pages(), *own, f"{api.PREFIX}/openapi.json", f"{api.PREFIX}/{{any}}", "/static/{name}",
        "/metrics", "/healthz", "/{any}", "/{any}/{more}",
    )  # fmt: skip


@st.composite
def steps(draw):
    """Give what may stand for one part of an address, as it is sent."""
    plain = st.sampled_from((*THERE, *THERE, *ODD, *(quote(each, safe="") for each in MARKUP)))
    climb = st.builds(
        lambda up, n, file: up * n + file,
        st.sampled_from(UP), st.integers(1, 6), st.sampled_from(FILES),
    )  # fmt: skip
    any_bytes = st.binary(max_size=30).map(quote)
    raw = st.text(max_size=30).filter(lambda text: not set(text) & set("?#"))
    return draw(st.one_of(plain, plain, climb, any_bytes, raw))


@st.composite
def addresses(draw):
    """Give a path, as bytes on the wire."""
    if draw(st.integers(0, 2)) == 0:
        return draw(st.sampled_from(GOOD)).encode()
    pattern = draw(st.sampled_from(patterns()))
    path = re.sub(r"\{[^}]*\}", lambda _: draw(steps()), pattern)
    path = draw(st.sampled_from(("", "", "", "/", "//", "/.", "/../"))) + path
    path += draw(st.sampled_from(("", "", "", "/", "%2f", "/..", ".json", "%00", "\\")))
    return path.encode("utf-8", "surrogateescape")


@st.composite
def queries(draw):
    """Give a query, as bytes on the wire."""
    values = st.one_of(
        st.sampled_from((*MARKUP, *ODD, *THERE)),
        st.text(max_size=20),
        st.sampled_from(MARKUP).map(quote),
    )
    names = st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), values)
    pairs = draw(st.lists(st.tuples(names, values), max_size=4))
    joint = draw(st.sampled_from(("&", "&", ";", "&&")))
    return joint.join(f"{name}={value}" for name, value in pairs).encode("utf-8", "replace")


fields = st.lists(
    st.tuples(
        st.sampled_from(HEADERS),
        st.one_of(
            st.sampled_from((*VALUES, *MARKUP)),
            st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40),
        ),
    ),
    max_size=4,
)


async def _sent(app, method, path, query, headers):
    """Send one request past every client that would tidy it up, as a server would hand it on."""
    told = [(b"host", b"localhost")] if not any(name == "host" for name, _ in headers) else []
    told += [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path,
        "root_path": "",
        "query_string": query,
        "headers": told,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    said = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        said.append(message)

    await app(scope, receive, send)
    start, *rest = said
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return start["status"], headers, b"".join(each.get("body", b"") for each in rest)


def looked_at(site, method, path, query, headers):
    """Send a request and look at the answer for what must never be in one."""
    status, told, body = site.ask(method, path, query, headers)
    assert status < 500, (status, body[:300])
    for name, value in told.items():
        assert not set(name + value) & set("\r\n\0"), (name, value)
    assert not set(told) & {"set-cookie", "access-control-allow-origin"}
    if "location" in told:
        assert re.match(r"/(?![/\\])", told["location"]), told["location"]
    if told.get("content-encoding") == "gzip" and body:
        body = gzip.decompress(body)
    text = body.decode("utf-8", "replace")
    assert HIDDEN not in text
    assert "SQLite format" not in text
    assert "[project]" not in text
    assert "root:x:" not in text
    assert told["x-content-type-options"] == "nosniff"
    media = told.get("content-type", "")
    if media.startswith("text/html"):
        assert told["content-security-policy"] == POLICY
    runs = "<" in text and not media.startswith("application/json")
    for each in MARKUP if MARK in text and runs else ():
        assert each not in text or each.startswith(("javascript:", "{")), (media, each)
    assert not re.search(rf"(href|src|action)\s*=\s*.?\s*javascript:{MARK}", text, re.IGNORECASE)
    if media.startswith(("application/json", "application/problem+json")):
        assert f"<script>{MARK}" not in text
    # A static file is one of those there are, whatever the way to it.
    if path.startswith(b"/static/") and status == 200 and method == "GET":
        assert body in {asset.body for asset in assets().values()}
    return status, told, text


class Site:
    """The app, running, to be asked without a socket."""

    def __init__(self, portal, app):
        self.portal, self.app = portal, app

    def ask(self, *request):
        return self.portal.call(_sent, self.app, *request)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Give the app over the small store, with a file beside it that nobody may read."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "secret.txt").write_text(HIDDEN, encoding="utf-8")
    app = create_app(Settings(fill(folder), apart=False, warm=False, fresh=True))
    with start_blocking_portal() as portal:  # noqa: SIM117 - the loop outlives the app
        with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            yield Site(portal, app)


def usual(n_examples):
    """Give the settings of so many requests; what is drawn once is quick ever after."""
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=n_examples, suppress_health_check=checks, deadline=None)


asked = given(method=st.sampled_from(METHODS), path=addresses(), query=queries(), headers=fields)


@usual(250)
@asked
@example("GET", b"/static/../secret.txt", b"", [])
@example("GET", b"/static/%2e%2e%2fsecret.txt", b"", [])
@example("GET", b"//example.org/", b"", [])
@example("GET", b"/live//", b"a=%0d%0aSet-Cookie:b", [])
@example("GET", b"/%5cexample.org/", b"", [("host", "localhost")])
@example("GET", b"/articles/silver-2026/", b"%0d%0a=<script>zqzq", [])
def test_nothing_is_found_in_some_requests(site, method, path, query, headers):
    looked_at(site, method, path, query, headers)


@pytest.mark.slow
@usual(5000)
@asked
def test_nothing_is_found_in_many_requests(site, method, path, query, headers):
    looked_at(site, method, path, query, headers)


@pytest.mark.parametrize("markup", MARKUP)
def test_no_query_value_comes_back_as_markup(site, markup):
    """Every page that takes a value is asked with one that would run."""
    for page in pages().values():
        if page.query and "{" not in page.path:
            query = "&".join(f"{name}={quote(markup)}" for name in page.query)
            looked_at(site, "GET", page.path.encode(), query.encode(), [])


def test_a_wrong_name_or_way_is_told_without_repeating_it(site):
    for markup in MARKUP:
        for pattern in patterns():
            path = re.sub(r"\{[^}]*\}", lambda _, m=markup: quote(m, safe=""), pattern).encode()
            looked_at(site, "POST", path, b"", [("referer", markup), ("x-forwarded-host", markup)])
            if b"%" in path:
                looked_at(site, "GET", path, b"", [("host", "localhost")])
