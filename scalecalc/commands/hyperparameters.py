"""Batch size, learning rate, steps and AdamW settings of a run, by every published law that applies."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.commands._count import PUBLISHED, WORDS, CountChoice, params_of
from scalecalc.commands._hyperparameter_rows import (
    Adamw,
    Advice,
    Apart,
    Basis,
    Decay,
    HyperparametersResult,
)
from scalecalc.commands._swapped import swapped_note
from scalecalc.laws.published import surname
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Params, Tokens, significant
from scalecalc.result import Completes, Note

if TYPE_CHECKING:
    from scalecalc.training.hyperparameters import HyperparameterLaw
    from scalecalc.training.recommendation import Disagreement, Recommendation
    from scalecalc.training.run import TrainingRun

FEW = 2
"""Laws asked for by name up to which all that is to be known of them is told."""

ADAMW = ("beta1", "beta2", "eps", "weight_decay")
"""Settings of AdamW that the runs behind a law had."""

NAMES = {
    "learning_rate": "learning rates",
    "batch_tokens": "batch sizes",
    "critical_batch_tokens": "critical batch sizes",
    "adamw_timescale": "timescales of AdamW",
}


class HyperparametersInputs(CountChoice):
    """Set out learning rate, batch size, steps, warm-up and AdamW settings by each published law.

    The laws are never averaged: each holds for its own optimizer, schedule and batch, which are told beside
    it. Name one with --law to see its formulas and all its caveats.
    """

    group: ClassVar[str] = "Train"
    examples: ClassVar[tuple[str, ...]] = (
        "hyperparameters --params 7B --tokens 2T",
        "hyperparameters --model llama3-8b",
        "hyperparameters --params 1B --tokens 100B --law steplaw2025",
        "hyperparameters --params 1B --tokens 20B --format csv",
    )

    params: Params | None = Field(None, description="The model size, e.g. 7B.")
    tokens: Tokens | None = Field(None, description="The tokens that it is trained on, e.g. 2T.")
    model: Annotated[str | None, Completes("model")] = Field(
        None, description="A published model, counted exactly by its shape; with its own tokens, or --tokens."
    )
    loss: float | None = Field(
        None,
        gt=0,
        lt=100,
        description="The loss it will reach, in nats per token. [predicted by the default law]",
    )
    law: Annotated[list[str], Completes("hyperparameter-law")] = Field(
        [], description="A law of hyperparameters, e.g. steplaw2025; repeat it. [every one that applies]"
    )

    @model_validator(mode="after")
    def _one_run(self) -> Self:
        hint = "for example --params 7B --tokens 2T"
        if self.params is not None and self.model is not None:
            raise Problem("conflict", "--params and --model are two sizes", "give one of them")
        if self.params is None and self.model is None:
            raise Problem("no-question", "no model size is given", hint)
        if self.params is not None and self.tokens is None:
            raise Problem("no-question", "--params without --tokens is no run", hint)
        return self


def hyperparameters(inputs: HyperparametersInputs) -> HyperparametersResult:
    """What each law says of the run, with what it assumes, and where the laws disagree."""
    from scalecalc.training.recommendation import disagreements, recommend, too_few_steps

    run, told = _run(inputs)
    chosen = [tables.hyperparameter_law(name) for name in inputs.law]
    laws = tuple(dict.fromkeys(chosen)) or tuple(tables.hyperparameter_laws().values())
    found = recommend(run, laws)
    if not found:
        raise Problem(
            "no-law",
            f"{' and '.join(law.name for law in laws)} gives nothing that makes sense for this run",
            "leave --law out to ask every law",
            ExitCode.NO_ANSWER,
        )
    apart = disagreements(found)
    count = inputs.count or "total"
    return HyperparametersResult(
        params=Params(run.non_embedding if count == "non-embedding" else run.total),
        count=count,
        tokens=Tokens(run.tokens),
        loss=run.loss or 0.0,
        laws=tuple(map(_advice, found)),
        adamw=tuple(_adamw(found)),
        decays=tuple(_decays(run, found)),
        bases=tuple(map(_basis, found)),
        apart=tuple(
            Apart(
                quantity=each.quantity,
                low=each.low,
                low_law=each.low_law,
                high=each.high,
                high_law=each.high_law,
                factor=each.factor,
            )
            for each in apart
        ),
        assumptions=(*told, *(_formulas(found) if len(chosen) in range(1, FEW + 1) else ())),
        notes=(
            *swapped_note(inputs.params, inputs.tokens),
            *(Note(code="disagreement", message=_disagreement(each)) for each in apart),
            *(_few_steps(each) for each in too_few_steps(found)),
            *_silent(laws, found),
            *(_caveats(found) if len(chosen) in range(1, FEW + 1) else ()),
        ),
        sources=tuple(_source(each.law) for each in found),
    )


def _run(inputs: HyperparametersInputs) -> tuple["TrainingRun", tuple[str, ...]]:
    """The run with its size in every count, its loss as given or predicted, and how these are known."""
    from dataclasses import replace

    from scalecalc.training.run import TrainingRun

    if inputs.model is None:
        count = inputs.count or "total"
        run = TrainingRun.of(float(inputs.params or 0), float(inputs.tokens or 0), count)
        told = [f"the model size is {WORDS[count]}; other counts follow by {PUBLISHED}"]
    else:
        model = tables.model(inputs.model)
        tokens = inputs.tokens or model.tokens
        if tokens is None:
            raise Problem("no-tokens", f"the tokens of {model.id} are undisclosed", "add --tokens")
        sizes, known = zip(
            *(params_of(model, count) for count in ("total", "non-embedding", "with-head")), strict=True
        )
        total, inner, with_head = sizes
        run = TrainingRun(total=total, non_embedding=inner, with_head=with_head, tokens=tokens)
        told = list(known)
    if inputs.loss is not None:
        return replace(run, loss=inputs.loss), tuple(told)
    law = tables.law(tables.DEFAULT_LAW)
    loss = law.law.loss(run.total, run.tokens)  # type: ignore[attr-defined]  # the default law is a surface
    told.append(f"expected loss by {law.name}, for laws that ask for it; theirs is of WebText2 or of C4")
    return replace(run, loss=loss), tuple(told)


def _advice(found: "Recommendation") -> Advice:
    settings, batch, critical = found.law.settings, found.batch_tokens, found.critical_batch_tokens
    return Advice(
        law=found.law.name,
        learning_rate=found.learning_rate,
        batch_tokens=None if batch is None else Tokens(batch),
        critical_batch_tokens=None if critical is None else Tokens(critical),
        steps=found.steps,
        warmup_steps=found.warmup_steps,
        beta1=settings.beta1,
        beta2=settings.beta2,
        eps=settings.eps,
        weight_decay=settings.weight_decay,
        adamw_timescale=found.adamw_timescale,
        beyond_range=max(found.beyond.values(), default=None),
        beyond=dict(found.beyond),
    )


def _adamw(found: tuple["Recommendation", ...]) -> Iterator[Adamw]:
    """The settings of AdamW, of laws that tell any."""
    for each in found:
        values = {name: getattr(each.law.settings, name) for name in ADAMW}
        if any(values.values()):
            unverified = tuple(
                name.replace("_", " ") for name in each.law.settings.unverified if name in ADAMW
            )
            yield Adamw(law=each.law.name, **values, unverified=unverified)


def _basis(found: "Recommendation") -> Basis:
    law, settings = found.law, found.law.settings
    return Basis(
        law=law.name,
        params=Params(found.params),
        counts=law.counts,
        schedule=settings.schedule or None,
        optimizer=settings.optimizer or None,
        parameterization=settings.parameterization or None,
        provenance=law.provenance,
        unverified=tuple(each.replace("_", " ") for each in settings.unverified),
        sequence_length=settings.sequence_length,
        formulas={name: rule.formula for name, rule in law.rules.items()},
        caveats=law.caveats,
    )


def _decays(run: "TrainingRun", found: tuple["Recommendation", ...]) -> Iterator[Decay]:
    """The weight decay for each law of rate and batch, by each law of the timescale."""
    from scalecalc.training.recommendation import weight_decay_for

    for timed in found:
        for each in found:
            batch = each.batch_tokens or each.law.settings.batch_tokens
            if timed.adamw_timescale is None or each.learning_rate is None or batch is None:
                continue
            yield Decay(
                law=each.law.name,
                timescale_law=timed.law.name,
                timescale=timed.adamw_timescale,
                weight_decay=weight_decay_for(timed.adamw_timescale, batch, each.learning_rate, run.tokens),
            )


def _disagreement(apart: "Disagreement") -> str:
    low, high = significant(apart.low), significant(apart.high)
    if apart.quantity.endswith("tokens"):
        low, high = str(Tokens(apart.low)), str(Tokens(apart.high))
    ends = f"{low} ({apart.low_law}) to {high} ({apart.high_law})"
    times = f"{significant(apart.factor, 2)} times apart"
    return f"{NAMES[apart.quantity]} are {times}, {ends}: take one law, no mean"


def _few_steps(found: "Recommendation") -> Note:
    text = (
        f"{found.law.name}: {significant(found.steps or 0)} steps are few, warm-up and decay are much of them"
    )
    return Note(code="few-steps", message=text, level="warning")


def _silent(laws: tuple["HyperparameterLaw", ...], found: tuple["Recommendation", ...]) -> Iterator[Note]:
    """The laws that give no positive number for this run."""
    spoken = {each.law.name for each in found}
    for law in laws:
        if law.name not in spoken:
            text = f"{law.name} is left out: at this size it gives no positive number"
            yield Note(code="not-applicable", message=text)


def _formulas(found: tuple["Recommendation", ...]) -> tuple[str, ...]:
    return tuple(
        f"{each.law.name}: {name.replace('_', ' ')} = {rule.formula}, N {each.law.counts}"
        for each in found
        for name, rule in each.law.rules.items()
    )


def _caveats(found: tuple["Recommendation", ...]) -> tuple[Note, ...]:
    return tuple(
        Note(code="caveat", message=f"{each.law.name}: {text}") for each in found for text in each.law.caveats
    )


def _source(law: "HyperparameterLaw") -> str:
    return f"{law.name}: {surname(law.authors[0])} et al. {law.year}, arXiv {law.arxiv}, {law.where}"
