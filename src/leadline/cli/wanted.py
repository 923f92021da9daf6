"""Which series a claim or an article reads, and which command brings those that are lacking."""

from collections.abc import Collection, Iterable, Sequence

from leadline.claim import Article, Claim, find
from leadline.data import conditions
from leadline.data.provider import Feed, feeds
from leadline.data.providers import provider
from leadline.data.series import catalogue, knows
from leadline.errors import did_you_mean


def claims_of(ref: str) -> tuple[Claim, ...]:
    """Give the claim, or the claims of the article, that ``ref`` names."""
    found = find(ref)
    return found.claims if isinstance(found, Article) else (found,)


def series_of(claims: Iterable[Claim]) -> tuple[str, ...]:
    """Name the series that claims read, those that their conditions are made from among them."""
    names = (name for claim in claims if claim.tests for name in claim.series())
    return conditions.sources(dict.fromkeys(names))[0]


def ways(name: str) -> tuple[Feed, ...]:
    """Give the feeds whose values are used; none where no provider has the series."""
    return tuple(feed for feed in feeds().get(name, ()) if not feed.check)


def to_accept(names: Iterable[str], agreed: Collection[str]) -> tuple[str, ...]:
    """Name the providers to agree with, so that each series has one that may be asked."""
    wanted: dict[str, None] = {}
    for name in names:
        asking = [feed.provider for feed in ways(name) if provider(feed.provider).terms.consent]
        if len(asking) == len(ways(name)) and not set(asking) & {*agreed, *wanted}:
            wanted.update(dict.fromkeys(asking[:1]))
    return tuple(wanted)


def command(what: str, names: Iterable[str], agreed: Collection[str]) -> str:
    """Give the command that fetches ``what``, with the consents that its series ask for."""
    accepted = (f"--accept {name}" for name in to_accept(names, agreed))
    return " ".join(word for word in ("leadline fetch", what, *accepted) if word)


def agreed() -> frozenset[str]:
    """Name the providers whose terms the user has agreed to."""
    from leadline.data.database import Database, consents

    with Database.open() as database:
        return frozenset(consents.listed(database))


def remedy(what: str, missing: Iterable[str]) -> str:
    """Say which commands bring the series that are missing, a line each."""
    missing = dict.fromkeys(missing)
    offered = [name for name in missing if ways(name)]
    nobody = [name for name in missing if not ways(name)]
    lines = []
    if offered:
        lines.append(f"Fetch what is missing: {command(what, offered, agreed())}")
    if nobody:
        lines.append(f"{nobody_has(nobody)} From files of your own: leadline data import DIR")
    return "\n".join(lines)


def nobody_has(names: Sequence[str]) -> str:
    """Say that no provider has these series, and what may have been meant."""
    hints = (did_you_mean(name, catalogue()) for name in names if not knows(name))
    return f"No provider has {listed(names)}.{''.join(hints)}"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Name things in a row, the first of them where there are many.

    >>> listed(["silver", "gold", "vix"], most=2)
    'silver, gold and 1 more'
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
