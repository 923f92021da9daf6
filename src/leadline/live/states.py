"""One row a day of a claim and of its article, from what was read of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.aftermath import rules
from leadline.aftermath.course import Course
from leadline.claim import Claim
from leadline.data.panel import Panel
from leadline.live.book import (
    CHECKPOINTS,
    Checkpoint,
    Credit,
    CreditState,
    Fired,
    Freshness,
    Held,
    Phase,
    Registration,
    State,
)
from leadline.live.readings import Phases, Readings, Signal

Days = NDArray[np.datetime64]
CREDIT: tuple[CreditState, ...] = ("even", "earning", "losing", "confirmed", "refuted")
UNKNOWN = "unknown"
"""The label of a phase whose probabilities are not known."""


@dataclass(frozen=True)
class Followed:
    """A claim, what was frozen for it, and all that was read since."""

    claim: Claim
    frozen: Registration
    readings: Readings
    signals: tuple[Signal, ...]

    @cached_property
    def hash(self) -> str:
        """The hash under which its rows name what was frozen."""
        return self.frozen.sha256

    def on(self, day: date) -> State:
        """Give the claim as it stood at the decision of a day after its publication."""
        i = (day - self.claim.first_seen).days - 1
        found, read = self.readings.course, self.readings
        standing: dict[str, Any] = {
            "state": "not_applicable",
            "since": self.claim.first_seen,
            "sentence": read.without,
        }
        if found is not None:
            standing = self._standing(found, i)
        return State(
            registration=self.hash,
            antecedent=self._antecedent(day),
            triggers=tuple(fired(each, day) for each in self.signals),
            outcomes=None if read.outcomes is None else read.outcomes.at(i),
            returns=None if read.returns is None else read.returns.at(i),
            credit=self._credit(i),
            **standing,
        )

    def _standing(self, found: Course, i: int) -> dict[str, Any]:
        share = float(found.percentile[i])
        return {
            "state": found.states[i],
            "since": found.since[i].astype(object),
            "sentence": found.sentence(i),
            "day": found.age(i),
            "of": found.terms.days,
            "moved": float(found.moved[i]),
            "percentile": None if np.isnan(share) else share,
            "checkpoints": tuple(self._checkpoints(found, i)),
        }

    def _antecedent(self, day: date) -> Held | None:
        held = self.readings.held
        if held is None:
            return None
        row = _row(held.days, day)
        value = float(held.value[row])
        if np.isnan(value) or held.turned.label[row] == rules.UNKNOWN:
            return None
        return Held(
            words=held.words,
            holds=bool(held.on[row]),
            since=held.days[held.turned.since[row]].astype(object),
            value=held.shown(value),
            threshold=held.shown(held.antecedent.above),
        )

    def _checkpoints(self, found: Course, i: int) -> Iterator[Checkpoint]:
        call = self.frozen.call
        if call is None:
            return
        for age in CHECKPOINTS:
            if age in call.ages:
                at = call.ages.index(age)
                yield Checkpoint(
                    age=age,
                    due=self.claim.first_seen + timedelta(days=age),
                    value=float(found.moved[age - 1]) if i + 1 >= age else None,
                    low=call.low[at],
                    median=call.median[at],
                    high=call.high[at],
                )

    def _credit(self, i: int) -> Credit | None:
        read = self.readings
        if read.outcomes is None and read.returns is None:
            return None
        turned = read.credit
        # Nobody has credit to lose before the first evidence: it stands from publication on.
        since = self.claim.first_seen + timedelta(days=int(turned.since[i]) + 1)
        return Credit(
            state=CREDIT[turned.label[i]],
            since=self.claim.first_seen if turned.since[i] == 0 else since,
        )


def fired(signal: Signal, day: date) -> Fired:
    """Give a trigger as it stood at the decision of a day; not fired where it is not known."""
    row = _row(signal.days, day)
    trigger, value = signal.trigger, float(signal.value[row])
    is_on = signal.turned.label[row] == rules.ON
    since: date = signal.days[signal.turned.since[row]].astype(object)
    return Fired(
        id=trigger.id,
        says=trigger.says,
        fired=bool(is_on),
        since=since if is_on else None,
        value=None if np.isnan(value) else value,
        threshold=signal.threshold,
    )


def phase(found: Phases, day: date) -> Phase:
    """Give the phase as it stood at the decision of a day."""
    row = _row(found.days, day)
    label, odds = int(found.turned.label[row]), found.probability[row]
    known = np.isfinite(odds).all()
    return Phase(
        label=UNKNOWN if label == rules.UNKNOWN else found.names[label],
        since=found.days[found.turned.since[row]].astype(object),
        probabilities=dict(zip(found.names, odds.tolist(), strict=True)) if known else {},
    )


@dataclass(frozen=True)
class Ages:
    """How old the newest value of each source was on every day of a panel."""

    days: Days
    age: Mapping[str, NDArray[np.int64]]
    allowed: Mapping[str, int]

    @classmethod
    def of(cls, *panels: Panel) -> "Ages":
        """Take the sources of all panels; derived series are as old as what they are made from."""
        last = max(panels, key=lambda panel: panel.days.size).days
        ages, allowed = {}, {}
        for panel in panels:
            for column in panel.columns.values():
                if column.basis != "derived" and column.info.id not in ages:
                    age = np.full(last.size, np.iinfo(np.int64).min)
                    age[last.size - panel.days.size :] = (panel.days - column.period).astype(
                        np.int64
                    )
                    ages[column.info.id] = age
                    allowed[column.info.id] = column.info.stale_after
        return cls(last, ages, allowed)

    def on(self, day: date, missing: Mapping[str, str]) -> Freshness:
        """Give the ages at the decision of a day; what was not known yet is left out."""
        row = _row(self.days, day)
        ages = {name: int(age[row]) for name, age in sorted(self.age.items()) if age[row] >= 0}
        stale = tuple(name for name, age in ages.items() if age > self.allowed[name])
        return Freshness(ages=ages, stale=stale, missing=dict(missing))


def _row(days: Days, day: date) -> int:
    return int((np.datetime64(day, "D") - days[0]).astype(int))
