"""Rows of a book read back, one kind at a time."""

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from leadline.live.book import Body, Book, State

Kind = TypeVar("Kind", bound=Body)


def written(book: Book, subject: str, kind: type[Kind]) -> list[tuple[date, str, Kind]]:
    """Give the rows in force of one kind: day, what it is about, and what it says."""
    return [(r.day, r.about, r.body) for r in book.of(subject) if isinstance(r.body, kind)]


def states(book: Book, ref: str) -> list[tuple[date, State]]:
    """Give how a claim stood on each day, oldest first."""
    return [(day, state) for day, _, state in written(book, ref, State)]


def thinned(n: int, every: int, kept: Sequence[int] = ()) -> list[int]:
    """Give the places to draw: every so many, those asked for, and the last."""
    return sorted({*range(0, n, every), *kept, n - 1}) if n else []
