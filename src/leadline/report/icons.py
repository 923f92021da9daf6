"""Small signs: one for each outcome, and the seal of a verdict."""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from leadline.report import words
from leadline.verdict import Verdict

_RING = '<circle cx="12" cy="12" r="10.6" fill="none" stroke="currentColor" stroke-width="2"/>'
_DISC = '<circle cx="12" cy="12" r="11" fill="currentColor"/>'
_CUT = 'stroke="var(--paper)" stroke-width="2.8" stroke-linecap="round" fill="none"'
_PEN = 'stroke="currentColor" stroke-width="2.2" stroke-linecap="round" fill="none"'
# Shape, not colour, tells them apart.
_DRAWN: Mapping[str, str] = MappingProxyType(
    {
        "++": f'{_DISC}<path d="M12,6.5v11M6.5,12h11" {_CUT}/>',
        "+": f'{_RING}<path d="M12,7v10M7,12h10" {_PEN}/>',
        "if": '<path d="M12,1.5L22.5,12L12,22.5L1.5,12Z" fill="none" stroke="currentColor" '
        f'stroke-width="2.4"/><path d="M12,8v8M8,12h8" {_PEN}/>',
        "+-": f'{_RING}<path d="M12,6.5v10M7.5,12.5L12,17L16.5,12.5" {_PEN}/>',
        "0": _RING,
        "-": f'{_RING}<path d="M7,12h10" {_PEN}/>',
        "--": '<path d="M2,2h20v20h-20Z" fill="currentColor"/>'
        f'<path d="M7.5,7.5L16.5,16.5M16.5,7.5L7.5,16.5" {_CUT}/>',
        "?": f'{_RING}<path d="M9,9.4a3,3 0 1 1 4.3,2.8q-1.3,.7 -1.3,1.9M12,17.3v.1" {_PEN}/>',
        "/": f'{_RING}<path d="M7.5,16.5L16.5,7.5" {_PEN}/>',
        "..": '<circle cx="12" cy="12" r="10.6" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-dasharray="3 3.6"/>',
    }
)


def icon(sign: str) -> str:
    """Give the drawing of a sign; the word stands beside it, so it is hidden from readers."""
    return f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{_DRAWN[sign]}</svg>'


def drawing(sign: str) -> str:
    """Give the lines of a sign on a ground of 24 by 24, to stand inside another drawing."""
    return _DRAWN[sign]


def hallmark(verdict: Verdict) -> str:
    """Draw the seal of a verdict: outcome, day, data and digits, small enough to embed."""
    word = words.OUTCOMES[verdict.history.outcome]
    name = words.anchor(verdict.claim.id)
    seal = words.short_seal(verdict.seal)
    told = (
        f"Leadline verdict on {verdict.claim.id}: {word.label}, as of {words.day(verdict.as_of)}, "
        f"seal {seal}"
    )
    return (
        f'<svg class="hallmark tone-{word.tone}" viewBox="0 0 236 64" role="img" '
        f'aria-labelledby="hallmark-{escape(name)}"><title id="hallmark-{escape(name)}">'
        f'{escape(told)}</title><rect x="1" y="1" width="234" height="62" rx="8" '
        'fill="var(--paper)" stroke="currentColor" stroke-width="2"/>'
        f'<g transform="translate(14,16) scale(1.33)">{_DRAWN[word.sign]}</g>'
        f'<text x="60" y="20" font-size="11" fill="var(--muted)">Leadline · {escape(name)}</text>'
        f'<text x="60" y="38" font-size="15" font-weight="bold" fill="var(--ink)">{word.label}'
        f'</text><text x="60" y="54" font-size="11" fill="var(--muted)">'
        f"{words.day(verdict.as_of)} · {escape(seal[:12])}</text></svg>"
    )
