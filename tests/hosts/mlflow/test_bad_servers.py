"""REL-R9: whatever a tracking server does, the end of a run waits until its deadline and not longer."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.hosts.mlflow.bad_servers import (
    CALLS,
    MODES,
    REFUSED,
    RUN_ID,
    SLOW_NAME,
    bad_servers,
    silent_name_server,
)

if TYPE_CHECKING:
    from tests.hosts.mlflow.conftest import Shell, Store

pytestmark = pytest.mark.needs("mlflow", "root")

DEADLINE_S, GRACE_S = 2.0, 0.5
EXIT_S = 20.0  # an interpreter that holds MLflow takes a while to let go of it; one that waited would take 30
# Each case in a process of its own, four at a time: sends one record by the shipped sender, waits as a run that ends
# does, and tells when the wait was over; what is then left of the process is its exit.
PROGRAM = """
import ctypes, json, os, shutil, sys, time
from importlib import import_module
import joulecard
from joulecard.hosts.mlflow.worker import HEAVY
from joulecard.settings import load_settings
cases = json.load(open("cases.json"))
with joulecard.record("train"):
    sum(range(100_000))
(name,) = os.listdir("carbon/segments")
def ask_the_silent():  # in a mount namespace of this process alone
    libc = ctypes.CDLL(None, use_errno=True)
    told = os.path.abspath("resolv.conf").encode()
    assert libc.unshare(0x20000) == libc.mount(None, b"/", None, 0x44000, None) == 0
    assert libc.mount(told, b"/etc/resolv.conf", None, 0x1000, None) == 0
def case(number, mode, address):
    if mode == "SLOW_NAME":
        ask_the_silent()
    from mlflow import MlflowClient
    from joulecard.hosts.mlflow.parcel import Parcel
    from joulecard.hosts.mlflow.sender import Sender
    os.mkdir(str(number))
    path = os.path.abspath(shutil.copy("carbon/segments/" + name, str(number)))
    parcel = Parcel(RUN_ID, (path,), "auto", load_settings(os.environ, os.getcwd()))
    sender, began_s = Sender(), time.monotonic()
    sender.prepare()
    sending = sender.send(parcel, lambda: MlflowClient(address))
    if sending:
        sender.wait(sending, began_s + DEADLINE_S)
    json.dump([time.monotonic() - began_s, time.monotonic(), os.path.exists(path)], open(f"{number}/told", "w"))
for module in HEAVY:  # as the worker does while a run goes on
    import_module(module)
running, over = {}, []
def await_one():
    pid, status = os.wait()
    number = running.pop(pid)
    waited_s, ended_s, is_kept = json.load(open(f"{number}/told"))
    mode, call, _ = cases[number]
    over.append([mode, call, status, waited_s, time.monotonic() - ended_s, is_kept])
for number, (mode, _, address) in enumerate(cases):
    pid = os.fork()
    if not pid:
        case(number, mode, address)
        sys.exit()
    running[pid] = number
    if number % 4 == 3 or number == len(cases) - 1:
        while running:
            await_one()
json.dump(over, open("over.json", "w"))
"""


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_no_server_delays_the_end(shell: Shell, store: Store, *, every: bool) -> None:
    """However it fails, at whichever request: the wait ends in time, so does the process, and the record stays."""
    with bad_servers(every=every) as servers, silent_name_server() as resolv_conf:
        (shell.folder / "resolv.conf").write_text(resolv_conf)
        (shell.folder / "cases.json").write_text(json.dumps(servers))
        program = PROGRAM.replace("RUN_ID", repr(RUN_ID)).replace("DEADLINE_S", str(DEADLINE_S))
        program = program.replace("SLOW_NAME", SLOW_NAME)
        ended = shell.run(program, store, MLFLOW_HTTP_REQUEST_MAX_RETRIES="7")
    assert ended.status == 0, ended.err
    over = json.loads((shell.folder / "over.json").read_text())
    assert Counter(mode for mode, *_ in over) == dict.fromkeys([*MODES, REFUSED, SLOW_NAME], len(CALLS) if every else 1)
    assert [case for case in over if case[2] != 0] == [], ended.err
    assert [case for case in over if case[3] > DEADLINE_S + GRACE_S or case[4] > EXIT_S] == []
    assert [case for case in over if not case[5]] == []
