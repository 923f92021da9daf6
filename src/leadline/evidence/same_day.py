"""Series on the days that their values are about, for what moves together.

A decision of day D sees the silver price of D and the yield of the day before, which is published
a business day later. Whether silver moves with the yield must compare one and the same day, so
every value known by the panel's own day is put back on the day it is about. Nothing known later
enters; a day whose yield was not yet public is simply not there.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from leadline.data.panel import Column, Panel

Days = NDArray[np.datetime64]


def by_period(panel: Panel, names: Iterable[str]) -> Panel:
    """Give the panel with the columns of ``names`` on the days that their values are about.

    States (flags, probabilities) stay on the day on which they were known: that is what they
    are about.
    """
    moved = {name: _by_period(panel, panel[name]) for name in dict.fromkeys(names)}
    return replace(panel, columns={**panel.columns, **moved})


def _by_period(panel: Panel, column: Column) -> Column:
    if column.info.is_state:
        return column
    days = panel.days
    rows = np.flatnonzero(column.fresh & np.isfinite(column.value))
    at = (_about(panel, column)[rows] - days[0]).astype(np.int64)
    rows, at = rows[(at >= 0) & (at < days.size)], at[(at >= 0) & (at < days.size)]
    fresh = np.zeros(days.size, dtype=bool)
    fresh[at] = True
    own = np.full(days.size, np.nan)
    own[at] = column.value[rows]
    last = np.maximum.accumulate(np.where(fresh, np.arange(days.size), -1))
    known = last >= 0
    value = np.where(known, own[np.maximum(last, 0)], np.nan)
    period = np.where(known, days[np.maximum(last, 0)], np.datetime64("NaT", "D"))
    return replace(column, value=value, period=period, fresh=fresh)


def _about(panel: Panel, column: Column) -> Days:
    """Give the day that each value is about; of a derived one, that of its first input.

    The column's own period is that of its oldest input, which says how stale a value is. On that
    day a price over last month's price index would stand a month before the price was known.
    """
    while column.needs:
        column = panel[column.needs[0]]
    return column.period
