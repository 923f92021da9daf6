"""What a scan was asked: checked once, kept with its results."""

import hashlib
import operator
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, get_args

import numpy as np

import leadline
from leadline.errors import LeadlineError
from leadline.scan import tiles
from leadline.scan.prepare import Every, Factors, Prepared

SEED = "leadline"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can change a digit of the result; see :func:`leadline.scan.scan`.

    Raises
    ------
    LeadlineError
        Saying which setting makes no sense.
    """

    max_lag: int = 60
    min_lag: int = 1
    every: Every = "day"
    factors: Factors = 0
    resamples: int = 0
    fdr: float = 0.05
    decoys: bool = True
    leaders: tuple[str, ...] | None = None
    followers: tuple[str, ...] | None = None
    device: str = "cpu"
    seed: str = SEED

    def __post_init__(self) -> None:
        self._of_types()
        if not 1 <= self.min_lag <= self.max_lag <= 1000:
            asked = f"min_lag {self.min_lag} and max_lag {self.max_lag}"
            raise LeadlineError(f"{asked}: lags count from 1 to at most 1000, the smaller first.")
        if self.resamples and self.resamples < 19:
            raise LeadlineError(
                f"{self.resamples} resamples cannot reach p = 0.05; give 0, or 19 or more."
            )
        if isinstance(self.factors, int) and self.factors < 0:
            raise LeadlineError(f"factors is {self.factors}; give 0, a number, or 'market'.")
        for side in ("leaders", "followers"):
            if getattr(self, side) == ():
                raise LeadlineError(f"{side} names nobody; leave it out for all.")
        if self.leaders and self.followers and len({*self.leaders, *self.followers}) == 1:
            raise LeadlineError(
                f"{self.leaders[0]!r} is the only leader and the only follower, and no series "
                "leads itself. Name another on one side."
            )

    def _of_types(self) -> None:
        """Make numbers those of Python, which JSON can hold; refuse what is of another kind."""
        checked: dict[str, Any] = {
            name: whole(name, getattr(self, name)) for name in ("max_lag", "min_lag", "resamples")
        }
        if not isinstance(self.factors, str):
            checked["factors"] = whole("factors", self.factors, "a number, 'market', or a name")
        for name in ("leaders", "followers"):
            if (given := getattr(self, name)) is not None:
                checked[name] = named(name, given)
        checked["every"] = one_of("every", self.every, get_args(Every))
        checked["fdr"] = share("fdr", self.fdr)
        if not isinstance(self.decoys, (bool, np.bool_)):
            raise LeadlineError(f"decoys is {self.decoys!r}; give True or False.")
        checked["decoys"] = bool(self.decoys)
        for name in ("device", "seed"):
            if not isinstance(given := getattr(self, name), str):
                raise LeadlineError(f"{name} is {given!r}; give text.")
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def key(self, purpose: str) -> int:
        """Give the 64-bit key of a stream of random numbers."""
        digest = hashlib.sha256(f"{self.seed}/{purpose}".encode()).digest()
        return int.from_bytes(digest[:8], "little")

    def manifest(self, prepared: Prepared) -> dict[str, Any]:
        """Give what tells this scan from any other, as JSON holds it."""
        held = hashlib.sha256(prepared.innovations.tobytes())
        held.update(prepared.first.tobytes())
        held.update(prepared.days.astype("datetime64[D]").astype("int64").tobytes())
        held.update("\n".join(prepared.assets).encode())
        sides = {side: getattr(self, side) for side in ("leaders", "followers")}
        return {
            "document": "scan",
            "schema": 1,
            "prices": f"sha256:{held.hexdigest()}",
            **asdict(self),
            **{side: None if names is None else list(names) for side, names in sides.items()},
            "tile": [tiles.SIDE, tiles.DRAWS],
            "made_by": {"leadline": leadline.__version__},
        }


def whole(name: str, given: Any, wanted: str = "a whole number") -> int:
    """Give a whole number, of NumPy too, as Python's; raise LeadlineError naming the setting."""
    try:
        if not isinstance(given, (bool, np.bool_)):
            return operator.index(given)
    except TypeError:
        pass
    raise LeadlineError(f"{name} is {given!r}; give {wanted}.")


def share(name: str, given: Any) -> float:
    """Give a share between 0 and 1; raise LeadlineError naming the setting."""
    if isinstance(given, (float, np.floating)) and 0 < given < 1:
        return float(given)
    raise LeadlineError(f"{name} is {given!r}; give a share between 0 and 1, such as 0.05.")


def one_of(name: str, given: Any, known: tuple[str, ...]) -> str:
    """Give one of the words known; raise LeadlineError naming the setting."""
    if isinstance(given, str) and given in known:
        return given
    *first, last = map(repr, known)
    raise LeadlineError(f"{name} is {given!r}; give {', '.join(first)} or {last}.")


def named(name: str, given: Any) -> tuple[str, ...]:
    """Give names of series; raise LeadlineError naming the setting."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise LeadlineError(f"{name} is {given!r}; give a list of names.")
    names = tuple(given)
    for entry in names:
        if not isinstance(entry, str):
            raise LeadlineError(f"{name}: {entry!r} is no text; write it as {str(entry)!r}.")
    return tuple(map(str, names))
