"""The rows of a test of emergence: its series, and the models of one."""

from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc.quantity import Flops, Params, Share
from scalecalc.result import AnyNumber, Estimate, Row, Shown, Span


class SeriesTest(Row):
    """One measure of one ability over its models: how sharp it looks, and whether it breaks."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"models", "span", "break_kind", "likelihood_ratio", "p_sampling"}
    )

    series: str
    measure: str = Field(description="exact match or accuracy, per token, or the continuous column.")
    models: int
    span: Span = Field(description="From the least to the greatest value.")
    largest_step: Share | None = Field(
        title="in one step", description="Share of the whole change that the largest step holds."
    )
    emergence_score: Annotated[float | None, Shown(digits=3)] = Field(
        title="score", description="Change over the median step; null where that step is zero."
    )
    break_kind: str | None = Field(description="jump, or kink; null where no break upwards fits better.")
    break_at: AnyNumber | None = Field(title="break at", description="Compute or size of the best break.")
    likelihood_ratio: Annotated[float | None, Shown(digits=3)] = Field(
        description="Twice the log-likelihood that the break adds; null for a continuous measure."
    )
    dispersion: Annotated[float | None, Shown(digits=2)] = Field(
        title="scatter",
        description="Variance about the broken curve over that of the test items, at least 1.",
    )
    p_sampling: Annotated[float | None, Shown(digits=2)] = Field(
        description="p-value if nothing but the sampling of test items scattered."
    )
    p_value: Annotated[float | None, Shown(digits=2)] = Field(
        title="p", description="Parametric bootstrap of the smooth curve, with its scatter."
    )
    bic_gain: Annotated[float | None, Shown(digits=2)] = Field(
        title="BIC gain",
        description="BIC of the smooth curve less that of the break; positive favors the break.",
    )
    power: Share | None = Field(
        description="How often a pure jump of that height would be found at 5%; null where that says nothing."
    )
    verdict: str = Field(
        description="breaks upwards, smooth will do, undecided, one model rises, or nothing rises."
    )


class FittedModel(Row):
    """A model of the one series that is told in full."""

    model: str | None
    flops: Annotated[Flops | None, Shown(unit="FLOPs")] = Field(title="compute")
    params: Params | None = Field(title="size")
    items: int
    accuracy: Estimate = Field(description="With the 95% interval of its test items, by Wilson's score.")
    token_probability: Share | None = Field(
        title="per token", description="accuracy**(1/k); null where k is not known."
    )
    token_loss: Annotated[float | None, Shown(digits=3)] = Field(
        title="loss", description="-ln of that, in nats per token; null where nothing was right."
    )
    smooth: Share = Field(title="smooth fit", description="Accuracy by the smooth sigmoid.")
    broken: Share = Field(title="broken fit", description="Accuracy by the broken one.")
