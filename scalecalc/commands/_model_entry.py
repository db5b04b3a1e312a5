"""One published model: its line in a list, and all about it: its audit, its training run, its shape."""

from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc import tables
from scalecalc.commands._conventions import Convention
from scalecalc.compute.model import PublishedModel
from scalecalc.compute.spread import Spread
from scalecalc.compute.throughput import Throughput
from scalecalc.laws.audit import Audit
from scalecalc.quantity import DeviceHours, Flops, Params, Share, Tokens, TokensPerParam
from scalecalc.result import Row, Shown


class ModelRow(Row):
    """A model as trained, and the law's optimum on its compute; null where its tokens are undisclosed."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"name", "family", "year", "kind", "params", "active_params", "flops", "loss", "source"}
    )

    id: str = Field(title="model")
    name: str
    family: str
    year: int
    kind: str = Field(description="dense, moe or encdec.")
    tokens_per_param: TokensPerParam | None = Field(title="D/N")
    verdict: str | None = Field(description="model-heavy, compute-optimal or data-heavy.")
    wasted: Share | None = Field(
        description="Share of its compute that the optimum would save at the same loss; "
        "null where the law predicts no loss."
    )
    params: Params = Field(description="All parameters.")
    active_params: Params = Field(
        description="Parameters that work on one token: all of them in a dense model."
    )
    counted_params: Params = Field(
        title="N", description="The model's size as `counts` of the result says; D/N is of it."
    )
    tokens: Tokens | None = Field(title="D", description="Training tokens.")
    optimal_params: Params | None = Field(title="N*", description="Optimal model size for its compute.")
    optimal_tokens: Tokens | None = Field(title="D*", description="Optimal tokens for its compute.")
    flops: Annotated[Flops | None, Shown(unit="FLOPs")] = Field(description="6ND of the active parameters.")
    loss: float | None = Field(description="As the law predicts it, in `loss_unit` of the result.")
    marks: tuple[str, ...] = Field(
        title="notes",
        description="Why to read the verdict with care: moe, encdec, epochs, distilled, memory.",
    )
    source: str


class Optimum(Row):
    """The law's best use of the model's own compute; losses are null where the law predicts none."""

    optimal_params: Params = Field(title="optimal model size")
    optimal_tokens: Tokens = Field(title="optimal tokens")
    loss: Annotated[float | None, Shown(digits=4)] = Field(title="loss as trained")
    optimal_loss: Annotated[float | None, Shown(digits=4)] = Field(title="optimal loss")
    extra_loss: float | None = Field(title="extra loss")
    flops_needed: Annotated[Flops | None, Shown(unit="FLOPs")] = Field(
        title="optimum needs", description="Compute with which the optimum reaches the loss as trained."
    )
    wasted: Share | None = Field(title="compute wasted")


class Training(Row):
    """What the training took."""

    flops: Annotated[Flops | None, Shown(unit="FLOPs")] = Field(title="compute, 6ND")
    flops_published: Annotated[Flops | None, Shown(unit="FLOPs")] = Field(title="compute, published")
    gpu_hours: DeviceHours | None = Field(
        title="GPU-hours", description="Hours of one device of the hardware."
    )
    hardware: str | None
    mfu: Share | None = Field(title="implied MFU", description="6ND over what the hardware can do at most.")


class ModelShape(Row):
    """The shape of the transformer; null for what the architecture does not have."""

    n_layers: int = Field(title="layers")
    d_model: int = Field(title="width")
    n_heads: int = Field(title="query heads")
    n_kv_heads: int = Field(title="key heads")
    d_head: int = Field(title="width of a head")
    d_ff: int = Field(title="feed-forward width", description="Of one expert in a mixture of experts.")
    vocab: int = Field(title="vocabulary")
    context: int | None
    tied_embeddings: bool = Field(title="embeddings tied")
    n_experts: int | None = Field(title="experts")
    n_active_experts: int | None = Field(title="experts for a token")
    n_shared_experts: int | None = Field(title="shared experts")
    n_dense_layers: int | None = Field(title="layers without experts")
    d_ff_dense: int | None = Field(title="their feed-forward width")


class ModelDetail(Row):
    """What is known of one model beside its row."""

    name: str
    aliases: tuple[str, ...] = Field(title="also called", description="Its id and other names.")
    family: str
    year: int
    kind: str
    params: Params = Field(title="parameters")
    active_params: Params | None = Field(
        title="active parameters", description="Null where every token uses all of them."
    )
    tokens: Tokens | None = Field(title="training tokens")
    distilled: bool
    multi_epoch: bool = Field(title="text repeated")
    note: str | None
    verification: str
    from_memory: tuple[str, ...] = Field(
        title="from memory", description="Figures of the entry that were not checked against a source."
    )
    against_optimum: Optimum | None = Field(title="against the optimum of its compute")
    training: Training | None = Field(title="training run")
    shape: ModelShape | None


def model_detail(model: PublishedModel, found: Audit | None, read: Convention) -> ModelDetail:
    """Everything about the model, with its audit where its tokens are known, in that convention."""
    return ModelDetail(
        name=model.name,
        aliases=(model.id, *model.aliases),
        family=model.family,
        year=model.year,
        kind=model.kind,
        params=Params(model.params),
        active_params=Params(model.active_params) if model.active_params else None,
        tokens=Tokens(model.tokens) if model.tokens else None,
        distilled=model.distilled,
        multi_epoch=model.multi_epoch,
        note=model.note or None,
        verification=model.verification,
        from_memory=model.unverified,
        against_optimum=_optimum(found, read) if found else None,
        training=_training(model),
        shape=_shape(model),
    )


def mfu_assumptions(model: PublishedModel) -> tuple[str, ...]:
    """What the implied MFU is a share of; nothing where none is implied."""
    if _implied_mfu(model) is None:
        return ()
    device = tables.accelerator(model.hardware)
    peak = f"{device.peak(device.training_dtype) / 1e12:.4g} TFLOP/s dense {device.training_dtype}"
    return (f"implied MFU: 6ND over the peak of {device.id}, {peak}, in all GPU-hours",)


def _optimum(found: Audit, read: Convention) -> Optimum:
    loss, best_loss = read.loss(found.loss), read.loss(found.best_loss)
    return Optimum(
        optimal_params=read.params(found.best_params),
        optimal_tokens=Tokens(found.best_tokens),
        loss=loss,
        optimal_loss=best_loss,
        extra_loss=None if loss is None or best_loss is None else max(0.0, loss - best_loss),
        flops_needed=Flops(found.flops_needed) if found.flops_needed else None,
        wasted=None if found.wasted is None else Share(found.wasted),
    )


def _training(model: PublishedModel) -> Training | None:
    """The training run; None where nothing of it is known."""
    if not (model.flops or model.flops_published or model.gpu_hours):
        return None
    return Training(
        flops=Flops(model.flops) if model.flops else None,
        flops_published=Flops(model.flops_published) if model.flops_published else None,
        gpu_hours=DeviceHours(model.gpu_hours) if model.gpu_hours else None,
        hardware=model.hardware or None,
        mfu=_implied_mfu(model),
    )


def _implied_mfu(model: PublishedModel) -> Share | None:
    """6ND over the dense peak in the training type, in all GPU-hours; None where one of them is unknown."""
    if not (model.flops and model.gpu_hours and model.hardware):
        return None
    device = tables.accelerator(model.hardware)
    pace = Throughput(device.peak(device.training_dtype), Spread.exact(1.0))
    return Share(pace.mfu_of(model.flops, model.gpu_hours))


def _shape(model: PublishedModel) -> ModelShape | None:
    shape = model.shape
    if shape is None:
        return None
    return ModelShape(
        n_layers=shape.n_layers,
        d_model=shape.d_model,
        n_heads=shape.n_heads,
        n_kv_heads=shape.n_kv_heads,
        d_head=shape.d_head,
        d_ff=shape.d_ff,
        vocab=shape.vocab,
        context=model.context,
        tied_embeddings=shape.tied_embeddings,
        n_experts=shape.n_experts or None,
        n_active_experts=shape.n_active_experts or None,
        n_shared_experts=shape.n_shared_experts or None,
        n_dense_layers=shape.n_dense_layers or None,
        d_ff_dense=shape.d_ff_dense or None,
    )
