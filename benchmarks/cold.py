"""What it takes to begin: fresh processes, on the wall clock, the best of five."""

from clock import Row, fresh, line, span

PEERS = ()


def rows() -> list[Row]:
    """Give import and help beside Python itself."""
    beside = f"Python itself: {span(fresh('-c', 'pass', repeats=5).wall)}"
    imported = fresh("-c", "import leadline", repeats=5).wall
    helped = fresh("-m", "leadline", "--help", repeats=5).wall
    return [
        line("`import leadline`", imported, beside),
        line("`leadline --help`", helped, beside, at_most=0.5),
    ]
