"""An article: what became of each of its claims, how its argument hangs together, and its text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

import leadline
from leadline.annotate import annotate
from leadline.claim import Article
from leadline.errors import DataError
from leadline.live import pictures
from leadline.report import annotated, articles, document, plain, views, words
from leadline.report.document import Sheet
from leadline.report.views import FigureView
from leadline.verdict import Verdict
from leadline.web import addresses, card, downloads, site, standing
from leadline.web.addresses import Place
from leadline.web.pages import Printed, page
from leadline.web.shelf import Shelf
from leadline.web.site import Files


@dataclass(frozen=True, slots=True)
class Unheard:
    """A claim that no verdict is at hand on."""

    at: str
    name: str
    says: str


@page("/articles/{article}", "verdicts", "ledger", "files", "today")
def article(shelf: Shelf, article: str) -> Printed | None:
    """Print the page of an article."""
    found = shelf.article(article)
    if found is None:
        return None
    at, verdicts, book = addresses.of_article(found), shelf.verdicts(found), shelf.told(found)
    if not verdicts:
        return _not_heard(shelf, found)
    sheet = document.article_sheet(
        found,
        verdicts,
        url=f"{shelf.sources.url}{at}",
        pages={claim.id: Place(found, claim).at for claim in found.claims},
        followed=() if book is None else pictures.of_article(book),
        in_short=True,
    )
    for view, verdict in zip(sheet.context["claims"], verdicts, strict=True):
        stands = standing.of(shelf, Place(found, found.claim(view.anchor)), verdict)
        if stands is not None:
            stands.tell(view)
    more = {
        "unheard": _unheard(found, verdicts),
        "live_at": "" if book is None else f"/live/{found.id}",
        "text_at": _text_at(shelf, found),
    }
    stale, until = standing.newest(shelf, [found])
    return site.printed(
        replace(sheet, template="article_page.html.j2", context={**sheet.context, **more}),
        at=at,
        files=_files(found, verdicts),
        url=shelf.sources.url,
        image=f"{at}/card.png",
        crumbs=(("/", "Scoreboard"),),
        data_until="" if until is None else words.day(until),
        stale=standing.some(stale),
    )


@page("/articles/{article}/text", "verdicts", "files")
def text(shelf: Shelf, article: str) -> Printed | None:
    """Print the text that the user supplied, each claim in it marked with its outcome."""
    found, path = shelf.article(article), shelf.sources.texts.get(article)
    if found is None or path is None:
        return None
    try:
        said = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: The text of {article} cannot be read: {error}."
        raise DataError(msg) from None
    verdicts = {claim.id: shelf.listed(claim) for claim in found.claims}
    pages = {claim.id: Place(found, claim).at for claim in found.claims}
    sheet = annotated.sheet(annotate(said, found.claims), found, verdicts, pages=pages)
    at = addresses.of_article(found)
    return site.printed(
        sheet,
        at=f"{at}/text",
        url=shelf.sources.url,
        crumbs=(("/", "Scoreboard"), (at, found.title)),
    )


@page("/articles/{article}/card.png", "verdicts", "files")
def article_card(shelf: Shelf, article: str) -> Printed | None:
    """Give the picture that goes along where the page of an article is shared."""
    found = shelf.article(article)
    if found is None:
        return None
    verdicts = shelf.verdicts(found)
    above = f"{found.publisher} · {words.day(found.first_seen)}"
    heard = f"{len(verdicts)} of {len(found.claims)} claims heard"
    drawn = card.of_article(above, found.title, articles.counts(verdicts), heard)
    return Printed(drawn, "image/png")


def _not_heard(shelf: Shelf, article: Article) -> Printed:
    sheet = Sheet(
        "article_not_heard.html.j2",
        title=f"Not heard yet: {article.title} · Leadline",
        description=f"No verdict on the claims of this article is at hand: {article.title}",
        json_ld={},
        version=leadline.__version__,
        context={
            "article": article,
            "unheard": _unheard(article, ()),
            "live_at": "" if shelf.told(article) is None else f"/live/{article.id}",
            "text_at": _text_at(shelf, article),
        },
    )
    at = addresses.of_article(article)
    return site.printed(sheet, at=at, url=shelf.sources.url, crumbs=(("/", "Scoreboard"),))


def _text_at(shelf: Shelf, article: Article) -> str:
    is_there = article.id in shelf.sources.texts
    return f"{addresses.of_article(article)}/text" if is_there else ""


def _unheard(article: Article, verdicts: Sequence[Verdict]) -> tuple[Unheard, ...]:
    heard = {verdict.claim.id for verdict in verdicts}
    return tuple(
        Unheard(Place(article, claim).at, claim.id, claim.paraphrase)
        for claim in article.claims
        if claim.ref not in heard
    )


def _files(article: Article, verdicts: Sequence[Verdict]) -> Files:
    """Give the links below each key picture, which are those of the page of its claim."""
    told = [plain.verdict(verdict) for verdict in verdicts]
    own: dict[str, tuple[str, str]] = {}
    for place, verdict, shown in articles.key_exhibits(told, articles.weights(article, told)):
        drawn = views.exhibits(verdict)
        name = next((name for name, exhibit in drawn.items() if exhibit is shown), None)
        if name is not None:
            at = f"{addresses.of_article(article)}/{words.anchor(verdict.claim.id)}"
            own[f"key-{place}"] = at, name

    def below(figure: FigureView) -> Markup:
        if figure.id not in own:
            return Markup("")
        at, name = own[figure.id]
        return downloads.links(at)(replace(figure, id=name))

    return below
