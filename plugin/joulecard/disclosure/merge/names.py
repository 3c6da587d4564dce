"""Ids of several disclosures in one: what is equal is listed once, what only shares its name gets another one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from joulecard.disclosure.document.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Iterable, Mapping

# Members that name something, and the collection that holds it; ids of components, segments and hosts never clash.
REFERENCES = {
    "resource_ref": "resources",
    "location_ref": "locations",
    "factor_ref": "factors",
    "pue_ref": "factors",
    "factor_refs": "factors",
    "source_ref": "sources",
    "uncertainty_refs": "sources",
    "stage_ref": "stages",
    "stage_refs": "stages",
    "depends_on": "stages",
    "superseded_by": "stages",
    "instrument_ref": "instruments",
    "evidence_refs": "evidence",
}
LONGEST_ID = 256
NUMBER = re.compile("~[0-9]+$")  # what an id got where another thing had it
ROOM = 12  # characters of an id that a number may need

Names = dict[str, dict[str, str]]  # by collection: the id in one disclosure, and the one in the merged


class Named(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """Its id."""


T = TypeVar("T", bound=Part)


class Pool(Generic[T]):
    """Things of one kind, each once.

    Two are the same where their content is; with `by_name` only where their id was the same, too: two sources of
    uncertainty of one width are two.
    """

    def __init__(self, content: Callable[[T], Hashable], *, by_name: bool = False) -> None:
        self._content = content
        self._by_name = by_name
        self._held: dict[str, T] = {}
        self._twins: dict[Hashable, list[str]] = {}

    def enter(self, listed: Iterable[tuple[str, T]]) -> dict[str, str]:
        """Takes in the things of one disclosure, with their ids; the ids they have here."""
        rest = dict(listed)
        names = {name: name for name, item in rest.items() if self._is_held(name, item)}
        given = set(names)
        for name, item in rest.items():
            if name not in names:
                names[name] = self._twin(name, item, given) or self._add(name, item)
                given.add(names[name])
        return names

    def listed(self) -> tuple[T, ...]:
        """All things, in the order in which they came."""
        return tuple(self._held.values())

    def _is_held(self, name: str, item: T) -> bool:
        return name in self._held and self._content(self._held[name]) == self._content(item)

    def _twin(self, name: str, item: T, given: Container[str]) -> str | None:
        """The id of an equal thing of another disclosure; two things of one disclosure stay two."""
        return next((twin for twin in self._twins.get(self._key(name, item), ()) if twin not in given), None)

    def _key(self, name: str, item: T) -> Hashable:
        return NUMBER.sub("", name) if self._by_name else "", self._content(item)

    def _add(self, name: str, item: T) -> str:
        new = free(name, self._held)
        self._held[new] = item.model_copy(update={"id": new})
        self._twins.setdefault(self._key(name, item), []).append(new)
        return new


def free(name: str, taken: Container[str]) -> str:
    """The name itself where nothing has it, else `name~2`, `name~3`, ..."""
    if name not in taken:
        return name
    base, number = name[: LONGEST_ID - ROOM], 2
    while f"{base}~{number}" in taken:
        number += 1
    return f"{base}~{number}"


def content_of(item: Part) -> str:
    """All that a thing says but its id."""
    return item.model_dump_json(exclude={"id"}, exclude_none=True)


def renamed(part: T, names: Mapping[str, Mapping[str, str]]) -> T:
    """The same part with the ids that the things it names have in the merged disclosure."""
    changes = {}
    for member in type(part).model_fields:
        value = getattr(part, member)
        found = _renamed(member, value, names)
        if found is not value:
            changes[member] = found
    return part.model_copy(update=changes) if changes else part


def _renamed(member: str, value: Any, names: Mapping[str, Mapping[str, str]]) -> Any:
    """The value of a member, the same object where nothing in it changes."""
    if isinstance(value, Part):
        return renamed(value, names)
    if value is None or value == ():
        return value
    new = names.get(REFERENCES.get(member, ""), {})
    if isinstance(value, str):
        return new.get(value, value)
    if isinstance(value, tuple):
        found = tuple(renamed(item, names) if isinstance(item, Part) else new.get(item, item) for item in value)
        return value if all(one is other for one, other in zip(found, value, strict=True)) else found
    return value
