"""The model that `overtrain` weighs, and the optimum of its loss."""

from typing import TYPE_CHECKING

from scalecalc import tables
from scalecalc.commands._conventions import Convention
from scalecalc.commands._count import params_of
from scalecalc.commands._infeasible import above
from scalecalc.laws import Surface, flops_for
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Params, significant

if TYPE_CHECKING:
    from scalecalc.commands.overtrain import OvertrainInputs
    from scalecalc.compute.model import PublishedModel
    from scalecalc.laws.overtrain import Overtrained

LARGEST = 1e100
"""Compute or tokens from which none is meant."""


def size(inputs: "OvertrainInputs", read: Convention) -> tuple[float, tuple[str, ...]]:
    """N as the law counts it, and how it is known."""
    if inputs.params is not None:
        return read.counting.to_law(inputs.params), ()
    params, told = params_of(tables.model(inputs.model or ""), read.law.counts)
    return params, (told,)


def weighed(
    inputs: "OvertrainInputs", read: Convention, surface: Surface, params: float
) -> tuple["Overtrained", tuple[str, ...]]:
    """The model and the optimum of its loss; a Problem where no data takes it there."""
    from scalecalc.laws.overtrain import Overtrained, smallest_ratio
    from scalecalc.laws.overtrain import overtrain as train_to

    loss, told = _goal(inputs, read, surface, params)
    tokens = _tokens(inputs)
    flops = inputs.flops or flops_for(surface, loss)
    if not flops < LARGEST:
        wanted, floor = (read.losses.printed(each) for each in (loss, surface.loss_of(0.0)))
        raise Problem(
            "infeasible",
            f"loss {significant(wanted, 4)} is out of reach by {read.law.name}: no model is that good",
            f"what would do: --loss {significant(above(floor, 4), 4)}",
            ExitCode.NO_ANSWER,
        )
    if not flops >= 1 or 6 * params * (tokens or 1) >= LARGEST:
        raise Problem(
            "beyond-numbers",
            "the compute of this model, or of the optimum of its loss, is beyond what makes sense",
            "ask about a run that could be",
            ExitCode.NO_ANSWER,
        )
    if tokens is not None:
        return Overtrained(params, tokens, *surface.optimal(flops), loss), told
    found = train_to(surface, flops, params)
    if found.tokens < LARGEST:
        return found, told
    least = above(read.params(found.optimal_params * smallest_ratio(surface)))
    reached = surface.loss_of(surface.terms.A * params**-surface.terms.alpha)
    nearest = significant(above(read.losses.printed(reached), 4), 4)
    loss_told = significant(read.losses.printed(found.loss), 4)
    raise Problem(
        "infeasible",
        f"{read.params(params)} parameters reach loss {loss_told} by {read.law.name} on no number of tokens",
        f"what would do: --params {Params(least)}, or --loss {nearest}",
        ExitCode.NO_ANSWER,
    )


def _goal(
    inputs: "OvertrainInputs", read: Convention, surface: Surface, params: float
) -> tuple[float, tuple[str, ...]]:
    """The loss to reach, in the law's own unit, and how its model is counted."""
    if inputs.flops is not None:
        return surface.loss(*surface.optimal(inputs.flops)), ()
    if inputs.loss is not None:
        return read.losses.to_law(inputs.loss), ()
    given = inputs.quality_of
    if given is None:
        return surface.loss(params, _tokens(inputs) or 1.0), ()
    if given.params and given.tokens:
        return surface.loss(read.counting.to_law(given.params), given.tokens), ()
    model = tables.model(given.name or "")
    like, told = params_of(model, read.law.counts)
    return surface.loss(like, _disclosed(model)), (told,)


def _tokens(inputs: "OvertrainInputs") -> float | None:
    """The tokens of the model where they are given; None where they follow from a loss to reach."""
    if any((inputs.tokens, inputs.flops, inputs.loss, inputs.quality_of)):
        return inputs.tokens
    return _disclosed(tables.model(inputs.model or ""))


def _disclosed(model: "PublishedModel") -> float:
    if model.tokens is None:
        raise Problem("no-tokens", f"the tokens of {model.id} are undisclosed", "give --tokens, or 7B:2T")
    return model.tokens
