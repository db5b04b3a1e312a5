"""Where an answer is written: standard output, or a file that appears whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from scalecalc.problem import ExitCode, Problem


@contextmanager
def written_to(path: Path | None) -> Iterator[TextIO]:
    """The stream to write the answer to.

    A file is written beside its place under another name and moved there when it is complete, so an
    interrupted command leaves the old file as it was.
    """
    if path is None:
        if sys.stdout is None:
            raise Problem("output", "standard output is closed", "", ExitCode.NO_ANSWER)
        yield sys.stdout
        return
    with _refused_path_told(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", text=True)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            yield out
        with _refused_path_told(path):
            draft.chmod(0o666 & ~_umask())
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _refused_path_told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Problem(
            "output", f"cannot write {str(path)!r}: {reason}", "name a file in a folder that exists"
        )


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def flush_output() -> None:
    """Hand everything written to standard output over now, while a failure can still be told."""
    if sys.stdout is not None:
        sys.stdout.flush()


def abandon_output() -> None:
    """Send what is left of standard output nowhere, so that the interpreter's own flush cannot fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
