"""Documents in which two stages claim the same energy of a node or a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.standard.executions import Execution, Host, Watch
from tests.standard.plain import document, drawn, grams, grid, hardware, kwh, line, measured, stage, sums
from tests.standard.stages import disclosure

if TYPE_CHECKING:
    from tests.standard.authoring import Json

SWEDEN = Host(1)


def _claims(first: Watch, second: Watch) -> Json:
    """Two stages on one counter."""
    executions = [Execution(name, "training", [watch]) for name, watch in (("a", first), ("b", second))]
    return disclosure("claims", executions)


def whole_node_twice() -> Json:
    """Two stages in overlapping time that each take all that the counter saw."""
    return _claims(Watch(SWEDEN, 0, 600, 0.02, node_share=1.0), Watch(SWEDEN, 300, 900, 0.02, node_share=1.0))


def more_than_the_node() -> Json:
    """A stage in the time of another, together more than the counter saw in that time."""
    return _claims(Watch(SWEDEN, 0, 600, 0.02, node_share=0.8), Watch(SWEDEN, 100, 300, 0.006, node_share=0.9))


def gpu_twice() -> Json:
    """Two stages at the same time that each count all of one GPU."""
    return _on_one_gpu("gpu-twice", (0, 2), (1, 3))


def gpu_in_turn() -> Json:
    """Two stages, one after the other, that each count all of one GPU."""
    return _on_one_gpu("gpu-in-turn", (0, 2), (2, 4))


def _on_one_gpu(name: str, *spans: tuple[float, float]) -> Json:
    """Two stages on one device."""
    shared: Json = {"factor_refs": ["grid"]}
    stages = [
        stage(
            f"s{index}",
            hours,
            drawn(kwh(1.0), [measured("gpu", 1.0, "gpu", "nvml")]),
            grams(100.0, **shared, lines=[line(1.0, "grid", "it")]),
        )
        for index, hours in enumerate(spans)
    ]
    device = hardware("gpu", "gpu", device_ref="abcdefabcdef")
    new, factors = sums(kwh(2.0), grams(200.0, **shared)), [grid("grid", 100.0)]
    return document(name, (spans[0][0], spans[1][1]), stages, new, resources=[device], factors=factors)
