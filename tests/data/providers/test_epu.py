"""Policy uncertainty: columns in any order, a footer, values that change for a month."""

from datetime import date

import numpy as np
import pytest
from replay import epu as replay
from replay.core import Market, Reply, read

from leadline.data.provider import WireFormatError
from leadline.data.providers import provider

PROVIDER = provider("epu")
MARKET = Market()


def sent(text):
    return lambda _ask, _market: Reply(text.encode())


def test_a_day_is_read_from_its_three_columns():
    text = "day,month,year,daily_policy_index\n3,11,1985,56.06\n"
    found = read(PROVIDER, "epu", sent(text), MARKET)
    assert found.period.tolist() == [date(1985, 11, 3)]
    assert found.value.tolist() == [56.06]


def test_values_that_will_change_are_known_when_they_were_fetched():
    found = read(PROVIDER, "epu", replay.answer, MARKET)
    assert found.bases == ("first_seen",)
    assert set(found.known.astype(str)) == {"2026-11-20T12:00:00"}


def test_the_release_rule_is_the_latest_hour_of_the_next_day():
    found = read(PROVIDER, "epu", replay.answer, MARKET)
    ruled = found.want.info.known_at(np.array(["2026-11-18"], "datetime64[D]"))
    assert ruled.astype(str).tolist() == ["2026-11-20T04:59:00"]


@pytest.mark.parametrize("case", ["footer_text", "other_order"])
def test_footer_and_order_do_not_matter(case):
    found = read(PROVIDER, "epu", replay.CASES[case], MARKET)
    days, values = MARKET.published("epu")
    assert np.array_equal(found.period, days)
    assert np.array_equal(found.value, values)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("rows_after_footer", "there are rows after 'Source"),
        ("no_such_day", "'1985-02-30' is no day"),
    ],
)
def test_what_is_not_as_described_is_refused(case, said):
    with pytest.raises(WireFormatError, match=said):
        read(PROVIDER, "epu", replay.CASES[case], MARKET)


@pytest.mark.parametrize(
    "text",
    [
        "day,month,year\n1,1,1985\n",
        "day,month,year,daily_policy_index,note\n1,1,1985,2.0,x\n",
        "day,month,year,daily_policy_index\n1,1,1985,high\n",
        "day,month,year,daily_policy_index\n1,13,1985,2.0\n",
        "day,month,year,daily_policy_index\n1,1,1985\n1,2,1985,3.0\n",
    ],
)
def test_another_table_is_refused(text):
    with pytest.raises(WireFormatError):
        read(PROVIDER, "epu", sent(text), MARKET)
