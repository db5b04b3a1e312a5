"""Published models, each held against a scaling law: whether its compute was well spent."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from scalecalc import tables
from scalecalc.commands._conventions import ConventionChoice, own_convention
from scalecalc.commands._forecast import Forecast, forecast_by_file
from scalecalc.commands._held import Yardstick, mark_notes
from scalecalc.commands._laws import (
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
from scalecalc.laws.audit import OPTIMAL_FACTOR, OPTIMAL_WITHIN
from scalecalc.problem import Problem
from scalecalc.quantity import significant
from scalecalc.result import Completes, Note, Plotted, Positional, Result

if TYPE_CHECKING:
    from scalecalc.fitting import Fit


class ModelsInputs(Plotted, ConventionChoice, LawChoice):
    """Hold published models against a scaling law, or tell all about one.

    Each is told its tokens per parameter, whether it is model-heavy, compute-optimal or data-heavy, the share
    of its compute that the law's optimum would save at the same loss, and that optimum on its own compute.
    """

    group: ClassVar[str] = "Look up"
    examples: ClassVar[tuple[str, ...]] = (
        "models",
        "models llama3-8b",
        "models --plot",
        "models --sort wasted --law hoffmann2022-a3",
        "models --family gpt-3 --format csv",
        "models llama3-8b --count non-embedding",
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

    told: ClassVar[frozenset[str]] = frozenset({"law", "counts", "loss_unit"})

    law: str
    counts: str = Field(
        title="N counts",
        description="As the law, or as asked; of experts those active, unless total is asked for.",
    )
    loss_unit: str = Field(title="loss in")
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

    told: ClassVar[frozenset[str]] = frozenset({"law", "counts", "loss_unit", "models"})

    def headline(self) -> str:
        """The verdict on it."""
        (row,) = self.models
        if row.tokens is None:
            return f"{row.name}: its training tokens are undisclosed, so there is no verdict"
        is_active = row.active_params != row.params and row.counted_params <= row.active_params
        kind = f"{' active' if is_active else ''}{' non-embedding' if self.counts == 'non-embedding' else ''}"
        ratio = f"{row.tokens_per_param} tokens per{kind} parameter"
        split = f"{row.name}: {row.counted_params}{kind} parameters on {row.tokens} tokens ({ratio})"
        waste = "" if row.wasted is None else f", {row.wasted} of its compute wasted"
        return f"{split}: {row.verdict}{waste}, by {self.law}"


def models(inputs: ModelsInputs) -> ModelsResult:
    """The model of that name, or those of a family, or all, held against the law."""
    result = _held(inputs)
    if not inputs.plot:
        return result
    from scalecalc.commands._charts import charted
    from scalecalc.commands._models_charts import model_map

    return charted(result, (model_map(result),))


def _held(inputs: ModelsInputs) -> ModelsResult:
    law = _only(inputs.laws())
    held = Yardstick(inputs.convention(law), inputs.count)
    shelf = Shelf(tables.models(), tables.model, lambda model: (model.family,))
    one = shelf.one(inputs.name, inputs.family)
    if one is not None:
        return _one(one, held, inputs.fit())
    found = shelf.family(inputs.family or inputs.name)
    rows = [*map(held.row, found)]
    return ModelsResult(
        law=law.name,
        counts=held.counts,
        loss_unit=held.read.losses.unit,
        models=tuple(_ordered(rows, inputs.sort)),
        detail=None,
        assumptions=_assumptions(held, found),
        notes=(*law_notes(law), *_far_off(law, rows), *mark_notes(rows), *_undisclosed(rows)),
        sources=(law_source(law), f"models: {SOURCES.format('models')}"),
    )


def _only(laws: tuple[PublishedLaw, ...]) -> PublishedLaw:
    if len(laws) > 1:
        raise Problem("several-laws", f"--law is given {len(laws)} laws", "models are held against one law")
    return laws[0]


def _one(model: PublishedModel, held: Yardstick, fit: "Fit | None") -> ModelsResult:
    law, row = held.read.law, held.row(model)
    detail = model_detail(model, held.audit(model), held.read)
    fitted = forecast_by_file(fit, model.flops) if model.flops else None
    mfu = detail.training.mfu if detail.training else None
    doubt = judge(mfu).note if mfu else None
    return OneModel(
        law=law.name,
        counts=held.counts,
        loss_unit=held.read.losses.unit,
        models=(row,),
        detail=detail,
        fitted=fitted,
        assumptions=(*_assumptions(held, (model,)), *mfu_assumptions(model)),
        notes=(
            *law_notes(law, model.flops),
            *mark_notes([row]),
            *own_convention(held.read, fitted),
            *((Note(code="implied-mfu", message=doubt),) if doubt else ()),
        ),
        sources=(law_source(law), f"{model.id}: {model.source}"),
    )


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


def _assumptions(held: Yardstick, models: Iterable[PublishedModel]) -> tuple[str, ...]:
    law = held.read.law
    limit = f"wastes at most {OPTIMAL_WITHIN:.0%} of its compute"
    if allocator(law).optimal_loss(1e21) is None:
        limit = f"is within a factor of {OPTIMAL_FACTOR} of the optimal size"
    return (
        *law_assumptions(law),
        *held.read.assumptions,
        *held.assumptions(models),
        f"compute is 6ND, N as the law counts it; a compute-optimal model {limit}",
    )


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
