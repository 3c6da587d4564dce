"""One case as a method sees it: inputs in the methods' units, found by dimension and name; what was used is noted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from tests.published.units import unit

from joulecard.errors import InvalidInputError

WORDS = re.compile(r"[a-z0-9]+")
DIVIDING_PUE = re.compile(r"/\s*pue")
NO_PUE = re.compile(r"(?:no|without|before|excl\w*\.?|not) (?:the )?pue|pue (?:is )?(?:not|excl)\w*")
WITH_PUE = re.compile(r"with_pue|incl\w*_pue")
WITHOUT_PUE = re.compile(r"without_pue|no_pue|before_pue|excl\w*_pue")


class Missing(Exception):  # noqa: N818 - not an error of the case: this method does not fit it
    """An input that a method needs is not there, or two could be meant."""


@dataclass(frozen=True)
class Given:
    """An input: its name, its value in the methods' units, its dimension."""

    name: str
    value: float
    dimension: str
    each: float  # the same with only the unit above the slash converted: g of one mile for t/mile
    per_use: bool  # its unit is of one thing that is counted: kWh/request, g/1000 tokens

    def words(self) -> set[str]:
        """The words of the name."""
        return set(WORDS.findall(self.name.lower()))


Alternative = Callable[["Reading"], float]


@dataclass
class Reading:
    """The inputs of a case while one output is sought."""

    target: str
    outputs: tuple[str, ...]
    formula: str
    given: tuple[Given, ...]
    used: set[str] = field(default_factory=set)
    refusals: set[str] = field(default_factory=set)  # what methods said that could not take these inputs

    @classmethod
    def of(cls, case: dict[str, Any], target: str) -> Self:
        """The reading of a case for one of its outputs."""
        given = tuple(_given(name, stated) for name, stated in case["inputs"].items())
        return cls(target, tuple(case["outputs"]), NO_PUE.sub("", case["formula"].lower()), given)

    def one(self, dimension: str, *names: str) -> float:
        """The input of a dimension whose name matches the first pattern that any does; raises Missing."""
        return self._take([self.find(dimension, *names)])[0]

    def maybe(self, default: float, dimension: str, *names: str) -> float:
        """The same, and a default where there is none."""
        try:
            return self.one(dimension, *names)
        except Missing:
            return default

    def all(self, dimension: str, name: str = "", *, but: str = r"^\b$", at_least: int = 1) -> list[float]:
        """All inputs of a dimension whose names match, in their order; raises Missing where they are too few."""
        found = [g for g in self.given if g.dimension == dimension and re.search(name, g.name)]
        kept = [g for g in found if not re.search(but, g.name)]
        if len(kept) < at_least:
            raise Missing(name)
        return self._take(kept)

    def find(self, dimension: str, *names: str) -> Given:
        """The one input meant; among several, the one that shares most words with the output; raises Missing."""
        fitting = [given for given in self.given if given.dimension == dimension]
        for name in names or ("",):
            matching = [given for given in fitting if re.search(name, given.name)]
            if matching:
                return self._likest(matching)
        raise Missing(f"{dimension} {names}")

    def whole(self, dimension: str) -> float:
        """The one input of a dimension that is no figure of one use; raises Missing."""
        return self._only([given for given in self.given if given.dimension == dimension and not given.per_use])

    def of_one(self, dimension: str) -> float:
        """The one input of a dimension that is stated for one use, or some number of uses; raises Missing."""
        return self._only([given for given in self.given if given.dimension == dimension and given.per_use])

    def _only(self, given: Sequence[Given]) -> float:
        if not given:
            raise Missing("such an input")
        return self._take([self._likest(list(given))])[0]

    def product(self, name: str) -> float:
        """The product of all pure numbers whose names match; raises Missing where there is none."""
        return math.prod(self.all("", name))

    def best(self, *alternatives: Alternative) -> float:
        """What the alternative gives that explains most inputs, the first of equals; raises Missing if none fits."""
        results = [result for alternative in alternatives if (result := self._tried(alternative)) is not None]
        if not results:
            raise Missing(self.target)
        value, used = max(results, key=lambda result: len(result[1]))
        self.used |= used
        return value

    def pue(self) -> float:
        """The PUE where the formula names it or its number and this output is with it, else 1."""
        if any(WITH_PUE.search(name) for name in self.outputs) and not WITH_PUE.search(self.target):
            return 1.0
        if WITHOUT_PUE.search(self.target):
            return 1.0
        try:
            given = self.find("", "^pue$", "^(?!.*overhead).*pue")
        except Missing:
            return 1.0
        if DIVIDING_PUE.search(self.formula):
            return 1.0
        if "pue" not in self.formula and f"{given.value:g}" not in self.formula:
            return 1.0
        return self._take([given])[0]

    def only_repeats(self, value: float, dimension: str) -> bool:
        """Whether the value is just one input of a quite different name; a rate may be one of units."""
        used = [given for given in self.given if given.name in self.used]
        wanted = set(WORDS.findall(self.target.lower()))
        return len(used) == 1 and used[0].value == value and not used[0].words() & wanted and dimension != "1/h"

    def says(self, *words: str) -> bool:
        """Whether the formula holds any of these."""
        return any(word in self.formula for word in words)

    def _tried(self, alternative: Alternative) -> tuple[float, set[str]] | None:
        attempt = Reading(self.target, self.outputs, self.formula, self.given)
        try:
            return alternative(attempt), attempt.used
        except Missing:
            return None
        except InvalidInputError as refusal:
            self.refusals.add(str(refusal))
            return None
        finally:
            self.refusals |= attempt.refusals

    def _take(self, given: Sequence[Given]) -> list[float]:
        self.used |= {one.name for one in given}
        return [one.value for one in given]

    def _likest(self, matching: list[Given]) -> Given:
        wanted = set(WORDS.findall(self.target.lower()))
        shared = [len(given.words() & wanted) for given in matching]
        likest = [given for given, count in zip(matching, shared, strict=True) if count == max(shared)]
        if len(likest) > 1:
            raise Missing(f"one of {[given.name for given in likest]}")
        return likest[0]


def _given(name: str, stated: dict[str, Any]) -> Given:
    meant = unit(str(stated["unit"]))
    per_use = "/" in str(stated["unit"]) and "/" not in meant.dimension and bool(meant.dimension)
    value, above = float(stated["value"]), unit(str(stated["unit"]).partition("/")[0])
    return Given(name, value * meant.scale, meant.dimension, value * above.scale, per_use)
