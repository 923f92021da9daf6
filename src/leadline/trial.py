"""The stages composed once: a claim and a store go in, a verdict comes out."""

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from leadline.aftermath import follow
from leadline.archive import sealed
from leadline.claim import Article, Claim
from leadline.data import Panel, Store, gather, last_day
from leadline.data.gather import RevisedData
from leadline.evidence.base import Evidence
from leadline.statement import WORDS, state
from leadline.verdict import (
    Badge,
    ClaimStamp,
    History,
    Live,
    MadeBy,
    Verdict,
    benjamini_yekutieli,
    holm,
    judge,
)

Progress = Callable[[str, float], None]


def hear(
    claim: Claim,
    store: Store,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Put one claim on trial as of a day, the last day of the data where none is given.

    History is judged on what was known at ``claim.history_until`` or ``as_of``, whichever is
    earlier; what came later enters the live part alone.
    """
    return _hear_all((claim,), store, as_of, progress)[0]


def hear_article(
    article: Article,
    store: Store,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> tuple[Verdict, ...]:
    """Put every claim of an article on trial, in the article's order."""
    return _hear_all(article.claims, store, as_of, progress)


def _hear_all(
    claims: tuple[Claim, ...], store: Store, as_of: date | None, progress: Progress | None
) -> tuple[Verdict, ...]:
    """Run every test of every claim side by side; each has its own stream, so order is nothing."""
    # One BLAS thread a test: faster on few cores, and the same digits on any number of them.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        panels = _panels(claims, store, as_of, pool)
        heard = [_Case.open(claim, each, pool) for claim, each in zip(claims, panels, strict=True)]
        waiting = {future: case for case in heard for future in case.evidence}
        for number, future in enumerate(as_completed(waiting), 1):
            if progress is not None:
                name = waiting[future].claim.id
                progress(f"{name}: test {number} of {len(waiting)}", number / len(waiting))
        return tuple(case.close() for case in heard)


@dataclass(frozen=True, slots=True)
class _Panels:
    """What was known before publication, and what is known on the day of the trial."""

    past: Panel
    present: Panel


def _panels(
    claims: tuple[Claim, ...], store: Store, as_of: date | None, pool: Executor
) -> list[_Panels]:
    """Gather once for all claims that ask the same; each then gets its own series and no more.

    Conditions that several claims read are thus computed once, and a claim's panel is still the
    one that it would have had alone.
    """
    days: list[tuple[date, date]] = []
    asked: dict[tuple[date, RevisedData], dict[str, None]] = {}
    read = [claim.series() if claim.tests else () for claim in claims]
    for claim, names in zip(claims, read, strict=True):
        # A claim that reads no series is heard on its own day.
        day = as_of or (last_day(names, store) if names else claim.first_seen)
        days.append((min(day, claim.history_until), day))
        for each in days[-1]:
            asked.setdefault((each, claim.revised_data), {}).update(dict.fromkeys(names))

    def whole(question: tuple[date, RevisedData]) -> Panel:
        day, policy = question
        if not asked[question]:
            return _no_series(day)
        return gather(tuple(asked[question]), store, as_of=day, revised_data=policy)

    gathered = dict(zip(asked, pool.map(whole, asked), strict=True))
    out = []
    for claim, names, both in zip(claims, read, days, strict=True):
        past, present = (
            gathered[day, claim.revised_data].only(names) if names else _no_series(day)
            for day in both
        )
        out.append(_Panels(past, present))
    return out


def _no_series(day: date) -> Panel:
    return Panel(day, np.array([day], dtype="datetime64[D]"), {})


@dataclass(frozen=True, slots=True)
class _Case:
    """A claim whose tests are running."""

    claim: Claim
    panels: _Panels
    evidence: tuple[Future[Evidence], ...]

    @classmethod
    def open(cls, claim: Claim, panels: _Panels, pool: Executor) -> "_Case":
        running = tuple(
            pool.submit(test.find, panels.past, test.stream(claim.seed)) for test in claim.tests
        )
        return cls(claim, panels, running)

    def close(self) -> Verdict:
        past, present = self.panels.past, self.panels.present
        if not self.evidence:
            return _untestable(self.claim, present.as_of)
        found = [future.result() for future in self.evidence]
        judged = judge(self.claim, found)
        return sealed(
            Verdict(
                claim=_stamp(self.claim),
                as_of=present.as_of,
                history=state(judged, found, past.as_of, self.claim.family_size),
                live=follow(self.claim, present, present.as_of, found),
                evidence=tuple(found),
                caveats=_caveats(found, present),
                data=_data(present),
                made_by=MadeBy(
                    leadline=version("leadline"),
                    panel=f"sha256:{present.digest}" if present.columns else "none",
                    at=_now(),
                ),
                seal="",
            )
        )


def adjusted(verdicts: tuple[Verdict, ...]) -> dict[str, tuple[float, float, float]]:
    """Give each relation's joint p, Holm's within the article, and Benjamini-Yekutieli's."""
    p = {
        verdict.claim.id: verdict.evidence[0].forks.p_worst
        for verdict in verdicts
        if verdict.evidence and verdict.evidence[0].forks is not None
    }
    rows = zip(
        p, p.values(), holm(list(p.values())), benjamini_yekutieli(list(p.values())), strict=True
    )
    return {name: (raw, by_holm, by_by) for name, raw, by_holm, by_by in rows}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _stamp(claim: Claim) -> ClaimStamp:
    return ClaimStamp(
        id=claim.ref,
        sha256=claim.sha256,
        paraphrase=claim.paraphrase,
        publisher=claim.publisher,
        first_seen=claim.first_seen,
        url=claim.url,
        title=claim.title,
        source=claim.model_dump(mode="json"),
    )


def _untestable(claim: Claim, day: date) -> Verdict:
    judged = judge(claim, ())
    return sealed(
        Verdict(
            claim=_stamp(claim),
            as_of=day,
            history=History(
                outcome=judged.outcome,
                sentence=f"{WORDS[judged.outcome]} {judged.reasons[0]}",
                numbers=(),
                badges=(Badge(name="informative", state="no", reason=judged.reasons[0]),),
                reasons=judged.reasons,
                would_change="A wording that some history could contradict.",
                data_until=min(day, claim.history_until),
            ),
            live=Live(state="not_applicable", sentence="Nothing to follow."),
            evidence=(),
            caveats=(),
            made_by=MadeBy(leadline=version("leadline"), panel="none", at=_now()),
            seal="",
        )
    )


def _caveats(found: list[Evidence], panel: Panel) -> tuple[str, ...]:
    said = [caveat for evidence in found for caveat in evidence.caveats]
    said.append(
        "History is retrospective: whoever made the claim had seen these data. Only what comes "
        "after publication confirms."
    )
    return tuple(dict.fromkeys((*said, *panel.notes)))


def _data(panel: Panel) -> tuple[dict[str, Any], ...]:
    rows = []
    for name, column in panel.columns.items():
        period = column.period[-1]
        last = np.datetime64(panel.as_of, "D")
        rows.append(
            {
                "id": name,
                "title": column.info.title,
                "unit": column.info.unit,
                "last": str(period),
                "age_days": int((last - period) / np.timedelta64(1, "D")),
                "basis": column.basis,
                "source": column.info.licence,
            }
        )
    return tuple(rows)
