"""A table of accuracies by compute or size, read for a test of emergence, and split into series."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from scalecalc import tables
from scalecalc.commands._emergence_columns import columns_of, kept, required, texts
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Flops, Params, Refused, Share
from scalecalc.run_table.cells import Cells, bad, cut
from scalecalc.run_table.source import cells_of
from scalecalc.run_table.table import plain_number
from scalecalc.run_table.where import Condition, number_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BUNDLED = ("gpt3_tasks", "cot_emergence", "llama_benchmarks")
"""The tables of accuracies that come with the program."""

SERIES = ("task", "benchmark", "family", "prompting", "shots")
"""Columns whose values tell one series from another, where they vary."""

SCALES = {"flops": Flops.parse, "params": Params.parse}


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One series of m models in order of scale; arrays are [m]. What the table does not hold is None.

    `variable` is flops or params, `answer_tokens` one number for the series, `metric` a continuous measure.
    """

    name: str
    values: Mapping[str, str]
    variable: str
    runs: tuple[str, ...]
    scale: "Array"
    accuracy: "Array"
    items: "Array | None"
    answer_tokens: float | None
    chance: float
    metric: "Array | None"
    sources: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.scale)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a table, besides its name."""

    columns: str | None = None
    where: tuple[str, ...] = ()
    items: int | None = None
    answer_tokens: float | None = None
    chance: float | None = None
    metric: str | None = None
    scale: Literal["flops", "params"] | None = None


def measured(source: str, asked: Asked) -> tuple[Measured, ...]:
    """The series of a bundled table, a file, or standard input."""
    cells = _cells(source)
    chosen = columns_of(cells, asked.columns, asked.metric)
    for condition in map(Condition.parse, asked.where):
        cells = kept(cells, condition, chosen)
    variable = _variable(cells, chosen, asked)
    accuracy = _accuracies(cells, required(cells, chosen, "accuracy"))
    scale = _scales(cells, variable, chosen[variable])
    names = [name for name in SERIES if name in cells.columns and name not in chosen.values()]
    return tuple(_split(cells, chosen, asked, names, (variable, scale, accuracy)))


def _cells(source: str) -> Cells:
    name = source.strip().lower().replace("-", "_").removesuffix(".csv")
    if name in BUNDLED and source != name + ".csv":
        return replace(cells_of(str(tables.folder() / f"{name}.csv")), name=name)
    try:
        return cells_of(source)
    except FileNotFoundError:
        hint = f"name a file, - for standard input, or one of {', '.join(BUNDLED)}"
        raise bad(source[:60], None, "no such file", hint) from None


def _variable(cells: Cells, chosen: Mapping[str, str], asked: Asked) -> str:
    """Compute where the table has it, else size."""
    if asked.scale is not None:
        required(cells, chosen, asked.scale)
        return asked.scale
    found = next((name for name in ("flops", "params") if name in chosen), None)
    if found is None:
        hint = "name a column flops or params, or say which it is: --columns flops=NAME"
        raise bad(cells.name, None, "no column for compute or size", hint)
    return found


def _scales(cells: Cells, variable: str, column: str) -> "Array":
    found = np.empty(len(cells))
    for row, text in enumerate(texts(cells, column)):
        try:
            found[row] = SCALES[variable](text)
        except Refused as refused:
            message = f"column {column}: {refused.message}"
            raise bad(cells.name, cells.lines[row], message, refused.hint) from None
    return found


def _accuracies(cells: Cells, column: str) -> "Array":
    """Shares as 0.452 or as 45.2%; a column that mixes the two, or holds bare percents, is refused."""
    written = texts(cells, column)
    percents = [text.endswith("%") for text in written]
    if any(percents) and not all(percents):
        row = percents.index(False)
        text = written[row]
        message = f"column {column}: {cut(text)} stands among percentages"
        hint = "write all of them with a percent sign, or all as shares"
        if 0 <= (value := number_of(text) or -1.0) <= 1:
            hint = f"write {text}% or {100 * value:.6g}%, whichever it is"
        raise bad(cells.name, cells.lines[row], message, hint)
    return np.array([_accuracy(cells, column, row, text) for row, text in enumerate(written)])


def _accuracy(cells: Cells, column: str, row: int, text: str) -> float:
    if not text:
        hint = "fill it in, or leave the row out with --where"
        raise bad(cells.name, cells.lines[row], f"column {column}: the accuracy is empty", hint)
    try:
        value = float(Share.parse(text)) if text.endswith("%") else plain_number(text)
    except Refused:
        value = float("nan")
    if 0 <= value <= 1:
        return value
    message = f"column {column}: {cut(text)} is no accuracy from 0 to 1"
    hint = "write a share, 0.452 or 45.2%"
    if 1 < value <= 100:
        hint = f"if it is in percent, write {text[:12]}% or {value / 100:.6g}, and all others alike"
    raise bad(cells.name, cells.lines[row], message, hint)


def _split(
    cells: Cells,
    chosen: Mapping[str, str],
    asked: Asked,
    names: list[str],
    read: "tuple[str, Array, Array]",
) -> "Iterator[Measured]":
    """The rows of each series, in order of scale."""
    variable, scale, accuracy = read
    varied = [name for name in names if len(set(texts(cells, name))) > 1]
    keys = list(zip(*(texts(cells, name) for name in names), strict=True)) or [()] * len(cells)
    groups: dict[tuple[str, ...], list[int]] = {}
    for row, key in enumerate(keys):
        groups.setdefault(key, []).append(row)
    for key, rows in groups.items():
        values = dict(zip(names, key, strict=True))
        order = sorted(rows, key=lambda row: float(scale[row]))
        part = cells.take(np.isin(np.arange(len(cells)), rows))
        place = {row: index for index, row in enumerate(sorted(rows))}
        inner = np.array([place[row] for row in order])
        yield Measured(
            name=", ".join(values[name] for name in (varied or names) if values[name]) or cells.name,
            values=values,
            variable=variable,
            runs=tuple(texts(part, chosen["run"])[i] for i in inner) if "run" in chosen else (),
            scale=scale[order],
            accuracy=accuracy[order],
            items=_items(part, chosen, asked, inner),
            answer_tokens=_answer_tokens(part, chosen, asked),
            chance=_chance(part, chosen, asked),
            metric=_metric(part, chosen, inner),
            sources=tuple(dict.fromkeys(texts(part, "source"))) if "source" in part.columns else (),
        )


def _items(
    part: Cells, chosen: Mapping[str, str], asked: Asked, order: "NDArray[np.int64]"
) -> "Array | None":
    if asked.items is not None:
        return np.full(len(part), float(asked.items))
    if "items" not in chosen:
        return None
    written = texts(part, chosen["items"])
    if not all(written):
        return None
    values = np.array([_number(part, chosen["items"], row, text) for row, text in enumerate(written)])
    wrong = ~((values >= 1) & (values <= 1e9) & (values == np.rint(values)))
    if wrong.any():
        row = int(np.argmax(wrong))
        message = f"column {chosen['items']}: {cut(written[row])} is no number of test items"
        raise bad(part.name, part.lines[row], message, "write a whole number of at least 1")
    ordered: Array = values[order]
    return ordered


def _answer_tokens(part: Cells, chosen: Mapping[str, str], asked: Asked) -> float | None:
    if asked.answer_tokens is not None:
        return asked.answer_tokens
    value = _single(part, chosen, "answer_tokens")
    if value is not None and not 1 <= value <= 1e6:
        message = f"column {chosen['answer_tokens']}: {value:g} is no number of tokens in an answer"
        raise bad(part.name, part.lines[0], message, "write 1 to 1e6")
    return value


def _chance(part: Cells, chosen: Mapping[str, str], asked: Asked) -> float:
    if asked.chance is not None:
        return asked.chance
    value = _single(part, chosen, "chance") or 0.0
    if not 0 <= value < 1:
        message = f"column {chosen['chance']}: {value:g} is no accuracy of guessing"
        raise bad(part.name, part.lines[0], message, "write a share below 1, such as 0.25")
    return value


def _single(part: Cells, chosen: Mapping[str, str], quantity: str) -> float | None:
    """The one value that the rows of a series share; None where it is empty."""
    if quantity not in chosen:
        return None
    written = list(dict.fromkeys(texts(part, chosen[quantity])))
    if len(written) > 1:
        message = f"column {chosen[quantity]}: one series has {len(written)} values of it"
        raise bad(part.name, part.lines[0], message, f"keep one with --where {chosen[quantity]}={written[0]}")
    return _number(part, chosen[quantity], 0, written[0]) if written[0] else None


def _metric(part: Cells, chosen: Mapping[str, str], order: "NDArray[np.int64]") -> "Array | None":
    if "metric" not in chosen:
        return None
    column = chosen["metric"]
    values = np.array([_number(part, column, row, text) for row, text in enumerate(texts(part, column))])
    ordered: Array = values[order]
    return ordered


def _number(part: Cells, column: str, row: int, text: str) -> float:
    try:
        value = plain_number(text)
    except Refused as refused:
        message = f"column {column}: {refused.message}"
        raise bad(part.name, part.lines[row], message, refused.hint) from None
    if not np.isfinite(value):
        raise bad(part.name, part.lines[row], f"column {column}: {cut(text)} is not finite", "mend the value")
    return value


def missing_items(series: Measured) -> Problem:
    """The problem that nothing says how many items an accuracy is of."""
    message = f"{series.name}: the number of test items is not in the table, and decides what is noise"
    return Problem("no-items", message, "give it: --items 1000", ExitCode.NO_ANSWER)
