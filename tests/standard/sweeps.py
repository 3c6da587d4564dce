"""Documents in which every place that knows a keyword of the schema breaks it, so that no bound goes untried.

Each takes a valid document and breaks one keyword at one occurrence of each place of the schema: all numbers below
their least, all texts too long, a member missing in every object, and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.standard import corpus, metered, recorded, richer, vocabulary
from tests.standard.change import GONE, Broken
from tests.standard.everything import example_record, example_segment, examples_of_parts
from tests.standard.places import target

from joulecard.validation.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_ITEMS = 600  # longer lists would make longer files than they are worth
LARGEST_INTEGER = 2**53 - 1  # beyond it, the text itself is refused


class Spot(NamedTuple):
    """A value of a document, where it is, and the part of the schema that describes it."""

    pointer: str
    value: Any
    schema: dict[str, Any]


class Fault(NamedTuple):
    """What is set in the document, and where a validator reports it."""

    path: str
    value: Any
    reported: str


def spots(kind: Any, value: Any, schema: dict[str, Any], pointer: str = "") -> Iterator[Spot]:
    """Every value of a document with its part of the schema; a reference is one part, what it names another."""
    yield Spot(pointer, value, schema)
    named = target(kind, schema)
    if named is not schema:
        yield from spots("segment" if "$id" in named else kind, value, named, pointer)
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            described = schema.get("properties", {}).get(name) or _by_pattern(schema)
            if described:
                yield from spots(kind, inner, described, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from spots(kind, inner, schema["items"], f"{pointer}/{index}")


def _by_pattern(schema: dict[str, Any]) -> dict[str, Any] | None:
    """What describes members whose names only follow a pattern."""
    described: list[dict[str, Any]] = list(schema.get("patternProperties", {}).values())
    return described[0] if described else None


def _below(spot: Spot, least: float) -> Fault:
    return Fault(spot.pointer, least - 1, spot.pointer)


def _above(spot: Spot, most: float) -> Fault | None:
    if most == LARGEST_INTEGER:
        return None
    beyond = most + 1 if isinstance(most, int) else max(2 * most, most + 1)
    return Fault(spot.pointer, beyond, spot.pointer)


def _at_bound(spot: Spot, bound: float) -> Fault:
    return Fault(spot.pointer, bound, spot.pointer)


def _empty(spot: Spot, _least: int) -> Fault:
    return Fault(spot.pointer, "" if isinstance(spot.value, str) else [], spot.pointer)


def _too_long(spot: Spot, most: int) -> Fault:
    return Fault(spot.pointer, spot.value + "0" * (most + 1 - len(spot.value)), spot.pointer)


def _with_break(spot: Spot, _pattern: str) -> Fault:
    return Fault(spot.pointer, spot.value[:-1] + "\n", spot.pointer)


def _unheard(spot: Spot, _allowed: Any) -> Fault:
    return Fault(spot.pointer, "unheard-of", spot.pointer)


def _twice(spot: Spot, _unique: bool) -> Fault | None:  # noqa: FBT001 - the keyword's value
    again = [*spot.value[:1], *spot.value[:1]]
    return Fault(spot.pointer, again, f"{spot.pointer}/1") if spot.value else None


def _too_many(spot: Spot, most: int) -> Fault | None:
    if most > MOST_ITEMS or not spot.value:
        return None
    more = [spot.value[index % len(spot.value)] for index in range(most + 1)]
    return Fault(spot.pointer, more, spot.pointer)


def _no_members(spot: Spot, _least: int) -> Fault:
    return Fault(spot.pointer, {}, spot.pointer)


def _many_members(spot: Spot, most: int) -> Fault:
    name, value = next(iter(spot.value.items()))
    return Fault(spot.pointer, {f"{name}{number}": value for number in range(most + 1)}, spot.pointer)


def _unknown_member(spot: Spot, _open: bool) -> Fault:  # noqa: FBT001 - the keyword's value
    name = "_UNHEARD_OF" if "patternProperties" in spot.schema else "UNHEARD_OF"  # which no pattern lets pass
    return Fault(f"{spot.pointer}/{name}", {}, f"{spot.pointer}/{name}")


def _missing_member(spot: Spot, required: list[str]) -> Fault | None:
    plain = [name for name in required if not isinstance(spot.value.get(name), dict | list) and name != "schema"]
    return Fault(f"{spot.pointer}/{plain[-1]}", GONE, spot.pointer) if plain else None


def _null_text(spot: Spot, type_: str) -> Fault | None:
    return Fault(spot.pointer, None, spot.pointer) if type_ == "string" else None


def _null_number(spot: Spot, type_: str) -> Fault | None:
    return Fault(spot.pointer, None, spot.pointer) if type_ in {"number", "integer", "boolean"} else None


def _list_for_object(spot: Spot, type_: str) -> Fault | None:
    wrong: Any = {"object": [], "array": {}}.get(type_)
    return None if wrong is None or not spot.pointer else Fault(spot.pointer, wrong, spot.pointer)


KEYWORDS: dict[str, tuple[str, Callable[[Spot, Any], Fault | None]]] = {
    "numbers-below-their-least": ("minimum", _below),
    "numbers-above-their-greatest": ("maximum", _above),
    "numbers-at-an-open-bound": ("exclusiveMinimum", _at_bound),
    "texts-empty": ("minLength", _empty),
    "texts-too-long": ("maxLength", _too_long),
    "texts-with-a-line-break": ("pattern", _with_break),
    "words-unheard-of": ("enum", _unheard),
    "constants-changed": ("const", _unheard),
    "items-twice": ("uniqueItems", _twice),
    "lists-empty": ("minItems", _empty),
    "lists-too-long": ("maxItems", _too_many),
    "members-unheard-of": ("additionalProperties", _unknown_member),
    "members-missing": ("required", _missing_member),
    "nulls-for-texts": ("type", _null_text),
    "nulls-for-numbers": ("type", _null_number),
    "objects-for-lists": ("type", _list_for_object),
    "objects-empty": ("minProperties", _no_members),
    "objects-too-full": ("maxProperties", _many_members),
}
BASES: dict[str, tuple[str, Callable[[], Any]]] = {
    "a": ("disclosure", examples_of_parts),
    "b": ("disclosure", corpus.whole),
    "c": ("disclosure", corpus.reused),
    "d": ("disclosure", richer.several_hosts),
    "e": ("disclosure", vocabulary.every_reason),
    "h": ("disclosure", metered.superchip),
    "segment-a": ("segment", example_segment),
    "segment-b": ("segment", recorded.segment_gpu),
    "segment-c": ("segment", recorded.segment_interrupted),
    "segment-d": ("segment", recorded.segment_counter),
    "segment-e": ("segment", recorded.segment_counted),
    "segment-f": ("segment", recorded.segment_of_a_module),
    "segment-g": ("segment", recorded.segment_declared),
    "record-a": ("stage-record", example_record),
    "record-b": ("stage-record", recorded.record_measured),
    "record-c": ("stage-record", recorded.record_without_place),
    "record-d": ("stage-record", vocabulary.record_estimated),
    "record-e": ("stage-record", vocabulary.record_measured_alone),
    "record-f": ("stage-record", recorded.not_recorded),
}


def _faults(kind: str, document: Any, word: str, tried: set[int]) -> list[Fault]:
    """A fault at the first occurrence of each part of the schema that was not tried before."""
    keyword, make = KEYWORDS[word]
    found: list[Fault] = []
    for spot in spots(kind, document, schema_of(kind)):
        if keyword in spot.schema and id(spot.schema) not in tried and spot.pointer != "/schema":
            fault = make(spot, spot.schema[keyword])
            if fault and not any(_meet(fault.path, other.path) for other in found):
                tried.add(id(spot.schema))
                found.append(fault)
    return found


def _meet(one: str, other: str) -> bool:
    """Whether one of two paths leads through the other."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _sweep(number: int, word: str) -> Iterator[Broken]:
    """The documents that break one keyword everywhere, as few as hold every place between them."""
    tried: set[int] = set()
    for name, (kind, make) in BASES.items():
        turn = 0
        while faults := _faults(kind, make(), word, tried):
            turn += 1
            ending = name if turn == 1 else f"{name}-{turn}"
            changes = {fault.path: fault.value for fault in faults}
            first, *others = (fault.reported for fault in faults)
            yield Broken(f"schema-t{number}-fail-{word}-{ending}", make, changes, first, tuple(others))


SWEEPS = tuple(document for number, word in enumerate(KEYWORDS, 100) for document in _sweep(number, word))
