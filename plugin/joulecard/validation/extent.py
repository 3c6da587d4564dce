"""How much of a large broken document is looked through, so that a million errors cost no more than a few."""

from __future__ import annotations

from itertools import islice
from typing import Any

SMALL = 20_000  # values in a document of which every error is looked for
FIRST_ITEMS = 20
FIRST_UNKNOWN = 100  # members that the standard does not know, in one object


def is_small(value: Any) -> bool:
    """Whether a document has so few values that all of its errors can be listed."""
    level, count = [value], 0
    while level and count <= SMALL:
        count += len(level)
        inner = (item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list)))
        level = list(islice((each for items in inner for each in items), SMALL + 1))
    return count <= SMALL


def cut(value: Any, known: frozenset[str]) -> Any:
    """A copy with the first items of each list; places stay what they are, and no known member is lost.

    Of what the standard does not know only the names and types are kept.
    """
    if isinstance(value, list):
        return [cut(item, known) for item in value[:FIRST_ITEMS]]
    if isinstance(value, dict):
        others = islice((name for name in value if name not in known), FIRST_UNKNOWN)
        kept = {name: cut(inner, known) for name, inner in value.items() if name in known}
        return kept | {name: _emptied(value[name]) for name in others}
    return value


def _emptied(value: Any) -> Any:
    """A list or object without its contents; anything else as it is."""
    return type(value)() if isinstance(value, (dict, list)) else value
