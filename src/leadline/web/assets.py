"""The static files, compressed once."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from leadline.web import site


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file; ``zipped`` is None where compressing it saves nothing."""

    body: bytes
    media: str
    zipped: bytes | None


@cache
def assets() -> Mapping[str, Asset]:
    """Give every static file by its name in an address."""
    return {name: _asset(body, media) for name, (body, media) in site.assets().items()}


def _asset(body: bytes, media: str) -> Asset:
    zipped = gzip.compress(body, 9, mtime=0)
    return Asset(body, media, zipped if len(zipped) < len(body) else None)
