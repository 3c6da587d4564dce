"""A provider on the loopback: it answers from the kept examples of the real ones, or fails as a test wants it to."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLES = Path(__file__).parent / "api_examples.json"


def example(api: str, name: str) -> dict[str, Any]:
    """One exchange with a real provider, as its documentation shows it."""
    kept: list[dict[str, Any]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))["examples"]
    return next(item for item in kept if (item["api"], item["name"]) == (api, name))


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """What the server sends back."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None  # what it announces, where that is more than it sends
    pause_s: float = 0.0  # before each byte after the head
    silent: bool = False  # accepts and says nothing until the test is over


def reply(api: str, name: str, **changes: Any) -> Reply:
    """A kept example as a reply, with members of its body changed."""
    kept = example(api, name)
    body = {**kept["body"], **changes} if isinstance(kept["body"], dict) else kept["body"]
    text = body if isinstance(body, str) else json.dumps(body)
    return Reply(kept["status"], text.encode(), dict(kept["response_headers"]))


class Server:
    """The server's address, what it was asked, and what it answers next."""

    def __init__(self, address: str, answer: Callable[[Asked], Reply]) -> None:
        self.address = address
        self.answer = answer
        self.asked: list[Asked] = []
        self.over = threading.Event()

    def replies(self, *replies: Reply) -> None:
        """Gives these answers in turn, the last one for ever."""
        left = list(replies)
        self.answer = lambda _asked: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def running() -> Iterator[Server]:
    """A server that answers 404 until it is told what to say."""
    server = Server("", lambda _asked: Reply(404, b"{}"))

    class Handler(BaseHTTPRequestHandler):
        """Hands each request to the server's answer."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answers one request."""
            parts = urlsplit(self.path)
            asked = Asked(parts.path, dict(parse_qsl(parts.query)), {k.lower(): v for k, v in self.headers.items()})
            server.asked.append(asked)
            said = server.answer(asked)
            if said.silent:
                server.over.wait(30)
                self.close_connection = True
                return
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(said.length or len(said.body)))
            self.end_headers()
            self._send(said)

        def _send(self, said: Reply) -> None:
            self.close_connection = said.length is not None
            try:
                if not said.pause_s:
                    self.wfile.write(said.body)
                    return
                for byte in said.body:
                    if server.over.wait(said.pause_s):
                        return
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base class
            """Says nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.address = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        http.shutdown()
        http.server_close()
        thread.join()
