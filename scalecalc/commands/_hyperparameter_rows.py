"""What `hyperparameters` answers: one row for each law, never averaged."""

from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc.quantity import Params, Tokens, significant
from scalecalc.result import Result, Row, Shown


class Advice(Row):
    """What one law says of the run; null where it says nothing."""

    told: ClassVar[frozenset[str]] = frozenset({"beta1", "beta2", "eps", "weight_decay", "beyond"})

    law: str
    learning_rate: Annotated[float | None, Shown(digits=3)] = Field(
        title="learning rate", description="At its peak."
    )
    batch_tokens: Tokens | None = Field(title="batch", description="Null where the law gives none.")
    critical_batch_tokens: Tokens | None = Field(
        title="critical batch", description="Tokens; larger batches waste more than they save."
    )
    steps: Annotated[float | None, Shown(digits=3)] = Field(
        description="Of this batch, or of the one at which the law was found."
    )
    warmup_steps: Annotated[float | None, Shown(digits=4)] = Field(
        title="warm-up", description="Steps of the runs behind the law."
    )
    beta1: Annotated[float | None, Shown(digits=2)] = Field(
        description="Of AdamW, in the runs behind the law."
    )
    beta2: Annotated[float | None, Shown(digits=2)] = Field(
        description="Of AdamW, in the runs behind the law."
    )
    eps: Annotated[float | None, Shown(digits=2)] = Field(description="Of AdamW, in the runs behind the law.")
    weight_decay: Annotated[float | None, Shown(digits=2)] = Field(
        title="weight decay", description="Of AdamW, in the runs behind the law."
    )
    adamw_timescale: Annotated[float | None, Shown(digits=2)] = Field(
        title="time scale", description="B/(learning rate * weight decay * D), as a share of the run."
    )
    beyond_range: Annotated[float | None, Shown(digits=3)] = Field(
        title="beyond range",
        description="The most that the run lies outside of the fitted range; null where that is unknown.",
    )
    beyond: dict[str, float] = Field(description="The same by variable: params, tokens, flops.")


class Adamw(Row):
    """The optimizer's settings in the runs behind a law: those of its `Advice`, side by side for a reader."""

    law: str
    beta1: Annotated[float | None, Shown(digits=2)]
    beta2: Annotated[float | None, Shown(digits=2)]
    eps: Annotated[float | None, Shown(digits=2)]
    weight_decay: Annotated[float | None, Shown(digits=2)] = Field(title="weight decay")
    unverified: tuple[str, ...] = Field(description="Those that were not checked against the law's source.")


class Basis(Row):
    """What a law assumes and how it is known."""

    told: ClassVar[frozenset[str]] = frozenset({"counts", "formulas", "caveats", "sequence_length"})

    law: str
    params: Params = Field(title="N it counts", description="The model's size as the law counts it.")
    counts: str = Field(description="What its N counts.")
    schedule: str | None
    optimizer: str | None = Field(description="Null where it is not known.")
    parameterization: str | None = Field(title="under", description="Where it is not the standard one.")
    provenance: str = Field(title="read in", description="primary, secondary, recomputed or memory.")
    unverified: tuple[str, ...] = Field(
        title="unverified", description="Settings that were not checked against the source."
    )
    sequence_length: float | None = Field(description="Tokens, in the runs behind the law.")
    formulas: dict[str, str] = Field(description="Its rules in plain text, by what they give.")
    caveats: tuple[str, ...]


class Decay(Row):
    """The weight decay that a timescale of AdamW asks for at a learning rate and batch of another law."""

    law: str = Field(description="The law of learning rate and batch.")
    timescale_law: str = Field(title="timescale by", description="The law of B/(learning rate * decay * D).")
    timescale: Annotated[float, Shown(digits=3)] = Field(description="Share of the run.")
    weight_decay: Annotated[float, Shown(digits=3)] = Field(title="weight decay")


class Apart(Row):
    """A quantity on which laws are more than twofold apart."""

    quantity: str
    low: float
    low_law: str
    high: float
    high_law: str
    factor: Annotated[float, Shown(digits=3)]


class HyperparametersResult(Result):
    """What published laws say of a run, side by side."""

    told: ClassVar[frozenset[str]] = frozenset({"params", "count", "tokens", "apart"})

    params: Params = Field(title="model size")
    count: str = Field(description="What the model size counts.")
    tokens: Tokens = Field(title="training tokens")
    loss: Annotated[float, Shown(digits=4)] = Field(
        title="expected loss", description="In nats per token; the laws that ask for one are given this."
    )
    laws: tuple[Advice, ...] = Field(title="by each law")
    adamw: tuple[Adamw, ...] = Field(
        (), title="settings of AdamW behind each law", description="Of laws that tell any."
    )
    decays: tuple[Decay, ...] = Field((), title="weight decay by the timescale of AdamW")
    bases: tuple[Basis, ...] = Field(title="what each assumes")
    apart: tuple[Apart, ...] = Field((), description="Where the laws disagree more than twofold.")

    def headline(self) -> str:
        """The run, and how far the laws are apart."""
        rates = [each.learning_rate for each in self.laws if each.learning_rate is not None]
        batches = [each.batch_tokens for each in self.laws if each.batch_tokens is not None]
        told = [f"learning rate {_range(*(significant(end(rates)) for end in (min, max)))}"] if rates else []
        told += [f"batch {_range(*(str(end(batches)) for end in (min, max)))} tokens"] if batches else []
        laws = f"{len(self.laws)} laws" if len(self.laws) > 1 else self.laws[0].law
        run = f"{self.params} parameters on {self.tokens} tokens"
        return f"{run}: {', '.join(told)} by {laws}" if told else f"{run}, by {laws}"

    def records(self) -> tuple[Advice, ...]:
        """One record for each law."""
        return self.laws


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"
