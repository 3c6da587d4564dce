"""The code that a stage ran with: versions and the git commit, no paths and no arguments."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Software:
    """Versions of the recorder, Python and the operating system, and the commit of the working tree."""

    joulecard: str
    python: str
    os: str  # e.g. Linux 6.1
    git_commit: str | None = None
    git_dirty: bool | None = None
