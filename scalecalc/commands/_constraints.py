"""Limits on an optimum beside the budget: demand, data, sizes, a loss to reach, experts, precision."""

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from scalecalc.commands._budget import Budget
from scalecalc.commands._sized_model import SizedModel
from scalecalc.problem import Problem
from scalecalc.quantity import Params, Price, Share, Tokens
from scalecalc.result import Completes, Inputs

if TYPE_CHECKING:
    from scalecalc.commands._hardware import Pace

PRICES = ("train_price", "inference_price", "train_mfu", "inference_mfu")

LIMITS = (
    *("inference_tokens", "unique_tokens", "max_params", "max_tokens"),
    *("loss", "quality_of", "experts", "bits"),
)

MOST_EXPERTS = 1_000_000


class Constraints(Budget):
    """A budget, and what an answer must keep to beside it or, with a loss to reach, instead of it."""

    inference_tokens: Tokens | None = Field(
        None,
        description="Tokens to serve over its life, read and written; the budget then pays for both.",
    )
    train_price: Price | None = Field(None, description="Dollars per GPU-hour of training. [the table's]")
    inference_price: Price | None = Field(
        None, description="Dollars per GPU-hour of serving, by the same accelerator. [that of training]"
    )
    train_mfu: Share | None = Field(None, description="MFU of training. [that of published runs]")
    inference_mfu: Share | None = Field(None, description="MFU of serving. [that of training]")
    unique_tokens: Tokens | None = Field(None, description="Unique tokens that there are; more are repeats.")
    max_params: Params | None = Field(None, description="The largest model that will do, e.g. 8B.")
    max_tokens: Tokens | None = Field(None, description="The most tokens to train on, e.g. 2T.")
    loss: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="A loss to reach at the least cost; needs no budget."
    )
    quality_of: Annotated[SizedModel | None, Completes("model")] = Field(
        None, description="A model to equal at the least cost, 7B:2T or llama3-8b; needs no budget."
    )
    experts: int | None = Field(
        None, ge=1, le=MOST_EXPERTS, description="Routed experts, e.g. 64; N is then active parameters."
    )
    active: int | None = Field(
        None, ge=1, le=MOST_EXPERTS, description="Experts that see a token, with --experts. [1]"
    )
    bits: float | None = Field(
        None,
        gt=0,
        le=64,
        description="Bits of weights, activations and cache, e.g. 8; qualitative.",
    )

    @model_validator(mode="after")
    def _limits_that_make_sense(self) -> Self:
        _need_beside("inference_tokens", self, *PRICES)
        _need_beside("experts", self, "active")
        if self.loss is not None and self.quality_of is not None:
            raise Problem("conflict", "--loss and --quality-of are two goals", "give one of them")
        if self.experts is not None and self.bits is not None:
            raise Problem("conflict", "--experts and --bits follow two laws", "no published law has both")
        if self.experts is not None and (self.active or 1) > self.experts:
            raise Problem("value", f"--active {self.active} exceeds --experts {self.experts}", "swap the two")
        for name in ("mfu", "train_mfu", "inference_mfu"):
            if getattr(self, name) == 0:
                option = f"--{name.replace('_', '-')}"
                raise Problem("value", f"{option}: at 0% nothing is ever done", f"for example {option} 40%")
        return self

    @model_validator(mode="after")
    def _one_budget(self) -> Self:
        """A loss to reach needs no budget; everything else needs one."""
        if self.is_priced and (self.price is not None or self.mfu is not None):
            raise Problem(
                "conflict",
                "--price and --mfu beside prices of training and serving",
                "write --train-price and --train-mfu",
            )
        if self.has_goal and not self.has_budget and (self.is_priced or self.gpus is None):
            return self
        super()._one_budget()  # type: ignore[operator]  # the mixin's validator is a method by now
        return self

    def _refuse_idle_options(self) -> None:
        """Beside --flops the accelerator matters once dollars are asked for."""
        if not self.is_priced:
            super()._refuse_idle_options()

    def train_pace(self, accelerator: str | None) -> "Pace":
        """The pace and price of training, as given or as published."""
        from scalecalc.commands._hardware import Terms, pace

        mfu, price = self.mfu or self.train_mfu, self.price or self.train_price
        return pace(Terms(accelerator=accelerator, mfu=mfu, price=price))

    _pace = train_pace

    @property
    def has_budget(self) -> bool:
        """Whether a budget is given; a loss to reach needs none."""
        return any(way is not None for way in (self.flops, self.time, self.usd))

    @property
    def is_limited(self) -> bool:
        """Whether anything limits the answer beside the budget."""
        return any(getattr(self, name) is not None for name in LIMITS)

    @property
    def has_goal(self) -> bool:
        """Whether a loss is to be reached, so that a budget may be missing."""
        return self.loss is not None or self.quality_of is not None

    @property
    def is_priced(self) -> bool:
        """Whether training and serving are told apart by price or pace."""
        return any(getattr(self, name) is not None for name in PRICES)


def _need_beside(needed: str, inputs: Inputs, *names: str) -> None:
    """Refuse an option that changes nothing without another one."""
    for name in names:
        if getattr(inputs, name) is not None and getattr(inputs, needed) is None:
            option, other = (f"--{each.replace('_', '-')}" for each in (name, needed))
            raise Problem("conflict", f"{option} changes nothing without {other}", f"add {other}")
