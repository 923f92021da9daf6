"""The phases by a filtered model: what could be said each Friday, written down once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from leadline.data.conditions.base import Definition, Inputs
from leadline.data.conditions.liquidity import H41, QUARTER, net_liquidity
from leadline.data.conditions.rules import fridays, from_weeks, in_weeks
from leadline.data.panel import Panel
from leadline.kernels import regimes

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

GROUP = "Phases by a filtered model"
STATES = ("fear", "debasement", "neutral")
HALF_LIFE, WARM_UP, CLIP = 52, 52, 4.0
FIRST, EVERY = 260, 52
MAY_MISS = 2
N_STARTS, N_RIVAL_STARTS = 20, 10
# A phase lasts months, so the prior's stay weighs as much as all the weeks there are; with less,
# the states come out as calm and stormy weeks that take turns.
PRIOR = regimes.Prior(duration=13.0, transitions=1000.0, ridge=4.0)
# The starts only decide where EM begins, so that any fixed number serves; none can be chosen.
SEED = 20260123


@dataclass(frozen=True, slots=True)
class Feature:
    """What is read of one series each week, and the sign of its mean in each state."""

    series: str
    what: Literal["return", "change", "quarter"]
    signs: tuple[int, int, int]

    @property
    def words(self) -> str:
        """The feature in words."""
        if self.what == "quarter":
            return f"{QUARTER}-week log change of net liquidity"
        return f"{'log return' if self.what == 'return' else 'change'} of {self.series}"


FEATURES = (
    Feature("spx", "return", (-1, 0, 0)),
    Feature("vix", "change", (1, -1, -1)),
    Feature("hy_oas", "change", (1, -1, -1)),
    Feature("dxy", "return", (0, -1, 1)),
    Feature("dfii10", "change", (0, -1, 1)),
    Feature("t10yie", "change", (0, 1, 0)),
    Feature("gold", "return", (0, 1, -1)),
    Feature("net_liquidity", "quarter", (0, 1, -1)),
)
"""No follower and no leader that a claim may speak of but gold: a state that is made of what it
is to explain would explain it by itself. Fear is the only state in which credit and options may
dearen, or a crisis could pass for tightening."""

WITH_BITCOIN = (*FEATURES, Feature("bitcoin", "return", (-1, 0, 0)))


@dataclass(frozen=True, slots=True)
class Path:
    """What the model said.

    Attributes
    ----------
    weeks : ndarray of datetime64[D], shape (n_weeks,)
        Every Friday of the panel.
    probabilities : ndarray of float64, shape (n_weeks, n_states)
        As written on the Friday; NaN before the first fit and where too little was known.
    hindsight : ndarray of float64, shape (n_weeks, n_states)
        Filtered with the parameters of the last fit, which nobody had at the time.
    gain : mapping of int to float
        Log predictive density a week, less that of one state, by number of states.
    sign_loss : float or None
        Log likelihood, the prior's included, that the signs cost in the last fit.
    agreement : float or None
        Share of the last fit's starts that came to rest at the best.
    """

    weeks: Days
    probabilities: Floats
    hindsight: Floats
    gain: dict[int, float]
    n_scored: int
    sign_loss: float | None
    agreement: float | None

    @property
    def labels(self) -> NDArray[np.intp]:
        """The likeliest state of each week as written; -1 where none was."""
        return _likeliest(self.probabilities)

    @property
    def revised(self) -> NDArray[np.bool_]:
        """Weeks that the last fit would call otherwise."""
        written = self.labels
        called: NDArray[np.bool_] = (written >= 0) & (_likeliest(self.hindsight) != written)
        return called


def scaled(x: Floats) -> Floats:
    """Divide by the volatility of the weeks before, and clip.

    The volatility is the root of an exponentially weighted mean of squares, which begins with
    the plain mean of the first year.
    """
    out = np.full(x.shape, np.nan)
    keep = 0.5 ** (1 / HALF_LIFE)
    rows = np.flatnonzero(np.isfinite(x))
    if rows.size <= WARM_UP:
        return out
    mean_square = float(np.mean(x[rows[:WARM_UP]] ** 2))
    for row in rows[WARM_UP:]:
        if mean_square > 0:
            out[row] = x[row] / np.sqrt(mean_square)
        mean_square = keep * mean_square + (1 - keep) * x[row] ** 2
    clipped: Floats = np.clip(out, -CLIP, CLIP)
    return clipped


def weekly_features(inputs: Inputs, features: tuple[Feature, ...]) -> Floats:
    """Give the scaled features of every Friday, shape (n_weeks, n_features)."""

    def read(feature: Feature) -> Floats:
        if feature.what == "quarter":
            balance = inputs.held("walcl", net_liquidity(inputs))[fridays(inputs.days)]
            return _difference(np.log(balance), QUARTER)
        path = in_weeks(inputs, feature.series)
        return _difference(np.log(path) if feature.what == "return" else path, 1)

    return np.column_stack([scaled(read(feature)) for feature in features])


def model_path(inputs: Inputs, features: tuple[Feature, ...] = FEATURES) -> Path:
    """Fit, filter and score the model along the weeks; once for each panel."""
    found: Path = inputs.once(("regimes", features), lambda: _walk(inputs, features))
    return found


def path_of(panel: Panel, state: str) -> Path | None:
    """Give what lies behind a probability of this module; None for any other series."""
    features = _FEATURES_OF.get(state)
    if features is None or panel[state].basis != "derived":
        return None
    return model_path(Inputs(panel.days, panel.columns, {}), features)


def _walk(inputs: Inputs, features: tuple[Feature, ...]) -> Path:
    weeks = inputs.days[fridays(inputs.days)]
    table = weekly_features(inputs, features)
    enough = np.isfinite(table).sum(axis=1) >= len(features) - MAY_MISS
    begin = int(np.argmax(enough)) if enough.any() else weeks.size
    probabilities = np.full((weeks.size, len(STATES)), np.nan)
    hindsight = probabilities.copy()
    if weeks.size - begin <= FIRST:
        return Path(weeks, probabilities, hindsight, {}, 0, None, None)
    fitted = _fitted(table[begin:].tobytes(), features)
    written = fitted.probabilities.copy()
    written[~enough[begin:]] = np.nan
    probabilities[begin:] = written
    hindsight[begin:] = np.where(np.isnan(written), np.nan, fitted.hindsight)
    return replace(fitted, weeks=weeks, probabilities=probabilities, hindsight=hindsight)


@lru_cache(maxsize=8)
def _fitted(table: bytes, features: tuple[Feature, ...]) -> Path:
    """Fit and filter the weeks from the first with enough features on.

    Kept by content: every claim of an article reads the same weeks, and asks again for what was
    revised.
    """
    y = np.frombuffer(table).reshape(-1, len(features))
    signs = np.array([feature.signs for feature in features], dtype=np.int8).T.copy()
    streams = np.random.Generator(np.random.PCG64DXSM(SEED)).spawn(4)
    ours = regimes.expanding(
        y,
        len(STATES),
        streams[0],
        first=FIRST,
        every=EVERY,
        signs=signs,
        prior=PRIOR,
        n_starts=N_STARTS,
    )
    last = ours.fits[-1]
    scored = np.isfinite(ours.scores)
    mean = {len(STATES): float(ours.scores[scored].mean())}
    for n_states, stream in ((1, streams[1]), (2, streams[2])):
        other = regimes.expanding(
            y, n_states, stream, first=FIRST, every=EVERY, prior=PRIOR, n_starts=N_RIVAL_STARTS
        )
        mean[n_states] = float(other.scores[scored].mean())
    return Path(
        np.empty(0, dtype="datetime64[D]"),
        ours.probabilities,
        regimes.filtered(y, last.model)[0],
        {n: mean[n] - mean[1] for n in sorted(mean)},
        int(scored.sum()),
        regimes.sign_loss(last, y[: int(ours.refits[-1])], streams[3], prior=PRIOR),
        last.agreement,
    )


def _difference(path: Floats, n: int) -> Floats:
    out = np.full(path.size, np.nan)
    out[n:] = path[n:] - path[:-n]
    return out


def _likeliest(probabilities: Floats) -> NDArray[np.intp]:
    known = np.isfinite(probabilities).all(axis=1)
    return np.where(known, np.argmax(np.nan_to_num(probabilities), axis=1), -1)


def _caveats(path: Path) -> tuple[str, ...]:
    if not path.gain:
        return ()
    best = max(path.gain, key=lambda n: path.gain[n])
    others = ", ".join(f"{n} states {path.gain[n]:+.3f}" for n in sorted(path.gain) if n > 1)
    what = {
        1: "one state forecasts the features best, so that the phases are not in them",
        2: "two states forecast the features better than three",
        3: "three states forecast the features best",
    }[best]
    loss = f"{path.sign_loss:.1f}" if path.sign_loss is not None else "unknown"
    return (
        f"out of sample over {path.n_scored} weeks {what} (log density a week against one state: "
        f"{others}); the signs that name the states cost {loss} of log likelihood, the prior's "
        "included",
    )


def _probability(features: tuple[Feature, ...], which: int) -> Callable[[Inputs], Floats]:
    def compute(inputs: Inputs) -> Floats:
        path = model_path(inputs, features)
        for text in _caveats(path):
            inputs.note(text)
        return from_weeks(inputs, path.probabilities[:, which])

    return compute


def _label(features: tuple[Feature, ...], which: int) -> Callable[[Inputs], Floats]:
    def compute(inputs: Inputs) -> Floats:
        labels = model_path(inputs, features).labels
        flags = np.where(labels < 0, np.nan, (labels == which).astype(float))
        return from_weeks(inputs, flags)

    return compute


def _needs(features: tuple[Feature, ...]) -> tuple[str, ...]:
    names = [H41 if f.what == "quarter" else (f.series,) for f in features]
    return tuple(name for several in names for name in several)


def _pattern(features: tuple[Feature, ...], which: int) -> str:
    said = [(f, f.signs[which]) for f in features if f.signs[which]]
    return ", ".join(f"{f.words} {'+' if sign > 0 else '-'}" for f, sign in said)


_RULE = (
    "A hidden Markov model of three states, each normal with its own means and variances, over "
    "weekly features read on Fridays: {features}. Each is divided by the past volatility (mean of "
    f"squares with a half-life of {HALF_LIFE} weeks, {WARM_UP} weeks to begin) and clipped at "
    f"{CLIP:g}. The state called {{state}} is the one whose means may only have these signs: "
    f"{{pattern}}. Prior: a stay of {PRIOR.duration:g} weeks with the weight of "
    f"{PRIOR.transitions:g} weeks, variances pulled to those of all weeks with the weight of "
    f"{PRIOR.ridge:g}. Fitted by EM from {N_STARTS} starts and the fit before, first after "
    f"{FIRST} weeks and then every {EVERY}; a probability is filtered with the fit before its "
    f"week and never changed. Up to {MAY_MISS} features of a week may be unknown."
)
_SOURCE = (
    "Hamilton (1989), Econometrica 57, 357-384; sticky prior after Fox, Sudderth, Jordan and "
    "Willsky (2011), AOAS 5, 1020-1056; signs for labels after Fruhwirth-Schnatter (2006), ch. 3."
)


def _definitions(features: tuple[Feature, ...], ending: str, words: str) -> tuple[Definition, ...]:
    out = []
    for which, state in enumerate(STATES):
        rule = _RULE.format(
            features=", ".join(feature.words for feature in features),
            state=state,
            pattern=_pattern(features, which),
        )
        probability = Definition(
            id=f"p_{state}{ending}",
            title=f"Probability of the {state} phase{words}",
            kind="probability",
            unit="probability",
            needs=_needs(features),
            rule=rule,
            source=_SOURCE,
            compute=_probability(features, which),
            group=GROUP,
        )
        label = replace(
            probability,
            id=f"model_{state}{ending}",
            title=f"The model's likeliest phase is {state}{words}",
            kind="flag",
            unit="yes or no",
            rule=(
                f"p_{state}{ending} is the largest of the three probabilities that "
                f"p_fear{ending}, p_debasement{ending} and p_neutral{ending} give."
            ),
            compute=_label(features, which),
        )
        out += [probability, label]
    return tuple(out)


DEFINITIONS = (
    *_definitions(FEATURES, "", ""),
    *_definitions(WITH_BITCOIN, "_with_bitcoin", ", bitcoin among the features"),
)
_FEATURES_OF = {
    definition.id: WITH_BITCOIN if definition.id.endswith("_with_bitcoin") else FEATURES
    for definition in DEFINITIONS
}
