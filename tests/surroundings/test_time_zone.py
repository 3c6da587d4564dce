"""The country that a time zone tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from joulecard.surroundings.place import Evidence, find_place
from joulecard.surroundings.time_zone import countries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from joulecard.settings import Roots

    Plant = Callable[[Mapping[str, str | bytes]], Roots]


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/Stockholm", "SE"),
        ("Europe/Berlin", "DE"),
        ("Europe/Busingen", "DE"),
        ("America/Los_Angeles", "US"),
        ("America/Indiana/Indianapolis", "US"),
        ("US/Pacific", "US"),
        ("Asia/Calcutta", "IN"),
        ("Iceland", "IS"),
        ("Japan", "JP"),
        ("Europe/Kiev", "UA"),
        ("Australia/ACT", "AU"),
    ],
)
def test_a_laptop_is_in_the_country_of_its_time_zone(plant: Plant, zone: str, country: str) -> None:
    """/etc/localtime links to the zone; older names of zones still tell."""
    roots = plant({"fs/etc/localtime": f"-> /usr/share/zoneinfo/{zone}"})
    assert find_place(None, None, {}, roots).evidence == (Evidence("time-zone", "low", country=country),)


@pytest.mark.parametrize(
    "zone", ["UTC", "Etc/UTC", "Etc/GMT-1", "GMT", "CET", "EST5EDT", "Factory", "Mars/Olympus", "US"]
)
def test_a_zone_of_no_country_tells_nothing(plant: Plant, zone: str) -> None:
    """UTC is the clock of servers everywhere."""
    assert countries({"TZ": zone}, plant({"fs/etc/localtime": f"-> ../usr/share/zoneinfo/{zone}"})) == ()


@pytest.mark.parametrize(
    "text", [":Asia/Tokyo", "Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo", ":posix/Asia/Tokyo", ":right/Asia/Tokyo"]
)
def test_tz_names_a_zone_in_several_ways(plant: Plant, text: str) -> None:
    """With or without the colon, as a name or as a path."""
    assert countries({"TZ": text}, plant({})) == ("JP",)


@pytest.mark.parametrize(
    "text", ["CET-1CEST,M3.5.0,M10.5.0/3", ":/etc/localtime", "<+03>-3", "", ":", "Asia/Tokyo\n", "../Asia/Tokyo"]
)
def test_a_tz_that_names_no_zone_leaves_the_word_to_the_system(plant: Plant, text: str) -> None:
    """A rule for summer time is not a place."""
    roots = plant({"fs/etc/localtime": "-> ../usr/share/zoneinfo/Europe/Berlin"})
    assert countries({"TZ": text}, roots) == ("DE",)


def test_every_zone_that_is_set_is_kept_once(plant: Plant) -> None:
    """TZ first, then the link, then the name in /etc/timezone."""
    roots = plant({"fs/etc/localtime": "-> /etc/zoneinfo/Europe/Stockholm", "fs/etc/timezone": "Asia/Tokyo\n"})
    assert countries({"TZ": "Asia/Tokyo"}, roots) == ("JP", "SE")


def test_a_copied_localtime_leaves_the_word_to_etc_timezone(plant: Plant) -> None:
    """A file that is not a link does not name its zone."""
    assert countries({}, plant({"fs/etc/localtime": b"TZif2\0\0", "fs/etc/timezone": "Europe/London"})) == ("GB",)


def test_without_the_table_only_older_names_tell(plant: Plant) -> None:
    """A slim container has no zone data."""
    roots = plant({"fs/usr/share/zoneinfo/zone.tab": b""})
    assert countries({"TZ": "Europe/Stockholm"}, roots) == ()
    assert countries({"TZ": "US/Pacific"}, roots) == ("US",)


def test_a_table_of_several_countries_a_zone_is_not_believed(plant: Plant) -> None:
    """zone1970.tab would make Stockholm German; rows of that kind do not match."""
    table = "DE,DK,NO,SE,SJ\t+5230+01322\tEurope/Berlin\n"
    roots = plant({"fs/usr/share/zoneinfo/zone.tab": table, "fs/usr/share/zoneinfo/zone1970.tab": table})
    assert countries({"TZ": "Europe/Berlin"}, roots) == ()
