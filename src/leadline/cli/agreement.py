"""What the user agrees to before a provider that asks for it is asked."""

from collections.abc import Iterable
from textwrap import fill

import typer

from leadline.cli import show
from leadline.data.database import Database, consents
from leadline.data.providers import provider


def accept(db: Database, names: Iterable[str]) -> None:
    """Record that the user agrees to the terms of these providers; what was agreed to stays."""
    found = [provider(name) for name in names]
    held = consents.listed(db)
    for each in found:
        text = each.terms.consent
        if not text:
            show.note(f"{each.id} asks for no consent.")
        elif each.id not in held or held[each.id].text != text:
            consents.give(db, each.id, text)
            show.note(_wrapped(f"You agreed, for {each.id}: {text}"))
            show.note(f"To withdraw: leadline data consent --withdraw {each.id}")


def ask(db: Database, names: Iterable[str]) -> None:
    """Show the terms of these providers on the terminal and record what the user answers."""
    for name in names:
        each = provider(name)
        show.note(f"\n{each.title} ({name}) is asked only if you agree:")
        show.note(_wrapped(each.terms.consent, indent="  "))
        if typer.confirm(f"Agree, and fetch from {name}?", default=False, err=True):
            consents.give(db, name, each.terms.consent)


def _wrapped(text: str, indent: str = "") -> str:
    return fill(text, show.WIDTH, initial_indent=indent, subsequent_indent="  ")
