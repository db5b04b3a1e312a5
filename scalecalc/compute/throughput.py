"""What a device gets done: peak, MFU, HFU and goodput, kept apart.

Peak is the dense FLOP/s of one device in the training precision. MFU (PaLM, arXiv 2204.02311, appendix B)
is the share of it that goes into the model's own 6ND. HFU also counts the forward pass done again where
activations are recomputed: fully recomputed, the hardware does 8ND where the model counts 6ND, so that
MFU = 3/4 HFU. Goodput is the share of the billed time in which the run moves at its steady MFU; restarts,
checkpoints and idle devices are outside it. MFU * goodput is the MFU end to end, the only one that GPU-hours
of a finished run can show.
"""

import math
from dataclasses import dataclass

from scalecalc.compute.spread import Spread
from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM, require_positive
from scalecalc.problem import ExitCode, Problem

_FORWARD_SHARE = 1 / 3
"""Two of the six FLOPs per parameter and token are the forward pass; the backward pass takes four."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """The pace of one device: dense `peak` in FLOP/s, `mfu` while it runs, `goodput` of the billed time.

    Where the MFU was measured end to end, as from the GPU-hours of published runs, goodput is in it and
    stays at 1 here.
    """

    peak: float
    mfu: Spread
    goodput: float = 1.0

    def __post_init__(self) -> None:
        require_positive("peak", self.peak)
        if self.mfu.high > 1:
            raise ValueError(f"mfu must be at most 1, not {self.mfu.high!r}")
        if not 0 < self.goodput <= 1:
            raise ValueError(f"goodput must be above 0 and at most 1, not {self.goodput!r}")

    @property
    def end_to_end(self) -> Spread:
        """The share of peak over all billed time."""
        return self.mfu.times(self.goodput)

    def flops_per_gpu_hour(self, mfu: float) -> float:
        """Model FLOPs that one device does in a billed hour at this MFU."""
        return in_range("pace of one device", 3600 * self.peak * mfu * self.goodput)

    def mfu_of(self, flops: float, gpu_hours: float) -> float:
        """Return the MFU at which `flops` take `gpu_hours`; over 1 for what the hardware cannot do.

        Llama 2 70B, 68.98B parameters and 2T tokens in 1,720,320 A100-hours (arXiv 2307.09288, table 2):

        >>> a100 = Throughput(peak=312e12, mfu=Spread.exact(0.4))
        >>> round(a100.mfu_of(training_flops(68.98e9, 2e12), 1_720_320), 3)
        0.428
        """
        return in_range("MFU", flops / self.flops_per_gpu_hour(1.0) / gpu_hours)


def training_flops(params: float, tokens: float, recomputed: float = 0.0) -> float:
    """Return 6ND, the model's FLOPs, plus the share `recomputed` of the forward pass (1 gives 8ND).

    `params` are those active per token; attention over the sequence is not counted.
    """
    return FLOPS_PER_TOKEN_PER_PARAM * params * tokens * hardware_per_model_flops(recomputed)


def hardware_per_model_flops(recomputed: float) -> float:
    """Return HFU / MFU, where `recomputed` is the share of the forward pass done twice: 4/3 for all of it."""
    if not 0 <= recomputed <= 1:
        raise ValueError(f"recomputed must lie from 0 to 1, not {recomputed!r}")
    return 1 + _FORWARD_SHARE * recomputed


def mfu_from_hfu(hfu: float, recomputed: float = 1.0) -> float:
    """Return the model's share of the hardware's work.

    >>> mfu_from_hfu(0.60)
    0.45
    """
    require_positive("hfu", hfu)
    return hfu / hardware_per_model_flops(recomputed)


def hfu_from_mfu(mfu: float, recomputed: float = 1.0) -> float:
    """Return the share of peak that the hardware is busy with, recomputation counted."""
    require_positive("mfu", mfu)
    return mfu * hardware_per_model_flops(recomputed)


def mfu_from_achieved(achieved: float, peak: float, recomputed: float = 0.0) -> float:
    """Return the MFU behind `achieved` FLOP/s of one device, reported with `recomputed` counted in.

    Megatron's 140 TFLOP/s on an A100 counts the recomputed forward pass (arXiv 2104.04473, section 5.1):

    >>> round(mfu_from_achieved(140e12, 312e12, recomputed=1.0), 3)
    0.337
    """
    require_positive("achieved", achieved)
    require_positive("peak", peak)
    return mfu_from_hfu(achieved / peak, recomputed)


def mfu_from_token_rate(tokens_per_second: float, params: float, gpus: int, peak: float) -> float:
    """Return the MFU of `gpus` devices that together train `tokens_per_second`, counting 6N per token."""
    for name, value in (("tokens_per_second", tokens_per_second), ("params", params), ("gpus", gpus)):
        require_positive(name, value)
    return mfu_from_achieved(training_flops(params, tokens_per_second) / gpus, peak)


def token_rate(mfu: float, params: float, gpus: int, peak: float) -> float:
    """Tokens per second that `gpus` devices train together at this MFU; inverse of `mfu_from_token_rate`."""
    for name, value in (("mfu", mfu), ("params", params), ("gpus", gpus), ("peak", peak)):
        require_positive(name, value)
    return gpus * peak * mfu / (FLOPS_PER_TOKEN_PER_PARAM * params)


def in_range(what: str, value: float) -> float:
    """Return the value, or refuse one that ran over or under what a float can hold."""
    if not 0 < value < math.inf:
        raise Problem(
            "out-of-range",
            f"the {what} that follows from these numbers is too large or too small to represent",
            "check the powers of ten of what is given",
            ExitCode.NO_ANSWER,
        )
    return value
