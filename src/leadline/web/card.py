"""The picture that goes along where a page is shared: 1200 by 630 pixels."""

from collections.abc import Iterator, Sequence
from html import escape
from unicodedata import east_asian_width

from leadline.report import icons, words
from leadline.report.articles import Count
from leadline.report.theme import FONT, LIGHT
from leadline.verdict import Verdict
from leadline.web.standing import Standing

WIDTH = 1200
HEIGHT = 630
_LEFT = 72
_TONES = {"for": LIGHT["main"], "against": LIGHT["second"], "open": LIGHT["muted"]}
# The mean width of a letter of the font, plain and bold, in parts of its size; capitals and the
# letters of East Asia are wider.
_LETTER = 0.47
_BOLD = 0.51
_CAPITAL = 1.4
_WIDE = 2.1
_MOST_COUNTS = 8


def of_claim(verdict: Verdict, standing: Standing, sentence: str) -> bytes:
    """Draw the card of a claim: its words, both verdicts, what was found, its day and seal."""
    word = words.OUTCOMES[verdict.history.outcome]
    when = words.day(verdict.claim.first_seen)
    above = f"Claim {words.anchor(verdict.claim.id)} · {verdict.claim.publisher} · {when}"
    live = f"LIVE, {standing.clock}" if standing.clock else "LIVE"
    body = [
        *_lines(f"“{verdict.claim.paraphrase}”", size=44, top=148, most=3, bold=True),
        *_stamp("HISTORY", word, _LEFT),
        *_stamp(live, standing.word, 630),
        *_lines(sentence, size=25, top=448, most=3),
    ]
    data = f"Data to {words.day(standing.day)} · seal {words.short_seal(verdict.seal)}"
    return _drawn(above, body, data)


def of_article(above: str, title: str, counts: Sequence[Count], below: str) -> bytes:
    """Draw the card of an article: its title, and how its claims came out."""
    body = list(_lines(title, size=54, top=170, most=3, bold=True))
    for place, count in enumerate(counts[:_MOST_COUNTS]):
        x, y = _LEFT + place % 4 * 272, 330 + place // 4 * 120
        body.append(_sign(count.word, x, y + 4, 2.2))
        body.append(_text(f"{count.n}", x + 66, y + 34, 42, bold=True))
        body.append(_text(count.word.label.lower(), x + 66, y + 66, 23))
    return _drawn(above, body, below)


def _drawn(above: str, body: Sequence[str], below: str) -> bytes:
    # Loading starts a JavaScript engine, which nobody should wait for who draws nothing.
    import vl_convert

    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FONT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{LIGHT["paper"]}"/>'
        f'<rect width="16" height="{HEIGHT}" fill="{LIGHT["ink"]}"/>'
        f"{_text(_fit(above, 25, WIDTH - 2 * _LEFT), _LEFT, 82, 25, muted=True)}"
        f"{''.join(body)}"
        f'<path d="M{_LEFT},558H{WIDTH - _LEFT}" stroke="{LIGHT["axis"]}" stroke-width="2"/>'
        f"{_text('Leadline', _LEFT, 600, 27, bold=True)}"
        f"{_text(_fit(below, 23, 880), WIDTH - _LEFT, 600, 23, muted=True, end=True)}</svg>"
    )
    picture: bytes = vl_convert.svg_to_png(svg, scale=1)
    return picture


def _stamp(label: str, word: words.Word, x: int) -> Iterator[str]:
    tone = _TONES[word.tone]
    yield (
        f'<rect x="{x}" y="292" width="498" height="104" rx="10" fill="none" '
        f'stroke="{LIGHT["axis"]}" stroke-width="2"/>'
        f'<rect x="{x}" y="292" width="10" height="104" fill="{tone}"/>'
    )
    yield _text(label, x + 30, 327, 20, muted=True)
    yield _sign(word, x + 30, 341, 1.7)
    yield _text(_fit(word.label, 30, 400), x + 86, 373, 30, bold=True)


def _sign(word: words.Word, x: float, y: float, scale: float) -> str:
    drawn = icons.drawing(word.sign).replace("currentColor", _TONES[word.tone])
    drawn = drawn.replace("var(--paper)", LIGHT["paper"])
    return f'<g transform="translate({x},{y}) scale({scale})">{drawn}</g>'


def _lines(text: str, *, size: int, top: int, most: int, bold: bool = False) -> Iterator[str]:
    """Write a text in at most so many lines, its end left out where there is no room."""
    room = (WIDTH - 2 * _LEFT) / (size * (_BOLD if bold else _LETTER))
    for place, line in enumerate(_broken(text, room, most)):
        yield _text(line, _LEFT, top + place * size * 1.24, size, bold=bold)


def _broken(text: str, room: float, most: int) -> list[str]:
    lines = [""]
    for word in text.split():
        whole = f"{lines[-1]} {word}".strip()
        if _letters(whole) <= room or not lines[-1]:
            lines[-1] = whole
        else:
            lines.append(word)
    if len(lines) > most:
        lines[most - 1 :] = [f"{lines[most - 1]} {lines[most]}"]
    return [_cut(line, room) for line in lines]


def _letters(text: str) -> float:
    """Give the width of a text in letters of mean width."""
    return sum(
        _WIDE if east_asian_width(c) in "WF" else _CAPITAL if c.isupper() else 1.0 for c in text
    )


def _cut(text: str, room: float) -> str:
    """Leave out the end of a text that needs more room."""
    if _letters(text) <= room:
        return text
    while text and _letters(text) > room - 1:
        text = text[:-1]
    return f"{text.rstrip(' ,.;:')}…"


def _fit(text: str, size: int, width: int) -> str:
    return _cut(text, width / (size * _BOLD))


def _text(
    text: str,
    x: float,
    y: float,
    size: int,
    *,
    bold: bool = False,
    muted: bool = False,
    end: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    anchor = ' text-anchor="end"' if end else ""
    colour = LIGHT["muted"] if muted else LIGHT["ink"]
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"{weight}{anchor}>'
        f"{escape(text)}</text>"
    )
