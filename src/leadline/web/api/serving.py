"""What every answer has in common: the shelf it is read from, and a tag by which it is known."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, Header, Path, Request, Response
from sqlalchemy import Connection, Table, func, select

import leadline
from leadline.data.database import Database
from leadline.web.metrics import PATTERN
from leadline.web.pages import Topic
from leadline.web.shelf import Shelf

Read = TypeVar("Read")

PREFIX = "/api/v1"
FOR_EVER = "max-age=31536000, immutable"
"""How long to keep what never changes, such as what is found by its hash."""


class UnchangedError(Exception):
    """Raised where the asker has the answer already."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def plain(text: str) -> str:
    """Give a text to look for; PostgreSQL takes none with a NUL, and no name has one."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def shelf_of(request: Request) -> Shelf:
    """Give the shelf that the app was made with."""
    request.scope[PATTERN] = f"{PREFIX}{request.scope['route'].path}"
    found: Callable[[], Shelf] = request.app.state.shelf_of
    return found()


ArticleId = Annotated[str, Path(description="The article's name.", examples=["silver-2026"])]
ClaimId = Annotated[str, Path(description="The claim's name in its article.", examples=["S27"])]
Seal = Annotated[str, Path(description="The verdict's seal, all 64 digits of it.")]
Name = Annotated[str, Path(description="Its name, as the list has it.")]
AShelf = Annotated[Shelf, Depends(shelf_of)]
Known = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=2000,
        description="The ETag of an answer you have; where it still holds, the reply is 304.",
    ),
]


def reads(*topics: Topic, table: Table | None = None) -> Any:
    """Give the dependency of an endpoint whose answer changes only when these topics do.

    A ``table`` that only grows may be named besides. The answer is tagged, and the request ends
    where the asker has it already.
    """

    def tagged(request: Request, response: Response, shelf: AShelf, known: Known = None) -> None:
        parts = (
            leadline.__version__,
            shelf.stamp(*topics),
            _n_rows(shelf, table),
            request.url.path,
        )
        asked = sorted(request.query_params.multi_items())
        digest = hashlib.sha256(repr((parts, asked)).encode("utf-8", "surrogatepass"))
        tag = f'"{digest.hexdigest()[:32]}"'
        if matches(known, tag):
            raise UnchangedError(tag)
        response.headers["ETag"] = tag
        response.headers["Cache-Control"] = "no-cache"

    return Depends(tagged)


def _n_rows(shelf: Shelf, table: Table | None) -> int:
    if table is None:
        return 0
    count = select(func.count()).select_from(table)
    return asked_of(shelf.db, lambda held: held.execute(count).scalar_one()) or 0


def matches(known: str | None, tag: str) -> bool:
    """Say whether ``If-None-Match`` names a tag (RFC 9110, 13.1.2: compared weakly)."""
    if known is None:
        return False
    return known.strip() == "*" or tag in {
        each.strip().removeprefix("W/") for each in known.split(",")
    }


def install(app: FastAPI) -> None:
    """Answer with 304 where the asker has the answer already."""

    async def unchanged(_: Request, error: Exception) -> Response:
        if not isinstance(error, UnchangedError):
            raise error
        return Response(status_code=304, headers={"ETag": error.tag, "Cache-Control": "no-cache"})

    app.add_exception_handler(UnchangedError, unchanged)


def asked_of(db: Database | None, read: Callable[[Connection], Read]) -> Read | None:
    """Give what ``read`` finds in one state of the store; None where there is no store."""
    if db is None:
        return None
    with db.connect() as connection:
        return read(connection)
