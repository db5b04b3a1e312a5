"""The steps of an optimizer as rows: one for each step and entry of the parameter."""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Annotated, Any, ClassVar

from pydantic import Field

from scalecalc.commands._optimizer_numbers import Numbers
from scalecalc.result import Row, Shown
from scalecalc.training.optimizers import Optimizer, Step

Digits = Shown(digits=5)

Value = Annotated[float | None, Digits]
"""A number of a trace; null where the optimizer has none, or where it is not finite."""


class TraceRow(Row):
    """One entry of the parameter in one step: params before + decay + update = param."""

    told: ClassVar[frozenset[str]] = frozenset({"optimizer", "overflows"})

    optimizer: str
    step: int
    entry: str | None = Field(
        description="Place in the parameter from 0, as 1 or 0,1; null for a single number."
    )
    gradient: Value = Field(description="As given.")
    regularized: Value = Field(
        None, title="with L2", description="Gradient plus weight decay times parameter."
    )
    velocity: Value = Field(None, description="Of momentum: the running sum of gradients.")
    mixed: Value = Field(None, description="Of lion: what the sign is taken of.")
    row_v: Value = Field(None, title="row of v", description="Of adafactor: the mean square of the row.")
    column_v: Value = Field(None, title="column of v", description="Of adafactor: that of the column.")
    m: Value = Field(None, description="Running mean of the gradients.")
    v: Value = Field(None, description="Running mean of their squares; of adafactor, the estimate of it.")
    m_hat: Value = Field(None, title="m_hat", description="m, corrected for its start at zero.")
    v_hat: Value = Field(None, title="v_hat", description="v, corrected for its start at zero.")
    step_size: Value = Field(
        None, title="step size", description="Of adafactor: the relative step times RMS."
    )
    clipped: Value = Field(None, title="clipped", description="Of adafactor: what the update is divided by.")
    decay: Value = Field(None, description="Pull of decoupled weight decay.")
    update: Value = Field(description="What the gradients move the parameter by.")
    param: Annotated[float | None, Shown(digits=6)] = Field(title="parameter", description="After the step.")
    overflows: bool = Field(False, description="Whether a number of this row is beyond floats.")


class Contrast(Row):
    """Two optimizers in one step."""

    step: int
    entry: str | None
    gradient: Value
    update: Value
    decay: Value
    param: Annotated[float | None, Shown(digits=6)] = Field(title="parameter")
    other_update: Value = Field(title="other's update")
    other_decay: Value = Field(title="other's decay")
    other_param: Annotated[float | None, Shown(digits=6)] = Field(title="other's parameter")
    difference: Annotated[float | None, Shown(digits=3)] = Field(
        description="Parameter minus the other's parameter."
    )


def optimizer_rows(name: str, chosen: Optimizer, start: Numbers, gradients: Numbers) -> list[TraceRow]:
    """All steps of the optimizer from `start` along the gradients."""
    shape = gradients.shape[1:]
    if not shape:
        steps = chosen.trace(start.values[0], gradients.values)
        return list(_rows(name, steps, gradients.values, shape))
    import numpy as np

    along = np.array(gradients.values)
    origin = np.broadcast_to(np.array(start.values), shape).copy()
    with np.errstate(all="ignore"):
        return list(_rows(name, chosen.trace(origin, along), along, shape))


def contrasts(rows: Sequence[TraceRow], others: Sequence[TraceRow]) -> tuple[Contrast, ...]:
    """The two traces side by side, step by step and entry by entry."""
    return tuple(
        Contrast(
            step=row.step,
            entry=row.entry,
            gradient=row.gradient,
            update=row.update,
            decay=row.decay,
            param=row.param,
            other_update=other.update,
            other_decay=other.decay,
            other_param=other.param,
            difference=None if row.param is None or other.param is None else row.param - other.param,
        )
        for row, other in zip(rows, others, strict=True)
    )


def _rows(
    name: str, steps: Iterator[Step[Any]], gradients: Any, shape: tuple[int, ...]
) -> Iterator[TraceRow]:
    places = [",".join(map(str, place)) for place in product(*map(range, shape))] if shape else [None]
    for count, (taken, gradient) in enumerate(zip(steps, gradients, strict=True), start=1):
        told = {"gradient": gradient, **taken.seen, "update": taken.update, "param": taken.params}
        if taken.decay is not None:
            told["decay"] = taken.decay
        columns = {key: _flat(value, shape) for key, value in told.items()}
        for index, place in enumerate(places):
            values = {key: column[index] for key, column in columns.items()}
            known = {key: value + 0.0 if math.isfinite(value) else None for key, value in values.items()}
            overflows = None in known.values()
            yield TraceRow(optimizer=name, step=count, entry=place, overflows=overflows, **known)


def _flat(value: Any, shape: tuple[int, ...]) -> list[float]:
    """The entries in order, for each one the number that it shares with others."""
    if not shape:
        return [value]
    import numpy as np

    flat: list[float] = np.broadcast_to(value, shape).ravel().tolist()
    return flat
