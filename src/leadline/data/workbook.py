"""Reading Excel workbooks, old and new, in a process of their own.

A damaged workbook can make the reader ask for all the memory there is, which ends the process that
does it. So the reading is done by a child, which may die of it.
"""

import json
import os
import subprocess
import sys
from typing import Any

LIMIT_SECONDS = 60.0
LIMIT_CELLS = 2_000_000
LIMIT_BYTES = 2**30

_CHILD = """
import io, json, sys
try:
    import resource
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = {bytes} if hard == resource.RLIM_INFINITY else min({bytes}, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
except (ImportError, OSError, ValueError):
    pass
from python_calamine import CalamineError, CalamineWorkbook
try:
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    names = book.sheet_names
    name = sys.argv[1] or (names or [""])[0]
    if name not in names:
        sys.exit("no sheet %r, but %s" % (name, ", ".join(names)))
    sheet = book.get_sheet_by_name(name)
    if sheet.height * sheet.width > {cells}:
        sys.exit("a sheet of %d by %d cells" % (sheet.height, sheet.width))
    json.dump(sheet.to_python(skip_empty_area=False), sys.stdout, default=str)
except (CalamineError, IndexError, OSError, ValueError) as error:
    sys.exit(" ".join(str(error).split()))
""".replace("{bytes}", str(LIMIT_BYTES)).replace("{cells}", str(LIMIT_CELLS))


def sheet_of(body: bytes, name: str = "") -> list[list[Any]]:
    """Give the cells of a sheet, row by row from the top left.

    Parameters
    ----------
    body : bytes
        An ``.xlsx`` or ``.xls`` file.
    name : str
        Which sheet; without one, the first.

    Returns
    -------
    list of list
        Numbers as float or int, texts, booleans; a date as text, an empty cell as ``""``.

    Raises
    ------
    ValueError
        Where it cannot be read; the message says why, in lower case and without a full stop.
    """
    # -P: the child does not import from the folder that it happens to run in.
    command = [sys.executable, "-P", "-c", _CHILD, name]
    quiet = os.environ | {"RUST_BACKTRACE": "0", "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603  (our own program)
            command, input=body, capture_output=True, timeout=LIMIT_SECONDS, check=False, env=quiet
        )
    except subprocess.TimeoutExpired:
        msg = f"the workbook took more than {LIMIT_SECONDS:.0f} s to read"
        raise ValueError(msg) from None
    # 1 is the child's own word; anything else, a panic or a signal, is its death.
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        died = done.returncode != 1 or "\n" in said or not said
        why = "it is damaged" if died else said[:200]
        msg = f"the workbook cannot be read: {why}"
        raise ValueError(msg)
    cells: list[list[Any]] = json.loads(done.stdout)
    return cells
