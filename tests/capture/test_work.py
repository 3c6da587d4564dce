"""What a program counts and notes of its stage: what is taken, what is refused in words, and that it never hurts."""

from __future__ import annotations

import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.conftest import journals, kill, ran, segments

import joulecard
from joulecard.capture.journal.lines import LINE_BYTES, encoded
from joulecard.capture.journal.recovery import recover
from joulecard.capture.work import Work
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Unwilling:
    """A number that fails when it is looked at."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __float__(self) -> float:
        raise self._error


@pytest.fixture
def counted() -> tuple[Work, list[tuple[str, str]]]:
    """A work, and what it refuses."""
    refused: list[tuple[str, str]] = []
    return Work(lambda what, reason, _: refused.append((what, reason))), refused


def test_a_block_counts_and_notes(work: Path) -> None:
    """What the stage counts and notes stands in its segment."""
    with joulecard.record("serve") as stage:
        for _ in range(3):
            stage.count("request")
            stage.count("token", 512)
        stage.note(flop=3.1e18, quality={"accuracy": 0.5}, energy_wh=1.5)
        stage.note(quality={"accuracy": 0.91, "f1": 0.8})
    [document] = segments(work)
    assert document["work_done"] == {"request": 3, "token": 1536}
    assert document["declared"] == {"energy_wh": 1.5, "flop": 3.1e18, "quality": {"accuracy": 0.91, "f1": 0.8}}
    assert document["gaps"] == []


def test_nothing_counted(work: Path) -> None:
    """A stage that counts nothing has no work, rather than none of something."""
    with joulecard.record("train"):
        pass
    assert {"work_done", "declared"}.isdisjoint(segments(work)[0])


@pytest.mark.parametrize(
    ("number", "sum_of_two"),
    [
        (2, 4),
        (0, 0),
        (2.5, 5.0),
        (Fraction(1, 2), 1.0),
        (Decimal("1.5"), 3.0),
        (5e29, 1e30),
    ],
    ids=repr,
)
def test_numbers(counted: Any, number: Any, sum_of_two: float) -> None:
    """Whatever is a number from 0 is counted."""
    work, refused = counted
    work.count("token", number)
    work.count("token", number)
    assert work.counts() == (("token", sum_of_two),)
    assert refused == []


@pytest.mark.needs("scikit-learn")
def test_numbers_of_numpy(counted: Any) -> None:
    """Its numbers are numbers; its truth values and its lists are none."""
    import numpy as np

    work, refused = counted
    for number in (np.int64(7), np.float32(0.5), np.array(3), np.array([4.0])[0]):
        work.count("token", number)
    assert work.counts() == (("token", 14.5),)
    for no_number in (np.array([1, 2]), np.ones(1, dtype=bool)[0], np.str_("3"), np.float64("nan")):
        work.count("token", no_number)
    assert (work.counts(), len(refused)) == ((("token", 14.5),), 4)


NO_NUMBERS = [
    -1,
    -1e-9,
    math.nan,
    math.inf,
    2e30,
    10**400,
    True,
    "3",
    b"3",
    None,
    [],
    1j,
]
FAILURES = [Unwilling(error) for error in (ValueError(), RecursionError(), MemoryError(), OSError(), UnicodeError())]


@pytest.mark.parametrize(
    "number", [*NO_NUMBERS, *FAILURES], ids=lambda number: f"{type(number).__name__} {number}"[:20]
)
def test_no_numbers(counted: Any, number: Any) -> None:
    """What is no number from 0 is refused in one sentence, which quotes nothing, and what was counted stays."""
    work, refused = counted
    work.count("token", 5)
    work.count("token", number)
    assert work.counts() == (("token", 5),)
    [(what, reason)] = refused
    assert (what, reason.startswith("a count of token was refused: ")) == ("work", True)


def test_a_sum_beyond_the_greatest(counted: Any) -> None:
    """The number that would carry the sum beyond what the schema allows is not counted."""
    work, refused = counted
    work.count("token", 6e29)
    work.count("token", 6e29)
    assert work.counts() == (("token", 6e29),)
    assert len(refused) == 1


@pytest.mark.parametrize(
    "unit", ["", "Token", "1x", "a-b", "tök", "a" * 65, "token\n", " token", 7, None, ["a"], {}], ids=repr
)
def test_no_units(counted: Any, unit: Any) -> None:
    """What is no name of a unit is refused."""
    work, refused = counted
    work.count(unit)
    assert work.counts() is None
    [(what, reason)] = refused
    assert (what, reason.startswith("a unit was refused: its name must be")) == ("work", True)


def test_too_many_units(counted: Any) -> None:
    """Of more units than a segment can hold the first are counted on."""
    work, refused = counted
    for number in range(33):
        work.count(f"u{number}")
    work.count("u0")
    assert dict(work.counts())["u0"] == 2
    assert len(work.counts()) == 32
    assert refused == [("work", "a unit was refused: 32 are counted already")]


def test_refused_notes(counted: Any) -> None:
    """Of a note each part is judged for itself."""
    work, refused = counted
    work.note(
        flop=-1, quality={"accuracy": 0.9, "bad\n": 1, "worse": math.nan, "text": "0.9"}, energy_wh=2, place="Atlantis"
    )
    assert work.declared().quality == (("accuracy", 0.9),)
    assert (work.declared().flop, work.declared().energy_wh) == (None, 2)
    assert [what for what, _ in refused] == ["declared"] * 4 + ["place"]
    assert "Atlantis" not in str(refused)
    work.note(quality=7)
    work.note(quality={f"m{number}": number for number in range(70)})
    assert len(work.declared().quality) == 64


def test_a_noted_place(counted: Any) -> None:
    """It takes the place of what was found, and leaves the declared PUE."""
    work, refused = counted
    found = Place((Evidence("dmi", "medium", "gcp"),), 1.2)
    assert work.placed(found) is found
    work.note(place=" AWS/eu-north-1 ")
    assert work.placed(found) == Place((Evidence("setting", "high", "aws", "eu-north-1"),), 1.2)
    work.note(place="us-ca")
    work.note(place="nowhere at all")
    assert work.placed(found).evidence == (Evidence("setting", "high", country="US", subdivision="US-CA"),)
    assert [what for what, _ in refused] == ["place"]


def test_a_noted_place_in_a_record(work: Path) -> None:
    """The segment tells the place that the program noted."""
    with joulecard.record("train") as stage:
        stage.note(place="FR")
    assert segments(work)[0]["place"]["evidence"] == [{"source": "setting", "confidence": "high", "country": "FR"}]


def test_what_is_refused_is_said_once(work: Path) -> None:
    """One line a process, a gap for each kind of mistake, and the program goes on."""
    program = (
        "import joulecard\nwith joulecard.record('serve') as stage:\n"
        "    for number in range(3): stage.count('Bad Name'); stage.count('token', -1); stage.note(place='nowhere')\n"
        "    stage.count('token', 5)\nprint('done')"
    )
    status, output, errors = ran(program, work)
    assert (status, output, errors.count("\n")) == (0, "done\n", 1)
    [document] = segments(work)
    assert document["work_done"] == {"token": 5}
    assert [gap["what"] for gap in document["gaps"]] == ["work", "work", "place"]
    assert "Bad Name" not in json.dumps(document)
    assert "joulecard: stage serve: the unit 'Bad Name' was refused: its name must be" in errors


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("count('x' * 99 + 'Z')", f"the unit '{'x' * 40}' was refused: its name must be"),
        ("count('a\\nb\\x1b[1m')", "the unit 'ab[1m' was refused: its name must be"),
        ("count('token', -1)", "the count -1 was refused: it must be"),
        ("count('token'); stage.count('token', None)", "the count of token (NoneType) was refused: it must be"),
        ("note(place='Atlantis')", "the noted place 'Atlantis' was refused: it must be"),
        ("note(quality={'a\\tb': 1})", "the metric 'ab' was refused: its name must be"),
        ("note(flop='many')", "flop 'many' was refused: it must be"),
    ],
)
def test_the_line_tells_stage_and_value(work: Path, program: str, sentence: str) -> None:
    """What was refused is told to the user by its stage and its value, which is in no record."""
    status, _, errors = ran(f"import joulecard\nwith joulecard.record('serve') as stage: stage.{program}", work)
    assert (status, errors.count("\n")) == (0, 1)
    assert errors.startswith(f"joulecard: stage serve: {sentence}")


def test_a_forked_child_is_told_that_it_has_no_record(work: Path) -> None:
    """It has none for a gap, and ends without saying what waits: so it is told at once, and once."""
    program = (
        "import joulecard, os\nwith joulecard.record('serve') as stage:\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        for number in range(3): stage.count('request'); stage.note(flop=1)\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    stage.count('request')\n"
    )
    status, _, errors = ran(program, work)
    assert (status, errors.count("\n")) == (0, 1)
    assert errors.startswith("joulecard: stage serve: a forked process counted or noted in the stage of its parent")
    assert segments(work)[0]["work_done"] == {"request": 1}


NOWHERE = "for number in range(3): joulecard.stage().count('request'); joulecard.stage().note(place='FR')"


def test_counted_where_nothing_is_recorded(work: Path) -> None:
    """A process without a recorder, such as one that `joulecard run` watches from outside, is told so once."""
    status, output, errors = ran(f"import joulecard\n{NOWHERE}\nprint('done')", work)
    assert (status, output, errors.count("\n")) == (0, "done\n", 1)
    assert "no stage is recorded in this process or thread, so what it counts and notes is lost" in errors


def test_counted_where_recording_is_disabled(work: Path) -> None:
    """Nothing is said where nobody wants a record, nor of a stage that is only asked for."""
    assert ran("import joulecard\njoulecard.stage()", work) == (0, "", "")
    assert ran(f"import joulecard, os\nos.environ['JOULECARD_DISABLED'] = '1'\n{NOWHERE}", work) == (0, "", "")
    (work / "joulecard.toml").write_text("disabled = true\n")
    assert ran(f"import joulecard\n{NOWHERE}", work) == (0, "", "")


def test_from_many_threads(work: Path) -> None:
    """No count is lost, whichever thread makes it."""

    def serve(_: int) -> None:
        for _ in range(2000):
            stage.count("request")

    with joulecard.record("serve") as stage, ThreadPoolExecutor(8) as pool:
        list(pool.map(serve, range(16)))
    assert segments(work)[0]["work_done"] == {"request": 32_000}


def test_in_a_signal_handler(work: Path) -> None:
    """A handler that counts while its thread counts does not wait for itself."""
    program = (
        "import joulecard, signal\nwith joulecard.record('serve') as stage:\n"
        "    signal.signal(signal.SIGALRM, lambda *_: stage.count('alarm'))\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n"
        "    for _ in range(200_000): stage.count('request')\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0)\n"
    )
    assert ran(program, work) == (0, "", "")
    assert segments(work)[0]["work_done"]["alarm"] >= 1


def test_the_stage_around(work: Path) -> None:
    """A function counts in whatever stage it is called in; where there is none, nowhere."""

    @joulecard.record("score")
    def answer() -> None:
        joulecard.stage().count("request")

    joulecard.stage().count("request")
    answer()
    with joulecard.record("outer") as outer:
        joulecard.stage().count("sample")
        answer()
        outer.count("sample")
    assert [document.get("work_done") for document in segments(work) if document["stage"] == "outer"] == [{"sample": 2}]
    assert [document["work_done"] for document in segments(work) if document["stage"] == "score"] == [
        {"request": 1}
    ] * 2


def test_each_entry_has_its_own_stage(work: Path) -> None:
    """One recording that several threads are inside of gives each a stage of its own."""
    recording, both = joulecard.record("serve"), threading.Barrier(2)

    def serve(number: int) -> None:
        with recording as stage:
            both.wait(10)
            stage.count("request", number)
            both.wait(10)

    threads = [threading.Thread(target=serve, args=(number,)) for number in (3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(document["work_done"]["request"] for document in segments(work)) == [3, 4]


@pytest.mark.parametrize("how", ["off", "the working directory is gone"])
def test_without_a_recording(work: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is recorded, counting does nothing."""
    if how == "off":
        monkeypatch.setenv("JOULECARD_DISABLED", "1")
    else:
        (work / "gone").mkdir()
        monkeypatch.chdir(work / "gone")
        (work / "gone").rmdir()
    with joulecard.record("serve") as stage:
        stage.count("request")
        stage.note(flop=1)
        joulecard.stage().count("request")
    assert list(work.rglob("*.json")) == []


def test_after_the_end(work: Path) -> None:
    """What is counted when the stage is over is told once, and changes nothing."""
    program = (
        "import joulecard\nwith joulecard.record('serve') as stage: stage.count('request')\n"
        "stage.count('request'); stage.note(flop=1)"
    )
    status, output, errors = ran(program, work)
    assert (status, output, errors.count("\n"), "after its stage had ended" in errors) == (0, "", 1, True)
    assert segments(work)[0]["work_done"] == {"request": 1}


def test_in_a_forked_child(work: Path) -> None:
    """A child that counts in its parent's stage is told that this goes nowhere, and neither of them waits."""
    program = (
        "import joulecard, os\nwith joulecard.record('serve') as stage:\n    stage.count('request')\n"
        "    if os.fork() == 0:\n        stage.count('request'); stage.note(flop=1); os._exit(0)\n    os.wait()\n"
    )
    status, output, errors = ran(program, work)
    assert (status, output, errors.count("\n"), "a forked process" in errors) == (0, "", 1, True)
    assert segments(work)[0]["work_done"] == {"request": 1}


def test_counts_survive_a_kill(work: Path) -> None:
    """What had been counted at the last checkpoint is in the recovered segment."""
    program = (
        "import joulecard, time\nwith joulecard.record('serve') as stage:\n"
        "    stage.count('request', 41); stage.note(place='SE', quality={'f1': 0.5})\n    time.sleep(2.2)\n"
        "    print('go', flush=True)\n    time.sleep(60)\n"
    )
    kill(program, work)
    assert [outcome.verdict for outcome in recover(str(journals()[0].parent))] == ["written"]
    [document] = segments(work)
    assert (document["status"], document["work_done"]) == ("interrupted", {"request": 41})
    assert document["declared"] == {"quality": {"f1": 0.5}}
    assert document["place"]["evidence"][0]["country"] == "SE"


units = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
metrics = st.from_regex(r"[A-Za-z][A-Za-z0-9_@./ -]{0,63}", fullmatch=True)


@given(
    st.dictionaries(units, st.floats(0, 1e28), max_size=32),
    st.dictionaries(metrics, st.floats(-1e15, 1e15), max_size=64),
    st.floats(0, 1e40) | st.none(),
)
def test_lines_of_the_journal(counts: dict[str, float], quality: dict[str, float], flop: float | None) -> None:
    """However much is counted, each line is short, and all together tell everything."""
    work, again = Work(), Work()
    for unit, number in counts.items():
        work.count(unit, number)
    work.note(quality=quality, flop=flop, place="DE")
    lines = work.fresh_lines()
    assert all(len(encoded(line)) <= LINE_BYTES for line in lines)
    assert work.fresh_lines() == []
    for line in json.loads(json.dumps(lines)):
        again.read_line(line)
    assert (again.counts(), again.declared()) == (work.counts(), work.declared())
    assert again.placed(Place()) == work.placed(Place())
    work.renew()
    assert work.fresh_lines() == lines


@pytest.mark.parametrize(
    "said",
    [
        7,
        "x",
        [1],
        {"work": {"A": 1}},
        {"work": {"a": -1}},
        {"work": [1]},
        {"flop": "x"},
        {"quality": {"f": math.inf}},
        {"place": "?"},
    ],
    ids=repr,
)
def test_lines_that_are_none(said: Any) -> None:
    """A damaged line is refused by an error that the reader of journals steps over."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        Work().read_line({"d": said})


@pytest.mark.parametrize("count", [lambda work: work.count("request"), lambda work: work.count("token", 512)])
def test_counting_is_a_handful_of_calls(counted: Any, calls: Callable[..., int], count: Callable[[Work], None]) -> None:
    """A count costs about what adding to a dictionary costs."""
    work, _ = counted
    count(work)
    assert calls(lambda: count(work)) <= 12


def test_counting_loads_nothing(work: Path) -> None:
    """Counting imports no module that recording does not."""
    program = (
        "import joulecard, sys\nwith joulecard.record('train') as stage:\n    before = set(sys.modules)\n"
        "    stage.count('request'); stage.note(flop=1, quality={'f1': 1})\n"
        "    print(sorted(set(sys.modules) - before))\n"
    )
    assert ran(program, work)[1] in {"[]\n", "['joulecard.surroundings.place']\n"}
