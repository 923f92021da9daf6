"""The replay server itself, as it is started by hand."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from replay.cases import COMMON, MUST_FAIL
from replay.server import modules

from leadline.data import providers

TESTS = Path(__file__).parents[1]


def test_every_provider_is_played_on_its_own_hosts():
    played = modules()
    assert set(played) == set(providers.built_in())
    for name, module in played.items():
        assert set(module.HOSTS) >= set(providers.provider(name).hosts), name
    hosts = [host for module in played.values() for host in module.HOSTS]
    assert len(hosts) == len(set(hosts))


def test_every_fault_has_a_name():
    assert set(MUST_FAIL) <= set(COMMON)


@pytest.mark.parametrize("case", ["ok", "404"])
def test_it_says_what_to_export_and_serves_as_told(case):
    command = [sys.executable, "-m", "replay.server", "--today", "2026-11-19"]
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    process = subprocess.Popen(
        [*command, "--case", f"fred.stlouisfed.org={case}"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline()
        assert said.startswith("export LEADLINE_BASE_URL='http://127.0.0.1:")
        assert said.endswith("/{host}' LEADLINE_PACE=0\n")
        base = said.split("'")[1].format(host="fred.stlouisfed.org")
        got = httpx.get(f"{base}/graph/fredgraph.csv", params={"id": "DGS10"})
        assert got.status_code == (200 if case == "ok" else 404)
        assert case == "404" or got.text.startswith("observation_date,DGS10\n1962-01-02,")
    finally:
        process.kill()
        process.communicate()
