"""What `joulecard dvc init` and `remove` do to the text of a dvc.yaml."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.errors import InvalidInputError
from joulecard.hosts.dvc.pipeline import Edited, Names, instrument
from joulecard.hosts.dvc.removal import strip
from joulecard.hosts.dvc.shell import by_hand, why_not_simple

UNUSUAL = """\
# head
vars:
  - models: {m1: {lr: 0.1}, m2: {lr: 0.2}}

stages:
  plain:   # why
    cmd:   python a.py   --x "1"   # trailing
    deps: [ a.py,  b.py ]
    outs:
      - "o.txt"
      - other:
          cache: false
    # at the end of the stage

  quoted:
    cmd: "python a.py 'x y'"
    metrics: [m.json]
  single:
    cmd: 'python a.py ''x'' > out.txt'
    metrics: []
  long:
    cmd: python a.py
      --continued yes
    metrics:
      - m1.json:
          cache: false   # here
      - m2.json

  lines:
    cmd: |
      python one.py
      # a comment

      python two.py 2>&1
  folded:
    cmd: >
      python one.py
      --two
    desc: |
      text

  list:
    wdir: sub/dir
    cmd:
    - python a.py
    -   "python b.py"
    - |
      python c.py
  brackets: {cmd: python f.py, outs: [f.txt]}
  more_brackets: {cmd: [python f.py, 'python g.py'], metrics: [{x.json: {cache: false}}], deps: [z]}
  each:
    foreach: [a, b, 1.5]
    do:
      cmd: python fe.py ${item}
      outs:
      - fe_${item}.txt
  named:
    foreach: ${models}
    do:
      cmd: python fe.py --lr ${item.lr} ${models}
  grid:
    matrix:
      x: [1, 2]
      y: [{k: 1}]
    cmd: python mx.py ${item.x} ${key}
  numbered:
    foreach:
      - {a: 1}
    do:
      cmd: python fl.py ${item.a}
  pipe:
    cmd: python a.py | tee log.txt && echo done
  still:
    frozen: true
    cmd: python never.py

  last:
    cmd: python last.py
# tail
plots:
  - a.csv
"""
NAMES = Names(["each@a", "each@1.5", "named@m1", "grid@1-y0"], {"models": {"m1": 1}}.get)
RECORDED = (
    *("plain", "quoted", "single", "long", "lines", "folded", "list", "brackets", "more_brackets"),
    *("each", "named", "grid", "last"),
)


def lines(edited: Edited) -> list[str]:
    """The lines of the file without their indentation."""
    return [line.strip() for line in edited.text.splitlines()]


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["\n# tail\nplots:\n  - a.csv\n", "", "\n", "\n\n\n"])
def test_removing_is_the_exact_inverse_of_adding(line_break: str, end: str) -> None:
    """Comments, order, quotes, brackets, blank lines, line ends and a missing last line break all survive."""
    text = (UNUSUAL.partition("\n# tail")[0] + end).replace("\n", line_break)
    edited = instrument(text, NAMES)
    assert edited.changed == RECORDED
    assert strip(edited.text).text == text


def test_adding_changes_nothing_but_the_lines_it_must() -> None:
    """Every line of the file is still there, in its order, the commands with the prefix."""
    edited = instrument(UNUSUAL, NAMES)
    rest = iter(edited.text.splitlines())
    for line in UNUSUAL.splitlines():
        assert any(found.replace("joulecard run -- ", "") == line or line.split(":")[0] in found for found in rest)


def test_adding_a_second_time_changes_nothing() -> None:
    """What is recorded already is known as such."""
    once = instrument(UNUSUAL, NAMES)
    twice = instrument(once.text, NAMES)
    assert twice.text == once.text
    assert twice.changed == ()
    assert set(twice.unchanged) == set(RECORDED)


def test_generated_stages_get_a_path_that_dvc_fills_in() -> None:
    """The template gives exactly the names that DVC gives the stages."""
    found = lines(instrument(UNUSUAL, NAMES))
    for path in ("each@${item}", "named@${key}", "grid@${key}"):
        assert f"- carbon/stages/{path}.json:" in found


def test_a_stage_in_a_folder_of_its_own_names_the_record_from_there() -> None:
    """The path of the entry is relative to `wdir`."""
    assert "- ../../carbon/stages/list.json:" in lines(instrument(UNUSUAL, NAMES))


def test_what_cannot_be_added_is_left_alone_with_the_lines_to_write() -> None:
    """Each stage that is left alone has its reason; those that can be recorded have lines to write."""
    left = {item.stage: item for item in instrument(UNUSUAL, NAMES).by_hand}
    assert sorted(left) == ["numbered", "pipe", "still"]
    assert "numbers" in left["numbered"].reason
    assert left["still"].lines == ()
    assert left["pipe"].lines[:5] == (
        "cmd:",
        "- |",
        """  joulecard run -- "$0" <<'END'""",
        "  python a.py | tee log.txt && echo done",
        "  END",
    )


def test_stages_that_share_text_are_left_alone() -> None:
    """An anchor stands for several stages: a change there would reach the others."""
    text = (
        "stages:\n  a: &a\n    cmd: python a.py\n    deps: [x]\n  b: *a\n  c:\n    <<: *a\n  d:\n    cmd: python d.py\n"
    )
    edited = instrument(text, Names())
    assert edited.changed == ("d",)
    assert sorted(item.stage for item in edited.by_hand) == ["a", "b", "c"]
    assert strip(edited.text).text == text


def test_a_group_that_cannot_be_looked_up_is_left_alone() -> None:
    """Whether DVC names the stages by key or by item depends on what the group runs over."""
    text = "stages:\n  each:\n    foreach: ${unknown}\n    do:\n      cmd: python a.py ${item}\n"
    assert [item.stage for item in instrument(text, Names()).by_hand] == ["each"]


def test_a_generated_name_that_is_no_file_name_is_left_alone() -> None:
    """A value with a slash would put the record into another folder than the stage writes it to."""
    text = "stages:\n  each:\n    foreach: [a/b]\n    do:\n      cmd: python a.py ${item}\n"
    assert [item.stage for item in instrument(text, Names(["each@a/b"])).by_hand] == ["each"]


@pytest.mark.parametrize("text", ["stages: [", "a: 1\na: 2\n", "", "stages:\n", "[1]", "stages: 7\n", "\tstages:\n"])
def test_what_is_no_pipeline_gets_one_sentence(text: str) -> None:
    """Broken YAML and files without stages are named as what they are."""
    with pytest.raises(InvalidInputError) as caught:
        instrument(text, Names())
    assert "\n" not in str(caught.value)
    assert "dvc.yaml" in str(caught.value)


@pytest.mark.parametrize(
    "command",
    [
        "python train.py --lr 0.1",
        "python train.py > log.txt 2>&1",
        "python train.py < in.txt",
        "sh -c 'a | b; c && d'",
        "python train.py ${params} --name '${item.name}'",
        "./run.sh *.csv ~/x $HOME",
        'python -c "print(1); print(2)"',
    ],
)
def test_simple_commands_take_the_prefix(command: str) -> None:
    """The shell still expands and redirects behind the prefix."""
    assert why_not_simple(command) == ""


@pytest.mark.parametrize(
    "command",
    [
        *("a | b", "a && b", "a; b", "a &", "a || b", "(a)", "a $(b)", "a `b`", "a &> log", "cat <<END", "diff <(a) b"),
        *("cd x", "export A=1", "source env", ". env", "exec a", "A=1 b", "${command}", "> out a", "it's", "a \\", ""),
        *("if true; then a; fi", "time a", "! a", "{ a; }"),
    ],
)
def test_other_commands_do_not(command: str) -> None:
    """Each is refused with a reason."""
    assert why_not_simple(command)


def test_a_command_with_variables_before_it_has_a_short_form() -> None:
    """The prefix goes behind the assignments, which joulecard passes on."""
    assert by_hand("A=1 B=two python a.py") == ["A=1 B=two joulecard run -- python a.py"]


WORDS = st.lists(st.sampled_from(["x", '"y z"', "'q'", "${item}", "--a=1", "*.csv", "> o", "#"]), max_size=4)
COMMANDS = st.builds(lambda words: " ".join(["python", "a.py", *words]), WORDS)


@st.composite
def stages(draw: st.DrawFn) -> str:
    """The text of a stage in one of the many ways to write one."""
    command = draw(COMMANDS)
    indent = " " * draw(st.integers(2, 5))
    dash = draw(st.sampled_from(["", "  "]))
    metrics = draw(st.sampled_from(["", "metrics: []", "metrics: [m.json]", f"metrics:\n{indent}{dash}- m.json"]))
    quoted = command.replace("'", "''")
    forms = [
        f"cmd: '{quoted}'",
        f"cmd: |\n{indent}  {command}",
        f"cmd:\n{indent}{dash}- '{quoted}'",
        f"cmd: >-\n{indent}   {command}",
    ]
    members = draw(st.permutations([draw(st.sampled_from(forms)), "deps: [a.py]", *([metrics] if metrics else [])]))
    comment = draw(st.sampled_from(["", "  # why", "\n\n", f"\n{indent}# why"]))
    return "\n".join(f"{indent}{member}" for member in members) + comment + "\n"


@given(st.lists(stages(), min_size=1, max_size=4), st.booleans())
def test_however_a_stage_is_written_removing_undoes_adding(bodies: list[str], ends_in_break: bool) -> None:  # noqa: FBT001
    """For every text: what init makes of it is stable, and remove gives the same bytes back."""
    text = "stages:\n" + "".join(f" s{number}:\n{body}" for number, body in enumerate(bodies))
    text = text if ends_in_break else text.rstrip("\n")
    edited = instrument(text, Names())
    assert instrument(edited.text, Names()).text == edited.text
    assert strip(edited.text).text == text


def test_a_command_that_others_refer_to_is_left_alone_with_the_reason() -> None:
    """The file is valid; a prefix would swallow the anchor."""
    text = "stages:\n  a:\n    cmd: python a.py\n  b:\n    cmd: &d python b.py\n  c:\n    cmd: *d\n"
    edited = instrument(text, Names())
    assert edited.changed == ("a",)
    assert {item.stage for item in edited.by_hand if " alias" in item.reason} == {"b", "c"}
    assert strip(edited.text).text == text
