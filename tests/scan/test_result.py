"""What a scan says in words: rates as they were asked for, and what decoys could not tell."""

import numpy as np
import pytest

import leadline as ll
from leadline.scan import exhibits, page, pair, saved
from leadline.scan.result import percent
from leadline.worlds.universes import priced


@pytest.fixture(scope="module")
def prices():
    """Give two series, one of which leads, and too few days to shift one by more than 60."""
    rng = np.random.default_rng(2)
    moves = rng.standard_normal((169, 2)) / 100
    moves[1:, 1] += 0.6 * moves[:-1, 0]
    return priced(moves)


@pytest.mark.parametrize(
    ("level", "said"), [(0.05, "5%"), (0.025, "2.5%"), (0.001, "0.1%"), (0.07, "7%"), (0.2, "20%")]
)
def test_a_level_has_all_its_digits(level, said):
    assert percent(level) == said


@pytest.mark.parametrize(("fdr", "said"), [(0.001, "0.1%"), (0.025, "2.5%")])
def test_the_rate_is_said_as_it_was_asked_for(prices, fdr, said):
    found = ll.scan(prices, 5, fdr=fdr)
    assert f"1 lead at a false discovery rate of {said} (Benjamini-Hochberg)" in found.summary()
    assert repr(found).endswith(f"1 lead at {said})")
    labels = [label for label, _ in page.numbers(found)]
    assert f"Leads that count (at most {said} of them false, on average)" in labels
    assert exhibits.strongest(found).finding.endswith(f"at a false discovery rate of {said}.")
    told = pair.sentences(found, "a000", "a001")
    assert any(f"counts where at most {said} may be" in sentence for sentence in told)


def test_decoys_that_could_not_tell_are_not_zero(prices, tmp_path):
    found = ll.scan(prices, 60)
    assert len(found.found()) == 1
    assert found.table["fdp_shifted"].isna().all()
    assert found.table["fdp_signed"].notna().all()
    told = "False among them, by decoys: not known with every series shifted by itself, 0.0% with"
    assert told in found.summary()
    assert "not known and 0.0%" in dict(page.numbers(found)).values()
    shown = {label: cells for label, *cells in pair.table(found, "a000", "a001").rows}
    assert shown["false ones, by series each shifted by itself"] == ["not known", "not known"]
    for path in page.write(found, tmp_path):
        if path.name == saved.DOCUMENT:
            break
    again = saved.load(tmp_path).found
    assert again.summary() == found.summary()
    assert page.document(again)["leads"][0]["fdp_shifted"] is None
