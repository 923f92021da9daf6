"""The badge of a claim: a small SVG that stands alone, to be shown on other people's pages."""

from html import escape

from leadline.report import icons, words
from leadline.report.theme import FONT, LIGHT
from leadline.verdict import Verdict
from leadline.web.standing import Standing

WIDTH = 320
HEIGHT = 96
_TONES = {"for": LIGHT["main"], "against": LIGHT["second"], "open": LIGHT["muted"]}
_LINE = 46
_OLD = "6 4"


def told(verdict: Verdict, standing: Standing, note: str = "") -> str:
    """Say what a badge shows, for those who do not see it."""
    word = words.OUTCOMES[verdict.history.outcome]
    return (
        f"Leadline verdict on {verdict.claim.id}: {word.label.lower()} on history, "
        f"{standing.word.label.lower()} live, data to {words.day(standing.day)}"
        f"{f', {note.lower()}' if note else ''}. Seal {verdict.seal[:12]}."
    )


def svg(verdict: Verdict, standing: Standing, *, note: str = "") -> str:
    """Draw the badge of a verdict.

    Parameters
    ----------
    verdict : Verdict
        What was found.
    standing : Standing
        How the claim stands on its newest day.
    note : str
        Why the badge is not to be trusted any more, such as "Superseded"; it is then drawn in
        grey within a dashed frame, and says so.
    """
    word = words.OUTCOMES[verdict.history.outcome]
    ink, paper, muted = LIGHT["ink"], LIGHT["paper"], LIGHT["muted"]
    tone = muted if note else _TONES[word.tone]
    frame = f' stroke-dasharray="{_OLD}"' if note else ""
    last = f"{note}, {verdict.seal[:12]}" if note else f"seal {verdict.seal[:12]}"
    # A page that shows it as a picture gives it neither style nor colours.
    sign = icons.drawing(word.sign).replace("currentColor", tone).replace("var(--paper)", paper)
    live = f"Live: {standing.word.label.lower()}, data to {words.day(standing.day)}"
    name = escape(_short(words.anchor(verdict.claim.id), 20))
    title = escape(told(verdict, standing, note))
    mark = f' fill="{LIGHT["second"]}" font-weight="bold"' if note else f' fill="{muted}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FONT}" role="img" aria-labelledby="t">'
        f'<title id="t">{title}</title>'
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="8" fill="{paper}" '
        f'stroke="{tone}" stroke-width="2"{frame}/>'
        f'<g transform="translate(16,30) scale(1.5)">{sign}</g>'
        f'<text x="68" y="22" font-size="12" fill="{muted}">Leadline on {name}, '
        f"{words.day(verdict.as_of)}</text>"
        f'<text x="68" y="44" font-size="18" font-weight="bold" fill="{ink}">{word.label} '
        f'<tspan font-size="12" font-weight="normal" dx="2" fill="{muted}">on history</tspan>'
        "</text>"
        f'<text x="68" y="64" font-size="12" fill="{ink}">{escape(_short(live, _LINE))}</text>'
        f'<text x="68" y="83" font-size="12"{mark}>{escape(_short(last, _LINE))}</text></svg>'
    )


def _short(text: str, n_letters: int) -> str:
    return text if len(text) <= n_letters else f"{text[: n_letters - 1]}…"


def snippet(address: str, page: str, says: str) -> str:
    """Give the HTML that shows a badge on another page, without script and without frame."""
    return (
        f'<a href="{escape(page)}"><img src="{escape(address)}" width="{WIDTH}" '
        f'height="{HEIGHT}" alt="{escape(says)}" loading="lazy"></a>'
    )
