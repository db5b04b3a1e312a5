"""The charts of `optimal`: loss along a budget with its minimum; for several budgets, N* and D*."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from scalecalc.chart import Axis, Chart, Line, Points, Rule, Zone
from scalecalc.commands._charts import (
    COMPUTE,
    DATA,
    SIZE,
    around,
    chart,
    charted,
    curve,
    grid,
    loss_axis,
    traced,
    within,
)
from scalecalc.commands._conventions import Convention
from scalecalc.commands._laws import allocator
from scalecalc.commands._optimal_rows import OptimalResult, Split
from scalecalc.laws import Surface
from scalecalc.quantity import Flops, Tokens, significant
from scalecalc.result import Stream

if TYPE_CHECKING:
    from scalecalc.commands.optimal import OptimalInputs

RATIO = Axis("tokens per parameter", log=True)


def with_charts(inputs: "OptimalInputs", answer: OptimalResult | Stream) -> OptimalResult | Stream:
    """The answer with its charts."""
    if isinstance(answer, OptimalResult):
        return charted(answer, _of_one_budget(inputs, answer))
    rows = tuple(row for row in answer.rows if isinstance(row, Split))
    return charted(replace(answer, rows=iter(rows)), _of_budgets(rows))


def _of_one_budget(inputs: "OptimalInputs", answer: OptimalResult) -> Iterator[Chart | None]:
    if answer.limited is not None:
        yield _plane(inputs, answer)
        return
    leading, *_ = inputs.laws()
    read = inputs.convention(leading)
    if isinstance(leading.law, Surface):
        yield isoflop(read, answer)
    if len(inputs.laws()) > 1 or not isinstance(leading.law, Surface):
        yield _across_laws(inputs, answer)


def isoflop(read: Convention, answer: OptimalResult) -> Chart | None:
    """Loss against model size on the budget: the optimum, the band around it, a split that was given."""
    surface, flops = read.law.law, answer.flops
    if not isinstance(surface, Surface):
        return None
    best, _ = surface.optimal(flops)
    low, high = best / 10, best * 10
    law_size = flops / (6 * answer.tokens)
    sizes = grid(min(low, law_size / 2), max(high, law_size * 2))
    line = traced(
        "loss", sizes, lambda size: (read.params(size), read.loss(surface.loss(size, flops / (6 * size))))
    )
    optimum, least = read.params(best), read.loss(surface.loss(best, flops / (6 * best)))
    zone = next(
        (
            Zone(
                f"within {band.less} of compute: {band.params_low} to {band.params_high}",
                "x", band.params_low, band.params_high,
            )
            for band in answer.near_optimal[:1]
        ),
        None,
    )  # fmt: skip
    given = None
    if answer.against_optimum is not None and answer.loss is not None:
        given = Points(f"as given: {answer.params}", (answer.params,), (answer.loss,))
    return chart(
        "isoflop",
        f"Loss of models on {Flops(flops)} FLOPs",
        (SIZE, loss_axis(answer.loss_unit or read.law.loss_unit)),
        (
            line,
            zone,
            Points(f"optimum: {optimum} on {_tokens(flops, best)}", (optimum,), (least or 0.0,)),
            given,
        ),
        f"By {read.law.name}: the loss is least, {significant(least or 0.0, 4)}, at {optimum} parameters.",
    )


def _tokens(flops: float, params: float) -> str:
    return f"{Tokens(flops / (6 * params))} tokens"


def _across_laws(inputs: "OptimalInputs", answer: OptimalResult) -> Chart | None:
    """N* against compute by the laws that the answer compares, around its budget."""
    laws = inputs.laws()
    reads = (inputs.convention(law, leading=None if law is laws[0] else laws[0]) for law in laws)
    budgets = around(answer.flops, 100.0)
    series = [
        line
        for read in reads
        for line in within(
            read.law.name,
            budgets,
            _size_by(read),
            read.law.ranges.flops,
        )
    ]
    here = Points(f"this budget: {answer.params}", (answer.flops,), (answer.params,))
    return chart(
        "params-by-compute",
        "Optimal model size by law",
        (COMPUTE, SIZE),
        (*series, here),
        "Dashed where a law is asked beyond the compute that it was fitted on.",
    )


def _size_by(read: Convention) -> Callable[[float], float]:
    return lambda flops: read.params(allocator(read.law).optimal(flops)[0])


def _plane(inputs: "OptimalInputs", answer: OptimalResult) -> Chart | None:
    """Model size and tokens: what the compute of the answer allows, the answer, the limits."""
    flops = answer.flops
    sizes = around(answer.params, 10.0)
    limits = [
        Rule(f"at most {limit} {what}", axis, limit)
        for limit, what, axis in (
            (inputs.max_params, "parameters", "x"),
            (inputs.max_tokens, "tokens", "y"),
            (inputs.unique_tokens, "unique tokens", "y"),
        )
        if limit is not None
    ]
    reference = answer.limited.reference if answer.limited else None
    compared = None
    if reference is not None:
        told = f"{reference.what}: {reference.params} on {reference.tokens}"
        compared = Points(told, (reference.params,), (reference.tokens,))
    return chart(
        "plane",
        "The best model within the limits",
        (SIZE, DATA),
        (
            curve(f"{Flops(flops)} FLOPs of training", sizes, lambda size: flops / (6 * size)),
            *limits,
            Points(
                f"answer: {answer.params} on {answer.tokens}", (answer.params,), (answer.tokens,)
            ),
            compared,
        ),
        f"By {answer.law}.",
    )  # fmt: skip


def _of_budgets(rows: tuple[Split, ...]) -> Iterator[Chart | None]:
    """N*, D* and their ratio against compute, a line for each law."""
    laws = tuple(dict.fromkeys(row.law for row in rows))
    many = "by law" if len(laws) > 1 else f"by {''.join(laws)}"
    caption = "One point for each budget." if len(rows) > 1 else ""
    for name, title, axis in (
        ("params", "Optimal model size", SIZE),
        ("tokens", "Optimal training tokens", DATA),
        ("tokens_per_param", "Optimal tokens per parameter", RATIO),
    ):
        series = [_row_line(law, (row for row in rows if row.law == law), name) for law in laws]
        yield chart(f"{name}-by-compute", f"{title} {many}", (COMPUTE, axis), series, caption)


def _row_line(law: str, rows: Iterable[Split], field: str) -> Line | Points:
    found = sorted((float(row.flops), float(getattr(row, field))) for row in rows)
    x, y = tuple(zip(*found, strict=True))
    return Line(law, x, y) if len(x) > 1 else Points(law, x, y)
