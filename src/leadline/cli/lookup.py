"""From what the user named to verdicts: out of the archive, or by hearing the claim."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from leadline import archive, trial
from leadline.claim import Article, Claim, find, from_source
from leadline.cli import wanted
from leadline.cli.show import Progress
from leadline.data import Store, conditions
from leadline.data.providers.folder import FolderStore
from leadline.data.series import find as find_series
from leadline.errors import ArchiveError, NotHeldError
from leadline.evidence.exhibits import Exhibit
from leadline.trial import Unheard
from leadline.verdict import Verdict

_SEAL = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class Heard:
    """Verdicts, each with its claim; ``article`` where a whole article was asked for.

    ``lacks`` are the claims of the article that were not heard, ``remedy`` the commands that bring
    what they need; ``since`` holds pictures of what came after publication, by subject.
    """

    claims: tuple[Claim, ...]
    verdicts: tuple[Verdict, ...]
    article: Article | None = None
    lacks: tuple[Unheard, ...] = ()
    remedy: str = ""
    since: Mapping[str, Sequence[Exhibit]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What to call a file about it."""
        return self.what.id

    @property
    def what(self) -> Article | Claim:
        """What was asked for."""
        return self.claims[0] if self.article is None else self.article

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
            "not_measured": [
                {"claim": each.claim.ref, "missing": each.missing, "reason": each.reason}
                for each in self.lacks
            ],
        }
        return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)

    def page(self, tick: Progress | None = None) -> str:
        """Give the report as one HTML file."""
        from leadline import report

        if self.article is None:
            claim = self.claims[0]
            return report.page(
                self.verdicts[0], claim=claim, followed=self.since.get(claim.ref, ())
            )
        return report.article_page(
            self.article,
            self.verdicts,
            followed=self.since.get(self.article.id, ()),
            progress=tick,
        )

    def pages(self, tick: Progress | None = None) -> Iterator[tuple[str, str]]:
        """Give the path and the text of each file of the report, a page a claim among them."""
        from leadline import report

        if self.article is None:
            yield f"{self.name}.html", self.page()
        else:
            yield from report.article_files(
                self.article, self.verdicts, followed=self.since, progress=tick
            )

    def screen(self) -> Any:
        """Give what a terminal shows first: the verdict, or the article's scoreboard."""
        from leadline import report

        if self.article is None:
            return report.first_screen(self.verdicts[0])
        return report.scoreboard(self.article, self.verdicts)


@contextmanager
def store_at(data: Path | None, needed: Sequence[str] = ()) -> Iterator[Store]:
    """Open the folder of series that is named, else the store of what was fetched.

    Raises NotHeldError, saying what to run, where that store lacks a series that is needed.
    """
    if data is not None:
        yield FolderStore(data)
        return
    from leadline.data.database import Database, DatabaseStore

    with Database.open() as database:
        store = DatabaseStore(database)
        held = set(store.ids())
        missing = [
            name
            for name in conditions.sources(needed)[0]
            if name not in held and find_series(name).id not in held
        ]
        if missing:
            what = f"--series {','.join(missing)}"
            raise NotHeldError(
                f"The store does not hold {wanted.listed(missing)}.\n{wanted.remedy(what, missing)}"
            )
        yield store


def hear(ref: str, data: Path | None, *, as_of: date | None, tick: Progress | None) -> Heard:
    """Hear the claim, or every claim of the article, that ``ref`` names.

    Claims of an article that the store cannot answer are left out. Raises NotHeldError where
    there is nothing to hear.
    """
    return _heard(ref, {}, data, as_of=as_of, tick=tick)


def _heard(
    ref: str,
    kept: Mapping[str, Verdict],
    data: Path | None,
    *,
    as_of: date | None,
    tick: Progress | None,
) -> Heard:
    """Hear the claims of which no verdict is kept."""
    found = find(ref)
    claims = (found,) if isinstance(found, Claim) else found.claims
    rest = [claim for claim in claims if claim.ref not in kept]
    told: dict[str, Verdict | Unheard] = dict(kept)
    if rest:
        with store_at(data) as store:
            each = trial.hear_each(rest, store, as_of=as_of, progress=tick)
        told |= {claim.ref: one for claim, one in zip(rest, each, strict=True)}
    lacks = tuple(one for one in told.values() if isinstance(one, Unheard))
    remedy = "" if data else wanted.remedy(ref, [name for one in lacks for name in one.missing])
    pairs = [(claim, one) for claim in claims if isinstance(one := told[claim.ref], Verdict)]
    # Claims that need no series can always be heard, and are not what was asked for.
    if lacks and not any(verdict.data for _, verdict in pairs):
        raise NotHeldError(_nothing(lacks, remedy))
    return Heard(
        tuple(claim for claim, _ in pairs),
        tuple(verdict for _, verdict in pairs),
        found if isinstance(found, Article) else None,
        lacks,
        remedy,
    )


def _nothing(lacks: Sequence[Unheard], remedy: str) -> str:
    """Say in one message why no claim that reads a series could be heard, and what to do."""
    missing = list(dict.fromkeys(name for one in lacks for name in one.missing))
    if not remedy:
        return f"{lacks[0].claim.ref}: {lacks[0].reason}"
    who = f"{lacks[0].claim.ref} needs" if len(lacks) == 1 else f"{len(lacks)} claims need"
    return f"{who} {wanted.listed(missing)}, which the store does not hold.\n{remedy}"


def recall(name: str) -> Heard:
    """Give from the archive what a seal, a document's path, a claim or an article names.

    A claim gives its newest verdict, an article those that there are. Raises ArchiveError where
    there is none.
    """
    if is_document(name):
        verdict = archive.load(name)
        return Heard((from_source(verdict.claim.source),), (verdict,))
    found = find(name)
    claims = (found,) if isinstance(found, Claim) else found.claims
    recalled = kept(claims)
    if not recalled:
        raise ArchiveError(f"The archive has no verdict on {name}. Hear it: leadline try {name}")
    return Heard(
        tuple(claim for claim in claims if claim.ref in recalled),
        tuple(recalled.values()),
        found if isinstance(found, Article) else None,
    )


def hear_or_recall(
    name: str, data: Path | None, *, as_of: date | None, tick: Progress | None
) -> Heard:
    """Give what the archive has on a claim, and hear what it has not.

    Where data are named or a day is, everything is heard.
    """
    if is_document(name):
        return recall(name)
    claims = wanted.claims_of(name)
    recalled = kept(claims) if data is None and as_of is None else {}
    return _heard(name, recalled, data, as_of=as_of, tick=tick)


def is_document(name: str) -> bool:
    """Whether ``name`` is a seal, or the beginning of one, or a verdict's file."""
    return _SEAL.fullmatch(name) is not None or name.endswith(".json")


def kept(claims: Sequence[Claim]) -> dict[str, Verdict]:
    """Give from the archive the newest verdict on each claim as it is worded now."""
    from leadline.data.database import Database

    # Looking makes no archive.
    if not Database.exists():
        return {}
    newest = {}
    with Database.open() as database:
        for claim in claims:
            of_claim = archive.history(claim.ref, database)
            same = [v for v in of_claim if v.claim.sha256 == claim.sha256]
            if same:
                newest[claim.ref] = same[-1]
    return newest
