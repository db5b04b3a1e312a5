"""A table of runs as numbers, checked cell by cell, with the third of params, tokens and flops derived."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scalecalc.quantity import Flops, Params, Refused, Tokens, shown
from scalecalc.quantity.number import read_number
from scalecalc.quantity.refusal import cleaned
from scalecalc.run_table.cells import Cells, Column, bad, cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

DISAGREES = 0.10
"""Relative difference of flops and 6 * params * tokens from which a row is named."""

_READERS = {"params": Params.parse, "tokens": Tokens.parse, "flops": Flops.parse}

SIDES = ("params", "tokens", "flops")


@dataclass(frozen=True, slots=True, eq=False)
class RunTable:
    """n training runs. Each array has shape [n]; what the table does not hold is None.

    `params`, `tokens` and `flops` are derived from the other two by C = 6ND where they were not given, which
    `derived` names. `others` are further columns that were asked for. `runs` are labels: rows of one label
    are checkpoints of one run. `weights` are relative precisions of log loss. `lines` says where each row
    stands, `disagreeing` which rows' flops are not 6ND. `loss_units` are the units that the table names.
    """

    name: str
    params: "Array | None"
    tokens: "Array | None"
    flops: "Array | None"
    loss: "Array | None"
    others: "Mapping[str, Array]"
    weights: "Array | None"
    runs: "NDArray[np.int64] | None"
    lines: Sequence[int]
    derived: tuple[str, ...]
    disagreeing: tuple[int, ...]
    loss_units: tuple[str, ...]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, quantity: str) -> "Array":
        """One of params, tokens, flops or loss, or another column; a Problem if there is none."""
        values: Array | None = self.others.get(quantity, getattr(self, quantity, None))
        if values is None:
            hint = f"add a column {quantity}, or say which it is: --columns {quantity}=NAME"
            raise bad(self.name, None, f"no column for {quantity}", hint)
        return values

    def take(self, mask: "NDArray[np.bool_]") -> "RunTable":
        """The rows where the mask holds."""
        keep = np.flatnonzero(mask)
        lines = [self.lines[i] for i in keep.tolist()]
        kept: dict[str, Any] = {
            name: None if column is None else column[keep]
            for name in (*SIDES, "loss", "weights", "runs")
            for column in (getattr(self, name),)
        }
        others = {name: column[keep] for name, column in self.others.items()}
        off = set(self.disagreeing) & set(lines)
        return replace(self, **kept, others=others, lines=lines, disagreeing=tuple(sorted(off)))


def run_table(cells: Cells, columns: Mapping[str, str], also: Iterable[str] = ()) -> RunTable:
    """The table that the cells hold, `columns` saying which is which; `also` are other columns to read."""
    given = {side: _numbers(cells, side, columns[side]) for side in SIDES if side in columns}
    loss = _numbers(cells, "loss", columns["loss"]) if "loss" in columns else None
    derived = _derive(given)
    for quantity, values in (*given.items(), ("loss", loss)):
        if values is not None:
            _refuse_gaps(cells, quantity, values)
    others = {name: _numbers(cells, name, name) for name in also}
    for name, values in others.items():
        _refuse_gaps(cells, name, values)
    return RunTable(
        name=cells.name,
        params=given.get("params"),
        tokens=given.get("tokens"),
        flops=given.get("flops"),
        loss=loss,
        others=others,
        weights=_weights(cells, columns, loss),
        runs=_labels(cells.columns[columns["run"]]) if "run" in columns else None,
        lines=cells.lines,
        derived=derived,
        disagreeing=_disagreeing(cells, given),
        loss_units=_units(cells, columns),
        fingerprint=cells.fingerprint,
    )


def plain_number(text: str) -> float:
    """A number without prefix or unit; `Refused` tells why a text is none.

    >>> plain_number("1,234.5")
    1234.5
    """
    try:
        return float(text)
    except ValueError:
        pass
    number = read_number(cleaned(text, "2.34"), "2.34")
    if number.rest:
        raise Refused(f"{shown(text)} is not a plain number", "write it with a decimal point, e.g. 2.34")
    return number.scaled()


def _numbers(cells: Cells, quantity: str, column: str) -> "Array":
    """The cells of a column as positive numbers; an empty cell is NaN, to be derived or refused later."""
    cell = cells.columns[column]
    if isinstance(cell, list):
        values = _parsed(cells, quantity, column, cell)
        empty = np.isnan(values) & np.fromiter((not text.strip() for text in cell), np.bool_, len(cell))
    else:
        values, empty = cell, np.zeros(len(cell), dtype=np.bool_)
    wrong = ~(np.isfinite(values) & (values > 0)) & ~empty
    if wrong.any():
        row = int(np.argmax(wrong))
        text = cell[row].strip() if isinstance(cell, list) else f"{values[row]:.15g}"
        hint = f"mend the value, or leave such rows out: --where '{column}!={text[:30]}'"
        message = f"column {column}: {cut(text)} is not a positive, finite number"
        raise bad(cells.name, cells.lines[row], message, hint)
    return values


def _parsed(cells: Cells, quantity: str, column: str, texts: list[str]) -> "Array":
    try:
        return np.array(texts, dtype=np.float64)
    except ValueError:
        pass
    read = _READERS.get(quantity, plain_number)
    values = np.empty(len(texts))
    for row, text in enumerate(texts):
        try:
            values[row] = _number(text, read)
        except Refused as refused:
            message = f"column {column}: {refused.message}"
            raise bad(cells.name, cells.lines[row], message, refused.hint) from None
    return values


def _number(text: str, read: object) -> float:
    """A plain number, one in the grammar of its quantity, or NaN for an empty cell."""
    try:
        return float(text)
    except ValueError:
        pass
    return float(read(text)) if text.strip() else float("nan")  # type: ignore[operator]


def _derive(given: "dict[str, Array]") -> tuple[str, ...]:
    """Fill by C = 6ND what is missing of the three, whole columns and single cells; names of new columns."""
    missing = [quantity for quantity in SIDES if quantity not in given]
    if len(missing) > 1:
        return ()
    rows = len(next(iter(given.values())))
    for quantity in missing:
        given[quantity] = np.full(rows, np.nan)
    params, tokens, flops = (given[quantity] for quantity in SIDES)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        filled = {
            "params": flops / (6 * tokens),
            "tokens": flops / (6 * params),
            "flops": 6 * params * tokens,
        }
    for quantity, values in filled.items():
        given[quantity] = np.where(np.isnan(given[quantity]), values, given[quantity])
    return tuple(missing)


def _refuse_gaps(cells: Cells, quantity: str, values: "Array") -> None:
    gaps = ~(np.isfinite(values) & (values > 0))
    if gaps.any():
        row = int(np.argmax(gaps))
        if np.isnan(values[row]):
            message = f"{quantity} is empty" + (" and does not follow from the others" * (quantity in SIDES))
            hint = "fill it in, or leave the row out with --where"
        else:
            message = f"{quantity} by C = 6ND is {values[row]:g}"
            hint = "look at the others of params, tokens and flops on that line"
        raise bad(cells.name, cells.lines[row], message, hint)


def _weights(cells: Cells, columns: Mapping[str, str], loss: "Array | None") -> "Array | None":
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


def _labels(column: Column) -> "NDArray[np.int64]":
    """Runs as 0, 1, ...; a row that names none is a run of its own."""
    if not isinstance(column, list):
        return np.unique(column, return_inverse=True)[1].astype(np.int64)
    known: dict[str | int, int] = {}
    keys = (text.strip() or row for row, text in enumerate(column))
    return np.fromiter((known.setdefault(key, len(known)) for key in keys), np.int64, len(column))


def _units(cells: Cells, columns: Mapping[str, str]) -> tuple[str, ...]:
    column = cells.columns.get(columns.get("loss_unit", ""))
    if not isinstance(column, list):
        return ()
    return tuple(dict.fromkeys(text.strip() for text in column if text.strip()))


def _disagreeing(cells: Cells, given: "dict[str, Array]") -> tuple[int, ...]:
    """Lines whose flops differ from 6ND by more than a tenth."""
    if len(given) < len(SIDES):
        return ()
    ratio = given["flops"] / (6 * given["params"] * given["tokens"])
    off = np.flatnonzero(np.abs(np.log(ratio)) > np.log1p(DISAGREES))
    return tuple(cells.lines[i] for i in off.tolist())
