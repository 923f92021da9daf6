"""Where series come from: one file a source.

Each file but ``folder`` has a ``PROVIDER``, and so has each plug-in (``leadline.data.plugins``).
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from leadline.data import plugins
from leadline.data.provider import Provider
from leadline.errors import DataError, did_you_mean

_NO_PROVIDERS = {"folder"}


@cache
def built_in() -> frozenset[str]:
    """Name the providers that come with Leadline, without importing any."""
    names = {module_info.name for module_info in pkgutil.iter_modules(__path__)}
    return frozenset(names - _NO_PROVIDERS)


def provider(name: str) -> Provider:
    """Give the provider of this id.

    Raises
    ------
    DataError
        Where there is none, or where it is a plug-in that cannot be used; the message says why.
    """
    if name in built_in():
        found: Provider = importlib.import_module(f"{__name__}.{name}").PROVIDER
        return found
    brought = plugins.usable()
    if name in brought:
        return brought[name].provider
    if name in plugins.broken():
        raise DataError(plugins.broken()[name])
    known = sorted(built_in() | set(brought))
    hint = did_you_mean(name, known)
    msg = f"No provider {name!r}.{hint} There are: {', '.join(known)}."
    raise DataError(msg)


@cache
def providers() -> Mapping[str, Provider]:
    """Give every usable provider by id, importing each."""
    names = sorted(built_in() | set(plugins.usable()))
    return MappingProxyType({name: provider(name) for name in names})
