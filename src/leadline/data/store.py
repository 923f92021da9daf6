"""What a store is: anything that can give a series by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from leadline.data.series import Series
from leadline.errors import DataError, did_you_mean


class Store(Protocol):
    """Where series come from."""

    def series(self, name: str, /) -> Series:
        """Give the series of this id or alias; raise DataError where there is none."""
        ...

    def ids(self) -> tuple[str, ...]:
        """Name every series there is."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """Series held in memory, by name."""

    held: Mapping[str, Series]

    def series(self, name: str, /) -> Series:
        """Give the series called ``name``; raise DataError where there is none."""
        try:
            return self.held[name]
        except KeyError:
            hint = did_you_mean(name, self.held)
            msg = f"The store holds no {name!r}.{hint} It holds: {', '.join(self.held)}."
            raise DataError(msg) from None

    def ids(self) -> tuple[str, ...]:
        """Name every series held."""
        return tuple(self.held)
