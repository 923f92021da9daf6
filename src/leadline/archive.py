"""Verdict documents: written once, read for ever."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import ValidationError

from leadline.data.store import home
from leadline.errors import AlteredError, ArchiveError
from leadline.verdict import Verdict

if TYPE_CHECKING:
    from leadline.data.database import Database, documents

Document = dict[str, Any]
Place: TypeAlias = "Database | str | Path | None"

SCHEMA = 1
# One function a step, `from_1_to_2(document) -> document`, under the schema it starts from.
MIGRATIONS: Mapping[int, Callable[[Document], Document]] = {}

MIN_PREFIX = 4


def default_root() -> Path:
    """Give the folder that ``LEADLINE_HOME`` names, or the user's own data folder."""
    return home()


def document(verdict: Verdict) -> Document:
    """Give the verdict as plain JSON values; raise ArchiveError on NaN and infinity."""
    # Looked for before the dump, which would write null in their place without a word.
    _refuse(next(_not_finite(verdict.model_dump(by_alias=True), ""), None))
    return verdict.model_dump(mode="json", by_alias=True)


def seal(document: Document) -> str:
    """SHA-256, in hex, of all that the same claim, data and code must bring out again.

    That is the canonical JSON without ``seal`` itself and without ``made_by.at``.
    """
    made_by = {key: value for key, value in document["made_by"].items() if key != "at"}
    sealed = {key: value for key, value in document.items() if key != "seal"}
    _refuse(next(_not_finite(sealed, ""), None))
    text = json.dumps(sealed | {"made_by": made_by}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(verdict: Verdict) -> Verdict:
    """Give the verdict with its seal."""
    return verdict.model_copy(update={"seal": seal(document(verdict))})


def dumps(verdict: Verdict) -> str:
    """Give the document as text: one form for one verdict, for people and programs alike."""
    return _laid_out(document(verdict), "") + "\n"


def save(verdict: Verdict, database: Place = None) -> str:
    """Keep the verdict for ever and give its seal.

    A verdict with the same seal is already there: nothing is written. ``database`` is an open one
    or what ``Database.open`` takes; None is the default one.

    Raises ArchiveError where the seal is not the document's, or another document is kept under it.
    """
    if verdict.seal != seal(document(verdict)):
        raise ArchiveError(f"{verdict.claim.id}: The seal is not that of the document.")
    article = _article(verdict.claim.id)
    from leadline.data.database import documents

    mine = documents.Document(
        seal=verdict.seal,
        kind="verdict",
        schema=verdict.schema_,
        claim=verdict.claim.id,
        article=article,
        as_of=verdict.as_of,
        made_at=verdict.made_by.at,
        text=dumps(verdict),
    )
    with _opened(database) as db:
        kept = documents.keep(db, mine)
        if kept != mine:
            _kept(db, kept)
    return verdict.seal


def load(seal_or_path: str | Path, database: Place = None) -> Verdict:
    """Read a verdict by the first digits of its seal, or by the path of its document.

    Keys of a later version are ignored, documents of an earlier schema brought up to date.
    Raises ArchiveError where there is no such verdict, or several, or it is damaged, newer than
    this Leadline, or altered since it was sealed.
    """
    if isinstance(seal_or_path, Path) or seal_or_path.endswith(".json"):
        return _from_file(Path(seal_or_path))
    if re.fullmatch(rf"[0-9a-f]{{{MIN_PREFIX},64}}", seal_or_path) is None:
        raise ArchiveError(
            f"{seal_or_path!r} is no seal: write {MIN_PREFIX} or more of its digits 0-9 and a-f, "
            "or the path of a .json file."
        )
    from leadline.data.database import documents

    with _opened(database) as db:
        found = documents.starting_with(db, seal_or_path)
        if not found:
            raise ArchiveError(f"No verdict with seal {seal_or_path} in {db.name}.")
        if len(found) > 1:
            seals = ", ".join(each.seal[:16] for each in found)
            raise ArchiveError(
                f"{len(found)} verdicts have a seal that starts with {seal_or_path}: {seals}. "
                "Write more digits."
            )
        return _kept(db, found[0])


def history(claim_id: str, database: Place = None) -> tuple[Verdict, ...]:
    """Give every verdict on a claim, oldest data first, then oldest trial.

    ``claim_id`` is ``silver-2026/S27``, or ``W03`` for a claim published alone.
    """
    _article(claim_id)
    from leadline.data.database import documents

    with _opened(database) as db:
        found = [_kept(db, each) for each in documents.of_claim(db, claim_id)]
    return tuple(sorted(found, key=lambda verdict: (verdict.as_of, verdict.made_by.at)))


@contextmanager
def _opened(database: Place) -> Iterator["Database"]:
    # Imported late: whoever only seals and shows verdicts has no use for a database.
    from leadline.data.database import Database

    if isinstance(database, Database):
        yield database
    else:
        with Database.open(database) as db:
            yield db


def _article(claim_id: str) -> str | None:
    parts = claim_id.split("/")
    names = [part for part in parts if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", part)]
    if len(parts) > 2 or names != parts:
        raise ArchiveError(f"{claim_id!r} is not the id of a claim, such as 'silver-2026/S27'.")
    return parts[0] if len(parts) == 2 else None


def _kept(db: "Database", kept: "documents.Document") -> Verdict:
    place = f"{db.name}: verdict {kept.seal[:16]}"
    verdict = _read(kept.text, place)
    if verdict.seal != kept.seal:
        raise AlteredError(f"{place}: Altered: the document there has another seal.")
    return verdict


def _from_file(path: Path) -> Verdict:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise ArchiveError(f"{path}: No such file.") from None
    except OSError as error:
        raise ArchiveError(f"{path}: Cannot be read: {error.strerror}.") from None
    return _read(text, str(path))


def _read(text: str | bytes, place: str) -> Verdict:
    try:
        stored = json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        raise ArchiveError(f"{place}: Damaged, not JSON: {error}.") from None
    if not isinstance(stored, dict) or stored.get("document") != "verdict":
        raise ArchiveError(f"{place}: Not a verdict document.")
    schema = stored.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise ArchiveError(f"{place}: Damaged, its schema is {schema!r}, not a number from 1.")
    if schema > SCHEMA:
        raise ArchiveError(
            f"{place}: Written in schema {schema}; this Leadline reads up to {SCHEMA}. "
            "Upgrade Leadline."
        )
    current = _migrated(stored, schema)
    try:
        # Strict JSON, so that a label made of digits stays a label.
        verdict = Verdict.model_validate_json(json.dumps(current), strict=True, extra="ignore")
        whole = stored["seal"] == seal(stored)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ArchiveError(f"{place}: Damaged at {where}: {first['msg']}.") from None
    if not whole:
        raise AlteredError(
            f"{place}: Altered since it was sealed: its digits bring out another seal."
        )
    return verdict


def _no_constant(name: str) -> None:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


def _migrated(stored: Document, schema: int) -> Document:
    current = stored
    for step in range(schema, SCHEMA):
        current = MIGRATIONS[step](current) | {"schema": step + 1}
    return current


def _refuse(place: str | None) -> None:
    if place is not None:
        raise ArchiveError(
            f"{place.removeprefix('.')}: NaN and infinity do not exist in JSON. "
            "Use null and a caveat."
        )


def _not_finite(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _not_finite(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _not_finite(item, f"{place}[{index}]")
    elif isinstance(value, float) and not abs(value) < float("inf"):
        yield place


def _laid_out(value: Any, indent: str) -> str:
    """Write JSON a level a line, but whatever holds only plain values in one line."""
    items = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(items, list) or not any(isinstance(item, dict | list) for item in items):
        return json.dumps(value, ensure_ascii=False)
    deeper = f"{indent}  "
    texts = [_laid_out(item, deeper) for item in items]
    if isinstance(value, dict):
        keys = [json.dumps(key, ensure_ascii=False) for key in value]
        texts = [f"{key}: {text}" for key, text in zip(keys, texts, strict=True)]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n{deeper}" + f",\n{deeper}".join(texts) + f"\n{indent}{last}"
