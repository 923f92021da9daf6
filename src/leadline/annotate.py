"""Which sentence of a text states which claim: by its hash, else by its words; nothing is kept."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log
from typing import Literal

from leadline import claim_file
from leadline.claim import Claim

# Measured on the founding text with hashes off, on rewrites of it, and on other topics: see
# tests/claim/test_annotate.py.
THRESHOLD = 0.54
CLOSE = 0.88
AT_MOST = 3
# A hash of three words could be anybody's; it counts beside a longer one.
TELLING = 5
# Words of a sentence beyond those of the cue weigh little: a sentence may say more than a claim.
BEYOND = 0.15
DENIAL = "nay"

_ENDS = ".!?…"
_CLOSERS = "\"'”’»)]"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a clause before or after a colon: where it stands, and in which block."""

    text: str
    start: int
    end: int
    block: int
    heading: bool


@dataclass(frozen=True, slots=True)
class Match:
    """The claims that a sentence states, the likeliest first.

    ``how`` is ``quote`` where the sentence is known by its hash, else ``words``; ``score`` is 1
    for a quote, else between 0 and 1.
    """

    claims: tuple[str, ...]
    how: Literal["quote", "words"]
    score: float


@dataclass(frozen=True, slots=True)
class Annotated:
    """A text and what each of its sentences states; ``matches`` goes with ``sentences``."""

    text: str
    sentences: tuple[Sentence, ...]
    matches: tuple[Match | None, ...]

    @property
    def n_marked(self) -> int:
        """How many sentences state a claim."""
        return sum(match is not None for match in self.matches)

    @property
    def stated(self) -> tuple[str, ...]:
        """The claims that are stated, each once, in the order of the text."""
        ids = (name for match in self.matches if match is not None for name in match.claims)
        return tuple(dict.fromkeys(ids))


def annotate(text: str, claims: Sequence[Claim], *, by_hash: bool = True) -> Annotated:
    """Match the sentences of ``text`` to ``claims``.

    A sentence whose hash a claim lists among its ``quotes`` states that claim. Any other is
    compared with each claim's paraphrase and ``cues`` by weighted shared words (Tversky 1977,
    "Features of Similarity"): it states the best ones above THRESHOLD. Headings state nothing.
    The text goes nowhere: nothing is written, and no word of it is in a message.
    """
    found = sentences(text)
    quoted = _quoted(found, claims) if by_hash else {}
    likeness = _Likeness.of(claims)
    topics = tuple(_topics(found))
    matches: list[Match | None] = []
    for place, sentence in enumerate(found):
        if sentence.heading:
            matches.append(None)
        elif place in quoted:
            matches.append(Match(quoted[place], "quote", 1.0))
        else:
            matches.append(likeness.match(sentence, *topics[place]))
    return Annotated(text, found, tuple(matches))


def sentences(text: str) -> tuple[Sentence, ...]:
    """Split a text into blocks (paragraphs, headings, points of a list) and these into sentences.

    Lines that break off at one width belong together; any other line is a block of its own. A
    block without a stop at its end and of at most twelve words is a heading.
    """
    found: list[Sentence] = []
    for number, (start, end) in enumerate(_blocks(text)):
        block = text[start:end]
        parts = list(_parts(block))
        bare = block.strip().rstrip(_CLOSERS)
        heading = block.lstrip().startswith("#") or (
            len(parts) == 1 and not bare.endswith((*_ENDS, ":", ";", ",")) and _count(bare) <= 12
        )
        found += [
            Sentence(text[start + a : start + b], start + a, start + b, number, heading)
            for a, b in parts
        ]
    return tuple(found)


def normalised(sentence: str) -> str:
    """Give the words of a sentence in one form: case, quotes, dashes and stops make no difference.

    >>> normalised("Bitcoin hasn’t followed — “not yet”.")
    'bitcoin hasnt followed not yet'
    """
    folded = unicodedata.normalize("NFKC", sentence).casefold()
    folded = re.sub(r"(?<=\w)['’`](?=\w)", "", folded)
    return " ".join(re.findall(r"[^\W_]+", folded))


def digest(sentence: str) -> str:
    """Give the SHA-256, in hex, of the normalised sentence: what a claim's ``quotes`` hold."""
    return hashlib.sha256(normalised(sentence).encode()).hexdigest()


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    for paragraph in re.finditer(r"(?:[^\n]*\S[^\n]*(?:\n|$))+", text):
        lines = [
            (paragraph.start() + line.start(), paragraph.start() + line.end())
            for line in re.finditer(r"[^\n]+", paragraph.group())
        ]
        if _is_wrapped([text[start:end] for start, end in lines]):
            yield lines[0][0], lines[-1][1]
        else:
            yield from lines


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether lines break off at one width, as a program breaks them, and not where one ends."""
    widths = [len(line) for line in lines]
    return (
        len(lines) > 1
        and 50 <= max(widths) <= 100
        and min(widths[:-1]) >= 0.6 * max(widths)
        and not any(re.match(r"\s*([-*•#]|\d+[.)])\s", line) for line in lines)
        and not all(line.rstrip(_CLOSERS + " ").endswith(tuple(_ENDS)) for line in lines[:-1])
    )


def _parts(block: str) -> Iterator[tuple[int, int]]:
    """Give where each sentence of a block begins and ends, blanks at its ends left out."""
    begin = 0
    for stop in re.finditer(rf"[{_ENDS}]+[{re.escape(_CLOSERS)}]*(?=\s)|:(?=\s)", block):
        before, after = block[begin : stop.start()], block[stop.end() :].lstrip()
        if stop.group() == ":":
            if min(_count(before), _count(after)) < 3:
                continue
        elif not _ends_here(before, stop.group(), after):
            continue
        yield from _trimmed(block, begin, stop.end())
        begin = stop.end()
    yield from _trimmed(block, begin, len(block))


def _ends_here(before: str, stop: str, after: str) -> bool:
    opening = after.lstrip("\"'“‘«([")
    if opening and not (opening[0].isupper() or opening[0].isdigit()):
        return False
    if not stop.startswith("."):
        return True
    word = re.split(r"[\s(\"'“‘]", before)[-1].casefold()
    return word not in _vocabulary().short_forms and not (len(word) == 1 and word.isalpha())


def _trimmed(block: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    piece = block[begin:end]
    if re.search(r"\w", piece):
        yield begin + len(piece) - len(piece.lstrip()), begin + len(piece.rstrip())


def _count(text: str) -> int:
    return len(re.findall(r"\w+", text))


def _quoted(found: Sequence[Sentence], claims: Sequence[Claim]) -> dict[int, tuple[str, ...]]:
    """Give the sentences that claims know by their hash."""
    by_digest: dict[str, list[str]] = {}
    for claim in claims:
        for quote in claim.quotes:
            by_digest.setdefault(quote, []).append(claim.id)
    hits = {
        place: tuple(by_digest[name])
        for place, sentence in enumerate(found)
        if (name := digest(sentence.text)) in by_digest
    }
    if any(_count(found[place].text) >= TELLING for place in hits):
        return hits
    return {}


def _topics(found: Sequence[Sentence]) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Give what each sentence is about: its block under its heading; and with the block before."""
    blocks: dict[int, set[str]] = {}
    for sentence in found:
        blocks.setdefault(sentence.block, set()).update(concepts(sentence.text))
    heading: set[str] = set()
    for sentence in found:
        if sentence.heading:
            heading = blocks[sentence.block]
        here = frozenset(heading | blocks[sentence.block])
        yield here, here | blocks.get(sentence.block - 1, set())


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """How words are told apart."""

    short_forms: frozenset[str]
    fillers: frozenset[str]
    names: Mapping[str, str]
    longest: int


@cache
def _vocabulary() -> _Vocabulary:
    text = files("leadline").joinpath("annotate.yaml").read_text("utf-8")
    table = claim_file.mapping(text, where="annotate.yaml")
    names = {
        " ".join(map(_stem, normalised(phrase).split())): head
        for head, line in table["same"].items()
        for phrase in (head, *line.split(", "))
    }
    return _Vocabulary(
        frozenset(table["short_forms"].split()),
        frozenset(table["fillers"].split()),
        names,
        max(len(phrase.split()) for phrase in names),
    )


def concepts(text: str) -> Counter[str]:
    """Count what a text speaks of: words of one meaning under one name, fillers left out."""
    vocabulary = _vocabulary()
    words = normalised(text).split()
    stems = [_stem(word) for word in words]
    out: Counter[str] = Counter()
    place = 0
    while place < len(words):
        # The longest phrase first: "real yields" is more than "real" and "yields".
        for length in range(min(vocabulary.longest, len(words) - place), 0, -1):
            name = vocabulary.names.get(" ".join(stems[place : place + length]))
            if name is not None:
                out[name] += 1
                place += length
                break
        else:
            if words[place] not in vocabulary.fillers:
                out[stems[place]] += 1
            place += 1
    return out


def _stem(word: str) -> str:
    """Strip the endings of plain English inflection (after Porter 1980, step 1)."""
    for ending, instead in (
        ("ies", "y"),
        ("ing", ""),
        ("ed", ""),
        ("es", ""),
        ("ly", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] in "bdgmnprt":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


@dataclass(frozen=True, slots=True)
class _Likeness:
    """The claims as cues of weighted concepts."""

    cues: tuple[tuple[str, frozenset[str]], ...]
    weights: dict[str, float]
    subjects: frozenset[str]

    @classmethod
    def of(cls, claims: Sequence[Claim]) -> "_Likeness":
        texts = {claim.id: (claim.paraphrase, *claim.cues) for claim in claims}
        n_with = Counter(
            name for own in texts.values() for name in {c for text in own for c in concepts(text)}
        )
        weights = {name: log(1 + len(texts) / n) for name, n in n_with.items()}
        said = Counter(name for own in texts.values() for name in set(concepts(own[0])))
        common = {name for name, n in said.items() if len(texts) >= 4 and n >= len(texts) / 4}
        return cls(
            tuple((key, frozenset(concepts(t))) for key, own in texts.items() for t in own),
            weights,
            frozenset(common),
        )

    def match(
        self, sentence: Sentence, here: frozenset[str], around: frozenset[str]
    ) -> Match | None:
        """Give the claims that a sentence states, told what its block and the last are about."""
        if self.subjects and self.subjects.isdisjoint(here):
            return None
        said = frozenset(concepts(sentence.text)) & self.weights.keys()
        near = around & self.subjects
        best: dict[str, tuple[float, float]] = {}
        for key, cue in self.cues:
            score, weight = self._score(cue, said, near)
            if score >= THRESHOLD:
                # Of two cues that fit, the one that says more.
                best[key] = max(best.get(key, (0.0, 0.0)), (score * weight**0.5, score))
        if not best:
            return None
        ranked = sorted(best.items(), key=lambda item: -item[1][0])
        chosen = [key for key, (rank, _) in ranked if rank >= CLOSE * ranked[0][1][0]]
        return Match(tuple(chosen[:AT_MOST]), "words", round(ranked[0][1][1], 3))

    def _score(
        self, cue: frozenset[str], said: frozenset[str], near: frozenset[str]
    ) -> tuple[float, float]:
        """Give the likeness of a sentence to a cue, and the weight of what they share."""
        # "This rally" is silver's where the paragraph is about silver.
        shared = cue & (said | near)
        topic, about = cue - self.subjects, cue & self.subjects
        told = topic & said
        if not about <= said | near or len(told) < min(2, len(topic)) or not told:
            return 0.0, 0.0
        # One word is too little to go by unless its subject stands beside it.
        if len(topic) == 1 and not about <= said:
            return 0.0, 0.0
        if DENIAL in cue and DENIAL not in said:
            return 0.0, 0.0
        weight = self._weight(shared)
        beyond = self._weight(said - cue - self.subjects)
        return weight / (weight + self._weight(cue - shared) + BEYOND * beyond), weight

    def _weight(self, names: Iterable[str]) -> float:
        return sum(self.weights[name] for name in sorted(names))
