"""What is asked for as a page: whether it can be drawn, before anything is computed, and where it goes."""

import sys
from pathlib import Path

from scalecalc.cli.pictures import require
from scalecalc.commands import Command
from scalecalc.problem import Problem
from scalecalc.render import Format
from scalecalc.result import Book

SUFFIXES = (".html", ".htm")


def check_page(command: Command, form: Format, path: Path | None) -> None:
    """A Problem where the answer is a page and cannot be one: in this place, or without the extra."""
    if form is not Format.TABLE or not issubclass(command.result, Book):
        return
    suffix = path.suffix.lower() if path else ""
    if suffix and suffix not in SUFFIXES:
        hint = "write -o report.html, which a browser prints as PDF; --format markdown and --json are text"
        raise Problem("value", f"--output {path}: a page is no {suffix} file", hint)
    if path is None and sys.stdout is not None and sys.stdout.isatty():
        hint = "name a file, e.g. -o report.html, or read it here with --format markdown"
        raise Problem("no-file", "a page is not for the terminal", hint)
    for package in ("matplotlib", "jinja2"):
        require(package, "report", "a page")
