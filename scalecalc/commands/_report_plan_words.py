"""What a plan's page says around its chapters: the question, the figures to see first, what to do next."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scalecalc.commands._hyperparameter_rows import HyperparametersResult
from scalecalc.commands._optimal_rows import OptimalResult
from scalecalc.commands._report_inputs import ReportOptions
from scalecalc.commands.gpu_hours import GpuHoursResult
from scalecalc.commands.memory import MemoryResult
from scalecalc.commands.schedule import ScheduleResult
from scalecalc.quantity import significant
from scalecalc.result import Fact, Step

FAR_APART = 2.0
"""Ratio of the learning rates of laws from which they are worth a trial."""


@dataclass(frozen=True, slots=True)
class PlanAnswers:
    """The answers of the commands, and their command lines by name; None where one has no answer."""

    best: OptimalResult
    run: GpuHoursResult
    memory: MemoryResult | None
    settings: HyperparametersResult | None
    course: ScheduleResult | None
    lines: Mapping[str, str]


def question_of_a_plan(inputs: ReportOptions) -> str:
    """What was asked, in a sentence."""
    on = f" on {inputs.gpus}" if inputs.gpus else ""
    if inputs.params and inputs.tokens:
        return f"What does it take to train {inputs.params} parameters on {inputs.tokens} tokens{on}?"
    model = f" of a model of {inputs.params}" if inputs.params else ""
    data = f" on {inputs.tokens} tokens" if inputs.tokens else ""
    what = f"What is the best training{model}{data}"
    if inputs.flops:
        span = f" in {inputs.time}" if inputs.time else ""
        return f"{what} for {inputs.flops} FLOPs{on}{span}?"
    if inputs.usd:
        return f"{what} for {inputs.usd}{on}?"
    return f"{what}{on} in {inputs.time}?"


def facts_of_a_plan(answers: PlanAnswers) -> Iterator[Fact]:
    """The figures of the plan, with the ranges of what was assumed."""
    best, run, memory = answers.best, answers.run, answers.memory
    yield Fact("model size", best.params, "parameters")
    yield Fact("training tokens", best.tokens)
    if best.loss is not None:
        yield Fact("predicted loss", significant(best.loss, 4), best.loss_unit or "")
    yield Fact("compute", best.flops, "FLOPs")
    for label, value in (("time", run.seconds), ("GPU-hours", run.gpu_hours), ("cost", run.usd)):
        if value is not None:
            yield Fact(label, value)
    if memory is not None:
        yield Fact("memory of a device", f"{memory.bytes} of {memory.usable_bytes}")
    if answers.course is not None:
        yield Fact("peak learning rate", significant(answers.course.peak_lr))


def steps_of_a_plan(answers: PlanAnswers) -> Iterator[Step]:
    """What follows from the answers."""
    yield from _law_and_size(answers.best)
    if answers.memory is not None:
        yield from _layout(answers.memory)
    if answers.settings is not None:
        yield from _rates(answers.settings)
    if answers.course is not None:
        yield Step(
            what="hand the schedule to the training script",
            why="its CSV has the learning rate of every step",
            command=f"{answers.lines['schedule']} --format csv -o schedule.csv",
        )


def _law_and_size(best: OptimalResult) -> Iterator[Step]:
    if best.beyond_range and best.beyond_range > 1:
        times = significant(best.beyond_range)
        yield Step(
            what="train small models of your own and fit a law to them, then plan by it with --law",
            why=f"the budget lies {times} times outside what {best.law} was fitted on",
            command="scalecalc report runs.csv -o report.html",
        )
    if best.near_optimal:
        band = best.near_optimal[0]
        yield Step(
            what=f"choose from {band.params_low} to {band.params_high} parameters what suits serving",
            why=f"all of them lose no more than {band.less} of the compute",
        )


def _layout(memory: MemoryResult) -> Iterator[Step]:
    """The shape that the layouts are for, and the first of the layouts."""
    for line in re.findall(r"`(scalecalc shape [^`]+)`", " ".join(memory.assumptions)):
        yield Step(
            what="take a shape that divides over the devices",
            why="the layouts that fit are for the shape of this command",
            command=line,
        )
    if memory.suggestions:
        first = memory.suggestions[0]
        degrees = f"tensor {first.tensor}, pipeline {first.pipeline}, data {first.data}, ZeRO {first.zero}"
        work = f"micro-batch {first.micro_batch}, recomputation {first.recompute}"
        waits = f"of {memory.layouts_that_fit} layouts that fit, its devices wait least"
        yield Step(what=f"begin with the layout {degrees}, {work}", why=waits)


def _rates(settings: HyperparametersResult) -> Iterator[Step]:
    """A trial of learning rates, where the laws disagree."""
    rates = [each.learning_rate for each in settings.laws if each.learning_rate is not None]
    if rates and max(rates) > FAR_APART * min(rates):
        low, high = significant(min(rates)), significant(max(rates))
        apart = significant(max(rates) / min(rates), 2)
        yield Step(
            what=f"try learning rates from {low} to {high} on a small model first",
            why=f"the laws are {apart} times apart, and the schedule follows one of them",
        )
