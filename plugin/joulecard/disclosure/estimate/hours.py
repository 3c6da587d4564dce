"""Device-hours and duration of a stage, from whichever of hours, devices and FLOPs its authors tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.disclosure.estimate.basis import Basis, taken

if TYPE_CHECKING:
    from joulecard.disclosure.estimate.facts import StageFacts

SECONDS_PER_HOUR = 3600.0
# Mean of the model-FLOP utilisations of GPT-3, Gopher, Megatron-Turing NLG and PaLM: Chowdhery et al. 2022, table 3.
TYPICAL_FLOP_UTILISATION = 0.33


class Hours(NamedTuple):
    """How long the devices were held, all together, and how long the stage took; None where nothing tells it."""

    device_h: float | None
    duration_h: float | None
    basis: Basis


def hours(facts: StageFacts) -> Hours:
    """The hours of a stage; raises InvalidInputError for FLOPs with nothing that says how fast they were done."""
    _refuse_silent_flop(facts)
    device_h, basis = facts.device_hours, Basis()
    if device_h is None and facts.devices is not None and facts.duration_h is not None:
        device_h = facts.devices * facts.duration_h
    elif device_h is None and facts.flop is not None and _rate_known(facts):
        device_h, basis = _of_flop(facts)
    duration_h = facts.duration_h
    if duration_h is None and device_h is not None and facts.devices is not None:
        duration_h = device_h / facts.devices
    if duration_h is None and facts.start and facts.end:
        duration_h = (facts.end - facts.start).total_seconds() / SECONDS_PER_HOUR
        if device_h is None and facts.devices is not None:
            device_h = facts.devices * duration_h
    return Hours(device_h, duration_h, basis)


def _of_flop(facts: StageFacts) -> tuple[float, Basis]:
    """Device-hours as operations over the rate of one device: peak rate times how much of it was used."""
    assert facts.flop is not None  # noqa: S101  the caller has looked
    used, basis, peak = facts.flop_utilisation, Basis(), facts.peak_flop_per_s or 0.0
    if facts.flop_per_s is not None:
        rate, how = facts.flop_per_s, f"{facts.flop_per_s:.6g} FLOP/s a device, as achieved"
    else:
        if used is None:
            used = TYPICAL_FLOP_UTILISATION
            told = f"The devices did {used:.0%} of the operations that they are rated for, the mean of four large runs"
            basis = taken(f"{told} (Chowdhery et al. 2022, table 3)", default=True)
        rate, how = peak * used, f"{peak:.6g} FLOP/s a device, of which {used:.6g} was achieved"
    device_h = facts.flop / rate / SECONDS_PER_HOUR
    follow = taken(f"The hours of all devices follow from {facts.flop:.6g} FLOP at {how}", default=False)
    return device_h, basis + follow


def _rate_known(facts: StageFacts) -> bool:
    return facts.flop_per_s is not None or facts.peak_flop_per_s is not None


def _refuse_silent_flop(facts: StageFacts) -> None:
    """Where FLOPs would have to tell the hours and cannot, or where two rates are given."""
    if facts.flop_per_s is not None and (facts.peak_flop_per_s is not None or facts.flop_utilisation is not None):
        told = "flop_per_s_per_device is what one device achieved, and the peak and its utilisation tell that too"
        raise facts.at(told, mend="keep one of the two ways")
    needed = facts.device_hours is None and (facts.devices is None or facts.duration_h is None)
    if facts.flop is not None and needed and facts.device_power_w is not None and not _rate_known(facts):
        raise facts.at(
            "the FLOPs tell no hours without the speed of a device",
            mend="give peak_tflop_per_s_per_device with flop_utilisation, or tflop_per_s_per_device as achieved",
        )
