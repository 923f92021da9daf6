"""What the server is told: where it listens, who may ask, and what it keeps."""

import ipaddress
import string
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from leadline.errors import SettingError
from leadline.web.shelf import Sources

PORT = 8017
MIN_TOKEN = 16
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """How the site is served.

    Attributes
    ----------
    sources : Sources
        What is shown.
    host : str
        The address to listen at; by default only this machine can ask.
    port : int
        The port; 0 takes one that is free.
    token : str or None
        Where it is given, whoever asks must know it.
    hosts : tuple of str
        Names that the server answers to, beside those of this machine and of ``sources.url``.
    apart : bool
        Print pages in a process of their own, so that drawing holds nobody up.
    warm : bool
        Print what is asked for most before anybody asks.
    fresh : bool
        Look for news at every request and wait for the new print, rather than show the last one
        while it is made.
    look_every : float
        Seconds from one look for news to the next.
    patience : float
        Seconds after which a page that is not printed is given up.
    memory : int
        Bytes of printed pages to keep.
    """

    sources: Sources = field(default_factory=Sources)
    host: str = "127.0.0.1"
    port: int = PORT
    token: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    apart: bool = True
    warm: bool = True
    fresh: bool = False
    look_every: float = 1.0
    patience: float = 120.0
    memory: int = 128 * _MEGABYTE

    def __post_init__(self) -> None:
        """Refuse a token that could be guessed or that no header can carry."""
        if self.token is not None:
            _check_token(self.token)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can ask."""
        return is_loopback(self.host)

    @property
    def names(self) -> frozenset[str] | None:
        """The names that the server answers to; None is any.

        Whoever is reached over a network without a list of names may be called anything. On this
        machine a name of somebody else's means that a page elsewhere tries to read ours in the
        user's browser (DNS rebinding).
        """
        named = {name.lower() for name in self.hosts}
        if self.sources.url:
            named.add(urlsplit(self.sources.url).hostname or "")
        if not named and not self.loopback:
            return None
        own = set() if self.host in {"0.0.0.0", "::"} else {self.host.lower()}  # noqa: S104 - compared
        return frozenset(named | own | {"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Say whether an address is this machine's alone.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _check_token(token: str) -> None:
    allowed = set(string.ascii_letters + string.digits + string.punctuation)
    if len(token) >= MIN_TOKEN and set(token) <= allowed:
        return
    msg = (
        f"The token needs {MIN_TOKEN} or more letters, digits and signs, without spaces. Make one: "
        'python -c "import secrets; print(secrets.token_urlsafe())".'
    )
    raise SettingError(msg)
