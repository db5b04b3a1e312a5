"""The layouts in which a run fits on a cluster, cheapest communication first.

Each is ranked by the seconds of a step in which a device does not compute: the bubble of the pipeline, and
the traffic over links and network that computing does not hide. Computing itself is the FLOPs, recomputed
ones among them, at a usual share of peak. Ignored are latencies, collisions of traffic, the imbalance of
stages and of experts, and kernels that slow down when their matrices get small; so the estimate orders
layouts and predicts no speed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.flops import training_flops_per_token
from scalecalc.compute.layout import RECOMPUTE, Batch, Layout, Precision, Recompute
from scalecalc.compute.memory import Memory, memory
from scalecalc.compute.throughput import hardware_per_model_flops
from scalecalc.compute.traffic import Traffic, traffic
from scalecalc.compute.transformer import Shape
from scalecalc.laws.arithmetic import require_positive

IGNORED = (
    "latencies and collisions of traffic",
    "imbalance of stages and of experts",
    "kernels that slow down on small matrices",
)
"""What the estimate leaves out."""

MARGIN = 0.05
"""Share of the memory that is kept free for fragments and buffers."""

_NETWORK = 50e9
"""Bytes per second and device to other nodes, one direction: 400 Gb/s, as DGX H100 and its peers have."""

_USUAL_SHARE = 0.55
"""Share of peak that layers reach while nothing waits: the median of steady A100 benchmarks is 0.54."""

_HIDDEN = 2 / 3
"""Share of the compute behind which data-parallel traffic can hide: the backward pass. What is computed again
does not count, lest a layout pass for cheap because it recomputes."""

_RECOMPUTED: dict[Recompute, float] = {"none": 0.0, "alternate": 0.4, "full": 1.0}
"""Share of the forward pass that is done again; where it is `selective`, that is attention's share."""

_CONTEXT_FROM = 16_384
"""Shorter sequences are not split: their attention is too little to hide what goes around."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Devices of one kind in nodes; rates in bytes per second and device, one direction."""

    devices: int
    memory: float
    peak: float
    link: float
    network: float = _NETWORK
    node: int = 8

    def __post_init__(self) -> None:
        for name in ("devices", "memory", "peak", "link", "network", "node"):
            require_positive(name, getattr(self, name))

    @classmethod
    def of(cls, accelerator: Accelerator, devices: int, network: float = _NETWORK) -> "Cluster":
        """Return this many of an accelerator, in its training data type."""
        return cls(
            devices=devices,
            memory=accelerator.memory,
            peak=accelerator.peak(accelerator.training_dtype),
            link=accelerator.link or network,
            network=network,
        )

    @property
    def usable(self) -> float:
        """Bytes that a run may fill."""
        return (1 - MARGIN) * self.memory

    def rate(self, together: int) -> float:
        """Bytes per second between devices of a group that spans this many: inside a node, or out of it."""
        return self.link if together <= self.node else self.network


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is to be trained: sequences of `tokens`, `sequences` of them in a step."""

    shape: Shape
    tokens: int
    sequences: int
    precision: Precision = field(default_factory=Precision)
    bytes_per_logit: float = 14.0
    flash: bool = True
    dropout: bool = False

    def __post_init__(self) -> None:
        require_positive("tokens", self.tokens)
        require_positive("sequences", self.sequences)

    @property
    def flops(self) -> float:
        """The model's own FLOPs in a step."""
        return training_flops_per_token(self.shape, self.tokens).total * self.tokens * self.sequences

    def recomputed(self, recompute: Recompute) -> float:
        """Share of the forward pass that is done again."""
        if recompute != "selective":
            return _RECOMPUTED[recompute]
        alone = training_flops_per_token(self.shape, 1).total  # a token that attends to itself alone
        return 1 - alone / training_flops_per_token(self.shape, self.tokens).total


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A layout that fits, with what fills a device and what ranks it.

    `compute` is the seconds of a step in which a device computes, `bubble` what it waits for the pipeline
    over them, `exposed` the seconds of traffic that computing does not hide.
    """

    layout: Layout
    batch: Batch
    micro_batches: int
    memory: Memory
    traffic: Traffic
    bubble: float
    compute: float
    exposed: float

    @property
    def waiting(self) -> float:
        """Seconds of a step in the pipeline's bubble and in traffic that is not hidden; ranks layouts."""
        return self.compute * self.bubble + self.exposed

    @property
    def seconds(self) -> float:
        """Estimate for one step."""
        return self.compute + self.waiting


def layouts(run: Run, cluster: Cluster) -> tuple[Fit, ...]:
    """Return the layouts that fit, the one that communicates least first.

    Each comes with the micro-batch and the recomputation that make its step the shortest. Those that wait
    equally long are in order of their step, then of what they send.
    """
    best: dict[Layout, Fit] = {}
    for layout in candidates(run, cluster):
        fits = list(_fits(run, cluster, layout))
        if fits:
            best[layout] = min(fits, key=lambda fit: fit.seconds)
    return tuple(sorted(best.values(), key=lambda fit: (fit.waiting, fit.seconds, fit.traffic.total)))


def candidates(run: Run, cluster: Cluster) -> Iterator[Layout]:
    """Layouts of the cluster's devices in powers of two that divide what they split."""
    shape = run.shape
    for tensor in _powers(min(cluster.node, cluster.devices)):
        if shape.n_heads % tensor or shape.d_ff % tensor or shape.vocab % tensor:
            continue
        for pipeline in _powers(min(shape.n_layers, cluster.devices // tensor)):
            for context in _powers(max(1, run.tokens // _CONTEXT_FROM)):
                data, left = divmod(cluster.devices, tensor * pipeline * context)
                if data and not left and run.sequences % data == 0:
                    yield from _sharded(
                        shape, Layout(tensor=tensor, pipeline=pipeline, context=context, data=data)
                    )


def largest_micro_batch(
    shape: Shape, layout: Layout, batch: Batch, precision: Precision, usable: float
) -> int:
    """Return the most sequences of a micro-batch that fit into `usable` bytes, 0 where not even one does."""
    one, two = (memory(shape, layout, replace(batch, micro_batch=count), precision).total for count in (1, 2))
    if one > usable:
        return 0
    guess = 1 + int((usable - one) / (two - one))
    while memory(shape, layout, replace(batch, micro_batch=guess), precision).total > usable:
        guess -= 1
    return guess


def fewest_devices(run: Run, cluster: Cluster, most: int = 65_536) -> int | None:
    """Return the least number of devices, a power of two, on which the run fits; None past `most`."""
    for devices in _powers(most):
        smaller = replace(cluster, devices=devices)
        least = replace(run, sequences=devices)  # one sequence for each device is always possible
        if any(next(_fits(least, smaller, layout), None) for layout in candidates(least, smaller)):
            return devices
    return None


def _sharded(shape: Shape, layout: Layout) -> Iterator[Layout]:
    """The layout with experts spread and ZeRO at each stage.

    Not 2 and 3 in a pipeline: they reduce gradients in every micro-batch, and it has many.
    """
    most = min(layout.replicas, shape.n_experts) if shape.n_experts else 1
    for expert in _powers(most):
        if shape.n_experts and shape.n_experts % expert:
            continue
        for zero in (0,) if layout.replicas == 1 else (1,) if layout.pipeline > 1 else (1, 2, 3):
            yield replace(layout, expert=expert, zero=zero)


def _fits(run: Run, cluster: Cluster, layout: Layout) -> Iterator[Fit]:
    """Every micro-batch in powers of two, and every way to recompute, with which the layout fits."""
    per_replica = run.sequences // layout.data
    for recompute in RECOMPUTE:
        for micro_batch in _powers(per_replica):
            if per_replica % micro_batch:
                continue
            batch = Batch(
                tokens=run.tokens,
                micro_batch=micro_batch,
                flash=run.flash,
                dropout=run.dropout,
                recompute=recompute,
                bytes_per_logit=run.bytes_per_logit,
            )
            used = memory(run.shape, layout, batch, run.precision)
            if used.total > cluster.usable:
                break
            yield _ranked(run, cluster, layout, batch, used)


def _ranked(run: Run, cluster: Cluster, layout: Layout, batch: Batch, used: Memory) -> Fit:
    micro_batches = run.sequences // layout.data // batch.micro_batch
    sent = traffic(run.shape, layout, batch, run.precision, micro_batches)
    plain = run.flops / (cluster.devices * cluster.peak * _USUAL_SHARE)
    compute = plain * hardware_per_model_flops(run.recomputed(batch.recompute))
    inner = layout.tensor * layout.context
    exposed = (
        sent.tensor / cluster.rate(layout.tensor)
        + sent.context / cluster.rate(inner)
        + sent.expert / cluster.rate(layout.tensor * layout.expert)
        + sent.pipeline / cluster.rate(cluster.devices)
        + max(0.0, sent.data / cluster.rate(cluster.devices) - _HIDDEN * plain)
    )
    bubble = (layout.pipeline - 1) / (micro_batches * layout.stages_per_device)
    return Fit(
        layout=layout,
        batch=batch,
        micro_batches=micro_batches,
        memory=used,
        traffic=sent,
        bubble=bubble,
        compute=compute,
        exposed=exposed,
    )


def _powers(most: int) -> Iterator[int]:
    power = 1
    while power <= most:
        yield power
        power *= 2
