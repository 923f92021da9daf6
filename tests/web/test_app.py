"""The site over HTTP: what comes back, how it is kept, and what stands at no address."""

import gzip
import os
import re
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live import sample as live
from web.conftest import FOLLOWED, fill, served

from leadline.data.database import Database
from leadline.errors import ArchiveError, LeadlineError
from leadline.live import ledger
from leadline.web import pages
from leadline.web.pages import Page
from leadline.web.shelf import Shelf, Sources

CLAIM = "/articles/silver-2026/S04"
FRONT = ("/", CLAIM, f"{CLAIM}/verdict.json", f"/articles/{FOLLOWED}", f"/live/{FOLLOWED}", "/data")


def raw(client, request):
    """Send bytes as they are, and give the whole answer."""
    with socket.create_connection((client.base_url.host, client.base_url.port), 10) as line:
        line.sendall(request)
        line.settimeout(10)
        answer = b""
        while chunk := line.recv(1 << 16):
            answer += chunk
    return answer


@pytest.mark.parametrize("path", FRONT)
def test_a_page_comes_compressed_or_not_and_is_the_same(client, path):
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    zipped = client.get(path, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert plain.status_code == zipped.status_code == 200
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert plain.content == zipped.content
    assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"])
    assert plain.headers["vary"] == zipped.headers["vary"] == "Accept-Encoding"
    assert plain.headers["etag"] != zipped.headers["etag"]


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        ("gzip", True),
        ("GZIP;q=0.5", True),
        ("*", True),
        ("br, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("br", False),
        ("", False),
        ("gzip;q=x", False),
        (";;;,,,", False),
    ],
)
def test_only_who_takes_gzip_gets_it(client, said, takes):
    answer = client.get(CLAIM, headers={"Accept-Encoding": said})
    assert (answer.headers.get("content-encoding") == "gzip") is takes


def test_who_has_the_page_is_not_sent_it_again(client):
    for encoding in ("gzip", "identity"):
        asked = {"Accept-Encoding": encoding}
        tag = client.get(CLAIM, headers=asked).headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = client.get(CLAIM, headers=asked | {"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b""), known
            assert again.headers["etag"] == tag
            assert again.headers["vary"] == "Accept-Encoding"
        for other in ('"other"', tag.strip('"')[:-1], ""):
            assert client.get(CLAIM, headers=asked | {"If-None-Match": other}).status_code == 200


@pytest.mark.parametrize("path", [*FRONT, "/healthz", "/metrics", "/nowhere"])
def test_head_says_what_get_would(client, path):
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    varying = {"date"} | ({"content-length"} if path == "/metrics" else set())
    said = {k: v for k, v in got.headers.items() if k not in varying}
    assert {k: v for k, v in head.headers.items() if k not in varying} == said


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/", CLAIM, "/metrics"])
def test_nothing_can_be_sent(client, method, path):
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert "only be read" in answer.text


def test_static_files_are_kept_for_ever_by_their_hash(client):
    page = client.get(CLAIM).text
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert addresses
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        tag = answer.headers["etag"]
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    zipped = client.get(addresses[0], headers={"Accept-Encoding": "gzip"})
    plain = client.get(addresses[0], headers={"Accept-Encoding": "identity"})
    assert zipped.content == plain.content
    assert client.get("/static/page.000000000000.css").status_code == 404


# What stands at no address


NOWHERE = [
    "/nowhere",
    "/articles/nowhere",
    "/articles/silver-2026/S99",
    "/articles/silver-2026/S04/nothing.svg",
    "/articles/silver-2026/%00",
    "/articles/%00/S04",
    "/articles/silver-2026/S04%00",
    "/articles/silver-2026/%0d%0aSet-Cookie:x",
    "/articles/..%2f..%2fetc%2fpasswd/S04",
    "/articles/%2e%2e/%2e%2e",
    "/articles/silver-2026%2FS04%2Fx%2Fy",
    "/articles/silver-2026/%ff%fe",
    "/articles/silver-2026/%ed%a0%80",
    "/articles/silver-2026/" + "S" * 5000,
    "/articles/silver-2026/<script>alert(1)</script>",
    "/verdicts/%",
    "/verdicts/" + "0" * 64,
    "/static/..%2fsettings.py",
    "/static/../settings.py",
    "/static/%00",
    "/scans/..%2f..",
    "/scans/../x",
    "/%2f%2fevil.example/",
    "/.env",
]


@pytest.mark.parametrize("path", NOWHERE)
def test_nothing_is_said_in_the_layout_of_the_site(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<h1>" in answer.text
    assert "Nothing stands here" in answer.text
    assert "<script>alert" not in answer.text
    assert "location" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", NOWHERE)
def test_an_empty_store_knows_no_better(empty_client, path):
    assert empty_client.get(path).status_code == 404


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=5),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
)
def test_no_address_breaks_anything(client, steps, query):
    path = "/".join(quote(step, safe="") for step in steps)
    answer = client.get(f"/{path}?{quote(query)}", follow_redirects=False)
    assert answer.status_code in {200, 308, 404}
    assert answer.headers.get("location", "/x")[1] not in {"/", "\\"}


def test_a_slash_too_many_leads_to_the_page(client):
    for path in ("/live", CLAIM, f"/articles/{FOLLOWED}"):
        answer = client.get(f"{path}/?sort=1", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (308, f"{path}?sort=1")


@pytest.mark.parametrize(
    "path",
    [b"/nowhere/", b"//evil.example/", b"//evil.example/live/", b"/\\evil.example/", b"//live/"],
)
def test_a_slash_too_many_leads_nowhere_else(client, path):
    answer = raw(client, b"GET " + path + b" HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"\r\nlocation:" not in answer.lower()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /articles/\xff\xfe HTTP/1.0\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.0\r\n\r\n",
        b"GET * HTTP/1.0\r\n\r\n",
        b"GET  HTTP/1.0\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.0\r\n\r\n",
    ],
)
def test_what_is_no_request_breaks_nothing(client, request_):
    status = raw(client, request_).split(b" ", 2)[1:2]
    assert not status or status[0][:1] in b"234"
    assert client.get("/healthz").status_code == 200


# What breaks


@pytest.fixture
def broken(monkeypatch, sources):
    """Give a browser on a site with a page that has a bug."""

    def view(_, name):
        raise KeyError(name)

    page = Page("/broken/{name}", view, frozenset({"files"}))
    monkeypatch.setattr(pages, "_PAGES", dict(pages.pages()) | {page.path: page})
    with served(sources) as made:
        yield made


def test_a_page_with_a_bug_says_so_and_tells_no_more(broken, caplog):
    answer = broken.get("/broken/secret")
    assert answer.status_code == 500
    assert "<h1>" in answer.text
    assert "log of the server" in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "KeyError: 'secret'" in caplog.text
    assert broken.get(CLAIM).status_code == 200


def test_a_bug_of_the_server_itself_is_caught(client, monkeypatch, caplog):
    monkeypatch.setattr("leadline.web.app._said", None)
    answer = client.get(CLAIM)
    assert answer.status_code == 500
    assert "TypeError" not in answer.text
    assert "TypeError" in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_altered_verdict_is_never_shown(tmp_path):
    sources = fill(tmp_path)
    with served(sources) as site:
        with closing(sqlite3.connect(sources.database)) as connection, connection:
            connection.execute("DROP TRIGGER documents_no_update")
            changed = "text = replace(text, '41 in 100', '1 in 1000')"
            where = "claim = 'silver-2026/S04'"
            connection.execute(f"UPDATE documents SET {changed} WHERE {where}")  # noqa: S608
        answer = site.get(CLAIM)
        assert answer.status_code == 500
        assert "Altered since it was sealed" in answer.text
        assert "1 in 1000" not in answer.text
        lists = ("/", "/articles/silver-2026", "/corrections", "/live", "/calls", "/feed.xml")
        for path in ("/articles/silver-2026/S01", *lists):
            assert site.get(path).status_code == 200, path
            assert "1 in 1000" not in site.get(path).text


def test_an_altered_earlier_verdict_does_not_hide_the_newest(tmp_path):
    sources = fill(tmp_path)
    with closing(sqlite3.connect(sources.database)) as connection, connection:
        connection.execute("DROP TRIGGER documents_no_update")
        query = "SELECT seal FROM documents WHERE claim = 'silver-2026/S27' ORDER BY as_of"
        oldest = connection.execute(query).fetchone()[0]
        changed = "UPDATE documents SET text = replace(text, '41 in 100', '1 in 1000')"
        connection.execute(f"{changed} WHERE seal = ?", (oldest,))
    with served(sources) as site:
        assert site.get("/articles/silver-2026/S27").status_code == 200
        assert site.get("/corrections").status_code == 200
        assert "Altered since it was sealed" in site.get(f"/verdicts/{oldest}").text


def test_a_file_broken_meanwhile_is_shown_as_it_was_and_no_folder_is_named(tmp_path):
    file = tmp_path / "made-up.yml"
    file.write_text(live.article().to_yaml())
    shelf = Shelf(Sources(database=str(tmp_path / "none.db"), articles=(file,)))
    assert shelf.article("made-up")
    file.write_text("id: [")
    assert shelf.article("made-up")
    assert shelf.worded(ArchiveError(f"{file}: damaged")) == "made-up.yml: damaged"
    with pytest.raises(LeadlineError, match="made-up"):
        Shelf(shelf.sources).articles()


def test_a_file_put_in_place_of_another_of_its_age_is_news(tmp_path):
    sources = fill(tmp_path)
    (file,) = sources.articles
    with closing(Shelf(sources)) as shelf:
        before, told = shelf.stamp("files"), file.stat()
        other = tmp_path / "other.yml"
        other.write_bytes(file.read_bytes())
        os.utime(other, ns=(told.st_atime_ns, told.st_mtime_ns))
        other.replace(file)
        assert file.stat().st_mtime_ns == told.st_mtime_ns
        assert shelf.stamp("files") != before


# While somebody writes


@pytest.fixture
def followed(store_url, tmp_path):
    """Give sources whose ledger ends on day 40, in either engine, and the function to write on."""
    sources = fill(tmp_path, store_url, n_days=40)

    def write(n_days):
        with Database.open(store_url) as db:
            ledger.write(db, live.book(n_days))

    return sources, write


def test_what_is_written_is_shown_and_nothing_breaks_meanwhile(followed, monkeypatch):
    monkeypatch.setattr("leadline.web.press._MOST_SLACK", 0.1)
    sources, write = followed
    with served(sources, fresh=False, look_every=0.02) as site, ThreadPoolExecutor(4) as readers:
        address = f"/live/{FOLLOWED}"
        first = site.get(address)
        assert first.status_code == 200
        done = threading.Event()

        def read():
            statuses = set()
            with httpx.Client(base_url=site.base_url, timeout=60) as own:
                while not done.is_set():
                    statuses |= {own.get(path).status_code for path in (address, CLAIM, "/")}
            return statuses

        asked = [readers.submit(read) for _ in range(4)]
        try:
            for n_days in range(41, 46):
                write(n_days)
            until = time.monotonic() + 30
            while live.day(45).isoformat() not in site.get(address).text:
                assert time.monotonic() < until
                time.sleep(0.1)
        finally:
            done.set()
        assert {status for each in asked for status in each.result()} == {200}


def test_a_store_made_later_is_found(tmp_path):

    made_later = tmp_path / f"{uuid4().hex}.db"
    with served(Sources(database=str(made_later))) as site:
        assert "S04" not in site.get("/api/v1/verdicts").text
        fill(tmp_path, made_later)
        assert site.get(CLAIM).status_code == 200
        assert site.get("/healthz").json()["ok"]


# How the server is


def test_the_health_says_how_old_the_data_are(client, empty_client):
    told = client.get("/healthz").json()
    assert told["ok"]
    assert told["store"] == "readable"
    assert set(told) == {
        "ok",
        "version",
        "store",
        "data_until",
        "pages_kept",
        "pages_waiting",
        "warm",
    }
    assert empty_client.get("/healthz").json()["ok"]


def test_a_store_that_cannot_be_read_is_no_health(tmp_path):
    sources = fill(tmp_path)
    with served(sources) as site:
        (tmp_path / "leadline.db-wal").unlink(missing_ok=True)
        (tmp_path / "leadline.db").write_bytes(b"not a database, whatever it is called" * 1000)
        until = time.monotonic() + 20
        while (answer := site.get("/healthz")).status_code == 200:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert answer.status_code == 503
        assert not answer.json()["ok"]
        assert "leadline.db" not in answer.text


def test_the_metrics_count_by_route_and_never_by_address(client):
    for name in ("S04", "S99", "../x"):
        client.get(f"/articles/silver-2026/{name}")
    client.get("/nowhere/at/all")
    client.get("/api/v1/health")
    text = client.get("/metrics").text
    route = 'route="/articles/{article}/{claim}"'
    assert re.search(rf'requests_total{{method="GET",{route},status="200"}} \d', text)
    assert re.search(rf'requests_total{{method="GET",{route},status="404"}} \d', text)
    assert re.search(r'requests_total{method="GET",route="other",status="404"} \d', text)
    assert 'route="/api/v1/health"' in text
    assert "nowhere" not in text
    assert "leadline_http_request_seconds_bucket" in text
    assert 'leadline_pages_printed_total{outcome="printed"' in text
    last = re.search(r'ledger_last_day_seconds{article="made-up"} (\S+)', text)
    assert float(last[1]) == time.mktime(live.LAST.timetuple()) - time.timezone
    assert 'leadline_stale_series{article="made-up"} 0.0' in text
    assert "leadline_store_readable 1.0" in text


def test_the_interface_is_compressed_too(client):
    answer = client.get("/api/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    with client.stream("GET", "/metrics", headers={"Accept-Encoding": "gzip"}) as streamed:
        assert b"leadline_" in gzip.decompress(b"".join(streamed.iter_raw()))
