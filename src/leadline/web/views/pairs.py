"""One pair of a scan: what was found each way, and its trial if it was put on one."""

from typing import Any
from urllib.parse import urlencode

import leadline
from leadline import archive
from leadline.errors import ArchiveError
from leadline.report import document, files, views, words
from leadline.report.document import Sheet
from leadline.scan import Scan, pair
from leadline.scan.saved import Saved
from leadline.verdict import Verdict
from leadline.web import downloads, site
from leadline.web.pages import Printed, page
from leadline.web.scans import kept, of_pair, of_scan, unstep
from leadline.web.shelf import Shelf


@page("/scans/{scan}/pairs/{leader}/{follower}", "files")
def pair_page(shelf: Shelf, scan: str, leader: str, follower: str) -> Printed | None:
    """Print everything that a scan says of a directed pair and its reverse."""
    held = kept(shelf, unstep(scan))
    one, other = unstep(leader), unstep(follower)
    if held is None or one == other or not {one, other} <= set(held.found.assets):
        return None
    name, found = unstep(scan), held.found
    verdict, trouble = _trial(shelf, held, one, other)
    at = of_pair(name, one, other)
    forth, back = (pair.sentences(found, *way) for way in ((one, other), (other, one)))
    heading = f"{one} before {other}"
    told = Sheet(
        "pair.html.j2",
        title=f"{heading}, in a scan of {len(found.assets):,} series · Leadline",
        description=" ".join(forth),
        json_ld=_described(heading, " ".join(forth)),
        version=leadline.__version__,
        context={
            "scan": name,
            "heading": heading,
            "counts": _counts(found, one, other),
            "forth": forth,
            "back": back,
            "reverse": of_pair(name, other, one),
            "reverse_words": f"{other} before {one}",
            "table": pair.table(found, one, other),
            "command": pair.command(held, one, other),
            "trial": None if verdict is None else _shown(verdict),
            "trial_at": f"{at}/trial",
            "trouble": trouble,
            "more": tuple(
                (f"{of_scan(name)}?{urlencode(q)}#explore", text)
                for q, text in (
                    ({"leader": one}, f"What else {one} may lead"),
                    ({"follower": other}, f"What else may lead {other}"),
                )
            ),
        },
    )
    crumbs = (("/scans", "Scans"), (of_scan(name), name))
    return site.printed(told, at=at, crumbs=crumbs)


def _counts(found: Scan, leader: str, follower: str) -> bool:
    own = pair.row(found, leader, follower)
    return own is not None and bool(own.q_bh <= found.settings.fdr)


def _trial(shelf: Shelf, held: Saved, leader: str, follower: str) -> tuple[Verdict | None, str]:
    try:
        return held.trial(leader, follower), ""
    except ArchiveError as error:
        return None, shelf.worded(error)


def _shown(verdict: Verdict) -> dict[str, Any]:
    return {
        "word": words.outcome(verdict),
        "sentence": verdict.history.sentence,
        "paraphrase": verdict.claim.paraphrase,
        "numbers": words.four(verdict),
        "until": f"data to {words.day(verdict.history.data_until)}",
        "seal": words.short_seal(verdict.seal),
    }


@page("/scans/{scan}/pairs/{leader}/{follower}/trial", "files")
def trial(shelf: Shelf, scan: str, leader: str, follower: str) -> Printed | None:
    """Print the report on a pair of a scan that was put on trial."""
    held = kept(shelf, unstep(scan))
    one, other = unstep(leader), unstep(follower)
    verdict = None if held is None else held.trial(one, other)
    if verdict is None:
        return None
    name = unstep(scan)
    at = of_pair(name, one, other)
    crumbs = (("/scans", "Scans"), (of_scan(name), name), (at, f"{one} before {other}"))
    return site.printed(
        document.sheet(verdict),
        at=f"{at}/trial",
        crumbs=crumbs,
        files=downloads.links(f"{at}/trial"),
    )


@page("/scans/{scan}/pairs/{leader}/{follower}/trial/{figure}.{form}", "files", query=("dark",))
def trial_figure(
    shelf: Shelf, scan: str, leader: str, follower: str, *, figure: str, form: str, dark: str
) -> Printed | None:
    """Give a figure of a pair's trial as a file, or its verdict."""
    held = kept(shelf, unstep(scan))
    verdict = None if held is None else held.trial(unstep(leader), unstep(follower))
    if verdict is None:
        return None
    if (figure, form) == ("verdict", "json"):
        return Printed(archive.dumps(verdict).encode(), "application/json", "verdict.json")
    return downloads.printed(
        views.exhibits(verdict), figure, form, files.of_verdict(verdict), dark=dark
    )


def _described(name: str, said: str) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "name": name,
        "description": said,
    }
