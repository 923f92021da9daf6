"""The kinds of test: one file each, known everywhere once the file exists."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from leadline.evidence.base import HypothesisTest

_SHARED = {
    "base",
    "conditions",
    "driver_parts",
    "event_pictures",
    "events",
    "exhibits",
    "explosive_pictures",
    "forecast_pictures",
    "pictures",
    "readings",
    "relation",
    "rule_pictures",
    "same_day",
    "sample",
    "shocks",
    "starts",
    "states",
    "windows",
}


@cache
def kinds() -> Mapping[str, type[HypothesisTest]]:
    """Give every kind of test by its short name; two files with one kind is an error."""
    found: dict[str, type[HypothesisTest]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        if module_info.name in _SHARED:
            continue
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, HypothesisTest)
                and value.__module__ == module.__name__
                and "kind" in value.model_fields
                and isinstance(value.model_fields["kind"].default, str)
            ):
                name = value.model_fields["kind"].default
                if name in found:
                    msg = f"Two kinds of test are called {name!r}."
                    raise TypeError(msg)
                found[name] = value
    return found
