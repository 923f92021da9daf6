"""Docs that are written from the code do not drift from it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "name",
    [
        "ARCHITECTURE.md",
        "docs/cli.md",
        "docs/conditions.md",
        "docs/data.md",
        "docs/kinds.md",
        "docs/published.md",
    ],
)
def test_what_is_generated_is_up_to_date(name, tool):
    path = ROOT / name
    assert path.read_text(encoding="utf-8") == tool("generate").generated()[path], "run `make docs`"


def test_the_map_names_every_module_and_no_other():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named, folder = set(), ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"### `(.+/)`", line):
            folder = heading[1]
        elif row := re.match(r"\| `(\w+\.py)` \| \S", line):
            named.add(f"src/{folder}{row[1]}")
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert named == modules


def test_every_command_and_every_kind_is_in_the_docs():
    from leadline.cli import app
    from leadline.evidence import kinds

    cli = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert f"## leadline {command.name}\n" in cli
    for group in app.registered_groups:
        for command in group.typer_instance.registered_commands:
            assert f"## leadline {group.typer_instance.info.name} {command.name}\n" in cli
    described = (ROOT / "docs" / "kinds.md").read_text(encoding="utf-8")
    for name, kind in kinds().items():
        assert f"## {name}\n" in described
        assert all(
            f"| `{setting}` |" in described for setting in kind.model_fields if setting != "kind"
        )
