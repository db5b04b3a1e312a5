"""The command line: one Typer command per file of commands/, and the one boundary for what goes wrong.

Typer only reads the words; it hands back a `Request`, which is answered here. Every `Problem`, every
failed write and every bug becomes a message and an exit code in `main`, and nowhere else.
"""

import inspect
import os
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from scalecalc import __version__, commands
from scalecalc.cli.output import abandon_output, flush_output
from scalecalc.cli.parameters import help_of, reader
from scalecalc.cli.refusals import UsageError, usage_problem
from scalecalc.cli.request import Request
from scalecalc.problem import ExitCode, Problem
from scalecalc.render import Format
from scalecalc.render.messages import report_bug, report_problem

OVERVIEW = """Plan language-model training: model size, tokens, hours, money, loss, and how sure that is.

```
scalecalc optimal --flops 1e23               # N and D for a compute budget
scalecalc gpu-hours --gpus 512               # what a cluster buys
scalecalc models                             # GPT-3, Chinchilla, LLaMA ... held against a law
scalecalc optimal --flops 1e25 --json | jq .result.params
```
"""


def main(arguments: Sequence[str]) -> int:
    """Answer a command line (without the program's name) and return the exit code."""
    form = wanted_format(arguments)
    name = named_command(arguments)
    try:
        outcome = read(arguments)
        code = outcome.answer() if isinstance(outcome, Request) else outcome
        flush_output()
    except Problem as problem:
        return report_problem(name, problem, form)
    except UsageError as error:
        return report_problem(name, usage_problem(error, name), form)
    except BrokenPipeError:
        abandon_output()
        return ExitCode.ANSWERED
    except OSError as error:
        abandon_output()
        problem = Problem("output", f"cannot write the answer: {error.strerror}", "", ExitCode.NO_ANSWER)
        return report_problem(name, problem, Format.TABLE)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except Exception as bug:  # noqa: BLE001 - the one place where a bug becomes a message
        return report_bug(bug, debug="--debug" in arguments)
    return code


def read(arguments: Sequence[str]) -> Request | int:
    """The request that the words make, or an exit code where help or the version was printed.

    Only the file of the named command is imported; all of them are when the overview, a suggestion or
    a shell completion needs them.
    """
    name = named_command(arguments)
    every = name is None or "_SCALECALC_COMPLETE" in os.environ
    app = build(commands.names() if every else (str(name),))
    outcome: Request | int | None = app(list(arguments), prog_name="scalecalc", standalone_mode=False)
    return outcome or ExitCode.ANSWERED


def named_command(arguments: Sequence[str]) -> str | None:
    """The command that the words begin with, if there is one of that name."""
    first = next((word for word in arguments if not word.startswith("-")), None)
    return first if first in commands.names() else None


def wanted_format(arguments: Sequence[str]) -> Format:
    """The format asked for, found without parsing, since a problem in parsing is told in it too."""
    forms = {str(form): form for form in Format}
    wanted = Format.TABLE
    for place, word in enumerate(arguments):
        option, _, value = word.partition("=")
        if word == "--json":
            return Format.JSON
        if option == "--format":
            wanted = forms.get(value or next(iter(arguments[place + 1 :]), ""), wanted)
    return wanted


def build(names: Iterable[str]) -> typer.Typer:
    """The Typer app with the named commands."""
    app = typer.Typer(
        name="scalecalc",
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(invoke_without_command=True, help=OVERVIEW)(overview)
    for name in names:
        command = commands.command(name)
        app.command(
            name,
            help=help_of(command.inputs),
            short_help=inspect.cleandoc(command.inputs.__doc__ or "").split("\n\n", 1)[0],
            rich_help_panel=command.inputs.group,
        )(reader(command))
    return app


def overview(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Print the version or, without a command, the overview."""
    if version:
        typer.echo(f"scalecalc {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
