"""The store: 30 daily series over 25 years and 266 vintages of M2, recorded and read into a panel.

Each engine holds the same rows, in a file or a server of its own in a temporary folder. Times are
on the wall, for SQLite and PostgreSQL work outside our process; the best of three. PostgreSQL is
left out where its programs, or psycopg, are not installed.
"""

import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from clock import Row, line, took

from leadline.data.database import Database, DatabaseStore, Fetched, Stamped, record
from leadline.data.gather import gather
from leadline.data.provider import Rows
from leadline.data.series import catalogue

PEERS = ("SQLAlchemy", "psycopg")
AS_OF = date(2026, 6, 30)
N_SERIES, N_VINTAGES = 30, 266
NAMES = tuple(
    name for name, info in catalogue().items() if info.frequency == "daily" and not info.revised
)[:N_SERIES]


def rows() -> list[Row]:
    """Give recording, reading and opening, in each engine there is."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = _measured("SQLite", str(folder / "store.db"), at_most=1.5)
        # The tests know how to start one.
        sys.path.append(str(Path(__file__).parents[1] / "tests"))
        from postgres import NotInstalledError, cluster, database

        try:
            server = stack.enter_context(cluster())
        except NotInstalledError as missing:
            return [*found, Row("the same, PostgreSQL", "not measured", str(missing))]
        return found + _measured("PostgreSQL", stack.enter_context(database(server, "benchmark")))


def _measured(engine: str, url: str, *, at_most: float | None = None) -> list[Row]:
    with Database.open(url) as db:
        filled = took(lambda: _fill(db)).wall
        n_rows = sum(age.n for age in DatabaseStore(db).ages())
        what = f"{N_SERIES} series and M2 into a panel, {engine}"
        read = min(took(lambda: _panel(db)).wall for _ in range(3))
    opened = min(took(lambda: Database.open(url).close()).wall for _ in range(5))
    return [
        line(what, read, f"{n_rows:,} rows", at_most=at_most),
        line(f"recording them, {engine}", filled, f"{N_SERIES + N_VINTAGES} answers"),
        line(f"opening the store, {engine}", opened, at_most=0.05),
    ]


def _panel(db: Database) -> None:
    panel = gather((*NAMES, "m2"), DatabaseStore(db), as_of=AS_OF)
    assert len(panel.columns) == N_SERIES + 1  # noqa: S101


def _fill(db: Database) -> None:
    rng = np.random.default_rng(0)
    days = np.arange("2001-07-01", "2026-07-01", dtype="datetime64[D]")
    for name in NAMES:
        info = catalogue()[name]
        period = days if info.calendar == "every_day" else days[np.is_busday(days)]
        value = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, period.size)))
        _record(db, name, Stamped(Rows(period, value), info.known_at(period), "rule"))
    months = np.arange("1959-01", "2026-06", dtype="datetime64[M]")
    value = 300 * np.exp(0.005 * np.arange(months.size))
    for number in range(N_VINTAGES):
        known = np.datetime64("2004-05") + number
        # Each vintage revises the last half-year, and each February all of the past.
        n_revised = months.size if number % 12 == 9 else 6
        there = np.flatnonzero(months < known - 1)
        value[there[-n_revised:]] *= 1 + rng.normal(0, 1e-4, there[-n_revised:].size)
        stamp = np.full(there.size, known.astype("datetime64[s]"))
        answer = Rows(months[there].astype("datetime64[D]"), value[there])
        _record(db, "m2", Stamped(answer, stamp, "vintage"))


def _record(db: Database, name: str, stamped: Stamped) -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    record(
        db,
        Fetched(provider="import", series=name, url="benchmark", fetched_at=at, outcome="ok"),
        stamped,
    )
