"""What limits make of an optimum: parts of the result of `optimal`, null where no such limit was given."""

from typing import Annotated

from pydantic import Field

from scalecalc.quantity import Dollars, Flops, Params, Share, Tokens
from scalecalc.result import Row, Shown


class Reference(Row):
    """The model that the answer is held against."""

    what: str = Field(
        description="As given by --quality-of, or what takes the least training for the same loss: by "
        "the law as it is, or without experts or low precision where those were asked for."
    )
    params: Params = Field(title="model size")
    tokens: Tokens = Field(title="training tokens")
    loss: Annotated[float, Shown(digits=4)]
    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="training compute")
    cost_ratio: Annotated[float, Shown(digits=4)] = Field(
        title="the answer costs, of it",
        description="Cost of the answer over that of this model, each for training and the demand served.",
    )


class Life(Row):
    """Compute and, where it is priced, money over a model's life; tokens served are read or written."""

    inference_tokens: Tokens = Field(title="tokens served")
    inference_flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(
        title="to serve them", description="2N for each token."
    )
    lifetime_flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="with training")
    training_usd: Dollars | None = Field(None, title="training costs")
    inference_usd: Dollars | None = Field(None, title="serving costs")
    usd: Dollars | None = Field(None, title="together")


class Repeats(Row):
    """What tokens and parameters are worth where unique tokens run short."""

    unique_tokens: Tokens = Field(title="unique tokens")
    epochs: Annotated[float, Shown(digits=3)]
    effective_tokens: Tokens = Field(
        title="tokens are worth", description="Unique tokens of the same worth as the tokens seen."
    )
    effective_params: Params = Field(
        title="parameters are worth", description="Less than N where the unique tokens cannot fill it."
    )
    worth_of_next_token: Share = Field(title="the next one, of a new one")
    loss_if_unique: Annotated[float, Shown(digits=4)] = Field(
        title="loss if none repeated", description="Of the same model on as many unique tokens."
    )
    flops_if_unique: Annotated[Flops, Shown(unit="FLOPs")] = Field(
        title="optimum without repeats takes", description="Training compute for the same loss."
    )
    gain_of_twice_flops: Annotated[float | None, Shown(digits=3)] = Field(
        None, title="twice the compute wins", description="Loss; null where no budget is spent best."
    )
    gain_of_twice_data: Annotated[float | None, Shown(digits=3)] = Field(
        None, title="twice the unique tokens wins"
    )
    worth_more: str | None = Field(
        None,
        title="worth more",
        description="compute or data: what twice as much of lowers the loss further.",
    )


class Mixture(Row):
    """A mixture of experts, each as wide as the dense feed-forward layer divided by the active ones."""

    experts: int
    active_experts: int = Field(title="active for a token")
    expansion: Annotated[float, Shown(digits=3)] = Field(
        description="Experts over active ones: E of the law, whose experts are of full width, one active."
    )
    active_params: Params = Field(title="active parameters")
    total_params: Params = Field(
        title="all parameters", description="Two thirds of a dense layer are feed-forward, E times here."
    )


class LowPrecision(Row):
    """Training with weights, activations and cache at few bits."""

    bits: Annotated[float, Shown(digits=3)]
    params_kept: Share = Field(title="parameters that count", description="N_eff / N.")
    effective_params: Params = Field(title="effective parameters")
    best_bits: Annotated[float, Shown(digits=3)] = Field(
        title="bits of least loss", description="At any budget, where compute costs by the bit."
    )


class Limited(Row):
    """What holds the answer back, and what it is held against."""

    binding: tuple[str, ...] = Field(
        title="held by", description="Of budget, loss, max_params, max_tokens and unique_tokens."
    )
    reference: Reference | None = Field(
        None, title="for comparison", description="Null where the answer itself is what would stand here."
    )
    life: Life | None = Field(None, title="over its life")
    repeats: Repeats | None = Field(None, title="repeated data")
    mixture: Mixture | None = Field(None, title="mixture of experts")
    precision: LowPrecision | None = Field(None, title="low precision, qualitative")
