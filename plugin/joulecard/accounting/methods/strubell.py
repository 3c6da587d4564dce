"""Energy and Policy Considerations for Deep Learning in NLP (Strubell, Ganesh, McCallum, ACL 2019).

Formulas, with symbols and units:

    p_t = 1.58 t (p_c + p_r + g p_g) / 1000    t: h; p_c, p_r: W of CPU and DRAM; g: GPUs; p_g: W a GPU; p_t: kWh
    CO2e = 0.954 p_t                           lb (EPA 2018, CO2 of the mean US kWh)
    p_t = bill / 0.12                          USD over USD/kWh, Table 4
"""

from __future__ import annotations

from joulecard.accounting.methods import time_power
from joulecard.accounting.methods.bounds import amount, divisor
from joulecard.accounting.methods.citation import Citation

CITATION = Citation(
    "strubell-2019",
    "Strubell, Ganesh and McCallum, Energy and Policy Considerations for Deep Learning in NLP, ACL 2019",
    "arXiv v1",
    "https://arxiv.org/abs/1906.02243",
)
PUE = 1.58
CO2_LB_PER_KWH = 0.954
GRAMS_PER_LB = 453.59237  # exact
CO2_G_PER_KWH = CO2_LB_PER_KWH * GRAMS_PER_LB
PRICE_USD_PER_KWH = 0.12


def system_power_w(cpu_w: float, dram_w: float, gpus: float, gpu_w: float) -> float:
    """Power in W of the whole system: p_c + p_r + g p_g."""
    return time_power.total_power_w([cpu_w, dram_w, amount(gpus, "gpus") * amount(gpu_w, "gpu_w")])


def energy_kwh(hours: float, power_w: float, pue: float = PUE) -> float:
    """Facility energy in kWh of a system's power over its hours."""
    return time_power.energy_kwh(hours, power_w, pue)


def co2e_g(used_kwh: float, intensity_g_per_kwh: float = CO2_G_PER_KWH) -> float:
    """Emissions in g; 0.954 lb/kWh where no other intensity is given."""
    return time_power.co2e_g(used_kwh, intensity_g_per_kwh)


def energy_from_bill_kwh(bill: float, price_per_kwh: float = PRICE_USD_PER_KWH) -> float:
    """Energy in kWh that a bill paid for, both in one currency."""
    return amount(bill, "bill") / divisor(price_per_kwh, "price_per_kwh")


def bill(used_kwh: float, price_per_kwh: float = PRICE_USD_PER_KWH) -> float:
    """What an energy in kWh costs, in the currency of the price."""
    return amount(used_kwh, "used_kwh") * amount(price_per_kwh, "price_per_kwh")


def cloud_cost(device_h: float, price_per_h: float) -> float:
    """What device-hours cost at a price an hour, in its currency."""
    return amount(device_h, "device_h") * amount(price_per_h, "price_per_h")
