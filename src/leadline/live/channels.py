"""Where alerts go: notification services by Apprise, and a signed webhook."""

import hashlib
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

from leadline.errors import SettingError

NOTIFY, WEBHOOK, SECRET = "LEADLINE_NOTIFY", "LEADLINE_WEBHOOK", "LEADLINE_WEBHOOK_SECRET"

# A notification address may hold commas itself; the next one starts with its scheme.
_NEXT = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")
_ROUNDS = 200_000
# They show addresses, and addresses of this kind are keys.
_LOGS = ("apprise", "urllib3.connectionpool")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: to people ``title`` and ``text``, to programs ``document``, which is JSON."""

    key: str
    title: str
    text: str
    document: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt: taken, to be tried again, or never to be taken.

    ``wait`` is how long the receiver asks to be left alone. ``reason`` holds no secret.
    """

    outcome: Literal["delivered", "failed", "refused"]
    reason: str = ""
    wait: timedelta | None = None


class Channel(Protocol):
    """A way to somebody; its name stays the same and shows no secret."""

    @property
    def name(self) -> str:
        """Under which attempts are counted."""
        ...

    def send(self, message: Message) -> Answer:
        """Send a message once."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class Notifier:
    """One notification service, by its Apprise address.

    Raises
    ------
    SettingError
        Where Apprise is not installed or knows no such address; the address is not repeated.
    """

    def __init__(self, url: str, setting: str = NOTIFY) -> None:
        apprise = _apprise()
        with _silent():
            service = apprise.Apprise.instantiate(url)
        if service is None:
            msg = (
                f"{setting}: Apprise cannot use this address (it is not shown, for it may be a "
                "key). See its scheme and its parts at https://appriseit.com/services."
            )
            raise SettingError(msg)
        self._apprise = apprise.Apprise()
        self._apprise.add(service)
        self._format = apprise.NotifyFormat.TEXT
        self.name = f"{url.partition('://')[0].lower()} {fingerprint(url)}"

    def send(self, message: Message) -> Answer:
        """Send a message once; Apprise does not tell why a service did not take it."""
        with _silent():
            taken = self._apprise.notify(
                body=message.text, title=message.title, body_format=self._format
            )
        if taken:
            return Answer("delivered")
        return Answer("failed", "the service could not be reached or did not take it")

    def close(self) -> None:
        """Nothing stays open."""


def from_settings(
    notify: Sequence[str] = (),
    webhook: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[Channel, ...]:
    """Give the channels that options and, where they say nothing, the environment name.

    Parameters
    ----------
    notify : sequence of str
        Apprise addresses; without any, those of LEADLINE_NOTIFY, apart by commas.
    webhook : str or None
        The address of a webhook, by default that of LEADLINE_WEBHOOK. What it is signed with is
        always in LEADLINE_WEBHOOK_SECRET, where no list of processes shows it.
    environ : mapping or None
        In place of the environment.

    Raises
    ------
    SettingError
        Naming the setting that cannot be used, without what it says.
    """
    environ = os.environ if environ is None else environ
    setting = "--notify" if notify else NOTIFY
    said = ",".join(notify) or environ.get(NOTIFY, "")
    urls = [url for url in _NEXT.split(said.strip(", \n\t")) if url]
    places = [f"{setting}, address {n} of {len(urls)}" for n in range(1, len(urls) + 1)]
    channels: list[Channel] = [
        Notifier(url, place if len(urls) > 1 else setting)
        for url, place in zip(urls, places, strict=True)
    ]
    address = webhook or environ.get(WEBHOOK, "")
    if address:
        from leadline.live.webhook import Webhook

        setting = "--webhook" if webhook else WEBHOOK
        channels.append(Webhook(address, environ.get(SECRET, ""), setting=setting))
    return tuple(channels)


def fingerprint(url: str) -> str:
    """Tell addresses apart by a few digits from which nobody can guess them.

    The many rounds keep a weak password in an address from being tried out.
    """
    return hashlib.pbkdf2_hmac("sha256", url.encode(), b"leadline channel", _ROUNDS).hex()[:8]


def _apprise() -> Any:
    try:
        import apprise
    except ModuleNotFoundError:
        msg = "Notifications need Apprise: pip install 'leadline[watch]'."
        raise SettingError(msg) from None
    return apprise


@contextmanager
def _silent() -> Iterator[None]:
    """Keep every line out of the logs that could show an address, and Apprise's own warnings."""
    loggers = [logging.getLogger(name) for name in _LOGS]
    for logger in loggers:
        logger.addFilter(_drop)
    try:
        # What the services' packages warn of concerns those who maintain them.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger in loggers:
            logger.removeFilter(_drop)


def _drop(_record: logging.LogRecord) -> bool:
    return False
