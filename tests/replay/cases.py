"""The faults that every provider must stand, made from what it would send were all well."""

import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import numpy as np
from replay.core import Ask, Behaviour, Market, Reply

from leadline.data.series import find

Case = Callable[[Ask, Market, Behaviour], Reply]
Change = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

HTML = (
    b"<!DOCTYPE html><html><head><title>Access Denied</title></head><body>Reference</body></html>"
)


@dataclass(frozen=True)
class Altered(Market):
    """A market whose series went through a change on their way to the reader."""

    change: Change = lambda days, values: (days, values)

    def series(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        return self.change(*super().series(name))


def altered(change: Change) -> Case:
    def case(ask: Ask, market: Market, answer: Behaviour) -> Reply:
        return answer(ask, Altered(market.today, market.seed, change))

    return case


def on_day(shift: timedelta) -> Case:
    """Answer as on another day."""

    def case(ask: Ask, market: Market, answer: Behaviour) -> Reply:
        return answer(ask, Market(market.today + shift, market.seed))

    return case


def with_reply(**changes: object) -> Case:
    def case(ask: Ask, market: Market, answer: Behaviour) -> Reply:
        return answer(ask, market).but(**changes)

    return case


def always(reply: Reply) -> Case:
    return lambda _ask, _market, _answer: reply


def _ok(ask: Ask, market: Market, answer: Behaviour) -> Reply:
    return answer(ask, market)


def _empty(ask: Ask, market: Market, answer: Behaviour) -> Reply:
    return answer(
        ask, Altered(market.today, market.seed, lambda days, values: (days[:0], values[:0]))
    )


def _bom_crlf(ask: Ask, market: Market, answer: Behaviour) -> Reply:
    reply = answer(ask, market)
    if not is_text(reply.body):
        return reply
    lines = reply.body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return reply.but(body=b"\xef\xbb\xbf" + lines)


def _gzip(ask: Ask, market: Market, answer: Behaviour) -> Reply:
    reply = answer(ask, market)
    packed = gzip.compress(reply.body, mtime=0)
    return reply.but(body=packed, headers={**reply.headers, "Content-Encoding": "gzip"})


def _wrong_type(ask: Ask, market: Market, answer: Behaviour) -> Reply:
    reply = answer(ask, market)
    others = {name: text for name, text in reply.headers.items() if name.lower() != "content-type"}
    return reply.but(headers={**others, "Content-Type": "image/png"})


def _drifted(ask: Ask, market: Market, answer: Behaviour) -> Reply:
    reply = answer(ask, market)
    return reply.but(body=drifted(reply.body))


def _repeated(days: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.append(days, days[-2:]), np.append(values, values[-2:])


def _contradicted(days: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.append(days, days[-20:]), np.append(values, values[-20:] * 1.5 + 1)


def _shuffled(days: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.random.default_rng(1).permutation(days.size)
    return days[order], values[order]


def _scaled(days: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return days, values * 1e9


def _revised(days: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Another value on the twelfth of the last rows."""
    if days.size < 12:
        return days, values
    changed = values.copy()
    changed[-12] = np.round(changed[-12] * 1.02 + 0.01, 4)
    return days, changed


def _vanished(days: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keep = np.arange(days.size) != days.size - 12
    return days[keep], values[keep]


def retry_at(now: datetime, seconds: float) -> str:
    return format_datetime(now + timedelta(seconds=seconds), usegmt=True)


def _too_many_until(ask: Ask, market: Market, answer: Behaviour) -> Reply:
    if ask.nth > 1:
        return answer(ask, market)
    return Reply(b"Too Many Requests", 429, {"Retry-After": retry_at(datetime.now(UTC), 1)})


def _too_many(ask: Ask, market: Market, answer: Behaviour) -> Reply:
    if ask.nth > 1:
        return answer(ask, market)
    return Reply(b"Too Many Requests", 429, {"Retry-After": "1"})


def _error_then_ok(ask: Ask, market: Market, answer: Behaviour) -> Reply:
    return answer(ask, market) if ask.nth > 1 else Reply(b"upstream is away", 500)


COMMON: dict[str, Case] = {
    "ok": _ok,
    "ok_bom_crlf": _bom_crlf,
    "ok_empty_range": _empty,
    "html_200": always(Reply(HTML, 200, {"Content-Type": "text/html"})),
    "html_403": always(Reply(HTML, 403, {"Content-Type": "text/html"})),
    "404": always(Reply(b"not here", 404, {"Content-Type": "text/plain"})),
    "429": always(Reply(b"Too Many Requests", 429)),
    "429_retry_after_seconds": _too_many,
    "429_retry_after_date": _too_many_until,
    "500": always(Reply(b"upstream is away", 500)),
    "500_then_ok": _error_then_ok,
    "503": always(Reply(b"Will be right back", 503)),
    "hang": with_reply(fault="hang", delay=30.0),
    "reset": with_reply(fault="reset"),
    "truncated_body": with_reply(fault="truncate"),
    "empty_200": always(Reply(b"")),
    "zeros_200": always(Reply(bytes(64))),
    "gzip": _gzip,
    "wrong_content_type": _wrong_type,
    "schema_drift": _drifted,
    "duplicate_rows": altered(_repeated),
    "contradicting_rows": altered(_contradicted),
    "unsorted": altered(_shuffled),
    "future_dated_row": on_day(timedelta(days=60)),
    "value_outside_range": altered(_scaled),
    "stale": on_day(timedelta(days=-600)),
    "revised": altered(_revised),
    "vanished_row": altered(_vanished),
}
"""What the server sends in place of a provider's good answer, by the name of the fault."""

MUST_FAIL = (
    "html_200",
    "html_403",
    "404",
    "429",
    "500",
    "hang",
    "reset",
    "truncated_body",
    "empty_200",
    "zeros_200",
    "schema_drift",
    "contradicting_rows",
    "value_outside_range",
)
"""Faults after which nothing may be stored, whoever sends them."""


def is_text(body: bytes) -> bool:
    head = body[:2048]
    return b"\x00" not in head and not head.startswith((b"PK", b"\xd0\xcf", b"\x1f\x8b", b"]\x00"))


def drifted(body: bytes) -> bytes:
    """Rename every column, key and tag, or shift the records of a binary file by a byte."""
    if body.startswith(b"PK"):
        return _drifted_zip(body)
    if body.startswith(b"\xd0\xcf"):
        return body.replace(b"D\x00A\x00Y\x00", b"T\x00A\x00G\x00").replace(b"DAY", b"TAG")
    if body.startswith(b"]\x00"):
        return lzma.compress(lzma.decompress(body)[1:], format=lzma.FORMAT_ALONE)
    text = body.decode("utf-8-sig")
    if text.lstrip().startswith(("{", "[")):
        return json.dumps(_renamed(json.loads(text))).encode()
    if text.lstrip().startswith("<"):
        return text.replace("xlsx", "pdf").replace("properties", "things").encode()
    header, end, rest = text.partition("\n")
    names = ",".join(name.strip().strip('"') + "_renamed" for name in header.split(","))
    return f"{names}{end}{rest}".encode()


def _drifted_zip(body: bytes) -> bytes:
    """Rename the words of a workbook, and drop the first column of a packed CSV."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith(".csv"):
                content = b"\n".join(line.partition(b",")[2] for line in content.split(b"\n"))
            for word in (b"Silver", b"Gold", b"Copper"):
                content = content.replace(word, b"Renamed" + word[:1])
            new.writestr(name, content)
    return out.getvalue()


def _renamed(document: Any) -> Any:
    if isinstance(document, dict):
        return {f"{key}_renamed": _renamed(value) for key, value in document.items()}
    if isinstance(document, list):
        if len(document) > 1 and not any(isinstance(item, dict | list) for item in document):
            return document[:-1]
        return [_renamed(item) for item in document]
    return document


def day_of(name: str, market: Market, back: int) -> date:
    """Give the label day of the last-but-``back`` row of a series."""
    day: date = market.series(find(name).id)[0][-1 - back].astype(object)
    return day
