"""An empty store, in either engine."""

import pytest


@pytest.fixture
def db(store_url):
    """Give an empty store, open, in either engine."""
    from leadline.data.database import Database

    with Database.open(store_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def _replay_server():
    from replay.server import serving

    with serving() as server:
        yield server
