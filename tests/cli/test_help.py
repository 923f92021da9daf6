"""The front door: fast, plain, and forgiving of a typing slip."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

import leadline
from leadline.cli import app

COMMANDS = [
    "demo",
    "claims",
    "fetch",
    "try",
    "why",
    "shift",
    "report",
    "live",
    "diff",
    "calls",
    "watch",
    "read",
    "export",
    "verify",
    "doctor",
    "scan",
    "scan explain",
    "data",
]
DATA = ["list", "show", "revisions", "sources", "import", "export", "consent"]
EVERY = [
    *(name.split() for name in COMMANDS if name != "data"),
    *(["data", name] for name in DATA),
]
HEAVY = (
    "alembic",
    "altair",
    "apprise",
    "apscheduler",
    "httpx",
    "numpy",
    "pandas",
    "pydantic",
    "rich",
    "scipy",
    "sqlalchemy",
    "statsmodels",
    "yaml",
)


def run(*words):
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, words)


def test_help_loads_nothing_heavy():
    probe = (
        "import sys\nsys.argv = ['leadline', '--help']\nfrom leadline.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print('LOADED', *[m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].split() == ["LOADED"]


def test_the_module_runs_like_the_command():
    words = [sys.executable, "-m", "leadline", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == f"leadline {leadline.__version__}\n"


def test_help_lists_every_command_in_full():
    shown = run("--help")
    assert shown.exit_code == 0
    assert "..." not in shown.output.replace("[ARGS]...", "")
    named = (line.strip().split("  ")[0] for line in shown.output.splitlines())
    assert [name for name in named if name in COMMANDS] == COMMANDS


@pytest.mark.parametrize("command", [[], ["data"], *EVERY])
def test_help_fits_eighty_columns(command):
    shown = run(*command, "--help")
    assert shown.exit_code == 0
    assert max(len(line) for line in shown.output.splitlines()) <= 80


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_every_command_takes_json(command):
    assert "--json" in run(*command, "--help").output


def test_an_unknown_command_asks_did_you_mean():
    shown = run("tyr")
    assert shown.exit_code == 2
    assert "No such command 'tyr'. Did you mean 'try'?" in shown.stderr


def test_a_day_that_has_not_come_is_refused():
    shown = run("try", "silver-2026", "--as-of", "2999-01-01")
    assert shown.exit_code == 2
    assert "2999-01-01 has not come yet" in " ".join(shown.stderr.replace("│", " ").split())


def test_a_day_that_no_calendar_has_is_refused():
    shown = run("try", "silver-2026", "--as-of", "2026-02-30")
    assert shown.exit_code == 2
    assert "'2026-02-30' is not a date such as 2026-01-22." in shown.stderr
    assert "--as-of" in shown.stderr


def test_no_command_shows_the_help():
    assert "Commands:" in run().output


def test_an_interrupt_ends_in_code_130_without_a_traceback(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("leadline.claim.library", interrupted)
    shown = run("claims")
    assert shown.exit_code == 130
    assert "Traceback" not in shown.output


def test_a_reader_who_leaves_early_is_no_error():
    words = f"{sys.executable} -m leadline claims | head -c 1"
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, check=True)  # noqa: S607
    assert done.stderr == ""
