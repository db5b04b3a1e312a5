"""What a device can do at best, what it costs, and which of its printed figures mislead.

A row of data/accelerators.csv becomes an `Accelerator`. All peaks are dense and per device. Data sheets
lead with sparse figures, with those of a product that holds several devices, or with another data type;
`misreadings` tells such a figure when it meets one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scalecalc.compute.cells import Cells
from scalecalc.problem import Problem

DTYPES = ("fp4", "fp8", "bf16", "fp16", "tf32", "fp32")
"""Data types with a column of dense peaks."""

_SPARSE_COLUMNS = {"fp4": "sparse_fp4", "fp8": "sparse_fp8", "bf16": "sparse_16bit", "fp16": "sparse_16bit"}

_SAME_FIGURE = 0.01
"""Data sheets round: 989 and 989.4 are one figure. Figures that mean different things lie further apart."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per hour of one device as listed at `date`; what was not published is None."""

    low: float | None
    typical: float
    high: float | None
    date: str
    basis: str


@dataclass(frozen=True, slots=True)
class Misreading:
    """A figure in FLOP/s that is printed for a device but is not its dense peak."""

    given: float
    meaning: str
    dense: float

    def __str__(self) -> str:
        """Tell both numbers and what the given one is."""
        given, dense = (f"{flops / 1e12:.5g}" for flops in (self.given, self.dense))
        return f"{given} TFLOP/s is {self.meaning}; one device does {dense} dense"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """One device that training time is counted in, as cloud bills and data sheets name it.

    Peaks are dense FLOP/s by data type, `sparse` are figures not to use, `int8` is in operations per second,
    `matmul` the fastest bf16 matrix product that was measured. `memory` is in bytes (a data sheet's 80 GB is
    taken as 80e9); `bandwidth`, of that memory, and `link`, in one direction to other devices, are in bytes
    per second; `tdp`, and `draw`, which was measured in training, are in watts, `draw_basis` tells by whom
    and of what. What no source prints is None.
    """

    id: str
    name: str
    vendor: str
    generation: str
    year: int
    aliases: tuple[str, ...]
    form_factor: str
    device: str
    devices_per_product: int
    parts_per_device: int
    peaks: Mapping[str, float] = field(hash=False)
    sparse: Mapping[str, float] = field(hash=False)
    int8: float | None
    matmul: float | None
    memory: float
    bandwidth: float
    link: float | None
    tdp: float | None
    draw: float | None
    draw_basis: str
    price: Price | None
    trap: str
    source: str
    verification: str
    unverified: tuple[str, ...]

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> "Accelerator":
        """Read one row of the table."""
        cells = Cells(row)
        return cls(
            id=cells.required("id"),
            name=cells.required("name"),
            vendor=cells.required("vendor"),
            generation=cells.required("generation"),
            year=cells.required_whole("year"),
            aliases=cells.words("aliases"),
            form_factor=cells.required("form_factor"),
            device=cells.required("device"),
            devices_per_product=cells.required_whole("devices_per_product"),
            parts_per_device=cells.required_whole("parts_per_device"),
            peaks=_tflops(cells, {dtype: dtype for dtype in DTYPES}),
            sparse=_tflops(cells, _SPARSE_COLUMNS),
            int8=cells.scaled("int8_tops", 1e12),
            matmul=cells.scaled("matmul_bf16_tflops", 1e12),
            memory=cells.required_number("memory_gb") * 1e9,
            bandwidth=cells.required_number("memory_gb_per_s") * 1e9,
            link=cells.scaled("link_gb_per_s", 1e9),
            tdp=cells.number("tdp_watts"),
            draw=cells.number("measured_watts"),
            draw_basis=cells.text("measured_basis"),
            price=_price(cells),
            trap=cells.required("trap"),
            source=cells.required("source"),
            verification=cells.required("verification"),
            unverified=cells.words("unverified"),
        )

    def peak(self, dtype: str) -> float:
        """Dense FLOP/s in a data type; one that the device lacks is a problem, never another type's peak."""
        if dtype not in self.peaks:
            has = ", ".join(self.peaks)
            raise Problem("unsupported-dtype", f"{self.id} has no {dtype} peak", f"it has {has}")
        return self.peaks[dtype]

    @property
    def training_dtype(self) -> str:
        """The 16-bit type to train in unless another is asked for: bf16 where the device has it."""
        return "bf16" if "bf16" in self.peaks else "fp16"

    @property
    def matmul_share(self) -> float | None:
        """The share of the dense bf16 peak that a large matrix product was measured to reach."""
        return self.matmul / self.peak("bf16") if self.matmul else None

    def misreadings(self, flops_per_second: float, dtype: str | None = None) -> tuple[Misreading, ...]:
        """Tell what `flops_per_second` may be instead of the dense peak; nothing where it is that peak.

        `dtype` is the type that the figure is meant for, the training type unless given.
        """
        wanted = dtype or self.training_dtype
        dense = self.peak(wanted)
        if _same(flops_per_second, dense):
            return ()
        return tuple(
            Misreading(flops_per_second, meaning, dense)
            for meaning, figure in self._other_figures(wanted)
            if _same(flops_per_second, figure)
        )

    def _other_figures(self, dtype: str) -> Iterator[tuple[str, float]]:
        """Figures in print beside the dense peak in `dtype`, the commonest mistakes first."""
        product = [("", 1)]
        if self.devices_per_product > 1:
            product.append((f" of a product of {self.devices_per_product} devices", self.devices_per_product))
        for of_product, devices in product:
            if dtype in self.sparse:
                yield f"the sparse {dtype} figure{of_product}", self.sparse[dtype] * devices
            if devices > 1:
                yield f"the dense {dtype} figure{of_product}", self.peaks[dtype] * devices
        if self.parts_per_device > 1:
            part = f"the dense {dtype} figure of one of its {self.parts_per_device} parts"
            yield part, self.peaks[dtype] / self.parts_per_device
        if self.int8:
            yield "the int8 figure", self.int8
        own = self.sparse.get(dtype)
        yield from (
            (f"the dense {other} figure", peak) for other, peak in self.peaks.items() if other != dtype
        )
        yield from (
            (f"the sparse {other} figure", figure)
            for other, figure in self.sparse.items()
            if other != dtype and figure != own  # both 16-bit types share theirs
        )


def _tflops(cells: Cells, columns: Mapping[str, str]) -> dict[str, float]:
    """FLOP/s by data type from the columns that are filled."""
    read = {dtype: cells.scaled(f"{column}_tflops", 1e12) for dtype, column in columns.items()}
    return {dtype: value for dtype, value in read.items() if value is not None}


def _price(cells: Cells) -> Price | None:
    typical = cells.number("price_typical_usd_per_hour")
    if typical is None:
        return None
    return Price(
        low=cells.number("price_low_usd_per_hour"),
        typical=typical,
        high=cells.number("price_high_usd_per_hour"),
        date=cells.required("price_date"),
        basis=cells.required("price_basis"),
    )


def _same(figure: float, other: float) -> bool:
    return abs(figure - other) <= _SAME_FIGURE * other
