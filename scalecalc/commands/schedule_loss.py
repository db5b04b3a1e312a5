"""The loss curve that a schedule implies, by the multi-power law, and which schedule ends lowest."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from scalecalc.chart import Axis, Chart, Line
from scalecalc.commands._schedule_options import DecayName, ScheduleOptions
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Share, significant
from scalecalc.result import Completes, Inputs, Note, Plotted, Result, Row, Shown

if TYPE_CHECKING:
    from scalecalc.commands._multi_power_law import LossLaw
    from scalecalc.commands._schedule_plan import Plan
    from scalecalc.training.schedule import Schedule

USUAL = ("constant", "cosine", "linear", "wsd")
"""What is compared where nobody says it."""

LONGEST = 2_000_000
"""Steps; the law sums over all of them."""

FAR = 2.0
"""How many times beyond the peaks or lengths of the law's runs a schedule is told of."""


class Chosen(Inputs):
    """The shapes, and the laws of loss and of figures."""

    decay: list[DecayName] = Field(
        [], description="A shape to follow, e.g. wsd; repeat it. [constant, cosine, linear and wsd]"
    )
    law: str = Field(
        "luo2025-400m",
        description="luo2025-25m, luo2025-100m, luo2025-400m, or a law saved by fit, e.g. law.json.",
    )
    hyperparameter_law: Annotated[str | None, Completes("hyperparameter-law")] = Field(
        None, description="The law that gives peak and batch for a model size. [steplaw2025]"
    )
    points: int = Field(25, ge=2, le=1000, description="Points of each curve, for CSV, JSON and plots.")


class ScheduleLossInputs(Plotted, ScheduleOptions, Chosen):
    """Show the loss curves that schedules imply by the multi-power law, and compare where they end.

    Without any figures the run is the one of the law's own demonstration: peak 3e-4, 24000 steps, 2160 of
    warm-up. Fit the law to your own curves by `scalecalc fit CURVES --form multi-power --save law.json`.
    """

    group: ClassVar[str] = "Train"
    examples: ClassVar[tuple[str, ...]] = (
        "schedule loss",
        "schedule loss --decay cosine --decay wsd --cooldown 10% --law luo2025-100m",
        "schedule loss --peak-lr 3e-4 --steps 40k --warmup 2000 --min-lr 0",
        "schedule loss --decay wsd --points 5 --format csv",
    )


class Ending(Row):
    """Where one schedule ends."""

    decay: str
    last_lr: Annotated[float, Shown(digits=3)] = Field(title="last rate")
    mean_share: Share = Field(title="mean rate, of the peak")
    without_falls: Annotated[float, Shown(digits=4)] = Field(
        title="by its area", description="Loss of a run of this area whose rate never fell."
    )
    by_falls: Annotated[float, Shown(digits=3)] = Field(
        title="less by falling", description="What the falls of the rate take off that."
    )
    loss: Annotated[float, Shown(digits=4)] = Field(title="final loss")
    above_best: Annotated[float, Shown(digits=2)] = Field(title="above the best")


class CurvePoint(Row):
    """A point of a loss curve."""

    decay: str
    step: int
    learning_rate: float
    loss: float


class ScheduleLossResult(Result):
    """Final losses of the schedules, lowest first, and their curves."""

    told: ClassVar[frozenset[str]] = frozenset({"curves", "law", "loss_unit", "demonstration"})

    law: str
    demonstration: bool = Field(description="Whether the constants are published ones of another model.")
    loss_unit: str
    peak_lr: Annotated[float, Shown(digits=3)] = Field(title="peak learning rate")
    steps: int
    warmup_steps: int = Field(title="warm-up steps")
    endings: tuple[Ending, ...] = Field(title="final loss by schedule")
    curves: tuple[CurvePoint, ...]

    def headline(self) -> str:
        """The schedule that ends lowest, and the spread of the others."""
        best, worst = self.endings[0], self.endings[-1]
        lowest = f"{best.decay} ends at {significant(best.loss, 4)} {self.loss_unit} by {self.law}"
        if len(self.endings) == 1:
            return lowest
        others = f"lowest of {len(self.endings)}, {worst.decay} {significant(worst.above_best, 2)} above"
        return f"{lowest}, {others}"

    def records(self) -> tuple[CurvePoint, ...]:
        """The points of all curves."""
        return self.curves


def schedule_loss(inputs: ScheduleLossInputs) -> ScheduleLossResult:
    """The curves of the chosen schedules, all for one plan."""
    from scalecalc.commands._multi_power_law import loss_law
    from scalecalc.commands._schedule_course import course_of

    law = loss_law(inputs.law)
    decays = tuple(dict.fromkeys(inputs.decay)) or USUAL
    inputs.refuse_idle(decays)
    plan = _plan(inputs, law)
    courses = {decay: course_of(inputs, plan, decay) for decay in decays}
    endings, curves = [], []
    for decay, course in courses.items():
        ending, curve = _followed(law, decay, course, inputs.points)
        endings.append(ending)
        curves += curve
    best = min(each.loss for each in endings)
    ranked = sorted((each.model_copy(update={"above_best": each.loss - best}) for each in endings), key=_loss)
    return ScheduleLossResult(
        law=law.name,
        demonstration=law.is_demonstration,
        loss_unit=law.loss_unit,
        peak_lr=plan.peak,
        steps=plan.steps,
        warmup_steps=plan.warmup,
        endings=tuple(ranked),
        curves=tuple(curves),
        assumptions=(*plan.told, *_assumptions(plan)),
        notes=(*_notes(law, plan), *plan.notes),
        sources=(law.source, *plan.sources),
        charts=_charts(courses, curves) if inputs.plot else (),
    )


def _loss(ending: Ending) -> float:
    return ending.loss


def _plan(inputs: ScheduleLossInputs, law: "LossLaw") -> "Plan":
    """The plan that is asked for, or the law's own run."""
    from scalecalc.commands._schedule_plan import plan_of

    asked = (inputs.peak_lr, inputs.steps, inputs.tokens, inputs.batch, inputs.params, inputs.model)
    own: dict[str, Any] = {}
    if all(each is None for each in asked):
        own = {"peak_lr": law.peaks[1], "steps": OWN_STEPS if law.is_demonstration else law.lengths[1]}
        if law.peaks[1] == float("inf") or law.lengths[1] == float("inf"):
            raise Problem("no-question", f"{law.name} tells no run of its own", "add --peak-lr and --steps")
        if law.warmup is not None and inputs.warmup is None:
            own["warmup"] = str(law.warmup)
    plan = plan_of(inputs.model_copy(update=own), inputs.hyperparameter_law)
    if plan.steps > LONGEST:
        message = f"{plan.steps} steps are more than a loss curve is summed over"
        raise Problem("value", message, f"ask about at most {LONGEST} steps", ExitCode.NO_ANSWER)
    return plan


OWN_STEPS = 24_000
"""The length of most of the runs behind the published constants."""


def _followed(law: "LossLaw", decay: str, course: "Schedule", points: int) -> tuple[Ending, list[CurvePoint]]:
    """Where a schedule ends, and points on its way there from the end of the warm-up on."""
    import numpy as np

    rates = np.fromiter(course.rates(), np.float64, course.steps)
    if rates.sum() == 0:
        raise Problem(
            "no-answer", "no step has a learning rate above zero", "lengthen the run", ExitCode.NO_ANSWER
        )
    first = min(max(course.warmup, 1), course.steps)
    if rates[:first].sum() == 0:
        first += 1
    steps = np.unique(np.rint(np.linspace(first, course.steps, points)).astype(np.int64))
    losses = law.law.losses(rates, steps)
    if not (np.isfinite(losses).all() and losses.min() > 0):
        message = f"{law.name} gives no loss for {decay}: {significant(float(losses.min()))} at its lowest"
        raise Problem("no-answer", message, "ask nearer to the runs of the law", ExitCode.NO_ANSWER)
    by_falls = law.law.taken_off_by_falls(rates)
    ending = Ending(
        decay=decay,
        last_lr=course.rate(course.steps),
        mean_share=Share(min(1.0, course.mean_share())),
        without_falls=float(losses[-1]) + by_falls,
        by_falls=by_falls,
        loss=float(losses[-1]),
        above_best=0.0,
    )
    told = zip(steps.tolist(), losses.tolist(), strict=True)
    return ending, [
        CurvePoint(decay=decay, step=step, learning_rate=course.rate(step), loss=loss) for step, loss in told
    ]


def _assumptions(plan: "Plan") -> Iterator[str]:
    from scalecalc.training.multi_power import EXACT

    yield "L = L0 + A*S^-alpha - B*sum(falls*(1 - (1 + C*rate^-gamma*S_k)^-beta)), S the sum of the rates"
    if plan.steps > EXACT:
        yield f"changes of the rate are summed by blocks of steps, {EXACT} to the run"


def _notes(law: "LossLaw", plan: "Plan") -> Iterator[Note]:
    if law.is_demonstration:
        text = (
            f"{law.name} is a demonstration: its constants are of one small model, its batch and its data; "
            "trust the order of schedules at most, and fit your own curves by `fit --form multi-power`"
        )
        yield Note(code="demonstration", message=text, level="warning")
    for name, value, (low, high) in (
        ("the peak", plan.peak, law.peaks),
        ("the length", float(plan.steps), law.lengths),
    ):
        times = max(value / high, low / value)
        if times > FAR:
            text = f"{name} lies {significant(times, 2)} times beyond the runs of {law.name}"
            yield Note(code="beyond-range", message=text, level="warning")


def _charts(courses: "Mapping[str, Schedule]", curves: list[CurvePoint]) -> tuple[Chart, ...]:
    from scalecalc.commands._schedule_charts import rate_chart

    lines = []
    for decay in courses:
        mine = [each for each in curves if each.decay == decay]
        lines.append(Line(decay, tuple(float(each.step) for each in mine), tuple(each.loss for each in mine)))
    chart = Chart(
        name="schedule-loss",
        title="loss by step",
        x=Axis("step"),
        y=Axis("loss"),
        series=tuple(lines),
        caption=f"Loss by the multi-power law under {', '.join(courses)}.",
    )
    return chart, rate_chart(courses)
