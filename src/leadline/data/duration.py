"""Lengths of time as people write them: ``65d``, ``26w``, ``6m``, ``1y``."""

import re
from typing import Annotated, Any, Self

from pydantic import GetPydanticSchema
from pydantic_core import CoreSchema, core_schema

DAYS = {"d": 1.0, "w": 7.0, "m": 365.25 / 12, "y": 365.25}
WORDS = {"d": "day", "w": "week", "m": "month", "y": "year"}
_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*([dwmy])")


class DurationText(str):
    """A duration as written; equal and hashed as its text."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the form; raise ValueError where it is not a number and d, w, m or y."""
        match = _FORM.fullmatch(text.strip())
        if match is None or float(match[1]) < 0:
            msg = f"{text!r} is not a duration. Write a number and d, w, m or y, such as '26w'."
            raise ValueError(msg)
        return super().__new__(cls, f"{float(match[1]):g}{match[2]}")

    @property
    def days(self) -> float:
        """Length in calendar days; a month is a twelfth of 365.25 days."""
        return float(self[:-1]) * DAYS[self[-1]]

    @property
    def words(self) -> str:
        """The duration in English: ``26 weeks``."""
        number = float(self[:-1])
        return f"{number:g} {WORDS[self[-1]]}{'' if number == 1 else 's'}"

    def observations(self, per_year: float) -> int:
        """Count observations in this length at ``per_year`` of them a year, to the nearest."""
        return round(self.days / 365.25 * per_year)


def _schema(_source: Any, _handler: Any) -> CoreSchema:
    return core_schema.no_info_after_validator_function(
        DurationText,
        core_schema.str_schema(),
        serialization=core_schema.plain_serializer_function_ser_schema(str),
    )


Duration = Annotated[DurationText, GetPydanticSchema(_schema)]
