"""`joulecard dvc init` and `remove`: what would change, and changing it without running any stage again."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from joulecard.errors import UsageError
from joulecard.hosts.dvc import commands
from joulecard.hosts.dvc.keeping import (
    is_own_record,
    keep,
    locked_entries,
    proven,
    record_path,
    with_figures,
    written_by_keep,
)
from joulecard.hosts.dvc.pipeline import ByHand, Names, instrument
from joulecard.hosts.dvc.removal import holds_ours, strip
from joulecard.hosts.dvc.shell import is_recorded, same_commands
from joulecard.hosts.dvc.stage import write_json
from joulecard.hosts.dvc.undoing import undone_on_failure, write_text
from joulecard.hosts.dvc.yaml_text import plain_load, read_stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ADOPTED = "this stage ran before joulecard was added to it"
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
    by_user: tuple[str, ...] = ()  # of these two: those whose commands the user has made recorded ones
    reused: tuple[str, ...] = ()  # of the adopted: those whose earlier record belongs to their results
    kept: tuple[str, ...] = ()  # those whose earlier record makes room

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
    plan = _with_fate(plan, stages, rerun=rerun, command="init")
    earlier = with_figures(folder, [*plan.adopted, *plan.again])
    reused = proven(folder, [stage for stage in earlier if stage in plan.adopted])
    return replace(plan, reused=reused, kept=tuple(stage for stage in earlier if stage not in reused))


def plan_remove(folder: str, *, rerun: bool) -> Plan:
    """The plan that takes joulecard out again; raises JoulecardError where that cannot be done."""
    before = _readable(folder)
    edited = strip(before)
    left = tuple(ByHand(name, reason, ()) for name, reason in edited.left_alone.items() if holds_ours(before, name))
    plan = Plan(folder, before, edited.text, edited.changed, edited.unchanged, left)
    return _with_fate(plan, commands.stage_names(folder), rerun=rerun, command="remove")


def carry_out_init(plan: Plan) -> tuple[str, ...]:
    """Writes the dvc.yaml and adopts what ran before; all or nothing, Ctrl-C included; raises JoulecardError.

    Gives what was written, relative to the folder. What an earlier record holds is kept before it is replaced.
    """
    new = [stage for stage in plan.adopted if stage not in plan.reused]
    with undone_on_failure(_touched(plan)):
        for stage in plan.kept:
            keep(plan.folder, stage)
        if plan.changed:
            write_text(plan.path, plan.after)
        for stage in new:
            write_json(record_path(plan.folder, stage), {"recorded": False, "reason": ADOPTED})
        ignores = _ignore_segments(plan.folder) if _records_any(plan) else False
        if plan.adopted:
            commands.commit(plan.folder, plan.adopted)
    written = {"dvc.yaml": plan.changed, "dvc.lock": plan.adopted, "carbon": new or plan.kept or ignores}
    return tuple(name for name, is_written in written.items() if is_written)


def carry_out_remove(plan: Plan) -> None:
    """Writes the dvc.yaml and keeps what ran before; records stay where they are; raises JoulecardError."""
    with undone_on_failure(_touched(plan)):
        write_text(plan.path, plan.after)
        if plan.adopted:
            commands.commit(plan.folder, plan.adopted)


def _records_any(plan: Plan) -> bool:
    """Whether a stage is recorded, or will be once the user has written the lines for it."""
    return bool(plan.changed or plan.unchanged or any(item.lines for item in plan.by_hand))


def _with_fate(plan: Plan, stages: Sequence[str], *, rerun: bool, command: str) -> Plan:
    """The plan with what becomes of each stage; raises UsageError where results would be lost unasked."""
    locked = _locked(plan.folder)
    ran = [name for name in stages if name in locked and _is_in(name, plan.changed)]
    by_user = [name for name in stages if name in locked and name not in ran and _is_by_user(name, plan, locked[name])]
    if rerun or not (ran or by_user):
        return replace(plan, again=(*ran, *by_user), by_user=tuple(by_user))
    changed = _changed(plan.folder, locked)
    stale = [name for name in ran if name in changed]
    if stale:
        raise UsageError(
            f"{', '.join(stale)} changed since {'it' if len(stale) == 1 else 'they'} last ran,"
            " so DVC would take old results for new ones",
            where=plan.path,
            mend=f"run `dvc repro` first, or `joulecard dvc {command} --rerun`, after which {_count(ran)} run again",
        )
    again = tuple(name for name in by_user if name in changed)
    adopted = (*ran, *(name for name in by_user if name not in again))
    return replace(plan, adopted=adopted, again=again, by_user=tuple(by_user))


def _is_in(stage: str, written: Sequence[str]) -> bool:
    """Whether a stage is, or is generated by, one of those written in dvc.yaml."""
    return stage in written or stage.partition("@")[0] in written


def _is_by_user(stage: str, plan: Plan, entry: Any) -> bool:
    """Whether the user has written a recorded command where dvc.lock still has one that is not."""
    cmd = entry.get("cmd") if isinstance(entry, dict) else None
    words = " ".join(str(item) for item in cmd) if isinstance(cmd, list) else str(cmd)
    return _is_in(stage, plan.unchanged) and not is_recorded(words)


def _changed(folder: str, locked: Mapping[str, Any]) -> set[str]:
    """The stages that DVC would run for more than our prefix, here-document and record around the same commands."""
    found = commands.changed_stages(folder)
    if not any("changed command" in what for what in found.values()):
        return set(found)
    now = commands.commands_of_stages(folder)
    same = {name for name in found if name in locked and same_commands(locked[name].get("cmd"), now.get(name))}
    return {name for name, what in found.items() if name not in same or _more_than_recording(name, what)}


def _more_than_recording(stage: str, what: Sequence[object]) -> bool:
    for item in what:
        outs = item.get("changed outs") if isinstance(item, dict) and len(item) == 1 else None
        if item != "changed command" and not (outs and all(is_own_record(path, stage) for path in outs)):
            return True
    return False


def _count(stages: Sequence[str]) -> str:
    return f"{len(stages)} stage{'' if len(stages) == 1 else 's'}"


def _locked(folder: str) -> dict[str, Any]:
    try:
        with open(os.path.join(folder, "dvc.lock"), "rb") as file:
            return locked_entries(file.read())
    except OSError:
        return {}


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
        with open(path, "rb") as file:
            return plain_load(file.read())
    except OSError:
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


def _ignore_segments(folder: str) -> bool:
    """Keeps the segments of single runs out of git; the stage records hold those that count. Whether it was needed."""
    path = _ignoring(folder)
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        lines = []
    if _IGNORED in lines:
        return False
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_text(path, "\n".join([*lines, _IGNORED, ""]))
    return True


def _touched(plan: Plan) -> Iterator[str]:
    """Every file that carrying out the plan may write."""
    yield os.path.join(plan.folder, "dvc.lock")
    yield plan.path
    yield _ignoring(plan.folder)
    for stage in plan.adopted:
        yield record_path(plan.folder, stage)
    for stage in plan.kept:
        yield from written_by_keep(plan.folder, stage)


def _ignoring(folder: str) -> str:
    return os.path.join(folder, "carbon", ".gitignore")
