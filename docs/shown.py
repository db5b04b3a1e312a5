"""Runs the examples that the documentation shows, so that it prints what the program prints."""

import atexit
import contextlib
import io
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from scalecalc.cli import main

_EXAMPLES = Path(__file__).parent / "examples"

_ROUNDING_ERRORS = (r"^(  gradient norm +)\S+$", r"\1...")


def screen(*lines: str, most: int | None = None, parts: tuple[str, ...] | None = None) -> str:
    """Return a console block: each command line after a prompt, with what it prints.

    `most` keeps so many lines of each, where the rest holds digits that differ between machines. `parts`
    keeps the first lines and the blocks of these headings; "facts" is the one without, "assumes" and "note"
    the last. Figures that are rounding errors, and so differ between machines, are left out in any case.
    """
    return "\n".join(["```console", *(_session(line, most, parts) for line in lines), "```"])


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


def python(code: str) -> str:
    """Return a block of Python, and one of what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})  # noqa: S102 - the code is that of the page
    return f"```python\n{code.strip()}\n```\n\n```text\n{out.getvalue().rstrip()}\n```"


class Desk:
    """A folder of one page, with the files of docs/examples; its examples read and write there."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        shutil.copytree(_EXAMPLES, self._folder, dirs_exist_ok=True)

    def screen(self, *lines: str, most: int | None = None, parts: tuple[str, ...] | None = None) -> str:
        """Return what `screen` does, with that folder as the current one."""
        with contextlib.chdir(self._folder):
            return screen(*lines, most=most, parts=parts)


def _session(line: str, most: int | None, parts: tuple[str, ...] | None) -> str:
    told = [re.sub(*_ROUNDING_ERRORS, each) for each in printed(line).rstrip().splitlines()]
    if parts is not None:
        told = list(_chosen(told, parts))
    cut = ["..."] if most is not None and len(told) > most else []
    return "\n".join([f"$ {line}", *told[:most], *cut])


def _chosen(lines: list[str], parts: tuple[str, ...]) -> Iterator[str]:
    """The blocks of these headings, dots for each gap between them."""
    blocks = [list(block) for filled, block in groupby(_parted(lines), key=bool) if filled]
    missing = set(parts) - {_heading(place, block) for place, block in enumerate(blocks)}
    if missing:
        raise ValueError(f"{lines[0]}: no part is called {', '.join(sorted(missing))}")
    was_left_out = False
    for place, block in enumerate(blocks):
        is_kept = place == 0 or _heading(place, block) in parts
        if is_kept:
            yield from ["", *block] if place else block
        elif not was_left_out:
            yield from ("", "...")
        was_left_out = not is_kept


def _parted(lines: list[str]) -> Iterator[str]:
    """The lines, with the remarks at the end as a block of their own."""
    for before, line in zip(["", *lines], lines, strict=False):
        if _is_remark(line) and before and not _is_remark(before):
            yield ""
        yield line


def _is_remark(line: str) -> bool:
    return bool(re.match("note: |warning: ", line))


def _heading(place: int, block: list[str]) -> str:
    if _is_remark(block[0]):
        return "note"
    if re.match("  (assumes|source) ", block[0]):
        return "assumes"
    return "facts" if place == 1 and block[0].startswith("  ") else block[0]


@contextlib.contextmanager
def _plain_terminal() -> Iterator[None]:
    """The same width and no color on every machine."""
    kept = {name: os.environ.pop(name, None) for name in ("FORCE_COLOR", "COLUMNS")}
    os.environ["COLUMNS"] = "100"
    try:
        yield
    finally:
        del os.environ["COLUMNS"]
        os.environ.update({name: value for name, value in kept.items() if value is not None})
