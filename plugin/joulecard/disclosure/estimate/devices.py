"""Accelerators whose hours are known: their power as the authors state it, or as the tables rate them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.disclosure import document as doc
from joulecard.disclosure.estimate.basis import Basis, Stated, slug, taken
from joulecard.disclosure.estimate.hours import SECONDS_PER_HOUR
from joulecard.disclosure.estimate.power import Load, Part, powered
from joulecard.factors.accelerators import accelerator_name
from joulecard.factors.tables import Tables

if TYPE_CHECKING:
    from joulecard.disclosure.document.scalars import Kind
    from joulecard.disclosure.estimate.basis import Means
    from joulecard.disclosure.estimate.facts import StageFacts
    from joulecard.factors import Factor
    from joulecard.factors.accelerators import Rating

# Share of its rated power that an accelerator draws in training: what the width of `gpu-tdp-model` is around.
TYPICAL_POWER_UTILISATION = 0.7
MOST_NEAR = 5  # names in one sentence
WITH_NODE: tuple[Kind, ...] = ("cpu", "dram")
CLASSES = {"metered": "power-metered", "rated": "gpu-tdp-model", None: "power-stated"}


def of_devices(stage_id: str, facts: StageFacts, device_h: float, means: Means) -> Part:
    """The energy of device-hours; raises InvalidInputError where nothing tells the power of a device."""
    rating, named = _rated(facts, means)
    factor, utilisation, basis = _power(facts, rating, means)
    includes = WITH_NODE if facts.covers == "node" else None
    load = Load(device_h * SECONDS_PER_HOUR, factor, utilisation, includes)
    part = powered(stage_id, _resource(facts, rating), load, means)
    return part._replace(basis=part.basis + named + basis + _covering(facts))


def _rated(facts: StageFacts, means: Means) -> tuple[Rating | None, Basis]:
    """What the tables hold of the accelerator; where they know its name in part, the only one that it can be of."""
    if facts.accelerator is None:
        return None, Basis()
    rating = means.edition.accelerator(facts.accelerator)
    near = near_accelerators(facts.accelerator, means.edition.name)
    others = [name for name in near if name != rating.model]
    if rating.factor is not None and rating.model in near and others and facts.device_power_w is None:
        told = f"{facts.accelerator} is taken for {rating.model}: the tables hold {', '.join(others)} too"
        return rating, taken(told, default=True)
    if rating.factor is not None or facts.device_power_w is not None or len(near) != 1:
        return rating, Basis()
    only = means.edition.accelerator(near[0])
    told = f"{facts.accelerator} is taken for {near[0]}: the tables hold no other one of that name"
    return (only, taken(told, default=True)) if only.factor is not None else (rating, Basis())


def _power(facts: StageFacts, rating: Rating | None, means: Means) -> tuple[Factor, float | None, Basis]:
    """W of one device, how much of it was drawn, and what is assumed."""
    if facts.device_power_w is not None:
        thing = f"power:{facts.device_power_is or 'stated'}:{slug(facts.accelerator)}"
        class_name = CLASSES[facts.device_power_is]
        name = f"{facts.device_power_is or 'stated'} power"
        figure = Stated("power_model", thing, name, facts.device_power_w, "W", class_name)
        return means.stated(figure), facts.power_utilisation, Basis()
    if facts.covers == "node":
        mend = "give device_w, a device's part of the power of its node"
        raise facts.at("the rated power of an accelerator is not that of its node", "covers", mend=mend)
    if rating is None:
        mend = 'give device_w = 400, or accelerator = "A100-SXM4-80GB"'
        raise facts.at("the hours give no energy without the power of a device", mend=mend)
    if rating.factor is None:
        told = f"the power of {facts.accelerator!r} is not known: {rating.missing}"
        near = near_accelerators(facts.accelerator or "", means.edition.name)
        known = f"one of {', '.join(near)}" if near else "the name as its driver tells it"
        raise facts.at(told, "accelerator", mend=f"give device_w, or {known}")
    if facts.power_utilisation is not None:
        return rating.factor, facts.power_utilisation, Basis()
    drawn = f"The accelerators drew {TYPICAL_POWER_UTILISATION:.0%} of their rated power"
    told = f"{drawn}, as is typical of training (Morrison et al. 2025)"
    return rating.factor, TYPICAL_POWER_UTILISATION, taken(told, default=True)


def accelerators(facts: StageFacts, kind: str, **members: object) -> doc.Resource:
    """The accelerators of a stage; stages with the same ones at the same place share them."""
    count = max(1, round(facts.devices or 1))
    model = facts.accelerator
    if facts.devices is None:
        model = f"{model or 'accelerators'} (number not stated)"
    where = f"{slug(facts.accelerator)}-{count if facts.devices else 'n'}@{slug(facts.place or 'unknown')}"
    spread = (facts.embodied, facts.embodied_per_device_g, facts.lifespan_years, facts.lifespan_utilisation)
    made = "".join(f"+{part}" for part in spread[:2] if part is not None)
    made += "".join(f"/{part}" for part in spread[2:] if made and part is not None)
    return doc.Resource.model_validate(
        {"id": f"{kind}@{where}{made}", "kind": kind, "count": count, "model": model, **members}
    )


def near_accelerators(model: str, edition: str) -> tuple[str, ...]:
    """The first few accelerators of the table whose name holds all words of this one."""
    words = accelerator_name(model).split()
    names = [row["model"] for row in Tables(edition).every("accelerator_power") if row["tdp_w"]]
    fitting = [name for name in names if words and all(word in accelerator_name(name).split() for word in words)]
    return tuple(fitting[:MOST_NEAR])


def _resource(facts: StageFacts, rating: Rating | None) -> doc.Resource:
    rated = rating.factor if rating and facts.covers != "node" and facts.devices else None
    kind = rating.kind if rating else "accelerator"
    return accelerators(facts, kind, vendor=rating.vendor if rating else None, tdp_w=rated.value if rated else None)


def _covering(facts: StageFacts) -> Basis:
    """That nobody says what beside the accelerators is in their power."""
    if facts.covers is not None or facts.device_power_w is None:
        return Basis()
    told = "The power that is stated is that of the accelerators alone: nothing says that more of the node is in it"
    return taken(told, default=True)
