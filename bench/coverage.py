"""How often the default 95 % intervals hold the truth, on simulated sweeps with a known law.

Usage: python bench/coverage.py [SIMULATIONS]
"""

from __future__ import annotations

import sys
import time
import zlib

from fit_simulation import CLUSTERED, MAIN, NAMES, OTHER, Cell, covered


def row(cell: Cell, simulations: int, objective: str | None = None) -> str:
    found = covered(cell, simulations, objective, seed=zlib.crc32(cell.name.encode()))
    label = cell.name if objective is None else f"{cell.name}, {objective}"
    numbers = " | ".join(f"{100 * found[name]:.1f}" for name in NAMES)
    return f"| {label} | {numbers} | {found['width']:.3f} |"


def main(simulations: int) -> None:
    began = time.perf_counter()
    error = 100 * (0.95 * 0.05 / simulations) ** 0.5
    print(f"{simulations} simulations per row; Monte Carlo standard error {error:.1f} points\n")
    print("| simulation | alpha | beta | N* at 1e23 | L* at 1e23 | half-width of log N* |")
    print("| --- | --- | --- | --- | --- | --- |")
    for cell in (*MAIN, *CLUSTERED, *OTHER):
        print(row(cell, simulations), flush=True)
    for objective in ("huber", "huber-1e-3"):
        for cell in (MAIN[2], MAIN[6], MAIN[10]):
            print(row(cell, simulations, objective), flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
