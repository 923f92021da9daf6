"""Verdict documents: written once, read for ever."""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import ValidationError

from leadline.errors import AlteredError, ArchiveError
from leadline.verdict import Verdict

Document = dict[str, Any]

SCHEMA = 1
# One function a step, `from_1_to_2(document) -> document`, under the schema it starts from.
MIGRATIONS: Mapping[int, Callable[[Document], Document]] = {}

ALONE = "alone"  # the folder of claims that were published without an article
MIN_PREFIX = 4


def default_root() -> Path:
    """Give the folder that ``LEADLINE_HOME`` names, or the user's own data folder."""
    named = os.environ.get("LEADLINE_HOME", "")
    return Path(named) if named else platformdirs.user_data_path("leadline", appauthor=False)


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


def save(verdict: Verdict, root: Path | None = None) -> Path:
    """Write the verdict once and give its path.

    A verdict with the same seal is already there: nothing is written. The file appears whole or
    not at all. Raises ArchiveError where the seal is not the document's.
    """
    if verdict.seal != seal(document(verdict)):
        raise ArchiveError(f"{verdict.claim.id}: The seal is not that of the document.")
    folder = _folder(verdict.claim.id, root or default_root())
    path = folder / f"{verdict.as_of}-{verdict.seal[:12]}.json"
    text = dumps(verdict)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, text)
    except OSError as error:
        raise ArchiveError(f"{path}: Cannot be written: {error.strerror}.") from None
    if load(path).seal != verdict.seal:
        raise ArchiveError(f"{path}: Holds another verdict. It is left as it is.")
    return path


def load(seal_or_path: str | Path, root: Path | None = None) -> Verdict:
    """Read a verdict by path, or by the first digits of its seal.

    Keys of a later version are ignored, documents of an earlier schema brought up to date.
    Raises ArchiveError where there is no such verdict, or several, or it is damaged, newer than
    this Leadline, or altered since it was sealed.
    """
    if isinstance(seal_or_path, Path) or seal_or_path.endswith(".json"):
        return _read(Path(seal_or_path))
    if re.fullmatch(rf"[0-9a-f]{{{MIN_PREFIX},64}}", seal_or_path) is None:
        raise ArchiveError(
            f"{seal_or_path!r} is no seal: write {MIN_PREFIX} or more of its digits 0-9 and a-f, "
            "or the path of a .json file."
        )
    start = seal_or_path[:12]
    place = (root or default_root()) / "verdicts"
    found = [_read(path) for path in sorted(place.glob(f"*/*/*-{start}*.json"))]
    found = [verdict for verdict in found if verdict.seal.startswith(seal_or_path)]
    if not found:
        raise ArchiveError(f"No verdict with seal {seal_or_path} in {place}.")
    if len(found) > 1:
        seals = ", ".join(verdict.seal[:16] for verdict in found)
        raise ArchiveError(
            f"{len(found)} verdicts have a seal that starts with {seal_or_path}: {seals}. "
            "Write more digits."
        )
    return found[0]


def history(claim_id: str, root: Path | None = None) -> tuple[Verdict, ...]:
    """Give every verdict on a claim, oldest data first, then oldest trial.

    ``claim_id`` is ``silver-2026/S27``, or ``W03`` for a claim published alone.
    """
    folder = _folder(claim_id, root or default_root())
    found = [_read(path) for path in folder.glob("*.json")]
    return tuple(sorted(found, key=lambda verdict: (verdict.as_of, verdict.made_by.at)))


def _folder(claim_id: str, root: Path) -> Path:
    parts = claim_id.split("/") if "/" in claim_id else [ALONE, claim_id]
    names = [part for part in parts if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", part)]
    if len(parts) != 2 or names != parts:
        raise ArchiveError(f"{claim_id!r} is not the id of a claim, such as 'silver-2026/S27'.")
    return root.joinpath("verdicts", *parts)


def _write_once(path: Path, text: str) -> None:
    """Make ``path`` appear whole, unless somebody else was first."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            # Unlike a rename, a link never replaces what is there.
            path.hardlink_to(draft)
        except FileExistsError:
            return
        except OSError:
            # Some file systems have no links.
            if not path.exists():
                draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> Verdict:
    try:
        stored = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except FileNotFoundError:
        raise ArchiveError(f"{path}: No such file.") from None
    except OSError as error:
        raise ArchiveError(f"{path}: Cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise ArchiveError(f"{path}: Damaged, not JSON: {error}.") from None
    if not isinstance(stored, dict) or stored.get("document") != "verdict":
        raise ArchiveError(f"{path}: Not a verdict document.")
    schema = stored.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise ArchiveError(f"{path}: Damaged, its schema is {schema!r}, not a number from 1.")
    if schema > SCHEMA:
        raise ArchiveError(
            f"{path}: Written in schema {schema}; this Leadline reads up to {SCHEMA}. "
            "Upgrade Leadline."
        )
    current = _migrated(stored, schema)
    try:
        # Strict JSON, so that a label made of digits stays a label.
        verdict = Verdict.model_validate_json(json.dumps(current), strict=True, extra="ignore")
        whole = stored["seal"] == seal(stored)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ArchiveError(f"{path}: Damaged at {place}: {first['msg']}.") from None
    if not whole:
        raise AlteredError(
            f"{path}: Altered since it was sealed: its digits bring out another seal."
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
