"""Settle the library's calls on a folder of real series, hear its lags, and write what came of it.

``python tools/calls_results.py FOLDER [DAY]`` writes docs/results/calls.md.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter

from leadline.claim import library
from leadline.data import last_day
from leadline.data.providers.folder import FolderStore
from leadline.live.calls import Row, Scoreboard, calls
from leadline.live.lags import Lag, lags
from leadline.report import words
from leadline.trial import hear_each
from leadline.verdict import Verdict

PAGE = Path(__file__).parents[1] / "docs" / "results" / "calls.md"
STATES = {"hit": "came true", "miss": "did not", "open": "open", "not_resolvable": "not resolvable"}


def page(board: Scoreboard, ruler: Sequence[Lag], heard: Sequence[Verdict]) -> str:
    """Give the page: what became of the calls in words, each call, each lag."""
    totals = board.totals
    parts = [
        "# Published calls and lags: what became of them",
        "Every claim of the [library](../claims.md) that states a dated call or a lag, in our own "
        "words. Written by `python tools/calls_results.py` from a run on real series; a test holds "
        f"it to that run. Data to {board.as_of}.",
        "## The calls",
        board.words(),
        "\n".join(_table(board.rows)),
        "A call is settled by daily closes after the day it was made: at the first that reaches "
        "the mark and that the next close does not expose as a bad tick, or at the end of its "
        "time. The *base rate* is the share of earlier days from which the price moved as far in "
        "as many days, of all its history and of the four years before; *odds* are those that the "
        "claim states, or else the base rate and 15 points more, at least those of days on which "
        "its condition held. Early Bitcoin moved like nothing since, so the second base rate is "
        "the fairer one.",
        f"{totals.repeated} rows repeat another's call and count once in the totals.",
        "## Calls that nothing can settle",
        "\n".join(_vague(board.rows)),
        "## The lags",
        "How many days the follower is said to come later, beside what the days before the claim "
        "say of it (p after everything searched) and how the call made of it came out.",
        "\n".join(_lags(ruler, heard)),
    ]
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| said | by | call | base rate | last 4 years | odds | | how |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in rows:
        if row.vague:
            continue
        shown = [words.share(value) for value in (row.base, row.recent, row.odds)]
        how = f"The same call as {row.same_as}." if row.same_as else row.sentence
        yield (
            f"| {row.said} | {row.publisher} (`{row.claim}`) | {words.capital(row.call)} | "
            f"{' | '.join(shown)} | {STATES[row.state]} | {how} |"
        )


def _vague(rows: Sequence[Row]) -> Iterator[str]:
    yield "| said | by | says | why not |"
    yield "|---|---|---|---|"
    for row in rows:
        if row.vague:
            yield (
                f"| {row.said} | {row.publisher} (`{row.claim}`) | {row.paraphrase} | "
                f"{row.sentence} |"
            )


def _lags(ruler: Sequence[Lag], heard: Sequence[Verdict]) -> Iterator[str]:
    verdicts = {verdict.claim.id: verdict for verdict in heard}
    yield "| days | said | by | link | history | p | its call |"
    yield "|---|---|---|---|---|---|---|"
    for lag in ruler:
        verdict = verdicts.get(lag.claim)
        p = verdict.evidence[0].p_value if verdict is not None else None
        history = "" if lag.history is None else words.OUTCOMES[lag.history].label.lower()
        low, high = f"{lag.low:.0f}", f"{lag.high:.0f}"
        yield (
            f"| {low if low == high else f'{low} to {high}'} | {lag.said} | "
            f"{lag.publisher} (`{lag.claim}`) | {lag.leader} before {lag.follower} | {history} | "
            f"{'' if p is None else words.p_value(p)} | "
            f"{'' if lag.call is None else STATES[lag.call]} |"
        )


def main(folder: str, as_of: str = "") -> None:
    """Settle, hear and write."""
    began = perf_counter()
    store = FolderStore(Path(folder))
    day = date.fromisoformat(as_of) if as_of else last_day(("bitcoin", "silver"), store)
    board = calls(library(), store, day)
    named = {lag.claim for lag in lags(library())}
    claims = [claim for article in library() for claim in article.claims if claim.ref in named]
    heard = [v for v in hear_each(claims, store, as_of=day) if isinstance(v, Verdict)]
    ruler = lags(library(), board=board, verdicts=heard)
    PAGE.write_text(page(board, ruler, heard), encoding="utf-8")
    print(f"{len(board.rows)} calls and {len(ruler)} lags in {perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
