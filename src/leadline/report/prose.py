"""Docstrings for readers: their paragraphs, lists, code and names as HTML, everything escaped."""

import re
from collections.abc import Callable, Iterator
from inspect import cleandoc

from markupsafe import Markup

Address = Callable[[str], str]
"""Gives where a name that a text refers to stands, or ""."""

# Literal code, a name referred to, emphasis.
_INLINE = re.compile(r"``(?P<code>.+?)``|`(?P<name>[^`]+)`|\*(?P<said>\w[^*]*?)\*")
_BULLET = re.compile(r"^- ", re.MULTILINE)


def _nowhere(_: str) -> str:
    return ""


def html(text: str, address: Address = _nowhere) -> Markup:
    """Give a docstring as paragraphs and lists.

    >>> html("Of ``n`` days, *all*; as `other` does.", lambda name: f"/{name}")
    Markup('<p>Of <code>n</code> days, <em>all</em>; as <a href="/other">other</a> does.</p>')
    """
    return Markup("\n").join(_blocks(cleandoc(text), address))


def inline(text: str, address: Address = _nowhere) -> Markup:
    """Give a sentence with its code, names and emphasis.

    >>> inline("1 < 2 `so`")
    Markup('1 &lt; 2 <code>so</code>')
    """
    parts, end = [], 0
    for found in _INLINE.finditer(text):
        parts += [Markup.escape(text[end : found.start()]), _marked(found, address)]
        end = found.end()
    return Markup("").join([*parts, Markup.escape(text[end:])])


def _marked(found: re.Match[str], address: Address) -> Markup:
    match found.lastgroup:
        case "code":
            return Markup("<code>{}</code>").format(found["code"])
        case "said":
            return Markup("<em>{}</em>").format(inline(found["said"], address))
        case _:
            at = address(found["name"])
            form = Markup('<a href="{1}">{0}</a>') if at else Markup("<code>{0}</code>")
            return form.format(found["name"], at)


def _blocks(text: str, address: Address) -> Iterator[Markup]:
    for block in re.split(r"\n\s*\n", text):
        bullet = _BULLET.search(block)
        before = block if bullet is None else block[: bullet.start()]
        if before.strip():
            yield Markup("<p>{}</p>").format(inline(_joined(before), address))
        if bullet is not None:
            items = _BULLET.split(block[bullet.start() :])[1:]
            told = [Markup("<li>{}</li>").format(inline(_joined(each), address)) for each in items]
            yield Markup("<ul>{}</ul>").format(Markup("").join(told))


def _joined(text: str) -> str:
    return " ".join(text.split())
