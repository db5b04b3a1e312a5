"""The accelerators that the program knows: dense peaks, memory, price, and the figures not to use."""

import re
from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc import tables
from scalecalc.commands._lists import SOURCES, Bandwidth, Rate, Shelf
from scalecalc.compute.accelerator import DTYPES, Accelerator
from scalecalc.quantity import Bytes, Price, Share
from scalecalc.result import Completes, Estimate, Inputs, Positional, Result, Row, Shown

_UNITS = ("_usd_per_hour", "_tflops", "_gb_per_s", "_watts")
"""Endings of the table's column names, which a reader does without."""


class AcceleratorsInputs(Inputs):
    """List the accelerators with their dense peaks, memory and price, or tell all about one.

    Every peak is dense and per device. The full entry has the sparse figures of data sheets beside them,
    so that they can be told apart.
    """

    group: ClassVar[str] = "Look up"
    examples: ClassVar[tuple[str, ...]] = (
        "accelerators",
        "accelerators h100",
        "accelerators hopper",
        "accelerators --json | jq '.result.accelerators[].peak_bf16'",
    )

    name: Annotated[str | None, Positional(), Completes("accelerator")] = Field(
        None, description="An accelerator, e.g. h100, or a generation or vendor, e.g. hopper. [all]"
    )


class AcceleratorRow(Row):
    """One accelerator; peaks are dense FLOP/s of one device, null for a data type that it lacks."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"name", "vendor", "generation", "peak_fp4", "peak_fp32", "bandwidth", "source"}
    )

    id: str = Field(title="accelerator")
    name: str
    vendor: str
    generation: str
    year: int
    peak_fp4: Rate | None = Field(title="fp4")
    peak_fp8: Rate | None = Field(title="fp8")
    peak_bf16: Rate | None = Field(title="bf16")
    peak_fp16: Rate | None = Field(title="fp16")
    peak_tf32: Rate | None = Field(title="tf32")
    peak_fp32: Rate | None = Field(title="fp32")
    memory: Bytes
    bandwidth: Bandwidth
    price: Annotated[Estimate | None, Shown(brief=True)] = Field(
        description="US dollars per device-hour, typical, as listed at `price_date`; null where unknown."
    )
    price_date: str | None = Field(title="price of")
    from_memory: tuple[str, ...] = Field(
        title="from memory", description="Figures of the entry that were not checked against a source."
    )
    source: str


class Peak(Row):
    """The dense peak in one data type, and the sparse figure that is printed for it."""

    dtype: str = Field(title="data type")
    dense: Annotated[Rate | None, Shown(unit="TFLOP/s")]
    sparse: Annotated[Rate | None, Shown(unit="TFLOP/s")] = Field(
        title="sparse, not to use", description="With 2:4 or other sparsity, which training does not use."
    )


class AcceleratorDetail(Row):
    """Everything that is known of one accelerator."""

    name: str
    aliases: tuple[str, ...] = Field(title="also called")
    vendor: str
    generation: str
    year: int
    form_factor: str = Field(title="form")
    device: str = Field(title="one device is")
    devices_per_product: int = Field(title="devices per product")
    parts_per_device: int = Field(
        title="parts per device", description="Dies, chiplets or cores of a device."
    )
    memory: Bytes
    bandwidth: Bandwidth = Field(title="memory bandwidth")
    link: Bandwidth | None = Field(
        title="link, one direction", description="To other devices, in bytes per second."
    )
    tdp: Annotated[int | None, Shown(unit="W")] = Field(title="TDP", description="In watts.")
    int8: Annotated[Rate | None, Shown(unit="TOP/s, not FLOP/s")] = Field(
        description="Operations per second, which are not floating-point operations."
    )
    matmul_share: Share | None = Field(
        title="bf16 matmul, measured",
        description="Share of the dense peak that the fastest matrix product measured reaches.",
    )
    price: Estimate | None = Field(
        title="price", description="US dollars per device-hour; `method` says of what and of when."
    )
    price_basis: str | None = Field(title="price is")
    trap: str = Field(title="beware", description="The mistake that is made most with this device's figures.")
    verification: str
    from_memory: tuple[str, ...] = Field(
        title="from memory", description="Figures of the entry that were not checked against a source."
    )
    peaks: tuple[Peak, ...] = Field(title="peaks per device")


class AcceleratorsResult(Result):
    """What devices can do at best and what they cost."""

    accelerators: tuple[AcceleratorRow, ...] = Field(
        title="dense peaks per device in TFLOP/s, price per device-hour"
    )
    detail: AcceleratorDetail | None = Field(
        title="as published", description="All about the one asked for; null in a list."
    )

    def headline(self) -> str:
        """How many there are."""
        found = len(self.accelerators)
        return f"{found} accelerators" if found > 1 else f"1 accelerator: {self.accelerators[0].name}"

    def records(self) -> tuple[AcceleratorRow, ...]:
        """One record for each accelerator."""
        return self.accelerators


class OneAccelerator(AcceleratorsResult):
    """One accelerator: the same keys, but a reader sees its detail alone."""

    told: ClassVar[frozenset[str]] = frozenset({"accelerators"})

    def headline(self) -> str:
        """What it does and costs."""
        (row,) = self.accelerators
        dtype = "bf16" if row.peak_bf16 else "fp16"
        price = f", {row.price.value}" if row.price else ""
        return f"{row.name}: {row.peak_bf16 or row.peak_fp16} TFLOP/s dense {dtype}, {row.memory}{price}"


def accelerators(inputs: AcceleratorsInputs) -> AcceleratorsResult:
    """The accelerator of that name, or those of the generation or vendor, or all."""
    known = tables.accelerators()
    shelf = Shelf(known, tables.accelerator, lambda device: (device.generation, device.vendor))
    one = shelf.one(inputs.name)
    assumptions = ("peaks are dense and per device: one GPU, TPU chip or card as clouds bill it",)
    if one is not None:
        return OneAccelerator(
            accelerators=(_row(one),),
            detail=_detail(one),
            assumptions=assumptions,
            sources=(f"{one.id}: {one.source}",),
        )
    return AcceleratorsResult(
        accelerators=tuple(_row(device) for device in shelf.family(inputs.name)),
        detail=None,
        assumptions=(*assumptions, "price is the typical one on demand, of the date beside it"),
        sources=(SOURCES.format("accelerators"),),
    )


def _row(device: Accelerator) -> AcceleratorRow:
    peaks = {f"peak_{dtype}": _rate(device.peaks.get(dtype)) for dtype in DTYPES}
    return AcceleratorRow(
        id=device.id,
        name=device.name,
        vendor=device.vendor,
        generation=device.generation,
        year=device.year,
        **peaks,
        memory=Bytes(device.memory),
        bandwidth=Bandwidth(device.bandwidth),
        price=_price(device),
        price_date=device.price.date if device.price else None,
        from_memory=_from_memory(device),
        source=device.source,
    )


def _detail(device: Accelerator) -> AcceleratorDetail:
    return AcceleratorDetail(
        name=device.name,
        aliases=(device.id, *device.aliases),
        vendor=device.vendor,
        generation=device.generation,
        year=device.year,
        form_factor=device.form_factor,
        device=device.device,
        devices_per_product=device.devices_per_product,
        parts_per_device=device.parts_per_device,
        memory=Bytes(device.memory),
        bandwidth=Bandwidth(device.bandwidth),
        link=Bandwidth(device.link) if device.link else None,
        tdp=round(device.tdp) if device.tdp else None,
        int8=_rate(device.int8),
        matmul_share=Share(device.matmul_share) if device.matmul_share else None,
        price=_price(device),
        price_basis=f"{device.price.basis}, {device.price.date}" if device.price else None,
        trap=device.trap,
        verification=device.verification,
        from_memory=_from_memory(device),
        peaks=tuple(
            Peak(dtype=dtype, dense=_rate(device.peaks.get(dtype)), sparse=_rate(device.sparse.get(dtype)))
            for dtype in DTYPES
            if dtype in device.peaks or dtype in device.sparse
        ),
    )


def _rate(flops_per_second: float | None) -> Rate | None:
    return Rate(flops_per_second) if flops_per_second else None


def _price(device: Accelerator) -> Estimate | None:
    listed = device.price
    if listed is None:
        return None
    low, high = (Price(end) if end else None for end in (listed.low, listed.high))
    method = f"{listed.basis}, {listed.date}"
    return Estimate(value=Price(listed.typical), low=low, high=high, method=method)


def _from_memory(device: Accelerator) -> tuple[str, ...]:
    """The unverified columns in words, without the unit that their names end in."""
    units = "|".join(_UNITS)
    return tuple(re.sub(f"({units})$", "", column).replace("_", " ") for column in device.unverified)
