"""Write what the code already says into the docs: CLI help, kinds of test, map of modules.

``make docs`` writes; a test compares, so that neither can drift from the code.
"""

import ast
from pathlib import Path

from conditions_page import conditions_page
from published_page import page as published_page
from typer.testing import CliRunner

from leadline.cli import app
from leadline.data.providers import providers
from leadline.report.methods import methods

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
    for name, each in methods().items():
        rows = "\n".join(
            f"| `{one.name}` | {one.takes} | {_default(one.default)} |" for one in each.settings
        )
        parts += [
            f"## {name}",
            "\n".join(line.strip() for line in each.about.splitlines()),
            f"**Null.** {each.null}",
            f"| setting | takes | default |\n|---|---|---|\n{rows}",
        ]
    return "\n\n".join(parts) + "\n"


def _default(default: str) -> str:
    return default if default == "required" else f"`{default}`"


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
