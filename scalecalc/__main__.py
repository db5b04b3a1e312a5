"""`python -m scalecalc` and the console script `scalecalc`."""

import gc
import os
import sys
from contextlib import suppress
from io import TextIOWrapper

from scalecalc.problem import ExitCode


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        code = _run()
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    for stream in _text_streams():
        with suppress(OSError, ValueError):  # a stream that failed was told of already
            stream.flush()
    os._exit(code)  # taking hundreds of modules apart would cost a sixth of a short run


def _run() -> int:
    for stream in _text_streams():
        stream.reconfigure(errors="backslashreplace")  # what a terminal cannot show is told all the same
    gc.disable()  # what is imported stays: looking for garbage in it is in vain
    from scalecalc.cli import main as run

    gc.freeze()
    gc.enable()
    return run(sys.argv[1:])


def _text_streams() -> list[TextIOWrapper]:
    return [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, TextIOWrapper)]


if __name__ == "__main__":
    main()
