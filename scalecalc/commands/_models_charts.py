"""The chart of `models`: parameters against tokens, with the line of the law's optimum."""

from typing import TYPE_CHECKING

from scalecalc.chart import Axis, Chart, Line, Points
from scalecalc.commands._charts import chart

if TYPE_CHECKING:
    from scalecalc.commands.models import ModelsResult

VERDICTS = ("model-heavy", "compute-optimal", "data-heavy")

SIZE = Axis("model size, N", "parameters", log=True)
DATA = Axis("training tokens, D", "tokens", log=True)


def model_map(result: "ModelsResult") -> Chart | None:
    """The models as trained, by verdict, and the optimum of their budgets."""
    rows = [row for row in result.models if row.tokens is not None and row.verdict]
    optima = sorted(
        (float(row.optimal_params), float(row.optimal_tokens))
        for row in rows
        if row.optimal_params and row.optimal_tokens
    )
    series: list[Line | Points] = []
    if len(optima) > 1:
        series.append(Line(f"optimum by {result.law}", *_columns(optima)))
    for verdict in VERDICTS:
        told = [row for row in rows if row.verdict == verdict]
        pairs = [(float(row.counted_params), float(row.tokens or 0)) for row in told]
        if pairs:
            label = verdict if len(rows) > 1 else f"{told[0].name}: {verdict}"
            series.append(Points(label, *_columns(pairs), names=tuple(row.name for row in told)))
    if len(optima) == 1 and len(rows) == 1:
        trained = (float(rows[0].counted_params), float(rows[0].tokens or 0))
        series.insert(0, Line("the same compute", *_columns([trained, *optima]), dashed=True))
        series.append(Points(f"optimum by {result.law}", *_columns(optima)))
    return chart(
        "models",
        "Published models" if len(rows) > 1 else "As trained, and the optimum of the same compute",
        (SIZE, DATA),
        series,
        "Above the line a model saw more tokens than the law's optimum, below it fewer."
        if len(rows) > 1
        else f"By {result.law}, on the compute of the model.",
    )


def _columns(pairs: list[tuple[float, float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(x for x, _ in pairs), tuple(y for _, y in pairs)
