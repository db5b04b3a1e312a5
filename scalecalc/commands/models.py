"""Published models, each held against a scaling law: whether its compute was well spent."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from scalecalc import tables
from scalecalc.commands._forecast import Forecast, forecast_by_file
from scalecalc.commands._laws import (
    COUNTED,
    FAR,
    LawChoice,
    allocator,
    law_assumptions,
    law_notes,
    law_source,
)
from scalecalc.commands._lists import SOURCES, Shelf
from scalecalc.commands._model_entry import ModelDetail, ModelRow, mfu_assumptions, model_detail
from scalecalc.compute.model import PublishedModel
from scalecalc.compute.plausibility import judge
from scalecalc.laws import PublishedLaw
from scalecalc.laws.audit import OPTIMAL_FACTOR, OPTIMAL_WITHIN, Audit, audit
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Share, Tokens, TokensPerParam, significant
from scalecalc.result import Completes, Inputs, Note, Positional, Result

if TYPE_CHECKING:
    from scalecalc.fitting import Fit

MARKS = {
    "moe": "N is the active parameters of a mixture of experts, held against a law for dense models",
    "encdec": "N is the half of an encoder-decoder that a token passes, held against a law for decoders",
    "epochs": "the text was repeated; the law takes every token for new",
    "distilled": "trained on the outputs of a larger model, whose compute is not in 6ND",
    "memory": "the figures are from memory, not checked against their source",
}
"""What stands in a model's notes, and why its verdict is to be read with it."""

AUDITED = {"params", "active_params", "tokens"}
"""The figures that a verdict rests on."""


class ModelsInputs(LawChoice, Inputs):
    """Hold published models against a scaling law, or tell all about one.

    Each is told its tokens per parameter, whether it is model-heavy, compute-optimal or data-heavy, the share
    of its compute that the law's optimum would save at the same loss, and that optimum on its own compute.
    """

    group: ClassVar[str] = "Look up"
    examples: ClassVar[tuple[str, ...]] = (
        "models",
        "models llama3-8b",
        "models --sort wasted --law hoffmann2022-a3",
        "models --family gpt-3 --format csv",
    )

    name: Annotated[str | None, Positional(), Completes("model")] = Field(
        None, description="A model, e.g. gpt3-175b, or a family, e.g. 'llama 3'. [all]"
    )
    law: Annotated[list[str], Completes("law")] = Field(
        [tables.DEFAULT_LAW], description="The law to hold them against, or a law.json of your own."
    )
    family: str | None = Field(None, description="List one family, e.g. gpt-3.")
    sort: Literal["wasted", "tokens-per-param", "year"] | None = Field(
        None, description="Order of the list: wasted or tokens-per-param, largest first, or year. [by family]"
    )


class ModelsResult(Result):
    """How well published models spent their compute, by one law."""

    told: ClassVar[frozenset[str]] = frozenset({"law"})

    law: str
    models: tuple[ModelRow, ...] = Field(
        title="as trained (N, D) and the optimum of the same compute (N*, D*)"
    )
    detail: ModelDetail | None = Field(
        title="as published", description="More about the one asked for; null in a list."
    )
    fitted: Forecast | None = Field(
        None,
        title="the optimum of its compute by the fit, with intervals",
        description="For one model and a law.json with a fit behind it; null otherwise.",
    )

    def headline(self) -> str:
        """How the verdicts fall."""
        verdicts = [row.verdict for row in self.models if row.verdict]
        kinds = ("model-heavy", "compute-optimal", "data-heavy")
        counts = ", ".join(f"{verdicts.count(kind)} {kind}" for kind in kinds)
        return f"{len(self.models)} models by {self.law}: {counts}"

    def records(self) -> tuple[ModelRow, ...]:
        """One record for each model."""
        return self.models


class OneModel(ModelsResult):
    """One model: the same keys, but a reader sees its detail alone."""

    told: ClassVar[frozenset[str]] = frozenset({"law", "models"})

    def headline(self) -> str:
        """The verdict on it."""
        (row,) = self.models
        if row.tokens is None:
            return f"{row.name}: its training tokens are undisclosed, so there is no verdict"
        active = "" if row.params == row.active_params else " active"
        ratio = f"{row.tokens_per_param} tokens per{active} parameter"
        split = f"{row.name}: {row.active_params}{active} parameters on {row.tokens} tokens ({ratio})"
        waste = "" if row.wasted is None else f", {row.wasted} of its compute wasted"
        return f"{split}: {row.verdict}{waste}, by {self.law}"


def models(inputs: ModelsInputs) -> ModelsResult:
    """The model of that name, or those of a family, or all, held against the law."""
    law = _only(inputs.laws())
    shelf = Shelf(tables.models(), tables.model, lambda model: (model.family,))
    one = shelf.one(inputs.name, inputs.family)
    if one is not None:
        return _one(one, law, inputs.fit())
    rows = [_row(model, law) for model in shelf.family(inputs.family or inputs.name)]
    return ModelsResult(
        law=law.name,
        models=tuple(_ordered(rows, inputs.sort)),
        detail=None,
        assumptions=_assumptions(law),
        notes=(*law_notes(law), *_far_off(law, rows), *_notes(law, rows), *_undisclosed(rows)),
        sources=(law_source(law), f"models: {SOURCES.format('models')}"),
    )


def _only(laws: tuple[PublishedLaw, ...]) -> PublishedLaw:
    if len(laws) > 1:
        raise Problem("several-laws", f"--law is given {len(laws)} laws", "models are held against one law")
    return laws[0]


def _one(model: PublishedModel, law: PublishedLaw, fit: "Fit | None") -> ModelsResult:
    row = _row(model, law)
    detail = model_detail(model, _audit(model, law))
    fitted = forecast_by_file(fit, model.flops) if model.flops else None
    mfu = detail.training.mfu if detail.training else None
    doubt = judge(mfu).note if mfu else None
    return OneModel(
        law=law.name,
        models=(row,),
        detail=detail,
        fitted=fitted,
        assumptions=(*_assumptions(law), *mfu_assumptions(model)),
        notes=(
            *law_notes(law, model.flops),
            *_notes(law, [row]),
            *((Note(code="implied-mfu", message=doubt),) if doubt else ()),
        ),
        sources=(law_source(law), f"{model.id}: {model.source}"),
    )


def _audit(model: PublishedModel, law: PublishedLaw) -> Audit | None:
    """The audit of the parameters that work on a token; None where the tokens are undisclosed."""
    return audit(allocator(law), model.compute_params, model.tokens) if model.tokens else None


def _row(model: PublishedModel, law: PublishedLaw) -> ModelRow:
    found = _audit(model, law)
    return ModelRow(
        id=model.id,
        name=model.name,
        family=model.family,
        year=model.year,
        kind=model.kind,
        tokens_per_param=TokensPerParam(model.tokens_per_param) if model.tokens_per_param else None,
        verdict=found.verdict if found else None,
        wasted=Share(found.wasted) if found and found.wasted is not None else None,
        params=Params(model.params),
        active_params=Params(model.compute_params),
        tokens=Tokens(model.tokens) if model.tokens else None,
        optimal_params=Params(found.best_params) if found else None,
        optimal_tokens=Tokens(found.best_tokens) if found else None,
        flops=Flops(model.flops) if model.flops else None,
        loss=found.loss if found else None,
        marks=tuple(_marks(model, law)),
        source=model.source,
    )


def _marks(model: PublishedModel, law: PublishedLaw) -> Iterable[str]:
    if model.kind != "dense" and law.counts != "active":
        yield model.kind
    if model.multi_epoch:
        yield "epochs"
    if model.distilled:
        yield "distilled"
    if model.verification == "memory" or AUDITED & set(model.unverified):
        yield "memory"


def _ordered(rows: list[ModelRow], by: str | None) -> list[ModelRow]:
    """The rows in the order asked for; those without a figure last."""
    match by:
        case "wasted":
            return sorted(rows, key=lambda row: -1.0 if row.wasted is None else row.wasted, reverse=True)
        case "tokens-per-param":
            return sorted(rows, key=lambda row: row.tokens_per_param or 0.0, reverse=True)
        case "year":
            return sorted(rows, key=lambda row: row.year)
    return rows


def _assumptions(law: PublishedLaw) -> tuple[str, ...]:
    limit = f"wastes at most {OPTIMAL_WITHIN:.0%} of its compute"
    if allocator(law).optimal_loss(1e21) is None:
        limit = f"is within a factor of {OPTIMAL_FACTOR} of the optimal size"
    return (*law_assumptions(law), f"compute is 6ND; a compute-optimal model {limit}")


def _notes(law: PublishedLaw, rows: list[ModelRow]) -> Iterable[Note]:
    """What the marks that stand there mean, and where the law means another N."""
    there = {mark for row in rows for mark in row.marks}
    yield from (Note(code=mark, message=f"{mark}: {text}") for mark, text in MARKS.items() if mark in there)
    if law.counts not in ("total", "active"):
        text = (
            f"N of {law.name} counts {COUNTED[law.counts]}; the models are held against it with all of theirs"
        )
        yield Note(code="counts", message=text)


def _undisclosed(rows: list[ModelRow]) -> Iterable[Note]:
    """The models without a verdict."""
    names = [row.id for row in rows if row.tokens is None]
    if names:
        text = f"training tokens are undisclosed, so there is no verdict: {', '.join(names)}"
        yield Note(code="undisclosed", message=text)


def _far_off(law: PublishedLaw, rows: list[ModelRow]) -> Iterable[Note]:
    """A warning where budgets lie far outside what the law was fitted on."""
    excesses = [law.ranges.flops.excess(row.flops) for row in rows if row.flops]
    far = [excess for excess in excesses if excess > FAR]
    if far:
        beyond = f"more than {FAR}x outside the range that {law.name} was fitted on"
        text = f"the compute of {len(far)} models is {beyond}, up to {significant(max(far), 2)}x"
        yield Note(code="extrapolation", message=text, level="warning")
