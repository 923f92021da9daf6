"""The command that shows everything in a browser: serve."""

import contextlib
import errno
import logging
import socket
import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from leadline.cli import show
from leadline.errors import SettingError

if TYPE_CHECKING:
    from leadline.web.settings import Settings
    from leadline.web.shelf import Sources

_EXTRA = ("fastapi", "uvicorn", "prometheus_client")
_BACKLOG = 512
_TURN = 0.0005
_PATIENCE = 3
"""Seconds that requests have to end when the server is stopped."""


def serve(
    *,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Where to listen; else only this machine can ask."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 takes a free one.")
    ] = 8017,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            envvar="LEADLINE_TOKEN",
            help="Ask for this token. Better said in the variable: others see a command's words.",
        ),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Let everybody in who reaches the address.")
    ] = False,
    url: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Where the site stands for others, such as behind a proxy."
        ),
    ] = "",
    article: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Show the claims of this file too; again for more."),
    ] = None,
    text: Annotated[
        list[str] | None,
        typer.Option(metavar="ARTICLE=FILE", help="The text of an article, to read beside it."),
    ] = None,
    scan: Annotated[
        list[str] | None,
        typer.Option(metavar="DIR", help="Show what `leadline scan --out DIR` wrote there."),
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Show verdicts, what became of them, and the data, as a site.

    It reads the store and writes nothing; what `leadline watch` or `leadline try` write meanwhile
    is shown within seconds. Ctrl-C ends it.
    """
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise SettingError(f"Serving needs {missing[0]}: pip install 'leadline[web]'.")
    from leadline.web.settings import Settings

    settings = Settings(
        _sources(article, text, scan, _address(url)), host=host, port=port, token=token or None
    )
    if not settings.loopback and settings.token is None and not public:
        raise SettingError(
            f"--host {host}: Everybody who reaches this address could read your verdicts and data. "
            "Set LEADLINE_TOKEN to ask for a token, or give --public if that is what you want."
        )
    with contextlib.closing(_listening(host, port)) as at:
        settings = replace(settings, port=at.getsockname()[1])
        _run(settings, at, open_it=open_it)


def _sources(
    articles: Sequence[str] | None,
    texts: Sequence[str] | None,
    scans: Sequence[str] | None,
    url: str,
) -> "Sources":
    """Read what is named, so that a slip is told at once and not on a page."""
    from leadline.claim import load_article
    from leadline.data.store import home
    from leadline.web.shelf import Sources

    files = tuple(Path(name) for name in articles or ())
    known = {load_article(file).id for file in files}
    folders = tuple(Path(name) for name in scans or ())
    for folder in folders:
        if not folder.is_dir():
            raise SettingError(f"--scan {folder}: No such folder.")
    said = dict(_text(each, known) for each in texts or ())
    return Sources(articles=files, texts=said, scans=(home() / "scans", *folders), url=url)


def _text(said: str, known: set[str]) -> tuple[str, Path]:
    from leadline.claim import load_article

    name, _, file = said.partition("=")
    if not file:
        raise typer.BadParameter(f"{said!r} is not ARTICLE=FILE.", param_hint="--text")
    if name not in known:
        name = load_article(name).id
    if not Path(file).is_file():
        raise SettingError(f"--text {said}: No such file.")
    return name, Path(file)


def _address(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query):
        raise typer.BadParameter(f"{url!r} is not https://NAME.", param_hint="--url")
    if parts.path.strip("/"):
        raise typer.BadParameter("The site stands at the top of its name.", param_hint="--url")
    return url.rstrip("/")


def _listening(host: str, port: int) -> socket.socket:
    """Take the port, or say why it cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except socket.gaierror:
        raise SettingError(f"--host {host}: No such address.") from None
    except PermissionError:
        raise SettingError(f"--port {port}: This port is not yours to take; try 8017.") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingError(f"Port {port} is taken. Name another one: --port N.") from None
        if error.errno == errno.EADDRNOTAVAIL:
            raise SettingError(f"--host {host}: This machine has no such address.") from None
        raise


def _run(settings: "Settings", at: socket.socket, *, open_it: bool) -> None:
    import uvicorn

    from leadline.web.app import create_app

    logging.basicConfig(format="leadline: %(message)s")
    # The thread that answers waits this long for one that computes, several times a request.
    sys.setswitchinterval(_TURN)
    config = uvicorn.Config(
        create_app(settings),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_PATIENCE,
    )
    server = uvicorn.Server(config)
    shown = _shown(settings)
    show.note(f"Leadline is at {shown}. Ctrl-C ends it.")
    if open_it:
        # The port is taken already: whoever comes before we are ready waits.
        webbrowser.open(shown)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[at])
    if not server.started:
        raise SettingError("The server did not start; what is said above tells why.")


def _shown(settings: "Settings") -> str:
    if settings.sources.url:
        return f"{settings.sources.url}/"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared
    name = f"[{host.strip('[]')}]" if ":" in host else host
    return f"http://{name}:{settings.port}/"
