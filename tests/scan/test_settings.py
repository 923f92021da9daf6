"""What a scan is asked is checked before anything is computed, and kept as JSON can hold it."""

import json

import numpy as np
import pytest

import leadline as ll
from leadline.errors import LeadlineError
from leadline.scan import tiles
from leadline.scan.settings import Settings
from leadline.worlds.universes import priced


@pytest.fixture(scope="module")
def prices():
    return priced(np.random.default_rng(4).standard_normal((300, 3)) / 100)


def test_numbers_of_numpy_are_numbers(prices):
    asked = Settings(
        max_lag=np.int64(10),
        min_lag=np.int16(2),
        factors=np.int64(2),
        resamples=np.uint8(19),
        fdr=np.float64(0.1),
        decoys=np.True_,
        leaders=tuple(np.array(["a", "b"])),
    )
    assert asked == Settings(10, 2, "day", 2, 19, 0.1, leaders=("a", "b"))
    assert json.dumps([asked.max_lag, asked.factors, asked.fdr, asked.decoys, *asked.leaders])
    found = ll.scan(prices, max_lag=np.int64(10), factors=np.int64(1))
    assert found.manifest == ll.scan(prices, max_lag=10, factors=1).manifest


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"max_lag": 10.0}, r"max_lag is 10\.0; give a whole number"),
        ({"max_lag": "10"}, "max_lag is '10'; give a whole number"),
        ({"max_lag": None}, "max_lag is None; give a whole number"),
        ({"max_lag": True}, "max_lag is True; give a whole number"),
        ({"min_lag": 1.0}, r"min_lag is 1\.0; give a whole number"),
        ({"resamples": 99.0}, r"resamples is 99\.0; give a whole number"),
        ({"factors": 2.0}, r"factors is 2\.0; give a number, 'market', or a name"),
        ({"factors": None}, "factors is None; give"),
        ({"factors": True}, "factors is True; give"),
        ({"fdr": "0.05"}, "fdr is '0.05'; give a share"),
        ({"fdr": None}, "fdr is None; give a share"),
        ({"fdr": float("nan")}, "fdr is nan; give a share"),
        ({"every": None}, "every is None; give 'day' or 'week'"),
        ({"every": ["day"]}, r"every is \['day'\]; give 'day' or 'week'"),
        ({"decoys": None}, "decoys is None; give True or False"),
        ({"seed": 3}, "seed is 3; give text"),
        ({"device": None}, "device is None; give text"),
        ({"leaders": "a000"}, "leaders is 'a000'; give a list of names"),
        ({"leaders": 0}, "leaders is 0; give a list of names"),
        ({"leaders": [0]}, "leaders: 0 is no text; write it as '0'"),
        ({"followers": [None]}, "followers: None is no text"),
        ({"workers": 2.5}, r"workers is 2\.5; give a whole number"),
        ({"executor": []}, r"There is no executor \[\]"),
        ({"executor": [], "device": "cuda"}, r"There is no executor \[\]"),
    ],
)
def test_what_is_of_another_kind_is_refused_by_name(prices, settings, words):
    with pytest.raises(LeadlineError, match=words):
        ll.scan(prices, **settings)


def test_one_series_cannot_be_all_leaders_and_all_followers(prices):
    with pytest.raises(LeadlineError, match="'a001' is the only leader and the only follower"):
        ll.scan(prices, leaders=["a001", "a001"], followers=["a001"])
    assert len(ll.scan(prices, 5, leaders=["a001"], followers=["a001", "a002"]).table) == 1


@pytest.mark.parametrize(
    "settings", [{"leaders": ["zz"]}, {"executor": "clouds"}, {"workers": 0}, {"factors": "zz"}]
)
def test_what_is_refused_leaves_nothing_behind(prices, settings, tmp_path):
    with pytest.raises(LeadlineError):
        ll.scan(prices, 5, out=tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["[]", "3", '{"name": "an extension"}'])
def test_a_manifest_of_something_else_is_refused(tmp_path, text):
    (tmp_path / tiles.MANIFEST).write_text(text)
    with pytest.raises(LeadlineError, match=r"manifest\.json: is no manifest of a scan"):
        tiles.Results.open(tmp_path, {"document": "scan"})
    assert (tmp_path / tiles.MANIFEST).read_text() == text
