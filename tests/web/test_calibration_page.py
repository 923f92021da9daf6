"""The page on how often the instrument is wrong: what was published, and what is to be done."""

import csv
import io

import pytest
from web.conftest import served

from leadline.calibration import Calibration, published
from leadline.calibration import page as calibration_page
from leadline.web.shelf import Sources
from leadline.web.views import calibration as view


def test_the_page_shows_what_is_published(client):
    reply = client.get("/calibration")
    assert reply.status_code == 200
    found = published()
    assert "How often Leadline is wrong" in reply.text
    for shown in calibration_page.exhibits(found):
        assert f'id="{shown.name}"' in reply.text
    for cell in found.sizes[:20]:
        assert cell.world in reply.text


def test_every_picture_can_be_taken_along(client):
    shown = calibration_page.exhibits(published())
    for exhibit in shown[:2]:
        rows = list(csv.reader(io.StringIO(client.get(f"/calibration/{exhibit.name}.csv").text)))
        assert len(rows) > 1
        assert client.get(f"/calibration/{exhibit.name}.json").json()["seed"] == published().seed
    assert client.get("/calibration/nothing.csv").status_code == 404
    assert client.get("/calibration/sizes.exe").status_code == 404


def test_the_whole_document_can_be_taken_along(client):
    reply = client.get("/calibration/calibration.json")
    assert Calibration.model_validate_json(reply.text) == published()


def test_before_anything_is_measured_the_page_says_so(monkeypatch, tmp_path):
    empty = Calibration(
        leadline="0.0.0", day="2026-01-01", seed=1, n_obs=1, n_resamples=99, schema=1
    )
    monkeypatch.setattr(view, "published", lambda: empty)
    with served(Sources(database=str(tmp_path / "leadline.db"))) as client:
        text = client.get("/calibration").text
    assert "Nothing is measured yet." in text
    assert "leadline calibrate --out DIR" in text


@pytest.mark.parametrize("address", ["/calibration", "/methods/granger"])
def test_without_a_store_the_instrument_is_measured_all_the_same(empty_client, address):
    assert empty_client.get(address).status_code == 200
