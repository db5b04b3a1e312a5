"""What it costs to train a model and to serve it, in compute or in dollars."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scalecalc.commands._limited_rows import Life
from scalecalc.laws.constraints import NO_DEMAND, Best, Demand
from scalecalc.problem import Problem
from scalecalc.quantity import Dollars, Flops, Price, Share, Tokens
from scalecalc.result import Note

if TYPE_CHECKING:
    from scalecalc.commands.optimal import OptimalInputs


@dataclass(frozen=True, slots=True)
class Economy:
    """The demand, a FLOP served weighed against one trained, and dollars per FLOP where there are prices."""

    demand: Demand = NO_DEMAND
    usd_per_training_flop: float | None = None
    usd_per_inference_flop: float | None = None
    assumptions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    def life(self, best: Best, cost_per_flop: float) -> Life | None:
        """The costs of a model over its life; None where it serves nothing."""
        if not self.demand.tokens:
            return None
        training, serving = best.training_flops * cost_per_flop, best.inference_flops * cost_per_flop
        found = Life(
            inference_tokens=Tokens(self.demand.tokens),
            inference_flops=Flops(serving),
            lifetime_flops=Flops(training + serving),
        )
        if self.usd_per_training_flop is None or self.usd_per_inference_flop is None:
            return found
        paid, served = training * self.usd_per_training_flop, serving * self.usd_per_inference_flop
        money = {"training_usd": paid, "inference_usd": served, "usd": paid + served}
        return found.model_copy(update={name: Dollars(value) for name, value in money.items()})


def economy(inputs: "OptimalInputs") -> Economy:
    """The demand as it was given, and what serving costs beside training.

    Sardana et al. 2024 (arXiv 2401.00448), eq. 6, with one price and one MFU for tokens read and written.
    """
    if inputs.inference_tokens is None:
        return Economy()
    if not inputs.is_priced:
        told = "training takes 6ND, serving 2N for each token read or written"
        both = "; the budget pays for both" if inputs.has_budget else ""
        return Economy(Demand(inputs.inference_tokens), assumptions=(f"{told}{both}",))
    found = inputs.train_pace(inputs.gpus.accelerator if inputs.gpus else None)
    if found.price is None:
        raise Problem("no-price", f"no price is known for {found.accelerator.id}", "add --train-price 2.5/h")
    mfu = inputs.inference_mfu or found.throughput.mfu.value
    price = inputs.inference_price or found.price.value
    per_training = found.price.value / found.throughput.flops_per_gpu_hour(found.throughput.mfu.value)
    per_inference = price / found.throughput.flops_per_gpu_hour(mfu)
    serving = f"serving: {Price(price)} per GPU-hour at an MFU of {Share(mfu)}, tokens read and written alike"
    paid = ("the budget is compute at the price of training, and pays for serving too",)
    return Economy(
        Demand(inputs.inference_tokens, 1.0, per_inference / per_training),
        per_training,
        per_inference,
        (*found.assumptions, serving, *(paid if inputs.has_budget else ())),
        found.sources,
        () if inputs.inference_mfu else (_same_mfu(mfu),),
    )


def _same_mfu(mfu: float) -> Note:
    text = f"serving is taken at the MFU of training, {Share(mfu)}; writing tokens one by one has far less"
    return Note(code="inference-mfu", message=f"{text}: give --inference-mfu", level="warning")
