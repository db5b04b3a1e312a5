"""Whether a training run fits into the memory of its devices, and which layouts make it fit."""

from typing import ClassVar

from pydantic import Field

from scalecalc import tables
from scalecalc.commands._architecture import ArchitectureChoice
from scalecalc.commands._hardware import DEFAULT_ACCELERATOR
from scalecalc.commands._layout_choice import LayoutChoice, layout_text
from scalecalc.commands._layout_rows import (
    FilledPart,
    LayoutRow,
    StageRow,
    Suggestion,
    filled_parts,
    layout_row,
    stage_rows,
    suggestions,
)
from scalecalc.commands._shape_row import shape_text
from scalecalc.commands._training_memory import TrainingMemory
from scalecalc.compute.adapters import adapter_params
from scalecalc.compute.layout import Batch, Layout
from scalecalc.compute.layouts import IGNORED, MARGIN, Fit, layouts
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Bytes, Params, significant
from scalecalc.result import Note, Result

NODE = 8
"""Devices over which --suggest may split matrices."""

SPLIT_FROM = 3e9
"""Parameters from which a shape that divides over a node is still a usual one."""


class MemoryInputs(ArchitectureChoice, LayoutChoice):
    """Tell whether a training run fits into its devices' memory, and what fills them.

    Name the model as for `flops`, the devices and how they share the work. --lora and --qlora fine-tune
    adapters. --suggest lists the layouts that fit instead, the cheapest communication first.
    """

    group: ClassVar[str] = "Cost"
    examples: ClassVar[tuple[str, ...]] = (
        "memory llama3-8b --gpus 8xh100",
        "memory llama3-70b --gpus 64xh100 --tensor 8 --pipeline 2 --recompute full",
        "memory llama2-7b --gpus 1xrtx4090 --qlora --seq 512",
        "memory --params 70B --gpus 512xh100 --suggest",
    )

    @property
    def widest_tensor(self) -> int:
        """Over how many devices the widths of a shape divide that is chosen for its size alone."""
        return self.tensor or (NODE if self.suggest and (self.params or 0) >= SPLIT_FROM else 1)


class MemoryResult(Result):
    """What fills the fullest device of a run, and what would fit."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"model", "accelerator", "gpus", "fits", "layout", "recompute"}
    )

    model: str
    accelerator: str
    gpus: int = Field(title="devices")
    fits: bool
    bytes: Bytes = Field(title="needed", description="Bytes on the fullest device.")
    usable_bytes: Bytes = Field(title="usable", description="Bytes of a device that a run may fill.")
    device_bytes: Bytes = Field(title="memory of a device")
    largest_micro_batch: int = Field(
        title="largest micro-batch",
        description="Sequences that fit at once in this layout; 0 if not one does.",
    )
    fewest_devices: int | None = Field(
        title="fewest devices, any layout",
        description="Least power of two of such devices on which some layout fits; null past 65,536.",
    )
    trained_params: int | None = Field(
        title="trained parameters", description="Those of the adapters; null where all are trained."
    )
    sequence_length: int = Field(title="tokens of a sequence")
    micro_batch: int = Field(title="micro-batch")
    recompute: str
    layout: LayoutRow
    stages: tuple[StageRow, ...] = Field(
        title="each stage: Weights, Gradients, Optimizer, Activations, In work, "
        "Logits, Z gathered, Framework",
        description="Stages of the pipeline, the first first, each with what fills one of its devices.",
    )
    parts: tuple[FilledPart, ...] = Field(title="what fills the fullest device")
    layouts_that_fit: int | None = Field(description="How many layouts fit; null without --suggest.")
    suggestions: tuple[Suggestion, ...] = Field(title="layouts that fit, the cheapest communication first")

    def headline(self) -> str:
        """Whether it fits, and how full the fullest device is."""
        verdict = "fits" if self.fits else "does not fit"
        full = f"{self.bytes} of {self.usable_bytes} usable on the fullest device"
        return f"{self.model} {verdict} on {self.gpus}x{self.accelerator}: {full}"


class SuggestedResult(MemoryResult):
    """Layouts that fit: the same keys, but a reader sees the list and not what fills a device."""

    told: ClassVar[frozenset[str]] = MemoryResult.told | {
        *("bytes", "largest_micro_batch", "micro_batch", "stages", "parts", "layouts_that_fit")
    }

    def headline(self) -> str:
        """How many layouts fit, and how full the one that communicates least makes a device."""
        full = f"the first fills {self.bytes} of {self.usable_bytes} usable"
        return (
            f"{self.model} fits on {self.gpus}x{self.accelerator} in {self.layouts_that_fit} layouts; {full}"
        )


def memory(inputs: MemoryInputs) -> MemoryResult:
    """What fills the devices in the layout that was given, or in the best that fits."""
    found = inputs.architecture(inputs.seq, inputs.widest_tensor)
    tokens, assumed = found.sequence(inputs.seq, "--seq")
    named = inputs.gpus and inputs.gpus.accelerator
    device = tables.accelerator(named or DEFAULT_ACCELERATOR)
    training = TrainingMemory(inputs, found, tokens, device, inputs.devices)
    if inputs.suggest:
        return _suggested(training, assumed)
    laid_out = inputs.laid_out(found.shape, training.devices)
    batch = inputs.worked_on(tokens)
    result = _result(training, laid_out.layout, batch, (*assumed, *laid_out.assumptions))
    if result.fits:
        return result
    return result.model_copy(update={"notes": (*result.notes, _remedy(training, result))})


def _result(
    training: TrainingMemory,
    layout: Layout,
    batch: Batch,
    assumed: tuple[str, ...],
    fits: tuple[Fit, ...] | None = None,
) -> MemoryResult:
    found, device, adapters = training.found, training.device, training.adapters
    used, usable = training.used(layout, batch), training.cluster.usable
    kind = MemoryResult if fits is None else SuggestedResult
    return kind(
        model=found.name,
        accelerator=device.id,
        gpus=training.devices,
        fits=used.total <= usable,
        bytes=Bytes(used.total),
        usable_bytes=Bytes(usable),
        device_bytes=Bytes(device.memory),
        largest_micro_batch=training.largest(layout, batch),
        fewest_devices=training.fewest(),
        trained_params=adapter_params(found.shape, adapters) if adapters else None,
        sequence_length=training.tokens,
        micro_batch=batch.micro_batch,
        recompute=batch.recompute,
        layout=layout_row(layout),
        stages=stage_rows(found.shape, layout, training.stages(layout, batch), device.memory),
        parts=filled_parts(used, device.memory),
        layouts_that_fit=None if fits is None else len(fits),
        suggestions=suggestions(fits[: training.inputs.limit]) if fits else (),
        assumptions=(
            f"layout: {layout_text(layout)}; recomputation: {batch.recompute}",
            f"shape: {shape_text(found.shape)}",
            *found.assumptions,
            *assumed,
            *_kept(training),
        ),
        notes=found.notes,
        sources=(*filter(None, (found.source,)), f"{device.id}: {device.source}"),
    )


def _suggested(training: TrainingMemory, assumed: tuple[str, ...]) -> MemoryResult:
    """The layouts that fit, and what fills the devices in the best of them."""
    every = layouts(training.run, training.cluster)
    fits = tuple(fit for fit in every if training.inputs.allows(fit.layout))
    if not fits:
        text = f"{training.found.name} fits on {training.devices}x{training.device.id} in no such layout"
        hint = f"{len(every)} layouts fit with other degrees" if every else _least(training.fewest())
        raise Problem("does-not-fit", text, hint, ExitCode.NO_ANSWER)
    return _result(training, fits[0].layout, fits[0].batch, (*assumed, *_ranking(training, fits)), fits)


def _ranking(training: TrainingMemory, fits: tuple[Fit, ...]) -> tuple[str, ...]:
    """What the list rests on, and where in it the shortest step stands."""
    run = training.run
    step = Params(run.sequences * training.tokens)
    shortest = min(range(len(fits)), key=lambda place: (fits[place].seconds, place))
    place = f"the shortest of all, {significant(fits[shortest].seconds, 3)} s, is no. {shortest + 1}"
    return (
        f"steps of {run.sequences} sequences, {step} tokens: --batch sets others",
        "ranked by what a device waits in a step: the pipeline's bubble, and traffic that no computing hides",
        f"each layout has the batch and the recomputation of its shortest step; {place}",
        f"the ranking ignores {'; '.join(IGNORED)}",
    )


def _remedy(training: TrainingMemory, result: MemoryResult) -> Note:
    """A warning that it does not fit, with what would."""
    over = Bytes(result.bytes - result.usable_bytes)
    if result.largest_micro_batch:
        remedy = f"--micro-batch {result.largest_micro_batch} fits"
    elif training.adapters is not None:
        least = result.fewest_devices
        remedy = _least(least)
        if least is not None and least <= training.devices:
            remedy = "it fits with --recompute full --zero 3 and --micro-batch 1"
    elif fits := layouts(training.run, training.cluster):
        best = min(fits, key=lambda fit: fit.seconds)
        recompute = "" if best.batch.recompute == "none" else f", --recompute {best.batch.recompute}"
        batch = f"micro-batch {best.batch.micro_batch}{recompute}"
        remedy = f"it fits with {layout_text(best.layout)}, {batch}: --suggest lists {len(fits)} layouts"
    else:
        remedy = f"no layout fits on {training.devices}; {_least(result.fewest_devices)}"
    text = f"{over} too much on the fullest device; {remedy}"
    return Note(code="does-not-fit", message=text, level="warning")


def _least(devices: int | None) -> str:
    if devices is None:
        return "no number of such devices up to 65,536 does"
    return f"it takes at least {devices} such devices"


def _kept(training: TrainingMemory) -> tuple[str, ...]:
    """What each parameter and each logit takes, and what is kept free."""
    inputs, adapters = training.inputs, training.adapters
    kept = inputs.precision
    states = f"{kept.weights:.3g} + {kept.gradients:.3g} + {kept.master + kept.matrix_states:.3g}"
    master = "without" if inputs.no_master else "with"
    texts = [f"{states} bytes per parameter: weights, gradients, {inputs.optimizer} {master} a master copy"]
    if adapters is not None:
        on = "all matrices" if adapters.targets == "all" else adapters.targets
        bits = "4 bits" if inputs.qlora else "16 bits"
        texts = [
            f"frozen weights in {bits}; adapters of rank {adapters.rank} on {on}, which ZeRO does not split"
        ]
    if not (inputs.gpus and inputs.gpus.count and inputs.gpus.accelerator):
        texts.append(f"{training.devices}x{training.device.id}: --gpus names others")
    scores = "plain attention keeps its scores" if inputs.no_flash else "flash attention keeps no scores"
    texts.append(f"{scores}: --no-flash counts them" if not inputs.no_flash else scores)
    if not inputs.dropout:
        texts.append("no dropout: --dropout counts its masks")
    texts.append(f"{MARGIN:.0%} of the memory is kept free for fragments and buffers")
    return tuple(texts)
