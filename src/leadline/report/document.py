"""A verdict, or an article's verdicts, as one HTML file that needs nothing else."""

import base64
import hashlib
import importlib.resources
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from leadline.claim import Article, Claim
from leadline.report import icons, views, words
from leadline.report.jsonld import claim_review
from leadline.report.tables import data_table
from leadline.report.theme import DARK, LIGHT
from leadline.verdict import Outcome, Verdict

_RANK: tuple[Outcome, ...] = (
    "supported",
    "weakly_supported",
    "conditional",
    "undecidable",
    "untestable",
    "decayed",
    "not_supported",
    "contradicted",
)


def page(verdict: Verdict, *, claim: Claim | None = None, url: str | None = None) -> str:
    """Give the report on one claim as a single HTML file.

    Parameters
    ----------
    verdict : Verdict
        What was found.
    claim : Claim, optional
        The claim as loaded; only its type and notes are read, and the verdict's own copy
        serves where it is missing.
    url : str, optional
        Where the page will stand, for the ClaimReview.
    """
    told = views.of(verdict, claim=claim)
    return _rendered(
        "claim.html.j2",
        title=f"{told.outcome.label}: {verdict.claim.paraphrase} · Leadline",
        description=verdict.history.sentence,
        json_ld=_data_block(claim_review(verdict, url=url)),
        version=verdict.made_by.leadline,
        c=told,
    )


def article_page(article: Article, verdicts: Sequence[Verdict], *, url: str | None = None) -> str:
    """Give the report on an article: scoreboard, argument map, and every claim in short."""
    claims = {claim.id: claim for claim in article.claims}
    told = [
        views.of(verdict, claim=claims.get(words.anchor(verdict.claim.id)), short=True)
        for verdict in verdicts
    ]
    outcomes = {view.anchor: view.outcome for view in told}
    supports = {
        name: [target for target in above if target in outcomes]
        for name, above in article.supports.items()
        if name in outcomes
    }
    supports = {name: above for name, above in supports.items() if above}
    graph = [node for v in verdicts for node in claim_review(v, url=url)["@graph"]]
    return _rendered(
        "article.html.j2",
        title=f"{article.title} · Leadline",
        description=_summary(verdicts),
        json_ld=_data_block({"@context": "https://schema.org", "@graph": graph}),
        version=verdicts[0].made_by.leadline if verdicts else "",
        article=article,
        summary=_summary(verdicts),
        claims=_placed(told, verdicts),
        map=Markup(icons.argument_map(outcomes, supports)) if supports else None,  # noqa: S704 - built from escaped text
        map_lines=[
            f"{name} ({outcomes[name].label.lower()}) supports {' and '.join(above)}"
            for name, above in supports.items()
        ],
        data=data_table([row for verdict in verdicts for row in verdict.data]),
    )


def _placed(
    told: Sequence[views.ClaimView], verdicts: Sequence[Verdict]
) -> Sequence[views.ClaimView]:
    # The engine of the trial, which a page of one claim does without.
    from leadline.trial import adjusted

    odds = adjusted(tuple(verdicts))
    for view in told:
        view.rank = _RANK.index(view.history.outcome)
        view.odds = tuple(words.p_value(p) for p in odds.get(view.claim.id, ()))
    return told


def _summary(verdicts: Sequence[Verdict]) -> str:
    counts = [
        (sum(v.history.outcome == outcome for v in verdicts), words.OUTCOMES[outcome].label.lower())
        for outcome in _RANK
    ]
    told = [f"{n} {label}" for n, label in counts if n]
    return f"On the data known before publication: {', '.join(told)}." if told else ""


def _data_block(value: Any) -> Markup:
    # Inside <script> only "<" can end the block; JSON may spell it out.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - see above


@cache
def _static(name: str) -> str:
    folder = importlib.resources.files("leadline.report").joinpath("static")
    return folder.joinpath(name).read_text("utf-8").strip()


def _variables(colours: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


def _style() -> str:
    return (
        f":root{{color-scheme:light dark;{_variables(LIGHT)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}\n"
        + _static("page.css")
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("leadline.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        day=words.day,
        capital=words.capital,
        icon=lambda sign: Markup(icons.icon(sign)),  # noqa: S704 - from a fixed table
        no_advice=words.NO_ADVICE,
    )
    return environment


def _rendered(template: str, **context: Any) -> str:
    script = _static("page.js")
    digest = hashlib.sha256(script.encode()).digest()
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(_style()),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            script_hash=base64.b64encode(digest).decode(),
            **context,
        )
    )
