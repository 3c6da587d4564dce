"""A piece of a schema in words: what may stand there, and on what that depends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]

# UCUM codes that are no unit as people write it; all others are told as they are.
UNITS = {
    "1": "", "kW.h": "kWh", "W.h": "Wh", "g/(kW.h)": "g/kWh", "GBy": "GB", "GBy.s": "GB s", "By": "bytes", "a": "years",
    "{FLOP}": "FLOP",
}  # fmt: skip
NOUNS = {"number": "a number", "integer": "a whole number", "boolean": "true or false", "object": "an object"}
_ONCE = {True: "of them, each once", False: "of them"}
SHORT = 1e7  # of a number that is told with all its digits
LINE_OF_TEXT = "^[^"  # how the pattern of plain text begins: no control or direction-changing characters


def holds(node: Json, definition: str = "") -> str:
    """What may stand at a place, in a few words."""
    if "const" in node:
        return f"only {json.dumps(node['const'])}"
    if "enum" in node:
        return f"one of {', '.join(map(str, node['enum']))}" if len(node["enum"]) > 1 else f"only {node['enum'][0]}"
    told = _NOUN.get(str(node.get("type")), _value)(node)
    return f"{definition}, {told}" if definition and node.get("type") == "object" else told


def _value(node: Json) -> str:
    return NOUNS.get(str(node.get("type")), "any value")


def _text(node: Json) -> str:
    most = node.get("maxLength")
    length = f" of {_range(node.get('minLength'), most, 'characters')}" if most else ""
    return f"text{length}"


def _list(node: Json) -> str:
    items = node["items"]
    name = str(items.get("$ref", "")).rsplit("/", 1)[-1].rsplit(":", 1)[-1] or holds(items)
    return (
        f"a list of {name}, {_range(node.get('minItems'), node.get('maxItems'), _ONCE[bool(node.get('uniqueItems'))])}"
    )


def _number(node: Json) -> str:
    unit = str(node.get("x-ucum", "1"))
    shown = UNITS.get(unit, unit)
    named = f" in {shown}" if shown else ""
    if "x-unit-from" in node:
        source = node["x-unit-from"]
        named = f" in the unit of {source}" if source.startswith("the ") else f" in the unit that `{source}` names"
    above = node.get("exclusiveMinimum")
    least = (
        f" above {_bound(above)}"
        if above is not None
        else f" from {_bound(node['minimum'])}"
        if "minimum" in node
        else ""
    )
    most = f" to {_bound(node['maximum'])}" if "maximum" in node else ""
    return f"{_value(node)}{named}{',' if named else ''}{least}{most}".rstrip(",")


def _bound(value: float) -> str:
    """A bound, short where that is exact: 1000000, 1e12, 9007199254740991."""
    short = f"{value:g}".replace("e+0", "e").replace("e+", "e")
    return f"{value:.0f}" if value == int(value) and (abs(value) < SHORT or float(short) != value) else short


def _range(least: int | None, most: int | None, what: str) -> str:
    return f"{most} {what}" if least == most else f"{least or 0} to {most} {what}"


_NOUN: dict[str, Callable[[Json], str]] = {"string": _text, "array": _list, "number": _number, "integer": _number}


def pattern(node: Json) -> str:
    """The pattern of a text, in words where it is that of plain text; empty where there is none."""
    found = str(node.get("pattern", ""))
    return "no line breaks, control or direction-changing characters" if found.startswith(LINE_OF_TEXT) else found


def conditions(node: Json) -> Iterator[str]:
    """What depends on other members, a sentence each."""
    for rule in node.get("allOf", ()):
        where = f"where {' and '.join(_tests(rule['if']))}"
        if "then" in rule:
            yield f"{where}: {_demands(rule['then'])}"
        if "else" in rule:
            otherwise = "else" if "then" in rule else where.replace(" is given", " is not given")
            yield f"{otherwise}: {_demands(rule['else'])}"


def _tests(schema: Json, owner: str = "") -> list[str]:
    """What an `if` asks for."""
    told = []
    for name, test in schema.get("properties", {}).items():
        values = [test["const"]] if "const" in test else test.get("enum", [])
        if values:
            told.append(f"{owner}{name} is {' or '.join(map(str, values))}")
        else:
            told += _tests(test, f"{owner}{name}.")
    untold = [name for name in schema.get("required", ()) if name not in schema.get("properties", {})]
    return told + [f"{owner}{name} is given" for name in untold]


def _demands(schema: Json) -> str:
    """What a `then` or `else` asks for."""
    properties = schema.get("properties", {})
    musts = list(schema.get("required", ()))
    nots = [name for name, part in properties.items() if part is False or part.get("maxItems") == 0]
    told = [f"{_and(musts)} must be given"] if musts else []
    told += [f"{_and(nots)} must not be given"] if nots else []
    told += [f"{name} is {holds(part)}" for name, part in properties.items() if name not in nots]
    return "; ".join(told)


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
