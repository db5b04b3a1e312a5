"""Loss curves as a table: step, learning rate and loss of one run or of several."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scalecalc.problem import ExitCode, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scalecalc.fitting.multi_power_problem import Curve
    from scalecalc.run_table.cells import Cells

    Array = NDArray[np.float64]

COLUMNS = {
    "step": ("steps", "iteration", "iterations", "iter", "global_step", "train_step"),
    "lr": ("learning_rate", "learningrate", "eta", "train_lr"),
    "loss": ("val_loss", "validation_loss", "eval_loss", "train_loss", "training_loss"),
    "run": ("run_id", "run_name", "name", "schedule"),
}
"""What is read, each with the names it also goes by."""

MOST_ROWS = 200
"""Rows of a run beyond which neighboring ones are averaged: their noise is shared out, not lost."""

WITHIN = {"step": (1, 5e6), "lr": (1e-12, 100.0), "loss": (1e-3, 1e3)}
"""What a column may hold; steps and rates may be zero too. The rate of every step is held."""

RULES = {"step": "whole step", "lr": "learning rate", "loss": "loss"}

SUDDEN = 0.05
"""Share of the highest rate from which a change between two rows, flat on both sides, is taken for a jump."""

FLATTER = 10
"""How many times smaller the changes beside it are."""

FEWEST_ROWS = 10
"""Rows without which seven constants have nothing to stand on."""


@dataclass(frozen=True, slots=True, eq=False)
class LossCurves:
    """The runs, by curve; `lines` [n] says where each row stands, or the first of those averaged."""

    name: str
    labels: tuple[str, ...]
    curves: "tuple[Curve, ...]"
    lines: tuple[int, ...]
    fingerprint: str
    remarks: tuple[str, ...]


def loss_curves(source: str, columns: str | None, where: Iterable[str]) -> LossCurves:
    """The curves of a file or of standard input; a Problem names what is wrong by line."""
    import numpy as np

    from scalecalc.run_table.cells import bad
    from scalecalc.run_table.source import cells_of

    try:
        cells = _kept(cells_of(source), where)
    except FileNotFoundError:
        raise bad(source[:60], None, "no such file", "name a file with columns step, lr and loss") from None
    chosen = _chosen(cells, _named(columns))
    steps, rates, losses = (_numbers(cells, chosen[name], name) for name in ("step", "lr", "loss"))
    if len(steps) < FEWEST_ROWS:
        raise bad(
            cells.name, None, f"{len(steps)} rows are too few", f"give at least {FEWEST_ROWS} of every run"
        )
    labels = _labels(cells, chosen.get("run"))
    shift = 1 if steps.min() == 0 else 0
    remarks = ["steps are counted from zero in the table, and from one here"] if shift else []
    curves, lines, late, names = [], [], False, list(dict.fromkeys(labels))
    for label in names:
        mine = np.flatnonzero(np.array([each == label for each in labels]))
        mine = mine[np.argsort(steps[mine], kind="stable")]
        _refuse_repeats(cells, steps, mine)
        curve, firsts = _curve(steps[mine] + shift, rates[mine], losses[mine])
        curves.append(curve)
        late = late or steps[mine[0]] + shift > 1
        lines += [cells.lines[int(mine[first])] for first in firsts]
    if len(lines) < len(steps):
        remarks.append(
            f"{len(steps)} rows are averaged to {len(lines)}: neighbors together, {MOST_ROWS} a run"
        )
    if late:
        remarks.append("before the first row of a run its rate is taken to rise in a line from zero")
    return LossCurves(
        cells.name, tuple(names), tuple(curves), tuple(lines), cells.fingerprint, tuple(remarks)
    )


def _kept(cells: "Cells", where: Iterable[str]) -> "Cells":
    from scalecalc.run_table.cells import bad
    from scalecalc.run_table.where import Condition

    for text in where:
        condition = Condition.parse(text)
        if condition.column not in cells.columns:
            message = f"--where: {cells.name} has no column {condition.column[:40]!r}"
            raise Problem("value", message, f"it has {', '.join(list(cells.columns)[:20])}")
        mask = condition.mask(cells.columns[condition.column])
        if not mask.any():
            raise bad(cells.name, None, f"no row meets {str(condition)[:60]}", "loosen the condition")
        cells = cells.take(mask)
    return cells


def _named(text: str | None) -> dict[str, str]:
    """What `--columns step=iter,lr=eta` says."""
    chosen = {}
    for part in filter(str.strip, (text or "").split(",")):
        quantity, sign, column = (piece.strip() for piece in part.partition("="))
        if not sign or not column or quantity not in COLUMNS:
            message = f"--columns: {part.strip()[:40]!r} names no column of loss curves"
            raise Problem("value", message, f"write NAME=COLUMN for any of {', '.join(COLUMNS)}")
        chosen[quantity] = column
    return chosen


def _chosen(cells: "Cells", named: Mapping[str, str]) -> dict[str, str]:
    """Which column is which: as named, by its own name, or by one it also goes by."""
    from scalecalc.run_table.cells import bad
    from scalecalc.run_table.columns import plain

    listed = f"the table has {', '.join(list(cells.columns)[:20])}"
    found = {}
    for quantity, aliases in COLUMNS.items():
        own = named.get(quantity)
        if own is not None and own not in cells.columns:
            raise bad(cells.name, None, f"no column is called {own[:40]!r} for {quantity}", listed)
        exact = [column for column in cells.columns if plain(column) == quantity]
        matches = [own] if own else exact or [column for column in cells.columns if plain(column) in aliases]
        if len(matches) > 1:
            hint = f"say which: --columns {quantity}={matches[0]}"
            raise bad(cells.name, None, f"{' and '.join(matches)} may both be the {quantity}", hint)
        if matches:
            found[quantity] = matches[0]
        elif quantity != "run":
            raise bad(cells.name, None, f"no column for {quantity}", f"--columns {quantity}=NAME; {listed}")
    return found


def _numbers(cells: "Cells", column: str, quantity: str) -> "Array":
    """A column as numbers; within their bounds, steps whole."""
    import numpy as np

    from scalecalc.run_table.cells import bad, cut

    cell = cells.columns[column]
    values = np.array([_float(text) for text in cell]) if isinstance(cell, list) else np.asarray(cell)
    low, high = WITHIN[quantity]
    right = ((values >= low) & (values <= high)) | ((values == 0) & (quantity != "loss"))
    if quantity == "step":
        right &= values == np.floor(values)
    if not right.all():
        row = int(np.argmin(right))
        rule = f"{RULES[quantity]} from {low:g} to {high:g}"
        text = cell[row].strip() if isinstance(cell, list) else f"{values[row]:.15g}"
        hint = f"mend the value, or leave such rows out: --where '{column}!={text[:30]}'"
        raise bad(cells.name, cells.lines[row], f"column {column}: {cut(text)} is no {rule}", hint)
    return values


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _labels(cells: "Cells", column: str | None) -> list[str]:
    if column is None:
        return [""] * len(cells)
    return [str(each).strip() for each in cells.columns[column]]


def _refuse_repeats(cells: "Cells", steps: "Array", mine: Any) -> None:
    import numpy as np

    from scalecalc.run_table.cells import bad

    same = np.flatnonzero(np.diff(steps[mine]) == 0)
    if len(same):
        row = int(mine[same[0] + 1])
        hint = "one row for each step of a run; name the column of the runs with --columns run=NAME"
        raise bad(cells.name, cells.lines[row], f"step {steps[row]:g} stands twice", hint)


def _curve(steps: "Array", rates: "Array", losses: "Array") -> "tuple[Curve, Array]":
    """One run, its rate between rows in a line, and which rows its points begin with."""
    import numpy as np

    from scalecalc.fitting.multi_power_problem import Curve

    if rates.max() == 0:
        raise Problem("data", "the learning rate of a run is zero throughout", "", ExitCode.BAD_DATA)
    last = int(steps[-1])
    known, values = (steps, rates) if steps[0] <= 1 else (np.append(0, steps), np.append(0.0, rates))
    jumps = _jumps(rates) + len(known) - len(steps)
    known, values = np.insert(known, jumps, known[jumps] - 1), np.insert(values, jumps, values[jumps - 1])
    every = np.interp(np.arange(1, last + 1), known, values)
    every = np.maximum(every, 1e-9 * rates.max())
    firsts = np.linspace(0, len(steps), min(len(steps), MOST_ROWS) + 1).astype(int)[:-1]
    counts = np.diff(np.append(firsts, len(steps)))
    means = np.exp(np.add.reduceat(np.log(losses), firsts) / counts)
    at = np.rint(np.add.reduceat(steps, firsts) / counts).astype(np.int64)
    return Curve(at, means, every), firsts


def _jumps(rates: "Array") -> Any:
    """The rows at which the rate is another all at once, having been flat and being so again."""
    import numpy as np

    change = np.abs(np.diff(rates))
    beside = np.maximum(np.append(0.0, change[:-1]), np.append(change[1:], 0.0))
    return 1 + np.flatnonzero((change > SUDDEN * rates.max()) & (change > FLATTER * beside))
