"""The first tables."""

import sqlalchemy as sa
from alembic import op

from leadline.data.database.migrations.growing import forbid_changes

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# Nobody changes a row of these, nor takes one away; the database itself sees to it.
_APPEND_ONLY = (
    "observations",
    "fetches",
    "documents",
    "ledger",
    "registrations",
    "consents",
)


def upgrade() -> None:
    """Take the step."""
    _data()
    _verdicts()
    _agreements()
    for table in _APPEND_ONLY:
        forbid_changes(table)


def _data() -> None:
    op.create_table(
        "fetches",
        sa.Column("id", _ID, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("series", sa.String, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("body", sa.LargeBinary),
        sa.Column("fetched_at", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("vintage", sa.Integer),
        sa.Column("newest_vintage", sa.BigInteger),
        sa.Column("covers", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_fetches"),
        sa.CheckConstraint(
            "outcome IN ('ok', 'unchanged', 'not_measured', 'rejected')",
            name="ck_fetches_outcome_is_known",
        ),
    )
    op.create_index("ix_fetches_provider", "fetches", ["provider", "series"])
    op.create_index("ix_fetches_series", "fetches", ["series"])
    op.create_index("ix_fetches_sha256", "fetches", ["sha256"])
    op.create_index("ix_fetches_url", "fetches", ["url"])
    op.create_table(
        "observations",
        sa.Column("id", _ID, nullable=False),
        sa.Column("series", sa.String, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("period", sa.Integer, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("known_at", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.String, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("fetch_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_observations"),
        sa.ForeignKeyConstraint(["fetch_id"], ["fetches.id"], name="fk_observations_fetch_id"),
        sa.UniqueConstraint(
            "series", "provider", "period", "known_at", name="uq_observations_series"
        ),
        sa.CheckConstraint(
            "basis IN ('vintage', 'source_stamp', 'rule', 'first_seen')",
            name="ck_observations_basis_is_known",
        ),
    )
    op.create_table(
        "descriptions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("series", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_descriptions"),
    )
    op.create_index("ix_descriptions_series", "descriptions", ["series"])


def _verdicts() -> None:
    op.create_table(
        "documents",
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("schema", sa.Integer, nullable=False),
        sa.Column("claim", sa.String, nullable=False),
        sa.Column("article", sa.String),
        sa.Column("as_of", sa.Integer, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("seal", name="pk_documents"),
    )
    op.create_index("ix_documents_claim", "documents", ["claim", "as_of"])
    for column in ("article", "made_at", "schema"):
        op.create_index(f"ix_documents_{column}", "documents", [column])
    op.create_table(
        "ledger",
        sa.Column("id", _ID, nullable=False),
        sa.Column("claim", sa.String, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("corrects", _ID),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.ForeignKeyConstraint(["corrects"], ["ledger.id"], name="fk_ledger_corrects"),
    )
    op.create_index("ix_ledger_claim", "ledger", ["claim", "day"])
    op.create_table(
        "alerts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("claim", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("key", name="uq_alerts_key"),
    )
    op.create_index("ix_alerts_claim", "alerts", ["claim"])
    op.create_table(
        "registrations",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("claim", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_registrations"),
    )
    op.create_index("ix_registrations_claim", "registrations", ["claim"])


def _agreements() -> None:
    op.create_table(
        "consents",
        sa.Column("id", _ID, nullable=False),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_provider", "consents", ["provider"])
    op.create_table(
        "breakers",
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("open_until", sa.BigInteger),
        sa.Column("status", sa.Integer),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("provider", name="pk_breakers"),
    )
