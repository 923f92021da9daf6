"""Providers on the screen: what they allow, and what the user agreed to."""

from collections.abc import Iterable, Mapping
from textwrap import fill
from typing import TYPE_CHECKING, Any

from leadline.cli import show
from leadline.data.database.consents import Consent
from leadline.data.provider import Provider, feeds

if TYPE_CHECKING:
    from rich.table import Table

Agreed = Mapping[str, Consent]


def series_from(provider: Provider) -> tuple[str, ...]:
    """Name the series that have a feed of this provider."""
    return tuple(
        name for name, ways in feeds().items() if any(way.provider == provider.id for way in ways)
    )


def state(provider: Provider, agreed: Agreed) -> str:
    """Say in two words whether the provider may be asked."""
    if provider.terms.consent:
        return "agreed" if provider.id in agreed else "asks for consent"
    return f"key {provider.key_name}" if provider.key_name else "free to ask"


def table(found: Iterable[Provider], agreed: Agreed) -> "Table":
    """Give a line a provider."""
    return show.table(
        ("provider", "licence", "consent", ">series", "what it is"),
        (
            (
                each.id,
                each.terms.licence.replace("_", " "),
                state(each, agreed),
                str(len(series_from(each))),
                each.title,
            )
            for each in found
        ),
    )


def in_full(provider: Provider, agreed: Agreed) -> str:
    """Give all there is to know of one provider."""
    parts = {
        "licence": provider.terms.licence.replace("_", " "),
        "consent": state(provider, agreed),
        "terms": provider.terms.consent,
        "credit": provider.terms.credit,
        "hosts": ", ".join(provider.hosts),
        "series": ", ".join(series_from(provider)),
    }
    lines = [f"{provider.id}  {provider.title}"]
    lines += [
        fill(text, show.WIDTH, initial_indent=f"  {label:<9}", subsequent_indent=" " * 11)
        for label, text in parts.items()
        if text
    ]
    return "\n".join(lines)


def to_json(provider: Provider, agreed: Agreed) -> dict[str, Any]:
    """Give one provider for ``--json``."""
    at = agreed[provider.id].at.isoformat() if provider.id in agreed else None
    return {
        "provider": provider.id,
        "title": provider.title,
        "licence": provider.terms.licence,
        "credit": provider.terms.credit,
        "consent": provider.terms.consent,
        "agreed_at": at,
        "key": provider.key_name,
        "hosts": provider.hosts,
        "series": series_from(provider),
    }
