"""Water on site and off site (Li, Yang, Islam, Ren: Making AI Less Thirsty; Morrison et al., OLMo 2).

Formulas, with symbols and units:

    W_on  = E WUE_on              E: IT energy in kWh, WUE_on: L/kWh of the data centre, W: L
    W_off = E PUE EWIF            EWIF: L/kWh of the electricity
    W     = W_on + W_off          (Li et al.)
    W     = E PUE (WUE_on + WUE_off)   E: IT energy; on-site water too on facility energy (Morrison et al., equation 3)
"""

from __future__ import annotations

from joulecard.accounting.methods import time_power
from joulecard.accounting.methods.bounds import amount
from joulecard.accounting.methods.citation import Citation

THIRSTY = Citation(
    "thirsty-2023",
    "Li, Yang, Islam and Ren, Making AI Less Thirsty, Communications of the ACM 68(7), 2025",
    "arXiv v3",
    "https://arxiv.org/abs/2304.03271",
)
OLMO = Citation(
    "olmo-water-2025",
    "Morrison et al., Holistically Evaluating the Environmental Impact of Creating Language Models, ICLR 2025",
    "arXiv v1",
    "https://arxiv.org/abs/2503.05804",
)


def onsite_l(it_kwh: float, wue_l_per_kwh: float) -> float:
    """Water in L that the data centre takes for IT energy in kWh."""
    return amount(it_kwh, "it_kwh") * amount(wue_l_per_kwh, "wue_l_per_kwh")


def offsite_l(it_kwh: float, pue: float, ewif_l_per_kwh: float) -> float:
    """Water in L that making the facility's electricity takes, for IT energy in kWh."""
    return time_power.facility_kwh(it_kwh, pue) * amount(ewif_l_per_kwh, "ewif_l_per_kwh")


def total_l(on_l: float, off_l: float) -> float:
    """Water in L on site and off site."""
    return amount(on_l, "on_l") + amount(off_l, "off_l")


def olmo_l(it_kwh: float, pue: float, onsite_l_per_kwh: float, offsite_l_per_kwh: float) -> float:
    """Water in L where both water intensities multiply facility energy."""
    per_kwh = amount(onsite_l_per_kwh, "onsite_l_per_kwh") + amount(offsite_l_per_kwh, "offsite_l_per_kwh")
    return time_power.facility_kwh(it_kwh, pue) * per_kwh


def implied_l_per_kwh(water_l: float, energy_kwh: float) -> float:
    """Water intensity in L/kWh that water in L and energy in kWh imply."""
    return time_power.energy_per_device_hour_kwh(water_l, energy_kwh)
