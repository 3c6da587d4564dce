"""Joulecard records the energy and carbon of machine-learning pipelines, stage by stage.

`with joulecard.record("train") as stage:` measures a block, `stage.count("token", 512)` counts what it gets done; the
rest is the `joulecard` command.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.capture import record as record
    from joulecard.capture import stage as stage

__version__ = "0.1.0"
__all__ = ["__version__", "record", "stage"]
_ON_DEMAND = frozenset({"record", "stage"})

_NOT_DISABLED = ("", "0", "false", "no", "off")


def is_disabled(environ: Mapping[str, str]) -> bool:
    """Whether JOULECARD_DISABLED turns everything off: any value but 0, false, no, off and none, misspelt ones too."""
    return environ.get("JOULECARD_DISABLED", "").strip().lower() not in _NOT_DISABLED


def __getattr__(name: str) -> object:
    """`record` and `stage`, imported only when one is first asked for, so that `import joulecard` costs nothing."""
    if name in _ON_DEMAND:
        from joulecard import capture

        return getattr(capture, name)
    raise AttributeError(f"module 'joulecard' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, with those that are imported on demand."""
    return sorted([*__all__, "is_disabled"])
