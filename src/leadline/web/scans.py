"""Where scans and their pairs stand, and which scan stands at an address."""

from urllib.parse import quote, unquote

from leadline.scan import saved
from leadline.scan.saved import Saved
from leadline.web.shelf import Shelf


def step(name: str) -> str:
    """Give a name as one step of an address, whatever letters it has.

    A slash is written so that it is none when a server has decoded the address once, and dots
    that are the whole of a name so that no browser takes them for a way up.

    >>> step("BTC/USD"), unstep("BTC%2FUSD")
    ('BTC%252FUSD', 'BTC/USD')
    """
    once = name.replace("%", "%25").replace("/", "%2F")
    return quote(once.replace(".", "%2E") if name in {".", ".."} else once, safe="")


def unstep(part: str) -> str:
    """Give the name that a decoded step of an address stands for."""
    return unquote(part)


def of_pair(scan: str, leader: str, follower: str) -> str:
    """Give the address of a pair's page."""
    return f"{of_scan(scan)}/pairs/{step(leader)}/{step(follower)}"


def of_scan(scan: str) -> str:
    """Give the address of a scan's page."""
    return f"/scans/{step(scan)}"


def kept(shelf: Shelf, scan: str) -> Saved | None:
    """Give the scan of this name; raise ArchiveError where its folder is damaged."""
    folder = shelf.scans().get(scan)
    if folder is None:
        return None
    return shelf.kept(("scan", folder), ("files",), lambda: saved.load(folder))
