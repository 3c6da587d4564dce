"""Tells the country from the time zone that the machine is set to."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from joulecard.surroundings.reading import line_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from joulecard.settings import Roots

_ZONE = r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}"
_TABLE_LIMIT_BYTES = 1 << 20
_FAMILIES = {"Australia": "AU", "Brazil": "BR", "Canada": "CA", "Chile": "CL", "Mexico": "MX", "US": "US"}
# older names that zone.tab no longer lists
_OLDER_NAMES = {
    "AR": "America/Buenos_Aires America/Catamarca America/Cordoba America/Jujuy America/Mendoza America/Rosario",
    "BD": "Asia/Dacca",
    "CA": "America/Montreal America/Nipigon America/Thunder_Bay America/Yellowknife",
    "CN": "Asia/Chongqing Asia/Chungking Asia/Harbin Asia/Kashgar PRC",
    "CU": "Cuba",
    "CY": "Europe/Nicosia",
    "EG": "Egypt",
    "GB": "Europe/Belfast GB GB-Eire",
    "HK": "Hongkong",
    "IE": "Eire",
    "IL": "Asia/Tel_Aviv Israel",
    "IN": "Asia/Calcutta",
    "IR": "Iran",
    "IS": "Iceland",
    "JM": "Jamaica",
    "JP": "Japan",
    "KR": "ROK",
    "LY": "Libya",
    "MD": "Europe/Tiraspol",
    "MM": "Asia/Rangoon",
    "MO": "Asia/Macao",
    "NP": "Asia/Katmandu",
    "NZ": "NZ NZ-CHAT",
    "PL": "Poland",
    "PT": "Portugal",
    "RU": "W-SU",
    "SG": "Singapore",
    "TR": "Asia/Istanbul Turkey",
    "TW": "ROC",
    "UA": "Europe/Kiev Europe/Uzhgorod Europe/Zaporozhye",
    "US": "America/Fort_Wayne America/Indianapolis America/Louisville America/Shiprock Navajo",
    "VN": "Asia/Saigon",
}


def countries(environ: Mapping[str, str], roots: Roots) -> tuple[str, ...]:
    """ISO 3166-1 codes of the zones set in TZ, /etc/localtime and /etc/timezone, each once; UTC names none."""
    names = [name for name in _zone_names(environ, roots) if re.fullmatch(_ZONE, name)]
    if not names:
        return ()
    table = text_of(f"{roots.fs}/usr/share/zoneinfo/zone.tab", _TABLE_LIMIT_BYTES) or ""
    found = (_country(name, table) for name in names)
    return tuple(dict.fromkeys(country for country in found if country))


def _zone_names(environ: Mapping[str, str], roots: Roots) -> Iterator[str]:
    """The names of time zones that are set, best first; some may be no zone at all."""
    yield _below_zoneinfo(environ.get("TZ", "").removeprefix(":"))
    with suppress(OSError, ValueError):  # a copied file does not name its zone
        yield _below_zoneinfo(os.readlink(f"{roots.fs}/etc/localtime"))
    yield line_of(f"{roots.fs}/etc/timezone")


def _below_zoneinfo(path: str) -> str:
    """Europe/Stockholm of /usr/share/zoneinfo/posix/Europe/Stockholm; another text unchanged."""
    name = path.rpartition("zoneinfo/")[2]
    return name.removeprefix("posix/").removeprefix("right/")


def _country(zone: str, table: str) -> str | None:
    """The one country that zone.tab gives the zone; zone1970.tab would put Stockholm into Germany."""
    match = re.search(rf"^([A-Z]{{2}})\t[+-][0-9+-]+\t{re.escape(zone)}(?:\t|$)", table, re.MULTILINE)
    if match:
        return match[1]
    for country, names in _OLDER_NAMES.items():
        if zone in names.split():
            return country
    family, slash, _ = zone.partition("/")
    return _FAMILIES.get(family) if slash else None
