"""GPU-hours, time and money of a training run: whatever is missing of it."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from scalecalc import tables
from scalecalc.commands._conventions import Convention, ConventionChoice
from scalecalc.commands._count import Count
from scalecalc.commands._energy import EnergyRow, energy_row
from scalecalc.commands._failures import Restarts, restarts_row
from scalecalc.commands._forecast import Forecast, forecast_by_file
from scalecalc.commands._gpu_hours_rows import (
    Balance,
    PhaseRow,
    PriceTier,
    Purchase,
    Reference,
    phase_rows,
    price_tiers,
)
from scalecalc.commands._hardware import estimate
from scalecalc.commands._laws import LawChoice, allocator, law_assumptions, law_source
from scalecalc.commands._run import Run
from scalecalc.commands._run_inputs import RunInputs
from scalecalc.commands._run_remarks import run_assumptions, run_notes
from scalecalc.commands._run_size import RunSize
from scalecalc.commands._serving import ServingRow, serving_row
from scalecalc.compute.plan import Known, Plan
from scalecalc.compute.runtime import DAY, solve
from scalecalc.quantity import (
    DeviceHours,
    Dollars,
    Duration,
    Flops,
    Params,
    Price,
    Share,
    Tokens,
    TokensPerParam,
)
from scalecalc.result import Estimate, Plotted, Result, Shown, Span

if TYPE_CHECKING:
    from scalecalc.fitting import Fit

HORIZONS = (1, 7, 30, 90)
"""Days for which a cluster alone is told what it buys."""

REFERENCES = ("gpt3-175b", "chinchilla-70b", "llama3-8b")
"""Models whose training time on a cluster gives a sense of its size."""


class GpuHoursInputs(Plotted, ConventionChoice, LawChoice, RunInputs):
    """Solve a training run for what is missing: GPU-hours, GPUs, time, money or compute.

    Give the work (--flops, or --params with --tokens, or --model) and any of --gpus, --time and --usd, or a
    cluster alone. Where all of it is given, the MFU that it implies is checked against published runs.
    """

    group: ClassVar[str] = "Plan"
    examples: ClassVar[tuple[str, ...]] = (
        "gpu-hours --gpus 512",
        "gpu-hours --params 70B --tokens 1.4T --gpus 1024xA100",
        "gpu-hours --flops 1e24 --time 30d --gpus h200",
        "gpu-hours --params 8B --tokens 15T --gpus 1024xh100 --plot",
        "gpu-hours --model llama2-70b --gpus a100 --gpu-hours 1720320",
        "gpu-hours --model llama3.1-405b --gpus 16384xh100 --phase 15T@8k --grid 400",
        "gpu-hours --flops 1e25 --gpus 16384xh100 --mfu 41% --mtbf 50000h",
        "gpu-hours --model llama3-8b --requests 1B --prompt-tokens 1000 --answer-tokens 300",
    )


class GpuHoursResult(Result):
    """A training run with nothing missing; its ranges are those of the MFU and price assumed."""

    told: ClassVar[frozenset[str]] = frozenset({"verdict"})

    verdict: str = Field(
        description="What was found: the cost of the work, what is bought, or the implied MFU."
    )
    gpu_hours: Estimate = Field(title="GPU-hours")
    seconds: Estimate | None = Field(title="time")
    usd: Estimate | None = Field(title="cost")
    gpus: Estimate | None = Field(title="GPUs")
    accelerator: str
    dtype: str = Field(title="data type")
    flops: Annotated[Estimate, Shown(unit="FLOPs")] = Field(title="compute")
    params: Params | None = Field(title="model size", description="All parameters, or as --count asks.")
    active_params: Params | None = Field(title="active parameters")
    tokens: Tokens | None = Field(title="training tokens")
    tokens_per_param: TokensPerParam | None = Field(title="tokens per parameter")
    mfu: Estimate = Field(title="MFU", description="The work over the dense peak, while the run moves.")
    hfu: Estimate | None = Field(title="HFU", description="The same with recomputation counted.")
    goodput: Share | None = Field(
        title="goodput", description="Share of the billed time in which the run moves."
    )
    price: Estimate | None = Field(title="price per GPU-hour")
    balance: Balance | None = Field(title="held against published runs")
    energy: EnergyRow | None = Field(title="energy, the building's overhead in it")
    restarts: Restarts | None = Field(title="failures and checkpoints")
    phases: tuple[PhaseRow, ...] = Field(title="phases, attention counted")
    prices: tuple[PriceTier, ...] = Field(title="cost by listed price")
    serving: ServingRow | None = Field(title="answering the demand")
    buys: tuple[Purchase, ...] = Field(title="compute-optimal models to train")
    takes: tuple[Reference, ...] = Field(title="known models on these GPUs")

    def headline(self) -> str:
        """The finding."""
        return self.verdict


def gpu_hours(inputs: GpuHoursInputs) -> GpuHoursResult:
    """The run that fits what is given."""
    result = _solved(inputs)
    if not inputs.plot:
        return result
    from scalecalc.commands._charts import charted
    from scalecalc.commands._gpu_hours_charts import gpu_hours_chart

    return charted(result, (gpu_hours_chart(result),))


def _solved(inputs: GpuHoursInputs) -> GpuHoursResult:
    size = RunSize.of(inputs, inputs.count)
    run = Run.of(size.in_total(inputs))
    found, plan = run.pace, run.plan()
    law = inputs.laws()[0]
    given, tokens = run.split(plan)
    params = size.printed(given) if given else None
    active = size.working(run.active_params) if run.active_params else None
    working = active or params
    read = None if run.fixes_model else inputs.convention(law)
    hfu = plan.mfu.times(run.hardware_per_model)
    by_mfu = None if plan.known.implies_mfu else found.mfu_method
    return GpuHoursResult(
        verdict=_verdict(run, plan, size),
        gpu_hours=estimate(plan.gpu_hours, DeviceHours, by_mfu),
        seconds=estimate(plan.seconds, Duration, by_mfu) if plan.seconds else None,
        usd=estimate(plan.usd, Dollars, found.price_method) if plan.usd else None,
        gpus=estimate(plan.gpus, int, by_mfu) if plan.gpus else None,
        accelerator=found.accelerator.id,
        dtype=found.dtype,
        flops=estimate(plan.flops, Flops, by_mfu),
        params=params,
        active_params=active,
        tokens=Tokens(tokens) if tokens else None,
        tokens_per_param=TokensPerParam(tokens / working) if tokens and working else None,
        mfu=estimate(plan.mfu, Share, by_mfu or "implied by the work and the GPU-hours"),
        hfu=estimate(hfu, Share) if run.recomputed else None,
        goodput=inputs.goodput if inputs.mtbf is None else Share(found.throughput.goodput),
        price=estimate(
            plan.price,
            Price,
            "implied by the money and the GPU-hours" if plan.known.implies_price else found.price_method,
        )
        if plan.price
        else None,
        balance=_balance(plan),
        energy=energy_row(inputs, found.accelerator, plan.gpu_hours),
        restarts=restarts_row(inputs, plan),
        phases=tuple(phase_rows(run, plan)),
        prices=tuple(price_tiers(run, plan)),
        serving=serving_row(inputs, run),
        buys=() if read is None else tuple(_purchases(run, plan, read, inputs.fit())),
        takes=tuple(_references(run, inputs.count)) if run.is_cluster_alone else (),
        assumptions=(
            *run_assumptions(run, plan),
            *((*law_assumptions(law), *read.assumptions) if read else size.assumptions),
        ),
        notes=run_notes(run, plan),
        sources=(*found.sources, *((law_source(law),) if read else ())),
    )


def _verdict(run: Run, plan: Plan, size: RunSize) -> str:
    """What was asked for, in one line."""
    hours = f"{DeviceHours(plan.gpu_hours.value)} GPU-hours"
    cost = f" and {Dollars(plan.usd.value)}" if plan.usd else ""
    devices = f"{int(plan.gpus.value)}x{run.pace.accelerator.id}" if plan.gpus else run.pace.accelerator.id
    flops = f"{Flops(plan.flops.value)} FLOPs"
    if run.is_cluster_alone:
        return f"{devices} give {flops} a day, for {hours}{cost}"
    time = f"{Duration(plan.seconds.value)}" if plan.seconds else ""
    work = _work(run, size)
    if plan.known.implies_mfu:
        return f"{work} in {hours} on {devices} is an MFU of {Share(plan.end_to_end.value)} end to end"
    if run.flops is None:
        span = f" over {time}" if time else ""
        return f"{devices}{span} give {flops}, for {hours}{cost}"
    if time:
        return f"{work} takes {time} on {devices}: {hours}{cost}"
    return f"{work} takes {hours}{cost} on {devices}"


def _work(run: Run, size: RunSize) -> str:
    """The work by the name that the user gave it."""
    if run.model:
        return run.model.name
    if run.params and run.tokens:
        return f"{size.printed(run.params)} {size.told}parameters on {Tokens(run.tokens)} tokens"
    return f"{Flops(run.flops or 1.0)} FLOPs"


def _balance(plan: Plan) -> Balance | None:
    found = plan.balance
    if found is None:
        return None
    return Balance(
        needed=estimate(found.needed, DeviceHours),
        available=estimate(found.available, DeviceHours),
        required_mfu=estimate(found.mfu, float),
        enough=found.enough,
    )


def _purchases(run: Run, plan: Plan, read: Convention, fit: "Fit | None") -> Iterator[Purchase]:
    """The compute-optimal models for the time that is planned, or for several where none is."""
    spans = [days * DAY for days in HORIZONS] if run.is_cluster_alone else []
    pace = run.pace
    plans = [solve(Known(gpus=run.gpus, seconds=seconds), pace.throughput, pace.price) for seconds in spans]
    for each in plans or [plan]:
        split = allocator(read.law).optimal(each.flops.value)
        if min(split) >= 1:
            yield _purchase(each, read, split, forecast_by_file(fit, each.flops.value))


def _purchase(plan: Plan, read: Convention, split: tuple[float, float], fitted: Forecast | None) -> Purchase:
    flops = plan.flops.value
    params, tokens = split
    return Purchase(
        seconds=Duration(plan.seconds.value) if plan.seconds else None,
        flops=Flops(flops),
        params=read.params(params),
        params_over_fit=_span(fitted.params, read.params) if fitted else None,
        tokens=Tokens(tokens),
        loss=read.loss(allocator(read.law).optimal_loss(flops)),
        loss_over_fit=_span(fitted.loss, read.losses.printed) if fitted else None,
        usd=Dollars(plan.usd.value) if plan.usd else None,
    )


def _span(estimate: Estimate, printed: Callable[[float], float]) -> Span | None:
    """The interval of an estimate as it is printed, where it has one."""
    if estimate.low is None or estimate.high is None:
        return None
    return Span(low=printed(estimate.low), high=printed(estimate.high))


def _references(run: Run, count: Count | None) -> Iterator[Reference]:
    """Published dense models on this cluster."""
    for name in REFERENCES:
        model = tables.model(name)
        plan = solve(Known(flops=model.flops, gpus=run.gpus), run.pace.throughput, run.pace.price)
        if model.tokens and plan.seconds:
            yield Reference(
                model=model.name,
                params=RunSize(count, model).printed(model.params),
                tokens=Tokens(model.tokens),
                seconds=estimate(plan.seconds, Duration),
                gpu_hours=estimate(plan.gpu_hours, DeviceHours),
                usd=estimate(plan.usd, Dollars) if plan.usd else None,
            )
