"""The options of a schedule: the run it is for, its warm-up, and what its shape needs."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from scalecalc.commands._schedule_lengths import Steps
from scalecalc.problem import Problem
from scalecalc.quantity import Params, Tokens
from scalecalc.result import Completes, Inputs

DecayName = Literal["cosine", "linear", "constant", "inverse-sqrt", "wsd", "multi-step", "restarts"]

CooldownForm = Literal["1-sqrt", "linear", "cosine", "exponential"]

DECAYS_WITH = {
    "min_lr": ("cosine", "linear", "wsd", "restarts"),
    "cooldown": ("wsd",),
    "cooldown_form": ("wsd",),
    "milestones": ("multi-step",),
    "gamma": ("multi-step",),
    "cycles": ("restarts",),
    "cycle_growth": ("restarts",),
    "timescale": ("inverse-sqrt",),
}
"""Options that only some shapes know."""


class ScheduleOptions(Inputs):
    """The run, the warm-up, and the figures of every shape."""

    TEXT_OF_LENGTH: ClassVar[str] = "in steps, tokens or as a share of the run"

    peak_lr: float | None = Field(
        None,
        ge=1e-12,
        lt=1e6,
        description="The highest learning rate, e.g. 3e-4. [by the law of hyperparameters]",
    )
    steps: Steps | None = Field(None, description="Optimizer steps, e.g. 100k. [tokens over batch]")
    tokens: Tokens | None = Field(None, description="Training tokens, e.g. 2T.")
    batch: Tokens | None = Field(None, description="Tokens of one step, e.g. 4M. [by the law]")
    params: Params | None = Field(None, description="The model size, e.g. 7B, that a law gives the rest for.")
    model: Annotated[str | None, Completes("model")] = Field(
        None, description="A published model in its place, with its own tokens, or --tokens."
    )
    warmup: str | None = Field(
        None, description=f"Its length {TEXT_OF_LENGTH}: 2000, 4B tokens, 1%. [the law's, else 1%]"
    )
    warmup_from: str = Field("0", description="The rate that the warm-up rises from, e.g. 1e-7 or 10%.")
    min_lr: str | None = Field(
        None, description="Where cosine, linear, wsd and restarts end, e.g. 3e-5 or 10%. [10% of the peak]"
    )
    cooldown: str | None = Field(None, description=f"Of wsd: its length {TEXT_OF_LENGTH}. [20%]")
    cooldown_form: CooldownForm | None = Field(
        None, description="Of wsd: 1-sqrt, linear, cosine or exponential. [1-sqrt]"
    )
    milestones: str | None = Field(
        None, description=f"Of multi-step: where the rate drops, {TEXT_OF_LENGTH}. [80%,90%]"
    )
    gamma: float | None = Field(
        None, gt=0, le=1, description="Of multi-step: the factor of each drop. [0.316, as DeepSeek LLM]"
    )
    cycles: int | None = Field(None, ge=1, le=1000, description="Of restarts: how many cosines. [4]")
    cycle_growth: float | None = Field(
        None, ge=1, le=1000, description="Of restarts: how much longer each is than the one before. [1]"
    )
    timescale: str | None = Field(
        None, description="Of inverse-sqrt: steps in which the rate falls by 29 %. [the warm-up, or 10000]"
    )
    convention: Literal["from-one", "from-zero"] = Field(
        "from-one",
        description="from-one: the first step is above zero, the last one at the minimum; from-zero, as "
        "PyTorch and transformers mostly count: the first step is at zero, the last one above the minimum.",
    )

    def refuse_idle(self, decays: tuple[str, ...]) -> None:
        """A Problem where an option is given that none of these shapes knows."""
        for name, known in DECAYS_WITH.items():
            if getattr(self, name) is not None and not set(known) & set(decays):
                option = f"--{name.replace('_', '-')}"
                message = f"{option} does not go with --decay {' and '.join(decays)}"
                raise Problem("conflict", message, f"it goes with --decay {' or '.join(known)}")
