"""What fills a device, and the layouts that fit, as rows of a result."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc.compute.layout import Layout
from scalecalc.compute.layouts import Fit
from scalecalc.compute.memory import Memory
from scalecalc.quantity import Bytes, Quantity, significant
from scalecalc.result import Row, Shown

PARTS = {
    "weights": "weights",
    "gradients": "gradients",
    "optimizer": "optimizer",
    "activations": "activations",
    "in_work": "layer in work",
    "logits": "logits",
    "gathered": "gathered weights",
    "framework": "framework",
}
"""The parts of `Memory` and what a reader calls them."""

_BAR = 40
"""Signs of a bar that fills a device."""


class Filling(Quantity):
    """Bytes over those of the device, drawn as a bar; more than the device holds ends in an arrow.

    >>> str(Filling(0.25))[-21:], str(Filling(3))[-10:]
    ('                25.0%', '###>    3x')
    """

    __slots__ = ()

    unit = ""
    noun = "a filling"
    may_be_zero = True

    def __str__(self) -> str:
        signs = min(_BAR, round(self * _BAR))
        bar = "#" * signs if self <= 1 else "#" * (_BAR - 1) + ">"
        percent = f"{100 * self:.1f}%" if self < 1 else f"{significant(self, 3)}x"
        return f"{bar:<{_BAR}} {percent:>5}"


class FilledPart(Row):
    """Bytes of one part on the fullest device."""

    part: str
    bytes: Bytes
    share: Filling = Field(title="of the device", description="Over the memory of the device; may exceed 1.")


class LayoutRow(Row):
    """Degrees of parallelism."""

    tensor: int = Field(title="TP", description="Devices that split each matrix.")
    pipeline: int = Field(title="PP", description="Stages that the layers are split into.")
    context: int = Field(title="CP", description="Devices that split each sequence.")
    expert: int = Field(title="EP", description="Devices that the experts are spread over.")
    data: int = Field(title="DP", description="Devices that split the batch.")
    zero: int = Field(title="ZeRO", description="0 to 3, of the devices with the same weights.")


class Suggestion(LayoutRow):
    """A layout that fits with its best batch, and the estimate that ranks it."""

    told: ClassVar[frozenset[str]] = frozenset({"exposed_seconds"})

    recompute: str
    micro_batch: int = Field(title="micro batch", description="Sequences that a device works on at once.")
    bytes: Bytes = Field(title="memory", description="Bytes on the fullest device.")
    bubble: Annotated[float, Shown(digits=2)] = Field(
        description="Time that a device waits for the pipeline, over that in which it computes."
    )
    traffic_bytes: Bytes = Field(title="traffic", description="Bytes that one device sends in a step.")
    exposed_seconds: float = Field(description="Seconds of a step in traffic that computing does not hide.")
    step_seconds: Annotated[float, Shown(unit="s")] = Field(
        title="step", description="Estimate; it orders layouts, no more."
    )


def filled_parts(used: Memory, device_bytes: float) -> tuple[FilledPart, ...]:
    """What fills a device, and what is left of it."""
    parts = {title: getattr(used, name) for name, title in PARTS.items()}
    parts["free"] = max(0.0, device_bytes - used.total)
    return tuple(
        FilledPart(part=title, bytes=Bytes(size), share=Filling(size / device_bytes))
        for title, size in parts.items()
        if size
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
            step_seconds=fit.seconds,
        )
        for fit in fits
    )


def _degrees(layout: Layout) -> dict[str, int]:
    return {name: getattr(layout, name) for name in LayoutRow.model_fields}
