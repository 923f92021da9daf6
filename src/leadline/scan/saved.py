"""A scan as its folder keeps it: all that its pages show, without searching again."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from leadline import archive
from leadline.errors import ArchiveError, LeadlineError
from leadline.evidence.exhibits import Exhibit
from leadline.scan.result import OutOfSample, Scan
from leadline.scan.settings import Settings
from leadline.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

DOCUMENT, TABLE, EXHIBITS = "scan.json", "leads.parquet", "exhibits.json"
PAIRS = "pairs"
"""The folder within a scan's that holds its pairs on trial."""
SCHEMA = 1
COLUMNS = {"leader", "follower", "lag", "t", "r", "p", "q_bh", "q_by", "n_obs", "flags"}
_EXHIBITS: TypeAdapter[tuple[Exhibit, ...]] = TypeAdapter(tuple[Exhibit, ...])
_AGAIN = "Run leadline scan again with --out"


@dataclass(frozen=True, slots=True)
class Saved:
    """A scan read back from its folder, with its pictures, and the moment it was written."""

    folder: Path
    found: Scan
    exhibits: tuple[Exhibit, ...]
    written: datetime

    def trial(self, leader: str, follower: str) -> Verdict | None:
        """Give the verdict of ``leadline scan explain`` on a pair, if it was written here.

        Raises
        ------
        ArchiveError
            Where the document is damaged, or on another pair.
        """
        path = self.folder / PAIRS / place(leader, follower) / "pair.json"
        # Not Path.exists, which fails at names longer than a file may have.
        if not os.path.exists(path):  # noqa: PTH110
            return None
        verdict = archive.load(path)
        heard = verdict.evidence[0].settings if verdict.evidence else {}
        if (heard.get("leader"), heard.get("follower")) != (leader, follower):
            raise ArchiveError(
                f"{path}: Is not on {leader} before {follower}. Remove it, and explain that pair "
                f"again with --out {path.parent}."
            )
        return verdict


def place(leader: str, follower: str) -> str:
    """Give the name of a pair's folder: another for every pair, and safe for any file system.

    >>> place("BTC/USD", "gold")
    'BTC%2FUSD+gold'
    """
    return f"{_escaped(leader)}+{_escaped(follower)}"


def _escaped(name: str) -> str:
    return quote(name, safe="").replace(".", "%2E")


def exhibits_document(found: Scan, exhibits: Sequence[Exhibit]) -> dict[str, Any]:
    """Give the JSON document of a scan's pictures, as data."""
    return {
        "document": "scan_exhibits",
        "schema": SCHEMA,
        "settings": dict(found.manifest),
        "exhibits": [exhibit.model_dump(mode="json") for exhibit in exhibits],
    }


class _Held(BaseModel):
    """What must be right of what was written; more may be there."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class _Leader(_Held):
    asset: str
    score: float | None
    low: float | None
    high: float | None
    leads: int
    follows: int


class _Cluster(_Held):
    asset: str
    cluster: int


class _Left(_Held):
    asset: str
    reason: str


class _Stale(_Held):
    asset: str
    first: str
    last: str
    n: int


class _Tick(_Held):
    asset: str
    day: str
    move: float


class _Rest(_Held):
    first_day: date
    n_found: int = Field(ge=0)
    n_again: int = Field(ge=0)


class _Document(_Held):
    settings: dict[str, Any]
    assets: tuple[str, ...] = Field(min_length=1)
    first_day: date
    last_day: date
    n_obs: int
    n_pairs: int
    out_of_sample: _Rest | None
    leaders: tuple[_Leader, ...]
    clusters: tuple[_Cluster, ...]
    left_out: tuple[_Left, ...]
    stale: tuple[_Stale, ...]
    ticks: tuple[_Tick, ...]
    notes: tuple[str, ...]


def load(folder: Path) -> Saved:
    """Read the scan that ``leadline scan --out`` wrote into a folder.

    Raises
    ------
    ArchiveError
        Where the folder holds no scan, one of another Leadline, or one that is damaged or was
        written only in part; it says what to do.
    """
    path = folder / DOCUMENT
    if not path.exists():
        raise ArchiveError(
            f"{folder}: Holds no scan ({DOCUMENT} is missing). {_AGAIN} {folder}, or name a "
            "folder that holds one."
        )
    raw = _json(path, "scan")
    try:
        held = _Document.model_validate_json(json.dumps(raw))
        settings = _settings(held.settings)
    except ValidationError as error:
        _refuse(path, _first(error))
    except (TypeError, LeadlineError) as error:
        _refuse(path, f"Damaged at settings: {error}.")
    return Saved(
        folder=folder,
        found=_scan(held, settings, _table(folder / TABLE, held.settings)),
        exhibits=_exhibits(folder / EXHIBITS, held.settings),
        written=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )


def _scan(held: _Document, settings: Settings, table: "pd.DataFrame") -> Scan:
    rest = held.out_of_sample
    return Scan(
        table=table,
        leaders=_frame(_Leader, held.leaders).astype(
            dict.fromkeys(("score", "low", "high"), float)
        ),
        clusters=_frame(_Cluster, held.clusters),
        left_out=_frame(_Left, held.left_out),
        stale=_frame(_Stale, held.stale),
        ticks=_frame(_Tick, held.ticks),
        out_of_sample=None
        if rest is None
        else OutOfSample(rest.n_found, rest.n_again, str(rest.first_day)),
        settings=settings,
        manifest=held.settings,
        assets=held.assets,
        first_day=str(held.first_day),
        last_day=str(held.last_day),
        n_obs=held.n_obs,
        n_pairs=held.n_pairs,
        n_listed=len(table),
        notes=held.notes,
    )


def _settings(manifest: Mapping[str, Any]) -> Settings:
    held = {
        field.name: manifest[field.name] for field in fields(Settings) if field.name in manifest
    }
    for side in ("leaders", "followers"):
        if held.get(side) is not None:
            held[side] = tuple(held[side])
    return Settings(**held)


def _frame(model: type[_Held], rows: Sequence[_Held]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame([row.model_dump() for row in rows], columns=list(model.model_fields))


def _table(path: Path, settings: Mapping[str, Any]) -> "pd.DataFrame":
    import pandas as pd

    try:
        table = pd.read_parquet(path, engine="pyarrow")
    except FileNotFoundError:
        _refuse(path, "Is missing.")
    except (OSError, ValueError, NotImplementedError):
        _refuse(path, "Damaged: it cannot be read as Parquet.")
    if missing := sorted(COLUMNS - set(table.columns)):
        _refuse(path, f"Lacks {', '.join(missing)}.")
    _same(path, table.attrs, settings)
    return table


def _exhibits(path: Path, settings: Mapping[str, Any]) -> tuple[Exhibit, ...]:
    if not path.exists():
        _refuse(path, "Is missing; an older Leadline wrote this folder.")
    raw = _json(path, "scan_exhibits")
    _same(path, raw.get("settings"), settings)
    try:
        return _EXHIBITS.validate_json(json.dumps(raw.get("exhibits")))
    except ValidationError as error:
        _refuse(path, _first(error))


def _same(path: Path, own: Any, settings: Mapping[str, Any]) -> None:
    if own != settings:
        _refuse(path, f"Belongs to another scan than the {DOCUMENT} beside it.")


def _json(path: Path, document: Literal["scan", "scan_exhibits"]) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except OSError as error:
        _refuse(path, f"Cannot be read: {error.strerror}.")
    except (ValueError, RecursionError) as error:
        _refuse(path, f"Damaged, not JSON: {error}.")
    if not isinstance(raw, dict) or raw.get("document") != document:
        _refuse(path, f"Is not a document of the kind {document!r}.")
    schema = raw.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        _refuse(path, f"Damaged, its schema is {schema!r}, not a number from 1.")
    if schema > SCHEMA:
        raise ArchiveError(
            f"{path}: Written in schema {schema}; this Leadline reads up to {SCHEMA}. "
            "Upgrade Leadline."
        )
    return raw


def _no_constant(name: str) -> None:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    return f"Damaged at {where}: {first['msg']}."


def _refuse(path: Path, what: str) -> NoReturn:
    raise ArchiveError(f"{path}: {what} {_AGAIN} {path.parent}, or another folder.")
