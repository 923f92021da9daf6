"""One clock for all benchmarks, and the row that each of them gives."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; ``missed`` says that it does not keep its bar."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    bar: str = ""
    missed: bool = False


class Took(NamedTuple):
    """Seconds of the clock on the wall, and of the CPU with all threads and children."""

    wall: float
    cpu: float


def took(work: Callable[[], Any]) -> Took:
    """Time one run."""
    begun = Took(time.perf_counter(), _cpu_so_far())
    work()
    return Took(time.perf_counter() - begun.wall, _cpu_so_far() - begun.cpu)


def _cpu_so_far() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def cpu(work: Callable[[], Any], repeats: int = 5) -> float:
    """Give seconds of CPU on one thread, the best of several, so that a busy machine is no matter.

    Waiting threads would count as work, so there are none; libraries that ``work`` itself imports
    are held to one thread from the second run on.
    """
    taken = []
    for _ in range(repeats):
        with threadpool_limits(1):
            taken.append(took(work).cpu)
    return min(taken)


def fresh(*arguments: str, repeats: int) -> Took:
    """Time a fresh Python with these arguments, the quickest of several."""

    def start() -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603

    return min(took(start) for _ in range(repeats))


def span(seconds: float) -> str:
    """Write a time in the unit that one reads it in."""
    if seconds < 1:
        return f"{1000 * seconds:.2f} ms" if seconds < 0.01 else f"{1000 * seconds:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 600 else f"{seconds / 60:,.0f} min"


def times(ratio: float) -> str:
    """Write how many times as fast."""
    return f"{ratio:.1f}" if ratio < 100 else f"{ratio:,.0f}"


def line(
    what: str,
    mine: float,
    peer: str = "",
    theirs: Callable[[], float] | None = None,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Row:
    """Put our seconds beside those of another way, and both beside their bar.

    ``theirs`` measures the other way; where its library is not installed, the row says so.
    ``at_least`` is a bar for the ratio, ``at_most`` one for our seconds.
    """
    beside, ratio = peer, None
    if theirs is not None:
        try:
            other = theirs()
        except ModuleNotFoundError as missing:
            beside = f"{peer}: {missing.name} is not installed"
        else:
            beside, ratio = f"{peer}: {span(other)}", other / mine
    return Row(
        what,
        span(mine),
        beside,
        "" if ratio is None else times(ratio),
        bar=" and ".join(
            ([] if at_least is None else [f"ratio at least {at_least:.3g}"])
            + ([] if at_most is None else [f"at most {_bar(at_most)}"])
        ),
        missed=(at_most is not None and mine > at_most)
        or (at_least is not None and ratio is not None and ratio < at_least),
    )


def _bar(seconds: float) -> str:
    return f"{1000 * seconds:g} ms" if seconds < 1 else f"{seconds:g} s"
