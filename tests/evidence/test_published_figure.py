"""What is cited decides only where it was traced, and only from the day it was published."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leadline import report
from leadline.data import published
from leadline.data.panel import Panel
from leadline.evidence import published_figure
from leadline.evidence.published_figure import PublishedFigure

CLAIM_DAY = date(2026, 1, 23)
TABLE = {
    "publications": {
        f"s{year}": {
            "publisher": house,
            "title": f"Survey {year}",
            "published": f"{year + 1}-04-01",
            "read": "own",
            "address": f"https://example.org/{year}",
        }
        for year, house in ((2020, "A"), (2021, "A"), (2022, "A"), (2023, "B"))
    },
    "figures": {
        "balance": {
            "title": "Balance",
            "unit": "tonnes",
            "definition": "In less out.",
            "rows": [
                {"year": 2020, "value": 5, "in": "s2020"},
                {"year": 2021, "value": -3, "in": "s2021"},
                {"year": 2022, "value": -4, "in": "s2022"},
                {"year": 2022, "value": 1, "in": "s2023"},
                {"year": 2023, "value": -6, "in": "s2023"},
                {"year": 2023, "value": 9, "in": "s2022", "forecast": True},
                {"year": 2021, "value": 7, "in": "s2022", "unverified": "read in a newspaper"},
            ],
        },
        "rumour": {
            "title": "Rumour",
            "unit": "share",
            "definition": "Of all.",
            "rows": [{"year": 2021, "value": 0.7, "in": "s2021", "unverified": "read in a blog"}],
        },
    },
}


@pytest.fixture
def small(monkeypatch):
    """Put a small table of figures in the place of the package's."""
    table = published.parse(TABLE)
    monkeypatch.setattr(published, "figures", lambda: table)


def a_test(**settings):
    return PublishedFigure.model_validate(settings)


def found(day=CLAIM_DAY, **settings):
    panel = Panel(as_of=day, days=np.array([np.datetime64(day, "D")]), columns={})
    return a_test(**settings).find(panel, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"year": 2021, "below": 0}, True),
        ({"year": 2021, "below": -3}, False),
        ({"year": 2021, "at_most": -3}, True),
        ({"year": 2021, "at_least": -3}, True),
        ({"year": 2021, "above": -3}, False),
        ({"year": 2020, "below": 0}, False),
        # Two publications disagree about the sign, and agree that it is small.
        ({"year": 2022, "below": 0}, None),
        ({"year": 2022, "below": 10}, True),
        ({"years": [2021, 2023], "below": 0}, None),
        ({"years": [2020, 2023], "below": 0}, False),
        ({"years": [2020, 2021], "below": 0, "consecutive": 1}, True),
        ({"years": [2020, 2021], "below": 0, "consecutive": 2}, False),
        ({"years": [2020, 2023], "below": 0, "consecutive": 2}, None),
        ({"years": [2020, 2023], "below": 0, "consecutive": 4}, False),
    ],
)
@pytest.mark.usefixtures("small")
def test_the_rule_is_applied_to_what_was_traced(rule, holds):
    assert found(figure="balance", **rule).holds is holds


@pytest.mark.usefixtures("small")
def test_a_figure_that_could_not_be_traced_decides_nothing():
    evidence = found(figure="rumour", year=2021, at_least=0.5)
    assert evidence.status == "ok"
    assert evidence.holds is None
    assert evidence.estimate is None
    assert "for 2021 no row is both traced and final (1 row known)" in evidence.summary
    assert "70.0%, untraced or forecast" in {n.name: n.text for n in evidence.numbers}["size"]


@pytest.mark.usefixtures("small")
def test_publications_that_disagree_are_both_shown_with_their_range():
    evidence = found(figure="balance", year=2022, below=0)
    assert "2022 traced publications disagree" in evidence.summary
    assert {n.name: n.text for n in evidence.numbers}["size"] == "-4 tonnes to 1 tonnes"
    rows = evidence.exhibit("sources").rows
    assert [row[1] for row in rows] == ["-4 tonnes", "1 tonnes"]


@pytest.mark.usefixtures("small")
def test_a_row_that_cannot_decide_and_says_otherwise_is_told():
    evidence = found(figure="balance", year=2023, below=0)
    assert evidence.holds
    assert any("1 row that cannot decide would say otherwise" in c for c in evidence.caveats)


@pytest.mark.usefixtures("small")
def test_no_row_at_all_is_a_finding():
    evidence = found(figure="balance", year=1999, below=0)
    assert evidence.status == "infeasible"
    assert "No publication of balance in 1999 is known here by 23 Jan 2026" in evidence.summary


@pytest.mark.usefixtures("small")
def test_nothing_published_later_counts():
    rule = {"figure": "balance", "year": 2022, "below": 0}
    assert found(date(2023, 3, 31), **rule).status == "infeasible"
    assert found(date(2023, 4, 1), **rule).holds is True
    assert found(date(2024, 4, 1), **rule).holds is None
    assert found(date(2024, 4, 1), **rule, known_by="2024-03-31").holds is True
    # The day of the question cuts what the claim would allow.
    assert found(date(2023, 3, 31), **rule, known_by="2026-01-01").status == "infeasible"


@given(
    day=st.dates(date(2020, 1, 1), date(2026, 12, 31)),
    figure=st.sampled_from(sorted(published.figures())),
)
def test_the_answer_of_a_day_is_that_of_a_table_which_ends_on_it(day, figure):
    rule = {"figure": figure, "years": [2005, 2026], "above": 0, "consecutive": 1}
    whole = published.figures()
    cut = {
        key: each.model_copy(
            update={"rows": tuple(r for r in each.rows if r.publication.known_on <= day)}
        )
        for key, each in whole.items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(published, "figures", lambda: cut)
        truncated = found(day, **rule)
    assert found(day, **rule) == truncated


@given(
    values=st.lists(st.integers(-3, 3), min_size=1, max_size=7),
    bound=st.integers(-3, 3),
    consecutive=st.integers(1, 7),
)
def test_runs_of_years_are_what_a_plain_count_finds(values, bound, consecutive):
    consecutive = min(consecutive, len(values))
    table = {
        "publications": {"s": TABLE["publications"]["s2020"] | {"published": "2020-01-01"}},
        "figures": {
            "balance": TABLE["figures"]["balance"]
            | {"rows": [{"year": 1990 + i, "value": v, "in": "s"} for i, v in enumerate(values)]}
        },
    }
    longest, run = 0, 0
    for value in values:
        run = run + 1 if value < bound else 0
        longest = max(longest, run)
    parsed = published.parse(table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(published, "figures", lambda: parsed)
        years = [1990, 1989 + len(values)]
        plain = found(figure="balance", years=years, below=bound)
        runs = found(figure="balance", years=years, below=bound, consecutive=consecutive)
    assert plain.holds is (longest == len(values))
    assert runs.holds is (longest >= consecutive)


@given(
    values=st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=6),
    consecutive=st.integers(1, 6),
)
def test_an_open_year_decides_only_what_it_cannot_change(values, consecutive):
    """Zero stands for an open year; the answer is right whichever way that year turns out."""
    consecutive = min(consecutive, len(values))
    test = a_test(
        figure="silver_market_balance", years=[1, len(values)], below=0, consecutive=consecutive
    )
    known = [None if v == 0 else v < 0 for v in values]
    possible = {
        test._joined(filled)
        for filled in (
            [turn if answer is None else answer for answer in known] for turn in (True, False)
        )
    }
    # Runs are longest and shortest when all open years turn out one way.
    assert test._joined(known) is (possible.pop() if len(possible) == 1 else None)


def test_the_founding_article_is_borne_out_where_it_could_be_traced():
    deficit = found(figure="silver_deficit_years", year=2024, at_least=3)
    assert deficit.holds is True
    assert deficit.estimate.value == 4
    assert "4 years (The Silver Institute, 16 Apr 2025)" in deficit.summary
    balances = found(figure="silver_market_balance", years=[2021, 2024], below=0)
    assert balances.holds is None
    assert "for 2021 and 2022" in balances.summary
    assert found(figure="silver_byproduct_share", year=2024, at_least=0.5).holds is None
    assert found(figure="silver_on_us_critical_list", year=2025, at_least=1).holds is True
    assert found(figure="comex_silver_stocks", year=2025, above=300).holds is None
    assert found(figure="silver_industrial_share", year=2024, at_least=0.5).holds is True


def test_silver_was_not_on_the_list_before_november_2025():
    rule = {"figure": "silver_on_us_critical_list", "year": 2025, "at_least": 1}
    assert found(date(2025, 11, 6), **rule).holds is None
    assert found(date(2025, 11, 7), **rule).holds is True


@pytest.mark.parametrize("day", [date(2009, 1, 1), CLAIM_DAY, date(2026, 11, 22)])
@pytest.mark.parametrize("name", sorted(published.figures()))
def test_everything_found_survives_json_and_can_be_drawn(name, day):
    evidence = found(day, figure=name, years=[2005, 2026], above=0, consecutive=2)
    assert type(evidence).model_validate_json(evidence.model_dump_json()) == evidence
    for exhibit in evidence.exhibits:
        assert report.frame(exhibit).rows
        assert exhibit.finding
    assert {n.name for n in evidence.numbers} in ({"size", "odds", "power", "episodes"}, set())


def test_pictures_are_drawn_for_one_year_and_for_several():
    for years in ({"year": 2024}, {"years": [2021, 2025]}):
        evidence = found(figure="silver_market_balance", **years, below=0)
        assert "<svg" in report.svg(evidence.exhibit("published"))
        assert evidence.exhibit("sources").rows[-1][5].startswith(("yes (", "no: read in"))


def test_a_single_year_shows_its_publications_side_by_side():
    rows = found(figure="silver_market_balance", year=2024, below=0).exhibit("published").rows
    assert [(row.value, row.highlight) for row in rows] == [
        (-215.3, False),
        (-182, False),
        (-148.9, True),
    ]


def test_years_are_written_in_runs():
    written = published_figure._years
    assert written([2021]) == "2021"
    assert written([2021, 2022]) == "2021 and 2022"
    assert written([2019, 2021, 2022, 2023]) == "2019 and 2021 to 2023"
    assert written([2001, 2003, 2005]) == "2001, 2003 and 2005"


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"figure": "silver_balance", "year": 2024, "below": 0}, "No published figure 'silver_bal"),
        ({"year": 2024, "below": 0}, "figure"),
        ({"figure": "silver_market_balance", "below": 0}, "Give either 'year'"),
        (
            {"figure": "silver_market_balance", "year": 2024, "years": [2021, 2024], "below": 0},
            "Give either 'year'",
        ),
        ({"figure": "silver_market_balance", "years": [2024, 2021], "below": 0}, "Write the first"),
        ({"figure": "silver_market_balance", "year": 2024}, "Give exactly one of at_least"),
        (
            {"figure": "silver_market_balance", "year": 2024, "below": 0, "above": -500},
            "Give exactly one of at_least",
        ),
        (
            {"figure": "silver_market_balance", "year": 2024, "below": 0, "consecutive": 2},
            "2 years in a row do not fit into 1",
        ),
        ({"figure": "silver_market_balance", "year": 2024, "below": 0, "unit": "t"}, "unit"),
    ],
)
def test_settings_that_make_no_question_are_refused(settings, fault):
    with pytest.raises(ValidationError, match=fault):
        a_test(**settings)


def test_it_reads_no_series_and_draws_no_numbers():
    assert a_test(figure="silver_market_balance", year=2024, below=0).series() == ()
    rule = {"figure": "silver_market_balance", "years": [2021, 2024], "below": 0}
    panel = Panel(as_of=CLAIM_DAY, days=np.array([np.datetime64(CLAIM_DAY, "D")]), columns={})
    first, second = (a_test(**rule).find(panel, np.random.default_rng(seed)) for seed in (1, 2))
    assert first == second


def test_years_stand_in_order_in_the_pictures():
    curve = found(figure="silver_market_balance", years=[2021, 2025], below=0).exhibit("published")
    for line in curve.lines:
        assert all(a < b for a, b in pairwise(line.x))
