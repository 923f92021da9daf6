"""From what the user named to verdicts: out of the archive, or by hearing the claim."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from leadline import archive, trial
from leadline.claim import Article, Claim, find, from_source
from leadline.cli.show import Progress
from leadline.data.providers.folder import FolderStore
from leadline.errors import ArchiveError, DataError
from leadline.verdict import Verdict

_SEAL = re.compile(r"[0-9a-f]{8,64}")
NO_DATA = (
    "No data. Name a folder of series with --data DIR: CSV files called after the series, such "
    "as silver.csv with the columns date,value."
)


@dataclass(frozen=True, slots=True)
class Heard:
    """Verdicts, each with its claim; ``article`` where a whole article was asked for."""

    claims: tuple[Claim, ...]
    verdicts: tuple[Verdict, ...]
    article: Article | None = None

    @property
    def name(self) -> str:
        """What to call a file about it."""
        return self.claims[0].id if self.article is None else self.article.id

    @property
    def too_thin(self) -> dict[str, str]:
        """Which claims the data could not answer at all, and why."""
        return {
            verdict.claim.id: verdict.evidence[0].summary
            for verdict in self.verdicts
            if verdict.evidence and verdict.evidence[0].status == "infeasible"
        }

    def document(self) -> str:
        """Give the one JSON document: the verdict, or the article with its verdicts."""
        if self.article is None:
            return archive.dumps(self.verdicts[0])
        verdicts: list[Any] = [json.loads(archive.dumps(verdict)) for verdict in self.verdicts]
        document = {
            "document": "article",
            "schema": 1,
            "article": self.article.model_dump(mode="json", exclude={"claims"}),
            "verdicts": verdicts,
            # The odds of every relation, corrected for the number of them.
            "adjusted": {
                ref: dict(zip(("p", "holm", "by"), row, strict=True))
                for ref, row in trial.adjusted(self.verdicts).items()
            },
        }
        return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)

    def page(self, tick: Progress | None = None) -> str:
        """Give the report as one HTML file."""
        from leadline import report

        if self.article is None:
            return report.page(self.verdicts[0], claim=self.claims[0])
        return report.article_page(self.article, self.verdicts, progress=tick)

    def pages(self, tick: Progress | None = None) -> Iterator[tuple[str, str]]:
        """Give the path and the text of each file of the report, a page a claim among them."""
        from leadline import report

        if self.article is None:
            yield f"{self.name}.html", self.page()
        else:
            yield from report.article_files(self.article, self.verdicts, progress=tick)

    def screen(self) -> Any:
        """Give what a terminal shows first: the verdict, or the article's scoreboard."""
        from leadline import report

        if self.article is None:
            return report.first_screen(self.verdicts[0])
        return report.scoreboard(self.article, self.verdicts)


def store_at(data: Path | None) -> FolderStore:
    """Open the folder of series; raise DataError, saying what to do, where none is named."""
    if data is None:
        raise DataError(NO_DATA)
    return FolderStore(data)


def hear(ref: str, data: Path | None, *, as_of: date | None, tick: Progress | None) -> Heard:
    """Hear the claim, or every claim of the article, that ``ref`` names."""
    found = find(ref)
    store = store_at(data)
    if isinstance(found, Claim):
        return Heard((found,), (trial.hear(found, store, as_of=as_of, progress=tick),))
    verdicts = trial.hear_article(found, store, as_of=as_of, progress=tick)
    return Heard(found.claims, verdicts, found)


def recall(name: str) -> Heard:
    """Give from the archive what a seal, a document's path, a claim or an article names.

    A claim gives its newest verdict. Raises ArchiveError where there is none.
    """
    if is_document(name):
        verdict = archive.load(name)
        return Heard((from_source(verdict.claim.source),), (verdict,))
    found = find(name)
    claims = (found,) if isinstance(found, Claim) else found.claims
    verdicts = tuple(_newest(claim) for claim in claims)
    return Heard(claims, verdicts, found if isinstance(found, Article) else None)


def hear_or_recall(
    name: str, data: Path | None, *, as_of: date | None, tick: Progress | None
) -> Heard:
    """Hear the claim where data are given, else give what the archive has."""
    if data is None or is_document(name):
        return recall(name)
    return hear(name, data, as_of=as_of, tick=tick)


def is_document(name: str) -> bool:
    """Whether ``name`` is a seal, or the beginning of one, or a verdict's file."""
    return _SEAL.fullmatch(name) is not None or name.endswith(".json")


def _newest(claim: Claim) -> Verdict:
    kept = archive.history(claim.ref)
    same = [verdict for verdict in kept if verdict.claim.sha256 == claim.sha256]
    if not same:
        other = " It has some on an earlier wording." if kept else ""
        raise ArchiveError(
            f"The archive has no verdict on {claim.ref}.{other} Hear it now with --data DIR."
        )
    return same[-1]
