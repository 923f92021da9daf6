"""Every chart of a verdict as files: numbers, pictures, or the review for search engines."""

from collections.abc import Iterator
from pathlib import Path

from leadline import report
from leadline.cli.options import Form
from leadline.report import files
from leadline.verdict import Verdict


def write(verdict: Verdict, form: Form, folder: Path, *, dark: bool = False) -> Iterator[Path]:
    """Write the verdict's exhibits into ``folder``, one file each, and give their paths.

    JSON-LD describes the verdict as a whole, so there is one file of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = verdict.claim.id.rpartition("/")[2]
    if form == "jsonld":
        path = folder / f"{stem}.jsonld"
        path.write_bytes(files.as_json(report.claim_review(verdict)))
        yield path
        return
    origin = files.of_verdict(verdict)
    for place, evidence in enumerate(verdict.evidence, start=1):
        for exhibit in evidence.exhibits:
            path = folder / f"{stem}-{place}-{evidence.kind}-{exhibit.name}.{form}"
            path.write_bytes(files.written(exhibit, form, origin, dark=dark))
            yield path
