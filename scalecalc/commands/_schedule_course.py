"""From the options to the learning rate of every step."""

from math import log, sqrt
from typing import TYPE_CHECKING

from scalecalc.commands._schedule_lengths import length, lengths, rate
from scalecalc.commands._schedule_options import ScheduleOptions
from scalecalc.commands._schedule_plan import Plan
from scalecalc.problem import Problem
from scalecalc.quantity import significant

if TYPE_CHECKING:
    from scalecalc.training.schedule import Schedule
    from scalecalc.training.schedule_shapes import Shape

USUAL = {"min_lr": "10%", "cooldown": "20%", "cooldown_form": "1-sqrt", "milestones": "80%,90%"}

USUAL_TIMESCALE = 10_000
"""Steps, as in transformers, where there is no warm-up to take it from."""

DEEPSEEK_DROP = sqrt(0.1)
"""DeepSeek LLM (arXiv 2401.02954, section 2): 31.6 % from 80 % of the tokens on, 10 % from 90 % on."""

SUMMARY = {
    "cosine": "cosine to {low}",
    "linear": "linear to {low}",
    "constant": "constant",
    "inverse-sqrt": "inverse square root",
    "wsd": "warm-up, stable, {form} cooldown to {low}",
    "multi-step": "multi-step",
    "restarts": "cosine with restarts to {low}",
}


def course_of(options: ScheduleOptions, plan: Plan, decay: str) -> "Schedule":
    """The schedule of that shape for the plan; a Problem where its parts do not fit."""
    from scalecalc.training.schedule import Schedule

    start = rate("--warmup-from", options.warmup_from, plan.peak)
    if start > plan.peak:
        raise _above_peak("--warmup-from", start, plan.peak)
    return Schedule(
        peak=plan.peak,
        steps=plan.steps,
        shape=_shape(options, plan, decay),
        warmup=plan.warmup,
        start=start,
        from_zero=options.convention == "from-zero",
    )


def summary(options: ScheduleOptions, plan: Plan, decay: str) -> str:
    """What the shape is, in a few words."""
    form = options.cooldown_form or USUAL["cooldown_form"]
    return SUMMARY[decay].format(form=form, low=significant(_low(options, plan)))


def _shape(options: ScheduleOptions, plan: Plan, decay: str) -> "Shape":
    from scalecalc.training.schedule_shapes import Drops, Fall, InverseRoot, Restarts

    span = plan.steps - plan.warmup
    match decay:
        case "constant":
            return Fall(0.0, 0, "linear")
        case "inverse-sqrt":
            return InverseRoot(_timescale(options, plan))
        case "multi-step":
            return Drops(_milestones(options, plan), options.gamma or DEEPSEEK_DROP)
        case "restarts":
            return Restarts(_low(options, plan), *_cycles(options, span))
        case "wsd":
            form = options.cooldown_form or "1-sqrt"
            return Fall(_low(options, plan, form), _cooldown(options, plan), form)
        case _:
            return Fall(_low(options, plan), span, "linear" if decay == "linear" else "cosine")


def _timescale(options: ScheduleOptions, plan: Plan) -> int:
    if options.timescale is None:
        return plan.warmup or USUAL_TIMESCALE
    scale = length("--timescale", options.timescale, plan.steps, plan.batch)
    if not scale:
        message = f"--timescale: {options.timescale} is no step"
        raise Problem("value", message, f"for example --timescale {USUAL_TIMESCALE}")
    return scale


def _low(options: ScheduleOptions, plan: Plan, form: str = "") -> float:
    low = rate("--min-lr", options.min_lr or USUAL["min_lr"], plan.peak)
    if low > plan.peak:
        raise _above_peak("--min-lr", low, plan.peak)
    if low == 0 and form == "exponential":
        hint = "give a --min-lr above zero, e.g. 10%, or another --cooldown-form"
        raise Problem("value", "--min-lr: an exponential cooldown never reaches zero", hint)
    return low


def _cooldown(options: ScheduleOptions, plan: Plan) -> int:
    steps = length("--cooldown", options.cooldown or USUAL["cooldown"], plan.steps, plan.batch)
    if plan.warmup + steps > plan.steps:
        message = f"a warm-up of {plan.warmup} and a cooldown of {steps} are more than {plan.steps} steps"
        raise Problem("value", message, "shorten --warmup or --cooldown")
    return steps


def _cycles(options: ScheduleOptions, span: int) -> tuple[int, float]:
    """How many cosines, and their growth: a whole number where it is one, for exact restarts."""
    cycles, growth = options.cycles or 4, options.cycle_growth or 1.0
    if cycles > span or cycles * log(growth) > log(span):
        message = f"--cycles {cycles} that grow by {growth:g} leave no step for the first within {span} steps"
        raise Problem("value", message, "fewer --cycles, or less --cycle-growth")
    return cycles, int(growth) if growth == int(growth) else growth


def _milestones(options: ScheduleOptions, plan: Plan) -> tuple[int, ...]:
    """The drops, counted from the end of the warm-up."""
    found = lengths("--milestones", options.milestones or USUAL["milestones"], plan.steps, plan.batch)
    for each, following in zip(found, (*found[1:], plan.steps), strict=True):
        if not plan.warmup <= each < following:
            drops = ", ".join(map(str, found))
            message = (
                f"--milestones: drops after {drops} of {plan.steps} steps, the warm-up being {plan.warmup}"
            )
            raise Problem("value", message, "drops follow the warm-up and one another, e.g. 80%,90%")
    return tuple(each - plan.warmup for each in found)


def _above_peak(option: str, value: float, peak: float) -> Problem:
    message = f"{option}: {significant(value)} is above the peak, {significant(peak)}"
    return Problem("value", message, "write a lower rate, or a share of the peak such as 10%")
