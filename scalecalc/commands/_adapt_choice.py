"""A task as the command line gives it, with all that was not given chosen."""

from typing import TYPE_CHECKING

from scalecalc.commands._adapt_ways import Choice
from scalecalc.commands._architecture import Architecture, of_size, published
from scalecalc.commands._hardware import Terms, pace
from scalecalc.compute.adaptation import Task
from scalecalc.compute.adapters import Adapters
from scalecalc.compute.parameters import parameters
from scalecalc.compute.utilization import ModelKind
from scalecalc.problem import Problem
from scalecalc.quantity import Params, Tokens

if TYPE_CHECKING:
    from scalecalc.commands.adapt import AdaptInputs

SMALLEST_STUDENT = 3e7
"""Parameters below which no student is taken unless it is named."""

STUDENT_SHARE = 0.1
"""Size of the student over that of the model where none is named."""

LABELS_PER_EXAMPLE = 10
"""Queries that the model labels for the student, for each example, where no number is given."""

MOST_SHOTS = 32
"""Examples in the prompt where no number is given."""

USUAL_CONTEXT = 8192


def choice(inputs: "AdaptInputs") -> Choice:
    """The task, the models, the devices and how each way is gone about."""
    _refuse_a_count(inputs)
    model = inputs.architecture()
    if inputs.rank > model.shape.d_model:
        text = f"--rank {inputs.rank} is more than the width of the model, {model.shape.d_model}"
        raise Problem("value", text, "adapters are of low rank, e.g. --rank 16")
    task = _task(inputs, model.shape.context or USUAL_CONTEXT)
    kind: ModelKind = "moe" if model.shape.n_experts else "dense"
    named = inputs.gpus.accelerator if inputs.gpus else None
    return Choice(
        task=task,
        model=model,
        student=_student(inputs, model),
        pace=pace(Terms(accelerator=named, mfu=inputs.mfu, price=inputs.price, kind=kind)),
        shots=_shots(inputs, model, task),
        epochs=inputs.epochs,
        labels=inputs.teacher_labels or LABELS_PER_EXAMPLE * inputs.labeled,
        adapters=Adapters(rank=inputs.rank),
    )


def _refuse_a_count(inputs: "AdaptInputs") -> None:
    """Devices are as many as each way needs; a number would change nothing."""
    if inputs.gpus and inputs.gpus.accelerator is None:
        text = f"--gpus {inputs.gpus} names no accelerator, and each way takes as many devices as it needs"
        raise Problem("conflict", text, "for example --gpus h100")
    if inputs.gpus and inputs.gpus.count:
        text = f"--gpus {inputs.gpus}: each way takes as many devices as it needs"
        raise Problem("conflict", text, f"name the accelerator alone: --gpus {inputs.gpus.accelerator}")


def _task(inputs: "AdaptInputs", context: int) -> Task:
    if inputs.example_tokens > context:
        text = f"--example-tokens {inputs.example_tokens} exceeds the context of {context} tokens"
        raise Problem("value", text, "shorter examples, or a model that reaches further")
    answer = inputs.answer_tokens or Tokens(max(1.0, inputs.example_tokens / 4))
    if answer >= inputs.example_tokens:
        text = f"--answer-tokens {answer} leaves nothing of --example-tokens {inputs.example_tokens} to ask"
        raise Problem("value", text, "an example holds a question and its answer")
    return Task(examples=inputs.labeled, example_tokens=inputs.example_tokens, answer_tokens=answer)


def _student(inputs: "AdaptInputs", model: Architecture) -> Architecture | None:
    """The smaller model; one that is not smaller is refused, and a small model has none."""
    count = parameters(model.shape).total
    if inputs.student is None:
        size = STUDENT_SHARE * count
        return of_size(Params(round(size, -6)), 1) if size >= SMALLEST_STUDENT else None
    student = published(inputs.student)
    if parameters(student.shape).total >= count:
        text = f"--student {inputs.student} is no smaller than {model.name}"
        raise Problem("value", text, "name a smaller model: `scalecalc models` lists them")
    return student


def _shots(inputs: "AdaptInputs", model: Architecture, task: Task) -> int:
    """Examples in the prompt; more than the context or the table of examples holds are refused."""
    fit = task.shots_that_fit(model.shape.context or USUAL_CONTEXT)
    if inputs.shots is None:
        return min(fit, MOST_SHOTS)
    if inputs.shots > fit:
        room = f"a context of {model.shape.context or USUAL_CONTEXT} tokens and {inputs.labeled} examples"
        text = f"--shots {inputs.shots} is more than {room} allow: {fit}"
        raise Problem("value", text, f"--shots {fit}, or shorter examples")
    return inputs.shots
