"""Whatever recorders saw, the disclosure of it follows the standard, and counts nothing that was not drawn."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.disclosure.histories import MACHINES, History, histories
from tests.disclosure.recordings import Host, Recording, drawn_kwh, gpu

from joulecard.canonical import digest
from joulecard.cli import main
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.declared import declare_place
from joulecard.disclosure.document import Disclosure, Subject
from joulecard.disclosure.embodied import Hardware
from joulecard.disclosure.tallied import Factors
from joulecard.disclosure.tally import stage_record
from joulecard.errors import InvalidInputError
from joulecard.factors import CURRENT, edition
from joulecard.factors.own.file import read_own
from joulecard.surroundings.place import Place
from joulecard.validation import validate_disclosure, validate_segment, validate_stage_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import Segment
    from joulecard.validation import Verdict

EDITION = edition()
EVERYTHING = edition(CURRENT, read_own(str(Path(__file__).with_name("own.toml"))))
RECOMPUTE = Path(__file__).parents[2] / "schema" / "1.0" / "conformance" / "recompute.mjs"


def assembled(history: History, segments: Iterable[Segment] = ()) -> Disclosure | None:
    """The disclosure of all that was recorded, or of these; None where two records may have counted the same energy."""
    try:
        return assemble(
            segments or history.segments,
            subject=Subject(type="pipeline", name="any"),
            factors=factors_for(history),
            created="2026-11-21T10:00:00Z",
            lineage=history.lineage,
        )
    except InvalidInputError as error:
        if "count the same energy" in str(error) and history.may_be_refused:
            return None
        raise


def factors_for(history: History) -> Factors:
    """The tables alone, or with all that may be told beside energy and emissions: water, contracts, hardware."""
    if len(history.segments) % 2 and history.profile == "lifecycle":
        return Factors(EVERYTHING, hardware=Hardware(0.8))
    return Factors(EDITION, history.profile)


def broken(verdict: Verdict) -> list[str]:
    """What a verdict finds wrong, a line each."""
    return [f"{found.rule} {found.pointer}: {found.message}" for found in verdict.violations]


@given(history=histories())
def test_what_a_recorder_writes_is_a_valid_segment(history: History) -> None:
    """Failing counters, moved clocks, suspended systems, killed recorders: the record follows the standard."""
    for segment in history.segments:
        assert broken(validate_segment(json.dumps(segment.to_document()).encode())) == []


def test_a_counter_seen_for_an_instant_is_a_gap_and_no_number() -> None:
    """0.3 ms are no share of an hour: energy beside a coverage of zero would be counted here and dropped there."""
    device = gpu(0, "000000000001", None, counts_energy=False)
    host = Host("000000000001", MACHINES[0], Place(), {device: 60.0}, busy_cpus=0.0)
    segment = Recording(1, host, "train", 1000.0, (0.0003, 3600.0)).segment()
    assert segment.energy == ()
    assert [(gap.what, gap.seconds) for gap in segment.gaps] == [("nvml:gpu-0", 3600.0), ("pause", None)]


@given(history=histories())
def test_the_record_of_any_stage_is_valid(history: History) -> None:
    """The flat numbers that DVC and MLflow show recompute from the record that they stand in."""
    for stage in {recording.stage for recording in history.recordings}:
        segments = [segment for segment in history.segments if segment.stage == stage]
        record = stage_record(segments, EDITION, history.profile)
        assert broken(validate_stage_record(json.dumps(record).encode())) == []


@given(history=histories())
def test_any_records_make_a_valid_disclosure(history: History) -> None:
    """No violation, at least level 1 where every stage has its numbers, and read again it is the same document."""
    disclosure = assembled(history)
    event("refused" if disclosure is None else "assembled")
    if disclosure is None:
        return
    verdict = validate_disclosure(disclosure.to_json())
    assert broken(verdict) == []
    assert verdict.level != "L0" or not all_known(disclosure)
    assert Disclosure.model_validate_json(disclosure.to_json()) == disclosure


def all_known(disclosure: Disclosure) -> bool:
    """Whether something ran, and energy and emissions of all that ran are known."""
    ran = [stage for stage in disclosure.stages if stage.energy and stage.emissions]
    known = [
        stage.energy.it_total.value is not None and stage.emissions.operational_location.value is not None
        for stage in ran
        if stage.energy and stage.emissions
    ]
    return bool(known) and all(known)


@given(history=histories())
def test_no_joule_is_counted_that_was_not_drawn(history: History) -> None:
    """What a disclosure calls measured is at most what the hosts drew while anybody recorded there.

    Only records that share nothing of a host that they were on together may count twice what no clock can tell apart.
    """
    disclosure = None if history.manner == "careless" else assembled(history)
    if disclosure is None:
        return
    measured_kwh = sum(measured(stage.energy.components or ()) for stage in disclosure.stages if stage.energy)
    assert measured_kwh <= drawn_kwh(history.recordings) * (1 + 1e-6) + 1e-9


def measured(components: Any) -> float:
    """Energy in kWh of the components that counters read."""
    return sum(part.energy.value or 0.0 for part in components if part.energy.method == "measured")


@pytest.mark.needs("node")
@given(several=st.lists(histories(), min_size=8, max_size=8))
@settings(max_examples=10)
def test_a_program_in_another_language_recomputes_every_number(several: list[History], tmp_path_factory: Any) -> None:
    """Sixty lines of JavaScript that share nothing with assemble or the rules find every sum and product right."""
    folder = tmp_path_factory.mktemp("assembled")
    files: list[Path] = []
    for history in several:
        if disclosure := assembled(history):
            files.append(folder / f"{len(files)}.json")
            files[-1].write_bytes(disclosure.to_json())
    told = subprocess.run(["node", RECOMPUTE, *files], capture_output=True, check=True, text=True).stdout
    answers = [json.loads(line) for line in told.splitlines()]
    assert [answer["wrong"] for answer in answers] == [[] for _ in files]


@given(
    history=histories(), place=st.sampled_from([None, "SE", "US-CA", "aws/eu-north-1"]), pue=st.none() | st.floats(1, 5)
)
def test_a_place_that_is_declared_afterwards_is_told_and_breaks_nothing(
    history: History, place: str | None, pue: float | None
) -> None:
    """Place and PUE of all records replaced at once: still valid, with the digests of the records as they lie there."""
    declared = declare_place(history.segments, place, pue)
    disclosure = assembled(history, declared.segments)
    if disclosure is None:
        return
    told = declared.said_in(disclosure, history.segments)
    assert broken(validate_disclosure(told.to_json())) == []
    digests = {digest(segment.to_document()) for segment in history.segments}
    assert {part.digest for stage in told.stages for part in stage.segments or ()} <= digests


@given(history=histories())
@settings(max_examples=12)
def test_any_disclosure_can_be_shown(history: History, tmp_path_factory: Any) -> None:
    """As an appendix of a model card, as a web page and as TeX, whatever is missing in it."""
    disclosure = assembled(history)
    if disclosure is None:
        return
    folder = tmp_path_factory.mktemp("shown")
    (folder / "disclosure.json").write_bytes(disclosure.to_json())
    for form in ("md", "html", "tex"):
        assert main(["render", "--to", form, "-o", str(folder / f"page.{form}"), str(folder / "disclosure.json")]) == 0
