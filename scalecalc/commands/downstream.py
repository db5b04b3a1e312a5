"""From loss to accuracy on a benchmark: fitted to your runs, or by a published error law."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from scalecalc.commands._accuracy_law import by_law
from scalecalc.commands._accuracy_rows import AccuracyForecast, AccuracyQuality, HeldOut, StepParameter
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, OneOrMany, Params, Share, Tokens, significant
from scalecalc.result import Completes, Inputs, Note, Positional, Result

if TYPE_CHECKING:
    from scalecalc.commands._accuracy_first import Asked
    from scalecalc.commands._accuracy_table import AccuracyTable

FormName = Literal["two-step", "ladder", "sigmoid", "error"]

SOURCES = {
    "two-step": "loss from compute, then a sigmoid: Llama Team 2024, arXiv 2407.21783, section 3.2.1",
    "ladder": "loss from N and D, then a sigmoid: Bhagia et al. 2024, arXiv 2412.04403",
    "sigmoid": "a sigmoid in the loss: second step of Llama Team 2024, arXiv 2407.21783",
    "error": "an exponential in the loss: Gadre et al. 2024, arXiv 2403.08540, eq. 5",
}
"""Where each form is from."""

WARNING = (
    "forecasts of benchmarks often fail: of 46 tasks, 39 % scaled predictably with the loss; others scattered, "
    "broke through late or turned (Lourie et al. 2025, arXiv 2507.00885)"
)

ONLY_FOR_TABLES = ("columns", "where", "form", "chance", "top", "ci", "level", "resamples", "seed")


class DownstreamInputs(Inputs):
    """Forecast accuracy on a benchmark from the loss: fit your runs, or follow a published error law.

    The table has a row for each run, with its loss (best that on the task's right answers) and accuracy, and
    for the first step flops, or params and tokens. Two steps: loss from scale, then accuracy from loss.
    """

    group: ClassVar[str] = "Fit"
    examples: ClassVar[tuple[str, ...]] = (
        "downstream --law gadre2024-error-redpajama --params 1.4B --tokens 900B",
        "downstream --law gadre2024-error-c4 --loss 2.5,2.7",
    )

    runs: Annotated[str | None, Positional()] = Field(
        None, description="A CSV, JSON Lines or Parquet file of runs with loss and accuracy, or -."
    )
    law: Annotated[str | None, Completes("any-law")] = Field(
        None, description="Instead of a table, a published error law, or a law.json of form error or sigmoid."
    )
    columns: str | None = Field(
        None, description="Which column is which where names do not say it, e.g. accuracy=mmlu,loss=nll."
    )
    where: list[str] = Field(
        [], description="Keep only rows that meet this, e.g. task=mmlu; repeat to narrow."
    )
    form: FormName | None = Field(
        None,
        description="two-step (from flops), ladder (from params and tokens), sigmoid or error (from loss). "
        "[ladder where params and tokens both vary, two-step where there are flops, else sigmoid]",
    )
    at: list[OneOrMany[Flops]] = Field([], description="A compute to forecast for, e.g. 1e24; repeat it.")
    loss: list[str] = Field([], description="A loss to forecast for, e.g. 1.8 or 1.8,1.7; repeat it.")
    params: Params | None = Field(None, description="A model size to forecast for, with --tokens, e.g. 7B.")
    tokens: Tokens | None = Field(None, description="Its training tokens, e.g. 2T.")
    chance: Share | None = Field(None, description="Hold the accuracy of guessing, e.g. 25%. [fitted]")
    top: Share | None = Field(None, description="Hold the greatest accuracy, e.g. 95%. [fitted]")
    ci: Literal["delta", "bootstrap"] = Field(
        "delta", description="delta (Student's t), or bootstrap (cases, whole runs), too narrow for few runs."
    )
    level: Share = Field(Share(0.95), description="Share of cases that an interval is to cover.")
    resamples: int = Field(400, ge=50, le=100_000, description="Resamples of the bootstrap.")
    seed: int = Field(0, ge=0, description="Seed of the resamples; the same seed gives the same intervals.")

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.runs is None) == (self.law is None):
            given = "a table and --law are" if self.law else "neither a table nor --law is"
            hint = "for example runs.csv, or --law gadre2024-error-redpajama"
            raise Problem("conflict" if self.law else "no-question", f"{given} given", f"give one: {hint}")
        if self.law is not None:
            for name in ONLY_FOR_TABLES:
                if name in self.model_fields_set:
                    raise Problem(
                        "conflict", f"--{name} is about a table, not about --law", f"leave --{name} out"
                    )
        if (self.params is None) != (self.tokens is None):
            raise Problem("value", "a model has --params and --tokens", "give both, or --at for a compute")
        return self

    @model_validator(mode="after")
    def _sensible_levels(self) -> Self:
        if not 0 < self.level < 1:
            raise Problem(
                "value", f"--level {self.level}: no interval covers that", "for example --level 95%"
            )
        low, high = self.chance or 0.0, 1.0 if self.top is None else self.top
        if not low < high:
            raise Problem("value", f"--top {Share(high)} is not above chance, {Share(low)}", "raise --top")
        if self.form == "error" and (self.chance is not None or self.top is not None):
            raise Problem(
                "conflict", "--chance and --top are of a sigmoid", "leave them out with --form error"
            )
        return self

    @property
    def losses(self) -> tuple[float, ...]:
        """Every loss to forecast for."""
        return tuple(_loss(part) for text in self.loss for part in text.split(","))

    @property
    def budgets(self) -> tuple[Flops, ...]:
        """Every compute to forecast for."""
        return tuple(flops for several in self.at for flops in several)


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
    model = (inputs.params, inputs.tokens) if inputs.params and inputs.tokens else None
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
    from scalecalc.commands._accuracy_forecast import Method
    from scalecalc.commands._accuracy_report import Report, forecaster_of
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
    if params is not None and tokens is not None and len(set(params)) > 1 and len(set(tokens / params)) > 1:
        return "ladder"
    return "sigmoid" if table.runs.flops is None else "two-step"


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


def _loss(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise Problem("value", f"--loss: {text.strip()[:40]!r} is no loss", "for example --loss 1.8,1.7")
    return value
