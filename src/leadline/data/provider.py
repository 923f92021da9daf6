"""What a provider of data is: what to ask for, how to read the answer, when it could be known.

A provider does no input or output of its own. ``plan`` says what to ask, one request after the
other, and is told each answer; ``parse`` turns an answer's bytes into rows; ``known_at`` stamps
them. Fetching, pacing, storing and comparing are the same for all (``transport``, ``fetching``).
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from leadline.data.clock import Release, WallTime
from leadline.data.series import Basis, SeriesInfo, built_in
from leadline.errors import DataError

_LONGEST = 500

Agent = Literal["default", "leadline", "mozilla"]
Licence = Literal["public", "attribution", "noncommercial", "third_party", "restricted"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the owner of the data allows, as far as it has been read (not legal advice).

    Attributes
    ----------
    licence : str
        public, attribution, noncommercial, third_party or restricted. Values of the last two
        never leave the user's machine.
    credit : str
        The line that whoever shows results must print; empty where none is asked for.
    consent : str
        What the user must agree to before the first request; empty where nothing is to be asked.
    """

    licence: Licence
    credit: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to ask for by GET.

    Attributes
    ----------
    url : str
        Address without query, ``https`` and on one of the provider's hosts.
    query : tuple of (str, str)
        In the order to send; percent-encoding is the transport's business.
    secret : tuple of str
        Names of the query parameters and headers that no log, message or store may show.
    limit : int
        Bytes after which the answer is cut off and counts as not measured.
    read : bool
        Whether the answer holds rows; False for a page that only leads to them.
    vintage : date or None
        The vintage asked for, where one is.
    """

    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    secret: tuple[str, ...] = ()
    timeout: float = 30.0
    limit: int = 32 * 1024 * 1024
    read: bool = True
    vintage: date | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, status 200, the content encoding undone.

    ``url`` is free of secrets; ``headers`` have lower-case names; ``fetched_at`` is in UTC.
    """

    request: Request
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime

    @property
    def content_type(self) -> str:
        """The declared type, which may lie."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True)
class Rows:
    """Observations as the provider tells them, in any order.

    Attributes
    ----------
    period : ndarray of datetime64[D], shape (n,)
        The label day, each at most once in one answer; where the provider gives vintages, at most
        once for each stamp.
    value : ndarray of float64, shape (n,)
        In the unit of the catalogue; NaN is *missing at source*.
    stamp : ndarray of datetime64[s], shape (n,), or None
        The provider's own word, in UTC, on when each could be known; NaT where it has none.
    """

    period: NDArray[np.datetime64]
    value: NDArray[np.float64]
    stamp: NDArray[np.datetime64] | None = None

    def __len__(self) -> int:
        """Give the number of periods."""
        return int(self.period.size)


@dataclass(frozen=True, slots=True)
class Want:
    """What is to be fetched.

    Attributes
    ----------
    info : SeriesInfo
        The series, with what the feed says in place of the catalogue's.
    code : str
        The provider's own name of it.
    since : date or None
        The first period wanted; None for the whole history.
    now : datetime
        The moment of asking, in UTC: a day that has not ended by then has no close.
    newest_vintage : date or None
        The day of the newest vintage held, in the zone of the provider (a vintage of day D counts
        as known at 23:59 in New York, which is D + 1 in UTC); only later ones are asked for.
    key : str
        The user's key for this provider, or nothing.
    contact : str
        How the provider may reach the user, or nothing.
    """

    info: SeriesInfo
    code: str
    now: datetime
    since: date | None = None
    newest_vintage: date | None = None
    key: str = field(default="", repr=False)
    contact: str = ""


Plan = Generator[Request, Answer, None]
Stamps = tuple[NDArray[np.datetime64], Basis]


@runtime_checkable
class Provider(Protocol):
    """One source of data. Third parties name theirs under the entry point ``leadline.providers``.

    Attributes
    ----------
    id, title : str
        What feeds call it, and what people do.
    hosts : tuple of str
        Where its requests and their redirects may go.
    terms : Terms
    agent : str
        The user agent that its hosts accept: the library's own (default), ``leadline/<version>``
        (leadline), or ``Mozilla/5.0`` (mozilla).
    pace : float
        Seconds from one request to a host to the next.
    incremental : bool
        Whether asking from a day on is cheaper than asking for everything.
    key_name : str
        The environment variable that holds the user's key; empty where none is needed.
    """

    id: str
    title: str
    hosts: tuple[str, ...]
    terms: Terms
    agent: Agent
    pace: float
    incremental: bool
    key_name: str

    def plan(self, want: Want) -> Plan:
        """Yield requests; each ``yield`` gives back its answer.

        Where a request is not measured, its NotMeasuredError is thrown in at the ``yield``: a
        plan that knows another way goes on from there, any other lets it through.
        """
        ...

    def parse(self, want: Want, answer: Answer) -> Rows:
        """Read an answer; raise WireFormatError for anything but what is expected. Pure."""
        ...

    def known_at(self, want: Want, answer: Answer, rows: Rows) -> Stamps:
        """Say when each row could be known, and how that is known. Pure."""
        ...

    def probe(self, now: datetime) -> Want:
        """Give the smallest thing to ask for, to see whether the provider answers as expected."""
        ...


ATTRIBUTES = (*Provider.__annotations__, "plan", "parse", "known_at", "probe")
"""What every provider has."""


def _as_feed(entry: Any) -> Any:
    if isinstance(entry, str):
        entry = {"feed": entry}
    if isinstance(entry, dict) and isinstance(entry.get("feed"), str):
        provider, _, code = entry["feed"].partition(":")
        entry = {key: value for key, value in entry.items() if key != "feed"}
        return entry | {"provider": provider, "code": code}
    return entry


class Feed(BaseModel):
    """One way to get a series: which provider has it, and under which code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str = Field(min_length=1)
    code: str = Field(min_length=1)
    check: bool = False
    title: str | None = None
    unit: str | None = None
    close: WallTime | None = None
    release: Release | None = None
    licence: str | None = None

    def info(self, series: SeriesInfo) -> SeriesInfo:
        """Give the series as this feed has it."""
        said = {
            name: value
            for name in ("title", "unit", "close", "release", "licence")
            if (value := getattr(self, name)) is not None
        }
        return series.model_copy(update=said) if said else series


FEEDS: TypeAdapter[dict[str, tuple[Annotated[Feed, BeforeValidator(_as_feed)], ...]]] = TypeAdapter(
    dict[str, tuple[Annotated[Feed, BeforeValidator(_as_feed)], ...]]
)
"""Reads feeds as ``feeds.yaml`` and plug-ins write them."""


@cache
def feeds() -> Mapping[str, tuple[Feed, ...]]:
    """Give the feeds of each series of the catalogue, the preferred one first, plug-ins last."""
    from leadline.data import plugins

    found = dict(_built_in())
    for plugin in plugins.usable().values():
        for name, ways in plugin.feeds.items():
            found[name] = (*found.get(name, ()), *ways)
    return MappingProxyType(found)


@cache
def _built_in() -> Mapping[str, tuple[Feed, ...]]:
    text = (files("leadline.data") / "feeds.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    named = yaml.load(text, Loader=loader)  # noqa: S506  (both loaders are the safe one)
    found = FEEDS.validate_python(named)
    unknown = sorted(set(found) - set(built_in()))
    if unknown:
        msg = f"feeds.yaml names series that the catalogue does not have: {', '.join(unknown)}."
        raise ValueError(msg)
    return MappingProxyType(found)


def in_one_line(text: str) -> str:
    r"""Give what a stranger wrote so that a terminal and a store can take it: printable and short.

    >>> in_one_line("not\x1b[2J\nfound")
    'not�[2J�found'
    """
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in shown)


class WireFormatError(DataError):
    """An answer is not what its provider is known to send; the provider can mend it.

    The message names provider, address, status, declared type and the first bytes.
    """

    def __init__(self, provider: str, answer: Answer, problem: str) -> None:
        self.provider, self.answer, self.problem = provider, answer, problem
        first = answer.body[:80].decode("utf-8", "replace").replace("\n", "\\n").replace("\r", "")
        declared = in_one_line(answer.content_type) or "no content type"
        super().__init__(
            f"{provider}: {in_one_line(problem)} ({answer.url}, status {answer.status}, "
            f"{declared}, begins {first!r})."
        )


class NotMeasuredError(DataError):
    """A request brought no answer to read: refused, timed out, cut off, or not allowed.

    ``status`` is that of the refusal, where there was one.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def stamped(
    want: Want, answer: Answer, rows: Rows, earliest: NDArray[np.datetime64] | None = None
) -> Stamps:
    """Stamp rows of a provider that gives no vintages: what most have as ``known_at``.

    A series that is revised counts as known when it was fetched (first_seen). Any other follows
    the catalogue's release rule, or ``earliest`` where the provider itself is later, or is known
    since the fetch where that was earlier still.
    """
    fetched = np.datetime64(answer.fetched_at.replace(tzinfo=None), "s")
    if want.info.revised:
        return np.full(len(rows), fetched), "first_seen"
    known = want.info.known_at(rows.period)
    if earliest is not None:
        known = np.maximum(known, earliest)
    return np.minimum(known, fetched), "rule"
