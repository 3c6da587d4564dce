"""What a recording tells its user: one line a process, through logging, never with a path that ends up in a record.

A record that was not written is told at once. Anything less is a gap in the record too and waits for the end of the
process, in case there is worse to tell: one line then says the worst.

Python aborts a process that ends while a daemon thread of it writes to a standard stream. So lines come one at a time,
and none but from the thread that ends the process once it does.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress

from joulecard.capture import forks

DEGRADED, NOT_WRITTEN = "degraded", "not written"
_OURS = "recorder"
_MOST_S = 1.0  # that a line of one thread holds up another line, or the end of the process

_said: set[str] = set()
_waiting: list[str] = []  # the first sentence that is to be told at the end
_speaking = threading.RLock()  # a handler of the program's may have us say something while it is told something


def tell(sentence: str, kind: str) -> None:
    """Tells it, now or at the end of the process, if it is the line that this process has; raises what logging raises.

    A process that is killed, or ends by os._exit, tells nothing at its end.
    """
    if kind == NOT_WRITTEN:
        log_once(sentence, _OURS)
    elif _OURS not in _said and not _waiting:
        _waiting.append(sentence)
        atexit.register(_tell_what_waits)


def forget() -> None:
    """In a forked child: what waits is its parent's to tell, and the thread that spoke is not here."""
    global _speaking  # noqa: PLW0603 - state of a process
    _waiting.clear()
    _speaking = threading.RLock()


def _tell_what_waits() -> None:
    with suppress(Exception):  # Python would print it
        while _waiting:
            log_once(_waiting.pop(), _OURS)


def _keep_the_last_word() -> None:
    """Lets a line that is being written be finished, and no other thread begin one: the lock is never given back."""
    with suppress(KeyboardInterrupt):  # Python would print it, and go on
        _speaking.acquire(timeout=_MOST_S)


def log_once(sentence: str, kind: str) -> None:
    """One line per process and kind; raises whatever logging raises.

    Where another thread speaks for too long, or the process ends in one, the line is not logged and stays to be said.
    """
    speaking = _speaking  # a fork amid the line makes another
    if kind in _said or not speaking.acquire(timeout=_MOST_S):
        return
    try:
        if kind not in _said:
            _said.add(kind)
            _say(f"joulecard: {sentence}")
    finally:
        speaking.release()


def _say(line: str) -> None:
    if "logging" in sys.modules:
        _log(line)
    else:
        _print(f"{line}\n")


def _log(line: str) -> None:
    with forks.importing():
        import logging

    tells_failures, logging.raiseExceptions = logging.raiseExceptions, False
    try:  # a stream that takes no line would be given a traceback instead
        logging.getLogger("joulecard").warning("%s", line)
    finally:
        logging.raiseExceptions = tells_failures


def _print(line: str) -> None:
    """What logging does where nobody has set it up. To import it for this would break a fork that has just begun.

    Of its calls around a fork Python would make only those that come after it, and print that they fail.
    """
    with suppress(OSError, ValueError, AttributeError):  # there is no stream, or it takes no line
        sys.stderr.write(line)


def why(error: BaseException) -> str:
    """The reason without any path: it may stand in a record."""
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__


def not_written(folder: str, reason: str, journal: str | None) -> str:
    """What could not be written, why, where the record lies and how to get it."""
    if not journal:
        return f"the record could not be written to {folder} ({reason}) and no journal could be kept: it is lost"
    return (
        f"the record could not be written to {folder} ({reason}); it lies in {journal}: "
        "write it with `joulecard recover --to DIR`"
    )


atexit.register(_keep_the_last_word)  # at import: what we say at the end is registered later, and so comes before
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)
