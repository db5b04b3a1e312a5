"""Runs the examples that the documentation shows, so that it prints what the program prints."""

import contextlib
import io
import os
import shlex

from scalecalc.cli import main


def screen(*lines: str, most: int | None = None) -> str:
    """Return a console block: each command line after a prompt, with what it prints.

    `most` keeps so many lines of each, where the rest holds digits that differ between machines.
    """
    return "\n".join(["```console", *(_session(line, most) for line in lines), "```"])


def table(line: str) -> str:
    """Return what a command line prints as Markdown."""
    return printed(f"{line} --format markdown").strip()


def printed(line: str) -> str:
    """Standard output of a `scalecalc` command line, then what it tells on standard error."""
    program, *arguments = shlex.split(line, comments=True)
    if program != "scalecalc":
        raise ValueError(f"not a command line of scalecalc: {line}")
    out, remarks = io.StringIO(), io.StringIO()
    with _plain_terminal(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(remarks):
        main(arguments)
    return out.getvalue() + remarks.getvalue()


def _session(line: str, most: int | None) -> str:
    told = printed(line).rstrip().splitlines()
    cut = ["..."] if most is not None and len(told) > most else []
    return "\n".join([f"$ {line}", *told[:most], *cut])


@contextlib.contextmanager
def _plain_terminal():
    """The same width and no color on every machine."""
    kept = {name: os.environ.pop(name, None) for name in ("FORCE_COLOR", "COLUMNS")}
    os.environ["COLUMNS"] = "100"
    try:
        yield
    finally:
        del os.environ["COLUMNS"]
        os.environ.update({name: value for name, value in kept.items() if value is not None})
