"""How much of the peak training runs were seen to get, by generation of hardware and kind of model.

A row of data/utilization.csv becomes a `Utilization`. Shares are of the dense peak: MFU, 6ND over the
parameters that work on a token. Measured end to end they divide by all accelerator-hours of a run, restarts
and waiting included; measured steady they do not, and are higher.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.cells import Cells
from scalecalc.compute.spread import Spread
from scalecalc.problem import Problem

ModelKind = Literal["dense", "moe"]

_CLASSES = {"bf16": "16bit", "fp16": "16bit", "fp8": "fp8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Utilization:
    """The share of peak that runs of one kind got: the median of `runs` runs, between `low` and `high`.

    `level` says what the two bounds are. `basis` is `published` where the runs carry the whole row, `few`
    where they carry the median alone, `derived` where no run stands behind it and `derivation` tells what
    does: row `derived_from`, times `factor`.
    """

    key: str
    measure: str
    generations: tuple[str, ...]
    kind: str
    dtypes: tuple[str, ...]
    runs: int
    low: float
    median: float
    high: float
    level: str
    basis: str
    derived_from: str
    factor: float | None
    derivation: str
    source: str

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> "Utilization":
        """Read one row of the table."""
        cells = Cells(row, key="key")
        return cls(
            key=cells.required("key"),
            measure=cells.choice("measure", ("end-to-end", "steady", "goodput")),
            generations=cells.words("generations"),
            kind=cells.choice("kind", ("dense", "moe", "any")),
            dtypes=cells.words("dtypes"),
            runs=cells.count("runs"),
            low=cells.required_number("low"),
            median=cells.required_number("median"),
            high=cells.required_number("high"),
            level=cells.required("level"),
            basis=cells.choice("basis", ("published", "few", "derived")),
            derived_from=cells.text("derived_from"),
            factor=cells.number("factor"),
            derivation=cells.text("derivation"),
            source=cells.required("source"),
        )

    @property
    def spread(self) -> Spread:
        """The median with its range."""
        return Spread(self.median, self.low, self.high)

    @property
    def caveat(self) -> str:
        """What to say beside the number where published runs do not carry it; empty where they do."""
        if self.basis == "derived":
            return f"no published run behind this number: {self.derived_from}, {self.derivation}"
        if self.basis == "few":
            return f"{self.runs} published {'run' if self.runs == 1 else 'runs'}: {self.derivation}"
        return ""


def end_to_end(
    table: Iterable[Utilization], accelerator: Accelerator, kind: ModelKind, dtype: str
) -> Utilization:
    """Return the row for runs of models of this kind, trained on this accelerator in this data type.

    The share is of the accelerator's dense peak in `dtype`. Only 16-bit types and fp8 have one.
    """
    accelerator.peak(dtype)
    for row in table:
        if (
            row.measure == "end-to-end"
            and row.kind == kind
            and accelerator.generation in row.generations
            and _CLASSES.get(dtype) in row.dtypes
        ):
            return row
    wanted = f"no published utilization for {kind} models in {dtype} on {accelerator.id}"
    raise Problem("no-utilization", wanted, "give the share of peak with `--mfu`, for example `--mfu 30%`")
