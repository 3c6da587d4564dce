"""One random change to a JSON document, as a careless or hostile writer might make it; the text stays JSON."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Change = Callable[[list["Place"], random.Random], None]

Json = dict[str, Any] | list[Any]
Place = tuple[Any, Any]  # an object or array, and the name or index in it

CHANGES_AT_ONCE = (1, 1, 1, 2, 4)
LONG = 2_200  # longer than any text of the standard
MANY = 600  # more than any list of violations holds
FACTORS = (1 + 1e-7, 1 - 1.1e-4, 0.5, 2.0, 1000.0, 1e-3, -1.0, 1e300, 1e-300, 0.0)
NUMBERS = (0, -0.0, 1, -1, 0.1, 1e-9, 5e-324, 1e18, 1.7e308, 2**53, 2**53 + 1, 10**400, float("nan"), float("-inf"))
TEXTS = (
    "",
    " ",
    "a/b~c%d",
    "\x00",
    "line\nbreak",
    "\u202emr\u202c",
    "\ud800",
    "\U0001f30d\u0301",
    "\x1b[31m",
    "<script>|*_`{{7*7}}",
    "x" * LONG,
    "2026-02-30",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:60.000Z",
    "2026-11-21T09:00:00.000Z",
    "urn:joulecard:mlcd:1.0.0-draft:disclosure",
    "urn:joulecard:mlcd:1.0.0-draft:segment",
    "urn:joulecard:mlcd:9.0.0:disclosure",
    "not_available",
    "measured",
    "declared",
    "1e309",
)
ODD: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": None}, *NUMBERS, *TEXTS)
NAMES = ("", "id", "schema", "value", "a/b~c", "\ud800", "__proto__", "x" * LONG)


def mutated(data: bytes, seed: int, most: int) -> bytes:
    """The document of these bytes with one to four changes; the bytes themselves where it is none or grows too long."""
    chance = random.Random(seed)  # noqa: S311 - the same seed makes the same change
    try:
        document = json.loads(data)
        for _ in range(chance.choice(CHANGES_AT_ONCE)):
            document = _changed(document, chance)
        text = json.dumps(document, ensure_ascii=chance.random() < 0.5, separators=(",", ":"))
        changed = text.encode("utf-8", "surrogatepass")
    except (ValueError, OverflowError, RecursionError):  # no JSON, or numbers that Python itself does not print
        return data
    return changed if len(changed) <= most else data


def _changed(document: Any, chance: random.Random) -> Any:
    """The document with one change; a scalar becomes an odd value."""
    places = list(places_of(document))
    if not places:
        return copy.deepcopy(chance.choice(ODD))
    chance.choice(CHANGES)(places, chance)
    return document


def places_of(value: Any) -> Iterator[Place]:
    """Every place of a document that holds something."""
    pending = [value] if isinstance(value, dict | list) else []
    while pending:
        owner = pending.pop()
        for step, inner in owner.items() if isinstance(owner, dict) else enumerate(owner):
            yield owner, step
            if isinstance(inner, dict | list):
                pending.append(inner)


def _picked(places: list[Place], chance: random.Random, kinds: type | tuple[type, ...] = object) -> Place:
    """A place that holds something of these kinds; any place where none does."""
    for owner, step in chance.choices(places, k=20):
        if isinstance(owner[step], kinds) and not isinstance(owner[step], bool):
            return owner, step
    return chance.choice(places)


def _odd(places: list[Place], chance: random.Random) -> None:
    """Puts something there that nobody would write."""
    owner, step = _picked(places, chance)
    owner[step] = copy.deepcopy(chance.choice(ODD))


def _another_number(places: list[Place], chance: random.Random) -> None:
    """Changes a number by little or much, or writes a whole number the other way."""
    owner, step = _picked(places, chance, (int, float))
    if isinstance(owner[step], int | float):
        other = owner[step] * chance.choice(FACTORS)
        owner[step] = int(other) if chance.random() < 0.2 and abs(other) < 1e300 else other


def _another_text(places: list[Place], chance: random.Random) -> None:
    """Changes, adds or takes away one sign of a text."""
    owner, step = _picked(places, chance, str)
    if isinstance(owner[step], str):
        text, at = owner[step], chance.randint(0, len(owner[step]))
        owner[step] = text[:at] + chance.choice(["", "0", "9", "-", "Z", "\n", "/", "\u202e"]) + text[at + 1 :]


def _removed(places: list[Place], chance: random.Random) -> None:
    """Takes a member or an item away."""
    owner, step = _picked(places, chance)
    del owner[step]


def _copied(places: list[Place], chance: random.Random) -> None:
    """Puts there what stands elsewhere, of the same kind if there is such a place."""
    owner, step = _picked(places, chance)
    other, at = _picked(places, chance, type(owner[step]))
    owner[step] = copy.deepcopy(other[at])


def _swapped(places: list[Place], chance: random.Random) -> None:
    """Two items of an array, or two numbers or texts anywhere, in each other's place."""
    owner, step = _picked(places, chance)
    if isinstance(owner, list):
        other, at = owner, chance.randrange(len(owner))
    else:
        other, at = _picked(places, chance, type(owner[step]))
        if isinstance(owner[step], dict | list):
            return  # one may lie in the other
    owner[step], other[at] = other[at], owner[step]


def _repeated(places: list[Place], chance: random.Random) -> None:
    """An item of an array again and again, as it is or with ids of its own."""
    owner, step = _picked(places, chance, list)
    if isinstance(owner[step], list) and owner[step]:
        item, own = chance.choice(owner[step]), chance.random() < 0.5
        count = chance.choice((1, 2, MANY // len(json.dumps(item)) + 2, MANY))
        owner[step].extend(_numbered(item, number, own=own) for number in range(count))


def _numbered(item: Any, number: int, *, own: bool) -> Any:
    """A copy of an item; with `own`, its id and those of what lies directly in it end in the number."""
    made = copy.deepcopy(item)
    for part in [made, *(made.values() if isinstance(made, dict) else ())] if own else []:
        if isinstance(part, dict) and isinstance(part.get("id"), str):
            part["id"] = f"{part['id'][:-6]}{number:06d}"
    return made


def _added(places: list[Place], chance: random.Random) -> None:
    """A member that another object has, or that no object should have."""
    owner, step = _picked(places, chance, dict)
    target = owner[step] if isinstance(owner[step], dict) else owner
    other, name = _picked(places, chance)
    if isinstance(target, dict) and isinstance(other, dict):
        target[name] = copy.deepcopy(other[name])
    elif isinstance(target, dict):
        target[chance.choice(NAMES)] = copy.deepcopy(chance.choice(ODD))


def _renamed_everywhere(places: list[Place], chance: random.Random) -> None:
    """A text, such as an id with its references, becomes another one wherever it stands."""
    owner, step = _picked(places, chance, str)
    before = owner[step]
    after = chance.choice([*TEXTS, f"{before}0", f"{before}"[:-1]])
    for at, name in places:
        if at[name] == before:
            at[name] = after


def _scaled_everywhere(places: list[Place], chance: random.Random) -> None:
    """Every number of one name, or every fraction of a number, times the same."""
    _, step = _picked(places, chance, float)
    factor, alike = chance.choice(FACTORS), chance.random() < 0.5
    for at, name in places:
        if isinstance(at[name], float) and (alike or name == step):
            at[name] *= factor


CHANGES: tuple[Change, ...] = (
    _odd,
    _another_number,
    _another_text,
    _removed,
    _copied,
    _copied,
    _swapped,
    _repeated,
    _added,
    _renamed_everywhere,
    _scaled_everywhere,
)
