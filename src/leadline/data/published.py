"""Annual figures with the publication that states them, and whether its own words were read."""

import calendar
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, model_validator

from leadline.errors import DataError, did_you_mean

Read = Literal["own", "newswire", "copy", "nowhere"]


class _Entry(BaseModel):
    """Immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _moment(value: Any) -> Any:
    # YAML reads a full day as a date and leaves a month as text.
    return value.isoformat() if isinstance(value, date) else value


class Publication(_Entry):
    """Who published what, when, and where its own words were read.

    Attributes
    ----------
    published : str
        A day (2025-04-16) or, where no day was seen, a month (2025-04).
    read : str
        Where the publisher's own words were read: on its ``own`` site, on the ``newswire`` it
        uses, in a full ``copy``, or ``nowhere``.
    address : str or None
        Where they were read; for a copy out of reach of a reader, the original's.
    """

    id: str
    publisher: str
    title: str
    published: Annotated[str, BeforeValidator(_moment), Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")]
    read: Read = "nowhere"
    address: str | None = None

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if self.read != "nowhere" and not re.match(r"https?://\S+$", self.address or ""):
            msg = f"{self.id}: read ({self.read}) without a web address."
            raise ValueError(msg)
        return self

    @property
    def known_on(self) -> date:
        """The day on which everybody could know it; of a month, the last."""
        year, month, *day = map(int, self.published.split("-"))
        return date(year, month, day[0] if day else calendar.monthrange(year, month)[1])


class Row(_Entry):
    """What one publication says of one year.

    Attributes
    ----------
    forecast : bool
        Whether it was said before the year, or the decision it is about, was over.
    derived : str
        The arithmetic, where the publication gives the parts and not the figure.
    unverified : str
        Why the figure could not be traced to its publication; empty for a traced one.
    """

    year: int
    value: FiniteFloat
    publication: Publication
    section: str | None = None
    forecast: bool = False
    derived: str = ""
    unverified: str = ""

    @property
    def traced(self) -> bool:
        """Whether the publisher's own words were read."""
        return not self.unverified

    @property
    def decides(self) -> bool:
        """Whether a claim may rest on it: traced, and about what had happened."""
        return self.traced and not self.forecast

    @model_validator(mode="after")
    def _traced_is_read(self) -> Self:
        if self.traced and self.publication.read == "nowhere":
            msg = (
                f"{self.publication.id}, {self.year}: traced to a publication that was read "
                "nowhere. Say under 'unverified' where the number was met."
            )
            raise ValueError(msg)
        return self


class Figure(_Entry):
    """One annual quantity, with every publication of it that is known here."""

    id: str
    title: str
    unit: str
    definition: str
    rows: tuple[Row, ...]

    def known(self, day: date, years: Iterable[int] | None = None) -> tuple[Row, ...]:
        """Give the rows published by ``day``, of ``years`` if given, by year and publication."""
        wanted = None if years is None else set(years)
        rows = [
            row
            for row in self.rows
            if row.publication.known_on <= day and (wanted is None or row.year in wanted)
        ]
        return tuple(sorted(rows, key=lambda row: (row.year, row.publication.published)))


@cache
def figures() -> Mapping[str, Figure]:
    """Give every figure by id."""
    text = (files("leadline.data") / "published.yaml").read_text(encoding="utf-8")
    return parse(yaml.safe_load(text))


def parse(table: Mapping[str, Any]) -> Mapping[str, Figure]:
    """Make the figures of a table laid out as ``published.yaml``.

    Raises ValueError (of pydantic) where an entry is malformed, and DataError where a row names
    a publication that the table does not have.
    """
    known = {key: Publication(id=key, **entry) for key, entry in table["publications"].items()}
    return MappingProxyType(
        {
            key: Figure(
                id=key, **{**entry, "rows": tuple(_row(key, row, known) for row in entry["rows"])}
            )
            for key, entry in table["figures"].items()
        }
    )


def find(name: str) -> Figure:
    """Give the figure of this id; raise DataError, with the nearest, where there is none."""
    try:
        return figures()[name]
    except KeyError:
        hint = did_you_mean(name, figures())
        msg = f"No published figure {name!r}.{hint} Known: {', '.join(sorted(figures()))}."
        raise DataError(msg) from None


def _row(figure: str, entry: Mapping[str, Any], known: Mapping[str, Publication]) -> Row:
    source = entry["in"]
    if source not in known:
        msg = f"{figure}: no publication {source!r}.{did_you_mean(source, known)}"
        raise DataError(msg)
    return Row(publication=known[source], **{k: v for k, v in entry.items() if k != "in"})
