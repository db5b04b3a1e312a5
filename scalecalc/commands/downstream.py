"""From loss to accuracy on a benchmark: fitted to your runs, or by a published error law."""

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from scalecalc.commands._accuracy_inputs import DownstreamOptions
from scalecalc.commands._accuracy_law import AskedModel, by_law
from scalecalc.commands._accuracy_rows import AccuracyForecast, AccuracyQuality, HeldOut, StepParameter
from scalecalc.problem import Problem
from scalecalc.quantity import significant
from scalecalc.result import Note, Result

if TYPE_CHECKING:
    from scalecalc.commands._accuracy_first import Asked
    from scalecalc.commands._accuracy_table import AccuracyTable

SOURCES = {
    "two-step": "loss from compute, then a sigmoid: Llama Team 2024, arXiv 2407.21783, section 3.2.1",
    "ladder": "loss from N and D, then a sigmoid: Bhagia et al. 2024, arXiv 2412.04403",
    "sigmoid": "a sigmoid in the loss: second step of Llama Team 2024, arXiv 2407.21783",
    "error": "an exponential in the loss: Gadre et al. 2024, arXiv 2403.08540, eq. 5",
}
"""Where each form is from."""

WARNING = (
    "forecasts of benchmarks often fail: of 46 tasks 39 % scaled predictably with the loss, others "
    "scattered, broke through late or turned (Lourie et al. 2025, arXiv 2507.00885)"
)

LADDER = 8
"""Runs from which a surface with five parameters is fitted without being asked for."""


class DownstreamInputs(DownstreamOptions):
    """Forecast accuracy on a benchmark from the loss: fit your runs, or follow a published error law.

    The table has a row for each run, with its loss (best that on the task's right answers) and accuracy, and
    for the first step flops, or params and tokens. Two steps: loss from scale, then accuracy from loss.
    """

    group: ClassVar[str] = "Fit"
    examples: ClassVar[tuple[str, ...]] = (
        "downstream --law gadre2024-error-redpajama --params 1.4B --tokens 900B",
        "downstream --law gadre2024-error-c4 --loss 2.5,2.7",
    )


class DownstreamResult(Result):
    """Accuracy as a law of the loss, and what it says of other scales."""

    told: ClassVar[frozenset[str]] = frozenset({"law", "surface"})

    form: str = Field(description="two-step, ladder, sigmoid or error.")
    formula: str
    forecasts: tuple[AccuracyForecast, ...] = Field(title="forecasts")
    parameters: tuple[StepParameter, ...] = Field((), title="fitted parameters")
    quality: AccuracyQuality | None = Field(None, title="the runs", description="Null without a table.")
    held_out: HeldOut | None = Field(
        None, title="accuracy from loss, tried on the best runs", description="Null where runs are too few."
    )
    law: dict[str, Any] = Field(description="The law as a law.json holds it; of the ladder its second step.")
    surface: dict[str, Any] | None = Field(
        None, description="The first step of the ladder as a law.json holds it; null otherwise."
    )

    def headline(self) -> str:
        """The first forecast, or what was fitted."""
        if self.forecasts:
            first = self.forecasts[0]
            where = (
                f"{first.flops} FLOPs"
                if first.flops
                else f"{first.params} parameters on {first.tokens} tokens"
            )
            if first.flops is None and first.params is None:
                where = f"a loss of {significant(float(first.loss.value), 4)}"
            low, high = first.accuracy.low, first.accuracy.high
            span = f" ({low} to {high})" if low is not None and high is not None else ""
            return f"accuracy {first.accuracy.value}{span} at {where}"
        if self.quality is None:
            return self.formula
        ends = f"{self.quality.accuracy.low} to {self.quality.accuracy.high}"
        return f"{self.form} fitted to {self.quality.rows} runs of {ends} accuracy"

    def records(self) -> tuple[AccuracyForecast, ...]:
        """One record for each forecast."""
        return self.forecasts


def downstream(inputs: DownstreamInputs) -> DownstreamResult:
    """The accuracies that were asked for, by a fit of the table or by the law."""
    return _by_table(inputs) if inputs.runs is not None else _by_law(inputs)


def _by_law(inputs: DownstreamInputs) -> DownstreamResult:
    model = (
        AskedModel(inputs.params, inputs.tokens, inputs.count) if inputs.params and inputs.tokens else None
    )
    found = by_law(inputs.law or "", inputs.losses, inputs.budgets, model)
    return DownstreamResult(
        form=found.law.law.form,
        formula=found.law.law.formula,
        forecasts=found.forecasts,
        law=found.law.to_row(),
        assumptions=found.assumptions,
        notes=(_warning(), *found.notes),
        sources=found.sources,
    )


def _by_table(inputs: DownstreamInputs) -> DownstreamResult:
    from scalecalc.commands._accuracy_curve import ErrorCurve, SigmoidCurve
    from scalecalc.commands._accuracy_first import BySurface
    from scalecalc.commands._accuracy_forecast import Method, forecaster_of
    from scalecalc.commands._accuracy_report import Report
    from scalecalc.commands._accuracy_table import accuracy_table
    from scalecalc.commands._law_file import law_row

    table = accuracy_table(inputs.runs or "", inputs.columns, inputs.where)
    form = inputs.form or _form(table)
    questions = _questions(inputs, form)
    curve = ErrorCurve() if form == "error" else SigmoidCurve(inputs.chance, inputs.top)
    method = Method(inputs.ci, float(inputs.level), inputs.resamples, inputs.seed)
    forecaster = forecaster_of(table, form, curve, method)
    report = Report(table, forecaster)
    forecasts = tuple(map(report.forecast, questions))
    law, first = report.law(), forecaster.first
    surface = law_row(first.fit, ("flops", "loss")) if isinstance(first, BySurface) else None
    return DownstreamResult(
        form=form,
        formula=f"x = E + A/N^alpha + B/D^beta, {law.formula}" if surface else law.formula,
        forecasts=forecasts,
        parameters=report.parameters(),
        quality=report.quality(),
        held_out=report.held_out(),
        law={"form": law.form, "coefficients": law.coefficients()},
        surface=surface,
        assumptions=_assumptions(inputs, form),
        notes=(_warning(), *report.notes(forecasts)),
        sources=(SOURCES[form], f"{table.name}: {len(table)} rows"),
    )


def _form(table: "AccuracyTable") -> str:
    """The form that the table's columns allow."""
    params, tokens = table.runs.params, table.runs.tokens
    if params is None or tokens is None or len(table) < LADDER:
        return "sigmoid" if table.runs.flops is None else "two-step"
    both_vary = min(len(set(each)) for each in (params, tokens, tokens / params)) > 1
    return "ladder" if both_vary else "two-step"


def _questions(inputs: DownstreamInputs, form: str) -> "list[Asked]":
    """What is to be forecast; a Problem where the form does not know it."""
    from scalecalc.commands._accuracy_first import Asked

    if inputs.budgets and form not in ("two-step", "ladder"):
        hint = "ask for a --loss, or give the table a column flops, or params and tokens"
        raise Problem("conflict", f"--at is a compute, and {form} knows only losses", hint)
    if inputs.params is not None and form != "ladder":
        hint = "fit --form ladder, or ask for --at or --loss"
        raise Problem("conflict", f"--params and --tokens are of the ladder, and this is {form}", hint)
    questions = [Asked(flops=float(flops)) for flops in inputs.budgets]
    if inputs.params is not None and inputs.tokens is not None:
        questions.append(Asked(params=float(inputs.params), tokens=float(inputs.tokens)))
    return [*questions, *(Asked(loss=loss) for loss in inputs.losses)]


def _assumptions(inputs: DownstreamInputs, form: str) -> tuple[str, ...]:
    level = f"{inputs.level} intervals"
    how = f"{level} by delta, Student's t; the noise of the two steps is taken as independent"
    if inputs.ci == "bootstrap":
        how = f"{level} by bootstrap of cases, {inputs.resamples} resamples, seed {inputs.seed}"
    told = ["least squares on accuracy, every run alike", how]
    if form == "ladder":
        told.append("--at: the best split of the compute by the fitted surface, C = 6ND")
    return tuple(told)


def _warning() -> Note:
    return Note(code="unreliable", message=WARNING, level="warning")
