"""How old each series of a verdict is, on what its dates rest, and whom to credit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from leadline.data.series import is_stale
from leadline.verdict import Verdict

BASES = {
    "vintage": "vintage",
    "source_stamp": "stamp",
    "rule": "rule",
    "first_seen": "first seen",
}
"""How it is known when a value could first be known, in a word or two."""

IN_FULL = {
    "vintage": "vintages: the values as they were published on each day",
    "source_stamp": "the source's own stamp",
    "rule": "the rule by which the series is released",
    "first_seen": "the moment at which it was first fetched",
}
"""The same in a few more words."""


@dataclass(frozen=True, slots=True)
class Age:
    """The newest value of one series that a verdict read."""

    series: str
    last: date
    basis: str
    providers: tuple[str, ...]
    credit: tuple[str, ...]

    @property
    def giver(self) -> str:
        """Who gave the values."""
        return in_short(self.providers) if self.providers else "file"

    def days(self, day: date) -> int:
        """Count the days from the newest value to ``day``."""
        return (day - self.last).days

    def is_stale(self, day: date) -> bool:
        """Whether the newest value is older than the series' kind allows."""
        return is_stale(self.series, self.last, day)


def in_short(providers: Sequence[str]) -> str:
    """Name a provider or two, or count them.

    >>> in_short(["yahoo"]), in_short(["yahoo", "fred"]), in_short("abcd")
    ('yahoo', 'yahoo +1', '4 providers')
    """
    first, *others = providers
    if len(others) > 1:
        return f"{len(providers)} providers"
    return f"{first} +1" if others else first


def read_by(verdicts: Iterable[Verdict]) -> tuple[Age, ...]:
    """Give every series that the verdicts read, those behind their conditions among them."""
    found = {row["id"]: _age(row) for verdict in verdicts for row in verdict.data}
    return tuple(age for age in found.values() if age.basis in BASES)


def _age(row: dict[str, Any]) -> Age:
    return Age(
        row["id"],
        date.fromisoformat(row["last"]),
        row["basis"],
        tuple(row.get("providers", ())),
        tuple(row.get("credit", ())),
    )
