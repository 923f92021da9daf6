"""Drawn SVG made small, self-describing and, for a page, able to follow its colours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from html import escape

from leadline.report.theme import FONT, LIGHT

_NOISE = re.compile(
    r' (?:aria-hidden="true"|aria-roledescription="[^"]*"|role="graphics-[^"]*"'
    r'|aria-label="[^"]*"|pointer-events="none"|(?:fill-|stroke-)?opacity="1"'
    r'|stroke-width="1"|[xy]2="0"|font-family="[^"]*"|stroke-dashoffset="0")'
)
_EMPTY = re.compile(
    r'<path class="(?:background|foreground)"[^>]*(?: d="(?:M0,0h0v0h0Z)?"|display="none")[^>]*/>'
)
_CLASS = re.compile(r' class="(?!mark-[a-z]+ role-mark leader_marks)[^"]*"')
_GEOMETRY = re.compile(r'( (?:d|transform|x2|y2|x|y|width|height)=")([^"]*)"')
_POINT = re.compile(r"([ML])(-?[\d.]+),(-?[\d.]+)")
_POLYLINE = re.compile(r'( d=")((?:[ML]-?[\d.]+,-?[\d.]+){12,})(Z?)"')
_LONG_NUMBER = re.compile(r"-?\d+\.\d+")
_OPENING = re.compile(r'<svg[^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>')
_COLOUR = re.compile(r'"(#[0-9a-f]{6})"')
_BARE_GROUP = re.compile(r"<g>((?:(?!</?g\b).)*)</g>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Described:
    """What a picture says to those who do not see it, and a prefix for its ids."""

    title: str
    finding: str
    prefix: str


def _rounded(number: re.Match[str]) -> str:
    short = f"{float(number[0]):.1f}".removesuffix(".0")
    return "0" if short == "-0" else short


def _relative(path: re.Match[str]) -> str:
    """Write a broken line in steps from point to point, which are shorter than places."""
    at = (0, 0)
    steps = []
    for command, x, y in _POINT.findall(path[2]):
        # Tenths of a pixel as integers, so that no rounding adds up along the line.
        place = (round(float(x) * 10), round(float(y) * 10))
        if command == "M":
            steps.append(f"M{_tenths(place[0])},{_tenths(place[1])}")
        else:
            steps.append(f"l{_tenths(place[0] - at[0])},{_tenths(place[1] - at[1])}")
        at = place
    return f'{path[1]}{"".join(steps).replace(",-", "-")}{path[3]}"'


def _tenths(n: int) -> str:
    return f"{n / 10:g}".replace("0.", ".", 1) if abs(n) < 10 else f"{n / 10:g}"


def _named(colour: re.Match[str], names: Mapping[str, str]) -> str:
    name = names.get(colour[1])
    return colour[0] if name is None else f'"var(--{name})"'


def _renumbered(body: str, prefix: str) -> str:
    # The engine counts its ids on from picture to picture; the same picture must stay the same.
    own = {name: f"{prefix}-{i}" for i, name in enumerate(re.findall(r'id="([^"]+)"', body))}
    return re.sub(
        r'(id="|url\(#)([^")]+)', lambda match: match[1] + own.get(match[2], match[2]), body
    )


def _hatch(colours: Mapping[str, str], prefix: str) -> str:
    return (
        f'<defs><pattern id="{prefix}-hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="7" height="7" fill="{colours["hatch"]}"/>'
        f'<path d="M0,0v7" stroke="{colours["hatch-line"]}" stroke-width="1.6"/></pattern></defs>'
    )


def finished(raw: str, what: Described, colours: Mapping[str, str]) -> str:
    """Give a stand-alone picture: one role, title, description; hatching; short numbers."""
    opening = _OPENING.search(raw)
    if opening is None:
        msg = "The drawing is no SVG with a viewBox."
        raise ValueError(msg)
    width, height = (float(side) for side in opening.groups())
    body = raw[opening.end() :]
    body = _CLASS.sub("", _NOISE.sub("", _EMPTY.sub("", body)))
    body = _POLYLINE.sub(_relative, body)
    body = _GEOMETRY.sub(lambda m: m[1] + _LONG_NUMBER.sub(_rounded, m[2]) + '"', body)
    for _ in range(4):
        body = _BARE_GROUP.sub(r"\1", body)
    body = _renumbered(body, what.prefix)
    hatched = f'fill="{colours["hatch"]}"' in body
    if hatched:
        body = body.replace(f'fill="{colours["hatch"]}"', f'fill="url(#{what.prefix}-hatch)"')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{FONT}" role="img" '
        f'aria-labelledby="{what.prefix}-t {what.prefix}-d">'
        f'<title id="{what.prefix}-t">{escape(what.title)}</title>'
        f'<desc id="{what.prefix}-d">{escape(what.finding)}</desc>'
        f"{_hatch(colours, what.prefix) if hatched else ''}{body}"
    )


def inline(svg: str) -> str:
    """Turn a light stand-alone picture into one whose colours are the page's variables."""
    names = {value: name for name, value in LIGHT.items()}
    svg = _COLOUR.sub(partial(_named, names=names), svg)
    svg = svg.replace('xmlns="http://www.w3.org/2000/svg" ', "", 1)
    svg = re.sub(r'<svg width="[\d.]+" height="[\d.]+"', "<svg", svg, count=1)
    return re.sub(rf'font-family="{re.escape(FONT)}" ', "", svg, count=1)
