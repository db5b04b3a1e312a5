"""The charts of a fit against the fit itself."""

import numpy as np
import pytest

from scalecalc import commands
from scalecalc.chart import Band, Line, Points, Rule, Zone


def answer(**given):
    return commands.call("fit", **given, plot=True)


def by_name(result):
    return {chart.name: chart for chart in result.charts}


def of_kind(chart, kind):
    return [series for series in chart.series if isinstance(series, kind)]


@pytest.fixture(scope="module")
def chinchilla():
    return answer(runs="chinchilla", at=["1e24"])


def test_without_the_option_there_is_none():
    assert commands.call("fit", runs="chinchilla").charts == ()


def test_a_surface_is_drawn_as_frontier_and_residuals(chinchilla):
    assert list(by_name(chinchilla)) == ["frontier", "residuals"]


def test_the_frontier_ends_at_the_forecast(chinchilla):
    chart = by_name(chinchilla)["frontier"]
    (forecast,) = chinchilla.forecasts
    inside, beyond = of_kind(chart, Line)
    (interval,) = of_kind(chart, Band)
    assert not inside.dashed
    assert beyond.dashed
    assert beyond.x[-1] == pytest.approx(1e24)
    assert beyond.y[-1] == pytest.approx(forecast.loss.value, rel=1e-9)
    ends = (interval.low[-1], interval.high[-1])
    assert ends == pytest.approx((forecast.loss.low, forecast.loss.high), rel=1e-9)
    assert [rule.at for rule in of_kind(chart, Rule)] == [1e24]


def test_every_run_is_there_once(chinchilla):
    for chart in chinchilla.charts:
        (runs,) = of_kind(chart, Points)
        assert len(runs.x) == chinchilla.objective.rows


def test_the_zone_of_residuals_is_that_of_normal_noise(chinchilla):
    (zone,) = of_kind(by_name(chinchilla)["residuals"], Zone)
    assert zone.high == -zone.low == pytest.approx(1.96 * chinchilla.diagnostics.sigma)


def test_approaches_add_their_profiles_and_lines():
    result = answer(runs="llama3", approach="all")
    charts = by_name(result)
    assert {"profiles", "allocation"} <= set(charts)
    minima = of_kind(charts["profiles"], Points)[-1]
    budgets = next(row.budgets for row in result.approaches if row.approach == 2)
    assert len(minima.x) == budgets
    assert [line.label for line in of_kind(charts["allocation"], Line)] == [
        "approach 3: surface",
        "approach 1: least loss per bin",
        "approach 2: parabolas",
    ]


def test_each_minimum_lies_on_its_parabola():
    charts = by_name(answer(runs="llama3", approach="2"))
    parabolas = of_kind(charts["profiles"], Line)
    minima = of_kind(charts["profiles"], Points)[-1]
    for size, loss in zip(minima.x, minima.y, strict=True):
        gaps = [abs(np.interp(np.log(size), np.log(line.x), line.y) - loss) for line in parabolas]
        assert min(gaps) < 1e-3 * loss  # 40 points to a parabola


def test_a_law_of_one_variable_is_drawn_over_it():
    chart = by_name(answer(runs="gpt3", form="power", x="flops"))["frontier"]
    assert (chart.x.label, chart.y.label) == ("compute", "loss")
    assert chart.y.unit == "nats/target word"
