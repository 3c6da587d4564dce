"""What merged numbers cover and what they do not: boundary, assumptions, gaps, subject, extensions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.disclosure.merging import GROUP_B, HOST_B, bounded, merged, source, titled

from joulecard.capture.segment import Gap, Segment
from joulecard.disclosure import document as doc
from joulecard.disclosure.document import Disclosure
from joulecard.disclosure.lineage import Lineage, StageLineage
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Segment]
    Assembled = Callable[..., Disclosure]

NO_PUE = Place((Evidence("setting", "high", country="SE"),))


def test_facility_energy_reaches_as_far_as_all_of_it_is_known(segment: Maker, assembled: Assembled) -> None:
    """Cooling is then outside, and both sentences say so."""
    one = assembled([segment(1)])
    other = assembled([segment(2, stage="evaluate", host_ref=HOST_B, from_s=20, until_s=30, place=NO_PUE)])
    found = merged(one, other).disclosure
    assert found.totals.new.energy_facility.value is None
    assert found.boundary.scope_level == "node"
    assert "cooling" not in (found.boundary.equipment_included or ())
    assert "cooling" in {item.part for item in found.boundary.exclusions}
    silent = [bounded(each, equipment_included=None, exclusions=()) for each in (one, other)]
    assert [item.part for item in merged(*silent).disclosure.boundary.exclusions] == ["cooling"]


def test_what_only_one_leaves_out_is_said_of_that_one(pair: tuple[Disclosure, Disclosure]) -> None:
    """The part is inside for the other: the boundary does not contradict itself."""
    without = doc.Exclusion(part="runs", what="a search of learning rates", reason="not recorded")
    one = bounded(pair[0], exclusions=(*pair[0].boundary.exclusions, without))
    found = merged(one, bounded(pair[1], runs_counted="all")).disclosure
    assert found.boundary.runs_counted == "all"
    (item,) = (item for item in found.boundary.exclusions if item.what == without.what)
    assert item.part is None
    assert pair[0].document.id in item.reason


def test_nodes_that_each_misses_are_missed_together(segment: Maker, assembled: Assembled) -> None:
    """Two jobs of two nodes, of each one record: two of four were seen; a part of a job misses no more than the job."""
    two = (("nodes_expected", "2"),)
    one = assembled([segment(1, refs=two)])
    other = assembled([segment(2, stage="evaluate", host_ref=HOST_B, group=GROUP_B, refs=two)])
    found = merged(one, other).disclosure
    assert (found.boundary.nodes_seen, found.boundary.nodes_expected) == (2, 4)
    assert [gap.reason for gap in found.gaps if gap.what == "node"] == ["records of 2 of 4 nodes are here"]
    both = assembled([segment(1, refs=two), segment(3, stage="evaluate", from_s=20, until_s=30)])
    again = merged(one, both).disclosure.boundary
    assert (again.nodes_seen, again.nodes_expected) == (1, 2)


def test_an_assumption_names_its_stages_once_it_does_not_touch_all(pair: tuple[Disclosure, Disclosure]) -> None:
    """What was taken for true of one pipeline is not said of the other."""
    own = doc.Assumption(id="a9", statement="The disk draws nothing", default=False)
    one = pair[0].model_copy(update={"assumptions": (*pair[0].assumptions, own)})
    (item,) = (item for item in merged(one, pair[1]).disclosure.assumptions if item.statement == own.statement)
    assert item.stage_refs == ("s1",)
    other = pair[1].model_copy(update={"assumptions": (*pair[1].assumptions, own)})
    (item,) = (item for item in merged(one, other).disclosure.assumptions if item.statement == own.statement)
    assert item.stage_refs is None


def test_gaps_are_kept_with_the_stages_they_are_of(segment: Maker, assembled: Assembled) -> None:
    """Under the new names."""
    gap = Gap("cpu", "the counter could not be read", seconds=2.0)
    noted = replace(segment(2, stage="evaluate", from_s=20, until_s=30), gaps=(gap,))
    found = merged(assembled([segment(1)]), assembled([noted])).disclosure
    assert [(each.what, each.stage_ref, each.segment_ref) for each in found.gaps] == [("cpu", "s1~2", noted.id)]


def test_what_one_disclosure_lacks_is_said_of_that_one(segment: Maker, assembled: Assembled) -> None:
    """The record of a stage that it misses may be one of another: no record "here" would be wrong of both."""
    lacking = Lineage((StageLineage("prepare"), StageLineage("train")))
    today = assembled([segment(1)], lineage=lacking)
    yesterday = assembled([segment(2, stage="prepare", group=GROUP_B, from_s=40, until_s=50)])
    (gap,) = merged(today, yesterday).disclosure.gaps
    assert gap.what == "stage:prepare"
    assert gap.reason.endswith(f"(this holds for what comes from {today.document.id})")
    tomorrow = assembled([segment(3, attempt=2, from_s=20, until_s=30)], lineage=lacking)
    assert [each.reason for each in merged(today, tomorrow).disclosure.gaps] == [each.reason for each in today.gaps]
    again = merged(merged(today, yesterday).disclosure, tomorrow).disclosure
    assert gap in again.gaps


def test_texts_stand_behind_one_another(pair: tuple[Disclosure, Disclosure]) -> None:
    """Equal ones once; what is longer than a text may be ends with dots."""

    def told(*texts: str) -> str | None:
        return merged(
            *(source(each, methodology=text) for each, text in zip(pair, texts, strict=True))
        ).disclosure.methodology

    assert told("Counters were read.", "Counters were read.") == "Counters were read."
    assert told("Counters were read.", "Nothing else.") == "Counters were read. Nothing else."
    assert (told("a" * 1500, "b" * 1500) or "").endswith("b...")


def test_extensions_that_only_python_holds_for_equal_are_two(pair: tuple[Disclosure, Disclosure]) -> None:
    """1 and true are not the same in JSON."""
    found = merged(
        *(source(each, extensions={"org.example": {"x": x}}) for each, x in zip(pair, (1, True), strict=True))
    )
    assert len(found.disclosure.extensions or {}) == 2


def test_extensions_of_one_name_stand_side_by_side(pair: tuple[Disclosure, Disclosure]) -> None:
    """Only their owner can read them, so equal ones stand once and others keep their content whole."""
    one = source(pair[0], extensions={"org.example": {"ticket": "A"}, "org.same": {"x": 1}})
    other = source(pair[1], "B.json", extensions={"org.example": {"ticket": "B"}, "org.same": {"x": 1}})
    assert merged(one, other).disclosure.extensions == {
        f"org.example.merged-{one.digest[7:15]}": {"ticket": "A"},
        "org.same": {"x": 1},
        f"org.example.merged-{other.digest[7:15]}": {"ticket": "B"},
    }


def test_one_subject_keeps_what_all_agree_on_and_several_are_named_together(
    pair: tuple[Disclosure, Disclosure],
) -> None:
    """A version of one pipeline is no version of two."""
    one = pair[0].model_copy(update={"subject": doc.Subject(type="pipeline", name="digits", version="1")})
    assert merged(one, pair[1]).disclosure.subject == doc.Subject(type="pipeline", name="digits", version="1")
    letters = pair[1].model_copy(update={"subject": doc.Subject(type="model", name="letters")})
    assert merged(one, letters).disclosure.subject == doc.Subject(type="pipeline", name="digits + letters")
    assert merged(one, letters, name="both").disclosure.subject.name == "both"


def test_no_wider_circle_reads_it_than_any_of_them(pair: tuple[Disclosure, Disclosure]) -> None:
    """What one keeps inside stays inside."""
    public, internal = titled(pair[0], audience="public"), titled(pair[1], audience="internal")
    assert merged(public, internal).disclosure.document.audience == "internal"
    assert merged(public, pair[1]).disclosure.document.audience is None
    assert merged(public, titled(pair[1], audience="public")).disclosure.document.audience == "public"
