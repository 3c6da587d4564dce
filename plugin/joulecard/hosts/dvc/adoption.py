"""`joulecard dvc init` and `remove`: what would change, and changing it without running any stage again."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from joulecard.errors import JoulecardError, UsageError
from joulecard.hosts.dvc import commands
from joulecard.hosts.dvc.pipeline import ByHand, Names, instrument
from joulecard.hosts.dvc.removal import strip
from joulecard.hosts.dvc.stage import RECORD_FOLDER, record_name, write_json
from joulecard.hosts.dvc.yaml_text import read_stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ADOPTED = "adopted: this stage ran before joulecard was added to it"
_IGNORED = "/segments/"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change does to a dvc.yaml and to the stages in it."""

    folder: str
    before: str
    after: str
    changed: tuple[str, ...]  # as in dvc.yaml
    unchanged: tuple[str, ...]
    by_hand: tuple[ByHand, ...]
    adopted: tuple[str, ...] = ()  # as DVC names them: their results are kept
    again: tuple[str, ...] = ()  # ran before and run again at the next `dvc repro`

    @property
    def path(self) -> str:
        """The dvc.yaml."""
        return os.path.join(self.folder, "dvc.yaml")


def plan_init(folder: str, *, rerun: bool) -> Plan:
    """The plan that adds joulecard; raises JoulecardError where that cannot be done."""
    before = _readable(folder)
    stages = commands.stage_names(folder)
    edited = instrument(before, Names(stages, _look_up(folder)))
    plan = Plan(folder, before, edited.text, edited.changed, edited.unchanged, edited.by_hand)
    return _with_fate(plan, stages, rerun=rerun, command="init")


def plan_remove(folder: str, *, rerun: bool) -> Plan:
    """The plan that takes joulecard out again; raises JoulecardError where that cannot be done."""
    before = _readable(folder)
    edited = strip(before)
    plan = Plan(folder, before, edited.text, edited.changed, edited.unchanged, ())
    return _with_fate(plan, commands.stage_names(folder), rerun=rerun, command="remove")


def carry_out_init(plan: Plan) -> None:
    """Writes the dvc.yaml and adopts what ran before; all or nothing; raises JoulecardError."""
    with _undone_on_failure(plan):
        _write(plan.path, plan.after)
        for stage in plan.adopted:
            # An older record may lie there; nothing says that it belongs to the results that are adopted.
            record = os.path.join(plan.folder, RECORD_FOLDER, record_name(stage))
            write_json(record, {"recorded": False, "reason": ADOPTED})
        _ignore_segments(plan.folder)
        if plan.adopted:
            commands.commit(plan.folder, plan.adopted)


def carry_out_remove(plan: Plan) -> None:
    """Writes the dvc.yaml and keeps what ran before; records stay where they are; raises JoulecardError."""
    with _undone_on_failure(plan):
        _write(plan.path, plan.after)
        if plan.adopted:
            commands.commit(plan.folder, plan.adopted)


def _with_fate(plan: Plan, stages: Sequence[str], *, rerun: bool, command: str) -> Plan:
    """The plan with what becomes of each stage; raises UsageError where results would be lost unasked."""
    touched = [name for name in stages if name in plan.changed or name.partition("@")[0] in plan.changed]
    ran = [name for name in touched if name in _locked(plan.folder)]
    if rerun or not ran:
        return _copy(plan, again=tuple(ran))
    changed = commands.changed_stages(plan.folder)
    stale = [name for name in ran if name in changed]
    if stale:
        raise UsageError(
            f"{', '.join(stale)} changed since {'it' if len(stale) == 1 else 'they'} last ran,"
            " so DVC would take old results for new ones",
            where=plan.path,
            mend=f"run `dvc repro` first, or `joulecard dvc {command} --rerun`, after which {_count(ran)} run again",
        )
    return _copy(plan, adopted=tuple(ran))


def _copy(plan: Plan, adopted: tuple[str, ...] = (), again: tuple[str, ...] = ()) -> Plan:
    return Plan(
        plan.folder, plan.before, plan.after, plan.changed, plan.unchanged, plan.by_hand, adopted=adopted, again=again
    )


def _count(stages: Sequence[str]) -> str:
    return f"{len(stages)} stage{'' if len(stages) == 1 else 's'}"


def _locked(folder: str) -> set[str]:
    found = _yaml(os.path.join(folder, "dvc.lock"))
    stages = found.get("stages") if isinstance(found, dict) else None
    return set(stages) if isinstance(stages, dict) else set()


def _look_up(folder: str) -> Callable[[str], Any]:
    """Finds what `${name}` stands for at the top of a dvc.yaml: in params.yaml and `vars`; None where unsure."""
    pipeline = _yaml(os.path.join(folder, "dvc.yaml"))
    given = (pipeline.get("vars") if isinstance(pipeline, dict) else None) or []
    files = {"params.yaml", *(item.partition(":")[0] for item in given if isinstance(item, str))}
    sources = [item for item in given if isinstance(item, dict)]
    sources += [_yaml(os.path.join(folder, file)) for file in files]

    def look_up(name: str) -> Any:
        found = [value for source in sources if (value := _member(source, name)) is not None]
        return found[0] if len(found) == 1 else None

    return look_up


def _member(value: Any, name: str) -> Any:
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _yaml(path: str) -> Any:
    """The content of a YAML or JSON file; None where it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            return YAML(typ="safe", pure=True).load(file)
    except (OSError, YAMLError, UnicodeDecodeError, RecursionError):
        return None


def _readable(folder: str) -> str:
    """The text of the dvc.yaml, once it is known that we can read it and DVC is there to be asked."""
    text = _read(folder)
    read_stages(text)
    commands.project_root(folder)
    commands.require_dvc()
    return text


def _read(folder: str) -> str:
    path = os.path.join(folder, "dvc.yaml")
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError as error:
        raise UsageError("there is no dvc.yaml", where=folder, mend="add a stage with `dvc stage add`") from error
    except OSError as error:
        raise UsageError(f"it cannot be read: {error.strerror}", where=path) from error
    except UnicodeDecodeError as error:
        raise UsageError("it is not UTF-8 text", where=path) from error


def _write(path: str, text: str) -> None:
    """Replaces the file in one step, with the rights it had."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    if os.path.exists(path):
        shutil.copymode(path, temporary)
    os.replace(temporary, path)


def _ignore_segments(folder: str) -> None:
    """Keeps the segments of single runs out of git; the stage records hold those that count."""
    path = os.path.join(folder, "carbon", ".gitignore")
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        lines = []
    if _IGNORED not in lines:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _write(path, "\n".join([*lines, _IGNORED, ""]))


@contextlib.contextmanager
def _undone_on_failure(plan: Plan) -> Iterator[None]:
    """Puts dvc.yaml and dvc.lock back as they were when anything fails, and says what failed."""
    lock = os.path.join(plan.folder, "dvc.lock")
    kept = None
    with contextlib.suppress(FileNotFoundError), open(lock, encoding="utf-8", newline="") as file:
        kept = file.read()
    try:
        yield
    except (JoulecardError, OSError) as error:
        with contextlib.suppress(OSError):
            _write(plan.path, plan.before)
            if kept is not None:
                _write(lock, kept)
        if isinstance(error, JoulecardError):
            raise
        mend = "nothing was changed; make it writable and try again"
        raise UsageError(f"it cannot be written: {error.strerror}", where=str(error.filename), mend=mend) from error
