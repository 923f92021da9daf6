from pathlib import Path

import pytest

from leadline import claim
from leadline.claim import Claim, find, library, load, load_article, parse
from leadline.data.conditions import sources
from leadline.data.series import catalogue


@pytest.fixture(autouse=True)
def small_kinds():
    """Leave the real kinds and the real library in place."""


def test_the_founding_article_is_in_the_library():
    article = load_article("silver-2026")
    assert {"S01", "S03", "S04", "S17", "S25", "S27"} <= {c.id for c in article.claims}


@pytest.mark.parametrize("name", ["W03", "W10"])
def test_a_published_claim_is_found_by_its_bare_id(name):
    assert load(name).id == name
    assert isinstance(find(name), Claim)


def test_the_library_reads_back_equal():
    for article in library():
        again = parse(article.to_yaml(), where=article.id)
        assert again == article
        assert [c.sha256 for c in again.claims] == [c.sha256 for c in article.claims]


def test_ids_name_one_claim_in_the_whole_library():
    refs = [c.id for article in library() for c in article.claims]
    assert len(refs) == len(set(refs))


def test_every_series_of_the_library_rests_on_the_catalogue():
    for article in library():
        for each in article.claims:
            assert set(sources(each.series())[0]) <= catalogue().keys(), each.ref


def test_every_file_is_named_after_its_article():
    folder = Path(claim.__file__).with_name("library")
    names = [path.stem for path in sorted(folder.glob("*.yaml"))]
    assert names == [article.id for article in library()]
