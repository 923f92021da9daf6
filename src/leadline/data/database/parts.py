"""What each provider has of a series, and how their parts make one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leadline.data.series import Basis, Remark
from leadline.data.splice import MAX_DISAGREEMENT, Disagreement, Points, agreement, goes_on

MIN_MEDIAN = 3
"""How many providers must have a period for the median of them to be its value."""

Times = NDArray[np.datetime64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one provider, or of several put together, none of them missing at source.

    They are sorted by ``known_at``, then ``period``.
    """

    provider: str
    title: str
    period: Times
    value: Floats
    known_at: Times
    basis: Basis

    @property
    def newest(self) -> Points:
        """The periods, each with its newest value."""
        periods, from_end = np.unique(self.period[::-1], return_index=True)
        return periods, self.value[::-1][from_end]

    def where(self, keep: NDArray[np.bool_]) -> "Part":
        """Give the rows that are to be kept."""
        return replace(
            self, period=self.period[keep], value=self.value[keep], known_at=self.known_at[keep]
        )

    def with_rows(self, period: Times, value: Floats, known_at: Times) -> "Part":
        """Give the part with more rows, in order."""
        period = np.concatenate([self.period, period])
        value = np.concatenate([self.value, value])
        known_at = np.concatenate([self.known_at, known_at])
        order = np.lexsort((period, known_at))
        return replace(self, period=period[order], value=value[order], known_at=known_at[order])


def spliced(parts: Sequence[Part]) -> tuple[Part, list[Part], list[Remark]]:
    """Let each part go on where those before it end, or come before them, if it agrees with them.

    Where those before it count as known when they were fetched, it also stands in for what they
    lacked at the time: a source that comes back does not take away what was known without it.

    Returns
    -------
    whole : Part
    taken : list of Part
        Those that are in it.
    remarks : list of Remark
        Where one takes over from another, or does not and why.
    """
    whole, *others = parts
    taken: list[Part] = [whole]
    remarks: list[Remark] = []
    for part in others:
        added = part.where(_lacking(whole, part))
        if not added.period.size:
            continue
        first, last = whole.period.min(), whole.period.max()
        try:
            agreed = agreement(whole.newest, part.newest, names=(whole.title, part.title))
        except Disagreement as problem:
            # Rows are never taken back, so an error would lock the series for ever.
            text = (
                f"{whole.title} goes from {first} to {last}; {part.title} has more but is not "
                f"used, for the two {problem}."
            )
            remarks.append(Remark(added.period.min(), text))
            continue
        whole = whole.with_rows(added.period, added.value, added.known_at)
        taken.append(part)
        remarks += _takes_over(added.period, first, agreed)
    return whole, taken, remarks


def _lacking(whole: Part, part: Part) -> NDArray[np.bool_]:
    """Find the rows of ``part`` that are before or after all of ``whole``."""
    before: NDArray[np.bool_] = part.period < whole.period.min()
    after: NDArray[np.bool_] = part.period > whole.period.max()
    if whole.basis == "first_seen":
        # As of the moment at which each became known.
        n_known = np.searchsorted(whole.known_at, part.known_at, side="right")
        newest = np.maximum.accumulate(whole.period)[np.maximum(n_known, 1) - 1]
        after = (n_known == 0) | (part.period > newest)
    return before | after


def _takes_over(added: Times, first: np.datetime64, agreed: str) -> list[Remark]:
    before, after = added[added < first], added[added >= first]
    remarks = []
    if before.size:
        text = f"from {before.min()} to {before.max()} the values come from {agreed}."
        remarks.append(Remark(before.min(), text))
    if after.size:
        remarks.append(goes_on(after.min(), agreed))
    return remarks


def with_medians(whole: Part, parts: Sequence[Part]) -> tuple[Part, list[Remark]]:
    """Put the median in place of each period, from when MIN_MEDIAN of the parts are known on.

    What one of them changes or adds later changes it then, so that no part which comes late takes
    away what was known before.
    """
    each = np.concatenate([np.unique(part.period) for part in parts])
    periods, counts = np.unique(each, return_counts=True)
    periods = periods[counts >= MIN_MEDIAN]
    if not periods.size:
        return whole, []
    board = _Board.over(periods, parts)
    remarks = board.remarks([part.title for part in parts])
    at = np.minimum(np.searchsorted(periods, whole.period), periods.size - 1)
    rest = whole.where((periods[at] != whole.period) | (whole.known_at < board.since[at]))
    first = rest.with_rows(periods, board.medians(), board.since)
    return first.with_rows(*board.changed()), remarks


@dataclass(slots=True)
class _Board:
    """Values of the parts side by side: a row a part, a column a period."""

    periods: Times
    values: Floats
    since: Times
    later: list[tuple[np.datetime64, int, int, float]]

    @classmethod
    def over(cls, periods: Times, parts: Sequence[Part]) -> "_Board":
        parts = [part.where(np.isin(part.period, periods)) for part in parts]
        row = np.repeat(np.arange(len(parts)), [part.period.size for part in parts])
        place = np.searchsorted(periods, np.concatenate([part.period for part in parts]))
        value = np.concatenate([part.value for part in parts])
        moment = np.concatenate([part.known_at for part in parts])
        order = np.argsort(moment, kind="stable")
        row, place, value, moment = (each[order] for each in (row, place, value, moment))

        # NaT, where a part never has the period, is sorted last.
        known = np.full((len(parts), periods.size), np.datetime64("NaT", "s"))
        np.fmin.at(known, (row, place), moment)
        since = np.sort(known, axis=0)[MIN_MEDIAN - 1]
        early = moment <= since[place]
        values = np.full(known.shape, np.nan)
        values[row[early], place[early]] = value[early]
        told = (each[~early].tolist() for each in (row, place, value))
        return cls(periods, values, since, list(zip(moment[~early], *told, strict=True)))

    def medians(self) -> Floats:
        """Give the median of each period when there are parts enough."""
        return np.asarray(np.nanmedian(self.values, axis=0))

    def changed(self) -> tuple[Times, Floats, Times]:
        """Give the medians that later changes bring about; the board then shows the last."""
        medians = []
        for _, row, place, value in self.later:
            self.values[row, place] = value
            medians.append(float(np.nanmedian(self.values[:, place])))
        places = np.array([change[2] for change in self.later], dtype=np.intp)
        moments = np.array([change[0] for change in self.later], dtype="datetime64[s]")
        return self.periods[places], np.array(medians, dtype=np.float64), moments

    def remarks(self, titles: Sequence[str]) -> list[Remark]:
        """Say that there are medians, and since when the sources have been apart at times."""
        first = self.periods[0]
        text = (
            f"from {first} on a value is the median of {', '.join(titles)}, where {MIN_MEDIAN} or "
            "more have it."
        )
        widths = np.nanmax(self.values, axis=0) - np.nanmin(self.values, axis=0)
        apart = self.periods[widths > MAX_DISAGREEMENT * np.abs(self.medians())]
        remarks = [Remark(first, text)]
        if apart.size:
            # Without a count, which would tell an earlier panel of later days.
            gap = (
                f"the sources of its median are more than {MAX_DISAGREEMENT:.0%} apart on some "
                f"days, on {apart[0]} for the first time."
            )
            remarks.append(Remark(apart[0], gap))
        return remarks
