"""Time and energy from the number of floating-point operations.

Formulas, with symbols and units:

    t = F / (n R u)            F: FLOP, n: devices, R: FLOP/s a device, u: share of R reached (1: R is measured)
    E = F / (n R u) n P PUE    P: W a device
    F = 6 N D                  N: parameters, D: training tokens (Kaplan et al. 2020); 2 N a token of inference
"""

from __future__ import annotations

from joulecard.accounting.methods import time_power
from joulecard.accounting.methods.bounds import amount, divisor, share
from joulecard.accounting.methods.citation import Citation

CITATION = Citation(
    "flop-energy",
    "Kaplan et al., Scaling Laws for Neural Language Models; run time from FLOPs as in Patterson et al. 2021",
    "2020",
    "https://arxiv.org/abs/2001.08361",
)
SECONDS_PER_HOUR = 3600.0
FLOP_PER_PARAMETER_TRAINING = 6.0
FLOP_PER_PARAMETER_INFERENCE = 2.0


def training_flop(parameters: float, tokens: float) -> float:
    """FLOP of training a dense model: 6 a parameter and token."""
    return FLOP_PER_PARAMETER_TRAINING * amount(parameters, "parameters") * amount(tokens, "tokens")


def inference_flop(parameters: float, tokens: float) -> float:
    """FLOP of generating tokens with a dense model: 2 a parameter and token."""
    return FLOP_PER_PARAMETER_INFERENCE * amount(parameters, "parameters") * amount(tokens, "tokens")


def device_hours(flop: float, flop_per_s: float, utilisation: float = 1.0) -> float:
    """Device-hours of FLOP at a rate a device in FLOP/s and the share of it that is reached."""
    reached = divisor(flop_per_s, "flop_per_s") * divisor(share(utilisation, "utilisation"), "utilisation")
    return amount(flop, "flop") / reached / SECONDS_PER_HOUR


def run_hours(flop: float, devices: float, flop_per_s: float, utilisation: float = 1.0) -> float:
    """Run time in h of FLOP on devices."""
    return device_hours(flop, flop_per_s, utilisation) / divisor(devices, "devices")


def energy_kwh(device_h: float, power_w: float, pue: float = 1.0) -> float:
    """Energy in kWh of those device-hours at W a device."""
    return time_power.energy_kwh(device_h, power_w, pue)


def energy_at_efficiency_kwh(flop: float, flop_per_j: float) -> float:
    """Energy in kWh of FLOP at an efficiency in FLOP/J."""
    return amount(flop, "flop") / divisor(flop_per_j, "flop_per_j") / (SECONDS_PER_HOUR * time_power.WATTS_PER_KW)
