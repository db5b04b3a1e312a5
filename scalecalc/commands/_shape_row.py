"""The shape of a transformer as a part of a result, and in one line."""

from pydantic import Field

from scalecalc.commands._model_entry import ModelShape
from scalecalc.compute.transformer import Latent, Shape


class CountedShape(ModelShape):
    """The shape as it is counted, with its windows and its latent attention; null for what it lacks."""

    window: int | None = Field(description="Positions that a query sees in the layers with a window.")
    n_windowed_layers: int | None = Field(title="layers with a window")
    kv_rank: int | None = Field(
        title="latent rank of keys", description="And of values, in latent attention."
    )
    q_rank: int | None = Field(title="latent rank of queries")
    d_rope: int | None = Field(title="rotary width of a head")
    d_value: int | None = Field(title="value width of a head")


def shape_row(shape: Shape) -> CountedShape:
    """The shape as a part of a result; what it does not have is null."""
    latent = [name for name in CountedShape.model_fields if name in Latent.__dataclass_fields__]
    values = {name: getattr(shape, name) for name in CountedShape.model_fields if name not in latent}
    values |= {name: getattr(shape.latent, name, None) for name in latent}
    return CountedShape(
        **{name: value if isinstance(value, bool) else value or None for name, value in values.items()}
    )


def shape_text(shape: Shape) -> str:
    """The shape in one line."""
    tied = ", tied" if shape.tied_embeddings else ""
    layers = f"{shape.n_layers} layers of width {shape.d_model}{_windows(shape)}"
    return f"{layers}, {_heads(shape)}; {_feed_forward(shape)}; vocabulary {shape.vocab}{tied}"


def _windows(shape: Shape) -> str:
    if not shape.n_windowed_layers:
        return ""
    which = "all" if shape.n_windowed_layers == shape.n_layers else str(shape.n_windowed_layers)
    return f", {which} with a window of {shape.window}"


def _heads(shape: Shape) -> str:
    heads = f"{shape.n_heads} heads of {shape.d_head}"
    if shape.latent is not None:
        return f"{heads} + {shape.latent.d_rope}, keys of latent rank {shape.latent.kv_rank}"
    return heads if shape.n_kv_heads == shape.n_heads else f"{heads}, {shape.n_kv_heads} of keys"


def _feed_forward(shape: Shape) -> str:
    if not shape.n_experts:
        return f"feed-forward {shape.d_ff}"
    shared = f" and {shape.n_shared_experts} shared" if shape.n_shared_experts else ""
    plain = f", {shape.n_dense_layers} layers without" if shape.n_dense_layers else ""
    return f"{shape.n_experts} experts of {shape.d_ff}, {shape.n_active_experts}{shared} on a token{plain}"
