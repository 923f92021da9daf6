"""What a reader of a scan must know before believing it, in plain words."""

from leadline.scan.exhibits import family_wise
from leadline.scan.result import Scan

EDGE = "lag at the edge"
CLOSES = "lag of one day, closes unknown"
STALE = "stale prices"
TICKS = "bad ticks"
OWN_PAST = "own past"


def caveats(found: Scan) -> tuple[str, ...]:
    """Give the caveats that this scan's leads call for, the gravest first."""
    counted = found.found()
    if counted.empty:
        counted = family_wise(found)
    n = len(counted)

    def flagged(flag: str) -> int:
        return int(counted["flags"].str.contains(flag, regex=False).sum())

    told = []
    if closes := flagged(CLOSES):
        told.append(
            f"Clock skew: {_of(closes, n)} of one day between series whose closing hours are not "
            "known. A market that closes earlier seems to follow one that closes later, and so "
            "does one that seldom trades; a lag of two days or more is mostly free of that."
        )
    if stale := flagged(STALE):
        told.append(
            f"Stale prices: {_of(stale, n)} with a series whose price stood still at times. A "
            "price that is seldom renewed seems to follow everything."
        )
    if ticks := flagged(TICKS):
        told.append(
            f"Bad ticks: {_of(ticks, n)} with a series that has prices which leap away and are "
            "back the day after. These count as missing; what is wrong besides may not."
        )
    if own_past := flagged(OWN_PAST):
        told.append(
            f"Own past: {_of(own_past, n)} much weaker while the follower's own past is left in "
            "its moves. Where a price takes back a part of its moves, as between bid and ask or "
            "where trades are few, taking that out puts everybody's yesterday into the series."
        )
    told.append(_common_factor(found))
    if edge := flagged(EDGE):
        told.append(
            f"{_of(edge, n)} at the longest lag searched, so its true lag may be longer, or a "
            "slow trend may pass for a lead."
        )
    if found.out_of_sample is not None and n:
        told.append(
            "“Again” flatters the leads in the table: they were picked with all days in view. "
            "The count of leads found on the first part alone does not."
        )
    return (
        *told,
        "Survivors: the universe is the one that was given. What vanished before it was put "
        "together is missing, and nothing here says that a lead would have been seen in it.",
        "A lead is not a cause, and not a trade: nothing here says whether anybody could have "
        "dealt at these prices once the leader's move was known, or what that would have cost.",
    )


def _of(k: int, n: int) -> str:
    return f"{k:,} of {n:,} lead{'' if n == 1 else 's'} {'is' if k == 1 else 'are'}"


def _common_factor(found: Scan) -> str:
    if found.settings.factors == 0:
        return (
            "A common factor: nothing was taken out that all series share. Where some answer the "
            "same news sooner than others, each of the first seems to lead each of the second. "
            "Scan again with the market taken out (--factors market), or some principal components "
            "(--factors 5), and see what is left."
        )
    return (
        "A common factor was taken out of every series, its moves of the same row and of the one "
        "before, with loadings estimated on the past. What that misses can still pass for a lead, "
        "and taking it out can make one: a series that is itself part of the factor."
    )
