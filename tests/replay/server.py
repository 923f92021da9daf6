"""One local server for every provider's hosts: ``http://127.0.0.1:PORT/{host}/{path}``.

By hand, with ``PYTHONPATH=tests``: ``python -m replay.server --port 8123`` prints what to export.
"""

import argparse
import importlib
import socket
import struct
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qsl, unquote, urlsplit

from replay.cases import COMMON, Case
from replay.core import Ask, Market, Reply

NOT_PROVIDERS = {"cases", "core", "server", "conftest"}


def modules() -> dict[str, ModuleType]:
    """Give the replay modules by the id of their provider."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    return {
        name: importlib.import_module(f"replay.{name}")
        for name in names
        if name not in NOT_PROVIDERS
    }


def case_named(module: ModuleType, name: str) -> Case:
    """Give a case of the provider's own, or a common one."""
    own = module.CASES.get(name)
    if own is not None:
        return lambda ask, market, _answer: own(ask, market)
    return COMMON[name]


@cache
def market_on(today: date) -> Market:
    """Give the market of a day, made once."""
    return Market(today)


@dataclass
class Script:
    """Cases for the requests that ``match``, one after the other; the last one stays."""

    cases: tuple[str | Reply | Case, ...]
    match: str = ""
    n_asked: int = 0

    def next(self) -> str | Reply | Case:
        case = self.cases[min(self.n_asked, len(self.cases) - 1)]
        self.n_asked += 1
        return case


@dataclass
class Replay:
    """What the server sends, and what it was asked.

    ``base`` is what LEADLINE_BASE_URL must say; ``asked`` holds every request in order, and
    ``broken`` what went wrong in the server itself.
    """

    base: str
    market: Market
    asked: list[Ask] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    _scripts: dict[str, list[Script]] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _modules: Mapping[str, ModuleType] = field(default_factory=modules)

    def __post_init__(self) -> None:
        self._by_host = {host: module for module in self._modules.values() for host in module.HOSTS}

    def on(self, today: date) -> None:
        """Let the market go on to another day."""
        self.market = market_on(today)

    def script(self, host: str, *cases: str | Reply | Case, match: str = "") -> None:
        """Answer the next requests to ``host`` whose address contains ``match`` by these cases."""
        self._scripts.setdefault(host, []).insert(0, Script(cases, match))

    def script_provider(self, provider: str, *cases: str | Reply | Case) -> None:
        """Spoil every host of a provider."""
        for host in self._modules[provider].HOSTS:
            self.script(host, *cases)

    def reset(self) -> None:
        """Forget scripts and requests, and go back to the market's usual day."""
        self.market = market_on(Market().today)
        with self._lock:
            self._scripts.clear()
            self._counts.clear()
            self.asked.clear()
            self.moments.clear()
            self.broken.clear()

    def asked_of(self, host: str) -> list[Ask]:
        """Give the requests to one host."""
        return [ask for ask in self.asked if ask.host == host]

    def reply(self, target: str, headers: Mapping[str, str]) -> Reply:
        """Answer one request line."""
        parts = urlsplit(target)
        _, host, *rest = parts.path.split("/")
        path = "/" + "/".join(rest)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        with self._lock:
            self._counts[target] += 1
            lower = {name.lower(): text for name, text in headers.items()}
            ask = Ask(host, unquote(path), query, lower, self._counts[target])
            self.asked.append(ask)
            self.moments.append(datetime.now(UTC))
            module = self._by_host.get(host)
            scripts = self._scripts.get(host, [])
            script = next((script for script in scripts if script.match in target), None)
            case = "ok" if script is None else script.next()
        if isinstance(case, Reply):
            return case
        if module is None:
            return Reply(f"nobody plays {host}".encode(), 599)
        try:
            known = case_named(module, case) if isinstance(case, str) else case
            return known(ask, self.market, module.answer)
        except Exception:  # noqa: BLE001  (whatever it is, it is told)
            # A test of ours that is wrong must not look like a provider that fails.
            self.broken.append(f"{target} ({case}):\n{traceback.format_exc()}")
            return Reply(b"the replay server is at fault", 599)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    replay: Replay

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self.close_connection = True
        reply = self.replay.reply(self.path, dict(self.headers.items()))
        if reply.fault == "reset":
            return self._reset()
        if reply.delay:
            self.replay.over.wait(reply.delay)
        if reply.fault == "hang":
            return self._reset()
        announced = len(reply.body) + (10 if reply.fault == "truncate" else 0)
        self.send_response(reply.status)
        for name, text in {"Content-Type": "application/octet-stream", **reply.headers}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(announced))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)
        return None

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def finish(self) -> None:
        if self.connection.fileno() >= 0:
            super().finish()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say what went wrong on our side; a client that went away is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:
        if request.fileno() >= 0:
            super().shutdown_request(request)


@contextmanager
def serving(market: Market | None = None, port: int = 0) -> Iterator[Replay]:
    """Serve until the block ends."""
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", port), handler) as server:
        base = f"http://127.0.0.1:{server.server_port}/{{host}}"
        replay = handler.replay = Replay(base, market or Market())
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield replay
        finally:
            replay.over.set()
            server.shutdown()
            thread.join()


def main() -> None:
    """Serve by hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--today", type=date.fromisoformat, help="the market's day (yesterday)")
    parser.add_argument("--case", action="append", default=[], metavar="HOST=CASE[,CASE]")
    options = parser.parse_args()
    today = options.today or datetime.now(UTC).date() - timedelta(days=1)
    with serving(Market(today), options.port) as replay:
        for host, _, cases in (case.partition("=") for case in options.case):
            replay.script(host, *cases.split(","))
        sys.stdout.write(f"export LEADLINE_BASE_URL='{replay.base}' LEADLINE_PACE=0\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
