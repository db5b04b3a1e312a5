"""Smaller models on more tokens: what they cost beside the optimum of their loss, and when that pays."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.commands._conventions import Convention, ConventionChoice
from scalecalc.commands._count import params_of
from scalecalc.commands._infeasible import above
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
from scalecalc.laws import PublishedLaw, Surface, flops_for
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import (
    Cluster,
    Dollars,
    Flops,
    Params,
    Price,
    Share,
    Tokens,
    TokensPerParam,
    significant,
)
from scalecalc.result import Completes, Note

if TYPE_CHECKING:
    from scalecalc.commands._hardware import Pace
    from scalecalc.laws.overtrain import Overtrained

LARGEST = 1e100
"""Compute or tokens from which none is meant."""

LEAST = 1e-9
"""Share of the compute below which what is lost is rounding."""


class OvertrainInputs(ConventionChoice, LawChoice):
    """Weigh a model against the compute-optimal one of the same loss: extra tokens, compute, GPU-hours, dollars.

    Give a size and its tokens, or a published model, to see what it gave away; or a size and a loss to reach
    (--loss, that of the optimum of --flops, or that of --quality-of) to see the tokens it takes. A smaller
    model costs more to train and less to serve: from some number of tokens served it pays.
    """

    group: ClassVar[str] = "Plan"
    examples: ClassVar[tuple[str, ...]] = (
        "overtrain --params 8B --tokens 15T",
        "overtrain --params 8B --flops 1e23",
        "overtrain --params 13B --quality-of 70B:1.4T --inference-tokens 10T",
        "overtrain --model llama3-8b --gpus h100 --price 2.5/h",
    )

    params: Params | None = Field(None, description="The model size, e.g. 8B.")
    tokens: Tokens | None = Field(None, description="The tokens that it is trained on, e.g. 15T.")
    model: Annotated[str | None, Completes("model")] = Field(
        None, description="A published model with its tokens, e.g. llama3-8b; with a loss to reach, its size."
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
    law, surface = _surface(inputs)
    read = inputs.convention(law)
    params, told = _size(inputs, read)
    found, reached = _found(inputs, read, surface, params)
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
        notes=(*law_notes(law, flops), *_notes(inputs, found, optimum)),
        sources=(law_source(law), *(device.sources if lost else ())),
    )


def _device(inputs: OvertrainInputs) -> "Pace":
    from scalecalc.commands._hardware import Terms, pace

    accelerator = inputs.gpus.accelerator if inputs.gpus else None
    return pace(Terms(accelerator=accelerator, mfu=inputs.mfu, price=inputs.price))


def _surface(inputs: OvertrainInputs) -> tuple[PublishedLaw, Surface]:
    laws = inputs.laws()
    if len(laws) > 1:
        raise Problem("several-laws", f"--law is given {len(laws)} laws", "a model is weighed by one law")
    (law,) = laws
    if not isinstance(law.law, Surface):
        surfaces = [
            each.name for each in tables.laws().values() if each.allocates and isinstance(each.law, Surface)
        ]
        raise Problem(
            "no-surface",
            f"{law.name} predicts no loss for a model of any size",
            f"laws that do: {', '.join(surfaces)}",
        )
    return law, law.law


def _size(inputs: OvertrainInputs, read: Convention) -> tuple[float, tuple[str, ...]]:
    """N as the law counts it, and how it is known."""
    if inputs.params is not None:
        return read.counting.to_law(inputs.params), ()
    params, told = params_of(tables.model(inputs.model or ""), read.law.counts)
    return params, (told,)


def _found(
    inputs: OvertrainInputs, read: Convention, surface: Surface, params: float
) -> tuple["Overtrained", tuple[str, ...]]:
    """The model and the optimum of its loss; a Problem where no data takes it there."""
    from scalecalc.laws.overtrain import overtrain as train_to

    loss, told = _goal(inputs, read, surface, params)
    flops = inputs.flops or flops_for(surface, loss)
    if not flops < LARGEST:
        wanted, floor = (read.losses.printed(each) for each in (loss, surface.loss_of(0.0)))
        raise Problem(
            "infeasible",
            f"loss {significant(wanted, 4)} is out of reach by {read.law.name}: no model of any size is that good",
            f"what would do: --loss {significant(above(floor, 4), 4)}",
            ExitCode.NO_ANSWER,
        )
    found = train_to(surface, flops, params)
    if found.tokens < LARGEST:
        return found, told
    from scalecalc.laws.overtrain import smallest_ratio

    least = above(read.params(found.optimal_params * smallest_ratio(surface)))
    reached = surface.loss_of(surface.terms.A * params**-surface.terms.alpha)
    wanted = significant(read.losses.printed(found.loss), 4)
    raise Problem(
        "infeasible",
        f"{read.params(params)} parameters reach loss {wanted} by {read.law.name} on no number of tokens",
        f"what would do: --params {Params(least)}, or --loss {significant(above(read.losses.printed(reached), 4), 4)}",
        ExitCode.NO_ANSWER,
    )


def _goal(
    inputs: OvertrainInputs, read: Convention, surface: Surface, params: float
) -> tuple[float, tuple[str, ...]]:
    """The loss to reach, in the law's own unit, and how its model is counted."""
    if inputs.flops is not None:
        return surface.loss(*surface.optimal(inputs.flops)), ()
    if inputs.loss is not None:
        return read.losses.to_law(inputs.loss), ()
    if inputs.tokens is not None:
        return surface.loss(params, inputs.tokens), ()
    given = inputs.quality_of
    if given is not None and given.params and given.tokens:
        return surface.loss(read.counting.to_law(given.params), given.tokens), ()
    model = tables.model((given.name if given else inputs.model) or "")
    if model.tokens is None:
        raise Problem("no-tokens", f"the tokens of {model.id} are undisclosed", "give --tokens, or 7B:2T")
    like, told = params_of(model, read.law.counts)
    return surface.loss(like, model.tokens), (told,) if given else ()


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
        gpu_hours=estimate(plan.gpu_hours, float, device.mfu_method),
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
