"""The stages composed once: a claim and a store go in, a verdict comes out."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from leadline.aftermath import follow
from leadline.aftermath.course import NO_MARK
from leadline.archive import sealed
from leadline.claim import Article, Claim
from leadline.data import Panel, Store, conditions, last_day
from leadline.data.gather import HeldPanel, RevisedData, gather_held, no_series
from leadline.data.providers import provider
from leadline.errors import DataError, NotHeldError
from leadline.evidence.base import Evidence
from leadline.executors import one_blas_thread
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


@dataclass(frozen=True, slots=True)
class Unheard:
    """A claim that the store cannot answer.

    Attributes
    ----------
    reason : str
        What is lacking, in a sentence.
    missing : tuple of str
        The series that the store does not have; empty where it has all, but none known in time.
    """

    claim: Claim
    reason: str
    missing: tuple[str, ...] = ()


def hear(
    claim: Claim,
    store: Store,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Put one claim on trial as of a day, the last day of the data where none is given.

    History is judged on what was known at ``claim.history_until`` or ``as_of``, whichever is
    earlier; what came later enters the live part alone. Raises NotHeldError where the store lacks
    a series, or knew nothing of it by then.
    """
    return _verdicts(hear_each((claim,), store, as_of=as_of, progress=progress))[0]


def hear_article(
    article: Article,
    store: Store,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> tuple[Verdict, ...]:
    """Put every claim of an article on trial, in the article's order.

    Raises NotHeldError where the store cannot answer one of them; ``hear_each`` hears the others.
    """
    return _verdicts(hear_each(article.claims, store, as_of=as_of, progress=progress))


def hear_each(
    claims: Sequence[Claim],
    store: Store,
    *,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> tuple[Verdict | Unheard, ...]:
    """Put those claims on trial that the store can answer, and say what the others lack.

    All tests run side by side; each has its own stream, so that order is nothing.
    """
    # One BLAS thread a test: faster on few cores, and the same digits on any number of them.
    with one_blas_thread(), ThreadPoolExecutor(os.cpu_count()) as pool:
        asked = [_asked(claim, store, as_of) for claim in claims]
        panels = _panels([each for each in asked if isinstance(each, _Asked)], store, pool)
        heard = [
            each if isinstance(each, Unheard) else _Case.open(each, panels, pool) for each in asked
        ]
        waiting = {
            future: case for case in heard if isinstance(case, _Case) for future in case.evidence
        }
        for number, future in enumerate(as_completed(waiting), 1):
            if progress is not None:
                name = waiting[future].claim.id
                progress(f"{name}: test {number} of {len(waiting)}", number / len(waiting))
        return tuple(case if isinstance(case, Unheard) else case.close() for case in heard)


def _verdicts(heard: tuple[Verdict | Unheard, ...]) -> tuple[Verdict, ...]:
    for each in heard:
        if isinstance(each, Unheard):
            raise NotHeldError(each.reason)
    return tuple(each for each in heard if isinstance(each, Verdict))


_Question = tuple[date, RevisedData]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a claim asks of a store: its series, before publication and on the day of the trial."""

    claim: Claim
    names: tuple[str, ...]
    past: date
    present: date

    @property
    def questions(self) -> tuple[_Question, _Question]:
        policy = self.claim.revised_data
        return (self.past, policy), (self.present, policy)


def _asked(claim: Claim, store: Store, as_of: date | None) -> _Asked | Unheard:
    names = claim.series() if claim.tests else ()
    missing: dict[str, str] = {}
    for name in conditions.sources(names)[0]:
        try:
            store.series(name)
        except NotHeldError as error:
            missing[name] = str(error)
    if missing:
        return Unheard(claim, " ".join(missing.values()), tuple(missing))
    # A claim that reads no series is heard on its own day.
    day = as_of or (last_day(names, store) if names else claim.first_seen)
    return _Asked(claim, names, min(day, claim.history_until), day)


_Gathered = Mapping[_Question, HeldPanel]


def _panels(asked: Sequence[_Asked], store: Store, pool: Executor) -> _Gathered:
    """Gather once for all claims that ask the same; each then gets its own series and no more.

    Conditions that several claims read are thus computed once, and a claim's panel is still the
    one that it would have had alone.
    """
    names: dict[_Question, dict[str, None]] = {}
    for each in asked:
        for question in each.questions:
            names.setdefault(question, {}).update(dict.fromkeys(each.names))

    def whole(question: _Question) -> HeldPanel:
        day, policy = question
        return gather_held(tuple(names[question]), store, as_of=day, revised_data=policy)

    return dict(zip(names, pool.map(whole, names), strict=True))


@dataclass(frozen=True, slots=True)
class _Case:
    """A claim whose tests are running."""

    claim: Claim
    past: Panel
    present: Panel
    evidence: tuple[Future[Evidence], ...]

    @classmethod
    def open(cls, asked: _Asked, gathered: _Gathered, pool: Executor) -> "_Case | Unheard":
        answers = [gathered[question] for question in asked.questions]
        lacking = [a.lacking[name] for a in answers for name in asked.names if name in a.lacking]
        if lacking:
            return Unheard(asked.claim, lacking[0])
        past, present = (
            answer.panel.only(asked.names) if asked.names else no_series(day)
            for answer, (day, _) in zip(answers, asked.questions, strict=True)
        )
        running = tuple(
            pool.submit(test.find, past, test.stream(asked.claim.seed))
            for test in asked.claim.tests
        )
        return cls(asked.claim, past, present, running)

    def close(self) -> Verdict:
        past, present = self.past, self.present
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
            live=Live(state="not_applicable", sentence=NO_MARK),
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
                **_given_by(column.providers),
            }
        )
    return tuple(rows)


def _given_by(names: tuple[str, ...]) -> dict[str, Any]:
    """Name who gave the values, with the lines that they ask whoever shows them to print."""
    if not names:
        return {}
    credit = dict.fromkeys(line for name in names if (line := _credit(name)))
    return {"providers": list(names), "credit": list(credit)}


def _credit(name: str) -> str:
    try:
        return provider(name).terms.credit
    except DataError:
        return ""  # imported by the user, or by a plug-in that is gone
