"""Bringing the tables of a store up to date.

The steps are Alembic's, one file each in ``versions``. A store that is up to date is seen to be so
by one query, without importing Alembic.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from leadline.errors import DataError

if TYPE_CHECKING:
    from leadline.data.database.engine import Database

REVISIONS = ("0001", "0002")
"""Every step there is, the newest last."""

_VERSION = "alembic_version"


def bring_up_to_date(db: "Database") -> None:
    """Take whatever steps are left, alone, and all of them or none.

    Raises
    ------
    DataError
        Where a newer Leadline wrote the store, or where it is another program's database.
    """
    with db.connect() as connection:
        if _is_current(connection, db.name):
            return
    with db.begin(_VERSION) as connection:
        # Others may have been opening the same store, and one of them was first.
        if not _is_current(connection, db.name):
            _upgrade(connection)


def _is_current(connection: Connection, name: str) -> bool:
    held = set(inspect(connection).get_table_names())
    if _VERSION not in held:
        if held:
            msg = f"{name}: this is the database of another program; name another one."
            raise DataError(msg)
        return False
    version = connection.execute(text(f"SELECT version_num FROM {_VERSION}")).scalar()  # noqa: S608
    if version is not None and version not in REVISIONS:
        msg = (
            f"{name}: written by a newer Leadline (its tables are of version {version}, this one "
            f"knows up to {REVISIONS[-1]}). Upgrade Leadline."
        )
        raise DataError(msg)
    return bool(version == REVISIONS[-1])


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
