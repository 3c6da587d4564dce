"""Reads files and folders of /proc and of control groups, which may go at any time."""

from __future__ import annotations

import os

from joulecard.descriptors import Descriptor

_CHUNK_BYTES = 1 << 16


def read(path: str) -> bytes:
    """What a small system file holds; empty where it cannot be read."""
    try:
        with Descriptor(os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))) as file:
            text = chunk = os.read(file.number, _CHUNK_BYTES)
            while len(chunk) > _CHUNK_BYTES // 32:  # the kernel hands out long files page by page
                chunk = os.read(file.number, _CHUNK_BYTES)
                text += chunk
            return text
    except OSError:
        return b""


def listed(folder: str) -> list[str]:
    """The names in a folder; none where it cannot be read."""
    try:
        return os.listdir(folder)
    except OSError:
        return []
