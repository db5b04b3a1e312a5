"""Smaller models on more tokens: what they cost beside the optimum of their loss, and when that pays."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.commands._conditions import surface_of
from scalecalc.commands._conventions import Convention, ConventionChoice
from scalecalc.commands._laws import LawChoice, law_assumptions, law_notes, law_source
from scalecalc.commands._overtrain_rows import (
    Deadweight,
    Optimum,
    OvertrainResult,
    SameBudget,
    Served,
    Size,
    sizes,
    verdict_of,
)
from scalecalc.commands._sized_model import SizedModel
from scalecalc.commands._swapped import swapped_note
from scalecalc.commands._weighed import LARGEST, size, weighed
from scalecalc.laws import PublishedLaw, Surface
from scalecalc.problem import Problem
from scalecalc.quantity import (
    Cluster,
    DeviceHours,
    Dollars,
    Flops,
    Params,
    Price,
    Share,
    Tokens,
    TokensPerParam,
)
from scalecalc.result import Completes, Note

if TYPE_CHECKING:
    from scalecalc.commands._hardware import Pace
    from scalecalc.laws.overtrain import Overtrained

LEAST = 1e-9
"""Share of the compute below which what is lost is rounding."""


class OvertrainInputs(ConventionChoice, LawChoice):
    """Weigh a model against the optimum of the same loss: extra tokens, compute, GPU-hours, dollars.

    Give a size and its tokens, or a published model, to see what it gave away; or a size and a loss to reach
    (--loss, that of the optimum of --flops, or that of --quality-of) to see the tokens it takes. A smaller
    model costs more to train and less to serve: from some number of tokens served it pays.
    """

    group: ClassVar[str] = "Plan"
    examples: ClassVar[tuple[str, ...]] = (
        "overtrain --params 8B --tokens 15T",
        "overtrain --params 8B --flops 1e23",
        "overtrain --params 30B --quality-of 70B:1.4T --inference-tokens 10T",
        "overtrain --model llama3-8b --gpus h100 --price 2.5/h",
    )

    params: Params | None = Field(None, description="The model size, e.g. 8B.")
    tokens: Tokens | None = Field(None, description="The tokens that it is trained on, e.g. 15T.")
    model: Annotated[str | None, Completes("model")] = Field(
        None, description="A published model, with its tokens unless a loss is to be reached, e.g. llama3-8b."
    )
    flops: Flops | None = Field(None, description="Reach the loss of the optimum of this compute, e.g. 1e23.")
    loss: float | None = Field(None, gt=0, allow_inf_nan=False, description="Reach this loss, e.g. 2.0.")
    quality_of: Annotated[SizedModel | None, Completes("model")] = Field(
        None, description="Reach the loss of this model, 70B:1.4T or llama2-70b."
    )
    inference_tokens: Tokens | None = Field(
        None, description="Tokens to serve, read and written: what the smaller model then saves."
    )
    gpus: Annotated[Cluster | None, Completes("accelerator")] = Field(
        None, description="The accelerator for GPU-hours and dollars, e.g. h100. [h100]"
    )
    mfu: Share | None = Field(None, description="Its MFU, e.g. 40%. [that of published runs]")
    price: Price | None = Field(None, description="Dollars per GPU-hour, e.g. 2.5/h. [the table's]")

    @model_validator(mode="after")
    def _one_model_and_one_goal(self) -> Self:
        if self.mfu is not None and not self.mfu:
            raise Problem("value", "--mfu: at 0% nothing is ever trained", "for example --mfu 40%")
        goals = ("tokens", "flops", "loss", "quality_of")
        given = [f"--{name.replace('_', '-')}" for name in goals if getattr(self, name) is not None]
        hint = "for example --params 8B --tokens 15T, or --params 8B --flops 1e23"
        if (self.params is None) == (self.model is None):
            told = "no size is given" if self.params is None else "--params and --model are two sizes"
            raise Problem("no-question" if self.params is None else "conflict", told, hint)
        if len(given) > 1:
            raise Problem("conflict", f"{' and '.join(given)} fix the loss twice", "give one of them")
        if not given and self.model is None:
            raise Problem("no-question", "--params alone is no question", f"add what it reaches: {hint}")
        return self


def overtrain(inputs: OvertrainInputs) -> OvertrainResult:
    """The model beside the optimum of its loss, by one law."""
    law = _only(inputs.laws())
    surface = surface_of(law)
    read = inputs.convention(law)
    params, told = size(inputs, read)
    found, reached = weighed(inputs, read, surface, params)
    flops = 6 * found.params * found.tokens
    device = _device(inputs)
    lost = _deadweight(found, device)
    optimum = _optimum(read, surface, found)
    assumptions = (*law_assumptions(law), *read.assumptions, *told, *reached)
    return OvertrainResult(
        params=read.params(found.params),
        tokens=Tokens(found.tokens),
        tokens_per_param=TokensPerParam(found.tokens / read.params(found.params)),
        flops=Flops(flops),
        loss=read.losses.printed(found.loss),
        loss_unit=read.losses.unit,
        law=law.name,
        verdict=verdict_of(found),
        compute_ratio=1 + found.overhead,
        pays_from=Tokens(found.pays_from) if 1 <= found.pays_from < LARGEST else None,
        optimum=optimum,
        deadweight=lost,
        same_budget=_same_budget(read, surface, found),
        served=_served(inputs, found),
        smaller=tuple(Size(**each) for each in sizes(surface, found, read.params)),
        assumptions=(*assumptions, *(device.assumptions if lost else ())),
        notes=(
            *law_notes(law, flops),
            *swapped_note(inputs.params, inputs.tokens),
            *_notes(inputs, found, optimum),
        ),
        sources=(law_source(law), *(device.sources if lost else ())),
    )


def _only(laws: tuple[PublishedLaw, ...]) -> PublishedLaw:
    if len(laws) > 1:
        raise Problem("several-laws", f"--law is given {len(laws)} laws", "a model is weighed by one law")
    return laws[0]


def _device(inputs: OvertrainInputs) -> "Pace":
    from scalecalc.commands._hardware import Terms, pace

    accelerator = inputs.gpus.accelerator if inputs.gpus else None
    return pace(Terms(accelerator=accelerator, mfu=inputs.mfu, price=inputs.price))


def _optimum(read: Convention, surface: Surface, found: "Overtrained") -> Optimum:
    from scalecalc.laws.overtrain import critical_ratio, smallest_ratio

    params, tokens = found.optimal_params, found.optimal_tokens
    return Optimum(
        params=read.params(params),
        tokens=Tokens(tokens),
        tokens_per_param=TokensPerParam(tokens / read.params(params)),
        flops=Flops(6 * params * tokens),
        critical_params=read.params(params * critical_ratio(surface)),
        smallest_params=read.params(params * smallest_ratio(surface)),
    )


def _deadweight(found: "Overtrained", device: "Pace") -> Deadweight | None:
    """What is lost in training; None where it is rounding."""
    from scalecalc.commands._hardware import estimate
    from scalecalc.compute.plan import Known
    from scalecalc.compute.runtime import solve

    share = found.overhead / (1 + found.overhead)
    if share < LEAST:
        return None
    plan = solve(Known(flops=found.extra_flops), device.throughput, device.price)
    return Deadweight(
        tokens=Tokens(found.extra_tokens) if found.extra_tokens >= 1 else None,
        flops=Flops(found.extra_flops),
        share=Share(share),
        accelerator=device.accelerator.id,
        gpu_hours=estimate(plan.gpu_hours, DeviceHours, device.mfu_method),
        usd=estimate(plan.usd, Dollars, device.price_method) if plan.usd else None,
    )


def _same_budget(read: Convention, surface: Surface, found: "Overtrained") -> SameBudget:
    params, tokens = surface.optimal(6 * found.params * found.tokens)
    here, best = (read.losses.printed(loss) for loss in (found.loss, surface.loss(params, tokens)))
    return SameBudget(
        params=read.params(params), tokens=Tokens(tokens), loss=best, extra_loss=max(0.0, here - best)
    )


def _served(inputs: OvertrainInputs, found: "Overtrained") -> Served | None:
    if inputs.inference_tokens is None:
        return None
    from scalecalc.laws.constraints import Demand

    demand = Demand(inputs.inference_tokens)
    model = demand.cost(found.params, found.tokens)
    optimum = demand.cost(found.optimal_params, found.optimal_tokens)
    return Served(
        inference_tokens=inputs.inference_tokens,
        lifetime_flops=Flops(model),
        optimum_flops=Flops(optimum),
        cost_ratio=model / optimum,
    )


def _notes(inputs: OvertrainInputs, found: "Overtrained", optimum: Optimum) -> tuple[Note, ...]:
    """What a reader should look at twice."""
    notes = []
    if inputs.model is not None and tables.model(inputs.model).kind == "moe":
        text = "a law of dense models, given the parameters that are active for a token"
        notes.append(Note(code="dense-law", message=text, level="warning"))
    if 1 + found.overhead > 2 and found.params < found.optimal_params:
        text = (
            f"below the critical size, {optimum.critical_params}, the same loss takes over twice the compute"
        )
        notes.append(Note(code="critical-size", message=text))
    return tuple(notes)
