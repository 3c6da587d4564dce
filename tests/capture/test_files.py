"""Files are put in their place whole, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from joulecard.capture.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path


def test_a_write_that_is_broken_off_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    """Not only a failing disk: whatever stops it, a Ctrl-C too, leaves no draft behind."""
    path = tmp_path / "file"
    path.write_bytes(b"before")
    no_bytes: Any = "text"
    with pytest.raises(TypeError):
        write_atomically(str(path), no_bytes)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"before"
