"""Energy, power and time of a case, by the public methods."""

from __future__ import annotations

import math
import re

from tests.published.reading import Missing, Reading

from joulecard.accounting.methods import (
    flops,
    green_algorithms,
    implied,
    luccioni,
    patterson,
    per_inference,
    power_curves,
    rollup,
    sci,
    strubell,
    time_power,
)

DEVICES = r"(?:gpu|tpu|npu|cpu|chip|core|device|accelerator|processor|card|node|server|host|unit|machine|instance|vm)"
DEVICE_H = (
    rf"^(?:total_|training_|train_)?{DEVICES}s?_?h(?:(?:ou)?rs?)?$|^(?:[ahv][0-9]+|tpu_?v[0-9])_?h(?:(?:ou)?rs?)?$"
)
DURATION = (
    r"^(?:h|hours?|duration|days?|weeks?|months?|time|run_?time|wall\w*|t|elapsed)$",
    rf"^(?!.*(?:life|lifespan|{DEVICES}s?_?h)).*(?:hours|days|weeks|months|duration|runtime|time)",
)
COUNTS = (
    rf"^(?:n|num|number)_(?:of_)?{DEVICES}s?$|^{DEVICES}s?(?:_per_\w+)?$|^count$|^processors?$"
    r"|^(?:runs|repeats|trials|seeds|experiments|models|multiplier|users|clients)$"
)
POWER = (
    r"^avg_system_power",
    r"^(?:total_|mean_|average_|avg_)?power$",
    r"^(?:tdp|power|watts?|w)(?:_w)?$",
    r"^power_per_|^(?:gpu|chip|device|system|mean|avg|average|node|server|accelerator)_?(?:power|tdp|watts?)|_power$|_w$",
    r"power|tdp|watt",
)
ENERGY = (
    r"^(?:total_|server_|it_|facility_|measured_)?energy$",
    r"^(?:energy|electricity|consumption|kwh|mwh|e)(?:_(?!per|after|before)\w+)?$",
    r"energy",
)
UTILISATION = (
    r"^(?:(?:[cg]pu_)?utili[sz]ation|usage|load|load_factor|power_fraction|tdp_fraction|fraction_of_tdp|power_factor)$"
)
DONE = r"^(?:fraction|share|completed?|done|progress)$"
TIMES = "^(?:epochs|runs|repeats|trials|experiments)$"
PEAK_W = "tdp|nameplate|max|peak"
SUM = ("sum", "+", "total of")
CURVED = ("piecewise", "curve", "interpol", "spline")
LOAD = r"coefficient|load_factor|tdp_factor|power_factor"


def device_hours(reading: Reading) -> float:
    """Device-hours, stated or by phases, devices and hours."""
    return reading.best(
        lambda r: r.one("h", DEVICE_H),
        lambda r: time_power.device_hours([(math.prod(r.all("", COUNTS)), r.one("h", *DURATION))]),
        lambda r: time_power.device_hours([(1.0, r.one("h", *DURATION))]),
        _phases,
        _from_flop,
    )


def _phases(reading: Reading) -> float:
    """Phases are inputs that end in the same number: chips1, hours1, chips2, hours2."""
    ends = sorted({end[0] for given in reading.given if (end := re.search(r"[0-9]+$", given.name))})
    if not ends:
        raise Missing("phases")
    pairs = [
        (reading.one("", rf"{DEVICES}s?_?{end}$"), reading.one("h", rf"(?:hours|days|time)_?{end}$")) for end in ends
    ]
    return time_power.device_hours(pairs)


def _from_flop(reading: Reading) -> float:
    share = reading.maybe(1.0, "", r"utili[sz]ation|mfu|hfu|efficiency")
    return flops.device_hours(reading.one("FLOP"), reading.one("FLOP/h") / flops.SECONDS_PER_HOUR, share)


def run_hours(reading: Reading) -> float:
    """Run time in h from FLOP and devices, or from device-hours."""
    return reading.best(
        lambda r: flops.run_hours(r.one("FLOP"), r.product(COUNTS), r.one("FLOP/h") / flops.SECONDS_PER_HOUR,
                                  r.maybe(1.0, "", r"utili[sz]ation|mfu|hfu|efficiency")),
        lambda r: flops.device_hours(r.one("FLOP"), r.one("FLOP/h") / flops.SECONDS_PER_HOUR),
        lambda r: implied.device_hours(r.one("kWh", *ENERGY), r.one("W", *POWER), r.pue()),
        lambda r: rollup.per_part(r.one("h", DEVICE_H), r.product(COUNTS)),
    )  # fmt: skip


def power_w(reading: Reading) -> float:
    """Power in W of one device, or of the system where the case gives that."""
    return reading.best(
        lambda r: r.one("W", *POWER),
        lambda r: strubell.system_power_w(
            r.one("W", "cpu"), r.one("W", "dram|memory|ram"), r.one("", "gpu"), r.one("W", "gpu")
        ),
        lambda r: time_power.total_power_w(r.all("W", at_least=2)) if r.says(*SUM) else _none("sum of power"),
        lambda r: time_power.mean_power_w(given_kwh(r), device_hours(r)),
    )


def given_kwh(reading: Reading) -> float:
    """Energy in kWh as the case states it: one figure, parts that it adds, a bill, or a rate over time."""
    return reading.best(
        lambda r: r.one("kWh", *ENERGY),
        lambda r: r.one("kWh"),
        lambda r: rollup.total(r.all("kWh", at_least=2)) if r.says(*SUM) else _none("sum of energy"),
        lambda r: strubell.energy_from_bill_kwh(r.one("money"), r.one("money/kWh")),
        lambda r: sci.units_over(r.one("kWh/h"), r.one("h", *DURATION)),
    )


def modelled_kwh(reading: Reading) -> float:
    """Energy in kWh of time and power, facility energy where the formula has a PUE."""
    return reading.best(
        lambda r: patterson.energy_kwh(device_hours(r), 1.0, power_w(r), r.pue()),
        _utilised_kwh,
        lambda r: flops.energy_kwh(_from_flop(r), power_w(r), r.pue()),
        idle_kwh,
    )


def _utilised_kwh(reading: Reading) -> float:
    if reading.says(*CURVED):
        raise Missing("a straight share of power")
    share = reading.one("", UTILISATION)
    return time_power.energy_kwh(device_hours(reading), power_w(reading), reading.pue(), share)


def idle_kwh(reading: Reading) -> float:
    """Idle energy in kWh of a cluster while a run of GPU-hours lasted."""
    return luccioni.idle_kwh(
        reading.one("W", "infrastructure"),
        reading.one("W", "idle"),
        reading.one("h", DEVICE_H),
        reading.product(COUNTS),
    )


def chip_kwh(reading: Reading) -> float:
    """Energy in kWh of chips at a coefficient of TDP, and of memory, as SCI case studies have it."""
    hours = reading.one("h", *DURATION)
    load = reading.product(LOAD) * reading.maybe(1.0, "", UTILISATION)
    chips = reading.maybe(1.0, "", COUNTS)
    chip = sci.chip_kwh(hours, reading.one("W", "tdp", *POWER), load, chips)
    memory = sci.memory_kwh(hours, reading.maybe(0.0, "GB", "memory|ram"), reading.maybe(0.0, "W/GB"))
    return rollup.total([chip, memory])


def curve_factor(reading: Reading) -> float:
    """Share of TDP at a utilisation, on Teads' curve."""
    return power_curves.curve_factor(reading.one("", r"utili[sz]ation|load|usage"))


def curve_power_w(reading: Reading) -> float:
    """Power in W of a chip at a utilisation, on Teads' curve."""
    return power_curves.curve_power_w(reading.one("W", "tdp", *POWER), curve_factor(reading))


def logarithmic_power_w(reading: Reading) -> float:
    """Power in W of a CPU by Boavizta's four parameters."""
    a, b, c, d = (reading.one("", f"^(?:param_)?{name}$") for name in "abcd")
    busy = reading.one("", r"utili[sz]ation|load|usage|workload")
    return power_curves.logarithmic_power_w(busy, (a, b, c, d))


def curve_kwh(reading: Reading) -> float:
    """Energy in kWh of the vCPUs allocated of a chip on Teads' curve, and of the network where it is given."""
    share = power_curves.vcpu_share(
        reading.maybe(1.0, "", r"vcpus?_(?:allocated|used|reserved)"),
        reading.maybe(1.0, "", r"vcpus?_total|total_vcpus?"),
    )
    cpu = power_curves.curve_kwh(reading.one("h", *DURATION), curve_power_w(reading), share)
    return rollup.total([cpu, reading.maybe(0.0, "kWh", "network"), reading.maybe(0.0, "kWh", "memory")])


def logarithmic_kwh(reading: Reading) -> float:
    """Energy in kWh of a CPU by Boavizta's four parameters."""
    return power_curves.curve_kwh(reading.one("h", *DURATION), logarithmic_power_w(reading))


def linear_kwh(reading: Reading) -> float:
    """Energy in kWh of vCPUs between their idle and full power."""
    busy = reading.one("", r"utili[sz]ation|load|usage")
    power = power_curves.linear_power_w(busy, reading.one("W", "min|idle"), reading.one("W", "max|full"))
    return power_curves.linear_kwh(
        time_power.device_hours([(reading.one("", r"vcpu|cores?|count"), reading.one("h", *DURATION))]),
        power,
        reading.pue(),
    )


def memory_kwh(reading: Reading) -> float:
    """Energy in kWh of memory over time."""
    gb_h = time_power.device_hours([(reading.one("GB", "memory|ram|gb"), reading.one("h", *DURATION))])
    return power_curves.memory_kwh(gb_h, reading.one("kWh/GB h"), reading.pue())


def network_kwh(reading: Reading) -> float:
    """Energy in kWh of data sent and received."""
    return sci.network_kwh(reading.all("GB"), reading.one("kWh/GB"))


def green_power_w(reading: Reading) -> float:
    """Power in W as Green Algorithms has it."""
    processors = []
    for count, power, usage in ((r"n_(?:cpu_?)?cores?|n_cpus?", r"per_core|cpu", r"cpu_usage|core_usage"),
                                (r"n_gpus?", "gpu", "gpu_usage")):  # fmt: skip
        if any(re.search(count, given.name) for given in reading.given):
            processors.append(green_algorithms.Processors(
                reading.one("", count), reading.one("W", power), reading.maybe(1.0, "", usage)))  # fmt: skip
    memory_w = reading.maybe(green_algorithms.MEMORY_W_PER_GB, "W/GB")
    if not processors:
        raise Missing("processors")
    return green_algorithms.power_w(tuple(processors), reading.one("GB", "memory|ram"), reading.pue(), memory_w)


def green_kwh(reading: Reading) -> float:
    """Energy in kWh as Green Algorithms has it."""
    scaling = reading.maybe(1.0, "", "multiplier|psf|scaling")
    return green_algorithms.energy_kwh(reading.one("h", *DURATION), green_power_w(reading), scaling)


def energy_kwh(reading: Reading) -> float:
    """Energy in kWh by the method that explains most inputs."""
    return reading.best(
        logarithmic_kwh,
        modelled_kwh, given_kwh, chip_kwh, curve_kwh, green_kwh, linear_kwh, network_kwh,
        lambda r: rollup.total([linear_kwh(r), memory_kwh(r)]),
        lambda r: per_inference.of_uses(r.one("kWh", *ENERGY), r.one("", TIMES)),
        lambda r: rollup.extrapolated(r.one("kWh", *ENERGY), r.one("", DONE)),
        lambda r: time_power.facility_kwh(r.one("kWh", *ENERGY), r.pue()),
    )  # fmt: skip


def answer_kwh(reading: Reading) -> float:
    """Energy in kWh of tokens of a dense model at a rate of FLOP a device."""
    flop = flops.inference_flop(reading.one("", "param"), reading.one("", "token"))
    share = reading.maybe(1.0, "", "flops?_util|mfu|hfu|^utili[sz]ation", "efficiency")
    device_h = flops.device_hours(flop, reading.one("FLOP/h") / flops.SECONDS_PER_HOUR, share)
    return time_power.energy_kwh(device_h, power_w(reading), reading.pue(), reading.maybe(1.0, "", "power_(?!per)"))


def utilisation(reading: Reading) -> float:
    """Share of its nameplate that a device draws, or of its peak FLOP/s that it reaches."""
    return reading.best(
        lambda r: rollup.share_of(r.one("W", "mean|avg|average|measured|^power$"), r.one("W", PEAK_W)),
        lambda r: rollup.share_of(r.one("FLOP/h", "reached|achieved|measured|model"), r.one("FLOP/h", "peak|max")),
        lambda r: rollup.share_of(
            flops.device_hours(r.one("FLOP"), r.one("FLOP/h") / flops.SECONDS_PER_HOUR), device_hours(r)
        ),
    )


def devices(reading: Reading) -> float:
    """Devices that device-hours and a run time imply."""
    return rollup.per_part(reading.one("h", DEVICE_H), reading.one("h", *DURATION))


def training_flop(reading: Reading) -> float:
    """FLOP of training: 6 a parameter and token."""
    if not re.search(r"\b6\b", reading.formula):
        raise Missing("6 N D")
    return flops.training_flop(reading.one("", "param|^n$"), reading.one("", "token|^d$"))


def implied_kwh(reading: Reading) -> float:
    """Energy in kWh that emissions and an intensity imply."""
    return implied.energy_kwh(reading.one("g"), reading.one("g/kWh"))


def _none(what: str) -> float:
    raise Missing(what)


def per_device_hour_kwh(reading: Reading) -> float:
    """Mean energy in kWh of a device-hour."""
    return time_power.energy_per_device_hour_kwh(given_kwh(reading), device_hours(reading))
