"""Series that the user brings: from a folder of files into the store."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, select

from leadline.data.database import tables
from leadline.data.database.engine import Database
from leadline.data.database.fetches import Fetched
from leadline.data.database.observations import Stamped, Stored, record
from leadline.data.provider import Rows
from leadline.data.series import Remark, Series, SeriesInfo

IMPORTED = "import"
"""What the store calls the provider of imported series; it comes after all others."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of an imported series beyond its rows."""

    info: SeriesInfo
    notes: tuple[str, ...]
    remarks: tuple[Remark, ...]


def import_series(
    db: Database, series: Series, *, source: str, at: datetime, body: bytes | None = None
) -> Stored:
    """Keep a series as it is: every vintage, with the instant at which each row was known.

    What is held already stays, and is not stored again. Where a value without vintages is another
    than the one held, it counts as known since ``at``.

    Parameters
    ----------
    source : str
        Where it comes from, such as the path of the folder.
    body : bytes or None
        The file itself, to be kept beside the rows.

    Raises
    ------
    DataError
        Where vintages among those held would have to be put in.
    """
    fetched = Fetched(
        provider=IMPORTED,
        series=series.info.id,
        url=source,
        fetched_at=at,
        outcome="ok",
        body=body,
    )
    stored = record(
        db, fetched, Stamped(Rows(series.period, series.value), series.known_at, series.basis)
    )
    _describe(db, series)
    return stored


def described(connection: Connection, name: str) -> Description | None:
    """Give the newest description of an imported series, or None."""
    text = _newest(connection, name)
    if text is None:
        return None
    said = json.loads(text)
    return Description(
        SeriesInfo.model_validate(said["info"]),
        tuple(said["notes"]),
        tuple(Remark(np.datetime64(each["first"]), each["text"]) for each in said["remarks"]),
    )


def _describe(db: Database, series: Series) -> None:
    # Bounds that are not set are infinite, which JSON does not know.
    info = {
        name: value
        for name, value in series.info.model_dump(mode="json").items()
        if value not in (np.inf, -np.inf)
    }
    said: Mapping[str, object] = {
        "info": info,
        "notes": list(series.notes),
        "remarks": [{"first": str(each.first), "text": each.text} for each in series.remarks],
    }
    text = json.dumps(said, sort_keys=True)
    row = {"series": series.info.id, "text": text, "recorded_at": tables.now()}
    with db.begin(f"description:{series.info.id}") as connection:
        if _newest(connection, series.info.id) != text:
            connection.execute(tables.descriptions.insert(), row)


def _newest(connection: Connection, name: str) -> str | None:
    table = tables.descriptions
    query = select(table.c.text).where(table.c.series == name).order_by(table.c.id.desc()).limit(1)
    text: str | None = connection.execute(query).scalar()
    return text
