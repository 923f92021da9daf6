"""One pair of a scan in words: what was found each way, and the command that puts it on trial."""

import shlex
from collections.abc import Callable, Iterator
from typing import Any

from leadline.report import words
from leadline.report.tables import TableView
from leadline.scan.exhibits import after, odds, rows_of
from leadline.scan.result import Scan, percent, share
from leadline.scan.saved import PAIRS, Saved, place


def row(found: Scan, leader: str, follower: str) -> Any | None:
    """Give the row of a directed pair, with its columns by name; None where it is not listed."""
    table = found.table
    own = table[(table["leader"] == leader) & (table["follower"] == follower)]
    return next(rows_of(own), None)


def sentences(found: Scan, leader: str, follower: str) -> tuple[str, ...]:
    """Say what the scan found of a directed pair, chance first."""
    own = row(found, leader, follower)
    if own is None:
        return (_unlisted(found, leader, follower),)
    return tuple(_said(found, own))


def _unlisted(found: Scan, leader: str, follower: str) -> str:
    asked = found.settings
    sides = ((asked.leaders, leader, "leader"), (asked.followers, follower, "follower"))
    for names, name, side in sides:
        if names is not None and name not in names:
            return f"{name} was not among the series asked for as a {side}."
    most = found.table["p"].max()
    return (
        f"{leader} before {follower} is not among the {found.n_listed:,} pairs with the smallest "
        f"p, which are listed: its own is above {most:.2g}, and that is nothing remarkable among "
        f"{found.n_pairs:,} pairs."
    )


def _said(found: Scan, own: Any) -> Iterator[str]:
    asked = found.settings
    chance = own.p * found.n_pairs
    yield (
        f"Where nobody leads anybody, about {chance:,.0f} of {found.n_pairs:,} pairs look as "
        "strong as this one."
        if chance >= 1
        else f"Where nobody leads anybody, {_few(chance)} of scans of {found.n_pairs:,} pairs "
        "show even one as strong as this."
    )
    yield (
        f"{own.follower} moves {'with' if own.r > 0 else 'against'} what {own.leader} did, "
        f"{after(found, own.lag)}: correlation {_signed(own.r)}."
    )
    counts = own.q_bh <= asked.fdr
    yield (
        f"Among this lead and all stronger ones {_few(own.q_bh)} are expected to be false, so "
        f"it {'counts' if counts else 'does not count'} where at most {percent(asked.fdr)} may be."
    )
    if hasattr(own, "rest_p"):
        again = "shows" if own.rest_p <= 0.05 else "does not show"
        yield (
            f"The last part of the days {again} the lag of the first part again "
            f"({_odds(own.rest_p)}, one-sided); but the pair was picked with all days in view."
        )
    if own.flags:
        yield f"Beware: {own.flags}."


def table(found: Scan, leader: str, follower: str) -> TableView | None:
    """Lay out every figure of a pair, each way that is listed; None where neither is."""
    ways = {pair: row(found, *pair) for pair in ((leader, follower), (follower, leader))}
    seen = {pair: own for pair, own in ways.items() if own is not None}
    if not seen:
        return None
    return TableView(
        caption="Every figure of the pair, each way",
        head=("", *(" before ".join(pair) for pair in seen)),
        rows=tuple(
            (label, *(told(found, own) for own in seen.values()))
            for label, needs, told in _FIGURES
            if needs in found.table
        ),
        numeric=(False, *(False for _ in seen)),
        cards=True,
        said=True,
    )


_Figure = tuple[str, str, Callable[[Scan, Any], str]]
_FIGURES: tuple[_Figure, ...] = (
    ("lag at which they go together most", "lag", lambda found, own: after(found, own.lag)),
    ("correlation there, r", "r", lambda _, own: _signed(own.r)),
    ("statistic there, t", "t", lambda _, own: _signed(own.t)),
    ("p, which pays for the lags searched", "p", lambda _, own: _p(own.p)),
    ("share of false ones among it and all stronger, q", "q_bh", lambda _, own: odds(own.q_bh)),
    ("the same, however pairs depend on one another", "q_by", lambda _, own: odds(own.q_by)),
    ("p over all pairs at once", "p_fwer", lambda _, own: odds(own.p_fwer)),
    (
        "false ones, by series each shifted by itself",
        "fdp_shifted",
        lambda _, own: share(own.fdp_shifted),
    ),
    ("false ones, by random signs for all", "fdp_signed", lambda _, own: share(own.fdp_signed)),
    (
        "lag in the first part of the days alone",
        "first_lag",
        lambda f, own: after(f, own.first_lag),
    ),
    ("p there", "first_p", lambda _, own: _p(own.first_p)),
    ("p of that lag in the rest, one-sided", "rest_p", lambda _, own: odds(own.rest_p)),
    ("rows that both have at that lag", "n_obs", lambda _, own: f"{own.n_obs:,}"),
    ("beware", "flags", lambda _, own: own.flags or "nothing"),
)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", words.MINUS)


def _p(value: float) -> str:
    return f"{value:.2g}"


def _odds(p: float) -> str:
    return f"p {'' if p < 0.001 else '= '}{odds(p).replace('<', '< ')}"


def _few(share: float) -> str:
    return "fewer than 0.1%" if share < 0.001 else f"{share:.1%}"


def command(saved: Saved, leader: str, follower: str) -> str:
    """Give the command that puts a directed pair on trial and writes where `Saved.trial` looks.

    FILE stands for the prices that were scanned, which the folder does not name.
    """
    asked, own = saved.found.settings, row(saved.found, leader, follower)
    told = ["--prices", "FILE", "--max-lag", str(asked.max_lag)]
    told += ["--every", asked.every] if asked.every != "day" else []
    told += ["--direction", "negative"] if own is not None and own.r < 0 else []
    told += ["--out", f"{saved.folder.resolve().name}/{PAIRS}/{place(leader, follower)}"]
    names = [leader, follower]
    # What begins with a dash would be taken for an option.
    said = [*told, "--", *names] if any(n.startswith("-") for n in names) else [*names, *told]
    return shlex.join(["leadline", "scan", "explain", *said])
