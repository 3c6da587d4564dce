"""More valid documents of the corpus: several hosts and places, counters alone, what was lost and what was moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.standard.stages import Execution, Host, Watch, at, cached, disclosure, name_uuid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.standard.authoring import Json

SWEDEN = Host(1)
BLIND_HOST = Host(2)
LOST = "no record of the execution behind this result is left"


def without(item: Json, *names: str) -> Json:
    """The same object without some members."""
    return {key: value for key, value in item.items() if key not in names}


def several_hosts() -> Json:
    """One execution on four hosts: two PUEs, and two factors that happen to be equal; then a retry of another."""
    hosts = [SWEDEN, Host(2, grid="f-swe-2024"), Host(3, pue="f-pue-2"), Host(4, "FR", "f-fra", "f-pue-2")]
    watches = [Watch(host, host.number, 600 + host.number, 0.005 * host.number) for host in hosts]
    failed = Execution("evaluate", "validation", [Watch(SWEDEN, 700, 730, 0.001)], status="failed")
    again = Execution("evaluate", "validation", [Watch(hosts[3], 740, 800)], attempt=2)
    return disclosure("several-hosts", [Execution("train", "training", watches), failed, again])


def counters_alone() -> Json:
    """CPU and memory of two sockets by counters: nothing is modelled but what is multiplied."""
    train = Execution("train", "training", [Watch(SWEDEN, 0, 600, 0.02, dram_kwh=0.003)])
    evaluate = Execution("evaluate", "validation", [Watch(SWEDEN, 600, 700, 0.002, dram_kwh=0.0004)], ("s-train",))
    evaluate.more["series"] = evaluate.series(7.0)
    document = disclosure("counters-alone", [train, evaluate])
    document["resources"][0] |= {"count": 2, "sockets": 2}
    return document


def direct() -> Json:
    """Factors of combustion alone, for two subdivisions, as the profile says."""
    west = Host(1, "US", "f-us-ca", None), Host(2, "US", "f-us-wa", None)
    document = disclosure("direct", [Execution("train", "training", [Watch(host, 0, 600, 0.02) for host in west])])
    document["generator"]["profile"] = "direct"
    return document


def profile_fallback() -> Json:
    """Direct factors were wanted, and one place has none: all are of the life cycle, and an assumption says so."""
    document = disclosure("fallback", [Execution("train", "training", [Watch(SWEDEN, 0, 600, 0.02)])])
    document["generator"]["profile"] = "direct"
    told = "No direct factor is known for SE, so all places have factors of the life cycle"
    document["assumptions"].append({"id": "profile-fallback", "statement": told, "default": True})
    document["assumptions"].append(
        {"id": "a2", "statement": "PUE", "value": 1.2, "unit": "1", "default": False, "factor_ref": "f-pue"}
    )
    return document


def interrupted() -> Json:
    """A stage whose recorder died on one of two hosts, and which was seen for half of the time there."""
    watches = [
        Watch(SWEDEN, 0, 600, 0.02),
        Watch(BLIND_HOST, 0, 400, 0.01, status="interrupted", coverage=0.5),
    ]
    train = Execution("train", "training", watches, status="interrupted")
    train.watches[0].status = "completed"
    document = disclosure("interrupted", [train])
    lost = document["stages"][0]["segments"][1]["id"]
    document["gaps"] = [{"what": "rapl:package-0", "reason": "died", "seconds": 200.0, "segment_ref": lost}]
    return document


def blind_host() -> Json:
    """One of two hosts saw nothing: no energy of it, a gap, and a reason on the sum."""
    document = disclosure("blind", [Execution("train", "training", [Watch(SWEDEN, 0, 600, 0.02)])])
    stage, reason = document["stages"][0], "without 1 of 2 segments, in which nothing saw the energy"
    seen = without(stage["segments"][0], "energy_it_kwh", "factor_ref", "pue_ref")
    blind = {**seen, "id": name_uuid("blind"), "host_ref": BLIND_HOST.ref, "coverage": 0.0}
    stage["segments"].append({**blind, "digest": "sha256:" + "ef" * 32})
    stage["time"]["monotonic_s"] = 1200.0
    for quantity in (*list(stage["energy"].values())[:2], stage["emissions"]["operational_location"]):
        quantity["reason"] = reason
    document["boundary"] |= {"nodes_seen": 2, "coverage_fraction": 0.5}
    gap = {"what": "cpu", "reason": "no counter", "stage_ref": stage["id"], "segment_ref": blind["id"]}
    document["gaps"] = [gap]
    return document


def clock_set_back() -> Json:
    """The wall clock was set back by more than the stage lasted: it ends before it starts, and a gap says why."""
    train = Execution("train", "training", [Watch(SWEDEN, 50, 20, 0.0003, step_s=-40.0)])
    document = disclosure("clock-set-back", [train])
    document["stages"][0]["time"]["wall_s"] = 0.0
    document["gaps"] = [{"what": "clock", "reason": "the clock was set back", "stage_ref": "s-train"}]
    return document


def short() -> Json:
    """Stages of a fraction of a second and of ten seconds, each with a series of one step."""
    brief = Execution("prepare", "data-preparation", [Watch(SWEDEN, 0, 0.25, 1e-7)])
    brief.more["series"] = brief.series(1.0)
    longer = Execution("train", "training", [Watch(SWEDEN, 1, 11, 1e-5)])
    longer.more["series"] = longer.series(10.0)
    hour = Execution("evaluate", "validation", [Watch(SWEDEN, 20, 40, 1e-5)])
    hour.more["series"] = {**hour.series(3600.0), "start": at(0)}
    return disclosure("short", [brief, longer, hour])


def record_lost() -> Json:
    """A cached stage of whose earlier execution nothing is known: the sums that include it say what they leave out."""
    earlier = Execution("prepare", "data-preparation", [Watch(SWEDEN, -7200, -7000, 0.004)])
    document = disclosure("record-lost", [Execution("train", "training", [Watch(SWEDEN, 0, 600, 0.02)])])
    stage = cached(earlier, "prepare")
    none = {"method": "not_available", "reason": LOST}
    energy = {name: {"unit": "kWh", **none} for name in ("it_total", "facility_total")}
    stage["reused_from"] = {"energy": energy, "emissions": {"operational_location": {"unit": "g", **none}}}
    document["stages"].insert(0, stage)
    for name, quantity in document["totals"]["including_reused"].items():
        if name in {"energy_it", "energy_facility", "operational_location"}:
            quantity["reason"] = f"prepare: {LOST}"
    return document


def reused_without_pue() -> Json:
    """A stage with a PUE that ran, beside a cached one whose earlier execution had none: facility is what ran."""
    earlier = Execution("prepare", "data-preparation", [Watch(Host(1, pue=None), -7200, -7000, 0.004)])
    train = Execution("train", "training", [Watch(SWEDEN, 0, 600, 0.02)])
    return disclosure("reused-without-pue", [train], [(cached(earlier, "prepare"), earlier)])


def side_by_side() -> Json:
    """Two stages that share a host for ten minutes, each with its share of what the counter saw."""
    watches = [Watch(SWEDEN, 0, 600, 0.02), Watch(SWEDEN, 5, 590, 0.01)]
    one, other = (Execution(name, "training", [watch]) for name, watch in zip(("a", "b"), watches, strict=True))
    return disclosure("side-by-side", [one, other])


RICHER: dict[str, Callable[[], Any]] = {
    "several-hosts": several_hosts,
    "counters-alone": counters_alone,
    "direct": direct,
    "profile-fallback": profile_fallback,
    "interrupted": interrupted,
    "blind-host": blind_host,
    "clock-set-back": clock_set_back,
    "short": short,
    "record-lost": record_lost,
    "reused-without-pue": reused_without_pue,
    "side-by-side": side_by_side,
}
