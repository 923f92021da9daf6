"""The table of published figures, and what it may and may not say."""

import copy
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leadline.data import published
from leadline.errors import DataError

TABLE = yaml.safe_load(
    """
publications:
  early: {publisher: A House, title: Survey 2020, published: 2020-04, read: own,
          address: "https://example.org/2020"}
  late: {publisher: A House, title: Survey 2021, published: 2021-04-20, read: copy,
         address: "https://example.org/2021"}
  heard: {publisher: B House, title: Note, published: 2020-12-01}
figures:
  balance:
    title: Balance
    unit: tonnes
    definition: In less out.
    rows:
      - {year: 2019, value: -3.5, in: early}
      - {year: 2019, value: -4, in: late}
      - {year: 2020, value: -1, in: heard, unverified: read in a newspaper}
      - {year: 2021, value: -2, in: late, forecast: true}
"""
)


@pytest.fixture
def table():
    return copy.deepcopy(TABLE)


def test_every_figure_of_the_package_says_what_it_is_and_every_row_where_it_is_from():
    for figure in published.figures().values():
        assert figure.title
        assert figure.definition.endswith(".")
        assert figure.rows
        for row in figure.rows:
            assert row.traced == (row.publication.read != "nowhere" and not row.unverified)
            # Nobody can know a year before it has begun, nor its outcome before it has ended.
            about_later = row.publication.known_on < date(row.year, 12, 31)
            is_event = figure.id in {"silver_on_us_critical_list", "comex_silver_stocks"}
            assert row.forecast or is_event or not about_later, (figure.id, row)


def test_a_publication_says_one_thing_of_one_year_and_figure():
    for figure in published.figures().values():
        said = [(row.year, row.publication.id) for row in figure.rows]
        assert len(said) == len(set(said)), figure.id


def test_every_publication_is_used():
    raw = {row.publication.id for figure in published.figures().values() for row in figure.rows}
    text = published.files("leadline.data").joinpath("published.yaml").read_text("utf-8")
    assert raw == set(yaml.safe_load(text)["publications"])


def test_the_silver_market_was_in_deficit_for_four_years_as_its_publisher_counts():
    rows = published.find("silver_deficit_years").known(date(2026, 1, 23))
    assert [(row.year, row.value) for row in rows if row.decides] == [(2023, 3), (2024, 4)]


def test_rows_of_one_publication_agree_with_its_sums():
    """Total demand is rounded to ten million ounces, the sum of four years to one."""
    share = {row.year: row.value for row in published.find("silver_industrial_share").rows}
    used = {
        row.year: row.value for row in published.find("silver_industrial_demand").rows if row.traced
    }
    assert share[2023] == pytest.approx(used[2023] / 1195, abs=5e-4)
    assert share[2024] == pytest.approx(used[2024] / 1160, abs=5e-4)
    balances = {
        row.year: row.value
        for row in published.find("silver_market_balance").rows
        if row.publication.id.startswith("release")
    }
    total = next(row.value for row in published.find("silver_balance_since_2021").rows)
    left_for_two_years = total - balances[2023] - balances[2024]
    assert -400 < left_for_two_years < 2 * balances[2024]


def test_a_month_is_known_on_its_last_day(table):
    figure = published.parse(table)["balance"]
    assert figure.known(date(2020, 4, 29)) == ()
    assert [row.value for row in figure.known(date(2020, 4, 30))] == [-3.5]
    assert [row.value for row in figure.known(date(2021, 4, 20), [2019])] == [-3.5, -4]


@given(early=st.dates(date(2020, 1, 1), date(2021, 12, 31)), more=st.integers(0, 600))
def test_what_comes_later_only_adds_rows(early, more):
    figure = published.parse(TABLE)["balance"]
    then = figure.known(early)
    later = figure.known(date.fromordinal(early.toordinal() + more))
    assert set(then) <= set(later)
    assert all(row.publication.known_on <= early for row in then)


def test_only_a_traced_outcome_decides(table):
    rows = published.parse(table)["balance"].rows
    assert [row.decides for row in rows] == [True, True, False, False]


def test_a_number_met_elsewhere_must_say_where(table):
    del table["figures"]["balance"]["rows"][2]["unverified"]
    with pytest.raises(ValidationError, match="heard, 2020: traced to a publication that was read"):
        published.parse(table)


def test_what_was_read_has_an_address(table):
    del table["publications"]["early"]["address"]
    with pytest.raises(ValidationError, match=r"early: read \(own\) without a web address"):
        published.parse(table)


@pytest.mark.parametrize("value", ["2020", "2020-4", "April 2020", "20200401"])
def test_a_date_of_publication_is_a_day_or_a_month(table, value):
    table["publications"]["early"]["published"] = value
    with pytest.raises(ValidationError, match="published"):
        published.parse(table)


def test_an_unknown_publication_is_answered_with_the_nearest(table):
    table["figures"]["balance"]["rows"][0]["in"] = "erly"
    with pytest.raises(DataError, match=r"balance: no publication 'erly'. Did you mean 'early'"):
        published.parse(table)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "many"])
def test_a_value_is_a_number(table, value):
    table["figures"]["balance"]["rows"][0]["value"] = value
    with pytest.raises(ValidationError, match="value"):
        published.parse(table)


def test_an_unknown_figure_is_answered_with_the_nearest_and_the_list():
    with pytest.raises(DataError, match="No published figure 'silver_balance'") as caught:
        published.find("silver_balance")
    assert "Did you mean" in str(caught.value)
    assert "silver_market_balance" in str(caught.value)
