"""Conditions and other derived series, by name: each written once, usable in any claim."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from leadline.data.conditions.base import Definition, Inputs
from leadline.data.series import knows
from leadline.errors import DataError

__all__ = ["Definition", "Inputs", "definitions", "is_defined", "sources"]


@cache
def definitions() -> Mapping[str, Definition]:
    """Give every definition by its id: those in the ``DEFINITIONS`` of this package's files."""
    found: dict[str, Definition] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for definition in getattr(module, "DEFINITIONS", ()):
            if definition.id in found or knows(definition.id):
                msg = f"Two series are called {definition.id!r}."
                raise ValueError(msg)
            found[definition.id] = definition
    return MappingProxyType(found)


def is_defined(name: str) -> bool:
    """Say whether there is a definition of this id."""
    return name in definitions()


def sources(names: Iterable[str]) -> tuple[tuple[str, ...], tuple[Definition, ...]]:
    """Give the series that ``names`` rest on, and the definitions among them, inputs first.

    Raises DataError where definitions rest on one another in a circle.
    """
    series: dict[str, None] = {}
    ordered: dict[str, Definition] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            msg = f"{name!r} is defined by itself: {' needs '.join((*above, name))}."
            raise DataError(msg)
        if not is_defined(name):
            series[name] = None
        elif name not in ordered:
            for needed in definitions()[name].needs:
                visit(needed, (*above, name))
            ordered[name] = definitions()[name]

    for name in names:
        visit(name, ())
    return tuple(series), tuple(ordered.values())
