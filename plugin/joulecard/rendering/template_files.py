"""The files that every page is made of: templates, style sheets and fonts of the folder `report_templates`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.shipped import shipped

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def template_text(name: str) -> str | None:
    """The text of a shipped template or style sheet; None where there is none of that name."""
    path = _inside(name)
    return path.read_text(encoding="utf-8") if path else None


def template_bytes(name: str) -> bytes | None:
    """The bytes of a shipped font or picture; None where there is none of that name."""
    path = _inside(name)
    return path.read_bytes() if path else None


def _inside(name: str) -> Traversable | None:
    """The file of that name where the folder lists it: no step upwards and no absolute path leads anywhere."""
    path = shipped("report_templates")
    for part in name.split("/"):
        listed = {each.name: each for each in path.iterdir()} if path.is_dir() else {}
        if part not in listed:
            return None
        path = listed[part]
    return path if path.is_file() else None
