"""Measure what Leadline's speed is worth, beside the same work done with other libraries.

``python benchmarks/run.py`` prints a table for each section; naming sections runs only those, and
``--write`` puts what was run into docs/benchmarks.md in place of the tables that stand there. A
section is the module of its name: its docstring tells how it is measured, its ``rows`` measure.
"""

import argparse
import os
import platform
import re
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import fill

from clock import Row

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
SECTIONS = {
    "pair": "One pair",
    "events": "Events",
    "explosive": "Explosiveness",
    "regimes": "Regimes",
    "attribution": "Drivers",
    "foretelling": "Foretelling",
    "states": "States",
    "selection": "Selection",
    "scan": "All pairs",
    "store": "The store",
    "live": "After publication",
    "web": "The site under load",
    "cold": "Cold start",
    "article": "Whole article",
}
HEAD = """# Benchmarks

Made by `python benchmarks/run.py --write`, or a table alone by naming its section (`--help` lists
them). A test holds no number of this page, for machines differ. The ratio is the time of what
stands beside divided by ours, in the same run. Times are CPU time on one thread, the best of
several runs, where nothing else is said. A bar that was not kept says so.
"""


def cells(row: Row) -> str:
    """Give one line of a table."""
    bar = f"{row.bar} (**missed**)" if row.missed else row.bar
    return f"| {row.what} | {row.ours} | {row.beside} | {row.ratio} | {bar} |\n"


def libraries(peers: tuple[str, ...]) -> str:
    """Name the libraries that took part, with their versions."""
    found = [f"Python {platform.python_version()}"]
    for name in ("numpy", "scipy", "numba", *peers):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return ", ".join(found)


def section(name: str, load: float) -> str:
    """Run a section and give it as Markdown, without its title."""
    module = import_module(name)
    body = "".join(cells(row) for row in module.rows())
    cpus = os.cpu_count() or 1
    busy = ": busy with other programs, so times on the wall are too long" * (load > 0.75 * cpus)
    measured = (
        f"{libraries(module.PEERS)}; {cpus} CPUs ({platform.machine()}), "
        f"load {load:.1f} as the run began{busy}."
    )
    return f"""
{module.__doc__.strip()}

| what | Leadline | beside it | ratio | bar |
|---|--:|---|--:|---|
{body}
{fill(measured, 100)}
"""


def page(made: dict[str, str]) -> str:
    """Put sections into the page; the others stay as they stand."""
    text = PAGE.read_text(encoding="utf-8")
    standing = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    out = HEAD
    for name, title in SECTIONS.items():
        if body := made.get(name, standing.get(title, "")).rstrip():
            out += f"\n## {title}\n{body}\n"
    return out


def main() -> None:
    """Print the tables; write the page where asked."""
    parser = argparse.ArgumentParser(description="Measure what Leadline's speed is worth.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    asked = parser.parse_args()
    if unknown := set(asked.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    # Before we begin, the load is that of other programs.
    load = os.getloadavg()[0]
    made = {}
    for name in asked.sections or SECTIONS:
        made[name] = section(name, load)
        print(f"## {SECTIONS[name]}\n{made[name]}", flush=True)
    if asked.write:
        PAGE.write_text(page(made), encoding="utf-8")


if __name__ == "__main__":
    main()
