"""A whole fit as a process: its processor time against the imports that it cannot do without.

The two are run in turn, so that a busy machine slows both alike, and with compiled bytecode, as an installed
program has it. The target is a ratio of at most 1.3.

    python bench/fit_process.py --pairs 30
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from startup import processor_seconds

TARGET = 1.3

IMPORTS = ("-c", "import typer, pydantic, numpy, scipy.special")

FIT = ("-m", "scalecalc", "fit", "chinchilla", "--json")


def environment(bytecode: Path) -> Mapping[str, str]:
    """That of this process, with bytecode compiled into a folder of its own."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(bytecode)}


def interleaved(pairs: int, settings: Mapping[str, str]) -> list[tuple[float, float]]:
    """Seconds of imports and fit, pair by pair, after one run of each that compiles the bytecode."""
    programs: tuple[Sequence[str], ...] = (IMPORTS, FIT)
    for program in programs:
        processor_seconds(program, settings)
    return [(processor_seconds(IMPORTS, settings), processor_seconds(FIT, settings)) for _ in range(pairs)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=20)
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as bytecode:
        measured = interleaved(pairs, environment(Path(bytecode)))
    imports, fits = (statistics.median(column) for column in zip(*measured, strict=True))
    ratio = statistics.median(fit / least for least, fit in measured)
    print(f"imports              {1000 * imports:6.0f} ms")
    print(f"fit chinchilla --json{1000 * fits:6.0f} ms")
    print(f"ratio                {ratio:6.2f}, target at most {TARGET}")


if __name__ == "__main__":
    main()
