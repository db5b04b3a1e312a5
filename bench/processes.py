"""What whole processes cost: start-up, of us and of peers, budgets on standard input, a large file."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import fit_process
import startup
from fit_comparison import named, reason, simulated
from machine import version
from tabulated import Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settings import Settings

STARTUP = (
    Column("program"),
    Column("least", "seconds"),
    Column("median", "seconds"),
    Column("over"),
    Column("least ratio", "factor"),
    Column("median ratio", "factor"),
)

BASE = "script of Typer and pydantic, one command"
NEEDED = "import typer, pydantic, numpy, scipy.special"

PEERS = {
    "chinchilla": ("import of", "import chinchilla"),
    "simple-scaling-laws": (
        "scaling-laws --help of",
        "from simple_scaling_laws.cli import main; main(['--help'])",
    ),
}
"""The least that a user of a peer waits for, as what it is and as Python."""


def start_up(settings: Settings) -> Table:
    """Processor time of short commands beside what they cannot do without, and of the imports of peers."""
    with tempfile.TemporaryDirectory() as folder:
        bytecode = Path(folder)
        closed = startup.measured(settings.pairs, bytecode)
        fits = fit_process.interleaved(settings.pairs, fit_process.environment(bytecode))
        peers = {name: _peer_seconds(name, settings, bytecode) for name in PEERS}
    imports, whole = (list(column) for column in zip(*fits, strict=True))
    base = closed["peer, declared and run"]
    rows = [
        _row(BASE, base),
        _row("scalecalc optimal --flops 1e23 --json", closed[startup.OURS], BASE, base),
        _row(NEEDED, imports),
        _row("scalecalc fit chinchilla --json", whole, NEEDED, imports),
        *(_peer_row(name, seconds, base) for name, seconds in peers.items()),
    ]
    note = (
        "Processor time of whole processes, run in turn, with compiled bytecode. A ratio compares a "
        "program with the one named beside it: of the least times, and the median over turns. Of a "
        "peer it is the least that its user waits for: chinchilla has no command line, "
        "simple-scaling-laws has one for files."
    )
    return Table("startup", "Start-up", STARTUP, tuple(rows), (note,))


def _peer_seconds(name: str, settings: Settings, bytecode: Path) -> list[float]:
    """Processor time of a peer's shortest program, empty where it is absent or fails."""
    if version(name) is None:
        return []
    program, environment = ("-c", PEERS[name][1]), fit_process.environment(bytecode)
    try:
        startup.processor_seconds(program, environment)
    except SystemExit:
        return []
    return [startup.processor_seconds(program, environment) for _ in range(settings.peer_starts)]


def _row(
    label: str, seconds: Sequence[float], other: str | None = None, others: Sequence[float] = ()
) -> tuple[Cell, ...]:
    if other is None:
        return label, min(seconds), statistics.median(seconds), None, None, None
    ratio = statistics.median(ours / theirs for ours, theirs in zip(seconds, others, strict=False))
    return label, min(seconds), statistics.median(seconds), other, min(seconds) / min(others), ratio


def _peer_row(name: str, seconds: Sequence[float], base: Sequence[float]) -> tuple[Cell, ...]:
    label = f"{PEERS[name][0]} {named(name)}"
    if not seconds:
        return label, None, None, reason(name), None, None
    return _row(label, seconds, BASE, base)


STREAMS = (
    Column("command"),
    Column("rows", "count"),
    Column("wall time", "seconds"),
    Column("processor time", "seconds"),
    Column("rows a processor second", "count"),
)


def streams(settings: Settings) -> Table:
    """Time of commands that read many rows."""
    with tempfile.TemporaryDirectory() as folder:
        budgets, table = Path(folder) / "budgets.txt", Path(folder) / "runs.csv"
        with budgets.open("w", encoding="utf-8") as file:
            file.writelines(f"{place}e18\n" for place in range(1, settings.budgets + 1))
        _write_runs(table, settings.table_rows)
        lines, fitting = ("optimal", "--flops", "-", "--format", "jsonl"), ("fit", str(table), "--json")
        rows = (
            _stream("scalecalc optimal --flops - --format jsonl", settings.budgets, lines, budgets),
            _stream("scalecalc fit runs.csv --json", settings.table_rows, fitting, None),
        )
    note = (
        "One run each, whole processes, start-up included; wall time is that of a machine shared with others."
    )
    return Table("streams", "Many rows", STREAMS, rows, (note,))


def _write_runs(path: Path, rows: int) -> None:
    runs = simulated(rows)
    with path.open("w", encoding="utf-8") as file:
        file.write("params,tokens,loss\n")
        columns = zip(runs.params, runs.tokens, runs.loss, strict=True)
        file.writelines(f"{params:.8g},{tokens:.8g},{loss:.8g}\n" for params, tokens, loss in columns)


def _stream(label: str, rows: int, arguments: Sequence[str], source: Path | None) -> tuple[Cell, ...]:
    """One process that reads `source`; it must print as many lines as it read budgets."""
    with tempfile.TemporaryFile() as printed, (source or Path(os.devnull)).open("rb") as read:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "scalecalc", *arguments],
            stdin=read,
            stdout=printed,
            stderr=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        lines = printed.read().count(b"\n")
    if process.returncode or (source is not None and lines != rows):
        return label, rows, f"failed: exit code {process.returncode}, {lines} lines", None, None
    return label, rows, seconds, usage.ru_utime + usage.ru_stime, rows / (usage.ru_utime + usage.ru_stime)
