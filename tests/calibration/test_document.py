"""The document: read back as it was written, counted rightly, shown as it is."""

import json
from pathlib import Path

import pytest
from scipy.stats import binomtest
from typer.testing import CliRunner

from leadline import calibration
from leadline.calibration import document, jobs, markdown, page, promises, run
from leadline.calibration.document import Cell, Outcomes, Process, Share, cell
from leadline.cli import app
from leadline.errors import ArchiveError
from leadline.evidence import kinds

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found():
    return calibration.published()


def test_what_is_written_is_read_back(found, tmp_path):
    text = document.dumps(found)
    assert document.loads(text, "here") == found
    assert json.loads(text)["document"] == "calibration"
    path = tmp_path / "calibration.json"
    path.write_text(text, encoding="utf-8")
    assert calibration.load(path) == found
    later = json.loads(text) | {"of_a_later_version": 1}
    assert document.loads(json.dumps(later), "here") == found


@pytest.mark.parametrize("text", ["", "[]", '{"document": "verdict"}'])
def test_what_is_no_calibration_is_refused(text, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ArchiveError, match="Not a calibration document"):
        calibration.load(path)
    with pytest.raises(ArchiveError, match="No such file"):
        calibration.load(tmp_path / "y.json")


def test_a_cell_counts_at_three_levels():
    made = cell("t", "k", "iid", [0.01] * 3 + [0.05] * 4 + [0.10] * 5 + [1.0] * 88)
    assert made.rejected == (3, 7, 12)
    interval = binomtest(7, 100).proportion_ci(0.99, "exact")
    assert (made.low, made.high) == pytest.approx((interval.low, interval.high))
    assert made.state == "keeps"
    assert not made.within


def state(k, n=1000, **more):
    return cell("t", "k", "w", [0.0] * k + [1.0] * (n - k), **more).state


def test_a_size_stands_where_the_binomial_bounds_say():
    assert [state(k) for k in (32, 33, 50, 69, 70)] == ["below", "keeps", "keeps", "keeps", "above"]
    assert state(0, conservative=True) == "keeps"
    assert state(900, true_here=True) == "true"
    assert state(90, level=0.08) == "keeps"


def test_a_size_above_is_seen_through_only_where_the_rest_keeps_the_level():
    assert state(90, unwarned=60) == "caveated"
    assert state(90, unwarned=75) == "above"


def test_evidence_is_valid_within_chance_alone():
    def process(k, n=1000):
        few = Share.of(0, n)
        return Process(process="p", world="w", at_20=Share.of(k, n), at_100=few)

    assert process(68).is_valid
    assert not process(80).is_valid


def test_a_promise_is_kept_broken_or_not_measured():
    promise = promises.Promise("n", "c", "w", ("supported",), 0.9, at_least=True)
    assert promise.check(()).holds is None
    for n, holds in ((9, True), (8, False)):
        counts = {"supported": n, "undecidable": 10 - n}
        row = Outcomes(claim="c", world="w", truth="t", n=10, counts=counts)
        check = promise.check((row,))
        assert check.holds is holds
        assert check.found == f"{n * 10}% of 10"


def row(shares, **more):
    worlds = [*(first for first, *_ in promises.AMONG_THEM), *"abcdefgh"]
    return [
        cell(
            "t", "k", world, [0.0] * round(1000 * share) + [1.0] * round(1000 * (1 - share)), **more
        )
        for world, share in zip(worlds, shares, strict=False)
    ]


def test_a_kind_keeps_its_level_in_eight_worlds_or_does_not():
    assert promises.size_check("t", row([0.05] * 8)).holds is True
    assert promises.size_check("t", row([0.05] * 7)).holds is False
    assert promises.size_check("t", row([0.05] * 8 + [0.09])).holds is False
    assert promises.size_check("t", row([0.05] * 8 + [0.09], unwarned=3)).holds is True
    assert promises.size_check("t", row([0.05] * 7 + [0.067])).holds is False
    assert promises.size_check("t", row([0.05] * 7 + [0.067], unwarned=3)).holds is True
    assert promises.size_check("t", row([0.0] * 8)).holds is False
    assert promises.size_check("t", row([0.0] * 8, conservative=True)).holds is True
    assert promises.size_check("t", row([0.05] * 12)[4:]).holds is None


def test_a_world_in_which_the_answer_is_yes_is_no_false_alarm_and_not_missing():
    cells = [*row([1.0], true_here=True), *row([0.0] + [0.05] * 8)[1:]]
    assert promises.size_check("t", cells).holds is True
    assert promises.size_check("t", cells[:-1]).holds is False


def test_every_rated_kind_is_in_the_published_one(found):
    from leadline.calibration.designs import READINGS

    assert {each.kind for each in found.sizes} == set(kinds()) - set(READINGS)
    assert {each.kind for each in found.truths} == set(kinds()) - set(READINGS)
    assert all(isinstance(each, Cell) for each in found.habits)
    assert any(each.state == "above" for each in found.habits)


def test_the_page_in_the_docs_is_that_of_the_published_one(found):
    written = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
    assert written == markdown.page(found), "run: python tools/calibrate.py"


def test_no_row_is_hidden(found):
    text, html = markdown.page(found), page.page(found)
    for each in (*found.sizes, *found.habits):
        assert each.test in text
        assert each.test in html
    for each in found.off():
        assert f"**{page.percent(each.share)}**" in text
        assert f"{page.percent(each.share)}</b> {page.STATES[each.state][0]}" in html
    assert "script-src" in html
    for check in found.checks:
        assert check.asks in html


def test_the_page_says_what_is_missing():
    empty = document.Calibration(leadline="0", day="2026-01-01", seed=1, n_obs=10, n_resamples=99)
    assert "leadline calibrate --out DIR" in page.page(empty)
    assert "## The worlds" in markdown.page(empty)
    assert page.summary(empty) == []


@pytest.fixture
def quick(monkeypatch):
    """Give a command line whose jobs are few."""
    every = jobs.jobs

    def few(asked=(), n_worlds=1000):
        return tuple(job for job in every(asked, n_worlds) if job.world in {"iid", "same day"})

    monkeypatch.setattr(run, "jobs", few)

    def invoke(*words):
        shown = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["calibrate", *words])
        return shown.exit_code, shown.stdout, shown.stderr

    return invoke


def test_the_command_measures_shows_and_writes(quick, tmp_path):
    words = ("shock_response", "sizes", "--worlds", "2", "--executor", "threads")
    code, out, err = quick(
        "shock_response", "--worlds", "3", "--executor", "threads", "--out", str(tmp_path / "run")
    )
    assert code == 0, err
    assert "shock_response, 13 weeks" in out
    assert max(map(len, out.splitlines()[2:4])) <= 80
    for name in ("calibration.json", "calibration.md", "calibration.html"):
        assert (tmp_path / "run" / name).stat().st_size > 0
        assert name in err
    assert calibration.load(tmp_path / "run" / "calibration.json").sizes[0].n == 3
    assert words


def test_the_command_prints_one_document(quick):
    code, out, _ = quick("shock_response", "--quick", "--executor", "threads", "--json")
    assert code == 0
    assert json.loads(out)["sizes"][0]["n"] == jobs.QUICK


def test_the_command_says_what_it_does_not_know(quick):
    code, _, err = quick("shock_respons")
    assert code == 2
    assert "Did you mean 'shock_response'" in err
    code, _, err = quick("shock_response", "--executor", "cloud")
    assert code == 2
    assert "There is no executor 'cloud'" in err
