"""Errors as RFC 9457 has them: what is wrong, where, and what to do."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from leadline.errors import LeadlineError

logger = logging.getLogger(__name__)

MEDIA = "application/problem+json"
_LONGEST = 80


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="Which part of the request.", examples=["query: limit"])
    what: str = Field(
        description="What is wrong with it.",
        examples=["Input should be less than or equal to 500"],
    )


class Problem(BaseModel):
    """Why a request was not answered (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "No claim of this name. The list of claims has those there are.",
                    "faults": [],
                }
            ]
        }
    )

    type: str = Field("about:blank", description="The kind of problem; the status says it all.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong, and what to do about it.")
    faults: tuple[Fault, ...] = Field((), description="Of a request that cannot be read, each.")


class ProblemError(Exception):
    """Raised where a request cannot be answered; ``detail`` says why and what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def missing(what: str, where: str) -> ProblemError:
    """Give the problem that nothing of this name is there; ``where`` lists what is."""
    return ProblemError(404, f"No {what} of this name. {where} lists those there are.")


def reply(
    status: int,
    detail: str,
    faults: tuple[Fault, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Give a problem as a response that no browser takes for a page."""
    title = HTTPStatus(status).phrase
    said = Problem(title=title, status=status, detail=detail, faults=faults).model_dump()
    # What is wrong may quote the request; JSON can say it without any markup in it.
    text = json.dumps(said).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    kept = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return Response(text, status, kept, MEDIA)


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem."""
    app.add_exception_handler(ProblemError, _said)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(LeadlineError, _unavailable)


async def _said(_: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return reply(error.status, error.detail)


async def _unreadable(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = tuple(Fault(where=_place(each["loc"]), what=each["msg"]) for each in error.errors())
    return reply(422, "The request cannot be read. See /api for what it may hold.", faults)


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    said = {
        404: "Nothing is at this address. See /api for what there is.",
        405: "Only GET and HEAD are answered: nothing can be changed from here.",
    }
    detail = said.get(error.status_code, str(error.detail))
    return reply(error.status_code, detail, headers=error.headers)


async def _unavailable(request: Request, error: Exception) -> Response:
    # The message may name folders of this machine, so it is for the log and not for strangers.
    logger.error("%s %r: %s", request.method, request.url.path, error)
    detail = "What this is read from is damaged or away. The log of the server says what."
    return reply(503, detail, headers={"Retry-After": "30"})


def _place(steps: tuple[Any, ...]) -> str:
    kind, *names = (str(step) for step in steps)
    name = ".".join(names)
    return f"{kind}: {name[:_LONGEST]}" if name else kind
