"""All named published methods by id."""

from __future__ import annotations

from joulecard.accounting.methods import (
    ecologits,
    embodied_share,
    equivalences,
    flops,
    green_algorithms,
    implied,
    lacoste,
    luccioni,
    mix,
    patterson,
    per_inference,
    power_curves,
    rollup,
    savings,
    sci,
    strubell,
    time_power,
    water,
)
from joulecard.accounting.methods.citation import Citation
from joulecard.errors import InvalidInputError

METHODS: dict[str, Citation] = {
    citation.id: citation
    for citation in (
        time_power.CITATION,
        patterson.CITATION,
        strubell.CITATION,
        lacoste.CITATION,
        green_algorithms.CITATION,
        luccioni.CITATION,
        sci.CITATION,
        embodied_share.CITATION,
        power_curves.CITATION,
        ecologits.CITATION,
        water.THIRSTY,
        water.OLMO,
        flops.CITATION,
        per_inference.CITATION,
        implied.CITATION,
        rollup.CITATION,
        savings.CITATION,
        mix.CITATION,
        equivalences.CITATION,
    )
}


def method(name: str) -> Citation:
    """The citation of a method by its id; raises InvalidInputError for one that is not known, naming all."""
    if name not in METHODS:
        raise InvalidInputError(f"there is no published method {name!r}", mend=f"known are {', '.join(METHODS)}")
    return METHODS[name]
