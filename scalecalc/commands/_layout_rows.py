"""What fills the devices, and the layouts that fit, as rows of a result."""

from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar

from pydantic import Field, SkipValidation, WithJsonSchema

from scalecalc.compute.layout import Layout
from scalecalc.compute.layouts import Fit
from scalecalc.compute.memory import Memory, micro_batches_kept, stage_layers
from scalecalc.compute.transformer import Shape
from scalecalc.quantity import Bytes, Quantity, significant
from scalecalc.result import Row, Shown

PARTS = {
    "weights": ("weights", "W"),
    "gradients": ("gradients", "G"),
    "optimizer": ("optimizer", "O"),
    "activations": ("activations", "A"),
    "in_work": ("layer in work", "I"),
    "logits": ("logits", "L"),
    "gathered": ("gathered weights", "Z"),
    "framework": ("framework", "F"),
}
"""The parts of `Memory`, what a reader calls them, and the sign that draws them in a bar."""

_BAR = 25
"""Signs of a bar that fills a device, so that its table fits 60 columns."""

_FREE, _PAST = ".", ">"
"""What draws free memory, and what stands at the end of a bar that is longer than the device."""


class Filling(Quantity):
    """Bytes over those of a device, printed behind a bar; more than the device holds ends in an arrow.

    >>> str(Filling(0.24)), str(Filling(3))[-10:]
    ('######                    24.0%', '###>    3x')
    >>> str(Filling.drawn(0.6, ((0.24, "W"), (0.36, "A"))))
    'WWWWWWAAAAAAAAA.......... 60.0%'
    """

    __slots__ = ("bar",)

    unit = ""
    noun = "a filling"
    may_be_zero = True

    bar: str

    @classmethod
    def drawn(cls, share: float, parts: Iterable[tuple[float, str]], rest: str = _FREE) -> "Filling":
        """A filling whose bar is drawn of its parts, each a share with its sign."""
        filling = cls(share)
        filling.bar = _bar(parts, rest)
        return filling

    def __str__(self) -> str:
        bar = getattr(self, "bar", None) or _bar(((float(self), "#"),), " ")
        percent = f"{100 * self:.1f}%" if self < 1 else f"{significant(self, 3)}x"
        return f"{bar} {percent:>5}"


def _bar(parts: Iterable[tuple[float, str]], rest: str) -> str:
    """Signs up to the sum of the shares so far, so that rounding never adds up."""
    bar, total = "", 0.0
    for share, sign in parts:
        total += share
        bar += sign * (round(min(total, 2.0) * _BAR) - len(bar))
    return bar.ljust(_BAR, rest) if len(bar) <= _BAR else bar[: _BAR - 1] + _PAST


Drawn = Annotated[Filling, SkipValidation, WithJsonSchema({"type": "number"}, mode="serialization")]
"""A filling that keeps its bar."""


class FilledPart(Row):
    """Bytes of one part on the fullest device."""

    part: str
    bytes: Bytes
    share: Drawn = Field(title="of the device", description="Over the memory of the device; may exceed 1.")


class StageRow(Row):
    """What fills each device of one stage of the pipeline."""

    told: ClassVar[frozenset[str]] = frozenset({"devices", "micro_batches_kept", "parts"})

    stage: int
    devices: int = Field(description="Devices of the stage, all filled alike.")
    layers: int
    micro_batches_kept: float = Field(description="Micro-batches whose activations are kept at once.")
    bytes: Bytes
    share: Drawn = Field(title="of the device", description="Over the memory of the device; may exceed 1.")
    parts: tuple[FilledPart, ...]


class LayoutRow(Row):
    """Degrees of parallelism."""

    tensor: int = Field(title="TP", description="Devices that split each matrix.")
    pipeline: int = Field(title="PP", description="Stages that the layers are split into.")
    context: int = Field(title="CP", description="Devices that split each sequence.")
    expert: int = Field(title="EP", description="Devices that the experts are spread over.")
    data: int = Field(title="DP", description="Devices that split the batch.")
    zero: int = Field(title="ZeRO", description="0 to 3, of the devices with the same weights.")


class Suggestion(LayoutRow):
    """A layout that fits with its best batch, and the estimates that rank it."""

    told: ClassVar[frozenset[str]] = frozenset({"exposed_seconds"})

    recompute: str
    micro_batch: int = Field(title="micro batch", description="Sequences that a device works on at once.")
    bytes: Bytes = Field(title="memory", description="Bytes on the fullest device.")
    bubble: Annotated[float, Shown(digits=2)] = Field(
        description="Time that a device waits for the pipeline, over that in which it computes."
    )
    traffic_bytes: Bytes = Field(title="traffic", description="Bytes that one device sends in a step.")
    exposed_seconds: float = Field(description="Seconds of a step in traffic that computing does not hide.")
    waiting_seconds: Annotated[float, Shown(unit="s")] = Field(
        title="waits",
        description="Seconds of a step in the bubble and in traffic that computing does not hide; ranks.",
    )
    step_seconds: Annotated[float, Shown(unit="s")] = Field(
        title="step", description="With computing, recomputation in it; it orders layouts, no more."
    )


def filled_parts(used: Memory, device_bytes: float) -> tuple[FilledPart, ...]:
    """What fills a device, and what is left of it; each part has at least one sign, which others explain."""
    parts = {title: (getattr(used, name), sign) for name, (title, sign) in PARTS.items()}
    parts["free"] = max(0.0, device_bytes - used.total), _FREE
    return tuple(
        FilledPart(part=title, bytes=Bytes(size), share=_filling(size / device_bytes, sign))
        for title, (size, sign) in parts.items()
        if size
    )


def _filling(share: float, sign: str) -> Filling:
    return Filling.drawn(share, ((max(share, 1 / _BAR), sign),), " ")


def stage_rows(
    shape: Shape, layout: Layout, stages: Sequence[Memory], device_bytes: float
) -> tuple[StageRow, ...]:
    """What fills a device of each stage."""
    return tuple(
        StageRow(
            stage=stage + 1,
            devices=layout.devices // layout.pipeline,
            layers=stage_layers(shape, layout, stage),
            micro_batches_kept=micro_batches_kept(layout, stage),
            bytes=Bytes(used.total),
            share=Filling.drawn(
                used.total / device_bytes,
                [(getattr(used, name) / device_bytes, sign) for name, (_, sign) in PARTS.items()],
            ),
            parts=filled_parts(used, device_bytes),
        )
        for stage, used in enumerate(stages)
    )


def layout_row(layout: Layout) -> LayoutRow:
    """The layout as a part of a result."""
    return LayoutRow(**_degrees(layout))


def suggestions(fits: Iterable[Fit]) -> tuple[Suggestion, ...]:
    """The layouts that fit, in their order."""
    return tuple(
        Suggestion(
            **_degrees(fit.layout),
            recompute=fit.batch.recompute,
            micro_batch=fit.batch.micro_batch,
            bytes=Bytes(fit.memory.total),
            bubble=fit.bubble,
            traffic_bytes=Bytes(fit.traffic.total),
            exposed_seconds=fit.exposed,
            waiting_seconds=fit.waiting,
            step_seconds=fit.seconds,
        )
        for fit in fits
    )


def _degrees(layout: Layout) -> dict[str, int]:
    return {name: getattr(layout, name) for name in LayoutRow.model_fields}
