"""How Alembic takes its steps: on the connection, and in the transaction, that it is given."""

from alembic import context

from leadline.data.database.tables import metadata


def migrate() -> None:
    """Take the steps."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


# Alembic runs this file under a name of its own; whoever imports it wants no more than to look.
if __name__ == "env_py":
    migrate()
