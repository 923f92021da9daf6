"""Calls and published lags as pictures: a ruler of lags, and a table of calls."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from leadline.evidence.exhibits import Bar, Bars, Mark, Table, Tone
from leadline.live.calls import CallState, Row, Scoreboard
from leadline.live.lags import Lag
from leadline.report import words

_TONES: Mapping[CallState, Tone] = {"hit": "for", "miss": "against"}
_LEGEND: dict[Tone, str] = {
    "for": "its call came true",
    "against": "its call did not come true in time",
    "open": "its call is open, or there is none with a date",
}
_WORDS: Mapping[CallState, str] = {
    "hit": "hit",
    "miss": "missed",
    "open": "open",
    "not_resolvable": "no mark or no data",
}


def ruler(lags: Sequence[Lag]) -> Bars | None:
    """Draw every published lag as a bar on one axis of days, filled by how its call came out."""
    if not lags:
        return None
    ordered = sorted(lags, key=lambda lag: (lag.low, lag.high, lag.said))
    last = max(lag.high for lag in ordered)
    settled = Counter(lag.call for lag in ordered if lag.call in _TONES)
    return Bars(
        name="ruler",
        title="The lags that were published, on one axis",
        finding=f"{len(ordered)} published lags run from {ordered[0].low:.0f} to {last:.0f} days. "
        f"{_settled(settled['hit'], settled['hit'] + settled['miss'])}",
        note="A bar holds all lags that a publisher named. Where the bars hardly overlap, they "
        "cannot all be right.",
        x_label="days by which the follower is said to come later",
        bars=tuple(
            Bar(
                lane=lane,
                start=lag.low,
                stop=lag.high,
                tone="open" if lag.call is None else _TONES.get(lag.call, "open"),
                label=_label(lag),
                note=f"{lag.leader} before {lag.follower}",
            )
            for lane, lag in zip(_lanes(ordered), ordered, strict=True)
        ),
        legend=_LEGEND,
        marks=(Mark(label="", at=0),),
    )


def _settled(hits: int, n: int) -> str:
    if n == 0:
        return "No call that was made of one has been settled."
    calls = "The one call settled" if n == 1 else f"Of {n} calls settled"
    if n == 1:
        return f"{calls} {'came' if hits else 'did not come'} true."
    return f"{calls}, {hits or 'none'} came true."


def _lanes(lags: Sequence[Lag]) -> Iterator[str]:
    """Name each lag by publisher and month, and by its claim where that names two."""
    names = [f"{lag.publisher}, {words.MONTHS[lag.said.month - 1]} {lag.said.year}" for lag in lags]
    for name, lag in zip(names, lags, strict=True):
        yield f"{name} ({words.anchor(lag.claim)})" if names.count(name) > 1 else name


def _label(lag: Lag) -> str:
    told = [] if lag.call is None else [_WORDS[lag.call]]
    if lag.history is not None:
        told.append(f"history: {words.OUTCOMES[lag.history].label.lower()}")
    return "; ".join(told)


def scoreboard(board: Scoreboard) -> Table:
    """Give every call with how it came out, beside the base rate of such calls."""
    return Table(
        name="calls",
        title="Calls with a date, and how they came out",
        finding=board.words(),
        columns=("claim", "publisher", "said", "call", "base rate", "its odds", "how it stands"),
        rows=tuple(_row(row) for row in board.rows),
    )


def _row(row: Row) -> tuple[str, ...]:
    return (
        words.anchor(row.claim),
        row.publisher,
        words.day(row.said),
        row.call,
        "" if row.base is None else words.share(row.base),
        "" if row.odds is None else f"{words.share(row.odds)}{'' if row.stated else ' (implied)'}",
        _stands(row),
    )


def _stands(row: Row) -> str:
    if row.same_as is not None:
        return f"the same call as {words.anchor(row.same_as)}"
    if row.state == "hit" and row.on is not None:
        return f"hit {words.day(row.on)}"
    if row.state == "open" and row.days_left is not None:
        return f"open, {row.days_left} days left"
    if row.state == "not_resolvable":
        return "not resolvable: too vague" if row.vague else "not resolvable: no data"
    return _WORDS[row.state]
