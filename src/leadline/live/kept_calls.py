"""The scoreboard of calls, kept in the store: one a day and content, never changed."""

import hashlib
from datetime import UTC, datetime

from pydantic import ValidationError

from leadline.data.clock import last_decided
from leadline.data.database import Database, documents
from leadline.data.database.documents import Document
from leadline.errors import AlteredError, ArchiveError
from leadline.live.book import canonical
from leadline.live.calls import Scoreboard

KIND = "calls"
SCHEMA = 1


def keep_calls(db: Database, board: Scoreboard, *, now: datetime | None = None) -> str:
    """Keep a scoreboard for ever and give its seal, the SHA-256 of its canonical JSON.

    The same calls as of the same day are kept once. Raises ValueError where the day is not decided
    yet: nothing that is found of it could be final.
    """
    now = now or datetime.now(UTC)
    decided = last_decided(now)
    if board.as_of > decided:
        msg = f"{board.as_of} is not decided yet; the last day decided is {decided}."
        raise ValueError(msg)
    text = canonical(board.model_dump(mode="json", by_alias=True))
    mine = Document(
        seal=_sha256(text),
        kind=KIND,
        schema=board.schema_,
        claim="",
        article=None,
        as_of=board.as_of,
        made_at=now.isoformat(),
        text=text,
    )
    return documents.keep(db, mine).seal


def kept_calls(db: Database) -> Scoreboard | None:
    """Give the scoreboard of the latest day, as it was kept last; None where none was kept.

    Keys of a later version are ignored. Raises AlteredError where the text does not bring out its
    seal, and ArchiveError where a newer Leadline wrote it.
    """
    found = documents.newest(db, KIND)
    if found is None:
        return None
    place = f"{db.name}: calls as of {found.as_of}, {found.seal[:16]}"
    if _sha256(found.text) != found.seal:
        msg = f"{place}: Altered: the text brings out another seal. Run leadline calls anew."
        raise AlteredError(msg)
    if found.schema > SCHEMA:
        msg = (
            f"{place}: Written in schema {found.schema}; this Leadline reads up to {SCHEMA}. "
            "Upgrade Leadline."
        )
        raise ArchiveError(msg)
    try:
        return Scoreboard.model_validate_json(found.text, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        msg = f"{place}: Damaged at {where}: {first['msg']}. Run leadline calls anew."
        raise ArchiveError(msg) from None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
