"""What the merged numbers are about, and what merged them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard import __version__
from joulecard.disclosure import document as doc
from joulecard.disclosure.merge.names import Names, renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from joulecard.disclosure.document.part import Part
    from joulecard.disclosure.merge.source import Source

LONGEST_NAME = 256


def subject_of(sources: Sequence[Source], names: Mapping[str, Names], name: str) -> doc.Subject:
    """What the merged numbers are about.

    Of one and the same subject everything that the disclosures agree on; of several only data and results of stages,
    since a version or a model is that of one of them. `name` replaces their names.
    """
    found = [renamed(source.document.subject, names[source.digest]) for source in sources]
    alike = len({(each.type, each.name) for each in found}) == 1
    kinds = {each.type for each in found}
    listed = {member: _each_once(found, member) for member in ("datasets", "quality_metrics")}
    if not alike and listed["quality_metrics"]:
        listed["quality_metrics"] = tuple(each for each in listed["quality_metrics"] if each.stage_ref) or None
    members: dict[str, Any] = {"type": kinds.pop() if len(kinds) == 1 else "pipeline", "name": name or _joined(found)}
    if alike:
        listed |= {member: _each_once(found, member) for member in ("digests", "identifiers")}
        members |= {member: _agreed(found, member) for member in ("version", "description", "model")}
    return doc.Subject.model_validate({**members, **listed})


def _joined(found: Sequence[doc.Subject]) -> str:
    """The names, each once."""
    return " + ".join(dict.fromkeys(each.name for each in found))[:LONGEST_NAME]


def _each_once(found: Sequence[Part], member: str) -> tuple[Any, ...] | None:
    values = dict.fromkeys(item for each in found for item in getattr(each, member) or ())
    return tuple(values) or None


def _agreed(found: Sequence[Part], member: str) -> Any:
    """What all that tell it tell alike."""
    values = {value for each in found if (value := getattr(each, member)) is not None}
    return values.pop() if len(values) == 1 else None


def generator(sources: Sequence[Source], factors: Iterable[doc.Factor]) -> doc.Generator:
    """That joulecard merged it; edition and profile where all disclosures agree, else the profile of the factors."""
    found = [source.document.generator for source in sources]
    profiles = {each.profile for each in found} - {None}
    scopes = {factor.basis.scope for factor in factors if factor.kind == "grid_intensity" and factor.basis}
    told = profiles if len(profiles) == 1 else scopes if profiles and len(scopes) == 1 else set()
    return doc.Generator(
        name="joulecard",
        version=__version__,
        factor_edition=_agreed(found, "factor_edition") if all(each.factor_edition for each in found) else None,
        profile=told.pop() if told else None,
    )
