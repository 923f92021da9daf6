"""The one place that meets the network, against a server that does everything wrong."""

import gzip
import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from replay.cases import HTML, retry_at
from replay.core import Reply

import leadline
from leadline.data.database import Database, Fetched, breakers, record
from leadline.data.provider import NotMeasuredError, Request, Terms
from leadline.data.transport import LONGEST_PAUSE, Transport, _asked_to_wait
from leadline.data.turns import StoppedError, Turns
from leadline.errors import DataError

HOST, OTHER, FOREIGN = "data.example", "mirror.example", "elsewhere.example"
URL = f"https://{HOST}/rows.csv"
ASK = Request(URL)
KEY = "planted-0123456789/abcdef"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Someone:
    id: str = "someone"
    hosts: tuple[str, ...] = (HOST, OTHER)
    terms: Terms = field(default_factory=lambda: Terms("public"))
    agent: str = "default"
    pace: float = 0.5


@pytest.fixture
def transport(db, asking):
    with asking(db) as opened:
        yield opened


def refused(transport, request=ASK, provider=None):
    with pytest.raises(NotMeasuredError) as caught:
        transport.get(provider or Someone(), request)
    return str(caught.value)


def test_an_answer_comes_whole_and_says_where_it_is_from(replay, transport):
    replay.script(HOST, Reply(b"a,b\n1,2\n", headers={"Content-Type": "text/csv", "ETag": '"x"'}))
    answer = transport.get(Someone(), Request(URL, (("id", "A b"), ("page", ""))))
    assert answer.body == b"a,b\n1,2\n"
    assert answer.url == f"{URL}?id=A%20b&page="
    assert (answer.status, answer.content_type, answer.headers["etag"]) == (200, "text/csv", '"x"')
    assert answer.fetched_at == NOON
    assert replay.asked[0].query == {"id": "A b", "page": ""}


@pytest.mark.parametrize(
    ("agent", "sent"),
    [
        ("default", f"python-httpx/{httpx.__version__}"),
        ("leadline", f"leadline/{leadline.__version__} (me@example.org)"),
        ("mozilla", "Mozilla/5.0"),
    ],
)
def test_each_provider_is_told_the_agent_it_accepts(replay, db, asking, monkeypatch, agent, sent):
    monkeypatch.setenv("LEADLINE_CONTACT", "me@example.org")
    replay.script(HOST, Reply(b"ok"))
    with asking(db) as transport:
        transport.get(Someone(agent=agent), ASK)
    assert replay.asked[0].headers["user-agent"] == sent


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(replay, transport, status):
    bad = Reply(b"later", status)
    replay.script(HOST, bad, bad, Reply(b"ok"))
    assert transport.get(Someone(), ASK).body == b"ok"
    assert len(replay.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
def test_a_refusal_is_an_answer(replay, db, transport, status):
    replay.script(HOST, Reply(HTML, status), Reply(b"ok"))
    said = refused(transport)
    assert said == (f"someone: refused ({URL}, status {status}, begins {HTML[:80].decode()!r}).")
    assert len(replay.asked) == 1
    assert breakers.state(db, "someone") == breakers.Breaker()


@pytest.mark.parametrize(
    ("fault", "word"), [("reset", "broke off"), ("truncate", "broke off"), ("hang", "within 0.1 s")]
)
def test_broken_connections_are_tried_again_and_named(replay, db, asking, fault, word):
    replay.script(HOST, Reply(b"half", fault=fault, delay=30 if fault == "hang" else 0))
    with asking(db, timeout=0.1) as transport:
        said = refused(transport)
    assert said.startswith("someone: ")
    assert word in said
    assert URL in said
    assert len(replay.asked) == 4


def test_three_failures_open_the_breaker_for_every_run_until_its_time(replay, db, asking):
    replay.script(HOST, Reply(b"down", 500))
    for _ in range(3):
        with asking(db) as transport:
            refused(transport)
    assert len(replay.asked) == 12
    with asking(db, now=NOON + timedelta(minutes=29)) as transport:
        said = refused(transport)
    assert "failed 3 times in a row" in said
    assert "status 500" in said
    assert "2026-11-20 12:30 UTC" in said
    assert len(replay.asked) == 12
    replay.script(HOST, Reply(b"ok"))
    with asking(db, now=NOON + timedelta(minutes=30)) as transport:
        transport.get(Someone(), ASK)
    assert breakers.state(db, "someone") == breakers.Breaker()


def test_too_many_requests_open_the_breaker_for_less_long(replay, db, transport):
    replay.script(HOST, Reply(b"slow down", 429))
    for _ in range(3):
        refused(transport)
    until = breakers.state(db, "someone").open_until
    assert until == NOON + timedelta(minutes=15)


@pytest.mark.parametrize("as_date", [False, True])
def test_the_host_says_when_to_come_back(replay, transport, as_date):
    began = time.monotonic()
    # A date of HTTP has whole seconds, so up to one of them is lost.
    said = retry_at(datetime.now(UTC), 1.9) if as_date else "0.9"
    replay.script(HOST, Reply(b"slow down", 429, {"Retry-After": said}), Reply(b"ok"))
    transport.get(Someone(), ASK)
    assert time.monotonic() - began >= 0.88


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("86400", LONGEST_PAUSE),
        ("-1", 0.0),
        ("nan", 0.0),
        ("", 0.0),
        ("soon", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", LONGEST_PAUSE),
        ("Wed, 21 Oct 2099 07:28:00 -0000", 0.0),
        ("Wed, 99 Oct 2099 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 99999999999 07:28:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_with_care(said, seconds):
    assert _asked_to_wait(said) == seconds


def test_requests_to_a_host_keep_their_distance(replay, db, asking):
    replay.script(HOST, Reply(b"ok"))
    began = time.monotonic()
    with asking(db, pace=0.15) as transport:
        for page in range(3):
            transport.get(Someone(), Request(URL, (("page", str(page)),)))
    assert time.monotonic() - began >= 0.29


def test_another_host_need_not_be_waited_for(replay, db, asking):
    replay.script(HOST, Reply(b"ok"))
    replay.script(OTHER, Reply(b"ok"))
    began = time.monotonic()
    with asking(db, pace=60) as transport:
        transport.get(Someone(), ASK)
        transport.get(Someone(), Request(f"https://{OTHER}/rows.csv"))
    assert time.monotonic() - began < 30


def test_the_next_process_keeps_the_distance_too(replay, db, asking):
    replay.script(HOST, Reply(b"ok"))
    began = time.monotonic()
    for _ in range(2):
        with asking(db, pace=0.3) as transport, transport.turn(Someone()):
            transport.get(Someone(), ASK)
    assert time.monotonic() - began >= 0.29


def test_the_same_is_asked_once_in_a_run(replay, transport):
    replay.script(HOST, Reply(b"ok"))
    assert transport.get(Someone(), ASK) is transport.get(Someone(), ASK)
    assert len(replay.asked) == 1


def test_what_is_too_much_is_cut_off(replay, transport):
    replay.script(HOST, Reply(bytes(100_000)))
    assert "sent more than 1,000 bytes" in refused(transport, Request(URL, limit=1000))
    assert len(replay.asked) == 1


def test_a_bomb_is_measured_unpacked(replay, transport):
    packed = gzip.compress(bytes(10_000_000))
    replay.script(HOST, Reply(packed, headers={"Content-Encoding": "gzip"}))
    assert "sent more than 1,000,000 bytes" in refused(transport, Request(URL, limit=1_000_000))


def test_what_is_packed_is_unpacked_or_refused(replay, transport):
    packed = Reply(gzip.compress(b"rows"), headers={"Content-Encoding": "gzip"})
    replay.script(HOST, packed, packed.but(body=b"not gzip at all"))
    assert transport.get(Someone(), ASK).body == b"rows"
    assert "cannot be unpacked" in refused(transport, Request(URL, (("again", "1"),)))


@pytest.mark.parametrize("packing", ["gzip, gzip", "zstd", "br", "x\x9b2J"])
def test_what_may_unpack_without_measure_is_refused_before_it_is_unpacked(
    replay, transport, packing
):
    packed = gzip.compress(gzip.compress(bytes(10_000_000)))
    replay.script(HOST, Reply(packed, headers={"Content-Encoding": packing}))
    message = refused(transport)
    assert "sent an encoding that was not asked for" in message
    assert message.isprintable()


@pytest.mark.parametrize("target", ["/moved.csv", f"https://{OTHER}/moved.csv?x=1"])
def test_redirects_are_followed_on_the_providers_hosts(replay, transport, target):
    replay.script(HOST, Reply(b"", 302, {"Location": target}), match="rows")
    for host in (HOST, OTHER):
        replay.script(host, Reply(b"there"), match="moved")
    answer = transport.get(Someone(), ASK)
    assert (answer.body, answer.url) == (b"there", URL)
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "target",
    [
        f"https://{FOREIGN}/rows.csv",
        f"http://{HOST}/rows.csv",
        f"https://{HOST}:8443/rows.csv",
        f"https://{HOST}@{FOREIGN}/rows.csv",
        f"//{FOREIGN}/rows.csv",
        "file:///etc/passwd",
        "",
    ],
)
def test_redirects_go_nowhere_else(replay, transport, target):
    replay.script(HOST, Reply(b"", 301, {"Location": target}))
    assert "not one of its hosts" in refused(transport)
    assert [ask.host for ask in replay.asked] == [HOST]


@pytest.mark.parametrize("target", ["https://[::1/rows.csv", "https://[x]/rows.csv"])
def test_redirects_to_no_address_are_refused(replay, transport, target):
    replay.script(HOST, Reply(b"", 301, {"Location": target}))
    assert URL in refused(transport)
    assert {ask.host for ask in replay.asked} == {HOST}


def test_redirects_come_to_an_end(replay, transport):
    replay.script(HOST, Reply(b"", 302, {"Location": "/b"}), match="rows")
    replay.script(HOST, Reply(b"", 302, {"Location": "/a"}), match="/b")
    replay.script(HOST, Reply(b"", 302, {"Location": "/b"}), match="/a")
    assert "redirected without end" in refused(transport)
    assert len(replay.asked) == 5


def keep(db, answer):
    fetched = Fetched(
        provider="someone",
        series="silver",
        url=answer.url,
        fetched_at=answer.fetched_at,
        outcome="ok",
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
    )
    record(db, fetched)


def test_what_has_not_changed_is_not_sent_again(replay, db, asking):
    marks = {"ETag": '"7"', "Last-Modified": "Thu, 19 Nov 2026 10:00:00 GMT"}
    replay.script(HOST, Reply(b"rows", headers=marks), Reply(b"", 304), Reply(b"new rows"))
    with asking(db) as transport:
        keep(db, transport.get(Someone(), ASK))
    with asking(db, now=NOON + timedelta(days=1)) as transport:
        again = transport.get(Someone(), ASK)
    assert (again.body, again.status, again.request) == (b"rows", 304, ASK)
    assert again.fetched_at == NOON + timedelta(days=1)
    keep(db, again)
    with asking(db) as transport:
        assert transport.get(Someone(), ASK).body == b"new rows"
    first, *others = replay.asked
    assert "if-none-match" not in first.headers
    for ask in others:
        assert ask.headers["if-none-match"] == '"7"'
        assert ask.headers["if-modified-since"] == marks["Last-Modified"]


def test_a_mark_that_no_header_can_hold_is_not_sent_back(replay, db, asking):
    replay.script(HOST, Reply(b"rows", headers={"ETag": '"\xe9"'}), Reply(b"new rows"))
    with asking(db) as transport:
        keep(db, transport.get(Someone(), ASK))
    with asking(db) as transport:
        assert transport.get(Someone(), ASK).body == b"new rows"
    assert "if-none-match" not in replay.asked[1].headers


def test_not_modified_without_a_question_is_no_answer(replay, transport):
    replay.script(HOST, Reply(b"", 304))
    assert "status 304" in refused(transport)


SECRET = Request(
    URL,
    (("series", "A"), ("api_key", KEY)),
    headers=(("Authorization", f"Bearer {KEY}"),),
    secret=("api_key", "Authorization"),
)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(f"rows for {KEY}, next ?api_key={KEY.replace('/', '%2F')}".encode()),
        Reply(f"the key {KEY} is wrong".encode(), 400),
        Reply(b"rows", headers={"ETag": f'"{KEY}"', "Content-Type": f"text/{KEY}"}),
        Reply(b"", 500),
        Reply(b"", 302, {"Location": f"https://{FOREIGN}/{KEY}"}),
        Reply(b"x", fault="reset"),
    ],
)
def test_a_key_is_sent_and_never_seen_again(replay, transport, caplog, reply):
    caplog.set_level(logging.DEBUG)
    replay.script(HOST, reply)
    try:
        answer = transport.get(Someone(), SECRET)
        said = f"{answer.url} {answer.body!r} {dict(answer.headers)}"
    except NotMeasuredError as error:
        said = str(error)
    assert replay.asked[0].query["api_key"] == KEY
    assert replay.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert "api_key=***" in said
    logged = " ".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert HOST in logged or reply.fault
    for text in (KEY, KEY.replace("/", "%2F"), KEY.partition("/")[0]):
        assert text not in said
        assert text not in logged


@pytest.mark.usefixtures("transport")
def test_logs_of_others_are_left_alone(caplog):
    caplog.set_level(logging.INFO, logger="httpx")
    logging.getLogger("httpx").info("%s of %d", "page", 3)
    assert caplog.records[-1].args == ("page", 3)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8123", "ftp://{host}"])
def test_a_base_address_must_hold_the_host(db, monkeypatch, base):
    monkeypatch.setenv("LEADLINE_BASE_URL", base)
    with pytest.raises(DataError, match=r"LEADLINE_BASE_URL .* Write it as"):
        Transport(db)


@pytest.mark.parametrize("pace", ["fast", "-1", "nan", "inf"])
def test_a_pace_must_be_seconds(db, monkeypatch, pace):
    monkeypatch.setenv("LEADLINE_PACE", pace)
    with pytest.raises(DataError, match=r"LEADLINE_PACE .* Write the seconds"):
        Transport(db)


@pytest.mark.parametrize("contact", ["J\u00fcrgen", "me@mail.example\nX-Other: 1"])
def test_a_contact_must_fit_a_header(db, monkeypatch, contact):
    monkeypatch.setenv("LEADLINE_CONTACT", contact)
    with pytest.raises(DataError, match=r"LEADLINE_CONTACT .* one line of plain ASCII"):
        Transport(db)


def test_the_environment_names_base_and_pace(replay, db, monkeypatch):
    monkeypatch.setenv("LEADLINE_BASE_URL", replay.base)
    monkeypatch.setenv("LEADLINE_PACE", "0")
    replay.script(HOST, Reply(b"ok"))
    with Transport(db) as transport:
        began = time.monotonic()
        for page in range(3):
            transport.get(Someone(pace=60), Request(URL, (("page", str(page)),)))
    assert time.monotonic() - began < 10


def test_a_stopped_run_waits_for_nothing(replay, db, asking):
    replay.script(HOST, Reply(b"ok"))
    with asking(db, pace=60) as transport:
        transport.get(Someone(), ASK)
        timer = threading.Timer(0.05, transport.stop)
        timer.start()
        with pytest.raises(StoppedError):
            transport.get(Someone(), Request(f"{URL}.more"))
        timer.join()
        assert transport.stopped


def test_turns_are_taken_one_at_a_time(store_url):
    """Two ``Turns`` over one store are what two processes have."""
    entered, never = [], threading.Event()
    with Database.open(store_url) as db:
        several = [Turns(db, never) for _ in range(2)]
        inside = threading.Lock()

        def work(turns):
            for _ in range(5):
                with turns.take("fred") as turn:
                    assert inside.acquire(blocking=False)
                    entered.append(turn.waited)
                    time.sleep(0.005)
                    inside.release()

        threads = [threading.Thread(target=work, args=(turns,)) for turns in several * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with several[0].take("fred"), several[1].take("coinbase") as other:
            assert not other.waited
        for turns in several:
            turns.close()
    assert len(entered) == 20
    assert any(entered)


def test_who_waits_for_a_turn_can_be_stopped(db):
    stop = threading.Event()
    first, second = Turns(db, threading.Event()), Turns(db, stop)
    stop.set()
    with first.take("fred"), pytest.raises(StoppedError), second.take("fred"):
        pytest.fail("two had the same turn")
    for turns in (first, second):
        turns.close()


def test_a_folder_that_cannot_be_written_is_named(db, tmp_path):
    (tmp_path / "leadline.db.turns").write_text("in the way", encoding="utf-8")
    turns = Turns(db, threading.Event())
    with (
        pytest.raises(DataError, match=r"leadline\.db\.turns: no file can be made"),
        turns.take("a"),
    ):
        pytest.fail("there is no file to lock")
    turns.close()
