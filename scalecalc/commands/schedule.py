"""The learning rate of every step of a run, as a plan that can be trained by."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field

from scalecalc.chart import Chart
from scalecalc.commands._schedule_options import DecayName, ScheduleOptions
from scalecalc.quantity import Share, Tokens, significant
from scalecalc.result import Completes, Inputs, Note, Plotted, Result, Row, Shown

Rate = Annotated[float, Shown(digits=4)]


class Chosen(Inputs):
    """The shape, and the law behind its figures."""

    decay: DecayName = Field(
        "cosine",
        description="After the warm-up: cosine, linear, constant, inverse-sqrt, wsd, multi-step or restarts.",
    )
    law: Annotated[str | None, Completes("hyperparameter-law")] = Field(
        None, description="The law that gives peak and batch for a model size. [steplaw2025]"
    )


class ScheduleInputs(Plotted, ScheduleOptions, Chosen):
    """Set out a learning rate schedule: warm-up, then the chosen shape, with its key points and its area.

    With a model size and tokens, the peak, the batch, the steps and the warm-up come from a published law of
    hyperparameters. CSV and JSON Lines hold every step, to be read by a training script.
    """

    group: ClassVar[str] = "Train"
    examples: ClassVar[tuple[str, ...]] = (
        "schedule --params 7B --tokens 2T",
        "schedule --peak-lr 3e-4 --steps 10k --warmup 2% --min-lr 10%",
        "schedule --decay wsd --peak-lr 6e-4 --steps 10k --cooldown 20% --cooldown-form 1-sqrt",
        "schedule --decay linear --peak-lr 1e-3 --steps 1000 --min-lr 0 --convention from-zero",
        "schedule --decay multi-step --params 7B --tokens 2T --law deepseek2024-hp",
        "schedule --peak-lr 3e-4 --steps 1000 --format csv",
    )


class Point(Row):
    """A step at which the course changes, or a quarter of the run."""

    at: str
    step: int
    tokens: Tokens | None = Field(title="tokens seen", description="Null where the batch is not known.")
    learning_rate: Rate = Field(title="learning rate")
    share: Share = Field(title="of the peak")


class StepRate(Row):
    """The learning rate of one step."""

    step: int
    learning_rate: float


class ScheduleResult(Result):
    """A schedule: the plan, its key points, and the scheduler that gives the same numbers."""

    told: ClassVar[frozenset[str]] = frozenset({"decay", "convention", "summary"})

    decay: str
    summary: str
    convention: str
    peak_lr: Rate = Field(title="peak learning rate")
    steps: int
    warmup_steps: int = Field(title="warm-up steps")
    batch: Tokens | None = Field(title="tokens of a step")
    tokens: Tokens | None = Field(title="tokens")
    last_lr: Rate = Field(title="last learning rate")
    mean_share: Share = Field(
        title="mean rate, of the peak", description="The area of a constant rate is 100 %."
    )
    area: Annotated[float, Shown(digits=4)] = Field(
        title="area under the curve", description="Sum of the learning rates of all steps."
    )
    law: str | None = Field(title="by the law", description="Of hyperparameters; null where none was asked.")
    same_as: str | None = Field(
        title="same numbers from", description="The call of PyTorch or transformers; null if there is none."
    )
    points: tuple[Point, ...] = Field(title="key points")
    course: Any = Field(exclude=True)

    def headline(self) -> str:
        """The shape, the peak and the length."""
        rise = f" after {_steps(self.warmup_steps)} of warm-up" if self.warmup_steps else ""
        seen = f" ({self.tokens} tokens)" if self.tokens else ""
        return f"{self.summary}: peak {significant(self.peak_lr)}{rise}, {_steps(self.steps)}{seen}"

    def records(self) -> Iterator[StepRate]:  # type: ignore[override]  # read one by one, there may be millions
        """Every step."""
        for step, rate in enumerate(self.course.rates(), start=1):
            yield StepRate.model_construct(step=step, learning_rate=rate)


def _steps(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


def schedule(inputs: ScheduleInputs) -> ScheduleResult:
    """The schedule of the plan that the options make."""
    from scalecalc.commands._schedule_course import course_of, summary
    from scalecalc.commands._schedule_libraries import library_call, why_none
    from scalecalc.commands._schedule_plan import plan_of

    inputs.refuse_idle((inputs.decay,))
    plan = plan_of(inputs, inputs.law)
    course = course_of(inputs, plan, inputs.decay)
    charts: tuple[Chart, ...] = ()
    if inputs.plot:
        from scalecalc.commands._schedule_charts import rate_chart

        charts = (rate_chart({inputs.decay: course}),)
    return ScheduleResult(
        decay=inputs.decay,
        summary=summary(inputs, plan, inputs.decay),
        convention=inputs.convention,
        peak_lr=plan.peak,
        steps=plan.steps,
        warmup_steps=plan.warmup,
        batch=None if plan.batch is None else Tokens(plan.batch),
        tokens=None if plan.tokens is None else Tokens(plan.tokens),
        last_lr=course.rate(plan.steps),
        mean_share=Share(min(1.0, course.mean_share())),
        area=course.area(),
        law=plan.law,
        same_as=library_call(course),
        points=tuple(_points(course, plan.batch)),
        course=course,
        assumptions=(*plan.told, CONVENTIONS[inputs.convention]),
        notes=(*plan.notes, *_difference(course), *why_none(course)),
        sources=plan.sources,
        charts=charts,
    )


CONVENTIONS = {
    "from-one": "steps count from one: the first is above zero, the last ends the fall (as OneCycleLR)",
    "from-zero": "steps count from zero, as most schedulers of PyTorch and transformers: the first step has "
    "the rate that the warm-up starts from, the fall ends one step after the last",
}


def _points(course: Any, batch: float | None) -> Iterator[Point]:
    for at, step in course.landmarks():
        rate = course.rate(step)
        yield Point(
            at=at,
            step=step,
            tokens=None if batch is None else Tokens(batch * step),
            learning_rate=rate,
            share=Share(min(1.0, rate / course.peak)),
        )


def _difference(course: Any) -> Iterator[Note]:
    """How the other way of counting differs at the ends of the run, as far as four digits show it."""
    from dataclasses import replace

    other = replace(course, from_zero=not course.from_zero)
    ends = []
    for name, step in (("first", 1), ("last", course.steps)):
        own, there = (significant(each.rate(step), 4) for each in (course, other))
        if own != there:
            ends.append(f"the {name} rate is {there}, not {own}")
    if ends:
        counted = "from-one" if course.from_zero else "from-zero"
        yield Note(code="convention", message=f"with --convention {counted} {' and '.join(ends)}")
