"""A small folder of series, claims about them, and the command line as a function."""

import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from replay.core import Market
from typer.testing import CliRunner

from leadline.cli import app

TEST = """\
kind: lag_profile
    leader: silver
    follower: bitcoin
    window: {min: 2w, max: 8w}
    placebos: [gold]
    n_resamples: 99
    n_sensitivity: 49
    n_simulations: 20
"""
CLAIM = f"""\
id: silver-first
paraphrase: Bitcoin follows silver with a lag of weeks
publisher: The Example
first_seen: 2022-06-01
type: pattern
tests:
  - {TEST}"""
ARTICLE = f"""\
id: two
title: Two things at once
publisher: The Example
first_seen: 2022-06-01
claims:
- id: A1
  paraphrase: Bitcoin follows silver with a lag of weeks
  type: pattern
  tests:
  - {TEST}
- id: A2
  paraphrase: Timing matters
  type: hedge
  untestable: No reading of it could be wrong.
"""


# Nobody listens there, so that no test can meet the internet.
NOWHERE = "http://127.0.0.1:9/{host}"


def prices(seed, n_days, start):
    steps = np.random.default_rng(seed).standard_normal(n_days) * 0.02
    return start * np.exp(np.cumsum(steps))


@pytest.fixture(scope="session")
def market(tmp_path_factory):
    """Give a folder with five years of silver, gold and bitcoin that have nothing in common."""
    folder = tmp_path_factory.mktemp("market")
    days = np.arange("2018-01-01", "2023-01-01", dtype="datetime64[D]")
    for seed, (name, start) in enumerate((("silver", 20.0), ("gold", 1500.0), ("bitcoin", 9e3))):
        traded = days if name == "bitcoin" else days[np.is_busday(days)]
        rows = zip(traded, prices(seed, traded.size, start), strict=True)
        lines = [f"{day},{price:.4f}" for day, price in rows]
        (folder / f"{name}.csv").write_text("\n".join(["date,value", *lines, ""]))
    return folder


class Desk:
    """The command line, run in a folder of its own with a store of its own.

    ``base`` is where the internet is.
    """

    def __init__(self, folder, data, base=NOWHERE):
        self.folder, self.data, self.base = folder, data, base

    def __call__(self, *words, data="market", typed=None):
        chosen = self.data if data == "market" else data
        rest = () if chosen is None else ("--data", chosen)
        env = {
            "COLUMNS": "80",
            "LEADLINE_HOME": str(self.folder / "home"),
            "LEADLINE_BASE_URL": self.base,
            "LEADLINE_PACE": "0",
            "FRED_API_KEY": "",
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            said = [str(word) for word in (*words, *rest)]
            return CliRunner(env=env).invoke(app, said, input=typed)


@pytest.fixture(scope="module")
def trial(market, tmp_path_factory):
    """Give the command line on the small market; one archive for all tests of a file."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "claim.yml").write_text(CLAIM)
    (folder / "article.yml").write_text(ARTICLE)
    return Desk(folder, market)


@pytest.fixture(scope="session")
def yesterday():
    """Give a made-up market that is up to date."""
    return Market(datetime.now(UTC).date() - timedelta(days=1))


@pytest.fixture
def online(replay, yesterday, tmp_path, monkeypatch):
    """Give the command line on an empty account, with the replay server as its internet."""
    monkeypatch.setattr(replay, "market", yesterday)
    (tmp_path / "claim.yml").write_text(CLAIM)
    (tmp_path / "article.yml").write_text(ARTICLE)
    return Desk(tmp_path, None, replay.base)


@pytest.fixture(scope="session")
def _fetched(_replay_server, yesterday, tmp_path_factory):
    """Give a store that has what claim.yml reads, all of it, and some series of other kinds."""
    folder = tmp_path_factory.mktemp("fetched")
    (folder / "claim.yml").write_text(CLAIM)
    desk = Desk(folder, None, _replay_server.base)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_replay_server, "market", yesterday)
        _replay_server.reset()
        for words in (
            ("fetch", "claim.yml", "--accept", "yahoo"),
            ("fetch", "--series", "vix,dgs10,m2", "--since", "2025-06-01"),
        ):
            shown = desk(*words)
            assert shown.exit_code == 0, shown.output
    return folder / "home" / "leadline.db"


@pytest.fixture
def filled(online, _fetched):
    """Give an account that has fetched already."""
    (online.folder / "home").mkdir()
    shutil.copy(_fetched, online.folder / "home" / "leadline.db")
    return online
