"""The ways in which an MFU comes out wrong, each with the factor by which it is off.

Collected from published tables, tools and issue threads: sparse peaks, hours per trillion tokens, counts of
experts, of cores and of devices.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from scalecalc.compute.throughput import hardware_per_model_flops, training_flops

Side = Literal["high", "low"]
"""Whether an MFU is too high or too low to be true."""

_TYPICAL_MFU = 0.33
"""Median of 32 finished dense runs on A100, end to end."""

_WORDS_PER_TOKEN = 0.75
"""English text in byte-pair tokens; other languages and code have fewer words per token."""

_FP8_SPEEDUP = 2.0
"""Peak in fp8 over peak in bf16, where a device has both."""

_MANY_TOKENS_PER_PARAM = 3000
"""Past this, small models in the published tables are mostly distilled (Llama 3.2 1B stands at 7,300)."""

_AGREES = 1.05
"""Ratio up to which two counts are the same."""

_DISAGREES = 1.5
"""Ratio of FLOPs to 6ND that attention no longer explains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about the figures behind an MFU. Each field that is absent leaves a cause out.

    `params` are active per token, `total_params` all of them (the same for a dense model); `gpus` is the
    number of devices where it is in doubt whether hours or tokens are of one or of all; `dies_per_unit` is 2
    where one product is two devices to some (TPU v2 to v5p, MI250X, Trainium1, superchips); `sparse_ratio` is
    the sparse over the dense peak, `None` for devices without sparsity; `fp8` is whether the run was in fp8,
    `None` if not known; `other_peaks` gives other devices' peaks over the one used; `recomputed` is the share
    of the forward pass done twice; `typical` is the MFU to expect.
    """

    flops: float | None = None
    params: float | None = None
    total_params: float | None = None
    tokens: float | None = None
    gpus: int | None = None
    dies_per_unit: int = 1
    sparse_ratio: float | None = 2.0
    fp8: bool | None = None
    other_peaks: Mapping[str, float] = field(default_factory=dict)
    recomputed: float = 0.0
    typical: float = _TYPICAL_MFU


@dataclass(frozen=True, slots=True)
class Mistake:
    """What multiplies an MFU by `factor`, `None` if unknown; `borne_out` if another number agrees."""

    code: str
    factor: float | None
    text: str
    borne_out: bool = False


def mistakes(evidence: Evidence, side: Side) -> Iterator[Mistake]:
    """Return every mistake that the evidence leaves open and that errs on this side."""
    for mistake in (*_of_work(evidence), *_of_hours(evidence), *_of_peak(evidence)):
        if mistake.factor is not None and (mistake.factor > 1) == (side == "high"):
            yield mistake
    yield from _of_unknown_size(evidence, side)


def _of_work(evidence: Evidence) -> Iterator[Mistake]:
    """FLOPs or tokens that are not the model's own."""
    experts, excess = _experts(evidence), _excess(evidence)
    if experts is not None and (excess is None or _same(excess, experts)):
        text = f"all experts' parameters were counted, {experts:.3g} times the active ones"
        yield Mistake("all-experts-counted", experts, text, borne_out=excess is not None)
    elif excess is not None and not 1 / _DISAGREES < excess < _DISAGREES:
        text = f"the FLOPs are {excess:.3g} times 6ND of this model"
        yield Mistake("flops-not-6nd", excess, text, borne_out=True)
    yield Mistake("hfu-as-mfu", hardware_per_model_flops(1.0), "recomputation was counted: this is the HFU")
    yield Mistake("words-for-tokens", _WORDS_PER_TOKEN, "words were counted instead of tokens")


def _of_hours(evidence: Evidence) -> Iterator[Mistake]:
    """Hours or tokens of another scope than their counterpart."""
    if evidence.tokens is not None:
        trillions = evidence.tokens / 1e12
        text = f"the hours are per trillion tokens, not for all {trillions:.3g} trillion"
        yield Mistake("hours-per-trillion-tokens", trillions, text)
    if evidence.gpus is not None:
        text = f"the work of {evidence.gpus} devices is held against the hours or the peak of one"
        yield Mistake("one-device-peak", evidence.gpus, text)
        text = f"the work of one device is held against the hours or the peak of {evidence.gpus}"
        yield Mistake("one-device-work", 1 / evidence.gpus, text)


def _of_peak(evidence: Evidence) -> Iterator[Mistake]:
    """Peaks of another precision, sparsity, part or device."""
    if evidence.sparse_ratio is not None:
        text = "the peak is the sparse figure, or that of a lower precision"
        yield Mistake("sparse-peak", 1 / evidence.sparse_ratio, text)
        text = "the dense peak was reduced for sparsity once more"
        yield Mistake("dense-peak-reduced", evidence.sparse_ratio, text)
    if evidence.dies_per_unit > 1:
        parts = f"{evidence.dies_per_unit} cores or dies"
        text = f"the peak is that of one of the chip's {parts}, the hours are those of chips"
        yield Mistake("core-for-chip", evidence.dies_per_unit, text)
        text = f"the hours count each of the chip's {parts}, the peak is that of the chip"
        yield Mistake("chip-for-core", 1 / evidence.dies_per_unit, text)
    if evidence.fp8 is not False:
        text = "the run was in fp8, the peak is that of 16 bits"
        yield Mistake("fp8-run", _FP8_SPEEDUP, text, borne_out=evidence.fp8 is True)
    for name, ratio in evidence.other_peaks.items():
        yield Mistake("other-device", ratio, f"the run was on {name}, the peak is another device's")


def _of_unknown_size(evidence: Evidence, side: Side) -> Iterator[Mistake]:
    """Explanations that do not tell by how much."""
    if side == "high":
        if evidence.total_params is None:
            text = "all parameters of a mixture of experts were counted instead of the active ones"
            yield Mistake("all-experts-counted", None, text)
        yield Mistake("mismatched-figures", None, "hours, FLOPs and peak are not of the same run")
        return
    distilled = False
    if evidence.tokens is not None and evidence.params is not None:
        distilled = evidence.tokens / evidence.params > _MANY_TOKENS_PER_PARAM
    text = "the model was distilled or pruned, and the teacher's compute is in the hours but not in 6ND"
    yield Mistake("distilled", None, text, borne_out=distilled)
    yield Mistake("hours-beyond-the-run", None, "the hours hold restarts, other stages or other runs")


def _experts(evidence: Evidence) -> float | None:
    """Total over active parameters of a mixture of experts; `None` for a dense model."""
    if (
        evidence.params is None
        or evidence.total_params is None
        or _same(evidence.total_params, evidence.params)
    ):
        return None
    return evidence.total_params / evidence.params


def _excess(evidence: Evidence) -> float | None:
    """Given FLOPs over 6ND."""
    if evidence.flops is None or evidence.params is None or evidence.tokens is None:
        return None
    return evidence.flops / training_flops(evidence.params, evidence.tokens)


def _same(one: float, other: float) -> bool:
    return 1 / _AGREES < one / other < _AGREES
