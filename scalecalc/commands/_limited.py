"""`optimal` under limits: the best model within them, or the cheapest that is good enough."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scalecalc import tables
from scalecalc.commands._budget import Means
from scalecalc.commands._conditions import Case, cases
from scalecalc.commands._count import params_of
from scalecalc.commands._laws import is_comparable, law_assumptions, law_notes, law_source
from scalecalc.commands._limited_rows import Limited, Reference, Repeats
from scalecalc.commands._optimal_rows import (
    OptimalResult,
    Split,
    comparability,
    law_split,
    span_of,
    split_kind,
    split_row,
)
from scalecalc.commands._question import OF_REPETITION, Question
from scalecalc.commands._swapped import swapped_note
from scalecalc.laws import flops_for
from scalecalc.laws.audit import audit
from scalecalc.laws.constrained import doubling
from scalecalc.laws.constraints import Best
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Share, Tokens, significant
from scalecalc.result import Note, Stream

if TYPE_CHECKING:
    from scalecalc.commands.optimal import OptimalInputs

SAME = 1e-6
"""Relative difference of costs that is none to a reader."""

ROUNDING = 1e-12
"""Share of the compute below which what is wasted is rounding."""

MANY_EPOCHS = 40
"""Passes over the data beyond which a repeated token is worth next to nothing and the form says too much."""


def limited(inputs: "OptimalInputs") -> OptimalResult | Stream:
    """The best model within the limits by the chosen law, one for each budget."""
    question = Question.of(inputs)
    found = tuple(cases(inputs))
    leading = found[0]
    means = inputs.means() if inputs.has_budget else Means((), is_one=True)
    told = (*_assumptions(question, leading), *means.assumptions)
    sources = (
        law_source(leading.law),
        *_repetition_source(inputs),
        *question.economy.sources,
        *means.sources,
    )
    told, sources = tuple(dict.fromkeys(told)), tuple(dict.fromkeys(sources))
    if means.is_one:
        update = {"assumptions": told, "sources": sources, "spending": means.spending}
        return _result(question, found, next(iter(means.flops), None)).model_copy(update=update)
    return Stream(
        row=split_kind(sum(case.is_asked for case in found)),
        varies="flops",
        rows=(_split(question, case, flops) for flops in means.flops for case in found if case.is_asked),
        assumptions=told,
        notes=(*leading.notes, *question.economy.notes, *law_notes(leading.law)),
        sources=sources,
    )


def _result(question: Question, found: tuple[Case, ...], flops: float | None) -> OptimalResult:
    """The leading law's answer, and what the others make of the same limits."""
    case, *beside = found
    best = question.best(case, flops)
    split = _row(case, best)
    others = dict(_beside(question, case, beside, flops))
    answered = [(each, others[each.law.name]) for each in beside if each.law.name in others]
    compared = tuple(
        law_split(each.read, (answer.params, answer.tokens), answer.loss, answer.training_flops)
        for each, answer in answered
    )
    strange = [each.law.name for each in beside if not is_comparable(case.law, each.law)]
    return OptimalResult(
        **dict(split),
        splits=(split, *(_row(each, answer) for each, answer in answered if each.is_asked)),
        limited=_limited(question, case, best, flops),
        params_over_laws=span_of(split.params, compared),
        other_laws=compared,
        notes=(
            *case.notes,
            *_target_notes(question.inputs),
            *question.economy.notes,
            *law_notes(case.law, best.training_flops),
            *comparability([name for name in strange if name in others]),
            *_many_epochs(best),
        ),
    )


def _beside(
    question: Question, leading: Case, beside: list[Case], flops: float | None
) -> Iterator[tuple[str, Best]]:
    """The answers of other laws, without those to whom the loss means another thing or is out of reach."""
    for case in beside:
        if question.inputs.loss is not None and not is_comparable(leading.law, case.law):
            continue
        try:
            yield case.law.name, question.best(case, flops)
        except Problem:
            continue


def _split(question: Question, case: Case, flops: float) -> Split:
    """One of several budgets; the row tells the budget, which is more than training where it also serves."""
    row = _row(case, question.best(case, flops))
    return row.model_copy(update={"flops": Flops(flops)})


def _row(case: Case, best: Best) -> Split:
    flops = best.training_flops * case.cost_per_flop
    found = audit(case.surface, best.params, best.tokens)
    row = split_row(case.read, flops, (best.params, best.tokens), best.loss, found)
    wasted = 1 - flops_for(case.surface, best.loss) / best.training_flops
    return row.model_copy(update={"wasted": Share(min(wasted, 1.0) if wasted > ROUNDING else 0.0)})


def _limited(question: Question, case: Case, best: Best, flops: float | None) -> Limited:
    goal = {"loss": "quality_of"} if question.inputs.quality_of else {}
    return Limited(
        binding=tuple(goal.get(name, name) for name in best.binding),
        reference=_reference(question, case, best),
        life=question.economy.life(best, case.cost_per_flop),
        repeats=_repeats(question, case, best, flops),
        mixture=case.mixture(question.inputs, best.params),
        precision=case.low_precision(best.params),
    )


def _reference(question: Question, case: Case, best: Best) -> Reference | None:
    """The model to equal at its own cost, or the one that takes the least training for the loss reached."""
    demand, given = question.economy.demand, question.model(case)
    params, tokens = given or case.plain.optimal(flops_for(case.plain, best.loss))
    ratio = best.cost * case.cost_per_flop / demand.cost(params, tokens)
    if not given and abs(ratio - 1) < SAME:
        return None
    return Reference(
        what="as given" if given else case.optimum,
        params=case.plain_params(params),
        tokens=Tokens(tokens),
        loss=case.read.loss(case.plain.loss(params, tokens)) or 0.0,
        flops=Flops(6 * params * tokens),
        cost_ratio=ratio,
    )


def _repeats(question: Question, case: Case, best: Best, flops: float | None) -> Repeats | None:
    """The price of repetition, and whether data or compute is the scarcer."""
    limits, repetition, epochs = best.limits, question.repetition, best.epochs
    if repetition is None or limits.supply is None or epochs is None:
        return None
    found = Repeats(
        unique_tokens=Tokens(limits.supply.unique_tokens),
        epochs=epochs,
        effective_tokens=Tokens(best.effective_tokens),
        effective_params=case.read.params(best.effective_params),
        worth_of_next_token=Share(repetition.worth_of_next_token(epochs)),
        loss_if_unique=case.read.loss(case.surface.loss(best.params, best.tokens)) or 0.0,
        flops_if_unique=Flops(flops_for(case.surface, best.loss) * case.cost_per_flop),
    )
    if flops is None or limits.loss is not None or question.inputs.fixes_a_side:
        return found
    twice = doubling(case.surface, limits)
    here = case.read.losses.printed(best.loss)
    by_flops, by_data = (
        here - case.read.losses.printed(best.loss - gain) for gain in (twice.budget, twice.unique_tokens)
    )
    worth_more = "data" if by_data > by_flops else "compute"
    gains = {"gain_of_twice_flops": by_flops, "gain_of_twice_data": by_data, "worth_more": worth_more}
    return found.model_copy(update=gains)


def _repetition_source(inputs: "OptimalInputs") -> tuple[str, ...]:
    return () if inputs.unique_tokens is None else (law_source(tables.further_laws()[OF_REPETITION]),)


def _assumptions(question: Question, case: Case) -> tuple[str, ...]:
    told = [
        *law_assumptions(case.law),
        *case.read.assumptions,
        *case.assumptions,
        *question.economy.assumptions,
    ]
    if question.repetition is not None:
        constants = (
            f"R_D = {significant(question.repetition.R_D)}, R_N = {significant(question.repetition.R_N)}"
        )
        told.append(f"repeated tokens are worth what Muennighoff et al. 2023 found on C4: {constants}")
    given = question.inputs.quality_of
    if given and given.name:
        told.append(params_of(tables.model(given.name), case.law.counts)[1])
    return tuple(told)


def _target_notes(inputs: "OptimalInputs") -> tuple[Note, ...]:
    given = inputs.quality_of
    return swapped_note(given.params, given.tokens) if given else ()


def _many_epochs(best: Best) -> tuple[Note, ...]:
    if best.epochs is None or best.epochs <= MANY_EPOCHS:
        return ()
    text = f"{significant(best.epochs)} epochs: the law cannot show the loss that rises with so many"
    return (Note(code="many-epochs", message=text, level="warning"),)
