"""Small signs: one for each outcome, a map of an article's argument, and the seal of a verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    }
)

_NODE_WIDTH, _NODE_HEIGHT = 176, 46
_GAP_X, _GAP_Y = 20, 54
_LETTERS = 17


def icon(sign: str) -> str:
    """Give the drawing of a sign; the word stands beside it, so it is hidden from readers."""
    return f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{_DRAWN[sign]}</svg>'


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    word: words.Word
    depth: int


def _depths(names: Sequence[str], supports: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Give each claim the length of the longest chain of support below it."""
    depths = dict.fromkeys(names, 0)
    # A circular argument would climb for ever; no chain is longer than the claims are many.
    for _ in names:
        for name, above in supports.items():
            for target in above:
                if name in depths and target in depths and depths[name] + 1 < len(names):
                    depths[target] = max(depths[target], depths[name] + 1)
    return depths


def argument_map(outcomes: Mapping[str, words.Word], supports: Mapping[str, Sequence[str]]) -> str:
    """Draw which claim holds up which: foundations at the bottom, arrows upwards."""
    names = list(outcomes)
    depths = _depths(names, supports)
    levels = sorted(set(depths.values()), reverse=True)
    rows = [[n for n in names if depths[n] == level] for level in levels]
    widest = max(len(row) for row in rows)
    width = widest * (_NODE_WIDTH + _GAP_X)
    height = len(rows) * (_NODE_HEIGHT + _GAP_Y) - _GAP_Y + 8
    at: dict[str, tuple[float, float]] = {}
    for i, row in enumerate(rows):
        left = (width - len(row) * (_NODE_WIDTH + _GAP_X) + _GAP_X) / 2
        for j, name in enumerate(row):
            at[name] = (left + j * (_NODE_WIDTH + _GAP_X), 4 + i * (_NODE_HEIGHT + _GAP_Y))
    arrows = "".join(
        _arrow(at[name], at[target])
        for name, above in supports.items()
        for target in above
        if name in at and target in at
    )
    boxes = "".join(_box(name, outcomes[name], at[name]) for name in names)
    told = "; ".join(f"{n} supports {', '.join(above)}" for n, above in supports.items())
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" style="max-width:{width:g}px" role="img" '
        f'aria-labelledby="map-t map-d"><title id="map-t">Which claim supports which</title>'
        f'<desc id="map-d">{escape(told or "No claim supports another.")}</desc>'
        '<defs><marker id="map-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0,0L8,4L0,8Z" fill="var(--muted)"/></marker>'
        f"</defs>{arrows}{boxes}</svg>"
    )


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1 = start[0] + _NODE_WIDTH / 2, start[1]
    x2, y2 = end[0] + _NODE_WIDTH / 2, end[1] + _NODE_HEIGHT + 2
    bend = (y1 + y2) / 2
    return (
        f'<path d="M{x1:g},{y1:g}C{x1:g},{bend:g} {x2:g},{bend:g} {x2:g},{y2:g}" fill="none" '
        'stroke="var(--muted)" stroke-width="1.6" marker-end="url(#map-tip)"/>'
    )


def _box(name: str, word: words.Word, at: tuple[float, float]) -> str:
    x, y = at
    shown = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
    return (
        f'<a href="#{escape(name)}"><g class="tone-{word.tone}" '
        f'transform="translate({x:g},{y:g})">'
        f'<rect width="{_NODE_WIDTH}" height="{_NODE_HEIGHT}" rx="6" fill="var(--paper)" '
        'stroke="currentColor" stroke-width="2"/>'
        f'<g transform="translate(10,11)">{_DRAWN[word.sign]}</g>'
        f'<text x="44" y="20" font-weight="bold" font-size="14" fill="var(--ink)">{escape(shown)}'
        f'</text><text x="44" y="37" font-size="13" fill="var(--ink)">{escape(word.label)}</text>'
        "</g></a>"
    )


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
