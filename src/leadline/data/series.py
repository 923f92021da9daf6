"""What a series is, its observations, and the built-in catalogue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import chain
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np
import yaml
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt

from leadline.data.clock import AtClose, HeldBack, Release, WallTime, instants, known_at
from leadline.errors import DataError, did_you_mean

Basis = Literal["vintage", "source_stamp", "rule", "first_seen"]
Frequency = Literal["daily", "weekly", "monthly", "irregular"]

_MAX_AGE: Mapping[Frequency, int] = {"daily": 7, "weekly": 21, "monthly": 95, "irregular": 400}


class Source(BaseModel):
    """One file that may hold a series.

    Attributes
    ----------
    file : str
        Name without ``.csv`` or ``.csv.gz``.
    column : str
        The column with the values; ``value`` also finds the close of an OHLC file.
    known : str or None
        For a table of vintages, the column that says when each became known: a day counts as
        known when it has ended, an instant as it stands. None for one value a period.
    title : str
        What to call the source where one takes over from another.
    continues : bool
        Whether this source goes on where the first one ends, instead of only standing in for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    column: str = "value"
    known: str | None = None
    title: str = ""
    continues: bool = False


def _as_source(entry: Any) -> Any:
    return {"file": entry} if isinstance(entry, str) else entry


class SeriesInfo(BaseModel):
    """One catalogue entry: what a number of this series means and when it could be known.

    Attributes
    ----------
    kind : str
        price (positive, unless ``positive`` says otherwise), rate (percent), index or count; a
        flag (0 or 1) and a probability are states.
    close : str
        The instant a label day's value is about, as wall time and zone.
    release : Release
        How the instant of first knowledge follows from the label day.
    held_back : tuple of HeldBack
        Periods a shutdown kept back for longer than the rule says.
    revised : bool
        Whether the source changes published values; without vintages such a series is refused
        unless the caller allows it.
    gaps : bool
        Whether an empty value is normal in its files and means that there is no observation.
    label_days : int
        Days to add to a file's label to get the day the value is about.
    max_age : int or None
        Days from the newest period after which it counts as stale; None takes the frequency's.
    files : tuple of Source
        Where to look, in order of preference.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    unit: str
    kind: Literal["price", "rate", "index", "count", "flag", "probability"]
    frequency: Frequency = "daily"
    calendar: Literal["every_day", "business"] = "every_day"
    close: WallTime = "24:00 UTC"
    release: Release = Field(default_factory=AtClose)
    held_back: tuple[HeldBack, ...] = ()
    revised: bool = False
    low: float = -np.inf
    high: float = np.inf
    positive: bool | None = None
    gaps: bool = False
    label_days: int = 0
    max_age: PositiveInt | None = None
    aliases: tuple[str, ...] = ()
    licence: Literal[
        "open", "attribution", "noncommercial", "personal", "restricted", "unknown"
    ] = "unknown"
    files: tuple[Annotated[Source, BeforeValidator(_as_source)], ...] = ()
    remark: str = ""

    @property
    def must_be_positive(self) -> bool:
        """Whether a value of zero or less is an error; prices are, unless the entry says not."""
        return self.kind == "price" if self.positive is None else self.positive

    @property
    def is_state(self) -> bool:
        """Whether a value says what holds, so that differences of values mean nothing."""
        return self.kind in ("flag", "probability")

    @property
    def stale_after(self) -> int:
        """Days from the newest period after which the series counts as stale."""
        return self.max_age or _MAX_AGE[self.frequency]

    def known_at(self, periods: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        """Give the UTC instant at which the value of each period could first be known."""
        return known_at(periods, close=self.close, release=self.release, held_back=self.held_back)


@dataclass(frozen=True, slots=True)
class Remark:
    """What must be said of panels that reach the period ``first``, and of no others."""

    first: np.datetime64
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """Observations of one quantity: every vintage of every period.

    Rows are sorted by ``known_at``, then ``period``. ``notes`` concern every panel, ``remarks``
    only those that reach them. ``providers`` are the ids of those who gave the
    values, the preferred one first; none where they come from a file.
    """

    info: SeriesInfo
    period: NDArray[np.datetime64]
    value: NDArray[np.float64]
    known_at: NDArray[np.datetime64]
    basis: Basis
    notes: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    providers: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Give the number of observations, vintages counted."""
        return int(self.period.size)


def series_of(
    info: SeriesInfo,
    period: ArrayLike,
    value: ArrayLike,
    *,
    known: NDArray[np.datetime64] | None = None,
    notes: tuple[str, ...] = (),
    remarks: tuple[Remark, ...] = (),
) -> Series:
    """Make a Series from arrays; without ``known``, by the release rule of ``info``.

    Rows are put into the order of Series. Periods are label days, taken as given.
    """
    period = np.asarray(period, dtype="datetime64[D]")
    value = np.asarray(value, dtype=np.float64)
    basis: Basis = "rule" if known is None else "vintage"
    known = info.known_at(period) if known is None else known.astype("datetime64[s]")
    order = np.lexsort((period, known))
    return Series(info, period[order], value[order], known[order], basis, notes, remarks)


@cache
def catalogue() -> Mapping[str, SeriesInfo]:
    """Give every series there is by id: the built-in ones, then those that plug-ins bring."""
    from leadline.data import plugins

    brought = (plugin.catalogue.items() for plugin in plugins.usable().values())
    return MappingProxyType(dict(chain(built_in().items(), *brought)))


@cache
def built_in() -> Mapping[str, SeriesInfo]:
    """Give the catalogue that comes with Leadline, by id."""
    text = (files("leadline.data") / "catalog.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries = yaml.load(text, Loader=loader)["series"]  # noqa: S506  (both loaders are the safe one)
    return MappingProxyType({key: SeriesInfo(id=key, **entry) for key, entry in entries.items()})


def named(series: Iterable[SeriesInfo]) -> Mapping[str, SeriesInfo]:
    """Give series by id and alias in lower case; a name that two of them have is an error."""
    found: dict[str, SeriesInfo] = {}
    for info in series:
        for name in (info.id, *info.aliases):
            other = found.setdefault(name.lower(), info)
            if other is not info:
                msg = f"the name {name!r} is given to two series, {other.id!r} and {info.id!r}"
                raise ValueError(msg)
    return MappingProxyType(found)


@cache
def _by_name() -> Mapping[str, SeriesInfo]:
    return named(catalogue().values())


def knows(name: str) -> bool:
    """Say whether the catalogue has a series of this id or alias."""
    return name.strip().lower() in _by_name()


def find(name: str) -> SeriesInfo:
    """Give the series of this id or alias, whatever its case; raise DataError for none."""
    try:
        return _by_name()[name.strip().lower()]
    except KeyError:
        hint = did_you_mean(name.strip().lower(), _by_name())
        msg = f"No series {name!r} in the catalogue.{hint} It knows: {', '.join(catalogue())}."
        raise DataError(" ".join((msg, *_left_out()))) from None


def _left_out() -> Iterable[str]:
    from leadline.data import plugins

    return (f"Left out: {why}" for why in plugins.broken().values())


def in_force(
    series: Series,
) -> tuple[NDArray[np.datetime64], NDArray[np.float64], NDArray[np.datetime64]]:
    """Give each period once, in order, with its newest value and when that could be known."""
    # Rows are in order of knowledge, so the last row of a period is its newest value.
    periods, from_end = np.unique(series.period[::-1], return_index=True)
    rows = len(series) - 1 - from_end
    return periods, series.value[rows], series.known_at[rows]


def is_stale(name: str, last: date, today: date) -> bool:
    """Say whether a series whose newest period is ``last`` is older than its kind allows.

    Of a series that the catalogue lacks nobody knows how often it comes, so it never is.
    """
    return knows(name) and (today - last).days > find(name).stale_after


def close_gap(a: SeriesInfo, b: SeriesInfo) -> float:
    """Give the days from the close of ``a`` to that of ``b`` on one label day; b later is positive.

    Daylight saving time moves the gap by an hour where one of the two has it: the widest of a
    year is given, since a guard against clock skew must cover it.
    """
    year = np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]")
    gap = (instants(year, b.close) - instants(year, a.close)) / np.timedelta64(1, "D")
    return float(gap[np.argmax(np.abs(gap))])
