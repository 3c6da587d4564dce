"""The process that libFuzzer runs in, started by tests.fuzz.run: joulecard instrumented, each input timed."""

from __future__ import annotations

import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tests.fuzz.mutation import mutated

if TYPE_CHECKING:
    from collections.abc import Callable

FREE_S, SECONDS_PER_MB = 1.0, 0.3
INSTRUMENTED = ["joulecard.validation", "joulecard.disclosure", "joulecard.canonical"]
BYTES_NOT_JSON = 8  # one change in so many is one of bytes


def main() -> None:
    """Fuzzes the target that the first argument names, until libFuzzer ends the process."""
    target_name, options = sys.argv[1], sys.argv[2:]
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        targets = import_module("tests.fuzz.targets")
    target = targets.TARGETS[target_name]

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        as_bytes = not target.is_document or seed % BYTES_NOT_JSON == 0
        changed: bytes = atheris.Mutate(data, most) if as_bytes else mutated(data, seed, most)
        return changed

    again = f"{sys.executable} -m tests.fuzz.engine {target_name}"  # how libFuzzer starts itself, to minimise a corpus
    atheris.Setup([again, *options], timed(target.check), custom_mutator=mutate)
    atheris.Fuzz()


def timed(check: Callable[[bytes], None], clock_s: Callable[[], float] = time.process_time) -> Callable[[bytes], None]:
    """The check, with a bound on the CPU time that an input may take."""

    def checked(data: bytes) -> None:
        start_s = clock_s()
        check(data)
        used_s = clock_s() - start_s
        assert used_s <= FREE_S + SECONDS_PER_MB * len(data) / 1e6, f"{used_s:.2f} CPU s for {len(data)} bytes"

    return checked


if __name__ == "__main__":
    main()
