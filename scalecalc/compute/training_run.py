"""A published training run: what was trained, on what, for how long.

A row of data/training_runs.csv becomes a `TrainingRun`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from scalecalc.compute.cells import Cells
from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM

Scope = Literal["full", "benchmark", "projection", "reproduction"]

_SCOPES = ("full", "benchmark", "projection", "reproduction")
_KINDS = ("dense", "moe", "encdec")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """What was published of one run; what was not is None or empty.

    `gpu_hours` are of one device of `hardware`, an id of the table of accelerators. A run that is `used`
    has parameters, tokens, hours and hardware; `left_out` tells why another is not.
    """

    id: str
    name: str
    year: int
    scope: Scope
    kind: str
    params: float | None
    active_params: float | None
    tokens: float | None
    n_layers: int | None
    d_attention: int | None
    sequence: int | None
    hardware: str
    devices: int | None
    gpu_hours: float | None
    reported_mfu: float | None
    used: bool
    left_out: str
    note: str
    source: str
    verification: str
    unverified: tuple[str, ...]

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> "TrainingRun":
        """Read one row of the table."""
        cells = Cells(row)
        return cls(
            id=cells.required("id"),
            name=cells.required("name"),
            year=cells.required_whole("year"),
            scope=cast("Scope", cells.choice("scope", _SCOPES)),
            kind=cells.choice("kind", _KINDS),
            params=cells.number("params"),
            active_params=cells.number("active_params"),
            tokens=cells.number("tokens"),
            n_layers=cells.whole("n_layers"),
            d_attention=cells.whole("d_attention"),
            sequence=cells.whole("sequence"),
            hardware=cells.text("hardware"),
            devices=cells.whole("devices"),
            gpu_hours=cells.number("gpu_hours"),
            reported_mfu=cells.number("reported_mfu"),
            used=cells.flag("used"),
            left_out=cells.text("left_out"),
            note=cells.text("note"),
            source=cells.required("source"),
            verification=cells.required("verification"),
            unverified=cells.words("unverified"),
        )

    @property
    def flops(self) -> float | None:
        """6ND and, where the shape is known, attention in full, by PaLM's convention; None without tokens.

        12 L a T for each token (Chowdhery et al. 2022, arXiv 2204.02311, appendix B).
        """
        params = self.active_params or self.params
        if params is None or self.tokens is None:
            return None
        attention = 12 * (self.n_layers or 0) * (self.d_attention or 0) * (self.sequence or 0)
        return self.tokens * (FLOPS_PER_TOKEN_PER_PARAM * params + attention)

    @property
    def without_attention(self) -> "TrainingRun":
        """The run as if its shape were not known: FLOPs are 6ND."""
        return replace(self, n_layers=None, d_attention=None, sequence=None)

    @property
    def origin(self) -> str:
        """The paper or card that the run is from; the run itself where a collection of others' runs is.

        Runs of one origin are alike: one team, one code, one cluster.
        """
        if self.verification == "secondary":
            return self.id
        return self.source.partition(";")[0].partition(", Table")[0]

    @property
    def counts_attention(self) -> bool:
        """Whether the FLOPs hold attention: layers, width and sequence are known."""
        return bool(self.n_layers and self.d_attention and self.sequence)

    def mfu(self, peak: float) -> float | None:
        """FLOPs over what `peak` FLOP/s do in all hours; None where one of them is not published."""
        if self.flops is None or self.gpu_hours is None:
            return None
        return self.flops / (3600 * self.gpu_hours * peak)
