"""A real HTTP server for the tests: it keeps what is asked of it, and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Posted:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpServer:
    """What has arrived; `answers` are (status, body, headers) in their order, then 200."""

    posted: list[Posted] = field(default_factory=list)
    answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


class Answering(BaseHTTPRequestHandler):
    """A handler that says what it is told to, and nothing in the log."""

    def say(self, status: int, raw: bytes, more: Mapping[str, str]) -> None:
        """Answer with a status, a body and further headers."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(raw)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Let a handler answer on a free port of this machine; give the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def http_server() -> Iterator[HttpServer]:
    """Run a server on a free port of this machine."""
    kept = HttpServer()

    class Handler(Answering):
        def do_POST(self) -> None:  # noqa: N802 - the library's name
            length = int(self.headers.get("Content-Length", 0))
            self._answer(self.rfile.read(length))

        do_PUT = do_POST  # noqa: N815 - the library's name

        def do_GET(self) -> None:  # noqa: N802 - the library's name
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.posted.append(Posted(path=self.path, headers=headers, body=body))
            status, answer, more = kept.answers.pop(0) if kept.answers else (200, b"ok", {})
            self.say(status, answer, more)

    with serving(Handler) as kept.port:
        yield kept
