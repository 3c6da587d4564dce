"""Totals, rates and drivers of the merged stages, computed anew from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from joulecard.disclosure.merge.source import Source

ALWAYS = ("energy_it", "energy_facility", "operational_location")
BOTH = "operational_and_embodied"
NOBODY_TELLS = "no stage tells it"


def totals(
    stages: Sequence[doc.Stage], sources: Sequence[Source], units: Sequence[doc.FunctionalUnit], headline: str
) -> doc.Totals:
    """The sums over all stages, each of what any of the disclosures sums; rates are those of the headline."""
    counted = {name: _counted(stages, name) for name in ("new", "including_reused")}
    ran = counted["new"]
    keys = {*ALWAYS, *(key for stage in counted["including_reused"] for key in told(stage))}
    keys |= {key for source in sources for name in counted for key in _given(source.document.totals, name)}
    blocks = {
        name: doc.Total.model_validate(_block(members, keys, _habits(name, sources)))
        for name, members in counted.items()
    }
    return doc.Totals.model_validate(
        {
            "headline": headline,
            **blocks,
            "by_phase": _by_phase(ran, keys, _habits("new", sources)),
            "per_functional_unit": tuple(_rates(units, blocks[headline], sources)),
        }
    )


def drivers(emitted: doc.Quantity, listed: Iterable[doc.UncertaintySource]) -> tuple[doc.Driver, ...] | None:
    """What makes the headline's emissions as wide as they are; None where not all parts show it."""
    if emitted.value is None or not widths_shown([emitted]):
        return None
    classes = {source.id: source.class_ for source in listed}
    return sums.drivers(as_quantity(emitted), classes) or None


def headline(stages: Iterable[doc.Stage], sources: Sequence[Source]) -> str:
    """The totals that all quote; where they differ, those of what ran."""
    quoted = {source.document.totals.headline for source in sources}
    return quoted.pop() if len(quoted) == 1 else "new" if _counted(stages, "new") else "including_reused"


def headline_of(found: doc.Totals) -> doc.Total:
    """The totals that are quoted."""
    return found.new if found.headline == "new" else found.including_reused


def _counted(stages: Iterable[doc.Stage], name: str) -> list[doc.Stage]:
    """The stages that a block of totals sums."""
    return [stage for stage in stages if stage.energy or (stage.reused_from and name != "new")]


class _Habits(NamedTuple):
    """What disclosures do where a total does not hold everything."""

    reasons: dict[str, str]  # why one is not available
    in_part: bool  # facility energy is summed although it is not known for all that drew energy


def _habits(name: str, sources: Sequence[Source]) -> _Habits:
    blocks = [_given(source.document.totals, name) for source in sources]
    reasons = {key: found.reason for block in reversed(blocks) for key, found in block.items() if found.reason}
    members = [_counted(source.document.stages, name) for source in sources]
    parted = [block for block, stages in zip(blocks, members, strict=True) if _unknown(stages)]
    in_part = bool(parted) and all(block["energy_facility"].value is not None for block in parted)
    return _Habits(reasons, in_part)


def _given(found: doc.Totals, name: str) -> dict[str, doc.Quantity]:
    """The totals of a block that a disclosure tells."""
    block: doc.Total = getattr(found, name)
    return {key: quantity for key in UNITS if (quantity := getattr(block, key)) is not None}


def _block(stages: Sequence[doc.Stage], keys: Collection[str], habits: _Habits) -> dict[str, doc.Quantity]:
    """The sums over stages, in the order of the schema."""
    found = {key: _sum(stages, key, habits.reasons) for key in UNITS if key in keys}
    unknown = None if habits.in_part else _unknown(stages)
    if unknown:
        found["energy_facility"] = unavailable("kWh", unknown.reason or "")
    if BOTH in keys:
        found[BOTH] = _both(found)
    return found


def _sum(stages: Sequence[doc.Stage], key: str, reasons: Mapping[str, str]) -> doc.Quantity:
    """The sum of what stages tell; where some do not even say that they do not know, it says so itself."""
    parts = [told(stage).get(key) for stage in stages]
    given = [part for part in parts if part]
    silent = len(parts) - len(given)
    left_out = f"without {silent} of {len(parts)} stages, which tell nothing of it" if silent and given else ""
    nothing = NOBODY_TELLS if parts else sums.NOTHING_RAN
    return summed(given, UNITS[key], reasons.get(key, nothing), left_out)


def _unknown(stages: Iterable[doc.Stage]) -> doc.Quantity | None:
    """The first facility energy that is not known although the stage drew energy: the sum of the rest says little."""
    parts = [told(stage) for stage in stages]
    drew = [part["energy_facility"] for part in parts if "energy_it" in part and part["energy_it"].value is not None]
    return next((found for found in drew if found.value is None), None)


def _both(found: dict[str, doc.Quantity]) -> doc.Quantity:
    """Operational emissions and hardware together; nothing where one of them is not known."""
    parts = [found[key] for key in ("operational_location", "embodied") if key in found]
    missing = next((part for part in parts if part.value is None), None)
    return unavailable("g", missing.reason or "") if missing else summed(parts, "g", "")


def _by_phase(ran: Sequence[doc.Stage], keys: Collection[str], habits: _Habits) -> tuple[doc.PhaseTotal, ...]:
    """The sums over what ran by phase, without what is not known."""
    found = []
    for phase in dict.fromkeys(stage.phase for stage in ran):
        block = _block([stage for stage in ran if stage.phase == phase], keys, habits)
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
