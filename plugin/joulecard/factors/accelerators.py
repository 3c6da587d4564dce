"""Watts of an accelerator without a counter: its rated power times how busy it was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from joulecard.factors.factor import Factor
from joulecard.factors.uncertainties import uncertainty

if TYPE_CHECKING:
    from joulecard.factors.tables import Row, Tables

ACCELERATOR_TDP = "accelerator-tdp"

_MARKS = re.compile(r"\((?:r|tm|c)\)|[®™]")
_GAPS = re.compile(r"[\s_/-]+")
_VENDOR = re.compile(r"^(?:nvidia|amd|intel|google|aws|qualcomm) ")
_VIRTUAL = re.compile(r"-\d+[ABCQ]$")  # NVIDIA's names of the parts of a card: A10-8Q (Virtual GPU User Guide)
_KINDS = {"gpu": "gpu", "tpu": "tpu"}
_WITH_CPU = frozenset({"superchip", "apu", "soc"})


class Rating(NamedTuple):
    """What the table holds of an accelerator; without a factor, why there is none."""

    kind: str = "accelerator"  # as disclosures name it
    vendor: str | None = None
    factor: Factor | None = None  # W at full use of one device
    missing: str = ""
    model: str = ""  # the table's name of it


def accelerator_name(text: str) -> str:
    """An accelerator's name without vendor and marks, in lower case: the form in which names are compared."""
    return _VENDOR.sub("", _GAPS.sub(" ", _MARKS.sub(" ", text.lower())).strip())


def accelerator_rating(tables: Tables, model: str) -> Rating:
    """The accelerator of exactly this name or alias; the part of a card or an unknown name is no row of the table."""
    if _VIRTUAL.search(model.strip()):
        return Rating(missing="it is a part of a card, and nothing tells how great a part of its power that is")
    name = accelerator_name(model)
    row = next((row for row in tables.every("accelerator_power") if name in _names(row)), None)
    if row is None:
        return Rating(missing="the tables hold no power of it")
    kind = _KINDS.get(row["kind"], "accelerator")
    if row["kind"] in _WITH_CPU:
        return Rating(kind, row["vendor"], missing="its rated power is that of its CPU too")
    if not row["tdp_w"]:
        return Rating(kind, row["vendor"], missing="its vendor publishes no power")
    return Rating(kind, row["vendor"], _factor(tables, row), model=row["model"])


def with_power(rating: Rating, own: Factor | None) -> Rating:
    """The rating with the power that the user gives of it, where they do."""
    return rating._replace(factor=own, missing="") if own else rating


def _names(row: Row) -> set[str]:
    return {accelerator_name(name) for name in (row["model"], *row["aliases"].split(";")) if name}


def _factor(tables: Tables, row: Row) -> Factor:
    thing = f"power:{ACCELERATOR_TDP}:{re.sub(r'[^a-z0-9+.-]+', '-', row['model'].lower()).strip('-')}"
    devices = int(row["devices"])
    board = f" ({row['tdp_w']} W for a board of {devices})" if devices > 1 else ""
    power_w = float(row["tdp_w"]) / devices
    return Factor(
        id=thing,
        kind="power_model",
        name=ACCELERATOR_TDP,
        value=power_w,
        unit="W",
        uncertainty=(uncertainty(tables, "gpu-tdp-model", thing),),
        source=tables.source(row["source_id"]),
        assumes=(
            f"{row['model']} draws its rated {power_w:g} W{board} times its utilisation; "
            "what it draws while nothing runs on it is not in this"
        ),
        is_default=False,
        note=row["note"] or None,
    )
