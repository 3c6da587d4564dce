"""What joulecard costs MLflow: its import, and a run that starts and ends, each with and without, by turns.

`python benchmarks/mlflow_cost.py [--runs 15] [--json]` with the Python of an environment that holds joulecard and
mlflow. Runs go to a sqlite store in a temporary folder. Exit status 1 where a difference exceeds its bar.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict

from measured import Cost

# A script's own measure: the first run (its imports included), the mean of ten more, and, at the end of a process
# that had us disabled, what `import mlflow` would have done for us: our modules, from their files, and the wraps.
SCRIPT = """
import json, os, sys, time
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
client = mlflow.MlflowClient()
client.set_terminated(client.create_run("0").info.run_id)
def pair(count):
    thread_s, process_s = time.thread_time(), time.process_time()
    for _ in range(count):
        with mlflow.start_run():
            pass
    return (time.thread_time() - thread_s) / count, (time.process_time() - process_s) / count
first, later = pair(1), pair(10)
imported_s = 0.0
if os.environ.pop("JOULECARD_DISABLED", ""):
    for name in [name for name in sys.modules if name.partition(".")[0] == "joulecard"]:
        del sys.modules[name]
    began = time.process_time()
    from joulecard.hosts.mlflow.entry import DefaultExperiment, RunContext
    RunContext(), DefaultExperiment()
    imported_s = time.process_time() - began
    from joulecard.hosts.mlflow.arming import is_armed
    assert is_armed()
print(json.dumps([first[0], later[0], first[1], later[1], imported_s]))
"""
IMPORT_BAR_S = 0.020
NAMES = (
    ("first run, training thread", 0.040),
    ("each later run, training thread", 0.040),
    ("first run, whole process", None),
    ("each later run, whole process", None),
)


def once(store: str, environ: dict[str, str]) -> list[float]:
    """The measures of one process; raises CalledProcessError where it fails."""
    command = [sys.executable, "-c", SCRIPT, store]
    folder = environ["XDG_STATE_HOME"]  # where MLflow puts the artifacts too
    done = subprocess.run(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
    )
    measures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return measures


def measure(runs: int, folder: str) -> list[Cost]:
    """All measures in CPU seconds, of our part of the import the least, which noise cannot lower.

    One process of each kind beforehand makes the store and fills the caches.
    """
    store = f"sqlite:///{folder}/mlflow.db"
    quiet = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true", "XDG_STATE_HOME": folder}
    without = {**quiet, "JOULECARD_DISABLED": "1"}
    pairs = [(once(store, quiet), once(store, without)) for _ in range(runs + 1)][1:]
    imported_s = min(theirs[-1] for _, theirs in pairs)
    ours_of_import = Cost("import mlflow, our part", imported_s, 0.0, imported_s, IMPORT_BAR_S)
    return [ours_of_import] + [
        Cost.of(name, ((ours[place], theirs[place]) for ours, theirs in pairs), bar_s)
        for place, (name, bar_s) in enumerate(NAMES)
    ]


def main() -> int:
    """Measures and prints; 1 where a bar is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        costs = measure(options.runs, folder)
    if options.json:
        print(json.dumps([asdict(cost) for cost in costs], indent=2))
    else:
        for cost in costs:
            figures = (cost.with_it, cost.without_it, cost.difference)
            print(f"{cost.name:33}", *(f"{1000 * seconds:8.1f} ms" for seconds in figures), cost.verdict)
    return int(any(cost.verdict == "EXCEEDED" for cost in costs))


if __name__ == "__main__":
    sys.exit(main())
