"""Opening a store: where it is, what it says when it cannot be, and who may open it at once."""

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import exc, inspect, text

from leadline.data.database import Database, consents, engine, migrations, tables
from leadline.errors import DataError


def names(db):
    with db.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_a_new_store_has_every_table(db):
    assert names(db) == {*tables.metadata.tables, "alembic_version"}


def test_the_migrations_make_what_the_tables_say(db):
    with db.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_every_step_is_known():
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", migrations.__path__[0])
    steps = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(steps)) == migrations.REVISIONS


def test_a_store_opened_again_holds_what_was_put_in(store_url):
    with Database.open(store_url) as db:
        consents.give(db, "yahoo", "terms")
    with Database.open(store_url) as db:
        assert consents.given(db, "yahoo")


def test_an_up_to_date_store_is_opened_without_alembic(store_url):
    Database.open(store_url).close()
    program = (
        "import sys\n"
        "from leadline.data.database import Database\n"
        "Database.open(sys.argv[1]).close()\n"
        "assert 'alembic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program, store_url], check=True)


def test_an_up_to_date_store_is_opened_fast(store_url):
    Database.open(store_url).close()

    def opened():
        begun = time.perf_counter()
        Database.open(store_url).close()
        return time.perf_counter() - begun

    assert min(opened() for _ in range(5)) < 0.05


@pytest.mark.parametrize("said", ["path", "text", "url"])
def test_an_sqlite_store_is_named_by_its_path_or_address(tmp_path, said):
    path = tmp_path / "deep" / "store.db"
    named = {"path": path, "text": str(path), "url": f"sqlite:///{path}"}[said]
    with Database.open(named) as db:
        assert db.name == str(path)
        assert repr(db) == f"Database({str(path)!r})"
    assert path.exists()


def test_the_default_is_what_the_environment_says_or_a_file_of_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLINE_HOME", str(tmp_path / "home"))
    with Database.open() as db:
        assert db.name == str(tmp_path / "home" / "leadline.db")
    monkeypatch.setenv("LEADLINE_STORE", f"sqlite:///{tmp_path / 'other.db'}")
    with Database.open() as db:
        assert db.name == str(tmp_path / "other.db")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://user:secret@host/name", "mysql://user:***@host/name is no store. Write a path,"),
        ("sqlite://", "sqlite:// is no store. Write a path, sqlite:///path or postgresql+psycopg:"),
        ("://secret", "The address of the store cannot be read. Write a path,"),
        ("postgresql://user:secret@host:port/x", "The address of the store cannot be read."),
        ("postgresql://me:p@secret@host/x", "The address of the store cannot be read: write an @"),
        ("sqlite:///x.db?password=secret", "sqlite:///x.db: an SQLite file takes no options"),
        ("mysql://host/x?password=secret", "mysql://host/x is no store."),
    ],
)
def test_an_address_that_is_none_is_explained_without_its_password(url, message):
    with pytest.raises(DataError) as caught:
        Database.open(url)
    assert str(caught.value).startswith(message)
    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_answer_is_explained_without_the_password(tmp_path):
    pytest.importorskip("psycopg")
    url = f"postgresql://me:secret@/store?host={tmp_path}"
    with pytest.raises(DataError, match="connection") as caught:
        Database.open(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_user_without_rights_is_told_so(store_url):
    with Database.open(store_url) as db, db.begin() as connection:
        connection.execute(text("CREATE ROLE stranger LOGIN"))
    try:
        with pytest.raises(DataError, match="may not read or write there; see to its rights"):
            Database.open(store_url.replace("leadline@", "stranger@"))
    finally:
        with Database.open(store_url) as db, db.begin() as connection:
            connection.execute(text("DROP ROLE stranger"))


def test_without_psycopg_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DataError, match=r"needs psycopg: pip install 'leadline\[postgres\]'"):
        Database.open("postgresql://me@host/store")


def test_a_repr_hides_the_password():
    pytest.importorskip("psycopg")
    made = engine._engine(engine._address("postgresql://me:secret@host/store?sslpassword=secret"))
    assert repr(Database(made)) == "Database('postgresql+psycopg://me:***@host/store')"


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path):
    path = tmp_path / "store.db"
    path.write_text("date,value\n" * 1000)
    with pytest.raises(DataError) as caught:
        Database.open(path)
    assert str(caught.value) == f"{path}: this is no store of Leadline; name another file."
    assert path.read_text() == "date,value\n" * 1000


def test_a_folder_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"file/store\.db: the store cannot be made: "):
        Database.open(tmp_path / "file" / "store.db")


def test_a_folder_in_place_of_the_file_is_explained(tmp_path):
    with pytest.raises(DataError, match="the store cannot be opened; see whether the folder is"):
        Database.open(tmp_path)


def test_the_database_of_another_program_is_left_alone(store_url, db):
    with db.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(DataError, match="this is the database of another program; name another"):
        Database.open(store_url)


def test_a_store_of_a_newer_leadline_asks_for_an_upgrade(store_url, db):
    with db.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DataError, match=r"written by a newer Leadline .*9999.* Upgrade Leadline"):
        Database.open(store_url)


def test_a_migration_that_fails_leaves_nothing_behind(store_url, monkeypatch):
    def fail(connection):
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "_upgrade", fail)
        with pytest.raises(RuntimeError):
            Database.open(store_url)
    with Database.open(store_url) as db:
        assert "half" not in names(db)


@pytest.mark.parametrize("table", ["observations", "fetches", "documents", "ledger", "consents"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_or_take_away(db, table, deed):
    consents.give(db, "yahoo", "terms")
    if db.engine.dialect.name == "sqlite" and table != "consents":
        pytest.skip("SQLite's triggers are asked for each row, and there is none here")
    key = {"documents": "seal"}.get(table, "id")
    with pytest.raises(exc.DBAPIError, match="only grow"), db.begin() as connection:
        connection.execute(text(deed.format(table).replace("id", key)))


def test_a_block_that_raises_writes_nothing(db):
    row = {"provider": "x", "given": True, "text": "", "recorded_at": 0}

    def write_and_fail():
        with db.begin() as connection:
            connection.execute(tables.consents.insert(), row)
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    assert consents.history(db) == ()


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(db):
    query = text("SELECT count(*) FROM consents")
    with db.connect() as connection:
        assert connection.execute(query).scalar() == 0
        consents.give(db, "yahoo", "terms")
        assert connection.execute(query).scalar() == 0
    with db.connect() as connection:
        assert connection.execute(query).scalar() == 1


def test_writers_with_a_lock_in_common_take_turns(db):
    order, first_is_in = [], threading.Event()

    def first():
        with db.begin("x") as connection:
            connection.execute(text("SELECT 1"))
            first_is_in.set()
            time.sleep(0.2)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    first_is_in.wait()
    with db.begin("x"):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_whoever_waits_too_long_is_told_why(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "WAIT", 0.05)
    path = tmp_path / "store.db"
    with Database.open(path) as db, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DataError, match="another program has kept the store for"):
            consents.give(db, "yahoo", "terms")
        other.rollback()
        consents.give(db, "yahoo", "terms")


def test_sqlite_waits_and_writes_through(tmp_path):
    with Database.open(tmp_path / "store.db") as db, db.connect() as connection:
        asked = ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")
        said = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert said == ["wal", 30_000, 2, 1]


def test_a_store_that_nobody_closed_leaves_no_connection_open(tmp_path):
    program = (
        "import sys\n"
        "from leadline.data.database import Database, consents\n"
        "consents.given(Database.open(sys.argv[1]), 'yahoo')\n"
        "kept = Database.open(sys.argv[1])\n"
        "consents.given(kept, 'yahoo')\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program, tmp_path / "x.db"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
