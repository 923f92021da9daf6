"""Hear an article on a folder of real series and write what came of it.

``python tools/results.py silver-2026 FOLDER`` writes docs/results/silver-2026.md.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter

from leadline.claim import Article, load_article
from leadline.data.providers.folder import FolderStore
from leadline.evidence.exhibits import Table
from leadline.report import plain, words
from leadline.report.argument import fall
from leadline.trial import adjusted, hear_article
from leadline.verdict import Verdict

RESULTS = Path(__file__).parents[1] / "docs" / "results"


def page(article: Article, verdicts: Sequence[Verdict]) -> str:
    """Give the page: the outcomes in one table, what they hinge on, and each claim in short."""
    verdicts = [plain.verdict(verdict) for verdict in verdicts]
    parts = [
        f"# {article.title}: every claim heard",
        f"{article.publisher}, {article.first_seen}; {len(article.claims)} claims in our own "
        "words. Written by `python tools/results.py` from a run on real series; a test holds the "
        "claims and outcomes to that run. Data to "
        f"{max(verdict.as_of for verdict in verdicts)}; history ends the day before publication, "
        "or with the day itself for facts. What the columns mean: [claims](../claims.md), "
        "[kinds of test](../kinds.md), [conditions](../conditions.md).",
        "## The outcomes",
        _counted(verdicts),
        "\n".join(_scoreboard(verdicts)),
        "p is how often chance alone does as well after everything searched: over all ways to run "
        "the test, and under the hardest null. Holm and BY (Benjamini and Yekutieli) correct it "
        "for the number of relations in the article; facts have none. A claim is informative when "
        "its words would come true in at most half of random histories.",
        "## What falls",
        "\n".join(_falls(article)),
        "## What the answers hinge on",
        "\n".join(_hinges(verdicts)),
        "## Each claim",
        *(_claim(verdict) for verdict in verdicts),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _counted(verdicts: Sequence[Verdict]) -> str:
    found = Counter(verdict.history.outcome for verdict in verdicts)
    return ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in found.most_common()) + "."


def _scoreboard(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "| claim | says | decided by | history | p | Holm | BY | informative | live |"
    yield "|---|---|---|---|---|---|---|---|---|"
    odds = adjusted(tuple(verdicts))
    for verdict in verdicts:
        name = words.anchor(verdict.claim.id)
        p = [f"{value:.3f}" for value in odds.get(verdict.claim.id, ())] or ["", "", ""]
        informative = next(
            (b.state for b in verdict.history.badges if b.name == "informative"), "not assessed"
        )
        kind = words.kind_title(verdict.evidence[0].kind) if verdict.evidence else ""
        yield (
            f"| [{name}](#{name.lower()}) | {verdict.claim.paraphrase} | {kind} | "
            f"{verdict.history.outcome.replace('_', ' ')} | {' | '.join(p)} | {informative} | "
            f"{words.LIVE[verdict.live.state].label} |"
        )


def _falls(article: Article) -> Iterator[str]:
    yield "| if this falls | these lose their only support | these lose one of several |"
    yield "|---|---|---|"
    ids = [claim.id for claim in article.claims]
    for claim in article.claims:
        found = fall(ids, article.supports, {claim.id})
        if found.leaning:
            yield f"| {claim.id} | {', '.join(found.bare)} | {', '.join(found.shaken)} |"


def _hinges(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "| claim | specifications | on the claimed side | what moves the median most |"
    yield "|---|---|---|---|"
    for verdict in verdicts:
        for found in verdict.evidence[:1]:
            shown = found.exhibit("hinges")
            if found.forks is not None and isinstance(shown, Table):
                yield (
                    f"| {words.anchor(verdict.claim.id)} | {found.forks.n} | "
                    f"{found.forks.share:.0%} | {shown.finding} |"
                )


def _claim(verdict: Verdict) -> str:
    name = words.anchor(verdict.claim.id)
    lines = [
        f"### {name}",
        f"*{verdict.claim.paraphrase}* "
        f"**{verdict.history.outcome.replace('_', ' ').capitalize()}.** "
        f"{verdict.history.sentence}",
        "\n".join(
            f"- {words.capital(number.label).rstrip('?')}: {number.text}."
            for number in words.four(verdict)
        ),
        "\n".join(
            f"- Beside it, {words.kind_title(found.kind)}: {found.summary}"
            for found in verdict.evidence[1:]
            if found.status == "ok"
        ),
        f"Would change our mind: {verdict.history.would_change}",
        f"claim `{verdict.claim.sha256[:12]}`",
    ]
    return "\n\n".join(line for line in lines if line)


def main(name: str, folder: str, as_of: str = "") -> None:
    """Hear the article and write its page."""
    article = load_article(name)
    began = perf_counter()
    day = date.fromisoformat(as_of) if as_of else None
    verdicts = hear_article(article, FolderStore(Path(folder)), as_of=day)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{article.id}.md").write_text(page(article, verdicts), encoding="utf-8")
    print(f"{len(verdicts)} claims in {perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
