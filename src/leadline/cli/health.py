"""Is everything in its place: versions, algebra library, store, data folder, clock, providers?"""

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

import leadline
from leadline.cli import probes
from leadline.cli.probes import Probe
from leadline.cli.show import Progress
from leadline.data.database import Database, DatabaseStore
from leadline.data.providers.folder import FolderStore
from leadline.data.store import home
from leadline.errors import DataError

PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "statsmodels",
    "pydantic",
    "altair",
    "vl-convert-python",
    "typer",
    "rich",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. ``ok`` is False where it could not be measured or is not right."""

    what: str
    ok: bool
    found: str


@dataclass(frozen=True, slots=True)
class Held:
    """One series of a data folder: how much of it there is, and how old."""

    series: str
    ok: bool
    n_obs: int
    last: date | None
    age_days: int | None
    stale: bool
    found: str


@dataclass(frozen=True, slots=True)
class Health:
    """All that ``leadline doctor`` looked at."""

    checks: tuple[Check, ...]
    held: tuple[Held, ...]
    probes: tuple[Probe, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything could be measured and is right; old data are no fault."""
        found: tuple[Check | Held | Probe, ...] = (*self.checks, *self.held, *self.probes)
        return all(each.ok for each in found)

    def to_json(self) -> dict[str, Any]:
        """Give the document that ``--json`` prints."""
        return {
            "document": "health",
            "schema": 1,
            "ok": self.ok,
            "checks": [asdict(check) for check in self.checks],
            "data": [
                asdict(each) | {"last": each.last.isoformat() if each.last else None}
                for each in self.held
            ],
            "providers": [asdict(each) for each in self.probes],
        }


def examine(
    data: Path | None, *, now: datetime, online: bool = False, tick: Progress | None = None
) -> Health:
    """Look at everything; ``data`` is a folder of series, or None to leave that out.

    With ``online`` each provider is asked for one small thing.
    """
    held: tuple[Held, ...] = ()
    checks = [*_versions(), _algebra(), _store(now.date())]
    if data is not None:
        try:
            store = FolderStore(data)
            held = tuple(_all_held(store, now.date(), tick))
            checks.append(Check("data folder", bool(held), f"{data}: {len(held)} series"))
        except DataError as error:
            checks.append(Check("data folder", ok=False, found=str(error)))
    found = tuple(probes.probe(now, tick)) if online else ()
    return Health((*checks, _clock(now, held)), held, found)


def _versions() -> Iterator[Check]:
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Check("leadline", ok=True, found=leadline.__version__)
    yield Check("python", sys.version_info >= (3, 11), python)
    for name in PACKAGES:
        try:
            yield Check(name, ok=True, found=metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Check(name, ok=False, found="not installed")


def _algebra() -> Check:
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    found = f"{blas['name']} {blas['version']}, {os.cpu_count()} processors"
    return Check("linear algebra", ok=True, found=found)


def _store(today: date) -> Check:
    try:
        # Looking must not make the store: the first fetch or verdict does.
        if Database.exists():
            with Database.open() as database:
                return Check(
                    "store", ok=True, found=f"{database.name}: {_counted(database, today)}"
                )
    except DataError as error:
        return Check("store", ok=False, found=str(error))
    root = home()
    nearest = next(folder for folder in (root, *root.absolute().parents) if folder.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        return Check("store", ok=False, found=f"{root}: cannot be written. Set LEADLINE_HOME.")
    return Check("store", ok=True, found=f"{root}: empty. Fill it: leadline fetch silver-2026")


def _counted(database: Database, today: date) -> str:
    """Say how many series there are, and how many of them are stale."""
    ages = DatabaseStore(database).ages()
    stale = sum(age.is_stale(today) for age in ages)
    return f"{len(ages)} series, {stale} stale"


def _clock(now: datetime, held: tuple[Held, ...]) -> Check:
    ahead = [each.series for each in held if each.age_days is not None and each.age_days < -1]
    found = f"{now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if ahead:
        return Check("clock", ok=False, found=f"{found}, before the last day of {', '.join(ahead)}")
    return Check("clock", ok=True, found=found)


def _all_held(store: FolderStore, today: date, tick: Progress | None) -> Iterator[Held]:
    names = store.ids()
    for done, name in enumerate(names):
        if tick is not None:
            tick(name, done / len(names))
        yield _held(store, name, today)


def _held(store: FolderStore, name: str, today: date) -> Held:
    try:
        series = store.series(name)
    except DataError as error:
        return Held(
            name, ok=False, n_obs=0, last=None, age_days=None, stale=False, found=str(error)
        )
    last: date = series.period.max().astype("datetime64[D]").astype(object)
    age = (today - last).days
    return Held(
        series=name,
        ok=True,
        n_obs=len(series),
        last=last,
        age_days=age,
        stale=age > series.info.stale_after,
        found="; ".join(series.notes),
    )
