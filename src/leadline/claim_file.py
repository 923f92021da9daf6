"""Claim files as text: strict YAML in, YAML out, and faults worded for the author."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from leadline.errors import ClaimError, did_you_mean


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file: where in the mapping, and in words."""

    path: tuple[str | int, ...]
    line: str


class _Strict(yaml.SafeLoader):
    """YAML of plain values, in which a key appears once and is text."""

    def mapping_once(self, node: yaml.MappingNode) -> dict[Any, Any]:
        """Build a mapping; refuse a key that is written twice, which YAML would let win."""
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                # YAML takes `on`, `no` and the like for true and false.
                written = key_node.value if isinstance(key_node, yaml.ScalarNode) else key
                raise _fault(f"Key {written} is not text. Put it in quotes.", key_node.start_mark)
            if key in seen:
                raise _fault(f"Key {key!r} appears twice. Keep one.", key_node.start_mark)
            seen.add(key)
        self.flatten_mapping(node)
        return self.construct_mapping(node, deep=True)

    def sequence(self, node: yaml.SequenceNode) -> list[Any]:
        """Build a list at once, so that one that holds itself is refused."""
        return self.construct_sequence(node, deep=True)

    def text(self, node: yaml.ScalarNode) -> str:
        """Take a scalar as it is written."""
        return str(self.construct_scalar(node))


# JSON has no sets, bytes or pairs, so claim files have none either.
_Strict.yaml_constructors = {
    tag: build
    for tag, build in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.rpartition(":")[2] not in {"binary", "set", "omap", "pairs"}
}
_Strict.add_constructor("tag:yaml.org,2002:map", _Strict.mapping_once)
_Strict.add_constructor("tag:yaml.org,2002:seq", _Strict.sequence)
# A day that no calendar has is then the model's to refuse, which knows where it stands.
_Strict.add_constructor("tag:yaml.org,2002:timestamp", _Strict.text)


class _Indented(yaml.SafeDumper):
    """YAML as people write it: lists stand in from their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the signature is PyYAML's
        """Indent lists too."""
        super().increase_indent(flow, indentless=False)

    def text(self, text: str) -> yaml.ScalarNode:
        """Escape what is not printable: PyYAML takes some of it for line breaks."""
        style = None if text.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Indented.add_representer(str, _Indented.text)


def read(path: Path) -> str:
    """Give the file's text; raise ClaimError where it cannot be read as UTF-8."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ClaimError(f"{path}: No such file.") from None
    except IsADirectoryError:
        raise ClaimError(f"{path}: Is a folder, expected a YAML file. Name a file in it.") from None
    except OSError as error:
        raise ClaimError(f"{path}: Cannot be read: {error.strerror}.") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ClaimError(
            f"{path}: line {line}: Byte 0x{data[error.start]:02x} is not UTF-8. "
            "Save the file as UTF-8."
        ) from None


def mapping(text: str, *, where: str) -> dict[str, Any]:
    """Read YAML that must be one mapping; raise ClaimError with the line of a fault."""
    try:
        value = yaml.load(text, Loader=_Strict)  # noqa: S506 - a SafeLoader underneath
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = "" if mark is None else f"line {mark.line + 1}: "
        problem = (error.problem or str(error)).strip()
        if not isinstance(error, _Worded):
            problem = f"Not valid YAML: {problem}. Check indentation, quotes and colons."
        raise ClaimError(f"{where}: {line}{problem}") from None
    except yaml.reader.ReaderError as error:
        line = f"line {text.count(chr(10), 0, error.position) + 1}: "
        raise ClaimError(
            f"{where}: {line}Character U+{error.character:04X} may not stand in YAML."
        ) from None
    except RecursionError:
        raise ClaimError(f"{where}: Nested too deeply for a claim.") from None
    if value is None:
        raise ClaimError(f"{where}: The file is empty. Expected a claim or an article.")
    if not isinstance(value, dict):
        raise ClaimError(
            f"{where}: Expected a mapping (key: value) at the top, found {shown(value)}."
        )
    return value


def text_of(value: Mapping[str, Any]) -> str:
    """Give YAML with keys in the order given; tuples become lists."""
    return yaml.dump(
        _plain(value), Dumper=_Indented, sort_keys=False, allow_unicode=True, width=100
    )


def faults(
    error: ValidationError,
    model: type[BaseModel],
    raw: Mapping[str, Any],
    kinds: Mapping[str, type[BaseModel]],
) -> list[Fault]:
    """Say each thing that is wrong in one plain line, with its place in ``raw``.

    ``kinds`` are the models among which the key ``kind`` chooses.
    """
    found: dict[tuple[str | int, ...], Fault] = {}
    for detail in error.errors(include_url=False):
        if detail["type"] == "default_factory_not_called":
            continue
        path, known = _follow(detail["loc"], model, raw, kinds)
        missing = detail["type"] == "missing"
        full = (*path, detail["loc"][-1]) if missing else path
        # A union faults once for each member; the first says enough.
        if full in found:
            continue
        shown_path = path[:-1] if detail["type"] == "extra_forbidden" else path
        words = [_written(shown_path, raw), _reason(detail, known)]
        found[full] = Fault(full, ": ".join(word for word in words if word))
    return list(found.values())


def shown(value: Any) -> str:
    """Give a value as the author wrote it, cut short."""
    if isinstance(value, str):
        text = repr(value)
    elif isinstance(value, float) and not math.isfinite(value):
        text = str(value)
    else:
        text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


class _Worded(yaml.MarkedYAMLError):
    """A fault that already says what to do."""


def _fault(message: str, mark: yaml.Mark) -> _Worded:
    return _Worded(problem=message, problem_mark=mark)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _follow(
    loc: tuple[str | int, ...],
    model: type[BaseModel],
    raw: Any,
    kinds: Mapping[str, type[BaseModel]],
) -> tuple[tuple[str | int, ...], list[str]]:
    """Give the steps of ``loc`` that exist in ``raw``, and the keys known to the last mapping.

    What does not exist is pydantic's own (a member of a union), or the key that is missing.
    """
    path: list[str | int] = []
    here, models, known = raw, {model}, list(model.model_fields)
    for step in loc:
        if isinstance(here, dict) and step in here:
            known = [name for each in models for name in each.model_fields]
            models = {
                found
                for each in models
                if step in each.model_fields
                for found in _models_in(each.model_fields[str(step)].annotation)
            }
        elif not (isinstance(here, list | tuple) and isinstance(step, int) and step < len(here)):
            continue
        here = here[step]
        path.append(step)
        if isinstance(here, dict) and isinstance(here.get("kind"), str) and here["kind"] in kinds:
            models = {kinds[here["kind"]]}
    return tuple(path), known


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for part in get_args(annotation) for found in _models_in(part)}


def _written(path: tuple[str | int, ...], raw: Mapping[str, Any]) -> str:
    """Write a path as ``S27: tests[2].horizon``: a claim goes by its id where it has one."""
    match path:
        case ("claims", int(place), *rest):
            claim = raw["claims"][place]
            name = claim.get("id") if isinstance(claim, dict) else None
            head = name if isinstance(name, str) else f"claims[{place}]"
            tail = _written(tuple(rest), {})
            return f"{head}: {tail}" if tail else head
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


_EXPECTED = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "date_type": "a date such as 2026-01-23",
    "date_parsing": "a date such as 2026-01-23",
    "date_from_datetime_inexact": "a date such as 2026-01-23",
    "date_from_datetime_parsing": "a date such as 2026-01-23",
    "model_type": "a mapping (key: value)",
    "dict_type": "a mapping (key: value)",
    "tuple_type": "a list",
    "list_type": "a list",
}


def _reason(detail: ErrorDetails, known: list[str]) -> str:
    fault, found, more = detail["type"], detail["input"], detail.get("ctx", {})
    match fault:
        case "value_error":
            words = str(more["error"])
        case "missing":
            words = f"Missing key {detail['loc'][-1]!r}."
        case "union_tag_not_found":
            words = f"Missing key {more['discriminator']}."
        case "extra_forbidden":
            key = str(detail["loc"][-1])
            hint = did_you_mean(key, known) or f" Known keys: {', '.join(known)}."
            words = f"Unknown key {key!r}.{hint}"
        case "literal_error":
            words = _none_of(found, more["expected"])
        case "union_tag_invalid":
            key = more["discriminator"].strip("'")
            words = f"{key}: {_none_of(more['tag'], more['expected_tags'])}"
        case _ if fault in _EXPECTED:
            hint = _how_to_write(fault, found)
            words = f"Expected {_EXPECTED[fault]}, found {shown(found)}.{hint}"
        case _:
            message = detail["msg"].replace("Input should", "Must").rstrip(".")
            words = f"{message}, found {shown(found)}."
    return words


def _none_of(found: Any, quoted: str) -> str:
    words = re.findall(r"'([^']*)'", quoted)
    return f"{shown(found)} is none of: {', '.join(words)}.{did_you_mean(str(found), words)}"


def _how_to_write(fault: str, found: Any) -> str:
    if fault == "string_type" and not isinstance(found, dict | list):
        return " Put it in quotes."
    if fault in {"float_type", "int_type"} and isinstance(found, str):
        try:
            return f" Write it as {float(found):g}, without quotes."
        except ValueError:
            return ""
    return ""
