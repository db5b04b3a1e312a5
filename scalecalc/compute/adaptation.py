"""Making a model do a task: what each way costs to prepare, and which is cheapest for how many queries.

Preparing is a sum paid once, answering a sum for each query, so each way is a straight line over the number
of queries and the cheapest ways are the lower envelope of the lines. Costs are in device-hours; with one
price for all of them, dollars have the same envelope.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from scalecalc.compute.adapters import Adapters, adapter_params
from scalecalc.compute.parameters import parameters
from scalecalc.compute.transformer import Shape
from scalecalc.laws.arithmetic import require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Examples of so many tokens, of which the last are the answer; queries are like them."""

    examples: float
    example_tokens: float
    answer_tokens: float

    def __post_init__(self) -> None:
        for name in ("examples", "example_tokens", "answer_tokens"):
            require_positive(name, getattr(self, name))
        if self.answer_tokens >= self.example_tokens:
            raise ValueError(
                f"answer_tokens must be fewer than the {self.example_tokens!r} of an example, "
                f"not {self.answer_tokens!r}"
            )

    @property
    def question_tokens(self) -> float:
        """Tokens of a query before its answer."""
        return self.example_tokens - self.answer_tokens

    @property
    def tokens(self) -> float:
        """Tokens of all examples."""
        return self.examples * self.example_tokens

    def prompt_tokens(self, shots: int) -> float:
        """Tokens read for a query behind that many examples."""
        return self.question_tokens + shots * self.example_tokens

    def shots_that_fit(self, context: float) -> int:
        """Examples that fit before a query and its answer, at most as many as there are."""
        room = int((context - self.example_tokens) // self.example_tokens)
        return max(0, min(room, int(self.examples)))


def full_tuning_flops(shape: Shape, tokens: float) -> float:
    """FLOPs to train all weights on `tokens`: 6 N for each, N the parameters that work on a token."""
    require_positive("tokens", tokens)
    return 6.0 * parameters(shape).active * tokens


def adapter_tuning_flops(shape: Shape, adapters: Adapters, tokens: float) -> float:
    """FLOPs to train adapters on `tokens`: 4 N + 6 N_adapters for each.

    Frozen weights are passed through forward and backward, 2 N each, but have no gradients of their own, so
    adapters save at most a third of the compute; what they save is memory.
    """
    require_positive("tokens", tokens)
    return (4.0 * parameters(shape).active + 6.0 * adapter_params(shape, adapters)) * tokens


@dataclass(frozen=True, slots=True)
class Cost:
    """What a way costs: once, and for each query."""

    name: str
    upfront: float
    per_query: float

    def total(self, queries: float) -> float:
        """Cost of preparing and of that many queries."""
        return self.upfront + queries * self.per_query

    def breaks_even(self, other: "Cost") -> float | None:
        """Queries from which this way costs less than the other; None where it never does.

        >>> Cost("tuned", 100.0, 0.5).breaks_even(Cost("prompted", 0.0, 1.0))
        200.0
        """
        if self.upfront <= other.upfront and self.per_query <= other.per_query:
            return 0.0
        if self.per_query >= other.per_query:
            return None
        return max(0.0, (self.upfront - other.upfront) / (other.per_query - self.per_query))


@dataclass(frozen=True, slots=True)
class Reign:
    """The queries between which a way is the cheapest."""

    name: str
    start: float
    end: float


def reigns(costs: Sequence[Cost]) -> tuple[Reign, ...]:
    """Return which way is cheapest from how many queries to how many, in order; the last ends never.

    >>> ways = [Cost("prompted", 0.0, 1.0), Cost("tuned", 100.0, 0.5), Cost("student", 1000.0, 0.4)]
    >>> [(reign.name, round(reign.start)) for reign in reigns(ways)]
    [('prompted', 0), ('tuned', 200), ('student', 9000)]
    """
    if not costs:
        raise ValueError("costs must hold at least one way")
    found: list[Reign] = []
    best, start = min(costs, key=lambda cost: (cost.upfront, cost.per_query)), 0.0
    while True:
        cheaper = [cost for cost in costs if cost.per_query < best.per_query]
        crossings = [(cost.breaks_even(best) or 0.0, cost.per_query, cost) for cost in cheaper]
        end, _, following = min(crossings, key=lambda each: each[:2], default=(inf, 0.0, best))
        found.append(Reign(best.name, start, end))
        if end == inf:
            return tuple(found)
        best, start = following, end
