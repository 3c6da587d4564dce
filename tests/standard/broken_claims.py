"""Documents whose numbers agree with one another and tell less than was drawn, or of fewer nodes (R03, R13)."""

from __future__ import annotations

from tests.standard import by_hand, stages
from tests.standard.change import GONE, broken, everywhere
from tests.standard.executions import Execution, Host, Watch
from tests.standard.plain import line

ONE, WATER = by_hand.one_stage, by_hand.water
S = "/stages/0"
EMITTED = f"{S}/emissions/operational_location"


def told_whole() -> object:
    """Two hosts, all that they saw told."""
    hosts = [Watch(Host(number), 0, 600, 0.02) for number in (1, 2)]
    return stages.disclosure("told", [Execution("train", "training", hosts)])


TOLD_LESS = (
    broken(
        "R03-t59-fail-emissions-of-it-energy-beside-a-pue",
        ONE,
        {f"{EMITTED}/lines/0": line(0.5, "grid", "it"), f"{EMITTED}/value": 25.0}
        | everywhere("operational_location/value", 25.0),
        f"{EMITTED}/lines/0/energy_basis",
    ),
    broken(
        "R03-t60-fail-site-water-of-facility-energy",
        WATER,
        {f"{S}/water/lines/0": line(12.0, "wue"), f"{S}/water/value": 57.6} | everywhere("water/value", 57.6),
        f"{S}/water/lines/0/energy_basis",
    ),
    broken(
        "R03-t61-fail-water-of-power-plants-without-cooling",
        WATER,
        {f"{S}/water/lines/1": line(10.0, "plants", "it"), f"{S}/water/value": 48.0} | everywhere("water/value", 48.0),
        f"{S}/water/lines/1/energy_basis",
    ),
    broken(
        "R13-t15-fail-nodes-expected-beside-fewer-hosts",
        told_whole,
        {"/boundary/nodes_expected": 64, "/boundary/nodes_seen": GONE},
    ),
    broken("R13-t16-fail-completed-with-exit-status-1", ONE, {f"{S}/exit_status": 1}, f"{S}/status"),
)
