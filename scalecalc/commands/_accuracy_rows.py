"""The rows of a benchmark's forecast."""

from typing import Annotated

from pydantic import Field

from scalecalc.quantity import Flops, Params, Share, Tokens
from scalecalc.result import Estimate, Row, Shown, Span


class AccuracyForecast(Row):
    """Accuracy at a compute, a model or a loss; intervals where runs stand behind it."""

    flops: Flops | None = Field(title="compute")
    params: Params | None = Field(title="model size")
    tokens: Tokens | None = Field(title="training tokens")
    loss: Annotated[Estimate, Shown(digits=4)] = Field(description="Of the first step, or as asked for.")
    accuracy: Estimate
    accuracy_of_new_run: Estimate | None = Field(
        title="of a new run", description="Wider by one run's own noise; null without runs."
    )
    beyond_range: float | None = Field(
        title="times beyond",
        description="Times that compute lies outside that of the runs; 1 inside, null without either.",
    )


class StepParameter(Row):
    """A fitted parameter; without a range where it was held."""

    step: str = Field(description="loss (from compute, or from params and tokens) or accuracy (from loss).")
    name: str = Field(title="parameter")
    estimate: Annotated[Estimate, Shown(digits=4)] = Field(title="value")
    at: str | None = Field(title="note", description="held, or at an end of its range; null otherwise.")


class AccuracyQuality(Row):
    """How well the runs are met, and how much of the rise they show."""

    rows: int = Field(title="runs")
    accuracy: Span = Field(title="their accuracies")
    loss: Annotated[Span, Shown(digits=4)] = Field(title="their losses")
    error: Share = Field(title="scatter about the curve", description="Standard deviation of accuracy.")
    explained: Share = Field(title="variance explained", description="By the curve, of accuracy.")
    reached: Span | None = Field(
        title="share of the rise covered",
        description="Where the runs lie between chance (0%) and top (100%); null for the error law.",
    )


class HeldOut(Row):
    """The fit without its best runs, held against them."""

    rows: int = Field(title="best runs left out")
    off: Share = Field(title="mean miss", description="Mean absolute difference of accuracy.")
    bias: Annotated[float, Shown(digits=2)] = Field(
        title="mean of predicted minus observed", description="As a difference of shares."
    )
