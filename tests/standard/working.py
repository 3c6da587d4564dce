"""Documents of stages that counted their work, and of parts of stages that were recorded by themselves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tests.standard.authoring import Amount, Json
from tests.standard.change import GONE, broken
from tests.standard.executions import at, name_uuid
from tests.standard.plain import document, drawn, grams, grid, kwh, line, measured, stage, sums
from tests.standard.stages import Execution, Host, Watch, disclosure

if TYPE_CHECKING:
    from collections.abc import Callable

S = "/stages/0"
PARTS, WORK = f"{S}/parts", f"{S}/work_done"
WIDTH = f"{WORK}/0/energy_it/interval"
DECLARED: Json = {"lower": 1e-9, "upper": 1.0, "coverage": 0.9, "kind": "declared"}


def _part(name: str, hours: tuple[float, float], energy: Json, **more: Any) -> Json:
    """A part of a stage, from one hour to another."""
    start, end = (hour * 3600.0 for hour in hours)
    span = {"start": at(start), "end": at(end), "monotonic_s": end - start}
    return {"name": name, "execution_id": name_uuid(f"part {name}"), **span, "energy_it": energy, **more}


def per_request() -> Json:
    """120000 requests for 0.6 kWh, most of it in two parts, of which one holds a third."""
    named: Json = {"factor_refs": ["grid"]}
    location = grams(30.0, **named, lines=[line(0.6, "grid", "it")])
    requests = {"name": "request", "count": 120000, "energy_it": kwh(0.000005), "operational_location": grams(0.00025)}
    peak = {"name": "request", "count": 80000, "energy_it": kwh(0.00000375)}
    load = {"name": "request", "count": 100000, "energy_it": kwh(0.000004)}
    parts = [
        _part("warm-up", (0, 0.5), kwh(0.125)),
        _part("load", (0.5, 2), kwh(0.4), work_done=[load]),
        _part("peak", (1, 1.5), kwh(0.3), part_of=name_uuid("part load"), work_done=[peak]),
    ]
    inside = {"work_done": [requests], "parts": parts, "unattributed": kwh(0.075)}
    unit = {"id": "request", "name": "request", "quantity": 120000, "unit": "request"}
    rates = [{"functional_unit_ref": "request", "energy_it": kwh(0.000005), "operational_location": grams(0.00025)}]
    return document(
        "by-hand-per-request",
        (0, 2),
        [stage("serve", (0, 2), drawn(kwh(0.6), [measured("cpu", 0.6)]), location, phase="inference", **inside)],
        sums(kwh(0.6), grams(30.0, **named)),
        factors=[grid("grid", 50.0)],
        functional_units=[unit],
        totals={"per_functional_unit": rates},
    )


def _over(amount: Amount, count: float) -> Json:
    """A quantity divided by a count, as the standard writes it."""
    return _share(amount, 1 / count).document()


def _less(whole: Amount, parts: list[Amount]) -> Json:
    """What parts leave of a quantity."""
    adds = {name: amount - math.fsum(part.adds[name] for part in parts) for name, amount in whole.adds.items()}
    values = whole.value - math.fsum(part.value for part in parts)
    left = whole.measured - math.fsum(part.measured for part in parts)
    return Amount(values, whole.unit, whole.method, left, adds).document()


def _share(whole: Amount, share: float) -> Amount:
    adds = {name: amount * share for name, amount in whole.adds.items()}
    return Amount(whole.value * share, whole.unit, whole.method, whole.measured * share, adds)


def epochs() -> Json:
    """A training of two epochs, one of them with its evaluation, each a recorder inside that of the stage."""
    train = Execution("train", "training", [Watch(Host(1), 0, 600, 0.02)])
    spans = {"epoch 1": (10.0, 250.0, 0.4), "evaluation": (200.0, 250.0, 0.1), "epoch 2": (250.0, 560.0, 0.5)}
    seen, parts, energies = train.segments()[0], [], []
    for number, (name, (start, end, share)) in enumerate(spans.items(), 2):
        energy = _share(train.it, share)
        span = {"start": at(start), "end": at(end), "monotonic_s": end - start}
        ids = {"id": name_uuid(name), "execution_id": name_uuid(f"part {name}"), "within": name_uuid(train.id)}
        kept = {key: seen[key] for key in ("host_ref", "status", "clock_step_s", "coverage")}
        digest = "sha256:" + f"{number:02d}" * 32
        train.more.setdefault("segments", [seen]).append({**kept, **ids, **span, "scope": "process", "digest": digest})
        work = {"name": "image", "count": 30000.0 * share, "energy_it": _over(energy, 30000.0 * share)}
        part = {"name": name.partition(" ")[0], "execution_id": ids["execution_id"], **span}
        inner = {"part_of": name_uuid("part epoch 1")} if name == "evaluation" else {"work_done": [work]}
        parts.append({**part, "energy_it": energy.document(), **inner})
        energies += [energy] if name != "evaluation" else []
    images = {"energy_it": _over(train.it, 27000.0), "operational_location": _over(train.location, 27000.0)}
    steps = {"name": "step", "count": 900.0}
    train.more |= {"work_done": [{"name": "image", "count": 27000.0, **images}, steps], "parts": parts}
    return disclosure("epochs", [_with_rest(train, energies)])


def _with_rest(train: Execution, energies: list[Amount]) -> Execution:
    train.more["unattributed"] = _less(train.it, energies)
    return train


def unseen_part() -> Json:
    """A part in which nothing saw any energy: what it drew is in `unattributed`."""
    made = per_request()
    made["stages"][0]["parts"][0]["energy_it"] = UNKNOWN
    made["stages"][0]["unattributed"] = kwh(0.2)
    return made


UNKNOWN: Json = {"unit": "kWh", "method": "not_available", "reason": "nothing was seen of it"}
WORKING: dict[str, Callable[[], Any]] = {
    "by-hand-per-request": per_request,
    "epochs": epochs,
    "unseen-part": unseen_part,
}
ELSEWHERE = name_uuid("elsewhere")


def _of(number: int) -> str:
    """The execution of a part of the stage with epochs."""
    execution: str = epochs()["stages"][0]["parts"][number]["execution_id"]
    return execution


RING: Json = {
    f"{PARTS}/1/part_of": name_uuid("part peak"),
    f"{PARTS}/1/energy_it/value": 0.3,
    f"{S}/unattributed/value": 0.475,
    f"{PARTS}/1/work_done": GONE,
    f"{PARTS}/2/work_done": GONE,
}

INSIDE = (
    broken("R01-t44-fail-part-of-nothing", per_request, {f"{PARTS}/2/part_of": ELSEWHERE}),
    broken("R01-t45-fail-parts-in-a-ring", per_request, RING),
    broken("R01-t46-fail-part-in-itself", per_request, {f"{PARTS}/2/part_of": name_uuid("part peak")}),
    broken("R01-t47-fail-part-twice", per_request, {f"{PARTS}/2/execution_id": name_uuid("part warm-up")}),
    broken("R01-t48-fail-work-twice", epochs, {f"{WORK}/1/name": "image"}),
    broken("R01-t49-fail-part-that-no-segment-saw", epochs, {f"{PARTS}/2/execution_id": ELSEWHERE}),
    broken("R02-t81-fail-part-before-its-stage", per_request, {f"{PARTS}/0/start": at(-1)}),
    broken("R02-t82-fail-part-after-its-stage", per_request, {f"{PARTS}/1/end": at(7201)}),
    broken("R02-t83-fail-part-ends-before-it-starts", per_request, {f"{PARTS}/2/end": at(3599)}),
    broken("R02-t84-fail-part-starts-before-its-segment", epochs, {f"{PARTS}/0/start": at(9)}),
    broken("R02-t85-fail-part-longer-than-its-segment", epochs, {f"{PARTS}/0/monotonic_s": 241.0}),
    broken("R03-t95-fail-unattributed", per_request, {f"{S}/unattributed/value": 0.375}),
    broken("R03-t96-fail-unattributed-left-out", per_request, {f"{S}/unattributed": GONE}, S),
    broken(
        "R03-t97-fail-unattributed-unknown", per_request, {f"{S}/unattributed": UNKNOWN}, f"{S}/unattributed/method"
    ),
    broken(
        "R03-t98-fail-parts-of-a-part-drew-more",
        per_request,
        {f"{PARTS}/2/energy_it/value": 0.48, f"{PARTS}/2/work_done/0/energy_it/value": 0.000006},
        f"{PARTS}/1/energy_it/value",
    ),
    broken(
        "R03-t99-fail-part-of-an-unknown-one",
        per_request,
        {f"{PARTS}/1/energy_it": UNKNOWN, f"{PARTS}/1/work_done/0/energy_it": GONE, f"{S}/unattributed/value": 0.475},
        f"{PARTS}/1/energy_it/method",
    ),
    broken("R06-t42-fail-unit-measured-of-a-modelled-stage", epochs, {f"{WORK}/0/energy_it/method": "measured"}),
    broken("R06-t43-fail-unit-of-another-range", epochs, {WIDTH: DECLARED}, f"{WIDTH}/lower"),
    broken("R06-t44-fail-unit-without-range", epochs, {WIDTH: GONE}, f"{WORK}/0/energy_it"),
    broken("R06-t45-fail-unit-with-a-range-of-its-own", per_request, {WIDTH: DECLARED}),
    broken("R06-t46-fail-unit-measured-in-part", epochs, {f"{WORK}/0/energy_it/measured_fraction": 0.5}),
    broken("R06-t47-fail-unattributed-of-another-method", epochs, {f"{S}/unattributed/method": "estimated"}),
    broken("R06-t48-fail-unattributed-measured-in-part", epochs, {f"{S}/unattributed/measured_fraction": 0.5}),
    broken("R07-t84-fail-energy-of-a-unit", per_request, {f"{WORK}/0/energy_it/value": 0.00005}),
    broken("R07-t85-fail-emissions-of-a-unit", per_request, {f"{WORK}/0/operational_location/value": 0.25}),
    broken(
        "R07-t86-fail-energy-of-a-unit-of-a-part", per_request, {f"{PARTS}/1/work_done/0/energy_it/value": 0.000005}
    ),
    broken(
        "R07-t87-fail-emissions-of-a-part", per_request, {f"{PARTS}/1/work_done/0/operational_location": grams(0.0002)}
    ),
    broken(
        "R07-t88-fail-unit-unknown-beside-a-known-stage",
        per_request,
        {f"{WORK}/0/energy_it": UNKNOWN},
        f"{WORK}/0/energy_it/method",
    ),
    broken(
        "R07-t89-fail-part-did-more-than-its-stage",
        per_request,
        {f"{PARTS}/1/work_done/0/count": 160000, f"{PARTS}/1/work_done/0/energy_it/value": 0.0000025},
        f"{WORK}/0/count",
    ),
    broken("schema-t285-fail-unattributed-without-parts", per_request, {PARTS: GONE}, S),
    broken("R07-t90-fail-work-of-a-part-left-out", per_request, {f"{PARTS}/2/work_done/0/name": "token"}, f"{PARTS}/1"),
)
