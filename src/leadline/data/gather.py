"""From observations to a panel: what was known at each daily decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from leadline.data import conditions
from leadline.data.clock import decision_days, decisions, last_decided
from leadline.data.panel import Column, Panel
from leadline.data.series import Series
from leadline.data.store import Store
from leadline.errors import DataError, NotHeldError

RevisedData = Literal["refuse", "allow"]


def gather(
    names: Sequence[str], store: Store, *, as_of: date, revised_data: RevisedData = "refuse"
) -> Panel:
    """Give the panel of ``names`` as it was known at each decision up to ``as_of``.

    The decision of day D is taken at 00:10 UTC after it and sees every value with ``known_at``
    up to then: the newest period known, in its newest vintage known. Columns are called as in
    ``names``; aliases are allowed.

    Raises
    ------
    NotHeldError
        Where a series is missing, has no value by ``as_of``, or is revised at its source and the
        store has no vintages of it, unless ``revised_data`` is "allow"; the panel then says so
        in its notes.
    """
    named, derived = conditions.sources(dict.fromkeys(names))
    found = _admitted({name: _from(store, name, derived) for name in named}, revised_data)
    panel = _assembled(found, as_of, revised_data)
    if not derived:
        return panel
    columns = dict(panel.columns)
    inputs = conditions.Inputs(panel.days, columns, found)
    for definition in derived:
        column = definition.column(inputs)
        if np.isnan(column.value).all():
            msg = (
                f"{definition.id!r} was not known on any day up to {as_of}: it is made from "
                f"{', '.join(definition.needs)}, which never were all fresh and long enough."
            )
            raise NotHeldError(msg)
        columns[definition.id] = column
    return Panel(panel.as_of, panel.days, columns)


@dataclass(frozen=True, slots=True)
class HeldPanel:
    """A panel, and why some of the series asked for are not in it."""

    panel: Panel
    lacking: Mapping[str, str]


def gather_held(
    names: Sequence[str], store: Store, *, as_of: date, revised_data: RevisedData = "refuse"
) -> HeldPanel:
    """Gather what can be; where one series cannot, ask for each to see which."""
    lacking: dict[str, str] = {}

    def gathered(some: Sequence[str]) -> Panel:
        if not some:
            return no_series(as_of)
        return gather(some, store, as_of=as_of, revised_data=revised_data)

    try:
        return HeldPanel(gathered(names), lacking)
    except NotHeldError:
        for name in names:
            try:
                gathered((name,))
            except NotHeldError as error:
                lacking[name] = str(error)
        return HeldPanel(gathered([name for name in names if name not in lacking]), lacking)


def no_series(as_of: date) -> Panel:
    """Give the panel of no series: one day, and nothing known on it."""
    return Panel(as_of, np.array([as_of], dtype="datetime64[D]"), {})


def _from(store: Store, name: str, derived: Sequence[conditions.Definition]) -> Series:
    try:
        return store.series(name)
    except DataError as error:
        above = [definition.id for definition in derived if name in definition.needs]
        if not above:
            raise
        kind = NotHeldError if isinstance(error, NotHeldError) else DataError
        raise kind(f"{above[0]} is made from {name}: {error}") from None


def assemble(
    found: Mapping[str, Series], *, as_of: date, revised_data: RevisedData = "refuse"
) -> Panel:
    """Give the panel of series already at hand; see ``gather``."""
    return _assembled(_admitted(found, revised_data), as_of, revised_data)


def _assembled(found: Mapping[str, Series], as_of: date, revised_data: RevisedData) -> Panel:
    if not found:
        msg = "A panel needs at least one series; none was named."
        raise DataError(msg)
    last = np.datetime64(as_of, "D")
    notes = {}
    for name, series in found.items():
        _refuse_the_unknown(name, series, last, revised_data)
        notes[name] = _caveats(name, series, last, revised_data)
    first = min(decision_days(series.known_at[:1])[0] for series in found.values())
    days = np.arange(first, last + np.timedelta64(1, "D"))
    instants = decisions(days)
    columns = {name: _column(found[name], instants, notes[name]) for name in found}
    return Panel(as_of, days, columns)


def last_day(names: Sequence[str], store: Store, *, now: datetime | None = None) -> date:
    """Give the first day whose decision knows everything the store has of ``names``.

    This is the latest over the series, not the earliest: a series that ended sooner is seen at
    its age, and the panel notes where that is more than its ``max_age``. It is never a day whose
    decision is still to come (``now``, or this moment): what is fetched until then would change
    what it knew.
    """
    newest = newest_day(tuple(store.series(name) for name in conditions.sources(names)[0]))
    return min(newest, last_decided(now or datetime.now(UTC)))


def newest_day(found: Sequence[Series]) -> date:
    """Give the first day whose decision knows all of these observations."""
    if not found:
        msg = "The last day of no series was asked for; name at least one."
        raise DataError(msg)
    day: date = max(decision_days(series.known_at[-1:])[0] for series in found).astype(object)
    return day


def snapshot(series: Series, as_of: date) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Give every period known by ``as_of`` with its newest vintage, in order of period.

    A growth rate takes both ends from here: across vintages a change of base year would look
    like growth.
    """
    n_known = _n_known(series, np.datetime64(as_of, "D"))
    # Rows are in order of knowledge, so the last row of a period is its newest vintage.
    periods, from_end = np.unique(series.period[:n_known][::-1], return_index=True)
    return periods, series.value[:n_known][::-1][from_end]


def _n_known(series: Series, day: np.datetime64) -> int:
    """Count the rows known at the decision of a day."""
    return int(np.searchsorted(series.known_at, decisions(np.array([day])), side="right")[0])


def _column(series: Series, instants: NDArray[np.datetime64], notes: tuple[str, ...]) -> Column:
    # Dropping rows older than the newest period known before them leaves, at every decision, the
    # newest vintage of the newest period as the last row.
    newest = series.period >= np.maximum.accumulate(series.period)
    rows = np.flatnonzero(newest)
    at = np.searchsorted(series.known_at[rows], instants, side="right") - 1
    known = at >= 0
    row = rows[np.maximum(at, 0)]
    value = np.where(known, series.value[row], np.nan)
    period = np.where(known, series.period[row], np.datetime64("NaT", "D"))
    fresh = known.copy()
    fresh[1:] &= ~known[:-1] | (period[1:] > period[:-1])
    return Column(
        series.info, value, period, fresh, series.basis, notes, providers=series.providers
    )


def _admitted(found: Mapping[str, Series], revised_data: RevisedData) -> Mapping[str, Series]:
    if revised_data == "refuse":
        return found
    return {name: _by_rule(s) if _is_own_record(s) else s for name, s in found.items()}


def _is_own_record(series: Series) -> bool:
    """Say whether all that is known of the past of a revised series is what we saw of it."""
    return series.info.revised and series.basis == "first_seen"


def _by_rule(series: Series) -> Series:
    """Let the first value recorded of each period count as known when the rule says."""
    # Rows are in order of knowledge, so the first row of a period was recorded first.
    periods, first = np.unique(series.period, return_index=True)
    known_at = series.known_at.copy()
    known_at[first] = np.minimum(known_at[first], series.info.known_at(periods))
    order = np.lexsort((series.period, known_at))
    return replace(
        series,
        period=series.period[order],
        value=series.value[order],
        known_at=known_at[order],
    )


def _refuse_the_unknown(
    name: str, series: Series, last: np.datetime64, revised_data: RevisedData
) -> None:
    if len(series) == 0:
        msg = f"Store has no value of {name!r} at all."
        raise NotHeldError(msg)
    if series.info.revised and series.basis == "rule" and revised_data == "refuse":
        msg = (
            f"{name!r} is revised at its source and the store has no vintages of it, so what "
            "was known on a day cannot be told. Add vintages, use another series, or set "
            "revised_data: allow; every result will then say so."
        )
        raise NotHeldError(msg)
    first = decision_days(series.known_at[:1])[0]
    if first <= last:
        return
    if _is_own_record(series) and revised_data == "refuse":
        msg = (
            f"{name!r} is revised at its source and the store has no vintages of it, only what it "
            f"has seen since {first}; what was known by {last} cannot be told. Add vintages, use "
            f"another series, ask as of {first} or later, or set revised_data: allow; every "
            "result will then say so."
        )
        raise NotHeldError(msg)
    msg = f"Store has no {name!r} known by {last}; its first value was known {first}."
    raise NotHeldError(msg)


def _caveats(
    name: str, series: Series, last: np.datetime64, revised_data: RevisedData
) -> tuple[str, ...]:
    info = series.info
    notes = [f"{name}: {note}" for note in series.notes]
    if info.revised and series.basis == "rule":
        notes.append(f"{name}: revised values, not those known at the time (revised_data: allow).")
    if _is_own_record(series) and revised_data == "allow":
        notes.append(
            f"{name}: values as they were when first fetched, not those known at the time "
            "(revised_data: allow)."
        )
    elif _is_own_record(series):
        first = decision_days(series.known_at[:1])[0]
        notes.append(
            f"{name}: revised at its source and without vintages, so known from {first} on, when "
            "it was first fetched, and not before."
        )
    newest = series.period[: _n_known(series, last)].max()
    age = int((last - newest).astype(np.int64))
    notes.extend(f"{name}: {each.text}" for each in series.remarks if newest >= each.first)
    if age > info.stale_after:
        notes.append(
            f"{name}: stale, the newest value is of {newest}, {age} days before {last} "
            f"(at most {info.stale_after} expected)."
        )
    return tuple(notes)
