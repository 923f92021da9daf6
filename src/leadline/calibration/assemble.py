"""From what was found in each history to the document."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtri

import leadline
from leadline.calibration import document, live_evidence, odds, planted, universes
from leadline.calibration.designs import (
    CONSERVATIVE,
    LEVEL,
    MUST_SEE,
    N_RESAMPLES,
    RELATIONS,
    SEED,
    designs,
    is_true,
)
from leadline.calibration.document import (
    Calibration,
    Cell,
    Coverage,
    Deciding,
    Discovery,
    Growth,
    Odds,
    Outcomes,
    PowerCurve,
    Process,
    Scanned,
    Share,
    Wording,
    WorldSaid,
)
from leadline.calibration.jobs import Job, Part
from leadline.calibration.promises import checks
from leadline.evidence.base import POWER_ENOUGH
from leadline.kernels import evalues
from leadline.worlds import WORLDS
from leadline.worlds.calibration import N_OBS

Found = Mapping[Job, Sequence[Any]]
Rows = list[tuple[Job, Sequence[Any]]]
WELL, OFTEN = "iid", 0.2
"""A warning given in more than this share of histories there says nothing of a world."""
TEN = planted.AT_HAND


def assembled(found: Found, *, day: str | None = None) -> Calibration:
    """Give the document of what was found; a row without histories is left out."""
    rows = {part: _rows(found, part) for part in dict.fromkeys(job.part for job in found)}

    def of(part: Part) -> Rows:
        return rows.get(part, [])

    usual = _usual(of("sizes"))
    made = Calibration(
        leadline=leadline.__version__,
        day=day or datetime.now(UTC).date().isoformat(),
        seed=SEED,
        n_obs=N_OBS,
        n_resamples=N_RESAMPLES,
        worlds=_worlds(found),
        sizes=tuple(_size(job, values, usual) for job, values in of("sizes")),
        habits=tuple(
            document.cell(job.name, "habit", job.world, [p for p, *_ in values])
            for job, values in of("habits")
        ),
        truths=tuple(
            document.cell(job.name, job.name, job.world, [p for p, *_ in values], true_here=True)
            for job, values in of("truths")
        ),
        truth_days={job.name: MUST_SEE[job.name][2] for job, _ in of("truths")},
        discoveries=tuple(_discoveries(of("planted"))),
        curves=tuple(_curves(of("planted"))),
        coverages=(*_coverages(of("planted")), *_sequences(of("live"))),
        wordings=tuple(_wordings(of("planted"))),
        deciding=tuple(_deciding(of("planted"))),
        outcomes=tuple(_outcomes(of("trials"))),
        processes=tuple(_processes(of("live"))),
        growth=tuple(_growth(of("live"))),
        odds=tuple(_odds(of("odds"))),
        scans=tuple(_scans(of("scans"))),
    )
    return made.model_copy(update={"checks": checks(made)})


def _rows(found: Found, part: Part) -> Rows:
    return [(job, values) for job, values in found.items() if job.part == part and values]


def _worlds(found: Found) -> tuple[WorldSaid, ...]:
    seen = {job.world for job, values in found.items() if values}
    seen |= {job.world.rpartition(", ")[0] for job in found}
    chosen = [world for name, world in {**WORLDS, **live_evidence.WORLDS}.items() if name in seen]
    return tuple(WorldSaid(name=w.name, truth=w.truth, leads=w.leads) for w in chosen)


def _usual(rows: Rows) -> Mapping[str, frozenset[int]]:
    """Give for each test the warnings that it often gives where all is well."""
    found = {}
    for job, values in rows:
        if job.world == WELL:
            seen = Counter(warning for *_, warned in values for warning in set(warned))
            often = (each for each, n in seen.items() if n > OFTEN * len(values))
            found[job.name] = frozenset(often)
    return found


def _size(job: Job, values: Sequence[Any], usual: Mapping[str, frozenset[int]]) -> Cell:
    p, refused, warned = zip(*values, strict=True)
    unwarned = None
    if job.name in usual:
        unwarned = sum(
            each <= document.ALPHA + 1e-12 and not set(said) - usual[job.name]
            for each, said in zip(p, warned, strict=True)
        )
    return document.cell(
        job.name,
        designs()[job.name].kind,
        job.world,
        list(p),
        level=LEVEL.get(job.name, document.ALPHA),
        conservative=job.name.startswith(CONSERVATIVE),
        true_here=is_true(job.name, job.world),
        refused=sum(refused),
        unwarned=unwarned,
    )


def _share(values: Iterable[bool]) -> Share:
    kept = list(values)
    return Share.of(sum(kept), len(kept))


def _placed(rows: Rows) -> Iterable[tuple[Job, str, int, list[dict[str, Any]]]]:
    """Give each row of plantings with its world, its years, and the histories not too thin."""
    for job, values in rows:
        world, _, years = job.world.rpartition(", ")
        kept = [value for value in values if value is not None]
        if kept:
            yield job, world, int(years.split()[0]), kept


def _at(name: str, multiple: float, years: int = TEN) -> int:
    return planted.planting(name, years).multiples.index(multiple)


def _found(name: str, multiple: float, years: int, kept: list[dict[str, Any]]) -> Share:
    """Give the share of histories in which a planted multiple was found."""
    place = _at(name, multiple, years)
    return _share(each["looks"][place]["p"] <= document.ALPHA + 1e-12 for each in kept)


def _discoveries(rows: Rows) -> Iterable[Discovery]:
    for job, world, years, kept in _placed(rows):
        if years != TEN:
            continue
        looks = [each["looks"][_at(job.name, planted.PLANTED[job.name])] for each in kept]
        yield Discovery(
            test=job.name,
            world=world,
            unit=RELATIONS[job.name].unit,
            effect=float(np.mean([look["effect"] for look in looks])),
            promised=float(np.mean([look["promised"] for look in looks])),
            found=_found(job.name, planted.PLANTED[job.name], years, kept),
        )


def _curves(rows: Rows) -> Iterable[PowerCurve]:
    by_years: dict[tuple[str, str], dict[int, tuple[Share, float | None]]] = {}
    for job, world, years, kept in _placed(rows):
        if years == TEN:
            yield PowerCurve(
                test=job.name,
                world=world,
                along="effect",
                unit="times the smallest effect that matters",
                x=planted.MULTIPLES,
                found=tuple(_found(job.name, m, years, kept) for m in planted.MULTIPLES),
            )
        episodes = [each["episodes"] for each in kept if each["episodes"]]
        mean = float(np.mean(episodes)) if episodes else None
        matters = _found(job.name, planted.MATTERS, years, kept)
        by_years.setdefault((job.name, world), {})[years] = (matters, mean)
    for (name, world), held in by_years.items():
        lengths = sorted(held)
        if len(lengths) > 1:
            found = tuple(held[years][0] for years in lengths)
            yield PowerCurve(
                test=name, world=world, along="years", unit="years", x=tuple(lengths), found=found
            )
            counts = [held[years][1] for years in lengths]
            if name.startswith(planted.EPISODIC) and all(counts):
                yield PowerCurve(
                    test=name,
                    world=world,
                    along="episodes",
                    unit="episodes",
                    x=tuple(count for count in counts if count),
                    found=found,
                )


def _coverages(rows: Rows) -> Iterable[Coverage]:
    for job, world, years, kept in _placed(rows):
        if years != TEN:
            continue
        for multiple in planted.MULTIPLES:
            looks = [each["looks"][_at(job.name, multiple)] for each in kept]
            said = [look for look in looks if look["covered"] is not None]
            if said:
                yield Coverage(
                    test=job.name,
                    world=world,
                    of=f"{multiple:g} times the smallest effect that matters",
                    level=said[0]["level"],
                    held=_share(look["covered"] for look in said),
                )


def _wordings(rows: Rows) -> Iterable[Wording]:
    for job, world, years, kept in _placed(rows):
        said = [each for each in kept if each.get("said") is not None]
        if said and years == TEN:
            yield Wording(
                test=job.name,
                world=world,
                said=float(np.mean([each["said"] for each in said])),
                happened=_share(each["satisfied"] for each in said),
            )


def _deciding(rows: Rows) -> Iterable[Deciding]:
    """Compare the years named for an effect left open with those after which it is found."""
    found: dict[tuple[str, str], dict[int, Share]] = {}
    named: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for job, world, years, kept in _placed(rows):
        if job.name in planted.OPEN:
            key = (job.name, world)
            found.setdefault(key, {})[years] = _found(job.name, planted.OPEN[job.name], years, kept)
            if years == TEN:
                named[key] = kept
    for key, kept in named.items():
        needed = years_needed({y: share for y, share in found[key].items() if y >= TEN})
        if needed is None:
            continue
        # No year named is a year that never comes.
        said = [float("inf") if each["named"] is None else each["named"] for each in kept]
        ratio, low, high = document.median_range([needed / value for value in said])
        place = _at(key[0], planted.OPEN[key[0]])
        middle = float(np.median(said))
        yield Deciding(
            test=key[0],
            world=key[1],
            ratio=ratio,
            low=low,
            high=high,
            n=len(said),
            unit=RELATIONS[key[0]].unit,
            effect=float(np.mean([each["looks"][place]["effect"] for each in kept])),
            at_hand=found[key][TEN],
            needed=needed,
            named=middle if np.isfinite(middle) else None,
            unnamed=sum(not np.isfinite(value) for value in said),
        )


def years_needed(found: Mapping[int, Share]) -> float | None:
    """Give the years after which four in five are found, from the shares at several lengths.

    The normal quantile of the power of a test of a mean is a straight line in the root of the
    years; the likeliest line is drawn (probit regression, Bliss 1934), half a history of either
    sort added, so that shares of none and all have one. None where it does not cross within the
    lengths.
    """
    root = np.sqrt(sorted(found))
    hits, misses = np.array([(s.k + 0.5, s.n - s.k + 0.5) for _, s in sorted(found.items())]).T

    def unlikeliness(line: NDArray[np.float64]) -> float:
        z = line[0] + line[1] * root
        return -float(hits @ log_ndtr(z) + misses @ log_ndtr(-z)) / float(hits.sum())

    start, slope = minimize(unlikeliness, (ndtri(document.ALPHA), 0.5), method="Nelder-Mead").x
    if slope <= 0 or not root[0] < (crossed := (ndtri(POWER_ENOUGH) - start) / slope) <= root[-1]:
        return None
    return float(crossed**2)


def _outcomes(rows: Rows) -> Iterable[Outcomes]:
    for job, values in rows:
        world = WORLDS[job.world]
        right = None
        if world.leads and world.link is not None and world.link.truth.lag is not None:
            low, high = world.link.truth.lag
            right = sum(
                value["outcome"] == "supported" and _is_near(value.get("lag"), low, high)
                for value in values
            )
        yield Outcomes(
            claim=job.name,
            world=job.world,
            truth=world.truth if world.leads else "",
            n=len(values),
            counts=dict(Counter(value["outcome"] for value in values)),
            lag_found=right,
            flagged=sum(bool(value.get("flagged") or value.get("refused")) for value in values),
            episodes=_median(value.get("episodes") for value in values),
        )


def _is_near(weeks: float | None, low: int, high: int) -> bool:
    """Say whether a lag in weeks is the one in trading days, give or take a week."""
    return weeks is not None and low / 5 - 1 <= weeks <= high / 5 + 1


def _median(values: Iterable[float | None]) -> float | None:
    kept = [value for value in values if value is not None]
    return float(np.median(kept)) if kept else None


def _live(rows: Rows, name: str) -> dict[str, dict[str, list[float]]]:
    """Give what was found in the histories of each world by what was asked."""
    return {
        job.world: {key: [value[key] for value in values] for key in values[0]}
        for job, values in rows
        if job.name == name
    }


def _crossed(values: Sequence[float], alpha: float) -> Share:
    found = live_evidence.crossed(values, alpha)
    return Share.of(found.k, found.n)


def _processes(rows: Rows) -> Iterable[Process]:
    null = _live(rows, "without a lead")
    ours = (*live_evidence.OFFICIAL, live_evidence.COMPANION, live_evidence.YOUNG)
    for habit, names in ((False, ours), (True, live_evidence.HABITS)):
        for name in names:
            for world, found in null.items():
                yield Process(
                    process=name,
                    world=world,
                    at_20=_crossed(found[name], document.ALPHA),
                    at_100=_crossed(found[name], live_evidence.STRICT),
                    habit=habit,
                )


def _sequences(rows: Rows) -> Iterable[Coverage]:
    for world, found in _live(rows, "without a lead").items():
        for part, words in (("windows", "share of hits"), ("returns", "drift")):
            yield Coverage(
                test=f"confidence sequence, {part}",
                world=world,
                of=words,
                level=1 - document.ALPHA,
                held=_share(bool(value) for value in found[f"covers, {part}"]),
            )


def _growth(rows: Rows) -> Iterable[Growth]:
    official, companion = live_evidence.OFFICIAL[0], live_evidence.COMPANION
    promised: Mapping[str, Callable[[Mapping[str, list[float]]], float]] = {
        official: lambda found: float(
            evalues.bernoulli_growth(found["p"][0], live_evidence.BASE_ODDS)
        ),
        companion: lambda found: float(np.mean(found["promised"])),
    }
    for name, by_theory in promised.items():
        for world, found in _live(rows, "the call is right").items():
            yield Growth(
                process=name,
                world=world,
                promised=by_theory(found),
                fell=float(np.mean(found[f"{name}: unmixed"])),
                mixed=float(np.mean(found[f"{name}: growth"])),
                expected=float(np.median(found[f"{name}: expected"])),
                reached=_finite(float(np.median(found[f"{name}: day"]))),
                refuted=_crossed(found[f"{name}: against"], document.ALPHA),
            )


def _finite(day: float) -> float:
    """Give a day; one that never came is the day after the last."""
    return day if np.isfinite(day) else float(live_evidence.N_PLANTED_DAYS)


def _odds(rows: Rows) -> Iterable[Odds]:
    for job, values in rows:
        for place in range(len(values[0])):
            cells = [odds.Found(*value[place]) for value in values]
            yield Odds(
                world=job.world,
                weeks=cells[0].weeks,
                n=len(cells),
                skilled=float(np.mean([cell.skilled for cell in cells])),
                added=float(np.mean([cell.added for cell in cells])),
                weight=float(np.mean([cell.weight for cell in cells])),
                weight_zero=float(np.mean([cell.weight == 0 for cell in cells])),
                brier=float(np.mean([cell.brier for cell in cells])),
                miscalibrated=float(np.mean([cell.p_value <= document.ALPHA for cell in cells])),
            )


def _scans(rows: Rows) -> Iterable[Scanned]:
    cases = {case.name: case for case in universes.CASES}
    for job, values in rows:
        found = [universes.Found(*value) for value in values]
        case = cases[job.world]
        universe = case.universe
        n_planted = universe.n_leads * len(found)

        def mean(name: str, found: list[universes.Found] = found) -> float:
            return float(np.mean([getattr(each, name) for each in found]))

        yield Scanned(
            universe=job.world,
            truth=universe.truth,
            n=len(found),
            n_assets=universe.n_assets,
            n_obs=universe.n_obs,
            n_leads=universe.n_leads,
            closed=_share(each.closed <= document.ALPHA + 1e-12 for each in found),
            stepped=_share(each.stepped <= document.ALPHA + 1e-12 for each in found),
            false=mean("false"),
            false_by=mean("false_by"),
            found=sum(each.right for each in found) / n_planted if n_planted else None,
            at_lag=sum(each.at_lag for each in found) / n_planted if n_planted else None,
            decoys=(mean("shifted"), mean("signed")) if n_planted else None,
            is_warned_of=case.is_warned_of,
        )
