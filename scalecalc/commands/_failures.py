"""What interrupts a run: failures, checkpoints and restarts, and the goodput that they leave."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from scalecalc.problem import Problem
from scalecalc.quantity import Duration, Share
from scalecalc.result import Inputs, Row, Shown

if TYPE_CHECKING:
    from scalecalc.compute.goodput import Failures
    from scalecalc.compute.plan import Plan

CHECKPOINT, RESTART = Duration(60), Duration(600)
"""Taken where an MTBF stands alone: a minute to save, ten to be back."""


class FailureInputs(Inputs):
    """How often devices fail, and what a save and a restart cost."""

    mtbf: Duration | None = Field(
        None,
        description="Mean time between failures of one device with its share of host and network, e.g. "
        "50000h; gives the goodput beside a steady --mfu.",
    )
    checkpoint_time: Duration | None = Field(
        None, description="Time that training stands still for a checkpoint, with --mtbf. [60s]"
    )
    restart_time: Duration | None = Field(
        None, description="Time from a failure to moving again, with --mtbf. [10min]"
    )


class Restarts(Row):
    """Failures of the whole run, the best interval between checkpoints, and what is kept."""

    device_mtbf_seconds: Duration = Field(title="a device fails every")
    mtbf_seconds: Duration = Field(title="the run fails every")
    checkpoint_seconds: Duration = Field(title="a checkpoint takes")
    restart_seconds: Duration = Field(title="a restart takes")
    interval_seconds: Duration = Field(
        title="save every", description="Daly's interval between checkpoints; goodput is at it."
    )
    young_interval_seconds: Duration = Field(title="save every, by Young")
    failures: Annotated[float | None, Shown(digits=3)] = Field(
        title="failures expected", description="Over the whole run; null where its time is not known."
    )


def refuse_idle_failures(inputs: FailureInputs) -> None:
    """What a save or a restart takes without --mtbf is a misunderstanding, not to be passed over."""
    if inputs.mtbf is not None:
        return
    for name in ("checkpoint_time", "restart_time"):
        if getattr(inputs, name) is not None:
            option = f"--{name.replace('_', '-')}"
            raise Problem("conflict", f"{option} changes nothing without --mtbf", "add --mtbf, e.g. 50000h")


def failures_of(inputs: FailureInputs, devices: int) -> "Failures":
    """The failures of so many devices, each with the MTBF that is given."""
    from scalecalc.compute.goodput import Failures

    if inputs.mtbf is None:
        raise ValueError("inputs must have an mtbf, not None")
    return Failures(
        devices=devices,
        device_mtbf=inputs.mtbf,
        checkpoint=inputs.checkpoint_time or CHECKPOINT,
        restart=inputs.restart_time or RESTART,
    )


def goodput_of(failures: "Failures") -> Share:
    """The goodput at the best interval; next to none is a Problem that says whose MTBF is asked for."""
    from scalecalc.compute.goodput import best_goodput

    try:
        return Share(best_goodput(failures))
    except Problem as problem:
        hint = f"{problem.hint}; --mtbf is that of one device"
        raise Problem(problem.code, problem.message, hint, problem.exit_code) from None


def restarts_row(inputs: FailureInputs, plan: "Plan") -> Restarts | None:
    """The failures of the devices that are planned; None where no MTBF is given."""
    from scalecalc.compute.goodput import daly_interval, young_interval

    if inputs.mtbf is None or plan.gpus is None:
        return None
    failures = failures_of(inputs, int(plan.gpus.value))
    seconds = plan.seconds.value if plan.seconds else None
    return Restarts(
        device_mtbf_seconds=Duration(failures.device_mtbf),
        mtbf_seconds=Duration(failures.mtbf),
        checkpoint_seconds=Duration(failures.checkpoint),
        restart_seconds=Duration(failures.restart),
        interval_seconds=Duration(daly_interval(failures)),
        young_interval_seconds=Duration(young_interval(failures)),
        failures=seconds / failures.mtbf if seconds else None,
    )


def failure_assumptions(inputs: FailureInputs) -> tuple[str, ...]:
    """What was not given, and by which formulas the goodput comes out."""
    if inputs.mtbf is None:
        return ()
    taken = [
        text
        for value, text in (
            (inputs.checkpoint_time, f"{CHECKPOINT} for a checkpoint"),
            (inputs.restart_time, f"{RESTART} for a restart"),
        )
        if value is None
    ]
    told = (
        "goodput: devices fail independently at a constant rate; Daly 2006, eq. 13 at the interval of eq. 37"
    )
    return (told, f"taken: {', '.join(taken)}") if taken else (told,)
