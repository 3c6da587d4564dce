"""Executions of which nobody tells how long they took: they ran at some time between two days, and a gap says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DURATION = "how long it took"  # what such a gap is of


def untimed(document: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the stages whose duration is a gap."""
    return frozenset(gap["stage_ref"] for gap in document["gaps"] if gap["what"] == DURATION and "stage_ref" in gap)
