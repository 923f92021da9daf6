"""How old each series of a verdict is, laid out for the terminal."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from leadline.cli import show
from leadline.report.ages import BASES, Age

if TYPE_CHECKING:
    from rich.console import RenderableType


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
