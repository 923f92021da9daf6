"""A verdict heard again, and the two documents compared digit for digit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from leadline import archive, trial
from leadline.claim import from_source
from leadline.cli.show import Progress
from leadline.data.store import Store
from leadline.verdict import Verdict

# When a document was made is no part of what it says, and the seal follows from the rest.
_FREE = {"made_by.at", "seal"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of hearing an archived claim again."""

    archived: Verdict
    again: Verdict
    differences: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether the same claim, data and code gave the same digits."""
        return self.archived.seal == self.again.seal

    def words(self) -> str:
        """Give the outcome for a terminal, with every place that differs."""
        which = f"{self.archived.claim.id} as of {self.archived.as_of}"
        if self.verified:
            return f"Verified, digit for digit: {which}\nseal {self.archived.seal}"
        return "\n".join((f"NOT verified: {which}", *self.differences))


def to_json(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Give the document that ``--json`` prints."""
    return {
        "document": "verification",
        "schema": 1,
        "verified": all(each.verified for each in comparisons),
        "verdicts": [
            {
                "claim": each.archived.claim.id,
                "as_of": each.archived.as_of.isoformat(),
                "verified": each.verified,
                "seal": each.archived.seal,
                "recomputed_seal": each.again.seal,
                "differences": each.differences,
            }
            for each in comparisons
        ],
    }


def hear_again(archived: Verdict, store: Store, *, tick: Progress | None = None) -> Comparison:
    """Hear the archived claim, as it stood, on the archived day, and compare."""
    claim = from_source(archived.claim.source)
    again = trial.hear(claim, store, as_of=archived.as_of, progress=tick)
    found = differences(archive.document(archived), archive.document(again))
    return Comparison(archived, again, tuple(found))


def differences(archived: Any, again: Any, path: str = "") -> Iterator[str]:
    """Give a line for each place where two documents differ: path, archived and recomputed.

    >>> list(differences({"p": [0.1, 0.2]}, {"p": [0.1, 0.3]}))
    ['p[1]: archived 0.2, recomputed 0.3']
    """
    if path in _FREE:
        return
    match archived, again:
        case dict(), dict():
            for key in sorted(archived.keys() | again.keys()):
                below = f"{path}.{key}" if path else key
                if key not in again or key not in archived:
                    which = "archived" if key in archived else "recomputed"
                    yield f"{below}: only in the {which} document"
                else:
                    yield from differences(archived[key], again[key], below)
        case list(), list():
            if len(archived) != len(again):
                yield f"{path}: archived {len(archived)} items, recomputed {len(again)}"
                return
            for place, pair in enumerate(zip(archived, again, strict=True)):
                yield from differences(*pair, f"{path}[{place}]")
        case _:
            if archived != again or type(archived) is not type(again):
                yield f"{path}: archived {_short(archived)}, recomputed {_short(again)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
