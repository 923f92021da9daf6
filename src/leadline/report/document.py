"""A verdict, or an article's verdicts, as one HTML file that needs nothing else."""

import base64
import hashlib
import importlib.resources
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import leadline
from leadline.claim import Article, Claim
from leadline.evidence.exhibits import Exhibit
from leadline.report import argument, articles, icons, plain, views, words
from leadline.report.jsonld import claim_review
from leadline.report.tables import data_table
from leadline.report.theme import DARK, LIGHT
from leadline.verdict import Verdict

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page says, before the layout it stands in: a file of its own or a site."""

    template: str
    title: str
    description: str
    json_ld: Mapping[str, Any]
    version: str
    context: Mapping[str, Any]
    style: str = ""
    """The file of a style of its own, if it has one."""


def page(
    verdict: Verdict,
    *,
    claim: Claim | None = None,
    url: str | None = None,
    whole: str | None = None,
    followed: Sequence[Exhibit] = (),
) -> str:
    """Give the report on one claim as a single HTML file.

    The parameters are those of `sheet`.
    """
    return filed(sheet(verdict, claim=claim, url=url, whole=whole, followed=followed))


def sheet(
    verdict: Verdict,
    *,
    claim: Claim | None = None,
    url: str | None = None,
    whole: str | None = None,
    followed: Sequence[Exhibit] = (),
) -> Sheet:
    """Lay out the report on one claim.

    Parameters
    ----------
    verdict : Verdict
        What was found.
    claim : Claim, optional
        The claim as loaded; only its type and notes are read, and the verdict's own copy
        serves where it is missing.
    url : str, optional
        Where the page will stand, for the ClaimReview.
    whole : str, optional
        Where the page on the whole article stands.
    followed : sequence of Exhibit, optional
        What came since publication, day by day, as `leadline.live.pictures.of_claim` gives it.
    """
    verdict = plain.verdict(verdict)
    told = views.of(verdict, claim=claim, followed=followed)
    return Sheet(
        "claim.html.j2",
        title=f"{told.outcome.label}: {verdict.claim.paraphrase} · Leadline",
        description=verdict.history.sentence,
        json_ld=claim_review(verdict, url=url),
        version=verdict.made_by.leadline,
        context={"c": told, "whole": whole},
    )


def article_page(
    article: Article,
    verdicts: Sequence[Verdict],
    *,
    url: str | None = None,
    pages: Mapping[str, str] | None = None,
    followed: Sequence[Exhibit] = (),
    progress: Progress | None = None,
) -> str:
    """Give the report on an article as a single HTML file.

    The parameters are those of `article_sheet`.
    """
    made = article_sheet(
        article, verdicts, url=url, pages=pages, followed=followed, progress=progress
    )
    return filed(made)


def article_sheet(
    article: Article,
    verdicts: Sequence[Verdict],
    *,
    url: str | None = None,
    pages: Mapping[str, str] | None = None,
    followed: Sequence[Exhibit] = (),
    in_short: bool = False,
    progress: Progress | None = None,
) -> Sheet:
    """Lay out the report on an article: scoreboard, key pictures, argument, every claim in short.

    Parameters
    ----------
    article : Article
        What was said, and which claim supports which.
    verdicts : sequence of Verdict
        Those that were heard; the page keeps to their order.
    url : str, optional
        Where the page will stand, for the ClaimReviews.
    pages : mapping of str to str, optional
        For the anchor of a claim, such as S27, the address of its full report.
    followed : sequence of Exhibit, optional
        What came since publication, as `leadline.live.pictures.of_article` gives it.
    in_short : bool
        Leave the picture of each claim to its own page, and draw the key pictures alone.
    progress : callable, optional
        Told what is being drawn and the share that is done.
    """
    verdicts = [plain.verdict(verdict) for verdict in verdicts]
    claims = {claim.id: claim for claim in article.claims}
    weights = articles.weights(article, verdicts)
    shown = articles.key_exhibits(verdicts, weights)
    keys = {(verdict.claim.id, exhibit.name): place for place, verdict, exhibit in shown}
    told = []
    for place, verdict in enumerate(verdicts):
        name = words.anchor(verdict.claim.id)
        if progress is not None:
            progress(f"drawing {name}", place / len(verdicts))
        main = articles.main_picture(verdict)
        key = None if main is None else keys.get((verdict.claim.id, main.name))
        own = [main] if main is not None and key is None and not in_short else []
        view = views.of(verdict, claim=claims.get(name), pictures=own)
        view.above = None if key is None else f"key-{key}"
        told.append(view)
    # The engine of the trial, which a page of one claim does without.
    from leadline.trial import adjusted

    odds = adjusted(tuple(verdicts))
    graph = [node for v in verdicts for node in claim_review(v, url=url)["@graph"]]
    return Sheet(
        "article.html.j2",
        title=f"{article.title} · Leadline",
        description=articles.summary(verdicts),
        json_ld={"@context": "https://schema.org", "@graph": graph},
        version=verdicts[0].made_by.leadline if verdicts else leadline.__version__,
        context={
            "article": article,
            "counts": articles.counts(verdicts),
            "said": [s for s in (articles.live(verdicts), articles.informativeness(verdicts)) if s],
            "claims": _placed(told, article, odds, pages or {}),
            "types": list(dict.fromkeys(view.sort for view in told if view.sort)),
            "outcomes": [count.word.label for count in articles.counts(verdicts)],
            "keys": [
                articles.KeyView(articles.link(verdict), views.figure(exhibit, f"key-{place}"))
                for place, verdict, exhibit in shown
            ],
            "followed": [views.figure(plain.readable(e), f"followed-{e.name}") for e in followed],
            "argument": articles.argued(article, verdicts),
            "odds": articles.odds_rows(verdicts, odds),
            "odds_said": articles.odds_said(odds),
            "data": data_table([row for verdict in verdicts for row in verdict.data]),
        },
    )


def article_files(
    article: Article,
    verdicts: Sequence[Verdict],
    *,
    followed: Mapping[str, Sequence[Exhibit]] | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[str, str]]:
    """Give an article's report as files that link to one another: path in a folder, and text.

    First the article's page, then the full report on each claim below it. ``followed`` holds what
    came since publication by subject, as `leadline.live.pictures.by_subject` gives it.
    """
    since = followed or {}
    names = [words.anchor(verdict.claim.id) for verdict in verdicts]
    pages = {name: f"{article.id}/{name}.html" for name in names}
    first = f"{article.id}.html"
    whole = since.get(article.id, ())
    yield first, article_page(article, verdicts, pages=pages, followed=whole, progress=progress)
    claims = {claim.id: claim for claim in article.claims}
    for place, (name, verdict) in enumerate(zip(names, verdicts, strict=True)):
        if progress is not None:
            progress(f"drawing {name} in full", place / len(names))
        text = page(
            verdict,
            claim=claims.get(name),
            whole=f"../{first}#{name}",
            followed=since.get(verdict.claim.id, ()),
        )
        yield pages[name], text


def _placed(
    told: Sequence[views.ClaimView], article: Article, odds: articles.Odds, pages: Mapping[str, str]
) -> Sequence[views.ClaimView]:
    """Tell each claim its place among the others."""
    names = [view.anchor for view in told]
    supports = argument.within(names, article.supports)
    below = argument.turned(supports)
    for view in told:
        view.rank = articles.RANK.index(view.history.outcome)
        view.odds = tuple(words.p_value(p) for p in odds.get(view.claim.id, ()))
        view.supports = supports.get(view.anchor, ())
        view.rests_on = below.get(view.anchor, ())
        view.page = pages.get(view.anchor)
    return told


def data_block(value: Any) -> Markup:
    """Give a value as JSON that may stand in a script element."""
    # Inside <script> only "<" can end the block; JSON may spell it out.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - see above


@cache
def static(name: str) -> str:
    """Give a file of our style or script as text."""
    folder = importlib.resources.files("leadline.report").joinpath("static")
    return folder.joinpath(name).read_text("utf-8").strip()


def _variables(colours: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


def style() -> str:
    """Give the style of every page, its colours in light and in dark first."""
    return (
        f":root{{color-scheme:light dark;{_variables(LIGHT)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}\n"
        + static("page.css")
    )


def themes() -> str:
    """Give the style by which a reader's own choice of light or dark beats the system's."""
    return (
        f":root[data-theme=light]{{color-scheme:light;{_variables(LIGHT)}}}\n"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{_variables(DARK)}}}}}\n"
    )


def environment(loader: BaseLoader) -> Environment:
    """Give an environment for our templates: everything escaped, nothing undefined."""
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        day=words.day,
        capital=words.capital,
        icon=lambda sign: Markup(icons.icon(sign)),  # noqa: S704 - from a fixed table
        no_advice=words.NO_ADVICE,
    )
    return made


@cache
def _alone() -> Environment:
    return environment(PackageLoader("leadline.report", "templates"))


def filed(sheet: Sheet) -> str:
    """Give a page as a file that needs no network, with style and script inside."""
    script = static("page.js")
    digest = hashlib.sha256(script.encode()).digest()
    return (
        _alone()
        .get_template(sheet.template)
        .render(
            layout="base.html.j2",
            files=None,
            title=sheet.title,
            description=sheet.description,
            json_ld=data_block(sheet.json_ld),
            version=sheet.version,
            style=Markup(style()),  # noqa: S704 - our own file
            own_style=Markup(static(sheet.style)) if sheet.style else "",  # noqa: S704 - the same
            script=Markup(script),  # noqa: S704 - our own file
            script_hash=base64.b64encode(digest).decode(),
            **sheet.context,
        )
    )
