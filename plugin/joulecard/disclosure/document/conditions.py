"""Demands on an object that depend on its own members: what the schema says with `if`, `then` and `else`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel


class Fault(NamedTuple):
    """The member that departs from a demand, which sort of fault it is in pydantic's words, and what is wrong."""

    member: str
    type: Literal["missing", "extra_forbidden", "condition"]
    told: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What must hold of an object's members; a member that is None is absent."""

    needs: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()  # lists that may be there, with nothing in them
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # least and greatest value

    def faults(self, part: BaseModel) -> list[Fault]:
        """The members that depart from it."""
        given = part.__dict__
        found = [Fault(name, "missing", "must be given") for name in self.needs if given[name] is None]
        found += [
            Fault(name, "extra_forbidden", "must not be given") for name in self.forbids if given[name] is not None
        ]
        found += [Fault(name, "condition", "must be empty") for name in self.empty if given[name]]
        for name, allowed in self.words.items():
            if given[name] is not None and given[name] not in allowed:
                found.append(Fault(name, "condition", f"must be {' or '.join(allowed)}"))
        for name, (least, most) in self.bounds.items():
            if given[name] is not None and not least <= given[name] <= most:
                found.append(Fault(name, "condition", f"must be from {least:g} to {most:g}"))
        return found

    def to_schema(self) -> dict[str, Any]:
        """The same as JSON Schema; empty where it demands nothing."""
        members: dict[str, Any] = dict.fromkeys(self.forbids, False)
        members |= {name: {"type": "array", "maxItems": 0} for name in self.empty}
        members |= {name: {"enum": list(allowed)} for name, allowed in self.words.items()}
        for name, (least, most) in self.bounds.items():
            members[name] = {"type": "number", "minimum": least, "maximum": most}
        required = {"required": list(self.needs)} if self.needs else {}
        return {**required, "properties": members} if members else required


NOTHING = Demand()


@dataclass(frozen=True, slots=True)
class When:
    """What holds where a member has one of these words, or is there at all, and what holds otherwise."""

    member: str  # dots lead into inner objects
    words: tuple[str, ...] = ()  # none: it is enough that the member is there
    then: Demand = NOTHING
    otherwise: Demand = NOTHING

    def faults(self, part: BaseModel) -> list[Fault]:
        """The members that depart from it, each with what is wrong."""
        found: Any = part
        for name in self.member.split("."):
            found = found and getattr(found, name)
        holds = found in self.words if self.words else found is not None
        demand = self.then if holds else self.otherwise
        faults = [] if demand is NOTHING else demand.faults(part)
        return [fault._replace(told=f"{fault.told} where {self._told(holds=holds)}") for fault in faults]

    def to_schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""
        *outer, last = self.member.split(".")
        test = {"const": self.words[0]} if len(self.words) == 1 else {"enum": list(self.words)}
        condition: dict[str, Any] = {"properties": {last: test}} if self.words else {}
        condition["required"] = [last]
        for name in reversed(outer):
            condition = {"properties": {name: {"type": "object", **condition}}, "required": [name]}
        turns = {"then": self.then.to_schema(), "else": self.otherwise.to_schema()}
        return {"if": condition, **{turn: demand for turn, demand in turns.items() if demand}}

    def _told(self, *, holds: bool) -> str:
        return f"{self.member} {'is' if holds else 'is not'} {' or '.join(self.words) or 'given'}"
