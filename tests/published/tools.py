"""Calculators with figures of their own: ML CO2 Impact, Green Algorithms' equivalents, EcoLogits."""

from __future__ import annotations

from tests.published.carbon import emissions
from tests.published.energy import DURATION, POWER, green_kwh
from tests.published.reading import Missing, Reading

from joulecard.accounting.methods import ecologits, green_algorithms, lacoste, rollup, time_power
from joulecard.accounting.methods.lacoste import Impact


def ml_co2_impact(reading: Reading) -> Impact:
    """What ML CO2 Impact shows, rounded as the formula says."""
    if not reading.says("round"):
        raise Missing("a rounding calculator")
    return lacoste.impact(
        reading.one("W", *POWER),
        reading.one("h", *DURATION),
        reading.one("g/kWh"),
        reading.maybe(0.0, "", "offset"),
    )


def green_g(reading: Reading) -> float:
    """Emissions in g as Green Algorithms has them."""
    return green_algorithms.co2e_g(green_kwh(reading), reading.one("g/kWh"))


def equivalents(reading: Reading) -> green_algorithms.Equivalents:
    """Green Algorithms' equivalents of a job."""
    return green_algorithms.equivalents(reading.best(green_g, emissions, lambda r: r.one("g", "co2e|carbon")))


def flights(reading: Reading) -> float:
    """Emissions as flights of one passenger on the route that the output names."""
    grams = reading.best(green_g, emissions, lambda r: r.one("g", "co2e|carbon"))
    for route in green_algorithms.FLIGHT_G:
        names, initials = route.replace("-", " ").split(), "_".join(_initials(end) for end in route.split("-"))
        if all(name in reading.target for name in names) or initials in reading.target.lower():
            return green_algorithms.flights(grams, route)
    raise Missing("a route")


def _initials(place: str) -> str:
    return "".join(word[0] for word in place.split()) if " " in place else place[:3]


def server(reading: Reading) -> ecologits.Server:
    """The server that EcoLogits runs a model on."""
    return ecologits.Server(
        reading.one("W", "server"),
        reading.one("", "server_gpus|gpus_per_server|server_gpu_count"),
        reading.one("GB", "gpu"),
        reading.one("g", "server"),
        reading.one("g", "gpu"),
        reading.one("h", "life|years"),
    )


def gpus(reading: Reading) -> int:
    """GPUs that hold the model."""
    total = reading.one("", "total_param", "param") / 1e9
    return ecologits.gpus_needed(total, reading.one("", "bits|quant"), reading.one("GB", "gpu"))


def latency_h(reading: Reading) -> float:
    """Time in h until the last token."""
    return _latency_s(reading) / ecologits.SECONDS_PER_HOUR


def _latency_s(reading: Reading) -> float:
    active = reading.one("", "active_param", "param") / 1e9
    return ecologits.latency_s(reading.one("", "token"), active, reading.one("", "batch"))


def answer_kwh(reading: Reading) -> float:
    """Facility energy in kWh of one answer."""
    batch, active = reading.one("", "batch"), reading.one("", "active_param", "param") / 1e9
    gpu_wh = ecologits.gpu_wh(reading.one("", "token"), active, batch)
    it_kwh = ecologits.request_kwh(server(reading), gpus(reading), _latency_s(reading), gpu_wh, batch)
    return ecologits.facility_kwh(it_kwh, reading.pue())


def answer_use_g(reading: Reading) -> float:
    """Emissions in g of using the server for one answer."""
    return time_power.co2e_g(answer_kwh(reading), reading.one("g/kWh"))


def answer_embodied_g(reading: Reading) -> float:
    """Embodied g of one answer."""
    return ecologits.embodied_g(server(reading), gpus(reading), _latency_s(reading), reading.one("", "batch"))


def answer_g(reading: Reading) -> float:
    """Emissions in g of one answer with what its hardware was made with."""
    return rollup.total([answer_use_g(reading), answer_embodied_g(reading)])
