"""Segments to assemble: a plain one, and a maker of others that differ from it in what a test names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from tests.disclosure.merging import FRANCE, GROUP_B, HOST_B

from joulecard.capture.identity import execution_id
from joulecard.capture.segment import Activity, Reading, Segment, Series
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Disclosure, Subject
from joulecard.disclosure.tallied import Factors
from joulecard.factors import edition
from joulecard.surroundings.machine import Machine
from joulecard.surroundings.place import Evidence, Place
from joulecard.surroundings.software import Software
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GROUP = str(UUID(int=1, version=4))

PLAIN = Segment(
    id=str(UUID(int=1, version=4)),
    execution_id=execution_id(GROUP, "train", 1),
    group=GROUP,
    stage="train",
    attempt=1,
    scope="node",
    status="completed",
    start="2026-11-21T09:00:00.000Z",
    end="2026-11-21T09:00:10.000Z",
    monotonic_s=10.0,
    clock_step_s=0.0,
    attribution="allocated",
    host_ref="0123456789ab",
    coverage=1.0,
    energy=(Reading("cpu", "rapl", "package-0", node_j=2880.0, share_j=1800.0, coverage=1.0, idle_j=720.0),),
    activity=Activity(
        cpu_s=8.0,
        cpu_source="wait4",
        node_cpu_s=9.0,
        core_s=320.0,
        memory_gb_s=2000.0,
        reserved_by="cpuset",
        coverage=1.0,
    ),
    machine=Machine("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz", 32, 200.0, "x86_64", cpu_vendor="GenuineIntel"),
    place=Place((Evidence("setting", "high", country="SE"),), pue=1.2),
    software=Software("joulecard", "0.1.0", "3.12.4", "Linux 6.1"),
    series=Series("2026-11-21T09:00:00.000Z", 2.0, (300.0, 300.0, 600.0, 300.0, 300.0), (1.6,) * 5),
)


def a_segment(number: int = 1, *, from_s: int = 0, until_s: int = 10, **changes: Any) -> Segment:
    """The plain segment with another id, other seconds within its hour, and what else a test changes."""
    base = replace(
        PLAIN,
        id=str(UUID(int=number, version=4)),
        start=moment(from_s),
        end=moment(until_s),
        monotonic_s=float(until_s - from_s),
        series=None if (from_s, until_s) != (0, 10) else PLAIN.series,
    )
    made = replace(base, **changes)
    if "execution_id" in changes:
        return made
    return replace(made, execution_id=execution_id(made.group, made.stage, made.attempt))


def moment(second: int) -> str:
    """A time of the hour in which everything happens."""
    return f"2026-11-21T09:{second // 60:02}:{second % 60:02}.000Z"


def a_disclosure(segments: Iterable[Segment], **options: Any) -> Disclosure:
    """A disclosure that validation accepts."""
    members = {"factors": Factors(edition()), "created": "2026-11-21T10:00:00Z", **options}
    disclosure = assemble(segments, subject=Subject(type="pipeline", name="digits"), **members)
    assert validate_disclosure(disclosure.to_json()).violations == ()
    return disclosure


@pytest.fixture
def assembled() -> Callable[..., Disclosure]:
    """The maker of disclosures."""
    return a_disclosure


@pytest.fixture
def segment() -> Callable[..., Segment]:
    """The maker of segments."""
    return a_segment


@pytest.fixture
def pair() -> tuple[Disclosure, Disclosure]:
    """Two pipelines on two hosts, each with one stage."""
    other = a_segment(2, stage="evaluate", host_ref=HOST_B, from_s=20, until_s=30, place=FRANCE, group=GROUP_B)
    return a_disclosure([a_segment(1)]), a_disclosure([other])
