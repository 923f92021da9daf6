"""What is frozen at publication, and one row a day of what came of it since."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from leadline.claim import Article, Trigger
from leadline.evidence.exhibits import Frozen, Number, Numbers
from leadline.verdict import LiveState

CreditState = Literal["even", "earning", "losing", "confirmed", "refuted"]
CHECKPOINTS = (14, 30, 60, 90, 180, 365)
"""Days after publication at which the follower is held against its usual paths."""


class Call(Frozen):
    """The resolution rule with its frozen odds.

    ``mark`` is the price of ``series`` that makes the call a hit; ``p`` are the odds that the
    claim gives it (those of past days on which the antecedent held, at least the base rate and
    what matters), ``q`` the base rate. ``low``, ``median`` and ``high`` are the 10, 50 and 90 %
    quantiles of the return of ``series`` over each of ``ages`` days, from every earlier day.
    Where the call is to do better than the series ``against``, prices are ratios to it.
    """

    words: str
    series: str
    horizon: int
    price: Number
    mark: Number
    p: Number
    q: Number
    n_eff: Number
    ages: tuple[int, ...]
    low: Numbers
    median: Numbers
    high: Numbers
    drift: Number
    """Extra log return a day that would lift the odds from ``q`` to ``p``; 0 where none can."""
    against: str = ""

    @property
    def what(self) -> str:
        """Whose price it is."""
        return f"{self.series} against {self.against}" if self.against else self.series


class Line(Frozen):
    """The relation as a frozen forecaster of the deciding test: outcome on predictor.

    ``outcome ~ base + slope * (predictor - centre)`` with the residual ``spread``; outcomes that
    do not overlap follow each other every ``every`` observations. ``up`` is the share of past
    outcomes above ``base``, the reference odds of the sign; ``curve`` are intercept and slope of
    the claim's logit for it, over the same distance from ``centre``. Of several predictors it is
    the one in ``column``, signed so that a positive slope is what is claimed. ``is_yes_or_no``
    says that the outcome is 0 or 1, and has a sign but no size. ``gains`` is the expected log
    growth of an outcome's evidence, by its sign and by its size, ``days`` the calendar days from
    one outcome to the next.
    """

    words: str
    every: int
    base: Number
    slope: Number
    centre: Number
    spread: Number
    up: Number
    curve: tuple[Number, Number]
    column: int = 0
    is_yes_or_no: bool = False
    gains: tuple[Number, Number] = (0.0, 0.0)
    days: Number = 0.0


class Ceiling(Frozen):
    """A condition said to be necessary: the odds that a start has it, by claim and by chance.

    ``carry`` is how much of what sets a day with the condition apart is left a day later.
    """

    words: str
    p: Number
    q: Number
    carry: Number = 0.0


class Registration(Frozen):
    """All that is scored later, fixed before any of it came (a new one is a new process).

    ``known`` is the last day whose decision was used; ``clock`` says why nothing can be followed
    where call, line and ceiling are all missing.
    """

    document: Literal["registration"] = "registration"
    schema_: Annotated[int, Field(alias="schema")] = 1
    claim: str
    claim_sha256: str
    published: date
    known: date
    rules: dict[str, Number]
    call: Call | None = None
    line: Line | None = None
    ceiling: Ceiling | None = None
    triggers: tuple[Trigger, ...] = ()
    clock: str = ""

    model_config = Frozen.model_config | {"populate_by_name": True}

    @property
    def text(self) -> str:
        """The registration as canonical JSON.

        Defaults are left out, so that a field which a later version adds changes no hash; a
        default, once given, therefore stays what it is.
        """
        told = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return canonical(told | {"document": self.document, "schema": self.schema_})

    @property
    def sha256(self) -> str:
        """Its hash, under which rows refer to it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class Held(Frozen):
    """The antecedent: whether it holds, since when, and its value against the threshold."""

    words: str
    holds: bool
    since: date
    value: Number
    threshold: Number


FLAG = 0.5
"""What a condition, which is 1 or 0, is held against."""


class Fired(Frozen):
    """A trigger: whether it counts as fired, since when, and its value against the threshold."""

    id: str
    says: str
    fired: bool
    since: date | None
    value: Number | None
    threshold: Number

    @property
    def is_flag(self) -> bool:
        """Whether it is read from a condition, which holds (1) or does not (0)."""
        return self.threshold == FLAG and self.value in {0.0, 1.0}


class Checkpoint(Frozen):
    """The follower's return at an age, against its usual paths; None before it is due."""

    age: int
    due: date
    value: Number | None
    low: Number
    median: Number
    high: Number


class Process(Frozen):
    """Evidence for the claim against the base rate, and the other way round.

    ``value`` is the e-value for the claim (its null: the base rate is right), ``against`` the
    e-value against it (its null: the claim's odds are right). ``low`` to ``high`` is the
    confidence sequence of the effect, in ``unit``. ``next_due`` is when the next outcome is
    complete, ``decides`` when the process would be expected to reach its threshold were the
    claim true.
    """

    words: str
    n: int
    value: Number
    against: Number
    effect: Number | None = None
    low: Number | None = None
    high: Number | None = None
    unit: str = ""
    next_due: date | None = None
    decides: date | None = None


class Credit(Frozen):
    """Whether the claim earns or loses credit, by thresholds on its e-values."""

    state: CreditState
    since: date


class State(Frozen):
    """A claim on one day."""

    kind: Literal["state"] = "state"
    registration: str
    state: LiveState
    since: date
    sentence: str
    day: int | None = None
    of: int | None = None
    moved: Number | None = None
    percentile: Number | None = None
    antecedent: Held | None = None
    triggers: tuple[Fired, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    outcomes: Process | None = None
    returns: Process | None = None
    credit: Credit | None = None


class Phase(Frozen):
    """Which phase it is, and how probable each is; ``label`` moves with hysteresis only."""

    kind: Literal["phase"] = "phase"
    label: str
    since: date
    probabilities: dict[str, Number]


class Horizon(Frozen):
    """Odds that a rally starts within ``weeks``, beside those of any day so far.

    ``odds`` are the model's, shrunk to ``base`` by the ``weight`` that its past forecasts earned
    and corrected; ``own`` are those of a model that knows the follower alone, and ``added`` is
    the Brier skill of ``odds`` over it: what the claim's conditions add. ``brier`` and ``log``
    are the skill over the base rate; ``words`` says what it comes to.
    """

    weeks: int
    odds: Number
    low: Number
    high: Number
    base: Number
    model: Number
    weight: Number
    brier: Number
    brier_low: Number
    brier_high: Number
    log: Number
    log_low: Number
    log_high: Number
    n_forecasts: int
    n_eff: Number
    skilled: bool
    n_rallies: int | None = None
    own: Number | None = None
    added: Number | None = None
    added_low: Number | None = None
    added_high: Number | None = None
    words: str = ""


class Odds(Frozen):
    """Odds of the follower's rally; ``fitted`` is the day of the last refit."""

    kind: Literal["odds"] = "odds"
    words: str
    follower: str
    fitted: date
    horizons: tuple[Horizon, ...]


class Reliability(Frozen):
    """How past forecasts of one horizon came out; written on days of a refit only.

    ``forecast`` and ``happened`` are the CORP curve (Dimitriadis, Gneiting and Jordan 2021) on
    its distinct forecasts, ``low`` to ``high`` the band of a calibrated forecaster, resampled in
    blocks. ``miscalibration`` is less its mean under calibration, ``discrimination`` less its
    mean where forecasts tell nothing; ``p_value`` is that of the miscalibration.
    """

    kind: Literal["reliability"] = "reliability"
    follower: str
    weeks: int
    forecast: Numbers
    happened: Numbers
    low: Numbers
    high: Numbers
    counts: tuple[int, ...]
    miscalibration: Number
    discrimination: Number
    uncertainty: Number
    p_value: Number


class Freshness(Frozen):
    """How old the newest value of each series was, in days, and which were too old."""

    kind: Literal["data"] = "data"
    ages: dict[str, int]
    stale: tuple[str, ...] = ()
    missing: dict[str, str] = Field(default_factory=dict)


Body = Annotated[State | Phase | Odds | Reliability | Freshness, Field(discriminator="kind")]


class Row(Frozen):
    """One thing written down for one day, about a claim or (by its id) a whole article.

    ``about`` tells rows of one kind, day and subject apart. ``corrects`` is the hash of the row
    that this one puts right; that one stays.
    """

    subject: str
    day: date
    body: Body
    about: str = ""
    corrects: str | None = None

    @property
    def text(self) -> str:
        """The row as canonical JSON, defaults left out as in a registration's."""
        told = self.model_dump(mode="json", exclude_defaults=True)
        return canonical(told | {"body": told["body"] | {"kind": self.body.kind}})

    @property
    def sha256(self) -> str:
        """Its hash."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def place(self) -> tuple[date, str, str, str]:
        """What orders rows, and what only one row in force has."""
        return self.day, self.subject, self.body.kind, self.about


@dataclass(frozen=True)
class Book:
    """What was frozen for each claim of an article, and every row since, in order."""

    article: Article
    registrations: Mapping[str, Registration]
    rows: tuple[Row, ...]

    @property
    def last(self) -> date:
        """The last day written."""
        return self.rows[-1].day

    @property
    def days(self) -> tuple[date, ...]:
        """Every day written, in order."""
        return tuple(sorted(self._by_day))

    @cached_property
    def _by_day(self) -> Mapping[date, Mapping[tuple[str, str, str], Row]]:
        found: dict[date, dict[tuple[str, str, str], Row]] = {}
        for row in self.rows:
            # Of a row and its correction, the later one is in force.
            found.setdefault(row.day, {})[row.place[1:]] = row
        return found

    def on(self, day: date) -> tuple[Row, ...]:
        """Give the rows in force for a day, in order; none where nothing was written."""
        return tuple(row for _, row in sorted(self._by_day.get(day, {}).items()))

    def of(self, subject: str) -> Iterator[Row]:
        """Give the rows in force about a claim or the article, oldest first."""
        for day in self.days:
            yield from (row for row in self.on(day) if row.subject == subject)


def canonical(value: object) -> str:
    """Write JSON that no formatting can change."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
