"""The report on a plan: size and tokens, GPU-hours, memory, hyperparameters and schedule, as one answer."""

from typing import TYPE_CHECKING, Any, TypeVar

from scalecalc import commands, tables
from scalecalc.commands._hyperparameter_rows import HyperparametersResult
from scalecalc.commands._law_file import command_line
from scalecalc.commands._optimal_rows import OptimalResult
from scalecalc.commands._report_inputs import ReportOptions
from scalecalc.commands._report_plan_words import (
    PlanAnswers,
    facts_of_a_plan,
    question_of_a_plan,
    steps_of_a_plan,
)
from scalecalc.commands._report_result import ReportResult, merged, page_line
from scalecalc.commands.gpu_hours import GpuHoursResult
from scalecalc.commands.memory import MemoryResult
from scalecalc.commands.schedule import ScheduleResult
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Cluster, Flops
from scalecalc.result import Chapter, Note, Result, Step

if TYPE_CHECKING:
    from scalecalc.commands.report import ReportInputs

Answer = TypeVar("Answer", bound=Result)

Number = TypeVar("Number", bound=float)

TITLES = {
    "optimal": "Size and tokens",
    "gpu-hours": "Time and money",
    "memory": "Memory and layout",
    "hyperparameters": "Hyperparameters",
    "schedule": "Learning rate schedule",
}


class _Chapters:
    """The chapters so far with their command lines by name, and what has no answer, with what would help."""

    def __init__(self) -> None:
        self.found: list[Chapter] = []
        self.lines: dict[str, str] = {}
        self.notes: list[Note] = []
        self.remedies: list[Step] = []

    def ask(self, kind: type[Answer], name: str, *, drawn: bool = False, **asked: Any) -> Answer:
        """A chapter by the command of that name; what is None is not asked."""
        asked = {key: value for key, value in asked.items() if value is not None}
        line = command_line(name, commands.command(name).inputs.model_validate(asked))
        answer = commands.call(name, **asked, **({"plot": True} if drawn else {}))
        if not isinstance(answer, kind):
            raise TypeError(f"{name} answered with a {type(answer).__name__}")
        self.found.append(Chapter(TITLES[name], answer, line))
        self.lines[name] = line
        return answer

    def try_to_ask(
        self, kind: type[Answer], name: str, *, drawn: bool = False, **asked: Any
    ) -> Answer | None:
        """The same; a question without an answer becomes a warning, for the other chapters stand."""
        try:
            return self.ask(kind, name, drawn=drawn, **asked)
        except Problem as problem:
            if problem.exit_code is not ExitCode.NO_ANSWER:
                raise
            told = f"{TITLES[name].lower()}: {problem.message}"
            self.notes.append(Note(code=problem.code, message=told, level="warning"))
            if problem.hint:
                self.remedies.append(Step(what=problem.hint, why=told))
            return None


def plan_report(inputs: "ReportInputs") -> ReportResult:
    """The report on a planned run."""
    told = _Chapters()
    best = _best_split(inputs, told)
    params, tokens = _rounded(best.params), _rounded(best.tokens)
    run = told.ask(
        GpuHoursResult,
        "gpu-hours",
        drawn=True,
        flops=_rounded(best.flops),
        gpus=inputs.gpus,
        time=None if _is_cluster_budget(inputs) else inputs.time,
        mfu=inputs.mfu,
        price=inputs.price,
    )
    memory = _memory(inputs, told, run, params)
    settings = told.try_to_ask(HyperparametersResult, "hyperparameters", params=params, tokens=tokens)
    course = told.try_to_ask(
        ScheduleResult,
        "schedule",
        drawn=True,
        params=params,
        tokens=tokens,
        batch=inputs.batch,
        decay=inputs.decay,
    )
    chapters = tuple(told.found)
    answers = PlanAnswers(best, run, memory, settings, course, told.lines)
    return ReportResult(
        question=question_of_a_plan(inputs),
        answer=best.headline(),
        more=(run.headline(), *((memory.headline(),) if memory else ())),
        steps=(*told.remedies, *steps_of_a_plan(answers)),
        command=page_line(inputs, "plan.html"),
        optimal=best,
        gpu_hours=run,
        memory=memory,
        hyperparameters=settings,
        schedule=course,
        parts=chapters,
        figures=tuple(facts_of_a_plan(answers)),
        **merged(chapters, tuple(told.notes)),
    )


def _is_cluster_budget(inputs: ReportOptions) -> bool:
    """Whether devices and time are what there is to spend, rather than what the work is done with."""
    work = inputs.flops or (inputs.params and inputs.tokens) or inputs.usd
    return not work


def _best_split(inputs: ReportOptions, told: "_Chapters") -> OptimalResult:
    """The optimum of the budget, or the given model held against it; N counts all parameters."""
    fixed = {"params": inputs.params, "tokens": inputs.tokens}
    if inputs.params and inputs.tokens:
        budget: dict[str, Any] = {"flops": Flops(6 * inputs.params * inputs.tokens)}
        fixed["tokens"] = None
    elif inputs.flops:
        budget = {"flops": inputs.flops}
    else:
        budget = {"gpus": inputs.gpus, "mfu": inputs.mfu, "price": inputs.price}
        budget |= {"usd": inputs.usd} if inputs.usd else {"time": inputs.time}
    law = tables.law(inputs.law[0])
    count = None if law.counts == "total" else "total"
    return told.ask(OptimalResult, "optimal", drawn=True, **budget, **fixed, law=inputs.law, count=count)


def _memory(
    inputs: ReportOptions, told: "_Chapters", run: GpuHoursResult, params: float
) -> MemoryResult | None:
    """The layouts that fit on the devices of the run; None where nobody says how many there are."""
    if run.gpus is None:
        text = "memory is not told: it takes a number of devices, e.g. --gpus 512xh100"
        told.notes.append(Note(code="no-devices", message=text))
        return None
    devices = Cluster(int(run.gpus.value), run.accelerator)
    return told.try_to_ask(
        MemoryResult, "memory", params=params, gpus=devices, suggest=True, batch=inputs.batch
    )


def _rounded(value: Number) -> Number:
    """The value to the three digits that are printed, so that the command lines of the page give it again."""
    return type(value)(float(f"{value:.3g}"))
