"""A small store with a little of everything, one with nothing, and a browser's view of both."""

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import httpx
import pytest
import uvicorn
from live import sample as live
from report import sample

from leadline import archive
from leadline.claim import Claim, load_article
from leadline.data.database import Database
from leadline.live import ledger
from leadline.verdict import ClaimStamp, Verdict
from leadline.web.app import create_app
from leadline.web.settings import Settings
from leadline.web.shelf import Shelf, Sources

HEARD = {"S01": "supported", "S04": "contradicted", "S25": "decayed", "S27": "undecidable"}
"""Claims of silver-2026 in the store, and their outcomes; the others were never heard."""
FOLLOWED = "made-up"
"""The article whose ledger is in the store, given as a file; A1 and A2 were heard, A3 not."""
ALONE = "Z01"
"""A claim that only the archive knows."""


def heard(claim: Claim, outcome: str = "undecidable", *, rich: bool = False, **changes) -> Verdict:
    """Give a sealed verdict on a claim; a rich one has every picture, others two."""
    base = sample.verdict(
        claim.ref,
        sha256=claim.sha256,
        paraphrase=claim.paraphrase,
        publisher=claim.publisher,
        first_seen=claim.first_seen,
        source=claim.model_dump(mode="json"),
    )
    deciding = base.evidence[0]
    evidence = base.evidence if rich else (
        deciding.model_copy(update={"exhibits": (sample.placebos(), sample.power())}),
    )  # fmt: skip
    history = base.history.model_copy(update={"outcome": outcome})
    told = base.model_copy(update={"history": history, "evidence": evidence} | changes)
    return archive.sealed(told)


@cache
def alone() -> Claim:
    """Give a claim published alone that is in no library and no file."""
    return Claim(
        id=ALONE,
        publisher="Letter",
        first_seen=date(2026, 2, 1),
        paraphrase="Copper says where Bitcoin goes.",
        type="pattern",
        untestable="A stand-in for tests.",
    )


@cache
def verdicts() -> tuple[Verdict, ...]:
    """Give every verdict of the small store: on S27 three, one of them on an earlier wording."""
    founding = load_article("silver-2026")
    s27 = founding.claim("S27")
    earlier = heard(s27, "weakly_supported", as_of=date(2026, 5, 1))
    stamp = ClaimStamp.model_validate(
        earlier.claim.model_dump() | {"sha256": "0" * 64, "paraphrase": "It was worded otherwise."}
    )
    reworded = archive.sealed(
        earlier.model_copy(update={"claim": stamp, "as_of": date(2026, 3, 1)})
    )
    return (
        *(heard(founding.claim(n), said, rich=n == "S27") for n, said in HEARD.items()),
        earlier,
        reworded,
        *(heard(live.article().claim(n), "undecidable") for n in ("A1", "A2")),
        heard(alone(), "untestable", evidence=()),
    )


def fill(folder: Path, store: str | Path | None = None, *, n_days: int = live.N_DAYS) -> Sources:
    """Write the small store, and the file of its article beside it; give what shows them."""
    file = folder / f"{FOLLOWED}.yml"
    file.write_text(live.article().to_yaml(), encoding="utf-8")
    address = store or folder / "leadline.db"
    with Database.open(address) as db:
        for verdict in verdicts():
            archive.save(verdict, db)
        ledger.write(db, live.book(n_days))
    return Sources(database=str(address), articles=(file,))


@contextmanager
def running(app):
    """Run an app on a free port of this machine and give its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", server_header=False))
    with socket.create_server(("127.0.0.1", 0)) as at:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [at]})
        thread.start()
        try:
            while thread.is_alive() and not server.started:
                time.sleep(0.005)
            assert server.started
            yield f"http://127.0.0.1:{at.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served(sources, **changes):
    """Give a client of a server that prints in this process and is never behind the store."""
    settings = replace(Settings(sources, apart=False, warm=False, fresh=True), **changes)
    with running(create_app(settings)) as address:  # noqa: SIM117 - the server outlives the client
        with httpx.Client(base_url=address, timeout=60) as made:
            yield made


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    """Give the small store; do not write to it, but make one of your own with ``fill``."""
    return fill(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="session")
def shelf(sources):
    """Give the shelf of the small store."""
    made = Shelf(sources)
    yield made
    made.close()


@pytest.fixture(scope="session")
def empty_shelf(tmp_path_factory):
    """Give a shelf where there is no store yet."""
    made = Shelf(Sources(database=str(tmp_path_factory.mktemp("empty") / "leadline.db")))
    yield made
    made.close()


@pytest.fixture(scope="session")
def client(sources):
    """Give a browser on the small store."""
    with served(sources) as made:
        yield made


@pytest.fixture(scope="session")
def empty_client(empty_shelf):
    """Give a browser where there is no store yet."""
    with served(empty_shelf.sources) as made:
        yield made
