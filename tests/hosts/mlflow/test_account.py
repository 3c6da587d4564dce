"""What segments come to in the forms that MLflow takes: figures, words and points of power."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

import pytest
from tests.disclosure.conftest import a_segment

from joulecard.errors import InvalidInputError
from joulecard.hosts.mlflow.account import account, power_points
from joulecard.settings import Settings
from joulecard.surroundings.place import Place

PLAIN = a_segment()
RUN = PLAIN.group


def test_figures_are_those_of_the_disclosure() -> None:
    """IT energy in Wh, emissions in g, seconds recorded; the digest is that of the bytes."""
    found = account(RUN, [PLAIN], Settings())
    total = found.document["totals"]["new"]
    assert found.metrics["carbon/energy_wh"] == pytest.approx(1000 * total["energy_it"]["value"])
    assert found.metrics["carbon/co2e_g"] == pytest.approx(total["operational_location"]["value"])
    assert found.metrics["carbon/duration_s"] == 10.0
    assert found.tags["carbon.disclosure"] == f"sha256:{hashlib.sha256(found.data).hexdigest()}"
    assert (found.tags["carbon.place"], found.tags["carbon.status"]) == ("Sweden", "completed")
    assert found.verdict.violations == ()


def test_what_a_unit_of_work_cost() -> None:
    """Wh and g for one of each unit that the program counted, over all parts of the run."""
    parts = [
        replace(PLAIN, work_done=(("token", 4000.0),)),
        a_segment(2, from_s=20, until_s=30, work_done=(("token", 1000.0),)),
    ]
    found = account(RUN, parts, Settings()).metrics
    assert found["carbon/energy_wh_per_token"] == pytest.approx(found["carbon/energy_wh"] / 5000)
    assert found["carbon/co2e_g_per_token"] == pytest.approx(found["carbon/co2e_g"] / 5000)
    assert len(found) == 5


def test_a_unit_that_was_never_done_has_no_cost() -> None:
    """None is not divided by."""
    found = account(RUN, [replace(PLAIN, work_done=(("token", 0.0),))], Settings()).metrics
    assert found.keys() == {"carbon/energy_wh", "carbon/co2e_g", "carbon/duration_s"}


def test_what_is_unknown_is_left_out_and_said() -> None:
    """No energy seen: no metric, and the tag gives the reason."""
    unseen = replace(PLAIN.activity, coverage=0.0)
    found = account(RUN, [replace(PLAIN, energy=(), series=None, activity=unseen, coverage=0.0)], Settings())
    assert found.metrics.keys() == {"carbon/duration_s"}
    assert found.tags["carbon.energy"].startswith("not available: ")
    assert found.tags["carbon.method"] == "not available"


def test_an_unknown_place_is_named_as_such() -> None:
    """The grid of the world is no place."""
    assert account(RUN, [a_segment(place=Place(()))], Settings()).tags["carbon.place"] == "unknown: world average"
    with pytest.raises(InvalidInputError):
        account(RUN, [a_segment(place=Place(()))], Settings(strict=True))


def test_power_over_time_is_the_energy_over_time() -> None:
    """Each point is the mean power of its bin, a last bin that is cut short included; together they are the total."""
    segment = a_segment(until_s=9, series=PLAIN.series)
    found = account(RUN, [segment], Settings())
    points = power_points(found, [segment])
    assert [point.since_start_s for point in points] == [0, 2, 4, 6, 8]
    assert points[1].time_ms - points[0].time_ms == 2000
    seconds = [2, 2, 2, 2, 1]
    energy_j = math.fsum(point.power_w * length for point, length in zip(points, seconds, strict=True))
    assert energy_j == pytest.approx(3600 * found.metrics["carbon/energy_wh"])


def test_points_are_those_of_the_segments_that_are_sent() -> None:
    """A resumed run tells the power of its last part alone: that of the first is in the run already."""
    later = a_segment(2, from_s=100, until_s=110)
    found = account(RUN, [PLAIN, later], Settings())
    points = power_points(found, [later])
    assert points
    assert all(point.time_ms >= power_points(found, [PLAIN])[-1].time_ms for point in points)
    assert math.fsum(segment.monotonic_s for segment in found.segments) == found.metrics["carbon/duration_s"]


def test_a_part_that_begins_in_a_bin_of_the_part_before_has_a_point_of_its_own() -> None:
    """Its point stands where it begins, and its power is that of the bin: not both energies over one part's time."""
    first = a_segment(until_s=9, series=PLAIN.series)
    later = a_segment(2, from_s=9, until_s=19)
    found = account(RUN, [first, later], Settings())
    before, after = power_points(found, [first])[-1], power_points(found, [later])[0]
    assert after.time_ms - before.time_ms == 1000
    assert after.power_w == pytest.approx(before.power_w)
