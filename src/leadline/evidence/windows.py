"""A stretch of lags as claims state it."""

from pydantic import model_validator

from leadline.data.duration import Duration
from leadline.evidence.exhibits import Frozen


class Window(Frozen):
    """Lags from ``min`` to ``max``, both included."""

    min: Duration
    max: Duration

    @model_validator(mode="after")
    def _ordered(self) -> "Window":
        if self.min.days > self.max.days:
            msg = f"The window is empty: min {self.min} is longer than max {self.max}."
            raise ValueError(msg)
        return self

    @property
    def words(self) -> str:
        """The window in English."""
        if self.min == self.max:
            return self.min.words
        return f"{self.min.words} to {self.max.words}"
