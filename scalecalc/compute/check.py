"""Predictions of GPU-hours against every published run, each made from the other runs alone.

A run is predicted by the median MFU of the other runs on its generation of hardware and of its kind. The
range around it holds 80 % of runs if logarithms of MFU scatter normally with one variance in all groups: its
half width is t s sqrt(1 + 1 / n), with the pooled deviation s and the n runs behind the median. FLOPs are
6ND, with attention where the run's shape is known; where it is not, those of the other runs leave it out too.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.spread import Spread
from scalecalc.compute.training_run import TrainingRun
from scalecalc.compute.utilization import ModelKind, Utilization, end_to_end

LEVEL = 0.80
"""Share of runs that the range is made to hold."""

_NORMAL_QUANTILE = 1.2815515655446004
"""Above it lies a tenth of the normal distribution: half of what the range leaves out."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A run with its group and the MFU that its hours imply."""

    run: TrainingRun
    group: str
    flops: float
    gpu_hours: float
    mfu: float
    peak: float

    @property
    def without_attention(self) -> "Observed":
        """The same hours with FLOPs of 6ND, and so a lower MFU where attention was counted."""
        if not self.run.counts_attention:
            return self
        run = self.run.without_attention
        flops = run.flops or self.flops
        return replace(self, run=run, flops=flops, mfu=self.mfu * flops / self.flops)


@dataclass(frozen=True, slots=True)
class Prediction:
    """GPU-hours of one run as the other `runs` of its group predict them, beside the actual ones."""

    run: TrainingRun
    group: str
    runs: int
    low: float
    typical: float
    high: float
    actual: float

    @property
    def ratio(self) -> float:
        """Actual over typical hours; above 1 where the run took longer."""
        return self.actual / self.typical

    @property
    def error_factor(self) -> float:
        """How far off the typical hours are, either way."""
        return max(self.ratio, 1 / self.ratio)

    @property
    def inside(self) -> bool:
        """Whether the actual hours lie from low to high."""
        return self.low <= self.actual <= self.high


@dataclass(frozen=True, slots=True)
class GroupCheck:
    """How well a group of runs is predicted."""

    group: str
    runs: int
    median_error_factor: float
    worst_error_factor: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Check:
    """All predictions, how well each group and all together came out, and the rows that none was made for."""

    predictions: tuple[Prediction, ...]
    groups: tuple[GroupCheck, ...]
    overall: GroupCheck
    left_out: Mapping[str, str]
    """The reason by the id of the run."""
    strangers: GroupCheck | None = None
    """All runs, each predicted without those of its own paper too; None where that was not asked."""


def check(
    runs: Iterable[TrainingRun],
    accelerators: Mapping[str, Accelerator],
    utilizations: Iterable[Utilization],
) -> Check:
    """Predict every used run from the others, and tell how well that went."""
    runs, table = tuple(runs), tuple(utilizations)
    used = [observe(run, accelerators, table) for run in runs if run.used]
    predictions, left_out = [], {run.id: run.left_out for run in runs if not run.used}
    for seen in used:
        prediction = predict(seen, [other for other in used if other is not seen])
        if prediction is None:
            left_out[seen.run.id] = f"no other run of {seen.group}"
        else:
            predictions.append(prediction)
    strangers = [predict(seen, [other for other in used if not _are_kin(seen, other)]) for seen in used]
    apart = [prediction for prediction in strangers if prediction is not None]
    whole = summarized(predictions, left_out)
    return replace(whole, strangers=_summary("all", apart)) if apart else whole


def _are_kin(seen: Observed, other: Observed) -> bool:
    return seen.run.origin == other.run.origin


def summarized(predictions: Sequence[Prediction], left_out: Mapping[str, str]) -> Check:
    """Tell how well predictions came out, by group and together."""
    groups = dict.fromkeys(prediction.group for prediction in predictions)
    return Check(
        tuple(predictions),
        tuple(_summary(group, [each for each in predictions if each.group == group]) for group in groups),
        _summary("all", predictions),
        left_out,
    )


def chance_of_fewer_inside(summary: GroupCheck) -> float:
    """Return the chance that no more runs than these lie inside if each does with the share aimed at.

    Of six runs, four or fewer are inside in one case of three:

    >>> round(chance_of_fewer_inside(GroupCheck("a", 6, 1.3, 1.9, 4 / 6)), 3)
    0.345
    """
    inside, runs = round(summary.coverage * summary.runs), summary.runs
    terms = (math.comb(runs, k) * LEVEL**k * (1 - LEVEL) ** (runs - k) for k in range(inside + 1))
    return math.fsum(terms)


def observe(
    run: TrainingRun, accelerators: Mapping[str, Accelerator], utilizations: Sequence[Utilization]
) -> Observed:
    """Return a run with its group: the row of utilizations that stands for its hardware and kind.

    MFU is of the 16-bit peak, also of runs in fp8.
    """
    flops, hours = run.flops, run.gpu_hours
    if flops is None or hours is None or run.hardware not in accelerators:
        raise ValueError(f"{run.id} must have parameters, tokens, hours and a known accelerator to be used")
    device = accelerators[run.hardware]
    kind: ModelKind = "moe" if run.kind == "moe" else "dense"
    peak = device.peak(device.training_dtype)
    group = end_to_end(utilizations, device, kind, device.training_dtype).key
    return Observed(run, group, flops, hours, flops / (3600 * hours * peak), peak)


def predict(seen: Observed, others: Sequence[Observed]) -> Prediction | None:
    """Return the hours that the others predict; None where none of them is of the same group.

    Like is predicted by like: a run whose shape is not known, by MFUs that leave attention out.
    """
    alike = others if seen.run.counts_attention else [other.without_attention for other in others]
    expected = expected_mfu(seen.group, alike)
    if expected is None:
        return None
    mfu, runs = expected
    low, typical, high = (seen.flops / (3600 * seen.peak * share) for share in (mfu.high, mfu.value, mfu.low))
    return Prediction(seen.run, seen.group, runs, low, typical, high, seen.gpu_hours)


def expected_mfu(group: str, observed: Sequence[Observed]) -> tuple[Spread, int] | None:
    """Return the MFU to expect of one more run of this group, and how many runs it is from; None without any.

    It is of FLOPs that count attention, and of all hours, restarts included.
    """
    peers = [math.log(seen.mfu) for seen in observed if seen.group == group]
    deviation, freedom = _pooled(observed)
    if not peers or freedom < 1:
        return None
    typical = math.exp(_median(peers))
    half = student_quantile(freedom) * deviation * math.sqrt(1 + 1 / len(peers))
    return Spread(typical, typical * math.exp(-half), typical * math.exp(half)), len(peers)


def student_quantile(freedom: int) -> float:
    """What a tenth of Student's t exceeds, by Cornish and Fisher: within 0.5 % from 3 degrees of freedom.

    >>> round(student_quantile(30), 3)
    1.31
    """
    z = _NORMAL_QUANTILE
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _pooled(observed: Sequence[Observed]) -> tuple[float, int]:
    """Deviation of log MFU within groups, and its degrees of freedom."""
    groups: dict[str, list[float]] = {}
    for seen in observed:
        groups.setdefault(seen.group, []).append(math.log(seen.mfu))
    squares = sum(sum((value - _mean(values)) ** 2 for value in values) for values in groups.values())
    freedom = len(observed) - len(groups)
    return (math.sqrt(squares / freedom) if freedom else 0.0), freedom


def _summary(group: str, predictions: Sequence[Prediction]) -> GroupCheck:
    if not predictions:
        raise ValueError("runs must hold at least two used runs of one group")
    errors = [prediction.error_factor for prediction in predictions]
    inside = _mean([float(prediction.inside) for prediction in predictions])
    return GroupCheck(group, len(predictions), _median(errors), max(errors), inside)


def _median(values: Sequence[float]) -> float:
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
