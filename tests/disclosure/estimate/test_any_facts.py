"""Whatever authors tell: either a disclosure that follows the standard, or one sentence with file and line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.disclosure.estimate.estimating import NOW, facts_of

from joulecard.disclosure.estimate.whole import estimate
from joulecard.errors import InvalidInputError
from joulecard.factors import edition
from joulecard.validation import validate_disclosure


def number(least: float, most: float) -> st.SearchStrategy[str]:
    """A number as a file holds it."""
    return st.floats(least, most, allow_subnormal=False).map(repr)


def word(*words: str) -> st.SearchStrategy[str]:
    """One of a few texts in quotes."""
    return st.sampled_from(words).map(lambda text: f'"{text}"')


TOLD = {
    "place": word("SE", "US-TX", "FR", "aws/eu-north-1", "gcp/us-central1", "azure/swedencentral"),
    "year": st.sampled_from(["2021", "2024", "2025", "2026"]),
    "start": st.just("2024-03-01"),
    "end": st.just("2024-05-01"),
    "accelerator": word("A100-SXM4-80GB", "TPU v3", "H100", "Abacus"),
    "devices": st.integers(1, 20_000).map(str),
    "hours": number(0.1, 5000),
    "gpu_hours": number(0.1, 1e6),
    "device_w": number(0, 1500),
    "device_power_is": word("metered", "rated"),
    "power_utilisation": number(0, 1),
    "covers": word("accelerators", "node"),
    "host_w": number(0, 1e5),
    "energy_mwh": number(0, 1e4),
    "energy_basis": word("it", "facility"),
    "pue": number(1, 3),
    "intensity_g_per_kwh": number(0, 1500),
    "intensity_scope": word("direct", "lifecycle"),
    "co2e_t": number(0, 1e4),
    "market_co2e_t": number(0, 1e4),
    "water_m3": number(0, 1e6),
    "wue_l_per_kwh": number(0, 10),
    "water_intensity_l_per_kwh": number(0, 10),
    "embodied": word("tables"),
    "embodied_kg_per_device": number(0, 5000),
    "lifespan_years": number(0.5, 10),
    "lifespan_utilisation": number(0.1, 1),
    "flop": number(1e15, 1e24),
    "tflop_per_s_per_device": number(1, 1000),
    "stated_energy_mwh": number(0, 1e4),
    "stated_co2e_t": number(0, 1e4),
    "stated_embodied_t": number(0, 1e4),
}


def some(*keys: str, beside: tuple[str, ...] = ()) -> st.SearchStrategy[dict[str, str]]:
    """All of these keys, and some of those beside them."""
    return st.fixed_dictionaries({key: TOLD[key] for key in keys}, optional={key: TOLD[key] for key in beside})


# What is told of one subject in one way; a stage that tells each subject in one way makes sense.
SUBJECTS = (
    some("gpu_hours", "device_w", beside=("devices", "covers", "device_power_is", "power_utilisation"))
    | some("gpu_hours", "accelerator", beside=("devices", "power_utilisation"))
    | some("devices", "hours", "device_w", beside=("host_w", "accelerator"))
    | some("flop", "tflop_per_s_per_device", "device_w", "devices")
    | some("energy_mwh", "energy_basis", beside=("covers", "accelerator", "devices")),
    some("year") | some("start", "end"),
    some(beside=("place", "pue")),
    some() | some("intensity_g_per_kwh", beside=("intensity_scope",)),
    some() | some("water_m3") | some(beside=("wue_l_per_kwh", "water_intensity_l_per_kwh")),
    some() | some("embodied_kg_per_device", beside=("lifespan_years", "lifespan_utilisation")) | some("embodied"),
    some(beside=("stated_energy_mwh", "stated_co2e_t")),
)
SENSIBLE = st.tuples(*SUBJECTS).map(lambda parts: {key: value for part in parts for key, value in part.items()})
STAGE = SENSIBLE | st.fixed_dictionaries({}, optional=TOLD)


@given(st.lists(SENSIBLE, min_size=1, max_size=3) | st.lists(STAGE, min_size=1, max_size=3))
def test_a_disclosure_or_a_sentence(stages: list[dict[str, str]]) -> None:
    """No facts bring a traceback, nor a document that breaks a rule."""
    texts = ["\n".join(f"{key} = {value}" for key, value in stage.items()) for stage in stages]
    try:
        found = estimate(facts_of(*texts), edition(), NOW)
    except InvalidInputError as error:
        told = str(error)
    else:
        verdict = validate_disclosure(found.disclosure.to_json())
        told = "facts.toml" if verdict.violations == () else f"breaks {verdict.violations}"
    assert told.startswith("facts.toml"), told
