"""Documents that nobody wrote: drawn from the schema at random, valid or with something odd put into them.

A seed always gives the same document. Rules are not minded: ids point nowhere and sums do not add up.
"""

from __future__ import annotations

import copy
import json
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from joulecard.validation.schema import Kind, identifier, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = Any
Schema = dict[str, Any]

MOST_ITEMS = 3
MOST_LISTED = 64  # longer lists and texts would fill the document
SHARE_OF_OPTIONAL = 0.28  # of members that need not be there
CARELESS = 0.005  # of the demands of the schema, in a document drawn without care
RARE = 10  # times as likely where few places make the demand

PLAIN = "abc XYZ 019 .,;:'/<>&{}[]|~\"\\äßçñ€‰電力🔌🌍\u00a0\u200b\u200f"
LETTERS = "0123456789abcdefxyzABCXYZ+/=-_.:~@#"
MOST_EDITS = 6
MOST_LETTERS = 60  # of names without a length of their own: the pattern tells it
ANYTHING: Json = {"ticket": None, "": [1.5, {"deep": [None, True]}], "näme": "\x00\n"}


def document(kind: Kind, seed: int) -> str:
    """A document of that kind as JSON text: drawn with care, or without, or with something odd put into it."""
    chance = random.Random(f"{kind} {seed}")  # noqa: S311 - reproducible, not secret
    sort = chance.choice(("valid", "valid", "careless", "careless", "odd", "odd"))
    drawn = _Draw(chance, kind, CARELESS if sort == "careless" else 0.0).whole()
    for _ in range(chance.choice((1, 1, 2)) if sort == "odd" else 0):
        disturb(drawn, chance)
    return json.dumps(drawn, ensure_ascii=chance.random() < 0.5)


# Values drawn from the schema.


@dataclass(frozen=True, slots=True)
class _Draw:
    """Draws values that the schema of one kind of document accepts, but for a slip now and then."""

    chance: random.Random
    kind: Kind
    careless: float  # the share of the schema's demands that are not heeded

    def whole(self) -> Json:
        """A document."""
        return self.value(schema_of(self.kind))

    def slips(self, times: int = 1) -> bool:
        """Whether the demand at hand is not heeded; so many times as likely where few places make such a demand."""
        return self.chance.random() < self.careless * times

    def value(self, schema: Schema) -> Json:
        """A value that the schema accepts."""
        schema = self.resolved(schema)
        if "const" in schema or "enum" in schema:
            return copy.deepcopy(self.chance.choice(ODD if self.slips() else schema.get("enum", [schema.get("const")])))
        draw: dict[str, Callable[[Schema], Json]] = {
            "object": self.object,
            "array": self.array,
            "string": self.text,
            "number": self.number,
            "integer": self.integer,
            "boolean": lambda _: self.chance.random() < 0.5,
        }
        return draw[schema["type"]](schema)

    def resolved(self, schema: Schema) -> Schema:
        """The schema behind a reference; a record's segments are of another file."""
        reference = schema.get("$ref", "")
        if reference.startswith("#/$defs/"):
            found: Schema = schema_of(self.kind)["$defs"][reference.removeprefix("#/$defs/")]
            return found
        return schema_of("segment") if reference == identifier("segment") else schema

    def object(self, schema: Schema) -> Json:
        """An object with all that it must have and some of what it may have."""
        if schema.get("$id") not in {None, identifier(self.kind)}:
            return _Draw(self.chance, "segment", self.careless).whole()
        if "patternProperties" in schema:
            return self.named(schema)
        members = schema.get("properties", {})
        needed = {name for name in schema.get("required", ()) if not self.slips()}
        taken = [name for name in members if name in needed or self.chance.random() < SHARE_OF_OPTIONAL]
        if not taken and schema.get("minProperties") and not self.slips(RARE):
            taken = [self.chance.choice(list(members))]
        drawn = {name: self.value(members[name]) for name in taken}
        for condition in schema.get("allOf", ()):
            turn = "then" if jsonschema_rs.is_valid(condition["if"], drawn) else "else"
            if not self.slips():
                self.fulfil(condition.get(turn, {}), drawn, members)
        return {**drawn, "remark": ""} if self.slips() else drawn

    def fulfil(self, demand: Schema, drawn: Json, members: Schema) -> None:
        """Changes the object until the demand of a condition holds."""
        for name, wanted in demand.get("properties", {}).items():
            if wanted is False:
                drawn.pop(name, None)
            elif name in drawn:
                drawn[name] = self.value({**self.resolved(members[name]), **wanted})
        for name in demand.get("required", ()):
            if name not in drawn:
                drawn[name] = self.value(members[name])

    def named(self, schema: Schema) -> Json:
        """An object whose names follow a pattern; below `extensions` anything may stand, even null."""
        ((pattern, inner),) = schema["patternProperties"].items()
        examples = list(schema["examples"][0])
        least = 0 if self.slips(RARE) else schema.get("minProperties", 0)
        names = {
            self.like(self.chance.choice(examples), {"pattern": pattern})
            for _ in range(self.chance.choice((least, max(least, 1), MOST_ITEMS, schema["maxProperties"])))
        }
        return {name: copy.deepcopy(ANYTHING) if inner["type"] == "object" else self.value(inner) for name in names}

    def array(self, schema: Schema) -> Json:
        """A list of a few items; each once where the schema says so."""
        least, most = schema.get("minItems", 0), schema["maxItems"]
        length = self.chance.randint(least, min(most, least + self.chance.choice((0, 1, 1, MOST_ITEMS))))
        if self.slips(RARE if most <= MOST_LISTED else 1):
            length = most + 1 if most <= MOST_LISTED else least - 1
        drawn = [self.value(schema["items"]) for _ in range(length)]
        if not schema.get("uniqueItems"):
            return drawn
        once = [item for index, item in enumerate(drawn) if item not in drawn[:index]]
        return [*once, *once[:1]] if self.slips(RARE) else once

    def number(self, schema: Schema) -> float:
        """A number at a bound, or anywhere between them."""
        exclusive = "exclusiveMinimum" in schema
        least, most = schema["exclusiveMinimum" if exclusive else "minimum"], schema["maximum"]
        if self.slips(RARE if exclusive else 1):
            beyond = (least, least - 1) if exclusive else (least - 1e-9, least - 1, most * 1.001 + 1, most * 1000)
            return float(self.chance.choice(beyond))
        between = least + (most - least) * 10 ** -self.chance.uniform(0, 18)
        return float(self.chance.choice((between if exclusive else least, most, *[min(between, most)] * 4)))

    def integer(self, schema: Schema) -> float:
        """A whole number, sometimes written as 3.0."""
        drawn = round(self.number(schema)) + (0.5 if self.slips() else 0)
        return float(drawn) if self.chance.random() < 0.2 else drawn

    def text(self, schema: Schema) -> str:
        """A text of the pattern, sometimes as short or as long as it may be."""
        if "[^" not in schema["pattern"]:
            return self.like(self.chance.choice(schema["examples"]), schema) + ("\n" if self.slips() else "")
        least, most = schema["minLength"], schema["maxLength"]
        if self.slips():
            return self.chance.choice(("", "\u2028", "a\n", "🔌" * (most + 1)))
        length = self.chance.choice((least, min(most, MOST_LISTED), *[self.chance.randint(least, 20)] * 8))
        return "".join(self.chance.choices(PLAIN, k=length))

    def like(self, example: str, schema: Schema) -> str:
        """A text that differs from the example here and there and still follows the pattern."""
        letters = list(example)
        for _ in range(MOST_EDITS):
            at = self.chance.randrange(len(letters))
            kept, letters[at] = letters[at], self.chance.choice(LETTERS) * self.chance.choice((0, 1, 1, 1, 2))
            if not self.fits("".join(letters), schema):
                letters[at] = kept
        return "".join(letters)

    def fits(self, text: str, schema: Schema) -> bool:
        """Whether a text that is not free follows the pattern and is neither too short nor too long."""
        length = schema.get("minLength", 1) <= len(text) <= schema.get("maxLength", MOST_LETTERS)
        return length and re.search(schema["pattern"].replace("$", r"\Z"), text) is not None


# Something odd, anywhere.

NUMBERS = (0, 1, -1, 0.0, -0.0, 1.0, 1.5, 2.0, -1e-300, 5e-324, 1e15, 1e30, 1.7e308, 2**53)
WORDS = ("", " ", "0", "12.5", "true", "null", "NaN", "kWh", "g", "not_available", "measured", "cached", "2026-02-30")
TEXTS = (
    "a\n",
    "\u2028",
    "٣٤",
    "A" * 64,
    "é" * 257,
    "🔌" * 256,
    "x" * 2001,
    "2026-11-21T09:00:00Z",
    "sha256:" + "0" * 64,
)
CONTAINERS: tuple[Json, ...] = ([], [None], [[]], ["a", "a"], [1, 1.0, True], {}, {"value": 1}, {"a": {}})
ODD: tuple[Json, ...] = (None, True, False, *NUMBERS, *WORDS, *TEXTS, *CONTAINERS)


def disturb(document: Json, chance: random.Random) -> None:
    """Changes the document at one place, as a slip of a tool or of a hand would: mostly so that it is invalid."""
    around, name = _somewhere(document, chance)
    slips = (_odd, _odd, _left_out, _nearly, _nearly, _once_more, _elsewhere)
    chance.choice(slips)(around, name, chance, document)


def _somewhere(document: Json, chance: random.Random) -> tuple[Json, Any]:
    """What a member or item is in, and its name or index; rare names are as likely as frequent ones."""
    by_name: dict[str, list[tuple[Json, Any]]] = {}
    for around, name in _places(document):
        by_name.setdefault(name if isinstance(name, str) else "", []).append((around, name))
    return chance.choice(by_name[chance.choice(list(by_name))])


def _places(value: Json) -> Iterator[tuple[Json, Any]]:
    """Every member and item: what it is in, and its name or index."""
    for name, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, name
        if isinstance(inner, (dict, list)):
            yield from _places(inner)


def _odd(around: Json, name: Any, chance: random.Random, _document: Json) -> None:
    """Something else stands there."""
    around[name] = copy.deepcopy(chance.choice(ODD))


def _left_out(around: Json, name: Any, _chance: random.Random, _document: Json) -> None:
    """It is not there."""
    del around[name]


def _nearly(around: Json, name: Any, chance: random.Random, _document: Json) -> None:
    """Almost the same stands there, or under almost the same name."""
    value = around[name]
    if isinstance(value, str):
        slips = (value + "\n", value + " ", value[:-1], value.upper(), value + value[-1:], f" {value}", [value])
        around[name] = chance.choice(slips)
    elif isinstance(value, (int, float)):
        around[name] = chance.choice((-value, 0, value * 1.0, value + 0.5, value * 1000.0 + 1, str(value), bool(value)))
    elif isinstance(around, dict) and chance.random() < 0.5:
        around[f"{name}{chance.choice(('s', '_', ''))}"] = around.pop(name)
    else:
        around[name] = chance.choice(([], [value]))


def _once_more(around: Json, name: Any, chance: random.Random, _document: Json) -> None:
    """It is there twice, or too often."""
    times = chance.choice((1, 7) if isinstance(around[name], (dict, list)) else (1, 7, 600))
    if isinstance(around, list):
        around.extend(around[name : name + 1] * times)
    else:
        around.update({f"{name}_{n}": around[name] for n in range(times)})


def _elsewhere(around: Json, name: Any, chance: random.Random, document: Json) -> None:
    """What belongs to another place stands there."""
    other, its_name = _somewhere(document, chance)
    around[name] = copy.deepcopy(other[its_name])
