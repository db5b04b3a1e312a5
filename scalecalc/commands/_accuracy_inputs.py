"""The options of a benchmark's forecast."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scalecalc.commands._count import CountChoice
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, OneOrMany, Params, Share, Tokens, significant
from scalecalc.quantity.plain import PlainNumber
from scalecalc.result import Completes, Positional

FormName = Literal["two-step", "ladder", "sigmoid", "error"]

ONLY_FOR_TABLES = ("columns", "where", "form", "chance", "top", "ci", "level", "resamples", "seed")


class LossValue(PlainNumber):
    """A loss, in the unit of its table or law.

    >>> LossValue.parse("1.85")
    LossValue(1.85)
    """

    __slots__ = ()

    noun = "a loss"
    metavar = "LOSS"
    grammar = "1.8, 2.35"

    def __str__(self) -> str:
        return significant(self, 4)


class DownstreamOptions(CountChoice):
    """The table or the law, what is asked of it, and how it is fitted."""

    runs: Annotated[str | None, Positional()] = Field(
        None, description="A CSV, JSON Lines or Parquet file of runs with loss and accuracy, or -."
    )
    law: Annotated[str | None, Completes("any-law")] = Field(
        None, description="Instead of a table, a published error law, or a law.json of form error or sigmoid."
    )
    columns: str | None = Field(
        None, description="Which column is which where names do not say it, e.g. accuracy=mmlu,loss=nll."
    )
    where: list[str] = Field(
        [], description="Keep only rows that meet this, e.g. task=mmlu; repeat to narrow."
    )
    form: FormName | None = Field(
        None,
        description="two-step (from flops), ladder (from params and tokens), sigmoid or error (from loss). "
        "[ladder where params and tokens both vary, two-step where there are flops, else sigmoid]",
    )
    at: list[OneOrMany[Flops]] = Field([], description="A compute to forecast for, e.g. 1e24; repeat it.")
    loss: list[OneOrMany[LossValue]] = Field(
        [], description="A loss to forecast for, e.g. 1.8 or 1.8,1.7; repeat it."
    )
    params: Params | None = Field(None, description="A model size to forecast for, with --tokens, e.g. 7B.")
    tokens: Tokens | None = Field(None, description="Its training tokens, e.g. 2T.")
    chance: Share | None = Field(None, description="Hold the accuracy of guessing, e.g. 25%. [fitted]")
    top: Share | None = Field(None, description="Hold the greatest accuracy, e.g. 95%. [fitted]")
    ci: Literal["delta", "bootstrap"] = Field(
        "delta", description="delta (Student's t), or bootstrap (cases, whole runs), too narrow for few runs."
    )
    level: Share = Field(Share(0.95), description="Share of cases that an interval is to cover.")
    resamples: int = Field(400, ge=50, le=100_000, description="Resamples of the bootstrap.")
    seed: int = Field(0, ge=0, description="Seed of the resamples; the same seed gives the same intervals.")

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.runs is None) == (self.law is None):
            given = "a table and --law are" if self.law else "neither a table nor --law is"
            hint = "for example runs.csv, or --law gadre2024-error-redpajama"
            raise Problem("conflict" if self.law else "no-question", f"{given} given", f"give one: {hint}")
        if self.law is not None:
            for name in ONLY_FOR_TABLES:
                if getattr(self, name) != _default(name):
                    message = f"--{name} is about a table, not about --law"
                    raise Problem("conflict", message, f"leave --{name} out")
        if (self.params is None) != (self.tokens is None):
            raise Problem("value", "a model has --params and --tokens", "give both, or --at for a compute")
        if self.count is not None and (self.law is None or self.params is None):
            message = "--count is about the --params that a published law is given"
            raise Problem("conflict", message, "leave it out: a fit counts N as its table does")
        return self

    @model_validator(mode="after")
    def _sensible_levels(self) -> Self:
        if not 0 < self.level < 1:
            raise Problem(
                "value", f"--level {self.level}: no interval covers that", "for example --level 95%"
            )
        low, high = self.chance or 0.0, 1.0 if self.top is None else self.top
        if not low < high:
            raise Problem("value", f"--top {Share(high)} is not above chance, {Share(low)}", "raise --top")
        if self.form == "error" and (self.chance is not None or self.top is not None):
            raise Problem(
                "conflict", "--chance and --top are of a sigmoid", "leave them out with --form error"
            )
        return self

    @property
    def losses(self) -> tuple[float, ...]:
        """Every loss to forecast for."""
        return tuple(float(loss) for several in self.loss for loss in several)

    @property
    def budgets(self) -> tuple[Flops, ...]:
        """Every compute to forecast for."""
        return tuple(flops for several in self.at for flops in several)


def _default(name: str) -> object:
    return DownstreamOptions.model_fields[name].get_default(call_default_factory=True)
