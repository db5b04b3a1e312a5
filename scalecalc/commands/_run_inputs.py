"""The options that describe a training run: the work, the devices, their pace, the time and the money."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scalecalc.commands._energy import EnergyInputs
from scalecalc.commands._failures import FailureInputs
from scalecalc.commands._sequence import PhaseText, SequenceLength
from scalecalc.commands._serving import ServingInputs
from scalecalc.compute.throughput import training_flops
from scalecalc.problem import Problem
from scalecalc.quantity import (
    Cluster,
    DeviceHours,
    Dollars,
    Duration,
    Flops,
    Params,
    Price,
    Share,
    Tokens,
    significant,
)
from scalecalc.result import Completes, Inputs


class Work(Inputs):
    """How much is computed: FLOPs, or a model and its tokens."""

    flops: Flops | None = Field(None, description="The work as compute, e.g. 1e24.")
    params: Params | None = Field(None, description="The work by model size, with --tokens, e.g. 70B.")
    active_params: Params | None = Field(
        None, description="Parameters active per token, for a mixture of experts; they do the work."
    )
    tokens: Tokens | None = Field(None, description="Training tokens, e.g. 1.4T.")
    model: Annotated[str | None, Completes("model")] = Field(
        None, description="The work of a published model, e.g. llama3-8b."
    )
    phase: list[PhaseText] = Field(
        [],
        description="Tokens in sequences of a length, e.g. 15T@8k; repeat for further phases. Attention is "
        "counted where the model's shape is known.",
    )
    sequence: SequenceLength | None = Field(
        None, description="Tokens of one sequence, e.g. 8k: counts the attention of --model."
    )

    @model_validator(mode="after")
    def _one_work(self) -> Self:
        self._refuse_other_flops()
        for other in ("model", "params", "active_params", "tokens", "sequence"):
            self._refuse_together("one work", "flops", other)
        for other in ("params", "active_params", "tokens"):
            self._refuse_together("one work", "model", other)
        for other in ("flops", "tokens", "sequence"):
            self._refuse_together("one work", "phase", other)
        if self.phase and not (self.model or self.params):
            raise Problem("no-model", "--phase without a model is no work", "add --model or --params")
        if self.sequence is not None and not self.model:
            raise Problem(
                "no-shape", "--sequence counts attention, which takes a shape", "add --model, or leave it out"
            )
        if self.params and self.active_params and self.active_params > self.params:
            raise Problem(
                "value",
                f"--active-params {self.active_params} exceeds --params {self.params}",
                "swap the two",
            )
        return self

    def _refuse_other_flops(self) -> None:
        """FLOPs beside the model and tokens that they are of: told apart where they are of another run."""
        params = self.active_params or self.params
        if self.flops is None or params is None or self.tokens is None:
            return
        ratio = significant(self.flops / training_flops(params, self.tokens), 3)
        text = f"--flops {self.flops} beside --params and --tokens, whose 6ND they are {ratio} times"
        hint = "give one of the two; other FLOPs are another model's, or count attention or recomputation"
        raise Problem("conflict", text, hint)

    def _refuse_together(self, what: str, *names: str) -> None:
        given = [f"--{name.replace('_', '-')}" for name in names if getattr(self, name) not in (None, [])]
        if len(given) > 1:
            raise Problem("conflict", f"{' and '.join(given)} are more than {what}", "give one of them")


class Means(Inputs):
    """The devices and their pace, the time and the money, each as far as it is known."""

    gpus: Annotated[Cluster | None, Completes("accelerator")] = Field(
        None, description="The devices, e.g. 512xH100, 512 or a100. [h100]"
    )
    time: Duration | None = Field(None, description="Wall-clock time, e.g. 30d.")
    usd: Dollars | None = Field(None, description="Money, e.g. 2M.")
    gpu_hours: DeviceHours | None = Field(None, description="Hours over all devices, e.g. 1.3M.")
    mfu: Share | None = Field(None, description="6ND over the dense peak, e.g. 40%. [that of published runs]")
    hfu: Share | None = Field(None, description="The share of peak with recomputation counted, e.g. 50%.")
    tflops: float | None = Field(
        None,
        ge=1e-6,
        le=1e9,
        description="TFLOP/s that a device achieves, e.g. 400; with --recompute full, recomputation counted.",
    )
    goodput: Share | None = Field(
        None, description="Share of the time in which the run moves; goes with --mfu, --hfu or --tflops."
    )
    recompute: Literal["none", "full"] = Field(
        "none", description="Activations recomputed in the backward pass: none, or full (HFU = 4/3 MFU)."
    )
    dtype: str | None = Field(None, description="Data type of the peak: bf16, fp16, fp8. [bf16, else fp16]")
    price: Price | None = Field(None, description="US dollars per GPU-hour, e.g. 2.5/h. [the table's]")


class RunInputs(ServingInputs, EnergyInputs, FailureInputs, Means, Work):
    """A training run: its work, its means, what interrupts it, what it draws, and the demand after it."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        self._refuse_together("one pace", "mfu", "hfu", "tflops")
        if self.gpu_hours is not None and self.time is not None and self.gpus and self.gpus.count:
            raise Problem(
                "conflict",
                "--gpu-hours follows from --gpus and --time",
                "give two of the three: they fix each other",
            )
        if self.goodput is not None and self.mfu is self.hfu is self.tflops is None:
            raise Problem(
                "conflict",
                "--goodput without a steady pace: the MFU of published runs is end to end, so it is in it",
                "add the steady MFU, e.g. --mfu 45%, or leave --goodput out",
            )
        if self.mtbf is not None and self.mfu is self.hfu is self.tflops is None:
            raise Problem(
                "conflict",
                "--mtbf without a steady pace: failures are in the MFU of published runs",
                "add the steady MFU, e.g. --mfu 45%, or leave --mtbf out",
            )
        self._refuse_together("one goodput", "goodput", "mtbf")
        self._refuse_half_a_demand()
        return self
