"""How a place is written: provider/region, a country, or a part of one. No factor table is needed to judge it."""

from __future__ import annotations

import re

PROVIDERS = ("alibaba", "aws", "azure", "digitalocean", "gcp", "hetzner", "ibm", "oci", "ovh", "scaleway")
# ISO 3166-1 alpha-2, all that are assigned, and XK (Kosovo); one text, as 250 quoted codes would fill a page
COUNTRIES = frozenset(
    """AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
    JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
    MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
    TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW""".split()  # noqa: SIM905
)

PLACE_FORMS = "provider/region such as aws/eu-north-1, a country such as FR, or a subdivision such as CA-QC"
_REGION = r"[A-Za-z][A-Za-z0-9-]{1,39}"
_AREA = r"([A-Z]{2})((?:-[A-Z0-9]{1,3})?)"
# an availability zone, as consoles show it: the region and a letter
_ZONES = {"aws": r"([a-z-]+-\d+)[a-z]", "gcp": r"([a-z-]+\d+)-[a-z]"}


def place_parts(text: str) -> dict[str, str]:
    """Provider and region, or country and subdivision, of a declared place; raises ValueError saying what is allowed.

    Codes come out in the spelling of their registries: country ISO 3166-1 alpha-2, subdivision ISO 3166-2.
    """
    if "/" in text:
        return _cloud_parts(*text.split("/", 1))
    match = re.fullmatch(_AREA, text.strip().upper())
    if not match:
        raise ValueError(PLACE_FORMS)
    country, rest = match.groups()
    if country == "UK":
        raise ValueError(f"GB{rest}, the country code of the United Kingdom")
    if country not in COUNTRIES:
        raise ValueError("a country code of ISO 3166-1, two letters, such as FR")
    return {"country": country, "subdivision": country + rest} if rest else {"country": country}


def region_name(provider: str, text: str) -> str | None:
    """The region as its provider spells it, None for what cannot be a region.

    Azure's display names and the availability zones of AWS and Google Cloud stand for their region.
    """
    text = text.replace(" ", "") if provider == "azure" else text.strip()
    if not re.fullmatch(_REGION, text):
        return None
    zone = re.fullmatch(_ZONES[provider], text.lower()) if provider in _ZONES else None
    return zone[1] if zone else text.upper() if provider == "ovh" else text.lower()


def _cloud_parts(provider: str, region: str) -> dict[str, str]:
    """The parts of provider/region; raises ValueError."""
    provider = provider.strip().lower()
    if provider not in PROVIDERS:
        raise ValueError(f"one of the clouds {', '.join(PROVIDERS)} before the slash, or the country alone")
    name = region_name(provider, region)
    if name is None:
        raise ValueError("a region name of letters, digits and hyphens after the slash, such as aws/eu-north-1")
    return {"provider": provider, "region": name}
