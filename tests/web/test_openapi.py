"""The interface keeps what its description promises, whatever it is asked (schemathesis)."""

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import settings
from web.conftest import verdicts

from leadline.web import api
from leadline.web.api import problems
from leadline.web.shelf import Shelf

_shelves: list[Shelf] = []
_app = FastAPI()
_app.mount(api.PREFIX, api.application(lambda: _shelves[-1]))
problems.install(_app)
described = schemathesis.openapi.from_asgi(f"{api.PREFIX}/openapi.json", _app)


@pytest.fixture(autouse=True)
def _over_the_small_store(shelf):
    _shelves[:] = [shelf]


SEAL = verdicts()[0].seal
THERE = {
    "/articles/{article}": "articles/silver-2026",
    "/claims/{article}/{claim}": "claims/made-up/A1",
    "/verdicts/{seal}": f"verdicts/{SEAL}",
    "/verdicts/{seal}/evidence": f"verdicts/{SEAL}/evidence",
    "/verdicts/{seal}/evidence/{place}/exhibits/{name}": (
        f"verdicts/{SEAL}/evidence/1/exhibits/placebos"
    ),
    "/verdicts/{seal}/live/exhibits/{name}": f"verdicts/{SEAL}/live/exhibits/since",
    "/ledger/{number}": "ledger/7",
    "/kinds/{kind}": "kinds/lag_profile",
    "/conditions/{name}": "conditions/debasement",
    "/providers/{name}": "providers/fred",
}
"""For each pattern that names one thing, one that the small store has."""


@described.parametrize()
@settings(max_examples=3)
def test_nothing_is_found_in_a_few_requests(case):
    case.call_and_validate()


@pytest.mark.slow
@described.parametrize()
@settings(max_examples=200)
def test_nothing_is_found_in_many_requests(case):
    case.call_and_validate()


def test_what_is_there_is_as_described(client):
    for path in api.description()["paths"]:
        if "{" not in path or path in THERE:
            answer = client.get(f"{api.PREFIX}/{THERE.get(path, path.removeprefix('/'))}")
            assert answer.status_code == 200, path
            described[path]["GET"].validate_response(answer)


def test_every_part_of_the_description_is_explained():
    description = api.description()
    assert description["info"]["license"]["identifier"] == "Apache-2.0"
    for path, methods in description["paths"].items():
        said = methods["get"]
        assert set(methods) == {"get"}
        assert said["description"].endswith("."), path
        assert said["tags"], path
        for parameter in said.get("parameters", []):
            if parameter["in"] == "query":
                assert parameter["description"].endswith("."), (path, parameter["name"])
