"""A process with joulecard imported that forks a child for each request: that costs milliseconds, an interpreter 100.

Reads one JSON object a line, {"code", "folder", "environ", "hold"}, and answers `started PID`; `ended PID STATUS` comes
later. A child that is held waits for SIGUSR1, so that strace can be attached before it does anything.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib
import json
import logging
import os
import select
import signal
import traceback
from typing import Any

LOADED = (
    "joulecard.capture.recorder",
    "joulecard.capture.journal.recovery",
    "joulecard.hosts.command",
    "joulecard.settings",
)
PR_SET_PTRACER, PR_SET_PTRACER_ANY = 0x59616D61, -1  # <linux/prctl.h>


def main() -> None:
    """Serves until standard input ends."""
    for name in LOADED:
        importlib.import_module(name)
    logging.getLogger("joulecard")
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    waiting = b""
    while True:
        readable, _, _ = select.select([0], [], [], 0.02)
        if readable:
            read = os.read(0, 1 << 16)
            if not read:
                break
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                print("started", start(json.loads(line)), flush=True)
        report_ended()


def start(request: dict[str, Any]) -> int:
    """The process that does what is asked; it has its streams by then, which strace must not hinder."""
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 125
        os.close(ready)
        try:
            status = become(request, told)
            atexit._run_exitfuncs()  # noqa: SLF001 - as an interpreter does that ends
        finally:
            os._exit(status)
    os.close(told)
    os.read(ready, 1)  # comes to an end when the child has let go of it
    os.close(ready)
    return pid


def become(request: dict[str, Any], told: int) -> int:
    """Runs the code in its folder with its own streams and environment; its exit status. Closes `told` when ready."""
    os.setpgid(0, 0)
    os.chdir(request["folder"])
    for stream, name, flags in ((0, os.devnull, os.O_RDONLY), (1, "out", os.O_WRONLY), (2, "err", os.O_WRONLY)):
        descriptor = os.open(name, flags | (os.O_CREAT | os.O_APPEND if stream else 0), 0o600)
        os.dup2(descriptor, stream)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["environ"])
    code = compile(request["code"], "job", "exec")
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(PR_SET_PTRACER_ANY), 0, 0, 0)
    os.close(told)
    if request["hold"]:
        signal.sigwait([signal.SIGUSR1])
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
    try:
        exec(code, {"__name__": "__main__"})  # noqa: S102 - the tests' own programs
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # noqa: BLE001 - what Python itself would do
        traceback.print_exc()
        return 1
    return 0


def report_ended() -> None:
    """Tells of each child that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        print("ended", pid, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
