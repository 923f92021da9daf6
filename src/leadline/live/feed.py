"""What changed, as an Atom feed: one file, made anew whenever something did (RFC 4287)."""

import os
import re
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from leadline.data.clock import DECISION_MINUTES
from leadline.live.alerts import NEWEST
from leadline.live.changes import Change

ATOM = "http://www.w3.org/2005/Atom"

# XML has no way to write these.
_SHOWN = "\N{REPLACEMENT CHARACTER}"
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(name: str, title: str, since: date, changes: Iterable[Change]) -> str:
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
    """
    newest = sorted(changes, key=lambda change: (change.day, change.key), reverse=True)[:NEWEST]
    feed = ET.Element("feed", xmlns=ATOM)
    _add(feed, "id", _urn(f"feed {name}"))
    _add(feed, "title", title)
    _add(feed, "updated", _decided(newest[0].day if newest else since))
    _add(ET.SubElement(feed, "author"), "name", "Leadline")
    _add(feed, "generator", "Leadline")
    for change in newest:
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", _urn(change.key))
        _add(entry, "title", f"{change.subject}: {change.what}")
        _add(entry, "updated", _decided(change.day))
        ET.SubElement(entry, "category", term=change.what)
        _add(entry, "content", change.sentence, type="text")
    ET.indent(feed)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(feed, encoding="unicode")}\n'


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
