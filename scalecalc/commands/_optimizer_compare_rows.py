"""The rows of a comparison of optimizers."""

import math
from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc.commands._optimizer_settings import LearningRate, memory_name
from scalecalc.compute.layout import Precision
from scalecalc.result import Row, Shown
from scalecalc.training.optimizers.race import Race

PROBLEMS = {
    "aligned": "ill-conditioned quadratic, its curvatures along the axes",
    "rotated": "the same quadratic, rotated",
    "noisy": "along the axes, with noise in the gradients",
}
"""What each problem is, by the name of its field."""


class Standing(Row):
    """One optimizer on one problem, at its best learning rate."""

    told: ClassVar[frozenset[str]] = frozenset({"problem"})

    problem: str
    optimizer: str
    steps: int | None = Field(
        title="steps", description="Until the loss stays within the tolerance; null where it does not."
    )
    learning_rate: LearningRate = Field(title="at learning rate")
    final_loss: Annotated[float | None, Shown(digits=2)] = Field(
        title="loss at the end", description="At that rate, as a share of the first; null where it diverged."
    )
    largest_stable_rate: LearningRate | None = Field(
        title="largest stable rate", description="The largest rate of the grid that ends below the start."
    )
    bytes_per_param: Annotated[float, Shown(digits=2)] = Field(
        title="bytes per parameter", description="Of its states, in fp32."
    )


def standing(problem: str, name: str, run: Race, tolerance: float) -> Standing:
    """How the optimizer did at the best of its learning rates."""
    best = run.best(tolerance)
    steps = int(run.steps_to(tolerance)[best])
    last = float(run.losses[-1, best])
    stable = run.largest_stable()
    return Standing(
        problem=problem,
        optimizer=name,
        steps=None if steps < 0 else steps,
        learning_rate=LearningRate(float(run.rates[best])),
        final_loss=last if math.isfinite(last) else None,
        largest_stable_rate=None if stable is None else LearningRate(stable),
        bytes_per_param=Precision(optimizer=memory_name(name)).matrix_states,
    )
