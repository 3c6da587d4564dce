"""What a published method is called and where it was published."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """A stable id, the work in one line, the version whose formulas and constants these are, and where it is found."""

    id: str
    work: str
    version: str
    uri: str
