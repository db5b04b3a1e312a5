"""What `overtrain` answers, and its table of smaller sizes."""

from collections.abc import Callable, Iterator
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from scalecalc.commands._conventions import told_loss
from scalecalc.laws import Surface
from scalecalc.quantity import Flops, Params, Share, Tokens, TokensPerParam, significant
from scalecalc.result import Estimate, Result, Row, Shown

if TYPE_CHECKING:
    from scalecalc.laws.overtrain import Overtrained

SHARES = (0.75, 0.5, 0.3, 0.25)
"""Sizes over the optimal one in the table of de Vries 2023."""

SAME_SIZE = 1e-3
"""Relative difference of a size to the optimal one that is none."""


class Optimum(Row):
    """The model that takes the least training for the same loss."""

    params: Params = Field(title="model size")
    tokens: Tokens = Field(title="training tokens")
    tokens_per_param: TokensPerParam = Field(title="tokens per parameter")
    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="compute")
    critical_params: Params = Field(
        title="critical size", description="The smaller size at which the same loss takes twice the compute."
    )
    smallest_params: Params = Field(
        title="smallest size", description="At this one and below, no data reaches the loss."
    )


class Deadweight(Row):
    """What training takes beyond the optimum of the same loss."""

    tokens: Tokens | None = Field(title="extra tokens", description="Null where the model saw fewer.")
    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="extra compute")
    share: Share = Field(title="of its compute")
    accelerator: str
    gpu_hours: Estimate = Field(title="GPU-hours")
    usd: Estimate | None = Field(title="cost", description="Null where no price is known.")


class SameBudget(Row):
    """What the same compute reaches at its optimum."""

    params: Params = Field(title="model size")
    tokens: Tokens = Field(title="training tokens")
    loss: Annotated[float, Shown(digits=4)]
    extra_loss: Annotated[float, Shown(digits=3)] = Field(title="lost against it")


class Served(Row):
    """Compute of training and serving, 2N for each token served, beside that of the optimum."""

    inference_tokens: Tokens = Field(title="tokens served")
    lifetime_flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="training and serving")
    optimum_flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="the optimum's")
    cost_ratio: Annotated[float, Shown(digits=4)] = Field(title="the model costs, of it")


class Size(Row):
    """A smaller model of the same loss."""

    share: Share = Field(title="of the optimal size")
    params: Params = Field(title="model size")
    tokens: Tokens = Field(title="training tokens")
    compute_ratio: Annotated[float, Shown(digits=4)] = Field(title="times its compute")
    pays_from: Tokens = Field(title="pays from tokens served")


class OvertrainResult(Result):
    """A model beside the compute-optimal one of the same loss."""

    told: ClassVar[frozenset[str]] = frozenset({"params", "tokens", "loss", "loss_unit", "verdict"})

    params: Params = Field(title="model size")
    tokens: Tokens = Field(title="training tokens")
    tokens_per_param: TokensPerParam = Field(title="tokens per parameter")
    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="compute")
    loss: Annotated[float, Shown(digits=4)]
    loss_unit: str
    law: str
    verdict: str = Field(description="over-trained, compute-optimal or under-trained.")
    compute_ratio: Annotated[float, Shown(digits=4)] = Field(title="times the optimum's compute")
    pays_from: Tokens | None = Field(
        title="pays from tokens served", description="Null for a model that is no smaller than the optimum."
    )
    optimum: Optimum = Field(title="the optimum of this loss")
    deadweight: Deadweight | None = Field(
        title="what it gives away in training", description="Null where that is nothing."
    )
    same_budget: SameBudget = Field(title="the optimum of this compute")
    served: Served | None = Field(None, title="over its life", description="Null without a demand.")
    smaller: tuple[Size, ...] = Field(title="smaller models of this loss")

    def headline(self) -> str:
        """The model, its loss and what that costs."""
        loss = told_loss(self.loss, self.loss_unit)
        model = f"{self.params} parameters on {self.tokens} tokens, {loss}"
        if self.verdict == "compute-optimal":
            return f"{model}: compute-optimal"
        pays = f", pays from {self.pays_from} tokens served" if self.pays_from else ""
        return f"{model}: {self.verdict}, {significant(self.compute_ratio, 4)} times the compute{pays}"


def verdict_of(found: "Overtrained") -> str:
    """On which side of the optimum a model lies."""
    ratio = found.params / found.optimal_params
    if abs(ratio - 1) < SAME_SIZE:
        return "compute-optimal"
    return "over-trained" if ratio < 1 else "under-trained"


def sizes(
    surface: Surface, found: "Overtrained", printed: Callable[[float], Params]
) -> Iterator[dict[str, Any]]:
    """Sizes below the optimal one, as far as some number of tokens reaches the loss."""
    from dataclasses import replace

    from scalecalc.laws.overtrain import token_ratio

    for share in SHARES:
        tokens = found.optimal_tokens * token_ratio(surface, share)
        if tokens == inf:
            continue
        each = replace(found, params=share * found.optimal_params, tokens=tokens)
        yield {
            "share": Share(share),
            "params": printed(each.params),
            "tokens": Tokens(tokens),
            "compute_ratio": 1 + each.overhead,
            "pays_from": Tokens(each.pays_from),
        }
