"""Optimizers side by side on quadratics: steps to a tolerance, each at its best learning rate of a grid."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc.chart import Chart
from scalecalc.commands._optimizer_compare_rows import PROBLEMS, Standing, standing
from scalecalc.commands._optimizer_settings import (
    LearningRate,
    Name,
    SettingsChoice,
    SettingsRow,
    built,
    chosen_entries,
    settings_row,
)
from scalecalc.problem import Problem
from scalecalc.progress import report
from scalecalc.quantity import OneOrMany, significant
from scalecalc.result import Inputs, Note, Plotted, Result, Shown
from scalecalc.training.optimizers import ENTRIES, Entry
from scalecalc.training.optimizers.race import REPEATS, Quadratic, Race, race

SAME_WITHOUT_DECAY = ("adam-l2", "adamw")
"""Without weight decay these are adam."""

MOST_WORK = 1e7
"""Steps times learning rates times entries of one race, a second or two with noise."""


class Track(Inputs):
    """The quadratics, and what is asked of the optimizers on them."""

    condition: float = Field(
        1000.0, ge=1, le=1e8, description="Condition number: largest curvature over smallest."
    )
    noise: float = Field(
        0.1, gt=0, le=1e6, description="Standard deviation of the noise on each entry of a gradient."
    )
    dimension: int = Field(20, ge=2, le=200, description="Entries of the parameter.")
    tolerance: float = Field(
        1e-6, gt=0, lt=1, description="Loss to reach and keep, as a share of that at the start."
    )
    noisy_tolerance: float = Field(0.01, gt=0, lt=1, description="The same with noise.")
    steps: int = Field(2000, ge=1, le=100_000, description="Steps that each may take.")
    learning_rates: OneOrMany[LearningRate] = Field(
        default="1e-4..10:41", validate_default=True, description="The grid of learning rates."
    )
    optimizer: list[Name] = Field([], description="One to run; repeat it. [all that differ]")
    seed: int = Field(0, ge=0, le=2**63, description="Seed of start, optimum, rotation and noise.")


class OptimizerCompareInputs(Plotted, SettingsChoice, Track):
    """Run optimizers on an ill-conditioned quadratic, the same one rotated, and the same one with noise.

    Each is told at its best learning rate of a grid: the one that needs the fewest steps until the loss stays
    within the tolerance, a share of the loss at the start. Weight decay is 0 unless it is given.
    """

    group: ClassVar[str] = "Train"
    examples: ClassVar[tuple[str, ...]] = (
        "optimizer compare",
        "optimizer compare --condition 100 --optimizer sgd --optimizer momentum --optimizer adam",
        "optimizer compare --noise 0.5 --seed 1 --format csv",
    )

    weight_decay: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Weight decay; each in its own way. [0]"
    )

    @model_validator(mode="after")
    def _work_that_ends(self) -> Self:
        work = self.steps * len(self.learning_rates) * self.dimension
        if work > MOST_WORK:
            message = f"{work} steps times learning rates times entries are too many"
            fewer = "lower --steps or --dimension, or name fewer --learning-rates"
            raise Problem("too-long", message, f"at most {significant(MOST_WORK)}: {fewer}")
        self.refuse_unused(self.entries(), self.given())
        return self

    def entries(self) -> tuple[Entry, ...]:
        """The optimizers to run; of all those that differ, if none is named."""
        if self.optimizer:
            return chosen_entries(self.optimizer)
        left_out = () if self.weight_decay else SAME_WITHOUT_DECAY
        return tuple(entry for entry in ENTRIES.values() if entry.name not in left_out)

    def given(self) -> dict[str, float]:
        """The settings that options give, and no weight decay where they give none."""
        decays = any("weight_decay" in entry.settings for entry in self.entries())
        return {**({"weight_decay": 0.0} if decays else {}), **super().given()}

    def problems(self) -> dict[str, Quadratic]:
        """The quadratics by the name of the result's field."""
        shared = {"condition": self.condition, "dimension": self.dimension, "seed": self.seed}
        return {
            "aligned": Quadratic(**shared),  # type: ignore[arg-type]  # the seed is whole
            "rotated": Quadratic(**shared, rotated=True),  # type: ignore[arg-type]
            "noisy": Quadratic(**shared, noise=self.noise),  # type: ignore[arg-type]
        }

    def tolerance_of(self, problem: str) -> float:
        """The tolerance on that problem."""
        return self.noisy_tolerance if problem == "noisy" else self.tolerance


class OptimizerCompareResult(Result):
    """How every optimizer does on three quadratics."""

    told: ClassVar[frozenset[str]] = frozenset({"condition"})

    condition: float = Field(title="condition number")
    tolerance: Annotated[float, Shown(digits=2)] = Field(
        title="loss to reach", description="A share of the first."
    )
    noisy_tolerance: Annotated[float, Shown(digits=2)] = Field(title="with noise")
    steps: int = Field(title="steps that each may take")
    aligned: tuple[Standing, ...] = Field(title=PROBLEMS["aligned"])
    rotated: tuple[Standing, ...] = Field(title=PROBLEMS["rotated"])
    noisy: tuple[Standing, ...] = Field(title=PROBLEMS["noisy"])
    settings: tuple[SettingsRow, ...] = Field(title="settings beside the learning rate")

    def headline(self) -> str:
        """The fewest steps on each problem."""
        told = f"{_fewest(self.aligned)} along the axes, {_fewest(self.rotated)} rotated"
        told = f"{told}, {_fewest(self.noisy)} with noise"
        return f"condition number {significant(self.condition)}, fewest steps: {told}"

    def records(self) -> tuple[Standing, ...]:
        """One record for each problem and optimizer."""
        return (*self.aligned, *self.rotated, *self.noisy)


def optimizer_compare(inputs: OptimizerCompareInputs) -> OptimizerCompareResult:
    """All races, each told at the best learning rate."""
    races = _races(inputs)
    tables = {
        problem: tuple(
            standing(problem, name, run, inputs.tolerance_of(problem)) for name, run in runs.items()
        )
        for problem, runs in races.items()
    }
    return OptimizerCompareResult(
        condition=inputs.condition,
        tolerance=inputs.tolerance,
        noisy_tolerance=inputs.noisy_tolerance,
        steps=inputs.steps,
        **tables,
        settings=tuple(settings_row(entry, inputs.given(), rate=False) for entry in inputs.entries()),
        assumptions=tuple(_assumptions(inputs)),
        notes=tuple(_notes(inputs, tables)),
        sources=tuple(f"{entry.name}: {entry.paper}" for entry in inputs.entries()),
        charts=_charts(inputs, races) if inputs.plot else (),
    )


def _races(inputs: OptimizerCompareInputs) -> dict[str, dict[str, Race]]:
    """The races by problem and optimizer."""
    import numpy as np

    rates = np.array(inputs.learning_rates, dtype=np.float64)
    entries = inputs.entries()
    total = len(entries) * len(PROBLEMS)
    found: dict[str, dict[str, Race]] = {}
    for problem, quadratic in inputs.problems().items():
        for entry in entries:
            own = {name: value for name, value in inputs.given().items() if name in entry.settings}
            built(entry, own)
            run = race(entry, quadratic, rates, inputs.steps, own)
            found.setdefault(problem, {})[entry.name] = run
            report("comparing", sum(map(len, found.values())), total)
    return found


def _charts(inputs: OptimizerCompareInputs, races: Mapping[str, Mapping[str, Race]]) -> tuple[Chart, ...]:
    from scalecalc.commands._optimizer_compare_charts import charts

    tolerances = {problem: inputs.tolerance_of(problem) for problem in races}
    return charts(races, tolerances)


def _fewest(rows: tuple[Standing, ...]) -> str:
    """The quickest and its steps."""
    arrived = [(row.steps, row.optimizer) for row in rows if row.steps is not None]
    if not arrived:
        return "none"
    steps, name = min(arrived)
    return f"{steps} ({name})"


def _assumptions(inputs: OptimizerCompareInputs) -> Iterator[str]:
    rates = inputs.learning_rates
    ends = f"{significant(min(rates))} to {significant(max(rates))}"
    yield f"best of {len(rates)} learning rates from {ends}; constant over the run, no warm-up, no schedule"
    least = significant(1 / inputs.condition)
    yield f"curvatures from 1 to {least}, evenly in the logarithm; losses as shares of the first"
    yield f"with noise: the mean loss of {REPEATS} runs, the same noise for every optimizer and learning rate"


def _notes(inputs: OptimizerCompareInputs, tables: Mapping[str, tuple[Standing, ...]]) -> Iterator[Note]:
    rates = inputs.learning_rates
    for problem, rows in tables.items():
        lost = [row.optimizer for row in rows if row.largest_stable_rate is None]
        if lost:
            text = f"{problem}: no learning rate of the grid brings {', '.join(lost)} below the start"
            yield Note(code="diverged", message=text, level="warning")
        edge = [
            row.optimizer
            for row in rows
            if row.learning_rate in (min(rates), max(rates)) and row.optimizer not in lost
        ]
        if edge and len(rates) > 1:
            text = f"{problem}: the best learning rate of {', '.join(edge)} is an end of the grid, widen it"
            yield Note(code="edge-of-grid", message=text)
    if inputs.weight_decay:
        text = "weight decay pulls to zero, not to the optimum, so losses have a floor"
        yield Note(code="weight-decay", message=text)
    elif not inputs.optimizer:
        text = "adamw and adam-l2 are adam without weight decay; --weight-decay 0.01 tells them apart"
        yield Note(code="same", message=text)
