"""What a store is: anything that can give a series by name."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import platformdirs

from leadline.data.series import Series
from leadline.errors import NotHeldError, did_you_mean


def home() -> Path:
    """Give the folder that ``LEADLINE_HOME`` names, or the user's own data folder."""
    named = os.environ.get("LEADLINE_HOME", "")
    return Path(named) if named else platformdirs.user_data_path("leadline", appauthor=False)


class Store(Protocol):
    """Where series come from."""

    def series(self, name: str, /) -> Series:
        """Give the series of this id or alias; raise NotHeldError where there is none."""
        ...

    def ids(self) -> tuple[str, ...]:
        """Name every series there is."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """Series held in memory, by name."""

    held: Mapping[str, Series]

    def series(self, name: str, /) -> Series:
        """Give the series called ``name``; raise NotHeldError where there is none."""
        try:
            return self.held[name]
        except KeyError:
            hint = did_you_mean(name, self.held)
            msg = f"The store holds no {name!r}.{hint} It holds: {', '.join(self.held)}."
            raise NotHeldError(msg) from None

    def ids(self) -> tuple[str, ...]:
        """Name every series held."""
        return tuple(self.held)
