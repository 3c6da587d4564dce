"""Rated power of accelerators that tell no energy: found by exact name or alias, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.factors import edition
from joulecard.factors.accelerators import accelerator_name
from joulecard.factors.tables import Tables

FACTORS = edition()


@pytest.mark.parametrize(
    ("name", "power_w"),
    [
        ("NVIDIA H100 80GB HBM3", 700),
        ("NVIDIA H100 PCIe", 350),
        ("NVIDIA A100-SXM4-80GB", 400),
        ("NVIDIA A100 80GB PCIe", 300),
        ("Tesla V100-SXM2-16GB", 300),
        ("Tesla T4", 70),
        ("NVIDIA A10", 150),
        ("NVIDIA A10G", 300),
        ("GeForce RTX 3090", 350),
        ("AMD Instinct MI300X OAM", 750),
        ("Instinct MI250X", 500),
    ],
)
def test_drivers_names_are_found(name: str, power_w: float) -> None:
    """As NVML and AMD SMI spell them."""
    rating = FACTORS.accelerator(name)
    assert rating.factor is not None
    assert (rating.kind, rating.factor.value, rating.factor.unit) == ("gpu", power_w, "W")
    assert [source.class_name for source in rating.factor.uncertainty] == ["gpu-tdp-model"]


@pytest.mark.parametrize(("name", "power_w"), [("Tesla K80", 150), ("NVIDIA A16", 62.5)])
def test_the_power_of_a_board_is_shared_by_its_devices(name: str, power_w: float) -> None:
    """Its driver shows each of its chips by itself, and the data sheet rates the board."""
    factor = FACTORS.accelerator(name).factor
    assert factor is not None
    assert factor.value == power_w
    assert "for a board of" in (factor.assumes or "")


@pytest.mark.parametrize("name", ["NVIDIA A10-8Q", "GRID T4-16C", "NVIDIA A100-40C", "GRID V100-4B", "NVIDIA L4-2A"])
def test_a_part_of_a_card_has_no_power_of_its_own(name: str) -> None:
    """A virtual GPU shares its card with others: nothing tells how."""
    rating = FACTORS.accelerator(name)
    assert rating.factor is None
    assert "a part of a card" in rating.missing


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("NVIDIA GH200 480GB", "of its CPU too"),
        ("AMD Instinct MI300A", "of its CPU too"),
        ("TPU v5e", "publishes no power"),
        ("NVIDIA A1", "the tables hold no power of it"),
        ("H100 80GB HBM3 and more", "the tables hold no power of it"),
        ("", "the tables hold no power of it"),
        ("A10\nA10", "the tables hold no power of it"),
    ],
)
def test_what_is_not_known_is_not_made_up(name: str, why: str) -> None:
    """No name that merely begins alike, and no power that is not the device's own."""
    rating = FACTORS.accelerator(name)
    assert rating.factor is None
    assert why in rating.missing


def test_every_row_is_found_by_its_own_names_and_by_no_other() -> None:
    """No two rows of a table share a name, once vendor, marks and hyphens are gone."""
    names = [
        accelerator_name(name)
        for row in Tables(FACTORS.name).every("accelerator_power")
        for name in {
            accelerator_name(each): each for each in (row["model"], *row["aliases"].split(";")) if each
        }.values()
    ]
    assert len(names) == len(set(names))


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    """A driver may say what it likes."""
    rating = FACTORS.accelerator(text)
    assert (rating.factor is None) == bool(rating.missing)
