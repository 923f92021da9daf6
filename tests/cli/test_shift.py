"""What an overlay is worth."""

import json

import pytest


def test_shift_says_how_easily_chance_does_as_well(trial):
    shown = trial("shift", "gold", "bitcoin", "--days", 65)
    assert shown.exit_code == 0, shown.output
    assert "gold moved 65 days forward, over bitcoin; data to 2022-12-31" in shown.stdout
    assert "random walks" in shown.stdout
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80


def test_shift_gives_its_four_figures_as_json(trial):
    found = json.loads(trial("shift", "gold", "btc", "--days", 65, "--json").stdout)
    assert (found["document"], found["schema"], found["days"]) == ("shift", 1, 65)
    assert {"level_r", "return_r", "p_search", "share_random"} <= set(found)
    assert found["share_random"] <= found["p_search"] or found["p_search"] <= 1


def test_a_window_changes_the_figures(trial):
    whole = trial("shift", "gold", "bitcoin", "--days", 30, "--json")
    part = trial("shift", "gold", "bitcoin", "--days", 30, "--json", "--start", "2020-01-01")
    assert json.loads(whole.stdout)["level_r"] != json.loads(part.stdout)["level_r"]
    assert json.loads(part.stdout)["start"] == "2020-01-01"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gold", "bitcoin", "--days", 500), "0 to 365"),
        (("gold", "bitcoin", "--days", -1), "0 to 365"),
        (("gld", "bitcoin", "--days", 65), "Did you mean 'gold'?"),
        (("gold", "bitcoin", "--days", 65, "--start", "2022-12-01"), "needs"),
        (("gold", "bitcoin", "--days", 65, "--stop", "2017-01-01"), "No common observations"),
    ],
)
def test_what_cannot_be_compared_is_one_message(words, said, trial):
    shown = trial("shift", *words)
    assert shown.exit_code == 2
    assert shown.stdout == ""
    assert said in shown.stderr
    assert shown.stderr.startswith("leadline: ")


def test_a_shift_needs_its_days(trial):
    shown = trial("shift", "gold", "bitcoin")
    assert shown.exit_code == 2
    assert "--days" in shown.stderr
