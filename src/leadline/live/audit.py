"""Whether the ledger still is what was written."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leadline.data.clock import last_decided
from leadline.data.database import Database, alerts
from leadline.data.database import ledger as kept
from leadline.data.database.ledger import Entry, Place
from leadline.errors import AlteredError
from leadline.live.book import State
from leadline.live.entries import digest_of, place_of, row_of


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the ledger that is not as it was written, and where."""

    where: str
    says: str

    def __str__(self) -> str:
        """Give one sentence."""
        return f"{self.where}: {self.says}"


def verify(db: Database) -> tuple[Problem, ...]:
    """Look for whatever was altered, taken away or put in since it was written; none is found.

    A chain that was cut off at its end shows by the alerts that told of it, and by nothing else.
    """
    with db.connect() as connection:
        entries = kept.entries(connection)
        registered = kept.registrations(connection)
        told = alerts.told(connection)
    chains: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        chains[entry.place.claim].append(entry)
    found = [problem for each in registered for problem in _registration_problems(each)]
    known = {each.sha256 for each in registered}
    for chain in chains.values():
        found += _chain_problems(chain)
        found += _row_problems(chain, known)
        found += _gaps(chain)
    hashes = {entry.sha256 for entry in entries}
    for alert in told:
        sha256 = json.loads(alert.text).get("ledger")
        if sha256 is not None and sha256 not in hashes:
            where = f"{alert.claim} {alert.day}"
            found.append(Problem(where, f"the row {sha256[:12]} that an alert told of is gone."))
    return tuple(found)


def _registration_problems(each: kept.Registered) -> Iterator[Problem]:
    if hashlib.sha256(each.text.encode()).hexdigest() != each.sha256:
        yield Problem(each.claim, f"the registration {each.sha256[:12]} was altered.")


def _chain_problems(chain: Sequence[Entry]) -> Iterator[Problem]:
    """Follow the hashes from the first row about a claim to the last."""
    before = ""
    for entry in chain:
        if entry.previous != before:
            yield _problem(entry, "does not follow the row before it: rows are gone or were added")
        if entry.sha256 != kept.chained(entry.previous, entry.text):
            yield _problem(entry, "was altered: its text does not bring out its hash")
        before = entry.sha256


def _row_problems(chain: Sequence[Entry], registered: set[str]) -> Iterator[Problem]:
    """Hold what stands in each row against where it stands."""
    force: dict[Place, Entry] = {}
    for entry in chain:
        try:
            row = row_of(entry)
        except AlteredError:
            yield _problem(entry, "cannot be read")
            continue
        if place_of(row) != entry.place:
            yield _problem(entry, "is filed under another day or claim than it says")
        stood = force.get(entry.place)
        if entry.corrects != (None if stood is None else stood.id):
            yield _problem(entry, "is no correction of the row that stood there")
        elif row.corrects != (None if stood is None else digest_of(stood)):
            yield _problem(entry, "names another row to correct than the one that stood there")
        if isinstance(row.body, State) and row.body.registration not in registered:
            yield _problem(entry, "was written under a registration that is gone")
        if row.day > last_decided(entry.recorded_at):
            yield _problem(entry, "was written before its day was decided")
        force[entry.place] = entry


def _gaps(chain: Sequence[Entry]) -> Iterator[Problem]:
    days = sorted({entry.place.day for entry in chain})
    for day, following in pairwise(days):
        if (following - day).days > 1:
            where = f"{chain[0].place.claim} {day}"
            yield Problem(where, f"the next row is of {following}; those between are missing.")


def _problem(entry: Entry, says: str) -> Problem:
    return Problem(f"{entry.place.claim} {entry.place.day}", f"row {entry.id} {says}.")
