"""What is said, by whom, which tests put it on trial, and what would count as an answer."""

import hashlib
import importlib.resources
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveInt,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from leadline import claim_file
from leadline.data.duration import Duration
from leadline.data.gather import RevisedData
from leadline.errors import ClaimError, did_you_mean
from leadline.evidence import kinds
from leadline.evidence.base import MADE_UP, HypothesisTest
from leadline.evidence.exhibits import Frozen, Number

MOST_NAMED = 12
CONTEXT = ("publisher", "first_seen", "url", "title")
# Where a claim can be read, and how it is found in a text, is not what it says: a mended link
# leaves the hash alone.
_ADDRESS = {"article", "url", "title", "quotes", "cues"}


def _tidy(text: str) -> str:
    # How YAML folds a sentence over lines must not make it another sentence.
    tidy = unicodedata.normalize("NFC", " ".join(text.split()))
    if not tidy:
        msg = "Must not be empty."
        raise ValueError(msg)
    return tidy


def _identifier(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", text) is None:
        msg = f"{text!r} is not an id. Use letters, digits, '.', '_' and '-', such as 'S27'."
        raise ValueError(msg)
    return text


def _web_address(text: str) -> str:
    if re.match(r"https?://\S+$", text) is None:
        msg = f"{text!r} is not a web address. It starts with https:// or http://."
        raise ValueError(msg)
    return text


def _digest(text: str) -> str:
    if re.fullmatch(r"[0-9a-f]{64}", text) is None:
        msg = f"{text!r} is not a SHA-256. Write 64 digits 0-9 and a-f."
        raise ValueError(msg)
    return text


def _sorted_once(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(ids)))


def _resolve(value: Any, info: ValidationInfo) -> Any:
    """Make the test that ``kind`` names; a new kind needs no line here."""
    if not isinstance(value, dict):
        return value
    known = ", ".join(sorted(kinds()))
    if "kind" not in value:
        msg = f"Missing key 'kind'. Known kinds: {known}."
        raise ValueError(msg)
    kind = value["kind"]
    if not isinstance(kind, str) or kind not in kinds():
        hint = did_you_mean(str(kind), kinds()) or f" Known kinds: {known}."
        msg = f"No test of kind {claim_file.shown(kind)}.{hint}"
        raise ValueError(msg)
    if info.mode == "json":
        return kinds()[kind].model_validate_json(json.dumps(value), strict=True)
    return kinds()[kind].model_validate(value)


def _day_before(data: dict[str, Any]) -> date:
    first_seen: date = data["first_seen"]
    return first_seen - timedelta(days=1)


def _last_of_history(data: dict[str, Any]) -> date:
    """Give the day before the claim; a fact is about the day itself."""
    if data.get("type") == "fact":
        first_seen: date = data["first_seen"]
        return first_seen
    return _day_before(data)


Text = Annotated[str, AfterValidator(_tidy)]
Id = Annotated[str, AfterValidator(_identifier)]
Address = Annotated[str, AfterValidator(_web_address)]
Sha256 = Annotated[str, AfterValidator(_digest)]
Test = Annotated[SerializeAsAny[HypothesisTest], BeforeValidator(_resolve)]


class Matters(Frozen):
    """The smallest effect of interest, in natural units; its sign is the claim's direction."""

    value: Annotated[Number, Field(gt=0)]
    unit: Text


class Claimed(Frozen):
    """The figure as published, and what it is called there."""

    value: Number
    label: Text


class Success(Frozen):
    """What makes the forecast come true, once, within the horizon.

    ``series`` rises by ``rise``, a fraction (falls where negative); or closes at ``level`` or
    beyond it; or closes at a ``record``, above all its closes before; or does better than the
    series ``beats`` from publication to the end of the horizon.
    """

    series: Text
    rise: Annotated[Number, Field(gt=-1)] | None = None
    level: Annotated[Number, Field(gt=0)] | None = None
    record: Literal[True] | None = None
    beats: Text | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        said = [name for name in _MARKS if getattr(self, name) is not None]
        if len(said) != 1:
            told = ", ".join(said) or "none of them"
            msg = f"Takes one of {', '.join(_MARKS)}; {told} is given."
            raise ValueError(msg)
        if self.rise == 0:
            msg = "rise: 0 is reached at once; take a figure above or below it."
            raise ValueError(msg)
        return self

    @model_serializer(mode="wrap")
    def _said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # What is not said is left out, so that a new way to say it moves no claim's hash.
        return {name: value for name, value in handler(self).items() if value is not None}


_MARKS = ("rise", "level", "record", "beats")


class Antecedent(Frozen):
    """What must keep holding: ``series`` changed by more than ``above`` over the past ``over``."""

    series: Text
    over: Duration
    above: Number = 0.0


class LiveRule(Frozen):
    """How the claim is scored after publication."""

    horizon: Duration
    success: Success | None = None
    antecedent: Antecedent | None = None

    def series(self) -> tuple[str, ...]:
        """Name the series that the rule reads."""
        named = [part.series for part in (self.success, self.antecedent) if part is not None]
        if self.success is not None and self.success.beats is not None:
            named.append(self.success.beats)
        return tuple(named)


class Claim(Frozen):
    """One thing that was said, frozen, with the tests that put it on trial.

    ``article``, ``publisher``, ``first_seen``, ``url`` and ``title`` come from the article where
    the claim itself does not state them, and so does ``family_size``, the number of its claims in
    the same ``family``. ``direction`` and ``placebos`` are handed to every test that has such a
    setting and leaves it unsaid; ``matters`` and ``claimed`` only to tests of the deciding test's
    kind, because another kind measures something else. History ends the day before the claim, or
    with the day itself where a fact is claimed. ``revised_data: allow`` admits series that were
    revised since and of which no vintages are kept; every verdict then says so. ``quotes`` are
    the SHA-256 of sentences that state the claim and ``cues`` words they use, by which a reader's
    text is matched; neither is part of what is claimed.
    """

    id: Id
    article: Id | None = None
    paraphrase: Text
    publisher: Text
    first_seen: date
    url: Address | None = None
    title: Text | None = None
    variants: tuple[Text, ...] = ()
    conflict_of_interest: Text | None = None
    supersedes: Text | None = None
    type: Literal["fact", "driver", "mechanism", "pattern", "conditional", "forecast", "hedge"]
    identifiability: Literal["A", "B", "C", "D"] | None = None
    direction: Literal["positive", "negative"] = "positive"
    matters: Matters | None = None
    claimed: Claimed | None = None
    placebos: tuple[Text, ...] = ()
    tests: tuple[Test, ...] = ()
    decides: Literal["first"] = "first"
    family: Text | None = None
    family_size: PositiveInt = 1
    history_until: date = Field(default_factory=_last_of_history)
    live: LiveRule | None = None
    untestable: Text | None = None
    revised_data: RevisedData = "refuse"
    quotes: tuple[Sha256, ...] = ()
    cues: tuple[Text, ...] = ()
    supports: Annotated[tuple[Id, ...], AfterValidator(_sorted_once)] = ()

    @field_validator("tests", mode="after")
    @classmethod
    def _hand_down(
        cls, tests: tuple[HypothesisTest, ...], info: ValidationInfo
    ) -> tuple[HypothesisTest, ...]:
        said: dict[str, Any] = {
            name: info.data[name] for name in ("direction", "placebos") if name in info.data
        }
        sizes = {
            name: info.data[name].value
            for name in ("matters", "claimed")
            if info.data.get(name) is not None
        }
        return tuple(
            _filled(test, said | sizes if test.kind == tests[0].kind else said) for test in tests
        )

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        if not self.tests and self.untestable is None:
            msg = "A claim needs 'tests', or 'untestable' with the reason why there can be none."
            raise ValueError(msg)
        if self.tests and self.untestable is not None:
            msg = "'untestable' says that no test is possible, yet 'tests' has some. Drop one."
            raise ValueError(msg)
        last = _last_of_history(dict(self))
        if self.history_until > last:
            msg = (
                f"history_until {self.history_until} must be at most {last}: what came with or "
                "after the claim is not history (a fact may be of the day itself)."
            )
            raise ValueError(msg)
        unit = getattr(type(self.tests[0]), "unit", None) if self.tests else None
        if self.matters is not None and unit is not None and self.matters.unit != unit:
            msg = (
                f"matters: The unit is {self.matters.unit!r}, but {self.tests[0].kind}, "
                f"which decides, measures in {unit!r}."
            )
            raise ValueError(msg)
        if self.id in self.supports:
            msg = f"supports: {self.id} cannot support itself."
            raise ValueError(msg)
        return self

    def __repr__(self) -> str:
        """Give one line."""
        return f"<Claim {self.ref}: {self.paraphrase}>"

    @property
    def ref(self) -> str:
        """The name under which the claim is found: ``silver-2026/S27``, or its id alone."""
        return self.id if self.article is None else f"{self.article}/{self.id}"

    @property
    def canonical(self) -> str:
        """The claim as JSON that no formatting can change: defaults in, keys sorted, NFC."""
        document = self.model_dump(mode="json", exclude=_ADDRESS)
        text = json.dumps(
            document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        return unicodedata.normalize("NFC", text)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical form, in hex: an edited claim is another claim."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @property
    def seed(self) -> str:
        """What every random stream of the trial starts from."""
        return self.sha256

    def series(self) -> tuple[str, ...]:
        """Name every series the trial reads, each once, the tests' own first."""
        named = [name for test in self.tests for name in test.series()]
        named += [name for name in self.placebos if name not in MADE_UP]
        named += self.live.series() if self.live is not None else ()
        return tuple(dict.fromkeys(named))

    def to_yaml(self) -> str:
        """Give a claim file that loads as this claim."""
        return claim_file.text_of(_stated(self))


class Trigger(Frozen):
    """A condition that the article names, fulfilled once ``series`` stands above or below a mark.

    ``claims`` are the ids of those it bears on.
    """

    id: Id
    says: Text
    series: Text
    above: Number | None = None
    below: Number | None = None
    claims: Annotated[tuple[Id, ...], AfterValidator(_sorted_once)] = ()

    @model_validator(mode="after")
    def _has_one_mark(self) -> Self:
        if (self.above is None) == (self.below is None):
            msg = "Takes one of above and below."
            raise ValueError(msg)
        return self


class Watch(Frozen):
    """What to look at after publication besides the claims themselves.

    ``phases`` names, for each phase of the story, the series that holds its probability.
    """

    phases: dict[Id, Text] = Field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()

    def series(self) -> tuple[str, ...]:
        """Name every series read, each once."""
        named = (*self.phases.values(), *(trigger.series for trigger in self.triggers))
        return tuple(dict.fromkeys(named))


class Article(Frozen):
    """What one publisher said on one day: claims, and which of them hold up which.

    A collection may hold claims of several publishers; each then states its own. ``watch`` says
    what is followed after publication; it is no part of what any claim says.
    """

    id: Id
    title: Text
    publisher: Text
    first_seen: date
    url: Address | None = None
    variants: tuple[Text, ...] = ()
    watch: Watch | None = None
    claims: tuple[Claim, ...]

    @model_validator(mode="after")
    def _ids_fit_together(self) -> Self:
        ids = [claim.id for claim in self.claims]
        if not ids:
            msg = "claims: An article needs at least one claim."
            raise ValueError(msg)
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            msg = f"claims: {', '.join(twice)} appears more than once. An id names one claim."
            raise ValueError(msg)
        for claim in self.claims:
            if claim.article not in {None, self.id}:
                msg = f"{claim.id}: article: {claim.article!r} is not this article, {self.id!r}."
                raise ValueError(msg)
            for name in claim.supports:
                if name not in ids:
                    msg = f"{claim.id}: supports: {_no_claim(name, ids)}"
                    raise ValueError(msg)
        for trigger in self.watch.triggers if self.watch else ():
            for name in trigger.claims:
                if name not in ids:
                    msg = f"watch: {trigger.id}: claims: {_no_claim(name, ids)}"
                    raise ValueError(msg)
        return self

    def __repr__(self) -> str:
        """Give one line."""
        return f"<Article {self.id}: {len(self.claims)} claims, {self.publisher}>"

    @property
    def supports(self) -> Mapping[str, tuple[str, ...]]:
        """The argument map: each claim that supports others, and those it supports."""
        return {claim.id: claim.supports for claim in self.claims if claim.supports}

    def claim(self, name: str) -> Claim:
        """Give the claim with this id; raise ClaimError where there is none."""
        return _pick(self, name, where=self.id)

    def to_yaml(self) -> str:
        """Give an article file that loads as this article."""
        context = {key: getattr(self, key) for key in CONTEXT} | {"article": self.id}
        families = [claim.family for claim in self.claims]
        claims = []
        for claim in self.claims:
            handed = context | {"family_size": _family_size(claim.family, families)}
            stated = _stated(claim) | {"family_size": claim.family_size}
            claims.append(
                {key: value for key, value in stated.items() if (key, value) not in handed.items()}
            )
        return claim_file.text_of(_stated(self) | {"claims": claims})


def parse(text: str, *, where: str) -> Article | Claim:
    """Read an article or a single claim.

    ``where`` names the text in messages. Raises ClaimError with one line for each fault.
    """
    raw = claim_file.mapping(text, where=where)
    alone = "claims" not in raw and not raw.keys().isdisjoint({"paraphrase", "type", "tests"})
    model = Claim if alone else Article
    prepared = _prepare(raw, where) if model is Article else raw
    try:
        # Strict JSON: a number in quotes is text and `yes` is no number, but lists make tuples.
        return model.model_validate_json(json.dumps(prepared), strict=True)
    except ValidationError as error:
        faults = claim_file.faults(error, model, prepared, kinds())
        stated = [fault for fault in faults if not _is_echo(fault, raw)]
        raise ClaimError("\n".join(f"{where}: {fault.line}" for fault in stated)) from None


def from_source(source: Mapping[str, Any], *, where: str = "archived claim") -> Claim:
    """Rebuild a claim from ``model_dump(mode="json")``, ignoring keys of later versions."""
    try:
        return Claim.model_validate(source, extra="ignore")
    except ValidationError as error:
        faults = claim_file.faults(error, Claim, dict(source), kinds())
        raise ClaimError("\n".join(f"{where}: {fault.line}" for fault in faults)) from None


@cache
def library() -> tuple[Article, ...]:
    """Give the built-in articles by file name; a claim published alone is an article of one."""
    folder = importlib.resources.files("leadline").joinpath("library")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return tuple(
        as_article(parse(file.read_text("utf-8"), where=f"library/{file.name}")) for file in files
    )


def find(ref: str | Path) -> Article | Claim:
    """Give what ``ref`` names: an article or one claim.

    ``ref`` is an article of the library (``silver-2026``), a claim in it (``silver-2026/S27``),
    a claim id that only one article has (``W03``), a file (``x.yml``), or a claim in a file
    (``x.yml#S27``). The library comes first; a file ends in ``.yml`` or ``.yaml`` or exists.
    """
    name, _, claim_id = str(ref).partition("#")
    if Path(name).suffix in {".yml", ".yaml"}:
        return _in_file(Path(name), claim_id)
    found = _in_library(str(ref))
    if found is not None:
        return found
    if os.path.exists(name):  # noqa: PTH110 - Path.exists raises on names too long
        return _in_file(Path(name), claim_id)
    known = [article.id for article in library()]
    known += [claim.ref for article in library() for claim in article.claims]
    raise ClaimError(
        f"No claim or article {str(ref)!r}.{did_you_mean(str(ref), known)} "
        f"The library has: {', '.join(article.id for article in library())}. "
        "A file is named with its ending, .yml or .yaml."
    )


def load_article(ref: str | Path) -> Article:
    """Give the article that ``ref`` names (see `find`); a claim published alone is one of one."""
    found = find(ref)
    if isinstance(found, Claim) and found.article is not None:
        raise ClaimError(f"{ref} is one claim. Name its article: {found.article}.")
    return as_article(found)


def load(ref: str | Path) -> Claim:
    """Give the claim that ``ref`` names (see `find`)."""
    found = find(ref)
    if isinstance(found, Claim):
        return found
    if len(found.claims) == 1:
        return found.claims[0]
    ids = ", ".join(claim.id for claim in found.claims)
    joint = "#" if Path(str(ref)).suffix else "/"
    raise ClaimError(
        f"{ref} is an article of {len(found.claims)} claims: {ids}. "
        f"Name one, such as {ref}{joint}{found.claims[0].id}."
    )


def _filled(test: HypothesisTest, said: Mapping[str, Any]) -> HypothesisTest:
    """Fill in what the claim says and the test leaves unsaid."""
    unsaid = {
        name: value
        for name, value in said.items()
        if name in type(test).model_fields and name not in test.model_fields_set
    }
    return test.model_copy(update=unsaid) if unsaid else test


def _prepare(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Hand the article's context and argument map down to its claims."""
    article = dict(raw)
    supports = _argument_map(article.pop("supports", None) or {}, where)
    claims = article.get("claims")
    if not isinstance(claims, list):
        return article
    context = {key: raw[key] for key in CONTEXT if key in raw}
    if "id" in raw:
        context["article"] = raw["id"]
    families = [claim.get("family") for claim in claims if isinstance(claim, dict)]
    handed: list[Any] = []
    for claim in claims:
        if not isinstance(claim, dict):
            handed.append(claim)
            continue
        more = supports.pop(str(claim.get("id")), [])
        own = claim.get("supports", [])
        joined = {"supports": own + more} if more and isinstance(own, list) else {}
        size = _family_size(claim.get("family"), families)
        handed.append(context | {"family_size": size} | claim | joined)
    if supports:
        ids = [str(claim.get("id")) for claim in claims if isinstance(claim, dict)]
        raise ClaimError(f"{where}: supports: {_no_claim(next(iter(supports)), ids)}")
    return article | {"claims": handed}


def _family_size(family: Any, families: list[Any]) -> int:
    return families.count(family) if family else 1


def _argument_map(value: Any, where: str) -> dict[str, list[str]]:
    if isinstance(value, dict) and all(isinstance(ids, list) for ids in value.values()):
        return dict(value)
    raise ClaimError(
        f"{where}: supports: Expected a list of ids for each claim, such as 'S01: [S31]', "
        f"found {claim_file.shown(value)}."
    )


def _is_echo(fault: claim_file.Fault, raw: Mapping[str, Any]) -> bool:
    """Whether a claim only repeats a fault of the context that its article handed down."""
    match fault.path:
        case ("claims", int(place), key) if "claims" in raw:
            handed = {*CONTEXT, "article"}
            claim = raw["claims"][place]
            return key in handed and isinstance(claim, dict) and key not in claim
    return False


def _stated(model: Article | Claim) -> dict[str, Any]:
    """Give the fields that differ from their defaults; tests keep all their settings."""
    values = dict(model)
    left_out = {name for name, f in type(model).model_fields.items() if values[name] == f.default}
    if isinstance(model, Claim) and model.history_until == _last_of_history(values):
        left_out.add("history_until")
    dumped = model.model_dump(exclude=left_out)
    return {name: dumped[name] for name in type(model).model_fields if name in dumped}


def _no_claim(name: str, ids: Iterable[str]) -> str:
    known = list(ids)
    held = ", ".join(known) if len(known) <= MOST_NAMED else f"{known[0]} … {known[-1]}"
    return f"No claim {name!r} here.{did_you_mean(name, known)} It has: {held}."


def as_article(found: Article | Claim) -> Article:
    """Give an article as it is, and a claim as an article of one."""
    if isinstance(found, Article):
        return found
    # Not validated: a claim taken out of its article may support claims that are not here.
    return Article.model_construct(
        id=found.article or found.id,
        title=found.title or found.paraphrase,
        publisher=found.publisher,
        first_seen=found.first_seen,
        url=found.url,
        variants=found.variants,
        claims=(found,),
    )


def article_of(found: Article | Claim) -> Article:
    """Give an article as it is, the library's article of a claim, or else that claim alone."""
    if isinstance(found, Article):
        return found
    return next((each for each in library() if found in each.claims), as_article(found))


def _or_its_claim(article: Article) -> Article | Claim:
    """Undo `as_article`."""
    alone = len(article.claims) == 1 and article.claims[0].article is None
    return article.claims[0] if alone else article


def _in_file(path: Path, claim_id: str) -> Article | Claim:
    found = parse(claim_file.read(path), where=str(path))
    return _pick(as_article(found), claim_id, where=str(path)) if claim_id else found


def _pick(article: Article, claim_id: str, *, where: str) -> Claim:
    for claim in article.claims:
        if claim.id == claim_id:
            return claim
    raise ClaimError(f"{where}: {_no_claim(claim_id, [claim.id for claim in article.claims])}")


def _in_library(ref: str) -> Article | Claim | None:
    article_id, _, claim_id = ref.partition("/")
    for article in library():
        if article.id == article_id:
            return article.claim(claim_id) if claim_id else _or_its_claim(article)
    holders = [claim for article in library() for claim in article.claims if claim.id == ref]
    if len(holders) > 1:
        raise ClaimError(
            f"{ref} is the id of {len(holders)} claims: "
            f"{', '.join(claim.ref for claim in holders)}. Name one of them."
        )
    return holders[0] if holders else None
