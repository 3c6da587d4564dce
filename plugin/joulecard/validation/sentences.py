"""Schema errors as sentences that say what was found and what is allowed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import jsonschema_rs

Path = list[str | int]
SHOWN_CHARACTERS = 60
FEW = 12


def pointer_of(path: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def shown(value: Any) -> str:
    """A value as JSON, cut to what fits in a sentence."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"an array of {len(value)} items"
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}... ({len(text)} characters)"


def tested(error: jsonschema_rs.ValidationError, schema: dict[str, Any]) -> list[Path]:
    """The members that the condition of a schema error looked at; none where it has no condition."""
    turn = _turn(error.schema_path)
    if turn < 0:
        return []
    deeper = error.schema_path[turn + 1 :].count("properties")
    path: Path = list(error.instance_path)
    owner = path[: len(path) - deeper]
    condition = _node(schema, [*error.schema_path[:turn], "if"])
    names = condition.get("properties", {}) if isinstance(condition, dict) else {}
    return [[*owner, name] for name in names]


def sentences(error: jsonschema_rs.ValidationError, schema: dict[str, Any]) -> list[tuple[Path, str]]:
    """The places that one schema error is about, each with its sentence."""
    path: Path = list(error.instance_path)
    kind: Any = error.kind  # each kind of error has attributes of its own
    if kind.name == "additionalProperties":
        parent = _parent(schema, error.schema_path)
        return [([*path, name], _unknown(name, parent)) for name in kind.unexpected[:FEW]]
    if kind.name == "required":
        condition = _condition(schema, error.schema_path)
        return [(path, f"the member {shown(kind.property)} is missing{condition}")]
    if kind.name == "falseSchema":
        return [(path, f"must not be given{_condition(schema, error.schema_path)}")]
    if kind.name == "uniqueItems":
        return [([*path, index], told) for index, told in _repeated(error.instance)]
    word = _WORDS.get(kind.name)
    found = shown(error.instance)
    if word is None:
        return [(path, f"is {found}, which the schema does not allow ({kind.name})")]
    allowed = word(kind, _parent(schema, error.schema_path)) + _condition(schema, error.schema_path)
    return [(path, f"is {found}{_slip(error.instance, kind)}; allowed: {allowed}")]


def _slip(found: Any, kind: Any) -> str:
    """What a value of the wrong type may come from."""
    if found is None:
        return ", and what has nothing to say is left out"
    numeric = kind.name == "type" and {"number", "integer"} & {*kind.types}
    return ", a text in quotes" if numeric and isinstance(found, str) else ""


def _unknown(name: str, parent: dict[str, Any]) -> str:
    """The sentence on a member that the standard does not know: what names it may have, or the nearest that is one."""
    import difflib

    if patterns := parent.get("patternProperties"):
        return f"is no name that may stand here; allowed: a text that matches {' or '.join(patterns)}"
    known = list(parent.get("properties", {}))
    near = difflib.get_close_matches(name[:64], known, n=1)
    hint = f"; did you mean {shown(near[0])}?" if near else "; own members belong below `extensions`"
    return f"is not a member of this object in the standard{hint}"


def _repeated(items: Any) -> list[tuple[int, str]]:
    """Place and sentence of both, the first of equal items and the one that comes again."""
    first: dict[str, int] = {}
    told: dict[int, str] = {}
    for index, item in enumerate(items):
        text = json.dumps(item, sort_keys=True)
        if text in first:
            told.setdefault(first[text], f"comes again as item {index}; allowed: each item once")
            told[index] = f"is item {first[text]} again; allowed: each item once"
        if len(told) >= FEW:
            break
        first.setdefault(text, index)
    return list(told.items())


def _types(kind: Any, _node: dict[str, Any]) -> str:
    return " or ".join(_TYPES.get(name, name) for name in kind.types)


def _options(kind: Any, _node: dict[str, Any]) -> str:
    return ", ".join(shown(option) for option in kind.options)


def _constant(_kind: Any, node: dict[str, Any]) -> str:
    return f"only {shown(node.get('const'))}"


def _text(_kind: Any, node: dict[str, Any]) -> str:
    """What a string may look like: the description and example of its definition, or that it is one line of text."""
    if str(node.get("pattern", "")).startswith("^[^"):
        return "text without line breaks, control or direction-changing characters"
    told = str(node.get("description", f"text that matches {node.get('pattern')}")).rstrip(".")
    like = f", such as {shown(node['examples'][0])}" if node.get("examples") else ""
    return told[:1].lower() + told[1:] + like


_TYPES = {
    "number": "a number",
    "integer": "a whole number",
    "string": "text in double quotes",
    "object": "an object in braces, {...}",
    "array": "a list in brackets, [...]",
    "boolean": "true or false",
}
_WORDS: dict[str, Callable[[Any, dict[str, Any]], str]] = {
    "type": _types,
    "enum": _options,
    "constant": _constant,
    "const": _constant,
    "pattern": _text,
    "minimum": lambda kind, _: f"{kind.limit} or more",
    "maximum": lambda kind, _: f"at most {kind.limit}",
    "exclusiveMinimum": lambda kind, _: f"more than {kind.limit}",
    "exclusiveMaximum": lambda kind, _: f"less than {kind.limit}",
    "minLength": lambda kind, _: f"{kind.limit} or more characters",
    "maxLength": lambda kind, _: f"at most {kind.limit} characters",
    "minItems": lambda kind, _: f"{kind.limit} or more items",
    "maxItems": lambda kind, _: f"at most {kind.limit} items" if kind.limit else "an empty list",
    "maxProperties": lambda kind, _: f"at most {kind.limit} members",
}


def _node(schema: Any, path: Iterable[str | int]) -> Any:
    """The part of the schema at a path; an empty object where it lies in another schema file."""
    for step in path:
        try:
            schema = schema[step]
        except (KeyError, IndexError, TypeError):
            return {}
    return schema


def _parent(schema: dict[str, Any], path: list[str | int]) -> dict[str, Any]:
    """The schema object that holds the keyword at the end of the path."""
    node = _node(schema, path[:-1])
    return node if isinstance(node, dict) else {}


def _turn(path: list[str | int]) -> int:
    """Where the path goes below a condition; -1 where it does not."""
    return max((index for index, step in enumerate(path) if step in {"then", "else"}), default=-1)


def _condition(schema: dict[str, Any], path: list[str | int]) -> str:
    """The `if` that an error below `then` or `else` depends on, as ` where ...`."""
    turn = _turn(path)
    if turn < 0:
        return ""
    tested = _node(schema, [*path[:turn], "if"])
    properties = tested.get("properties", {}) if isinstance(tested, dict) else {}
    words = [_tested(name, test, negated=path[turn] == "else") for name, test in properties.items()]
    if not words and isinstance(tested, dict):
        has = "lacks" if path[turn] == "else" else "has"
        words = [f"the object {has} `{name}`" for name in tested.get("required", ())]
    return " where " + " and ".join(words) if words else ""


def _tested(name: str, test: dict[str, Any], *, negated: bool) -> str:
    """One test of an `if` in words, also where it looks inside an object."""
    for inner, inside in test.get("properties", {}).items():
        return _tested(f"{name}.{inner}", inside, negated=negated)
    values = [str(value) for value in ([test["const"]] if "const" in test else test.get("enum", []))]
    if not values:
        return f"`{name}` {'lacks' if negated else 'has'} `{'`, `'.join(test.get('required', ()))}`"
    words = f"{', '.join(values[:-1])} or {values[-1]}" if len(values) > 1 else values[0]
    return f"`{name}` is {'other than ' if negated else ''}{words}"
