"""Finds a field of the standard by the path of a value, by a JSON pointer or by the name of a definition."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from joulecard.errors import UsageError
from joulecard.validation.schema import Kind, identifier, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_PLACES = 8
DEEPEST = 12
_INDEX = re.compile(r"\[[^\]]*\]")
_NUMBER = re.compile(r"[0-9]+|[*-]")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One place of a schema: how it is reached, and what may stand there."""

    kind: Kind  # of the schema that holds it
    path: str  # stages[].energy.it_total; of a definition its name
    node: Json  # with the definition that it refers to filled in
    definition: str = ""  # the definition's name, where it refers to one
    must: bool | None = None  # None for a document and for a definition, which are nobody's member


def find(name: str, kind: Kind | None) -> list[Field]:
    """The field of that path, pointer or definition, and the others that are the same; raises UsageError.

    Without a kind disclosures are searched first, then segments and stage records.
    """
    steps = _steps(name)
    kinds = (kind,) if kind else KINDS
    for each in kinds:
        found = _at(whole(each), steps) or _definition(each, name)
        if found is not None:
            return [found]
    ending = [field for each in kinds for field in _fields(whole(each)) if _ends(field, steps)]
    if not ending:
        raise UsageError(_unknown(steps, kinds), where=name[:80])
    same = [field for field in ending if (field.kind, field.node) == (ending[0].kind, ending[0].node)]
    if len(same) < len(ending):
        paths = list(dict.fromkeys(field.path for field in ending))
        raise UsageError(
            f"stands in {len(paths)} places and means several things; name one: {_listed(paths)}", where=name
        )
    return same


def whole(kind: Kind) -> Field:
    """The document of that kind itself."""
    return Field(kind, "", schema_of(kind))


def members(field: Field) -> list[Field]:
    """The members of an object, or of the items of an array."""
    _, node = inside(field)
    told = [_member(field, name, part) for name, part in node.get("properties", {}).items()]
    return told + [_member(field, f"<{pattern}>", part) for pattern, part in node.get("patternProperties", {}).items()]


def inside(field: Field) -> tuple[str, Json]:
    """What an array holds, or what anything else is: the definition's name, if it has one, and its schema."""
    if field.node.get("type") == "array":
        return _resolved(field.node["items"], field.kind)
    return field.definition, field.node


def _steps(name: str) -> list[str]:
    """The member names on a path or pointer, without indices."""
    if name.startswith(("/", "#")):
        parts = name.lstrip("#").split("/")[1:]
        named = [part.replace("~1", "/").replace("~0", "~") for part in parts]
    else:
        named = _INDEX.sub("", name).split(".")
    return [part for part in named if not _NUMBER.fullmatch(part)]


def _at(field: Field, steps: list[str]) -> Field | None:
    """The field that the steps lead to, from another one."""
    if not steps:
        return field
    first = {each.path.removeprefix(_below(field)): each for each in members(field)}
    if steps[0] in first:
        return _at(first[steps[0]], steps[1:])
    return _by_pattern(field, ".".join(steps))  # whose names may hold dots


def _by_pattern(field: Field, name: str) -> Field | None:
    """The member of an object whose members' names only follow a pattern."""
    _, node = inside(field)
    for pattern, part in node.get("patternProperties", {}).items():
        if re.search(pattern, name):
            return _member(field, name, part)
    return None


def _member(field: Field, name: str, part: Json) -> Field:
    _, node = inside(field)
    definition, resolved = _resolved(part, _home(field, node))
    return Field(_home(field, node), f"{_below(field)}{name}", resolved, definition, name in node.get("required", ()))


def _home(field: Field, node: Json) -> Kind:
    """The kind of schema that references inside a node mean: that of the other file where the node is one."""
    return next((kind for kind in KINDS if identifier(kind) == node.get("$id")), field.kind)


def _below(field: Field) -> str:
    """What the paths of a field's members begin with."""
    if not field.path:
        return ""
    return f"{field.path}[]." if field.node.get("type") == "array" else f"{field.path}."


def _resolved(part: Json, kind: Kind) -> tuple[str, Json]:
    """A part with the definition that it refers to filled in, and that one's name."""
    reference = part.get("$ref")
    if reference is None:
        return "", part
    for each in KINDS:
        if reference == identifier(each):
            return each, _joined(part, schema_of(each))
    name = reference.rsplit("/", 1)[-1]
    return name, _joined(part, schema_of(kind)["$defs"][name])


def _joined(part: Json, definition: Json) -> Json:
    """A reference filled in: what it says of its place stands before what the definition says of all places."""
    told = dict.fromkeys(each["description"] for each in (part, definition) if "description" in each)
    own = {name: value for name, value in part.items() if name != "$ref"}
    return {**definition, **own, "description": " ".join(told)}


def _definition(kind: Kind, name: str) -> Field | None:
    """A definition by its name, or a kind of document by its own."""
    node = schema_of(kind)["$defs"].get(name)
    if node is not None:
        return Field(kind, name, node, name)
    return Field(kind, kind, schema_of(kind)) if name == kind else None


def _fields(field: Field, depth: int = 0) -> Iterator[Field]:
    """Every field below one."""
    for each in members(field) if depth < DEEPEST else ():
        yield each
        yield from _fields(each, depth + 1)


def _ends(field: Field, steps: list[str]) -> bool:
    """Whether the path of a field ends with these steps."""
    return bool(steps) and _steps(field.path)[-len(steps) :] == steps


def _unknown(steps: list[str], kinds: tuple[Kind, ...]) -> str:
    """The sentence on a name that is no field, with those that may be meant."""
    known = {".".join(_steps(field.path)): field.path for kind in kinds for field in _fields(whole(kind))}
    known |= {name: name for kind in kinds for name in schema_of(kind)["$defs"]}
    last = {path.rsplit(".", 1)[-1]: path.rsplit(".", 1)[-1] for path in known}
    for names, wanted in ((known, ".".join(steps)), (last, steps[-1] if steps else "")):
        near = difflib.get_close_matches(wanted[:200], names, n=3, cutoff=0.7)
        if near:
            return f"is no field of the standard; near it: {_listed([names[each] for each in near])}"
    return "is no field of the standard; `joulecard schema disclosure` explains the document"


def _listed(paths: list[str]) -> str:
    """Paths as they can be given to a shell, which may read brackets as a pattern."""
    more = len(paths) - MOST_PLACES
    return ", ".join(path.replace("[]", "") for path in paths[:MOST_PLACES]) + (f" and {more} more" if more > 0 else "")
