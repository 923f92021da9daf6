"""Two documents, digit for digit."""

import pytest

from leadline.cli.compare import differences


@pytest.mark.parametrize(
    ("archived", "recomputed", "said"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 0.1}, {"a": 0.1000000001}, ["a: archived 0.1, recomputed 0.1000000001"]),
        ({"a": 1}, {"a": 1.0}, ["a: archived 1, recomputed 1.0"]),
        ({"a": True}, {"a": 1}, ["a: archived True, recomputed 1"]),
        ({"a": 1}, {}, ["a: only in the archived document"]),
        ({}, {"b": {"c": 1}}, ["b: only in the recomputed document"]),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, ["a[1].b: archived 2, recomputed 3"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a: archived 1 items, recomputed 2"]),
        ({"a": None}, {"a": {}}, ["a: archived None, recomputed {}"]),
    ],
)
def test_each_place_that_differs_is_named(archived, recomputed, said):
    assert list(differences(archived, recomputed)) == said


def test_when_a_document_was_made_may_differ():
    one, other = ({"made_by": {"at": at, "leadline": "0.1.0"}} for at in ("then", "later"))
    assert not list(differences(one, other))
