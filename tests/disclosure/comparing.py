"""What tests of comparing share: disclosures of one stage that differ where a test wants them to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from tests.cli.test_assemble import a_segment

from joulecard.capture.identity import execution_id
from joulecard.capture.segment import Declared, Reading, Segment
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.comparison import Comparison, Pair, compare
from joulecard.disclosure.comparison.side import WHOLE, Scope, side
from joulecard.disclosure.document import Disclosure, Subject
from joulecard.disclosure.tallied import Factors
from joulecard.factors import edition
from joulecard.surroundings.place import Evidence, Place
from joulecard.validation import validate_disclosure

HOST = "0123456789ab"


def place(country: str, pue: float | None = 1.2) -> Place:
    """A country, and the PUE there."""
    return Place((Evidence("setting", "high", country=country),), pue=pue)


SWEDEN, POLAND = place("SE"), place("PL")


@dataclass(frozen=True)
class Run:
    """One execution of a stage on a host with a counter, and what it got done."""

    number: int = 1
    stage: str = "train"
    place: Place = SWEDEN
    host: str = HOST
    energy_j: float = 1200.0
    share: float = 1.0  # of what the counter of the CPU read
    work: tuple[tuple[str, float], ...] = (("token", 2000.0),)
    quality: tuple[tuple[str, float], ...] = ()
    flop: float | None = None
    changes: tuple[tuple[str, Any], ...] = ()

    @property
    def segment(self) -> Segment:
        """Its record; memory is not modelled, so that the energy is the counter's alone."""
        group = str(UUID(int=self.number, version=4))
        told = Declared(flop=self.flop, quality=self.quality or None)
        node_j = self.energy_j / self.share
        minute = f"2026-11-21T09:{self.number:02}"
        made = a_segment(
            self.number,
            self.stage,
            group=group,
            execution_id=execution_id(group, self.stage, 1),
            start=f"{minute}:00.000Z",
            end=f"{minute}:10.000Z",
            host_ref=self.host,
            energy=(
                Reading("cpu", "rapl", "package-0", node_j, self.energy_j, 1.0, idle_j=self.energy_j / 2),
                Reading("dram", "rapl", "dram-0", 20.0, 20.0, 1.0),
            ),
            place=self.place,
            work_done=self.work or None,
            declared=told if self.flop or self.quality else None,
        )
        return replace(made, **dict(self.changes))


def disclosed(*runs: Run, name: str = "digits", profile: Any = "lifecycle") -> Disclosure:
    """A valid disclosure of these runs."""
    made = assemble(
        [run.segment for run in runs],
        subject=Subject(type="pipeline", name=name),
        factors=Factors(edition("2026.11"), profile),
        created="2026-11-21T12:00:00Z",
    )
    assert validate_disclosure(made.to_json()).violations == ()
    return made


def compared(*given: Disclosure, scope: Scope = WHOLE, **options: Any) -> Comparison:
    """The disclosures A.json, B.json, ... side by side."""
    return compare(
        [side(letter, f"{letter}.json", each, scope) for letter, each in zip("ABCDE", given, strict=False)], **options
    )


def pair(one: Disclosure, other: Disclosure, **options: Any) -> Pair:
    """The other against the one."""
    (found,) = compared(one, other, **options).pairs
    return found
