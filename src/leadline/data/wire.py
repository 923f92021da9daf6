"""Reading what comes over the wire: bytes are believed only after they have been looked at.

Status and content type lie, so a page is judged by its first bytes, its header and the shape of
every row; whatever does not fit raises WireFormatError. Pure: no clock, no network, no files.
"""

import csv
import json
import lzma
import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from io import StringIO
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from leadline.data.clock import instants
from leadline.data.provider import Answer, Rows, Want, WireFormatError
from leadline.data.workbook import sheet_of
from leadline.errors import DataError

Kind = Literal["zip", "xls", "gzip", "bzip2", "xz", "lzma", "pdf", "markup", "binary", "text"]

MISSING = frozenset({"", ".", "-", "na", "n/a", "#n/a", "nan", "nd", "null", "none"})
"""What stands for *missing at source*, in lower case."""

ISO = "YYYY-MM-DD"

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"]\x00\x00", "lzma"),
    (b"%PDF", "pdf"),
)
_TITLES: dict[Kind, str] = {
    "zip": "a zip archive or workbook",
    "xls": "an old Excel workbook",
    "gzip": "gzip",
    "bzip2": "bzip2",
    "xz": "xz",
    "lzma": "LZMA",
    "pdf": "a PDF",
    "markup": "HTML or XML",
    "binary": "bytes that are no text",
    "text": "plain text",
}
_BOM = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FIRST_DAY = np.datetime64("1700-01-01")
_PARTS = {"YYYY": r"(?P<y>\d{4})", "MM": r"(?P<m>\d\d)", "DD": r"(?P<d>\d\d)"}

T = TypeVar("T", str, int, dict[str, Any], list[Any])


def kind_of(body: bytes) -> Kind:
    """Say what bytes are by how they begin, whatever was declared."""
    for magic, kind in _MAGIC:
        if body.startswith(magic):
            return kind
    head = body[:512].removeprefix(_BOM)
    if head.lstrip().startswith(b"<"):
        return "markup"
    return "binary" if b"\x00" in head else "text"


@dataclass(frozen=True, slots=True)
class Page:
    """An answer being read; every method raises WireFormatError for what does not fit.

    Attributes
    ----------
    provider : str
        Whose answer it is, for messages.
    answer : Answer
    """

    provider: str
    answer: Answer

    def wrong(self, problem: str) -> WireFormatError:
        """Give the error to raise; ``problem`` begins in lower case and has no full stop."""
        return WireFormatError(self.provider, self.answer, problem)

    def raw(self, kind: Kind) -> bytes:
        """Give the bytes, which must be of this kind."""
        found = kind_of(self.answer.body)
        if found != kind:
            raise self.wrong(f"expected {_TITLES[kind]}, got {_TITLES[found]}")
        return self.answer.body

    def unpacked(self, limit: int) -> bytes:
        """Give what an LZMA-alone stream holds, which may be no more than ``limit`` bytes."""
        # 64 MiB is what the dictionary of the largest usual setting takes.
        stream = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=64 * 1024 * 1024)
        try:
            found = stream.decompress(self.raw("lzma"), max_length=limit + 1)
        except lzma.LZMAError as error:
            raise self.wrong(f"this is no LZMA: {error}") from None
        if len(found) > limit:
            raise self.wrong(f"the LZMA stream holds more than {limit} bytes")
        if not stream.eof:
            raise self.wrong("the LZMA stream is cut off")
        return found

    def text(self, kind: Literal["text", "markup"] = "text", encoding: str = "utf-8-sig") -> str:
        """Give the body as text; a byte-order mark is taken off."""
        body = self.raw(kind)
        try:
            return body.decode(encoding)
        except UnicodeDecodeError as error:
            raise self.wrong(f"the text is not {encoding} at byte {error.start}") from None

    def table(
        self, *headers: Sequence[str], ragged: bool = False
    ) -> tuple[list[str], list[list[str]]]:
        """Give the header and the rows of a CSV text, cells stripped, empty lines left out.

        Parameters
        ----------
        *headers : sequence of str
            The accepted headers: one of them must be met exactly. With none, any is accepted.
        ragged : bool
            Whether rows may be wider or narrower than the header.
        """
        try:
            lines = [
                [cell.strip() for cell in line]
                for line in csv.reader(StringIO(self.text(), newline=""), strict=True)
                if any(cell.strip() for cell in line)
            ]
        except csv.Error as error:
            raise self.wrong(f"this is no CSV: {error}") from None
        if not lines:
            raise self.wrong("expected a table, got nothing")
        header, rows = lines[0], lines[1:]
        if headers and header not in [list(accepted) for accepted in headers]:
            expected = " or ".join(",".join(accepted) for accepted in headers)
            raise self.wrong(f"expected the columns {expected}, got {','.join(header)[:200]}")
        if len(set(header)) != len(header):
            raise self.wrong("a column is there twice")
        bad = next((row for row in rows if len(row) != len(header)), None)
        if bad is not None and not ragged:
            cells = ",".join(bad)[:60]
            raise self.wrong(f"expected {len(header)} cells a row, got {len(bad)} in {cells!r}")
        return header, rows

    def sheet(self, kind: Literal["zip", "xls"], name: str = "") -> list[list[Any]]:
        """Give the cells of a sheet of a workbook, new (zip) or old; texts are stripped.

        Without a name it is the first sheet.
        """
        try:
            rows = sheet_of(self.raw(kind), name)
        except ValueError as error:
            raise self.wrong(str(error)) from None
        return [[cell.strip() if isinstance(cell, str) else cell for cell in row] for row in rows]

    def json(self) -> Any:
        """Give the body read as JSON; control characters in strings are let through."""
        try:
            return json.loads(self.text(), strict=False)
        except (ValueError, RecursionError) as error:
            raise self.wrong(f"this is no JSON: {error}") from None

    def document(self) -> dict[str, Any]:
        """Give the JSON body, which must be an object."""
        found = self.json()
        if not isinstance(found, dict):
            raise self.wrong(f"expected a JSON object, got {type(found).__name__}")
        return found

    def records(self, *path: str) -> list[dict[str, Any]]:
        """Give the list of objects that stands under ``path`` in the JSON body."""
        found = self.json()
        for name in path:
            found = self.field(found, name)
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            where = ".".join(path) or "the top"
            raise self.wrong(f"expected a list of objects at {where}")
        return found

    def field(self, record: Any, name: str) -> Any:
        """Give ``record[name]``; the record must be an object and have it."""
        if not isinstance(record, dict) or name not in record:
            raise self.wrong(f"there is no field {name!r}")
        return record[name]

    def typed(self, record: Any, name: str, kind: type[T]) -> T:
        """Give ``record[name]``, which must be there and of this type."""
        found = self.field(record, name)
        if not isinstance(found, kind) or isinstance(found, bool):
            raise self.wrong(f"{name} should be {kind.__name__}, not {str(found)[:40]!r}")
        return found

    def lists(self, found: Any, width: int) -> list[list[Any]]:
        """Give ``found``, which must be a list of lists of so many cells."""
        if not isinstance(found, list) or not all(isinstance(each, list) for each in found):
            raise self.wrong("expected a list of lists")
        bad = next((each for each in found if len(each) != width), None)
        if bad is not None:
            raise self.wrong(f"expected {width} cells a row, got {len(bad)} in {str(bad)[:60]}")
        return found

    def number(self, cell: Any, *, missing: Collection[str] = MISSING) -> float:
        """Give a number; NaN for None, NaN and the markers of a missing value."""
        if cell is None:
            return math.nan
        if isinstance(cell, str):
            cell = cell.strip()
            if cell.lower() in missing:
                return math.nan
            if not _NUMBER.fullmatch(cell):
                raise self.wrong(f"{cell[:40]!r} is no number")
        elif isinstance(cell, bool) or not isinstance(cell, int | float):
            raise self.wrong(f"{str(cell)[:40]!r} is no number")
        try:
            value = float(cell)
        except OverflowError:
            value = math.inf
        if math.isinf(value):
            raise self.wrong("a number is too large to be one")
        return value

    def numbers(
        self, cells: Iterable[Any], *, missing: Collection[str] = MISSING
    ) -> NDArray[np.float64]:
        """Give numbers; NaN where missing at source."""
        return np.array([self.number(cell, missing=missing) for cell in cells], dtype=np.float64)

    def days(self, cells: Iterable[Any], form: str = ISO) -> NDArray[np.datetime64]:
        """Give the days that texts such as ``YYYY-MM-DD``, ``MM/DD/YYYY`` or ``YYYY-MM`` name.

        Without a ``DD`` it is the first of the month.
        """
        pattern = _pattern(form)
        return np.array([self._day(cell, form, pattern) for cell in cells], dtype="datetime64[D]")

    def _day(self, cell: Any, form: str, pattern: re.Pattern[str]) -> date:
        found = pattern.fullmatch(cell) if isinstance(cell, str) else None
        # No match reads as the year 0, which is no day either.
        parts = {"y": "0", "m": "0"} if found is None else found.groupdict()
        try:
            return date(int(parts["y"]), int(parts["m"]), int(parts.get("d", 1)))
        except ValueError:
            raise self.wrong(f"{str(cell)[:40]!r} is no day written as {form}") from None

    def instants(self, cells: Iterable[Any]) -> NDArray[np.datetime64]:
        """Give UTC instants, to the second, from ISO 8601 texts; without a zone they are UTC.

        None and an empty text are NaT.
        """
        found = [self._instant(cell) for cell in cells]
        return np.array(found, dtype="datetime64[s]")

    def _instant(self, cell: Any) -> np.datetime64:
        if cell is None or cell == "":
            return np.datetime64("NaT", "s")
        try:
            at = datetime.fromisoformat(cell)
        except (TypeError, ValueError):
            raise self.wrong(f"{str(cell)[:40]!r} is no instant of ISO 8601") from None
        offset = at.utcoffset()
        local = _second(at.replace(microsecond=0))
        return local if offset is None else local - np.timedelta64(int(offset.total_seconds()), "s")

    def unix(
        self, cells: Iterable[Any], unit: Literal["s", "ms", "us"] = "s"
    ) -> NDArray[np.datetime64]:
        """Give UTC instants, to the second, from counts since 1970 (numbers or digits)."""
        per_second = {"s": 1, "ms": 1000, "us": 1_000_000}[unit]
        seconds = np.floor(self.numbers(cells, missing=()) / per_second)
        # 1900 to 2200: anything else is another unit than the one expected.
        if not np.all((seconds > -2.3e9) & (seconds < 7.3e9)):
            raise self.wrong(f"a time is no count of {unit} since 1970")
        return seconds.astype(np.int64).astype("datetime64[s]")

    def midnights(self, at: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        """Give the UTC days that begin at these instants, each of which must be a midnight."""
        days = at.astype("datetime64[D]")
        if np.any(days != at):
            raise self.wrong(f"{at[days != at][0]} is not the start of a day")
        return days

    def check_bars(
        self, low: NDArray[np.float64], high: NDArray[np.float64], *between: NDArray[np.float64]
    ) -> None:
        """Refuse bars whose low lies above, or high below, their other prices.

        Candles without names for their columns show only in this way that a column has moved.
        """
        for price in (low, high, *between):
            if np.any((price < low) | (price > high)):
                raise self.wrong("a bar's open or close lies outside its low and high")

    def rows(
        self,
        want: Want,
        period: NDArray[np.datetime64],
        value: NDArray[np.float64],
        stamp: NDArray[np.datetime64] | None = None,
        *,
        vintages: bool = False,
    ) -> Rows:
        """Make the rows: equal duplicates merged, sorted by period, nothing from the future.

        With ``vintages`` a period may come once for each stamp.
        """
        period = period.astype("datetime64[D]")
        if period.size and period.min() < _FIRST_DAY:
            raise self.wrong(f"a period is dated {period.min()}")
        latest = _second(max(want.now, self.answer.fetched_at))
        # Days far ahead have no place on the clocks of the zones, and need none.
        near = np.minimum(period, latest.astype("datetime64[D]") + 2)
        future = _starts(near, want) > latest
        if future.any():
            first = period[future].min()
            raise self.wrong(f"{int(future.sum())} periods lie in the future, the first is {first}")
        versions = stamp if vintages and stamp is not None else np.zeros(period.size, np.int64)
        order = np.lexsort((versions, period))
        period, value, versions = period[order], value[order], versions[order]
        again = (period[1:] == period[:-1]) & (versions[1:] == versions[:-1])
        same = (value[1:] == value[:-1]) | (np.isnan(value[1:]) & np.isnan(value[:-1]))
        if np.any(again & ~same):
            raise self.wrong(f"{period[1:][again & ~same][0]} is there twice with different values")
        keep = np.concatenate((np.ones(min(period.size, 1), bool), ~again))
        kept = None if stamp is None else stamp[order][keep].astype("datetime64[s]")
        return Rows(period[keep], value[keep], kept)

    def finished(self, want: Want, rows: Rows, close: str = "") -> Rows:
        """Leave out the periods whose close had not come when the answer was fetched.

        ``close`` is the provider's own, where that is not for the catalogue to say.
        """
        now = _second(min(want.now, self.answer.fetched_at))
        over = instants(rows.period, close or want.info.close) <= now
        stamp = None if rows.stamp is None else rows.stamp[over]
        return Rows(rows.period[over], rows.value[over], stamp)


def split_code(provider: str, code: str, fields: Collection[str]) -> tuple[str, str]:
    """Give symbol and field of a code such as ``SI=F/high``; without a field it is the close."""
    symbol, _, field = code.partition("/")
    field = field or "close"
    if not symbol or field not in fields:
        msg = f"{provider}: no {code!r}. Write SYMBOL or SYMBOL/FIELD, with {', '.join(fields)}."
        raise DataError(msg)
    return symbol, field


def stretches(first: date, last: date, days: int) -> Iterator[tuple[date, date]]:
    """Cut ``first`` to ``last`` into stretches of at most so many days, the oldest first.

    Where ``first`` is after ``last``, ``last`` alone is given.
    """
    start = min(first, last)
    while start <= last:
        end = min(start + timedelta(days=days - 1), last)
        yield start, end
        start = end + timedelta(days=1)


def _second(at: datetime) -> np.datetime64:
    return np.datetime64(at.replace(tzinfo=None), "s")


def _starts(period: NDArray[np.datetime64], want: Want) -> NDArray[np.datetime64]:
    """When each label day begins, in the zone in which its close is told."""
    return instants(period, f"00:00 {want.info.close.split(maxsplit=1)[1]}")


@cache
def _pattern(form: str) -> re.Pattern[str]:
    text = re.escape(form)
    for part, pattern in _PARTS.items():
        text = text.replace(part, pattern, 1)
    return re.compile(text, re.ASCII)
