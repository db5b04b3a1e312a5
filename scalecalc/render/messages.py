"""Problems, notes and bugs as lines on standard error, and problems as JSON where JSON was asked for."""

import sys
from collections.abc import Iterable

from scalecalc.problem import ExitCode, Problem
from scalecalc.render import Format
from scalecalc.result import Note, problem_envelope

STYLES = {"error": "bold red", "warning": "bold yellow", "hint": "bold cyan", "note": "bold"}


def report_problem(command: str | None, problem: Problem, form: Format) -> ExitCode:
    """Tell a problem on standard error, and as JSON on standard output where JSON was asked for."""
    if form.is_json:
        from scalecalc.render.machine import json_text

        text = json_text(problem_envelope(command, problem), indent=2 if form is Format.JSON else None)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    _tell("error", problem.message, plain=form.is_json)
    if problem.hint:
        print(file=sys.stderr)  # noqa: T201 - the boundary is where the program prints
        _tell("hint", problem.hint, plain=form.is_json)
    return problem.exit_code


def report_notes(notes: Iterable[Note]) -> None:
    """Tell the notes on a result, one line each."""
    for note in notes:
        _tell(note.level, note.message, plain=False)


def report_bug(bug: Exception, *, debug: bool) -> ExitCode:
    """Tell a bug in one line, after its traceback if that was asked for."""
    if debug:
        import traceback

        traceback.print_exception(bug)
    _tell("error", f"a bug in scalecalc: {type(bug).__name__}: {bug}", plain=True)
    again = "" if debug else "run it again with --debug and "
    _tell("hint", f"{again}report the command line with the traceback to the project's issues", plain=True)
    return ExitCode.BUG


def _tell(label: str, message: str, *, plain: bool) -> None:
    """One message; without rich where the program is to stay quick, the same words with it."""
    text = " ".join(message.split())
    if plain or not sys.stderr.isatty():
        print(f"{label}: {text}", file=sys.stderr)  # noqa: T201
        return
    from rich.text import Text

    from scalecalc.render.screen import console

    console(sys.stderr).print(Text.assemble((f"{label}:", STYLES[label]), " ", text))
