"""R18: a location tells its place exactly as its precision says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.at import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.validation.facts import Facts

EXACTNESS = ("unknown", "continent", "country", "subdivision", "region", "zone")  # least first
NEEDED = {
    "country": ("country",),
    "subdivision": ("subdivision",),
    "region": ("region",),
    "zone": ("zone", "grid_zones"),
}
TELLING = ("region", "subdivision", "country")


def exact(facts: Facts) -> Iterator[Finding]:
    """A location that lacks what its precision names, or tells more than that."""
    for location in facts.root.items("locations"):
        place, precision = f"{location.pointer}/precision", location.value["precision"]
        needed = NEEDED.get(precision, ())
        if needed and not location.value.keys() & {*needed}:
            told = f"is {precision}, and the member `{needed[0]}` is missing"
            yield Finding(place, told, tuple(f"{location.pointer}/{name}" for name in needed))
        finest = next((name for name in TELLING if name in location.value), None)
        if finest and EXACTNESS.index(finest) > EXACTNESS.index(precision):
            told = f"is {precision}, and `{finest}` tells the place more exactly than that"
            yield Finding(place, told, (f"{location.pointer}/{finest}",))


def in_its_country(facts: Facts) -> Iterator[Finding]:
    """A subdivision of another country."""
    for location in facts.root.items("locations"):
        country, subdivision = location.value.get("country"), location.value.get("subdivision")
        if country and subdivision and not subdivision.startswith(f"{country}-"):
            told = f"{subdivision} is not in {country}: codes of subdivisions begin with that of their country"
            yield Finding(f"{location.pointer}/subdivision", told, (f"{location.pointer}/country",))


CHECKS = (exact, in_its_country)
