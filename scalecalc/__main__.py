"""`python -m scalecalc` and the console script `scalecalc`."""

import sys
from io import TextIOWrapper

from scalecalc.problem import ExitCode


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(
                    errors="backslashreplace"
                )  # what the terminal cannot show is told all the same
        from scalecalc.cli import main as run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
