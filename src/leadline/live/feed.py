"""What changed, as an Atom feed: one file, made anew whenever something did (RFC 4287)."""

import os
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import assert_never
from xml.etree import ElementTree as ET

from leadline.data.clock import DECISION_MINUTES
from leadline.live.alerts import NEWEST
from leadline.live.changes import Change
from leadline.live.words import CREDIT
from leadline.report import plain, words

ATOM = "http://www.w3.org/2005/Atom"

# XML has no way to write these.
_SHOWN = "\N{REPLACEMENT CHARACTER}"
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Site:
    """Where a feed and what it tells of stand.

    Attributes
    ----------
    feed : str
        The address of the feed itself.
    pages : mapping of str to str
        For claims and articles, by what changes call them, the addresses of their pages.
    """

    feed: str
    pages: Mapping[str, str]


def atom(
    name: str,
    title: str,
    since: date,
    changes: Iterable[Change],
    *,
    says: Mapping[str, str] | None = None,
    site: Site | None = None,
) -> str:
    """Give a feed of the newest changes.

    The same changes give the same text: an entry's id comes from its key, and its time is the
    decision of its day.

    Parameters
    ----------
    name : str
        What the feed is known by for ever, such as the article's id.
    title : str
        For readers.
    since : date
        When it began, which dates a feed without entries.
    changes : iterable of Change
        In any order; the newest hundred are taken.
    says : mapping of str to str, optional
        What each claim says, by its reference, to be told with its changes.
    site : Site, optional
        Where it stands, for links.
    """
    newest = sorted(changes, key=lambda change: (change.day, change.key), reverse=True)[:NEWEST]
    feed = ET.Element("feed", xmlns=ATOM)
    _add(feed, "id", _urn(f"feed {name}"))
    _add(feed, "title", title)
    _add(feed, "updated", _decided(newest[0].day if newest else since))
    _add(ET.SubElement(feed, "author"), "name", "Leadline")
    _add(feed, "generator", "Leadline")
    if site is not None:
        ET.SubElement(feed, "link", rel="self", href=site.feed)
    for change in newest:
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", _urn(change.key))
        _add(entry, "title", f"{change.subject}: {_turned(change)}")
        _add(entry, "updated", _decided(change.day))
        ET.SubElement(entry, "category", term=change.what)
        if site is not None and change.subject in site.pages:
            ET.SubElement(entry, "link", rel="alternate", href=site.pages[change.subject])
        _add(entry, "content", _told(change, (says or {}).get(change.subject)), type="text")
    ET.indent(feed)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(feed, encoding="unicode")}\n'


def _turned(change: Change) -> str:
    """Say in a word or two what a change came to."""
    new, old = change.new, change.old
    match change.what:
        case "state" | "resolved":
            return f"{_state(new)}, was {_state(old)}"
        case "credit":
            return next((word.label.lower() for state, word in CREDIT.items() if state == new), new)
        case "antecedent":
            return f"its condition {'is not known' if new == 'not known' else new}"
        case "trigger":
            return f"trigger {new}"
        case "phase":
            return f"phase {words.kind_title(new)}"
        case "stale":
            return "data too old" if new == "stale" else "data up to date"
        case "correction":
            return "corrected"
        case "registration":
            return "registered anew"
        case _:
            assert_never(change.what)


def _state(state: str) -> str:
    return words.LIVE[state].label.lower() if state in words.LIVE else state


def _told(change: Change, says: str | None) -> str:
    sentence = words.capital(plain.told(change.sentence.removeprefix(f"{change.subject}: ")))
    return sentence if says is None else f"{sentence} The claim: “{says}”"


def write(path: Path, feed: str) -> None:
    """Put a feed in its place, whole; readers see the one before until then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(feed, encoding="utf-8")
    draft.replace(path)


def _add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = _UNWRITABLE.sub(_SHOWN, text)


def _urn(said: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"leadline {said}").urn


def _decided(day: date) -> str:
    at = datetime.combine(day, time(), UTC) + timedelta(minutes=DECISION_MINUTES)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
