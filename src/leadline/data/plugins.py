"""Providers and series that other packages bring.

A package names a provider under the entry point ``leadline.providers``; the name there is the
provider's id. The provider may have a ``catalogue`` of series, and ``feeds`` that say how these or
others are had from it. One that cannot be used is left out as a whole, and ``broken`` says why.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from itertools import combinations
from types import MappingProxyType

from pydantic import ValidationError

from leadline.data import provider as base
from leadline.data import series
from leadline.errors import DataError

GROUP = "leadline.providers"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A provider of another package, with the series it brings and the feeds it has."""

    provider: base.Provider
    catalogue: Mapping[str, series.SeriesInfo]
    feeds: Mapping[str, tuple[base.Feed, ...]]


def usable() -> Mapping[str, Plugin]:
    """Give the plug-ins by their provider's id, in alphabetical order."""
    return _found()[0]


def broken() -> Mapping[str, str]:
    """Say of each plug-in that cannot be used, by the name of its entry point, why."""
    return _found()[1]


class _Loading(threading.local):
    under_way = False


_loading = _Loading()


def _found() -> tuple[Mapping[str, Plugin], Mapping[str, str]]:
    # A plug-in that asked for the catalogue while it is imported would be given one without itself.
    if _loading.under_way:
        msg = "it asks which series or providers there are while it is being imported"
        raise DataError(msg)
    return _all()


@cache
def _all() -> tuple[Mapping[str, Plugin], Mapping[str, str]]:
    points: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        points.setdefault(point.name, []).append(point)
    found: dict[str, Plugin] = {}
    faults: dict[str, str] = {}
    _loading.under_way = True
    try:
        for name, rivals in sorted(points.items()):
            try:
                found[name] = _load(rivals)
            except DataError as error:
                faults[name] = str(error)
    finally:
        _loading.under_way = False
    for name, fault in _rivals(found).items():
        faults[name] = f"{_place(points[name][0])}: {fault}"
        del found[name]
    return MappingProxyType(found), MappingProxyType(faults)


def _load(points: list[EntryPoint]) -> Plugin:
    point = points[0]
    if len(points) > 1:
        both = " and ".join(_place(one) for one in points)
        msg = f"Two plug-ins are called {point.name!r}: {both}. Uninstall one of the packages."
        raise DataError(msg)
    if _is_built_in(point.name):
        msg = (
            f"{_place(point)}: Leadline has a provider of this name, leadline.data.providers."
            f"{point.name}. Uninstall the package, or ask its author for another name."
        )
        raise DataError(msg)
    try:
        return _checked(point.name, point.load())
    except (Exception, SystemExit) as error:
        msg = f"{_place(point)}: cannot be used: {_said(error)}. Upgrade it, or uninstall it."
        raise DataError(msg) from error


def _checked(name: str, provider: object) -> Plugin:
    if not isinstance(provider, base.Provider):
        lacking = sorted(word for word in base.ATTRIBUTES if not hasattr(provider, word))
        msg = f"it is no provider, for it lacks {', '.join(lacking)}"
        raise DataError(msg)
    if provider.id != name:
        msg = f"its provider calls itself {provider.id!r}"
        raise DataError(msg)
    catalogue: dict[str, series.SeriesInfo] = dict(getattr(provider, "catalogue", {}))
    for key, info in catalogue.items():
        if not isinstance(info, series.SeriesInfo) or info.id != key:
            msg = f"its catalogue holds under {key!r} no SeriesInfo of that id"
            raise DataError(msg)
    series.named((*series.built_in().values(), *catalogue.values()))
    feeds = base.FEEDS.validate_python(getattr(provider, "feeds", {}))
    for key, ways in feeds.items():
        if key not in catalogue and key not in series.built_in():
            msg = f"it has a feed of {key!r}, which is in no catalogue"
            raise DataError(msg)
        for way in ways:
            if way.provider != name and not _is_built_in(way.provider):
                msg = f"its feed of {key!r} names the provider {way.provider!r}, not {name!r}"
                raise DataError(msg)
    return Plugin(provider, MappingProxyType(catalogue), MappingProxyType(feeds))


def _is_built_in(provider: str) -> bool:
    return provider.isidentifier() and find_spec(f"leadline.data.providers.{provider}") is not None


def _rivals(found: Mapping[str, Plugin]) -> dict[str, str]:
    """Say of each two plug-ins that bring one name of a series that they do; neither is right."""
    names = {name: set(series.named(one.catalogue.values())) for name, one in found.items()}
    faults: dict[str, str] = {}
    for one, other in combinations(found, 2):
        common = sorted(names[one] & names[other])
        if common:
            for name, rival in ((one, other), (other, one)):
                faults[name] = (
                    f"brings a series called {common[0]!r}, and so does the plug-in {rival!r}. "
                    "Uninstall one of the packages."
                )
    return faults


def _place(point: EntryPoint) -> str:
    package = f"{point.dist.name} {point.dist.version}" if point.dist else "an unnamed package"
    return f"plug-in {point.name!r} of {package} ({point.value})"


def _said(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    said = " ".join(str(error).split())
    return said if isinstance(error, DataError) else f"{type(error).__name__}: {said}".rstrip(": ")
