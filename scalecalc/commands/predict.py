"""What a law says of a model: its loss, or the least compute that reaches a loss."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc.commands._conventions import Convention, ConventionChoice, own_convention, told_loss
from scalecalc.commands._forecast import Forecast, extrapolation
from scalecalc.commands._laws import LawChoice, law_assumptions, law_notes, law_source
from scalecalc.commands._oracle import KINDS, Oracle, Prediction
from scalecalc.commands._runs import TableOptions
from scalecalc.commands._swapped import swapped_note
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Share, Tokens
from scalecalc.result import Completes, Estimate, Note, Plotted, Positional, Result, Row, Shown

if TYPE_CHECKING:
    from scalecalc.laws import PublishedLaw
    from scalecalc.run_table import RunTable

FAR = 2
"""Times beyond the fitted compute from which a row is worth a warning."""


class PredictInputs(Plotted, ConventionChoice, LawChoice, TableOptions):
    """Predict the loss of a model, of a budget, or of every run of a table; or the least compute for a loss.

    A law saved by `scalecalc fit` gives intervals: for the mean, and for a single new run. A published law
    has no covariance to give any; refit its table instead.
    """

    group: ClassVar[str] = "Fit"
    examples: ClassVar[tuple[str, ...]] = (
        "predict --params 70B --tokens 1.4T",
        "predict --flops 1e24 --law law.json",
        "predict --loss 1.95 --plot",
        "predict --params 7B --tokens 1T --count non-embedding --loss-in perplexity",
        "predict runs.csv --law law.json --format csv",
    )

    runs: Annotated[str | None, Positional(), Completes("runs")] = Field(
        None, description="A table of runs to predict row by row: a file, - or a bundled table."
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
        if self.runs is None and (self.columns or self.where or self.keep_outliers):
            raise Problem("conflict", "--columns, --where and --keep-outliers are about a table", "name one")
        return self


class Accuracy(Row):
    """How the predictions compare with the losses that the table holds."""

    rows: int
    bias: Annotated[float, Shown(digits=2)] = Field(
        title="mean log error", description="Mean of log observed minus log predicted loss."
    )
    spread: Annotated[float, Shown(digits=2)] = Field(
        title="rms log error", description="Root mean square of the same."
    )
    inside: Share | None = Field(
        title="within the interval of a new run", description="Share of rows; null without a fit."
    )


class PredictResult(Result):
    """Predictions by one law."""

    told: ClassVar[frozenset[str]] = frozenset({"law"})

    law: str
    formula: str
    counts: str = Field(title="N counts", description="total, non-embedding, active or with-head.")
    loss_unit: str = Field(title="loss in")
    least_flops: Annotated[Estimate | None, Shown(unit="FLOPs")] = Field(
        None, title="least compute", description="For the loss that was asked for."
    )
    accuracy: Accuracy | None = Field(None, title="against the table")
    optimum: Forecast | None = Field(
        None, title="the optimum, with intervals", description="Of the budget; null without a fit."
    )
    predictions: tuple[Prediction, ...]

    def headline(self) -> str:
        """The first prediction, or how many there are."""
        first = self.predictions[0]
        if len(self.predictions) > 1:
            return f"{len(self.predictions)} predictions by {self.law}"
        whole = first.params is not None and first.tokens is not None
        model = f"{first.params} parameters on {first.tokens} tokens: " if whole else ""
        return f"{model}{told_loss(float(first.loss.value), self.loss_unit)} by {self.law}"

    def records(self) -> tuple[Prediction, ...]:
        """One record per prediction."""
        return self.predictions


def predict(inputs: PredictInputs) -> PredictResult:
    """The predictions that were asked for."""
    law = _only(inputs.any_laws())
    read = inputs.convention(law)
    oracle = Oracle(read, inputs.fit(), float(inputs.level))
    least = None if inputs.loss is None else oracle.least_flops(inputs.loss)
    budget = inputs.flops or (float(least.value) if least else None)
    notes: tuple[Note, ...] = ()
    accuracy = None
    if inputs.runs is not None:
        table, remarks = inputs.table_of(inputs.runs)
        predictions = tuple(_of_table(oracle, table))
        accuracy = _accuracy(predictions)
        notes = (*(Note(code="table", message=text) for text in remarks), *_unit_note(read, table))
    elif budget is not None:
        predictions = (oracle.of_budget(budget),)
    else:
        predictions = (oracle.of_model(inputs.params, inputs.tokens),)
    optimum = oracle.optimum(budget) if budget else None
    result = PredictResult(
        law=law.name,
        formula=law.law.formula,
        counts=read.counting.asked,
        loss_unit=read.losses.unit,
        least_flops=least,
        accuracy=accuracy,
        optimum=optimum,
        predictions=predictions,
        assumptions=(*law_assumptions(law), *read.assumptions, *_interval_assumptions(oracle)),
        notes=(
            *law_notes(law),
            *notes,
            *swapped_note(inputs.params, inputs.tokens),
            *_interval_notes(oracle),
            *own_convention(read, optimum),
            *_range_notes(predictions),
        ),
        sources=(law_source(law),),
    )
    if not inputs.plot:
        return result
    from scalecalc.commands._charts import charted
    from scalecalc.commands._predict_charts import predict_charts

    return charted(result, predict_charts(inputs, result, oracle))


def _only(laws: tuple["PublishedLaw", ...]) -> "PublishedLaw":
    if len(laws) > 1:
        raise Problem("several-laws", f"--law is given {len(laws)} laws", "predictions are by one law")
    return laws[0]


def _of_table(oracle: Oracle, table: "RunTable") -> Iterator[Prediction]:
    """A prediction for every row, beside the loss that it shows."""
    needed = oracle.needed()
    columns = {name: table.column(name).tolist() for name in needed}
    columns |= {name: values.tolist() for name in KINDS if (values := getattr(table, name)) is not None}
    observed = [None] * len(table) if table.loss is None else table.loss.tolist()
    for found, line, loss in zip(oracle.of_table(columns), table.lines, observed, strict=True):
        yield found.model_copy(update={"line": line, "observed": loss})


def _accuracy(predictions: Iterable[Prediction]) -> Accuracy | None:
    from math import fsum, log, sqrt

    known = [each for each in predictions if each.observed is not None]
    if not known:
        return None
    errors = [log(each.observed / each.loss.value) for each in known if each.observed]
    runs = [(each.loss_of_new_run, each.observed) for each in known]
    inside = [new.low <= loss <= new.high for new, loss in runs if new and new.low and new.high and loss]
    return Accuracy(
        rows=len(errors),
        bias=fsum(errors) / len(errors),
        spread=sqrt(fsum(error**2 for error in errors) / len(errors)),
        inside=Share(sum(inside) / len(inside)) if inside else None,
    )


def _unit_note(read: Convention, table: "RunTable") -> tuple[Note, ...]:
    """A warning where the table's losses are in another unit than the predicted ones."""
    other = [unit for unit in table.loss_units if unit != read.losses.unit]
    if not other:
        taken = f"losses of {table.name} are taken to be in {read.losses.unit}, as --loss-in says"
        is_asked = read.losses.unit != read.law.loss_unit and table.loss is not None and not table.loss_units
        return (Note(code="loss-unit", message=taken),) if is_asked else ()
    text = f"losses of {table.name} are in {', '.join(other[:3])}, those by {read.law.name} in"
    text = f"{text} {read.losses.unit}"
    return (Note(code="incomparable-losses", message=f"{text}: do not compare them", level="warning"),)


def _interval_assumptions(oracle: Oracle) -> tuple[str, ...]:
    if oracle.fit is None:
        return ()
    degrees = f"Student's t with {oracle.fit.degrees:g} degrees of freedom"
    return (f"{Share(oracle.level)} intervals by delta, {degrees}, noise {oracle.fit.noise}",)


def _interval_notes(oracle: Oracle) -> tuple[Note, ...]:
    """Why there are no intervals, and how to get some."""
    if oracle.fit is not None:
        return ()
    text = f"{oracle.law.name} has no covariance to give intervals"
    remedy = "refit its table and ask again with --law law.json: scalecalc fit chinchilla --save law.json"
    return (Note(code="no-intervals", message=f"{text}; {remedy}"),)


def _range_notes(predictions: tuple[Prediction, ...]) -> tuple[Note, ...]:
    """How far the predictions leave the fitted compute, and how many of them."""
    times = [each.beyond_range or 1.0 for each in predictions]
    if len(times) == 1 or max(times) <= FAR:
        return extrapolation(times[0]) if len(times) == 1 else ()
    far = sum(each > FAR for each in times)
    text = f"{far} of {len(times)} rows lie more than {FAR} times outside the fitted compute"
    (note,) = extrapolation(max(times))
    return (Note(code="extrapolation", message=f"{text}; {note.message}", level="warning"),)
