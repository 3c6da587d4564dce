"""The words of reports: how a number was got, how long something took, when and where."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from joulecard.factors.edition import CURRENT
from joulecard.factors.geography import country_name, provider_name
from joulecard.factors.tables import Tables
from joulecard.numbers import THIN_SPACE, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KINDS = {"cpu": "CPU", "dram": "memory", "gpu": "GPU", "tpu": "TPU", "host": "whole node"}
NODE_WITH = "node with "
OPENINGS = {
    "pipeline": "Running the pipeline",
    "model": "Building the model",
    "run": "The run",
    "service": "Operating the service",
}
GRID_SCOPES = {"lifecycle": "life cycle of the electricity", "direct": "combustion at the power plants only"}
ATTRIBUTIONS = {
    "allocated": (
        "this job's share of each node (idle power by what it reserved, active power by its CPU time,"
        " and each GPU that it may use whole, unless others shared it)"
    ),
    "machine": "the whole of each node while the stages ran",
    "process": "the CPU-time share of active power alone, without idle power, and the GPUs that it may use",
    "mixed": "stage by stage in different ways; each record says which",
}
SCOPES = {
    "facility": "the node and, through the PUE, the cooling and power distribution of its data centre",
    "node": "the node alone, without the data centre around it",
    "accelerator": "the accelerators alone",
}
OF_DEVICES = {  # the same where nothing but accelerators is in the numbers
    "machine": "each accelerator whole while the stages ran",
    "facility": "these and, through the PUE, the cooling and power distribution of their data centre",
}
RUNS = {
    "final": "one completed execution of each stage",
    "all": "every execution on record, failed, interrupted and repeated ones included",
}
TICK_S = 0.001  # of the clock that timestamps are read from


def method(quantity: dict[str, Any]) -> str:
    """How a quantity was got, and how much of it counters measured where that is not all or unsaid."""
    word = str(quantity["method"]).replace("_", " ")
    fraction = quantity.get("measured_fraction")
    return word if not fraction or word == "measured" else f"{word}, {percent(fraction)} measured"


def methods(energy: dict[str, Any], carbon: dict[str, Any]) -> str:
    """How energy and emissions were got: said once where it is the same."""
    if energy["method"] != carbon["method"]:
        return f"energy {method(energy)}; CO₂e {carbon_method(carbon)}"
    word, _, measured = method(energy).partition(", ")
    return f"{word}, energy {measured}" if measured else word


def carbon_method(quantity: dict[str, Any]) -> str:
    """How emissions were got; how much of the energy behind them was measured is said of the energy."""
    return str(quantity["method"]).replace("_", " ")


def reach(boundary: dict[str, Any]) -> tuple[str, str]:
    """Whose part of the hardware the numbers are, and how far around it they reach."""
    parts, attribution, scope = boundary.get("equipment_included"), boundary["attribution"], boundary["scope_level"]
    alone = parts and "accelerators" in parts and set(parts) <= {"accelerators", "cooling"}
    of_devices = OF_DEVICES if alone else {}
    return of_devices.get(attribution, ATTRIBUTIONS[attribution]), of_devices.get(scope, SCOPES[scope])


def duration(seconds: float) -> str:
    """A duration in its two greatest units; of less than a minute what a clock of milliseconds can tell."""
    if seconds < 60:  # noqa: PLR2004
        return f"{_seconds(seconds)}{THIN_SPACE}s"
    whole = round(seconds)
    parts = ((whole // 86400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "min"), (whole % 60, "s"))
    first = next(place for place, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count}{THIN_SPACE}{unit}" for count, unit in parts[first : first + 2] if count)


def _seconds(seconds: float) -> str:
    """Three digits, and never more than three decimals."""
    if seconds < TICK_S:
        return f"<{TICK_S}"
    rounded = round(seconds, 3)
    return f"{rounded:#.3g}" if rounded >= 1 else f"{rounded:g}"


def instant(timestamp: str) -> datetime:
    """The instant of a timestamp: texts with and without milliseconds do not compare."""
    return datetime.fromisoformat(timestamp)


def day(timestamp: str) -> str:
    """A timestamp's day in words."""
    moment = datetime.fromisoformat(timestamp)
    return f"{moment.day} {moment:%B} {moment.year}"


def days(start: str, end: str) -> str:
    """The day or days from start to end."""
    return f"on {day(start)}" if day(start) == day(end) else f"from {day(start)} to {day(end)}"


def listed(items: Iterable[str], most: int = 4) -> str:
    """The items as a phrase: at most so many, then how many more."""
    shown = list(items)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(shown) - most + 1} more"]
    return ", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1] if shown else ""


@cache
def country(alpha2: str) -> str:
    """A country's English name; its code where the tables do not know it."""
    return country_name(Tables(CURRENT), alpha2)


@cache
def _land_of_region(provider: str, region: str) -> str:
    """The English name of the country that a provider's region lies in; empty where the tables do not know it."""
    tables = Tables(CURRENT)
    row = tables.row("cloud_regions", f"{provider},{region}")
    lands = (land["name"] for land in tables.every("iso3166") if row and land["alpha3"] == row["country_iso3"])
    return next(lands, "")


def providers(locations: Sequence[dict[str, Any]]) -> str:
    """The cloud providers; empty where none is named."""
    return listed(dict.fromkeys(provider_name(each["provider"]) for each in locations if "provider" in each))


def place(locations: Sequence[dict[str, Any]]) -> str:
    """Where the hardware stood."""
    return listed(dict.fromkeys(_place(location) for location in locations)) or "an unknown place"


def regions(locations: Sequence[dict[str, Any]]) -> str:
    """The regions, or else the countries; empty where nothing is known."""
    return listed(dict.fromkeys(found for location in locations if (found := _region(location))))


def _region(location: dict[str, Any]) -> str:
    land = _land(location)
    region = location.get("region")
    return f"{region} ({land})" if region and land else region or land


def _place(location: dict[str, Any]) -> str:
    named = provider_name(location["provider"]) if "provider" in location else ""
    cloud = " ".join(part for part in (named, location.get("region", "")) if part)
    land = _land(location)
    if cloud:
        return f"{cloud} ({land})" if land else cloud
    return land or location.get("zone") or "an unknown place"


def _land(location: dict[str, Any]) -> str:
    """The country's name, after the code of the subdivision where one is known; empty where neither is."""
    subdivision = str(location.get("subdivision", ""))
    code = location.get("country") or subdivision.partition("-")[0]
    land = country(code) if code else _land_of_region(location.get("provider", ""), location.get("region", ""))
    return ", ".join(part for part in (subdivision, land) if part)


def hardware(resources: Sequence[dict[str, Any]]) -> str:
    """The hardware that the stages drew energy from: processors first, then memory and the rest."""
    order = ["gpu", "tpu", "accelerator", "cpu", "dram", "disk", "network", "host", "other"]
    counts: dict[str, int] = {}
    named = {resource.get("host_ref") for resource in resources if resource["kind"] in {"cpu", "dram"}}
    told = [each for each in resources if each["kind"] != "host" or each.get("host_ref") not in named]
    for resource in sorted(told, key=lambda each: order.index(each["kind"])):
        name = _device(resource)
        counts[name] = counts.get(name, 0) + int(resource["count"])
    return listed((_so_many(name, count) for name, count in counts.items()), most=6)


def _so_many(name: str, count: int) -> str:
    """One or several of a thing; a node, which is no product's name, with its article."""
    if count > 1:
        return f"{count} × {name}"
    return f"a {name}" if name.startswith(NODE_WITH) else name


def _device(resource: dict[str, Any]) -> str:
    kind = KINDS.get(resource["kind"], resource["kind"])
    if resource["kind"] == "dram":
        return f"{resource['memory_gb']:.4g}{THIN_SPACE}GB memory" if resource.get("memory_gb") else "memory"
    name = str(resource.get("model") or f"{kind} of unknown model")
    name = f"{NODE_WITH}{name}" if resource["kind"] == "host" and "model" in resource else name
    cpus = resource.get("logical_cpus")
    return f"{name} ({cpus} logical CPUs)" if cpus else name
