"""What goes to the screen: words to standard output, progress and complaints to standard error."""

import codecs
import json
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 80
PATIENCE = 1.0
Progress = Callable[[str, float], None]

# What the report writes beyond ASCII, for terminals and pipes that cannot show it.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("–—−─━═╌╍┄┅", "-"),
        **dict.fromkeys("│┃║╎╏", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╞╡╪╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋╇╈┡┩", "+"),
        **dict.fromkeys("‘’‚‹›", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("•·∙●○◆◇■□▪▫★☆✓✔", "*"),
        **dict.fromkeys("█▉▊▋▌▍▎▏▇▆▅▄▃▂▁▓▒░", "#"),
        **dict.fromkeys("✗✘✖", "x"),
        "\N{NO-BREAK SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
        "\N{THIN SPACE}": " ",
        "…": "...",
        "≥": ">=",
        "≤": "<=",
        "≠": "!=",
        "≈": "~",
        "±": "+/-",
        "×": "x",
        "→": "->",
        "←": "<-",
        "↑": "^",
        "↓": "v",
        "▲": "^",
        "▼": "v",
        "▶": ">",
        "◀": "<",
        "²": "2",
        "°": " degrees",
    }
)


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    plain = found.translate(_PLAIN).encode("ascii", "replace").decode("ascii")
    return plain, error.end


codecs.register_error("leadline.plain", _in_plain_letters)


def settle_streams() -> None:
    """Let standard output and error show what they can, and never fail over a letter."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="leadline.plain")


def say(shown: Any) -> None:
    """Print text or a Rich renderable on standard output, 80 columns wide at most."""
    if isinstance(shown, str):
        sys.stdout.write(f"{shown}\n")
        return
    from rich.console import Console

    # Rich reads NO_COLOR, and writes no colour where nobody looks.
    console = Console(file=sys.stdout, highlight=False, markup=False)
    console.width = min(console.width, WIDTH)
    console.print(shown)


def columns(*rows: tuple[str, ...]) -> "Table":
    """Lay rows out in columns; only the last one wraps."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in rows[0][:-1]:
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> "Table":
    """Lay rows out under titles; a title that begins with ``>`` stands over figures.

    The first column is broken where it must be, and the last one between words.
    """
    from rich.table import Table

    laid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, title in enumerate(titles):
        laid.add_column(
            title.removeprefix(">"),
            justify="right" if title.startswith(">") else "left",
            no_wrap=0 < place < len(titles) - 1,
            overflow="fold",
        )
    for row in rows:
        laid.add_row(*row)
    return laid


def document(value: Any) -> None:
    """Print one JSON document, given as text or as what JSON can hold, and nothing else."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if codecs.lookup(encoding).name != "utf-8":
        # Escapes are JSON's own way to write what the encoding lacks.
        text = json.dumps(json.loads(text), indent=2)
    say(text.rstrip("\n"))


def note(message: str) -> None:
    """Print a remark on standard error, out of the way of what is piped on."""
    sys.stderr.write(f"{message}\n")


def complain(message: str) -> None:
    """Say on standard error what is wrong, in the program's name.

    Lines are broken between words for a terminal alone: a log keeps one line a message.
    """
    for line in message.splitlines():
        said = f"leadline: {line}"
        if sys.stderr.isatty():
            said = textwrap.fill(
                said, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            )
        note(said)


@contextmanager
def progress(clock: Callable[[], float] = time.monotonic) -> Iterator[Progress | None]:
    """Give a callback that draws a bar on standard error, once a second has passed.

    None where standard error is no terminal, so that logs and pipes stay clean.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("")
    began = clock()

    def tick(what: str, share: float) -> None:
        if not bar.live.is_started and clock() - began > PATIENCE:
            bar.start()
        bar.update(task, description=what, completed=100 * share)

    try:
        yield tick
    finally:
        bar.stop()
