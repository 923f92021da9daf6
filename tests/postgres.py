"""A PostgreSQL of our own: made in a temporary folder, reached by a socket, and gone after."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# What is lost when the machine fails matters to nobody here.
CONFIG = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
full_page_writes = off
max_connections = 200
"""


class NotInstalledError(Exception):
    """There is no PostgreSQL that could be started here."""


@contextmanager
def cluster():
    """Start a server and give the folder of its socket; raise NotInstalledError where none is."""
    programs = _programs()
    if programs is None or find_spec("psycopg") is None:
        raise NotInstalledError("needs PostgreSQL's initdb and pg_ctl, and psycopg")
    who = _owner()
    # A socket's path may have about a hundred characters, so pytest's own folder is too deep.
    folder = Path(tempfile.mkdtemp(prefix="leadline-pg-"))
    try:
        if who:
            shutil.chown(folder, **who)
        data = folder / "data"
        _run([programs / "initdb", "-D", data, "-U", "leadline", "-A", "trust", "-N"], who)
        with (data / "postgresql.auto.conf").open("a") as config:
            config.write(CONFIG.format(folder=folder))
        control = [programs / "pg_ctl", "-D", data, "-w"]
        _run([*control, "-l", folder / "log", "start"], who)
        try:
            yield folder
        finally:
            _run([*control, "-m", "immediate", "stop"], who)
    finally:
        shutil.rmtree(folder)


@contextmanager
def database(folder, name):
    """Make a database and give its address; remove it after."""
    import psycopg

    def tell(command):
        address = f"host={folder} user=leadline dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(command)

    tell(f'CREATE DATABASE "{name}"')
    try:
        yield f"postgresql+psycopg://leadline@/{name}?host={folder}"
    finally:
        tell(f'DROP DATABASE "{name}" WITH (FORCE)')


@cache
def _programs():
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in folders if (each / "pg_ctl").exists()), None)


def _owner():
    """Say as whom the server is to run, for it refuses to be root's."""
    if os.geteuid() != 0:
        return {}
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        msg = "PostgreSQL does not run as root, and there is no user postgres"
        raise NotInstalledError(msg) from None
    return {"user": "postgres", "group": "postgres"}


def _run(command, who):
    # The server inherits what it is started with, so its output must not be a pipe of ours.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, check=False, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, **who
        )
        said.seek(0)
        assert done.returncode == 0, said.read().decode()
