"""Examples in the prompt, adapters, full fine-tuning or a smaller student: what each costs for a task."""

from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc.commands._adapt_choice import LABELS_PER_EXAMPLE, MOST_SHOTS
from scalecalc.commands._adapt_rows import (
    Examples,
    HeldRow,
    Queries,
    ReignRow,
    TransferRow,
    WaitRow,
    WayRow,
)
from scalecalc.commands._architecture import ArchitectureChoice
from scalecalc.problem import Problem
from scalecalc.quantity import Cluster, Duration, Price, Share, Tokens
from scalecalc.result import Completes, Inputs, Result

MONTH = Duration.parse("1mo")


class TaskInputs(Inputs):
    """The task, how it is asked, and how each way is gone about."""

    labeled: Examples = Field(description="Labeled examples that there are, e.g. 5k.")
    example_tokens: Tokens = Field(description="Tokens of an example, question and answer, e.g. 400.")
    answer_tokens: Tokens | None = Field(None, description="Tokens of them in the answer. [a quarter]")
    queries: Queries = Field(description="Queries a month, e.g. 1M.")
    horizon: Duration = Field(Duration.parse("1y"), description="How long they are asked, e.g. 6mo.")
    shots: int | None = Field(
        None, ge=0, le=100_000, description=f"Examples in the prompt. [as many as fit, up to {MOST_SHOTS}]"
    )
    epochs: int = Field(3, ge=1, le=1000, description="Passes over the examples in training.")
    rank: int = Field(16, ge=1, le=10_000, description="Rank of the adapters, on all matrices.")
    student: Annotated[str | None, Completes("model")] = Field(
        None, description="The model to distill to, e.g. llama3.2-1b. [a tenth of the size]"
    )
    teacher_labels: Queries | None = Field(
        None, description=f"Queries labeled for the student. [{LABELS_PER_EXAMPLE} per labeled example]"
    )
    gpus: Annotated[Cluster | None, Completes("accelerator")] = Field(
        None, description="The accelerator to train and to answer on, e.g. h100."
    )
    mfu: Share | None = Field(None, description="MFU of training, e.g. 30%. [that of published runs]")
    price: Price | None = Field(None, description="US dollars per GPU-hour, e.g. 2.5/h. [the table's]")


class AdaptInputs(TaskInputs, ArchitectureChoice):
    """Weigh examples in the prompt against LoRA, full fine-tuning and a distilled student, for a demand.

    Name the model as for `flops`, then the task: how many examples of how many tokens, how many queries a
    month. Quality is not predicted: what is told is what each way costs, and how many queries make it pay. A
    student is recommended only where --student names it.
    """

    group: ClassVar[str] = "Cost"
    examples: ClassVar[tuple[str, ...]] = (
        "adapt llama3-8b --labeled 5k --example-tokens 400 --queries 1M",
        "adapt llama3-70b --labeled 2000 --example-tokens 600 --queries 50k --student llama3-8b --gpus h100",
        "adapt --params 7B --labeled 100 --example-tokens 200 --queries 1000 --horizon 3mo --shots 8",
    )


class AdaptResult(Result):
    """What each way costs, which is the cheapest for which demand, and what that rests on."""

    told: ClassVar[frozenset[str]] = frozenset({"model", "queries", "seconds", "recommended"})

    model: str
    recommended: str = Field(description="The cheapest way over the horizon.")
    because: str
    would_change: str = Field(title="what would change it")
    queries: Queries = Field(description="Over the horizon.")
    seconds: Duration = Field(title="horizon")
    shots: int = Field(title="examples in the prompt")
    accelerator: str
    price: Price | None = Field(title="price per GPU-hour")
    ways: tuple[WayRow, ...] = Field(title="what each way costs")
    waits: tuple[WaitRow, ...] = Field(title="what a query computes and waits")
    held: tuple[HeldRow, ...] = Field(title="what holds it, to answer and to train")
    cheapest: tuple[ReignRow, ...] = Field(title="the cheapest way by demand over the horizon")
    transfer: TransferRow | None = Field(
        title="effective data transferred, measured for fine-tuning on Python"
    )

    def headline(self) -> str:
        """The cheapest way, and what the whole demand costs with it."""
        best = next(way for way in self.ways if way.way == self.recommended)
        hours = f"{best.gpu_hours_over_horizon} GPU-hours"
        cost = f"{best.usd_over_horizon}, {hours}" if best.usd_over_horizon else hours
        return f"{self.recommended} is cheapest for {self.queries} queries in {self.seconds}: {cost}"

    def records(self) -> tuple[WayRow, ...]:
        """One record for each way."""
        return self.ways


def adapt(inputs: AdaptInputs) -> AdaptResult:
    """What each way costs for the task, and which is the cheapest for the demand."""
    from scalecalc.commands import _adapt_words as words
    from scalecalc.commands._adapt_choice import choice
    from scalecalc.commands._adapt_rows import held_row, reign_row, wait_row, way_row
    from scalecalc.compute.adaptation import reigns

    chosen = choice(inputs)
    months, hours = inputs.horizon / MONTH, inputs.horizon / 3600
    queries = _queries(inputs, months)
    ways = {way.name: way for way in chosen.ways()}
    baseline = ways[chosen.baseline]
    price = Price(chosen.pace.price.value) if chosen.pace.price else None
    student = ways.get(chosen.distilled or "")
    eligible = [way for way in ways.values() if inputs.student or way is not student]
    found = reigns([way.cost for way in eligible])
    here = next(reign for reign in reversed(found) if reign.start <= queries)
    held = {name: held_row(way, queries / hours) for name, way in ways.items()}
    transfer, transfer_note = words.transfer(chosen)
    best = ways[here.name]
    of_own = words.cost_told(best.service.devices * hours, price)
    return AdaptResult(
        model=chosen.model.name,
        recommended=here.name,
        because=words.because(here, best, baseline, chosen.shots),
        would_change=words.would_change(found, here, None if inputs.student else student, best),
        queries=queries,
        seconds=inputs.horizon,
        shots=chosen.shots,
        accelerator=chosen.pace.accelerator.id,
        price=price,
        ways=tuple(way_row(way, baseline.cost, queries, price) for way in ways.values()),
        waits=tuple(map(wait_row, ways.values())),
        held=tuple(held.values()),
        cheapest=tuple(reign_row(reign, months) for reign in found),
        transfer=transfer,
        assumptions=words.assumptions(inputs, chosen),
        notes=(
            *chosen.model.notes,
            *words.notes(here, best, queries, held[here.name].copies_busy, of_own),
            transfer_note,
        ),
        sources=tuple(filter(None, (chosen.model.source, *chosen.pace.sources))),
    )


def _queries(inputs: AdaptInputs, months: float) -> Queries:
    """Queries over the horizon; less than one is no demand."""
    if inputs.queries * months < 1:
        text = f"--queries {inputs.queries} a month come to less than one in --horizon {inputs.horizon}"
        raise Problem("value", text, "for example --horizon 6mo")
    return Queries(inputs.queries * months)
