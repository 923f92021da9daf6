"""Between what the store keeps of the ledger and what it says."""

import hashlib

from pydantic import ValidationError

from leadline.claim import Article
from leadline.data.database.ledger import Entry, Place, Registered
from leadline.errors import AlteredError
from leadline.live.book import Registration, Row


def subjects_of(article: Article) -> tuple[str, ...]:
    """Name what the rows of an article are about: itself and its claims."""
    return (article.id, *(claim.ref for claim in article.claims))


def place_of(row: Row) -> Place:
    """Give where a row is filed."""
    return Place(row.subject, row.day, row.body.kind, row.about)


def row_of(entry: Entry) -> Row:
    """Read a row, keys of a later version ignored; raise AlteredError where it is none."""
    try:
        return Row.model_validate_json(entry.text, extra="ignore")
    except ValidationError as error:
        msg = (
            f"{entry.place.claim} {entry.place.day}: row {entry.id} of the ledger cannot be read: "
            f"{error.error_count()} of its values are none that Leadline writes."
        )
        raise AlteredError(msg) from None


def digest_of(entry: Entry) -> str:
    """Give the hash by which a correction names the row; no other row comes into it."""
    return hashlib.sha256(entry.text.encode()).hexdigest()


def registration_of(each: Registered) -> Registration:
    """Read a registration, as a row is read; raise AlteredError where it is none."""
    try:
        return Registration.model_validate_json(each.text, extra="ignore")
    except ValidationError:
        msg = (
            f"{each.claim}: the registration {each.sha256[:12]} cannot be read. Run leadline watch "
            "--check to see what was altered."
        )
        raise AlteredError(msg) from None
