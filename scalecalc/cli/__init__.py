"""The command line: one Typer command per file of commands/, and the one boundary for what goes wrong.

Typer only reads the words; it hands back a `Request`, which is answered here. Every `Problem`, every
failed write and every bug becomes a message and an exit code in `main`, and nowhere else.
"""

import inspect
import os
import re
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from scalecalc import __version__, commands
from scalecalc.cli.output import abandon_output, flush_output
from scalecalc.cli.parameters import HELP, help_of, reader
from scalecalc.cli.refusals import UsageError, beyond_numbers, usage_problem
from scalecalc.cli.request import Request
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Refused, shown
from scalecalc.render import Format
from scalecalc.render.messages import bug_problem, report_problem

OVERVIEW = """Plan language-model training: model size, tokens, hours, money, loss, and how sure that is.

```
scalecalc optimal --flops 1e23       # N and D for a compute budget
scalecalc gpu-hours --gpus 512       # what a cluster buys
scalecalc models                     # published models, held against a law
scalecalc optimal --flops 1e25 --json | jq .result.params
```
"""


def main(arguments: Sequence[str]) -> int:
    """Answer a command line (without the program's name) and return the exit code."""
    try:
        return _answered(arguments)
    except BrokenPipeError:
        abandon_output()
        return ExitCode.ANSWERED
    except OSError as error:
        abandon_output()
        unwritten = Problem("output", f"cannot write the answer: {error.strerror}", "", ExitCode.NO_ANSWER)
        return report_problem(None, unwritten, Format.TABLE)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except Exception as bug:  # noqa: BLE001 - the one place where a bug becomes a message
        problem = bug_problem(bug, debug="--debug" in arguments)
        return report_problem(named_command(arguments), problem, wanted_format(arguments))


def _answered(arguments: Sequence[str]) -> int:
    """The exit code of a command line whose answer, or the problem with it, was written."""
    name = named_command(arguments)
    try:
        outcome = read(arguments)
        code = outcome.answer() if isinstance(outcome, Request) else outcome
    except Problem as problem:
        code = report_problem(name, problem, wanted_format(arguments))
    except UsageError as error:
        code = report_problem(name, usage_problem(error, name), wanted_format(arguments))
    except (Refused, ArithmeticError) as beyond:
        code = report_problem(name, beyond_numbers(beyond), wanted_format(arguments))
    flush_output()
    return code


def read(arguments: Sequence[str]) -> Request | int:
    """The request that the words make, or an exit code where help or the version was printed.

    Only the file of the named command is imported; all of them are when the overview, a suggestion or
    a shell completion needs them.
    """
    refuse_undecodable(arguments)
    name = named_command(arguments)
    every = name is None or "_SCALECALC_COMPLETE" in os.environ
    program = typer.main.get_command(build(commands.names() if every else (str(name),)))
    for flag in program.params:
        flag.metavar = ""
    if every:
        join_completed_words()
    outcome: Request | int | None = program.main(
        joined(arguments, name), prog_name="scalecalc", standalone_mode=False
    )
    return outcome or ExitCode.ANSWERED


def refuse_undecodable(arguments: Sequence[str]) -> None:
    """Refuse bytes that are no text, which neither a message nor JSON could repeat."""
    for word in arguments:
        if not word.isascii() and any("\ud800" <= sign <= "\udfff" for sign in word):
            raise Problem(
                "usage", f"{shown(word)} is not text in the encoding of this system", "write it in UTF-8"
            )


def named_command(arguments: Sequence[str]) -> str | None:
    """The command that the words begin with, if there is one of that name; it may be of two words."""
    start = next((place for place, word in enumerate(arguments) if not word.startswith("-")), 0)
    known = commands.names()
    return next((name for end in (2, 1) if (name := " ".join(arguments[start : start + end])) in known), None)


def joined(arguments: Sequence[str], name: str | None) -> list[str]:
    """The words with the two of a command's name as one, which is how Typer knows it."""
    words = list(arguments)
    if name is not None and " " in name:
        start = words.index(name.partition(" ")[0])
        words[start : start + 2] = [name]
    return words


def join_completed_words() -> None:
    """The same for the words that a shell wants completed, which Typer finds in the environment."""
    for variable in {"COMP_WORDS", "_TYPER_COMPLETE_ARGS"} & set(os.environ):
        line = os.environ[variable]
        for name in commands.names():
            if " " not in name or not re.match(rf"\S+\s+{name}\s", line):
                continue
            os.environ[variable] = line.replace(name, f'"{name}"', 1)
            if variable == "COMP_WORDS" and "COMP_CWORD" in os.environ:
                os.environ["COMP_CWORD"] = str(int(os.environ["COMP_CWORD"]) - 1)


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
        context_settings={"help_option_names": []},
    )
    app.callback(invoke_without_command=True, help=OVERVIEW)(overview)
    found = [commands.command(name) for name in names]
    for command in sorted(found, key=lambda each: commands.GROUPS.index(each.inputs.group)):
        app.command(
            command.name,
            help=help_of(command.inputs),
            short_help=inspect.cleandoc(command.inputs.__doc__ or "").split("\n\n", 1)[0],
            rich_help_panel=command.inputs.group,
        )(reader(command))
    return app


def overview(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    help_: Annotated[bool, HELP] = False,  # noqa: ARG001 - its callback answers it
) -> None:
    """Print the version or, without a command, the overview."""
    if version:
        typer.echo(f"scalecalc {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
