"""The providers that a user can name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.errors import UsageError
from joulecard.factors.providers.electricity_maps import ElectricityMaps
from joulecard.factors.providers.neso import Neso
from joulecard.factors.providers.rte import Rte

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.factors.providers.provider import Provider

PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in (ElectricityMaps(), Neso(), Rte())}


def keys_of(provider: Provider, environ: Mapping[str, str]) -> dict[str, str]:
    """The user's keys by their variables; raises UsageError where one is not set or cannot stand in a request."""
    keys = {name: environ.get(name, "").strip() for name in provider.key_variables}
    for name, key in keys.items():
        if not key:
            raise UsageError(f"{provider.title} gives its values for a key only", mend=f"set the variable {name}")
        if not (key.isascii() and key.isprintable()):
            raise UsageError("holds characters that no key has", where=name, mend="copy the key again")
    return keys
