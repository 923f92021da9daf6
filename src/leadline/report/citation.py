"""How a verdict is cited."""

from typing import Any

from leadline.report import words
from leadline.verdict import Verdict


def bibtex(verdict: Verdict) -> str:
    """Give a citation of a verdict."""
    outcome = words.OUTCOMES[verdict.history.outcome].label.lower()
    seal = verdict.seal.removeprefix("sha256:")
    return (
        f"@misc{{{_name(verdict)},\n"
        f"  author = {{{{Leadline}}}},\n"
        f"  title = {{{{Verdict on the claim: {_tex(verdict.claim.paraphrase)}}}}},\n"
        f"  year = {{{verdict.as_of.year}}},\n"
        f"  note = {{{outcome} on history, {_tex(words.live_word(verdict.live)).lower()} live; "
        f"as of {verdict.as_of.isoformat()}; seal {seal}}}\n}}"
    )


def csl(verdict: Verdict, *, url: str = "") -> dict[str, Any]:
    """Give a citation of a verdict as CSL-JSON, of which programs make any style."""
    outcome = words.OUTCOMES[verdict.history.outcome].label.lower()
    when = verdict.as_of
    cited = {
        "id": _name(verdict),
        "type": "webpage" if url else "report",
        "author": [{"literal": "Leadline"}],
        "title": f"Verdict on the claim: {verdict.claim.paraphrase}",
        "issued": {"date-parts": [[when.year, when.month, when.day]]},
        "note": f"{outcome} on history, {words.live_word(verdict.live).lower()} live; seal "
        f"{verdict.seal}",
    }
    return cited | ({"URL": url} if url else {})


def _name(verdict: Verdict) -> str:
    seal = verdict.seal.removeprefix("sha256:")
    return f"leadline-{_key(words.anchor(verdict.claim.id))}-{seal[:8]}"


def _key(text: str) -> str:
    return "".join(c for c in text if c.isalnum() or c in "-._")


def _tex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}",
               "^": r"\textasciicircum{}"}  # fmt: skip
    return "".join(special.get(c, f"\\{c}" if c in "%&$#_" else c) for c in text)
