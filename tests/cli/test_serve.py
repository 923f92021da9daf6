"""`leadline serve`: what it refuses, and that it starts, answers and ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

TOKEN = "a-token-of-many-letters"  # noqa: S105 - of a test


@pytest.fixture
def desk(trial, monkeypatch):
    """Give the command line, where nothing is served: what would be is handed over instead."""
    served = []
    monkeypatch.setattr(
        "leadline.cli.serve._run", lambda settings, *_, **__: served.append(settings)
    )
    monkeypatch.delenv("LEADLINE_TOKEN", raising=False)

    def run(*words, **env):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            shown = trial("serve", "--port", "0", *words, data=None)
        return shown, served[-1] if served else None

    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--article", "nowhere.yml"), "nowhere.yml"),
        (("--article", "silver-2026/S27"), "Name its article: silver-2026."),
        (("--text", "silver-2026"), "is not ARTICLE=FILE"),
        (("--text", "silver-2026=nowhere.txt"), "No such file."),
        (("--text", "gold-2099=claim.yml"), "No claim or article 'gold-2099'"),
        (("--scan", "nowhere"), "--scan nowhere: No such folder."),
        (("--url", "leadline.example"), "is not https://NAME"),
        (("--url", "ftp://leadline.example"), "is not https://NAME"),
        (("--url", "https://leadline.example/under"), "at the top of its name"),
        (("--token", "short"), "16 or more letters"),
        (("--host", "192.0.2.1"), "Set LEADLINE_TOKEN to ask for a token, or give --public"),
        (("--host", "192.0.2.1", "--public"), "This machine has no such address."),
        (("--host", "nowhere.invalid", "--public"), "No such address."),
        (("--port", "65536"), "less than or equal to 65535"),
    ],
)
def test_what_cannot_be_is_said_in_one_message(desk, words, said):
    shown, served = desk(*words)
    assert shown.exit_code == 2, shown.output
    assert said in " ".join(shown.stderr.replace("│", " ").split())
    assert "Traceback" not in shown.output
    assert served is None


def test_a_fault_in_a_file_of_claims_is_said_at_the_start(desk, trial):
    (trial.folder / "bad.yml").write_text(
        (trial.folder / "claim.yml").read_text() + "colour: red\n"
    )
    shown, served = desk("--article", "bad.yml")
    assert shown.exit_code == 2
    assert "bad.yml: Unknown key 'colour'" in shown.stderr
    assert served is None


def test_a_port_that_is_taken_is_said(trial):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shown = trial("serve", "--port", port, data=None)
    assert shown.exit_code == 2
    assert shown.stderr == (f"leadline: Port {port} is taken. Name another one: --port N.\n")


def test_a_missing_extra_is_said(desk, monkeypatch):
    found = __import__("importlib.util").util.find_spec
    monkeypatch.setattr(
        "leadline.cli.serve.find_spec", lambda name: None if name == "uvicorn" else found(name)
    )
    shown, served = desk()
    assert shown.exit_code == 2
    assert shown.stderr == "leadline: Serving needs uvicorn: pip install 'leadline[web]'.\n"
    assert served is None


def test_what_is_said_is_served(desk, trial):
    (trial.folder / "scan").mkdir(exist_ok=True)
    shown, served = desk(
        "--article", "article.yml", "--text", "two=claim.yml", "--scan", "scan",
        "--url", "https://leadline.example/", LEADLINE_TOKEN=TOKEN,
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    assert [str(path) for path in served.sources.articles] == ["article.yml"]
    assert {name: str(path) for name, path in served.sources.texts.items()} == {"two": "claim.yml"}
    assert [path.name for path in served.sources.scans][-1] == "scan"
    assert served.sources.url == "https://leadline.example"
    assert served.token == TOKEN
    assert served.port > 0
    assert "leadline.example" in served.names


def test_over_a_network_a_token_or_a_word_is_needed(desk):
    everywhere = "0.0.0.0"  # noqa: S104 - nothing is served there
    assert desk("--host", everywhere, LEADLINE_TOKEN=TOKEN)[1].names is None
    assert desk("--host", everywhere, "--public")[0].exit_code == 0
    assert desk("--host", "::1")[0].exit_code in {0, 2}


def test_help_tells_of_it_without_loading_what_it_needs(trial):
    assert "--public" in trial("serve", "--help", data=None).stdout
    code = "import leadline.cli, sys; print('fastapi' in sys.modules, 'uvicorn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_it_starts_answers_and_ends_with_a_key(tmp_path):
    env = os.environ | {"LEADLINE_HOME": str(tmp_path), "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "leadline", "serve", "--port", "0"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = process.stderr.readline()
            address = re.fullmatch(
                r"Leadline is at (http://127\.0\.0\.1:\d+/)\. Ctrl-C ends it\.\n", said
            )
            with urllib.request.urlopen(address[1] + "healthz", timeout=60) as answer:  # noqa: S310 - ours
                assert answer.status == 200
                assert "Server" not in answer.headers
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()
    assert not (tmp_path / "leadline.db").exists()
