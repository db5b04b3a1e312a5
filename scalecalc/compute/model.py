"""A published language model: its size, its training run and, where printed, its shape.

A row of data/models.csv becomes a `PublishedModel`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from scalecalc.compute.cells import Cells
from scalecalc.compute.transformer import Latent, Shape, styled
from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM

Kind = Literal["dense", "moe", "encdec"]

_KINDS = ("dense", "moe", "encdec")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedModel:
    """What was published of one model; what was not is None or empty.

    `params` counts all parameters, `active_params` those that work on one token where that is fewer: the
    routed share of a mixture of experts, one half of an encoder-decoder. `flops_published` is the FLOP count
    its source prints, by its own convention. `gpu_hours` are hours of one device of `hardware`, an id of the
    table of accelerators. `formula` names the style of `transformer.STYLES` that the shape is in.
    """

    id: str
    name: str
    family: str
    year: int
    aliases: tuple[str, ...]
    kind: Kind
    params: float
    active_params: float | None
    tokens: float | None
    flops_published: float | None
    shape: Shape | None
    formula: str
    context: int | None
    gpu_hours: float | None
    hardware: str
    distilled: bool
    multi_epoch: bool
    source: str
    verification: str
    unverified: tuple[str, ...]
    note: str

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> "PublishedModel":
        """Read one row of the table."""
        cells = Cells(row)
        return cls(
            id=cells.required("id"),
            name=cells.required("name"),
            family=cells.required("family"),
            year=cells.required_whole("year"),
            aliases=cells.words("aliases"),
            kind=cast("Kind", cells.choice("kind", _KINDS)),
            params=cells.required_number("params"),
            active_params=cells.number("active_params"),
            tokens=cells.number("tokens"),
            flops_published=cells.number("flops_published"),
            shape=_shape(cells),
            formula=cells.text("formula"),
            context=cells.whole("context"),
            gpu_hours=cells.number("gpu_hours"),
            hardware=cells.text("hardware"),
            distilled=cells.flag("distilled"),
            multi_epoch=cells.flag("multi_epoch"),
            source=cells.required("source"),
            verification=cells.required("verification"),
            unverified=cells.words("unverified"),
            note=cells.text("note"),
        )

    @property
    def compute_params(self) -> float:
        """The parameters that work on one token: N of C = 6ND."""
        return self.active_params or self.params

    @property
    def flops(self) -> float | None:
        """6ND over the parameters that work on a token; None where the tokens are undisclosed."""
        return None if self.tokens is None else FLOPS_PER_TOKEN_PER_PARAM * self.compute_params * self.tokens

    @property
    def tokens_per_param(self) -> float | None:
        """Training tokens per parameter that works on a token."""
        return None if self.tokens is None else self.tokens / self.compute_params


def _shape(cells: Cells) -> Shape | None:
    """Read the shape where the row has one; what only some families have is zero in the others."""
    n_layers = cells.whole("n_layers")
    if n_layers is None:
        return None
    tied = {"tied_embeddings": True} if cells.flag("tied_embeddings") else {}
    return styled(
        cells.required("formula"),
        n_layers=n_layers,
        **{name: cells.required_whole(name) for name in _SIZES},
        **{name: cells.count(name) for name in _COUNTS},
        latent=_latent(cells),
        **tied,
    )


_SIZES = ("d_model", "n_heads", "n_kv_heads", "d_head", "d_ff", "vocab")

_COUNTS = (
    *("context", "window", "n_windowed_layers"),
    *("n_experts", "n_active_experts", "n_shared_experts", "n_dense_layers", "d_ff_dense"),
)


def _latent(cells: Cells) -> Latent | None:
    kv_rank = cells.whole("kv_rank")
    if kv_rank is None:
        return None
    return Latent(
        kv_rank=kv_rank,
        d_rope=cells.required_whole("d_rope"),
        d_value=cells.required_whole("d_value"),
        q_rank=cells.count("q_rank"),
    )
