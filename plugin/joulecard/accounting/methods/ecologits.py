"""EcoLogits: energy, latency and emissions of one generated answer, by parameters and tokens.

Formulas, with symbols and units:

    f_E(P, B) = 1.1665e-6 exp(-0.01121 B) P + 4.0529e-5     Wh a token and GPU; P: active parameters (1e9), B: batch
    f_L(P, B) = 6.7851e-4 P + 3.1193e-4 B + 0.019474        s a token
    n         = 1.2 P_total bits / 8 / GPU memory, up to the next power of two
    E         = PUE (W_server L n / (g B) + n T f_E)        L = T f_L; T: tokens, g: GPUs a server
    m         = L / (lifetime B) (n M_server / g + n M_GPU)

The constants are those of EcoLogits' benchmark fit (ML.ENERGY leaderboard, H100, vLLM); modelled, not measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from joulecard.accounting.methods.bounds import amount, divisor, pue_ratio
from joulecard.accounting.methods.citation import Citation

CITATION = Citation(
    "ecologits",
    "EcoLogits, LLM inference methodology (Rincé and Banse, JOSS 2025)",
    "0.11.3",
    "https://ecologits.ai/latest/methodology/llm_inference/",
)
ENERGY_SLOPE, ENERGY_BATCH, ENERGY_BASE = 1.1665273170451914e-06, -0.011205921025579175, 4.052928146734005e-05
LATENCY_SLOPE, LATENCY_BATCH, LATENCY_BASE = 6.785088094353663e-04, 3.119310311688259e-04, 0.019473717579473387
MEMORY_OVERHEAD = 1.2
BITS_PER_BYTE = 8
WH_PER_KWH = 1000.0
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server of GPUs: W without them, how many, GB of memory each, g to make it and each GPU, h of life."""

    power_w: float
    gpus: float
    gpu_memory_gb: float
    embodied_g: float
    gpu_embodied_g: float
    lifetime_h: float


def gpu_wh_per_token(active_billions: float, batch: float) -> float:
    """Energy in Wh of one token on one GPU."""
    slope = ENERGY_SLOPE * math.exp(ENERGY_BATCH * amount(batch, "batch"))
    return slope * amount(active_billions, "active_billions") + ENERGY_BASE


def gpu_wh(tokens: float, active_billions: float, batch: float) -> float:
    """Energy in Wh of an answer's tokens on one GPU."""
    return amount(tokens, "tokens") * gpu_wh_per_token(active_billions, batch)


def latency_s(tokens: float, active_billions: float, batch: float) -> float:
    """Time in s until the last token."""
    by_size_s = LATENCY_SLOPE * amount(active_billions, "active_billions")
    by_batch_s = LATENCY_BATCH * amount(batch, "batch")
    return amount(tokens, "tokens") * (by_size_s + by_batch_s + LATENCY_BASE)


def gpus_needed(total_billions: float, bits: float, gpu_memory_gb: float) -> int:
    """GPUs that hold the parameters with a fifth to spare, as a power of two; one at least."""
    model_gb = MEMORY_OVERHEAD * amount(total_billions, "total_billions") * divisor(bits, "bits") / BITS_PER_BYTE
    filled = amount(model_gb / divisor(gpu_memory_gb, "gpu_memory_gb"), "GPUs that the model fills")
    return 1 << (max(1, math.ceil(filled)) - 1).bit_length()


def request_kwh(server: Server, gpus: int, lasting_s: float, each_gpu_wh: float, batch: float) -> float:
    """IT energy in kWh of one answer: its share of the server while it lasts (s), and its GPUs' Wh each."""
    server_kw = amount(server.power_w, "server.power_w") / WH_PER_KWH * gpus / divisor(server.gpus, "gpus a server")
    shared_kwh = server_kw * amount(lasting_s, "lasting_s") / SECONDS_PER_HOUR / divisor(batch, "batch")
    return shared_kwh + amount(gpus, "gpus") * amount(each_gpu_wh, "each_gpu_wh") / WH_PER_KWH


def facility_kwh(it_kwh: float, pue: float) -> float:
    """Facility energy in kWh of one answer."""
    return amount(it_kwh, "it_kwh") * pue_ratio(pue)


def embodied_g(server: Server, gpus: int, lasting_s: float, batch: float) -> float:
    """Embodied g of one answer that takes so many s."""
    share_of_server = amount(gpus, "gpus") / divisor(server.gpus, "gpus a server")
    server_g = share_of_server * amount(server.embodied_g, "server.embodied_g")
    made_g = server_g + gpus * amount(server.gpu_embodied_g, "server.gpu_embodied_g")
    life_s = divisor(server.lifetime_h, "lifetime_h") * SECONDS_PER_HOUR
    return amount(lasting_s, "lasting_s") / (life_s * divisor(batch, "batch")) * made_g
