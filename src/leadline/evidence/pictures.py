"""Exhibits that several kinds share."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from leadline.evidence.base import PlaceboLeader, Placebos, Power
from leadline.evidence.exhibits import (
    Band,
    Curve,
    Distribution,
    Forest,
    ForestRow,
    Line,
    Mark,
    Overlay,
    Shift,
    Specification,
    SpecificationCurve,
    Table,
)
from leadline.evidence.sample import Null, Paths, Sample
from leadline.kernels import levels
from leadline.kernels.multiverse import Joint, joint

if TYPE_CHECKING:
    from leadline.evidence.relation import Measured

Floats = NDArray[np.float64]
SHIFT_STEP = 5
LAST_SHIFT = 365


def specification_curve(
    choices: list[dict[str, str]], joint: Joint, estimates: list[float], effect: str
) -> SpecificationCurve:
    """Sort the specifications by z, the claim's own (the first) marked."""
    order = np.argsort(joint.z)
    above = int(np.sum(joint.z > 0))
    return SpecificationCurve(
        name="specification_curve",
        title="Every defensible way to run the test",
        finding=f"{above} of {len(choices)} specifications lie on the claimed side of chance; "
        f"the median is {joint.median:+.2f} standard deviations (joint p = {joint.p:.3f}).",
        note="Each dot is one specification; the star is the claim's own. The band holds the "
        "sorted curve in 90 % of histories without the relation.",
        specifications=tuple(
            Specification(
                choices=choices[i], z=float(joint.z[i]), estimate=estimates[i], chosen=i == 0
            )
            for i in order
        ),
        null_low=tuple(joint.null_low),
        null_high=tuple(joint.null_high),
        estimate_label=effect,
    )


def hinges(choices: list[dict[str, str]], observed: Floats, null: Floats) -> tuple[Table, ...]:
    """Say what the answer hinges on: the joint test within each choice of each setting.

    ``observed`` has shape (n_specifications,) and ``null`` (n_resamples, n_specifications).
    """
    rows, spread = [], {}
    for name in choices[0]:
        options = dict.fromkeys(choice[name] for choice in choices)
        if len(options) < 2:
            continue
        medians = []
        for option in options:
            of = [i for i, choice in enumerate(choices) if choice[name] == option]
            found = joint(observed[of], null[:, of])
            medians.append(found.median)
            rows.append(
                (
                    name,
                    option,
                    str(len(of)),
                    f"{found.median:+.2f}",
                    f"{np.mean(found.z > 0):.0%}",
                    f"{found.p:.3f}",
                )
            )
        spread[name] = max(medians) - min(medians)
    if not rows:
        return ()
    most = max(spread, key=lambda name: spread[name])
    return (
        Table(
            name="hinges",
            title="What the answer hinges on",
            finding=f"The choice of {most} moves the median most, by {spread[most]:.2f} standard "
            "deviations.",
            note="Each row is the joint test of the specifications that share one choice; these "
            "p-values explain, they do not decide.",
            columns=(
                "setting",
                "choice",
                "specifications",
                "median z",
                "on the claimed side",
                "joint p",
            ),
            rows=tuple(rows),
        ),
    )


def power_curve(power: Power, effect: str) -> Curve:
    """Show how often an effect of each size would have been found."""
    if power.detectable is None:
        finding = "No effect tried would have been found four times in five."
    else:
        finding = (
            f"An effect of {power.detectable:.2g} {power.unit} would have been found four times in "
            f"five; one of {power.matters:.2g}, the smallest that matters, "
            f"{power.at_matters:.0%} of the time."
        )
    marks = [Mark(label="matters", at=power.matters)]
    if power.claimed is not None:
        marks.append(Mark(label="claimed", at=power.claimed))
    marks.append(Mark(label="four in five", at=0.8, axis="y"))
    return Curve(
        name="power",
        title="What this test could have seen",
        finding=finding,
        note=f"{power.n_simulations} simulated histories for each size, on the claim's own dates.",
        x_label=f"{effect} ({power.unit})",
        y_label="share of histories in which it is found",
        y_format=".0%",
        lines=(Line(label="power", x=power.effects, y=power.rates, points=True),),
        marks=tuple(marks),
    )


def placebo_panel(placebos: Placebos, leaders: list[PlaceboLeader]) -> Forest:
    """Set the leader beside leaders that cannot matter."""
    rows = [ForestRow(label="the claim's leader", value=placebos.z, highlight=True)]
    rows += [ForestRow(label=leader.name, value=leader.z) for leader in leaders]
    rows.sort(key=lambda row: -row.value)
    if placebos.better:
        n_better = len(placebos.better)
        finding = f"{n_better} of {placebos.n} leaders that cannot matter do at least as well."
    else:
        finding = f"None of {placebos.n} leaders that cannot matter does as well."
    return Forest(
        name="placebos",
        title="Leaders that cannot matter",
        finding=finding,
        note="The same test with the leader reversed in time, cut into shuffled blocks, or "
        "replaced by another series.",
        x_label="standard deviations from chance",
        rows=tuple(rows),
    )


def null_distribution(null: Floats, measured: "Measured") -> Distribution:
    """Show what chance reaches in the same search, and what was observed."""
    counts, edges = np.histogram(null, bins=40)
    return Distribution(
        name="null",
        title="What chance reaches with the same search",
        finding=f"{measured.p_value:.1%} of histories without the relation do at least as well.",
        x_label="test statistic",
        edges=tuple(edges),
        counts=tuple(int(c) for c in counts),
        observed=measured.statistic,
        critical=float(np.quantile(null, 0.95)),
    )


def overlay(
    sample: Sample,
    leader: str,
    follower: str,
    model: Null,
    rng: Generator,
    *,
    start_shift: int,
    scale: Literal["price", "log"] = "log",
    coarse: bool = True,
) -> Overlay:
    """Lay leader over follower, with what each shift of the leader is worth.

    The null for the level correlation is a follower that walks at random with its own
    increments. ``share_random`` compares at the same shift, ``p_search`` with the best of all
    shifts, which is what the eye picks. ``coarse`` reads a long sample every fifth observation.
    """
    days = sorted({*range(0, LAST_SHIFT + 1, SHIFT_STEP), start_shift})
    lags = np.array([round(d / 365.25 * sample.per_year) for d in days], dtype=np.int64)
    usable = lags < sample.n_obs // 2
    lags = lags[usable]
    # Every fifth observation shows the same correlation at a twenty-fifth of the cost.
    step = 5 if coarse and sample.n_obs > 1500 else 1

    def shown_as(path: Floats) -> Floats:
        return np.exp(path - path[..., :1]) if scale == "price" else path

    x = shown_as(sample.leaders[leader][::step])
    shifts = np.round(lags / step).astype(np.int64)
    skip = sample.skip // step
    observed = levels.shifted_correlations(
        x, shown_as(sample.follower[None, ::step]), shifts, skip=skip
    )[0]
    n_paths = 400 if coarse else 1999
    paths = Paths(sample, model.draw(n_paths, rng)).levels[:, ::step]
    null = levels.shifted_correlations(x, shown_as(paths), shifts, skip=skip)
    at_least = (1 + np.sum(null >= observed, axis=0)) / (1 + n_paths)
    search = (1 + np.sum(null.max(axis=1)[:, None] >= observed, axis=0)) / (1 + n_paths)
    week = 5
    moves, follows = np.diff(sample.leaders[leader][::week]), np.diff(sample.follower[::week])
    weekly = np.round(lags / week).astype(int)
    returns = [float(np.corrcoef(moves[: moves.size - k], follows[k:])[0, 1]) for k in weekly]
    shown = slice(None, None, max(1, sample.days.size // 520))
    at = {d: i for i, d in enumerate(np.array(days)[usable].tolist())}
    here = at.get(start_shift, 0)
    return Overlay(
        name="overlay",
        title="What the eye sees",
        finding=f"With {leader} moved {start_shift} days forward the levels correlate at "
        f"{observed[here]:.2f}; {at_least[here]:.0%} of random walks with {follower}'s own "
        f"increments do at least as well, {search[here]:.0%} when the best shift is picked.",
        note="Two lines that trend look alike at almost any shift; returns do not trend.",
        leader_label=leader,
        follower_label=follower,
        days=tuple(str(d) for d in sample.days[shown]),
        leader=tuple(np.exp(sample.leaders[leader][shown])),
        follower=tuple(np.exp(sample.follower[shown])),
        shifts=tuple(
            Shift(
                days=d,
                level_r=float(observed[i]),
                return_r=returns[i],
                p_search=float(search[i]),
                share_random=float(at_least[i]),
            )
            for d, i in at.items()
        ),
        start_shift=start_shift,
    )


def overlays(
    sample: Sample, leader: str, follower: str, model: Null, rng: Generator, *, start_shift: int
) -> tuple[Overlay, ...]:
    """Lay leader over follower where both are prices."""
    if not sample.prices.issuperset((leader, follower)):
        return ()
    return (overlay(sample, leader, follower, model, rng, start_shift=start_shift),)


def rolling(
    days: NDArray[np.datetime64],
    leader: Floats,
    follower: Floats,
    *,
    window: int,
    label: str,
    unit: str,
) -> Curve:
    """Follow a correlation through time; ``leader`` is already shifted to the follower's rows."""
    products = np.column_stack((leader * follower, leader**2, follower**2))
    total = np.concatenate((np.zeros((1, 3)), np.cumsum(products, axis=0)))
    sums = total[window:] - total[:-window]
    r = sums[:, 0] / np.sqrt(np.maximum(sums[:, 1] * sums[:, 2], 1e-300))
    step = max(1, r.size // 260)
    shown = slice(None, None, step)
    x = tuple(str(d) for d in days[window - 1 :][shown])
    noise = 1.96 / np.sqrt(window)
    outside = float(np.mean(np.abs(r) > noise))
    return Curve(
        name="rolling",
        title="Does the link hold through time?",
        finding=f"Over moving windows of {window} {unit} the correlation runs from "
        f"{r.min():+.2f} to {r.max():+.2f}; {outside:.0%} of windows leave the band of "
        "single-window noise.",
        note="Windows overlap, so neighbouring points are nearly the same point.",
        x_label="end of window",
        y_label=label,
        lines=(Line(label=label, x=x, y=tuple(r[shown])),),
        bands=(
            Band(
                label="95 % noise of one window",
                x=x,
                low=(-noise,) * len(x),
                high=(noise,) * len(x),
                role="base",
            ),
        ),
        marks=(Mark(label="no link", at=0.0, axis="y"),),
    )
