"""The record of the DVC stage that a command runs in: where it belongs, and writing it. Standard library only."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard.capture.files import write_atomically
from joulecard.capture.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from joulecard.factors import Edition
    from joulecard.factors.grid import Profile

_WRONG_FACTORS = "the file of own factors cannot be used"  # the record is committed: no path
RECORD_FOLDER = "carbon/stages"  # below the folder of the dvc.yaml; written into users' dvc.yaml, so never to change
_ADDRESS = re.compile(r"^(?:(?P<file>(?:.*/)?dvc\.yaml):)?(?P<name>.+)$", re.DOTALL)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")


@dataclass(frozen=True, slots=True)
class DvcStage:
    """The stage that DVC is running, and where its record and segments go."""

    name: str  # as in dvc.yaml, generated stages with their key: train, fe@a
    address: str  # the name, for a dvc.yaml in a sub-folder preceded by its path: sub/dvc.yaml:train
    base: str  # the folder of its dvc.yaml, absolute; carbon/segments and carbon/stages stand below it
    record: str  # the file of its record, absolute
    since_s: float | None  # Unix time at which the dvc process started; None where /proc does not tell


@dataclass(frozen=True, slots=True)
class _Dvc:
    """The dvc process above us, as /proc shows it."""

    pid: int
    start_ticks: int
    folder: str


def record_name(stage: str) -> str:
    """The file name of a stage's record: the stage's name, with what no file name may hold replaced."""
    return f"{_UNSAFE.sub('_', stage)}.json"


def stage_in(address: str) -> str:
    """The stage's name in DVC_STAGE, as it stands in dvc.yaml; "" where there is none."""
    match = _ADDRESS.match(address)
    return _text(match["name"]) if match else ""


def locate(environ: Mapping[str, str], cwd: str, proc: str = "/proc") -> DvcStage | None:
    """The DVC stage that this process runs in; None outside a stage, or where no DVC project is above `cwd`."""
    address = environ.get("DVC_STAGE", "")
    match = _ADDRESS.match(address)
    # DVC_ROOT names the parent project while an experiment runs in a folder of its own: never use it here.
    root = _project_root(cwd)
    if match is None or root is None:
        return None
    name, file = _text(match["name"]), match["file"] or "dvc.yaml"
    dvc = _dvc_process(address, proc)
    base = _folder(file, name, dvc, cwd, root)
    record = os.path.join(base, RECORD_FOLDER, record_name(match["name"]))  # in the system's own coding
    below = _text(os.path.relpath(base, root)).replace(os.sep, "/")
    address = name if below == "." else f"{below}/dvc.yaml:{name}"
    return DvcStage(name, address, base, record, _start_s(dvc, proc) if dvc else None)


def write_stage_record(
    stage: DvcStage,
    segment: Segment,
    profile: Profile = "lifecycle",
    *,
    strict: bool = False,
    own_factors: str | None = None,
) -> str:
    """Adds the segment to the stage's record; "" when it stands there whole, else what is missing and why.

    Commands of the same run of the stage share one record. A record that an earlier command could not make stays
    "not recorded": the figures of the rest alone would be too small.
    """
    earlier = _read(stage.record)
    if _is_refusal(earlier) and _is_of_this_run(stage):
        return f"an earlier command of stage {stage.name} was not recorded: {earlier.get('reason', 'no reason given')}"
    try:
        tables, wrong = _tables(own_factors)
        no_carbon = _WRONG_FACTORS if wrong else ""
        segments = [*_kept(earlier, segment), segment]
        record = _record(segments, tables, profile, strict=strict, no_carbon=no_carbon)
        return _write(stage.record, record) or wrong
    except Exception as error:  # noqa: BLE001  a record must never make the stage fail
        # the record is committed: what an error says may hold a path, so that goes to the terminal alone
        problem = write_not_recorded(stage, f"no figures could be computed ({type(error).__name__})")
        return problem or f"no figures could be computed: {_in_one_line(error)}"


def write_not_recorded(stage: DvcStage, reason: str) -> str:
    """Says in the stage's record that there are no figures and why; "" when written, else why it could not be."""
    return _write(stage.record, {"recorded": False, "reason": _text(reason)})


def write_json(path: str, members: dict[str, Any]) -> None:
    """Writes one member per line and one list item per line, all or nothing; raises OSError and ValueError."""
    lines = ",\n".join(f"  {json.dumps(name)}: {_member(value)}" for name, value in members.items())
    write_atomically(path, f"{{\n{lines}\n}}\n".encode())


def _member(value: Any) -> str:
    if isinstance(value, list) and value:
        items = ",\n    ".join(json.dumps(item, ensure_ascii=False, allow_nan=False) for item in value)
        return f"[\n    {items}\n  ]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _write(path: str, members: dict[str, Any]) -> str:
    try:
        write_json(path, members)
    except (OSError, ValueError) as error:
        return f"{path} cannot be written: {_in_one_line(error)}"
    return ""


def _in_one_line(error: BaseException) -> str:
    said = error.strerror if isinstance(error, OSError) else str(error)
    return " ".join((said or type(error).__name__).split())


def _tables(own_factors: str | None) -> tuple[Edition, str]:
    """The edition behind the user's own factors; without them, and with a sentence, where their file is wrong."""
    from joulecard.errors import JoulecardError
    from joulecard.factors import edition, opened  # the tables are read only now, after the stage has ended

    try:
        return opened(own_factors), ""
    except JoulecardError as error:
        return edition(), f"the energy is recorded, its carbon cannot be told: {error}"


def _record(
    segments: Sequence[Segment], tables: Edition, profile: Profile, *, strict: bool, no_carbon: str
) -> dict[str, Any]:
    """The flat record of the segments."""
    from joulecard.disclosure.tally import stage_record

    return stage_record(segments, tables, profile, strict=strict, no_carbon=no_carbon)


def _read(path: str) -> dict[str, Any]:
    """The record as it stands; empty where there is none that can be read."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _kept(record: dict[str, Any], segment: Segment) -> list[Segment]:
    """The segments of the record that belong to the same run of the same stage."""
    kept = []
    for document in record.get("segments") or []:
        with contextlib.suppress(TypeError, KeyError, AttributeError):
            earlier = Segment.from_document(document)
            if (earlier.group, earlier.stage) == (segment.group, segment.stage) and earlier.id != segment.id:
                kept.append(earlier)
    return kept


def _is_refusal(record: dict[str, Any]) -> bool:
    return record.get("recorded") is False


def _is_of_this_run(stage: DvcStage) -> bool:
    """Whether the record was written since dvc started; DVC removes older ones, but only if they are in dvc.yaml."""
    try:
        return stage.since_s is not None and os.stat(stage.record).st_mtime >= stage.since_s
    except OSError:
        return False


def _project_root(cwd: str) -> str | None:
    for folder in _upward(os.path.realpath(cwd)):
        if os.path.isdir(os.path.join(folder, ".dvc")):
            return folder
    return None


def _upward(folder: str) -> list[str]:
    folders = [folder]
    while os.path.dirname(folders[-1]) != folders[-1]:
        folders.append(os.path.dirname(folders[-1]))
    return folders


def _text(name: str) -> str:
    """The name as text: what this locale cannot read is UTF-8, and what is not is replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _folder(file: str, name: str, dvc: _Dvc | None, cwd: str, root: str) -> str:
    """The folder of the dvc.yaml; a record in the project's root is better than none."""
    try:
        return _folder_by_process(file, dvc, root) or _folder_by_search(file, name, cwd, root)
    except (OSError, ValueError):
        return root


def _folder_by_process(file: str, dvc: _Dvc | None, root: str) -> str | None:
    """The folder of the dvc.yaml as the dvc process names it: relative to where that process stands."""
    if dvc is None:
        return None
    path = os.path.realpath(os.path.join(dvc.folder, file))
    inside = os.path.commonpath([path, root]) == root
    return os.path.dirname(path) if inside and os.path.isfile(path) else None


def _folder_by_search(file: str, name: str, cwd: str, root: str) -> str:
    """The folder of the nearest dvc.yaml upwards that names the stage; the project's root when none does."""
    below = re.sub(r"^(\.\./)+", "", file)
    key = re.compile(rf"^\s+[\"']?{re.escape(name.partition('@')[0])}[\"']?\s*:", re.MULTILINE)
    for folder in _upward(os.path.realpath(cwd)):
        with (
            contextlib.suppress(OSError),
            open(os.path.join(folder, below), encoding="utf-8", errors="replace") as text,
        ):
            if key.search(text.read()):
                return os.path.dirname(os.path.join(folder, below))
        if folder == root:
            break
    return root


def _dvc_process(address: str, proc: str) -> _Dvc | None:
    """The nearest process above us that was not itself started with this DVC_STAGE; None where it cannot be seen."""
    mark = os.fsencode(f"DVC_STAGE={address}")
    pid = os.getppid()
    try:
        while pid > 1:
            parent, ticks = _parent_and_start(pid, proc)
            if mark not in _bytes(f"{proc}/{pid}/environ").split(b"\0"):
                return _Dvc(pid, ticks, os.readlink(f"{proc}/{pid}/cwd"))
            pid = parent
    except (OSError, ValueError, IndexError):
        pass
    return None


def _parent_and_start(pid: int, proc: str) -> tuple[int, int]:
    """Parent and start time (clock ticks since boot) of a process; its name may hold blanks and brackets."""
    after_name = _bytes(f"{proc}/{pid}/stat").rpartition(b")")[2].split()
    return int(after_name[1]), int(after_name[19])


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _start_s(dvc: _Dvc, proc: str) -> float | None:
    try:
        boot_s = int(re.search(rb"^btime (\d+)", _bytes(f"{proc}/stat"), re.MULTILINE)[1])  # type: ignore[index]
    except (OSError, TypeError, ValueError):
        return None
    return boot_s + dvc.start_ticks / os.sysconf("SC_CLK_TCK")
