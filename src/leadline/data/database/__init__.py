"""The store: one database of observations, what was fetched, verdicts and what was agreed to.

SQLite by default, PostgreSQL by address; both hold the same and answer the same.
"""

from leadline.data.database import breakers, consents, documents
from leadline.data.database.engine import Database
from leadline.data.database.fetches import Fetched, Kept, body, fetches_of, last_fetch
from leadline.data.database.imported import IMPORTED, import_series
from leadline.data.database.observations import (
    Held,
    Stamped,
    Stored,
    held,
    record,
    record_all,
)
from leadline.data.database.reading import Age, DatabaseStore, Revision

__all__ = [
    "IMPORTED",
    "Age",
    "Database",
    "DatabaseStore",
    "Fetched",
    "Held",
    "Kept",
    "Revision",
    "Stamped",
    "Stored",
    "body",
    "breakers",
    "consents",
    "documents",
    "fetches_of",
    "held",
    "import_series",
    "last_fetch",
    "record",
    "record_all",
]
