"""Disclosures become one: what is the same stands once, what differs stands apart or is refused by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.disclosure.merging import FRANCE, GROUP_B, HOST_B, merged, source, titled

from joulecard.canonical import digest
from joulecard.capture.segment import Segment
from joulecard.disclosure import document as doc
from joulecard.disclosure.document import Disclosure
from joulecard.disclosure.lineage import Artifact, Lineage, StageLineage
from joulecard.disclosure.merge import Source, merge
from joulecard.disclosure.tallied import Factors
from joulecard.errors import InvalidInputError, NothingToDoError
from joulecard.factors import edition
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Segment]
    Assembled = Callable[..., Disclosure]

FILE = Artifact("data.npz", "md5:9e107d9d372bb6826bd81d3542a419d6")

FILES = tuple(doc.Artifact(uri=f"part-{number}.npz") for number in range(20))


def test_no_disclosure_is_nothing_to_merge() -> None:
    """There is nothing that an empty sum would be of."""
    with pytest.raises(NothingToDoError, match="no disclosure"):
        merge([], created="2026-11-21T12:00:00Z")


def test_every_origin_is_named_with_the_digest_of_its_file(pair: tuple[Disclosure, Disclosure]) -> None:
    """Attestations included: it is the file as it lies there."""
    said = doc.Attestation(type="self", by="Example", date="2026-11-21", statement="We looked.")
    one, other = source(pair[0], attestations=(said,)), source(pair[1], "B.json")
    found = merged(one, other).disclosure
    assert {(each.id, each.digest) for each in found.document.derived_from or ()} == {
        (each.document.document.id, each.digest) for each in (one, other)
    }
    assert one.document.attestations
    assert found.attestations is None
    assert found.document.status == "draft"


def test_the_id_follows_from_the_origins_and_the_name(pair: tuple[Disclosure, Disclosure]) -> None:
    """Made again it is the same document, under another name it is another."""
    one, again = merged(*pair).disclosure, merged(*pair).disclosure
    assert one.document.id == again.document.id
    assert one.document.id not in {each.document.id for each in pair}
    assert merged(*pair, name="both").disclosure.document.id != one.document.id


def test_only_ids_that_clash_are_changed(pair: tuple[Disclosure, Disclosure]) -> None:
    """The second s1 becomes s1~2, and so on; everything that names it follows."""
    found = merged(*pair).disclosure
    assert [stage.id for stage in found.stages] == ["s1", "s1~2"]
    assert [location.id for location in found.locations] == ["l1", "l1~2"]
    assert {resource.location_ref for resource in found.resources if resource.host_ref == HOST_B} == {"l1~2"}
    assert {"grid:SWE:2025~2026", "grid:FRA:2025~2026"} <= {factor.id for factor in found.factors}


def test_equal_facts_stand_once_and_one_source_of_uncertainty_stays_one(segment: Maker, assembled: Assembled) -> None:
    """Two stages on one grid: their errors move together, so the range of the sum is that of both at once."""
    one, other = segment(1), segment(2, stage="evaluate", from_s=20, until_s=30)
    found, whole = merged(assembled([one]), assembled([other])).disclosure, assembled([one, other])
    assert found.factors == whole.factors
    assert found.resources == whole.resources
    assert found.locations == whole.locations
    assert found.uncertainty == whole.uncertainty
    assert found.totals == whole.totals


def test_what_two_share_stays_one_where_a_third_has_its_name(segment: Maker, assembled: Assembled) -> None:
    """Sources of uncertainty and certificates: else errors that move together would seem to level out."""

    def told(number: int, width: float) -> Disclosure:
        made = assembled([segment(number, stage=f"stage {number}", from_s=20 * number, until_s=20 * number + 10)])
        assert made.uncertainty
        extra = doc.UncertaintySource.model_validate({"id": "own", "class": "own", "log_sd": width})
        listed = made.uncertainty.model_copy(update={"sources": (*made.uncertainty.sources, extra)})
        ppa = doc.Instrument(id="ppa", type="ppa", energy_kwh=width)
        return made.model_copy(update={"uncertainty": listed, "instruments": (ppa,)})

    one, two, three = told(1, 0.1), told(2, 0.2), told(3, 0.2)
    first = merged(one, two).disclosure
    for found in (merged(one, two, three).disclosure, merged(first, three).disclosure, merged(first, two).disclosure):
        assert found.uncertainty
        assert [each.id for each in found.uncertainty.sources if each.class_ == "own"] == ["own", "own~2"]
        assert [each.id for each in found.instruments or ()] == ["ppa", "ppa~2"]


def test_a_retry_in_another_disclosure_is_the_next_attempt(segment: Maker, assembled: Assembled) -> None:
    """Both were spent; the second takes the place of the first."""
    failed = assembled([segment(1, status="failed")])
    retried = assembled([segment(2, attempt=2, from_s=20, until_s=30)])
    found = merged(failed, retried).disclosure
    assert [(stage.status, stage.superseded_by) for stage in found.stages] == [("failed", "s1~2"), ("completed", None)]
    assert found.boundary.runs_counted == "all"


def test_one_execution_in_two_disclosures_counts_once_with_what_either_knows(
    segment: Maker, assembled: Assembled
) -> None:
    """One knows the files that the stage read, the other the stage before it."""
    first, second = segment(1, stage="prepare"), segment(2, from_s=20, until_s=30)
    known = Lineage((StageLineage("train", inputs=(FILE,), outputs=(FILE,)),))
    edges = Lineage((StageLineage("prepare"), StageLineage("train", depends_on=("prepare",))))
    found = merged(assembled([second], lineage=known), assembled([first, second], lineage=edges))
    stages = {stage.name: stage for stage in found.disclosure.stages}
    assert stages["train"].inputs
    assert stages["train"].depends_on == (stages["prepare"].id,)
    assert found.disclosure.totals == assembled([first, second]).totals
    assert found.counted_once == 1


def test_one_execution_with_two_numbers_is_refused_by_name(segment: Maker, assembled: Assembled) -> None:
    """The sentence names files, stages and both numbers."""
    more = assembled([segment(1, place=FRANCE)])
    with pytest.raises(InvalidInputError) as caught:
        merged(source(assembled([segment(1)]), "old.json"), source(more, "new.json"))
    for words in ("stage 'train' of old.json", "stage 'train' of new.json", "one execution", "kWh"):
        assert words in str(caught.value)


def test_an_execution_of_which_one_disclosure_lacks_a_record_is_refused(segment: Maker, assembled: Assembled) -> None:
    """A second node's record came later: the newer disclosure replaces the older one, no sum does."""
    early, late = assembled([segment(1)]), assembled([segment(1), segment(2, host_ref=HOST_B)])
    with pytest.raises(InvalidInputError, match=r"from [12] and [12] records, of which both have 1;"):
        merged(early, late)
    apart = assembled([segment(2, host_ref=HOST_B)])
    with pytest.raises(InvalidInputError, match=r"from 1 and 1 records, of which both have none; assemble all"):
        merged(early, apart)


def test_a_result_taken_over_gives_way_and_edges_lead_to_the_execution_itself(
    segment: Maker, assembled: Assembled
) -> None:
    """Yesterday prepared the data, today trained on what was restored."""
    prepare, train = segment(1, stage="prepare"), segment(2, from_s=20, until_s=30)
    lineage = Lineage((StageLineage("prepare", cached=True), StageLineage("train", depends_on=("prepare",))))
    yesterday, today = assembled([prepare]), assembled([prepare, train], lineage=lineage)
    found = merged(yesterday, today).disclosure
    assert [(stage.id, stage.name, stage.status, stage.depends_on) for stage in found.stages] == [
        ("s1", "prepare", "completed", None),
        ("s2", "train", "completed", ("s1",)),
    ]
    assert found.totals.new == found.totals.including_reused
    assert found.totals == assembled([prepare, train]).totals


def test_what_replaced_a_failed_attempt_is_not_what_began_before_it(segment: Maker, assembled: Assembled) -> None:
    """A retry failed, and the result of an earlier execution was taken instead: that one stands where it began."""
    first, retry = segment(1), segment(2, attempt=2, from_s=20, until_s=30, status="failed")
    alone, both = assembled([retry]), assembled([first, retry])
    (taken_over,) = assembled([first], lineage=Lineage((StageLineage("train", cached=True),))).stages
    stages = (
        alone.stages[0].model_copy(update={"superseded_by": "s2"}),
        taken_over.model_copy(update={"id": "s2"}),
    )
    totals = alone.totals.model_copy(update={"including_reused": both.totals.new})
    today = alone.model_copy(update={"stages": stages, "totals": totals})
    found = merged(assembled([first]), today).disclosure
    assert [(stage.status, stage.superseded_by) for stage in found.stages] == [("completed", None), ("failed", None)]


def test_a_result_that_two_took_over_counts_once(segment: Maker, assembled: Assembled) -> None:
    """Two pipelines trained on the same restored data."""
    prepare = segment(1, stage="prepare")
    trains = [segment(2, from_s=20, until_s=30), segment(3, from_s=40, until_s=50, group=GROUP_B)]
    lineage = Lineage((StageLineage("prepare", cached=True), StageLineage("train", depends_on=("prepare",))))
    found = merged(*(assembled([prepare, train], lineage=lineage) for train in trains)).disclosure
    assert [stage.status for stage in found.stages] == ["cached", "completed", "completed"]
    assert found.totals.including_reused.energy_it == assembled([prepare, *trains]).totals.new.energy_it


def test_what_another_disclosure_lists_as_lying_inside_gives_way(segment: Maker, assembled: Assembled) -> None:
    """An inner recorder's stage, disclosed alone, is energy that the outer one counts."""
    outer = segment(1)
    inner = segment(2, stage="fit", within=outer.execution_id, from_s=2, until_s=8)
    whole = assembled([outer, inner])
    found = merged(whole, assembled([inner])).disclosure
    assert [stage.name for stage in found.stages] == ["train"]
    assert found.totals == whole.totals
    assert found.gaps == ()


def test_an_inner_part_is_not_added_to_what_may_hold_it(segment: Maker, assembled: Assembled) -> None:
    """Its disclosure says that another record counts the same energy, and here may be that record."""
    outer = segment(1)
    inner = segment(2, stage="fit", within=outer.execution_id, from_s=2, until_s=8)
    with pytest.raises(InvalidInputError, match=r"stage 'fit' of B.json is the inner part .* stage 'train' of A.json"):
        merged(assembled([outer]), assembled([inner]))
    later = segment(3, stage="evaluate", from_s=20, until_s=30)
    assert len(merged(assembled([later]), assembled([inner])).disclosure.stages) == 2


def test_one_host_at_one_time_is_not_told_in_two_ways(segment: Maker, assembled: Assembled) -> None:
    """Its counters would be two things, and what both claim of them could not be seen."""
    one, other = assembled([segment(1)]), assembled([segment(2, stage="evaluate", group=GROUP_B, place=FRANCE)])
    with pytest.raises(InvalidInputError, match=r"at the same time on the host 0123456789ab"):
        merged(one, other)
    later = assembled([segment(2, stage="evaluate", from_s=20, until_s=30, place=FRANCE)])
    assert len(merged(one, later).disclosure.locations) == 2


def test_grid_factors_of_another_kind_are_refused(segment: Maker, assembled: Assembled) -> None:
    """Lifecycle and direct emissions have no sum."""
    swiss = Place((Evidence("setting", "high", country="US", subdivision="US-CA"),), pue=1.1)
    one = assembled([segment(1, place=swiss)])
    other = assembled(
        [segment(2, stage="evaluate", from_s=20, until_s=30, place=swiss)], factors=Factors(edition(), "direct")
    )
    with pytest.raises(InvalidInputError, match=r"lifecycle, average ones and those of B.json direct, average ones"):
        merged(one, other)


def test_ranges_of_another_coverage_are_refused(pair: tuple[Disclosure, Disclosure]) -> None:
    """Their ends cannot stand beside one another."""
    other = pair[1].model_dump_json(by_alias=True, exclude_none=True).replace('"coverage":0.9', '"coverage":0.95')
    told = Source("B.json", Disclosure.model_validate_json(other), digest(json.loads(other)))
    with pytest.raises(InvalidInputError, match=r"0.9 and those of B.json in 0.95"):
        merge([source(pair[0]), told], created="2026-11-21T12:00:00Z")


def test_what_was_withdrawn_or_replaced_is_refused(pair: tuple[Disclosure, Disclosure]) -> None:
    """Its publisher does not stand by it any more."""
    gone = titled(pair[0], status="withdrawn", note="The counters were wrong.")
    with pytest.raises(InvalidInputError, match=r"A.json: is withdrawn"):
        merged(gone, pair[1])
    newer = titled(pair[1], supersedes=(pair[0].document.id,))
    with pytest.raises(InvalidInputError, match=r"A.json: is replaced by B.json"):
        merged(pair[0], newer)


def test_what_is_made_from_a_replaced_one_is_refused(
    pair: tuple[Disclosure, Disclosure], segment: Maker, assembled: Assembled
) -> None:
    """The merged one holds the numbers that were corrected; a correction itself may name what it is made from."""
    older = merged(*pair).disclosure
    correction = assembled([segment(4, stage="export", from_s=60, until_s=70)])
    newer = titled(correction, supersedes=(pair[0].document.id,))
    with pytest.raises(InvalidInputError, match=r"A.json: is made from urn:uuid:\S+, which is replaced by B.json"):
        merged(older, newer)
    origin = doc.Origin(id=pair[0].document.id, digest=source(pair[0]).digest)
    assert len(merged(titled(newer, derived_from=(origin,)), pair[1]).disclosure.stages) == 2


def test_market_based_emissions_that_one_tells_are_kept(pair: tuple[Disclosure, Disclosure]) -> None:
    """Of an execution that another tells at greater length; where it cannot be told, the reason is true."""
    (stage,) = pair[0].stages
    assert stage.emissions
    told = doc.MarketEmissions(method="not_available", reason="no contract is known")
    market = stage.model_copy(update={"emissions": stage.emissions.model_copy(update={"operational_market": told})})
    one = titled(pair[0].model_copy(update={"stages": (market,)}), id="urn:uuid:00000000-0000-4000-8000-0000000000ff")
    longer = stage.model_copy(update={"inputs": FILES, "outputs": FILES})
    found = merged(one, pair[0].model_copy(update={"stages": (longer,)})).disclosure
    assert found.stages[0].inputs
    assert found.stages[0].emissions
    assert found.stages[0].emissions.operational_market == told
    assert found.totals.new.operational_market
    assert found.totals.new.operational_market.reason == told.reason


def test_two_documents_of_one_id_are_refused_unless_only_attested(pair: tuple[Disclosure, Disclosure]) -> None:
    """A signature changes no number, nor does making it again; anything else is another document."""
    again = titled(pair[0], created="2026-11-21T11:00:00Z")
    assert len(merged(*pair, again).disclosure.document.derived_from or ()) == 2
    said = doc.Attestation(type="self", by="Example", date="2026-11-21", statement="We looked.")
    attested = source(pair[0], "signed.json", attestations=(said,))
    origins = merged(source(pair[0]), attested, source(pair[1], "B.json")).disclosure.document.derived_from or ()
    assert attested.digest in {each.digest for each in origins}
    assert len(origins) == 2
    with pytest.raises(InvalidInputError, match=r"[AB].json and [AB].json differ, and both carry the id urn:uuid:"):
        merge([source(pair[0]), source(titled(pair[0], title="Another"), "B.json")], created="2026-11-21T12:00:00Z")


def test_merged_again_it_still_counts_everything_once(segment: Maker, assembled: Assembled) -> None:
    """The merged one with one that it holds and one that is new."""
    segments = [segment(n, stage=f"stage {n}", from_s=20 * n, until_s=20 * n + 10) for n in (1, 2, 3)]
    one, two, three = (assembled([each]) for each in segments)
    first = merged(one, two).disclosure
    found = merged(source(first, "A.json"), source(one, "B.json"), source(three, "C.json")).disclosure
    assert found.totals == merged(one, two, three).disclosure.totals == assembled(segments).totals


def test_what_no_stage_uses_any_more_is_no_factor_of_the_merged(segment: Maker, assembled: Assembled) -> None:
    """An entry that gave way named a factor that only it used."""
    prepare = segment(1, stage="prepare")
    lineage = Lineage((StageLineage("prepare", cached=True),))
    ran, taken_over = assembled([prepare]), assembled([prepare], lineage=lineage)
    read = taken_over.model_dump_json(by_alias=True, exclude_none=True).replace('"Sweden"', '"SE"')
    other = Source("B.json", Disclosure.model_validate_json(read), digest(json.loads(read)))
    found = merged(source(ran), other).disclosure
    assert [factor.name for factor in found.factors if factor.kind == "grid_intensity"] == ["Sweden"]
