"""A compute budget against the thresholds of laws and guidelines, and against known models."""

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.commands._count import PUBLISHED, WORDS, CountChoice, converted
from scalecalc.commands._swapped import swapped_note
from scalecalc.commands._threshold_rows import Landmark, Threshold, following, standing
from scalecalc.compute.model import PublishedModel
from scalecalc.compute.throughput import training_flops
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Refused, Tokens
from scalecalc.result import Completes, Note, Result, Shown

NEIGHBORS = 3
"""Known models told on either side of the budget."""

NEAR = 1.3
"""A budget within this factor of a threshold is called close: 6ND itself leaves attention out."""

THIRD = 1 / 3
"""The share of the original's compute from which a modification makes a provider, by the EU guidelines."""

SYSTEMIC_RISK = "eu-systemic-risk"

MODIFIERS = {False: "eu-modifier", True: "eu-modifier-systemic-risk"}
"""The rows on modifications, by whether the original has systemic risk."""


class ThresholdsInputs(CountChoice):
    """Hold a compute budget against the thresholds of laws and guidelines, and against known models.

    Give --flops, or --model, or --params with --tokens. Thresholds count the training compute of a model over
    its life; with --modifies the budget is what modifying that model takes. The texts of the laws decide.
    """

    group: ClassVar[str] = "Look up"
    examples: ClassVar[tuple[str, ...]] = (
        "thresholds",
        "thresholds --flops 3.8e25",
        "thresholds --model deepseek-v3",
        "thresholds --flops 5e24 --modifies llama3.1-70b",
    )

    flops: Flops | None = Field(None, description="The training compute, e.g. 3.8e25.")
    model: Annotated[str | None, Completes("model")] = Field(
        None, description="The compute of a published model, e.g. llama3.1-405b."
    )
    params: Params | None = Field(
        None, description="The compute by model size, with --tokens; of a mixture of experts the active ones."
    )
    tokens: Tokens | None = Field(None, description="Training tokens, e.g. 15T.")
    modifies: Annotated[str | None, Completes("model")] = Field(
        None, description="The published model that the compute modifies, e.g. llama3.1-70b."
    )

    @model_validator(mode="after")
    def _at_most_one_budget(self) -> Self:
        sides = self.params is not None or self.tokens is not None
        asked = {"--flops": self.flops, "--model": self.model, "--params with --tokens": sides or None}
        given = [option for option, value in asked.items() if value is not None]
        if len(given) > 1:
            raise Problem("conflict", f"{' and '.join(given)} are {len(given)} budgets", "give one of them")
        if sides and (self.params is None or self.tokens is None):
            raise Problem("no-budget", "half of a model is no budget", "give --params and --tokens")
        if self.count is not None and not sides:
            raise Problem(
                "conflict", "--count is about --params", "add --params and --tokens, or leave it out"
            )
        if self.modifies is not None and not given:
            raise Problem("no-budget", "--modifies without the compute of it", "add it, e.g. --flops 5e24")
        return self


class ThresholdsResult(Result):
    """What a budget is above and below."""

    told: ClassVar[frozenset[str]] = frozenset({"flops"})

    flops: Flops | None = Field(description="The budget; null where none is given.")
    original_flops: Annotated[Flops | None, Shown(unit="FLOPs")] = Field(
        None, title="compute of the original", description="Of the model that is modified."
    )
    total_flops: Annotated[Flops | None, Shown(unit="FLOPs")] = Field(
        None, title="together", description="Original and modification."
    )
    thresholds: tuple[Threshold, ...] = Field(title="thresholds")
    landmarks: tuple[Landmark, ...] = Field(title="known models nearest to it")

    def headline(self) -> str:
        """What is crossed of what is not revoked."""
        valid = standing(self.thresholds)
        if self.flops is None:
            return f"{len(self.thresholds)} thresholds of training compute, {len(valid)} of them not revoked"
        crossed = [f"{each.name} ({each.jurisdiction})" for each in valid if each.crossed]
        above = f"above {', '.join(crossed)}" if crossed else "above no threshold"
        ahead = "".join(f"; the next is {each.flops}" for each in following(self.thresholds)[:1])
        return f"{self.flops} FLOPs: {above}{ahead}"

    def records(self) -> tuple[Threshold, ...]:
        """One record for each threshold."""
        return self.thresholds


def thresholds(inputs: ThresholdsInputs) -> ThresholdsResult:
    """The thresholds, each with whether the budget lies above it, and the known models around the budget."""
    budget = _budget(inputs)
    original = _compute(_disclosed(inputs.modifies)) if inputs.modifies else None
    total = None if budget is None else budget + (original or 0.0)
    rows = tuple(_threshold(row, budget, total, inputs.modifies) for row in _rows(original))
    return ThresholdsResult(
        flops=None if budget is None else Flops(budget),
        original_flops=None if original is None else Flops(original),
        total_flops=None if original is None or total is None else Flops(total),
        thresholds=rows,
        landmarks=_landmarks(total, inputs.model) if total else (),
        assumptions=(
            "a status is that of its date (as_of in --json); the texts of the laws decide, not this table",
            "compute of known models: as published, else 6ND over the parameters that work on a token",
            *_sized(inputs),
        ),
        notes=(*swapped_note(inputs.params, inputs.tokens), *_notes(rows)),
        sources=tuple(map(_source, _told(rows))),
    )


def _budget(inputs: ThresholdsInputs) -> float | None:
    if inputs.model is not None:
        return _compute(_disclosed(inputs.model))
    if inputs.params is not None and inputs.tokens is not None:
        flops = training_flops(converted(inputs.params, inputs.count or "total", "total"), inputs.tokens)
        try:
            return Flops(flops)
        except Refused as refused:
            raise Problem(
                "value", f"6ND: {refused.message}", "give a model of a size that is trained"
            ) from None
    return inputs.flops


def _sized(inputs: ThresholdsInputs) -> tuple[str, ...]:
    """How the compute of a model given by its size was counted."""
    if inputs.params is None:
        return ()
    by = f", converted by {PUBLISHED}" if inputs.count == "non-embedding" else ""
    return (f"6ND of all parameters that work on a token; N given is {WORDS[inputs.count or 'total']}{by}",)


def _disclosed(name: str) -> PublishedModel:
    """The model of that name, if its compute is known."""
    model = tables.model(name)
    if not (model.flops_published or model.flops):
        raise Problem(
            "undisclosed-tokens",
            f"the training tokens of {model.id} are not published, nor is its compute",
            "give an estimate: --flops 1e25",
        )
    return model


def _compute(model: PublishedModel) -> float:
    """FLOPs as published, else 6ND; zero where neither is known."""
    return model.flops_published or model.flops or 0.0


def _rows(original: float | None) -> list[Mapping[str, str]]:
    """The table; where an original is known, with the one modifier's row that applies to it."""
    rows = list(tables.records("thresholds.csv"))
    if original is None:
        return rows
    (systemic,) = (float(row["flops"]) for row in rows if row["id"] == SYSTEMIC_RISK)
    left_out = MODIFIERS[original <= systemic]
    third = {"flops": repr(original * THIRD)}
    return [
        {**row, **third} if row["counts"] == "modification" else row for row in rows if row["id"] != left_out
    ]


def _threshold(
    row: Mapping[str, str], budget: float | None, total: float | None, modifies: str | None
) -> Threshold:
    """A row held against the budget: a modification's against what it takes, all others against the sum."""
    flops = float(row["flops"])
    of_modification = row["counts"] == "modification"
    held = total if not of_modification else budget if modifies else None
    crossed = None if held is None else held >= flops if row["comparison"] == "at least" else held > flops
    above = sum(_compute(model) > flops for model in tables.models().values())
    return Threshold(
        id=row["id"],
        jurisdiction=row["jurisdiction"],
        name=row["name"],
        counts=row["counts"],
        flops=Flops(flops),
        comparison=row["comparison"],
        crossed=crossed,
        times=None if held is None else held / flops,
        models_above=None if of_modification or budget else above,
        since=row["since"] or None,
        status=row["status"],
        as_of=row["as_of"],
        meaning=row["meaning"],
        source=row["source"],
        verification=row["verification"],
    )


def _landmarks(flops: float, itself: str | None) -> tuple[Landmark, ...]:
    """The known models nearest to the budget, three above it and three at or below it, largest first."""
    others = [model for model in tables.models().values() if _compute(model)]
    if itself is not None:
        others.remove(tables.model(itself))
    known = sorted(others, key=_compute, reverse=True)
    above = [model for model in known if _compute(model) > flops]
    below = known[len(above) : len(above) + NEIGHBORS]
    return tuple(
        Landmark(
            model=model.id,
            year=model.year,
            flops=Flops(_compute(model)),
            basis="published" if model.flops_published else "6ND",
            times=flops / _compute(model),
        )
        for model in (*above[-NEIGHBORS:], *below)
    )


def _told(rows: tuple[Threshold, ...]) -> Iterable[Threshold]:
    """The rows whose sources are told: all of them, or for a budget those crossed and the next."""
    ahead = following(rows)
    return [row for row in rows if row.crossed or row in ahead] or rows


def _source(row: Threshold) -> str:
    return f"{row.id}: {row.meaning}. {row.source}; status of {row.as_of}"


def _notes(rows: Iterable[Threshold]) -> Iterable[Note]:
    """Thresholds so near that the way of counting decides, and those that the budget is not of."""
    valid = standing(rows)
    near = [row.id for row in valid if row.times is not None and 1 / NEAR < row.times < NEAR]
    if near:
        text = "so near that the way of counting decides; 6ND leaves attention and failed runs out"
        yield Note(code="near-threshold", message=f"{', '.join(near)}: {text}")
    unheld = [row.id for row in valid if row.crossed is None and row.counts == "modification"]
    if unheld and any(row.crossed is not None for row in valid):
        text = "of what a modification takes, not of a model; --modifies MODEL holds the budget against them"
        yield Note(code="modification", message=f"{', '.join(unheld)}: {text}")
