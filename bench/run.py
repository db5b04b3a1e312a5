"""The whole comparison, from start-up to coverage: a table, its numbers and a figure.

    pip install '.[bench]'
    python bench/run.py                 # quick, under a minute
    python bench/run.py --full          # what bench/results holds, under ten minutes on an idle machine
    python bench/run.py --full --only startup fits

Prints the page. With --full, or into the folder of --output, it also writes DATE.json, DATE.md and DATE.svg.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from results_page import PARTS, Results, page
from settings import FULL, QUICK, TINY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from settings import Settings
    from tabulated import Table

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Idle BLAS threads spin and slow SciPy's L-BFGS-B down tenfold on a busy machine, which would flatter us."""

MODES = {settings.mode: settings for settings in (QUICK, FULL, TINY)}


def measured(settings: Settings, asked: Sequence[str]) -> Results:
    """Run the parts that are asked for, in turn."""
    import machine

    parts = _parts(settings)
    seconds: dict[str, float] = {}
    tables: dict[str, Table] = {}
    for name in asked:
        print(f"{name} ...", file=sys.stderr, flush=True)
        began = time.perf_counter()
        tables[name] = parts[name]()
        seconds[name] = time.perf_counter() - began
    return Results(f"{datetime.now(tz=UTC):%Y-%m-%d}", settings.mode, machine.facts(), seconds, tables)


def _parts(settings: Settings) -> dict[str, Callable[[], Table]]:
    """What makes each table, by its name."""
    import coverage
    import fit_comparison
    import gpu_hour_errors
    import processes

    return {
        "fits": lambda: fit_comparison.fits(settings),
        "bootstraps": lambda: fit_comparison.bootstraps(settings),
        "growth": lambda: fit_comparison.growth(settings),
        "startup": lambda: processes.start_up(settings),
        "streams": lambda: processes.streams(settings),
        "coverage": lambda: coverage.coverage(settings.simulations, settings.every_cell),
        "gpu-hours": gpu_hour_errors.errors,
    }


def write(results: Results, folder: Path) -> Results:
    """Three files named by the date; parts that were run earlier that day are kept in them."""
    from results_figure import svg

    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / results.date
    numbers = stem.with_suffix(".json")
    if numbers.exists():
        results = results.over(Results.from_json(numbers.read_text(encoding="utf-8")))
    numbers.write_text(results.to_json(), encoding="utf-8")
    if set(results.tables) == set(PARTS):
        stem.with_suffix(".md").write_text(page(results), encoding="utf-8")
        stem.with_suffix(".svg").write_bytes(svg(results))
    return results


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="the counts behind bench/results")
    parser.add_argument("--mode", choices=MODES, help="by name instead")
    parser.add_argument("--output", type=Path, help="folder for the files")
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=PARTS, help="these parts; the others stay"
    )
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    os.environ.update(ONE_THREAD)
    settings = MODES[asked.mode or ("full" if asked.full else "quick")]
    results = measured(settings, asked.only)
    folder = asked.output or (Path(__file__).parent / "results" if settings is FULL else None)
    if folder is not None:
        results = write(results, folder)
    print(page(results))


if __name__ == "__main__":
    main()
