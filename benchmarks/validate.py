"""How many documents validation judges in one CPU second, step by step and beside two other implementations.

`python benchmarks/validate.py [--json] [--runs N]` in a checkout, with the Python of an environment that joulecard is
installed in. Exit status 1 where a bar is missed. `jsonschema` (pip install jsonschema) and ajv (`.ci/deps`) are
measured where they are installed.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import shutil
import subprocess
import sys
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joulecard.shipped import shipped
from joulecard.validation import validate
from joulecard.validation.facts import Facts
from joulecard.validation.levels import level_from
from joulecard.validation.parse import parse
from joulecard.validation.rules import check_facts
from joulecard.validation.schema import check_schema

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parents[1]
DOCUMENT = HERE / "schema" / "1.0" / "conformance" / "valid" / "counted.json"  # 10 kB without its line breaks
JAVASCRIPT = HERE / "tests" / "standard" / "javascript"
SIZES = (100, 1000, 10_000)  # stages
MEGABYTE = 1_000_000

LEAST_PER_S = 1000.0
LEAST_RATIO = 50.0  # schema check over `jsonschema`
MOST_MEGABYTE_S = 0.3
MOST_GROWTH = 20.0  # of the time for ten times the stages; what no longer fits into the caches costs up to twice

# Prints the microseconds that ajv takes for one document, compiled once and warmed up.
AJV = """
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(process.argv[1] + "/");
const Ajv = require("ajv/dist/2020").default;
const ajv = new Ajv({ strict: false });
const schema = JSON.parse(readFileSync(process.argv[2]));
const check = ajv.compile(schema);
const document = JSON.parse(readFileSync(0));
const turns = 2000;
for (let turn = 0; turn < turns; turn++) check(document);
const began = process.cpuUsage();
for (let turn = 0; turn < turns; turn++) check(document);
const took = process.cpuUsage(began);
if (!check(document)) throw new Error(JSON.stringify(check.errors));
console.log((took.user + took.system) / turns);
"""


def cpu_s(work: Callable[[], object], runs: int, turns: int) -> float:
    """The least CPU seconds that one turn of the work takes in several runs of so many turns."""
    work()
    taken = []
    for _ in range(runs):
        began_s = time.process_time()
        for _ in range(turns):
            work()
        taken.append((time.process_time() - began_s) / turns)
    return min(taken)


def compact(document: Any) -> bytes:
    """The document without spaces."""
    return json.dumps(document, separators=(",", ":")).encode()


def steps_of(data: bytes, runs: int) -> dict[str, float]:
    """Documents per CPU second for each step of validation, and for all of it."""
    document, _ = parse(data)

    def level() -> object:
        return level_from(Facts(document))

    steps: dict[str, Callable[[], object]] = {
        "parse": partial(parse, data),
        "schema": partial(check_schema, document, "disclosure"),
        "rules": lambda: check_facts(Facts(document)),
        "level": level,
        "all": partial(validate, data),
    }
    return {name: 1 / cpu_s(work, runs, 50) for name, work in steps.items()}


def others(document: Any, runs: int) -> dict[str, float | None]:
    """Documents per CPU second of the schema check by others; None where one is not installed."""
    return {"jsonschema": _jsonschema(document, runs), "ajv": _ajv(document)}


def _jsonschema(document: Any, runs: int) -> float | None:
    if find_spec("jsonschema") is None:
        return None
    from jsonschema import Draft202012Validator

    schema = json.loads((shipped("schema") / "1.0" / "disclosure.schema.json").read_text(encoding="utf-8"))
    return 1 / cpu_s(partial(Draft202012Validator(schema).is_valid, document), min(runs, 5), 3)


def _ajv(document: Any) -> float | None:
    node = shutil.which("node")
    if node is None or not (JAVASCRIPT / "node_modules" / "ajv").is_dir():
        return None
    schema = shipped("schema") / "1.0" / "disclosure.schema.json"
    command = [node, "--input-type=module", "--eval", AJV, str(JAVASCRIPT), str(schema)]
    found = subprocess.run(command, input=compact(document), capture_output=True, check=True)
    return 1e6 / float(found.stdout)


def many_stages(count: int) -> Any:
    """A disclosure of as many small stages, each with a declared energy and emissions, as told from the minimal one."""
    path = DOCUMENT.with_name("declared-minimal.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    (stage,) = document["stages"]
    document["stages"] = [
        {**copy.deepcopy(stage), "id": f"s{n}", "name": f"s{n}", "execution_id": f"00000000-0000-4000-8000-{n:012x}"}
        for n in range(count)
    ]
    for name in ("new", "including_reused"):
        for quantity in document["totals"][name].values():
            if "value" in quantity:
                quantity["value"] *= count
    return document


def growth(runs: int) -> list[dict[str, float]]:
    """CPU seconds of full validation by number of stages."""
    rows = []
    for count in SIZES:
        data = compact(many_stages(count))
        if not validate(data).valid:
            raise SystemExit(f"the document of {count} stages is not valid: {validate(data).violations[:3]}")
        rows.append({"stages": count, "bytes": len(data), "cpu_s": cpu_s(partial(validate, data), min(runs, 3), 1)})
    return rows


def measure(runs: int) -> dict[str, Any]:
    """All figures."""
    data = compact(json.loads(DOCUMENT.read_text(encoding="utf-8")))
    found: dict[str, Any] = {"bytes": len(data), "per_cpu_s": steps_of(data, runs)}
    found["others_per_cpu_s"] = others(parse(data)[0], runs)
    found["growth"] = growth(runs)
    largest = found["growth"][-1]
    found["megabyte_cpu_s"] = largest["cpu_s"] / largest["bytes"] * MEGABYTE
    return found


def missed(found: dict[str, Any]) -> list[str]:
    """The bars that are missed."""
    rows, other = found["growth"], found["others_per_cpu_s"]["jsonschema"]
    ratio = found["per_cpu_s"]["schema"] / other if other else LEAST_RATIO
    ratios = [after["cpu_s"] / before["cpu_s"] for before, after in itertools.pairwise(rows)]
    bars = {
        f"all: at least {LEAST_PER_S:g} documents a CPU second": found["per_cpu_s"]["all"] >= LEAST_PER_S,
        f"schema: at least {LEAST_RATIO:g} times jsonschema": ratio >= LEAST_RATIO,
        f"1 MB: at most {MOST_MEGABYTE_S:g} CPU s": found["megabyte_cpu_s"] <= MOST_MEGABYTE_S,
        f"ten times the stages: at most {MOST_GROWTH:g} times the time": max(ratios) <= MOST_GROWTH,
    }
    return [bar for bar, kept in bars.items() if not kept]


def told(found: dict[str, Any]) -> str:
    """The figures as text."""
    lines = [f"documents per CPU second, {found['bytes']} bytes"]
    lines += [f"  {name:11} {value:9.0f}" for name, value in found["per_cpu_s"].items()]
    lines += ["schema check alone, by others"]
    lines += [
        f"  {name:11} {value:9.0f}" if value else f"  {name:11} not installed"
        for name, value in found["others_per_cpu_s"].items()
    ]
    lines += ["full validation by number of stages"]
    lines += [f"  {row['stages']:6} stages {row['bytes']:9} bytes {row['cpu_s']:8.4f} CPU s" for row in found["growth"]]
    return "\n".join([*lines, f"1 MB of them: {found['megabyte_cpu_s']:.4f} CPU s"])


def main() -> int:
    """Prints the figures; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="write JSON instead of a table")
    parser.add_argument("--runs", type=int, default=15, help="how often each figure is taken; the least counts")
    options = parser.parse_args()
    found = measure(options.runs)
    print(json.dumps(found, indent=2) if options.json else told(found))
    below = missed(found)
    for bar in below:
        print(f"missed: {bar}", file=sys.stderr)
    return int(bool(below))


if __name__ == "__main__":
    sys.exit(main())
