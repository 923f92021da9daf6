"""The interface as an application of its own, so that nothing but it answers below its address."""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import leadline
from leadline.web.api import claims, data, ledger, problems, reference, scans, serving, verdicts
from leadline.web.api.problems import Problem
from leadline.web.api.serving import PREFIX, AShelf, reads
from leadline.web.shelf import Shelf

TAGS = {
    "claims": "What was said, by whom, and where each claim stands.",
    "verdicts": "What trials found: sealed documents, their evidence, and what is drawn of it.",
    "after publication": "The ledger: a row a day of what came of each claim since.",
    "data": "The series that verdicts rest on, how old they are, and who gave them.",
    "scans": "Universes of pairs through the same inference, and the leads that were listed.",
    "methods": "The kinds of test and the conditions, with their settings, and how often they err.",
    "server": "What this server is.",
}
_ABOUT = """\
Leadline puts claims about markets on trial. This interface reads what its store holds and changes
nothing.

* A **list** comes a page at a time: `limit` says how long a page is, and `next` (also in the `Link`
  header) is the address of the next one. Nothing is given twice and nothing left out, even while
  rows are being written.
* Every answer has an **ETag**. Send it back as `If-None-Match`, and as long as nothing changed the
  reply is 304 without a body.
* **Errors** are problem documents (RFC 9457): what is wrong, where, and what to do.
* Returns and shares are **fractions**, never percent; days are calendar days and times are in UTC.
* Where the server asks for a token, send `Authorization: Bearer TOKEN`.

Past and present are kept apart: `outcome` is about what everybody could see before the claim was
made, `live` about what happened after it. Nothing here is investment advice.
"""

_SCHEMAS = "#/components/schemas/"

server = APIRouter(tags=["server"])


class Health(BaseModel):
    """What this server is."""

    leadline: str = Field(description="The version of Leadline that answers.")
    store: bool = Field(description="Whether there is a store; where not, every list is empty.")
    articles: int = Field(description="Articles there are to show.")


@server.get("/health", dependencies=[reads("verdicts", "files")])
def health(shelf: AShelf) -> Health:
    """Say what this server is."""
    return Health(
        leadline=leadline.__version__,
        store=shelf.db is not None,
        articles=len(shelf.articles()),
    )


def application(shelf_of: Callable[[], Shelf]) -> FastAPI:
    """Give the interface, to be mounted at ``/api/v1``.

    ``shelf_of`` is called at every request, from any thread.
    """
    app = FastAPI(
        title="Leadline",
        version=leadline.__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.shelf_of = shelf_of
    for each in (claims, verdicts, ledger, data, scans, reference):
        app.include_router(each.router)
    app.include_router(server)
    app.add_api_route("/openapi.json", _openapi, include_in_schema=False)
    app.add_middleware(_WithHead)
    problems.install(app)
    serving.install(app)
    return app


@cache
def description() -> dict[str, Any]:
    """Give the OpenAPI document; it is the same whatever the store holds."""

    def none() -> Shelf:
        raise NotImplementedError

    app = application(none)
    found = get_openapi(
        title="Leadline",
        version=leadline.__version__,
        summary="Market claims on trial, and what came of them.",
        description=_ABOUT,
        routes=app.routes,
        tags=[{"name": name, "description": says} for name, says in TAGS.items()],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": PREFIX, "description": "This server"}],
    )
    found = _renamed(found)
    schemas = found["components"]["schemas"]
    schemas |= Problem.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}").pop("$defs")
    schemas["Problem"] = _without_definitions(Problem)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, methods in found["paths"].items():
        methods["get"]["responses"] |= _others(path)
    return found


def _renamed(found: dict[str, Any]) -> dict[str, Any]:
    """Give the document with the parts of answers under names that people can say."""
    names = {name: _called(name) for name in found["components"]["schemas"]}
    text = json.dumps(found)
    for old, new in names.items():
        text = text.replace(f'"{_SCHEMAS}{old}"', f'"{_SCHEMAS}{new}"')
    said: dict[str, Any] = json.loads(text)
    schemas = said["components"]["schemas"]
    said["components"]["schemas"] = {names[old]: schema for old, schema in schemas.items()}
    return said


def _called(name: str) -> str:
    """Give a name without the marks by which modules and parameters are told apart.

    >>> _called("Listed_LedgerRow_State__"), _called("leadline__live__book__Odds")
    ('PageOfStateRow', 'LiveOdds')
    """
    if listed := re.fullmatch(r"Listed_(.+)_", name):
        return f"PageOf{_called(listed[1])}"
    if row := re.fullmatch(r"LedgerRow_(.+)_", name):
        return f"{'Any' if '_' in row[1] else row[1]}Row"
    if name.startswith("leadline__"):
        _, part, *_, own = name.split("__")
        return f"{part.title()}{own}"
    return name


def _openapi() -> Any:
    return description()


def _without_definitions(model: type[BaseModel]) -> dict[str, Any]:
    said = model.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
    return {name: value for name, value in said.items() if name != "$defs"}


def _others(path: str) -> dict[str, Any]:
    """Say which answers there are besides the one that is asked for."""
    said = {
        404: "Nothing of this name, or no page at this cursor.",
        422: "The request cannot be read.",
        503: "What this is read from is damaged or away.",
    }
    if path.endswith("/values"):
        said[403] = "The values may not be passed on."
    if path.startswith("/verdicts/"):
        said[410] = "The document was changed since it was sealed."
    schema = {"$ref": f"{_SCHEMAS}Problem"}
    found: dict[str, Any] = {
        str(status): {"description": says, "content": {problems.MEDIA: {"schema": schema}}}
        for status, says in sorted(said.items())
    }
    return {"304": {"description": "What you have still holds."}} | found


class _WithHead:
    """Answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope.get("method") != "HEAD":
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        scope["method"] = "GET"
        try:
            await self._app(scope, receive, bodiless)
        finally:
            scope["method"] = "HEAD"
