"""Two small kinds of test, so that the claim language is tested without the engine."""

from datetime import date
from typing import Any, ClassVar, Literal

import pytest
from pydantic import Field, PositiveInt, field_validator

from leadline import claim
from leadline.data.duration import Duration, DurationText
from leadline.evidence.base import HypothesisTest
from leadline.evidence.exhibits import Frozen


class Given(Frozen):
    series: str
    over: Duration = DurationText("13w")


class LagTest(HypothesisTest):
    null: ClassVar[str] = "no lag matters"
    unit: ClassVar[str] = "correlation"

    kind: Literal["lag_test"] = "lag_test"
    leader: str
    follower: str
    max_lag: Duration = DurationText("26w")
    start: date | None = None
    direction: Literal["positive", "negative"] = "positive"
    placebos: tuple[str, ...] = ()
    matters: float | None = 0.15
    claimed: float | None = None
    given: Given | None = None
    forks: dict[str, tuple[Any, ...]] = Field(default_factory=dict)

    def series(self):
        return (self.leader, self.follower)


class RecordTest(HypothesisTest):
    null: ClassVar[str] = "there was no record"

    kind: Literal["record_test"] = "record_test"
    subject: str
    quiet: PositiveInt = 20
    above: float | Literal["record"] = "record"
    matters: float | None = None

    @field_validator("quiet")
    @classmethod
    def _patient(cls, quiet):
        if quiet > 999:
            msg = "quiet must leave some days over"
            raise ValueError(msg)
        return quiet

    def series(self):
        return (self.subject,)


@pytest.fixture(autouse=True)
def small_kinds(monkeypatch):
    known = {"lag_test": LagTest, "record_test": RecordTest}
    monkeypatch.setattr(claim, "kinds", lambda: known)
    monkeypatch.setattr(claim, "library", tuple)
    return known
