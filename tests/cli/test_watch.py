"""`leadline watch` on a small made-up market, and on what the replay server sends."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cli.conftest import Desk
from cli.followed import ARTICLE, CHANGED, LACKING, STALE, UNCHANGED

from leadline.data.database import Database
from leadline.live.watch import alone


@pytest.fixture
def desk(market, tmp_path):
    """Give the command line with a ledger of its own."""
    (tmp_path / "followed.yml").write_text(ARTICLE)
    (tmp_path / "lacking.yml").write_text(ARTICLE + LACKING)
    return Desk(tmp_path, market)


def once(desk, *words, as_of=UNCHANGED, what="followed.yml"):
    return desk("watch", what, "--once", "--as-of", as_of, *words)


def ledger(desk):
    """Give every row of the ledger without the moment it was written."""
    with sqlite3.connect(desk.folder / "home" / "leadline.db") as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM ledger ORDER BY id")]
    connection.close()
    return [
        {name: value for name, value in row.items() if name not in {"id", "recorded_at"}}
        for row in rows
    ]


def test_the_exit_code_says_what_happened_since_the_last_run(desk):
    first = once(desk, as_of="2022-12-05")
    assert first.exit_code == 10, first.output
    assert once(desk, as_of="2022-12-05").exit_code == 0
    changed = once(desk, as_of=CHANGED)
    assert changed.exit_code == 10
    assert changed.stdout.startswith("2022-12-06 followed: 1 change; 4 rows written.\n- L1: ")
    assert once(desk, as_of=CHANGED).stdout == (
        "2022-12-06 followed: nothing changed; nothing new to write.\n"
    )
    assert once(desk, as_of=UNCHANGED).exit_code == 0
    # Becoming too old is a change itself; staying so is not.
    assert once(desk, as_of=STALE).exit_code == 10
    assert once(desk, as_of=STALE).exit_code == 20


def test_what_cannot_be_followed_ends_in_three(desk):
    once(desk, what="lacking.yml")
    again = once(desk, "--json", what="lacking.yml")
    assert again.exit_code == 3
    [article] = json.loads(again.stdout)["articles"]
    assert list(article["not_measured"]) == ["followed/L4"]


def test_an_empty_store_says_what_to_fetch(desk):
    shown = desk("watch", "followed.yml", "--once", "--no-fetch", data=None)
    assert shown.exit_code == 3
    assert "of which the store has none" in shown.stderr
    assert "leadline fetch followed --accept" in shown.stderr.replace(".yml", "")
    assert "Traceback" not in shown.stderr


def test_the_document_tells_of_rows_changes_and_alerts(desk):
    document = json.loads(once(desk, "--json", as_of=CHANGED).stdout)
    assert (document["document"], document["schema"]) == ("watch", 1)
    [article] = document["articles"]
    n_days = (date.fromisoformat(CHANGED) - date(2022, 6, 1)).days
    assert article["new_rows"] == 4 * n_days
    assert article["corrections"] == 0
    assert article["changes"][-1]["day"] == CHANGED
    assert document["alerts"] == {"delivered": 0, "failed": 0, "lost": 0, "problems": []}
    assert document["not_fetched"] == []


def test_day_by_day_is_the_same_ledger_as_one_catch_up(desk, market, tmp_path):
    days = [date(2022, 7, 1) + timedelta(days=n) for n in range(6)]
    for day in days:
        once(desk, as_of=str(day))
    at_once = Desk(tmp_path / "other", market)
    at_once.folder.mkdir()
    (at_once.folder / "followed.yml").write_text(ARTICLE)
    once(at_once, as_of=str(days[-1]))
    assert ledger(desk) == ledger(at_once)


def test_whoever_is_killed_in_the_middle_is_made_good_by_the_next_run(desk, market, tmp_path):
    """The process is killed with some days written; the next run completes the very same ledger."""
    code = (
        "import os\n"
        "from leadline.live import ledger\n"
        "append, n = ledger.kept.append, 0\n"
        "def killed(*arguments):\n"
        "    global n\n"
        "    n += 1\n"
        "    written = append(*arguments)\n"
        "    if n == 20:\n"
        f"        os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
        "    return written\n"
        "ledger.kept.append = killed\n"
        "from leadline.cli import main\n"
        "main()\n"
    )
    words = ["watch", "followed.yml", "--once", "--as-of", CHANGED, "--data", str(market)]
    environment = os.environ | {"LEADLINE_HOME": str(desk.folder / "home")}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=desk.folder, env=environment, check=False
    )
    assert done.returncode == -signal.SIGKILL
    part = ledger(desk)
    assert {row["day"] for row in part} == {row["day"] for row in part[: 4 * 19]}
    assert len(part) == 4 * 19
    assert once(desk, as_of=CHANGED).exit_code == 10
    whole = Desk(tmp_path / "other", market)
    whole.folder.mkdir()
    (whole.folder / "followed.yml").write_text(ARTICLE)
    once(whole, as_of=CHANGED)
    assert ledger(desk) == ledger(whole)
    assert desk("watch", "--check", data=None).exit_code == 0


def test_a_ledger_that_was_altered_is_found_out(desk):
    once(desk, as_of="2022-06-20")
    sound = desk("watch", "--check", data=None)
    assert (sound.exit_code, sound.stdout) == (0, "The ledger is as it was written.\n")
    connection = sqlite3.connect(desk.folder / "home" / "leadline.db")
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE ledger SET text = replace(text, 'not_so_far', 'on_course')")
    connection.commit()
    connection.close()
    shown = desk("watch", "--check", data=None)
    assert shown.exit_code == 30
    assert "was altered" in shown.stdout
    document = json.loads(desk("watch", "--check", "--json", data=None).stdout)
    assert document["document"] == "ledger_check"
    assert document["problems"][0]["where"].startswith("followed/L1 2022-06-")


def test_a_second_watcher_says_so_and_ends(desk):
    with Database.open(desk.folder / "home" / "leadline.db") as db, alone(db):
        shown = once(desk)
    assert shown.exit_code == 2
    assert "another watcher is at work on this store" in shown.stderr
    assert once(desk).exit_code == 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--at", "25:00"), "'25:00' is not a time of day such as 00:15."),
        (("--json",), "--json needs --once"),
        (("--as-of", "2022-12-06"), "--as-of needs --once"),
        (("--once", "--webhook", "http://example.com/x"), "alerts go over https:// only"),
        (("--once", "--notify", "carrier-pigeon://x"), "Apprise cannot use this address"),
    ],
)
def test_bad_input_is_one_message(words, said, desk):
    shown = desk("watch", "followed.yml", *words)
    assert shown.exit_code == 2
    assert said in " ".join(shown.stderr.replace("│", " ").split())
    assert "Traceback" not in shown.stderr
    assert "example.com/x" not in shown.stderr


def test_without_the_scheduler_it_says_how_to_install_it(desk, monkeypatch):
    monkeypatch.setitem(sys.modules, "apscheduler.schedulers.blocking", None)
    shown = desk("watch", "followed.yml")
    assert shown.exit_code == 2
    assert "pip install 'leadline[watch]'" in shown.stderr
    assert "leadline watch --once" in shown.stderr


def test_each_article_has_its_own_line_and_files(desk, tmp_path):
    other = ARTICLE.replace("id: followed", "id: another")
    (tmp_path / "another.yml").write_text(other)
    out = tmp_path / "out"
    words = ("--once", "--as-of", "2022-06-20", "--out", out)
    shown = desk("watch", "followed.yml", "another.yml", *words)
    lines = [line for line in shown.stdout.splitlines() if line.startswith("2022-06-20")]
    assert [line.split(":")[0] for line in lines] == ["2022-06-20 followed", "2022-06-20 another"]
    written = {str(path.relative_to(out)) for path in out.rglob("*.*")}
    names = ("live.html", "live.json", "feed.xml")
    assert written == {f"{each}/{name}" for each in ("followed", "another") for name in names}


@pytest.fixture
def receiver():
    """Give an address that takes alerts, and the list of those taken."""
    taken = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.headers["Idempotency-Key"], json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", taken
        server.shutdown()
        thread.join()


def test_changes_are_sent_once_and_what_stays_is_not(desk, receiver, monkeypatch):
    url, taken = receiver
    monkeypatch.setenv("LEADLINE_WEBHOOK_SECRET", "a long random text")
    once(desk, "--webhook", url, as_of="2022-12-05")
    assert [document["what"] for _, document in taken] == ["digest"]
    once(desk, "--webhook", url, as_of="2022-12-05")
    once(desk, "--webhook", url, as_of=CHANGED)
    once(desk, "--webhook", url, as_of=UNCHANGED)
    assert [document["what"] for _, document in taken] == ["digest", "antecedent"]
    assert taken[-1][1]["day"] == CHANGED


def test_it_fetches_follows_and_writes_from_an_empty_account(online):
    published = date.today() - timedelta(days=40)  # noqa: DTZ011 - the market ends yesterday
    text = ARTICLE.replace("2022-06-01", str(published))
    (online.folder / "followed.yml").write_text(text)
    online("fetch", "followed.yml", "--accept", "yahoo", "--since", "2016-01-01")
    shown = online("watch", "followed.yml", "--once", "--json")
    assert shown.exit_code in {0, 10}, shown.output
    document = json.loads(shown.stdout)
    assert document["not_fetched"] == []
    assert document["articles"][0]["new_rows"] > 4 * 35
    again = online("watch", "followed.yml", "--once")
    assert again.exit_code == 0, again.output
    assert "nothing changed; nothing new to write" in again.stdout


def test_it_goes_on_until_it_is_told_to_end(desk, market):
    words = ["watch", "followed.yml", "--data", str(market)]
    environment = os.environ | {"LEADLINE_HOME": str(desk.folder / "home")}
    with subprocess.Popen(
        [sys.executable, "-m", "leadline", *words],
        cwd=desk.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
    assert process.returncode == 0
    assert line.startswith("2022-12-31 followed: ")
    assert said == "Watching followed: now, and daily at 00:15 UTC. Ctrl-C ends it.\n"


def test_a_day_that_goes_wrong_is_said_and_is_not_the_end(desk, monkeypatch):
    def days(job, _at, between):
        job()
        between()

    monkeypatch.setattr("leadline.live.watch.daily", days)
    monkeypatch.setenv("LEADLINE_WEBHOOK_SECRET", "a long random text")
    early = ARTICLE.replace("2022-06-01", "2023-06-01")
    (desk.folder / "followed.yml").write_text(early)
    shown = desk("watch", "followed.yml", "--webhook", "http://127.0.0.1:9/hook")
    assert shown.exit_code == 0, shown.output
    assert "leadline: followed appeared on 2023-06-01" in shown.stderr
    assert "Traceback" not in shown.stderr
