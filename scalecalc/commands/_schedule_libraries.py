"""Which scheduler of PyTorch or transformers gives the very numbers of a schedule, as a line of Python.

Every line that stands here is evaluated by bench/schedule_vectors.py, and its rates are held to ours.
"""

from collections.abc import Iterator
from math import isclose
from typing import TYPE_CHECKING

from scalecalc.result import Note

if TYPE_CHECKING:
    from scalecalc.training.schedule import Schedule
    from scalecalc.training.schedule_shapes import Drops, Fall, InverseRoot, Restarts

HF = "transformers.get_"
TORCH = "torch.optim.lr_scheduler."


def library_call(course: "Schedule") -> str | None:
    """The call whose scheduler gives these rates step by step; None where neither library has one."""
    from scalecalc.training.schedule_shapes import Drops, Fall, InverseRoot, Restarts

    match course.shape:
        case Fall() as fall:
            return _fall_from_zero(course, fall) if course.from_zero else _fall_from_one(course, fall)
        case InverseRoot() as root:
            return _inverse_root(course, root)
        case Drops() as drops:
            return _drops(course, drops)
        case Restarts() as restarts:
            return _restarts(course, restarts)
    return None


def why_none(course: "Schedule") -> Iterator[Note]:
    """What to do where no scheduler of either library gives these rates."""
    from scalecalc.training.schedule_shapes import Fall

    if library_call(course) is not None:
        return
    text = "no one call of PyTorch or transformers gives these rates: read every step from --format csv"
    shape = course.shape
    if isinstance(shape, Fall) and 0 < shape.steps < course.stretch.span and shape.form != "exponential":
        start = f"with --warmup-from {shape.low:g} " if course.warmup and shape.low else ""
        text += f"; get_wsd_schedule gives those {start}counted --convention from-zero"
    yield Note(code="library", message=text)


def _fall_from_zero(course: "Schedule", fall: "Fall") -> str | None:
    words = f"optimizer, num_warmup_steps={course.warmup}"
    length = f"num_training_steps={course.steps}"
    if fall.steps == 0:
        return f"{HF}constant_schedule_with_warmup({words})" if course.start == 0 else None
    if fall.steps < course.stretch.span:
        return _cooldown_from_zero(course, fall)
    if fall.form == "exponential" and course.warmup == 0:
        return f"{TORCH}ExponentialLR(optimizer, gamma={(fall.low / course.peak) ** (1 / fall.steps)!r})"
    if (course.start and course.warmup) or fall.form not in ("linear", "cosine"):
        return None
    name, end = FALLS[fall.form, fall.low > 0]
    return f"{HF}{name}({words}, {length}{end.format(low=fall.low)})"


FALLS = {
    ("linear", False): ("linear_schedule_with_warmup", ""),
    ("linear", True): ("polynomial_decay_schedule_with_warmup", ", lr_end={low!r}, power=1.0"),
    ("cosine", False): ("cosine_schedule_with_warmup", ""),
    ("cosine", True): ("cosine_with_min_lr_schedule_with_warmup", ", min_lr={low!r}"),
}
"""Schedulers of transformers that fall over the whole run, to zero or to a minimum."""


def _cooldown_from_zero(course: "Schedule", fall: "Fall") -> str | None:
    """The one of transformers warms up from the minimum, not from zero."""
    if fall.form == "exponential" or not (course.warmup == 0 or isclose(course.start, fall.low)):
        return None
    words = f"optimizer, num_warmup_steps={course.warmup}, num_decay_steps={fall.steps}"
    form = f"num_training_steps={course.steps}, decay_type={fall.form!r}"
    return f"{HF}wsd_schedule({words}, {form}, min_lr_ratio={fall.low / course.peak!r})"


def _fall_from_one(course: "Schedule", fall: "Fall") -> str | None:
    """One cycle's linear form, and the cosine of transformers with `lr_rate` in its name, count from one."""
    if course.start and course.warmup:
        return None
    if fall.steps == 0:
        return _rise(course)
    if fall.steps < course.stretch.span:
        return None
    if fall.form == "cosine":
        words = f"optimizer, num_warmup_steps={course.warmup}, num_training_steps={course.steps}"
        return f"{HF}cosine_with_min_lr_schedule_with_warmup_lr_rate({words}, min_lr={fall.low!r})"
    if fall.form == "linear" and course.warmup > 1:
        share = f"total_steps={course.steps}, pct_start={course.warmup / course.steps!r}"
        ratio = "float('inf')" if fall.low == 0 else repr(course.peak / course.warmup / fall.low)
        ends = f"div_factor={course.warmup}, final_div_factor={ratio}"
        form = "anneal_strategy='linear', cycle_momentum=False"
        return f"{TORCH}OneCycleLR(optimizer, max_lr={course.peak!r}, {share}, {form}, {ends})"
    return None


def _inverse_root(course: "Schedule", root: "InverseRoot") -> str | None:
    if not course.from_zero or (course.start and course.warmup):
        return None
    words = f"num_warmup_steps={course.warmup}, timescale={root.timescale:g}"
    return f"{HF}inverse_sqrt_schedule(optimizer, {words})"


def _drops(course: "Schedule", drops: "Drops") -> str | None:
    fall = f"{TORCH}MultiStepLR(optimizer, milestones={list(drops.at)}, gamma={drops.factor!r})"
    if course.warmup == 0:
        return fall
    rise = _rise(course)
    if rise is None:
        return None
    return f"{TORCH}SequentialLR(optimizer, [{rise}, {fall}], milestones=[{course.warmup}])"


def _rise(course: "Schedule") -> str | None:
    """A warm-up alone, as LinearLR, whose first factor may not be zero."""
    if course.warmup == 0:
        return f"{TORCH}ConstantLR(optimizer, factor=1.0)"
    first = course.rate(1) / course.peak
    steps = course.warmup if course.from_zero else course.warmup - 1
    if first == 0 or steps == 0:
        return None
    return f"{TORCH}LinearLR(optimizer, start_factor={first!r}, total_iters={steps})"


def _restarts(course: "Schedule", restarts: "Restarts") -> str | None:
    if not course.from_zero:
        return None
    span, growth = course.stretch.span, restarts.growth
    if growth == 1 and restarts.low == 0 and (course.start == 0 or course.warmup == 0):
        words = f"num_warmup_steps={course.warmup}, num_training_steps={course.steps}"
        call = "cosine_with_hard_restarts_schedule_with_warmup"
        return f"{HF}{call}(optimizer, {words}, num_cycles={restarts.cycles})"
    first = span / sum(growth**cycle for cycle in range(restarts.cycles))
    if course.warmup or growth != int(growth) or first != int(first):
        return None
    words = f"T_0={int(first)}, T_mult={int(growth)}, eta_min={restarts.low!r}"
    return f"{TORCH}CosineAnnealingWarmRestarts(optimizer, {words})"
