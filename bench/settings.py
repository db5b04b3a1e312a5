"""How much of everything is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Counts of what is timed or simulated.

    repetitions of our fits; epoch_starts of its 4,500; grid_points of chinchilla on each of five axes, for
    log-Huber and for its default; resamples of ours; epoch_resamples that are timed; draws of
    simple-scaling-laws; rows of the large tables; pairs of processes, and starts of
    a peer's; budgets on standard input;
    table_rows of the CSV file; simulations in each coverage cell, and whether in every cell.
    """

    mode: str
    repetitions: int
    epoch_starts: int
    grid_points: int
    default_grid_points: int
    resamples: int
    epoch_resamples: int
    draws: int
    rows: tuple[int, ...]
    pairs: int
    peer_starts: int
    budgets: int
    table_rows: int
    simulations: int
    every_cell: bool


QUICK = Settings(
    mode="quick",
    repetitions=30,
    epoch_starts=30,
    grid_points=2,
    default_grid_points=2,
    resamples=1000,
    epoch_resamples=20,
    draws=200,
    rows=(1_000, 10_000),
    pairs=2,
    peer_starts=1,
    budgets=10_000,
    table_rows=10_000,
    simulations=100,
    every_cell=False,
)
"""Under a minute."""

FULL = Settings(
    mode="full",
    repetitions=60,
    epoch_starts=1000,
    grid_points=5,
    default_grid_points=2,
    resamples=4000,
    epoch_resamples=100,
    draws=1000,
    rows=(1_000, 10_000, 100_000, 1_000_000),
    pairs=15,
    peer_starts=3,
    budgets=100_000,
    table_rows=1_000_000,
    simulations=1000,
    every_cell=True,
)
"""Under ten minutes."""

TINY = Settings(
    mode="tiny",
    repetitions=2,
    epoch_starts=4,
    grid_points=1,
    default_grid_points=1,
    resamples=40,
    epoch_resamples=2,
    draws=2,
    rows=(1_000, 2_000),
    pairs=1,
    peer_starts=1,
    budgets=100,
    table_rows=200,
    simulations=4,
    every_cell=False,
)
"""Whether it runs at all, for the tests."""
