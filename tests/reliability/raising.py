"""Makes every function of the recording path raise, one after the other, and tells what of it a job would feel.

Run as a program: it imports Joulecard through a hook that puts a question at the head of each function, then forks
for each function that a scenario calls; in the child that one raises whenever it is called. Prints one JSON object.
"""

from __future__ import annotations

import ast
import builtins
import gc
import importlib
import importlib.abc
import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import types
from pathlib import Path
from typing import Any, NamedTuple, cast

PACKAGE = Path(__file__).parents[2] / "plugin" / "joulecard"
ROOMS = ("capture", "hosts", "surroundings", "settings")  # the recording path, and what it calls
ERRORS: dict[str, type[Exception]] = {
    error.__name__: error for error in (ValueError, MemoryError, RecursionError, OSError, UnicodeError)
}
SWIFT = {
    "PACES_S": (0.02,),
    "LEAST_ROTATION_S": 0.01,
    "DEADLINE_S": 1.0,
}  # so that a recording ticks and rotates within a moment
PATIENCE_S, AT_ONCE = 20.0, 4
MEMORY = "/dev/shm"  # what is synced there costs nothing


class Faults:
    """Asked at the head of each function: notes that it was called, or raises if it is the one."""

    def __init__(self) -> None:
        self.armed = ""
        self.error: type[Exception] = RuntimeError
        self.called: set[str] = set()

    def __call__(self, name: str) -> None:
        """The question."""
        self.called.add(name)
        if name == self.armed:
            raise self.error("injected")


faults = Faults()


class Questions(ast.NodeTransformer):
    """Puts the question into every function of a module, and remembers their names."""

    def __init__(self, module: str) -> None:
        self._path = [module.removeprefix("joulecard.")]
        self.names: list[str] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """Names of methods begin with that of their class."""
        self._path.append(node.name)
        self.generic_visit(node)
        self._path.pop()
        return node

    def visit_FunctionDef(self, node: Any) -> Any:
        """The question comes after the docstring."""
        if any(getattr(each, "id", "") in {"overload", "Protocol"} for each in node.decorator_list):
            return node
        self._path.append(node.name)
        name = ".".join(self._path)
        self.names.append(name)
        self.generic_visit(node)
        self._path.pop()
        node.body.insert(1 if ast.get_docstring(node) is not None else 0, ast.parse(f"__faults__({name!r})").body[0])
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815


def questioned(source: str, module: str) -> tuple[ast.Module, list[str]]:
    """A module with the questions, and the names of its functions."""
    questions = Questions(module)
    tree: ast.Module = questions.visit(ast.parse(source))
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        target, value_node = cast("Any", node.targets[0]), cast("Any", node.value)
        names = [getattr(each, "id", "") for each in getattr(target, "elts", [target])]
        for name, value in SWIFT.items():
            if names == [name]:
                node.value = ast.parse(repr(value), mode="eval").body
            elif name in names:
                value_node.elts[names.index(name)] = ast.parse(repr(value), mode="eval").body
    return ast.fix_missing_locations(tree), questions.names


class Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads Joulecard with the questions in it, and with a planted bug where one is wanted."""

    def __init__(self, plant: list[str]) -> None:
        self._plant = plant  # the file below the package, a text in it, and what stands there instead
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Any:
        """Ours alone."""
        if not name.startswith("joulecard."):
            return None
        file = PACKAGE.joinpath(*name.split(".")[1:])
        is_package = file.is_dir()
        file = file / "__init__.py" if is_package else file.with_suffix(".py")
        if not file.exists() or file.relative_to(PACKAGE).parts[0] not in ROOMS:
            return None
        return importlib.util.spec_from_file_location(
            name, file, loader=self, submodule_search_locations=[str(file.parent)] if is_package else None
        )

    def exec_module(self, module: types.ModuleType) -> None:
        """Runs it."""
        assert module.__file__
        file = Path(module.__file__)
        source = file.read_text()
        if self._plant and str(file.relative_to(PACKAGE)) == self._plant[0]:
            assert self._plant[1] in source, "the place of the planted bug is gone"
            source = source.replace(self._plant[1], self._plant[2])
        exec(compile(questioned(source, module.__name__)[0], str(file), "exec"), module.__dict__)  # noqa: S102


def all_functions() -> list[str]:
    """Every function of the rooms, as the hook names them."""
    names = []
    for room in ROOMS:
        for file in sorted((PACKAGE / room).rglob("*.py")):
            module = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
            names += questioned(file.read_text(), module.removesuffix(".__init__"))[1]
    return names


def block() -> int:
    """Records in every way that `record` offers, with errors of its own."""
    import joulecard

    @joulecard.record("score")
    def double(number: int) -> int:
        joulecard.stage().count("sample")
        return 2 * number

    @joulecard.record("rows")
    def rows() -> Any:
        yield from (1, 2)

    def beside() -> None:
        with joulecard.record("beside") as stage:
            stage.count("request")

    print("begun", flush=True)
    thread = threading.Thread(target=beside)
    with joulecard.record("serve", rotate_s=0.03) as stage:
        thread.start()
        stage.count("request", 3)
        stage.count("Bad", -1)
        stage.note(flop=1.0, quality={"f1": 0.5}, place="FR", energy_wh=2.0)
        print(double(4), list(rows()), flush=True)
        if (child := os.fork()) == 0:
            stage.count("request")
            os._exit(5)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        time.sleep(0.07)
    thread.join(10)
    try:
        with joulecard.record("failing", rotate_s=-1):
            dict[str, int]()["ours"]
    except KeyError as error:
        print(error.args, flush=True)
    return 3


def command() -> int:
    """Runs a command under the supervisor, as `joulecard run` does."""
    from joulecard.hosts.command import run_command

    return run_command(("sh", "-c", "echo out; sleep 0.03; exit 7"), None, dict(os.environ))


def stage() -> int:
    """The same as a stage of DVC, whose record must be there whatever happens to us."""
    os.environ |= {"DVC_STAGE": "dvc.yaml:train", "DVC_ROOT": os.getcwd()}
    return command()


def run() -> int:
    """Records a run of MLflow, for which a few classes of the same names stand."""
    from joulecard.hosts.mlflow.entry import RunContext

    client = _pretend_mlflow()
    RunContext()
    run = sys.modules["mlflow.tracking.fluent"].ActiveRun("0123456789abcdef0123456789abcdef")
    print(run.info.run_name, flush=True)
    import joulecard

    joulecard.stage().count("sample", 4)
    client.set_terminated(run.info.run_id, "FINISHED")
    print(client.ended, flush=True)
    return 4


SCENARIOS = {"block": (block, 3), "command": (command, 7), "stage": (stage, 7), "run": (run, 4)}


def _pretend_mlflow() -> Any:
    """Modules with the two classes that are wrapped; what is logged goes nowhere."""

    class Info:
        run_name, experiment_id, lifecycle_stage = "pretended", "0", "active"

        def __init__(self, run_id: str) -> None:
            self.run_id = run_id

    class ActiveRun:
        def __init__(self, run_id: str) -> None:
            self.info = Info(run_id)
            self.data = types.SimpleNamespace(tags={}, metrics={})

    class MlflowClient:
        ended: tuple[str, ...] = ()

        def set_terminated(self, run_id: str, status: str) -> None:
            self.ended = (run_id, status)

        def log_batch(self, run_id: str, metrics: Any = (), tags: Any = ()) -> None:
            """Into nothing."""

        def get_run(self, run_id: str) -> Any:
            return ActiveRun(run_id)

    modules = {name: types.ModuleType(name) for name in ("mlflow", "mlflow.tracking", "mlflow.entities")}
    modules |= {name: types.ModuleType(name) for name in ("mlflow.tracking.client", "mlflow.tracking.fluent")}
    sys.modules.update(modules)
    members: dict[str, dict[str, Any]] = {
        "mlflow": {"get_tracking_uri": lambda: "file:///nowhere", "MlflowClient": MlflowClient},
        "mlflow.entities": {"Metric": lambda *values: values, "RunTag": lambda *values: values},
        "mlflow.tracking.client": {"MlflowClient": MlflowClient},
        "mlflow.tracking.fluent": {"ActiveRun": ActiveRun},
    }
    for name, given in members.items():
        vars(modules[name]).update(given)
    os.environ["JOULECARD_MLFLOW"] = "metrics"
    return MlflowClient()


class Case(NamedTuple):
    """One child: what it does, which function raises, and what."""

    scenario: str
    name: str = ""
    error: str = "ValueError"


class Seen(NamedTuple):
    """What a job would see of it."""

    status: int
    output: str
    errors: str
    seconds: float


class Child:
    """A fork of this process that plays one scenario in a folder of its own."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.folder = Path(tempfile.mkdtemp(prefix="raising-", dir=MEMORY if os.path.isdir(MEMORY) else None))
        self._begun_s = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._play()
            finally:
                os._exit(111)

    def seen(self, status: int) -> Seen:
        """After it has ended."""
        output, errors = ((self.folder / name).read_text() for name in ("output", "errors"))
        seen = Seen(os.waitstatus_to_exitcode(status), output, errors, time.monotonic() - self._begun_s)
        shutil.rmtree(self.folder)
        return seen

    def called(self) -> set[str]:
        """The functions that were called, while nothing raised."""
        for module in (self.folder / "loaded").read_text().split():
            importlib.import_module(module)  # once, here, for all the children that follow
        return set((self.folder / "called").read_text().split())

    def is_late(self) -> bool:
        """Whether it hangs."""
        return time.monotonic() - self._begun_s > PATIENCE_S

    def _play(self) -> None:
        for descriptor, name in ((1, "output"), (2, "errors")):
            os.dup2(os.open(self.folder / name, os.O_CREAT | os.O_WRONLY | os.O_APPEND), descriptor)
        os.chdir(self.folder)
        _furnish(self.folder)
        act, _ = SCENARIOS[self.case.scenario]
        faults.called.clear()
        faults.armed, faults.error = self.case.name, ERRORS[self.case.error]
        try:
            status = act()
        except BaseException as error:  # noqa: BLE001 - that is what is looked for
            print(f"REACHED THE JOB: {type(error).__name__}: {error}", flush=True)
            status = 99
        if not self.case.name:
            (self.folder / "called").write_text("\n".join(faults.called))
            (self.folder / "loaded").write_text("\n".join(sorted(_loaded())))
        sys.stdout.flush()
        os._exit(status)


def _loaded() -> set[str]:
    """The modules of ours that are loaded, and those of Python that they load late."""
    late = {"logging", "tempfile", "inspect", "select", "resource"}
    return {name for name in sys.modules if name.startswith("joulecard.") or name in late}


def _furnish(folder: Path) -> None:
    """A home, a state folder, and a machine with one package counter."""
    zone = folder / "sys/class/powercap/intel-rapl:0"
    for path in (zone, folder / "run", folder / "state"):
        path.mkdir(parents=True, mode=0o700)
    for name, text in {"name": "package-0", "energy_uj": "5000000", "max_energy_range_uj": "262143328850"}.items():
        (zone / name).write_text(text + "\n")
    os.environ |= {
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "JOULECARD_SYSFS_ROOT": str(folder / "sys"),
    }


def played(cases: list[Case], *, listening: bool = False) -> list[tuple[Case, Seen, set[str]]]:
    """What each case came to, a few at a time."""
    waiting, ended = list(reversed(cases)), []
    running: dict[int, Child] = {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            child = Child(waiting.pop())
            running[child.pid] = child
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in running:
            child = running.pop(pid)
            called = child.called() if listening else set()
            ended.append((child.case, child.seen(status), called))
            continue
        for child in running.values():
            if child.is_late():
                os.kill(child.pid, signal.SIGKILL)
        time.sleep(0.002)
    return ended


def faulty(seen: Seen, sound: Seen) -> str:
    """What a job would feel; empty where it would feel nothing."""
    if (seen.status, seen.output) != (sound.status, sound.output):
        return f"exit status {seen.status} in place of {sound.status}, output {seen.output[-200:]!r}"
    if "Traceback" in seen.errors or seen.errors.count("\n") > 2:
        return f"printed {seen.errors[-300:]!r}"
    if seen.seconds > sound.seconds + 3.0:
        return f"took {seen.seconds:.1f} s in place of {sound.seconds:.1f} s"
    return ""


LOADED = {
    "block": ("joulecard.capture.recorder",),
    "command": ("joulecard.hosts.command",),
    "stage": ("joulecard.hosts.dvc.stage",),
    "run": ("joulecard.hosts.mlflow.runs", "joulecard.hosts.mlflow.delivery"),  # last: it makes each fork dearer
}


def tried(scenario: str, wish: dict[str, Any], known: set[str]) -> tuple[list[Case], Seen, set[str]]:
    """The cases of a scenario, how it goes when all is well, and what it calls.

    What another scenario has tried already is not tried again, but for what stands around each of them.
    """
    for module in LOADED[scenario]:
        importlib.import_module(module)
    [(_, sound, called)] = played([Case(scenario)], listening=True)
    gc.collect()
    gc.freeze()
    if sound.status != SCENARIOS[scenario][1] or "REACHED" in sound.output:
        raise SystemExit(f"{scenario} fails by itself: {sound}")
    names = sorted(called - set(wish["doors"]))
    if only := wish.get("only"):
        names = [name for name in names if any(part in name for part in only)]
    if wish["thorough"]:
        return [Case(scenario, name, kind) for name in names for kind in ERRORS], sound, called
    kinds = list(ERRORS)
    fresh = [name for name in names if name not in known or name.startswith("hosts")]
    return [Case(scenario, name, kinds[number % len(kinds)]) for number, name in enumerate(fresh)], sound, called


def main(wish: dict[str, Any]) -> dict[str, Any]:
    """What was called, what of it was made to raise, and what a job would have felt."""
    builtins.__faults__ = faults  # type: ignore[attr-defined]
    Hook(wish.get("plant", []))
    felt: dict[str, str] = {}
    known, count = set(all_functions()), 0
    called: set[str] = set()
    for scenario in wish["scenarios"]:
        cases, sound, names = tried(scenario, wish, called)
        called |= names
        count += len(cases)
        for case, seen, _ in played(cases):
            if trouble := faulty(seen, sound):
                felt[f"{case.name} in {case.scenario} raises {case.error}"] = trouble
    return {
        "felt": felt,
        "cases": count,
        "called": len(called & known),
        "known": len(known),
        "unknown": sorted(called - known),
        "uncalled": sorted(known - called),
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
