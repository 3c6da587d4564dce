"""SHA-256 without OpenSSL, which `hashlib` loads: 3 MiB of memory and 2 ms of CPU time in every job."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def sha256(data: bytes) -> bytes:
    """The 32 bytes of the digest."""
    digest: bytes = _algorithm()(data).digest()
    return digest


@cache
def _algorithm() -> Callable[[bytes], Any]:
    """Python's own (_sha256, from 3.12 on _sha2), else that of hashlib."""
    for module in ("_sha2", "_sha256", "hashlib"):
        try:
            algorithm: Callable[[bytes], Any] = import_module(module).sha256
        except (ImportError, AttributeError):
            continue
        return algorithm
    raise ImportError("this Python has no SHA-256")
