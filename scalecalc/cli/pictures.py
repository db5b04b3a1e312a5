"""What is asked to be drawn: whether it can be, before anything is computed, and as what kind of file."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from scalecalc.commands import Command
from scalecalc.problem import ExitCode, Problem
from scalecalc.render import SUFFIXES, Format
from scalecalc.result import Drawing, Inputs, Plotted, Result, Stream

if TYPE_CHECKING:
    from scalecalc.chart import Picture

DOUBLE = 6.75
"""Inches of two columns of a paper, for an answer of several charts; a single one takes one column."""


def picture_suffix(command: Command, inputs: Inputs, form: Format, path: Path | None) -> str | None:
    """The suffix of the picture file that is asked for; None where the answer is text.

    A Problem where what is asked cannot be drawn: in this format, in this place, or without the extra.
    """
    suffix = path.suffix.lower() if path else ""
    is_plotted = isinstance(inputs, Plotted) and inputs.plot
    is_drawing = issubclass(command.result, Drawing)
    if is_plotted and form is not Format.TABLE:
        raise Problem(
            "conflict",
            f"--plot draws for a reader, --format {form} writes for a program",
            "leave one out; `scalecalc plot KIND --json` has the numbers of its figures",
        )
    if form is not Format.TABLE or not (is_plotted or is_drawing):
        return None
    if suffix in SUFFIXES:
        require("matplotlib", "report", "a figure")
        return suffix
    if is_drawing:
        _refuse_place(path)
        require("matplotlib", "report", "a figure")
    else:
        require("plotext", "plot", "--plot")
    return None


def require(package: str, extra: str, what: str) -> None:
    """A Problem naming the extra where the package that draws is not installed."""
    if find_spec(package) is None:
        raise Problem(
            "missing-extra",
            f"{what} needs {package}, which is not installed",
            f"pip install 'scalecalc[{extra}]'",
            ExitCode.NO_ANSWER,
        )


def picture_of(answer: Result | Stream) -> "Picture":
    """The answer as one picture; a Problem where there is nothing to draw in it."""
    if isinstance(answer, Drawing):
        return answer.picture()
    if not answer.charts:
        raise Problem("no-chart", "there is nothing to draw in this answer", "leave --plot out")
    from scalecalc.chart import Picture

    return Picture(answer.charts, DOUBLE) if len(answer.charts) > 1 else Picture(answer.charts)


def _refuse_place(path: Path | None) -> None:
    """Refuse a file of another kind, and a terminal, which would show the source of the picture."""
    kinds = ", ".join(SUFFIXES)
    if path is not None and path.suffix:
        raise Problem(
            "value", f"--output {path}: {path.suffix} is no kind of picture", f"take one of {kinds}"
        )
    if path is None and sys.stdout is not None and sys.stdout.isatty():
        raise Problem(
            "no-file",
            "a figure is not for the terminal",
            "name a file, e.g. -o figure.svg, or print its numbers with --json",
        )
