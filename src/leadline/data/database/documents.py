"""Documents: kept once under their seal, and never changed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select

from leadline.data.database import tables
from leadline.data.database.engine import Database


@dataclass(frozen=True, slots=True)
class Document:
    """A text, and by what it is found; the text itself is whoever wrote it's business.

    ``claim`` is empty where it is about none; ``article`` is None for a claim published alone;
    ``made_at`` is kept as it was written.
    """

    seal: str
    kind: str
    schema: int
    claim: str
    article: str | None
    as_of: date
    made_at: str
    text: str


def keep(db: Database, document: Document) -> Document:
    """Keep a document, unless there is one with its seal; give the one that is kept."""
    row = {name: getattr(document, name) for name in _NAMES}
    row |= {"as_of": tables.days(document.as_of), "recorded_at": tables.now()}
    with db.begin(document.seal) as connection:
        query = _query().where(tables.documents.c.seal == document.seal)
        kept = connection.execute(query).first()
        if kept is None:
            connection.execute(tables.documents.insert(), row)
            return document
    return _document(kept)


def starting_with(db: Database, seal: str, kind: str = "verdict") -> tuple[Document, ...]:
    """Give the documents of a kind whose seals start with these digits, in order of seal."""
    held = tables.documents.c
    query = _query().where(held.seal.startswith(seal, autoescape=True), held.kind == kind)
    return _found(db, query)


def newest(db: Database, kind: str) -> Document | None:
    """Give the document of a kind that is about no claim: of the latest day, the last one kept."""
    held = tables.documents.c
    query = (
        _query()
        .where(held.claim == "", held.kind == kind)
        .order_by(held.as_of.desc(), held.recorded_at.desc(), held.made_at.desc(), held.seal)
        .limit(1)
    )
    with db.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else _document(row)


def of_claim(db: Database, claim: str) -> tuple[Document, ...]:
    """Give the documents on a claim, in order of seal."""
    return _found(db, _query().where(tables.documents.c.claim == claim))


_NAMES = ("seal", "kind", "schema", "claim", "article", "as_of", "made_at", "text")


def _query() -> Select[Any]:
    return select(*(tables.documents.c[name] for name in _NAMES))


def _found(db: Database, query: Select[Any]) -> tuple[Document, ...]:
    with db.connect() as connection:
        rows = connection.execute(query.order_by(tables.documents.c.seal)).all()
    return tuple(_document(row) for row in rows)


def _document(row: Any) -> Document:
    seal, kind, schema, claim, article, as_of, made_at, text = row
    return Document(seal, kind, schema, claim, article, tables.day(as_of), made_at, text)
