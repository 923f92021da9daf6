"""What was measured about the instrument: one document, written once, read by page and program."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError

from leadline.errors import ArchiveError
from leadline.evidence.exhibits import Frozen, Number, Numbers
from leadline.verdict import Outcome
from leadline.worlds.calibration import bounds, rate

LEVELS = (0.01, 0.05, 0.10)
"""The nominal levels at which rejections are counted."""
ALPHA = 0.05
BAND = (0.035, 0.065)
"""Where the size at 5 % of a test that is neither lax nor timid should lie."""

State = Literal["keeps", "below", "above", "true", "caveated"]
"""How a size stands: within its bounds, below, above, right to reject, or above and said so."""


class Row(Frozen):
    """A part of the document; keys of a later version are ignored."""

    model_config = Frozen.model_config | {"extra": "ignore"}


class Share(Row):
    """``k`` of ``n`` histories, with an interval of 99 % (Clopper and Pearson 1934)."""

    k: int
    n: int
    low: Number
    high: Number

    @classmethod
    def of(cls, k: int, n: int) -> "Share":
        """Count; the interval of none and of all ends at 0 and at 1."""
        found = rate([0.0] * k + [1.0] * (n - k))
        return cls(k=k, n=n, low=found.low, high=found.high)

    @property
    def share(self) -> float:
        """The share itself."""
        return self.k / self.n


class Cell(Row):
    """How often one test says yes in one world.

    Attributes
    ----------
    test, kind, world : str
        The test by the name of its design, such as ``lag_profile, days 3-30``; its kind; where.
    n : int
        How many histories.
    rejected : tuple of int
        Rejections at 1, 5 and 10 %. A kind that says yes or no has the same count at each.
    low, high : float
        Interval of 99 % for the share at 5 %.
    level : float
        What the share at 5 % should be; more where a kind states so.
    conservative : bool
        Whether the test stays below its level by construction, so that only "above" is wrong.
    true_here : bool
        Whether what the kind asks for is true in this world, so that rejecting is right.
    refused, unwarned : int or None
        Histories in which the kind refused to answer, and those rejected at 5 % without a warning
        that the kind seldom gives where all is well; None where that was not recorded.
    """

    test: str
    kind: str
    world: str
    n: int
    rejected: tuple[int, int, int]
    low: Number
    high: Number
    level: Number = ALPHA
    conservative: bool = False
    true_here: bool = False
    refused: int | None = None
    unwarned: int | None = None

    @property
    def share(self) -> float:
        """Share of histories rejected at 5 %."""
        return self.rejected[1] / self.n

    @property
    def band(self) -> tuple[float, float]:
        """The share that a test of exactly this level shows in 99 % of such tables."""
        fewest, most = bounds(self.n, self.level)
        return fewest / self.n, most / self.n

    @property
    def state(self) -> State:
        """How the size stands against that band."""
        low, high = self.band
        if self.true_here:
            return "true"
        if self.share > high:
            return "caveated" if self.warns_above(high) else "above"
        return "keeps" if self.share >= low or self.conservative else "below"

    def warns_above(self, share: float) -> bool:
        """Say whether it rejects in more than a share, but without a warning in no more."""
        return self.share > share and self.unwarned is not None and self.unwarned / self.n <= share

    @property
    def within(self) -> bool:
        """Whether the size lies within 3.5 and 6.5 %."""
        return BAND[0] <= self.share <= BAND[1]


class Discovery(Row):
    """What the power curve promises for a planted effect, and how often it was then found."""

    test: str
    world: str
    unit: str
    effect: Number
    promised: Number
    found: Share

    @property
    def keeps_its_word(self) -> bool:
        """Whether no less was found than 99 % of draws at the promised power show."""
        return self.found.k >= bounds(self.found.n, self.promised)[0]


class PowerCurve(Row):
    """Share of histories in which a planted truth was found, along one axis."""

    test: str
    world: str
    along: Literal["effect", "years", "episodes"]
    unit: str
    x: Numbers
    found: tuple[Share, ...]


class Coverage(Row):
    """How often an interval of nominal ``level`` held the truth."""

    test: str
    world: str
    of: str
    level: Number
    held: Share


class Outcomes(Row):
    """Which of the eight outcomes whole trials of a claim came to in one world.

    Attributes
    ----------
    truth : str
        What is true there; "" where nothing leads.
    lag_found : int or None
        How many were supported at the true lag.
    flagged : int or None
        How many were refused, or said that their data are revised.
    episodes : float or None
        The number of episodes that the verdicts name, median.
    """

    claim: str
    world: str
    truth: str
    n: int
    counts: dict[Outcome, int]
    lag_found: int | None = None
    flagged: int | None = None
    episodes: Number | None = None

    def share(self, *outcomes: Outcome) -> float:
        """Give the share of trials that ended in one of these."""
        return sum(self.counts.get(outcome, 0) for outcome in outcomes) / self.n


class Check(Row):
    """A line that must hold: what is asked, what was found; ``holds`` is None if not measured."""

    name: str
    asks: str
    found: str
    holds: bool | None


class Process(Row):
    """How often an e-process reached 20 and 100 in histories without the effect."""

    process: str
    world: str
    at_20: Share
    at_100: Share
    habit: bool = False
    """Whether it is a habit of the trade, shown because it fails."""

    @property
    def is_valid(self) -> bool:
        """Whether both counts lie within what Ville's inequality allows, chance included."""
        pairs = ((self.at_20, 0.05), (self.at_100, 0.01))
        return all(found.k <= bounds(found.n, alpha)[1] for found, alpha in pairs)


class Growth(Row):
    """How fast an e-process grows where the call is right; growth in logs an outcome."""

    process: str
    world: str
    promised: Number
    fell: Number
    mixed: Number
    expected: Number
    reached: Number
    refuted: Share


class Odds(Row):
    """What the odds of a rally say of their own skill in a world."""

    world: str
    weeks: int
    n: int
    skilled: Number
    added: Number
    weight: Number
    weight_zero: Number
    brier: Number
    miscalibrated: Number


class Wording(Row):
    """How often chance satisfies a claim's wording: as the test says, and as happened."""

    test: str
    world: str
    said: Number
    happened: Share


class Deciding(Row):
    """The year named for deciding against the year in which it was decided.

    Attributes
    ----------
    ratio, low, high : float
        The history needed for a power of 80 % over the history named; median over the ``n``
        histories of the world, and their 5 and 95 % quantiles. 0 where none was named.
    effect, unit : float, str
        What was planted, as it comes out.
    at_hand : Share or None
        How often it is found in the history at hand.
    needed, named : float or None
        Years needed, and the median of those named; None where most histories name none.
    unnamed : int
        Histories that name none.
    """

    test: str
    world: str
    ratio: Number
    low: Number
    high: Number
    n: int
    unit: str = ""
    effect: Number | None = None
    at_hand: Share | None = None
    needed: Number | None = None
    named: Number | None = None
    unnamed: int = 0

    @property
    def holds(self) -> bool:
        """Whether it is right within a factor of 1.5."""
        return 1 / 1.5 <= self.ratio <= 1.5


class Scanned(Row):
    """What scans of a whole universe find.

    Attributes
    ----------
    universe, truth : str
        The universe by the name of its case, and what is true in it.
    n, n_assets, n_obs, n_leads : int
        How many were drawn, of how many assets and returns, with how many planted leads.
    closed, stepped : Share
        Universes in which any false lead has a family-wise p of at most 5 %, in closed form and
        by resamples.
    false, false_by : float
        Mean share of false leads among those that count at a false discovery rate of 5 %, by
        Benjamini and Hochberg and by Benjamini and Yekutieli; 0 where none counts.
    found, at_lag : float or None
        Share of planted leads that count, and that have their own lag; None where none was.
    decoys : tuple of float, or None
        The mean share of false leads that the two decoy scans estimate.
    is_warned_of : bool
        Whether the scan takes for leads what are none there, and says beforehand that it may.
    """

    universe: str
    truth: str
    n: int
    n_assets: int
    n_obs: int
    n_leads: int
    closed: Share
    stepped: Share
    false: Number
    false_by: Number
    found: Number | None = None
    at_lag: Number | None = None
    decoys: tuple[Number, Number] | None = None
    is_warned_of: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether no more universes hold a false lead than 99 % of tables at 5 % show."""
        most = bounds(self.n, ALPHA)[1]
        return self.closed.k <= most and self.stepped.k <= most


class WorldSaid(Row):
    """A world and what is true in it."""

    name: str
    truth: str
    leads: bool


class Calibration(Frozen):
    """The whole document of one calibration."""

    document: Literal["calibration"] = "calibration"
    schema_: int = Field(1, alias="schema")
    leadline: str
    day: str
    """The day on which the last of it was measured."""
    seed: int
    n_obs: int
    n_resamples: int
    worlds: tuple[WorldSaid, ...] = ()
    sizes: tuple[Cell, ...] = ()
    habits: tuple[Cell, ...] = ()
    truths: tuple[Cell, ...] = ()
    truth_days: dict[str, int] = Field(default_factory=dict)
    """Trading days of the histories of each row of ``truths``, by its test."""
    discoveries: tuple[Discovery, ...] = ()
    curves: tuple[PowerCurve, ...] = ()
    coverages: tuple[Coverage, ...] = ()
    outcomes: tuple[Outcomes, ...] = ()
    wordings: tuple[Wording, ...] = ()
    deciding: tuple[Deciding, ...] = ()
    processes: tuple[Process, ...] = ()
    growth: tuple[Growth, ...] = ()
    odds: tuple[Odds, ...] = ()
    scans: tuple[Scanned, ...] = ()
    checks: tuple[Check, ...] = ()

    model_config = Frozen.model_config | {"populate_by_name": True, "extra": "ignore"}

    def world_names(self, part: Literal["sizes", "habits", "processes"]) -> tuple[str, ...]:
        """Name the worlds of a table in the order in which they were measured."""
        return tuple(dict.fromkeys(cell.world for cell in getattr(self, part)))

    def off(self) -> tuple[Cell, ...]:
        """Give every size above its band, the largest first."""
        above = [cell for cell in self.sizes if cell.state in {"above", "caveated"}]
        return tuple(sorted(above, key=lambda cell: -cell.share))


def cell(  # noqa: PLR0913 - what a row of the table has
    test: str,
    kind: str,
    world: str,
    p_values: list[float],
    *,
    level: float = ALPHA,
    conservative: bool = False,
    true_here: bool = False,
    refused: int | None = None,
    unwarned: int | None = None,
) -> Cell:
    """Count the p-values of a test in the histories of a world."""
    found = [rate(p_values, alpha=alpha) for alpha in LEVELS]
    return Cell(
        test=test,
        kind=kind,
        world=world,
        n=len(p_values),
        rejected=(found[0].k, found[1].k, found[2].k),
        low=found[1].low,
        high=found[1].high,
        level=level,
        conservative=conservative,
        true_here=true_here,
        refused=refused,
        unwarned=unwarned,
    )


def dumps(found: Calibration) -> str:
    """Give the document as text, a cell a line."""
    value = found.model_dump(mode="json", by_alias=True)
    lines = []
    for key, held in value.items():
        if isinstance(held, list) and held:
            rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in held)
            lines.append(f"  {json.dumps(key)}: [\n{rows}\n  ]")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(held, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def loads(text: str, place: str) -> Calibration:
    """Read a document; raise ArchiveError that names ``place`` where it is none."""
    try:
        return Calibration.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "its start"
        msg = f"{place}: Not a calibration document: {where}: {first['msg']}."
        raise ArchiveError(msg) from None


def load(path: Path) -> Calibration:
    """Read the document in a file."""
    try:
        return loads(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise ArchiveError(f"{path}: No such file.") from None


@cache
def published() -> Calibration:
    """Give the calibration that comes with this version of Leadline."""
    file = files("leadline.calibration").joinpath("published.json")
    return loads(file.read_text(encoding="utf-8"), "published.json")


def median_range(values: list[float]) -> tuple[float, float, float]:
    """Give median, and the 5 and 95 % quantiles."""
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return float(middle), float(low), float(high)
