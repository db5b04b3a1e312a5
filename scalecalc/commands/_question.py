"""A question put to `optimal` under limits, as each law counts and measures it, and its answer."""

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from scalecalc import tables
from scalecalc.commands._conditions import Case
from scalecalc.commands._count import params_of
from scalecalc.commands._demand import Economy, economy
from scalecalc.commands._infeasible import no_answer
from scalecalc.commands._optimal_rows import tiny
from scalecalc.laws.constrained import best_within
from scalecalc.laws.constraints import Best, Infeasible, Limits, Supply
from scalecalc.laws.repetition import Repeated, RepeatedSurface, Repetition
from scalecalc.problem import ExitCode, Problem

if TYPE_CHECKING:
    from scalecalc.commands.optimal import OptimalInputs

LARGEST = 1e200
"""FLOPs beyond which sums of them no longer fit floats."""

OF_REPETITION = "muennighoff2023-repeated"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, with what holds for every law and budget."""

    inputs: "OptimalInputs"
    economy: Economy
    repetition: Repetition | None

    @classmethod
    def of(cls, inputs: "OptimalInputs") -> "Question":
        """The question that the inputs ask."""
        return cls(inputs, economy(inputs), _repetition(inputs))

    def limits(self, case: Case, flops: float | None) -> Limits:
        """The limits as the law counts and measures."""
        inputs = self.inputs
        supply = (
            Supply(inputs.unique_tokens, self.repetition)
            if inputs.unique_tokens and self.repetition
            else None
        )
        return Limits(
            budget=inf if flops is None else flops / case.cost_per_flop,
            loss=self.goal(case),
            max_params=inf if inputs.max_params is None else case.read.counting.to_law(inputs.max_params),
            max_tokens=inputs.max_tokens or inf,
            supply=supply,
            demand=self.economy.demand,
        )

    def goal(self, case: Case) -> float | None:
        """The loss to reach, in the law's own unit."""
        if self.inputs.loss is not None:
            return case.read.losses.to_law(self.inputs.loss)
        model = self.model(case)
        return None if model is None else case.plain.loss(*model)

    def model(self, case: Case) -> tuple[float, float] | None:
        """Parameters, as the law counts them, and tokens of the model to equal."""
        given = self.inputs.quality_of
        if given is None:
            return None
        if given.params and given.tokens:
            return case.plain_to_law(given.params), given.tokens
        model = tables.model(given.name or "")
        if model.tokens is None:
            raise Problem("no-tokens", f"the tokens of {model.id} are undisclosed", "write it as 7B:2T")
        return params_of(model, case.law.counts)[0], model.tokens

    def best(self, case: Case, flops: float | None) -> Best:
        """The answer by one law, or the split that was fixed; a Problem where there is none."""
        try:
            limits = self.limits(case, flops)
            found = (
                _fixed(self, case, limits) if self.inputs.fixes_a_side else best_within(case.surface, limits)
            )
        except Infeasible as problem:
            raise no_answer(self.inputs, case, problem) from None
        except ValueError:
            raise _beyond_floats() from None
        if max(found.cost, found.training_flops, found.inference_flops) >= LARGEST:
            raise _beyond_floats()
        if min(found.params, found.tokens) < 1:
            raise tiny(found.cost if flops is None else flops, case.law)
        return found


def _beyond_floats() -> Problem:
    text = "the answer is beyond what floats can hold"
    return Problem("beyond-numbers", text, "ask about a run that could be", ExitCode.NO_ANSWER)


def _fixed(question: Question, case: Case, limits: Limits) -> Best:
    """The split that was given, with what its tokens and parameters are worth."""
    params, tokens = question.inputs.fixed_split(limits.budget, case.read.counting)
    effective = params, tokens
    if limits.supply is not None:
        supply = limits.supply
        effective = RepeatedSurface(case.surface, supply.repetition, supply.unique_tokens).effective(
            params, tokens
        )
    short = ("unique_tokens",) if effective != (params, tokens) else ()
    loss = case.surface.loss(*effective)
    cost = limits.demand.cost(params, tokens)
    return Best(params, tokens, loss, cost, *effective, limits, ("budget", *short))


def _repetition(inputs: "OptimalInputs") -> Repetition | None:
    if inputs.unique_tokens is None:
        return None
    law = tables.further_laws()[OF_REPETITION].law
    assert isinstance(law, Repeated)  # noqa: S101 - narrows the type
    return law.repetition
