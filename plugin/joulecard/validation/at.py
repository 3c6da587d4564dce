"""A place in a parsed document, and what a rule finds wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json = dict[str, Any]


class At:
    """An object of the document and its pointer; what lies inside is found once, however often rules ask."""

    __slots__ = ("_amounts", "_inner", "_places", "pointer", "value")

    def __init__(self, pointer: str, value: Json) -> None:
        self.pointer = pointer
        self.value = value
        self._inner: dict[str, Any] | None = None
        self._amounts: dict[str, float] | None = None
        self._places: dict[str, int] | None = None

    def member(self, name: str) -> At | None:
        """The object that is its member of that name; None where there is none."""
        inner = self.value.get(name)
        if inner is None:
            return None
        known = self._inner
        if known is None:
            known = self._inner = {}
        if name not in known:
            known[name] = At(f"{self.pointer}/{name}", inner)
        found: At = known[name]
        return found

    def items(self, name: str) -> list[At]:
        """The objects in its array of that name; not to be changed."""
        inner = self.value.get(name)
        if not inner:
            return []
        known = self._inner
        if known is None:
            known = self._inner = {}
        if name not in known:
            place = f"{self.pointer}/{name}/"
            known[name] = [At(f"{place}{index}", item) for index, item in enumerate(inner)]
        found: list[At] = known[name]
        return found

    def texts(self, name: str) -> list[tuple[str, str]]:
        """Pointer and text of each item of its array of strings of that name."""
        return [(f"{self.pointer}/{name}/{index}", item) for index, item in enumerate(self.value.get(name, ()))]

    @property
    def number(self) -> float | None:
        """The value of a quantity; None where it is not available."""
        value: float | None = self.value.get("value")
        return value

    @property
    def amounts(self) -> dict[str, float] | None:
        """What each source adds to a quantity, in its unit; None where it shows no contributions."""
        interval = self.value.get("interval")
        if self._amounts is None and interval is not None and interval["kind"] != "declared":
            listed = interval["contributions"]
            self._amounts = {item["source_ref"]: item["amount"] for item in listed if item["amount"]}
        return self._amounts

    def amount_place(self, source: str) -> str:
        """The pointer of what a source contributes to a quantity; of all contributions where it is none of them."""
        if self._places is None:
            listed = enumerate(self.value.get("interval", {}).get("contributions", ()))
            self._places = {item["source_ref"]: index for index, item in listed}
        place = f"{self.pointer}/interval/contributions"
        return f"{place}/{self._places[source]}/amount" if source in self._places else place


def names_in(item: At, member: str) -> Sequence[str]:
    """The names that a member holds: one, several in a list, or none."""
    held = item.value.get(member, ())
    return (held,) if isinstance(held, str) else held


def name_places(item: At, member: str) -> list[tuple[str, str]]:
    """Pointer and text of each name that a member holds."""
    if isinstance(item.value.get(member), str):
        return [(f"{item.pointer}/{member}", item.value[member])]
    return item.texts(member)


class Finding(NamedTuple):
    """A place that breaks a rule, the sentence on it, and the places it was compared with."""

    pointer: str
    message: str
    related: Iterable[str] = ()
