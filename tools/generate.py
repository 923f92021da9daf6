"""Write what the code already says into the docs: CLI help, kinds of test, map of modules.

``make docs`` writes; a test compares, so that neither can drift from the code.
"""

import ast
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from conditions_page import conditions_page
from published_page import page as published_page
from pydantic import BaseModel
from typer.testing import CliRunner

from leadline.cli import app
from leadline.data.duration import DurationText
from leadline.data.providers import providers
from leadline.evidence import kinds as every_kind

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "leadline"
BEGIN, END = "<!-- generated: {} -->", "<!-- end -->"


def cli() -> str:
    """Give docs/cli.md: the help of every command, and the exit codes."""

    def help_of(*words: str) -> str:
        shown = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*words, "--help"])
        text = shown.output.rstrip()
        return f"```text\n{text}\n```\n"

    names = [[str(command.name)] for command in app.registered_commands]
    for group in app.registered_groups:
        if (inner := group.typer_instance) is not None:
            name = str(inner.info.name)
            names += [[name], *([name, str(each.name)] for each in inner.registered_commands)]
    intro = (
        "Written by `make docs` from the commands' own help; see [the README](../README.md) for a "
        "walk through. Every command takes `--json` and then prints one JSON document on standard "
        "output and nothing else. Progress and remarks go to standard error. `NO_COLOR` is "
        "respected, and everything fits 80 columns."
    )
    codes = (
        "| exit code | meaning |\n|---|---|\n"
        "| 0 | done; nothing changed |\n"
        "| 2 | wrong use, or bad input: one message says what and where |\n"
        "| 3 | something could not be measured |\n"
        "| 10 | something changed (`live`, `diff`, `watch --once`) |\n"
        "| 20 | data are older than they should be (`live`, `watch --once`) |\n"
        "| 30 | verification failed: the recomputed document differs, or the ledger was altered |\n"
        "| 130 | interrupted |"
    )
    parts = ["# The command line", intro, help_of(), codes]
    for words in names:
        parts += [f"## leadline {' '.join(words)}", help_of(*words)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def kinds() -> str:
    """Give docs/kinds.md: what every kind of test asks, its null and its settings."""
    intro = (
        "Written by `make docs` from the kinds themselves. In a claim file a test is a mapping "
        "with `kind` and these settings; see [claim files](claims.md)."
    )
    parts = ["# Kinds of test", intro]
    for name, kind in sorted(every_kind().items()):
        lines = [line.strip() for line in (kind.__doc__ or "").strip().splitlines()]
        rows = "\n".join(_settings(kind))
        parts += [
            f"## {name}",
            "\n".join(lines),
            f"**Null.** {kind.null[:1].upper()}{kind.null[1:].rstrip('.')}.",
            f"| setting | takes | default |\n|---|---|---|\n{rows}",
        ]
    return "\n\n".join(parts) + "\n"


def _settings(kind: Any) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        if name == "kind":
            continue
        default = "required"
        if not field.is_required():
            default = f"`{_shown(field.get_default(call_default_factory=True))}`"
        yield f"| `{name}` | {_takes(field.annotation)} | {default} |"


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return json.dumps(value, default=str, ensure_ascii=False).replace('"', "")


_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "date",
    Any: "values",
}


def _takes(annotation: Any) -> str:
    """Say in an author's words what a setting takes."""
    parts = [part for part in get_args(annotation) if part not in (NoneType, ...)]
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is Annotated:
        return _takes(parts[0])
    if origin in (Union, UnionType):
        return " or ".join(_takes(part) for part in parts)
    if origin is tuple:
        return f"list of {_takes(parts[0])}"
    if origin in (dict, Mapping):
        return f"mapping of {_takes(parts[0])} to {_takes(parts[1])}"
    if annotation is DurationText:
        return "duration, such as `26w`"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping: " + ", ".join(f"`{name}`" for name in annotation.model_fields)
    return _WORDS.get(annotation) or str(annotation)


def sources() -> str:
    """Give the table of providers for docs/data.md: what each is, allows and asks for."""
    lines = ["| provider | what it is | licence | asks for | credit |", "|---|---|---|---|---|"]
    for name, each in providers().items():
        key = f"a key in `{each.key_name}`" if each.key_name else ""
        asks = "consent" if each.terms.consent else key
        licence = each.terms.licence.replace("_", " ")
        lines.append(f"| `{name}` | {each.title} | {licence} | {asks} | {each.terms.credit} |")
    return "\n".join(lines)


def modules() -> str:
    """Give the map of modules for ARCHITECTURE.md: each with the first line of its docstring."""
    lines: list[str] = []
    for folder in sorted({path.parent for path in PACKAGE.rglob("*.py")}):
        inside = folder.relative_to(PACKAGE.parent)
        lines += ["", f"### `{inside.as_posix()}/`", "", "| module | what it is |", "|---|---|"]
        lines += [
            f"| `{path.name}` | {_first_line(path)} |" for path in sorted(folder.glob("*.py"))
        ]
    return "\n".join(lines).strip()


def _first_line(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if not docstring:
        message = f"{path}: has no docstring; its first line is what ARCHITECTURE.md says of it."
        raise SystemExit(message)
    # A sentence may run over lines; the paragraph is what it is.
    return " ".join(docstring.split("\n\n")[0].split()).replace("|", "\\|")


def between(text: str, name: str, content: str) -> str:
    """Replace what stands between the marks called ``name``."""
    begin = BEGIN.format(name)
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(END)
    return f"{before}{begin}\n{content}\n{END}{after}"


def generated() -> dict[Path, str]:
    """Give every generated file with the text that it should have."""
    architecture, data = ROOT / "ARCHITECTURE.md", ROOT / "docs" / "data.md"
    return {
        ROOT / "docs" / "cli.md": cli(),
        ROOT / "docs" / "kinds.md": kinds(),
        ROOT / "docs" / "conditions.md": conditions_page(),
        ROOT / "docs" / "published.md": published_page(),
        data: between(data.read_text(encoding="utf-8"), "providers", sources()),
        architecture: between(architecture.read_text(encoding="utf-8"), "modules", modules()),
    }


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
