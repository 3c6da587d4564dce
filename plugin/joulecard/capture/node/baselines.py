"""The idle power of each counter as all recorders of the host and boot know it: a file to which lower values are added.

A value holds for the time after it was written, for everybody: were two recorders to learn of it at different times,
they would together claim more than the node for as long.
"""

from __future__ import annotations

import contextlib
import math
import os
from typing import TYPE_CHECKING

from joulecard.capture.files import PRIVATE_FILE_MODE, write_all
from joulecard.capture.joules.attribution import IdleBaseline
from joulecard.capture.node.procfs import read
from joulecard.descriptors import Descriptor
from joulecard.surroundings.sha256 import sha256

if TYPE_CHECKING:
    from joulecard.settings import Roots

PREFIX = ".idle-"
_LOWER = 0.99  # of what is known: less is not worth a line
_NOTICE_S = 0.1  # from when on a new value holds: whoever looks later than this has it before them
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class Baselines:
    """The baselines of one recorder's counters, as all of the host have them."""

    def __init__(self, folder: str | None, roots: Roots) -> None:
        """`folder` is that of the live recorders; without one each recorder is alone with what it sees."""
        self._path = os.path.join(folder, f"{PREFIX}{_boot(roots)}") if folder else ""
        self._read_bytes = 0
        self._steps: dict[str, list[tuple[float, float]]] = {}  # by counter: from when, and W
        self._counters: dict[str, IdleBaseline] = {}

    def of(self, counter: str) -> IdleBaseline:
        """The baseline of a counter, kept up to date by `look`."""
        if not self._path:
            return IdleBaseline()
        return self._counters.setdefault(counter, IdleBaseline(is_shared=True))

    def look(self, since_s: float, now_s: float) -> None:
        """Tells the others what was seen, and takes what held in the time since the last look; raises OSError."""
        if not self._counters:
            return
        for name, baseline in self._counters.items():
            seen_w = baseline.seen_w
            if seen_w is not None and (baseline.told_w is None or seen_w < baseline.told_w * _LOWER):
                baseline.told_w = seen_w
                self._tell(f"{now_s + _NOTICE_S:.6f} {seen_w:.6f} {name}\n")
        self._read()
        for name, baseline in self._counters.items():
            steps = self._steps.get(name, ())
            baseline.watts = mean_w(steps, since_s, now_s) if steps else None
            if steps:
                least_w = min(watts for _, watts in steps)
                baseline.told_w = least_w if baseline.told_w is None else min(least_w, baseline.told_w)

    def _tell(self, line: str) -> None:
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | _SAFE
        with Descriptor(os.open(self._path, flags, PRIVATE_FILE_MODE)) as file:
            write_all(file, line.encode())

    def _read(self) -> None:
        """Takes the lines that have come."""
        try:
            size = os.stat(self._path).st_size
        except FileNotFoundError:
            return
        if size <= self._read_bytes:
            return
        text = read(self._path)
        whole = text.rfind(b"\n") + 1
        for line in text[self._read_bytes : whole].decode("utf-8", "replace").splitlines():
            since, _, rest = line.partition(" ")
            watts, _, name = rest.partition(" ")
            with contextlib.suppress(ValueError):
                step = float(since), float(watts)
                if name and all(map(math.isfinite, step)) and step[1] >= 0:
                    self._steps.setdefault(name, []).append(step)
        self._read_bytes = whole


def mean_w(steps: list[tuple[float, float]] | tuple[()], since_s: float, now_s: float) -> float | None:
    """The mean over a span of the least that was known at each time; None where nothing was known at its end.

    While nothing was known, nothing was idle.
    """
    if now_s <= since_s:
        known = [watts for from_s, watts in steps if from_s <= now_s]
        return min(known, default=None)
    energy_j, least_w, at_s = 0.0, 0.0, since_s
    is_known = False
    for from_s, watts in sorted(steps):
        if from_s >= now_s:
            break
        if from_s > at_s:
            energy_j, at_s = energy_j + least_w * (from_s - at_s), from_s
        least_w = min(least_w, watts) if is_known else watts
        is_known = True
    return (energy_j + least_w * (now_s - at_s)) / (now_s - since_s) if is_known else None


def _boot(roots: Roots) -> str:
    """A name for this boot of this machine."""
    boot = read(f"{roots.proc}/sys/kernel/random/boot_id")
    return sha256(boot + roots.sysfs.encode("utf-8", "replace")).hex()[:12]
