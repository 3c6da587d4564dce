"""Totals, rates and drivers of the merged stages, computed anew from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.disclosure import document as doc
from joulecard.disclosure import sums
from joulecard.disclosure.merge.quantities import (
    UNITS,
    as_quantity,
    divided,
    summed,
    told,
    unavailable,
    widths_shown,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from joulecard.disclosure.merge.source import Source

ALWAYS = ("energy_it", "energy_facility", "operational_location")
BOTH = "operational_and_embodied"


def totals(stages: Sequence[doc.Stage], sources: Sequence[Source], units: Sequence[doc.FunctionalUnit]) -> doc.Totals:
    """The sums over all stages, each of what any of the disclosures sums."""
    ran = [stage for stage in stages if stage.energy]
    reused = [stage for stage in stages if stage.reused_from]
    keys = {*ALWAYS, *(key for stage in (*ran, *reused) for key in told(stage))}
    keys |= {BOTH} if any(_has_both(source.document.totals) for source in sources) else set()
    blocks = {
        "new": doc.Total.model_validate(_block(ran, keys)),
        "including_reused": doc.Total.model_validate(_block([*ran, *reused], keys)),
    }
    headline = _headline(sources, ran)
    return doc.Totals.model_validate(
        {
            "headline": headline,
            **blocks,
            "by_phase": _by_phase(ran, keys),
            "per_functional_unit": tuple(_rates(units, blocks[headline], sources)),
        }
    )


def drivers(emitted: doc.Quantity, sources: Sequence[Source], listed: Iterable[doc.UncertaintySource]) -> Any:
    """What makes the headline's emissions as wide as they are; None where not all parts show it."""
    if emitted.value is None or not widths_shown([emitted]):
        return None
    classes = {source.id: source.class_ for source in listed}
    return sums.drivers(as_quantity(emitted), classes) or None


def headline_of(found: doc.Totals) -> doc.Total:
    """The totals that are quoted."""
    return found.new if found.headline == "new" else found.including_reused


def _has_both(found: doc.Totals) -> bool:
    return any(block.operational_and_embodied for block in (found.new, found.including_reused))


def _headline(sources: Sequence[Source], ran: Sequence[doc.Stage]) -> str:
    """What all quote; where they differ, what ran."""
    quoted = {source.document.totals.headline for source in sources}
    return quoted.pop() if len(quoted) == 1 else "new" if ran else "including_reused"


def _block(stages: Sequence[doc.Stage], keys: Collection[str]) -> dict[str, doc.Quantity]:
    """The sums over stages, in the order of the schema."""
    found = {key: _facility(stages) if key == "energy_facility" else _sum(stages, key) for key in UNITS if key in keys}
    if BOTH in keys:
        found[BOTH] = _both(found)
    return {key: found[key] for key in UNITS if key in found}


def _sum(stages: Sequence[doc.Stage], key: str) -> doc.Quantity:
    """The sum of what stages tell; where some do not even say that they do not know, it says so itself."""
    parts = [told(stage).get(key) for stage in stages]
    given = [part for part in parts if part]
    silent = len(parts) - len(given)
    left_out = f"without {silent} of {len(parts)} stages, which tell nothing of it" if silent and given else ""
    return summed(given, UNITS[key], sums.NOTHING_RAN, left_out)


def _facility(stages: Sequence[doc.Stage]) -> doc.Quantity:
    """Facility energy: only where it is known for all that drew energy, since a part of it says little."""
    parts = [told(stage) for stage in stages]
    drew = [part["energy_facility"] for part in parts if "energy_it" in part and part["energy_it"].value is not None]
    unknown = next((found for found in drew if found.value is None), None)
    return unavailable("kWh", unknown.reason or "") if unknown else _sum(stages, "energy_facility")


def _both(found: dict[str, doc.Quantity]) -> doc.Quantity:
    """Operational emissions and hardware together; nothing where one of them is not known."""
    parts = [found[key] for key in ("operational_location", "embodied") if key in found]
    missing = next((part for part in parts if part.value is None), None)
    return unavailable("g", missing.reason or "") if missing else summed(parts, "g", "")


def _by_phase(ran: Sequence[doc.Stage], keys: Collection[str]) -> tuple[doc.PhaseTotal, ...]:
    """The sums over what ran by phase, without what is not known."""
    found = []
    for phase in dict.fromkeys(stage.phase for stage in ran):
        block = _block([stage for stage in ran if stage.phase == phase], keys)
        shown = {key: each for key, each in block.items() if key in ALWAYS or each.value is not None}
        found.append(doc.PhaseTotal.model_validate({"phase": phase, **shown}))
    return tuple(found)


def _rates(
    units: Iterable[doc.FunctionalUnit], headline: doc.Total, sources: Sequence[Source]
) -> Iterable[doc.UnitTotal]:
    """The headline over each unit, in all that any disclosure gives a rate of."""
    rates = [rate for source in sources for rate in source.document.totals.per_functional_unit or ()]
    keys = [key for key in UNITS if any(getattr(rate, key) for rate in rates)]
    known = {key: whole for key in keys if (whole := getattr(headline, key)) and whole.value is not None}
    for unit in units:
        over = {key: divided(whole, unit.quantity) for key, whole in known.items()}
        if over:
            yield doc.UnitTotal.model_validate({"functional_unit_ref": unit.id, **over})
