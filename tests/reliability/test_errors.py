"""REL-R4: whatever call fails, once or from then on, the job is what it would have been without us."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.reliability.planted import planted
from tests.reliability.victims import JOB, PATIENCE_S, SAID, STATUS, Victim, Zygote

from joulecard.capture.journal.recovery import recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.needs("strace")

ERRORS = {
    "openat": ("EACCES", "EMFILE", "EIO", "ENOSPC", "EROFS", "ESTALE", "EINTR"),
    "read": ("EIO", "ESTALE", "EINTR"),
    "write": ("ENOSPC", "EIO", "EDQUOT", "EINTR"),
    "fsync": ("EIO", "ENOSPC", "EDQUOT", "EINTR"),
    "rename": ("EACCES", "ENOSPC", "EROFS", "EIO"),
    "mkdir": ("EACCES", "ENOSPC", "EROFS"),
    "unlink": ("EACCES", "EROFS", "EIO"),
    "newfstatat": ("EACCES", "EIO", "ESTALE"),
    "fstat": ("EIO", "ESTALE"),
    "statfs": ("EIO", "EACCES"),
    "flock": ("ENOLCK", "EINTR"),
    "getdents64": ("EIO", "ESTALE"),
    "lseek": ("EIO",),
    "ioctl": ("EIO",),
    "clone3": ("EAGAIN",),
}
REPEATED_BY_PYTHON = "EINTR"  # PEP 475: for ever where it never ends, in any program
CODE = JOB.format(seconds=1.1)


class Injection(NamedTuple):
    """A call that fails: the one of that number in each thread, or all from there on."""

    call: str
    error: str
    when: str

    @property
    def name(self) -> str:
        """For a folder."""
        return "-".join(self)


def injections(most: dict[str, int], step: int) -> list[Injection]:
    """Each error of each call: at one in so many of its moments, and from the first, a middle and the last one on."""
    chosen = []
    for call, errors in ERRORS.items():
        count = most.get(call, 0)
        for offset, error in enumerate(errors):
            chosen += [Injection(call, error, str(number)) for number in range(1 + offset % step, count + 1, step)]
            if count and error != REPEATED_BY_PYTHON:
                moments = sorted({1, (count + 1) // 2, count})
                chosen += [Injection(call, error, f"{number}+") for number in moments]
    return chosen


def felt(victim: Victim) -> str:
    """How the job differs from one that nobody records; nothing where it does not: one line may say what is missing."""
    lines = victim.errors.splitlines()
    if victim.status != STATUS or victim.output != SAID:
        return f"status {victim.status}, output {victim.output!r}, errors {victim.errors[-300:]!r}"
    if len(lines) > 1 or not all(line.startswith("joulecard: ") for line in lines):
        return f"said {victim.errors[-300:]!r}"
    return ""


def hindered(folder: Path, chosen: Iterable[Injection], tree: Path | None = None) -> dict[str, str]:
    """What the job felt of each injection."""
    with Zygote(tree) as zygote:

        def begin() -> Iterator[Callable[[], Victim]]:
            for each in chosen:
                option = f"inject={each.call}:error={each.error}:when={each.when}"
                yield lambda each=each, option=option: zygote.traced(  # type: ignore[misc]
                    CODE, folder / each.name, "-e", f"trace={each.call}", "-e", option
                )

        return {victim.folder.name: felt(victim) or _unreadable(victim) for victim in zygote.all_of(begin())}


def _unreadable(victim: Victim) -> str:
    """What is wrong with what was left; recover takes every journal that was kept."""
    verdicts = {outcome.verdict for outcome in recover(str(victim.state))} if victim.state.is_dir() else set()
    victim.segments()
    return "" if verdicts <= {"written"} else f"recover found {verdicts}"


def counted(folder: Path) -> dict[str, int]:
    """How often the busiest thread of the job makes each call."""
    with Zygote() as zygote:
        victim = zygote.wait(zygote.traced(CODE, folder / "whole", "-e", f"trace={','.join(ERRORS)}"))
    seen: dict[tuple[str, str], int] = {}
    for told in re.findall(r"^(\d+) +(\w+)\(", victim.log, re.MULTILINE):
        seen[told] = seen.get(told, 0) + 1
    return {call: max(count for (_, name), count in seen.items() if name == call) for _, call in seen}


def test_150_failing_calls(tmp_path: Path) -> None:
    """Transient and for good: exit status, output and errors are the job's own, and what is left can be read."""
    chosen = injections(counted(tmp_path), step=11)
    wrong = hindered(tmp_path, chosen)
    assert [f"{name}: {what}" for name, what in wrong.items() if what] == []
    assert len(wrong) >= 150


@pytest.mark.nightly
def test_500_failing_calls(tmp_path: Path) -> None:
    """As above, at every moment."""
    wrong = hindered(tmp_path, injections(counted(tmp_path), step=1))
    assert {name: what for name, what in wrong.items() if what} == {}
    assert len(wrong) >= 500


RAISING = (
    "capture/__init__.py",
    "    def __enter__(self) -> Stage:\n",
    "    def __enter__(self) -> Stage:\n        import os; os.mkdir('planted')\n",
)


def test_an_error_that_reaches_the_job_is_found(tmp_path: Path) -> None:
    """The harness sees a guard that is missing."""
    chosen = [Injection("mkdir", "EROFS", "1+")]
    assert any(hindered(tmp_path, chosen, planted(tmp_path, RAISING)).values())


# in the recorder's own thread, where nobody of the job's would catch it
RAISING_METER = (
    "capture/meters/rapl/__init__.py",
    "        began_s = time.monotonic()\n        return ",
    "        began_s = {'MainThread': 0.0}[__import__('threading').current_thread().name]\n        return ",
)
NO_GUARDS = (
    (
        "capture/metering/instruments.py",
        "        except Exception as error:",
        "        except ZeroDivisionError as error:",
    ),
    (
        "capture/recorder.py",
        "        except Exception as error:  # noqa: BLE001 - the job must",
        "        except OSError as error:  #",
    ),
)


def _with_a_meter(folder: Path, *bugs: tuple[str, str, str]) -> Victim:
    """A job on a machine with one package counter, under a package with these bugs."""
    zone = folder / "job/sys/class/powercap/intel-rapl:0"
    zone.mkdir(parents=True)
    for name, text in {"name": "package-0", "energy_uj": "5000000", "max_energy_range_uj": "262143328850"}.items():
        (zone / name).write_text(text + "\n")
    with Zygote(planted(folder, *bugs)) as zygote:
        return zygote.wait(zygote.start(CODE, folder / "job", JOULECARD_SYSFS_ROOT="{folder}/sys"))


def test_a_meter_that_raises(tmp_path: Path) -> None:
    """It costs its own figures and no other's, and is named; where the guards are missing too, it is found."""
    guarded = _with_a_meter(tmp_path / "guarded", RAISING_METER)
    assert felt(guarded) == ""
    [segment] = guarded.segments()
    assert {"what": "rapl", "reason": "failed: KeyError"} in segment["gaps"]
    assert segment["activity"]["cpu_s"] > 0
    assert felt(_with_a_meter(tmp_path / "unguarded", RAISING_METER, *NO_GUARDS))


UNBOUNDED = ("capture/recorder.py", "self._thread.join(STOP_DEADLINE_S)", "self._thread.join()")
LOOK_UP = (
    "capture/recorder.py",
    "            self._stopped = True\n",
    "            self._stopped = True\n            import socket; socket.socket(2, 2).connect(('127.0.0.1', 53))\n",
)
HANGS_S, DEADLINE_S = 12, 9.0  # a disk that does not answer, and when the job has to have ended all the same


def _lasted_s(folder: Path, tree: Path | None = None) -> float:
    """How long a job of 0.1 s takes where each fsync hangs."""
    with Zygote(tree) as zygote:
        option = f"inject=fsync:delay_enter={HANGS_S}s"
        victim = zygote.traced(JOB.format(seconds=0.1), folder / "job", "-e", "trace=fsync", "-e", option)
        began_s = time.monotonic()
        while not victim.output and time.monotonic() < began_s + PATIENCE_S:
            time.sleep(0.05)
        lasted_s = time.monotonic() - began_s
        zygote.kill(victim)
        return lasted_s


def test_a_disk_that_hangs_holds_no_job(tmp_path: Path) -> None:
    """The job goes on after the deadline of the recorder; one whose recorder waits for ever is found."""
    assert _lasted_s(tmp_path / "right") < DEADLINE_S
    assert _lasted_s(tmp_path / "wrong", planted(tmp_path, UNBOUNDED)) > DEADLINE_S


def _connections(folder: Path, tree: Path | None = None) -> str:
    with Zygote(tree) as zygote:
        return zygote.wait(zygote.traced(JOB.format(seconds=0.1), folder / "job", "-e", "trace=connect,sendto")).log


def test_no_socket_is_opened(tmp_path: Path) -> None:
    """REL-R10: a default run asks nobody; a look-up at the end is found."""
    assert "connect(" not in _connections(tmp_path / "right")
    assert "connect(" in _connections(tmp_path / "wrong", planted(tmp_path, LOOK_UP))
