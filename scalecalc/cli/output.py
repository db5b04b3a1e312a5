"""Where an answer is written: standard output, or a file."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TextIO

from scalecalc.files import written_whole
from scalecalc.problem import ExitCode, Problem


def written_to(path: Path | None) -> AbstractContextManager[TextIO]:
    """The stream to write the answer to."""
    if path is None:
        if sys.stdout is None:
            raise Problem("output", "standard output is closed", "", ExitCode.NO_ANSWER)
        return nullcontext(sys.stdout)
    return written_whole(path)


def flush_output() -> None:
    """Hand everything written to standard output over now, while a failure can still be told."""
    if sys.stdout is not None:
        sys.stdout.flush()


def abandon_output() -> None:
    """Send what is left of standard output nowhere, so that the interpreter's own flush cannot fail."""
    with suppress(AttributeError, OSError, ValueError):  # there may be no stream, or none with a descriptor
        taken = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, taken)
        os.close(nowhere)
