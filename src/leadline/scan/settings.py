"""What a scan was asked: checked once, kept with its results."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

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
        if not 1 <= self.min_lag <= self.max_lag <= 1000:
            asked = f"min_lag {self.min_lag} and max_lag {self.max_lag}"
            raise LeadlineError(f"{asked}: lags count from 1 to at most 1000, the smaller first.")
        if self.every not in {"day", "week"}:
            raise LeadlineError(f"every is {self.every!r}; give 'day' or 'week'.")
        if not 0 < self.fdr < 1:
            raise LeadlineError(f"fdr is {self.fdr}; give a share between 0 and 1, such as 0.05.")
        if self.resamples and self.resamples < 19:
            raise LeadlineError(
                f"{self.resamples} resamples cannot reach p = 0.05; give 0, or 19 or more."
            )
        if isinstance(self.factors, int) and self.factors < 0:
            raise LeadlineError(f"factors is {self.factors}; give 0, a number, or 'market'.")
        for side in ("leaders", "followers"):
            if getattr(self, side) == ():
                raise LeadlineError(f"{side} names nobody; leave it out for all.")

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
