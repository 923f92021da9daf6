"""A figure as files: its picture, its numbers, and both with what must go along with them."""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, assert_never

from leadline import report
from leadline.evidence.exhibits import Exhibit, Overlay
from leadline.report import plain, words
from leadline.report.rows import csv, shifts, table_csv
from leadline.verdict import Verdict

Form = Literal["svg", "png", "csv", "json", "zip"]
MEDIA: Mapping[Form, str] = MappingProxyType(
    {
        "svg": "image/svg+xml",
        "png": "image/png",
        "csv": "text/csv; charset=utf-8",
        "json": "application/json",
        "zip": "application/zip",
    }
)
# Archives of the same files are the same bytes, whenever they are packed.
_PACKED = (1980, 1, 1, 0, 0, 0)
_UNKNOWN = "not known: ask the source before you pass the values on"
LICENCES: Mapping[str, str] = MappingProxyType(
    {
        "open": "may be passed on",
        "public": "may be passed on",
        "attribution": "may be passed on with the credit line",
        "noncommercial": "may be passed on with the credit line, for no commercial end",
        "personal": "for personal use only: show results, do not pass the values on",
        "third_party": "belongs to others: show results, do not pass the values on",
        "restricted": "show results, do not pass the values on",
        "unknown": _UNKNOWN,
    }
)
"""What each class of licence allows, as far as it has been read (not legal advice)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What goes with a figure's numbers wherever they go.

    Attributes
    ----------
    about : mapping
        The same for every figure of one document: subject, day, caveats, data, seal.
    says : tuple of (str, str)
        The same in words, for the README.
    stem : str
        How the names of files start.
    """

    about: Mapping[str, Any]
    says: tuple[tuple[str, str], ...]
    stem: str = ""


def of_verdict(verdict: Verdict) -> Origin:
    """Give what goes with every figure of a verdict."""
    licences, credit = _licences(verdict.data), credits_of(verdict.data)
    about = {
        "claim": {"id": verdict.claim.id, "sha256": verdict.claim.sha256},
        "as_of": verdict.as_of.isoformat(),
        "caveats": verdict.caveats,
        "data": verdict.data,
        "licence": licences,
        "credit": credit,
        "seal": verdict.seal,
    }
    says = (
        ("Claim", f"{verdict.claim.id}: {verdict.claim.paraphrase}"),
        ("Said by", f"{verdict.claim.publisher}, {words.day(verdict.claim.first_seen)}"),
        ("History", words.OUTCOMES[verdict.history.outcome].label),
        ("Live", words.live_word(verdict.live)),
        ("Data as of", words.day(verdict.as_of)),
        ("Seal", verdict.seal),
        *(("Caveat", plain.told(caveat)) for caveat in verdict.caveats),
        *(
            ("Licence", f"{name}: {told} ({LICENCES.get(told, _UNKNOWN)})")
            for name, told in licences.items()
        ),
        *(("Credit", line) for line in credit),
    )
    return Origin(about, says, file_name(words.anchor(verdict.claim.id)))


def _licences(data: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Give the class of licence of each series that was read, not of what was made from them."""
    return {
        str(row["id"]): str(row.get("source") or "unknown")
        for row in data
        if "id" in row and row.get("basis") != "derived"
    }


def credits_of(data: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Give the credit lines that a verdict's series ask for, each once."""
    return tuple(dict.fromkeys(str(line) for row in data for line in row.get("credit") or ()))


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be done with the values of a verdict's series, and whom to credit."""

    licences: tuple[tuple[str, str], ...]
    credit: tuple[str, ...]


def terms(data: Iterable[Mapping[str, Any]]) -> Terms:
    """Say in words what may be done with series, those under one licence together."""
    rows = list(data)
    named: dict[str, list[str]] = {}
    for name, told in _licences(rows).items():
        named.setdefault(told, []).append(plain.short(name))
    return Terms(
        tuple(
            (words.capital(words.listed(names)), f"{told}: {LICENCES.get(told, _UNKNOWN)}")
            for told, names in named.items()
        ),
        credits_of(rows),
    )


def document(exhibit: Exhibit, origin: Origin) -> dict[str, Any]:
    """Give a figure's data as plain JSON values, with all that goes along."""
    return {
        "document": "exhibit",
        "schema": 1,
        "exhibit": exhibit.model_dump(mode="json"),
        **origin.about,
    }


def written(exhibit: Exhibit, form: Form, origin: Origin, *, dark: bool = False) -> bytes:
    """Give a figure as the content of one file; ``dark`` is for pictures alone."""
    match form:
        case "svg":
            return report.svg(exhibit, dark=dark).encode()
        case "png":
            return report.png(exhibit, dark=dark)
        case "csv":
            return csv(exhibit).encode()
        case "json":
            return as_json(document(exhibit, origin))
        case "zip":
            return packed([*_files(exhibit, origin), ("README.txt", readme([exhibit], origin))])
        case _:
            assert_never(form)


def _files(exhibit: Exhibit, origin: Origin) -> Iterable[tuple[str, bytes]]:
    name = file_name(exhibit.name)
    for form in ("svg", "png"):
        yield f"{name}.{form}", written(exhibit, form, origin)
        yield f"{name}-dark.{form}", written(exhibit, form, origin, dark=True)
    yield from numbers(exhibit, name, origin)


def numbers(exhibit: Exhibit, name: str, origin: Origin) -> Iterable[tuple[str, bytes]]:
    """Give a figure's numbers as files whose names start with ``name``."""
    yield f"{name}.csv", written(exhibit, "csv", origin)
    if isinstance(exhibit, Overlay) and exhibit.shifts:
        yield f"{name}-shifts.csv", table_csv(shifts(exhibit)).encode()
    yield f"{name}.json", written(exhibit, "json", origin)


def readme(exhibits: Sequence[Exhibit], origin: Origin) -> bytes:
    """Say what is in an archive of figures, where it comes from, and what may be done with it."""
    lines = ["Leadline: market claims on trial", ""]
    lines += [f"{label}: {text}" for label, text in origin.says]
    for exhibit in exhibits:
        shown = plain.readable(exhibit)
        lines += ["", shown.title, f"  {shown.finding}", *([f"  {shown.note}"] * bool(shown.note))]
    lines += [
        "",
        "CSV files hold every number drawn, unrounded. JSON files hold the same with caveats, "
        "sources and seal.",
        words.NO_ADVICE,
    ]
    return ("\n".join(lines) + "\n").encode()


def file_name(text: str) -> str:
    """Give a text as part of a file's name, on any system and in any header.

    >>> file_name("../S27's figure")
    'S27-s-figure'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "figure"


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Pack files into a ZIP archive: the same files give the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files:
            entry = zipfile.ZipInfo(name, _PACKED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, body)
    return held.getvalue()


def as_json(value: object) -> bytes:
    """Write JSON for people and programs alike."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()
