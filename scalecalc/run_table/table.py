"""A table of runs as numbers, checked cell by cell, with the third of params, tokens and flops derived."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.quantity import Flops, Params, Refused, Tokens
from scalecalc.run_table.source import Cells, bad

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

DISAGREES = 0.10
"""Relative difference of flops and 6 * params * tokens from which a row is named."""

_READERS = {"params": Params.parse, "tokens": Tokens.parse, "flops": Flops.parse}

_SIDES = ("params", "tokens", "flops")


@dataclass(frozen=True, slots=True, eq=False)
class RunTable:
    """n training runs. Each array has shape [n]; what the table does not hold is None.

    `params`, `tokens` and `flops` are derived from the other two by C = 6ND where they were not given, which
    `derived` names. `runs` are labels: rows of one label are checkpoints of one run. `weights` are relative
    precisions of log loss. `lines` says where each row stands, `disagreeing` which rows' flops are not 6ND.
    """

    name: str
    params: "Array | None"
    tokens: "Array | None"
    flops: "Array | None"
    loss: "Array | None"
    weights: "Array | None"
    runs: "NDArray[np.str_] | None"
    lines: tuple[int, ...]
    derived: tuple[str, ...]
    disagreeing: tuple[int, ...]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, quantity: str) -> "Array":
        """One of params, tokens, flops or loss; a Problem if the table cannot give it."""
        values: Array | None = getattr(self, quantity)
        if values is None:
            hint = f"add a column {quantity}, or say which it is: --columns {quantity}=NAME"
            raise bad(self.name, None, f"no column for {quantity}", hint)
        return values


def run_table(cells: Cells, columns: dict[str, str]) -> RunTable:
    """The table that the cells hold, `columns` saying which is which."""
    given = {
        quantity: _numbers(cells, quantity, columns[quantity]) for quantity in _SIDES if quantity in columns
    }
    loss = _numbers(cells, "loss", columns["loss"]) if "loss" in columns else None
    derived = _derive(given)
    for quantity in _SIDES:
        if quantity in columns:
            _refuse_gaps(cells, quantity, given[quantity])
    if loss is not None:
        _refuse_gaps(cells, "loss", loss)
    return RunTable(
        name=cells.name,
        params=given.get("params"),
        tokens=given.get("tokens"),
        flops=given.get("flops"),
        loss=loss,
        weights=_weights(cells, columns, loss),
        runs=np.array(cells.columns[columns["run"]]) if "run" in columns else None,
        lines=tuple(cells.lines),
        derived=derived,
        disagreeing=_disagreeing(cells, given),
        fingerprint=cells.fingerprint,
    )


def _numbers(cells: Cells, quantity: str, column: str) -> "Array":
    """The cells of a column as positive numbers; an empty cell is NaN, to be derived or refused later."""
    texts = cells.columns[column]
    try:
        values = np.array(texts, dtype=np.float64)
    except ValueError:
        values = np.array([_number(cells, quantity, column, i) for i in range(len(texts))])
    wrong = ~(np.isfinite(values) & (values > 0)) & np.array([text.strip() != "" for text in texts])
    if wrong.any():
        row = int(np.argmax(wrong))
        reason = "is not a positive, finite number"
        hint = f"mend the value, or leave the row out: --where '{column}!={texts[row].strip()[:30]}'"
        raise bad(cells.name, cells.lines[row], f"column {column}: {texts[row][:40]!r} {reason}", hint)
    return values


def _number(cells: Cells, quantity: str, column: str, row: int) -> float:
    text = cells.columns[column][row].strip()
    if not text:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(_READERS.get(quantity, Params.parse)(text))
    except Refused as refused:
        raise bad(cells.name, cells.lines[row], f"column {column}: {refused.message}", refused.hint) from None


def _derive(given: "dict[str, Array]") -> tuple[str, ...]:
    """Fill by C = 6ND what is missing of the three, whole columns and single cells; names of new columns."""
    missing = [quantity for quantity in _SIDES if quantity not in given]
    if len(missing) > 1:
        return ()
    rows = len(next(iter(given.values())))
    for quantity in missing:
        given[quantity] = np.full(rows, np.nan)
    with np.errstate(over="ignore"):
        params, tokens, flops = (given[quantity] for quantity in _SIDES)
        filled = {
            "params": flops / (6 * tokens),
            "tokens": flops / (6 * params),
            "flops": 6 * params * tokens,
        }
    for quantity, values in filled.items():
        given[quantity] = np.where(np.isnan(given[quantity]), values, given[quantity])
    return tuple(missing)


def _refuse_gaps(cells: Cells, quantity: str, values: "Array") -> None:
    gaps = ~np.isfinite(values)
    if gaps.any():
        line = cells.lines[int(np.argmax(gaps))]
        hint = "fill it in, or leave the row out with --where"
        raise bad(cells.name, line, f"{quantity} is empty and does not follow from the others", hint)


def _weights(cells: Cells, columns: dict[str, str], loss: "Array | None") -> "Array | None":
    """Relative precisions of log loss, as given or from the standard deviation of the loss; mean 1."""
    if "weight" in columns:
        weights = _numbers(cells, "weight", columns["weight"])
        _refuse_gaps(cells, "weight", weights)
    elif "loss_std" in columns and loss is not None:
        spread = _numbers(cells, "loss_std", columns["loss_std"])
        _refuse_gaps(cells, "loss_std", spread)
        weights = (loss / spread) ** 2
    else:
        return None
    scaled: Array = weights / weights.mean()
    return scaled


def _disagreeing(cells: Cells, given: "dict[str, Array]") -> tuple[int, ...]:
    """Lines whose flops differ from 6ND by more than a tenth."""
    if len(given) < 3:
        return ()
    ratio = given["flops"] / (6 * given["params"] * given["tokens"])
    off = np.flatnonzero(np.abs(np.log(ratio)) > np.log1p(DISAGREES))
    return tuple(cells.lines[i] for i in off)
