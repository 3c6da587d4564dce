"""R03: an assumption that is a factor has the factor's number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import near, unlike
from joulecard.validation.at import Finding
from joulecard.validation.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator


def same_number(facts: Facts) -> Iterator[Finding]:
    """An assumption with another value or unit than the factor it names."""
    for item in facts.root.items("assumptions"):
        factor = facts.factors.get(item.value.get("factor_ref", ""))
        if factor is None:
            continue
        places = (f"{item.pointer}/factor_ref", f"{factor.pointer}/value", f"{factor.pointer}/unit")
        if "value" in item.value and not near(item.value["value"], factor.value["value"]):
            yield Finding(
                f"{item.pointer}/value",
                unlike(item.value["value"], "the factor it names is", factor.value["value"]),
                places,
            )
        if "unit" in item.value and item.value["unit"] != factor.value["unit"]:
            yield Finding(
                f"{item.pointer}/unit",
                f"is {item.value['unit']}, and the factor it names is in {factor.value['unit']}",
                places,
            )


CHECKS = (same_number,)
