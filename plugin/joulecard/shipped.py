"""Finds the folders that ship beside the package: in the installed wheel, or in the checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def shipped(folder: str) -> Traversable:
    """The folder `schema`, `report_templates` or `examples`, wherever this installation keeps it."""
    inside = files("joulecard") / folder
    return inside if inside.is_dir() else Path(__file__).parents[2] / folder
