"""The demo tells the market with the lead from the one without."""

import json

import pytest
from typer.testing import CliRunner

from leadline import archive, demo
from leadline.cli import app


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    steps = []
    folder = tmp_path_factory.mktemp("demo")
    made = demo.demo(folder, lambda what, share: steps.append((what, share)))
    assert [share for _, share in steps] == [1 / 3, 2 / 3, 1.0]
    return made


def test_the_lead_is_supported_and_found_where_it_was_planted(result):
    lead, none = result.markets
    assert lead.world.link.lag * 7 / 5 == pytest.approx(45, abs=1)
    assert lead.verdict.history.outcome == "supported"
    # 45 days are 6.4 weeks.
    assert lead.verdict.evidence[0].components["best_lag"] in (6, 7)
    assert none.world.link is None
    assert none.verdict.history.outcome in ("not_supported", "undecidable")


def test_the_two_markets_differ_in_the_lead_alone(result):
    lead, none = (market.world for market in result.markets)
    assert lead.market == none.market
    assert lead.market.tails == "garch_t"
    assert min(lead.market.shared_volatility, lead.market.same_day, lead.market.later) > 0


def test_verdict_stands_beside_truth(result):
    words = result.words()
    for market in result.markets:
        assert " ".join(market.world.truth.split()) in " ".join(words.split())
    assert words.count("  truth ") == words.count("  verdict ") == 2
    assert "SUPPORTED." in words
    assert max(map(len, words.splitlines())) <= 80


def test_what_was_written_is_what_was_said(result):
    *documents, page = result.written
    assert page == result.report
    assert "<html" in page.read_text(encoding="utf-8")
    for path, market in zip(documents, result.markets, strict=True):
        assert archive.load(path) == market.verdict
    document = result.to_json()
    assert json.loads(json.dumps(document))["markets"][0]["verdict"]["document"] == "verdict"


@pytest.fixture
def command(result, monkeypatch):
    """Give the command line, whose trial is the one already heard."""
    monkeypatch.setattr(demo, "demo", lambda *_: result)

    def run(*words):
        shown = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["demo", *words])
        assert shown.exit_code == 0, shown.output
        return shown.stdout

    return run


def test_the_command_prints_it_and_ends_with_the_report(command, result):
    shown = command("--out", "anywhere")
    assert shown.startswith(result.words())
    assert shown.splitlines()[-1] == f"Report: {result.report}"


def test_the_command_prints_one_json_document(command, result):
    assert json.loads(command("--json")) == result.to_json()
