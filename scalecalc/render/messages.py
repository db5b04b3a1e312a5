"""Problems, notes and bugs as lines on standard error, and problems as JSON where JSON was asked for."""

import sys
from collections.abc import Iterable

from scalecalc.problem import ExitCode, Problem
from scalecalc.render import Format, printable
from scalecalc.result import Note, problem_envelope

LONGEST = 1000
"""Characters of a message; it repeats words that may be of any length."""

STYLES = {"error": "bold red", "warning": "bold yellow", "hint": "bold cyan", "note": "bold"}


def report_problem(command: str | None, problem: Problem, form: Format) -> ExitCode:
    """Tell a problem on standard error, and as JSON on standard output where JSON was asked for.

    That JSON stands on one line, since it may close a stream of which every line is a document.
    """
    message = f"{problem.message[:LONGEST]}..." if len(problem.message) > LONGEST else problem.message
    if form.is_json and sys.stdout is not None:
        from scalecalc.render.machine import json_text

        told = Problem(problem.code, message, problem.hint)
        sys.stdout.write(json_text(problem_envelope(command, told), indent=None) + "\n")
    _tell("error", message, plain=form.is_json)
    if problem.hint:
        _write("\n")
        _tell("hint", problem.hint, plain=form.is_json)
    return problem.exit_code


def report_notes(notes: Iterable[Note]) -> None:
    """Tell the notes on a result, one line each."""
    for note in notes:
        _tell(note.level, note.message, plain=False)


def bug_problem(bug: Exception, *, debug: bool) -> Problem:
    """A bug as a problem in one line, after its traceback if that was asked for."""
    again = "" if debug else "run it again with --debug and "
    if debug:
        import traceback

        _write("".join(traceback.format_exception(bug)))
    return Problem(
        "bug",
        f"a bug in scalecalc: {type(bug).__name__}: {bug}",
        f"{again}report the command line with the traceback to the project's issues",
        ExitCode.BUG,
    )


def _tell(label: str, message: str, *, plain: bool) -> None:
    """One message; without rich where the program is to stay quick, the same words with it."""
    text = printable(message)
    if plain or sys.stderr is None or not sys.stderr.isatty():
        _write(f"{label}: {text}\n")
        return
    from rich.text import Text

    from scalecalc.render.screen import console

    console(sys.stderr).print(Text.assemble((f"{label}:", STYLES[label]), " ", text))


def _write(text: str) -> None:
    """Text on standard error; where that is closed or full there is nobody left to tell."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(text)
        except OSError:
            sys.stderr = None  # so that the interpreter, too, does not try again at its end
