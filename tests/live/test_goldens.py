"""What was ever written into a ledger loads for ever, and brings out the hash it had."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest
from live import sample
from pydantic import BaseModel, create_model

from leadline.data.database.ledger import Entry, Registered
from leadline.live import book
from leadline.live.book import Body, Call, Line, Registration, Row, State
from leadline.live.entries import place_of, registration_of, row_of

GOLDEN = Path(__file__).parents[1] / "golden"
KINDS = [kind.model_fields["kind"].default for kind in get_args(get_args(Body)[0])]


def golden(name):
    return (GOLDEN / f"{name}-1.json").read_text().strip()


def a_row(text):
    place = place_of(Row.model_validate_json(text, extra="ignore"))
    return row_of(Entry(1, place, text, "", "", None, datetime(2026, 4, 1, tzinfo=UTC)))


def frozen(text):
    return registration_of(Registered("0" * 64, "made-up/A2", text))


def test_a_registration_loads_and_keeps_its_hash():
    found = frozen(golden("registration"))
    assert found.text == golden("registration")
    assert found.sha256 == "698abf3341330cf1904b9148fe2f529c936711ecf559cbaa4b434be2620210aa"
    assert found.call.mark == 135000.0
    assert found.line.curve == (0.2, 1.1)
    assert [trigger.id for trigger in found.triggers] == ["T1", "T2"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_each_kind_loads_and_brings_out_the_same_text(kind):
    found = a_row(golden(f"row-{kind}"))
    assert found.body.kind == kind
    assert found.text == golden(f"row-{kind}")
    assert found.day == date(2026, 3, 6)


def test_no_default_was_ever_changed():
    # Defaults are not written down: another one would change what old rows say.
    for name, fields in json.loads(golden("ledger-defaults")).items():
        now = getattr(book, name).model_fields
        for field, value in fields.items():
            default = now[field].get_default(call_default_factory=True)
            assert (list(default) if isinstance(default, tuple) else default) == value, name


def test_every_default_is_in_the_golden():
    held = json.loads(golden("ledger-defaults"))
    models = {name: each for name, each in vars(book).items() if isinstance(each, type)}
    for name, model in models.items():
        if model.__module__ == book.__name__ and issubclass(model, BaseModel):
            fields = {f for f, info in model.model_fields.items() if not info.is_required()}
            assert fields == set(held.get(name, {})), f"{name}: write its new defaults there too"


def grown(model, **fields):
    """Give the model as a later version may have it, with more fields that have defaults."""
    return create_model(model.__name__, __base__=model, **fields)


def test_a_field_that_a_later_version_adds_changes_no_hash():
    old = sample.registrations()["made-up/A2"]
    more = {"note": (str, ""), "many": (tuple[int, ...], ())}
    later = grown(Registration, call=(grown(Call, **more) | None, None), **more)
    later = grown(later, line=(grown(Line, **more) | None, None))
    new = later.model_validate_json(old.text)
    assert new.call.note == new.note == ""
    assert new.sha256 == old.sha256
    row = next(row for row in sample.book().rows if isinstance(row.body, State))
    body = grown(State, **more)
    assert grown(Row, body=(body, ...)).model_validate_json(row.text).sha256 == row.sha256


def test_what_is_not_the_default_does_change_the_hash():
    old = sample.registrations()["made-up/A2"]
    line = old.line.model_copy(update={"column": 1})
    assert old.model_copy(update={"line": line}).sha256 != old.sha256


def test_keys_of_a_later_version_are_ignored_wherever_they_stand():
    def grow(value):
        if isinstance(value, dict):
            return {key: grow(each) for key, each in value.items()} | {"later": 1}
        return [grow(each) for each in value] if isinstance(value, list) else value

    told = json.loads(golden("registration"))
    told = grow({k: v for k, v in told.items() if k != "rules"}) | {"rules": told["rules"]}
    assert frozen(json.dumps(told)) == frozen(golden("registration"))
    for kind in ("state", "odds"):
        told = json.dumps(grow(json.loads(golden(f"row-{kind}"))))
        assert a_row(told) == a_row(golden(f"row-{kind}"))
