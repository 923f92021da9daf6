"""A reader's own text with the outcome beside each sentence that states a claim."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from markupsafe import Markup

import leadline
from leadline.annotate import Annotated, Sentence
from leadline.annotate import Match as Stated
from leadline.claim import Article, Claim
from leadline.report import icons, plain, words
from leadline.report.document import Sheet, filed
from leadline.report.jsonld import claim_review
from leadline.verdict import Outcome, Verdict

WIDTH = 80
Verdicts = Mapping[str, Verdict | None]

NOT_HEARD = words.Word(
    "Not heard yet",
    "..",
    "No verdict on this claim is at hand.",
    "open",
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A claim and its outcome, as they stand behind a sentence."""

    id: str
    ref: str
    word: words.Word
    icon: Markup
    paraphrase: str
    found: str
    by_words: bool = False
    data: str = ""
    live: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or the blank before one."""

    text: str
    tags: tuple[Tag, ...] = ()
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or a heading of the text, with the notes for its margin."""

    heading: bool
    pieces: tuple[Piece, ...]
    notes: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How often an outcome stands in the text."""

    word: words.Word
    icon: Markup
    n: int


def reading_page(read: Annotated, article: Article, verdicts: Verdicts) -> str:
    """Give the text as one HTML file, each claim in it marked with its outcome.

    The parameters are those of `sheet`. The file holds the text; nothing else does.
    """
    return filed(sheet(read, article, verdicts))


def sheet(
    read: Annotated,
    article: Article,
    verdicts: Verdicts,
    *,
    pages: Mapping[str, str] | None = None,
) -> Sheet:
    """Lay out the text, each claim in it marked with its outcome.

    ``verdicts`` holds a verdict for each claim's id, or None where it was not heard; ``pages`` the
    addresses of the full reports, where there are any.
    """
    stated = [article.claim(name) for name in read.stated]
    heard = [verdict for claim in stated if (verdict := verdicts.get(claim.id)) is not None]
    graph = [node for verdict in heard for node in claim_review(verdict)["@graph"]]
    at = pages or {}
    tags = {
        claim.id: replace(_tag(claim, verdicts.get(claim.id)), page=at.get(claim.id, ""))
        for claim in article.claims
    }
    return Sheet(
        "annotated.html.j2",
        title=f"A text read against {article.title} · Leadline",
        description=summary(read, article, verdicts),
        json_ld={"@context": "https://schema.org", "@graph": graph},
        version=heard[0].made_by.leadline if heard else leadline.__version__,
        style="annotated.css",
        context={
            "article": article,
            "summary": summary(read, article, verdicts),
            "counts": _counts(read, tags),
            "blocks": tuple(_blocks(read, tags)),
            "stated": [tags[claim.id] for claim in stated],
            "absent": [tags[claim.id] for claim in article.claims if claim not in stated],
            "n_not_heard": len(stated) - len(heard),
        },
    )


def reading_text(read: Annotated, article: Article, verdicts: Verdicts) -> str:
    """Give the text for a terminal, each sentence with its outcome, 80 columns wide at most."""
    tags = {claim.id: _tag(claim, verdicts.get(claim.id)) for claim in article.claims}
    lines = [*textwrap.wrap(summary(read, article, verdicts), WIDTH), ""]
    for block in _blocks(read, tags):
        for piece in block.pieces:
            text = " ".join(piece.text.split())
            if not text:
                continue
            lines += textwrap.wrap(
                text,
                WIDTH,
                initial_indent="" if block.heading else "  ",
                subsequent_indent="" if block.heading else "  ",
            )
            for tag in piece.tags:
                told = f"[{tag.word.sign}] {tag.word.label.upper()}  {tag.id}: {tag.paraphrase}"
                if tag.by_words:
                    told += " (by its words)"
                lines += textwrap.wrap(
                    told, WIDTH, initial_indent="    > ", subsequent_indent="      "
                )
        lines.append("")
    if any(verdicts.get(name) is None for name in read.stated):
        lines += textwrap.wrap(how_to_hear(article), WIDTH)
    lines += textwrap.wrap(words.NO_ADVICE, WIDTH)
    return "\n".join(lines) + "\n"


def summary(read: Annotated, article: Article, verdicts: Verdicts) -> str:
    """Give the counts in one or two sentences."""
    n_sentences = sum(not sentence.heading for sentence in read.sentences)
    first = (
        f"{read.n_marked} of {n_sentences} sentences state a claim of {article.id}; "
        f"{len(read.stated)} of its {len(article.claims)} claims are stated."
    )
    labels = Counter(_word(verdicts.get(name)).label.lower() for name in read.stated)
    told = ", ".join(f"{n} {label}" for label, n in labels.most_common())
    return f"{first} Of these: {told}." if told else first


def how_to_hear(article: Article) -> str:
    """Say how the claims that were not heard can be."""
    return (
        f"Claims not heard yet: hear them once with `leadline try {article.id}`; the archive then "
        "has the verdicts."
    )


def _word(verdict: Verdict | None) -> words.Word:
    return NOT_HEARD if verdict is None else words.outcome(verdict)


def _tag(claim: Claim, verdict: Verdict | None) -> Tag:
    word = _word(verdict)
    return Tag(
        id=claim.id,
        ref=claim.ref,
        word=word,
        icon=Markup(icons.icon(word.sign)),  # noqa: S704 - from a fixed table
        paraphrase=claim.paraphrase,
        found="" if verdict is None else plain.told(verdict.history.sentence),
        data="" if verdict is None else words.day(verdict.history.data_until),
        live="" if verdict is None else words.live_word(verdict.live),
    )


def _counts(read: Annotated, tags: Mapping[str, Tag]) -> tuple[Count, ...]:
    """Count the claims stated by outcome, in the order of the outcomes."""
    order: tuple[Outcome, ...] = tuple(words.OUTCOMES)
    labels = [*(words.OUTCOMES[name].label for name in order), NOT_HEARD.label]
    found = [tags[name] for name in read.stated]
    return tuple(
        Count(same[0].word, same[0].icon, len(same))
        for label in labels
        if (same := [tag for tag in found if tag.word.label == label])
    )


def _blocks(read: Annotated, tags: Mapping[str, Tag]) -> Iterator[Block]:
    pairs = zip(read.sentences, read.matches, strict=True)
    for _, group in groupby(pairs, key=lambda pair: pair[0].block):
        block = list(group)
        pieces: list[Piece] = []
        end = block[0][0].start
        for sentence, match in block:
            if sentence.start > end:
                pieces.append(Piece(read.text[end : sentence.start]))
            pieces.append(_piece(sentence, match, tags))
            end = sentence.end
        notes = {tag.id: tag for piece in pieces for tag in piece.tags}
        yield Block(block[0][0].heading, tuple(pieces), tuple(notes.values()))


def _piece(sentence: Sentence, match: Stated | None, tags: Mapping[str, Tag]) -> Piece:
    if match is None:
        return Piece(sentence.text)
    own = tuple(replace(tags[name], by_words=match.how == "words") for name in match.claims)
    tones = {tag.word.tone for tag in own}
    return Piece(sentence.text, own, tones.pop() if len(tones) == 1 else "mixed")
