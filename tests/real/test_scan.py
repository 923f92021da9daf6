"""The universes of docs/results/scan.md, those of its scans that take seconds."""

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.real_data

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "results" / "scan.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def results():
    spec = importlib.util.spec_from_file_location("results", ROOT / "tools" / "scan_results.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_seconds(row):
    return row.rsplit("|", 2)[0]


@pytest.mark.parametrize("name", ["WEEKS", "WEEKS_MARKET", "MARKET"])
def test_the_results_in_the_docs_are_those_of_this_run(results, data_dir, name):
    done = results.run(data_dir, "panel_crypto", getattr(results, name))
    told = [without_seconds(line) for line in PAGE.splitlines() if line.startswith("| `panel_")]
    assert without_seconds(results.row("panel_crypto", done)) in told, "run tools/scan_results.py"
    assert results.story(done.found) in PAGE, "run tools/scan_results.py"


def test_a_misprint_does_in_the_docs_what_it_does_in_this_run(results, data_dir):
    assert "\n".join(results.misprinted(data_dir)) in PAGE, "run tools/scan_results.py"


def test_misprints_and_prices_that_stood_still_are_listed(results, data_dir):
    found = results.run(data_dir, "panel_crypto", results.WEEKS).found
    assert {"IOC", "XST"} <= set(found.ticks["asset"])
    assert not {"BTC", "ETH"} & set(found.ticks["asset"])
    assert found.stale["asset"].nunique() == 29
    assert found.ticks["move"].max() > 100
