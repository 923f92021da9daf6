"""What may be installed: ranges, pins, and the lowest versions."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = {
    line.partition("==")[0].lower(): line.partition("==")[2]
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
}


def direct():
    extras = PROJECT["project"]["optional-dependencies"]
    named = [*PROJECT["project"]["dependencies"], *extras["dev"]]
    named += [*extras["postgres"], *extras["cluster"]]
    return [found for text in named if (found := Requirement(text)).name != "leadline"]


def test_the_constraints_hold_versions_only():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.]+", line), line


def test_every_direct_dependency_is_pinned_inside_its_range():
    for requirement in direct():
        pinned = PINS[requirement.name.lower()]
        assert requirement.specifier.contains(Version(pinned), prereleases=True), requirement


def test_every_runtime_dependency_has_a_lowest_version(tool):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lowest = tool("lowest").lowest(text)
    assert len(lowest) == len(PROJECT["project"]["dependencies"])
    assert "pandas==3.0" in lowest


def test_the_changelog_has_an_entry_for_this_version():
    import leadline

    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{leadline.__version__}]" in text or "## [Unreleased]" in text
