"""The reference says what the code does: its examples load, its faults are word for word."""

import re
from pathlib import Path

import pytest

from leadline.claim import (
    Antecedent,
    Article,
    Claim,
    Claimed,
    LiveRule,
    Matters,
    Success,
    Trigger,
    Watch,
    parse,
)
from leadline.errors import ClaimError

PAGE = (Path(__file__).parents[2] / "docs" / "claims.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```\n(?:```text\n(.*?)^```)?", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def small_kinds():
    """Leave the real kinds in place."""


@pytest.mark.parametrize("text", [text for text, faults in BLOCKS if not faults])
def test_each_example_loads_and_reads_back_equal(text):
    found = parse(text, where="docs/claims.md")
    assert parse(found.to_yaml(), where="again") == found


@pytest.mark.parametrize(("text", "faults"), [block for block in BLOCKS if block[1]])
def test_each_wrong_example_gives_the_faults_shown(text, faults):
    with pytest.raises(ClaimError) as caught:
        parse(text, where="claims/x.yml")
    assert str(caught.value) == faults.rstrip("\n")


def test_the_full_example_states_every_field():
    full = next(text for text, _ in BLOCKS if "claims:" in text)
    for model in (
        Article,
        Claim,
        LiveRule,
        Success,
        Antecedent,
        Matters,
        Claimed,
        Watch,
        Trigger,
    ):
        for name in model.model_fields:
            assert re.search(rf"\b{name}:", full), name


def test_the_tables_explain_every_field_and_no_other():
    tables = re.split(r"^### Of ", PAGE, flags=re.MULTILINE)[1:]
    models = (Article, Claim, LiveRule, Success, Watch, Trigger)
    for model, table in zip(models, tables, strict=True):
        rows = re.findall(r"^\| `(\w+)` \|", table.split("\n## ")[0], re.MULTILINE)
        said_for_all = {"supports"} if model is Article else set()
        assert rows == [*dict.fromkeys(rows)]
        assert set(rows) == model.model_fields.keys() | said_for_all
