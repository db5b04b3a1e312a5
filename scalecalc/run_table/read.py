"""From the name of a table to its numbers, with what a bundled table leaves out by default."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scalecalc import tables
from scalecalc.problem import Problem
from scalecalc.run_table.columns import found, plain
from scalecalc.run_table.source import Cells, bad, cells_of
from scalecalc.run_table.table import RunTable, run_table
from scalecalc.run_table.where import Condition


@dataclass(frozen=True, slots=True)
class Bundled:
    """What is left out of a bundled table unless it is asked for, and why."""

    condition: str
    why: str


LEFT_OUT = {
    "chinchilla": Bundled(
        "outlier!=yes", "the five highest losses, left out by Besiroglu et al. 2024 (arXiv 2404.10102)"
    ),
    "gpt3": Bundled(
        "split=lambada_zero_shot", "the one-shot and few-shot rows, which measure the prompt's format too"
    ),
}


KNOWN = {
    "chinchilla": "digitized from figure 4 of Hoffmann et al. 2022; the refit printed by Besiroglu et al. 2024 "
    "(E 1.8172, A 482.01, B 2085.43, alpha 0.3478, beta 0.3658) lies 0.4 % above the least huber-1e-3",
    "gpt3": "loss on the target word of LAMBADA, which falls faster with compute than the validation loss of "
    "the published L = 2.57 C^-0.048 (Brown et al. 2020, figure 3.1); that one is in no table",
    "llama3": "digitized from figure 2 of the Llama 3 paper, loss in a unit that it does not name; its "
    "D* = 0.299 C^0.537 is by approach 2, which is biased where alpha and beta differ: --approach all",
    "pile": "five families of models, with different recipes and token budgets, on one test set",
}
"""What a reader must know of a bundled table before comparing its fit with what was published."""


def read_runs(
    source: str, *, columns: dict[str, str], where: Iterable[str] = (), keep_outliers: bool = False
) -> tuple[RunTable, tuple[str, ...]]:
    """The runs of a file, of standard input (`-`) or of a bundled table, with remarks on what was done.

    `columns` says which column is which where the names do not; `where` holds conditions on rows.
    """
    own = tables.folder() / "runs" / f"{source}.csv"
    bundled = source.isidentifier() and own.is_file()
    cells = cells_of(str(own) if bundled else _existing(source))
    remarks: list[str] = []
    if bundled:
        cells = Cells(source, cells.columns, cells.lines, cells.fingerprint)
    if bundled and source in LEFT_OUT and not keep_outliers:
        every = len(cells.lines)
        cells = _filtered(cells, Condition.parse(LEFT_OUT[source].condition))
        remarks.append(f"{every - len(cells.lines)} of {every} rows left out: {LEFT_OUT[source].why}")
    if bundled and source in KNOWN:
        remarks.append(f"{source}: {KNOWN[source]}")
    for text in where:
        cells = _filtered(cells, Condition.parse(text))
    table = run_table(cells, found(cells.name, list(cells.columns), columns))
    return table, (*remarks, *_remarks(table))


def _existing(source: str) -> str:
    """The path as it is; a name that is neither a file nor bundled is told with the bundled ones."""
    if source == "-" or Path(source).exists():
        return source
    names = sorted(path.stem for path in (tables.folder() / "runs").glob("*.csv"))
    raise bad(
        source[:60], None, "no such file", f"name a file, - for standard input, or one of {', '.join(names)}"
    )


def _filtered(cells: Cells, condition: Condition) -> Cells:
    named = {plain(column): column for column in cells.columns}
    column = condition.column if condition.column in cells.columns else named.get(plain(condition.column))
    if column is None:
        raise Problem(
            "value",
            f"--where: {cells.name} has no column {condition.column[:40]!r}",
            f"it has {', '.join(cells.columns)}",
        )
    keep = [i for i, cell in enumerate(cells.columns[column]) if condition.holds(cell)]
    if not keep:
        hint = "loosen the condition; the table's own values decide, e.g. --where split=validation"
        raise bad(cells.name, None, f"no row meets {condition.column}{condition.sign}{condition.value}", hint)
    return cells.take(keep)


def _remarks(table: RunTable) -> list[str]:
    told = [f"{name} derived by C = 6ND" for name in table.derived]
    if table.disagreeing:
        lines = ", ".join(map(str, table.disagreeing[:5])) + (", ..." if len(table.disagreeing) > 5 else "")
        count = len(table.disagreeing)
        told.append(
            f"flops differ from 6ND by more than 10 % in {count} rows (lines {lines}); N and D are used"
        )
    return told
