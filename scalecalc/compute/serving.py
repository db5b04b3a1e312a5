"""GPU-hours to answer a demand: prompts are read at a share of peak, tokens written at the pace of memory.

Writing a token reads every weight that works on the batch, and the cache of every sequence in it; whichever
takes longer, that or the arithmetic, is the time of a step. Queues, idle devices and speculative decoding are
left out: the estimate is for a batch that is always full.
"""

from dataclasses import dataclass, replace

from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.inference import cache_bytes, decode_flops, prefill_flops
from scalecalc.compute.layouts import MARGIN
from scalecalc.compute.parameters import parameters
from scalecalc.compute.transformer import Shape
from scalecalc.laws.arithmetic import require_positive
from scalecalc.problem import ExitCode, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Requests, each of so many tokens read and so many written.

    The keys and values of the first `cached` of the tokens read are kept from one request to the next.
    """

    requests: float
    read: float
    written: float
    cached: float = 0.0

    def __post_init__(self) -> None:
        for name in ("requests", "read", "written"):
            require_positive(name, getattr(self, name))

    @property
    def context(self) -> float:
        """Tokens that a token is written after, on average."""
        return self.read + self.written / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How requests are answered: `devices` hold one copy of the model and work on `batch` sequences at once.

    The shares of peak and of memory bandwidth are assumptions, of servers that are well kept busy.
    """

    devices: int = 1
    batch: int = 32
    prefill_mfu: float = 0.4
    bandwidth_share: float = 0.6
    bytes_per_weight: float = 2.0
    bytes_per_value: float = 2.0

    def __post_init__(self) -> None:
        for name in ("devices", "batch", "bytes_per_weight", "bytes_per_value"):
            require_positive(name, getattr(self, name))
        for name in ("prefill_mfu", "bandwidth_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must be above 0 and at most 1, not {getattr(self, name)!r}")


@dataclass(frozen=True, slots=True)
class Serving:
    """Device-hours of a demand by what they go into, and the seconds that one request waits.

    `seconds_to_read` is for its prompt alone on all devices of a copy, `seconds_per_token` between tokens of
    its answer within a full batch.
    """

    read_hours: float
    write_hours: float
    seconds_to_read: float
    seconds_per_token: float
    memory: float

    @property
    def gpu_hours(self) -> float:
        """All device-hours."""
        return self.read_hours + self.write_hours


def serve(shape: Shape, demand: Demand, accelerator: Accelerator, service: Service) -> Serving:
    """Return what a demand takes; a model and batch that do not fit the devices' memory are a problem."""
    held = _held(shape, demand, service)
    usable = (1 - MARGIN) * accelerator.memory * service.devices
    if held > usable:
        raise Problem(
            "does-not-fit",
            f"weights and cache take {held / 1e9:.4g} GB, {service.devices} x {accelerator.id} "
            f"have {usable / 1e9:.4g} GB to fill",
            "give more devices, a smaller batch, or fewer bytes per weight",
            ExitCode.NO_ANSWER,
        )
    rate = accelerator.peak(accelerator.training_dtype) * service.prefill_mfu
    step = _step_seconds(shape, demand, accelerator, service)
    write_seconds = demand.requests * demand.written * step * service.devices / service.batch
    read_flops = prefill_flops(shape, demand.read, demand.cached)
    return Serving(
        read_hours=demand.requests * read_flops / rate / 3600,
        write_hours=write_seconds / 3600,
        seconds_to_read=read_flops / (rate * service.devices),
        seconds_per_token=step,
        memory=held,
    )


def serve_on_fewest(
    shape: Shape, demand: Demand, accelerator: Accelerator, service: Service, most: int
) -> tuple[Serving, Service]:
    """Return what a demand takes with a copy on the fewest devices that hold it, by doubling up to `most`."""
    while True:
        try:
            return serve(shape, demand, accelerator, service), service
        except Problem as problem:
            if problem.code != "does-not-fit" or 2 * service.devices > most:
                raise
        service = replace(service, devices=2 * service.devices)


def touched_share(shape: Shape, batch: int) -> float:
    """Return the share of the experts that a batch works on, routed evenly: 1 - (1 - k / E) ** batch."""
    if not shape.n_experts:
        return 1.0
    return 1 - (1 - shape.n_active_experts / shape.n_experts) ** batch


def _step_seconds(shape: Shape, demand: Demand, accelerator: Accelerator, service: Service) -> float:
    """Seconds to write one token of every sequence of the batch."""
    count = parameters(shape)
    weights = count.total - (1 - touched_share(shape, service.batch)) * count.experts
    cache = service.batch * cache_bytes(shape, demand.context, service.bytes_per_value)
    moved = weights * service.bytes_per_weight + cache
    bandwidth = accelerator.bandwidth * service.bandwidth_share * service.devices
    rate = accelerator.peak(accelerator.training_dtype) * service.prefill_mfu * service.devices
    return max(moved / bandwidth, service.batch * decode_flops(shape, demand.context) / rate)


def _held(shape: Shape, demand: Demand, service: Service) -> float:
    """Bytes of weights and of the full cache of a batch."""
    cache = service.batch * cache_bytes(shape, demand.read + demand.written, service.bytes_per_value)
    return parameters(shape).total * service.bytes_per_weight + cache
