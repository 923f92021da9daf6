"""Small folders of CSV files, and stores that ask the replay server."""

import gzip
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from leadline.data import fetching
from leadline.data.database import Database
from leadline.data.provider import feeds
from leadline.data.providers.folder import FolderStore
from leadline.data.transport import Transport

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""A moment at which the market of the replay server has its latest day."""


@pytest.fixture
def folder(tmp_path):
    """Write files (name: text) into a folder and give it as a store."""

    def make(**texts):
        for name, text in texts.items():
            path = tmp_path / f"{name}.csv"
            if text.startswith("gz:"):
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(text[3:].encode()))
            else:
                path.write_text(text, encoding="utf-8")
        return FolderStore(tmp_path)

    return make


@pytest.fixture(scope="session")
def _empty_store(tmp_path_factory):
    path = tmp_path_factory.mktemp("empty") / "leadline.db"
    Database.open(path).close()
    return path


@pytest.fixture
def db(_empty_store, tmp_path):
    """Open an empty store of its own."""
    path = tmp_path / "leadline.db"
    shutil.copy(_empty_store, path)
    with Database.open(path) as store:
        yield store


@pytest.fixture
def asking(replay):
    """Give a transport that asks the replay server at once, at a fixed moment."""

    @contextmanager
    def ask(db, *, now=NOON, pace=0.0, wait=0.001, timeout=5.0):
        with Transport(
            db, base=replay.base, clock=lambda: now, pace=pace, wait=wait, timeout=timeout
        ) as transport:
            yield transport

    return ask


@pytest.fixture
def only(monkeypatch):
    """Leave a series a single feed; gives the series of the catalogue that a provider has first."""

    def one(provider):
        name, feed = next(
            (name, feed)
            for name, several in feeds().items()
            for feed in several
            if feed.provider == provider
        )
        monkeypatch.setattr(fetching, "feeds", lambda: {name: (feed,)})
        return name

    return one
