"""What was spent in a project on executions that dvc.lock does not name."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from joulecard import numbers
from joulecard.disclosure import document as doc
from joulecard.disclosure.executions import executions
from joulecard.disclosure.tally import combine, tally
from joulecard.factors import edition
from joulecard.hosts.dvc.placing import unknown_place
from joulecard.surroundings.place import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from joulecard.capture.segment import Segment, Status
    from joulecard.disclosure.executions import Execution

_STATUSES: tuple[Status, ...] = ("completed", "failed", "interrupted")


def left_out(others: Sequence[Segment], unrecorded: Collection[str]) -> Iterator[doc.Exclusion]:
    """The executions that are no part of the version, and those of stages whose record does not tell whether they are.

    `unrecorded` holds the stages without figures. Energy alone is told, so no place is looked up.
    """
    found = executions(others)
    unsure = [execution for execution in found if _stage(execution) in unrecorded]
    sure = [execution for execution in found if execution not in unsure]
    if sure:
        yield doc.Exclusion(part="runs", what=_what(sure), reason=f"not part of this version; {_energy(sure)}")
    if unsure:
        stages = ", ".join(dict.fromkeys(_stage(execution) for execution in unsure))
        yield doc.Exclusion(
            part="runs",
            what=f"{_what(unsure)}, of stages without figures: {stages}"[:500],
            reason=f"nothing proves whether they are part of this version; {_energy(unsure)}",
        )


def _stage(execution: Execution) -> str:
    """The stage as DVC names it."""
    return dict(execution.first.refs).get("dvc_stage", execution.first.stage)


def _what(found: Sequence[Execution]) -> str:
    count = Counter(execution.status for execution in found)
    kinds = ", ".join(f"{count[status]} {status}" for status in _STATUSES if count[status])
    return f"{len(found)} execution{'' if len(found) == 1 else 's'} that dvc.lock does not name ({kinds})"


def _energy(found: Sequence[Execution]) -> str:
    """Their IT energy, and for how many the place, and so the carbon, is not known."""
    tables = edition()
    segments = [segment for execution in found for segment in execution.counted]
    total = combine([tally(replace(segment, place=Place()), tables) for segment in segments]).energy_it
    value = "an unknown amount"
    if total.value is not None:
        value = numbers.plain(str(numbers.energy(total.value, total.interval())))
    lost = sum(any(unknown_place(segment, tables) for segment in execution.counted) for execution in found)
    without = f"; without carbon, for the recorded place of {lost} of them is not known" if lost else ""
    return f"together {value} of IT energy{without}"
