"""The code that a stage ran with: versions and the git commit, no paths and no arguments."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import joulecard
from joulecard.surroundings.git import commit_of
from joulecard.surroundings.reading import line_of

if TYPE_CHECKING:
    from joulecard.settings import Roots


RECORDER = "joulecard"


@dataclass(frozen=True, slots=True)
class Software:
    """Name and version of the recorder, Python and the operating system, and the commit of the working tree."""

    tool: str
    version: str
    python: str | None = None
    os: str | None = None  # e.g. Linux 6.1
    git_commit: str | None = None
    git_dirty: bool | None = None  # None = not looked at: telling it means comparing every file of the tree


def read_software(folder: str, roots: Roots) -> Software:
    """The versions at work and the commit checked out in `folder`. Never raises; git itself is not run."""
    return Software(
        tool=RECORDER,
        version=joulecard.__version__,
        python=".".join(str(part) for part in sys.version_info[:3]),
        os=_operating_system(roots),
        git_commit=commit_of(folder),
    )


def _operating_system(roots: Roots) -> str:
    """Name and the first two numbers of the kernel's version; builds and flavours could name an owner."""
    name, release = line_of(f"{roots.proc}/sys/kernel/ostype"), line_of(f"{roots.proc}/sys/kernel/osrelease")
    if not (name and release):
        system = os.uname() if hasattr(os, "uname") else None
        name, release = (system.sysname, system.release) if system else (sys.platform, "")
    numbers = re.match(r"\d{1,5}(\.\d{1,5})?", release)
    return f"{name[:64]} {numbers[0]}" if numbers else name[:64]
