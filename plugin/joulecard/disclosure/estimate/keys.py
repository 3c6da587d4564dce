"""The keys of a file of facts: each name of a number says its unit, and stands for one member in one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, get_args

from joulecard.disclosure.estimate.facts import Covers, EnergyBasis, Scope
from joulecard.disclosure.phases import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST: Final = 1e30
HOURS_PER_YEAR = 8760  # of an embodied lifespan, as the published methods count it


class Number(NamedTuple):
    """A key that holds a number: the member it becomes, how many of its unit one is, and its bounds."""

    member: str
    per_unit: float = 1.0
    least: float = 0.0
    most: float = MOST
    above: bool = False  # the least value itself is not allowed
    why: str = ""  # why it must lie within them, where that is worth a word


class Text(NamedTuple):
    """A key that holds a text, one of a few words where they are listed."""

    member: str
    words: tuple[str, ...] = ()


ENERGY = {"wh": 1e-3, "kwh": 1.0, "mwh": 1e3, "gwh": 1e6}
MASS = {"g": 1.0, "kg": 1e3, "t": 1e6, "lb": 453.59237, "short_t": 907_184.74}
POWER = {"w": 1.0, "kw": 1e3}
PER_ENERGY = {"g_per_kwh": 1.0, "kg_per_kwh": 1e3, "t_per_mwh": 1e3, "lb_per_kwh": 453.59237, "lb_per_mwh": 0.45359237}
WATER = {"l": 1.0, "m3": 1e3}
FLOP = {"flop": 1.0, "pflop": 1e15, "zflop": 1e21, "pflop_days": 8.64e19}
RATE = {"flop_per_s": 1.0, "tflop_per_s": 1e12}
DURATION = {"seconds": 1 / 3600, "minutes": 1 / 60, "hours": 1.0, "days": 24.0}
DEVICE_HOURS = ("device_hours", "gpu_hours", "tpu_hours", "chip_hours")
LEAST_DEVICE_W = 1.0  # of anything that trains
WATTS = "kilowatts are told by device_kw"
PUE = "it is the energy of the facility over that of the computers in it"


def _each(
    member: str, units: Mapping[str, float], form: str = "{}", *, most: float = MOST, above: bool = False
) -> Iterator[tuple[str, Number]]:
    """A key for each unit that a member may be given in."""
    return ((form.format(unit), Number(member, per_unit, most=most, above=above)) for unit, per_unit in units.items())


NUMBERS: Final[dict[str, Number]] = dict(
    [
        *_each("energy_kwh", ENERGY, "energy_{}"),
        *_each("stated_energy_kwh", ENERGY, "stated_energy_{}"),
        *((name, Number("device_hours", above=True)) for name in DEVICE_HOURS),
        ("devices", Number("devices", most=1e7, above=True)),
        *_each("duration_h", DURATION, above=True),
        ("device_w", Number("device_power_w", 1.0, LEAST_DEVICE_W, most=1e6, why=WATTS)),
        ("device_kw", Number("device_power_w", 1e3, LEAST_DEVICE_W, most=1e6)),
        *_each("host_power_w", POWER, "host_{}", most=1e6, above=True),
        ("power_utilisation", Number("power_utilisation", most=1.0, above=True)),
        *_each("flop", FLOP, above=True),
        *_each("flop_per_s", RATE, "{}_per_device", above=True),
        *_each("peak_flop_per_s", RATE, "peak_{}_per_device", above=True),
        ("flop_utilisation", Number("flop_utilisation", most=1.0, above=True)),
        ("bill", Number("bill")),
        ("price_per_kwh", Number("price_per_kwh", above=True)),
        ("pue", Number("pue", least=1.0, most=10.0, why=PUE)),
        ("year", Number("year", least=1990, most=2200)),
        *_each("intensity_g_per_kwh", PER_ENERGY, "intensity_{}", most=2500),
        *_each("co2e_g", MASS, "co2e_{}"),
        *_each("market_co2e_g", MASS, "market_co2e_{}"),
        *_each("stated_co2e_g", MASS, "stated_co2e_{}"),
        *_each("stated_embodied_g", MASS, "stated_embodied_{}"),
        *_each("water_l", WATER, "water_{}"),
        ("wue_l_per_kwh", Number("wue_l_per_kwh", most=1000)),
        ("water_intensity_l_per_kwh", Number("water_intensity_l_per_kwh", most=1000)),
        *_each("embodied_per_device_g", MASS, "embodied_{}_per_device"),
        ("lifespan_years", Number("lifespan_years", most=100, above=True)),
        ("lifespan_utilisation", Number("lifespan_utilisation", most=1.0, above=True)),
    ]
)
TEXTS: Final[dict[str, Text]] = {
    "name": Text("name"),
    "phase": Text("phase", get_args(Phase)),
    "place": Text("place"),
    "accelerator": Text("accelerator"),
    "energy_basis": Text("energy_basis", get_args(EnergyBasis)),
    "stated_energy_basis": Text("stated_energy_basis", get_args(EnergyBasis)),
    "covers": Text("covers", get_args(Covers)),
    "device_power_is": Text("device_power_is", ("metered", "rated")),
    "currency": Text("currency"),
    "intensity_scope": Text("intensity_scope", get_args(Scope)),
    "embodied": Text("embodied", ("tables",)),
    "note": Text("note"),
}
DATES: Final = ("start", "end")
STAGE_KEYS: Final = (*TEXTS, *NUMBERS, *DATES)
WHOLE_KEYS: Final = {key: number for key, number in NUMBERS.items() if key.startswith(("stated_co2e", "stated_energy"))}


# Members that say nothing by themselves, and those of which one must be there.
COMPANIONS: Final[dict[str, tuple[str, ...]]] = {
    "energy_basis": ("energy_kwh", "bill"),
    "price_per_kwh": ("bill",),
    "currency": ("bill",),
    "device_power_is": ("device_power_w",),
    "power_utilisation": ("device_power_w", "accelerator"),
    "flop_per_s": ("flop",),
    "peak_flop_per_s": ("flop",),
    "flop_utilisation": ("peak_flop_per_s",),
    "lifespan_years": ("embodied_per_device_g", "embodied"),
    "lifespan_utilisation": ("embodied_per_device_g", "embodied"),
    "stated_energy_basis": ("stated_energy_kwh",),
}

MEANINGS: Final[dict[str, str]] = {
    "name": "what the stage is called; needed",
    "phase": "training, fine-tuning, inference ...; told from the name where it is not given",
    "place": 'country, subdivision or cloud region: "FR", "CA-QC", "gcp/europe-west4"',
    "year": "in which it ran; or give start and end",
    "start": "date, without quotes",
    "end": "date, without quotes",
    "accelerator": 'model: "A100-SXM4-80GB"',
    "devices": "how many accelerators",
    "duration_h": "how long the stage took",
    "device_hours": "hours of all devices together",
    "device_power_w": "power of one device; without it the rated power of the accelerator counts",
    "device_power_is": "metered or rated",
    "power_utilisation": "share of that power that was drawn, 0 to 1",
    "covers": "accelerators or node: what hardware the power or energy is of",
    "host_power_w": "power of all hosts together, beside the accelerators",
    "flop": "operations of the whole stage",
    "flop_per_s": "speed of one device as achieved",
    "peak_flop_per_s": "speed of one device as its vendor rates it",
    "flop_utilisation": "share of that speed that was achieved, 0 to 1",
    "energy_kwh": "energy of the stage; energy_basis says whether the PUE is in it",
    "energy_basis": "it or facility",
    "bill": "money that the energy cost; with price_per_kwh, currency and energy_basis",
    "price_per_kwh": "price of one kWh",
    "currency": "of bill and price",
    "pue": "power usage effectiveness of the data centre, 1 or more",
    "intensity_g_per_kwh": "carbon intensity of the grid; without it that of place and year counts",
    "intensity_scope": "lifecycle or direct",
    "co2e_g": "emissions, where nothing tells what they were computed from",
    "market_co2e_g": "emissions by contracts, beside the others",
    "embodied": '"tables": emissions of making the accelerators as the tables tell them',
    "embodied_per_device_g": "emissions of making one device",
    "lifespan_years": "years over which they are spread",
    "lifespan_utilisation": "share of those years in use, 0 to 1",
    "water_l": "water consumed",
    "wue_l_per_kwh": "water on site for a kWh of IT energy",
    "water_intensity_l_per_kwh": "water at power plants for a kWh of facility energy",
    "stated_energy_kwh": "energy as published, compared with what the inputs give",
    "stated_energy_basis": "it or facility",
    "stated_co2e_g": "emissions as published, compared",
    "stated_embodied_g": "embodied emissions as published, compared",
    "note": "a sentence for the reader",
}


def keys_of(member: str) -> tuple[str, ...]:
    """The keys that a member may be given by, each in its unit."""
    return tuple(key for key, number in NUMBERS.items() if number.member == member) or (member,)


def units_of(key: str) -> tuple[str, ...]:
    """The keys of the quantity that a word begins with: what `energy_joules` was to be; none where it is none."""
    best = max((len(stem) for stem in _STEMS if key.startswith(stem)), default=0)
    members = next((names for stem, names in _STEMS.items() if len(stem) == best and key.startswith(stem)), ())
    return tuple(members)


_STEMS: Final[dict[str, tuple[str, ...]]] = {
    stem: tuple(key for key in NUMBERS if key.startswith(stem))
    for stem in ("energy_", "stated_energy_", "device_", "host_", "intensity_", "co2e_", "market_co2e_", "stated_co2e_")
}
