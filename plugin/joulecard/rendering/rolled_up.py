"""The lines below a total that say what of it failed, was cut short, replaced or not used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.disclosure.rollup import beside_results
from joulecard.rendering.stage_rows import MOST_ROWS, row_of
from joulecard.rendering.subtotals import subtotal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from joulecard.disclosure.rollup import RolledUp
    from joulecard.rendering.figures import Columns
    from joulecard.rendering.stage_rows import Row


def rolled_up_rows(document: dict[str, Any], units: Columns) -> tuple[Row, ...]:
    """A line for each outcome but results, within the total above them; none where all are results.

    Nor where the stage table tells each execution by itself, and none of the outcomes came twice.
    """
    lines = tuple(beside_results(document))
    if len(document["stages"]) <= MOST_ROWS and all(len(line.stages) == 1 for line in lines):
        return ()
    return tuple(row_of(f"of which {counted(line)}", line.stages, units) for line in lines)


def rolled_up_text(document: Mapping[str, Any]) -> str:
    """The same in one phrase: "2 failed executions took 34 Wh and 12 g CO₂e of it"; empty where all are results."""
    told = [f"{counted(line)} took {' and '.join(_taken(line))}" for line in beside_results(document)]
    return f"{', '.join(told)} of it" if told else ""


def counted(line: RolledUp) -> str:
    """How many executions came to what: "2 failed executions", "1 execution replaced by later ones"."""
    count = len(line.stages)
    noun = "execution" if count == 1 else "executions"
    if line.outcome == "replaced":
        return f"{count} {noun} replaced by {'a later one' if count == 1 else 'later ones'}"
    if line.outcome == "unused":
        return f"{count} {noun} whose {'result is' if count == 1 else 'results are'} not used"
    return f"{count} {line.outcome} {noun}"


def _taken(line: RolledUp) -> Iterator[str]:
    """Energy and emissions, as far as they are known."""
    energy, carbon = subtotal(line.energies), subtotal(line.emissions)
    if energy.get("value") is None:
        yield "an unknown part"
        return
    yield numbers.energy(energy["value"], _ends(energy)).text
    if carbon.get("value") is not None:
        yield numbers.mass(carbon["value"], _ends(carbon)).text


def _ends(quantity: Mapping[str, Any]) -> numbers.Interval | None:
    ends = quantity.get("interval")
    return (ends["lower"], ends["upper"]) if ends else None
