"""Lists a page at a time: each page says where the next one starts, whatever is written meanwhile.

A cursor holds the key of the last item given. Keys never change, so of what is there from the
first page to the last nothing is given twice and nothing is left out.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from leadline.web.api.problems import ProblemError

Item = TypeVar("Item")
Kind = TypeVar("Kind")
Key = tuple[int | str, ...]

USUAL, MOST = 50, 500
_WHOLE = (1 << 63) - 1


def _iso(said: Any) -> Any:
    # A number alone would be taken for the seconds since 1970.
    if isinstance(said, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", said, re.ASCII) is None:
        msg = "Input should be a day such as 2026-01-23"
        raise ValueError(msg)
    return said


Day = Annotated[date, BeforeValidator(_iso)]
"""A day in a query, as ISO 8601 writes it."""


class Asked(BaseModel):
    """Which part of a list; unknown names are refused, so that no slip is taken for "all"."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(USUAL, ge=1, le=MOST, description="Items on the page, at most.")
    cursor: Annotated[str, Field(max_length=400)] | None = Field(
        None, description="Where the page starts: the `next` of the page before holds it."
    )


class Listed(BaseModel, Generic[Item]):
    """A page of a list."""

    items: tuple[Item, ...] = Field(description="The items of this page, in order.")
    next: str | None = Field(
        None,
        description="The address of the next page; null on the last. The `Link` header has it too.",
        examples=["/api/v1/ledger?limit=50&cursor=WzUwXQ"],
    )


def written(*key: int | str) -> str:
    """Write a key as a cursor.

    >>> read(written("gold", 7), (str, int))
    ('gold', 7)
    """
    text = json.dumps(key, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, kinds: Sequence[type]) -> Key:
    """Read a cursor as a key of these kinds; raise ProblemError where it is none."""
    try:
        packed = cursor.encode("ascii")
        text = base64.b64decode(packed + b"=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        found = json.loads(text)
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if isinstance(found, list) and [type(part) for part in found] == list(kinds):
        whole = [part for part in found if isinstance(part, int)]
        texts = [part for part in found if isinstance(part, str)]
        if all(abs(part) <= _WHOLE for part in whole) and all(map(_is_plain, texts)):
            return tuple(found)
    raise ProblemError(404, "No page starts at this cursor. Ask without one for the first page.")


def _is_plain(text: str) -> bool:
    # No key of ours has more, and not every database takes more.
    return text.isprintable() and not any("\ud800" <= mark <= "\udfff" for mark in text)


def after(asked: Asked, *kinds: type) -> Key | None:
    """Give the key after which the page starts; None for the first page."""
    return None if asked.cursor is None else read(asked.cursor, kinds)


def page(
    found: Iterable[Item],
    key: Callable[[Item], Key],
    asked: Asked,
    request: Request,
    response: Response,
) -> Listed[Item]:
    """Give the page of ``found``, which starts with it and goes on at least one item beyond.

    Where it does, the address of the next page is told in the body and in the Link header.
    """
    items = tuple(found)
    shown = items[: asked.limit]
    if len(items) == len(shown):
        return Listed(items=shown)
    said = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    query = urlencode([*said, ("cursor", written(*key(shown[-1])))])
    address = f"{quote(request.url.path)}?{query}"
    response.headers["Link"] = f'<{address}>; rel="next"'
    return Listed(items=shown, next=address)


def cut(every: Iterable[Item], key: Callable[[Item], str], asked: Asked) -> tuple[Item, ...]:
    """Give from the cursor on what ``page`` takes, in order of a key that is unique."""
    start = after(asked, str)
    ordered = sorted(every, key=key)
    return tuple(item for item in ordered if start is None or key(item) > str(start[0]))[
        : asked.limit + 1
    ]
