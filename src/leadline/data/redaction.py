"""Keeping the user's keys out of addresses that are shown, answers that are kept, and logs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote, urlencode

from leadline.data.provider import Answer, Request

_SHOWN = "***"


def address(request: Request, *, shown: bool = False) -> str:
    """Write the whole address; ``shown`` without what nobody may see."""
    query = [
        (name, _SHOWN if shown and name in request.secret else text) for name, text in request.query
    ]
    if not query:
        return request.url
    return f"{request.url}?{urlencode(query, quote_via=quote, safe='*,:/')}"


def secrets_of(request: Request) -> tuple[str, ...]:
    """Give the texts to hide, plain and as they stand in an address, the longest first."""
    said = {
        text for name, text in (*request.query, *request.headers) if text and name in request.secret
    }
    # "Bearer KEY" hides KEY.
    said |= {text.rpartition(" ")[2] for text in said}
    return tuple(sorted(said | {quote(text, safe="") for text in said}, key=len, reverse=True))


def without(text: str, secrets: tuple[str, ...]) -> str:
    """Give the text with every secret replaced."""
    for secret in secrets:
        text = text.replace(secret, _SHOWN)
    return text


def masked(answer: Answer, secrets: tuple[str, ...]) -> Answer:
    """Take out of an answer what it repeats of the user's key."""
    body = answer.body
    for secret in secrets:
        body = body.replace(secret.encode(), _SHOWN.encode())
    headers = {name: without(text, secrets) for name, text in answer.headers.items()}
    return replace(answer, body=body, headers=headers) if secrets else answer


class HidingFilter(logging.Filter):
    """Takes secrets out of the lines that others log."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: list[str] = []

    @contextmanager
    def hiding(self, secrets: tuple[str, ...]) -> Iterator[None]:
        """Hide these until the block ends."""
        self._secrets.extend(secrets)
        try:
            yield
        finally:
            for secret in secrets:
                self._secrets.remove(secret)

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line through, without the secrets."""
        said = record.getMessage()
        if any(secret in said for secret in self._secrets):
            record.msg, record.args = without(said, tuple(self._secrets)), ()
        return True
