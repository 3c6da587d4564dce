"""The 4M method: model, machine, mechanisation, map (Patterson et al., Google).

Formulas, with symbols and units:

    E = t n P PUE / 1000    t: h, n: processors, P: mean W of the system a processor, E: kWh (2021, section 2.4)
    C = E I                 I: g/kWh; gross with the grid's intensity, net with what is left after clean purchases
    PUE = 1 + overhead/IT
    C = W J PUE I           W: work, J: energy a unit of work (2022: the four Ms that a saving is split into)
"""

from __future__ import annotations

from joulecard.accounting.methods import time_power
from joulecard.accounting.methods.bounds import amount
from joulecard.accounting.methods.citation import Citation

CITATION = Citation(
    "patterson-2021",
    "Patterson et al., Carbon Emissions and Large Neural Network Training; and The Carbon Footprint of Machine "
    "Learning Training Will Plateau, Then Shrink, Computer 55(7), 2022",
    "arXiv v3",
    "https://arxiv.org/abs/2104.10350",
)


def energy_kwh(run_h: float, processors: float, power_w: float, pue: float) -> float:
    """Facility energy in kWh of a run on processors that each draw their mean share of the system's W."""
    return time_power.energy_kwh(time_power.device_hours([(processors, run_h)]), power_w, pue)


def co2e_g(used_kwh: float, intensity_g_per_kwh: float) -> float:
    """Emissions in g: gross or net, as the intensity is."""
    return time_power.co2e_g(used_kwh, intensity_g_per_kwh)


def pue(overhead_over_it: float) -> float:
    """Power usage effectiveness of the energy spent above IT, as a share of IT energy."""
    return 1.0 + amount(overhead_over_it, "overhead_over_it")


def four_m_co2e_g(work: float, kwh_per_work: float, pue_value: float, intensity_g_per_kwh: float) -> float:
    """Emissions in g as the product of the four Ms: work, IT energy a unit of work, PUE, g/kWh."""
    it_kwh = amount(work, "work") * amount(kwh_per_work, "kwh_per_work")
    return co2e_g(time_power.facility_kwh(it_kwh, pue_value), intensity_g_per_kwh)
