"""The parts of the answer of `gpu-hours`: what is bought, what it takes, phases and prices."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from scalecalc.commands._hardware import estimate
from scalecalc.commands._run import Run
from scalecalc.commands._sequence import SequenceLength
from scalecalc.compute.phases import phase_flops
from scalecalc.compute.plan import Plan
from scalecalc.compute.throughput import training_flops
from scalecalc.quantity import DeviceHours, Dollars, Duration, Flops, Params, Price, Share, Tokens
from scalecalc.result import Estimate, Row, Shown, Span


class Balance(Row):
    """What the run needs at the MFU of published runs against what is there for it."""

    needed: Annotated[Estimate, Shown(unit="GPU-hours")] = Field(title="needed")
    available: Annotated[Estimate, Shown(unit="GPU-hours")] = Field(title="available")
    required_mfu: Estimate = Field(
        title="MFU that would just do", description="May exceed 1: then no MFU does."
    )
    enough: bool = Field(description="Whether the typical need is covered.")


class Purchase(Row):
    """What the cluster's compute is best spent on, if it trains that long."""

    seconds: Duration | None = Field(title="time")
    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="compute")
    params: Params = Field(title="model size")
    params_over_fit: Span | None = Field(
        None,
        title="95 % by the fit",
        description="Interval of the model size; null without a law.json.",
    )
    tokens: Tokens = Field(title="training tokens")
    loss: Annotated[float | None, Shown(digits=4)]
    loss_over_fit: Annotated[Span | None, Shown(digits=4)] = Field(
        None,
        title="95 % by the fit",
        description="Interval of the mean loss; null without a law.json.",
    )
    usd: Dollars | None = Field(title="cost")


class Reference(Row):
    """How long a published model would take on the cluster."""

    model: str
    params: Params = Field(title="model size")
    tokens: Tokens = Field(title="training tokens")
    seconds: Estimate = Field(title="time")
    gpu_hours: Annotated[Estimate, Shown(brief=True)] = Field(title="GPU-hours")
    usd: Annotated[Estimate | None, Shown(brief=True)] = Field(title="cost")


class PhaseRow(Row):
    """One phase of the training: its tokens, and what attention over its sequences adds."""

    tokens: Tokens
    sequence: SequenceLength
    flops: Flops = Field(title="compute")
    attention: Share = Field(description="Share of the compute that attention takes.")
    gpu_hours: Annotated[Estimate, Shown(brief=True)] = Field(title="GPU-hours")


class PriceTier(Row):
    """What the run costs at one of the listed prices."""

    tier: str = Field(title="price", description="low, typical or high.")
    price: Price = Field(title="per GPU-hour")
    usd: Estimate = Field(title="cost", description="Its range is that of the GPU-hours.")
    date: str = Field(title="listed")


def phase_rows(run: Run, plan: Plan) -> Iterator[PhaseRow]:
    """The phases of a run whose shape is known; nothing where the work is 6ND."""
    if run.shape is None:
        return
    for phase in run.phases:
        flops = phase_flops(run.shape, phase, run.convention)
        plain = training_flops(run.compute_params or 0.0, phase.tokens)
        yield PhaseRow(
            tokens=Tokens(phase.tokens),
            sequence=SequenceLength(phase.length),
            flops=Flops(flops),
            attention=Share(max(0.0, 1 - plain / flops)),
            gpu_hours=estimate(plan.gpu_hours.times(flops / plan.flops.value), DeviceHours),
        )


def price_tiers(run: Run, plan: Plan) -> Iterator[PriceTier]:
    """The cost of the work at each listed price; nothing where the price or the money is given."""
    listed, inputs = run.pace.accelerator.price, run.inputs
    is_given = inputs.price is not None or inputs.usd is not None
    if listed is None or is_given or run.is_cluster_alone:
        return
    tiers = {"low": listed.low, "typical": listed.typical, "high": listed.high}
    for tier, price in tiers.items():
        if price is not None:
            usd = estimate(plan.gpu_hours.times(price), Dollars)
            yield PriceTier(tier=tier, price=Price(price), usd=usd, date=listed.date)
