"""The options of `mfu`: the model, the devices, and one way to tell the pace."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from scalecalc.commands._counted import ConventionName, Counted
from scalecalc.commands._sequence import SequenceLength
from scalecalc.problem import Problem
from scalecalc.quantity import Cluster, Duration, Params, Quantity, Share, Tokens
from scalecalc.quantity.number import abbreviated, read_number, with_prefix
from scalecalc.result import Completes, Inputs

PACES = ("tokens_per_second", "step_time", "tflops", "mfu", "hfu")


class TokenRate(Quantity):
    """Tokens per second.

    >>> TokenRate.parse("400K tok/s"), str(TokenRate(12345.6))
    (TokenRate(400000.0), '12.3K')
    """

    __slots__ = ()

    unit = "tokens per second"
    noun = "a number of tokens per second"
    metavar = "RATE"
    grammar = "400K, 9600, 1.2M tok/s"

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        prefix = number.rest
        for word in ("tokens/s", "token/s", "tok/s", "t/s", "/s"):
            prefix = prefix.removesuffix(word)
        return with_prefix(number, prefix.rstrip(), cls)

    def __str__(self) -> str:
        return abbreviated(self)


class MfuInputs(Inputs):
    """Turn tokens per second, or seconds per step, into MFU and HFU, and back.

    MFU is the model's own FLOPs over the dense peak; HFU also counts what is recomputed in the backward pass.
    Attention is counted where the model's shape and sequence are known. A pace that no hardware can keep is
    refused with the likely cause. Tokens per second are those of all devices together.
    """

    group: ClassVar[str] = "Cost"
    examples: ClassVar[tuple[str, ...]] = (
        "mfu --model llama3-8b --gpus 8xh100 --tokens-per-second 65K",
        "mfu --params 7B --gpus 256xa100 --step-time 4.2s --batch-tokens 4M",
        "mfu --model llama2-70b --gpus 1024xa100 --mfu 45% --batch-tokens 4M",
        "mfu --gpus a100 --tflops 140 --recompute full",
    )

    model: Annotated[str | None, Completes("model")] = Field(
        None, description="A published model, e.g. llama3-8b; its shape tells its attention."
    )
    params: Params | None = Field(None, description="The model by its size, e.g. 7B.")
    active_params: Params | None = Field(
        None, description="Parameters active per token, for a mixture of experts; they do the work."
    )
    gpus: Annotated[Cluster | None, Completes("accelerator")] = Field(
        None, description="The devices that work together, e.g. 8xh100; h100 for one of them."
    )
    tokens_per_second: TokenRate | None = Field(
        None, description="Tokens per second of all devices together, e.g. 400K."
    )
    step_time: Duration | None = Field(None, description="Seconds per step, with --batch-tokens, e.g. 4.2s.")
    batch_tokens: Tokens | None = Field(
        None, description="Tokens per step of all devices, e.g. 4M or 524288."
    )
    tflops: float | None = Field(
        None,
        ge=1e-6,
        le=1e9,
        description="TFLOP/s that a device achieves, e.g. 400; with --recompute full, recomputation counted.",
    )
    mfu: Share | None = Field(None, description="The MFU, for the pace that it means, e.g. 40%.")
    hfu: Share | None = Field(None, description="The HFU, for the pace that it means, e.g. 50%.")
    recompute: Literal["none", "full"] = Field(
        "none", description="Activations recomputed in the backward pass: none, or full (HFU = 4/3 MFU)."
    )
    dtype: str | None = Field(None, description="Data type of the peak: bf16, fp16, fp8. [bf16, else fp16]")
    peak: float | None = Field(
        None, ge=1e-3, le=1e9, description="Dense TFLOP/s of one device. [the table's]"
    )
    sequence: SequenceLength | None = Field(
        None, description="Tokens of one sequence, e.g. 8k. [the model's context, up to 8192]"
    )
    convention: ConventionName | None = Field(
        None,
        description="What counts as the model's FLOPs: 6n, causal, window, palm or exact. [palm, else 6n]",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = [f"--{name.replace('_', '-')}" for name in PACES if getattr(self, name) is not None]
        if not given:
            raise Problem(
                "no-pace", "nothing is given to tell the pace", "for example --tokens-per-second 65K"
            )
        if len(given) > 1:
            raise Problem("conflict", f"{' and '.join(given)} are more than one pace", "give one of them")
        if self.step_time is not None and self.batch_tokens is None:
            raise Problem("no-batch", "--step-time alone is no pace", "add --batch-tokens, e.g. 4M")
        if self.model is not None and not self.params is self.active_params is None:
            raise Problem("conflict", "--model and --params are more than one model", "give one of them")
        if self.active_params is not None and (self.params is None or self.active_params > self.params):
            raise Problem(
                "value",
                f"--active-params {self.active_params} without a larger --params",
                "give all parameters too, e.g. --params 671B --active-params 37B",
            )
        if 0.0 in (self.mfu, self.hfu):
            raise Problem("value", "at 0% nothing is ever trained", "for example --mfu 40%")
        return self

    def counted(self) -> Counted | None:
        """The model; None where TFLOP/s or a share of peak stand alone."""
        if self.model is not None:
            return Counted.published(self.model, self.sequence)
        if self.sequence is not None:
            raise Problem("no-shape", "--sequence counts attention, which takes --model", "leave it out")
        if self.params is None:
            return None
        return Counted(
            name=f"{self.params} parameters",
            params=self.params,
            active_params=self.active_params,
            shape=None,
            sequence=None,
        )
