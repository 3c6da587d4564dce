"""What the stages of a project are called in its disclosure: by their names, or by address where these are shared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import Segment


def address_of(segment: Segment) -> str:
    """The stage that DVC ran, whatever name `joulecard run --stage NAME` gave it."""
    return dict(segment.refs).get("dvc_stage", segment.stage)


@dataclass(frozen=True, slots=True)
class Names:
    """By address the name that the records carry, and the one in the disclosure."""

    recorded: dict[str, str]
    disclosed: dict[str, str]

    def applied(self, segments: Iterable[Segment]) -> tuple[Segment, ...]:
        """The segments under the names of the disclosure."""
        return tuple(self._applied(segment) for segment in segments)

    def _applied(self, segment: Segment) -> Segment:
        address = address_of(segment)
        is_own = segment.stage == self.recorded.get(address)
        return replace(segment, stage=self.disclosed[address]) if is_own else segment


def names_of(addresses: Iterable[str], segments: Iterable[Segment]) -> Names:
    """Each stage has the name in its first record, else DVC's; those that share one go by their addresses."""
    recorded = {address: address.rpartition("dvc.yaml:")[2] for address in addresses}
    for segment in reversed([segment for segment in segments if address_of(segment) in recorded]):
        recorded[address_of(segment)] = segment.stage
    count = Counter(recorded.values())
    disclosed = {
        address: name if count[name] == 1 and (name == address or name not in recorded) else address
        for address, name in recorded.items()
    }
    return Names(recorded, disclosed)
