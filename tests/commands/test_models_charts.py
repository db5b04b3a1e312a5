"""The map of models."""

import pytest

from scalecalc import commands, tables
from scalecalc.chart import Line, Points


def of_kind(chart, kind):
    return [series for series in chart.series if isinstance(series, kind)]


def only(**given):
    (chart,) = commands.call("models", **given, plot=True).charts
    return chart


def test_every_model_with_tokens_is_there_by_its_verdict():
    rows = [row for row in commands.call("models").models if row.tokens]
    points = of_kind(only(), Points)
    assert sum(len(each.x) for each in points) == len(rows)
    for each in points:
        assert set(each.names) == {row.name for row in rows if row.verdict == each.label}


def test_the_line_is_the_optimum_of_the_law():
    (line,) = of_kind(only(), Line)
    law = tables.law(tables.DEFAULT_LAW).law
    for params, tokens in zip(line.x, line.y, strict=True):
        assert law.optimal(6 * params * tokens)[0] == pytest.approx(params)


def test_one_model_stands_beside_the_optimum_of_its_compute():
    chart = only(name="llama3-8b")
    trained, optimum = of_kind(chart, Points)
    (line,) = of_kind(chart, Line)
    assert trained.label == "Llama 3 8B: data-heavy"
    assert trained.x[0] * trained.y[0] == pytest.approx(optimum.x[0] * optimum.y[0])
    assert line.x == (*trained.x, *optimum.x)


def test_a_model_of_undisclosed_tokens_has_no_chart():
    undisclosed = next(row.id for row in commands.call("models").models if row.tokens is None)
    assert commands.call("models", name=undisclosed, plot=True).charts == ()
