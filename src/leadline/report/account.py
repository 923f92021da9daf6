"""The full account of one piece of evidence: what was measured and against which null."""

from collections.abc import Iterator
from dataclasses import dataclass

from leadline.evidence.base import Evidence, Forks, Interaction, Part, Power, Stability
from leadline.report import plain, words

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, one plain sentence on how to read it, and labelled values."""

    title: str
    reading: str
    rows: tuple[Row, ...]


def sections(evidence: Evidence) -> tuple[Section, ...]:
    """Tell everything an envelope holds, part by part; parts it lacks are left out."""
    return tuple(_sections(evidence))


def _sections(evidence: Evidence) -> Iterator[Section]:
    yield _test(evidence)
    if evidence.forks is not None:
        yield _forks(evidence.forks)
    if evidence.placebos is not None:
        placebos = evidence.placebos
        rows = [
            ("rank of the claim's leader", f"{placebos.rank} of {placebos.n + 1} (1 is best)"),
            ("its z", words.number(placebos.z)),
            *((leader.name, f"z = {words.number(leader.z)}") for leader in placebos.leaders),
            ("did better", ", ".join(placebos.better) or "none"),
        ]
        reading = "Leaders that cannot matter went through the same test."
        yield Section("Placebos", reading, tuple(rows))
    if evidence.stability is not None:
        yield _stability(evidence.stability)
    if evidence.skill is not None:
        skill = evidence.skill
        interval = f"{words.percent(skill.low)} to {words.percent(skill.high)}"
        yield Section(
            "Forecasts",
            "Each forecast used past data only and is compared with the average known then.",
            (
                ("error saved", f"{words.percent(skill.gain)}, interval {interval}"),
                ("p", words.p_value(skill.p_value)),
                ("plain out-of-sample R²", words.number(skill.r2)),
                ("forecasts", f"{skill.n_forecasts:,}"),
            ),
        )
    if evidence.interaction is not None:
        found = evidence.interaction
        yield Section(
            "The claim's own condition",
            "How much the effect differs where the condition held. Where a window of lags was "
            "searched, both effects are those at the lag that did best where it held.",
            (
                ("condition", found.condition),
                ("held on", f"{words.share(found.share_of_days)} of days"),
                ("effect where it held", words.number(found.value_on)),
                ("effect elsewhere", words.number(found.value_off)),
                ("p of the difference", words.p_value(found.p_value)),
                ("p where it held", words.p_value(found.p_value_on)),
                *_sides(found),
            ),
        )
    if evidence.power is not None:
        yield _power(evidence.power)
    if evidence.wording is not None:
        wording = evidence.wording
        yield Section(
            "Does the wording say anything?",
            "A claim that most random histories satisfy tells us nothing.",
            (
                ("satisfied when", wording.criterion),
                ("random histories that satisfy it", words.share(wording.share)),
                ("satisfied here", "yes" if wording.satisfied else "no"),
                ("informative", "yes" if wording.informative else "no"),
            ),
        )
    if evidence.components:
        rows = [(_part_name(k), words.number(v, 4)) for k, v in evidence.components.items()]
        yield Section("Parts of the statistic", "", tuple(rows))


def _sides(found: Interaction) -> Iterator[Row]:
    """Give what documents of before do not hold of a condition."""
    if found.p_value_off is not None:
        newer = found.p_value_newer
        shown = "too few such days" if newer is None else words.p_value(newer)
        yield "p where it held, newer half", shown
        yield "p elsewhere", words.p_value(found.p_value_off)


def _part_name(key: str) -> str:
    """Name a part of a statistic, whose key may hold the id of a series."""
    return words.kind_title(" ".join(plain.short(word) for word in key.split(" ")))


def _sample(evidence: Evidence) -> Iterator[Row]:
    if evidence.start is not None and evidence.stop is not None:
        yield "data", f"{words.day(evidence.start)} to {words.day(evidence.stop)}"
    if evidence.n_obs:
        yield "observations", f"{evidence.n_obs:,}"
    if evidence.n_episodes is not None:
        yield "separate episodes", f"{evidence.n_episodes:,}"


def _found(evidence: Evidence) -> Iterator[Row]:
    if evidence.statistic is not None:
        place = f" at {evidence.at}" if evidence.at else ""
        yield "statistic", words.number(evidence.statistic) + place
    if evidence.estimate is not None:
        yield evidence.estimate.label, words.estimate(evidence.estimate)
    if evidence.holds is not None:
        yield "holds", "yes" if evidence.holds else "no"
    if _has_p(evidence):
        yield "p, search paid for", words.p_value(evidence.p_value, evidence.p_error)
    elif evidence.p_value is not None:
        yield "earlier days with as much", words.share(evidence.p_value)
    if evidence.p_against is not None:
        yield "p of the opposite claim", words.p_value(evidence.p_against)
    if evidence.n_resamples:
        yield "random histories drawn", f"{evidence.n_resamples:,}"


def _has_p(evidence: Evidence) -> bool:
    """Whether there is a p against a null; a fact's may be a plain share of earlier days."""
    is_fact = evidence.holds is not None
    return evidence.p_value is not None and (evidence.n_resamples > 0 or not is_fact)


def _test(evidence: Evidence) -> Section:
    return Section(
        "The test",
        "p is the share of random histories, searched the same way, that do at least as well."
        if _has_p(evidence)
        else "",
        (
            ("if the claim were wrong", evidence.null),
            *_sample(evidence),
            *_found(evidence),
            *(("flag", flag) for flag in evidence.flags),
        ),
    )


def _forks(forks: Forks) -> Section:
    rows: list[Row] = [
        ("specifications", f"{forks.n:,}"),
        ("on the claimed side", words.share(forks.share)),
        ("median z", words.number(forks.median_z)),
        ("joint p of the median", words.p_value(forks.p)),
        ("joint p of the opposite", words.p_value(forks.p_against)),
        (
            "significant by themselves",
            f"{words.share(forks.share_significant)} (joint p {words.p_value(forks.p_share)})",
        ),
        *((f"p, {plain.told(null)}", words.p_value(p)) for null, p in forks.by_null.items()),
        ("worst p", f"{words.p_value(forks.p_worst)} ({forks.worst})"),
    ]
    reading = "Every defensible way to run the test was run, under the same random histories."
    return Section("Other choices, other nulls", reading, tuple(rows))


def part(of: Part) -> Row:
    """Tell what a test gives on a part of the sample."""
    if of.value is None:
        return of.label, "too few data"
    text = words.number(of.value)
    if of.low is not None and of.high is not None:
        text += f", interval {words.number(of.low)} to {words.number(of.high)}"
    if of.p_value is not None:
        text += f", p {words.p_value(of.p_value)}"
    return f"{of.label}, {of.start[:7]} to {of.stop[:7]}", text


def _stability(stability: Stability) -> Section:
    rows = [part(stability.first), part(stability.second)]
    if stability.leave_one_out is not None:
        low, high = stability.leave_one_out
        rows.append(("leaving out any one episode", f"{words.number(low)} to {words.number(high)}"))
    return Section("Does it last?", "The same test on each half of the data.", tuple(rows))


def _power(power: Power) -> Section:
    unit = "" if power.unit == "correlation" else f" {power.unit}"
    seen = words.share(power.at_matters)
    rows: list[Row] = [
        ("an effect that matters", f"{words.number(power.matters)}{unit}, seen {seen}")
    ]
    if power.claimed is not None and power.at_claimed is not None:
        seen = words.share(power.at_claimed)
        rows.append(
            ("the effect as published", f"{words.number(power.claimed)}{unit}, seen {seen}")
        )
    smallest = "none of those tried"
    if power.detectable is not None:
        smallest = f"{words.number(power.detectable)}{unit}"
    rows.append(("smallest effect seen four times in five", smallest))
    if power.episodes_needed is not None:
        rows.append(("episodes needed", f"{power.episodes_needed:,}"))
    if power.decidable_by is not None:
        rows.append(("could be decided by about", str(power.decidable_by)))
    if power.limit:
        rows.append(("could be decided by", f"no year: {power.limit}"))
    rows.append(("simulated histories", f"{power.n_simulations:,} for each size of effect"))
    reading = "A test that could not have seen the effect cannot speak against it."
    return Section("What could have been seen", reading, tuple(rows))
