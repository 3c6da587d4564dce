"""All commands but `run`: their table, each imported only when it is called, and how failures become exit statuses."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

import click

from joulecard import __version__
from joulecard.cli.violation_text import visible
from joulecard.errors import JoulecardError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 128 + 2  # as if SIGINT had ended us
BROKEN_PIPE = 128 + 13  # as if SIGPIPE had ended us


class Entry(NamedTuple):
    """One line of the command table."""

    door: str  # module:attribute
    summary: str  # what `joulecard --help` says; the module is not imported for it


SECTIONS = {
    "Record": {
        "run": Entry("", "Run a command and record its energy as a stage"),
        "recover": Entry("joulecard.cli.recover:command", "Turn what a killed recorder left into valid segments"),
    },
    "Disclose": {
        "assemble": Entry("joulecard.cli.assemble:command", "Make one disclosure from recorded segments"),
        "estimate": Entry("joulecard.cli.estimate:command", "Make a disclosure of a finished run from what is known"),
        "validate": Entry("joulecard.cli.validate:command", "Check disclosures and segments against the standard"),
        "render": Entry("joulecard.cli.render:command", "Write a disclosure as model-card appendix, HTML, PDF or TeX"),
        "attach": Entry("joulecard.cli.attach:command", "Put the appendix into an existing model card"),
        "compare": Entry("joulecard.cli.compare:command", "Compare disclosures: work, joules per work, PUE, intensity"),
        "whatif": Entry("joulecard.cli.whatif:command", "Rank what the same energy would have emitted elsewhere"),
        "marginal": Entry("joulecard.cli.marginal:command", "Tell what one kWh more would have caused, by WattTime"),
    },
    "Attest": {
        "sign": Entry("joulecard.cli.sign:command", "Add a signed statement to a disclosure"),
        "verify": Entry("joulecard.cli.verify:command", "Check a disclosure or PDF report and who signed it"),
    },
    "Pipelines": {
        "dvc": Entry("joulecard.cli.dvc:group", "Make every stage of a DVC pipeline carry its carbon"),
        "mlflow": Entry("joulecard.cli.mlflow:group", "Upload to MLflow what a run could not"),
        "demo": Entry("joulecard.cli.demo:command", "Build and run an example pipeline, from data to disclosure"),
    },
    "Check": {
        "factors": Entry("joulecard.cli.factors:group", "Look up emission factors, PUE and power, with sources"),
        "schema": Entry("joulecard.cli.schema:command", "Print the schema, or explain a field, a rule or a level"),
        "doctor": Entry("joulecard.cli.doctor:command", "Check what can be recorded here, and what is missing"),
    },
}
LAZY = {name: entry.door for section in SECTIONS.values() for name, entry in section.items() if entry.door}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the help page."""
        del ctx
        return [name for section in SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None where there is none."""
        del ctx
        if cmd_name not in LAZY:
            return None
        module, _, attribute = LAZY[cmd_name].partition(":")
        return cast("click.Command", getattr(import_module(module), attribute))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; a word that is nearly one is told with it."""
        known = self.list_commands(ctx)
        if args[0] not in known and (near := _near(args[0], known)):
            ctx.fail(f"No such command {visible(args[0])!r}; did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the sections of the table, without importing any command."""
        del ctx
        widest = max(len(name) for section in SECTIONS.values() for name in section)
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), entry.summary) for name, entry in section.items()])


def _near(word: str, known: Sequence[str]) -> list[str]:
    """The nearest of the known words, where one is near."""
    from difflib import get_close_matches  # only a mistake pays for it

    return get_close_matches(word, known, n=1)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="COMMAND [ARGUMENTS]",
    options_metavar="",
    epilog="`joulecard COMMAND --help` says more. JOULECARD_DISABLED=1 turns all recording off.",
)
@click.version_option(__version__, message="joulecard %(version)s")
@click.pass_context
def joulecard(context: click.Context) -> None:
    """Energy and carbon of machine-learning pipelines: recorded stage by stage, disclosed by a standard, reported."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def dispatch(arguments: Sequence[str]) -> int:
    """Runs one command; its exit status, with failures told in one sentence each on standard error."""
    try:
        # not joulecard.main(), which turns a broken pipe into status 1: "the input is invalid"
        with joulecard.make_context("joulecard", list(arguments)) as context:
            status = joulecard.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except JoulecardError as error:
        for line in str(error).splitlines():
            click.echo(f"joulecard: {visible(line)} [{error.code}]", err=True)
        return error.exit_status
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE
    return status if isinstance(status, int) else 0


def _drop_output() -> None:
    """Sends what is still buffered nowhere: the interpreter would complain about it on its way out."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
