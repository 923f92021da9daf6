"""Somebody who takes alerts, badly: answers that fail, come late, or break off."""

import json
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from leadline.live.webhook import SIGNATURE, verify_signature

SECRET = "only for tests"  # noqa: S105  (it guards nothing)
WAIT = 0.1
"""Seconds after which a sender gives up waiting; who is late takes twice as long."""


class Receiver:
    """Takes each key once, whatever else it does first.

    ``troubles`` are drawn from for each request: ``500``, ``429``, ``reset``, ``late`` (processed,
    but answered too late), ``lost`` (processed, and the connection breaks before the answer) or
    ``ok``.
    """

    def __init__(self, troubles, seed=1):
        self.processed, self.repeated, self.acknowledged = {}, Counter(), Counter()
        self.requests, self.forged = Counter(), 0
        self._troubles, self._rng, self._lock = (
            troubles,
            np.random.default_rng(seed),
            threading.Lock(),
        )

    def handle(self, handler):
        """Do to one request what is drawn for it."""
        length = int(handler.headers["Content-Length"])
        body = handler.rfile.read(length)
        if len(body) < length:
            # Its sender was killed, or gave up, while it wrote: no request at all.
            handler.close_connection = True
            return None
        key = handler.headers["Idempotency-Key"]
        with self._lock:
            if not verify_signature(SECRET, handler.headers[SIGNATURE], body):
                self.forged += 1
            trouble = str(self._rng.choice(self._troubles))
            self.requests[trouble] += 1
            if trouble in {"late", "lost", "ok"}:
                if key in self.processed:
                    self.repeated[key] += 1
                else:
                    self.processed[key] = json.loads(body)
        if trouble in {"reset", "lost"}:
            return _reset(handler)
        if trouble == "late":
            time.sleep(2 * WAIT)
        with self._lock:
            self.acknowledged[key] += trouble == "ok"
        return _answer(handler, 200 if trouble in {"late", "ok"} else int(trouble))

    def serving(self):
        """Serve, and give the address."""
        return _serving(self)


@contextmanager
def _serving(receiver):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            receiver.handle(self)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            """Say nothing: senders are killed here."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook/a-key-in-the-path"
        finally:
            server.shutdown()
            thread.join()


def _answer(handler, status):
    handler.send_response(status)
    if status == 429:
        handler.send_header("Retry-After", "0")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def _reset(handler):
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


class Plain:
    """Takes any POST and keeps its body."""

    def __init__(self):
        self.bodies, self.status = [], 200

    def handle(self, handler):
        self.bodies.append(handler.rfile.read(int(handler.headers["Content-Length"])))
        _answer(handler, self.status)

    def serving(self):
        return _serving(self)
