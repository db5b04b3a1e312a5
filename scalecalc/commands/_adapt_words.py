"""What the costs of the ways say in words: the reasons, what would change the choice, and what is assumed."""

from collections.abc import Iterator, Sequence
from math import inf
from typing import TYPE_CHECKING

from scalecalc import tables
from scalecalc.commands._adapt_choice import STUDENT_SHARE, USUAL_CONTEXT
from scalecalc.commands._adapt_rows import Characters, Queries, TransferRow
from scalecalc.commands._adapt_ways import ADAPTERS, FULL, Choice, Way
from scalecalc.commands._serving import shares_of_peak
from scalecalc.compute.adaptation import Reign
from scalecalc.compute.parameters import parameters
from scalecalc.compute.serving import Service
from scalecalc.laws.transfer import Transfer
from scalecalc.quantity import DeviceHours, Dollars, Params, Tokens, significant
from scalecalc.result import Note

if TYPE_CHECKING:
    from scalecalc.commands.adapt import AdaptInputs

TRANSFER_LAW = "hernandez2021-text"

CHARACTERS_PER_TOKEN = 4.0
"""Of English text and code, with the vocabularies of today."""

LEAST_MULTIPLIER = 10.0
"""The law of transfer is for examples that are at most a tenth of what a model would need from scratch."""

CLOSE = 1.5
"""A demand within this factor of a break-even is worth a second look: no estimate here is finer."""


def because(here: Reign, best: Way, baseline: Way, shots: int) -> str:
    """Why the way is the cheapest."""
    if best.preparation is None:
        too_small = "the demand is too small to pay for any"
        return f"it takes no training, and {'no way answers at less' if here.end == inf else too_small}"
    times = significant(baseline.cost.per_query / best.cost.per_query, 2)
    prompt = f"{shots} example{'s' * (shots > 1)} in the prompt, cached" if shots else "the bare question"
    reason = f"a query costs {times} times less than with {prompt}"
    if best.name == ADAPTERS:
        return f"{reason}; {FULL} answers at the same cost and takes more to train"
    return reason


def would_change(found: Sequence[Reign], here: Reign, student: Way | None, best: Way) -> str:
    """The demands at which another way is cheaper, a student who was not named, and what no cost can say."""
    place = found.index(here)
    texts = []
    if place:
        texts.append(f"fewer than {Queries(here.start)} queries in all: {found[place - 1].name}")
    if here.end < inf:
        texts.append(f"more than {Queries(here.end)} in all: {found[place + 1].name}")
    if student is not None:
        even = student.cost.breaks_even(best.cost)
        beyond = f"beyond {Queries(max(1.0, even))} queries" if even is not None else "at no demand"
        texts.append(f"a student that proves good enough, cheaper {beyond}")
    texts.append("quality, which is not predicted: measure it on examples held out")
    return "; ".join(texts)


def notes(here: Reign, best: Way, queries: float, copies_busy: float, of_own: str) -> Iterator[Note]:
    """A demand near a break-even or too small for a copy, and what the costs leave out.

    `of_own` says what a copy of one's own costs over the horizon.
    """
    ends = [end for end in (here.start, here.end) if 0 < end < inf]
    if any(max(end, queries) <= CLOSE * min(end, queries) for end in ends):
        text = (
            f"the demand is within a factor of {CLOSE} of a break-even: no estimate here is finer than that"
        )
        yield Note(code="near-break-even", message=text)
    if copies_busy < 1:
        busy = f"{significant(100 * copies_busy, 2)}%"
        copy = f"a copy on {best.service.devices} GPU{'s' * (best.service.devices > 1)}"
        shared = f"costs are for devices shared with other work; a copy of one's own is {of_own}"
        yield Note(
            code="idle-copy",
            message=f"the demand keeps {copy} busy {busy} of the time: {shared}",
        )
    if best.name == ADAPTERS:
        text = "adapters can learn less from large data sets than full fine-tuning: arXiv 2405.09673"
        yield Note(code="adapters-learn-less", message=text)


def cost_told(gpu_hours: float, price: float | None) -> str:
    """Device-hours as dollars, or as they are where no price is known."""
    return f"{DeviceHours(gpu_hours)} GPU-hours" if price is None else str(Dollars(gpu_hours * price))


def assumptions(inputs: "AdaptInputs", choice: Choice) -> tuple[str, ...]:
    """What was chosen where nothing was given, and how the costs were come by."""
    task, context = choice.task, choice.model.shape.context
    prompt = f"{choice.shots} examples of {Tokens(task.example_tokens)} tokens"
    limit = f"the context is {context}" if context else f"a context of {USUAL_CONTEXT} is taken"
    spared = ", none on routed experts," if choice.model.shape.n_experts else ""
    adapters = f"adapters of rank {inputs.rank}{spared} at 4N + 6N_adapter"
    return (
        *choice.model.assumptions,
        f"prompt: {prompt}; {limit}",
        f"{Tokens(task.answer_tokens)} tokens of an example are its answer",
        f"training: {choice.epochs} epoch{'s' * (choice.epochs > 1)} at 6N a token; {adapters}",
        *_student(inputs, choice),
        f"answering: {shares_of_peak()}, batches of {Service().batch}, always full; adapters merged",
        *_cached(choice),
        *choice.pace.assumptions,
    )


def _cached(choice: Choice) -> Iterator[str]:
    if choice.shots:
        text = "cached: each answer still holds and reads the examples' keys and values for itself"
        yield f"{text}; kernels that share them over a batch cost less (arXiv 2402.05099)"


def _student(inputs: "AdaptInputs", choice: Choice) -> Iterator[str]:
    if choice.student is not None:
        text = f"student: {Queries(choice.labels)} queries labeled by the model with that prompt"
        chosen = f"; {STUDENT_SHARE:.0%} of the parameters, its shape as `scalecalc shape` suggests"
        yield text + (chosen if inputs.student is None else "")


def transfer(choice: Choice) -> tuple[TransferRow | None, Note]:
    """Characters that pre-training stands for, in the law's range; beyond it, a note why not."""
    published = tables.law(TRANSFER_LAW)
    assert isinstance(published.law, Transfer)  # noqa: S101 - narrows the type
    params = parameters(choice.model.shape).non_embedding
    characters = CHARACTERS_PER_TOKEN * choice.task.tokens
    worth, times = published.law.transferred(params, characters), published.law.multiplier(params, characters)
    beyond = []
    if published.ranges.params.excess(params) > 1:
        fitted = Params(published.ranges.params.high or params)
        beyond.append(f"{Params(params)} parameters without embeddings, more than the {fitted} fitted on")
    if times < LEAST_MULTIPLIER:
        beyond.append("the examples are more than a tenth of what would do as well from scratch")
    if beyond:
        text = f"{published.name} does not reach here: {'; '.join(beyond)}"
        return None, Note(code="transfer-range", message=text)
    row = TransferRow(
        characters=Characters(characters),
        transferred=Characters(worth),
        multiplier=float(times),
        law=published.name,
    )
    text = f"effective data transferred is for Python, at {CHARACTERS_PER_TOKEN:g} characters a token"
    return row, Note(code="transfer-of-python", message=text)
