"""How old each series of a verdict is, on what its dates rest, and whom to credit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from leadline.cli import show
from leadline.data.series import find, knows
from leadline.verdict import Verdict

if TYPE_CHECKING:
    from rich.console import RenderableType

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
        return knows(self.series) and self.days(day) > find(self.series).stale_after


def in_short(providers: Sequence[str]) -> str:
    """Name a provider or two, or count them.

    >>> in_short(["yahoo"]), in_short(["yahoo", "fred"]), in_short("abcd")
    ('yahoo', 'yahoo +1', '4 providers')
    """
    first, *others = providers
    if len(others) > 1:
        return f"{len(providers)} providers"
    return f"{first} +1" if others else first


def of(verdicts: Iterable[Verdict]) -> tuple[Age, ...]:
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


def stale(ages: Iterable[Age]) -> tuple[str, ...]:
    """Name the series whose newest value is too old by now."""
    today = datetime.now(UTC).date()
    return tuple(age.series for age in ages if age.is_stale(today))


def told(ages: Sequence[Age], day: date) -> "RenderableType":
    """Lay out the ages on ``day``, series of the same age, basis and giver in one row."""
    from rich.console import Group
    from rich.text import Text

    rows: dict[tuple[date, str, str], list[str]] = {}
    for age in sorted(ages, key=lambda age: (age.days(day), age.basis, age.giver)):
        name = f"{age.series} (stale)" if age.is_stale(day) else age.series
        rows.setdefault((age.last, BASES[age.basis], age.giver), []).append(name)
    table = show.table(
        (">days old", "newest", "dated by", "from", "series"),
        (
            (str((day - last).days), str(last), basis, giver, ", ".join(names))
            for (last, basis, giver), names in rows.items()
        ),
    )
    credit = dict.fromkeys(line for age in ages for line in age.credit)
    return Group(Text(f"DATA on {day}", style="bold"), table, *map(Text, credit))
