"""The ledger as a chain of hashes, alerts as an outbox, and how their delivery went."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from leadline.data.database.migrations.growing import forbid_changes

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_APPEND_ONLY = ("ledger", "alerts", "deliveries")
_DAY = 24 * 60 * 60


def upgrade() -> None:
    """Take the step; SQLite adds no such columns to a table, so its rows move into a new one."""
    ledger, alerts = _taken("ledger"), _taken("alerts")
    _insert(_ledger(), _chained(ledger))
    _insert(_alerts(), [_told(row) for row in alerts])
    _deliveries()
    for table in _APPEND_ONLY:
        forbid_changes(table)


def _taken(table: str) -> list[dict[str, object]]:
    """Give the rows of a table, oldest first, and drop it."""
    rows = op.get_bind().execute(sa.text(f"SELECT * FROM {table} ORDER BY id"))  # noqa: S608
    held = [dict(row) for row in rows.mappings()]
    op.drop_table(table)
    return held


def _insert(table: sa.Table, rows: Sequence[dict[str, object]]) -> None:
    if not rows:
        return
    op.bulk_insert(table, list(rows))
    if op.get_bind().dialect.name == "postgresql":
        # Rows that bring their number do not move the counter.
        last = f"(SELECT max(id) FROM {table.name})"  # noqa: S608
        op.execute(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})")


def _chained(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Add to each row the hash of the one before about the same claim, and its own."""
    heads: dict[object, str] = {}
    chained = []
    for row in rows:
        previous = heads.get(row["claim"], "")
        sha256 = hashlib.sha256(f"{previous}{row['text']}".encode()).hexdigest()
        heads[row["claim"]] = sha256
        chained.append(row | {"about": "", "previous": previous, "sha256": sha256})
    return chained


def _told(row: dict[str, object]) -> dict[str, object]:
    """Give an alert with what it is asked for by."""
    at = datetime.fromtimestamp(int(str(row["recorded_at"])), UTC)
    article = str(row["claim"]).partition("/")[0]
    return row | {"article": article, "day": int(at.timestamp()) // _DAY, "alone": True}


def _ledger() -> sa.Table:
    table = op.create_table(
        "ledger",
        sa.Column("id", _ID, nullable=False),
        sa.Column("claim", sa.String, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("corrects", _ID),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.ForeignKeyConstraint(["corrects"], ["ledger.id"], name="fk_ledger_corrects"),
        sa.UniqueConstraint("corrects", name="uq_ledger_corrects"),
        sa.UniqueConstraint("claim", "previous", name="uq_ledger_claim"),
    )
    op.create_index("ix_ledger_claim", "ledger", ["claim", "day"])
    is_first = sa.text("corrects IS NULL")
    op.create_index(
        "uq_ledger_first",
        "ledger",
        ["claim", "day", "kind", "about"],
        unique=True,
        sqlite_where=is_first,
        postgresql_where=is_first,
    )
    return table


def _alerts() -> sa.Table:
    table = op.create_table(
        "alerts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("article", sa.String, nullable=False),
        sa.Column("claim", sa.String, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("alone", sa.Boolean, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("key", name="uq_alerts_key"),
    )
    for column in ("article", "claim"):
        op.create_index(f"ix_alerts_{column}", "alerts", [column])
    return table


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("alert", _ID, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_deliveries_alert"),
        sa.UniqueConstraint("alert", "channel", "attempt", "state", name="uq_deliveries_alert"),
        sa.CheckConstraint(
            "state IN ('queued', 'started', 'failed', 'delivered', 'refused', 'abandoned')",
            name="ck_deliveries_state_is_known",
        ),
    )
    op.create_index("ix_deliveries_channel", "deliveries", ["channel", "alert"])
