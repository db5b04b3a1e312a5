"""The charts of `predict`: the loss around what was asked for, with its interval; a table against its fit."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from scalecalc.chart import Axis, Band, Chart, Line, Points
from scalecalc.commands._charts import COMPUTE, DATA, SIZE, around, chart, loss_axis
from scalecalc.commands._oracle import Oracle, Prediction
from scalecalc.problem import Problem
from scalecalc.quantity import Share
from scalecalc.result import Estimate

if TYPE_CHECKING:
    from scalecalc.commands.predict import PredictInputs, PredictResult

AXES = {"params": SIZE, "tokens": DATA, "flops": COMPUTE}

REACH = 30.0
"""Factor to both sides of the point that was asked for."""


def predict_charts(
    inputs: "PredictInputs", result: "PredictResult", oracle: Oracle
) -> Iterator[Chart | None]:
    """One chart: of the table, or of the loss around the one point."""
    if inputs.runs is not None:
        yield _of_table(result)
        return
    (point,) = result.predictions
    yield _sweep(oracle, point, *_swept(inputs, oracle), result)


def _swept(inputs: "PredictInputs", oracle: Oracle) -> tuple[str, Callable[[float], Prediction]]:
    """What varies along the chart, and the prediction at a value of it."""
    params, tokens = inputs.params, inputs.tokens
    needed = oracle.needed()
    if params is None and tokens is None:
        return "flops", oracle.of_budget
    if tokens is not None and "tokens" in needed:
        return "tokens", lambda value: oracle.of_model(params, value)
    return "params", lambda value: oracle.of_model(value, tokens)


def _sweep(
    oracle: Oracle,
    point: Prediction,
    varies: str,
    predicted: Callable[[float], Prediction],
    result: "PredictResult",
) -> Chart | None:
    at = getattr(point, varies)
    if at is None:
        return None
    found = list(_predictions(around(float(at), REACH), predicted))
    fixed = {"tokens": f" of a model of {point.params}", "params": ""}.get(varies, " of the best split")
    mean = f", {Share(oracle.level)} for the mean" if oracle.fit is not None else ""
    label = f"predicted{fixed}{mean}"
    inside, outside = _by_range(found)
    return chart(
        "prediction",
        f"Loss against {AXES[varies].label}",
        (AXES[varies], loss_axis(result.loss_unit)),
        (
            _band(f"{Share(oracle.level)} for a new run", [(x, each.loss_of_new_run) for x, each in found]),
            _band(label, [(x, each.loss) for x, each in found]),
            *(_line(label, part) for part in inside),
            *(_line(label, part, dashed=True) for part in outside),
            Points(f"asked for: {at}", (float(at),), (float(point.loss.value),)),
        ),
        f"By {result.law}; dashed outside the compute that it was fitted on.",
    )


def _predictions(
    values: tuple[float, ...], predicted: Callable[[float], Prediction]
) -> Iterator[tuple[float, Prediction]]:
    for value in values:
        try:
            yield value, predicted(value)
        except (ArithmeticError, ValueError, Problem):
            continue


Stretch = list[tuple[float, Prediction]]


def _by_range(found: Stretch) -> tuple[list[Stretch], list[Stretch]]:
    """Stretches inside and outside of the fitted compute; they share the points where they meet."""
    stretches: tuple[list[Stretch], list[Stretch]] = ([], [])
    current: Stretch = []
    for place, (x, each) in enumerate(found):
        is_outside = _is_outside(each)
        current.append((x, each))
        is_last = place + 1 == len(found)
        if is_last or _is_outside(found[place + 1][1]) != is_outside:
            stretches[is_outside].append(current)
            current = [(x, each)]
    return stretches


def _is_outside(each: Prediction) -> bool:
    return each.beyond_range is not None and each.beyond_range > 1


def _line(label: str, found: Stretch, *, dashed: bool = False) -> Line:
    return Line(label, tuple(x for x, _ in found), tuple(float(each.loss.value) for _, each in found), dashed)


def _band(label: str, found: list[tuple[float, Estimate | None]]) -> Band | None:
    kept = [(x, float(each.low), float(each.high)) for x, each in found if each and each.low and each.high]
    if not kept:
        return None
    columns: Any = zip(*kept, strict=True)
    return Band(label, *map(tuple, columns))


def _of_table(result: "PredictResult") -> Chart | None:
    """Predicted against observed losses, or predicted ones against compute where none were observed."""
    rows = result.predictions
    known = [(each.observed, float(each.loss.value)) for each in rows if each.observed is not None]
    unit = result.loss_unit
    if known:
        ends = (min(map(min, known)), max(map(max, known)))
        return chart(
            "predicted",
            "Predicted against observed",
            (Axis("observed loss", unit), Axis("predicted loss", unit)),
            (
                Line("predicted = observed", ends, ends, dashed=True),
                Points("runs", tuple(x for x, _ in known), tuple(y for _, y in known)),
            ),
            f"{len(known)} rows by {result.law}; below the diagonal the law promises more than the run held.",
        )
    along = [(float(each.flops), float(each.loss.value)) for each in rows if each.flops is not None]
    points = Points("runs", tuple(x for x, _ in along), tuple(y for _, y in along))
    return chart(
        "predictions", "Predicted loss", (COMPUTE, loss_axis(unit)), (points,), f"{len(along)} rows."
    )
