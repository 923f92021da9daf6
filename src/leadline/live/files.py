"""What is followed as files: one document, one page, one feed."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from leadline.claim import library
from leadline.live import words
from leadline.live.book import Book
from leadline.live.calls import Scoreboard
from leadline.live.changes import Change, changes
from leadline.live.lags import lags


def document(book: Book, told: Sequence[Change]) -> dict[str, Any]:
    """Give everything about the book's last day as one JSON document.

    ``told`` is what changed on it. Registrations are those of claims that have a clock.
    """
    data = words.freshness_of(book, book.last)
    followed = [claim.ref for claim in words.followed(book)]
    return {
        "document": "live",
        "schema": 1,
        "article": book.article.model_dump(mode="json", exclude={"claims", "watch"}),
        "as_of": book.last.isoformat(),
        "next_decision": f"{book.last + timedelta(days=2)}T00:10:00Z",
        "changes": [plain(each) for each in told],
        "stale": list(data.stale),
        "not_measured": dict(data.missing),
        "rows": [row.model_dump(mode="json") for row in book.on(book.last)],
        "registrations": {
            ref: book.registrations[ref].model_dump(mode="json", by_alias=True) for ref in followed
        },
        "no_clock": {reason: list(ids) for reason, ids in words.without_clock(book).items()},
    }


def plain(change: Change) -> dict[str, Any]:
    """Give a change as JSON can hold it."""
    return {**asdict(change), "day": change.day.isoformat()}


def write(
    book: Book, told: Sequence[Change], folder: Path, board: Scoreboard | None = None
) -> tuple[Path, ...]:
    """Write the page, the document and the feed of an article into a folder; give their paths."""
    from leadline.live import feed
    from leadline.live.page import page

    folder.mkdir(parents=True, exist_ok=True)
    article = book.article
    entries = changes(book, article.first_seen, book.last)
    published = {each.id: each for each in (*library(), article)}
    texts = {
        "live.html": page(book, scoreboard=board, lags=lags(published.values(), board=board)),
        "live.json": json.dumps(document(book, told), indent=2, ensure_ascii=False),
        "feed.xml": feed.atom(
            article.id, article.title, article.first_seen, entries, says=words.sayings(article)
        ),
    }
    paths = {name: folder / name for name in texts}
    for name, text in texts.items():
        feed.write(paths[name], text)
    return tuple(paths.values())
