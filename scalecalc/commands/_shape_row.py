"""The shape of a transformer as a part of a result, and in one line."""

from scalecalc.commands._model_entry import ModelShape
from scalecalc.compute.transformer import Shape


def shape_row(shape: Shape) -> ModelShape:
    """The shape as a part of a result; what it does not have is null."""
    values = {name: getattr(shape, name) for name in ModelShape.model_fields}
    return ModelShape(
        **{name: value if isinstance(value, bool) else value or None for name, value in values.items()}
    )


def shape_text(shape: Shape) -> str:
    """The shape in one line."""
    heads = f"{shape.n_heads} heads of {shape.d_head}"
    if shape.n_kv_heads != shape.n_heads:
        heads += f", {shape.n_kv_heads} of keys"
    ff = f"feed-forward {shape.d_ff}"
    if shape.n_experts:
        shared = f" and {shape.n_shared_experts} shared" if shape.n_shared_experts else ""
        ff = f"{shape.n_experts} experts of {shape.d_ff}, {shape.n_active_experts}{shared} on a token"
    tied = ", tied" if shape.tied_embeddings else ""
    return f"{shape.n_layers} layers of width {shape.d_model}, {heads}; {ff}; vocabulary {shape.vocab}{tied}"
