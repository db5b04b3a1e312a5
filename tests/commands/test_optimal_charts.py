"""The charts of `optimal` against its own answers."""

import pytest

from scalecalc import commands, tables
from scalecalc.chart import Line, Points, Rule, Zone
from scalecalc.laws import band


def charts(**given):
    return commands.call("optimal", **given, plot=True).charts


def of_kind(chart, kind):
    return [series for series in chart.series if isinstance(series, kind)]


def test_without_the_option_there_is_none():
    assert commands.call("optimal", flops="1e23").charts == ()


def test_the_curve_of_the_budget_is_least_at_the_optimum():
    (chart,) = charts(flops="1e23")
    (line,), (optimum,) = of_kind(chart, Line), of_kind(chart, Points)
    law = tables.law(tables.DEFAULT_LAW).law
    assert optimum.x[0] == pytest.approx(law.optimal(1e23)[0])
    assert optimum.y[0] == pytest.approx(law.optimal_loss(1e23))
    assert min(line.y) >= optimum.y[0]
    for size, loss in zip(line.x, line.y, strict=True):
        assert loss == pytest.approx(law.loss(size, 1e23 / (6 * size)))


def test_the_zone_is_the_near_optimal_band():
    (chart,) = charts(flops="1e23")
    (zone,) = of_kind(chart, Zone)
    law = tables.law(tables.DEFAULT_LAW).law
    assert (zone.low, zone.high) == pytest.approx(band(law, 1e23, 0.01))


def test_a_given_split_lies_on_the_curve_beside_the_optimum():
    (chart,) = charts(flops="1e23", params="1B")
    line, (_, given) = of_kind(chart, Line)[0], of_kind(chart, Points)
    assert given.x == (1e9,)
    assert line.x[0] < 1e9 < line.x[-1]


def test_conventions_reach_the_chart():
    (chart,) = charts(flops="1e23", loss_in="perplexity", count="non-embedding")
    answer = commands.call("optimal", flops="1e23", loss_in="perplexity", count="non-embedding")
    optimum = of_kind(chart, Points)[0]
    assert (optimum.x[0], optimum.y[0]) == pytest.approx((answer.params, answer.loss))
    assert chart.y.unit == "perplexity"


def test_several_laws_stand_beside_each_other():
    *_, chart = charts(flops="1e23", law=["besiroglu2024", "hoffmann2022-a3"])
    assert {line.label for line in of_kind(chart, Line)} == {"besiroglu2024", "hoffmann2022-a3"}
    assert {line.dashed for line in of_kind(chart, Line)} == {True, False}


def test_a_range_gives_a_line_for_each_law_and_keeps_its_rows():
    stream = commands.call("optimal", flops="1e21..1e24:4", law=["all"], plot=True)
    rows = list(stream.rows)
    laws = {row.law for row in rows}
    assert len(rows) == 4 * len(laws)
    assert [chart.y.label for chart in stream.charts] == [
        "model size",
        "training tokens",
        "tokens per parameter",
    ]
    for chart in stream.charts:
        assert {line.label for line in of_kind(chart, Line)} == laws
    first = stream.charts[0].series[0]
    assert first.y == tuple(row.params for row in rows if row.law == first.label)


def test_limits_are_drawn_as_rules():
    (chart,) = charts(flops="1e23", max_params="13B", max_tokens="5T")
    assert [(rule.axis, rule.at) for rule in of_kind(chart, Rule)] == [("x", 13e9), ("y", 5e12)]
    answer, *_ = of_kind(chart, Points)
    assert answer.x[0] <= 13e9


@pytest.mark.parametrize("flops", ["1e4", "1e12", "1e100", "1e200"])
def test_far_budgets_are_drawn_too(flops):
    assert charts(flops=flops)
