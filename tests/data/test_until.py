"""A panel cut off after a day is the one gathered on it."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.data import gather
from leadline.data.series import SeriesInfo, series_of
from leadline.data.store import MemoryStore
from leadline.errors import DataError

FIRST = date(2024, 1, 1)
LAST = date(2024, 3, 1)


def a_series(name, begins, step, *, kind="price", first=FIRST):
    days = np.arange(np.datetime64(first) + begins, np.datetime64(LAST) + 1, step)
    return series_of(
        SeriesInfo(id=name, title=name, unit="USD", kind=kind),
        days,
        100.0 + np.arange(days.size),
    )


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 7)), min_size=1, max_size=4),
    st.integers(0, (LAST - FIRST).days),
)
def test_a_panel_until_a_day_is_the_one_gathered_then(made, age):
    store = MemoryStore(
        {f"s{i}": a_series(f"s{i}", begins, step) for i, (begins, step) in enumerate(made)}
    )
    names = tuple(store.ids())
    day = FIRST + timedelta(days=age)
    panel = gather(names, store, as_of=LAST)
    begun = [
        n for n in names if store.series(n).known_at[0] <= np.datetime64(f"{day}T00:10") + 1440
    ]
    if not begun:
        return
    then = panel.until(day)
    assert then.as_of == day
    assert then.digest == gather(begun, store, as_of=day).digest
    assert list(then.columns) == begun
    for name in begun:
        assert np.array_equal(then[name].fresh, gather(begun, store, as_of=day)[name].fresh)


def test_the_last_day_gives_all_of_it_and_another_day_is_refused():
    panel = gather(("s",), MemoryStore({"s": a_series("s", 0, 1)}), as_of=LAST)
    assert panel.until(LAST).digest == panel.digest
    for day in (LAST + timedelta(days=1), FIRST - timedelta(days=1)):
        with pytest.raises(DataError, match=f"{day} is no day of it"):
            panel.until(day)
