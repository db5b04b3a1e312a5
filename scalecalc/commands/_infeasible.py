"""No model keeps to the limits: which of them binds, and the nearest that would do."""

from math import floor, log10
from typing import TYPE_CHECKING

from scalecalc.commands._conditions import Case
from scalecalc.laws.constraints import Infeasible
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Flops, Params, Tokens, significant

if TYPE_CHECKING:
    from scalecalc.commands.optimal import OptimalInputs

LARGEST = 1e100
"""A limit moved beyond this is no advice."""


def no_answer(inputs: "OptimalInputs", case: Case, found: Infeasible) -> Problem:
    """The problem with its binding limit and the moves that would do, each the others kept."""
    goal = f"the quality of {inputs.quality_of}" if inputs.quality_of else f"loss {inputs.loss:g}"
    if found.binding == ("loss",):
        reason = "no model of any size is that good"
    else:
        binding = " and ".join(_told(inputs, name) for name in found.binding)
        reason = f"{binding} {'is' if len(found.binding) == 1 else 'are together'} too little"
    moves = [_move(case, name, value) for name, value in found.relaxations.items() if value < LARGEST]
    return Problem(
        "infeasible",
        f"{goal} is out of reach by {case.law.name}: {reason}",
        f"what would do: {', or '.join(moves)}",
        ExitCode.NO_ANSWER,
    )


def _told(inputs: "OptimalInputs", name: str) -> str:
    if name == "budget":
        return "the budget"
    return f"--{name.replace('_', '-')} {getattr(inputs, name)}"


def _move(case: Case, name: str, value: float) -> str:
    """The option with a value that does, rounded up so that it still does as it is printed."""
    if name == "loss":
        return f"--loss {significant(above(case.read.losses.printed(value), 4), 4)}"
    if name == "budget":
        return f"--flops {Flops(above(value * case.cost_per_flop))}"
    printed = case.read.params(value) if name == "max_params" else value
    kind = Params if name == "max_params" else Tokens
    return f"--{name.replace('_', '-')} {kind(above(max(printed, 1.0)))}"


def above(value: float, digits: int = 3) -> float:
    """The next number of so many digits above a value."""
    unit = 10.0 ** (floor(log10(value)) + 1 - digits)
    return (floor(value / unit) + 1) * unit
