"""What the page of an article shows beside its claims: counts, key pictures, map, what falls."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from leadline.claim import Article
from leadline.evidence.base import Evidence
from leadline.evidence.exhibits import (
    Curve,
    Exhibit,
    Overlay,
    Ribbon,
    SpecificationCurve,
    Table,
    Waterfall,
)
from leadline.report import argument, views, words
from leadline.report.map import Node, argument_map
from leadline.verdict import P_PASS, Outcome, Verdict

Odds = Mapping[str, tuple[float, float, float]]

RANK: tuple[Outcome, ...] = (
    "supported",
    "weakly_supported",
    "conditional",
    "undecidable",
    "untestable",
    "decayed",
    "not_supported",
    "contradicted",
)


@dataclass(frozen=True, slots=True)
class Count:
    """How many claims came to one outcome."""

    word: words.Word
    n: int


@dataclass(frozen=True, slots=True)
class ClaimLink:
    """A claim named from elsewhere on the page; ``also`` are other claims it rests on."""

    name: str
    says: str
    word: words.Word
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FallView:
    """What becomes of the argument if one claim falls."""

    claim: ClaimLink
    bare: tuple[ClaimLink, ...]
    shaken: tuple[ClaimLink, ...]


@dataclass(frozen=True, slots=True)
class OddsRow:
    """The odds of one relation before and after counting how many were tested."""

    claim: ClaimLink
    p: str
    holm: str
    by: str
    left: bool


@dataclass(frozen=True, slots=True)
class KeyView:
    """A picture on which the article turns, and the claim it belongs to."""

    claim: ClaimLink
    figure: views.FigureView


@dataclass(frozen=True, slots=True)
class ArgumentView:
    """The argument as map, as list, and as what falls."""

    map: Markup
    links: Mapping[str, ClaimLink]
    chains: tuple[argument.Branch, ...]
    falls: tuple[FallView, ...]
    keystone: str
    idle: tuple[str, ...]
    circles: tuple[str, ...]
    standing: str


def counts(verdicts: Sequence[Verdict]) -> tuple[Count, ...]:
    """Count the outcomes, the most favourable first; what did not occur is left out."""
    found = [verdict.history.outcome for verdict in verdicts]
    return tuple(
        Count(words.OUTCOMES[outcome], found.count(outcome)) for outcome in RANK if outcome in found
    )


def summary(verdicts: Sequence[Verdict]) -> str:
    """Count the outcomes in one sentence."""
    told = [f"{count.n} {count.word.label.lower()}" for count in counts(verdicts)]
    return f"On the data known before publication: {', '.join(told)}." if told else ""


def informativeness(verdicts: Sequence[Verdict]) -> str:
    """Say how many claims say more than chance does, of those where that was measured."""
    states = [
        badge.state
        for verdict in verdicts
        for badge in verdict.history.badges
        if badge.name == "informative" and badge.state in {"yes", "no"}
    ]
    if not states:
        return ""
    return (
        f"{states.count('yes')} of {len(states)} claims say something that chance alone does not "
        "usually bring true; the others would mostly come true anyway, or could never fail."
    )


def live(verdicts: Sequence[Verdict]) -> str:
    """Count the live states in one sentence, leaving out claims with nothing to wait for."""
    states = [v.live.state for v in verdicts if v.live.state != "not_applicable"]
    told = [
        f"{states.count(state)} {word.label.lower()}"
        for state, word in words.LIVE.items()
        if state in states
    ]
    return f"{len(states)} name a mark to be reached by a day: {', '.join(told)}." if told else ""


def odds_rows(verdicts: Sequence[Verdict], odds: Odds) -> tuple[OddsRow, ...]:
    """Set the relations in order of their odds, the least likely by chance first."""
    heard = {verdict.claim.id: verdict for verdict in verdicts}
    return tuple(
        OddsRow(
            claim=link(heard[name]),
            p=words.p_value(p),
            holm=words.p_value(holm),
            by=words.p_value(by),
            left=by <= P_PASS,
        )
        for name, (p, holm, by) in sorted(odds.items(), key=lambda item: item[1])
    )


def odds_said(odds: Odds) -> str:
    """Say how many relations pass before and after the correction, chance first."""
    n = len(odds)
    if not n:
        return ""
    raw, by_holm, by_by = (sum(p[i] <= P_PASS for p in odds.values()) for i in range(3))
    return (
        f"By chance alone one relation in {1 / P_PASS:.0f} has p at most {P_PASS:g}. Here {raw} of "
        f"{n} have. Counting that {n} were tested, {by_holm} are left by Holm's rule and {by_by} "
        "by that of Benjamini and Yekutieli."
    )


def weights(article: Article, verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Give how much of the article's argument passes through each claim that was heard."""
    names = [words.anchor(verdict.claim.id) for verdict in verdicts]
    return argument.loads(names, argument.within(names, article.supports))


def key_exhibits(
    verdicts: Sequence[Verdict], weight: Mapping[str, int]
) -> tuple[tuple[str, Verdict, Exhibit], ...]:
    """Choose the pictures on which an article turns, by their shape, each with its place's name.

    Claims through which more of the argument passes come first, and deciding tests before others.
    The overlay is that of the claim whose lag profile is shown, because the one says what the
    other is worth.
    """
    ordered = sorted(verdicts, key=lambda v: -weight.get(words.anchor(v.claim.id), 0))
    deciding = [(v, e) for v in ordered for e in v.evidence[:1]]
    every = [*deciding, *((v, e) for v in ordered for e in v.evidence[1:])]
    profile = _first(deciding, lambda e: isinstance(e, Curve) and e.name == "lag_profile")
    beside = deciding if profile is None else [(v, e) for v, e in deciding if v is profile[0]]
    # A fact may have episodes, too, but nothing that should follow them.
    relations = [(v, e) for v, e in deciding if e.forks is not None]
    moved = _first(every, lambda e: isinstance(e, Waterfall))
    found = {
        "overlay": _first([*beside, *deciding], lambda e: isinstance(e, Overlay)),
        "lag_profile": profile,
        "episodes": _first(relations, lambda e: isinstance(e, Table) and e.name == "episodes"),
        "ribbon": _first(every, lambda e: isinstance(e, Ribbon)),
        "waterfall": moved,
        # Leader and follower may each have been taken apart.
        "waterfall_beside": _first(
            every, lambda e: isinstance(e, Waterfall) and _of(e) != _of(moved[1] if moved else e)
        ),
    }
    return tuple((name, *pair) for name, pair in found.items() if pair is not None)


def _keystone(supports: argument.Supports, load: Mapping[str, int]) -> str:
    """Choose whose fall to show first: of what the conclusions rest on, what carries most."""
    last = [name for name in supports if any(target not in supports for target in supports[name])]
    return max(last or supports, key=load.__getitem__)


def _of(shown: Exhibit) -> str:
    """Name what a waterfall adds up to."""
    return shown.steps[-1].label if isinstance(shown, Waterfall) else ""


def _first(
    told: Iterable[tuple[Verdict, Evidence]], wanted: Callable[[Exhibit], bool]
) -> tuple[Verdict, Exhibit] | None:
    for verdict, evidence in told:
        for shown in evidence.exhibits:
            if wanted(shown):
                # A picture carried on past publication stands for the one it continues.
                carried_on = {longer.name: longer for longer in verdict.live.exhibits}
                return verdict, carried_on.get(shown.name, shown)
    return None


def main_picture(verdict: Verdict) -> Exhibit | None:
    """Choose what a claim shows of itself in an article: its deciding test's first own picture.

    An overlay shows what the eye sees and not what the test measured, so it comes last.
    """
    if not verdict.evidence:
        return None
    own = verdict.evidence[0].exhibits
    drawn = [shown for shown in own if not isinstance(shown, Table | Overlay | SpecificationCurve)]
    overlays = [shown for shown in own if isinstance(shown, Overlay)]
    return next(iter([*drawn, *overlays, *own]), None)


def link(verdict: Verdict, also: tuple[str, ...] = ()) -> ClaimLink:
    """Name a claim from elsewhere on the page."""
    word = words.OUTCOMES[verdict.history.outcome]
    return ClaimLink(words.anchor(verdict.claim.id), verdict.claim.paraphrase, word, also)


def argued(article: Article, verdicts: Sequence[Verdict]) -> ArgumentView | None:
    """Lay out the argument; None where no claim that was heard supports another."""
    heard = {words.anchor(verdict.claim.id): verdict for verdict in verdicts}
    names = list(heard)
    supports = argument.within(names, article.supports)
    if not supports:
        return None
    nodes = {
        name: Node(
            words.OUTCOMES[verdict.history.outcome],
            verdict.claim.paraphrase,
            words.GROUPS.get(str(verdict.claim.source.get("type")), "claims"),
        )
        for name, verdict in heard.items()
    }
    layout = argument.laid_out(names, supports, {n: node.group for n, node in nodes.items()})
    load = argument.loads(names, supports)
    return ArgumentView(
        map=Markup(argument_map(nodes, layout)),  # noqa: S704 - built from escaped text
        links={name: link(verdict) for name, verdict in heard.items()},
        chains=argument.chains(names, supports),
        falls=tuple(_falls(heard, supports)),
        keystone=_keystone(supports, load),
        idle=tuple(name for name in names if name not in supports),
        circles=tuple(words.listed(circle) for circle in argument.circles(names, supports)),
        standing=_standing(heard, supports),
    )


def _falls(heard: Mapping[str, Verdict], supports: argument.Supports) -> Iterator[FallView]:
    names = list(heard)
    below = argument.turned(supports)
    for name in names:
        if name not in supports:
            continue
        fallen = argument.fall(names, supports, [name])
        lost = {name, *fallen.bare}
        yield FallView(
            link(heard[name]),
            bare=tuple(link(heard[other]) for other in fallen.bare),
            shaken=tuple(
                link(heard[other], tuple(n for n in below[other] if n not in lost))
                for other in fallen.shaken
            ),
        )


def _standing(heard: Mapping[str, Verdict], supports: argument.Supports) -> str:
    """Say what is left of the argument without the claims that the data speak against."""
    gone = [
        name
        for name, verdict in heard.items()
        if words.OUTCOMES[verdict.history.outcome].tone == "against"
    ]
    if not gone:
        return "As it stands, the data speak against none of these claims."
    fallen = argument.fall(list(heard), supports, gone)
    said = f"As it stands, the data speak against {words.listed(gone)}."
    if not fallen.leaning:
        return f"{said} Nothing else in the article leans on that."
    if fallen.bare:
        has = "has" if len(fallen.bare) == 1 else "have"
        said += f" Without that, {words.listed(fallen.bare)} {has} no support left in the article."
    if fallen.shaken:
        has = "loses" if len(fallen.shaken) == 1 else "lose"
        said += f" {words.listed(fallen.shaken)} {has} a part of the support."
    return said
