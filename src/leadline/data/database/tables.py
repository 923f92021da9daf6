"""The tables of the store.

Days are counted from 1970-01-01 and moments in seconds of UTC since then, as integers: reading a
quarter of a million rows must be quick, and neither engine has a time type without traps.
"""

from datetime import UTC, date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

_EPOCH = date(1970, 1, 1)

# Constraints have names, so that a later migration can take hold of them on either engine.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# SQLite numbers rows by itself only where the key is called INTEGER.
_Id = BigInteger().with_variant(Integer, "sqlite")

fetches = Table(
    "fetches",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("provider", String, nullable=False),
    Column("series", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("status", Integer),
    Column("headers", Text, nullable=False),
    Column("sha256", String(64)),
    Column("body", LargeBinary),
    Column("fetched_at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("outcome", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("version", String, nullable=False),
    Column("vintage", Integer),
    Column("newest_vintage", BigInteger),
    Column("covers", Integer),
    CheckConstraint(
        "outcome IN ('ok', 'unchanged', 'not_measured', 'rejected')", name="outcome_is_known"
    ),
    Index(None, "provider", "series"),
    Index(None, "series"),
    Index(None, "sha256"),
    Index(None, "url"),
)

observations = Table(
    "observations",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("series", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("period", Integer, nullable=False),
    Column("value", Double),
    Column("known_at", BigInteger, nullable=False),
    Column("basis", String, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("fetch_id", _Id, ForeignKey(fetches.c.id), nullable=False),
    UniqueConstraint("series", "provider", "period", "known_at"),
    CheckConstraint(
        "basis IN ('vintage', 'source_stamp', 'rule', 'first_seen')", name="basis_is_known"
    ),
)

descriptions = Table(
    "descriptions",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("series", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Index(None, "series"),
)

documents = Table(
    "documents",
    metadata,
    Column("seal", String(64), primary_key=True),
    Column("kind", String, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("claim", String, nullable=False),
    Column("article", String),
    Column("as_of", Integer, nullable=False),
    Column("made_at", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Index(None, "claim", "as_of"),
    Index(None, "article"),
    Index(None, "made_at"),
    Index(None, "schema"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("claim", String, nullable=False),
    Column("day", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("about", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("corrects", _Id, ForeignKey("ledger.id")),
    Column("recorded_at", BigInteger, nullable=False),
    # A row is corrected once; whoever corrects again corrects the correction.
    UniqueConstraint("corrects"),
    # A chain has no branches.
    UniqueConstraint("claim", "previous"),
    Index(None, "claim", "day"),
)
_is_first = ledger.c.corrects.is_(None)
Index(
    "uq_ledger_first",
    *(ledger.c[name] for name in ("claim", "day", "kind", "about")),
    unique=True,
    sqlite_where=_is_first,
    postgresql_where=_is_first,
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", String, nullable=False),
    Column("article", String, nullable=False),
    Column("claim", String, nullable=False),
    Column("day", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("alone", Boolean, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    UniqueConstraint("key"),
    Index(None, "article"),
    Index(None, "claim"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("alert", _Id, ForeignKey(alerts.c.id), nullable=False),
    Column("channel", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("due", BigInteger),
    Column("recorded_at", BigInteger, nullable=False),
    # Of two who would start one attempt, one comes too late.
    UniqueConstraint("alert", "channel", "attempt", "state"),
    CheckConstraint(
        "state IN ('queued', 'started', 'failed', 'delivered', 'refused', 'abandoned')",
        name="state_is_known",
    ),
    Index(None, "channel", "alert"),
)

registrations = Table(
    "registrations",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("claim", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Index(None, "claim"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("provider", String, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Index(None, "provider"),
)

breakers = Table(
    "breakers",
    metadata,
    Column("provider", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("open_until", BigInteger),
    Column("status", Integer),
    Column("changed_at", BigInteger, nullable=False),
)


def seconds(moment: datetime) -> int:
    """Count a moment in whole seconds of UTC; raise ValueError where it has no zone."""
    if moment.tzinfo is None:
        msg = f"{moment} has no time zone"
        raise ValueError(msg)
    return int(moment.timestamp())


def moment(count: int) -> datetime:
    """Give the moment that ``seconds`` counted."""
    return datetime.fromtimestamp(count, UTC)


def days(day: date) -> int:
    """Count a day from 1970-01-01."""
    return (day - _EPOCH).days


def day(count: int) -> date:
    """Give the day that ``days`` counted."""
    return date.fromordinal(_EPOCH.toordinal() + count)


def now() -> int:
    """Count the seconds up to this moment."""
    return seconds(datetime.now(UTC))
