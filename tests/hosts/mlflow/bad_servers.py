"""Servers on the loopback that answer as a tracking server does, until a certain request: from then on they are bad."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from contextlib import closing, contextmanager, suppress
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUN_ID = "0a4a54d3a0014d1e9a536f0b5c1e4c3d"
CALLS = (1, 2, 3, 4)  # the request from which on a server is bad
PATIENT_S = 30.0  # how long a server that hangs holds on: longer than anybody waits
_HUNDRED_MB = 100_000_000


def _response(status: str, body: bytes = b"{}", *more: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *more)
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def _sent(answer: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(answer)


def _hangs(connection: socket.socket) -> None:
    connection.settimeout(PATIENT_S)
    connection.recv(1)


def _drips(connection: socket.socket) -> None:
    for octet in _response("200 OK", b"{" + b" " * 1000 + b"}"):
        connection.sendall(bytes([octet]))
        time.sleep(1.0)


def _resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _floods(connection: socket.socket) -> None:
    """More than anybody reads in time, and cut short: whoever does has been told nothing."""
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {_HUNDRED_MB + 1}\r\n\r\n".encode())
    chunk = b" " * 1_000_000
    for _ in range(_HUNDRED_MB // len(chunk)):
        connection.sendall(chunk)


MODES: dict[str, Callable[[socket.socket], None]] = {
    "black hole": _hangs,
    "1 byte a second": _drips,
    "reset": _resets,
    "500": _sent(_response("500 INTERNAL SERVER ERROR")),
    "429": _sent(_response("429 TOO MANY REQUESTS", b"{}", "Retry-After: 3600")),
    "redirects in a ring": _sent(_response("302 FOUND", b"", "Location: /api/2.0/mlflow/runs/get")),
    "JSON cut short": _sent(_response("200 OK", b'{"run": {"info": {"run_id": "')),
    "an answer of 100 MB": _floods,
    "TLS that is none": _sent(b"\x16\x03\x01\x00\xff" + b"\x00" * 64),
    "another type": _sent(_response("200 OK", b'[1, "two", null]')),
    "headers and no more": _sent(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n"),
    "413": _sent(_response("413 REQUEST ENTITY TOO LARGE")),
}
REFUSED = "refused"  # nobody listens
SLOW_NAME = "a name server that never answers"
_NAME_SERVER = ("127.0.0.77", 53)


class _BadServer:
    """Answers well before the call from which on it is bad."""

    def __init__(self, mode: str, first_bad: int) -> None:
        self._mode, self._first_bad = MODES[mode], first_bad
        self._calls = 0
        self._lock = threading.Lock()
        self.listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection = self.listening.accept()[0]
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            asked = connection.recv(1 << 16)
            if not asked:  # a connection kept for later, or one given up
                return
            path = asked.split(b" ")[1].decode()
            with self._lock:
                self._calls += 1
                is_bad = self._calls >= self._first_bad
            if is_bad:
                self._mode(connection)
            else:
                connection.sendall(_response("200 OK", json.dumps(_good_answer(path)).encode()))


def _good_answer(path: str) -> dict[str, object]:
    if "runs/get" in path:
        info = {"run_id": RUN_ID, "run_uuid": RUN_ID, "experiment_id": "0", "status": "RUNNING", "start_time": 1}
        return {"run": {"info": {**info, "artifact_uri": f"mlflow-artifacts:/0/{RUN_ID}/artifacts"}, "data": {}}}
    return {"files": []} if "artifacts" in path else {}


@contextmanager
def bad_servers(*, every: bool) -> Iterator[list[tuple[str, int, str]]]:
    """Mode, first bad call and address of servers: one of each mode, or of each mode one for every call.

    Those that refuse, and those whose name cannot be looked up, are bad from the first call.
    """
    some = [(mode, CALLS[place % len(CALLS)]) for place, mode in enumerate(MODES)]
    made = [(*each, _BadServer(*each)) for each in (product(MODES, CALLS) if every else some)]
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        nobody = taken.getsockname()[1]
    try:
        yield [
            *((mode, call, server.address) for mode, call, server in made),
            *((REFUSED, call, f"http://127.0.0.1:{nobody}") for call in (CALLS if every else CALLS[:1])),
            *((SLOW_NAME, call, "http://tracking.example:5000") for call in (CALLS if every else CALLS[:1])),
        ]
    finally:
        for _, _, server in made:
            with suppress(OSError):
                server.listening.shutdown(socket.SHUT_RDWR)
            server.listening.close()


@contextmanager
def silent_name_server() -> Iterator[str]:
    """A resolv.conf that sends questions to where nobody answers; needs root for the port."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as listening:
        listening.bind(_NAME_SERVER)
        yield f"nameserver {_NAME_SERVER[0]}\noptions timeout:30\n"
