"""How documents of the corpus are made from others: a few members changed, and what must then be said of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.standard.authoring import Json

GONE: Any = object()


class Broken(NamedTuple):
    """An invalid document: what it is made from, what is changed in it, and the violation that must be found."""

    name: str
    base: Callable[[], Any]
    changes: Mapping[str, Any]
    pointer: str
    also: tuple[str, ...] = ()  # other places that must be named too

    @property
    def expected(self) -> Json:
        """The verdict that every implementation must reach; the rule is the first word of the name."""
        told: Json = {"rule": self.name.partition("-")[0], "pointer": self.pointer}
        return {**told, "also": list(self.also)} if self.also else told

    def document(self) -> Any:
        """The document with its changes."""
        return changed(self.base, self.changes)


def broken(name: str, base: Callable[[], Any], changes: Mapping[str, Any], pointer: str | None = None) -> Broken:
    """A document with changes; the violation stands where the first change is, unless another place is named."""
    return Broken(name, base, changes, next(iter(changes)) if pointer is None else pointer)


def changed(base: Callable[[], Any], changes: Mapping[str, Any]) -> Json:
    """A new document, with members set, added or removed by their pointers."""
    document: Json = json.loads(json.dumps(base()))
    for pointer, value in changes.items():
        *steps, last = pointer.split("/")[1:]
        owner: Any = document
        for step in steps:
            owner = owner[int(step)] if isinstance(owner, list) else owner[step]
        _change(owner, last, value)
    return document


def _change(owner: Any, last: str, value: Any) -> None:
    """Sets, adds or removes one member or item."""
    if value is GONE:
        owner.pop(int(last) if isinstance(owner, list) else last)
    elif isinstance(owner, list):
        owner[int(last) :] = [value, *owner[int(last) + 1 :]]
    else:
        owner[last] = value


def everywhere(path: str, value: Any) -> Json:
    """The same change in both totals that hold all stages, for a document in which nothing was reused."""
    return {f"/totals/{block}/{path}": value for block in ("new", "including_reused")}


def bare(base: Callable[[], Any]) -> Callable[[], Any]:
    """The document without intervals and all that belongs to them, so that a changed number breaks no other rule."""
    return lambda: _without_widths(json.loads(json.dumps(base())))


def _without_widths(value: Any) -> Any:
    names = {"interval", "measured_fraction", "uncertainty", "uncertainty_refs"}
    if isinstance(value, dict):
        return {name: _without_widths(inner) for name, inner in value.items() if name not in names}
    return [_without_widths(inner) for inner in value] if isinstance(value, list) else value
