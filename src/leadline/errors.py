"""What can go wrong, by who can mend it."""

import difflib
from collections.abc import Iterable


class LeadlineError(Exception):
    """Base of every error that Leadline raises on purpose; the message is for the user."""


class ClaimError(LeadlineError):
    """A claim or article file says something that cannot be read; its author can mend it."""


class DataError(LeadlineError):
    """A series is missing, malformed or implausible; its source can mend it."""


class NotHeldError(DataError):
    """A store lacks what is asked of it: a series, or a value of it known by then."""


class ArchiveError(LeadlineError):
    """A stored document is missing, damaged or was written by a newer Leadline."""


class AlteredError(ArchiveError):
    """A stored document does not bring out its own seal: somebody changed it."""


class SettingError(LeadlineError):
    """A setting is missing or cannot be used; whoever set it can mend it."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give ``" Did you mean 'x'?"`` for the nearest of ``known``, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
