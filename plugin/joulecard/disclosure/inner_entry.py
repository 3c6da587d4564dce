"""What one entry of `stages` tells of its inside: the work it got done, its parts, and the energy in none of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.disclosure import document as doc
from joulecard.disclosure.tallied import Tallied, energy_quantity, mass_quantity
from joulecard.disclosure.work import done, of_one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.accounting.quantity import Quantity
    from joulecard.disclosure.parts import Inner

MOST_KWH, MOST_G = 1e12, 1e15  # that a quantity of the document may hold


def stage_work(joined: Tallied) -> tuple[doc.StageWork, ...] | None:
    """What the stage and its parts got done, with what one unit of it cost; None where nothing was counted."""
    total = joined.total
    return _work(done(joined.execution.segments), total.energy_it, total.co2e, joined.left_out)


def stage_parts(joined: Tallied) -> tuple[doc.StagePart, ...] | None:
    """The parts in order of their start, each before those in it; None where there are none."""
    parts = sorted(joined.inside.parts, key=lambda part: (part.start, -part.segments[0].monotonic_s))
    return tuple(_part(part, joined.execution.first.group) for part in parts) or None


def unattributed(joined: Tallied) -> doc.EnergyQuantity | None:
    """The energy in none of the parts; None where there are no parts, or no energy is known."""
    rest = joined.inside.unattributed
    return energy_quantity(rest, rest.reason or "") if rest else None


def _part(part: Inner, group: str) -> doc.StagePart:
    first = part.segments[0]
    return doc.StagePart(
        name=first.stage,
        execution_id=first.execution_id,
        group=first.group if first.group != group else None,
        part_of=part.part_of,
        start=part.start,
        end=part.end,
        monotonic_s=math.fsum(segment.monotonic_s for segment in part.segments),
        energy_it=energy_quantity(part.energy, part.left_out),
        work_done=_work(part.work, part.energy, None, part.left_out),
    )


def _work(
    counts: Mapping[str, float], energy: Quantity, co2e: Quantity | None, left_out: str
) -> tuple[doc.StageWork, ...] | None:
    listed = []
    for unit, count in counts.items():
        kwh, g = of_one(energy, count, MOST_KWH), of_one(co2e, count, MOST_G)
        listed.append(
            doc.StageWork(
                name=unit,
                count=count,
                energy_it=energy_quantity(kwh, left_out) if kwh else None,
                operational_location=mass_quantity(g, left_out) if g else None,
            )
        )
    return tuple(listed) or None
