"""A claim: its newest verdict, or any sealed one, with all pictures and whatever else there is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import leadline
from leadline import archive
from leadline.claim import Claim
from leadline.data.database import documents
from leadline.evidence.exhibits import Bars, Exhibit, Mark
from leadline.live import call_pictures, pictures
from leadline.live import words as live_words
from leadline.report import citation, document, files, plain, views, words
from leadline.report.document import Sheet
from leadline.report.jsonld import claim_review
from leadline.report.views import FigureView
from leadline.verdict import Verdict
from leadline.web import addresses, badge, card, downloads, published, site, standing
from leadline.web.addresses import Place
from leadline.web.pages import Printed, page
from leadline.web.shelf import Shelf
from leadline.web.standing import Standing

_JSON = "application/json"
_LD = "application/ld+json"
_CSL = "application/vnd.citationstyles.csl+json"
_RULER = "ruler"


@dataclass(frozen=True, slots=True)
class Trial:
    """Another time the claim was heard."""

    at: str
    seal: str
    made: date
    as_of: date
    word: words.Word
    live: str
    reworded: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """A claim before or after this one."""

    at: str
    name: str
    says: str


@page("/articles/{article}/{claim}", "verdicts", "ledger", "files", "today")
def claim(shelf: Shelf, article: str, claim: str) -> Printed | None:
    """Print the page of a claim."""
    place = addresses.place(shelf, article, claim)
    if place is None:
        return None
    verdict = shelf.verdict(place.claim)
    if verdict is None:
        return _not_heard(shelf, place)
    return _printed(shelf, place, verdict, at=place.at)


@page("/verdicts/{seal}", "verdicts", "ledger", "files", "today")
def sealed(shelf: Shelf, seal: str) -> Printed | None:
    """Print a sealed verdict, the newest or not; or those whose seals start with these digits."""
    found = _seals(shelf, seal)
    if len(found) > 1:
        return _which(shelf, seal, found)
    verdict = shelf.sealed(found[0]) if found else None
    place = None if verdict is None else addresses.named(shelf, verdict.claim.id)
    if verdict is None or place is None:
        return None
    return _printed(shelf, place, verdict, at=addresses.of_verdict(verdict.seal))


@page("/articles/{article}/{claim}/{figure}.{form}", "verdicts", "ledger", "files", query=("dark",))
def figure(
    shelf: Shelf, article: str, claim: str, figure: str, form: str, dark: str
) -> Printed | None:
    """Give one figure of a claim as a file."""
    place, verdict = _newest(shelf, article, claim)
    if place is None or verdict is None:
        return None
    drawn = _drawn(shelf, place, verdict)
    return downloads.printed(drawn, figure, form, files.of_verdict(verdict), dark=dark)


@page("/verdicts/{seal}/{figure}.{form}", "verdicts", "ledger", "files", query=("dark",))
def figure_of_seal(shelf: Shelf, seal: str, figure: str, form: str, dark: str) -> Printed | None:
    """Give one figure of a sealed verdict as a file."""
    place, verdict = _of_seal(shelf, seal)
    if place is None or verdict is None:
        return None
    drawn = _drawn(shelf, place, verdict)
    return downloads.printed(drawn, figure, form, files.of_verdict(verdict), dark=dark)


@page("/articles/{article}/{claim}/all.zip", "verdicts", "ledger", "files")
def everything(shelf: Shelf, article: str, claim: str) -> Printed | None:
    """Give a claim as one archive: every figure, every number, document, review and citation."""
    place, verdict = _newest(shelf, article, claim)
    if place is None or verdict is None:
        return None
    drawn, origin = _drawn(shelf, place, verdict), files.of_verdict(verdict)
    held = [
        ("README.txt", files.readme(list(drawn.values()), origin)),
        ("verdict.json", archive.dumps(verdict).encode()),
        ("review.jsonld", files.as_json(claim_review(verdict, url=_address(shelf, place)))),
        ("cite.bib", f"{citation.bibtex(verdict)}\n".encode()),
        ("cite.json", files.as_json([citation.csl(verdict, url=_absolute(shelf, place.at))])),
    ]
    for name, shown in drawn.items():
        stem = f"figures/{files.file_name(name)}"
        held += [(f"{stem}.svg", files.written(shown, "svg", origin))]
        held += files.numbers(shown, stem, origin)
    name = files.file_name(f"{place.article.id}-{place.claim.id}-{verdict.seal[:12]}")
    return Printed(files.packed(held), files.MEDIA["zip"], f"{name}.zip")


@page("/articles/{article}/{claim}/verdict.json", "verdicts", "files")
def receipt(shelf: Shelf, article: str, claim: str) -> Printed | None:
    """Give the sealed document itself."""
    place, verdict = _newest(shelf, article, claim)
    return None if place is None or verdict is None else _document(verdict)


@page("/verdicts/{seal}/verdict.json", "verdicts", "files")
def receipt_of_seal(shelf: Shelf, seal: str) -> Printed | None:
    """Give the sealed document itself."""
    _, verdict = _of_seal(shelf, seal)
    return None if verdict is None else _document(verdict)


@page("/articles/{article}/{claim}/review.jsonld", "verdicts", "files")
def review(shelf: Shelf, article: str, claim: str) -> Printed | None:
    """Give the ClaimReview."""
    place, verdict = _newest(shelf, article, claim)
    if place is None or verdict is None:
        return None
    return Printed(files.as_json(claim_review(verdict, url=_address(shelf, place))), _LD)


@page("/articles/{article}/{claim}/cite.bib", "verdicts", "files")
def bibtex(shelf: Shelf, article: str, claim: str) -> Printed | None:
    """Give the citation as BibTeX."""
    place, verdict = _newest(shelf, article, claim)
    if place is None or verdict is None:
        return None
    body = f"{citation.bibtex(verdict)}\n".encode()
    return Printed(body, "application/x-bibtex", files.file_name(f"{claim}.bib"))


@page("/articles/{article}/{claim}/cite.json", "verdicts", "files")
def csl(shelf: Shelf, article: str, claim: str) -> Printed | None:
    """Give the citation as CSL-JSON."""
    place, verdict = _newest(shelf, article, claim)
    if place is None or verdict is None:
        return None
    cited = [citation.csl(verdict, url=_absolute(shelf, place.at))]
    return Printed(files.as_json(cited), _CSL, files.file_name(f"{claim}-cite.json"))


@page("/articles/{article}/{claim}/badge.svg", "verdicts", "ledger", "files", "today")
def claim_badge(shelf: Shelf, article: str, claim: str) -> Printed | None:
    """Give the badge of a claim."""
    place, verdict = _newest(shelf, article, claim)
    return None if place is None or verdict is None else _badge(shelf, place, verdict)


@page("/verdicts/{seal}/badge.svg", "verdicts", "ledger", "files", "today")
def badge_of_seal(shelf: Shelf, seal: str) -> Printed | None:
    """Give the badge of a sealed verdict, which tells where there is a newer one."""
    place, verdict = _of_seal(shelf, seal)
    return None if place is None or verdict is None else _badge(shelf, place, verdict)


@page("/articles/{article}/{claim}/card.png", "verdicts", "ledger", "files")
def claim_card(shelf: Shelf, article: str, claim: str) -> Printed | None:
    """Give the picture that goes along where the page of a claim is shared."""
    place, verdict = _newest(shelf, article, claim)
    if place is None or verdict is None:
        return None
    told = plain.verdict(verdict)
    drawn = card.of_claim(verdict, _standing(shelf, place, verdict), told.history.sentence)
    return Printed(drawn, "image/png")


def _printed(shelf: Shelf, place: Place, verdict: Verdict, *, at: str) -> Printed:
    followed = _followed(shelf, place, verdict)
    sheet = document.sheet(
        verdict,
        claim=place.claim if verdict.claim.sha256 == place.claim.sha256 else None,
        url=_absolute(shelf, at) or at,
        whole=addresses.of_article(place.article),
        followed=followed,
    )
    stands, newest = _standing(shelf, place, verdict), shelf.verdict(place.claim)
    is_newest = newest is not None and newest.seal == verdict.seal
    stale = stands.stale(shelf.today()) if is_newest else ()
    if is_newest:
        stands.tell(sheet.context["c"])
    own = place.at if is_newest else at
    more = {
        "place": place,
        "own": own,
        "stands": stands,
        "newest": None if is_newest else newest,
        "live_at": _live(shelf, place),
        "ruler": _ruler(shelf, place),
        "terms": files.terms(verdict.data),
        "trials": _trials(shelf, place, verdict),
        "badge": badge.told(verdict, stands, _note(shelf, place, verdict, stands)),
        "embed": _snippet(shelf, own, verdict, stands),
        "badge_size": (badge.WIDTH, badge.HEIGHT),
        **_neighbours(place),
    }
    return site.printed(
        replace(sheet, template="claim_page.html.j2", context={**sheet.context, **more}),
        at=at,
        files=downloads.links(own),
        url=shelf.sources.url,
        image=f"{place.at}/card.png" if is_newest else "",
        crumbs=_crumbs(place),
        data_until=words.day(stands.day),
        stale=standing.some(stale),
    )


def _not_heard(shelf: Shelf, place: Place) -> Printed:
    sheet = Sheet(
        "claim_not_heard.html.j2",
        title=f"Not heard yet: {place.claim.paraphrase} · Leadline",
        description=f"No verdict on this claim is at hand: {place.claim.paraphrase}",
        json_ld={},
        version=leadline.__version__,
        context={
            "claim": place.claim,
            "anchor": words.anchor(place.claim.ref),
            "place": place,
            "type": words.TYPES[place.claim.type],
            "tests": _tests(place.claim),
            "stands": standing.of(shelf, place, None),
            "live_at": _live(shelf, place),
            "trials": _trials(shelf, place, None),
            "command": f"leadline try {place.claim.ref}",
            **_neighbours(place),
        },
    )
    return site.printed(sheet, at=place.at, url=shelf.sources.url, crumbs=_crumbs(place))


def _which(shelf: Shelf, seal: str, found: Sequence[str]) -> Printed:
    verdicts = [verdict for each in found if (verdict := shelf.sealed(each)) is not None]
    sheet = Sheet(
        "seals.html.j2",
        title=f"Seals that start with {seal} · Leadline",
        description=f"{len(verdicts)} verdicts have a seal that starts with {seal}.",
        json_ld={},
        version=leadline.__version__,
        context={"seal": seal, "found": [_trial(each, None, "") for each in verdicts],
                 "says": [each.claim for each in verdicts]},
    )  # fmt: skip
    return site.printed(sheet, at=addresses.of_verdict(seal), url=shelf.sources.url)


def _newest(shelf: Shelf, article: str, claim: str) -> tuple[Place | None, Verdict | None]:
    place = addresses.place(shelf, article, claim)
    return place, None if place is None else shelf.verdict(place.claim)


def _of_seal(shelf: Shelf, seal: str) -> tuple[Place | None, Verdict | None]:
    found = _seals(shelf, seal)
    verdict = shelf.sealed(found[0]) if len(found) == 1 else None
    return None if verdict is None else addresses.named(shelf, verdict.claim.id), verdict


def _seals(shelf: Shelf, prefix: str) -> tuple[str, ...]:
    whole = rf"[0-9a-f]{{{archive.MIN_PREFIX},64}}"
    if shelf.db is None or re.fullmatch(whole, prefix) is None:
        return ()
    return tuple(
        each.seal for each in documents.starting_with(shelf.db, prefix) if each.kind == "verdict"
    )


def _standing(shelf: Shelf, place: Place, verdict: Verdict) -> Standing:
    found = standing.of(shelf, place, verdict)
    assert found is not None  # noqa: S101 - there is a verdict to stand by
    return found


def _followed(shelf: Shelf, place: Place, verdict: Verdict) -> tuple[Exhibit, ...]:
    """Draw what came since, of a verdict on the claim as it is worded now."""
    book = shelf.told(place.article)
    is_same = verdict.claim.sha256 == place.claim.sha256
    if book is None or not is_same or place.claim.ref not in book.registrations:
        return ()
    return pictures.of_claim(book, place.claim.ref)


def _live(shelf: Shelf, place: Place) -> str:
    book = shelf.told(place.article)
    if book is None or place.claim not in live_words.followed(book):
        return ""
    return f"/live/{place.article.id}#{place.claim.id}"


def _drawn(shelf: Shelf, place: Place, verdict: Verdict) -> dict[str, Exhibit]:
    drawn = views.exhibits(verdict, followed=_followed(shelf, place, verdict))
    ruler = _lags_drawn(shelf, place)
    return drawn if ruler is None else drawn | {_RULER: ruler}


def _ruler(shelf: Shelf, place: Place) -> FigureView | None:
    drawn = _lags_drawn(shelf, place)
    return None if drawn is None else views.figure(plain.readable(drawn), _RULER)


def _lags_drawn(shelf: Shelf, place: Place) -> Bars | None:
    """Draw all published lags where this claim is one of them."""
    told = published.lags(shelf)
    own = next((lag for lag in told if lag.claim == place.claim.ref), None)
    drawn = None if own is None else call_pictures.ruler(told)
    if own is None or drawn is None:
        return None
    span = f"{own.low:.0f}" if own.low == own.high else f"{own.low:.0f} to {own.high:.0f}"
    said = f"This claim says {span} days. {drawn.finding}"
    mark = Mark(label="this claim", at=own.low, to=None if own.low == own.high else own.high)
    return drawn.model_copy(update={"finding": said, "marks": (*drawn.marks, mark)})


def _trials(shelf: Shelf, place: Place, shown: Verdict | None) -> tuple[Trial, ...]:
    """Give every time the claim was heard, the newest data first; none where that was once."""
    told = shelf.history(place.claim.ref)
    if shown is not None and len(told) == 1:
        return ()
    seal = "" if shown is None else shown.seal
    return tuple(_trial(each, place.claim, seal) for each in reversed(told))


def _trial(verdict: Verdict, claim: Claim | None, shown: str) -> Trial:
    return Trial(
        at=addresses.of_verdict(verdict.seal),
        seal=words.short_seal(verdict.seal),
        made=standing.heard_at(verdict).date(),
        as_of=verdict.as_of,
        word=words.OUTCOMES[verdict.history.outcome],
        live=words.live_word(verdict.live),
        reworded=claim is not None and verdict.claim.sha256 != claim.sha256,
        shown=verdict.seal == shown,
    )


def _tests(claim: Claim) -> tuple[tuple[str, str], ...]:
    """Say which tests will put a claim on trial, the deciding one first, each sort once."""
    told = (
        (words.capital(words.kind_title(test.kind)), plain.told(test.null)) for test in claim.tests
    )
    return tuple(dict.fromkeys(told))


def _neighbours(place: Place) -> dict[str, Beside | None]:
    claims = place.article.claims
    at = claims.index(place.claim)
    found = (claims[at - 1] if at else None, claims[at + 1] if at + 1 < len(claims) else None)
    before, after = (
        None if each is None else Beside(Place(place.article, each).at, each.id, each.paraphrase)
        for each in found
    )
    return {"before": before, "after": after}


def _crumbs(place: Place) -> tuple[tuple[str, str], ...]:
    return (("/", "Scoreboard"), (addresses.of_article(place.article), place.article.title))


def _absolute(shelf: Shelf, at: str) -> str:
    """Give an address that can leave the site; nothing where it is not known where that stands."""
    return f"{shelf.sources.url}{at}" if shelf.sources.url else ""


def _address(shelf: Shelf, place: Place) -> str:
    return _absolute(shelf, place.at) or place.at


def _document(verdict: Verdict) -> Printed:
    name = f"{words.anchor(verdict.claim.id)}-{verdict.seal[:12]}"
    return Printed(archive.dumps(verdict).encode(), _JSON, f"{files.file_name(name)}.json")


def _badge(shelf: Shelf, place: Place, verdict: Verdict) -> Printed:
    stands = _standing(shelf, place, verdict)
    drawn = badge.svg(verdict, stands, note=_note(shelf, place, verdict, stands))
    return Printed(drawn.encode(), files.MEDIA["svg"])


def _note(shelf: Shelf, place: Place, verdict: Verdict, stands: Standing) -> str:
    """Say why a badge is not to be trusted any more; nothing where it is."""
    newest = shelf.verdict(place.claim)
    if newest is None or newest.seal != verdict.seal:
        return "Superseded"
    if stands.stale(shelf.today()):
        return f"Stale: data {stands.age(shelf.today())} days old"
    return ""


def _snippet(shelf: Shelf, at: str, verdict: Verdict, stands: Standing) -> str:
    base = shelf.sources.url or "https://YOUR-SITE"
    return badge.snippet(f"{base}{at}/badge.svg", f"{base}{at}", badge.told(verdict, stands))
