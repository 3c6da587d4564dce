"""Runs scripts in processes that have imported MLflow already: that takes seconds, and each test needs a process.

Reads requests from standard input, one JSON object a line, forks for each, and answers with its process number and,
when it has ended, its exit status. The script runs as a main program does: its end is the interpreter's own.
"""

from __future__ import annotations

import json
import os
import runpy
import sys

import mlflow

import joulecard.hosts.mlflow.delivery  # what each script would import at its end

__all__ = ["joulecard", "mlflow"]


def tell(**answer: object) -> None:
    """One line for whoever asked."""
    print(json.dumps(answer), file=ANSWERS, flush=True)


def become(request: dict[str, object]) -> None:
    """Makes this process look as if it had been started for the script."""
    os.setpgid(0, 0)
    os.chdir(str(request["folder"]))
    os.environ.clear()
    os.environ.update(dict(request["environ"]))  # type: ignore[call-overload]
    for stream, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(str(request[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, stream)
        os.close(file)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    ANSWERS.close()
    sys.argv = [str(request["script"])]


ANSWERS = os.fdopen(os.dup(1), "w")
request: dict[str, object] = {}
tell(ready=True)
while line := os.read(0, 1 << 20):
    request = json.loads(line)
    child = os.fork()
    if child == 0:
        become(request)
        break
    tell(pid=child)
    tell(status=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    request = {}
if request:
    runpy.run_path(str(request["script"]), run_name="__main__")
