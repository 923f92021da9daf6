"""Every chart of a verdict as files: numbers, pictures, or the review for search engines."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, assert_never

from leadline import report
from leadline.cli.options import Form
from leadline.evidence.exhibits import Exhibit
from leadline.verdict import Verdict


def write(verdict: Verdict, form: Form, folder: Path, *, dark: bool = False) -> Iterator[Path]:
    """Write the verdict's exhibits into ``folder``, one file each, and give their paths.

    JSON-LD describes the verdict as a whole, so there is one file of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = verdict.claim.id.rpartition("/")[2]
    if form == "jsonld":
        path = folder / f"{stem}.jsonld"
        path.write_bytes(_json(report.claim_review(verdict)))
        yield path
        return
    for place, evidence in enumerate(verdict.evidence, start=1):
        for exhibit in evidence.exhibits:
            path = folder / f"{stem}-{place}-{evidence.kind}-{exhibit.name}.{form}"
            path.write_bytes(_written(exhibit, form, verdict, dark=dark))
            yield path


def _written(
    exhibit: Exhibit, form: Literal["csv", "json", "svg", "png"], verdict: Verdict, *, dark: bool
) -> bytes:
    match form:
        case "csv":
            return report.csv(exhibit).encode()
        case "json":
            return _json(_document(exhibit, verdict))
        case "svg":
            return report.svg(exhibit, dark=dark).encode()
        case "png":
            return report.png(exhibit, dark=dark)
        case _:
            assert_never(form)


def _document(exhibit: Exhibit, verdict: Verdict) -> dict[str, object]:
    return {
        "document": "exhibit",
        "schema": 1,
        "claim": {"id": verdict.claim.id, "sha256": verdict.claim.sha256},
        "as_of": verdict.as_of.isoformat(),
        "exhibit": exhibit.model_dump(mode="json"),
        "caveats": verdict.caveats,
        "data": verdict.data,
        "seal": verdict.seal,
    }


def _json(value: object) -> bytes:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()
