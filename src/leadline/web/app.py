"""The site over HTTP: every page of the views, the interface for programs, and how the server is.

Nothing here knows what a page shows: an address is asked of the press, and what comes back is sent.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

import leadline
from leadline.report.document import Sheet
from leadline.web import api, site
from leadline.web.assets import Asset, assets
from leadline.web.guard import OPEN_TO_ALL, Guard
from leadline.web.metrics import MEDIA, PATTERN, Counted, Meter
from leadline.web.pages import HTML, Page, pages
from leadline.web.press import Press
from leadline.web.printing import AwayError, Copy, Job, UnprintableError
from leadline.web.settings import Settings
from leadline.web.shelf import Shelf

API = "/api"
LONGEST = 200
"""Letters that a part of an address or a query value may have."""

_HEADINGS = {
    401: "The token is missing",
    404: "Nothing stands here",
    405: "This site is for reading",
    421: "Not by this name",
    500: "This page cannot be shown",
    503: "This page is not ready yet",
}
_NOT_FOUND = (
    "No article, claim, scan or verdict has this address. It may have been written wrongly, or the "
    "store of this server does not hold it."
)


def create_app(settings: Settings) -> FastAPI:
    """Give the site as an ASGI application.

    It begins to print when it is started (the lifespan of ASGI), so a server or a test client
    must run that.

    Parameters
    ----------
    settings : Settings
        What is shown, to whom, and how much is kept.
    """
    meter, shelf = Meter(), Shelf(settings.sources)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        press = Press(settings, shelf, told=meter.printed, looked=meter.look)
        app.state.press = press
        await press.start()
        try:
            yield
        finally:
            await press.stop()
            shelf.close()

    app = FastAPI(
        title="Leadline",
        version=leadline.__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.meter = meter
    app.mount(api.PREFIX, api.application(lambda: shelf))
    app.router.routes += [
        Route(OPEN_TO_ALL, _health, include_in_schema=False),
        Route("/metrics", _metrics, include_in_schema=False),
        Route("/static/{name}", _static, include_in_schema=False),
        *(_route(page) for page in sorted(pages().values(), key=_order)),
    ]
    app.add_exception_handler(HTTPException, _explain)
    app.add_middleware(_CompressedInterface)
    app.add_middleware(Counted, meter=meter)
    app.add_middleware(Guard, settings=settings, refuse=refusal)
    return app


def _order(page: Page) -> tuple[tuple[bool, str], ...]:
    """Order addresses so that one with words of its own comes before one that takes any."""
    return tuple(("{" in step, step) for step in page.path.split("/"))


def _route(page: Page) -> Route:
    async def show(request: Request) -> Response:
        request.scope[PATTERN] = page.path
        said = _said(page, request)
        if said is None:
            raise HTTPException(404)
        press: Press = request.app.state.press
        try:
            copy = await press.page(Job(page.path, tuple(said.items())))
        except UnprintableError as error:
            words = str(error) or "Something went wrong here. The log of the server says what."
            raise HTTPException(500, words) from None
        except AwayError as error:
            words = f"{error} It is being made: ask again in a few seconds."
            raise HTTPException(503, words, {"Retry-After": "5"}) from None
        if copy.status == 404 and not copy.body:
            raise HTTPException(404)
        return _sent(request, copy)

    return Route(page.path, show, include_in_schema=False)


def _said(page: Page, request: Request) -> Mapping[str, str] | None:
    """Give the parts and query values that a page takes; None where one of them can be nothing."""
    said = dict(request.path_params)
    said |= {name: request.query_params.get(name, "") for name in page.query}
    sound = all(len(text) <= LONGEST and text.isprintable() for text in said.values())
    return said if sound else None


def _sent(request: Request, copy: Copy) -> Response:
    headers = {
        "Cache-Control": _kept_by(request, "no-cache"),
        "Content-Type": copy.media,
        "Vary": "Accept-Encoding",
    }
    zipped = copy.zipped and _takes_gzip(request)
    headers["ETag"] = f'"{copy.digest}{"-gzip" if zipped else ""}"'
    if copy.status == 200 and _has_it(request, copy.digest):
        del headers["Content-Type"]
        return Response(status_code=304, headers=headers)
    if copy.filename:
        name = quote(copy.filename)
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    if zipped:
        headers["Content-Encoding"] = "gzip"
    body = copy.body if zipped else copy.plain()
    return Response(body, copy.status, headers)


def _kept_by(request: Request, how: str) -> str:
    """Say who may keep an answer; where a token is asked for, nobody on the way."""
    settings: Settings = request.app.state.settings
    return how if settings.token is None else f"private, {how}"


def _takes_gzip(request: Request) -> bool:
    """Whether the reader takes gzip, which it may refuse by name (RFC 9110, section 12.5.3).

    ``gzip;q=0`` refuses it, ``*`` takes whatever is not named.
    """
    weights: dict[str, float] = {}
    for said in request.headers.get("accept-encoding", "").lower().split(","):
        name, *more = (part.strip() for part in said.split(";"))
        weight = next((part[2:] for part in more if part.startswith("q=")), "1")
        try:
            weights[name] = float(weight)
        except ValueError:
            weights[name] = 0
    return weights.get("gzip", weights.get("*", 0)) > 0


def _has_it(request: Request, digest: str) -> bool:
    """Whether the reader holds this very page, in whatever encoding it came."""
    said = request.headers.get("if-none-match", "")
    held = {tag.strip().removeprefix("W/").strip('"') for tag in said.split(",")}
    return not held.isdisjoint({digest, f"{digest}-gzip", "*"})


async def _health(request: Request) -> Response:
    press: Press = request.app.state.press
    newest: date | None = request.app.state.meter.facts.data
    told = {
        "ok": not press.trouble,
        "version": leadline.__version__,
        # Why it cannot be read may name folders of this machine, and is for the log.
        "store": "unreadable" if press.trouble else "readable",
        "data_until": newest and newest.isoformat(),
        "pages_kept": press.n_kept,
        "pages_waiting": press.n_waiting,
        "warm": press.warm,
    }
    return JSONResponse(told, 503 if press.trouble else 200, {"Cache-Control": "no-store"})


async def _metrics(request: Request) -> Response:
    meter: Meter = request.app.state.meter
    return Response(meter.exposition(request.app.state.press), media_type=MEDIA)


async def _static(request: Request) -> Response:
    asset: Asset | None = assets().get(request.path_params["name"])
    if asset is None:
        raise HTTPException(404)
    zipped = asset.zipped is not None and _takes_gzip(request)
    headers = {
        "Cache-Control": _kept_by(request, "max-age=31536000, immutable"),
        "Content-Type": asset.media,
        "Vary": "Accept-Encoding",
        # The name holds the hash already.
        "ETag": f'"{request.path_params["name"]}{"-gzip" if zipped else ""}"',
    }
    if _has_it(request, request.path_params["name"]):
        return Response(status_code=304, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Response(asset.zipped if zipped else asset.body, headers=headers)


async def _explain(request: Request, error: Exception) -> Response:
    """Say why there is no answer, or that the address is one without a slash at its end."""
    status, words, headers = 500, "", {}
    if isinstance(error, HTTPException):
        status, words, headers = error.status_code, error.detail, dict(error.headers or {})
    if status == 404:
        bare = _without_slash(request)
        if bare is not None:
            return RedirectResponse(bare, 308)
        words = _NOT_FOUND
    elif status == 405:
        words = "Nothing can be sent to this address; it can only be read."
    return refusal(request.scope, status, words, headers)


def _without_slash(request: Request) -> str | None:
    """Give the address without its last slash, where a page stands there."""
    path = request.url.path if request.scope["path"] != "/" else "/"
    scope = dict(request.scope) | {"path": request.scope["path"].rstrip("/")}
    if scope["path"] == request.scope["path"] or not scope["path"]:
        return None
    found = any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(path.rstrip("/"), safe="/%") + query if found else None


def refusal(scope: Scope, status: int, words: str, headers: Mapping[str, str]) -> Response:
    """Give the page, or for a program the JSON, that says what is wrong."""
    if scope["path"].startswith(f"{API}/"):
        from leadline.web.api import problems

        return problems.reply(status, words, headers=headers)
    body = _error_page(status, words)
    return Response(body, status, dict(headers), HTML)


@cache
def _error_page(status: int, words: str) -> bytes:
    heading = _HEADINGS.get(status, "This cannot be shown")
    sheet = Sheet(
        "error.html.j2",
        title=f"{heading} · Leadline",
        description=words,
        json_ld={},
        version=leadline.__version__,
        context={"heading": heading, "words": words},
    )
    return site.printed(sheet, at="", status=status).body


class _CompressedInterface:
    """Compresses what programs read; pages are compressed once, when they are printed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._zipping = app, GZipMiddleware(app, minimum_size=1000, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path: Any = scope.get("path", "")
        zips = path.startswith((f"{API}/", "/metrics"))
        await (self._zipping if zips else self._app)(scope, receive, send)
