"""The OpenAPI document laid out for readers: what can be asked, and what each answer holds."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.web.api.serving import PREFIX

_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a request or of an answer."""

    name: str
    kind: str
    says: str

    @property
    def words(self) -> tuple[str, ...]:
        """What values it takes, word by word, so that the names of parts can be found."""
        return tuple(re.split(r"(\W+)", self.kind))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that can be asked; ``open`` says whether its address needs nothing filled in."""

    address: str
    says: str
    open: bool
    takes: tuple[Field, ...]
    gives: Field


@dataclass(frozen=True, slots=True)
class Group:
    """Things that can be asked about one subject."""

    name: str
    says: str
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """What stands in an answer."""

    name: str
    says: str
    fields: tuple[Field, ...]


def groups(description: Mapping[str, Any]) -> tuple[Group, ...]:
    """Give what can be asked, by subject."""
    return tuple(
        Group(tag["name"], tag["description"], tuple(_endpoints(description, tag["name"])))
        for tag in description["tags"]
    )


def models(description: Mapping[str, Any]) -> tuple[Model, ...]:
    """Give what stands in answers, by name."""
    schemas = description["components"]["schemas"]
    return tuple(
        Model(name, _paragraph(schema.get("description", "")), tuple(_fields(schema)))
        for name, schema in sorted(schemas.items())
        if schema.get("properties")
    )


def _endpoints(description: Mapping[str, Any], tag: str) -> Iterator[Endpoint]:
    for path, methods in description["paths"].items():
        said = methods["get"]
        if tag in said["tags"]:
            schema = said["responses"]["200"]["content"]["application/json"]["schema"]
            takes = tuple(
                _field(each["name"], _said(each["schema"]), f"{_optional(each)}{_says(each)}")
                for each in said.get("parameters", [])
                if each["in"] != "header"
            )
            gives = _field("", schema, "")
            yield Endpoint(f"{PREFIX}{path}", said["description"], "{" not in path, takes, gives)


def _fields(schema: Mapping[str, Any]) -> Iterator[Field]:
    for name, said in schema["properties"].items():
        yield _field(name, said, _says(said))


def _field(name: str, schema: Mapping[str, Any], says: str) -> Field:
    return Field(name, _kind(schema), says)


def _said(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what a parameter takes where it is said at all."""
    several = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return {**schema, "anyOf": several} if several else schema


def _optional(parameter: Mapping[str, Any]) -> str:
    default = parameter["schema"].get("default")
    return "" if default is None else f"{json.dumps(default)} unless you say otherwise. "


def _says(said: Mapping[str, Any]) -> str:
    examples: Sequence[Any] = said.get("examples", said.get("schema", {}).get("examples", ()))
    told = _paragraph(said.get("description", said.get("schema", {}).get("description", "")))
    shown = [each for each in examples if isinstance(each, str | int | float)]
    return f"{told} Such as {shown[0]}." if shown else told


def _paragraph(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split()).replace("``", "").replace("`", "")


def _kind(schema: Mapping[str, Any]) -> str:
    """Say in a few words what values a schema takes."""
    if "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(_kind(each) for each in schema[several]))
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_SCHEMAS)
    if schema.get("type") == "array":
        items = schema.get("items", {})
        return f"list of {_kind(items)}" if items else "list"
    if schema.get("type") == "object":
        held = schema.get("additionalProperties")
        return f"object of {_kind(held)}" if isinstance(held, dict) else "object"
    plain = {"date": "day", "date-time": "moment"}
    return plain.get(schema.get("format", ""), _plain(schema))


def _plain(schema: Mapping[str, Any]) -> str:
    kind = {"string": "text", "boolean": "true | false"}.get(
        schema.get("type", ""), schema.get("type", "any")
    )
    low, high = schema.get("minimum"), schema.get("maximum")
    return kind if low is None or high is None or high > 1e6 else f"{kind}, {low} to {high}"
