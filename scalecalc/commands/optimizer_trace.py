"""Every step of an optimizer along given gradients: vectors to hold any implementation against."""

import math
from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

from pydantic import Field, model_validator

from scalecalc.commands._optimizer_numbers import Numbers, numbers
from scalecalc.commands._optimizer_settings import (
    Name,
    SettingsChoice,
    SettingsRow,
    built,
    chosen_entries,
    settings_row,
)
from scalecalc.commands._optimizer_trace_rows import (
    Contrast,
    TraceRow,
    contrasts,
    optimizer_rows,
)
from scalecalc.problem import Problem
from scalecalc.quantity import significant
from scalecalc.result import Inputs, Note, Result, Row
from scalecalc.training.optimizers import ENTRIES, Entry

FEW = 3
"""Entries of a parameter that a headline names one by one."""


class Walk(Inputs):
    """Which optimizer goes along which gradients, and from where."""

    optimizer: Name = Field("adamw", description=f"{', '.join(ENTRIES)}.")
    gradients: str = Field(
        description="1,0.5,-0.2, or 1,2;0.5,-1, or JSON, or a file; - reads standard input."
    )
    params: str = Field("1", description="Where the parameters start: 1, or 1,-2, or JSON.")
    learning_rate: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="The learning rate. [0.001; lion 1e-4, adafactor 0.01]"
    )
    against: Name | None = Field(None, description="Another optimizer, on the same gradients.")


class OptimizerTraceInputs(SettingsChoice, Walk):
    """Trace an optimizer along given gradients: its moments, update and parameter in every step.

    Numbers in a line are steps of one parameter; rows of them, behind semicolons, are steps of several
    entries; a CSV has a column for each entry, a JSON list may nest to matrices. --against runs another
    optimizer on the same gradients.
    """

    group: ClassVar[str] = "Train"
    examples: ClassVar[tuple[str, ...]] = (
        "optimizer trace --optimizer adamw --gradients 1,0.5,-0.2",
        "optimizer trace --optimizer adamw --against adam-l2 --weight-decay 1 --gradients '0.1,10;-0.1,-10'",
        "optimizer trace --optimizer adafactor --gradients '[[[1,2],[3,4]], [[2,1],[0,1]] ]'",
        "optimizer trace --optimizer lion --gradients 3,-1,0.5 --format csv",
    )

    @model_validator(mode="after")
    def _settings_of_the_optimizers(self) -> Self:
        if self.against == self.optimizer:
            raise Problem("conflict", f"{self.against} against itself", "name two optimizers")
        self.refuse_unused(self.entries(), self.given())
        return self

    def entries(self) -> tuple[Entry, ...]:
        """The optimizer, and the one that it is held against."""
        return chosen_entries(name for name in (self.optimizer, self.against) if name)

    def given(self) -> dict[str, float]:
        """The settings that options give, the learning rate among them."""
        rate = {} if self.learning_rate is None else {"learning_rate": self.learning_rate}
        return {**rate, **super().given()}


class OptimizerTraceResult(Result):
    """The steps of one optimizer, or of two and how far they part."""

    told: ClassVar[frozenset[str]] = frozenset({"optimizer", "against", "n_steps", "shape", "difference"})

    optimizer: str
    against: str | None = None
    n_steps: int = Field(description="Steps taken.")
    shape: tuple[int, ...] = Field(description="The shape of the parameter; empty for a single number.")
    difference: float | None = Field(None, description="Largest difference of an entry at the end.")
    settings: tuple[SettingsRow, ...]
    contrast: tuple[Contrast, ...] = Field((), title="step by step")
    steps: tuple[TraceRow, ...] = Field(title="steps")

    def headline(self) -> str:
        """Where the parameter goes; with two optimizers, how far they part."""
        steps = f"{self.n_steps} step{'s' if self.n_steps > 1 else ''}"
        ends = {
            name: _place(
                [row.param for row in self.steps if row.optimizer == name and row.step == self.n_steps]
            )
            for name in (self.optimizer, self.against)
            if name
        }
        if self.against is None:
            return f"{self.optimizer}, {steps}: the parameter ends at {ends[self.optimizer]}"
        apart = "is not finite" if self.difference is None else f"is {significant(self.difference)} at most"
        told = f"{self.optimizer} ends at {ends[self.optimizer]}, {self.against} at {ends[self.against]}"
        return f"after {steps} {told}; the difference {apart}"

    def records(self) -> tuple[TraceRow, ...]:
        """One record for each step and entry."""
        return self.steps


class ContrastResult(OptimizerTraceResult):
    """The same keys; a reader sees the two side by side in place of their steps."""

    told: ClassVar[frozenset[str]] = OptimizerTraceResult.told | {"steps"}


def optimizer_trace(inputs: OptimizerTraceInputs) -> OptimizerTraceResult:
    """The trace of the optimizer, and beside it that of the other if there is one."""
    given = numbers(inputs.gradients, "--gradients")
    start = _start(inputs.params, given.shape[1:])
    entries = inputs.entries()
    traces = [optimizer_rows(entry.name, built(entry, inputs.given()), start, given) for entry in entries]
    compared = contrasts(*traces) if len(traces) > 1 else ()
    last = [row.difference for row in compared[-_size(given.shape) :]]
    kind = ContrastResult if compared else OptimizerTraceResult
    return kind(
        optimizer=inputs.optimizer,
        against=inputs.against,
        n_steps=given.shape[0],
        shape=given.shape[1:],
        difference=_largest(last) if compared else None,
        settings=tuple(settings_row(entry, inputs.given()) for entry in entries),
        contrast=compared,
        steps=tuple(row for rows in traces for row in rows),
        assumptions=tuple(_assumptions(entries)),
        notes=tuple(_notes(inputs, traces, compared)),
        sources=tuple(dict.fromkeys(f"{entry.name}: {entry.paper}" for entry in entries)),
    )


def _start(text: str, shape: tuple[int, ...]) -> Numbers:
    """The parameters before the first step: one number for all entries, or one for each."""
    given = numbers(text, "--params")
    if given.shape == (1,) != shape:
        return Numbers([given.values[0]], ())
    if given.shape != shape:
        message = f"--params is {_shape(given.shape)}, a gradient is {_shape(shape)}"
        raise Problem("value", message, "give one number for all entries, or one for each")
    return given


def _shape(shape: tuple[int, ...]) -> str:
    return f"of the shape {' x '.join(map(str, shape))}" if shape else "a single number"


def _size(shape: tuple[int, ...]) -> int:
    return math.prod(shape[1:])


def _largest(values: Sequence[float | None]) -> float | None:
    """The largest of them; None where one is not finite."""
    known = [value for value in values if value is not None]
    return max(map(abs, known)) if len(known) == len(values) else None


def _place(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if len(values) > FEW and known:
        return f"{len(values)} entries from {significant(min(known), 6)} to {significant(max(known), 6)}"
    if not known:
        return "no finite number"
    return ", ".join("no finite number" if value is None else significant(value, 6) for value in values)


def _assumptions(entries: tuple[Entry, ...]) -> Iterator[str]:
    yield "float64, steps as PyTorch defines them; gradients as given, wherever the parameters are"
    names = {entry.name for entry in entries}
    if {"adamw", "adam-l2"} <= names:
        yield "adamw shrinks every entry by the same share, learning rate times weight decay, each step"
        yield "adam-l2 adds weight decay to the gradient and divides both by sqrt(v): large gradients hide it"


def _notes(
    inputs: OptimizerTraceInputs, traces: Sequence[Sequence[TraceRow]], compared: Sequence[Row]
) -> Iterator[Note]:
    for rows in traces:
        lost = next((row for row in rows if row.overflows), None)
        if lost is not None:
            text = f"{lost.optimizer}: numbers beyond floats from step {lost.step} on, shown as absent"
            yield Note(code="overflow", message=text, level="warning")
    if compared and not any(getattr(row, "difference", None) != 0 for row in compared):
        text = f"{inputs.optimizer} and {inputs.against} take the same steps with these settings"
        yield Note(code="identical", message=text)
