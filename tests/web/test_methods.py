"""The pages on how claims are tested: every kind, every condition, the rule."""

import pytest

from leadline.calibration import published
from leadline.data.conditions import definitions
from leadline.evidence import kinds
from leadline.report import methods


def test_the_list_links_to_every_kind(client):
    text = client.get("/methods").text
    for name in kinds():
        assert f'href="/methods/{name}"' in text
    assert text.count("<h1>") == 1
    assert 'href="/methods/verdict"' in text
    assert 'href="/methods/conditions"' in text


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_kind_has_a_page_of_its_settings(client, name):
    reply = client.get(f"/methods/{name}")
    assert reply.status_code == 200
    told = methods.methods()[name]
    for setting in told.settings:
        assert f"<code>{setting.name}</code>" in reply.text
    for work in told.sources:
        assert work in reply.text
    assert reply.text.count("<h1>") == 1


def test_a_kind_that_is_not_there_is_not_found(client):
    assert client.get("/methods/nothing").status_code == 404


def test_a_kind_names_the_claims_that_are_put_to_it(client):
    text = client.get("/methods/lag_profile").text
    assert '<a href="/articles/silver-2026/S27">silver-2026/S27</a> (decides)' in text


def test_a_kind_says_how_often_it_was_wrong(client):
    measured = {cell.kind for cell in (*published().sizes, *published().truths)}
    for name in kinds():
        text = client.get(f"/methods/{name}").text
        assert ("Not measured yet" in text) == (name not in measured)


def test_names_that_a_docstring_refers_to_are_links_or_code(client):
    text = client.get("/methods/driver_share").text
    assert "``" not in text
    assert "<code>r_t = a + sum_j b_{j,t} x_{j,t} + e_t</code>" in text


def test_every_condition_has_its_rule_and_place(client):
    text = client.get("/methods/conditions").text
    for name in definitions():
        assert f'id="{name}"' in text
    assert 'href="#debasement_score"' in text or "debasement_score" in text


def test_the_rule_is_asked_in_order(client):
    text = client.get("/methods/verdict").text
    places = [text.index(f"{n}. {word}") for n, word in enumerate(
        ("Untestable", "Contradicted", "Conditional", "Decayed", "Supported", "Weakly supported",
         "Not supported", "Undecidable"), 1)]  # fmt: skip
    assert places == sorted(places)


def test_without_a_store_methods_are_there_all_the_same(empty_client):
    assert empty_client.get("/methods").status_code == 200
    assert empty_client.get("/methods/granger").status_code == 200
