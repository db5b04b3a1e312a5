"""Accuracy by a law that is published, or saved: without runs, so without intervals."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scalecalc import tables
from scalecalc.commands._accuracy_rows import AccuracyForecast
from scalecalc.commands._count import Count, Counting
from scalecalc.commands._laws import law_assumptions, law_notes, law_source
from scalecalc.laws import PublishedLaw, Surface
from scalecalc.laws.downstream import ErrorLaw, Sigmoid, TwoStep
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Flops, Params, Share, Tokens, significant
from scalecalc.result import Estimate, Note

NEAR = 1.05
"""Times beyond a fitted range up to which a size is that of its end, rounded."""


class AskedModel(NamedTuple):
    """A model to forecast for, its size counted as asked."""

    params: Params
    tokens: Tokens
    counted: Count | None = None


class ByLaw(NamedTuple):
    """What a law says, with what belongs beside it."""

    law: PublishedLaw
    forecasts: tuple[AccuracyForecast, ...]
    assumptions: tuple[str, ...]
    notes: tuple[Note, ...]
    sources: tuple[str, ...]


def by_law(name: str, losses: Sequence[float], budgets: Sequence[Flops], model: AskedModel | None) -> ByLaw:
    """Accuracy at losses, at compute, and at a model on its tokens."""
    law = tables.law(name)
    rule = law.law
    if not isinstance(rule, ErrorLaw | Sigmoid | TwoStep):
        known = ", ".join(each.name for each in tables.further_laws().values() if each.family == "downstream")
        raise Problem("wrong-law", f"{law.name} predicts no accuracy: {rule.formula}", f"take one of {known}")
    surface = _surface(law) if model else None
    counting = Counting.of(surface, model.counted) if model and surface else None
    found = [_at_compute(law, flops) for flops in budgets]
    if model and surface and counting:
        found.append(_at_model(law, surface, model, counting.to_law(model.params)))
    found += [_row(law, _at_loss(rule, loss), loss) for loss in losses]
    told = (law, surface) if surface else (law,)
    return ByLaw(
        law,
        tuple(found),
        (*law_assumptions(law), *(counting.assumptions if counting else ())),
        (*law_notes(law), *_notes(law, model, counting)),
        tuple(map(law_source, told)),
    )


def _surface(law: PublishedLaw) -> PublishedLaw:
    """The loss surface of the same paper and corpus."""
    for other in tables.laws().values():
        same = law.arxiv and (other.arxiv, other.corpus) == (law.arxiv, law.corpus)
        if same and isinstance(other.law, Surface):
            return other
    raise Problem("no-surface", f"{law.name} knows no loss of a model", "ask for a loss: --loss 2.5")


def _at_loss(rule: ErrorLaw | Sigmoid | TwoStep, loss: float) -> float:
    if isinstance(rule, ErrorLaw):
        return 1 - rule.error(loss)
    return (rule.sigmoid if isinstance(rule, TwoStep) else rule).accuracy(loss)


def _at_compute(law: PublishedLaw, flops: Flops) -> AccuracyForecast:
    if not isinstance(law.law, TwoStep):
        hint = "ask for --loss, or for --params with --tokens"
        raise Problem("wrong-law", f"{law.name} knows no loss of a compute: {law.law.formula}", hint)
    loss = law.law.nll(float(flops))
    if loss <= 0:
        text = f"{law.name} gives a loss of {significant(loss)} at {flops} FLOPs"
        raise Problem("impossible-loss", text, "ask for less compute", ExitCode.NO_ANSWER)
    return _row(law, law.law.accuracy(float(flops)), loss).model_copy(update={"flops": flops})


def _at_model(law: PublishedLaw, surface: PublishedLaw, model: AskedModel, params: float) -> AccuracyForecast:
    assert isinstance(surface.law, Surface)  # noqa: S101 - chosen to be one
    assert isinstance(law.law, ErrorLaw | Sigmoid | TwoStep)  # noqa: S101 - narrows the type
    loss = float(surface.law.loss(params, float(model.tokens)))
    row = _row(law, _at_loss(law.law, loss), loss)
    return row.model_copy(update={"params": model.params, "tokens": model.tokens})


def _row(law: PublishedLaw, accuracy: float, loss: float) -> AccuracyForecast:
    if not 0 <= accuracy <= 1:
        raise _impossible(law, accuracy, loss)
    return AccuracyForecast(
        flops=None,
        params=None,
        tokens=None,
        loss=Estimate(value=loss),
        accuracy=Estimate(value=Share(accuracy), method=law.name),
        accuracy_of_new_run=None,
        beyond_range=None,
    )


def _notes(law: PublishedLaw, model: AskedModel | None, counting: Counting | None) -> Iterator[Note]:
    """What the authors warn of, and where the model leaves what they fitted."""
    yield from (Note(code="caveat", message=caveat) for caveat in law.caveats)
    if model is None or counting is None:
        return
    params, tokens = counting.to_law(model.params), float(model.tokens)
    sides = (
        ("model size", law.ranges.params, params),
        ("tokens per parameter", law.ranges.tokens_per_param, tokens / params),
    )
    for name, fitted, value in sides:
        if fitted.excess(value) > NEAR:
            times = significant(fitted.excess(value), 2)
            text = f"the {name} lies {times} times outside what {law.name} was fitted on"
            yield Note(code="extrapolation", message=text, level="warning")


def _impossible(law: PublishedLaw, accuracy: float, loss: float) -> Problem:
    return Problem(
        "impossible-accuracy",
        f"{law.name} gives an accuracy of {significant(accuracy)} at a loss of {significant(loss, 4)}",
        "that loss is outside what the law is of",
        ExitCode.NO_ANSWER,
    )
