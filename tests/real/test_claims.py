"""The claims of the library on the folder of real series."""

import csv
import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from leadline import archive
from leadline.claim import Claim, load, load_article
from leadline.data.providers.folder import FolderStore
from leadline.trial import hear, hear_article
from leadline.verdict import Outcome

pytestmark = pytest.mark.real_data

DAY = date(2026, 8, 20)
BEFORE = date(2026, 1, 22)
RESULTS = Path(__file__).parents[2] / "docs" / "results" / "silver-2026.md"
LIBRARY = {
    "silver-2026": [f"S{number:02d}" for number in range(1, 35)],
    "gold-leads-by-65-days": ["W03"],
    "silver-leads-by-six-months": ["W10"],
}


@pytest.fixture(scope="module")
def store(data_dir):
    return FolderStore(data_dir)


@pytest.fixture(scope="module")
def verdicts(store):
    heard = [v for name in LIBRARY for v in hear_article(load_article(name), store, as_of=DAY)]
    return {verdict.claim.id: verdict for verdict in heard}


def evidence(verdict):
    return [found.model_dump_json() for found in verdict.evidence]


def test_every_claim_is_heard_and_gets_one_of_the_eight_outcomes(verdicts):
    assert list(verdicts) == [f"{name}/{claim}" for name, ids in LIBRARY.items() for claim in ids]
    for name, verdict in verdicts.items():
        assert verdict.history.outcome in get_args(Outcome)
        assert verdict.history.sentence
        if name == "silver-2026/S34":
            assert verdict.history.outcome == "untestable"
            assert not verdict.evidence
        else:
            assert verdict.history.outcome != "untestable"
            assert len(verdict.history.numbers) == 4
            assert all(found.status == "ok" for found in verdict.evidence)


def test_the_results_in_the_docs_are_those_of_this_run(verdicts):
    text = RESULTS.read_text(encoding="utf-8")
    told = re.findall(
        r"^\| \[(S\d\d)\]\(#s\d\d\) \|[^|]+\|[^|]*\| ([a-z ]+) \|", text, re.MULTILINE
    )
    heard = {name: v for name, v in verdicts.items() if name.startswith("silver-2026/")}
    assert told == [
        (name.removeprefix("silver-2026/"), verdict.history.outcome.replace("_", " "))
        for name, verdict in heard.items()
    ], "run tools/results.py"
    for verdict in heard.values():
        assert f"claim `{verdict.claim.sha256[:12]}`" in text, "run tools/results.py"


def test_silver_strong_and_bitcoin_rally_are_read_in_twenty_ways_and_more(verdicts):
    for name in ("S25", "S27"):
        pairs = {
            (shown.choices.get("leader"), shown.choices["event"], shown.choices["rally"])
            for found in verdicts[f"silver-2026/{name}"].evidence
            if found.kind == "event_coincidence"
            for shown in found.exhibit("specification_curve").specifications
        }
        assert len({pair[1:] for pair in pairs}) >= 20
        assert all(0 < found.forks.p <= 1 for found in verdicts[f"silver-2026/{name}"].evidence)


def test_the_conditions_in_force_are_written_on_the_verdict(verdicts):
    rows = {row["id"]: row for row in verdicts["silver-2026/S22"].data}
    assert {"phase_debasement", "debasement", "t10yie", "walcl"} <= rows.keys()
    assert rows["phase_debasement"]["basis"] == "derived"


def test_silver_set_its_record_at_101_dollars(verdicts):
    verdict = verdicts["silver-2026/S01"]
    assert verdict.history.outcome == "supported"
    assert verdict.evidence[0].estimate.value == pytest.approx(102.9, abs=0.05)
    assert verdict.evidence[0].stop == "2026-01-23"


def test_bitcoin_had_not_followed_silver(verdicts):
    assert verdicts["silver-2026/S04"].history.outcome == "supported"


def test_a_level_that_was_never_reached_is_contradicted(store):
    claim = load("silver-2026/S01")
    said = claim.model_dump(mode="json")
    said["tests"][0]["reaches"] = 150
    verdict = hear(Claim.model_validate_json(json.dumps(said)), store, as_of=DAY)
    assert verdict.history.outcome == "contradicted"


def test_the_published_level_correlation_is_reproduced_and_noise_reaches_as_much(verdicts):
    found = verdicts["gold-leads-by-65-days/W03"].evidence[0]
    assert found.kind == "level_correlation"
    assert found.estimate.value == pytest.approx(0.82, abs=0.03)
    assert found.at == "65 days"
    assert 0 < found.components["noise_median"] < found.components["noise_reaches"] < 1
    assert found.exhibit("level_profile") is not None
    assert found.exhibit("overlay").start_shift == 65


@pytest.mark.parametrize(
    "name", ["S08", "S10", "S16", "S17", "S19", "S22", "S24", "S26", "S27", "S29", "S31"]
)
def test_the_history_of_the_day_before_is_the_history_of_today(verdicts, store, name):
    then = hear(load(f"silver-2026/{name}"), store, as_of=BEFORE)
    today = verdicts[f"silver-2026/{name}"]
    assert evidence(then) == evidence(today)
    assert then.history == today.history
    assert then.as_of == BEFORE < today.as_of
    assert then.history.data_until == BEFORE


@pytest.mark.parametrize("name", ["S04", "S17"])
def test_two_runs_give_the_same_bytes_apart_from_the_clock(verdicts, data_dir, name):
    ref = f"silver-2026/{name}"
    clock = verdicts[ref].made_by
    again = hear(load(ref), FolderStore(data_dir), as_of=DAY)
    again = archive.sealed(again.model_copy(update={"made_by": clock}))
    assert archive.dumps(again) == archive.dumps(verdicts[ref])


@pytest.fixture
def planted(data_dir, tmp_path):
    """Give a folder in which silver and Bitcoin soar after the claim, and each day of it."""
    for name in ("silver", "btc", "gold", "oil_wti", "copper"):
        (source,) = (
            path for path in data_dir.iterdir() if path.name in {f"{name}.csv", f"{name}.csv.gz"}
        )
        shutil.copy(source, tmp_path / source.name)
    for name in ("silver", "btc"):
        path = tmp_path / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as lines:
            header, *rows = list(csv.reader(lines))
        kept = [row for row in rows if row[0] <= str(BEFORE)]
        last = [float(cell) for cell in kept[-1][1:]]
        soared = [
            [day, *(f"{value * (1.1 if name == 'silver' else 1.2) ** step:.2f}" for value in last)]
            for step, day in enumerate(("2026-01-23", "2026-01-26", "2026-01-27"), 1)
        ]
        with path.open("w", encoding="utf-8", newline="") as lines:
            csv.writer(lines).writerows([header, *kept, *soared])
    return FolderStore(tmp_path)


@pytest.mark.parametrize("name", ["S17", "S27"])
def test_planted_days_of_the_future_change_nothing_before(verdicts, planted, name):
    verdict = hear(load(f"silver-2026/{name}"), planted)
    assert verdict.as_of > BEFORE
    assert evidence(verdict) == evidence(verdicts[f"silver-2026/{name}"])
