"""Which column of a table of accuracies is which, and which of its rows are kept."""

from collections.abc import Mapping

from scalecalc.problem import Problem
from scalecalc.run_table.cells import Cells, bad, cut
from scalecalc.run_table.columns import plain
from scalecalc.run_table.where import Condition

COLUMNS: dict[str, tuple[str, ...]] = {
    "flops": ("c", "compute", "training_flops", "train_flops", "training_compute"),
    "params": ("n_params", "parameters", "model_size", "size", "num_params"),
    "accuracy": ("acc", "exact_match", "em", "score", "share_right"),
    "items": ("n_items", "examples", "n_examples", "questions", "n_questions", "test_items"),
    "answer_tokens": ("answer_length", "k", "target_length", "answer_characters"),
    "chance": ("random", "guessing", "baseline"),
    "run": ("model", "name", "run_name"),
}
"""What is read, each with the names it also goes by."""


def columns_of(cells: Cells, text: str | None, metric: str | None) -> dict[str, str]:
    """The column of each quantity that the table has, those named by the user first."""
    header = list(cells.columns)
    chosen = _chosen(cells, text)
    for quantity, aliases in COLUMNS.items():
        if quantity in chosen:
            continue
        free = {column: plain(column) for column in header if column not in chosen.values()}
        exact = [column for column, key in free.items() if key == quantity]
        matches = exact or [column for column, key in free.items() if key in aliases]
        if len(matches) > 1:
            hint = f"say which: --columns {quantity}={matches[0]}"
            raise bad(cells.name, None, f"{' and '.join(matches)[:80]} may both be the {quantity}", hint)
        if matches:
            chosen[quantity] = matches[0]
    if metric is not None:
        chosen["metric"] = _named(cells, metric, "--metric")
    return chosen


def _chosen(cells: Cells, text: str | None) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for part in (text or "").split(","):
        quantity, sign, column = (piece.strip() for piece in part.partition("="))
        if not part.strip():
            continue
        if not sign or quantity not in COLUMNS:
            hint = f"write NAME=COLUMN for any of {', '.join(COLUMNS)}"
            raise Problem("value", f"--columns: {part.strip()[:40]!r} names no column", hint)
        chosen[quantity] = _named(cells, column, "--columns")
    return chosen


def _named(cells: Cells, column: str, option: str) -> str:
    if column not in cells.columns:
        hint = f"the table has {', '.join(map(cut, list(cells.columns)[:20]))}"
        raise bad(cells.name, None, f"{option}: no column is called {cut(column)}", hint)
    return column


def required(cells: Cells, chosen: Mapping[str, str], quantity: str) -> str:
    """The column of a quantity that must be there."""
    if quantity not in chosen:
        header = ", ".join(map(cut, list(cells.columns)[:20]))
        hint = f"say which it is: --columns {quantity}=NAME; the table has {header}"
        raise bad(cells.name, None, f"no column for {quantity}", hint)
    return chosen[quantity]


def kept(cells: Cells, condition: Condition, chosen: Mapping[str, str]) -> Cells:
    """The rows that meet a condition on a column, by its own name or by what it was recognized as."""
    same = {plain(column): column for column in cells.columns}
    column = same.get(plain(condition.column), chosen.get(plain(condition.column)))
    if column is None:
        hint = f"the table has {', '.join(map(cut, list(cells.columns)[:20]))}"
        raise Problem("value", f"--where: {cells.name} has no column {cut(condition.column)}", hint)
    mask = condition.mask(cells.columns[column])
    if not mask.any():
        values = list(dict.fromkeys(map(str, cells.columns[column])))[:8]
        hint = f"{column} is {', '.join(map(cut, values))}" if len(values) > 1 else "loosen the condition"
        raise bad(cells.name, None, f"no row meets {str(condition)[:60]}", hint)
    return cells.take(mask)


def texts(cells: Cells, column: str) -> list[str]:
    """The cells of a column as text, without outer space."""
    values = cells.columns[column]
    if isinstance(values, list):
        return [text.strip() for text in values]
    return [f"{value:.15g}" for value in values]
