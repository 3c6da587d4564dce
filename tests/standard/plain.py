"""Disclosures with round numbers and nothing computed: every number stands here as a person would write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.standard.authoring import LOCATION_BASIS, NO_PUE, SCHEMA
from tests.standard.executions import at, name_uuid

if TYPE_CHECKING:
    from tests.standard.authoring import Json

BY_HAND = {"name": "worked by hand", "version": "1"}
HOUR = 3600.0


def kwh(value: float, method: str = "measured", **more: Any) -> Json:
    """An energy."""
    return {"value": value, "unit": "kWh", "method": method, **more}


def grams(value: float, method: str = "modelled", **more: Any) -> Json:
    """A mass of CO2e."""
    return {"value": value, "unit": "g", "method": method, **more}


def litres(value: float, method: str = "modelled", **more: Any) -> Json:
    """A volume of water."""
    return {"value": value, "unit": "L", "method": method, **more}


def factor(name: str, kind: str, value: float, unit: str, **more: Any) -> Json:
    """A factor."""
    return {"id": name, "kind": kind, "name": name, "value": value, "unit": unit, **more, "source": BY_HAND}


def grid(name: str, value: float, zone: str = "SE", **basis: str) -> Json:
    """The carbon intensity of a grid in 2026."""
    valid = {"start": "2026-01-01", "end": "2026-12-31"}
    told = {"zone": zone, "basis": {**LOCATION_BASIS, **basis}, "valid": valid, "granularity": "yearly"}
    return factor(name, "grid_intensity", value, "g/kWh", **told)


def pue(value: float, name: str = "pue") -> Json:
    """A PUE."""
    return factor(name, "pue", value, "1")


def hardware(name: str, kind: str = "cpu", place: str = "l1", **more: Any) -> Json:
    """One device."""
    return {"id": name, "kind": kind, "count": 1, "location_ref": place, **more}


def place(name: str = "l1", country: str = "SE") -> Json:
    """A country."""
    return {"id": name, "country": country, "precision": "country"}


def measured(name: str, value: float, kind: str = "cpu", sensor: str = "rapl", **more: Any) -> Json:
    """A component that a counter measured, on the resource of its name."""
    return {"id": name, "kind": kind, "resource_ref": name, "sensor": sensor, **more, "energy": kwh(value)}


def modelled(name: str, value: float, terms: list[tuple[float, str, str]], kind: str = "dram") -> Json:
    """A component that a power model gives, from amounts with their units and factors."""
    activity = [{"amount": amount, "unit": unit, "factor_ref": ref} for amount, unit, ref in terms]
    told = {"id": name, "kind": kind, "resource_ref": name, "sensor": "power_model", "model": "by-hand"}
    return {**told, "energy": kwh(value, "modelled"), "activity": activity}


def line(energy_kwh: float, factor_ref: str, basis: str = "facility", **more: Any) -> Json:
    """An emission line."""
    return {"energy_kwh": energy_kwh, "energy_basis": basis, "factor_ref": factor_ref, **more}


def drawn(it: Json, components: list[Json], facility: Json = NO_PUE) -> Json:
    """What a stage drew."""
    return {"it_total": it, "facility_total": facility, "components": components}


def stage(name: str, hours: tuple[float, float], energy: Json, location: Json, **more: Any) -> Json:
    """A stage that ran from one hour to another, with its location-based emissions."""
    start, end = (hour * HOUR for hour in hours)
    told = {"id": name, "name": name, "phase": more.pop("phase", "training"), "status": "completed", "attempt": 1}
    time = {"start": at(start), "end": at(end), "wall_s": end - start, **more.pop("time", {})}
    emissions = {"operational_location": location, **more.pop("emissions", {})}
    return {**told, "execution_id": name_uuid(name), "time": time, "energy": energy, "emissions": emissions, **more}


def sums(energy_it: Json, operational_location: Json, energy_facility: Json = NO_PUE, **more: Json) -> Json:
    """A block of totals."""
    block = {"energy_it": energy_it, "energy_facility": energy_facility}
    return {**block, "operational_location": operational_location, **more}


def document(name: str, hours: tuple[float, float], stages: list[Json], new: Json, **more: Any) -> Json:
    """A whole disclosure; `totals` adds to or replaces members of the totals, `boundary` those of the boundary."""
    level = "facility" if "value" in new["energy_facility"] else "node"
    boundary = {
        "scope_level": level,
        "attribution": "machine",
        "period": {"start": at(hours[0] * HOUR), "end": at(hours[1] * HOUR)},
        "lifecycle_included": ["operation"],
        "exclusions": [],
        "runs_counted": "all",
        **more.pop("boundary", {}),
    }
    return {
        "schema": SCHEMA + "disclosure",
        "document": {"id": f"urn:uuid:{name_uuid(name)}", "created": "2026-11-21T23:00:00Z", "status": "final"},
        "subject": {"type": "model", "name": name},
        "boundary": boundary,
        **({"functional_units": more.pop("functional_units")} if "functional_units" in more else {}),
        "resources": more.pop("resources", [hardware("cpu")]),
        "locations": more.pop("locations", [place()]),
        "factors": more.pop("factors"),
        "stages": stages,
        "totals": {"headline": "new", "new": new, "including_reused": new, **more.pop("totals", {})},
        "assumptions": [],
        "gaps": [],
        "generator": {"name": "written by hand", "version": "1"},
        **more,
    }
