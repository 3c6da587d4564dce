"""Meters of devices asked directly, in a process of their own: scene after scene, each with its own environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, NamedTuple

PROGRAM = """
import json, os, sys
from joulecard.capture.meters import Failure, Job, open_meter
from joulecard.settings import Roots

sensor, scenes = json.loads(sys.argv[1])
for scene in scenes:
    whole_node = scene.pop('whole_node', False)
    asked = scene.pop('asked', False)
    os.environ.update(scene)
    notes = []
    job = Job(Roots.from_environment(os.environ), os.environ, whole_node, lambda *note: notes.append(note))
    meter = open_meter(sensor, job)
    meter.read()
    counts = {name: count.reason if isinstance(count, Failure) else count for name, count in meter.read().items()}
    found = [{'type': type(each).__name__, **each._asdict()} for each in meter.counters()]
    pids = [meter.processes(each['device_ref']) for each in found] if asked else []
    print(json.dumps([found, counts, notes, [sorted(each) if each is not None else None for each in pids]]))
    meter.close()
    for name in scene:
        del os.environ[name]
"""


class Scene(NamedTuple):
    """What a meter showed."""

    instruments: list[dict[str, Any]]
    counts: dict[str, int | str]
    notes: list[list[str]]
    processes: list[list[int] | None]

    def told(self, *members: str) -> list[tuple[Any, ...]]:
        """Some members of each instrument."""
        return [tuple(each[member] for member in members) for each in self.instruments]


def scenes(sensor: str, environ: dict[str, str], *told: dict[str, Any]) -> list[Scene]:
    """What the meter shows in each scene; a scene is variables, and `whole_node` or `asked` (for its processes)."""
    line = [sys.executable, "-c", PROGRAM, json.dumps([sensor, told])]
    done = subprocess.run(line, env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return [Scene(*json.loads(text)) for text in done.stdout.splitlines()]
