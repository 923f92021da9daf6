"""The kinds of test and the rule of the verdict, as their own code describes them."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from inspect import cleandoc
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from leadline import verdict
from leadline.data.duration import DurationText
from leadline.evidence import kinds
from leadline.evidence.base import POWER_ENOUGH, HypothesisTest
from leadline.evidence.relation import RelationTest
from leadline.report import words
from leadline.report.meanings import meaning
from leadline.verdict import Outcome

RELATIONS = "Links between series"
STATEMENTS = "What was so, and what may come"

CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "flag": "a flag, 0 or 1",
        "probability": "a probability, 0 to 1",
        "price": "a price",
        "rate": "a rate",
        "index": "an index",
    }
)
"""What a condition or derived series is, in words."""

_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "date",
    Any: "values",
}
_NAME = r"(?:(?:de|van|von)(?: der)? )?[A-Z][\w’-]+(?: (?:de|van|von) [A-Z][\w’-]+)?"
_SOURCE = re.compile(
    rf"({_NAME}(?:(?:, and |, | and ){_NAME})*(?: et al\.)?)(?:['’]s)?,? \(?((?:18|19|20)\d\d)\b"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a kind: what it takes, its default, and what it means."""

    name: str
    takes: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Method:
    """One kind of test.

    Attributes
    ----------
    question : str
        What it answers.
    about : str
        Its docstring, without indentation.
    reports : str
        What it estimates and in which unit; "" where it says yes or no.
    sources : tuple of str
        Author and year of what it follows, in the order in which they are named.
    """

    name: str
    title: str
    group: str
    question: str
    about: str
    null: str
    reports: str
    revision: int
    settings: tuple[Setting, ...]
    sources: tuple[str, ...]


@cache
def methods() -> Mapping[str, Method]:
    """Give every kind of test by its name, in alphabetical order."""
    return MappingProxyType({name: _method(name, kind) for name, kind in sorted(kinds().items())})


def _method(name: str, kind: type[HypothesisTest]) -> Method:
    about = cleandoc(kind.__doc__ or "")
    estimates = ""
    if issubclass(kind, RelationTest):
        estimates = f"{words.capital(kind.effect)}, in the unit: {kind.unit}."
    return Method(
        name=name,
        title=words.capital(words.kind_title(name)),
        group=RELATIONS if estimates else STATEMENTS,
        question=_question(kind),
        about=about,
        null=f"{words.capital(kind.null.rstrip('.'))}.",
        reports=estimates,
        revision=kind.revision,
        settings=tuple(
            _setting(name, setting, field)
            for setting, field in kind.model_fields.items()
            if setting != "kind"
        ),
        sources=sources(about),
    )


def _question(kind: type[HypothesisTest]) -> str:
    said = sys.modules[kind.__module__].__doc__ or ""
    return " ".join(said.split("\n\n")[0].split())


def _setting(kind: str, name: str, field: FieldInfo) -> Setting:
    default = "required"
    if not field.is_required():
        default = shown(field.get_default(call_default_factory=True))
    return Setting(name, takes(field.annotation), default, meaning(kind, name))


def sources(text: str) -> tuple[str, ...]:
    """Give the works that a text names by author and year, each once.

    >>> sources("As Toda and Yamamoto 1995; West's (1987). In May 2020 nobody did.")
    ('Toda and Yamamoto (1995)', 'West (1987)')
    """
    found = _SOURCE.findall(" ".join(text.split()))
    named = ((who, year) for who, year in found if who[:3] not in words.MONTHS)
    return tuple(dict.fromkeys(f"{who} ({year})" for who, year in named))


def shown(value: Any) -> str:
    """Write a default as a claim file would."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return json.dumps(value, default=str, ensure_ascii=False).replace('"', "")


def takes(annotation: Any) -> str:
    """Say in an author's words what a setting takes, code between backticks."""
    parts = [part for part in get_args(annotation) if part not in (NoneType, ...)]
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is Annotated:
        return takes(parts[0])
    if origin in (Union, UnionType):
        return " or ".join(takes(part) for part in parts)
    if origin is tuple:
        return f"list of {takes(parts[0])}"
    if origin in (dict, Mapping):
        return f"mapping of {takes(parts[0])} to {takes(parts[1])}"
    if annotation is DurationText:
        return "duration, such as `26w`"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping: " + ", ".join(f"`{name}`" for name in annotation.model_fields)
    return _WORDS.get(annotation) or str(annotation)


def rule() -> tuple[tuple[Outcome, str], ...]:
    """Give the rule of the verdict: each outcome and what it takes, in the order it is asked."""
    v = verdict
    passes, firm, half = f"{v.P_PASS:.0%}", f"{v.P_SUPPORTED:.0%}", f"{v.P_SECOND_HALF:.0%}"
    return (
        (
            "untestable",
            "The claim names no test, there are too few data, something about them is unresolved, "
            f"or {v.WORDING_EMPTY:.0%} or more of random histories make the words true.",
        ),
        (
            "contradicted",
            f"Chance alone does as well for the opposite at most {passes} of the time; or a fact "
            "was not so.",
        ),
        (
            "conditional",
            "Where the condition holds that the claim itself names, chance does as well at most "
            f"{passes} of the time, and in the newer half of the data at most {half}, unless "
            "it hardly held then; chance makes as large a difference to all other days at most "
            f"{passes} of the time; and on those nothing is shown: chance does as well there more "
            f"than {passes} of the time. What all days together show is then only the mixture.",
        ),
        (
            "decayed",
            f"Chance does as well at most {passes} of the time, but the interval of the newer "
            "half of the data leaves no room for an effect that matters.",
        ),
        (
            "supported",
            f"Chance does as well at most {firm} of the time; {v.SHARE_SUPPORTED:.0%} or more of "
            "the ways to run the test lie on the claimed side; the newer half points the same "
            f"way, with chance at most {half} of the time; forecasts made with past data alone "
            "gain, by the whole of their interval; and no leader that cannot matter does as well. "
            "Or a fact was so.",
        ),
        (
            "weakly_supported",
            f"Chance does as well at most {passes} of the time, {v.SHARE_WEAK:.0%} or more of the "
            "ways to run the test lie on the claimed side, and not every other check agrees.",
        ),
        (
            "not_supported",
            "The interval leaves no room for an effect that matters, and the test would have "
            f"found one {POWER_ENOUGH:.0%} of the time or more.",
        ),
        ("undecidable", "Everything else: what is known cannot tell."),
    )
