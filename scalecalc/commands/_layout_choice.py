"""How a run is laid out over devices, as the command line gives it: degrees, precision, batch, adapters."""

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator

from scalecalc.commands._sequence import SequenceLength
from scalecalc.compute.adapters import FOUR_BITS, Adapters, Targets
from scalecalc.compute.layout import Batch, Layout, Optimizer, Precision, Recompute
from scalecalc.compute.transformer import Shape
from scalecalc.problem import Problem
from scalecalc.quantity import Cluster, Tokens
from scalecalc.result import Completes, Inputs

USUAL_RANK = 64
"""The rank of the adapters of the QLoRA paper (Dettmers et al. 2023, arXiv 2305.14314, appendix B.2)."""

Degree = Annotated[int | None, Field(ge=1, le=10**6)]

USUAL_DEVICES = 8
"""One node, where no number of devices is given."""

_FUSED, _WHOLE = 4.0, 14.0
"""Bytes per logit of a fused loss and of one that holds copies, as `Batch` tells."""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A layout of all devices, and what had to be assumed to have it."""

    layout: Layout
    assumptions: tuple[str, ...]


class LayoutChoice(Inputs):
    """The options that say which devices share what, and what each keeps."""

    gpus: Annotated[Cluster | None, Completes("accelerator")] = Field(
        None, description="Devices, e.g. 8xh100 or 512xb200. [8xh100]"
    )
    tensor: Degree = Field(None, description="Devices that split each matrix. [1]")
    pipeline: Degree = Field(None, description="Stages that the layers are split into. [1]")
    context_parallel: Degree = Field(None, description="Devices that split each sequence. [1]")
    expert: Degree = Field(None, description="Devices that the experts are spread over. [1]")
    data: Degree = Field(None, description="Devices that split the batch. [what is left]")
    zero: Annotated[int | None, Field(ge=0, le=3)] = Field(
        None,
        description="ZeRO: 1 splits optimizer states, 2 gradients, 3 (FSDP) weights. [3; 1 in a pipeline]",
    )
    seq: SequenceLength | None = Field(
        None, description="Tokens of a sequence, e.g. 8k. [the model's context, up to 8192]"
    )
    micro_batch: Annotated[int | None, Field(ge=1, le=10**9)] = Field(
        None, description="Sequences that a device works on at once. [1]"
    )
    recompute: Recompute | None = Field(
        None, description="What the backward pass makes anew: none, selective, alternate or full. [none]"
    )
    no_flash: bool = Field(False, description="Attention that keeps its scores.")
    dropout: bool = Field(False, description="Dropout, whose masks are kept, as models had up to GPT-3.")
    no_sequence_parallel: bool = Field(False, description="Tensor parallelism that does not split norms.")
    fused_loss: bool = Field(False, description="A loss that keeps 4 bytes per logit, not 14.")
    optimizer: Optimizer = Field(
        "adamw", description="sgd, momentum, adam, adamw, adam8bit, adafactor, lion or muon."
    )
    no_master: bool = Field(False, description="Train the 16-bit weights without a copy in fp32.")
    fp32_gradients: bool = Field(False, description="Keep gradients in fp32, as Megatron does.")
    lora: Annotated[int | None, Field(ge=1, le=10**6)] = Field(
        None, description="Fine-tune adapters of this rank on frozen 16-bit weights."
    )
    qlora: bool = Field(False, description=f"Frozen weights in 4 bits; rank by --lora. [{USUAL_RANK}]")
    lora_targets: Targets = Field("all", description="query-value, attention or all matrices.")
    suggest: bool = Field(False, description="List the layouts that fit, the cheapest communication first.")
    batch: Tokens = Field(Tokens(4e6), description="Tokens of a step, for --suggest.")
    limit: Annotated[int, Field(ge=1, le=1000)] = Field(10, description="Layouts that --suggest lists.")

    @model_validator(mode="after")
    def _suggestion_is_free(self) -> Self:
        """What --suggest chooses, or does not know, is not given beside it."""
        if not self.suggest:
            self._refuse_idle()
            return self
        names = ("micro_batch", "recompute", "lora")
        flags = ("qlora", "no_sequence_parallel")
        given = [name for name in names if getattr(self, name) is not None]
        given += [name for name in flags if getattr(self, name)]
        if given:
            option = f"--{given[0].replace('_', '-')}"
            hint = "leave it out; --tensor, --pipeline, --data, --expert and --zero narrow the list"
            raise Problem(
                "conflict", f"{option} beside --suggest, which chooses batch and recomputation", hint
            )
        return self

    def _refuse_idle(self) -> None:
        """What only --suggest heeds is not given without it."""
        for name in ("batch", "limit"):
            if getattr(self, name) != type(self).model_fields[name].default:
                raise Problem("conflict", f"--{name} changes nothing without --suggest", "add --suggest")

    @model_validator(mode="after")
    def _adapters_have_their_own_precision(self) -> Self:
        given = [name for name in ("no_master", "fp32_gradients") if getattr(self, name)]
        if given and (self.lora or self.qlora):
            option = f"--{given[0].replace('_', '-')}"
            text = f"{option} beside adapters, which are trained in 16 bits without a master copy"
            raise Problem("conflict", text, "leave it out")
        return self

    @property
    def devices(self) -> int:
        """The number of devices; what the degrees make where none is given, and at least a node."""
        if self.gpus and self.gpus.count:
            return self.gpus.count
        split = (self.tensor or 1) * (self.pipeline or 1) * (self.context_parallel or 1)
        return split * self.data if self.data else max(USUAL_DEVICES, split)

    @property
    def precision(self) -> Precision:
        """Bytes per parameter of a training of all weights."""
        return Precision(
            gradients=4.0 if self.fp32_gradients else 2.0,
            master=0.0 if self.no_master else 4.0,
            optimizer=self.optimizer,
        )

    @property
    def adapters(self) -> Adapters | None:
        """The adapters that are trained instead of all weights."""
        if self.lora is None and not self.qlora:
            return None
        return Adapters(
            rank=self.lora or USUAL_RANK,
            targets=self.lora_targets,
            bytes_per_weight=FOUR_BITS if self.qlora else 2.0,
            precision=Precision(weights=2.0, gradients=2.0, master=0.0, optimizer=self.optimizer),
        )

    @property
    def bytes_per_logit(self) -> float:
        """What the loss keeps for each entry of the vocabulary."""
        return _FUSED if self.fused_loss else _WHOLE

    def worked_on(self, tokens: int) -> Batch:
        """What a device works on at once, in sequences of so many tokens."""
        return Batch(
            tokens=tokens,
            micro_batch=self.micro_batch or 1,
            flash=not self.no_flash,
            dropout=self.dropout,
            recompute=self.recompute or "none",
            bytes_per_logit=self.bytes_per_logit,
        )

    def laid_out(self, shape: Shape, devices: int) -> LaidOut:
        """The layout of so many devices, the rest of them splitting the batch."""
        tensor, pipeline = self.tensor or 1, self.pipeline or 1
        context, expert = self.context_parallel or 1, self.expert or 1
        self._refuse_uneven(shape)
        split = tensor * pipeline * context
        data = self.data or max(1, devices // split)
        if split * data != devices:
            degrees = f"tensor {tensor} x pipeline {pipeline} x context {context} x data {data}"
            hint = f"--gpus {split * data} has as many, or leave --data to what is left"
            raise Problem("value", f"{degrees} make {split * data} devices, not {devices}", hint)
        replicas = data * context
        zero = (0 if replicas == 1 else 1 if pipeline > 1 else 3) if self.zero is None else self.zero
        if replicas % expert:
            text = f"--expert {expert} does not divide the {replicas} devices that split batch and sequences"
            raise Problem("value", text, "give a divisor of it")
        layout = Layout(
            tensor=tensor,
            pipeline=pipeline,
            context=context,
            expert=expert,
            data=data,
            zero=zero,
            sequence_parallel=not self.no_sequence_parallel,
        )
        return LaidOut(layout, self._assumed(layout) if self.zero is None else ())

    def _assumed(self, layout: Layout) -> tuple[str, ...]:
        """What ZeRO splits where no stage was given; beside adapters only the frozen weights."""
        if layout.replicas == 1 or (self.adapters and layout.zero < 3):
            return ()
        whole = {1: "optimizer states", 3: "weights, gradients and optimizer states"}[layout.zero]
        what = "frozen weights" if self.adapters else whole
        text = (
            f"ZeRO {layout.zero}: {what} are split over {layout.replicas} devices: --zero sets another stage"
        )
        return (text,)

    def allows(self, layout: Layout) -> bool:
        """Whether a layout has the degrees that were given."""
        wanted = {
            "tensor": self.tensor,
            "pipeline": self.pipeline,
            "context": self.context_parallel,
            "expert": self.expert,
            "data": self.data,
            "zero": self.zero,
        }
        return all(degree is None or getattr(layout, name) == degree for name, degree in wanted.items())

    def _refuse_uneven(self, shape: Shape) -> None:
        """Degrees that do not divide what they split."""
        if self.tensor and (shape.n_heads % self.tensor or shape.d_ff % self.tensor):
            text = f"--tensor {self.tensor} does not divide {shape.n_heads} heads and width {shape.d_ff}"
            raise Problem("value", text, "give a divisor of both")
        if self.pipeline and self.pipeline > shape.n_layers:
            text = f"--pipeline {self.pipeline} exceeds the {shape.n_layers} layers"
            raise Problem("value", text, "give a stage at least one layer")
        if self.expert and self.expert > 1 and (not shape.n_experts or shape.n_experts % self.expert):
            experts = f", {shape.n_experts} in a layer" if shape.n_experts else " of a model without any"
            text = f"--expert {self.expert} does not divide the experts{experts}"
            raise Problem("value", text, "give a divisor of it, or leave it out")


def layout_text(layout: Layout) -> str:
    """The degrees that are not 1, and the ZeRO stage."""
    degrees = {
        "tensor": layout.tensor,
        "pipeline": layout.pipeline,
        "context": layout.context,
        "expert": layout.expert,
        "data": layout.data,
    }
    told = [f"{name} {degree}" for name, degree in degrees.items() if degree > 1]
    return ", ".join([*told, f"ZeRO {layout.zero}"]) if told else "one device"
