"""What the user agreed to: given, withdrawn, and listed; nothing is ever erased."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from leadline.data.database import tables
from leadline.data.database.engine import Database


@dataclass(frozen=True, slots=True)
class Consent:
    """One decision of the user: ``given`` or withdrawn, and the words it was about."""

    provider: str
    given: bool
    text: str
    at: datetime


def give(db: Database, provider: str, text: str) -> None:
    """Record that the user agreed to ``text`` for this provider."""
    _record(db, provider, text, given=True)


def withdraw(db: Database, provider: str) -> None:
    """Record that the user agrees no longer; what was fetched before stays."""
    _record(db, provider, "", given=False)


def given(db: Database, provider: str) -> bool:
    """Say whether the user's last word on this provider was to agree."""
    return provider in listed(db)


def listed(db: Database) -> Mapping[str, Consent]:
    """Give the consents that hold, by provider in alphabetical order."""
    last = {each.provider: each for each in history(db)}
    return {name: last[name] for name in sorted(last) if last[name].given}


def history(db: Database) -> tuple[Consent, ...]:
    """Give every decision there was, oldest first."""
    held = tables.consents
    columns = (held.c.provider, held.c.given, held.c.text, held.c.recorded_at)
    with db.connect() as connection:
        rows = connection.execute(select(*columns).order_by(held.c.id)).all()
    return tuple(
        Consent(provider, given, text, tables.moment(at)) for provider, given, text, at in rows
    )


def _record(db: Database, provider: str, text: str, *, given: bool) -> None:
    row = {"provider": provider, "given": given, "text": text, "recorded_at": tables.now()}
    with db.begin() as connection:
        connection.execute(tables.consents.insert(), row)
