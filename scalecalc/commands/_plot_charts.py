"""The charts of `plot`: of laws in closed form here; of runs by the charts of a fit."""

from collections.abc import Callable, Iterable, Iterator
from math import log10
from typing import TYPE_CHECKING

from scalecalc import tables
from scalecalc.chart import Axis, Chart, Line, Points
from scalecalc.commands._charts import COMPUTE, DATA, SIZE, chart, curve, grid, loss_axis, traced, within
from scalecalc.commands._conditions import surface_of
from scalecalc.commands._laws import allocator, law_notes, law_source
from scalecalc.laws import PublishedLaw, Surface, params_for, tokens_for
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, significant
from scalecalc.result import Note

if TYPE_CHECKING:
    from scalecalc.commands.plot import PlotInputs

Drawn = tuple[tuple[Chart, ...], tuple[Note, ...], tuple[str, ...]]
"""Charts, notes and sources."""

BUDGETS = (1e18, 1e25)
"""FLOPs from which and up to which a figure reaches unless it is asked for others."""

PROFILES = tuple(10.0**power for power in range(18, 25))
"""Budgets of a figure of profiles, unless they are asked for."""

CONTOURS = 9

RATIO = Axis("tokens per parameter", log=True)


def drawn(inputs: "PlotInputs") -> Drawn:
    """What the figure of that kind shows."""
    if inputs.runs is not None:
        from scalecalc.commands._plot_runs import of_runs

        return of_runs(inputs, inputs.runs)
    if inputs.kind == "laws":
        laws = _compared(inputs)
        charts: Iterable[Chart | None] = _laws(laws, _span(inputs))
    else:
        laws = _one(inputs)
        charts = _of_surface(inputs, laws[0])
    notes = tuple(note for law in laws for note in law_notes(law))
    return tuple(each for each in charts if each is not None), notes, tuple(map(law_source, laws))


def _one(inputs: "PlotInputs") -> tuple[PublishedLaw]:
    laws = inputs.laws()
    if len(laws) > 1:
        raise Problem(
            "several-laws", f"--law is given {len(laws)} laws", "one is drawn; plot laws compares them"
        )
    return (laws[0],)


def _compared(inputs: "PlotInputs") -> tuple[PublishedLaw, ...]:
    """The laws asked for; those that answers are compared with where none are."""
    if "law" in inputs.model_fields_set:
        return inputs.laws()
    leading = tables.law(tables.DEFAULT_LAW)
    return (leading, *(law for law in tables.laws().values() if law.spread and law != leading))


def _span(inputs: "PlotInputs") -> tuple[float, float]:
    """The least and the largest compute of the figure."""
    given = tuple(map(float, inputs.flops or ()))
    if not given:
        return BUDGETS
    low, high = min(given), max(given)
    return (low, high) if high > low else (low / 100, high * 100)


def _of_surface(inputs: "PlotInputs", law: PublishedLaw) -> Iterator[Chart | None]:
    surface = surface_of(law)
    match inputs.kind:
        case "isoflop":
            yield profiles(law, surface, tuple(map(float, inputs.flops or PROFILES)))
        case "contours":
            yield contours(law, surface, _span(inputs))
        case "models":
            yield _models(law, surface)


def profiles(law: PublishedLaw, surface: Surface, budgets: tuple[float, ...]) -> Chart | None:
    """Loss against model size on every budget, with the minima (Hoffmann et al. 2022, figure 3)."""
    series: list[Line | Points] = []
    optima = [(flops, *surface.optimal(flops)) for flops in sorted(set(budgets))]
    for flops, best, _ in optima:
        series.append(
            curve(
                f"{Flops(flops)}",
                grid(best / 15, best * 15),
                _loss_at(surface, flops),
                family="models on equal FLOPs",
            )
        )
    minima = [(best, float(surface.loss(best, tokens))) for _, best, tokens in optima]
    series.append(Points("optimum of each", tuple(x for x, _ in minima), tuple(y for _, y in minima)))
    return chart(
        "isoflop",
        "Loss of models on equal compute",
        (SIZE, loss_axis(law.loss_unit)),
        series,
        f"By {law.name}; each curve is one budget in FLOPs.",
    )


def _loss_at(surface: Surface, flops: float) -> Callable[[float], float]:
    return lambda size: float(surface.loss(size, flops / (6 * size)))


def _compute_for(surface: Surface, loss: float) -> Callable[[float], tuple[float, float]]:
    """Where (C, N) a model of some size reaches the loss."""
    return lambda size: (6 * size * tokens_for(surface, size, loss), size)


def contours(law: PublishedLaw, surface: Surface, span: tuple[float, float]) -> Chart | None:
    """Lines of equal loss over compute and model size, with the efficient frontier (ibid., figure 4)."""
    low, high = span
    sizes = grid(surface.optimal(low)[0] / 10, surface.optimal(high)[0] * 10, 400)
    lines = []
    for loss in _levels(surface, grid(low, high, CONTOURS + 2)[1:-1]):
        whole = traced(significant(loss, 3), sizes, _compute_for(surface, loss))
        lines.append(_clipped(whole, low, high, law))
    frontier = within(
        "efficient frontier", grid(low, high), lambda flops: surface.optimal(flops)[0], law.ranges.flops
    )
    return chart(
        "contours",
        "Loss by compute and model size",
        (COMPUTE, SIZE),
        (*lines, *frontier),
        f"By {law.name}: contours of equal loss in {law.loss_unit}; the frontier is where each is leftmost.",
    )


def _levels(surface: Surface, budgets: Iterable[float]) -> list[float]:
    """Losses of the frontier at the budgets, rounded to three digits, none twice."""
    return list(dict.fromkeys(float(f"{surface.optimal_loss(flops):.3g}") for flops in budgets))


def _clipped(line: Line, low: float, high: float, law: PublishedLaw) -> Line:
    kept = [(x, y) for x, y in zip(line.x, line.y, strict=True) if low <= x <= high]
    return Line(
        line.label, tuple(x for x, _ in kept), tuple(y for _, y in kept), family=f"loss in {law.loss_unit}"
    )


def _models(law: PublishedLaw, surface: Surface) -> Chart | None:
    """N against D of published models, over lines of equal loss and of equal compute."""
    from scalecalc.commands._models_charts import model_map
    from scalecalc.commands.models import ModelsInputs, models

    charted = model_map(models(ModelsInputs(law=[law.name])))
    if charted is None:
        return None
    shown = [each for each in charted.series if isinstance(each, Points | Line)]
    x = [value for each in shown for value in each.x]
    y = [value for each in shown for value in each.y]
    span = (min(x) / 1.3, max(x) * 1.3), (min(y) / 1.3, max(y) * 1.3)
    return chart(
        "models",
        "Published models",
        (charted.x, charted.y),
        (*_equal_loss(surface, law, *span), *_equal_compute(*span), *charted.series),
        charted.caption,
    )


Span = tuple[float, float]


def _equal_loss(surface: Surface, law: PublishedLaw, x: Span, y: Span) -> Iterator[Line]:
    """Lines of equal loss within the map: the tokens that each size needs for it."""
    corner, other = surface.loss(x[0], y[0]), surface.loss(x[1], y[1])
    for step in range(1, 8):
        loss = float(f"{other + (corner - other) * (step / 8) ** 2:.3g}")
        by_size = traced("", grid(*x, 200), _at_size(surface, loss))
        by_data = traced("", grid(*y, 200), _at_data(surface, loss))
        found = sorted({*zip(by_size.x, by_size.y, strict=True), *zip(by_data.x, by_data.y, strict=True)})
        inside = [(one, two) for one, two in found if x[0] <= one <= x[1] and y[0] <= two <= y[1]]
        if len(inside) > 1:
            xs, ys = zip(*inside, strict=True)
            yield Line(significant(loss, 3), tuple(xs), tuple(ys), family=f"equal loss in {law.loss_unit}")


def _at_size(surface: Surface, loss: float) -> Callable[[float], tuple[float, float]]:
    return lambda size: (size, tokens_for(surface, size, loss))


def _at_data(surface: Surface, loss: float) -> Callable[[float], tuple[float, float]]:
    return lambda tokens: (params_for(surface, tokens, loss), tokens)


def _equal_compute(x: Span, y: Span) -> Iterator[Line]:
    """D = C / 6N for the even powers of ten that cross the map."""
    lowest, highest = log10(6 * x[0] * y[0]), log10(6 * x[1] * y[1])
    for power in range(int(lowest) + 1, int(highest) + 1):
        flops = 10.0**power
        left, right = max(x[0], flops / (6 * y[1])), min(x[1], flops / (6 * y[0]))
        if power % 2 == 0 and left < right:
            sizes = grid(left, right, 40)
            tokens = tuple(flops / (6 * each) for each in sizes)
            yield Line(f"{Flops(flops)} FLOPs", sizes, tokens, dashed=True, family="equal compute")


def _laws(laws: tuple[PublishedLaw, ...], span: Span) -> Iterator[Chart | None]:
    """N*, D* and D/N against compute, each law dashed beyond what it was fitted on."""
    budgets = grid(*span)
    caption = "Dashed where a law is asked beyond the compute that it was fitted on."
    for name, title, axis, side in (
        ("params", "Optimal model size", SIZE, 0),
        ("tokens", "Optimal training tokens", DATA, 1),
        ("ratio", "Optimal tokens per parameter", RATIO, 2),
    ):
        series = [
            line for law in laws for line in within(law.name, budgets, _optimum(law, side), law.ranges.flops)
        ]
        yield chart(f"{name}-by-law", title, (COMPUTE, axis), series, caption)


def _optimum(law: PublishedLaw, side: int) -> Callable[[float], float]:
    def found(flops: float) -> float:
        params, tokens = allocator(law).optimal(flops)
        return float((params, tokens, tokens / params)[side])

    return found
