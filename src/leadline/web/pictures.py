"""Finished pictures, kept on disk by what they show, so that a server starts with them drawn.

They lie in ``cache/pictures`` of the folder that LEADLINE_HOME names, or else in the user's cache
folder; all of them may be deleted at any time. A picture is found by a hash of everything that it
is drawn from: the exhibit, the form and width, and the code and programs that draw. So what is
found is never out of date, and what is out of date is never found again and makes room.
"""

import hashlib
import importlib.resources
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources.abc import Traversable
from pathlib import Path

import platformdirs
import zstandard

logger = logging.getLogger(__name__)

MEMORY = 256 << 20
"""Bytes on disk before the pictures used longest ago make room."""

_ROOM = 0.8
_DRAWN_WITH = ("altair", "vl-convert-python")
_SUFFIX = ".zst"


def folder() -> Path:
    """Give the folder where pictures are kept."""
    named = os.environ.get("LEADLINE_HOME", "")
    root = (
        Path(named) / "cache"
        if named
        else platformdirs.user_cache_path("leadline", appauthor=False)
    )
    return root / "pictures"


@cache
def drawn_by() -> str:
    """Give a hash of the code that draws, and of the versions of what it draws with."""
    digest = hashlib.sha256()
    for source in _sources(importlib.resources.files("leadline.report")):
        digest.update(source.read_bytes())
    digest.update(importlib.resources.files("leadline.data").joinpath("catalog.yaml").read_bytes())
    for name in _DRAWN_WITH:
        digest.update(f"{name} {version(name)}".encode())
    return digest.hexdigest()


def _sources(within: Traversable) -> Iterator[Traversable]:
    for item in sorted(within.iterdir(), key=lambda each: each.name):
        if item.is_dir():
            yield from _sources(item)
        elif item.name.endswith(".py"):
            yield item


class Pictures:
    """Keeps drawings on disk; to be called as a keeper of `leadline.report.figures.keeping`.

    Parameters
    ----------
    folder : Path
        Where they are; made when the first is kept. Several processes may share it.
    memory : int
        Bytes to keep at most.
    """

    def __init__(self, folder: Path, *, memory: int = MEMORY) -> None:
        self._folder, self._memory = folder, memory
        self._lock = threading.Lock()
        self._size: int | None = None
        self._writes = True

    def __call__(self, what: str, draw: Callable[[], bytes]) -> bytes:
        """Give the drawing that ``what`` describes, as kept or as drawn."""
        name = hashlib.sha256(f"{drawn_by()}\n{what}".encode()).hexdigest()
        path = self._folder / name[:2] / f"{name}{_SUFFIX}"
        kept = _read(path)
        if kept is None:
            kept = draw()
            self._keep(path, kept)
        return kept

    def _keep(self, path: Path, drawn: bytes) -> None:
        if not self._writes:
            return
        packed = zstandard.ZstdCompressor(level=3, write_checksum=True).compress(drawn)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, packed)
        except OSError as error:
            # Whoever may not write here draws every time, which is slower and no less right.
            self._writes = False
            logger.warning("%s: pictures are not kept: %s", self._folder, error.strerror or error)
            return
        with self._lock:
            self._size = (self._total() if self._size is None else self._size) + len(packed)
            if self._size > self._memory:
                self._size = self._make_room()

    def _total(self) -> int:
        return sum(size for _, size, _ in self._held())

    def _held(self) -> Iterator[tuple[float, int, Path]]:
        for path in self._folder.glob(f"*/*{_SUFFIX}"):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            yield found.st_mtime, found.st_size, path

    def _make_room(self) -> int:
        """Delete what was used longest ago; give how much is left."""
        left, room = self._total(), _ROOM * self._memory
        for _, size, path in sorted(self._held()):
            if left <= room:
                break
            path.unlink(missing_ok=True)
            left -= size
        return left


def _read(path: Path) -> bytes | None:
    try:
        packed = path.read_bytes()
        # When it was used last, for whoever makes room.
        os.utime(path)
        return zstandard.ZstdDecompressor().decompress(packed)
    except (OSError, zstandard.ZstdError):
        return None


def _write(path: Path, packed: bytes) -> None:
    """Write a file that others see whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            file.write(packed)
            file.close()
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
