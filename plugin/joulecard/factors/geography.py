"""Names of places: ISO 3166-1 codes, cloud providers and their regions, as the tables spell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from joulecard.factors.tables import Row, Tables

ISO = "iso3166"
REGIONS = "cloud_regions"


PROVIDERS = {
    "alibaba": "Alibaba Cloud",
    "aws": "AWS",
    "azure": "Azure",
    "digitalocean": "DigitalOcean",
    "gcp": "Google Cloud",
    "hetzner": "Hetzner",
    "ibm": "IBM Cloud",
    "oci": "Oracle Cloud",
    "ovh": "OVHcloud",
    "scaleway": "Scaleway",
}


class Evidence(Protocol):
    """What is known of a place; surroundings.place.Evidence has this form."""

    @property
    def source(self) -> str:
        """Where the evidence comes from; "setting" is what the user said."""

    @property
    def confidence(self) -> str:
        """high, medium or low."""

    @property
    def provider(self) -> str | None:
        """Cloud provider."""

    @property
    def region(self) -> str | None:
        """The provider's region name."""

    @property
    def country(self) -> str | None:
        """ISO 3166-1 alpha-2."""

    @property
    def subdivision(self) -> str | None:
        """ISO 3166-2; Electricity Maps has a zone of the same name for some of them."""


def provider_name(provider: str) -> str:
    """A cloud provider as it writes its name; the word itself where it is not known."""
    return PROVIDERS.get(provider.lower(), provider)


def alpha3(tables: Tables, alpha2: str) -> str | None:
    """ISO 3166-1 alpha-3 of an alpha-2 code; None for what is no country."""
    row = tables.row(ISO, alpha2)
    return row["alpha3"] if row and "," not in alpha2 else None


def alpha2(tables: Tables, alpha3: str) -> str | None:
    """ISO 3166-1 alpha-2 of an alpha-3 code; None for what is no country."""
    return next((row["alpha2"] for row in tables.every(ISO) if row["alpha3"] == alpha3.upper()), None)


def country_name(tables: Tables, alpha2: str | None) -> str:
    """A country's English name; the code itself where the tables do not know it."""
    row = tables.row(ISO, alpha2) if alpha2 else None
    return row["name"] if row else alpha2 or ""


def region_row(tables: Tables, evidence: Evidence) -> Row | None:
    """The table's row of a provider's region; None where the table has none.

    Raises InvalidInputError with near names where the user's own setting names a region that is not there.
    """
    if not evidence.provider or not evidence.region:
        return None
    row = tables.row(REGIONS, f"{evidence.provider},{evidence.region}")
    if row is None and evidence.source == "setting":
        raise _unknown_region(tables, evidence.provider, evidence.region)
    return row


def country_of(tables: Tables, evidence: Evidence) -> str | None:
    """The alpha-3 code of the evidence's country; None where it names none.

    Raises InvalidInputError where the user's own setting names a country that does not exist.
    """
    code = evidence.country or (evidence.subdivision or "").partition("-")[0]
    if not code:
        return None
    country = alpha3(tables, code)
    if country is None and evidence.source == "setting":
        raise InvalidInputError(
            f"{code} is no country code", where="place", mend="use ISO 3166-1 alpha-2, as in FR, SE, CA-QC"
        )
    return country


def _unknown_region(tables: Tables, provider: str, region: str) -> InvalidInputError:
    """The error that names what the user may have meant."""
    from difflib import get_close_matches

    known = tables.every(REGIONS)
    regions = [row["region"] for row in known if row["provider"] == provider.lower()]
    if not regions:
        providers = ", ".join(dict.fromkeys(row["provider"] for row in known))
        return InvalidInputError(
            f"cloud provider {provider} is not known", where="place", mend=f"known are {providers}"
        )
    near = get_close_matches(region, regions, n=5, cutoff=0.3) or regions[:5]
    return InvalidInputError(
        f"{provider} has no region {region} in the tables",
        where="place",
        mend=f"near names: {', '.join(near)}; or set the country",
    )
