"""The charts of `predict` against its own predictions."""

import json

import pytest

from scalecalc import commands, tables
from scalecalc.chart import Band, Line, Points


def of_kind(chart, kind):
    return [series for series in chart.series if isinstance(series, kind)]


def only(**given):
    (chart,) = commands.call("predict", **given, plot=True).charts
    return chart


@pytest.fixture(scope="module")
def own_law(tmp_path_factory):
    place = tmp_path_factory.mktemp("laws") / "law.json"
    commands.call("fit", runs="chinchilla", save=place)
    return str(place)


def test_a_model_is_drawn_over_its_tokens():
    chart = only(params="70B", tokens="1.4T")
    law = tables.law(tables.DEFAULT_LAW).law
    assert chart.x.label == "training tokens"
    for line in of_kind(chart, Line):
        assert line.y == pytest.approx([law.loss(70e9, tokens) for tokens in line.x])
    (point,) = of_kind(chart, Points)
    assert (point.x[0], point.y[0]) == pytest.approx((1.4e12, law.loss(70e9, 1.4e12)))


def test_what_lies_beyond_the_fitted_compute_is_dashed():
    lines = of_kind(only(params="400M", tokens="8B"), Line)
    fitted = tables.law(tables.DEFAULT_LAW).ranges.flops
    middles = [line.x[len(line.x) // 2] for line in lines]
    assert [line.dashed for line in lines] == [fitted.excess(6 * 400e6 * tokens) > 1 for tokens in middles]
    assert {line.dashed for line in lines} == {True, False}


def test_a_fit_gives_two_bands_one_within_the_other(own_law):
    wide, narrow = of_kind(only(flops="1e22", law=[own_law]), Band)
    assert all(low < inner for low, inner in zip(wide.low, narrow.low, strict=True))
    assert all(high > inner for high, inner in zip(wide.high, narrow.high, strict=True))


def test_a_loss_to_reach_is_drawn_over_compute():
    chart = only(loss=1.95)
    (point,) = of_kind(chart, Points)
    assert chart.x.label == "compute"
    assert point.y[0] == pytest.approx(1.95)


def test_a_table_is_drawn_against_what_it_observed(own_law):
    chart = only(runs="chinchilla", law=[own_law])
    (runs,), (diagonal,) = of_kind(chart, Points), of_kind(chart, Line)
    assert diagonal.x == diagonal.y
    assert len(runs.x) == 240


def test_a_table_without_losses_is_drawn_over_compute(tmp_path):
    place = tmp_path / "runs.csv"
    place.write_text("params,tokens\n1e9,2e10\n2e9,4e10\n")
    chart = only(runs=str(place))
    assert chart.x.label == "compute"
    assert of_kind(chart, Points)[0].x == (1.2e20, 4.8e20)


def test_a_law_of_one_variable_is_drawn_over_it(tmp_path):
    law = {"form": "curve", "coefficients": {"of": "params", "exponent": 0.1, "factor": 10.0}}
    place = tmp_path / "law.json"
    place.write_text(json.dumps(law))
    chart = only(params="1B", law=[str(place)])
    assert chart.x.label == "model size"
    assert of_kind(chart, Line)[0].y == pytest.approx([10 * x**-0.1 for x in of_kind(chart, Line)[0].x])
