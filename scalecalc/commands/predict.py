"""What a law says of a model: its loss, or the least compute that reaches a loss."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc.commands._forecast import extrapolation
from scalecalc.commands._laws import LawChoice, law_assumptions, law_notes, law_source
from scalecalc.commands._oracle import Oracle, Prediction
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Share, Tokens, significant
from scalecalc.result import Completes, Estimate, Note, Positional, Result, Shown

if TYPE_CHECKING:
    pass


class PredictInputs(LawChoice):
    """Predict the loss of a model, of a budget, or of every run of a table; or the least compute for a loss.

    A law saved by `scalecalc fit` gives intervals: for the mean, and for a single new run. A published law
    has no covariance to give any; refit its table instead.
    """

    group: ClassVar[str] = "Fit"
    examples: ClassVar[tuple[str, ...]] = (
        "predict --params 70B --tokens 1.4T",
        "predict --flops 1e24 --law law.json",
        "predict --loss 1.95",
        "predict runs.csv --law law.json --format csv",
    )

    runs: Annotated[str | None, Positional(), Completes("runs")] = Field(
        None, description="A table of runs to predict row by row: a file, - or a bundled table."
    )
    columns: str | None = Field(
        None, description="Which column of the table is which, e.g. params=n_total,loss=val."
    )
    params: Params | None = Field(None, description="Model size, e.g. 70B.")
    tokens: Tokens | None = Field(None, description="Training tokens, e.g. 1.4T.")
    flops: Flops | None = Field(None, description="A budget, split as the law says, e.g. 1e24.")
    loss: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="A loss to reach with the least compute, e.g. 1.95."
    )
    level: Share = Field(Share(0.95), description="Share of cases that an interval is to cover.")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        model = {"--params": self.params, "--tokens": self.tokens}
        asked = {"RUNS": self.runs, "--flops": self.flops, "--loss": self.loss}
        given = [name for name, value in asked.items() if value is not None]
        given += ["--params or --tokens"] if any(value is not None for value in model.values()) else []
        hint = "for example --params 70B --tokens 1.4T, or --flops 1e24, or --loss 1.95, or a table of runs"
        if len(given) > 1:
            raise Problem("conflict", f"{' and '.join(given)} are {len(given)} questions", f"ask one: {hint}")
        if not given:
            raise Problem("no-question", "nothing is asked", hint)
        return self


class PredictResult(Result):
    """Predictions by one law."""

    law: str
    formula: str
    loss_unit: str = Field(title="loss in")
    least_flops: Annotated[Estimate | None, Shown(unit="FLOPs")] = Field(
        None, title="least compute", description="For the loss that was asked for."
    )
    predictions: tuple[Prediction, ...]

    def headline(self) -> str:
        """The first prediction, or how many there are."""
        first = self.predictions[0]
        if len(self.predictions) > 1:
            return f"{len(self.predictions)} predictions by {self.law}"
        whole = first.params is not None and first.tokens is not None
        model = f"{first.params} parameters on {first.tokens} tokens: " if whole else ""
        return f"{model}loss {significant(float(first.loss.value), 4)} {self.loss_unit} by {self.law}"

    def records(self) -> tuple[Prediction, ...]:
        """One record per prediction."""
        return self.predictions


def predict(inputs: PredictInputs) -> PredictResult:
    """The predictions that were asked for."""
    law = inputs.any_laws()[0]
    oracle = Oracle(law, inputs.fit(), float(inputs.level))
    least = None if inputs.loss is None else oracle.least_flops(inputs.loss)
    predictions = tuple(_asked(inputs, oracle, least))
    times = max((each.beyond_range or 1.0 for each in predictions), default=1.0)
    return PredictResult(
        law=law.name,
        formula=law.law.formula,
        loss_unit=law.loss_unit,
        least_flops=least,
        predictions=predictions,
        assumptions=law_assumptions(law),
        notes=(*law_notes(law), *_interval_notes(oracle, times)),
        sources=(law_source(law),),
    )


def _asked(inputs: PredictInputs, oracle: Oracle, least: Estimate | None) -> Iterator[Prediction]:
    if inputs.runs is not None:
        yield from _of_table(inputs, oracle)
    elif inputs.flops is not None:
        yield oracle.of_budget(inputs.flops)
    elif least is not None:
        yield oracle.of_budget(float(least.value))
    else:
        yield oracle.of_model(inputs.params, inputs.tokens)


def _of_table(inputs: PredictInputs, oracle: Oracle) -> Iterator[Prediction]:
    from scalecalc.run_table import read_runs
    from scalecalc.run_table.columns import chosen_columns

    table, _ = read_runs(str(inputs.runs), columns=chosen_columns(inputs.columns), keep_outliers=True)
    params, tokens = table.column("params"), table.column("tokens")
    for row, line in enumerate(table.lines):
        observed = None if table.loss is None else float(table.loss[row])
        found = oracle.of_model(float(params[row]), float(tokens[row]))
        yield found.model_copy(update={"line": line, "observed": observed})


def _interval_notes(oracle: Oracle, times: float) -> tuple[Note, ...]:
    if oracle.fit is not None:
        return extrapolation(times)
    text = f"{oracle.law.name} has no covariance to give intervals; refit a table and --save the law for them"
    return (Note(code="no-intervals", message=text),)
