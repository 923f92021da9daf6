"""What README and docs show is run: Python as Python, commands as commands."""

import doctest
import json
import os
import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
REAL = "../shared/data"


def blocks(language, *, real=False):
    """Give each block in a language with its place; those on real data, or all the others."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            if match[1] == language and (REAL in match[3]) == real:
                line = text.count("\n", 0, match.start()) + 1
                found.append(pytest.param(match[3], id=f"{page.name}:{line}"))
    return found


def commands(console):
    """Give each command of a console block with the output shown below it."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADLINE_HOME", str(tmp_path / "home"))
    return tmp_path


def run_python(code, place):
    exec(compile(code, place, "exec"), {"__name__": "__docs__"})  # noqa: S102 - our own docs


def pages_with_python():
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = "\n".join(match[3] for match in BLOCK.finditer(text) if match[1] == "python")
        if code:
            marks = [pytest.mark.real_data] if REAL in code else []
            found.append(pytest.param(code, page.name, id=page.name, marks=marks))
    return found


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(("code", "name"), pages_with_python())
def test_python_in_the_docs_runs(code, name, request):
    if REAL in code:
        code = code.replace(REAL, str(request.getfixturevalue("data_dir")))
    run_python(code, name)


def run(console, data=None):
    from leadline.cli import app

    for command, wanted in commands(console):
        words = shlex.split(command)
        if words[0] == "make":
            assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
            continue
        assert words[0] == "leadline", command
        arguments = [word.replace(REAL, str(data)) for word in words[1:]]
        shown = CliRunner(env={"COLUMNS": "80"}).invoke(app, arguments)
        assert shown.exit_code == 0, shown.output
        if wanted.strip():
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            got = "\n".join(line.rstrip() for line in shown.stdout.splitlines()) + "\n"
            assert doctest.OutputChecker().check_output(wanted, got, flags), got


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("console", blocks("console"))
def test_commands_in_the_docs_print_what_is_shown(console):
    run(console)


@pytest.mark.real_data
@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("console", blocks("console", real=True))
def test_commands_on_real_data_print_what_is_shown(console, data_dir):
    run(console, data_dir)


def test_yaml_and_json_in_the_docs_are_valid():
    for block in blocks("yaml"):
        yaml.safe_load(block.values[0])
    for block in blocks("json"):
        json.loads(block.values[0])


def test_every_block_says_what_it_is():
    known = {"python", "console", "text", "yaml", "json", "bibtex", "html"}
    for page in PAGES:
        for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
            assert match[1] in known, f"{page.name}: {match[0][:60]}"


def test_every_link_between_pages_leads_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert os.path.exists(page.parent / target), f"{page.name}: {target}"  # noqa: PTH110
