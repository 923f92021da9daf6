"""The command that reads a text: which of its sentences state claims, and how these fared."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli import show
from leadline.cli.options import AsOf, Data, Json
from leadline.errors import ClaimError

if TYPE_CHECKING:
    from datetime import date

    from leadline.annotate import Annotated as Read
    from leadline.claim import Article, Claim
    from leadline.verdict import Verdict

LIMIT = 1_000_000
_MARKUP = re.compile(
    r"<\s*(!doctype\s+html|html|head|body|div|span|p|br|h[1-6]|script)\b", re.IGNORECASE
)


def read(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="A text file, or - for standard input.")
    ],
    *,
    article: Annotated[
        str | None,
        typer.Option(
            metavar="ARTICLE", help="The article whose claims to look for (silver-2026), or a file."
        ),
    ] = None,
    data: Data = None,
    as_of: AsOf = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the text as an HTML file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Mark which sentences of a text state an article's claims.

    Outcomes come from the archive, or from hearing the claims now where data are given. The text
    goes nowhere but into the file that you name.
    """
    from leadline import annotate
    from leadline.report import annotated

    against = _article(article)
    found = annotate.annotate(_text(text), against.claims)
    claims = tuple(against.claim(name) for name in found.stated)
    with show.progress() as tick:
        verdicts = _heard(claims, data, as_of, tick) if data else _kept(claims)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(annotated.reading_page(found, against, verdicts), encoding="utf-8")
        show.note(f"Wrote {out}")
    if as_json:
        show.document(_document(found, against, verdicts))
        return
    show.say(annotated.reading_text(found, against, verdicts).rstrip("\n"))


def _article(ref: str | None) -> "Article":
    from leadline.claim import library, load_article

    if ref is None:
        names = ", ".join(each.id for each in library())
        raise ClaimError(f"Name the article to look for with --article. The library has: {names}.")
    return load_article(ref)


def _text(name: str) -> str:
    """Read the text; say what else it is where it is none."""
    raw = sys.stdin.buffer.read(LIMIT + 1) if name == "-" else _bytes(Path(name))
    where = "standard input" if name == "-" else name
    if len(raw) > LIMIT:
        raise ClaimError(
            f"{where}: more than {LIMIT:,} bytes, too long for an article. Keep the part to read."
        )
    if raw.startswith((b"%PDF", b"PK\x03\x04", b"{\\rtf", b"\xd0\xcf\x11\xe0")):
        raise ClaimError(
            f"{where}: a PDF, RTF or office file. Save it as plain text and read that."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ClaimError(
            f"{where}: not text in UTF-8 (byte {error.start + 1:,}). Save it as plain text, UTF-8."
        ) from None
    if "\0" in text:
        raise ClaimError(f"{where}: holds zero bytes, so it is no plain text.")
    if not re.search(r"\w", text):
        raise ClaimError(f"{where}: empty; there is nothing to read.")
    if len(_MARKUP.findall(text)) >= 3 or re.match(
        r"\s*<(!doctype|html|\?xml)", text, re.IGNORECASE
    ):
        raise ClaimError(
            f"{where}: HTML, not text. Copy what the page shows into a text file and read that."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LIMIT + 1)
    except FileNotFoundError:
        raise ClaimError(f"{path}: No such file.") from None
    except IsADirectoryError:
        raise ClaimError(f"{path}: Is a folder, expected a text file. Name a file in it.") from None


def _heard(
    claims: Sequence["Claim"], data: Path, as_of: "date | None", tick: show.Progress | None
) -> dict[str, "Verdict | None"]:
    """Hear the claims that the text states, and no others; None for what the data lack."""
    from leadline import trial
    from leadline.cli.lookup import store_at

    with store_at(data) as store:
        heard = trial.hear_each(claims, store, as_of=as_of, progress=tick)
    return {
        claim.id: None if isinstance(each, trial.Unheard) else each
        for claim, each in zip(claims, heard, strict=True)
    }


def _kept(claims: Sequence["Claim"]) -> dict[str, "Verdict | None"]:
    """Give from the archive the newest verdict on each claim as it is worded now."""
    from leadline.cli.lookup import kept

    recalled = kept(claims)
    return {claim.id: recalled.get(claim.ref) for claim in claims}


def _document(
    found: "Read", article: "Article", verdicts: "dict[str, Verdict | None]"
) -> dict[str, Any]:
    """Give the document that ``--json`` prints: places in the text, never its words."""
    sentences = []
    for number, (sentence, match) in enumerate(
        zip(found.sentences, found.matches, strict=True), start=1
    ):
        claims = () if match is None else match.claims
        sentences.append(
            {
                "number": number,
                "start": sentence.start,
                "end": sentence.end,
                "heading": sentence.heading,
                "claims": list(claims),
                "how": None if match is None else match.how,
                "score": None if match is None else match.score,
            }
        )
    return {
        "document": "reading",
        "schema": 1,
        "article": article.id,
        "n_sentences": sum(not sentence.heading for sentence in found.sentences),
        "n_marked": found.n_marked,
        "sentences": sentences,
        "claims": [_told(article.claim(name), verdicts.get(name)) for name in found.stated],
    }


def _told(claim: "Claim", verdict: "Verdict | None") -> dict[str, Any]:
    told: dict[str, Any] = {"id": claim.ref, "outcome": None, "live": None, "seal": None}
    if verdict is not None:
        told |= {
            "outcome": verdict.history.outcome,
            "live": verdict.live.state,
            "as_of": verdict.as_of.isoformat(),
            "seal": verdict.seal,
        }
    return told
