"""The two places where MLflow tells that a run starts and ends: class attributes, so that no import style goes past.

There is no official hook for either. Nothing of MLflow is imported here; what is not loaded yet is wrapped later.
"""

from __future__ import annotations

import sys
from functools import wraps
from typing import Any

_CLIENT, _FLUENT = "mlflow.tracking.client", "mlflow.tracking.fluent"
_OURS = "_joulecard_wrapped"  # marks our wrappers
_WANTED = ((_CLIENT, "MlflowClient", "set_terminated"), (_FLUENT, "ActiveRun", "__init__"))


def arm() -> None:
    """Wraps what is loaded of MLflow; may be called any number of times."""
    client = _class(_CLIENT, "MlflowClient")
    if client is None or _is_wrapped(client, "set_terminated"):
        return
    _wrap_set_terminated(client)
    if not _arm_active_run():
        _wrap_first_client(client)


def is_armed() -> bool:
    """Whether runs of this process are recorded: their end is seen, and their start is or will be."""
    client = _class(_CLIENT, "MlflowClient")
    sees_starts = _is_wrapped(_class(_FLUENT, "ActiveRun"), "__init__") or _is_wrapped(client, "__init__")
    return not unknown_names() and sees_starts and _is_wrapped(client, "set_terminated")


def unknown_names() -> tuple[str, ...]:
    """The attributes of MLflow that are looked for and that its loaded modules do not have."""
    return tuple(".".join(wanted) for wanted in _WANTED if wanted[0] in sys.modules and not _exists(*wanted))


def _class(module: str, name: str) -> type | None:
    return getattr(sys.modules.get(module), name, None)


def _exists(module: str, name: str, attribute: str) -> bool:
    owner = _class(module, name)
    return owner is not None and hasattr(owner, attribute)


def _is_wrapped(owner: type | None, attribute: str) -> bool:
    return hasattr(getattr(owner, attribute, None), _OURS)


def _arm_active_run() -> bool:
    """Wraps the class of active runs; whether it is there and wrapped."""
    owner = _class(_FLUENT, "ActiveRun")
    if owner is None:
        return False
    if not _is_wrapped(owner, "__init__"):
        _wrap_active_run(owner)
    return True


def _put(owner: Any, attribute: str, wrapper: Any) -> None:
    setattr(wrapper, _OURS, True)
    setattr(owner, attribute, wrapper)


def _wrap_set_terminated(client: Any) -> None:
    original = client.set_terminated

    @wraps(original)
    def set_terminated(*args: Any, **kwargs: Any) -> Any:
        try:
            _run_ends(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the run ends as it would without us
            _report(error)
        return original(*args, **kwargs)

    _put(client, "set_terminated", set_terminated)


def _wrap_active_run(active_run: Any) -> None:
    original = active_run.__init__

    @wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        original(self, *args, **kwargs)
        try:
            _run_starts(self)
        except Exception as error:  # noqa: BLE001 - the run starts as it would without us
            _report(error)

    _put(active_run, "__init__", __init__)


def _wrap_first_client(client: Any) -> None:
    """Waits for the first client that is made when the class of active runs is there: each run makes one first."""
    original = client.__init__

    @wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        try:
            if _arm_active_run() and client.__init__ is __init__:
                client.__init__ = original
        except Exception as error:  # noqa: BLE001 - the client is made as it would be without us
            _report(error)
        original(self, *args, **kwargs)

    _put(client, "__init__", __init__)


def _run_starts(run: Any) -> None:
    from joulecard.hosts.mlflow import runs

    runs.begin(run)


def _run_ends(client: Any, run_id: str, status: str | None = None, *_rest: Any, **_named: Any) -> None:
    if "joulecard.hosts.mlflow.runs" in sys.modules:  # else none was begun
        from joulecard.hosts.mlflow import runs

        runs.finish(client, run_id, status)


def _report(error: Exception) -> None:
    """One line for the log, if even that works."""
    try:
        from joulecard.capture.recorder import log_once

        log_once(f"this MLflow run is not recorded in full ({type(error).__name__})", "mlflow")
    except Exception:  # noqa: BLE001 - nothing of ours reaches the script
        return
