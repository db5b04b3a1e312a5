"""How well GPU-hours are predicted: every published run from the others, beside what it took."""

from collections.abc import Iterable, Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc import tables
from scalecalc.compute.check import LEVEL, Check, GroupCheck, Prediction, chance_of_fewer_inside
from scalecalc.compute.check import check as checked
from scalecalc.problem import Problem
from scalecalc.quantity import DeviceHours, Flops, Params, Share, Tokens
from scalecalc.result import Estimate, Inputs, Note, Positional, Result, Row

AIM = 1.25
"""The factor within which half of the runs should be predicted."""

MANY = 10
"""Runs of a group below which its figures may move by much with one more."""

RANGE = f"{LEVEL:.0%} of runs, from the scatter of the others"


class CheckInputs(Inputs):
    """Hold the prediction of GPU-hours against every published training run.

    Each run is predicted from the other runs of its hardware and kind alone, as if it were still to come. The
    table has how far off that is, whether the range held the actual hours, and which rows are left out.
    """

    group: ClassVar[str] = "Cost"
    examples: ClassVar[tuple[str, ...]] = (
        "check",
        "check --brief",
        "check hopper-dense",
        "check --format markdown",
        "check --format csv",
    )

    name: Annotated[str | None, Positional()] = Field(
        None, description="One group of runs, e.g. hopper-moe. [all]"
    )
    brief: bool = Field(False, description="Print how well it went, and not each run.")
    runs: str | None = Field(
        None,
        description="A CSV file of your own runs, each predicted from the published ones: id, params, "
        "tokens, hardware, gpu_hours, or any column of data/training_runs.csv.",
    )


class GroupRow(Row):
    """How well the runs of one hardware and kind are predicted."""

    group: str
    runs: int
    median_error_factor: float = Field(
        title="half within a factor of", description="Median of max(actual / typical, typical / actual)."
    )
    worst_error_factor: float = Field(title="all within a factor of")
    coverage: Share = Field(title="inside low..high", description="Share of runs inside their range.")


class RunRow(Row):
    """One published run: GPU-hours as predicted from the others, and as published."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"name", "year", "kind", "accelerator", "params", "active_params", "tokens", "flops", "peers"}
        | {"counts_attention", "note", "source", "verification", "unverified"}
    )

    id: str = Field(title="run")
    name: str
    year: int
    group: str = Field(description="Hardware and kind, whose other runs predict this one.")
    kind: str
    accelerator: str
    params: Params | None
    active_params: Params | None
    tokens: Tokens | None
    flops: Flops | None = Field(description="6ND and, where the shape is known, attention in full.")
    counts_attention: bool
    peers: int = Field(description="Runs that it is predicted from.")
    gpu_hours: Estimate = Field(title="predicted GPU-hours")
    actual_gpu_hours: DeviceHours = Field(title="actual")
    error_factor: float = Field(title="off by", description="Actual over typical hours, or its inverse.")
    inside: bool = Field(description="Whether the actual hours lie from low to high.")
    note: str | None
    source: str
    verification: str
    unverified: tuple[str, ...]


class LeftOutRow(Row):
    """Rows of the table that no prediction is made for, by the reason."""

    told: ClassVar[frozenset[str]] = frozenset({"ids"})

    reason: str
    runs: int
    ids: tuple[str, ...]


class CheckResult(Result):
    """Predictions against published runs."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"of", "runs_checked", "median_error_factor", "worst_error_factor", "coverage"}
        | {"strangers_median_error_factor", "strangers_coverage"}
    )

    of: str = Field(description="Whose runs they are: published or own.")
    runs_checked: int
    median_error_factor: float
    worst_error_factor: float
    coverage: Share
    strangers_median_error_factor: float | None = Field(
        description="Each run predicted without those of its own paper too; null for own runs or one group."
    )
    strangers_coverage: Share | None = Field(description="Share of these inside their range.")
    groups: tuple[GroupRow, ...] = Field(title="by hardware and kind")
    runs: tuple[RunRow, ...] = Field(title="each run, predicted from the other published ones of its group")
    left_out: tuple[LeftOutRow, ...] = Field(title="rows that are left out")

    def headline(self) -> str:
        """How well it went."""
        half = f"half within a factor of {self.median_error_factor:.2f}"
        held = f"{self.coverage} inside a range made to hold {Share(LEVEL)}"
        runs = "run" if self.runs_checked == 1 else "runs"
        return f"{self.runs_checked} {self.of} {runs}: {half}, {held}"

    def records(self) -> tuple[RunRow, ...]:
        """One record for each run."""
        return self.runs


class BriefCheckResult(CheckResult):
    """The same keys, but a reader sees how well it went and not each run."""

    told: ClassVar[frozenset[str]] = CheckResult.told | {"runs", "left_out"}

    def headline(self) -> str:
        """How well it went, and of how many rows."""
        out = sum(row.runs for row in self.left_out)
        return f"{super().headline()}; {out} rows are left out" if out else super().headline()


def check(inputs: CheckInputs) -> CheckResult:
    """Every published run, or those of a group, predicted from the others."""
    found = _found(inputs.runs)
    groups = {summary.group: summary for summary in found.groups}
    if inputs.name is not None and inputs.name not in groups:
        raise Problem(
            "unknown-group", f"{inputs.name[:40]!r} names no group of runs", f"known: {', '.join(groups)}"
        )
    whole = groups[inputs.name] if inputs.name else found.overall
    shown = [each for each in found.predictions if inputs.name in (None, each.group)]
    strangers = None if inputs.name else found.strangers
    kind = BriefCheckResult if inputs.brief else CheckResult
    return kind(
        of="published" if inputs.runs is None else "own",
        runs_checked=whole.runs,
        median_error_factor=whole.median_error_factor,
        worst_error_factor=whole.worst_error_factor,
        coverage=Share(whole.coverage),
        strangers_median_error_factor=strangers.median_error_factor if strangers else None,
        strangers_coverage=Share(strangers.coverage) if strangers else None,
        groups=tuple(_group_row(each) for each in _summaries(found, whole)),
        runs=tuple(_run_row(each) for name in groups for each in shown if each.group == name),
        left_out=() if inputs.name else tuple(_left_out(found)),
        assumptions=(
            "typical: the median MFU of the other runs of the group, over all hours of a run",
            f"low..high: made to hold {RANGE}, with one variance for all groups",
            "FLOPs: 6ND of the active parameters and, where the shape is known, attention in full",
            "a run without a known shape is predicted by the others' MFU of 6ND alone",
        ),
        notes=tuple(_weaknesses(found, whole)) if inputs.runs is None else (),
        sources=("each run has its own: `scalecalc check --format csv` tells it",),
    )


def _weaknesses(found: Check, whole: GroupCheck) -> Iterator[Note]:
    """Where the figures say less than they seem to."""
    groups = found.groups if whole is found.overall else (whole,)
    for group in groups:
        if group.coverage < LEVEL or group.median_error_factor > AIM:
            figures = f"half within {group.median_error_factor:.2f}, {Share(group.coverage)} inside"
            yield Note(code="weak-group", message=f"{group.group} is weak: {figures}{_surprise(group)}")
    if few := [f"{group.group} ({group.runs})" for group in groups if group.runs < MANY]:
        yield Note(code="few-runs", message=f"few runs, one more may move them by much: {', '.join(few)}")
    if found.strangers and whole is found.overall:
        half = f"half lie within {found.strangers.median_error_factor:.2f}"
        text = f"without the runs of its own paper, which are alike, {half} and"
        yield Note(code="alike", message=f"{text} {Share(found.strangers.coverage)} inside")


def _surprise(group: GroupCheck) -> str:
    """How often a range that holds what it should has as few runs inside; nothing where they are not few."""
    if group.coverage >= LEVEL:
        return ""
    chance = Share(chance_of_fewer_inside(group))
    few = f"; a range that holds {Share(LEVEL)} has so few inside"
    return f"{few} in {chance} of such samples of {group.runs}"


def _found(path: str | None) -> Check:
    """The check of the published runs, or of those of a file."""
    if path is None:
        return checked(tables.training_runs(), tables.accelerators(), tables.utilizations())
    from scalecalc.commands._own_runs import check_of

    return check_of(path)


def _summaries(found: Check, whole: GroupCheck) -> Iterable[GroupCheck]:
    return (*found.groups, whole) if whole is found.overall else (whole,)


def _group_row(summary: GroupCheck) -> GroupRow:
    return GroupRow(
        group=summary.group,
        runs=summary.runs,
        median_error_factor=summary.median_error_factor,
        worst_error_factor=summary.worst_error_factor,
        coverage=Share(summary.coverage),
    )


def _run_row(prediction: Prediction) -> RunRow:
    run = prediction.run
    return RunRow(
        id=run.id,
        name=run.name,
        year=run.year,
        group=prediction.group,
        kind=run.kind,
        accelerator=run.hardware,
        params=Params(run.params) if run.params else None,
        active_params=Params(run.active_params) if run.active_params else None,
        tokens=Tokens(run.tokens) if run.tokens else None,
        flops=Flops(run.flops) if run.flops else None,
        counts_attention=run.counts_attention,
        peers=prediction.runs,
        gpu_hours=Estimate(
            value=DeviceHours(prediction.typical),
            low=DeviceHours(prediction.low),
            high=DeviceHours(prediction.high),
            level=LEVEL,
            method=RANGE,
        ),
        actual_gpu_hours=DeviceHours(prediction.actual),
        error_factor=prediction.error_factor,
        inside=prediction.inside,
        note=run.note or None,
        source=run.source,
        verification=run.verification,
        unverified=run.unverified,
    )


def _left_out(found: Check) -> Iterable[LeftOutRow]:
    """The reasons, the commonest first."""
    by_reason: dict[str, list[str]] = {}
    for run, reason in found.left_out.items():
        by_reason.setdefault(reason, []).append(run)
    for reason, ids in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        yield LeftOutRow(reason=reason, runs=len(ids), ids=tuple(ids))
